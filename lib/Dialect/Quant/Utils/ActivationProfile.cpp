//===- ActivationProfile.cpp - how an activation is distributed -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/ActivationProfile.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Statistics/Histogram.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Reading statistics
//===----------------------------------------------------------------------===//

/// Moments of `count` magnitudes that are spread evenly over [low, high).
static Moments getUniform(double count, double low, double high) {
  return {count, count * (low + high) / 2,
          count * (low * low + low * high + high * high) / 3};
}

/// The share of tokens that are rare.
static double getRareShare(ObserveOp observe) {
  std::optional<uint64_t> samples = observe.getSamples(),
                          tokens = observe.getTokens();
  double share = samples && tokens && *tokens
                     ? ActivationProfile::rareTokensPerSample *
                           static_cast<double>(*samples) /
                           static_cast<double>(*tokens)
                     : 0;
  return std::clamp(share, ActivationProfile::leastRareShare,
                    ActivationProfile::largestRareShare);
}

FailureOr<ActivationProfile> ActivationProfile::get(ObserveOp observe) {
  ActivationProfile profile;
  profile.absmax = readChannels(observe.getAbsmaxAttr());
  if (profile.absmax.empty())
    return failure();
  int64_t channels = profile.absmax.size();
  profile.min = readChannels(observe.getMinAttr());
  profile.max = readChannels(observe.getMaxAttr());
  if (profile.min.empty() || profile.max.empty()) {
    profile.max = profile.absmax;
    profile.min.clear();
    for (float value : profile.absmax)
      profile.min.push_back(-value);
  }
  SmallVector<uint32_t> counts = getHistogram(observe);
  if (counts.empty()) {
    SmallVector<float> mean = readChannels(observe.getMeanAbsAttr());
    for (int64_t k = 0; k < channels; ++k) {
      double value = mean.empty() ? profile.absmax[k] : mean[k];
      profile.power.push_back(value * value *
                              (mean.empty() ? 1.0 / 9 : M_PI_2));
    }
    return profile;
  }

  constexpr int64_t numBins = Histogram::numBins;
  double rareShare = getRareShare(observe);
  profile.binScale.assign(channels, 1.0f);
  for (auto [factor, scale] :
       llvm::zip(profile.binScale, readChannels(observe.getMomentScaleAttr())))
    factor = 1.0f / scale;
  profile.bins.resize(channels * (numBins + 1));
  for (int64_t k = 0; k < channels; ++k) {
    ArrayRef<uint32_t> row = ArrayRef(counts).slice(k * numBins, numBins);
    double total = 0;
    for (uint32_t count : row)
      total += count;
    Moments *below = &profile.bins[k * (numBins + 1)];
    for (int64_t bin = 0; bin < numBins; ++bin)
      below[bin + 1] =
          below[bin] + getUniform(total == 0 ? 0.0 : row[bin] / total,
                                  profile.getLowerEdge(k, bin),
                                  profile.getLowerEdge(k, bin + 1));
    profile.rareBegin.push_back(profile.getQuantile(k, 1 - rareShare));
  }
  return profile;
}

//===----------------------------------------------------------------------===//
// Distributions
//===----------------------------------------------------------------------===//

/// No bin reaches beyond the largest magnitude.
double ActivationProfile::getLowerEdge(int64_t channel, int64_t bin) const {
  if (bin == Histogram::numBins)
    return absmax[channel];
  return std::min<double>(double(Histogram::getLowerEdge(bin)) *
                              binScale[channel],
                          absmax[channel]);
}

Moments ActivationProfile::getMomentsBelow(int64_t channel,
                                           double bound) const {
  const Moments *below = &bins[channel * (Histogram::numBins + 1)];
  if (bound >= absmax[channel])
    return below[Histogram::numBins];
  int64_t bin =
      Histogram::getBin(static_cast<float>(bound / binScale[channel]));
  double low = getLowerEdge(channel, bin),
         high = getLowerEdge(channel, bin + 1);
  double end = std::clamp(bound, low, high);
  if (end == low)
    return below[bin];
  double count = below[bin + 1].count - below[bin].count;
  return below[bin] + getUniform(count * (end - low) / (high - low), low, end);
}

float ActivationProfile::getQuantile(int64_t channel, double share) const {
  if (!hasHistogram() || share >= 1)
    return absmax[channel];
  const Moments *below = &bins[channel * (Histogram::numBins + 1)];
  int64_t bin = 0;
  while (bin + 1 < Histogram::numBins && below[bin + 1].count < share)
    ++bin;
  double count = below[bin + 1].count - below[bin].count;
  double part = count > 0 ? (share - below[bin].count) / count : 1.0;
  double low = getLowerEdge(channel, bin),
         high = getLowerEdge(channel, bin + 1);
  return static_cast<float>(low + std::clamp(part, 0.0, 1.0) * (high - low));
}

ActivationProfile::Split ActivationProfile::getPower(int64_t channel) const {
  if (!hasHistogram())
    return {power[channel], 0};
  Moments common = getMomentsBelow(channel, rareBegin[channel]);
  Moments all = getMomentsBelow(channel, absmax[channel]);
  return {common.square, all.square - common.square};
}

ActivationProfile::Split
ActivationProfile::getNoise(int64_t channel, double step, double clip) const {
  double variance = step * step / 12;
  if (!hasHistogram())
    return {std::min(variance, power[channel]), 0};
  Moments half = getMomentsBelow(channel, std::min(step / 2, clip));
  Moments top = getMomentsBelow(channel, clip);
  Moments all = getMomentsBelow(channel, absmax[channel]);
  /// What is lost of the magnitudes below `end`, a bound with moments `below`.
  auto getLoss = [&](double end, const Moments &below) {
    Moments vanished = step / 2 < end ? half : below;
    Moments rounded = (clip < end ? top : below) - vanished;
    double loss = vanished.square + rounded.count * variance;
    if (clip >= end)
      return loss;
    Moments clipped = below - top;
    return loss + clipped.square - 2 * clip * clipped.sum +
           clip * clip * clipped.count;
  };
  double begin = rareBegin[channel];
  double common = getLoss(begin, getMomentsBelow(channel, begin));
  double total = getLoss(absmax[channel], all);
  return {common, std::max(total - common, 0.0)};
}

double ActivationProfile::getMedianTokenMax(ArrayRef<float> scales) const {
  double high = 0;
  for (auto [value, scale] : llvm::zip_equal(absmax, scales))
    high = std::max(high, double(value) / scale);
  if (!hasHistogram())
    return high;
  // The probability that no channel exceeds a bound grows with the bound.
  double low = high * 0x1p-20;
  constexpr int halvings = 14;
  for (int i = 0; i < halvings; ++i) {
    double middle = std::sqrt(low * high), logarithm = 0;
    for (int64_t k = 0, e = getNumChannels(); k < e && logarithm > -1; ++k)
      logarithm +=
          std::log(std::max(getShareBelow(k, middle * scales[k]), 0.5));
    (logarithm > -M_LN2 ? high : low) = middle;
  }
  return high;
}
