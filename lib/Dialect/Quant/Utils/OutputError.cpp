//===- OutputError.cpp - predicting what quantization costs ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/Utils/Interval.h"

#include "mlir/IR/Threading.h"
#include "llvm/Support/FormatVariadic.h"

#include <array>

using namespace mlir;
using namespace mlir::quantmlir;

/// Rows that one task works on; sums are added up in the tasks' order, so that
/// they do not depend on the threads.
static constexpr int64_t blockRows = 64;

FailureOr<ObservedWeights>
mlir::quantmlir::readObservedWeights(ObserveOp observe, StringRef pass) {
  ObservedWeights result;
  for (OpOperand &use : observe->getUses()) {
    std::optional<Linear> linear = matchLinear(use.getOwner());
    if (linear && use.getOperandNumber() == 0)
      result.linears.push_back(*linear);
  }
  // Uses are listed from the last one on.
  std::reverse(result.linears.begin(), result.linears.end());
  result.storage.resize(result.linears.size());
  for (auto [linear, storage] :
       llvm::zip_equal(result.linears, result.storage)) {
    std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
    FailureOr<ArrayRef<float>> values = failure();
    if (weight)
      values = weight->getFloats(storage);
    if (failed(values))
      return emitMissingData(linear, "weight", linear.weight, pass);
    result.matrices.push_back({*values, weight->getType().getDimSize(0)});
  }
  return result;
}

std::string mlir::quantmlir::describeLargeWeight(const Linear &linear) {
  // The step of 4 bits is at least a fifteenth of the largest weight, and
  // sqrt(FLT_MAX) is 1.8e19.
  constexpr float large = 1e18f;
  std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = failure();
  if (weight)
    values = weight->getFloats(storage);
  float absmax = failed(values) ? 0.0f : numerics::getAbsMax(*values);
  if (absmax < large)
    return "";
  return llvm::formatv("the weight of {0} reaches {1:e1}, and squares of its "
                       "rounding errors exceed f32: repair the checkpoint, or "
                       "exclude the linear",
                       linear.getTitle(), absmax);
}

