//===- AwqSearch.cpp - the scale of one group by AWQ's search -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AwqSearch.h"

#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Runtime/MatrixProduct.h"
#include "quant-mlir/Runtime/ThreadPool.h"
#include "quant-mlir/Statistics/SecondMoment.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;

/// The published code's guards against division by 0 and vanishing scales.
static constexpr double scaleFloor = 1e-4, weightFloor = 1e-4;
static constexpr double groupMaxFloor = 1e-6;

/// Rows whose errors are computed at once: they stay in the cache, and products
/// of this many rows run at full speed.
static constexpr int64_t blockRows = 256;

double mlir::quantmlir::getSearchCost(const SmoothingGroup &group) {
  double rows = 0;
  for (const Linear &linear : group.linears)
    rows += cast<ShapedType>(linear.weight.getType()).getDimSize(0);
  return rows * group.channels * group.channels;
}

namespace {
/// An N×K weight.
struct Weight {
  SmallVector<float> storage;
  ArrayRef<float> values;
  int64_t rows, channels;

  ArrayRef<float> getRow(int64_t row) const {
    return values.slice(row * channels, channels);
  }
};

/// The squared error that scales leave in the outputs of a group.
class ErrorMeter {
public:
  ErrorMeter(ObserveOp observe, ArrayRef<Weight> weights, GroupFormat format);

  /// The sum over the calibrated rows x and the weights of |(Ŵ - W) x|², where
  /// Ŵ is round(W·s) / s.
  double measure(ArrayRef<float> scales);
  std::string getBasis() const;

private:
  /// Writes (Ŵ - W) of some rows.
  void computeDifferences(const Weight &weight, int64_t firstRow, int64_t rows,
                          ArrayRef<float> scales);
  double measureBySample(int64_t rows);

  ArrayRef<Weight> weights;
  GroupFormat format;
  int64_t channels;
  /// XᵀX, or else the rows of X that were kept.
  SmallVector<float> storage;
  ArrayRef<float> moment, sample;
  SmallVector<float> differences, outputs;
  /// Searches run side by side, each on its own thread.
  ThreadPool callingThread{1};
};
} // namespace

/// Products with K×K moments cost K for each weight, of which symmetry saves
/// half; with S rows they cost S.
static bool isSampleCheaper(int64_t channels, int64_t rows) {
  return 2 * rows < channels;
}

ErrorMeter::ErrorMeter(ObserveOp observe, ArrayRef<Weight> weights,
                       GroupFormat format)
    : weights(weights), format(format), channels(getChannels(observe)) {
  if (this->format.groupSize == 0)
    this->format.groupSize = channels;
  std::optional<ElementsAttr> rows = observe.getSample();
  bool usesSample =
      rows && (!observe.getMoment2() ||
               isSampleCheaper(channels, rows->getShapedType().getDimSize(0)));
  if (usesSample)
    sample = *getSample(observe, storage);
  else
    moment = *getSecondMoment(observe, storage);
  differences.resize(blockRows * channels);
  outputs.resize(blockRows * (sample.size() / channels));
}

std::string ErrorMeter::getBasis() const {
  if (sample.empty())
    return "second moments";
  return llvm::formatv("{0} sample rows", sample.size() / channels);
}

void ErrorMeter::computeDifferences(const Weight &weight, int64_t firstRow,
                                    int64_t rows, ArrayRef<float> scales) {
  SmallVector<float> scaled(channels);
  for (int64_t i = 0; i < rows; ++i) {
    ArrayRef<float> row = weight.getRow(firstRow + i);
    MutableArrayRef<float> result(&differences[i * channels], channels);
    for (int64_t k = 0; k < channels; ++k)
      scaled[k] = row[k] * scales[k];
    roundRow(scaled, format, result);
    for (int64_t k = 0; k < channels; ++k)
      result[k] = result[k] / scales[k] - row[k];
  }
}

double ErrorMeter::measureBySample(int64_t rows) {
  int64_t sampleRows = sample.size() / channels;
  multiplyF32(rows, sampleRows, channels, {differences.data(), channels, 1},
              {sample.data(), 1, channels}, {outputs.data(), sampleRows, 1},
              /*accumulate=*/false);
  double error = 0;
  for (float value : ArrayRef(outputs).take_front(rows * sampleRows))
    error += double(value) * value;
  return error;
}

double ErrorMeter::measure(ArrayRef<float> scales) {
  // tr(D·M·Dᵀ) is the sum of the products of the elements of DᵀD and M, and
  // DᵀD is symmetric.
  SecondMoment products(sample.empty() ? channels : 0);
  double error = 0;
  for (const Weight &weight : weights)
    for (int64_t row = 0; row < weight.rows; row += blockRows) {
      int64_t rows = std::min(blockRows, weight.rows - row);
      computeDifferences(weight, row, rows, scales);
      if (sample.empty())
        products.accumulate(differences.data(), rows, callingThread);
      else
        error += measureBySample(rows);
    }
  return sample.empty() ? products.dot(moment) : error;
}

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

