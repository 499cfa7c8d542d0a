//===- Executor.cpp - run a module in process -----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/Executor.h"

#include "Plan.h"
#include "StepRunner.h"
#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/BufferizableOpInterfaceImpl.h"
#include "quant-mlir/Execution/Passes.h"
#include "quant-mlir/Runtime/MatrixProduct.h"
#include "quant-mlir/Target/PTX.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ScopedPrinter.h"

#include <chrono>

using namespace mlir;
using namespace mlir::quantmlir;

ObserverSink::~ObserverSink() = default;

void quantmlir::registerExecutionDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, cf::ControlFlowDialect,
                  func::FuncDialect, linalg::LinalgDialect, LLVM::LLVMDialect,
                  math::MathDialect, ml_program::MLProgramDialect,
                  scf::SCFDialect, tensor::TensorDialect>();
  registerQuantOps(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerBufferizableOpInterfaceExternalModels(registry);
  registerPTXTarget(registry);
}

struct Executor::Impl {
  OwningOpRef<ModuleOp> module;
  OwningOpRef<ModuleOp> device;
  SmallVector<RankedTensorType> argumentTypes;
  SmallVector<RankedTensorType> resultTypes;
  std::unique_ptr<StepRunner> runner;
  double compileSeconds = 0;

  llvm::Error compile(StringRef functionName, const WeightProvider &weights,
                      const ExecutorOptions &options);
  LogicalResult specialize(StringRef functionName,
                           const ExecutorOptions &options);
  LogicalResult prepare(const ExecutorOptions &options);
  llvm::Error takeDeviceCode(const ExecutorOptions &options);
  LogicalResult lower(const ExecutorOptions &options);
};

LogicalResult Executor::Impl::specialize(StringRef functionName,
                                         const ExecutorOptions &options) {
  if (options.argumentShapes.empty())
    return success();
  QuantSpecializeShapesOptions specialization;
  specialization.function = functionName;
  for (ArrayRef<int64_t> shape : options.argumentShapes)
    specialization.shapes.push_back(
        llvm::join(llvm::map_range(shape, llvm::to_string<int64_t>), "x"));
  PassManager manager(module->getContext());
  manager.addPass(createInlinerPass());
  manager.addPass(createQuantSpecializeShapes(specialization));
  return manager.run(*module);
}

/// Leaves a list of quantized and other ops, and calls of device code.
LogicalResult Executor::Impl::prepare(const ExecutorOptions &options) {
  PassManager manager(module->getContext());
  manager.addPass(createInlinerPass());
  QuantLowerObserversOptions observers;
  observers.keep = options.observers != nullptr;
  observers.observeOnly = options.observeOnly;
  manager.addPass(createQuantLowerObservers(observers));
  if (options.gpu) {
    addDeviceFusion(manager, options.fusion);
    manager.addPass(
        createQuantOutlineDeviceCode({options.fusion != DeviceFusion::None}));
  }
  return manager.run(*module);
}

llvm::Error Executor::Impl::takeDeviceCode(const ExecutorOptions &options) {
  auto found =
      llvm::filter_to_vector(module->getOps<ModuleOp>(), [](ModuleOp nested) {
        return nested->hasAttr(deviceModuleAttrName);
      });
  if (found.empty())
    return llvm::Error::success();
  if (!options.gpu)
    return llvm::createStringError("the module has device code in '" +
                                   found.front().getName().value_or("") +
                                   "', but no GPU was chosen; use --device=ptx "
                                   "or cuda, or give the module "
                                   "before quant-outline-device-code");
  if (found.size() > 1)
    return llvm::createStringError(
        "the module has device code in '" + found[0].getName().value_or("") +
        "' and in '" + found[1].getName().value_or("") +
        "'; outline all of it at once: give the module before "
        "quant-outline-device-code");
  device = found.front();
  (*device)->remove();
  return llvm::Error::success();
}

LogicalResult Executor::Impl::lower(const ExecutorOptions &options) {
  PassManager manager(module->getContext());
  manager.addPass(createConvertQuantToLinalg());
  manager.addPass(createQuantPrepareExecution());
  QuantOutlineKernelsOptions outlining;
  outlining.separateConstants = options.cacheConstants;
  manager.addPass(createQuantOutlineKernels(outlining));
  manager.addPass(createQuantLowerKernels());
  return manager.run(*module);
}

static llvm::Error collectTypes(TypeRange types, StringRef what,
                                SmallVectorImpl<RankedTensorType> &tensors) {
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return llvm::createStringError(
          what + " " + Twine(i) + " is " + llvm::to_string(type) +
          "; the CPU path takes tensors whose shapes are static or follow from "
          "those given for the arguments");
    tensors.push_back(tensor);
  }
  return llvm::Error::success();
}

