//===- ExactProduct.cpp - integer products that cannot saturate -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Codes are widened to 16 bits, and pairs along k multiplied and added into 32
// bits (`pmaddwd`), which is exact: a pair's sum is at most 2 · 128². The
// weights of some columns are packed so that a vector holds a pair of each;
// a pair of an activation's row is broadcast.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/MatrixProduct.h"

#include <algorithm>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace mlir::quantmlir;

/// Rows that a block of registers holds.
static constexpr int64_t blockRows = 6;
/// The most columns that a block holds, on any CPU.
static constexpr int64_t maxBlockColumns = 32;

namespace {
/// Sums of `blockRows` rows times the packed columns: `rows` are pairs of codes
/// as 32-bit words, `columns` are [numPairs][block columns][2] codes, `sums`
/// are [blockRows][block columns].
using BlockFunction = void (*)(int64_t numPairs, const int32_t *const *rows,
                               const int16_t *columns, int32_t *sums);

struct BlockKernel {
  BlockFunction function;
  int64_t numColumns;
};
} // namespace

static void multiplyBlockPortably(int64_t numPairs, const int32_t *const *rows,
                                  const int16_t *columns, int32_t *sums) {
  constexpr int64_t numColumns = 8;
  for (int64_t r = 0; r < blockRows; ++r) {
    int32_t row[numColumns] = {};
    for (int64_t p = 0; p < numPairs; ++p) {
      int16_t pair[2];
      std::memcpy(pair, &rows[r][p], sizeof(pair));
      const int16_t *column = columns + p * numColumns * 2;
      for (int64_t j = 0; j < numColumns; ++j)
        row[j] += pair[0] * column[2 * j] + pair[1] * column[2 * j + 1];
    }
    std::copy(row, row + numColumns, sums + r * numColumns);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
multiplyBlockAVX2(int64_t numPairs, const int32_t *const *rows,
                  const int16_t *columns, int32_t *sums) {
  __m256i low[blockRows], high[blockRows];
  for (int64_t r = 0; r < blockRows; ++r)
    low[r] = high[r] = _mm256_setzero_si256();
  auto *vectors = reinterpret_cast<const __m256i *>(columns);
  for (int64_t p = 0; p < numPairs; ++p) {
    __m256i lowPairs = _mm256_loadu_si256(vectors + 2 * p);
    __m256i highPairs = _mm256_loadu_si256(vectors + 2 * p + 1);
    for (int64_t r = 0; r < blockRows; ++r) {
      __m256i pair = _mm256_set1_epi32(rows[r][p]);
      low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(pair, lowPairs));
      high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(pair, highPairs));
    }
  }
  auto *results = reinterpret_cast<__m256i *>(sums);
  for (int64_t r = 0; r < blockRows; ++r) {
    _mm256_storeu_si256(results + 2 * r, low[r]);
    _mm256_storeu_si256(results + 2 * r + 1, high[r]);
  }
}

__attribute__((target("avx512f,avx512bw"))) static void
multiplyBlockAVX512(int64_t numPairs, const int32_t *const *rows,
                    const int16_t *columns, int32_t *sums) {
  __m512i low[blockRows], high[blockRows];
  for (int64_t r = 0; r < blockRows; ++r)
    low[r] = high[r] = _mm512_setzero_si512();
  for (int64_t p = 0; p < numPairs; ++p) {
    __m512i lowPairs = _mm512_loadu_si512(columns + 64 * p);
    __m512i highPairs = _mm512_loadu_si512(columns + 64 * p + 32);
    for (int64_t r = 0; r < blockRows; ++r) {
      __m512i pair = _mm512_set1_epi32(rows[r][p]);
      low[r] = _mm512_add_epi32(low[r], _mm512_madd_epi16(pair, lowPairs));
      high[r] = _mm512_add_epi32(high[r], _mm512_madd_epi16(pair, highPairs));
    }
  }
  for (int64_t r = 0; r < blockRows; ++r) {
    _mm512_storeu_si512(sums + 32 * r, low[r]);
    _mm512_storeu_si512(sums + 32 * r + 16, high[r]);
  }
}
#endif

ExactISA mlir::quantmlir::getExactISA() {
#if defined(__x86_64__)
  static const ExactISA best =
      __builtin_cpu_supports("avx512bw") ? ExactISA::avx512
      : __builtin_cpu_supports("avx2")   ? ExactISA::avx2
                                         : ExactISA::portable;
  return best;
#else
  return ExactISA::portable;
#endif
}

static BlockKernel getKernel(ExactISA isa) {
#if defined(__x86_64__)
  if (isa == ExactISA::avx512)
    return {multiplyBlockAVX512, 32};
  if (isa == ExactISA::avx2)
    return {multiplyBlockAVX2, 16};
#endif
  return {multiplyBlockPortably, 8};
}

/// Rows of 16-bit codes, padded with a 0 to whole pairs.
static std::vector<int32_t> packRows(Matrix<const int8_t> a, int64_t m,
                                     int64_t k, int64_t numPairs) {
  std::vector<int32_t> packed(m * numPairs);
  std::vector<int16_t> row(2 * numPairs);
  for (int64_t i = 0; i < m; ++i) {
    const int8_t *source = a.data + i * a.rowStride;
    for (int64_t l = 0; l < k; ++l)
      row[l] = source[l * a.columnStride];
    std::memcpy(&packed[i * numPairs], row.data(), numPairs * sizeof(int32_t));
  }
  return packed;
}

/// Columns first…first+count of `b`, pair by pair; others are 0.
static void packColumns(Matrix<const int8_t> b, int64_t first, int64_t count,
                        int64_t k, int64_t blockColumns, int16_t *packed) {
  for (int64_t j = 0; j < count; ++j) {
    const int8_t *source = b.data + (first + j) * b.columnStride;
    for (int64_t l = 0; l < k; ++l)
      packed[(l / 2 * blockColumns + j) * 2 + l % 2] = source[l * b.rowStride];
  }
}

void mlir::quantmlir::multiplyI8Exactly(int64_t m, int64_t n, int64_t k,
                                        Matrix<const int8_t> a,
                                        Matrix<const int8_t> b,
                                        Matrix<int32_t> c, bool accumulate,
                                        ExactISA isa) {
  BlockKernel kernel = getKernel(isa);
  int64_t numPairs = (k + 1) / 2;
  std::vector<int32_t> rows = packRows(a, m, k, numPairs);
  for (int64_t j = 0; j < n; j += kernel.numColumns) {
    int64_t width = std::min(kernel.numColumns, n - j);
    std::vector<int16_t> columns(numPairs * kernel.numColumns * 2);
    packColumns(b, j, width, k, kernel.numColumns, columns.data());
    for (int64_t i = 0; i < m; i += blockRows) {
      // Past the end, the block repeats the last row; those sums are dropped.
      const int32_t *block[blockRows];
      for (int64_t r = 0; r < blockRows; ++r)
        block[r] = &rows[std::min(i + r, m - 1) * numPairs];
      int32_t sums[blockRows * maxBlockColumns];
      kernel.function(numPairs, block, columns.data(), sums);
      for (int64_t r = 0; r < std::min(blockRows, m - i); ++r) {
        int32_t *result = c.data + (i + r) * c.rowStride + j;
        for (int64_t s = 0; s < width; ++s) {
          int32_t sum = sums[r * kernel.numColumns + s];
          result[s] = accumulate ? result[s] + sum : sum;
        }
      }
    }
  }
}
