//===- KernelFunctions.cpp - exp, tanh, erf in kernels --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// exp, tanh and erf become upstream's polynomials, which the CPU path uses as
// well: so both have the same bits. What these consist of is one instruction
// each.
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::quantmlir;

static bool isApproximated(StringRef name) {
  return name == math::ExpOp::getOperationName() ||
         name == math::TanhOp::getOperationName() ||
         name == math::ErfOp::getOperationName();
}

/// The instruction that is a math op of f32; null if there is none.
static Value buildInstruction(KernelBuilder &b, Operation *op) {
  Type f32 = b.getF32Type();
  if (op->getNumResults() != 1 || op->getResult(0).getType() != f32)
    return {};
  if (auto fma = dyn_cast<math::FmaOp>(op))
    return LLVM::FMAOp::create(b, f32, fma.getA(), fma.getB(), fma.getC());
  if (isa<math::FloorOp>(op))
    return b.inlineAsm(f32, "cvt.rmi.f32.f32 $0, $1;", "=f,f",
                       op->getOperands());
  if (isa<math::AbsFOp>(op))
    return b.inlineAsm(f32, "abs.f32 $0, $1;", "=f,f", op->getOperands());
  if (isa<math::CopySignOp>(op))
    return b.inlineAsm(f32, "copysign.f32 $0, $2, $1;", "=f,f,f",
                       op->getOperands());
  return {};
}

LogicalResult mlir::quantmlir::approximateFunctions(gpu::GPUModuleOp kernels) {
  auto isMath = [](Operation *op) {
    return isa_and_nonnull<math::MathDialect>(op->getDialect());
  };
  bool hasFunctions = false;
  kernels.walk([&](Operation *op) { hasFunctions |= isMath(op); });
  // Kernels without any stay as they were built.
  if (!hasFunctions)
    return success();
  RewritePatternSet patterns(kernels.getContext());
  populateMathPolynomialApproximationPatterns(patterns, isApproximated);
  if (failed(applyPatternsGreedily(kernels, std::move(patterns))))
    return failure();
  WalkResult result = kernels.walk([&](Operation *op) {
    if (!isMath(op))
      return WalkResult::advance();
    OpBuilder builder(op);
    KernelBuilder b(op->getLoc(), builder);
    Value value = buildInstruction(b, op);
    if (!value) {
      op->emitError("has no instruction in kernels");
      return WalkResult::interrupt();
    }
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
