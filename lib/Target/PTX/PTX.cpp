//===- PTX.cpp - PTX of a module's quantized ops --------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/PTX.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/Pipelines/Passes.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// True if nothing that buffers could have to do with is between the two.
static bool isFollowedBy(Operation *op, Operation *next) {
  if (op->getBlock() != next->getBlock() || !op->isBeforeInBlock(next))
    return false;
  for (op = op->getNextNode(); op != next; op = op->getNextNode())
    if (!isa<tensor::EmptyOp>(op) && !op->hasTrait<OpTrait::ConstantLike>())
      return false;
  return true;
}

FailureOr<KernelInventory>
mlir::quantmlir::collectKernels(ModuleOp module, const KernelTarget &target,
                                bool epilogues) {
  KernelInventory inventory;
  KernelNames names;
  WalkResult result = module.walk([&](Operation *op) {
    if (!mayHaveKernel(op))
      return WalkResult::advance();
    std::string whyNot;
    if (failed(checkKernel(op, whyNot))) {
      ++inventory.onHost[whyNot];
      return WalkResult::advance();
    }
    std::string substitute = getSubstitute(op, *target.chip);
    if (!substitute.empty())
      ++inventory.substituted[substitute];
    SmallVector<linalg::GenericOp> variants = {linalg::GenericOp()};
    if (epilogues && mayHaveEpilogue(op))
      if (linalg::GenericOp epilogue = getTensorEpilogue(op, whyNot)) {
        // Whether buffers let it join is not known yet.
        if (isFollowedBy(op, epilogue))
          variants.clear();
        variants.push_back(epilogue);
      }
    for (linalg::GenericOp epilogue : variants) {
      FailureOr<SmallVector<KernelChoice>> choices =
          getKernels(op, target, epilogue);
      if (failed(choices))
        return WalkResult::interrupt();
      for (const KernelChoice &choice : *choices) {
        if (failed(names.add(op->getLoc(), choice.kernel)))
          return WalkResult::interrupt();
        auto [entry, inserted] = inventory.kernels.try_emplace(
            getKernelName(choice.kernel), KernelUses{choice.kernel, {}});
        ++entry->second.shapes[getKernelSizes(op)];
      }
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return inventory;
}

void mlir::quantmlir::registerPTXTarget(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, gpu::GPUDialect, LLVM::LLVMDialect,
                  linalg::LinalgDialect, math::MathDialect,
                  memref::MemRefDialect, nvgpu::NVGPUDialect, NVVM::NVVMDialect,
                  scf::SCFDialect, vector::VectorDialect>();
  registerAllExtensions(registry);
  registerAllGPUToLLVMIRTranslations(registry);
}

// Chip and features are always explicit: the pipeline's own default is sm_50.
LogicalResult mlir::quantmlir::lowerLaunches(ModuleOp module,
                                             const Chip &chip) {
  gpu::GPUToNVVMPipelineOptions options;
  options.cubinChip = chip.name.str();
  options.cubinFeatures = chip.ptxFeature.str();
  options.cubinFormat = "isa";
  options.optLevel = 3;
  options.kernelUseBarePtrCallConv = true;
  PassManager passes(module.getContext());
  gpu::buildLowerToNVVMPassPipeline(passes, options);
  return passes.run(module);
}

FailureOr<std::string> mlir::quantmlir::compileToPTX(Location loc,
                                                     ArrayRef<Kernel> kernels,
                                                     const Chip &chip) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  auto gpuModule = gpu::GPUModuleOp::create(builder, loc, "kernels");
  for (const Kernel &kernel : kernels) {
    builder.setInsertionPointToEnd(gpuModule.getBody());
    buildKernel(builder, loc, kernel);
  }
  if (failed(approximateFunctions(gpuModule)))
    return failure();
  if (failed(lowerLaunches(*module, chip)))
    return failure();

  auto binaries = module->getOps<gpu::BinaryOp>();
  if (binaries.empty())
    return emitError(loc) << "lowering to PTX for " << chip.name
                          << " gave no binary";
  auto object = cast<gpu::ObjectAttr>((*binaries.begin()).getObjects()[0]);
  // The runtime wants a terminating 0, a file does not.
  return object.getObject().getValue().rtrim('\0').str();
}
