//===- Emulator.h - running PTX kernels on the CPU --------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_PTX_EMULATOR_H
#define QUANTMLIR_PTX_EMULATOR_H

#include "quant-mlir/PTX/Memory.h"
#include "quant-mlir/PTX/Module.h"

#include <map>
#include <optional>

namespace llvm {
class raw_ostream;
namespace json {
class Value;
} // namespace json
} // namespace llvm

namespace quantmlir::ptx {

struct Code;

/// Shared memory that a kernel may declare, as ptxas has it for every chip.
/// What it needs besides is dynamic.
constexpr uint64_t maxStaticSharedBytes = 48 * 1024;

/// One parameter of a kernel, at its place in the parameter buffer.
struct Parameter {
  std::string name;
  Type type = Type::None;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

/// A kernel decoded for execution.
class Kernel {
public:
  explicit Kernel(std::unique_ptr<Code> code);
  ~Kernel();

  llvm::StringRef name() const;
  const std::vector<Parameter> &parameters() const;
  uint64_t parameterBytes() const;
  uint64_t staticSharedBytes() const;
  const Code &code() const { return *impl; }

private:
  std::unique_ptr<Code> impl;
};

/// A module whose variables live in `memory`, which must outlive it.
class Program {
public:
  /// Allocates and initializes the module's .global and .const variables.
  static llvm::Expected<std::unique_ptr<Program>>
  load(std::unique_ptr<Module> module, DeviceMemory &memory);
  ~Program();

  /// Decodes an entry. Instructions that are not supported are errors
  /// "LINE:COLUMN: MESSAGE".
  llvm::Expected<std::unique_ptr<Kernel>> kernel(llvm::StringRef entry) const;

  /// Device address of a module-scope variable, or 0.
  uint64_t address(const Variable *variable) const;
  uint64_t address(llvm::StringRef name) const;
  const Module &module() const { return *source; }
  DeviceMemory &memory() const { return *device; }

private:
  Program() = default;
  std::unique_ptr<Module> source;
  DeviceMemory *device = nullptr;
  std::map<const Variable *, uint64_t> addresses;
};

/// The opcodes, as "mul", of which some form is supported, in order.
std::vector<llvm::StringRef> opcodes();

struct LaunchOptions {
  /// CTAs or, of a kernel with .blocksareclusters, clusters.
  unsigned grid[3] = {1, 1, 1};
  unsigned block[3] = {1, 1, 1};
  /// CTAs of a cluster; 0 is what the kernel asks for, or 1.
  unsigned cluster[3] = {0, 0, 0};
  uint64_t dynamicShared = 0;
  /// The kernel's parameters, laid out as `Kernel::parameters` says.
  std::vector<uint8_t> parameters;
  /// Look for races, uninitialized reads, divergent barriers.
  bool check = false;
  /// Count instructions, bank conflicts and sectors.
  bool count = false;
  /// Host threads; 0 means one per core.
  unsigned hostThreads = 0;
  /// CTAs of the grid that are in flight at once when they wait for each other;
  /// 0 is what fits on the largest chips at once, by its threads and its shared
  /// memory.
  unsigned residentCtas = 0;
  /// A grid whose threads all poll memory that does not change for so long, in
  /// seconds, is deadlocked. One whose threads also come back to the same
  /// registers is found at once.
  double pollSeconds = 10;
  /// A warp that has not ended after so many instructions is given up with a
  /// finding; 0 is no limit. By default that is 0 or, in checked mode,
  /// `checkedInstructions`.
  std::optional<uint64_t> maxInstructions;
  /// More than a warp of any chip issues in half a second.
  static constexpr uint64_t checkedInstructions = 1000000000;
  /// Where printf writes; null is standard output.
  llvm::raw_ostream *output = nullptr;
};

/// Something wrong that the kernel did.
struct Finding {
  std::string kind;
  std::string message;
  Loc loc;
  unsigned cta[3] = {0, 0, 0};
  unsigned thread[3] = {0, 0, 0};

  /// "line L: KIND: MESSAGE (cta X,Y,Z thread X,Y,Z)"
  std::string str() const;
};

/// Accesses of memory by one line of PTX: its requests, and what they cost and
/// what would do, in cycles of shared memory or in sectors of global memory.
struct LineCounters {
  uint64_t requests = 0, cost = 0, ideal = 0;
  /// As in Counters::instructions.
  std::string instruction;
};

struct Counters {
  /// Instructions issued (once per warp) and executed (once per thread), by
  /// opcode and state space.
  std::map<std::string, std::pair<uint64_t, uint64_t>> instructions;
  uint64_t sharedRequests = 0;
  /// Cycles that the shared-memory requests take; more than
  /// sharedIdealCycles means bank conflicts.
  uint64_t sharedCycles = 0;
  uint64_t sharedIdealCycles = 0;
  uint64_t globalRequests = 0;
  /// 32-byte sectors touched by global requests, and the fewest that their
  /// bytes could fill.
  uint64_t globalSectors = 0;
  uint64_t globalIdealSectors = 0;
  uint64_t globalBytesRead = 0;
  uint64_t globalBytesWritten = 0;
  uint64_t sharedBytesRead = 0;
  uint64_t sharedBytesWritten = 0;
  /// Bulk and tensor copies, and their bytes.
  uint64_t bulkCopies = 0;
  uint64_t bulkBytes = 0;
  std::map<unsigned, LineCounters> sharedLines, globalLines;

  void add(const Counters &other);
  llvm::json::Value toJSON() const;
};

struct LaunchResult {
  std::vector<Finding> findings;
  Counters counters;
};

/// Bytes of shared memory, static and dynamic, that a block may have on a chip
/// such as sm_80 or sm_90a; nothing for a chip that is not known.
std::optional<uint64_t> sharedMemoryLimit(llvm::StringRef chip);

/// Runs a grid to its end or to its first fault. A configuration that no chip
/// accepts is an error; what the kernel does wrong is a finding.
llvm::Expected<LaunchResult> launch(const Program &program,
                                    const Kernel &kernel,
                                    const LaunchOptions &options);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_PTX_EMULATOR_H
