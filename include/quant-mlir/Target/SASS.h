//===- SASS.h - machine code of kernels, read and judged --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TARGET_SASS_H
#define QUANT_MLIR_TARGET_SASS_H

#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlir::quantmlir {

//===----------------------------------------------------------------------===//
// Disassembly
//===----------------------------------------------------------------------===//

/// What an instruction occupies.
enum class SassClass {
  Tensor,
  Ldmatrix,
  SharedAccess,
  /// cp.async and tensor copies: global to shared memory.
  AsyncCopy,
  GlobalAccess,
  /// Spilled registers.
  LocalAccess,
  /// A barrier, or a wait for copies.
  Wait,
  Other,
};
constexpr unsigned numSassClasses = 8;
llvm::StringRef getName(SassClass c);

/// An instruction of compute capability 7.0 or later. The machine does not find
/// out what an instruction has to wait for: the code says it, in the bits 105
/// to 125 of each instruction (Jia et al., "Dissecting the NVIDIA Volta GPU
/// Architecture via Microbenchmarking", 2018).
struct SassInstruction {
  static constexpr unsigned noScoreboard = 7;

  /// Without predicate and semicolon: `LDSM.16.M88.4 R164, [R3]`.
  std::string text;
  /// Predicated on a constant false: `@!PT LDS RZ, [RZ]`, which ptxas inserts.
  bool isDummy = false;
  /// Cycles until the warp may issue its next instruction.
  unsigned stall = 1;
  /// Scoreboards that are held until the result is written, and until the
  /// operands are read.
  unsigned writeScoreboard = noScoreboard, readScoreboard = noScoreboard;
  /// A bit for each scoreboard that must be free before.
  unsigned waitMask = 0;

  llvm::StringRef getOpcode() const {
    return llvm::StringRef(text).split(' ').first;
  }
  /// `LDSM` of `LDSM.16.M88.4`.
  llvm::StringRef getBase() const { return getOpcode().split('.').first; }
  SassClass getClass() const;
  /// True for `IGMMA.64x256x32.S8.S8` and its like: asynchronous products of a
  /// group of four warps.
  bool isWarpGroupProduct() const;
  /// Products of one tensor instruction of a warp; 0 of others, or if the shape
  /// is not known.
  int64_t getProducts() const;
  /// Bytes that one memory instruction of a warp moves; 0 of others, and of
  /// tensor copies, where the map tells.
  int64_t getBytes() const;
  /// Bytes of the matrices that a warp group's product reads from shared
  /// memory: its own rows, and the columns; 0 of others.
  std::pair<int64_t, int64_t> getMatrixBytes() const;
};

/// The instructions [begin, end) that a backward branch repeats, or that a
/// forward one skips.
struct SassLoop {
  size_t begin, end;
};

struct SassKernel {
  std::string name;
  /// 0 if the disassembly does not tell.
  int64_t registers = 0;
  std::vector<SassInstruction> instructions;
  std::vector<SassLoop> loops, skips;

  /// The instructions that a pass through the loop executes in its steady
  /// state: without dummies, without tests of mbarriers that only failed ones
  /// lead to, and without code that a branch skips and that stores results.
  llvm::SmallVector<const SassInstruction *> getBody(const SassLoop &) const;
  /// The innermost loop that has the largest share of tensor instructions; null
  /// if no loop has one.
  const SassLoop *getMainLoop() const;
};

/// Reads the output of `nvdisasm -c -hex`. Fails on text that is none.
llvm::Expected<std::vector<SassKernel>> parseDisassembly(llvm::StringRef text);

/// The output of `nvdisasm -c -hex` for a cubin. `path` is nvdisasm; if it is
/// empty, the one on PATH or in a virtual environment near `executable`.
llvm::Expected<std::string> disassemble(llvm::StringRef cubin,
                                        llvm::StringRef path,
                                        llvm::StringRef executable);

//===----------------------------------------------------------------------===//
// Model
//===----------------------------------------------------------------------===//

/// Blocks of a kernel on one multiprocessor, and the warps of a block that run
/// through the loop.
struct Occupancy {
  int64_t warps;
  int64_t blocks;
};

/// What other warps of a block copy for those of its loop.
struct TileCopies {
  /// The warp groups that multiply.
  int64_t groups;
  /// Bytes for one pass of all of them through the loop.
  int64_t bytes;
  /// Tiles of one pass, and tiles that shared memory holds.
  int64_t tiles, stages;

  double getTileBytes() const { return double(bytes) / double(tiles); }
};

/// The copies of a kernel whose loop multiplies by warp groups and waits at
/// mbarriers, while tensor copies stand elsewhere: the last warps of a block
/// copy, all whole groups before them multiply rows of their own by the same
/// columns, and shared memory holds nothing but tiles. Nothing for other
/// kernels; fails if the barriers are not one wait and one arrival a tile.
llvm::Expected<std::optional<TileCopies>>
getTileCopies(const SassKernel &kernel, const SassLoop &loop, int64_t warps,
              int64_t sharedBytes);

/// Cycles of a multiprocessor for one pass of all its warps through a loop.
struct LoopCycles {
  /// What each resource alone would take.
  double tensor, issue, shared, l2;
  /// What the simulation takes, with stalls, waits and latencies.
  double simulated;

  double getTensorUtilization() const { return tensor / simulated; }
};

/// Where a loop's global accesses go: bytes that one multiprocessor gets in a
/// cycle, and cycles until they are there.
struct MemoryPath {
  double bytesPerCycle, latency;
};
/// All of them hit L2.
MemoryPath getL2Path();

/// Simulates the loop on one multiprocessor; see docs/Audit.md for what is
/// modelled. Fails on a tensor instruction of unknown rate, a copy of unknown
/// size, and on a loop whose waits never end.
llvm::Expected<LoopCycles>
simulateLoop(llvm::ArrayRef<const SassInstruction *> body,
             const Occupancy &occupancy, const Chip &chip,
             const std::optional<TileCopies> &copies = std::nullopt,
             const MemoryPath &path = getL2Path());

/// Columns of K that one pass through the loop multiplies, for blocks of so
/// many warps that each make that part of the result.
double getPassDepth(llvm::ArrayRef<const SassInstruction *> body, int64_t warps,
                    int64_t blockRows, int64_t blockColumns);

/// A matrix product, and the part of its result that a block makes.
struct ProductShape {
  int64_t m, n, k;
  int64_t blockRows, blockColumns;
  /// Blocks that divide K.
  int64_t splits = 1;
};

/// A launch of a kernel that multiplies.
struct LaunchCycles {
  int64_t blocks;
  /// Rounds of as many blocks as the chip holds; the last may be smaller.
  double waves;
  double cycles;
  /// What memory alone would take, for each byte of operands and result once.
  double memory;
};

/// The cycles of a launch: each wave of blocks passes through the loop as often
/// as K needs, and once through the other instructions of the kernel.
/// `onceBytes` are operands and result. See docs/Audit.md.
llvm::Expected<LaunchCycles>
estimateLaunch(const SassKernel &kernel, const SassLoop &loop,
               const Occupancy &occupancy, const Chip &chip,
               const std::optional<TileCopies> &copies,
               const ProductShape &shape, int64_t onceBytes);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TARGET_SASS_H
