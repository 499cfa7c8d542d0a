//===- SmoothingScales.h - choosing the scales of a group -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_SMOOTHINGSCALES_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_SMOOTHINGSCALES_H

#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"
#include "quant-mlir/Interfaces/ScaleLayout.h"

namespace mlir::quantmlir {

/// Scales of a group of linears, and what they are predicted to lead to.
struct SmoothingChoice {
  double alpha = 0;
  /// What no smoothed channel of the activation exceeds, if this decided the
  /// scales instead of alpha; else 0.
  double threshold = 0;
  SmallVector<float> scales;
  OutputError error;
};

/// A scale must lower the predicted error by this share. The scale of a single
/// channel changes nothing but roundings, whose sign would decide. On a small
/// language model and an encoder all others gain more than 1.4 %.
constexpr double leastSmoothingGain = 0.01;

/// Whether scales lower the predicted error by more than roundings do.
inline bool lowersError(const OutputError &smoothed,
                        const OutputError &before) {
  return smoothed.total < (1 - leastSmoothingGain) * before.total;
}

/// What SmoothQuant's scales (arXiv 2211.10438) are computed from.
struct SmoothingInputs {
  /// What counts as the largest magnitude of each channel of the activation.
  SmallVector<float> activation;
  /// Channels that share a scale.
  const ChannelClasses &classes;
  /// Round scales to powers of two.
  bool powersOfTwo = false;
  /// A search also tries thresholds.
  bool thresholds = false;
};

/// s_j = a_j^alpha / max|W_j|^(1-alpha), with maxima over tied channels, and
/// their predicted error.
SmoothingChoice getSmoothing(const OutputErrorModel &model,
                             const SmoothingInputs &inputs,
                             const LinearFormat &format, double alpha);

/// s_j = max(1, a_j / threshold), with maxima over tied channels (Outlier
/// Suppression+, arXiv 2304.09145), and their predicted error.
SmoothingChoice getThresholdSmoothing(const OutputErrorModel &model,
                                      const SmoothingInputs &inputs,
                                      const LinearFormat &format,
                                      double threshold);

/// The alpha of least predicted error among 0, 0.1, …, 1 and the two values
/// 0.05 beside the best of these; or, where it leads to less, the best of the
/// thresholds max a / 2, /4, … /64 and the two √2 times and 1/√2 times it, with
/// the maximum over channels that can be scaled.
SmoothingChoice searchSmoothing(const OutputErrorModel &model,
                                const SmoothingInputs &inputs,
                                const LinearFormat &format);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_SMOOTHINGSCALES_H
