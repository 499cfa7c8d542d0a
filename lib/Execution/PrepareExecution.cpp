//===- PrepareExecution.cpp - the form that the CPU path compiles ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTPREPAREEXECUTION
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct PrepareExecutionPass
    : quantmlir::impl::QuantPrepareExecutionBase<PrepareExecutionPass> {
  void runOnOperation() override;
};
} // namespace

namespace {
template <typename OpTy>
struct ToDestinationStyle : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    return linalg::rewriteInDestinationPassingStyle(rewriter, op);
  }
};
} // namespace

void PrepareExecutionPass::runOnOperation() {
  MLIRContext *context = &getContext();
  RewritePatternSet patterns(context);
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  populateMathAlgebraicSimplificationPatterns(patterns);
  patterns.add<ToDestinationStyle<tensor::PadOp>,
               ToDestinationStyle<tensor::GenerateOp>>(context);
  if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
    return signalPassFailure();

  OpPassManager cleanup("builtin.module");
  cleanup.addPass(createCSEPass());
  cleanup.addPass(createCanonicalizerPass());
  if (failed(runPipeline(cleanup, getOperation())))
    signalPassFailure();
}
