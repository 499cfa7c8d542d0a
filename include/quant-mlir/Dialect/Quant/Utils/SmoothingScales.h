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
  SmallVector<float> scales;
  OutputError error;
};

/// What SmoothQuant's scales (arXiv 2211.10438) are computed from.
struct SmoothingInputs {
  /// What counts as the largest magnitude of each channel of the activation.
  SmallVector<float> activation;
  /// Channels that share a scale.
  const ChannelClasses &classes;
  /// Round scales to powers of two.
  bool powersOfTwo = false;
};

/// s_j = a_j^alpha / max|W_j|^(1-alpha), with maxima over tied channels, and
/// their predicted error.
SmoothingChoice getSmoothing(const OutputErrorModel &model,
                             const SmoothingInputs &inputs,
                             const LinearFormat &format, double alpha);

/// The alpha of least predicted error among 0, 0.1, …, 1 and the two values
/// 0.05 beside the best of these.
SmoothingChoice searchSmoothing(const OutputErrorModel &model,
                                const SmoothingInputs &inputs,
                                const LinearFormat &format);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_SMOOTHINGSCALES_H
