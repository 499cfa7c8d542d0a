//===- KernelCompiler.cpp - machine code of kernels -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCompiler.h"

#include "quant-mlir/Execution/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Functions that activations use become polynomials, so that loops of them
/// are vectorized. Others are called in the C library.
static LogicalResult approximateFunctions(ModuleOp kernels) {
  RewritePatternSet patterns(kernels.getContext());
  populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
    return name == math::ExpOp::getOperationName() ||
           name == math::TanhOp::getOperationName() ||
           name == math::ErfOp::getOperationName();
  });
  return applyPatternsGreedily(kernels, std::move(patterns));
}

static LogicalResult lowerToLLVM(ModuleOp kernels) {
  PassManager manager(kernels.getContext());
  manager.addPass(createCSEPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  return manager.run(kernels);
}

llvm::Expected<std::unique_ptr<ExecutionEngine>>
quantmlir::createEngine(ModuleOp module,
                        ArrayRef<std::pair<StringRef, void *>> functions) {
  static bool isInitialized = !llvm::InitializeNativeTarget() &&
                              !llvm::InitializeNativeTargetAsmPrinter();
  if (!isInitialized)
    return llvm::createStringError("LLVM has no code generator for this CPU");

  auto makeMachine =
      []() -> llvm::Expected<std::unique_ptr<llvm::TargetMachine>> {
    auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
    if (!builder)
      return builder.takeError();
    builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
    return builder->createTargetMachine();
  };
  auto optimizerMachine = makeMachine();
  if (!optimizerMachine)
    return optimizerMachine.takeError();
  auto codeMachine = makeMachine();
  if (!codeMachine)
    return codeMachine.takeError();
  auto optimize = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                            optimizerMachine->get());
  ExecutionEngineOptions options;
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto engine =
      ExecutionEngine::create(module, options, std::move(*codeMachine));
  if (!engine)
    return engine.takeError();
  (*engine)->registerSymbols([&](llvm::orc::MangleAndInterner interner) {
    llvm::orc::SymbolMap symbols;
    for (auto [name, address] : functions)
      symbols[interner(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                 llvm::JITSymbolFlags::Exported};
    return symbols;
  });
  return std::move(*engine);
}

llvm::Expected<std::unique_ptr<ExecutionEngine>>
quantmlir::compileKernels(ModuleOp kernels, void (*assertFailed)(int64_t)) {
  if (failed(approximateFunctions(kernels)) || failed(lowerToLLVM(kernels)))
    return llvm::createStringError("kernels cannot be lowered to LLVM");
  return createEngine(
      kernels, {{assertFunctionName, reinterpret_cast<void *>(assertFailed)}});
}