OutputErrorModel::OutputErrorModel(MLIRContext *context,
                                   const ActivationProfile &profile,
                                   SmallVector<WeightMatrix> weightMatrices)
    : context(context), profile(profile), weights(std::move(weightMatrices)) {
  int64_t channels = profile.getNumChannels();
  columnMax.assign(channels, 0.0f);
  columnPower.assign(channels, 0.0);
  // A task owns its columns.
  constexpr int64_t blockColumns = 64;
  int64_t numBlocks = llvm::divideCeil(channels, blockColumns);
  parallelFor(context, 0, numBlocks, [&](size_t task) {
    int64_t begin = task * blockColumns;
    int64_t end = std::min(begin + blockColumns, channels);
    for (const WeightMatrix &weight : weights)
      for (int64_t n = 0; n < weight.rows; ++n) {
        const float *row = weight.values.data() + n * channels;
        for (int64_t k = begin; k < end; ++k) {
          columnMax[k] = std::max(columnMax[k], std::fabs(row[k]));
          columnPower[k] += double(row[k]) * row[k];
        }
      }
  });
  for (int64_t k = 0; k < channels; ++k)
    inputPower.push_back(profile.getPower(k));
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// The step of a group of scaled weights.
static double getGroupStep(ArrayRef<float> row, ArrayRef<float> scales,
                           const WeightFormat &format) {
  const float *values = row.data(), *factors = scales.data();
  Interval interval =
      getInterval(row.size(), [=](size_t k) { return values[k] * factors[k]; });
  if (format.zeroPoints)
    return (double(interval.hi) - interval.lo) / ((1 << format.bits) - 1);
  return double(interval.getAbsMax()) / numerics::getQMax(format.bits);
}

/// Adds to each column what rounding its scaled values to multiples of `step`
/// loses.
static void addNoise(ArrayRef<float> row, ArrayRef<float> scales, double step,
                     MutableArrayRef<float> noise) {
  auto variance = static_cast<float>(step * step / 12);
  for (size_t k = 0, e = row.size(); k < e; ++k) {
    float value = row[k] * scales[k], square = value * value;
    noise[k] += square < variance ? square : variance;
  }
}

/// For each column the sum over rows of the variance that quantization adds to
/// its scaled weights.
SmallVector<double>
OutputErrorModel::getWeightNoise(ArrayRef<float> weightScales,
                                 const WeightFormat &format) const {
  int64_t channels = weightScales.size();
  // In units of the largest weight no square exceeds f32. A power of two
  // changes no other bit.
  double largest = 0;
  for (auto [scale, max] : llvm::zip_equal(weightScales, columnMax))
    largest = std::max(largest, double(scale) * max);
  double unit = largest > 0 ? std::exp2(std::ilogb(largest)) : 1.0;
  SmallVector<float> scales;
  for (float scale : weightScales)
    scales.push_back(static_cast<float>(scale / unit));
  int64_t groupSize = format.bits == 8 ? channels : format.groupSize;
  SmallVector<double> total(channels, 0.0);
  for (const WeightMatrix &weight : weights) {
    auto getRow = [&](int64_t n) {
      return weight.values.slice(n * channels, channels);
    };
    int64_t numBlocks = llvm::divideCeil(weight.rows, blockRows);
    double tensorStep = 0;
    if (format.perTensor)
      for (int64_t n = 0; n < weight.rows; ++n)
        tensorStep =
            std::max(tensorStep, getGroupStep(getRow(n), scales, format));
    std::vector<float> noise(numBlocks * channels, 0.0f);
    parallelFor(context, 0, numBlocks, [&](size_t block) {
      MutableArrayRef<float> sums(&noise[block * channels], channels);
      int64_t end = std::min<int64_t>((block + 1) * blockRows, weight.rows);
      for (int64_t n = block * blockRows; n < end; ++n)
        for (int64_t k = 0; k < channels; k += groupSize) {
          int64_t size = std::min(groupSize, channels - k);
          ArrayRef<float> group = getRow(n).slice(k, size);
          ArrayRef<float> factors = ArrayRef(scales).slice(k, size);
          double step = format.perTensor ? tensorStep
                                         : getGroupStep(group, factors, format);
          addNoise(group, factors, step, sums.slice(k, size));
        }
    });
    for (size_t i = 0, e = noise.size(); i < e; ++i)
      total[i % channels] += noise[i] * unit * unit;
  }
  return total;
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

OutputError
OutputErrorModel::getError(ArrayRef<float> scales,
                           ArrayRef<ActivationProfile::Split> weightError,
                           double step, double clip) const {
  double output = 0, input = 0, weight = 0, common = 0;
  double rareOutput = 0, rare = 0;
  for (int64_t k = 0, e = scales.size(); k < e; ++k) {
    ActivationProfile::Split noise;
    if (step > 0)
      noise = profile.getNoise(k, step * scales[k], clip * scales[k]);
    ActivationProfile::Split power = inputPower[k];
    double w = columnPower[k];
    output += power.common * w;
    input += noise.common * w;
    weight += weightError[k].common;
    common +=
        std::min(noise.common * w + weightError[k].common, power.common * w);
    rareOutput += power.rare * w;
    rare += std::min(noise.rare * w + weightError[k].rare, power.rare * w);
  }
  OutputError error;
  error.clip = clip;
  if (output == 0)
    return error;
  error.input = std::sqrt(input / output);
  error.weight = std::sqrt(weight / output);
  double square = common / output;
  if (rareOutput > 0) {
    // By power, rare tokens may outweigh all others a thousand times.
    double share = std::min(rareOutput / output, 1.0);
    square = (square + share * rare / rareOutput) / (1 + share);
  }
  error.total = std::sqrt(square);
  return error;
}

OutputError OutputErrorModel::predict(ArrayRef<float> scales,
                                      const LinearFormat &format) const {
  SmallVector<double> noise = getWeightNoise(scales, format.weight);
  SmallVector<ActivationProfile::Split> weightError;
  double absmax = 0, below = 0, above = 0;
  for (int64_t k = 0, e = scales.size(); k < e; ++k) {
    double perPower = noise[k] / (double(scales[k]) * scales[k]);
    weightError.push_back(
        {inputPower[k].common * perPower, inputPower[k].rare * perPower});
    absmax = std::max(absmax, double(profile.getAbsMax()[k]) / scales[k]);
    below = std::max(below, -double(profile.getMin()[k]) / scales[k]);
    above = std::max(above, double(profile.getMax()[k]) / scales[k]);
  }
  unsigned bits = format.inputBits;
  double levels = numerics::getQMax(bits);
  double steps = numerics::getQMax(bits) - numerics::getQMin(bits);
  if (format.input == InputFormat::Float)
    return getError(scales, weightError, 0, absmax);
  if (format.input == InputFormat::DynamicPerToken)
    // The step of common tokens; a scale of their own never clips them.
    return getError(scales, weightError,
                    profile.getMedianTokenMax(scales) / levels, absmax);
  auto getStep = [&](double clip) {
    return format.zeroPoint
               ? (std::min(below, clip) + std::min(above, clip)) / steps
               : clip / levels;
  };
  OutputError best = getError(scales, weightError, getStep(absmax), absmax);
  if (!format.clips || !profile.hasHistogram())
    return best;
  // Down to 1/64 of the largest magnitude, in quarters of an octave.
  std::array<OutputError, 24> errors;
  parallelFor(context, 0, errors.size(), [&](size_t i) {
    double clip = absmax * std::exp2(-double(i + 1) / 4);
    errors[i] = getError(scales, weightError, getStep(clip), clip);
  });
  for (const OutputError &error : errors)
    if (error.total < best.total)
      best = error;
  return best;
}
