//===- FuseProducers.cpp - quantize norms and activations as computed -----===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowFusion.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTFUSEPRODUCERS
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct FuseProducersPass
    : quantmlir::impl::QuantFuseProducersBase<FuseProducersPass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registerQuantOps(registry);
  }

  void runOnOperation() override;
  void fuse(QuantizeOp op);
};
} // namespace

static remark::RemarkOpts getRemarkOptions(StringRef name) {
  return remark::RemarkOpts::name(name).category("quant-fuse-producers");
}

/// Brings regions to ops that kernels have code for: constant powers become
/// products, tanh and erf the polynomials that the CPU path has for them.
static LogicalResult simplify(QuantizeRowsOp op) {
  RewritePatternSet patterns(op.getContext());
  populateMathAlgebraicSimplificationPatterns(patterns);
  populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
    return name == math::TanhOp::getOperationName() ||
           name == math::ErfOp::getOperationName();
  });
  return applyPatternsGreedily(op, std::move(patterns));
}

void FuseProducersPass::fuse(QuantizeOp op) {
  std::string whyNot;
  RowFusion fusion(op);
  if (succeeded(fusion.plan(whyNot))) {
    QuantizeRowsOp fused = fusion.create();
    if (succeeded(simplify(fused)) && succeeded(checkKernel(fused, whyNot))) {
      remark::passed(op.getLoc(), getRemarkOptions("Fused"))
          << remark::add("{0} ops are computed where their result is quantized",
                         fusion.getNumFused())
          << remark::metric("Ops", fusion.getNumFused());
      op->replaceAllUsesWith(fused);
      op->erase();
      ++numFused;
      return;
    }
    fused->erase();
  }
  remark::missed(op.getLoc(), getRemarkOptions("NotFused"))
      << remark::add("a quantization reads its operand from memory")
      << remark::reason("{0}", whyNot);
  ++numLeft;
}

void FuseProducersPass::runOnOperation() {
  SmallVector<QuantizeOp> ops;
  getOperation().walk([&](QuantizeOp op) { ops.push_back(op); });
  for (QuantizeOp op : ops)
    fuse(op);
  // What was fused may have no use left.
  getOperation().walk<WalkOrder::PostOrder, mlir::ReverseIterator>(
      [](Operation *op) {
        if (isOpTriviallyDead(op))
          op->erase();
      });
}
