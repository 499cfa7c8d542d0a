//===- Movable.cpp - values that may be computed earlier ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Movable.h"

#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::quantmlir;

bool quantmlir::isConstant(Operation *op) {
  return op->hasTrait<OpTrait::ConstantLike>() ||
         isa<ml_program::GlobalLoadConstOp>(op);
}

bool quantmlir::canBeBefore(Value value, Operation *op) {
  Operation *producer = value.getDefiningOp();
  // What an outer block computes is there for all of an inner one.
  if (!producer || producer->getBlock() != op->getBlock() ||
      producer->isBeforeInBlock(op))
    return true;
  bool isCheap = isConstant(producer) ||
                 isa<tensor::CollapseShapeOp, tensor::DimOp, tensor::EmptyOp,
                     tensor::ExpandShapeOp>(producer);
  return isCheap && llvm::all_of(producer->getOperands(), [&](Value operand) {
           return canBeBefore(operand, op);
         });
}
