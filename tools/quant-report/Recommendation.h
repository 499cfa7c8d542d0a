//===- Recommendation.h - a scheme for a model ------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_REPORT_RECOMMENDATION_H
#define QUANT_MLIR_TOOLS_QUANT_REPORT_RECOMMENDATION_H

#include "LinearProfile.h"

namespace mlir::quantmlir {

/// A scheme's errors over all activations of a model.
struct SchemeSummary {
  /// The root of the mean square, and the largest.
  double mean = 0, worst = 0;
  std::string worstName;
};

SchemeSummary summarize(ArrayRef<LinearProfile> profiles, Scheme scheme);

struct Recommendation {
  Scheme scheme;
  std::string reason;
};

/// The first scheme, in their order, whose errors are low in the mean and at
/// the worst activation; if none is, the one of least mean.
Recommendation recommend(ArrayRef<LinearProfile> profiles);

/// The predicted time of all linears in f16 over that in the scheme, with
/// `rows` where a number of rows is unknown.
double predictSpeedup(ArrayRef<LinearProfile> profiles, Scheme scheme,
                      const ChipRates &rates, int64_t rows);

/// Why a chip does not speed a scheme up; empty where it does.
std::string getSpeedNote(ArrayRef<LinearProfile> profiles, Scheme scheme,
                         const ChipRates &rates, int64_t rows);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_REPORT_RECOMMENDATION_H
