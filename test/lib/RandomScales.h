//===- RandomScales.h - scale every group of linears at random --*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_LIB_RANDOMSCALES_H
#define QUANT_MLIR_TEST_LIB_RANDOMSCALES_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Interfaces/ScaleMigration.h"

#include <random>

namespace mlir::quantmlir::test {

struct RandomScaleOptions {
  /// Powers of two only.
  bool pow2 = true;
  /// Equal scales where the plan of the migration ties channels.
  bool keepTies = true;
};

/// Applies scales in [2^-6, 2^6] where quant-smooth would apply calibrated
/// ones: `quant.smooth` to each value that linears read (in front of its
/// observer), `quant.fuse_scale` to their weights. `inspect`, if given, sees
/// each plan when it is made.
void scaleAtRandom(
    ModuleOp module, const RandomScaleOptions &options, std::mt19937 &random,
    function_ref<void(ArrayRef<Linear>, const MigrationPlan &)> inspect = {});

} // namespace mlir::quantmlir::test

#endif // QUANT_MLIR_TEST_LIB_RANDOMSCALES_H