/// Says when integers cost more than they would on other CPUs.
static void remarkOnIntegers(func::FuncOp function, const Plan &plan) {
  auto isInteger = [](const Step &step) {
    auto *product = std::get_if<ProductStep>(&step);
    return product && product->isInteger;
  };
  if ((llvm::none_of(plan.steps, isInteger) &&
       llvm::none_of(plan.initialSteps, isInteger)) ||
      isOneDNNExact())
    return;
  remark::missed(
      function.getLoc(),
      remark::RemarkOpts::name("OneDNNSaturates").category("quant-execution"))
      << remark::add("integer products run on the project's exact kernel")
      << remark::reason("oneDNN's saturate on this CPU, which lacks VNNI "
                        "instructions or is held to a set without them");
}

llvm::Error Executor::Impl::compile(StringRef functionName,
                                    const WeightProvider &weights,
                                    const ExecutorOptions &options) {
  auto function = module->lookupSymbol<func::FuncOp>(functionName);
  if (!function || function.isDeclaration() ||
      !function.getBody().hasOneBlock())
    return llvm::createStringError("the module has no function '" +
                                   functionName + "' of one block");
  if (failed(specialize(functionName, options)))
    return llvm::createStringError("the shapes do not fit the module");
  function = module->lookupSymbol<func::FuncOp>(functionName);
  if (llvm::Error error =
          collectTypes(function.getArgumentTypes(), "argument", argumentTypes))
    return error;
  if (llvm::Error error =
          collectTypes(function.getResultTypes(), "result", resultTypes))
    return error;
  for (auto other : llvm::make_early_inc_range(module->getOps<func::FuncOp>()))
    if (other != function)
      other.setPrivate();
  constexpr StringLiteral cannotBeLowered =
      "the module cannot be lowered for the CPU";
  if (failed(prepare(options)))
    return llvm::createStringError(cannotBeLowered);
  if (llvm::Error error = takeDeviceCode(options))
    return error;
  if (failed(lower(options)))
    return llvm::createStringError(cannotBeLowered);
  if (options.observeOnly)
    resultTypes.clear();

  // The passes keep the function.
  function = module->lookupSymbol<func::FuncOp>(functionName);
  llvm::Expected<Plan> plan =
      makePlan(function, device.get(), weights, options.cacheConstants);
  if (!plan)
    return plan.takeError();
  remarkOnIntegers(function, *plan);
  llvm::Expected<std::unique_ptr<StepRunner>> made = StepRunner::create(
      std::move(*plan), module->lookupSymbol<ModuleOp>(kernelsModuleName),
      device.get(), options);
  if (!made)
    return made.takeError();
  runner = std::move(*made);
  return runner->runInitialSteps();
}

llvm::Expected<std::unique_ptr<Executor>>
Executor::create(OwningOpRef<ModuleOp> module, StringRef function,
                 const WeightProvider &weights,
                 const ExecutorOptions &options) {
  auto start = std::chrono::steady_clock::now();
  auto impl = std::make_unique<Impl>();
  impl->module = std::move(module);
  if (llvm::Error error = impl->compile(function, weights, options))
    return std::move(error);
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  impl->compileSeconds = elapsed.count();
  return std::unique_ptr<Executor>(new Executor(std::move(impl)));
}

Executor::Executor(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Executor::~Executor() = default;

ArrayRef<RankedTensorType> Executor::getArgumentTypes() const {
  return impl->argumentTypes;
}
ArrayRef<RankedTensorType> Executor::getResultTypes() const {
  return impl->resultTypes;
}
int64_t Executor::getNumDeviceSteps() const {
  const Plan &plan = impl->runner->getPlan();
  auto isDevice = [](const Step &step) {
    return std::holds_alternative<DeviceStep>(step);
  };
  return llvm::count_if(plan.initialSteps, isDevice) +
         llvm::count_if(plan.steps, isDevice);
}
double Executor::getCompileSeconds() const { return impl->compileSeconds; }
int64_t Executor::getArenaBytes() const {
  return impl->runner->getPlan().arenaBytes;
}
int64_t Executor::getCachedBytes() const {
  return impl->runner->getPlan().cachedBytes;
}

void Executor::printStepTimes(llvm::raw_ostream &os) const {
  impl->runner->printStepTimes(os);
}

llvm::Error Executor::run(ArrayRef<const void *> inputs,
                          ArrayRef<void *> outputs) {
  if (inputs.size() != impl->argumentTypes.size() ||
      outputs.size() != impl->resultTypes.size())
    return llvm::createStringError(
        "the program takes " + Twine(impl->argumentTypes.size()) +
        " inputs and " + Twine(impl->resultTypes.size()) + " outputs, not " +
        Twine(inputs.size()) + " and " + Twine(outputs.size()));
  return impl->runner->run(inputs, outputs);
}
