//===- NumericsTest.cpp - the numerics contract against exact arithmetic --===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// References are computed in double, where products of two f32 are exact, or
// written out by hand.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "llvm/ADT/SmallVector.h"
#include "gtest/gtest.h"

#include <limits>
#include <random>
#include <vector>

using namespace mlir::quantmlir::numerics;

static constexpr float infinity = std::numeric_limits<float>::infinity();
static constexpr float quietNaN = std::numeric_limits<float>::quiet_NaN();

/// Rounds half to even by cases, clamps after.
static int32_t referenceRound(double value, int32_t lo, int32_t hi) {
  if (value != value)
    return 0;
  if (value <= lo)
    return lo;
  if (value >= hi)
    return hi;
  double below = std::floor(value), rest = value - below;
  bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2.0) != 0.0);
  return static_cast<int32_t>(below) + up;
}

TEST(NumericsTest, RoundsHalfToEven) {
  EXPECT_EQ(quantizeSymmetric(0.5f, 1.0f, 8), 0);
  EXPECT_EQ(quantizeSymmetric(1.5f, 1.0f, 8), 2);
  EXPECT_EQ(quantizeSymmetric(2.5f, 1.0f, 8), 2);
  EXPECT_EQ(quantizeSymmetric(-0.5f, 1.0f, 8), 0);
  EXPECT_EQ(quantizeSymmetric(-1.5f, 1.0f, 8), -2);
  EXPECT_EQ(quantizeSymmetric(126.5f, 1.0f, 8), 126);
  EXPECT_EQ(quantizeSymmetric(std::nextafter(0.5f, 1.0f), 1.0f, 8), 1);
}

TEST(NumericsTest, SaturatesAndMapsNaNToZero) {
  EXPECT_EQ(quantizeSymmetric(1e30f, 1.0f, 8), 127);
  EXPECT_EQ(quantizeSymmetric(-1e30f, 1.0f, 8), -127);
  EXPECT_EQ(quantizeSymmetric(infinity, 0.01f, 8), 127);
  EXPECT_EQ(quantizeSymmetric(-infinity, 0.01f, 8), -127);
  EXPECT_EQ(quantizeSymmetric(quietNaN, 1.0f, 8), 0);
  EXPECT_EQ(quantizeSymmetric(100.0f, 1.0f, 4), 7);
  EXPECT_EQ(quantizeSymmetric(-100.0f, 1.0f, 4), -8);
  EXPECT_EQ(quantizeSymmetric(-100.0f, 1.0f, 6), -32);
  EXPECT_EQ(quantizeAsymmetric(quietNaN, 1.0f, 3, 4), 3);
  EXPECT_EQ(quantizeAsymmetric(infinity, 1.0f, -8, 4), 7);
  EXPECT_EQ(quantizeAsymmetric(-infinity, 1.0f, 7, 4), -8);
}

TEST(NumericsTest, SymmetricCodesMatchDoubleArithmetic) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0f, 50.0f);
  for (unsigned bits : {4u, 6u, 8u}) {
    for (int i = 0; i < 100000; ++i) {
      float x = normal(random);
      // The contract rounds the product to f32 before it rounds to a code.
      float scaled = static_cast<float>(static_cast<double>(x) * 0.75);
      ASSERT_EQ(quantizeSymmetric(x, 0.75f, bits),
                referenceRound(scaled, getQMin(bits), getQMax(bits)))
          << x;
    }
  }
}

TEST(NumericsTest, ScalesArePositive) {
  EXPECT_EQ(getSymmetricScale(254.0f, 8), 2.0f);
  EXPECT_EQ(getSymmetricScale(14.0f, 4), 2.0f);
  EXPECT_EQ(getSymmetricScale(0.0f, 8), scaleFloor);
  EXPECT_TRUE(std::isfinite(getInverse(getSymmetricScale(0.0f, 8), 0x1p-26f)));
  EXPECT_GT(getInverse(getSymmetricScale(infinity, 8)), 0.0f);
  EXPECT_EQ(getAbsMax({1.0f, -3.0f, quietNaN, 2.0f}), 3.0f);
}

TEST(NumericsTest, SmoothingDividesTheCode) {
  // x = 8, scale = 0.5, s = 4: 8 / (0.5 * 4) = 4.
  EXPECT_EQ(quantizeSymmetric(8.0f, getInverse(0.5f, 4.0f), 8), 4);
}

TEST(NumericsTest, AsymmetricRangeHoldsZero) {
  // [-1, 2] over 15 steps of 0.2: 0 is level 5, stored 5 - 8.
  GroupParameters mixed = getAsymmetricParameters({-1.0f, 2.0f}, 4);
  EXPECT_EQ(mixed.scale, 3.0f / 15.0f);
  EXPECT_EQ(mixed.zero, -3);
  // A range on one side of 0 is widened to 0.
  EXPECT_EQ(getAsymmetricParameters({3.0f, 6.0f}, 4).zero, -8);
  EXPECT_EQ(getAsymmetricParameters({3.0f, 6.0f}, 4).scale, 6.0f / 15.0f);
  EXPECT_EQ(getAsymmetricParameters({-3.0f, -6.0f}, 4).zero, 7);
  EXPECT_EQ(getAsymmetricParameters({0.0f, 0.0f}, 4).scale, scaleFloor);
}

