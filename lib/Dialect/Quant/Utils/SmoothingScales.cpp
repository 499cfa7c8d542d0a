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

static SmallVector<float> computeScales(ArrayRef<float> activation,
                                        ArrayRef<float> columnMax,
                                        const ChannelClasses &classes,
                                        double alpha) {
  int64_t channels = activation.size();
  SmallVector<float> inputMax(channels, 0), weightMax(channels, 0);
  for (int64_t k = 0; k < channels; ++k) {
    ScaleChannel shared = classes.find(k);
    if (shared == oneChannel)
      continue;
    inputMax[shared] = std::max(inputMax[shared], activation[k]);
    weightMax[shared] = std::max(weightMax[shared], columnMax[k]);
  }
  SmallVector<float> scales(channels, 1.0f);
  for (int64_t k = 0; k < channels; ++k) {
    ScaleChannel shared = classes.find(k);
    if (shared == oneChannel || inputMax[shared] == 0 || weightMax[shared] == 0)
      continue;
    double weight = std::max(double(weightMax[shared]), scaleFloor);
    double scale = std::pow(double(inputMax[shared]), alpha) /
                   std::pow(weight, 1.0 - alpha);
    scales[k] = static_cast<float>(std::max(scale, scaleFloor));
  }
  return scales;
}

/// Rounds logarithms to nearest; both 1/s and x/s are then exact.
static void roundToPowersOfTwo(MutableArrayRef<float> scales) {
  for (float &scale : scales)
    scale = std::exp2(std::round(std::log2(scale)));
}

SmoothingChoice mlir::quantmlir::getSmoothing(const OutputErrorModel &model,
                                              const SmoothingInputs &inputs,
                                              const LinearFormat &format,
                                              double alpha) {
  SmoothingChoice choice;
  choice.alpha = alpha;
  choice.scales = computeScales(inputs.activation, model.getColumnMax(),
                                inputs.classes, alpha);
  if (inputs.powersOfTwo)
    roundToPowersOfTwo(choice.scales);
  choice.error = model.predict(choice.scales, format);
  return choice;
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
  return best;
}
