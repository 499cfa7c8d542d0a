//===- FeedbackRounding.cpp - GPTQ of one weight
//-----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/FeedbackRounding.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Runtime/LinearAlgebra.h"

#include "mlir/IR/Threading.h"

#include <numeric>

using namespace mlir;
using namespace mlir::quantmlir;

/// Rows that one task works on: few enough to stay in the cache, enough for
/// fast products.
static constexpr int64_t blockRows = 64;
/// Columns whose errors reach the columns behind them in one product.
static constexpr int64_t blockColumns = 128;
/// A search tries 40/40 of the range, 39/40, … 20/40.
static constexpr int rangeParts = 40, leastParts = 20;

//===----------------------------------------------------------------------===//
// The factor
//===----------------------------------------------------------------------===//

std::optional<GPTQFactor> GPTQFactor::compute(ArrayRef<float> moment,
                                              bool activationOrder,
                                              double damping) {
  auto channels = static_cast<int64_t>(std::sqrt(double(moment.size())));
  assert(channels * channels == static_cast<int64_t>(moment.size()));
  GPTQFactor factor;
  factor.power.resize(channels);
  double sum = 0;
  int64_t numLive = 0;
  for (int64_t k = 0; k < channels; ++k) {
    factor.power[k] = moment[k * (channels + 1)];
    sum += factor.power[k];
    numLive += factor.power[k] != 0;
  }
  if (!std::isfinite(sum))
    return std::nullopt;
  double mean = numLive ? sum / numLive : 1;

  factor.order.resize(channels);
  std::iota(factor.order.begin(), factor.order.end(), 0);
  if (activationOrder)
    llvm::sort(factor.order, [&](int64_t lhs, int64_t rhs) {
      return std::make_pair(-factor.power[lhs], lhs) <
             std::make_pair(-factor.power[rhs], rhs);
    });

  factor.upper.resize(channels * channels);
  for (int64_t i = 0; i < channels; ++i) {
    const float *from = moment.data() + factor.order[i] * channels;
    double *to = factor.upper.data() + i * channels;
    for (int64_t j = 0; j < channels; ++j)
      to[j] = from[factor.order[j]];
    to[i] = (to[i] == 0 ? mean : to[i]) + damping * mean;
  }
  if (!factorInverse(channels, factor.upper.data()))
    return std::nullopt;
  return factor;
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

namespace {
/// One block of rows, whose columns stand in the factor's order.
class RowBlock {
public:
  RowBlock(ArrayRef<float> values, int64_t begin, int64_t end,
           const GPTQFactor &factor, const FeedbackOptions &options,
           ArrayRef<double> weights, WeightCodes &result);

  /// Rounds all columns; returns the sum of e² over the block.
  double round();
  /// Stores packed codes, and adds to the sums for each column.
  void store(MutableArrayRef<double> power, MutableArrayRef<double> error);

private:
  ArrayRef<float> getOriginal(int64_t row) const {
    return values.slice((begin + row) * channels, channels);
  }
  int64_t getParameterIndex(int64_t row, int64_t group) const {
    return (begin + row) * numGroups + group;
  }
  numerics::GroupParameters getParameters(ArrayRef<float> members,
                                          float part) const;
  int32_t getCode(float value, numerics::GroupParameters parameters,
                  float inverse) const;
  void chooseParameters(int64_t row, int64_t group, ArrayRef<float> members);
  /// Rounds the element of a row that stands in column `i`; returns e.
  double roundElement(int64_t row, int64_t i);
  double roundColumns(int64_t first, int64_t last);

  ArrayRef<float> values;
  int64_t begin, numRows, channels, numGroups;
  const GPTQFactor &factor;
  const FeedbackOptions &options;
  const WeightFormat &format;
  /// What the squared error of each channel weighs.
  ArrayRef<double> weights;
  WeightCodes &result;
  /// Elements as they are now, in the order of the factor.
  std::vector<double> current;
  /// Codes, by channel.
  std::vector<int8_t> codes;
  std::vector<double> errors;
};
} // namespace

RowBlock::RowBlock(ArrayRef<float> values, int64_t begin, int64_t end,
                   const GPTQFactor &factor, const FeedbackOptions &options,
                   ArrayRef<double> weights, WeightCodes &result)
    : values(values), begin(begin), numRows(end - begin),
      channels(factor.getChannels()),
      numGroups(numerics::getNumGroups(channels, options.format.groupSize)),
      factor(factor), options(options), format(options.format),
      weights(weights), result(result), current(numRows * channels),
      codes(current.size()), errors(numRows * blockColumns) {
  for (int64_t row = 0; row < numRows; ++row) {
    ArrayRef<float> original = getOriginal(row);
    for (auto [i, channel] : llvm::enumerate(factor.getOrder()))
      current[row * channels + i] = original[channel];
    if (!options.activationOrder)
      continue;
    for (int64_t group = 0; group < numGroups; ++group) {
      int64_t first = group * format.groupSize;
      chooseParameters(
          row, group,
          original.slice(first, std::min(format.groupSize, channels - first)));
    }
  }
}

/// Scale and zero point of values whose range is `part` of that of `members`.
numerics::GroupParameters RowBlock::getParameters(ArrayRef<float> members,
                                                  float part) const {
  if (!format.zeroPoints)
    return {numerics::getSymmetricScale(numerics::getAbsMax(members) * part,
                                        format.bits)};
  auto [lo, hi] = std::minmax_element(members.begin(), members.end());
  return numerics::getAsymmetricParameters(*lo * part, *hi * part, format.bits);
}

int32_t RowBlock::getCode(float value, numerics::GroupParameters parameters,
                          float inverse) const {
  return format.zeroPoints
             ? numerics::quantizeAsymmetric(value, inverse, parameters.zero,
                                            format.bits)
             : numerics::quantizeSymmetric(value, inverse, format.bits);
}

void RowBlock::chooseParameters(int64_t row, int64_t group,
                                ArrayRef<float> members) {
  numerics::GroupParameters best{};
  double leastLoss = std::numeric_limits<double>::infinity();
  int last = options.searchScales ? leastParts : rangeParts;
  for (int parts = rangeParts; parts >= last; --parts) {
    numerics::GroupParameters parameters =
        getParameters(members, static_cast<float>(parts) / rangeParts);
    float inverse = numerics::getInverse(parameters.scale);
    double loss = 0;
    for (auto [value, weight] :
         llvm::zip(members, weights.drop_front(group * format.groupSize))) {
      double error = numerics::dequantize(getCode(value, parameters, inverse),
                                          parameters.zero, parameters.scale) -
                     value;
      loss += error * error * weight;
    }
    if (loss < leastLoss) {
      leastLoss = loss;
      best = parameters;
    }
  }
  int64_t index = getParameterIndex(row, group);
  result.scales[index] = best.scale;
  if (format.zeroPoints)
    result.zeros[index] = static_cast<int8_t>(best.zero);
}

double RowBlock::roundElement(int64_t row, int64_t i) {
  double *elements = current.data() + row * channels;
  int64_t channel = factor.getOrder()[i];
  int64_t group = channel / format.groupSize;
  if (!options.activationOrder && channel % format.groupSize == 0) {
    int64_t size = std::min(format.groupSize, channels - channel);
    SmallVector<float> members(elements + i, elements + i + size);
    chooseParameters(row, group, members);
  }
  int64_t index = getParameterIndex(row, group);
  numerics::GroupParameters parameters{
      result.scales[index], format.zeroPoints ? result.zeros[index] : 0};
  int32_t code = getCode(static_cast<float>(elements[i]), parameters,
                         numerics::getInverse(parameters.scale));
  codes[row * channels + channel] = static_cast<int8_t>(code);
  double rounded =
      numerics::dequantize(code, parameters.zero, parameters.scale);
  return (elements[i] - rounded) / factor.getRow(i)[i];
}

double RowBlock::roundColumns(int64_t first, int64_t last) {
  double sum = 0;
  for (int64_t row = 0; row < numRows; ++row)
    for (int64_t i = first; i < last; ++i) {
      double e = roundElement(row, i);
      errors[row * blockColumns + i - first] = e;
      if (factor.getPower()[factor.getOrder()[i]] != 0)
        sum += e * e;
      double *elements = current.data() + row * channels;
      const double *upper = factor.getRow(i);
      for (int64_t j = i + 1; j < last; ++j)
        elements[j] -= e * upper[j];
    }
  return sum;
}

double RowBlock::round() {
  double sum = 0;
  for (int64_t first = 0; first < channels; first += blockColumns) {
    int64_t last = std::min(first + blockColumns, channels);
    sum += roundColumns(first, last);
    subtractProduct(numRows, channels - last, last - first, errors.data(),
                    blockColumns, factor.getRow(first) + last, channels,
                    current.data() + last, channels);
  }
  return sum;
}

void RowBlock::store(MutableArrayRef<double> power,
                     MutableArrayRef<double> error) {
  int64_t packedSize = numerics::getPackedSize(channels);
  auto *bytes =
      reinterpret_cast<int8_t *>(result.codes.getMutableData().data());
  for (int64_t row = 0; row < numRows; ++row) {
    ArrayRef<int8_t> rowCodes(codes.data() + row * channels, channels);
    numerics::packInt4(
        rowCodes,
        MutableArrayRef(bytes + (begin + row) * packedSize, packedSize));
    for (auto [k, value] : llvm::enumerate(getOriginal(row))) {
      int64_t index = getParameterIndex(row, k / format.groupSize);
      int32_t zero = format.zeroPoints ? result.zeros[index] : 0;
      double difference =
          numerics::dequantize(rowCodes[k], zero, result.scales[index]) - value;
      power[k] += double(value) * value;
      error[k] += difference * difference;
    }
  }
}

WeightCodes mlir::quantmlir::roundWithFeedback(MLIRContext *context,
                                               ArrayRef<float> values,
                                               const GPTQFactor &factor,
                                               const FeedbackOptions &options) {
  const WeightFormat &format = options.format;
  assert(format.bits == 4 && (blockColumns % format.groupSize == 0 ||
                              format.groupSize >= factor.getChannels()));
  int64_t channels = factor.getChannels();
  int64_t numRows = values.size() / channels;
  int64_t numGroups = numerics::getNumGroups(channels, format.groupSize);
  WeightCodes result;
  result.codes = HeapAsmResourceBlob::allocate(
      numRows * numerics::getPackedSize(channels), 64, /*dataIsMutable=*/true);
  result.scales.resize(numRows * numGroups);
  result.zeros.resize(format.zeroPoints ? numRows * numGroups : 0);

  std::vector<double> weights(channels);
  for (auto [i, channel] : llvm::enumerate(factor.getOrder())) {
    double pivot = factor.getRow(i)[i];
    weights[channel] = 1 / (pivot * pivot);
  }
  int64_t numBlocks = llvm::divideCeil(numRows, blockRows);
  std::vector<double> power(numBlocks * channels), error(power.size()),
      feedback(numBlocks);
  parallelFor(context, 0, numBlocks, [&](size_t i) {
    int64_t begin = i * blockRows;
    RowBlock block(values, begin, std::min(begin + blockRows, numRows), factor,
                   options, weights, result);
    feedback[i] = block.round();
    block.store({&power[i * channels], size_t(channels)},
                {&error[i * channels], size_t(channels)});
  });
  result.power.assign(channels, 0.0);
  result.error.assign(channels, 0.0);
  for (size_t i = 0, e = power.size(); i < e; ++i) {
    result.power[i % channels] += power[i];
    result.error[i % channels] += error[i];
  }
  result.outputError = std::accumulate(feedback.begin(), feedback.end(), 0.0);
  return result;
}
