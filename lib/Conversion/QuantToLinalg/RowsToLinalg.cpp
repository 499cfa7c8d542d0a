//===- RowsToLinalg.cpp - programs of rows and outliers to linalg ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/RowPrograms.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// One linalg.generic for each stage, then quant.quantize.
struct ConvertQuantizeRows : OpRewritePattern<QuantizeRowsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeRowsOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Access> inputs;
    for (Value input : op.getInputs()) {
      int64_t rank = getRank(input);
      inputs.push_back(
          readAlong(b, input, 2,
                    llvm::to_vector(llvm::seq<int64_t>(2 - rank, int64_t(2)))));
    }
    for (auto [attr, stage] :
         llvm::zip_first(op.getReductions(), op.getStages()))
      inputs.push_back(readAlong(
          b,
          createReduction(b, op, inputs, stage,
                          cast<vector::CombiningKindAttr>(attr).getValue()),
          2, {0}));

    Region &last = op.getStages().back();
    Type type = last.front().getTerminator()->getOperand(0).getType();
    Value init = createEmptyLike(b, op.getCodesInit(), type);
    Value elements =
        createGeneric(b, inputs, readAll(b, init),
                      [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                        return cloneStage(b, last, arguments);
                      });
    auto quantize = QuantizeOp::create(
        b, op.getResultTypes(), elements, op.getScale(), op.getSmoothing(),
        op.getInits(), op.getBitsAttr(), op.getZeroPointAttr());
    rewriter.replaceOp(op, quantize);
    return success();
  }

private:
  static Value cloneStage(ImplicitLocOpBuilder &b, Region &stage,
                          ValueRange arguments) {
    IRMapping mapping;
    mapping.map(stage.getArguments(),
                arguments.take_front(stage.getNumArguments()));
    for (Operation &op : stage.front().without_terminator())
      b.clone(op, mapping);
    auto yield = cast<YieldOp>(stage.front().getTerminator());
    return mapping.lookup(yield.getValue());
  }

  static Value createReduction(ImplicitLocOpBuilder &b, QuantizeRowsOp op,
                               ArrayRef<Access> inputs, Region &stage,
                               vector::CombiningKind kind) {
    auto type =
        cast<FloatType>(stage.front().getTerminator()->getOperand(0).getType());
    Value neutral = arith::ConstantOp::create(b, getNeutralElement(kind, type));
    Value init = linalg::FillOp::create(
                     b, neutral, createEmpty(b, op.getCodesInit(), {0}, type))
                     .getResult(0);
    return createGeneric(b, inputs, readAlong(b, init, 2, {0}),
                         [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                           Value value = cloneStage(b, stage, arguments);
                           return vector::makeArithReduction(
                               b, b.getLoc(), kind, value, arguments.back());
                         });
  }
};

/// The channels side by side, then a product that adds.
struct ConvertOutlierMatmul : OpRewritePattern<OutlierMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(OutlierMatmulOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value input = op.getInput();
    SmallVector<OpFoldResult> sizes = {
        tensor::getMixedSize(b, b.getLoc(), input, 0),
        tensor::getMixedSize(b, b.getLoc(), op.getChannels(), 0)};
    Value init = tensor::EmptyOp::create(b, sizes, getElementTypeOrSelf(input));
    Value gathered = createGeneric(
        b, readAlong(b, op.getChannels(), 2, {1}), readAll(b, init),
        [&](ImplicitLocOpBuilder &b, ValueRange arguments) -> Value {
          Value row = linalg::IndexOp::create(b, 0);
          Value channel =
              arith::IndexCastOp::create(b, b.getIndexType(), arguments[0]);
          return tensor::ExtractOp::create(b, input, ValueRange{row, channel});
        });
    rewriter.replaceOp(
        op, createContraction(b, gathered, op.getWeight(), op.getAddend()));
    return success();
  }
};
} // namespace

void mlir::quantmlir::populateRowPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertQuantizeRows, ConvertOutlierMatmul>(
      patterns.getContext());
}
