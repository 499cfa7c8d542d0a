//===- QuantToLinalg.cpp - quant ops to linalg ----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expands the ops to the arithmetic that Numerics.h defines, one operation for
// one, so that the result has the same bits as the functions there.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Conversion/QuantToLinalg/QuantToLinalg.h"

#include "Lowering.h"

#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_CONVERTQUANTTOLINALG
#include "quant-mlir/Conversion/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// quant.quantize
//===----------------------------------------------------------------------===//

/// numerics::getInverse: of rank 0 without a smoothing scale, one value for
/// each channel with one.
static Value createInverse(ImplicitLocOpBuilder &b, Value scale,
                           Value smoothing) {
  if (!smoothing)
    return createReciprocals(b, scale);
  Value init = createEmpty(b, smoothing, {0}, b.getF32Type());
  return createGeneric(
      b, {readAlong(b, scale, 1, {}), readAll(b, smoothing)}, readAll(b, init),
      [](ImplicitLocOpBuilder &b, ValueRange arguments) {
        Value product = arith::MulFOp::create(b, arguments[0], arguments[1]);
        return createReciprocal(b, product);
      });
}

/// The loops of a tensor's leading dimensions: its rows.
static SmallVector<int64_t> getRowLoops(int64_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
}

namespace {
struct ConvertQuantize : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    if (op.isDynamic())
      rewriter.replaceOp(op, convertPerToken(b, op));
    else
      rewriter.replaceOp(op, convertStatic(b, op));
    return success();
  }

private:
  static Value convertStatic(ImplicitLocOpBuilder &b, QuantizeOp op) {
    int64_t rank = getRank(op.getInput());
    Value inverse = createInverse(b, op.getScale(), op.getSmoothing());
    SmallVector<int64_t> channels;
    if (op.getSmoothing())
      channels.push_back(rank - 1);
    Value init = op.getCodesInit();
    Type type = getElementTypeOrSelf(init);
    return createGeneric(
        b, {readAll(b, op.getInput()), readAlong(b, inverse, rank, channels)},
        readAll(b, init), [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
          Value scaled =
              arith::MulFOp::create(b, toF32(b, arguments[0]), arguments[1]);
          return op.getZeroPoint()
                     ? createCodeWithZeroPoint(b, scaled, op.getZeroCode(),
                                               op.getCodeBits(), type)
                     : createSymmetricCode(b, scaled, op.getCodeBits(), type);
        });
  }

  static SmallVector<Value> convertPerToken(ImplicitLocOpBuilder &b,
                                            QuantizeOp op) {
    Type type = getElementTypeOrSelf(op.getCodesInit());
    unsigned bits = op.getCodeBits();
    int64_t rank = getRank(op.getInput());
    SmallVector<int64_t> rows = getRowLoops(rank);
    SmallVector<Access, 3> inputs = {readAll(b, op.getInput())};
    if (op.getSmoothing())
      inputs.push_back(readAlong(b, createReciprocals(b, op.getSmoothing()),
                                 rank, {rank - 1}));
    auto smoothed = [&](ImplicitLocOpBuilder &b,
                        ValueRange arguments) -> Value {
      Value input = toF32(b, arguments[0]);
      return op.getSmoothing() ? arith::MulFOp::create(b, input, arguments[1])
                               : input;
    };

    Value zeros =
        createZeros(b, createEmpty(b, op.getInput(), rows, b.getF32Type()));
    Value absmax = createGeneric(
        b, inputs, readAlong(b, zeros, rank, rows),
        [&](ImplicitLocOpBuilder &b, ValueRange arguments) -> Value {
          Value magnitude = math::AbsFOp::create(b, smoothed(b, arguments));
          return arith::MaxNumFOp::create(b, arguments.back(), magnitude);
        });
    Value scales = createGeneric(
        b, readAll(b, absmax), readAll(b, op.getScalesInit()),
        [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
          return createScale(b, arguments[0], numerics::getQMax(bits));
        });
    Value inverses = createReciprocals(b, scales);
    inputs.push_back(readAlong(b, inverses, rank, rows));
    Value codes =
        createGeneric(b, inputs, readAll(b, op.getCodesInit()),
                      [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                        Value inverse = arguments[inputs.size() - 1];
                        Value scaled = arith::MulFOp::create(
                            b, smoothed(b, arguments), inverse);
                        return createSymmetricCode(b, scaled, bits, type);
                      });
    return {codes, scales};
  }
};

