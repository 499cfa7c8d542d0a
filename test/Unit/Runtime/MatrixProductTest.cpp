//===- MatrixProductTest.cpp - matrix products of the CPU path ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/MatrixProduct.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <random>
#include <vector>

using namespace mlir::quantmlir;

namespace {
#ifdef QUANT_MLIR_LIMIT_ISA
/// Holds oneDNN to an instruction set without VNNI before its first use.
const bool isLimited =
    setenv("ONEDNN_MAX_CPU_ISA", QUANT_MLIR_LIMIT_ISA, 1) == 0;
#endif

using Product = void (*)(int64_t, int64_t, int64_t, Matrix<const int8_t>,
                         Matrix<const int8_t>, Matrix<int32_t>, bool);

/// A matrix whose rows or columns are contiguous, with room between them.
template <typename T>
struct TestMatrix {
  TestMatrix(int64_t rows, int64_t columns, bool isTransposed)
      : rowStride(isTransposed ? 1 : columns + 3),
        columnStride(isTransposed ? rows + 5 : 1),
        data((rows + 5) * (columns + 3)) {}
  T &at(int64_t row, int64_t column) {
    return data[row * rowStride + column * columnStride];
  }
  Matrix<const T> get() const { return {data.data(), rowStride, columnStride}; }
  Matrix<T> get() { return {data.data(), rowStride, columnStride}; }

  int64_t rowStride, columnStride;
  std::vector<T> data;
};

template <typename T, typename Sum, typename Fill, typename Multiply>
void testProduct(int64_t m, int64_t n, int64_t k, bool transposeA,
                 bool transposeB, bool accumulate, Fill fill, Multiply multiply,
                 double tolerance) {
  TestMatrix<T> a(m, k, transposeA), b(k, n, transposeB);
  TestMatrix<Sum> c(m, n, false);
  for (T &value : a.data)
    value = fill();
  for (T &value : b.data)
    value = fill();
  for (Sum &value : c.data)
    value = 3;
  const TestMatrix<T> &constA = a, &constB = b;
  multiply(m, n, k, constA.get(), constB.get(), c.get(), accumulate);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = accumulate ? 3 : 0;
      for (int64_t l = 0; l < k; ++l)
        sum += static_cast<double>(a.at(i, l)) * b.at(l, j);
      ASSERT_NEAR(c.at(i, j), sum, tolerance)
          << m << "x" << n << "x" << k << " at " << i << ", " << j
          << (transposeA ? " A transposed" : "")
          << (transposeB ? " B transposed" : "");
    }
  // What lies between the rows stays.
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = n; j < n + 3; ++j)
      ASSERT_EQ(c.data[i * c.rowStride + j], 3);
}

constexpr int64_t shapes[][3] = {{1, 1, 1},    {1, 17, 33},  {3, 5, 7},
                                 {64, 64, 64}, {33, 70, 31}, {128, 48, 576},
                                 {5, 1, 40},   {40, 9, 1}};

void testAll(Product product, int smallest, int largest) {
  std::mt19937 generator(7);
  std::uniform_int_distribution<int> uniform(smallest, largest);
  for (auto &shape : shapes)
    for (int variant = 0; variant < 8; ++variant)
      testProduct<int8_t, int32_t>(
          shape[0], shape[1], shape[2], variant & 1, variant & 2, variant & 4,
          [&] { return uniform(generator); }, product, 0);
}

TEST(MatrixProductTest, Float) {
  std::mt19937 generator(7);
  std::normal_distribution<float> normal;
  for (auto &shape : shapes)
    for (int variant = 0; variant < 8; ++variant)
      testProduct<float, float>(
          shape[0], shape[1], shape[2], variant & 1, variant & 2, variant & 4,
          [&] { return normal(generator); }, multiplyF32, 1e-4);
}

/// The exact product with each set of instructions that this CPU has.
template <ExactISA isa>
void multiplyExactly(int64_t m, int64_t n, int64_t k, Matrix<const int8_t> a,
                     Matrix<const int8_t> b, Matrix<int32_t> c,
                     bool accumulate) {
  if (isa <= getExactISA())
    multiplyI8Exactly(m, n, k, a, b, c, accumulate, isa);
  else
    multiplyI8Exactly(m, n, k, a, b, c, accumulate);
}

constexpr Product products[] = {multiplyI8, multiplyExactly<ExactISA::portable>,
                                multiplyExactly<ExactISA::avx2>,
                                multiplyExactly<ExactISA::avx512>};

TEST(MatrixProductTest, IntegersOfAnyKind) {
  for (Product product : products)
    testAll(product, -128, 127);
}

/// Sums of neighbouring products leave 16 bits at once.
TEST(MatrixProductTest, WorstCase) {
  for (int8_t value : {127, -127, -128}) {
    auto fill = [&] { return value; };
    for (Product product : products)
      testProduct<int8_t, int32_t>(64, 64, 1536, false, true, false, fill,
                                   product, 0);
  }
}

/// The longest sum that i32 holds.
TEST(MatrixProductTest, LongestSum) {
  auto fill = [] { return int8_t(127); };
  for (Product product : products)
    testProduct<int8_t, int32_t>(2, 3, 133144, false, true, false, fill,
                                 product, 0);
}

#ifdef QUANT_MLIR_LIMIT_ISA
/// The limit takes effect, so the tests above ran the exact kernel.
TEST(MatrixProductTest, OneDNNSaturatesWithoutVNNI) {
  ASSERT_TRUE(isLimited);
  EXPECT_FALSE(isOneDNNExact());
}
#endif
} // namespace
