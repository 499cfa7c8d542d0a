//===- SmoothingScales.cpp - choosing the scales of a group ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/SmoothingScales.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;

/// SmoothQuant's published code floors weight maxima and scales with this.
static constexpr double scaleFloor = 1e-5;

namespace {
/// The maxima of a channel over the channels that it is tied to.
struct ChannelMaxima {
  float input = 0, weight = 0;
};
} // namespace

/// Empty for channels whose scale must be 1: those that ties fix and those that
/// are 0 in the activation or in the weights.
static SmallVector<std::optional<ChannelMaxima>>
getMaxima(const SmoothingInputs &inputs, ArrayRef<float> columnMax) {
  int64_t channels = inputs.activation.size();
  SmallVector<ChannelMaxima> maxima(channels);
  for (int64_t k = 0; k < channels; ++k) {
    ScaleChannel shared = inputs.classes.find(k);
    if (shared == oneChannel)
      continue;
    ChannelMaxima &shares = maxima[shared];
    shares.input = std::max(shares.input, inputs.activation[k]);
    shares.weight = std::max(shares.weight, columnMax[k]);
  }
  SmallVector<std::optional<ChannelMaxima>> result(channels);
  for (int64_t k = 0; k < channels; ++k) {
    ScaleChannel shared = inputs.classes.find(k);
    if (shared != oneChannel && maxima[shared].input != 0 &&
        maxima[shared].weight != 0)
      result[k] = maxima[shared];
  }
  return result;
}

/// Rounds logarithms to nearest; both 1/s and x/s are then exact.
static void roundToPowersOfTwo(MutableArrayRef<float> scales) {
  for (float &scale : scales)
    scale = std::exp2(std::round(std::log2(scale)));
}

/// The scales that `compute` gives for the maxima of each channel.
static SmoothingChoice
makeChoice(const OutputErrorModel &model, const SmoothingInputs &inputs,
           const LinearFormat &format,
           function_ref<double(const ChannelMaxima &)> compute) {
  SmoothingChoice choice;
  for (const std::optional<ChannelMaxima> &maxima :
       getMaxima(inputs, model.getColumnMax()))
    choice.scales.push_back(
        maxima ? static_cast<float>(std::max(compute(*maxima), scaleFloor))
               : 1.0f);
  if (inputs.powersOfTwo)
    roundToPowersOfTwo(choice.scales);
  choice.error = model.predict(choice.scales, format);
  return choice;
}

SmoothingChoice mlir::quantmlir::getSmoothing(const OutputErrorModel &model,
                                              const SmoothingInputs &inputs,
                                              const LinearFormat &format,
                                              double alpha) {
  SmoothingChoice choice =
      makeChoice(model, inputs, format, [&](const ChannelMaxima &maxima) {
        double weight = std::max(double(maxima.weight), scaleFloor);
        return std::pow(double(maxima.input), alpha) /
               std::pow(weight, 1.0 - alpha);
      });
  choice.alpha = alpha;
  return choice;
}

SmoothingChoice mlir::quantmlir::getThresholdSmoothing(
    const OutputErrorModel &model, const SmoothingInputs &inputs,
    const LinearFormat &format, double threshold) {
  SmoothingChoice choice =
      makeChoice(model, inputs, format, [&](const ChannelMaxima &maxima) {
        return std::max(1.0, maxima.input / threshold);
      });
  choice.threshold = threshold;
  return choice;
}

/// The largest magnitude of the channels whose scales can be chosen; 0 without
/// one.
static double getLargestScalable(const OutputErrorModel &model,
                                 const SmoothingInputs &inputs) {
  double largest = 0;
  for (const std::optional<ChannelMaxima> &maxima :
       getMaxima(inputs, model.getColumnMax()))
    if (maxima)
      largest = std::max(largest, double(maxima->input));
  return largest;
}

/// The threshold of least predicted error below `largest`.
static SmoothingChoice searchThreshold(const OutputErrorModel &model,
                                       const SmoothingInputs &inputs,
                                       const LinearFormat &format,
                                       double largest) {
  auto get = [&](int halfOctaves) {
    return getThresholdSmoothing(model, inputs, format,
                                 largest * std::exp2(-halfOctaves / 2.0));
  };
  constexpr int first = 2, last = 12;
  SmoothingChoice best = get(first);
  int chosen = first;
  auto improve = [&](int halfOctaves) {
    SmoothingChoice choice = get(halfOctaves);
    if (!(choice.error.total < best.error.total))
      return;
    best = std::move(choice);
    chosen = halfOctaves;
  };
  for (int halfOctaves = first + 2; halfOctaves <= last; halfOctaves += 2)
    improve(halfOctaves);
  int coarse = chosen;
  improve(coarse - 1);
  improve(coarse + 1);
  return best;
}

SmoothingChoice mlir::quantmlir::searchSmoothing(const OutputErrorModel &model,
                                                 const SmoothingInputs &inputs,
                                                 const LinearFormat &format) {
  SmoothingChoice best = getSmoothing(model, inputs, format, 0);
  auto improve = [&](int twentieths) {
    if (twentieths < 0 || twentieths > 20)
      return;
    SmoothingChoice choice =
        getSmoothing(model, inputs, format, twentieths / 20.0);
    if (choice.error.total < best.error.total)
      best = std::move(choice);
  };
  for (int twentieths = 2; twentieths <= 20; twentieths += 2)
    improve(twentieths);
  auto coarse = static_cast<int>(std::lround(best.alpha * 20));
  improve(coarse - 1);
  improve(coarse + 1);
  double largest = getLargestScalable(model, inputs);
  if (!inputs.thresholds || largest == 0)
    return best;
  SmoothingChoice threshold = searchThreshold(model, inputs, format, largest);
  return threshold.error.total < best.error.total ? threshold : best;
}
