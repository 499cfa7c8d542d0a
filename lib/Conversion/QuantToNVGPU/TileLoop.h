//===- TileLoop.h - the loop over a kernel's tiles --------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILELOOP_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILELOOP_H

#include "KernelBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::quantmlir {

/// Where in shared memory the stages begin, in bytes, that are multiplied, come
/// next, and are filled anew.
struct Stages {
  Value current, next, filled;
};

/// The bytes of a stage, and how many tiles copies are ahead of products: all
/// stages but one.
struct StageRing {
  int64_t bytes, ahead;
};

/// Waits until all copies but those of the last `numPending` tiles have arrived
/// for all threads.
void waitForTiles(KernelBuilder &b, int64_t numPending);

/// How many of the tiles that are multiplied are `ahead` of one whose columns
/// all exist.
Value getFullTiles(KernelBuilder &b, Value k, int64_t depth, int64_t ahead);

/// A special register in a way that the compiler takes for another value, so
/// that what depends on it is computed anew instead of taking registers from
/// the first use to the next.
Value readAgain(KernelBuilder &b, StringRef specialRegister);

/// Runs `body(state, stages, tile)` for tiles [first, end). One pass of the
/// loop is one tile: stages as uniform registers cost less than a body for each
/// of them. `State` has the stages as `stage` and `filled`, i32, and flatten
/// and unflatten for all that the loop carries.
template <typename State, typename Body>
State buildTileLoop(KernelBuilder &b, const StageRing &ring, Value first,
                    Value end, const State &state, Body body) {
  // 32 bits take one instruction for what 64 take two.
  auto narrow = [&](Value value) -> Value {
    return arith::IndexCastUIOp::create(b, b.getI32Type(), value);
  };
  auto toIndex = [&](Value value) -> Value {
    return arith::IndexCastUIOp::create(b, b.getIndexType(), value);
  };
  auto getInteger = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, b.getI32Type(), value);
  };
  auto loop = scf::ForOp::create(b, narrow(first), narrow(end), getInteger(1),
                                 state.flatten());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  State inside = state.unflatten(loop.getRegionIterArgs());
  Value isLast =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, inside.stage,
                            getInteger(ring.ahead * ring.bytes));
  Value next = b.select(isLast, getInteger(0),
                        b.add(inside.stage, getInteger(ring.bytes)));
  body(inside,
       Stages{toIndex(inside.stage), toIndex(next), toIndex(inside.filled)},
       toIndex(loop.getInductionVar()));
  inside.filled = inside.stage;
  inside.stage = next;
  scf::YieldOp::create(b, inside.flatten());
  return state.unflatten(loop.getResults());
}

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILELOOP_H
