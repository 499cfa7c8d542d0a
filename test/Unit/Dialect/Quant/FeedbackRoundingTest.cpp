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
  bool zeroPoints, activationOrder, searchScales;
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

  WeightCodes round(bool threads) {
    MLIRContext context;
    context.disableMultithreading(!threads);
    FeedbackOptions options;
    options.format.bits = 4;
    options.format.groupSize = GetParam().groupSize;
    options.format.zeroPoints = GetParam().zeroPoints;
    options.activationOrder = GetParam().activationOrder;
    options.searchScales = GetParam().searchScales;
    auto factor = GPTQFactor::compute(moment, options.activationOrder, damping);
    return roundWithFeedback(&context, values, *factor, options);
  }

  std::vector<float> values, moment;
};

numerics::GroupParameters getParameters(ArrayRef<float> group, bool zeros) {
  return zeros ? numerics::getAsymmetricParameters(group, 4)
               : numerics::getSymmetricParameters(group, 4);
}

float roundToGrid(float value, numerics::GroupParameters parameters, bool zeros,
                  int32_t &code) {
  auto [scale, zero] = parameters;
  float inv = numerics::getInverse(scale);
  code = zeros ? numerics::quantizeAsymmetric(value, inv, zero, 4)
               : numerics::quantizeSymmetric(value, inv, 4);
  return numerics::dequantize(code, zeros ? zero : 0, scale);
}

/// The best of 21 parts of the range.
numerics::GroupParameters searchParameters(ArrayRef<float> group, bool zeros,
                                           ArrayRef<double> weights) {
  numerics::GroupParameters best{1};
  double least = INFINITY;
  for (int step = 40; step >= 20; --step) {
    SmallVector<float> scaled(group);
    for (float &value : scaled)
      value *= step / 40.0f;
    auto parameters = getParameters(scaled, zeros);
    double loss = 0;
    for (size_t k = 0; k < group.size(); ++k) {
      int32_t code;
      double error = roundToGrid(group[k], parameters, zeros, code) - group[k];
      loss += error * error * weights[k];
    }
    if (loss < least) {
      least = loss;
      best = parameters;
    }
  }
  return best;
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

/// The inverse's diagonal element of each channel when its turn comes.
std::vector<double> getPivots(std::vector<double> inverse,
                              ArrayRef<int64_t> order) {
  int64_t n = order.size();
  std::vector<double> pivots(n);
  for (int64_t i : order) {
    pivots[i] = inverse[i * n + i];
    std::vector<double> column(n);
    for (int64_t j = 0; j < n; ++j)
      column[j] = inverse[j * n + i];
    for (int64_t a = 0; a < n; ++a)
      for (int64_t b = 0; b < n; ++b)
        inverse[a * n + b] -= column[a] * column[b] / pivots[i];
  }
  return pivots;
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
  std::vector<double> weights = getPivots(inverse, order);
  for (double &weight : weights)
    weight = 1 / weight;
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
      ArrayRef<float> members = options.activationOrder ? original : now;
      if (options.activationOrder || i == first)
        parameters[r] =
            options.searchScales
                ? searchParameters(members, options.zeroPoints,
                                   ArrayRef(weights).slice(first, size))
                : getParameters(members, options.zeroPoints);
      result.decoded[r * n + i] =
          roundToGrid(w[r * n + i], parameters[r], options.zeroPoints,
                      result.codes[r * n + i]);
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
      auto parameters = getParameters(group, zeros);
      for (int64_t k = 0; k < size; ++k) {
        int32_t code;
        nearest[r * channels + first + k] =
            roundToGrid(group[k], parameters, zeros, code);
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

INSTANTIATE_TEST_SUITE_P(Cases, FeedbackRoundingTest,
                         ::testing::Values(Case{32, false, false, false},
                                           Case{64, true, false, false},
                                           Case{128, true, false, true},
                                           Case{channels, false, false, true},
                                           Case{32, true, true, false},
                                           Case{64, false, true, true},
                                           Case{128, true, true, true},
                                           Case{channels, true, true, false}));

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
