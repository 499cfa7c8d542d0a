//===- QuantizedWeightsTest.cpp - weights quantized on threads ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// 150 rows make several blocks of rows; 100 columns a ragged group of 32.
constexpr int64_t rows = 150, columns = 100;

class QuantizedWeightsTest : public ::testing::TestWithParam<bool> {
protected:
  QuantizedWeightsTest() : values(rows * columns) {
    context.disableMultithreading(!GetParam());
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (float &value : values)
      value = normal(random);
  }

  FailureOr<QuantizedWeight> quantize(const WeightFormat &format) {
    auto type =
        RankedTensorType::get({rows, columns}, Float32Type::get(&context));
    auto attr = DenseElementsAttr::get(type, ArrayRef<float>(values));
    return quantizeWeight(*ConstantTensor::get(attr), "w", format,
                          [&] { return emitError(UnknownLoc::get(&context)); });
  }

  template <typename T>
  static ArrayRef<T> getData(ElementsAttr attr) {
    ArrayRef<char> bytes = ConstantTensor::get(attr)->getRawBytes();
    return {reinterpret_cast<const T *>(bytes.data()),
            bytes.size() / sizeof(T)};
  }

  /// Compares the sums of squares with those of the decoded weight.
  void checkSums(const QuantizedWeight &weight,
                 function_ref<float(int64_t, int64_t)> decode) {
    for (int64_t k = 0; k < columns; ++k) {
      double power = 0, error = 0;
      for (int64_t n = 0; n < rows; ++n) {
        double value = values[n * columns + k];
        power += value * value;
        error += (decode(n, k) - value) * (decode(n, k) - value);
      }
      ASSERT_NEAR(weight.power[k], power, 1e-9 * power);
      ASSERT_NEAR(weight.error[k], error, 1e-9 * error);
    }
  }

  MLIRContext context;
  std::vector<float> values;
};
} // namespace

TEST_P(QuantizedWeightsTest, PerChannel) {
  FailureOr<QuantizedWeight> weight = quantize({});
  ASSERT_TRUE(succeeded(weight));
  ArrayRef<float> scales = getData<float>(weight->scales);
  ArrayRef<int8_t> codes = getData<int8_t>(weight->codes);
  ASSERT_EQ(scales.size(), size_t(rows));
  for (int64_t n = 0; n < rows; ++n) {
    ArrayRef<float> row = ArrayRef<float>(values).slice(n * columns, columns);
    float absmax = 0;
    for (float value : row)
      absmax = std::max(absmax, std::abs(value));
    EXPECT_EQ(scales[n], absmax / 127.0f);
    for (int64_t k = 0; k < columns; ++k)
      ASSERT_EQ(codes[n * columns + k],
                std::nearbyint(row[k] * (1.0f / scales[n])));
  }
  checkSums(*weight, [&](int64_t n, int64_t k) {
    return codes[n * columns + k] * scales[n];
  });
}

TEST_P(QuantizedWeightsTest, PerTensor) {
  WeightFormat format;
  format.perTensor = true;
  FailureOr<QuantizedWeight> weight = quantize(format);
  ASSERT_TRUE(succeeded(weight));
  EXPECT_EQ(weight->scales.getShapedType().getRank(), 0);
  float scale = getData<float>(weight->scales)[0];
  EXPECT_EQ(scale, numerics::getAbsMax(values) / 127.0f);
  ArrayRef<int8_t> codes = getData<int8_t>(weight->codes);
  checkSums(*weight, [&](int64_t n, int64_t k) {
    return codes[n * columns + k] * scale;
  });
}

