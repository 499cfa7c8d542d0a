//===- GroupRoundingTest.cpp - what group quantization makes of a row -----===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/GroupRounding.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "gtest/gtest.h"

#include <random>
#include <vector>

using namespace mlir::quantmlir;

namespace {

/// What quantizing and dequantizing make of a row.
std::vector<float> requantize(const std::vector<float> &row,
                              const GroupFormat &format) {
  auto size = static_cast<int64_t>(row.size());
  int64_t numGroups = numerics::getNumGroups(size, format.groupSize);
  bool twoLevels = format.hasRowScales(size);
  std::vector<int8_t> codes(size), groupScales(twoLevels ? numGroups : 0),
      zeros(format.zeroPoints ? numGroups : 0);
  std::vector<float> scales(numGroups), result;
  float rowScale = 0;
  if (twoLevels)
    rowScale = numerics::quantizeTwoLevels(row, format.groupSize, codes,
                                           groupScales, zeros);
  else
    numerics::quantizeGroups(row, format.groupSize, 4, codes, scales, zeros);
  for (int64_t k = 0; k < size; ++k) {
    int64_t group = k / format.groupSize;
    int32_t zero = zeros.empty() ? 0 : zeros[group];
    if (twoLevels)
      result.push_back(
          static_cast<float>((codes[k] - zero) * groupScales[group]) *
          rowScale);
    else
      result.push_back(numerics::dequantize(codes[k], zero, scales[group]));
  }
  return result;
}

TEST(GroupRoundingTest, IsWhatQuantizationMakes) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (int round = 0; round < 500; ++round) {
    // Groups of all sizes, the last one shorter; large, small and zero ones.
    std::vector<float> row(1 + random() % 150);
    float size = std::exp2(static_cast<float>(random() % 240) - 120);
    for (size_t k = 0; k < row.size(); ++k)
      row[k] = normal(random) * size * (k / 16 % 3 == 2 ? 0 : 1) *
               (k / 16 % 3 == 1 ? 0.1f : 1);
    for (bool zeroPoints : {false, true})
      for (bool twoLevels : {false, true}) {
        GroupFormat format{int64_t(1 + random() % 70), zeroPoints, twoLevels};
        std::vector<float> rounded(row.size());
        roundRow(row, format, rounded);
        ASSERT_EQ(rounded, requantize(row, format));
      }
  }
}

TEST(GroupRoundingTest, LargestFloats) {
  for (float largest : {numerics::twoLevelLimit, FLT_MAX}) {
    std::vector<float> row = {largest, -largest, largest / 2, 1, -largest, 0};
    for (bool zeroPoints : {false, true}) {
      GroupFormat format{2, zeroPoints, /*twoLevels=*/true};
      std::vector<float> rounded(row.size());
      roundRow(row, format, rounded);
      EXPECT_EQ(rounded, requantize(row, format));
      for (float value : rounded)
        EXPECT_TRUE(std::isfinite(value));
    }
  }
}

} // namespace
