//===- ActivationProfile.h - how an activation is distributed ---*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_ACTIVATIONPROFILE_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_ACTIVATIONPROFILE_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

namespace mlir::quantmlir {

/// Sums over tokens, each divided by the number of all tokens.
struct Moments {
  double count = 0, sum = 0, square = 0;

  Moments operator+(const Moments &other) const {
    return {count + other.count, sum + other.sum, square + other.square};
  }
  Moments operator-(const Moments &other) const {
    return {count - other.count, sum - other.sum, square - other.square};
  }
};

/// The magnitudes of each channel of an observed activation.
///
/// Tokens are taken for two populations. A few carry activations that are
/// orders of magnitude above all others (arXiv 2402.17762), and would decide
/// every mean square alone; the others are what most outputs depend on. A
/// channel's share of largest magnitudes belongs to the rare tokens, the rest
/// to the common ones: two tokens of each sample, as a first token and a
/// delimiter are, but at least one token in 256, which is also the share if the
/// observer does not say how many samples it saw, and at most one in 16.
/// Without a histogram all tokens are common.
class ActivationProfile {
public:
  static constexpr double leastRareShare = 1.0 / 256;
  static constexpr double largestRareShare = 1.0 / 16;
  static constexpr double rareTokensPerSample = 2;

  /// The profile that an observer's statistics give; fails without `absmax`.
  /// A histogram tells the distribution. Without one it is taken for a normal
  /// distribution around 0 of the mean magnitude that `mean_abs` says, or, if
  /// that is missing, of a third of `absmax` as its standard deviation.
  static FailureOr<ActivationProfile> get(ObserveOp observe);

  int64_t getNumChannels() const { return absmax.size(); }
  bool hasHistogram() const { return !bins.empty(); }
  ArrayRef<float> getAbsMax() const { return absmax; }
  /// Those of the statistics, or else -absmax and absmax.
  ArrayRef<float> getMin() const { return min; }
  ArrayRef<float> getMax() const { return max; }
  /// The magnitude that a share of a channel's values does not exceed; absmax
  /// for 1 or without a histogram.
  float getQuantile(int64_t channel, double share) const;

  /// The mean square of a channel over common and over rare tokens.
  struct Split {
    double common = 0, rare = 0;
  };
  Split getPower(int64_t channel) const;

  /// The mean square of what rounding to multiples of `step` and clipping at
  /// `clip` takes from a channel. Less than half a step is lost whole; clipped
  /// values lose what exceeds; others get noise of variance step²/12.
  Split getNoise(int64_t channel, double step, double clip) const;

  /// The median over tokens of the largest magnitude of a token whose channels
  /// are divided by `scales`, for channels taken as independent. The largest
  /// of all without a histogram.
  double getMedianTokenMax(ArrayRef<float> scales) const;

private:
  /// Moments of a channel's magnitudes below `bound`.
  Moments getMomentsBelow(int64_t channel, double bound) const;
  double getShareBelow(int64_t channel, double bound) const {
    return getMomentsBelow(channel, bound).count;
  }
  double getLowerEdge(int64_t channel, int64_t bin) const;

  SmallVector<float> absmax, min, max;
  /// Without a histogram: a channel's mean square.
  SmallVector<double> power;
  /// For each channel Histogram::numBins + 1 moments, of what lies below each
  /// bin.
  std::vector<Moments> bins;
  /// The factors of the channels' bin edges.
  SmallVector<float> binScale;
  /// Where a channel's rare magnitudes begin.
  SmallVector<double> rareBegin;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_ACTIVATIONPROFILE_H
