//===- KernelEmitter.h - loops over pointers for one kernel -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_KERNELEMITTER_H
#define QUANT_MLIR_LIB_EXECUTION_KERNELEMITTER_H

#include "KernelLayout.h"
#include "RowNest.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::quantmlir {

/// Emits the loops of an outlined kernel into a new function beside it.
class KernelEmitter {
public:
  /// `assertMessages` collects the messages of assertions; an assertion's
  /// number is its message's position.
  KernelEmitter(func::FuncOp kernel,
                SmallVectorImpl<StringRef> &assertMessages);

  /// Makes `@name(ptr…, begin, end)`: one pointer for each argument, one for
  /// each result, and the range of rows.
  FailureOr<func::FuncOp> emit(StringRef name);

private:
  /// A tensor in memory: all of it, or one row of it on the stack.
  struct Buffer {
    Value pointer;
    bool holdsOneRow;
  };
  /// The nest that is being emitted, and the values of its variables.
  struct Scope {
    RowNest nest;
    SmallVector<Value> variables;
  };

  LogicalResult emitOp(Operation *op);
  LogicalResult emitNest(const KernelOp &op, unsigned index);
  LogicalResult emitElementwise(const KernelOp &op, unsigned index,
                                Scope &scope);
  LogicalResult emitReduction(linalg::LinalgOp op, Scope &scope);
  LogicalResult emitMemoryReduction(linalg::LinalgOp op, Scope &scope);

  /// Opens the loops `loops[first…]` around the insertion point.
  void openLoops(Scope &scope, ArrayRef<RowNest::Loop> loops);
  /// The values that a linalg body yields at the scope's iterators.
  FailureOr<SmallVector<Value>> emitBody(linalg::LinalgOp op, Scope &scope,
                                         ArrayRef<Value> accumulators);
  FailureOr<Value> emitBodyOp(Operation &op, IRMapping &mapping, Scope &scope);
  FailureOr<Value> emitExtract(tensor::ExtractOp op, IRMapping &mapping,
                               Scope &scope);
  void emitAssert(cf::AssertOp op, IRMapping &mapping);
  /// The element of `value` at `indices`.
  FailureOr<Value> emitElement(Value value, ArrayRef<AffineExpr> indices,
                               Scope &scope);
  FailureOr<Value> emitScalar(Value value);
  Value emitIndex(AffineExpr expr, const Scope &scope);
  Value emitAddress(Value tensor, ArrayRef<AffineExpr> indices,
                    const Scope &scope);
  void emitStore(Value element, Value tensor, ArrayRef<AffineExpr> indices,
                 const Scope &scope);
  AffineExpr bind(Value index, int64_t extent, Scope &scope);

  func::FuncOp kernel;
  KernelLayout layout;
  SmallVectorImpl<StringRef> &assertMessages;
  OpBuilder builder;
  DenseMap<Value, Buffer> buffers;
  Value row;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_KERNELEMITTER_H
