//===- Flatten.h - one entry with its calls expanded ------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_FLATTEN_H
#define QUANTMLIR_LIB_PTX_FLATTEN_H

#include "quant-mlir/PTX/Module.h"

#include "llvm/ADT/DenseMap.h"

namespace quantmlir::ptx {

/// Shared memory of a block that system software keeps for itself.
constexpr uint64_t reservedSharedMemory = 1024;

/// Where a variable is: an offset within its state space.
struct Place {
  Space space = Space::Global;
  uint64_t offset = 0;
};

/// An entry whose calls are expanded in place, so that the whole of it is one
/// control-flow graph. Parameters of device functions become registers, or
/// local variables that caller and callee share.
struct FlatFunction {
  const Function *entry = nullptr;
  std::vector<Register> registers;
  std::vector<Statement> body;
  std::vector<unsigned> labels;
  /// Variables of functions, by the copies in `variables`.
  std::deque<Variable> variables;
  llvm::DenseMap<const Variable *, Place> places;
  uint64_t sharedBytes = 0;
  /// The first of them, which belong to system software.
  uint64_t reservedSharedBytes = 0;
  uint64_t localBytes = 0;
  uint64_t parameterBytes = 0;
};

/// Whether a register of type `found` may hold `type`, its width aside.
bool registerGoesWith(Type found, Type type);

/// Functions without a body whose calls stay in the body.
bool isRuntimeFunction(llvm::StringRef name);

llvm::Expected<FlatFunction> flatten(const Module &module,
                                     const Function &entry);

/// Basic blocks of a flat function in the order in which they are laid out:
/// each block's immediate post-dominator comes after the blocks between.
/// Running the lanes with the lowest address first then reconverges them at
/// post-dominators.
struct BlockOrder {
  struct Block {
    unsigned begin = 0, end = 0;
    llvm::SmallVector<unsigned, 2> successors;
    /// Where control goes past the last statement, or -1.
    int fallThrough = -1;
    int postDominator = -1;
  };
  std::vector<Block> blocks;
  /// Reachable blocks.
  std::vector<unsigned> order;
};

BlockOrder orderBlocks(const FlatFunction &function);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_FLATTEN_H
