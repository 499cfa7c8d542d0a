//===- QuantizedWeights.cpp - integer codes of a weight -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "mlir/IR/Threading.h"

#include <cstring>

using namespace mlir;
using namespace mlir::quantmlir;

/// Rows that one task works on. Sums over rows are added up task by task, in
/// order, so that the number of threads does not show in the result.
static constexpr int64_t blockRows = 64;

int64_t QuantizedWeight::getBytes() const {
  int64_t bytes = getStorageBytes(codes.getShapedType()) +
                  getStorageBytes(scales.getShapedType());
  for (ElementsAttr part : {groupScales, zeros})
    if (part)
      bytes += getStorageBytes(part.getShapedType());
  return bytes;
}

namespace {
/// The rows of a weight, worked on in blocks.
class Quantizer {
public:
  Quantizer(MLIRContext *context, ArrayRef<float> values, int64_t numRows,
            const WeightFormat &format)
      : context(context), values(values), numRows(numRows),
        rowSize(values.size() / numRows), format(format),
        numGroups(format.bits == 8
                      ? 0
                      : numerics::getNumGroups(rowSize, format.groupSize)) {}

  /// The largest magnitude of each row, or the first element that is no number.
  std::optional<std::pair<int64_t, int64_t>> findAbsMax();
  void quantize(MutableArrayRef<char> codes, QuantizedWeight &weight);

  SmallVector<float> scales;
  SmallVector<int8_t> groupScales, zeros;

private:
  bool hasTwoLevels() const { return format.twoLevels && numGroups > 1; }
  ArrayRef<float> getRow(int64_t row) const {
    return values.slice(row * rowSize, rowSize);
  }
  void forEachBlock(
      function_ref<void(int64_t block, int64_t begin, int64_t end)> work);
  void quantizeRow(int64_t row, MutableArrayRef<int8_t> codes);
  float dequantize(int64_t row, int64_t k, int32_t code) const;

  MLIRContext *context;
  ArrayRef<float> values;
  int64_t numRows, rowSize;
  const WeightFormat &format;
  int64_t numGroups;
  SmallVector<float> absmax;
};
} // namespace

void Quantizer::forEachBlock(
    function_ref<void(int64_t block, int64_t begin, int64_t end)> work) {
  int64_t numBlocks = llvm::divideCeil(numRows, blockRows);
  parallelFor(context, 0, numBlocks, [&](size_t block) {
    int64_t begin = block * blockRows;
    work(block, begin, std::min(begin + blockRows, numRows));
  });
}

std::optional<std::pair<int64_t, int64_t>> Quantizer::findAbsMax() {
  absmax.assign(numRows, 0.0f);
  std::atomic<int64_t> badRow(numRows);
  forEachBlock([&](int64_t, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      absmax[row] = numerics::getAbsMax(getRow(row));
      // A finite value less itself is 0, any other a NaN.
      float sum = 0.0f;
      for (float value : getRow(row))
        sum += value - value;
      if (std::isfinite(sum))
        continue;
      int64_t first = badRow;
      while (row < first && !badRow.compare_exchange_weak(first, row)) {
      }
    }
  });
  if (badRow == numRows)
    return std::nullopt;
  ArrayRef<float> row = getRow(badRow);
  auto isBad = [](float value) { return !std::isfinite(value); };
  return std::make_pair(int64_t(badRow),
                        llvm::find_if(row, isBad) - row.begin());
}

void Quantizer::quantizeRow(int64_t row, MutableArrayRef<int8_t> codes) {
  if (format.bits == 4) {
    auto groups = [&](auto &all) {
      MutableArrayRef slice(all);
      return all.empty() ? slice : slice.slice(row * numGroups, numGroups);
    };
    if (hasTwoLevels()) {
      scales[row] =
          numerics::quantizeTwoLevels(getRow(row), format.groupSize, codes,
                                      groups(groupScales), groups(zeros));
      return;
    }
    return numerics::quantizeGroups(getRow(row), format.groupSize, format.bits,
                                    codes, groups(scales), groups(zeros));
  }
  float inv = numerics::getInverse(scales[format.perTensor ? 0 : row]);
  for (auto [value, code] : llvm::zip_equal(getRow(row), codes))
    code = numerics::quantizeSymmetric(value, inv, format.bits);
}

float Quantizer::dequantize(int64_t row, int64_t k, int32_t code) const {
  if (format.bits == 8)
    return numerics::dequantize(code, 0, scales[format.perTensor ? 0 : row]);
  int64_t group = row * numGroups + k / format.groupSize;
  int32_t zero = zeros.empty() ? 0 : zeros[group];
  if (hasTwoLevels())
    return static_cast<float>((code - zero) * groupScales[group]) * scales[row];
  return numerics::dequantize(code, zero, scales[group]);
}

