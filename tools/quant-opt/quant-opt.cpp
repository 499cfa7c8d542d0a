//===- quant-opt.cpp - the optimizer driver -------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/InitAll.h"
#include "quant-mlir/Target/FileTransaction.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/WithColor.h"

namespace mlir::quantmlir::test {
void registerTestRandomScalesPass();
} // namespace mlir::quantmlir::test

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  // gpu-module-to-binary translates to LLVM IR on the way to PTX.
  mlir::registerAllGPUToLLVMIRTranslations(registry);
  mlir::quantmlir::registerAllDialects(registry);
  mlir::registerAllPasses();
  mlir::quantmlir::registerAllPasses();
  mlir::quantmlir::test::registerTestRandomScalesPass();
  // A later pass that fails must not leave the files of earlier ones.
  mlir::quantmlir::FileTransaction files;
  llvm::LogicalResult result = mlir::MlirOptMain(
      argc, argv, "Quantization compiler: optimizer driver\n", registry);
  if (failed(result))
    return EXIT_FAILURE;
  llvm::Error error = files.commit();
  if (!error)
    return EXIT_SUCCESS;
  llvm::WithColor::error(llvm::errs(), "quant-opt")
      << toString(std::move(error)) << '\n';
  return EXIT_FAILURE;
}
