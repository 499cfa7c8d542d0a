//===- NumericsTest.cpp - rounding to narrow formats ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numerics.h"

#include "gtest/gtest.h"

using namespace quantmlir::ptx;

TEST(Numerics, HalfRoundsAsTheHost) {
  // Every f16, and its neighbourhood in f32.
  for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
    float x = halfToFloat(uint16_t(bits)), y = halfToFloat(uint16_t(bits + 1));
    EXPECT_EQ(encodeFloat(x, 5, 10, Rounding::Nearest), bits);
    if (std::isinf(y))
      continue;
    float middle = x + (y - x) / 2;
    for (float z :
         {middle, std::nextafter(middle, x), std::nextafter(middle, y)})
      EXPECT_EQ(encodeFloat(z, 5, 10, Rounding::Nearest), floatToHalf(z));
    EXPECT_EQ(encodeFloat(middle, 5, 10, Rounding::Zero), bits);
    EXPECT_EQ(encodeFloat(middle, 5, 10, Rounding::Up), bits + 1);
    EXPECT_EQ(encodeFloat(-middle, 5, 10, Rounding::Down), 0x8000 | (bits + 1));
  }
  EXPECT_EQ(doubleToHalf(65520.0), 0x7c00);
  EXPECT_EQ(doubleToHalf(65519.99), 0x7bff);
  EXPECT_EQ(encodeFloat(1e9, 5, 10, Rounding::Zero), 0x7bffu);
  EXPECT_EQ(doubleToHalf(std::nan("")), 0x7fff);
}

TEST(Numerics, BfloatRoundsToNearestEven) {
  EXPECT_EQ(floatToBfloat(1.0f), 0x3f80);
  EXPECT_EQ(floatToBfloat(bitCast<float>(0x3f808000u)), 0x3f80);
  EXPECT_EQ(floatToBfloat(bitCast<float>(0x3f808001u)), 0x3f81);
  EXPECT_EQ(floatToBfloat(bitCast<float>(0x3f818000u)), 0x3f82);
  for (uint32_t i = 0; i < 100000; ++i) {
    float x = bitCast<float>(i * 42853u);
    if (x == x) {
      EXPECT_EQ(floatToBfloat(x), doubleToBfloat(x)) << x;
    }
  }
}

TEST(Numerics, OddSumRoundsOnce) {
  // 1 + 2^-8 lies halfway between two bf16; the tiny term decides.
  double half = 1.0 + 0x1p-8;
  EXPECT_EQ(doubleToBfloat(addToOdd(half, 0x1p-80)), 0x3f81);
  EXPECT_EQ(doubleToBfloat(addToOdd(half, -0x1p-80)), 0x3f80);
  EXPECT_EQ(doubleToBfloat(half + 0x1p-80), 0x3f80);
}
