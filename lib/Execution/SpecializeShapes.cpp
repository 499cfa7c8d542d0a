//===- SpecializeShapes.cpp - static shapes for dynamic arguments ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTSPECIALIZESHAPES
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct SpecializeShapesPass
    : quantmlir::impl::QuantSpecializeShapesBase<SpecializeShapesPass> {
  using Base::Base;
  void runOnOperation() override;
  LogicalResult setArgumentTypes(func::FuncOp function);
  LogicalResult propagate();
};
} // namespace

/// "2x512" as dimensions.
static FailureOr<SmallVector<int64_t>> parseShape(StringRef text) {
  SmallVector<int64_t> shape;
  SmallVector<StringRef> parts;
  if (!text.empty())
    text.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t extent;
    if (part.getAsInteger(10, extent) || extent < 0)
      return failure();
    shape.push_back(extent);
  }
  return shape;
}

LogicalResult SpecializeShapesPass::setArgumentTypes(func::FuncOp function) {
  Block &entry = function.getBody().front();
  if (shapes.size() != entry.getNumArguments())
    return mlir::emitError(function.getLoc())
           << "function '" << function.getName() << "' has "
           << entry.getNumArguments() << " arguments, but " << shapes.size()
           << " shapes are given; give one for each";
  OpBuilder builder = OpBuilder::atBlockBegin(&entry);
  for (auto [argument, text] : llvm::zip_equal(entry.getArguments(), shapes)) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    FailureOr<SmallVector<int64_t>> shape = parseShape(text);
    if (!type || failed(shape) ||
        failed(verifyCompatibleShape(type.getShape(), *shape)))
      return mlir::emitError(function.getLoc())
             << "argument " << argument.getArgNumber() << " is "
             << argument.getType() << ", which the shape '" << text
             << "' does not fit";
    auto specialized = RankedTensorType::get(*shape, type.getElementType());
    if (specialized == type)
      continue;
    argument.setType(specialized);
    auto cast =
        tensor::CastOp::create(builder, argument.getLoc(), type, argument);
    argument.replaceAllUsesExcept(cast, cast);
  }
  function.setFunctionType(FunctionType::get(
      &getContext(), entry.getArgumentTypes(), function.getResultTypes()));
  return success();
}

/// The operand of a cast that adds no knowledge.
static Value skipCast(Value value) {
  auto cast = value.getDefiningOp<tensor::CastOp>();
  return cast && tensor::canFoldIntoConsumerOp(cast) ? cast.getSource() : value;
}

namespace {
/// reshape of a cast: of what was cast.
struct SkipCastOfReshape : OpRewritePattern<tensor::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    Value source = skipCast(op.getSource());
    if (source == op.getSource())
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getSourceMutable().assign(source); });
    return success();
  }
};

/// reshape to a constant shape: the result's type has that shape.
struct InferReshape : OpRewritePattern<tensor::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    DenseIntElementsAttr shapeAttr;
    if (!type || type.hasStaticShape() ||
        !matchPattern(op.getShape(), m_Constant(&shapeAttr)))
      return failure();
    SmallVector<int64_t> shape;
    for (const APInt &extent : shapeAttr.getValues<APInt>())
      shape.push_back(extent.getSExtValue());
    if (llvm::any_of(shape, [](int64_t extent) { return extent < 0; }))
      return failure();
    Value reshaped = tensor::ReshapeOp::create(
        rewriter, op.getLoc(),
        RankedTensorType::get(shape, type.getElementType()), op.getSource(),
        op.getShape());
    rewriter.replaceOpWithNewOp<tensor::CastOp>(op, type, reshaped);
    return success();
  }
};

/// concat of casts: concat of what was cast.
struct InferConcat : OpRewritePattern<tensor::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ConcatOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs = llvm::map_to_vector(op.getInputs(), skipCast);
    if (llvm::equal(inputs, op.getInputs()))
      return failure();
    Value concat =
        tensor::ConcatOp::create(rewriter, op.getLoc(), op.getDim(), inputs);
    rewriter.replaceOpWithNewOp<tensor::CastOp>(op, op.getType(), concat);
    return success();
  }
};
} // namespace

/// Upstream's canonicalization carries static shapes forward through linalg and
/// most of tensor; a few rounds of it and of the patterns above reach the end.
LogicalResult SpecializeShapesPass::propagate() {
  constexpr unsigned numRounds = 3;
  for (unsigned round = 0; round < numRounds; ++round) {
    OpPassManager manager("builtin.module");
    manager.addPass(createCanonicalizerPass());
    manager.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
    manager.addPass(createCanonicalizerPass());
    if (failed(runPipeline(manager, getOperation())))
      return failure();
    RewritePatternSet patterns(&getContext());
    patterns.add<SkipCastOfReshape, InferReshape, InferConcat>(&getContext());
    tensor::CastOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return failure();
  }
  return success();
}

void SpecializeShapesPass::runOnOperation() {
  auto target = getOperation().lookupSymbol<func::FuncOp>(function);
  if (!target || target.isDeclaration()) {
    mlir::emitError(getOperation().getLoc())
        << "the module has no function '" << function << "'";
    return signalPassFailure();
  }
  if (failed(setArgumentTypes(target)) || failed(propagate()))
    return signalPassFailure();
  auto returnOp =
      dyn_cast<func::ReturnOp>(target.getBody().back().getTerminator());
  if (!returnOp)
    return;
  for (OpOperand &operand : returnOp->getOpOperands()) {
    auto cast = operand.get().getDefiningOp<tensor::CastOp>();
    operand.set(skipCast(operand.get()));
    if (cast && cast->use_empty())
      cast->erase();
  }
  target.setFunctionType(FunctionType::get(
      &getContext(), target.getBody().front().getArgumentTypes(),
      returnOp.getOperandTypes()));
}
