//===- Code.h - decoded instructions ----------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_CODE_H
#define QUANTMLIR_LIB_PTX_CODE_H

#include "quant-mlir/PTX/Emulator.h"

namespace quantmlir::ptx {

class Warp;
struct Inst;

/// What the warp does after an instruction.
enum class Step : uint8_t {
  Next,   // go on with the next instruction
  Jump,   // the instruction has set the program counter
  Switch, // lanes diverged, ended or wait: choose again which lanes run
  Yield,  // go on with the next instruction once others have had their turn
  Fault   // the kernel did something wrong; the finding is recorded
};

using ExecFn = Step (*)(Warp &, const Inst &, uint32_t mask);

/// A register or constant of 32 lanes: a byte offset into the warp's register
/// file or, with the top bit set, into the kernel's constants. While decoding,
/// a register's number takes the place of the offset.
struct Ref {
  static constexpr uint32_t none = ~0u;
  static constexpr uint32_t constantBit = 1u << 31;
  uint32_t value = none;

  bool valid() const { return value != none; }
  bool isConstant() const { return valid() && (value & constantBit); }
  bool isRegister() const { return !(value & constantBit); }
};

/// Flags of instructions.
enum InstFlags : uint8_t {
  FlagLeader = 1,       // first of a basic block
  FlagGuardNegated = 2, // @!p
  FlagSynthetic = 4,    // not in the PTX text
  FlagTranspose = 8,
  FlagReadOnly = 8, // of loads: ld.global.nc, ldu
  FlagAcquire = 64,
  FlagRelease = 128,
  FlagPredicate = 32, // c is a predicate
  FlagVolatile = 16,  // volatile, relaxed, acquire, release: not torn
};

/// What a proxy fence covers.
enum ProxySpaces : uint8_t { ProxyShared = 1, ProxyGlobal = 2, ProxyAll = 3 };

struct Inst {
  ExecFn fn = nullptr;
  /// Destination and sources.
  Ref d, a, b, c;
  Ref guard;
  uint8_t flags = 0;
  /// Elements of a vector access, or matrices.
  uint8_t count = 0;
  /// Bytes of one accessed element.
  uint8_t bytes = 0;
  Space space = Space::Generic;
  /// Address offset or other immediate.
  int64_t imm = 0;
  /// Branch target, or a further immediate.
  uint32_t target = 0;
  uint32_t aux = 0;
  /// Further operands: Code::pool[list...].
  uint32_t list = 0;
  uint32_t classId = 0;
  Loc loc;
};

/// Where a special register's lanes are kept, to be set when a warp starts.
struct SpecialUse {
  llvm::StringRef name;
  Ref slot;
};

/// A kernel ready to run.
struct Code {
  std::string name;
  std::vector<Inst> insts;
  std::vector<Ref> pool;
  /// 32 lanes of each constant.
  std::vector<uint8_t> constants;
  std::vector<SpecialUse> specials;
  std::vector<std::string> classes;
  std::vector<Parameter> parameters;
  uint64_t parameterBytes = 0;
  uint64_t registerBytes = 0;
  uint64_t sharedBytes = 0;
  /// The first of them, which belong to system software.
  uint64_t reservedSharedBytes = 0;
  uint64_t localBytes = 0;
  unsigned requiredThreads[3] = {0, 0, 0};
  unsigned maxThreads = 1024;
  unsigned requiredCluster[3] = {0, 0, 0};
  bool blocksAreClusters = false;
  /// malloc or free is called.
  bool heap = false;
  /// Instructions of the async proxy occur.
  bool asyncProxy = false;
  /// The proxy fences that occur, one bit for each set of ProxySpaces.
  uint8_t proxyFences = 0;
  bool wgmma = false;
  /// What the results of an instruction are if a source has no value.
  enum class Flow : uint8_t {
    Value,      // nor have they
    Zero,       // they have one: x ^ x, x - x
    Any,        // the same if no source has one: parts of a register
    Selection,  // selp, slct: of the source that is chosen
    Both,       // and of predicates: unless the other one decides
    Either,     // or
    Comparison, // and or or of a comparison and a predicate
    Lanes,      // values of other lanes: if no lane has one
    Effect,     // the instruction needs values: addresses, operands of atomics
    Store       // and what it stores in global memory
  };
  struct Registers {
    llvm::SmallVector<unsigned, 8> defs, uses;
    /// Which of `uses` are what is stored: from the first to before the second.
    std::pair<unsigned, unsigned> stored = {0, 0};
    /// The lanes of which an address is needed.
    uint32_t addressLanes = ~0u;
    /// wgmma.mma_async: how many of `uses`, the first ones, are of A's
    /// fragment. -1 for all else.
    int product = -1;
    Flow flow = Flow::Value;
    /// A register that nothing may have written is among them, or what may come
    /// from one.
    bool tracked = false;
    /// A load that may be from local memory.
    bool localLoad = false;
  };
  /// Registers may be read before anything has written them, or get a value
  /// from local memory that nothing has written.
  bool tracksRegisters = false;
  /// Of wgmma, and of kernels whose registers are tracked: what each
  /// instruction reads and writes, by numbers before allocation.
  std::vector<Registers> registers;
  /// The registers that may be read first, and what to call them.
  std::vector<unsigned> unwritten;
  /// In place of a register.
  static constexpr unsigned localMemory = ~0u;
  std::map<unsigned, std::string> registerNames;
  unsigned registerCount = 0;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_CODE_H
