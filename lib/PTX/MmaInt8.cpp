//===- MmaInt8.cpp - products of int8 fragments ---------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MmaInt8.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace quantmlir::ptx {

static void widen(const uint32_t *words, unsigned count, bool isSigned,
                  int16_t *out) {
  const auto *bytes = reinterpret_cast<const uint8_t *>(words);
  if (isSigned)
    for (unsigned i = 0; i < count; ++i)
      // NOLINTNEXTLINE(bugprone-signed-char-misuse): sign extension is meant
      out[i] = int8_t(bytes[i]);
  else
    for (unsigned i = 0; i < count; ++i)
      out[i] = bytes[i];
}

void multiplyInt8Portable(const Int8Operands &operands,
                          int32_t (&products)[4][32]) {
  std::memset(products, 0, sizeof products);
  for (unsigned half = 0; half < operands.halves; ++half) {
    int16_t a[16][16], b[8][16];
    widen(operands.a[2 * half], 128, operands.signedA, a[0]);
    widen(operands.a[2 * half + 1], 128, operands.signedA, a[8]);
    widen(operands.b[half], 128, operands.signedB, b[0]);
    for (unsigned row = 0; row < 16; ++row)
      for (unsigned column = 0; column < 8; ++column) {
        int32_t sum = 0;
        for (unsigned k = 0; k < 16; ++k)
          sum += int32_t(a[row][k]) * int32_t(b[column][k]);
        products[2 * (row / 8) + column % 2][4 * (row % 8) + column / 2] += sum;
      }
  }
}

#if defined(__x86_64__) && defined(__clang__)
#define QUANTMLIR_PTX_VNNI 1

// vpdpbusd multiplies unsigned by signed bytes. With b' = b + 128 the sum of
// a * b' is that of a * b plus 128 times the sum of a.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static void
multiplySignedVnni(const Int8Operands &operands, int32_t (&products)[4][32]) {
  // Column order 0 2 4 6 1 3 5 7 makes a row's low half a piece of register 0
  // (or 2) and its high half one of register 1 (or 3).
  const __m512i order[4] = {
      _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 28, 20, 12, 4, 24, 16, 8, 0),
      _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 29, 21, 13, 5, 25, 17, 9, 1),
      _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 30, 22, 14, 6, 26, 18, 10, 2),
      _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 31, 23, 15, 7, 27, 19, 11, 3)};
  const __m512i flip = _mm512_set1_epi8(char(0x80));
  const __m256i ones = _mm256_set1_epi8(1);
  __m256i b[8];
  for (unsigned half = 0; half < operands.halves; ++half) {
    __m512i low = _mm512_xor_si512(_mm512_loadu_si512(operands.b[half]), flip);
    __m512i high =
        _mm512_xor_si512(_mm512_loadu_si512(operands.b[half] + 16), flip);
    for (unsigned i = 0; i < 4; ++i)
      b[4 * half + i] = _mm512_castsi512_si256(
          _mm512_permutex2var_epi32(low, order[i], high));
  }
  for (unsigned row = 0; row < 16; ++row) {
    __m256i sum = _mm256_setzero_si256(), rowSum = _mm256_setzero_si256();
    for (unsigned half = 0; half < operands.halves; ++half) {
      const uint32_t *a = operands.a[2 * half + row / 8] + 4 * (row % 8);
      for (unsigned i = 0; i < 4; ++i) {
        __m256i word = _mm256_set1_epi32(int(a[i]));
        sum = _mm256_dpbusd_epi32(sum, b[4 * half + i], word);
        rowSum = _mm256_dpbusd_epi32(rowSum, ones, word);
      }
    }
    sum = _mm256_sub_epi32(sum, _mm256_slli_epi32(rowSum, 7));
    int32_t *even = &products[2 * (row / 8)][4 * (row % 8)];
    int32_t *odd = &products[2 * (row / 8) + 1][4 * (row % 8)];
    _mm_storeu_si128(reinterpret_cast<__m128i *>(even),
                     _mm256_castsi256_si128(sum));
    _mm_storeu_si128(reinterpret_cast<__m128i *>(odd),
                     _mm256_extracti128_si256(sum, 1));
  }
}

static bool hasVnni() {
  static const bool result = __builtin_cpu_supports("avx512vnni") &&
                             __builtin_cpu_supports("avx512vl") &&
                             __builtin_cpu_supports("avx512bw");
  return result;
}
#endif

void multiplyInt8(const Int8Operands &operands, int32_t (&products)[4][32]) {
#ifdef QUANTMLIR_PTX_VNNI
  if (operands.signedA && operands.signedB && hasVnni())
    return multiplySignedVnni(operands, products);
#endif
  multiplyInt8Portable(operands, products);
}

} // namespace quantmlir::ptx