TEST_P(QuantizedWeightsTest, RaggedGroupsWithZeroPoints) {
  WeightFormat format;
  format.bits = 4;
  format.groupSize = 32;
  format.zeroPoints = true;
  FailureOr<QuantizedWeight> weight = quantize(format);
  ASSERT_TRUE(succeeded(weight));
  ArrayRef<float> scales = getData<float>(weight->scales);
  ArrayRef<int8_t> zeros = getData<int8_t>(weight->zeros);
  ArrayRef<int8_t> packed = getData<int8_t>(weight->codes);
  ASSERT_EQ(scales.size(), size_t(rows * 4));
  ASSERT_EQ(packed.size(), size_t(rows * 50));
  auto decode = [&](int64_t n, int64_t k) {
    int8_t byte = packed[n * 50 + k / 2];
    int code = k % 2 ? byte >> 4 : int8_t(byte << 4) >> 4;
    int64_t group = n * 4 + k / 32;
    return (code - zeros[group]) * scales[group];
  };
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t k = 0; k < columns; ++k)
      ASSERT_LE(std::abs(decode(n, k) - values[n * columns + k]),
                1.0001f * scales[n * 4 + k / 32]);
  checkSums(*weight, decode);
}

TEST_P(QuantizedWeightsTest, TwoLevels) {
  WeightFormat format;
  format.bits = 4;
  format.groupSize = 32;
  format.twoLevels = true;
  FailureOr<QuantizedWeight> weight = quantize(format);
  ASSERT_TRUE(succeeded(weight));
  EXPECT_EQ(weight->getBytes(), rows * (50 + 4 + 4));
  ArrayRef<float> scales = getData<float>(weight->scales);
  ArrayRef<int8_t> groupScales = getData<int8_t>(weight->groupScales);
  ArrayRef<int8_t> packed = getData<int8_t>(weight->codes);
  ASSERT_EQ(scales.size(), size_t(rows));
  ASSERT_EQ(groupScales.size(), size_t(rows * 4));
  checkSums(*weight, [&](int64_t n, int64_t k) {
    int8_t byte = packed[n * 50 + k / 2];
    int code = k % 2 ? byte >> 4 : int8_t(byte << 4) >> 4;
    return static_cast<float>(code * groupScales[n * 4 + k / 32]) * scales[n];
  });
}

