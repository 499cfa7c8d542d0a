//===- Float8.cpp - conversions of 8-bit floats (9.7.9.21) ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "Numerics.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {

/// e4m3 has no infinities and one NaN of each sign; e5m2 is the upper half of
/// an f16 (OCP 8-bit Floating Point Specification, 5).
struct Format {
  int mantissaBits, bias;
  double largest;
  uint8_t nan;
};
constexpr Format e4m3{3, 7, 448, 0x7f}, e5m2{2, 15, 57344, 0x7f};

/// Inst::count.
enum : uint8_t { IsE5M2 = 1, Relu = 2 };

const Format &formatOf(const Inst &inst) {
  return inst.count & IsE5M2 ? e5m2 : e4m3;
}

} // namespace

// To nearest even, with .satfinite: what is too large becomes the largest.
static uint8_t encode(double x, const Format &format, bool relu) {
  if (x != x)
    return format.nan;
  if (relu && x < 0)
    x = 0;
  uint8_t sign = std::signbit(x) ? 0x80 : 0;
  double magnitude = std::fabs(x);
  int least = 1 - format.bias, exponent = least;
  if (magnitude >= std::ldexp(1.0, least))
    exponent = std::ilogb(magnitude);
  double units = std::ldexp(magnitude, format.mantissaBits - exponent);
  double rounded =
      std::ldexp(std::nearbyint(units), exponent - format.mantissaBits);
  rounded = std::min(rounded, format.largest);
  if (rounded == 0)
    return sign;
  exponent = std::max(std::ilogb(rounded), least);
  auto mantissa = unsigned(std::ldexp(rounded, format.mantissaBits - exponent));
  // Without its leading one, of which a subnormal number has none.
  unsigned bits = unsigned(exponent - least) << format.mantissaBits;
  return uint8_t(sign | (bits + mantissa));
}

static float decode(uint8_t bits, const Format &format) {
  unsigned magnitude = bits & 0x7f;
  unsigned mantissaMask = (1u << format.mantissaBits) - 1;
  unsigned field = magnitude >> format.mantissaBits;
  unsigned mantissa = magnitude & mantissaMask;
  double value;
  if (format.bias == e5m2.bias && field == 31)
    value = mantissa ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
  else if (format.bias == e4m3.bias && magnitude == 0x7f)
    value = std::numeric_limits<double>::quiet_NaN();
  else if (field == 0)
    value = std::ldexp(mantissa, 1 - format.bias - format.mantissaBits);
  else
    value = std::ldexp(mantissa + mantissaMask + 1,
                       int(field) - format.bias - format.mantissaBits);
  return float(bits & 0x80 ? -value : value);
}

// cvt.rn.satfinite{.relu}.e4m3x2.f32 d, a, b: a goes to the upper half.
static Step execFromFloats(Warp &warp, const Inst &inst, uint32_t mask) {
  uint16_t result[warpSize];
  const Format &format = formatOf(inst);
  bool relu = inst.count & Relu;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] =
        uint16_t(encode(warp.reg<float>(inst.a)[lane], format, relu) << 8 |
                 encode(warp.reg<float>(inst.b)[lane], format, relu));
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static Step execFromHalves(Warp &warp, const Inst &inst, uint32_t mask) {
  uint16_t result[warpSize];
  const Format &format = formatOf(inst);
  bool relu = inst.count & Relu;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint32_t pair = warp.reg<uint32_t>(inst.a)[lane];
    auto half = [&](unsigned shift) {
      return encode(halfToFloat(uint16_t(pair >> shift)), format, relu);
    };
    result[lane] = uint16_t(half(16) << 8 | half(0));
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

// Every value of both formats is one of f16.
static Step execToHalves(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t result[warpSize];
  const Format &format = formatOf(inst);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint16_t pair = warp.reg<uint16_t>(inst.a)[lane];
    auto half = [&](unsigned shift) {
      float value = decode(uint8_t(pair >> shift), format);
      if (inst.count & Relu && value < 0)
        value = 0;
      return uint32_t(floatToHalf(value));
    };
    result[lane] = half(8) << 16 | half(0);
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

bool decodeFloat8(Decoder &d) {
  bool toHalves = false;
  for (StringRef modifier : d.restModifiers()) {
    if (modifier == "f16x2")
      toHalves = true;
    if (modifier == "e4m3x2" || modifier == "e5m2x2")
      break;
  }
  if (d.take("e5m2x2"))
    d.inst.count |= IsE5M2;
  d.take("e4m3x2");
  if (d.take("relu"))
    d.inst.count |= Relu;
  bool saturates = d.take("satfinite");
  Type other = d.takeType();
  if (!d.take("rn") || saturates == toHalves)
    return d.unsupported();
  if (other == Type::F32)
    return d.expectOperands(3) && d.def(d.inst.d, d.operand(0), Type::BF16) &&
           d.use(d.inst.a, d.operand(1), Type::F32) &&
           d.use(d.inst.b, d.operand(2), Type::F32) && d.emit(execFromFloats);
  if (other != Type::F16x2)
    return d.unsupported();
  // Two 8-bit floats are in a register of bits, as bf16 is.
  Type to = toHalves ? Type::F16x2 : Type::BF16;
  Type from = toHalves ? Type::BF16 : Type::F16x2;
  return d.expectOperands(2) && d.def(d.inst.d, d.operand(0), to) &&
         d.use(d.inst.a, d.operand(1), from) &&
         d.emit(toHalves ? execToHalves : execFromHalves);
}

} // namespace quantmlir::ptx
