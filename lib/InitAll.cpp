//===- InitAll.cpp - everything that this project registers ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/InitAll.h"

#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/BufferizableOpInterfaceImpl.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Execution/Passes.h"
#include "quant-mlir/Interfaces/ScaleMigrationOpInterface.h"
#include "quant-mlir/Pipelines/Pipelines.h"

void mlir::quantmlir::registerAllDialects(DialectRegistry &registry) {
  registerQuantOps(registry);
  registerBufferizableOpInterfaceExternalModels(registry);
  registerScaleMigrationModels(registry);
}

void mlir::quantmlir::registerAllPasses() {
  registerQuantMLIRConversionPasses();
  registerQuantMLIRExecutionPasses();
  registerQuantMLIRTransformsPasses();
  registerPipelines();
}
