//===- QuantFolds.cpp - folds and canonicalizations of our ops ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constants are folded where they are scales, never where they are weights: a
// canonicalization that multiplies or dequantizes weights would copy them
// without being asked. quant-fold-scales does it, under the parameter's name.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;

/// True if `value` is a constant all of whose elements satisfy `predicate`.
static bool allElements(Value value, function_ref<bool(float)> predicate) {
  std::optional<ConstantTensor> constant =
      value ? ConstantTensor::get(value) : std::nullopt;
  if (!constant)
    return false;
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> floats = constant->getFloats(storage);
  return succeeded(floats) && llvm::all_of(*floats, predicate);
}

static bool isAllOnes(Value scale) {
  return allElements(scale, [](float value) { return value == 1.0f; });
}

static bool isAllPowersOfTwo(Value scale) {
  return allElements(scale, [](float value) {
    int exponent;
    return std::frexp(value, &exponent) == 0.5f;
  });
}

/// The value that scaling by ones, or undoing `InverseOp`, leaves as it was.
/// Only powers of two are undone: they give the same bits, save that a value
/// which left the range of normal floats on the way is now exact.
template <typename InverseOp, typename OpTy>
static OpFoldResult foldScaling(OpTy op) {
  if (isAllOnes(op.getScale()))
    return op.getInput();
  auto inverse = op.getInput().template getDefiningOp<InverseOp>();
  if (inverse && inverse.getScale() == op.getScale() &&
      inverse.getAxes() == op.getAxes() && isAllPowersOfTwo(op.getScale()))
    return inverse.getInput();
  return {};
}

OpFoldResult SmoothOp::fold(FoldAdaptor) {
  return foldScaling<FuseScaleOp>(*this);
}

OpFoldResult FuseScaleOp::fold(FoldAdaptor) {
  return foldScaling<SmoothOp>(*this);
}

namespace {
/// scale(scale(x, a), b) => scale(x, a * b) for constants along the same axes.
template <typename OpTy>
struct MergeScales : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().template getDefiningOp<OpTy>();
    if (!inner || inner.getAxes() != op.getAxes())
      return rewriter.notifyMatchFailure(op, "no scaling along the same axes");
    // The product is an arith.constant, whose dialect must be loaded.
    if (!op.getScale().template getDefiningOp<arith::ConstantOp>() ||
        !inner.getScale().template getDefiningOp<arith::ConstantOp>())
      return rewriter.notifyMatchFailure(op, "scales are not constant");
    std::optional<ConstantTensor> outerScale =
        ConstantTensor::get(op.getScale());
    std::optional<ConstantTensor> innerScale =
        ConstantTensor::get(inner.getScale());
    if (!outerScale || !innerScale)
      return rewriter.notifyMatchFailure(op, "no data of the scales");

    SmallVector<float> outerStorage, innerStorage, product;
    FailureOr<ArrayRef<float>> outerFloats =
        outerScale->getFloats(outerStorage);
    FailureOr<ArrayRef<float>> innerFloats =
        innerScale->getFloats(innerStorage);
    if (failed(outerFloats) || failed(innerFloats))
      return rewriter.notifyMatchFailure(op, "scales are not floats");
    for (auto [a, b] : llvm::zip_equal(*innerFloats, *outerFloats))
      product.push_back(a * b);
    if (!llvm::all_of(product, [](float v) { return std::isnormal(v); }))
      return rewriter.notifyMatchFailure(op, "the product is no scale");

    auto type = cast<RankedTensorType>(innerScale->getType());
    Value merged =
        createFloatConstant(rewriter, op.getLoc(), "", type, product);
    rewriter.replaceOpWithNewOp<OpTy>(op, op.getType(), inner.getInput(),
                                      merged, op.getAxes());
    return success();
  }
};
} // namespace

void SmoothOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<MergeScales<SmoothOp>>(context);
}

void FuseScaleOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<MergeScales<FuseScaleOp>>(context);
}

/// quantize(x) smooth(ones) => quantize(x)
static LogicalResult dropUnitSmoothing(QuantizeOp op,
                                       PatternRewriter &rewriter) {
  if (!isAllOnes(op.getSmoothing()))
    return rewriter.notifyMatchFailure(op, "smoothing is not of ones");
  rewriter.modifyOpInPlace(op, [&] { op.getSmoothingMutable().clear(); });
  return success();
}

void QuantizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *) {
  patterns.add(dropUnitSmoothing);
}
