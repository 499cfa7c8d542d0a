//===- LinearAlgebraTest.cpp - factors against their definition -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/LinearAlgebra.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>
#include <vector>

using namespace mlir::quantmlir;

namespace {
TEST(LinearAlgebraTest, FactorsTheInverse) {
  for (int64_t n : {1, 2, 17, 150}) {
    std::mt19937 random(n);
    std::normal_distribution<double> normal;
    std::vector<double> b(n * n), a(n * n);
    for (double &value : b)
      value = normal(random);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) {
        a[i * n + j] = i == j ? 1 : 0;
        for (int64_t k = 0; k < n; ++k)
          a[i * n + j] += b[i * n + k] * b[j * n + k];
      }
    std::vector<double> u = a;
    ASSERT_TRUE(factorInverse(n, u.data()));
    // (UᵀU) A = 1.
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_GT(u[i * n + i], 0);
      std::vector<double> row(n);
      for (int64_t k = 0; k <= i; ++k)
        for (int64_t j = k; j < n; ++j)
          row[j] += u[k * n + i] * u[k * n + j];
      for (int64_t j = 0; j < n; ++j) {
        double product = 0;
        for (int64_t k = 0; k < n; ++k)
          product += row[k] * a[k * n + j];
        ASSERT_NEAR(product, i == j ? 1 : 0, 1e-9) << n;
      }
    }
  }
}

TEST(LinearAlgebraTest, RefusesWhatIsNotPositiveDefinite) {
  for (double corner : {-1.0, 0.5, double(NAN), double(INFINITY)}) {
    std::vector<double> a = {1, 1, 1, corner};
    EXPECT_FALSE(factorInverse(2, a.data())) << corner;
  }
}

TEST(LinearAlgebraTest, SubtractsProducts) {
  std::vector<double> a = {1, 2, 9, 3, 4, 9}, b = {1, -1, 2, 5},
                      c = {10, 20, 7, 30, 40, 7};
  subtractProduct(2, 2, 2, a.data(), 3, b.data(), 2, c.data(), 3);
  EXPECT_EQ(c, (std::vector<double>{5, 11, 7, 19, 23, 7}));
  subtractProduct(2, 0, 2, a.data(), 3, b.data(), 2, c.data(), 3);
  EXPECT_EQ(c[0], 5);
}
} // namespace
