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

/// Calls `work` for blocks of rows on the context's threads.
static void forEachBlock(
    MLIRContext *context, int64_t numRows,
    function_ref<void(int64_t block, int64_t begin, int64_t end)> work) {
  int64_t numBlocks = llvm::divideCeil(numRows, blockRows);
  parallelFor(context, 0, numBlocks, [&](size_t block) {
    int64_t begin = block * blockRows;
    work(block, begin, std::min(begin + blockRows, numRows));
  });
}

/// The first element that is no finite number, if there is one.
static std::optional<int64_t>
findNonFinite(MLIRContext *context, ArrayRef<float> values, int64_t numRows) {
  int64_t rowSize = values.size() / numRows;
  std::atomic<int64_t> badRow(numRows);
  forEachBlock(context, numRows, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      // A finite value less itself is 0, any other a NaN.
      float sum = 0.0f;
      for (float value : values.slice(row * rowSize, rowSize))
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
  auto isBad = [](float value) { return !std::isfinite(value); };
  return llvm::find_if(values.drop_front(badRow * rowSize), isBad) -
         values.begin();
}

FailureOr<ArrayRef<float>>
mlir::quantmlir::readWeight(const ConstantTensor &weight,
                            SmallVectorImpl<float> &storage,
                            function_ref<InFlightDiagnostic()> emitError) {
  ShapedType type = weight.getType();
  FailureOr<ArrayRef<float>> values = weight.getFloats(storage);
  if (failed(values) || type.getRank() != 2 || values->empty())
    return emitError() << "weight '" << weight.getName() << "' is a " << type
                       << ", expected a float matrix";
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  if (auto bad = findNonFinite(type.getContext(), *values, rows))
    return emitError() << "weight '" << weight.getName() << "' holds "
                       << (std::isnan((*values)[*bad]) ? "NaN" : "an infinity")
                       << " at [" << *bad / columns << ", " << *bad % columns
                       << "]: repair the checkpoint, or exclude the linear";
  return *values;
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

  void quantize(WeightCodes &result);

private:
  bool hasTwoLevels() const { return format.twoLevels && numGroups > 1; }
  ArrayRef<float> getRow(int64_t row) const {
    return values.slice(row * rowSize, rowSize);
  }
  void allocateParameters(WeightCodes &result);
  void quantizeRow(int64_t row, MutableArrayRef<int8_t> codes);
  float dequantize(int64_t row, int64_t k, int32_t code) const;

  MLIRContext *context;
  ArrayRef<float> values;
  int64_t numRows, rowSize;
  const WeightFormat &format;
  int64_t numGroups;
  MutableArrayRef<float> scales;
  MutableArrayRef<int8_t> groupScales, zeros;
};
} // namespace

void Quantizer::quantizeRow(int64_t row, MutableArrayRef<int8_t> codes) {
  if (format.bits == 4) {
    auto groups = [&](auto &all) {
      return all.empty() ? all : all.slice(row * numGroups, numGroups);
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

void Quantizer::allocateParameters(WeightCodes &result) {
  if (format.bits == 4) {
    result.scales.resize(numRows * (hasTwoLevels() ? 1 : numGroups));
    result.groupScales.resize(hasTwoLevels() ? numRows * numGroups : 0);
    result.zeros.resize(format.zeroPoints ? numRows * numGroups : 0);
  } else {
    SmallVector<float> absmax(numRows);
    forEachBlock(context, numRows, [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        absmax[row] = numerics::getAbsMax(getRow(row));
    });
    if (format.perTensor)
      absmax = {*llvm::max_element(absmax)};
    for (float max : absmax)
      result.scales.push_back(numerics::getSymmetricScale(max, format.bits));
  }
  scales = result.scales;
  groupScales = result.groupScales;
  zeros = result.zeros;
}

void Quantizer::quantize(WeightCodes &result) {
  allocateParameters(result);
  MutableArrayRef<char> bytes = result.codes.getMutableData();
  int64_t numBlocks = llvm::divideCeil(numRows, blockRows);
  int64_t storedSize = bytes.size() / numRows;
  std::vector<double> power(numBlocks * rowSize), error(power.size());
  forEachBlock(
      context, numRows, [&](int64_t block, int64_t begin, int64_t end) {
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
  result.power.assign(rowSize, 0.0);
  result.error.assign(rowSize, 0.0);
  for (size_t i = 0, e = power.size(); i < e; ++i) {
    result.power[i % rowSize] += power[i];
    result.error[i % rowSize] += error[i];
  }
}

/// The type of a weight's codes, as they are stored.
static RankedTensorType getCodesType(ShapedType type,
                                     const WeightFormat &format) {
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  return RankedTensorType::get(
      {rows, format.bits == 4 ? numerics::getPackedSize(columns) : columns},
      IntegerType::get(type.getContext(), 8));
}

FailureOr<QuantizedWeight>
mlir::quantmlir::quantizeWeight(const ConstantTensor &weight, StringRef base,
                                const WeightFormat &format,
                                function_ref<InFlightDiagnostic()> emitError) {
  ShapedType type = weight.getType();
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = readWeight(weight, storage, emitError);
  if (failed(values))
    return failure();
  WeightCodes codes;
  codes.codes = allocateElements(getCodesType(type, format));
  Quantizer(type.getContext(), *values, type.getDimSize(0), format)
      .quantize(codes);
  return createQuantizedWeight(type, base, format, std::move(codes));
}

QuantizedWeight
mlir::quantmlir::createQuantizedWeight(ShapedType type, StringRef base,
                                       const WeightFormat &format,
                                       WeightCodes codes) {
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
  result.codes =
      createElementsAttr(getName(packed ? "weight_packed" : "weight"),
                         getCodesType(type, format), std::move(codes.codes));
  SmallVector<int64_t> shape = {type.getDimSize(0)}, groupsShape = shape;
  if (packed)
    groupsShape.push_back(
        numerics::getNumGroups(type.getDimSize(1), format.groupSize));
  else if (format.perTensor)
    shape.clear();
  result.scales =
      makeAttr("weight_scale", b.getF32Type(),
               packed && !format.twoLevels ? groupsShape : shape, codes.scales);
  if (!codes.groupScales.empty())
    result.groupScales = makeAttr("weight_group_scale", b.getI8Type(),
                                  groupsShape, codes.groupScales);
  if (!codes.zeros.empty())
    result.zeros =
        makeAttr("weight_zero_point", b.getI8Type(), groupsShape, codes.zeros);
  result.power = std::move(codes.power);
  result.error = std::move(codes.error);
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
