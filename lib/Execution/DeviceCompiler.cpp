//===- DeviceCompiler.cpp - code that launches GPU kernels ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceCompiler.h"

#include "KernelCompiler.h"
#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Execution/Passes.h"
#include "quant-mlir/Runtime/GPU.h"
#include "quant-mlir/Target/PTX.h"

#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// To memrefs, with results as arguments.
static void addBufferization(PassManager &manager) {
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  bufferization::BufferResultsToOutParamsPassOptions results;
  results.hoistStaticAllocs = true;
  results.modifyPublicFunctions = true;
  manager.addPass(bufferization::createBufferResultsToOutParamsPass(results));
}

/// Frees at the end of a call what kernels hand to each other; it would stay
/// allocated. Functions are of one block and return nothing. Upstream's
/// deallocation takes no ops with regions such as quant.quantize_rows.
static void freeAllocations(ModuleOp device) {
  device.walk([](memref::AllocOp alloc) {
    OpBuilder builder(alloc->getBlock()->getTerminator());
    memref::DeallocOp::create(builder, alloc.getLoc(), alloc);
  });
}

using Workspaces = llvm::StringMap<SmallVector<uint64_t>>;

/// The bytes of the arguments that are workspaces, and of no use as a mark from
/// then on.
static Workspaces getWorkspaces(ModuleOp device) {
  Workspaces workspaces;
  for (auto function : device.getOps<func::FuncOp>())
    for (BlockArgument argument : function.getArguments()) {
      unsigned number = argument.getArgNumber();
      if (!function.removeArgAttr(number, workspaceAttrName))
        continue;
      auto type = cast<MemRefType>(argument.getType());
      workspaces[function.getName()].push_back(
          llvm::divideCeil(type.getElementTypeBitWidth(), 8) *
          type.getNumElements());
    }
  return workspaces;
}

static LogicalResult lowerToLaunches(ModuleOp device, const Chip &chip,
                                     Workspaces &workspaces) {
  PassManager toBuffers(device.getContext());
  addBufferization(toBuffers);
  if (failed(toBuffers.run(device)))
    return failure();
  freeAllocations(device);
  PassManager manager(device.getContext());
  ConvertQuantToNVGPUOptions kernels;
  kernels.chip = chip.name.str();
  manager.addPass(createConvertQuantToNVGPU(kernels));
  // Ops behind a matmul that did not become part of its kernel, with a remark.
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  manager.addPass(createQuantHoistDeviceMemory());
  if (failed(manager.run(device)))
    return failure();
  workspaces = getWorkspaces(device);
  PassManager toHost(device.getContext());
  toHost.addNestedPass<func::FuncOp>(createGpuAsyncRegionPass());
  // Upstream's pipeline would make descriptors of the arguments.
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  toHost.addPass(createConvertFuncToLLVMPass(functions));
  return toHost.run(device);
}

llvm::Expected<DeviceCode>
quantmlir::compileDeviceCode(ModuleOp device, GPU &gpu, StringRef chipName) {
  const Chip *chip = lookupChip(chipName);
  if (!chip)
    return llvm::createStringError(getUnsupportedChipMessage(chipName));
  DeviceCode code;
  if (failed(lowerToLaunches(device, *chip, code.workspaces)) ||
      failed(lowerLaunches(device, *chip)))
    return llvm::createStringError("quantized ops cannot be lowered for " +
                                   chipName);
  SmallVector<std::pair<StringRef, void *>> functions;
  for (const GPUFunction &function : getGPUFunctions())
    functions.emplace_back(function.name, function.address);
  auto engine = createEngine(device, functions);
  if (!engine)
    return engine.takeError();
  code.engine = std::move(*engine);
  // Constructors load the modules of kernels.
  llvm::Error error = useGPU(gpu, [&] {
    code.engine->initialize();
    return llvm::Error::success();
  });
  if (!error)
    return std::move(code);
  // Destructors unload those that could be loaded.
  return joinErrors(std::move(error), useGPU(gpu, [&] {
                      code.engine.reset();
                      return llvm::Error::success();
                    }));
}
