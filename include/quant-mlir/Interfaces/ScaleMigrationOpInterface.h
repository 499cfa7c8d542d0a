//===- ScaleMigrationOpInterface.h - how scales move ------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_INTERFACES_SCALEMIGRATIONOPINTERFACE_H
#define QUANT_MLIR_INTERFACES_SCALEMIGRATIONOPINTERFACE_H

#include "quant-mlir/Interfaces/ScaleLayout.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::quantmlir {

/// An operand that must be divided by a scale.
struct ScaleDemand {
  OpOperand *operand;
  ScaleLayout layout;
};

/// One way for a scale to move through an op.
struct ScaleRoute {
  SmallVector<ScaleDemand> demands;
  ScaleTies ties;
  /// Inputs of a linalg.generic that are constants and must be repeated along
  /// scaled loops, which they do not index, before they are divided. Their
  /// layouts are over loops.
  SmallVector<ScaleDemand> widened = {};
};

/// Attaches the interface to the ops of linalg and tensor, once those dialects
/// are loaded.
void registerScaleMigrationModels(DialectRegistry &registry);

} // namespace mlir::quantmlir

#include "quant-mlir/Interfaces/ScaleMigrationOpInterface.h.inc"

#endif // QUANT_MLIR_INTERFACES_SCALEMIGRATIONOPINTERFACE_H
