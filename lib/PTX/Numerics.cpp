//===- Numerics.cpp - rounding to narrow formats --------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numerics.h"

namespace quantmlir::ptx {

uint32_t encodeFloat(double x, unsigned exponentBits, unsigned mantissaBits,
                     Rounding rounding) {
  uint32_t sign = std::signbit(x) ? 1u << (exponentBits + mantissaBits) : 0;
  uint32_t exponentMask = ((1u << exponentBits) - 1) << mantissaBits;
  if (x != x)
    return exponentMask | ((1u << mantissaBits) - 1);
  double magnitude = std::fabs(x);
  if (std::isinf(x))
    return sign | exponentMask;
  if (magnitude == 0)
    return sign;
  int bias = (1 << (exponentBits - 1)) - 1;
  int exponent;
  std::frexp(magnitude, &exponent); // magnitude = m * 2^exponent, m in [.5, 1)
  exponent = exponent - 1 < 1 - bias ? 1 - bias : exponent - 1;
  // In units of the last place of the result.
  double scaled = std::ldexp(magnitude, int(mantissaBits) - exponent);
  double whole = std::floor(scaled), rest = scaled - whole;
  bool up = false;
  switch (rounding) {
  case Rounding::Nearest:
    up = rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2.0) == 1.0);
    break;
  case Rounding::NearestAway:
    up = rest >= 0.5;
    break;
  case Rounding::Zero:
    break;
  case Rounding::Down:
    up = rest > 0 && sign;
    break;
  case Rounding::Up:
    up = rest > 0 && !sign;
    break;
  }
  auto units = uint32_t(whole) + (up ? 1 : 0);
  // A carry out of the mantissa steps into the exponent by itself.
  uint32_t biased = uint32_t(exponent + bias);
  uint32_t bits = units >= (1u << mantissaBits)
                      ? ((biased - 1) << mantissaBits) + units
                      : units;
  if (bits < exponentMask)
    return sign | bits;
  bool toInfinity = rounding == Rounding::Nearest ||
                    rounding == Rounding::NearestAway ||
                    (rounding == Rounding::Up && !sign) ||
                    (rounding == Rounding::Down && sign);
  return sign | (toInfinity ? exponentMask : exponentMask - 1);
}

} // namespace quantmlir::ptx