TEST_P(QuantizedWeightsTest, NaNIsAnErrorWithItsPlace) {
  values[140 * columns + 7] = std::numeric_limits<float>::quiet_NaN();
  values[20 * columns + 9] = std::numeric_limits<float>::infinity();
  std::string message;
  ScopedDiagnosticHandler handler(
      &context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  EXPECT_TRUE(failed(quantize({})));
  EXPECT_NE(message.find("an infinity at [20, 9]"), std::string::npos)
      << message;
}

INSTANTIATE_TEST_SUITE_P(Threads, QuantizedWeightsTest,
                         ::testing::Values(false, true));

TEST(PredictedErrorTest, OneLoudChannelDrownsTheOthers) {
  QuantizedWeight weight;
  weight.power = {1.0, 1.0};
  weight.error = {0.0, 0.0};
  // Rounding noise of a small step is a small part of the output.
  EXPECT_LT(predictError(weight, {1.0f, 1.0f}, 0.01f).input, 0.01);
  // Under a large step both channels vanish.
  EXPECT_NEAR(predictError(weight, {1.0f, 1.0f}, 100.0f).input, 1.0, 1e-6);
  EXPECT_EQ(predictError(weight, {1.0f, 1.0f}, std::nullopt).input, 0.0);
  weight.error = {0.0, 0.25};
  // The wrong weight matters as much as its channel does.
  EXPECT_NEAR(predictError(weight, {}, std::nullopt).weight, std::sqrt(0.125),
              1e-6);
  EXPECT_EQ(predictError(weight, {1.0f, 0.0f}, std::nullopt).weight, 0.0);
}

TEST(PredictedErrorTest, TokenScaleIsThatOfTheLoudestChannel) {
  // The median of |x| of one channel: 0.6745 deviations, 0.8453 means.
  EXPECT_NEAR(predictTokenScale({1.0f}, 100.0f, 8) * 127, 0.8453f, 1e-3f);
  // A loud channel decides alone; many quiet ones add up.
  EXPECT_NEAR(predictTokenScale({1.0f, 50.0f}, 900.0f, 4) * 7, 42.27f, 0.1f);
  EXPECT_GT(predictTokenScale(std::vector<float>(100, 1.0f), 100.0f, 8) * 127,
            3.0f);
  // Nothing exceeds what calibration saw.
  EXPECT_LE(predictTokenScale({1.0f}, 0.5f, 8) * 127, 0.5001f);
}

namespace {
/// Two versions of a parameter, each in a constant of the first of two modules
/// below a third.
class ConstantReleaserTest : public ::testing::Test {
protected:
  ConstantReleaserTest() {
    context.loadDialect<arith::ArithDialect>();
    outer = ModuleOp::create(UnknownLoc::get(&context));
    auto type = RankedTensorType::get({4}, Float32Type::get(&context));
    auto fill = [](MutableArrayRef<char> bytes) { llvm::fill(bytes, 0); };
    bound = createElementsAttr("w", type, fill);
    made = createElementsAttr("w", type, fill);
    for (int i = 0; i < 2; ++i)
      inner[i] = ModuleOp::create(UnknownLoc::get(&context));
    for (ModuleOp module : inner)
      outer->push_back(module);
  }

  Operation *addConstant(ModuleOp module, ElementsAttr attr) {
    OpBuilder builder(module.getBodyRegion());
    return arith::ConstantOp::create(builder, module.getLoc(),
                                     cast<TypedAttr>(attr));
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> outer;
  ModuleOp inner[2];
  ElementsAttr bound, made;
};
} // namespace

TEST_F(ConstantReleaserTest, FreesWhatPassesMade) {
  EXPECT_EQ(ConstantTensor::get(made)->getName(), "w");
  Operation *first = addConstant(inner[0], bound);
  Operation *second = addConstant(inner[0], made);
  ConstantReleaser releaser(*outer);
  releaser.eraseIfUnused(first);
  releaser.eraseIfUnused(second);
  EXPECT_TRUE(inner[0].getBody()->empty());
  EXPECT_TRUE(ConstantTensor::get(bound));
  EXPECT_FALSE(ConstantTensor::get(made));
}

TEST_F(ConstantReleaserTest, KeepsWhatIsUsed) {
  Operation *constant = addConstant(inner[0], made);
  OpBuilder builder(inner[0].getBodyRegion());
  builder.setInsertionPointAfter(constant);
  Value value = constant->getResult(0);
  arith::NegFOp::create(builder, value.getLoc(), value);
  ConstantReleaser(*outer).eraseIfUnused(constant);
  EXPECT_FALSE(inner[0].getBody()->empty());
  EXPECT_TRUE(ConstantTensor::get(made));
}

TEST_F(ConstantReleaserTest, KeepsWhatAnotherAttributeHolds) {
  Operation *constant = addConstant(inner[0], made);
  // Under another type, and inside another attribute.
  auto wide = RankedTensorType::get({2, 2}, Float32Type::get(&context));
  auto handle = cast<DenseResourceElementsAttr>(made).getRawHandle();
  Attribute other = DenseResourceElementsAttr::get(wide, handle);
  inner[1]->setAttr("list", ArrayAttr::get(&context, other));
  ConstantReleaser(*outer).eraseIfUnused(constant);
  EXPECT_TRUE(inner[0].getBody()->empty());
  EXPECT_TRUE(ConstantTensor::get(made));
}

TEST_F(ConstantReleaserTest, FreesNothingFromInside) {
  Operation *constant = addConstant(inner[0], made);
  addConstant(inner[1], made);
  ConstantReleaser(inner[0]).eraseIfUnused(constant);
  EXPECT_TRUE(inner[0].getBody()->empty());
  EXPECT_TRUE(ConstantTensor::get(made));
}
