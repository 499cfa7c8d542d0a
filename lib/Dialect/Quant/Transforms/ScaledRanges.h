//===- ScaledRanges.h - do scaled values fit their types? -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCALEDRANGES_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCALEDRANGES_H

#include "ScaleConstants.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Interfaces/ScaleMigration.h"

namespace mlir::quantmlir {

/// Why the values that `plan` divides by `scales`, so that `smooth` need not,
/// may leave the range of their type: it is narrower than f32's, and neither
/// statistics nor the program bound them. Empty if none may. The rule is that
/// of docs/Migration.md, "Ranges".
std::string findRangeObstacle(SmoothOp smooth, const MigrationPlan &plan,
                              ArrayRef<float> scales,
                              const ConstantScaler &constants);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCALEDRANGES_H