void Quantizer::quantize(MutableArrayRef<char> bytes, QuantizedWeight &weight) {
  if (format.bits == 4) {
    scales.resize(numRows * (hasTwoLevels() ? 1 : numGroups));
    groupScales.resize(hasTwoLevels() ? numRows * numGroups : 0);
    zeros.resize(format.zeroPoints ? numRows * numGroups : 0);
  } else if (format.perTensor) {
    float max = *llvm::max_element(absmax);
    scales = {numerics::getSymmetricScale(max, format.bits)};
  } else {
    for (float max : absmax)
      scales.push_back(numerics::getSymmetricScale(max, format.bits));
  }

  int64_t numBlocks = llvm::divideCeil(numRows, blockRows);
  int64_t storedSize = bytes.size() / numRows;
  std::vector<double> power(numBlocks * rowSize), error(power.size());
  forEachBlock([&](int64_t block, int64_t begin, int64_t end) {
    SmallVector<int8_t> codes(rowSize);
    double *blockPower = &power[block * rowSize];
    double *blockError = &error[block * rowSize];
    for (int64_t row = begin; row < end; ++row) {
      quantizeRow(row, codes);
      for (auto [k, value] : llvm::enumerate(getRow(row))) {
        double difference = dequantize(row, k, codes[k]) - value;
        blockPower[k] += double(value) * value;
        blockError[k] += difference * difference;
      }
      auto *stored = reinterpret_cast<int8_t *>(&bytes[row * storedSize]);
      if (format.bits == 4)
        numerics::packInt4(codes, MutableArrayRef(stored, storedSize));
      else
        llvm::copy(codes, stored);
    }
  });
  weight.power.assign(rowSize, 0.0);
  weight.error.assign(rowSize, 0.0);
  for (size_t i = 0, e = power.size(); i < e; ++i) {
    weight.power[i % rowSize] += power[i];
    weight.error[i % rowSize] += error[i];
  }
}

FailureOr<QuantizedWeight>
mlir::quantmlir::quantizeWeight(const ConstantTensor &weight, StringRef base,
                                const WeightFormat &format,
                                function_ref<InFlightDiagnostic()> emitError) {
  ShapedType type = weight.getType();
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = weight.getFloats(storage);
  if (failed(values) || type.getRank() != 2 || values->empty())
    return emitError() << "weight '" << weight.getName() << "' is a " << type
                       << ", expected a float matrix";
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  Quantizer quantizer(type.getContext(), *values, rows, format);
  if (auto bad = quantizer.findAbsMax()) {
    auto [row, column] = *bad;
    bool isNaN = std::isnan((*values)[row * columns + column]);
    return emitError() << "weight '" << weight.getName() << "' holds "
                       << (isNaN ? "NaN" : "an infinity") << " at [" << row
                       << ", " << column
                       << "]: repair the checkpoint, or exclude the linear";
  }

  auto getName = [&](StringRef suffix) {
    return base.empty() ? std::string() : (base + "." + suffix).str();
  };
  auto makeAttr = [&](StringRef suffix, Type elementType,
                      ArrayRef<int64_t> shape, const auto &data) {
    return createElementsAttr(
        getName(suffix), RankedTensorType::get(shape, elementType),
        [&](MutableArrayRef<char> bytes) {
          std::memcpy(bytes.data(), data.data(), bytes.size());
        });
  };
  Builder b(type.getContext());
  QuantizedWeight result;
  bool packed = format.bits == 4;
  auto codesType = RankedTensorType::get(
      {rows, packed ? numerics::getPackedSize(columns) : columns},
      b.getI8Type());
  result.codes = createElementsAttr(
      getName(packed ? "weight_packed" : "weight"), codesType,
      [&](MutableArrayRef<char> bytes) { quantizer.quantize(bytes, result); });
  SmallVector<int64_t> shape = {rows}, groupsShape = shape;
  if (packed)
    groupsShape.push_back(numerics::getNumGroups(columns, format.groupSize));
  else if (format.perTensor)
    shape.clear();
  result.scales = makeAttr("weight_scale", b.getF32Type(),
                           packed && !format.twoLevels ? groupsShape : shape,
                           quantizer.scales);
  if (!quantizer.groupScales.empty())
    result.groupScales = makeAttr("weight_group_scale", b.getI8Type(),
                                  groupsShape, quantizer.groupScales);
  if (!quantizer.zeros.empty())
    result.zeros = makeAttr("weight_zero_point", b.getI8Type(), groupsShape,
                            quantizer.zeros);
  return result;
}

PredictedError mlir::quantmlir::predictError(const QuantizedWeight &weight,
                                             ArrayRef<float> meanAbs,
                                             std::optional<float> inputScale) {
  double output = 0, weightError = 0, inputError = 0;
  for (size_t k = 0, e = weight.power.size(); k < e; ++k) {
    // A normal distribution's mean square, from its mean magnitude.
    double square =
        meanAbs.empty() ? 1.0 : M_PI_2 * double(meanAbs[k]) * meanAbs[k];
    output += square * weight.power[k];
    weightError += square * weight.error[k];
    if (inputScale)
      inputError += weight.power[k] *
                    std::min(double(*inputScale) * *inputScale / 12, square);
  }
  if (output == 0)
    return {};
  return {std::sqrt(weightError / output), std::sqrt(inputError / output)};
}

float mlir::quantmlir::predictTokenScale(ArrayRef<float> meanAbs, float absmax,
                                         unsigned bits) {
  // The logarithm of the probability that all magnitudes are below `bound`; a
  // normal value of deviation σ has the mean magnitude σ √(2/π).
  auto getLogBelow = [&](double bound) {
    double sum = 0;
    for (float mean : meanAbs)
      if (mean > 0)
        sum += std::log(std::erf(bound / (mean * std::sqrt(M_PI))));
    return sum;
  };
  double lo = 0, hi = absmax;
  for (int step = 0; step < 30; ++step) {
    double middle = (lo + hi) / 2;
    (getLogBelow(middle) < -M_LN2 ? lo : hi) = middle;
  }
  return numerics::getSymmetricScale(static_cast<float>(hi), bits);
}
