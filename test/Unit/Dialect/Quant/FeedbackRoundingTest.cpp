//===- FeedbackRoundingTest.cpp - GPTQ against its recursion --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference is the recursion that GPTQ comes from (optimal brain
// quantization): after each column the inverse of the remaining moments is
// taken by elimination. It shares nothing with the blocked Cholesky factor.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/FeedbackRounding.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <numeric>
#include <random>

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// Two blocks of rows, two of columns, and a ragged group of any size.
constexpr int64_t rows = 70, channels = 200;
constexpr double damping = 0.01;
constexpr int64_t deadChannel = 77;

struct Case {
  int64_t groupSize;
  bool zeroPoints, activationOrder;
};

class FeedbackRoundingTest : public ::testing::TestWithParam<Case> {
protected:
  FeedbackRoundingTest() : values(rows * channels) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    for (float &value : values)
      value = normal(random);
    // Correlated channels of different sizes, fewer samples than channels.
    constexpr int64_t samples = 150;
    std::vector<float> x(samples * channels);
    for (int64_t s = 0; s < samples; ++s) {
      float common = normal(random);
      for (int64_t k = 0; k < channels; ++k)
        x[s * channels + k] =
            k == deadChannel ? 0.0f : (normal(random) + common) * (1 + k % 7);
    }
    moment.resize(channels * channels);
    for (int64_t i = 0; i < channels; ++i)
      for (int64_t j = 0; j < channels; ++j) {
        double sum = 0;
        for (int64_t s = 0; s < samples; ++s)
          sum += double(x[s * channels + i]) * x[s * channels + j];
        moment[i * channels + j] = static_cast<float>(sum);
      }
  }

  WeightFormat getFormat() const {
    WeightFormat format;
    format.bits = 4;
    format.groupSize = GetParam().groupSize;
    format.zeroPoints = GetParam().zeroPoints;
    return format;
  }

  WeightCodes round(bool threads) {
    MLIRContext context;
    context.disableMultithreading(!threads);
    auto factor =
        GPTQFactor::compute(moment, GetParam().activationOrder, damping);
    return roundWithFeedback(&context, values, *factor, getFormat(),
                             GetParam().activationOrder);
  }

  std::vector<float> values, moment;
};

numerics::GroupParameters getParameters(ArrayRef<float> group, bool zeros) {
  return zeros ? numerics::getAsymmetricParameters(group, 4)
               : numerics::getSymmetricParameters(group, 4);
}

/// A weight rounded column by column.
struct Reference {
  std::vector<int32_t> codes;
  std::vector<float> decoded;
  std::vector<double> moment;
};

std::vector<double> invert(std::vector<double> a, int64_t n) {
  std::vector<double> inverse(n * n);
  for (int64_t i = 0; i < n; ++i)
    inverse[i * n + i] = 1;
  for (int64_t i = 0; i < n; ++i) {
    double pivot = a[i * n + i];
    for (int64_t j = 0; j < n; ++j) {
      a[i * n + j] /= pivot;
      inverse[i * n + j] /= pivot;
    }
    for (int64_t r = 0; r < n; ++r) {
      double factor = a[r * n + i];
      if (r == i || factor == 0)
        continue;
      for (int64_t j = 0; j < n; ++j) {
        a[r * n + j] -= factor * a[i * n + j];
        inverse[r * n + j] -= factor * inverse[i * n + j];
      }
    }
  }
  return inverse;
}

Reference roundByRecursion(ArrayRef<float> values, ArrayRef<float> moment,
                           const Case &options) {
  int64_t n = channels;
  Reference result{std::vector<int32_t>(rows * n), std::vector<float>(rows * n),
                   std::vector<double>(moment.begin(), moment.end())};
  double mean = 0;
  for (int64_t k = 0; k < n; ++k)
    mean += result.moment[k * n + k] / (n - 1);
  result.moment[deadChannel * n + deadChannel] = mean;
  for (int64_t k = 0; k < n; ++k)
    result.moment[k * n + k] += damping * mean;

  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  if (options.activationOrder)
    std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      float first = moment[a * n + a], second = moment[b * n + b];
      return first != second ? first > second : a < b;
    });
  std::vector<double> inverse = invert(result.moment, n);
  std::vector<double> w(values.begin(), values.end());
  std::vector<numerics::GroupParameters> parameters(rows);
  for (int64_t i : order) {
    int64_t group = i / options.groupSize, first = group * options.groupSize;
    int64_t size = std::min(options.groupSize, n - first);
    double pivot = inverse[i * n + i];
    for (int64_t r = 0; r < rows; ++r) {
      ArrayRef<float> original = values.slice(r * n + first, size);
      SmallVector<float> now(w.begin() + r * n + first,
                             w.begin() + r * n + first + size);
      if (options.activationOrder)
        parameters[r] = getParameters(original, options.zeroPoints);
      else if (i == first)
        parameters[r] = getParameters(now, options.zeroPoints);
      auto [scale, zero] = parameters[r];
      auto value = static_cast<float>(w[r * n + i]);
      float inv = numerics::getInverse(scale);
      int32_t code = options.zeroPoints
                         ? numerics::quantizeAsymmetric(value, inv, zero, 4)
                         : numerics::quantizeSymmetric(value, inv, 4);
      result.codes[r * n + i] = code;
      result.decoded[r * n + i] =
          numerics::dequantize(code, options.zeroPoints ? zero : 0, scale);
      double e = (w[r * n + i] - result.decoded[r * n + i]) / pivot;
      for (int64_t j = 0; j < n; ++j)
        w[r * n + j] -= e * inverse[i * n + j];
    }
    std::vector<double> column(n);
    for (int64_t j = 0; j < n; ++j)
      column[j] = inverse[j * n + i];
    for (int64_t a = 0; a < n; ++a)
      for (int64_t b = 0; b < n; ++b)
        inverse[a * n + b] -= column[a] * column[b] / pivot;
  }
  return result;
}