namespace {
/// The magnitudes that scales are made of.
struct Magnitudes {
  /// mean|x|, and mean|w| relative to its group's maximum: one for each
  /// channel, equal in a class. 0 for a channel whose scale is 1.
  SmallVector<double> input, weight;
};
} // namespace

/// The mean over all rows of |w| / max|w|, the maximum over w's group.
static SmallVector<double> getWeightMeans(ArrayRef<Weight> weights,
                                          int64_t channels, int64_t groupSize) {
  SmallVector<double> sums(channels, 0.0);
  int64_t rows = 0;
  if (groupSize == 0)
    groupSize = channels;
  for (const Weight &weight : weights) {
    rows += weight.rows;
    for (int64_t n = 0; n < weight.rows; ++n)
      for (int64_t begin = 0; begin < channels; begin += groupSize) {
        ArrayRef<float> group = weight.getRow(n).slice(
            begin, std::min(groupSize, channels - begin));
        double largest = groupMaxFloor;
        for (float value : group)
          largest = std::max<double>(largest, std::fabs(value));
        for (auto [k, value] : llvm::enumerate(group))
          sums[begin + k] += std::fabs(value) / largest;
      }
  }
  for (double &sum : sums)
    sum /= rows;
  return sums;
}

/// Replaces the values of each class by their mean, and those of channels that
/// must keep the scale 1 by 0.
static void shareInClasses(MutableArrayRef<double> values,
                           const ChannelClasses &classes) {
  SmallVector<double> sums(values.size(), 0.0);
  SmallVector<int64_t> counts(values.size(), 0);
  for (auto [k, value] : llvm::enumerate(values))
    if (ScaleChannel shared = classes.find(k); shared != oneChannel) {
      sums[shared] += value;
      ++counts[shared];
    }
  for (auto [k, value] : llvm::enumerate(values)) {
    ScaleChannel shared = classes.find(k);
    value = shared == oneChannel ? 0.0 : sums[shared] / counts[shared];
  }
}

/// The candidate for one ratio, scaled so that its largest and smallest scales
/// are each other's inverse. A channel that is 0 in the activation or in the
/// weights gets 1.
static SmallVector<float> makeScales(const Magnitudes &magnitudes, double ratio,
                                     bool usesWeights) {
  size_t channels = magnitudes.input.size();
  SmallVector<double> raw(channels, 0.0);
  double largest = 0, smallest = HUGE_VAL;
  for (size_t k = 0; k < channels; ++k) {
    double x = magnitudes.input[k], w = magnitudes.weight[k];
    if (x == 0 || w == 0)
      continue;
    double scale = std::pow(x, ratio);
    if (usesWeights)
      scale /= std::pow(w, 1 - ratio) + weightFloor;
    raw[k] = std::max(scale, scaleFloor);
    largest = std::max(largest, raw[k]);
    smallest = std::min(smallest, raw[k]);
  }
  double unit = std::sqrt(largest * smallest);
  SmallVector<float> scales(channels, 1.0f);
  for (size_t k = 0; k < channels; ++k)
    if (raw[k] > 0)
      scales[k] = static_cast<float>(raw[k] / unit);
  return scales;
}

AwqResult mlir::quantmlir::searchScales(SmoothingGroup &group,
                                        const ChannelClasses &classes,
                                        const AwqOptions &options) {
  SmallVector<Weight> weights(group.linears.size());
  for (auto [linear, weight] : llvm::zip_equal(group.linears, weights)) {
    std::optional<ConstantTensor> constant = ConstantTensor::get(linear.weight);
    weight.values = *constant->getFloats(weight.storage);
    weight.rows = constant->getType().getDimSize(0);
    weight.channels = group.channels;
  }
  SmallVector<float> storage;
  ArrayRef<float> meanAbs =
      *ConstantTensor::get(*group.observe.getMeanAbs())->getFloats(storage);
  Magnitudes magnitudes{
      SmallVector<double>(meanAbs.begin(), meanAbs.end()),
      getWeightMeans(weights, group.channels, options.format.groupSize)};
  shareInClasses(magnitudes.input, classes);
  shareInClasses(magnitudes.weight, classes);

  ErrorMeter meter(group.observe, weights, options.format);
  AwqResult best;
  best.basis = meter.getBasis();
  best.before = meter.measure(SmallVector<float>(group.channels, 1.0f));
  best.error = best.before;
  auto search = [&](bool usesWeights) {
    // Without the weight term a ratio of 0 is the scale 1.
    for (int64_t i = usesWeights ? 0 : 1; i <= options.gridSize; ++i) {
      double ratio = double(i) / options.gridSize;
      SmallVector<float> scales = makeScales(magnitudes, ratio, usesWeights);
      double error = meter.measure(scales);
      if (!(error < best.error))
        continue;
      best.scales = std::move(scales);
      best.ratio = ratio;
      best.usesWeights = usesWeights;
      best.error = error;
    }
  };
  if (options.form != AwqForm::Weights)
    search(/*usesWeights=*/false);
  if (options.form != AwqForm::Activations)
    search(/*usesWeights=*/true);
  return best;
}
