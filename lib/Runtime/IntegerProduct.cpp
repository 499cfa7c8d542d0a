//===- IntegerProduct.cpp - integer matrix products -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OneDNNProduct.h"

#include <algorithm>
#include <oneapi/dnnl/dnnl.h>
#include <vector>

using namespace mlir::quantmlir;

void mlir::quantmlir::multiplyI8OneDNN(int64_t m, int64_t n, int64_t k,
                                       Matrix<const int8_t> a,
                                       Matrix<const int8_t> b,
                                       Matrix<int32_t> c, bool accumulate) {
  useOneOneDNNThread();
  bool transposeA = a.columnStride != 1 && k != 1;
  bool transposeB = b.columnStride != 1 && n != 1;
  int64_t lda =
      transposeA ? std::max(a.columnStride, m) : std::max(a.rowStride, k);
  int64_t ldb =
      transposeB ? std::max(b.columnStride, k) : std::max(b.rowStride, n);
  int32_t offset = 0;
  dnnl_gemm_s8s8s32(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', 'F', m, n,
                    k, 1.0f, a.data, lda, 0, b.data, ldb, 0,
                    accumulate ? 1.0f : 0.0f, c.data, std::max(c.rowStride, n),
                    &offset);
}

#if defined(__x86_64__) && defined(__clang__)
#define QUANT_MLIR_MULTIVERSION                                                \
  __attribute__((target_clones("avx512bw", "avx2", "default")))
#else
#define QUANT_MLIR_MULTIVERSION
#endif

static constexpr int64_t blockRows = 4;
static constexpr int64_t blockColumns = 4;

/// Dot products of `blockRows` rows with `blockColumns` rows, all contiguous.
/// Compilers make widening multiply-adds of pairs from it (16-bit products into
/// 32-bit sums), which are exact.
QUANT_MLIR_MULTIVERSION
static void multiplyBlock(int64_t k, const int8_t *const *rows,
                          const int8_t *const *columns, int32_t *sums) {
  for (int64_t i = 0; i < blockRows; ++i) {
    const int8_t *x = rows[i];
    const int8_t *y0 = columns[0], *y1 = columns[1];
    const int8_t *y2 = columns[2], *y3 = columns[3];
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (int64_t l = 0; l < k; ++l) {
      int32_t value = x[l];
      s0 += value * y0[l];
      s1 += value * y1[l];
      s2 += value * y2[l];
      s3 += value * y3[l];
    }
    sums[i * blockColumns + 0] = s0;
    sums[i * blockColumns + 1] = s1;
    sums[i * blockColumns + 2] = s2;
    sums[i * blockColumns + 3] = s3;
  }
}

namespace {
/// Rows (or columns) that are contiguous along k: where they lie, or copied.
class Lines {
public:
  Lines(const int8_t *data, int64_t count, int64_t lineStride, int64_t k,
        int64_t kStride)
      : data(data), stride(lineStride) {
    if (kStride == 1 || k == 1)
      return;
    copy.resize(count * k);
    for (int64_t l = 0; l < k; ++l)
      for (int64_t i = 0; i < count; ++i)
        copy[i * k + l] = data[i * lineStride + l * kStride];
    this->data = copy.data();
    stride = k;
  }

  const int8_t *operator[](int64_t i) const { return data + i * stride; }

private:
  const int8_t *data;
  int64_t stride;
  std::vector<int8_t> copy;
};
} // namespace

void mlir::quantmlir::multiplyI8Exactly(int64_t m, int64_t n, int64_t k,
                                        Matrix<const int8_t> a,
                                        Matrix<const int8_t> b,
                                        Matrix<int32_t> c, bool accumulate) {
  Lines rows(a.data, m, a.rowStride, k, a.columnStride);
  Lines columns(b.data, n, b.columnStride, k, b.rowStride);
  for (int64_t j = 0; j < n; j += blockColumns) {
    // Past the end, blocks repeat the last line; those sums are dropped.
    const int8_t *blockY[blockColumns];
    for (int64_t s = 0; s < blockColumns; ++s)
      blockY[s] = columns[std::min(j + s, n - 1)];
    for (int64_t i = 0; i < m; i += blockRows) {
      const int8_t *blockX[blockRows];
      for (int64_t r = 0; r < blockRows; ++r)
        blockX[r] = rows[std::min(i + r, m - 1)];
      int32_t sums[blockRows * blockColumns];
      multiplyBlock(k, blockX, blockY, sums);
      for (int64_t r = 0; r < std::min(blockRows, m - i); ++r)
        for (int64_t s = 0; s < std::min(blockColumns, n - j); ++s) {
          int32_t &result = c.data[(i + r) * c.rowStride + j + s];
          int32_t sum = sums[r * blockColumns + s];
          result = accumulate ? result + sum : sum;
        }
    }
  }
}

/// Every sum of two or four products is as far from 0 as it gets.
static bool testWorstCase() {
  constexpr int64_t size = 64, depth = 576;
  std::vector<int32_t> result(size * size);
  for (int sign : {1, -1}) {
    std::vector<int8_t> x(size * depth, 127), w(size * depth, sign * 127);
    multiplyI8OneDNN(size, size, depth, {x.data(), depth, 1},
                     {w.data(), 1, depth}, {result.data(), size, 1}, false);
    int32_t expected = sign * 127 * 127 * depth;
    if (std::any_of(result.begin(), result.end(),
                    [&](int32_t value) { return value != expected; }))
      return false;
  }
  return true;
}

bool mlir::quantmlir::isOneDNNExact() {
  static bool isExact = testWorstCase();
  return isExact;
}

void mlir::quantmlir::multiplyI8(int64_t m, int64_t n, int64_t k,
                                 Matrix<const int8_t> a, Matrix<const int8_t> b,
                                 Matrix<int32_t> c, bool accumulate) {
  if (isOneDNNExact())
    return multiplyI8OneDNN(m, n, k, a, b, c, accumulate);
  multiplyI8Exactly(m, n, k, a, b, c, accumulate);
}