TEST(NumericsTest, ActivationRangeTakesAllCodes) {
  // [-1, 2] over 254 steps: 0 is 84.67 steps above -127.
  GroupParameters mixed = getActivationParameters(-1.0f, 2.0f, 8);
  EXPECT_EQ(mixed.scale, 3.0f / 254.0f);
  EXPECT_EQ(mixed.zero, -42);
  float inv = getInverse(mixed.scale);
  EXPECT_EQ(quantizeActivation(0.0f, inv, mixed.zero, 8), -42);
  EXPECT_EQ(quantizeActivation(quietNaN, inv, mixed.zero, 8), -42);
  EXPECT_EQ(quantizeActivation(-1.0f, inv, mixed.zero, 8), -127);
  EXPECT_EQ(quantizeActivation(2.0f, inv, mixed.zero, 8), 127);
  EXPECT_EQ(quantizeActivation(-infinity, inv, mixed.zero, 8), -127);
  EXPECT_EQ(quantizeActivation(infinity, inv, mixed.zero, 8), 127);
  // A range on one side of 0 is widened to 0.
  EXPECT_EQ(getActivationParameters(3.0f, 6.0f, 8).zero, -127);
  EXPECT_EQ(getActivationParameters(-6.0f, -3.0f, 8).zero, 127);
  EXPECT_EQ(getActivationParameters(0.0f, 0.0f, 8).scale, scaleFloor);
  EXPECT_EQ(getActivationParameters(0.0f, 31.5f, 6).scale, 0.5f);
  EXPECT_EQ(getActivationParameters(0.0f, 31.5f, 6).zero, -32);
}

TEST(NumericsTest, BiasTakesBackTheZeroPoint) {
  // Codes 2 and -3 with zero point -5 stand for 7 and 2 steps of 0.5.
  const int32_t weights[] = {4, -1}, codes[] = {2, -3};
  int32_t accumulator = weights[0] * codes[0] + weights[1] * codes[1];
  float bias = getBiasForZeroPoint(1.0f, -5, weights[0] + weights[1], 0.5f, 2);
  EXPECT_EQ(dequantizeAccumulator(accumulator, 0.5f, 2.0f, bias),
            (4 * 7 - 2) * 0.5f * 2.0f + 1.0f);
}

TEST(NumericsTest, AsymmetricErrorIsAtMostOneStep) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0.3f, 1.0f);
  for (unsigned bits : {4u, 6u, 8u}) {
    std::vector<float> group(64);
    for (float &value : group)
      value = normal(random);
    GroupParameters p = getAsymmetricParameters(group, bits);
    float inv = getInverse(p.scale);
    for (float value : group) {
      int32_t code = quantizeAsymmetric(value, inv, p.zero, bits);
      EXPECT_GE(code, -(1 << (bits - 1)));
      EXPECT_LT(code, 1 << (bits - 1));
      // Half a step of its own and half a step of the zero point.
      EXPECT_LE(std::fabs(dequantize(code, p.zero, p.scale) - value),
                1.0001f * p.scale);
    }
  }
}

TEST(NumericsTest, RaggedGroupsHaveTheirOwnScale) {
  std::vector<float> row = {1, -7, 2, 3, 0.5f, 14, -14};
  std::vector<int8_t> codes(7), zeros(2);
  std::vector<float> scales(2);
  ASSERT_EQ(getNumGroups(7, 4), 2);
  quantizeGroups(row, 4, 4, codes, scales, {});
  EXPECT_EQ(scales, (std::vector<float>{1.0f, 2.0f}));
  EXPECT_EQ(codes, (std::vector<int8_t>{1, -7, 2, 3, 0, 7, -7}));
  // [-7, 3] in 15 steps of 2/3: zero at round(10.5) = 10.
  quantizeGroups(row, 4, 4, codes, scales, zeros);
  EXPECT_EQ(zeros, (std::vector<int8_t>{2, 0}));
  EXPECT_EQ(codes[1], -8);
  EXPECT_EQ(codes[0], 4);
}

