//===- Half.cpp - f16, bf16 and their pairs (9.7.4) -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "Lanes.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {

struct F16 {
  static float widen(uint16_t bits) { return halfToFloat(bits); }
  static uint16_t narrow(float x) { return floatToHalf(x); }
  static uint16_t narrowExact(double x) { return doubleToHalf(x); }
  static constexpr uint16_t subnormalBelow = 0x0400;
};
struct BF16 {
  static float widen(uint16_t bits) { return bfloatToFloat(bits); }
  static uint16_t narrow(float x) { return floatToBfloat(x); }
  static uint16_t narrowExact(double x) { return doubleToBfloat(x); }
  static constexpr uint16_t subnormalBelow = 0x0080;
};

enum class HalfOp : uint8_t {
  Add,
  Sub,
  Mul,
  Fma,
  Min,
  Max,
  MinNan,
  MaxNan,
  Abs,
  Neg,
  Ex2,
  Tanh
};

/// Modifiers, in Inst::imm.
enum : uint8_t { Ftz = 1, Sat = 2, Relu = 4 };

template <typename Format>
uint16_t flushBits(uint16_t bits) {
  return (bits & 0x7fff) < Format::subnormalBelow ? bits & 0x8000 : bits;
}

// A sum or product of two numbers of at most 11 bits, rounded to f32's 24, may
// be rounded again to the narrow format without harm (24 >= 2 * 11 + 2). For
// bf16 the same holds with room to spare. fma needs the sum rounded to odd.
template <typename Format, HalfOp op>
uint16_t compute(uint16_t a, uint16_t b, uint16_t c) {
  float x = Format::widen(a), y = Format::widen(b), z = Format::widen(c);
  switch (op) {
  case HalfOp::Add:
    return Format::narrow(x + y);
  case HalfOp::Sub:
    return Format::narrow(x - y);
  case HalfOp::Mul:
    return Format::narrow(x * y);
  case HalfOp::Fma:
    return Format::narrowExact(addToOdd(double(x) * double(y), double(z)));
  case HalfOp::Min:
    return Format::narrow(FMin<float>::apply(x, y));
  case HalfOp::Max:
    return Format::narrow(FMax<float>::apply(x, y));
  case HalfOp::MinNan:
    return Format::narrow(MinNan<float>::apply(x, y));
  case HalfOp::MaxNan:
    return Format::narrow(MaxNan<float>::apply(x, y));
  case HalfOp::Abs:
    return a & 0x7fff;
  case HalfOp::Neg:
    return a ^ 0x8000;
  case HalfOp::Ex2:
    return Format::narrow(std::exp2(x));
  case HalfOp::Tanh:
    return Format::narrow(std::tanh(x));
  }
}

template <typename Format, HalfOp op>
uint16_t modified(uint16_t a, uint16_t b, uint16_t c, unsigned modifiers) {
  if (modifiers & Ftz) {
    a = flushBits<Format>(a);
    b = flushBits<Format>(b);
    c = flushBits<Format>(c);
  }
  uint16_t result = compute<Format, op>(a, b, c);
  if (modifiers & Ftz)
    result = flushBits<Format>(result);
  if (modifiers & Sat)
    result = Format::narrow(saturate(Format::widen(result)));
  // relu keeps NaN and clears negative numbers.
  if ((modifiers & Relu) && (result & 0x8000) &&
      Format::widen(result) == Format::widen(result))
    result = 0;
  return result;
}

template <typename Format, HalfOp op, typename T>
Step exec(Warp &warp, const Inst &inst, uint32_t mask) {
  T result[warpSize];
  auto modifiers = unsigned(inst.imm);
  const T *a = warp.reg<T>(inst.a);
  const T *b = inst.b.valid() ? warp.reg<T>(inst.b) : a;
  const T *c = inst.c.valid() ? warp.reg<T>(inst.c) : a;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint32_t value = modified<Format, op>(uint16_t(a[lane]), uint16_t(b[lane]),
                                          uint16_t(c[lane]), modifiers);
    if (sizeof(T) == 4)
      value |= uint32_t(modified<Format, op>(
                   uint16_t(a[lane] >> 16), uint16_t(b[lane] >> 16),
                   uint16_t(c[lane] >> 16), modifiers))
               << 16;
    result[lane] = T(value);
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

template <HalfOp op>
ExecFn select(Type type) {
  switch (type) {
  case Type::F16:
    return exec<F16, op, uint16_t>;
  case Type::F16x2:
    return exec<F16, op, uint32_t>;
  case Type::BF16:
    return exec<BF16, op, uint16_t>;
  case Type::BF16x2:
    return exec<BF16, op, uint32_t>;
  default:
    return nullptr;
  }
}

} // namespace

ExecFn halfUnaryFn(Type type, bool exponential) {
  return exponential ? select<HalfOp::Ex2>(type) : select<HalfOp::Tanh>(type);
}

bool decodeHalfArithmetic(Decoder &d, Type type) {
  if (!select<HalfOp::Add>(type))
    return d.badType(type);
  StringRef opcode = d.statement().opcode;
  // .rn is the only rounding of these types.
  if (!d.take("rn") && opcode == "fma")
    return d.error("'fma' needs the rounding modifier .rn");
  bool nan = d.take("NaN");
  bool ieee = type == Type::F16 || type == Type::F16x2;
  bool sums =
      opcode == "add" || opcode == "sub" || opcode == "mul" || opcode == "fma";
  if (ieee && d.take("ftz"))
    d.inst.imm |= Ftz;
  if (opcode == "fma" && d.take("relu"))
    d.inst.imm |= Relu;
  else if (ieee && sums && d.take("sat"))
    d.inst.imm |= Sat;
  if (nan && opcode != "min" && opcode != "max")
    return d.unsupported();
  if (opcode == "add")
    return emitBinary(d, type, select<HalfOp::Add>(type));
  if (opcode == "sub")
    return emitBinary(d, type, select<HalfOp::Sub>(type));
  if (opcode == "mul")
    return emitBinary(d, type, select<HalfOp::Mul>(type));
  if (opcode == "fma")
    return emitTernary(d, type, select<HalfOp::Fma>(type));
  if (opcode == "min")
    return emitBinary(d, type,
                      nan ? select<HalfOp::MinNan>(type)
                          : select<HalfOp::Min>(type));
  if (opcode == "max")
    return emitBinary(d, type,
                      nan ? select<HalfOp::MaxNan>(type)
                          : select<HalfOp::Max>(type));
  if (opcode == "abs")
    return emitUnary(d, type, select<HalfOp::Abs>(type));
  if (opcode == "neg")
    return emitUnary(d, type, select<HalfOp::Neg>(type));
  return d.badType(type);
}

} // namespace quantmlir::ptx
