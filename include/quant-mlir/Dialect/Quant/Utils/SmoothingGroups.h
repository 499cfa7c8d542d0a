//===- SmoothingGroups.h - the linears that share a scale -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_SMOOTHINGGROUPS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_SMOOTHINGGROUPS_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Interfaces/ScaleMigration.h"

#include <variant>

namespace mlir::quantmlir {

/// The linears that read one observed value, so that a scale on it multiplies
/// the columns of all their weights.
struct SmoothingGroup {
  ObserveOp observe;
  int64_t channels = 0;
  /// In the order of the module.
  SmallVector<Linear> linears;
};

/// Why a value has no smoothing group, and what would help.
struct NoGroup {
  std::string reason;
  std::string suggestion;
};

/// The group of what `observe` reads, if that is a matrix of a known number of
/// channels that linears alone read.
std::variant<SmoothingGroup, NoGroup> matchSmoothingGroup(ObserveOp observe);

/// The migration of a scale that divides the group's channels.
MigrationPlan planMigration(SmoothingGroup &group);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_SMOOTHINGGROUPS_H
