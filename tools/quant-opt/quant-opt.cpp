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
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

namespace mlir::quantmlir::test {
void registerTestRandomScalesPass();
} // namespace mlir::quantmlir::test

/// Builds the pipeline that the command line asks for. An option that cannot be
/// parsed is reported when it is; the pass manager then adds an error of its
/// own without a text.
static LogicalResult setupPassPipeline(const MlirOptMainConfig &config,
                                       PassManager &pm) {
  ScopedDiagnosticHandler dropEmpty(
      pm.getContext(),
      [](Diagnostic &diagnostic) { return success(diagnostic.str().empty()); });
  return config.setupPassPipeline(pm);
}

static LogicalResult optimize(int argc, char **argv,
                              DialectRegistry &registry) {
  auto [inputName, outputName] = registerAndParseCLIOptions(
      argc, argv, "Quantization compiler: optimizer driver\n", registry);
  const auto parsed = MlirOptMainConfig::createFromCLOptions();
  if (parsed.shouldShowDialects() || parsed.shouldListPasses())
    return MlirOptMain(argc, argv, inputName, outputName, registry);
  MlirOptMainConfig config = parsed;
  config.setPassPipelineSetupFn(
      [&](PassManager &pm) { return setupPassPipeline(parsed, pm); });

  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> input =
      openInputFile(inputName, &message);
  std::unique_ptr<llvm::ToolOutputFile> output =
      input ? openOutputFile(outputName, &message) : nullptr;
  if (!output) {
    llvm::WithColor::error(llvm::errs(), "quant-opt") << message << '\n';
    return failure();
  }
  if (failed(MlirOptMain(output->os(), std::move(input), registry, config)))
    return failure();
  output->keep();
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
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
  if (failed(optimize(argc, argv, registry)))
    return EXIT_FAILURE;
  llvm::Error error = files.commit();
  if (!error)
    return EXIT_SUCCESS;
  llvm::WithColor::error(llvm::errs(), "quant-opt")
      << toString(std::move(error)) << '\n';
  return EXIT_FAILURE;
}
