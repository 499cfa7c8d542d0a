//===- AwqSearch.h - the scale of one group by AWQ's search -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_AWQSEARCH_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_AWQSEARCH_H

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/GroupRounding.h"
#include "quant-mlir/Dialect/Quant/Utils/SmoothingGroups.h"

namespace mlir::quantmlir {

struct AwqOptions {
  GroupFormat format;
  /// Ratios are 0, 1 / gridSize, …, 1.
  int64_t gridSize = 20;
  AwqForm form = AwqForm::Both;
};

/// The scale with the least error.
struct AwqResult {
  /// Empty if no candidate beats scales of 1.
  SmallVector<float> scales;
  double ratio = 0;
  /// True for the form with the weight term.
  bool usesWeights = false;
  /// The squared error of the group's outputs over all calibrated rows that
  /// quantization makes with these scales, and without them.
  double error = 0, before = 0;
  /// What the error was measured on.
  std::string basis;
};

/// Multiplications that one candidate costs, for ordering groups.
double getSearchCost(const SmoothingGroup &group);

/// Searches the scale of a group whose weights have data and whose observer has
/// mean_abs and a second moment or sample rows. Channels of a class get one
/// scale. Runs on the calling thread; reads the IR, but does not change it.
AwqResult searchScales(SmoothingGroup &group, const ChannelClasses &classes,
                       const AwqOptions &options);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_AWQSEARCH_H
