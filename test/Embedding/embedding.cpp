//===- embedding.cpp - a program that embeds the compiler -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/InitAll.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

static constexpr const char *source = R"mlir(
func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = arith.constant dense<1.0> : tensor<3xf32>
  %0 = quant.observe %x "x.input" : tensor<2x3xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %1 : tensor<2x3xf32>
}
)mlir";

int main() {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, func::FuncDialect>();
  quantmlir::registerAllDialects(registry);
  quantmlir::registerAllPasses();
  registerCanonicalizerPass();

  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, &context);
  PassManager passes(&context);
  if (!module ||
      failed(parsePassPipeline("quant-strip-observers,canonicalize", passes)) ||
      failed(passes.run(*module)))
    return 1;
  module->print(llvm::outs());

  // The ops' classes are those that the parser made.
  unsigned left = 0;
  module->walk([&](quantmlir::SmoothOp) { ++left; });
  module->walk([&](quantmlir::ObserveOp) { ++left; });
  llvm::outs() << "ops of ours left: " << left << "\n";
  return 0;
}
