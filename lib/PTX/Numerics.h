//===- Numerics.h - floating-point formats and rounding ---------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_NUMERICS_H
#define QUANTMLIR_LIB_PTX_NUMERICS_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace quantmlir::ptx {

enum class Rounding : uint8_t { Nearest, Zero, Down, Up, NearestAway };

template <typename To, typename From>
inline To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

/// Flushes a subnormal number to zero of its sign (.ftz).
inline float flush(float x) {
  return std::fabs(x) < std::numeric_limits<float>::min()
             ? std::copysign(0.0f, x)
             : x;
}
inline double flush(double x) { return x; }

/// [0, 1], NaN to +0 (.sat).
template <typename T>
inline T saturate(T x) {
  return x > T(0) ? (x < T(1) ? x : T(1)) : T(0);
}

inline float halfToFloat(uint16_t bits) {
  return float(bitCast<_Float16>(bits));
}
inline uint16_t floatToHalf(float x) {
  return x != x ? 0x7fff : bitCast<uint16_t>(_Float16(x));
}
inline float bfloatToFloat(uint16_t bits) {
  return bitCast<float>(uint32_t(bits) << 16);
}
inline uint16_t floatToBfloat(float x) {
  if (x != x)
    return 0x7fff;
  uint32_t bits = bitCast<uint32_t>(x);
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Rounds to a binary format of 1 sign bit, `exponentBits` and `mantissaBits`
/// with infinities and NaN. A NaN becomes all ones without the sign.
uint32_t encodeFloat(double x, unsigned exponentBits, unsigned mantissaBits,
                     Rounding rounding);

/// a + b in double, rounded to odd: rounding the result to any format of at
/// most 51 bits of precision gives the correctly rounded sum.
inline double addToOdd(double a, double b) {
  double sum = a + b;
  if (!std::isfinite(sum))
    return sum;
  double partB = sum - a;
  double error = (a - (sum - partB)) + (b - partB);
  uint64_t bits = bitCast<uint64_t>(sum);
  if (error == 0 || (bits & 1))
    return sum;
  // Towards the exact value, away from the even neighbour.
  bool grow = (error > 0) == (sum > 0);
  return bitCast<double>(grow ? bits + 1 : bits - 1);
}

inline uint16_t doubleToHalf(double x) {
  return uint16_t(encodeFloat(x, 5, 10, Rounding::Nearest));
}
inline uint16_t doubleToBfloat(double x) {
  return uint16_t(encodeFloat(x, 8, 7, Rounding::Nearest));
}

/// tf32 keeps 10 bits of mantissa in an f32 (5.2.3).
inline float toTf32(float x) {
  return bitCast<float>(bitCast<uint32_t>(x) & 0xffffe000u);
}

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_NUMERICS_H
