//===- LowerKernels.cpp - outlined kernels to loops over pointers ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTLOWERKERNELS
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct LowerKernelsPass
    : quantmlir::impl::QuantLowerKernelsBase<LowerKernelsPass> {
  void runOnOperation() override;
};
} // namespace

static void declareAssertFunction(ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto function =
      func::FuncOp::create(builder, module.getLoc(), assertFunctionName,
                           builder.getFunctionType(builder.getI64Type(), {}));
  function.setPrivate();
}

void LowerKernelsPass::runOnOperation() {
  SmallVector<func::FuncOp> kernels;
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (function->hasAttr(rowsAttrName) && !function.isDeclaration())
      kernels.push_back(function);
  if (kernels.empty())
    return;
  OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
  auto nested = ModuleOp::create(builder, getOperation().getLoc(),
                                 StringRef(kernelsModuleName));
  SmallVector<StringRef> assertMessages;
  for (func::FuncOp kernel : kernels) {
    FailureOr<func::FuncOp> lowered =
        KernelEmitter(kernel, assertMessages).emit(kernel.getName());
    if (failed(lowered))
      return signalPassFailure();
    (*lowered)->moveBefore(nested.getBody(), nested.getBody()->end());
    kernel.eraseBody();
  }
  if (assertMessages.empty())
    return;
  declareAssertFunction(nested);
  nested->setAttr(assertMessagesAttrName,
                  builder.getStrArrayAttr(assertMessages));
}