//===----------------------------------------------------------------------===//
// quant.matmul
//===----------------------------------------------------------------------===//

struct ConvertMatmul : OpRewritePattern<quantmlir::MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(quantmlir::MatmulOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value result = createIntegerProduct(
        b, op.getInput(), op.getWeight(),
        {op.getInputScale(), op.getWeightScale(), op.getBias()}, op.getInit());
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Elementwise scaling
//===----------------------------------------------------------------------===//

namespace {
/// y = x / s for `quant.smooth`, y = x * s for `quant.fuse_scale`.
template <typename OpTy, typename ArithOp>
struct ConvertScaling : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    int64_t rank = getRank(op.getInput());
    Type type = getElementTypeOrSelf(op.getType());
    Value init = createEmptyLike(b, op.getInput(), type);
    rewriter.replaceOp(
        op, createGeneric(b,
                          {readAll(b, op.getInput()),
                           readAlong(b, op.getScale(), rank, op.getAxes())},
                          readAll(b, init),
                          [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                            Value value = ArithOp::create(
                                b, toF32(b, arguments[0]), arguments[1]);
                            return fromF32(b, value, type);
                          }));
    return success();
  }
};

struct ConvertDequantize : OpRewritePattern<DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DequantizeOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    int64_t rank = getRank(op.getCodes());
    Type type = getElementTypeOrSelf(op.getType());
    Value init = createEmptyLike(b, op.getCodes(), type);
    rewriter.replaceOp(
        op, createGeneric(b,
                          {readAll(b, op.getCodes()),
                           readAlong(b, op.getScale(), rank, op.getAxes())},
                          readAll(b, init),
                          [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                            Value value = arith::SIToFPOp::create(
                                b, b.getF32Type(), arguments[0]);
                            value =
                                arith::MulFOp::create(b, value, arguments[1]);
                            return fromF32(b, value, type);
                          }));
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

void mlir::quantmlir::populateQuantToLinalgPatterns(
    RewritePatternSet &patterns) {
  patterns.add<ConvertQuantize, ConvertMatmul, ConvertDequantize,
               ConvertScaling<SmoothOp, arith::DivFOp>,
               ConvertScaling<FuseScaleOp, arith::MulFOp>>(
      patterns.getContext());
  populateGroupPatterns(patterns);
}

/// Our destination-style ops exist on memrefs too, where this lowering has no
/// destination to pass.
static LogicalResult checkTensors(Operation *root) {
  WalkResult result = root->walk([](DestinationStyleOpInterface op) {
    bool ours = isa<QuantizeOp, QuantizeRowsOp, quantmlir::MatmulOp,
                    GroupMatmulOp, OutlierMatmulOp>(*op);
    if (!ours || op.hasPureTensorSemantics())
      return WalkResult::advance();
    op->emitError("expects tensors, found memrefs: run "
                  "convert-quant-to-linalg before bufferization");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

static LogicalResult checkConverted(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    if (!isa<GroupQuantizeOp, GroupDequantizeOp>(op))
      return WalkResult::advance();
    op->emitError("expects a static shape: specialize it before "
                  "convert-quant-to-linalg");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct ConvertQuantToLinalgPass
    : quantmlir::impl::ConvertQuantToLinalgBase<ConvertQuantToLinalgPass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
    registry.insert<arith::ArithDialect, linalg::LinalgDialect,
                    math::MathDialect, tensor::TensorDialect>();
  }

  void runOnOperation() override {
    if (failed(checkTensors(getOperation())))
      return signalPassFailure();
    if (!keepObservers)
      getOperation()->walk(eraseObserver);
    RewritePatternSet rows(&getContext());
    populateRowPatterns(rows);
    walkAndApplyPatterns(getOperation(), std::move(rows));
    RewritePatternSet patterns(&getContext());
    populateQuantToLinalgPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    if (failed(checkConverted(getOperation())))
      signalPassFailure();
  }
};
} // namespace
