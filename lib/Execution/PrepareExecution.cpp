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

/// A linalg op with a loop of no iterations leaves its destinations as they
/// are.
static bool hasNoIteration(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() &&
         llvm::is_contained(op.getStaticLoopRanges(), 0);
}

/// Constants in place of tensors that are known to have no elements, and
/// destinations in place of what no iteration computes: later stages divide by
/// extents.
static void replaceEmptyTensors(Operation *root) {
  root->walk([](Operation *op) {
    OpBuilder builder(op);
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    bool isIdle = linalgOp && hasNoIteration(linalgOp);
    for (OpResult result : op->getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!type || result.use_empty())
        continue;
      if (isIdle)
        result.replaceAllUsesWith(
            linalgOp.getDpsInits()[result.getResultNumber()]);
      else if (type.hasStaticShape() && type.getNumElements() == 0 &&
               !isa<arith::ConstantOp>(op) && isMemoryEffectFree(op))
        result.replaceAllUsesWith(arith::ConstantOp::create(
            builder, op->getLoc(),
            DenseElementsAttr::get(type, ArrayRef<Attribute>())));
    }
  });
}

void PrepareExecutionPass::runOnOperation() {
  replaceEmptyTensors(getOperation());
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
