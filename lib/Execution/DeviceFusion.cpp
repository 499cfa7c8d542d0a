//===- DeviceFusion.cpp - what kernels compute besides --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/DeviceFusion.h"

#include "quant-mlir/Execution/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::quantmlir;

void quantmlir::addDeviceFusion(OpPassManager &manager, DeviceFusion fusion) {
  if (fusion == DeviceFusion::None)
    return;
  // Epilogues first: they give the same bits, and what they leave is what
  // quantizations read.
  manager.addPass(createQuantFormEpilogues());
  if (fusion != DeviceFusion::All)
    return;
  // Equal quantizations become one.
  manager.addPass(createCSEPass());
  manager.addPass(createQuantFuseProducers());
}