TEST(NumericsTest, TwoLevelsFitEightBits) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  for (bool withZeros : {false, true}) {
    int largest = 0;
    for (int row = 0; row < 4000; ++row) {
      // The loudest group, one of a random size, and one on one side of 0.
      std::vector<float> values(48);
      float size = std::fabs(uniform(random));
      for (int k = 0; k < 48; ++k)
        values[k] =
            uniform(random) * (k < 16 ? 1.0f : size) + (k < 32 ? 0 : size);
      values[row % 16] = row % 2 ? 2.0f : -2.0f;
      std::vector<int8_t> codes(48), scales(3), zeros(withZeros ? 3 : 0);
      float scale = quantizeTwoLevels(values, 16, codes, scales, zeros);
      ASSERT_EQ(scale, 2.0f / 119.0f);
      for (int g = 0; g < 3; ++g) {
        ASSERT_GE(scales[g], 1);
        int zero = withZeros ? zeros[g] : 0;
        float lo = 0, hi = 0, error = 0;
        for (int k = 16 * g; k < 16 * g + 16; ++k) {
          int weight = (codes[k] - zero) * scales[g];
          largest = std::max(largest, std::abs(weight));
          lo = std::min(lo, values[k]);
          hi = std::max(hi, values[k]);
          error += std::pow(weight * scale - values[k], 2.0f);
        }
        // At most what the next larger scale makes of a group, which clips
        // nothing: half a step, and as much of a zero point.
        float steps = withZeros ? (hi - lo) / 15 : std::max(-lo, hi) / 7;
        float step = (std::floor(steps / scale) + 1) * scale;
        float worst = withZeros ? step : step / 2;
        ASSERT_LE(error, 16.01f * worst * worst);
      }
    }
    EXPECT_LE(largest, 127);
    EXPECT_GE(largest, 119);
  }
}

TEST(NumericsTest, TwoLevelsTakeTheBetterScale) {
  // In units of the row's scale, 1: absmax 10 is 1.43 steps of 7. One step
  // clips 10 to 7 for an error of 9; two leave 10 and 6 as they are.
  std::vector<float> row = {119, 0, 10, 6}, quiet = {119, 0, 8, 1};
  std::vector<int8_t> codes(4), scales(2);
  EXPECT_EQ(quantizeTwoLevels(row, 2, codes, scales, {}), 1.0f);
  EXPECT_EQ(scales, (std::vector<int8_t>{17, 2}));
  EXPECT_EQ(codes, (std::vector<int8_t>{7, 0, 5, 3}));
  // Clipping 8 to 7 costs as much as rounding 1 to 0; the smaller scale wins.
  EXPECT_EQ(quantizeTwoLevels(quiet, 2, codes, scales, {}), 1.0f);
  EXPECT_EQ(scales, (std::vector<int8_t>{17, 1}));
  EXPECT_EQ(codes, (std::vector<int8_t>{7, 0, 7, 1}));
}

TEST(NumericsTest, TwoLevelsOfTheLargestFloatsAreFinite) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (bool withZeros : {false, true})
    for (float largest : {twoLevelLimit, FLT_MAX, infinity}) {
      // Ranges of 2 and of 1 times the largest float, and one of small values.
      std::vector<float> row = {largest, -largest, largest, 0, 1, -1};
      std::vector<int8_t> codes(6), scales(3), zeros(withZeros ? 3 : 0);
      float scale = quantizeTwoLevels(row, 2, codes, scales, zeros);
      EXPECT_EQ(scale, twoLevelLimit / 119);
      for (int k = 0; k < 6; ++k) {
        int zero = withZeros ? zeros[k / 2] : 0;
        int weight = (codes[k] - zero) * scales[k / 2];
        EXPECT_LE(std::abs(weight), 127);
        float value = static_cast<float>(weight) * scale;
        EXPECT_TRUE(std::isfinite(value));
        float expected = limitTwoLevel(row[k]);
        EXPECT_LE(std::fabs(value / 2 - expected / 2),
                  scale * static_cast<float>(scales[k / 2]) / 2);
      }
    }
}

TEST(NumericsTest, PacksLowNibbleFirst) {
  std::vector<int8_t> codes = {1, -8, 7, -1, 3}, packed(3);
  ASSERT_EQ(getPackedSize(5), 3);
  packInt4(codes, packed);
  EXPECT_EQ(static_cast<uint8_t>(packed[0]), 0x81);
  EXPECT_EQ(static_cast<uint8_t>(packed[1]), 0xf7);
  EXPECT_EQ(static_cast<uint8_t>(packed[2]), 0x03);
  for (int64_t i = 0; i < 5; ++i)
    EXPECT_EQ(unpackInt4(packed, i), codes[i]);
}

TEST(NumericsTest, EpilogueRoundsEachStep) {
  // In f32, 16777217 rounds to 16777216 first.
  EXPECT_EQ(dequantizeAccumulator(16777217, 1.0f, 1.0f), 16777216.0f);
  // A fused multiply-add would keep the product's low bits and give another
  // sum.
  float sx = 1.0f + FLT_EPSILON, sw = 1.0f + FLT_EPSILON;
  float product = static_cast<float>(static_cast<double>(sx) * sw);
  EXPECT_EQ(dequantizeAccumulator(1, sx, sw, -product), 0.0f);
}

TEST(NumericsTest, LargestContractionFitsI32) {
  EXPECT_LE(maxContractedSize * 127 * 127, int64_t(INT32_MAX));
  EXPECT_GT((maxContractedSize + 1) * 127 * 127, int64_t(INT32_MAX));
}