/// The sum over rows of d M dᵀ, d the difference of the rows.
double getError(ArrayRef<float> values, ArrayRef<float> decoded,
                ArrayRef<double> moment) {
  double sum = 0;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < channels; ++i)
      for (int64_t j = 0; j < channels; ++j) {
        auto difference = [&](int64_t k) {
          if (k == deadChannel)
            return 0.0;
          return double(values[r * channels + k]) - decoded[r * channels + k];
        };
        sum += difference(i) * moment[i * channels + j] * difference(j);
      }
  return sum;
}

TEST_P(FeedbackRoundingTest, EqualsRecursion) {
  WeightCodes rounded = round(/*threads=*/true);
  Reference expected = roundByRecursion(values, moment, GetParam());
  ArrayRef<char> bytes = rounded.codes.getData();
  int64_t packedSize = numerics::getPackedSize(channels);
  int64_t numGroups = numerics::getNumGroups(channels, GetParam().groupSize);
  std::vector<float> nearest(values.size());
  for (int64_t r = 0; r < rows; ++r) {
    ArrayRef<int8_t> row(
        reinterpret_cast<const int8_t *>(&bytes[r * packedSize]), packedSize);
    for (int64_t k = 0; k < channels; ++k) {
      int32_t code = numerics::unpackInt4(row, k);
      ASSERT_EQ(code, expected.codes[r * channels + k]) << r << ", " << k;
      int64_t index = r * numGroups + k / GetParam().groupSize;
      int32_t zero = rounded.zeros.empty() ? 0 : rounded.zeros[index];
      ASSERT_EQ(numerics::dequantize(code, zero, rounded.scales[index]),
                expected.decoded[r * channels + k]);
    }
  }
  double error = getError(values, expected.decoded, expected.moment);
  EXPECT_NEAR(rounded.outputError, error, 1e-9 * error);
}

TEST_P(FeedbackRoundingTest, LosesLessThanNearest) {
  WeightCodes rounded = round(/*threads=*/true);
  Reference reference = roundByRecursion(values, moment, GetParam());
  std::vector<float> nearest(values.size());
  int64_t numGroups = numerics::getNumGroups(channels, GetParam().groupSize);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t g = 0; g < numGroups; ++g) {
      int64_t first = g * GetParam().groupSize;
      int64_t size = std::min(GetParam().groupSize, channels - first);
      ArrayRef<float> group(&values[r * channels + first], size);
      bool zeros = GetParam().zeroPoints;
      auto [scale, zero] = getParameters(group, zeros);
      float inv = numerics::getInverse(scale);
      for (int64_t k = 0; k < size; ++k) {
        int32_t code =
            zeros ? numerics::quantizeAsymmetric(group[k], inv, zero, 4)
                  : numerics::quantizeSymmetric(group[k], inv, 4);
        nearest[r * channels + first + k] =
            numerics::dequantize(code, zeros ? zero : 0, scale);
      }
    }
  EXPECT_LT(rounded.outputError,
            0.7 * getError(values, nearest, reference.moment));
}

TEST_P(FeedbackRoundingTest, DoesNotDependOnThreads) {
  WeightCodes many = round(/*threads=*/true), one = round(/*threads=*/false);
  EXPECT_EQ(many.codes.getData(), one.codes.getData());
  EXPECT_EQ(many.scales, one.scales);
  EXPECT_EQ(many.zeros, one.zeros);
  EXPECT_EQ(many.outputError, one.outputError);
  EXPECT_EQ(many.error, one.error);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FeedbackRoundingTest,
    ::testing::Values(Case{32, false, false}, Case{64, true, false},
                      Case{128, true, false}, Case{channels, false, false},
                      Case{32, true, true}, Case{64, false, true},
                      Case{128, true, true}, Case{channels, true, true}));

TEST(GPTQFactorTest, RefusesWhatIsNotPositiveDefinite) {
  std::vector<float> moment = {1, 2, 2, 1};
  EXPECT_FALSE(GPTQFactor::compute(moment, true, 0.01));
  EXPECT_TRUE(GPTQFactor::compute(moment, true, 1.5));
  moment[0] = NAN;
  EXPECT_FALSE(GPTQFactor::compute(moment, true, 0.01));
}

TEST(GPTQFactorTest, KeepsChannelsOfZerosApart) {
  std::vector<float> moment = {0, 0, 0, 0, 4, 1, 0, 1, 2};
  auto factor = GPTQFactor::compute(moment, true, 0.01);
  ASSERT_TRUE(factor);
  EXPECT_EQ(factor->getOrder(), ArrayRef<int64_t>({1, 2, 0}));
  EXPECT_EQ(factor->getRow(0)[2], 0);
  EXPECT_EQ(factor->getRow(1)[2], 0);
}
} // namespace
