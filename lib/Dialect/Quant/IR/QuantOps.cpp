//===- QuantOps.cpp - ops of the quant dialect extension ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::quantmlir;

#define GET_OP_CLASSES
#include "quant-mlir/Dialect/Quant/IR/QuantOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Memory effects of the destination-style ops
//===----------------------------------------------------------------------===//

/// On memrefs: reads every input and writes every destination. On tensors:
/// none.
static void collectEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    MemoryEffects::Effect *effect =
        op.isDpsInit(&operand)
            ? static_cast<MemoryEffects::Effect *>(MemoryEffects::Write::get())
            : MemoryEffects::Read::get();
    effects.emplace_back(effect, &operand, SideEffects::DefaultResource::get());
  }
}

void QuantizeOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}

void MatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}

void GroupMatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}

void QuantizeRowsOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}

void OutlierMatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}

//===----------------------------------------------------------------------===//
// Result types and shapes
//===----------------------------------------------------------------------===//

void GroupQuantizeOp::build(OpBuilder &builder, OperationState &state,
                            Value input, int64_t groupSize, unsigned bits,
                            bool withZeros) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  int64_t groups = ShapedType::isDynamic(columns)
                       ? ShapedType::kDynamic
                       : numerics::getNumGroups(columns, groupSize);
  Type codeType = builder.getIntegerType(bits);
  auto scales = RankedTensorType::get({rows, groups}, builder.getF32Type());
  build(builder, state, type.clone(codeType), scales,
        withZeros ? scales.clone(codeType) : Type(), input, groupSize, bits);
}

/// Every result has the shape of `source`.
static LogicalResult reifyFrom(Value source, Operation *op, OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  shapes.assign(op->getNumResults(),
                tensor::getMixedSizes(builder, op->getLoc(), source));
  return success();
}

LogicalResult
ObserveOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  return reifyFrom(getInput(), *this, builder, shapes);
}

LogicalResult SmoothOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFrom(getInput(), *this, builder, shapes);
}

LogicalResult
FuseScaleOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyFrom(getInput(), *this, builder, shapes);
}

LogicalResult
DequantizeOp::reifyResultShapes(OpBuilder &builder,
                                ReifiedRankedShapedTypeDims &shapes) {
  return reifyFrom(getCodes(), *this, builder, shapes);
}

LogicalResult
GroupQuantizeOp::reifyResultShapes(OpBuilder &builder,
                                   ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, getLoc(), getInput());
  AffineExpr columns = builder.getAffineDimExpr(0);
  OpFoldResult groups = affine::makeComposedFoldedAffineApply(
      builder, getLoc(), columns.ceilDiv(static_cast<int64_t>(getGroupSize())),
      {sizes[1]});
  shapes.assign(getNumResults(), {sizes[0], groups});
  shapes[0] = sizes;
  return success();
}

LogicalResult
GroupDequantizeOp::reifyResultShapes(OpBuilder &builder,
                                     ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, getLoc(), getCodes());
  // The verifier wants the result's columns static if the codes are packed.
  if (!getType().isDynamicDim(1))
    sizes[1] = builder.getIndexAttr(getType().getDimSize(1));
  shapes.push_back(std::move(sizes));
  return success();
}

/// On tensors every result has the shape of its destination.
static LogicalResult reifyDestinations(DestinationStyleOpInterface op,
                                       OpBuilder &builder,
                                       ReifiedRankedShapedTypeDims &shapes) {
  if (!op.hasPureTensorSemantics())
    return failure();
  for (Value init : op.getDpsInits())
    shapes.push_back(tensor::getMixedSizes(builder, op->getLoc(), init));
  return success();
}

LogicalResult
QuantizeOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  return reifyDestinations(*this, builder, shapes);
}

LogicalResult MatmulOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyDestinations(*this, builder, shapes);
}

LogicalResult
GroupMatmulOp::reifyResultShapes(OpBuilder &builder,
                                 ReifiedRankedShapedTypeDims &shapes) {
  return reifyDestinations(*this, builder, shapes);
}

LogicalResult
QuantizeRowsOp::reifyResultShapes(OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) {
  return reifyDestinations(*this, builder, shapes);
}

LogicalResult
OutlierMatmulOp::reifyResultShapes(OpBuilder &builder,
                                   ReifiedRankedShapedTypeDims &shapes) {
  return reifyDestinations(*this, builder, shapes);
}
