//===- ScaleMigration.h - how a scale migrates to constants -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_INTERFACES_SCALEMIGRATION_H
#define QUANT_MLIR_INTERFACES_SCALEMIGRATION_H

#include "quant-mlir/Interfaces/ScaleMigrationOpInterface.h"

namespace mlir::quantmlir {

/// An op result that a migrating scale passes.
struct ScaledResult {
  Operation *op;
  unsigned number;
  ScaleLayout layout;
};

/// What ends a scale's way, for remarks.
struct MigrationBlocker {
  /// Null at an argument of a function or block.
  Operation *op = nullptr;
  /// A sentence that names the op.
  std::string reason;
  /// What a user could do about it; may be empty.
  std::string suggestion;
};

/// How a scale that divides an activation can be moved into constants. A plan
/// changes nothing: the IR is only read.
struct MigrationPlan {
  /// True if every branch of the scale's way ends in constants.
  bool folds = false;
  /// Channels that must have the same scale, or 1, for the plan to hold.
  ChannelClasses classes;
  /// The uses of constants that take the scale; other uses of these constants
  /// are not affected.
  SmallVector<ScaleDemand> constants;
  /// The uses that take it once their constants are repeated: see ScaleRoute.
  SmallVector<ScaleDemand> widened;
  /// What the scale passes, consumers first.
  SmallVector<ScaledResult> passed;
  /// If the plan does not fold: the obstacle on the way that led furthest.
  MigrationBlocker blocker;
};

/// What is known of a scale whose migration is planned.
struct ChosenScale {
  /// One value for each channel. Ways whose ties these values break are not
  /// taken.
  ArrayRef<float> values;
  /// Why a constant cannot take its part of the scale; empty if it can.
  function_ref<std::string(const ScaleDemand &, bool widened)> findObstacle;
  /// Why a whole plan cannot be carried out; empty if it can.
  function_ref<std::string(const MigrationPlan &)> findPlanObstacle = {};
};

/// Plans the migration of a scale with which `use` reads its value divided by
/// `layout`'s channels, which are numbered from 0 to `numChannels` - 1.
///
/// Before a scale is chosen, among the ways to constants one with the fewest
/// ties is taken, and a way on which all channels would have to be equal does
/// not count: such a scale smooths nothing. Once it is chosen, the first way
/// that holds for it is taken.
MigrationPlan planMigration(OpOperand &use, const ScaleLayout &layout,
                            int64_t numChannels,
                            std::optional<ChosenScale> chosen = std::nullopt);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_INTERFACES_SCALEMIGRATION_H
