//===- Convert.cpp - cvt (9.7.9.21) ---------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "Lanes.h"

#include <algorithm>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

/// Rounding to an integral value.
enum class Integral : uint8_t { None, Nearest, Zero, Down, Up };

/// All that a general conversion needs to know; Inst::aux indexes it by bits.
struct Shape {
  Type to, from;
  uint8_t toBytes, fromBytes; // of the registers
  Integral integral;
  Rounding rounding;
  bool ftz, sat, relu, satfinite;

  uint64_t pack() const {
    return uint64_t(to) | uint64_t(from) << 8 | uint64_t(toBytes) << 16 |
           uint64_t(fromBytes) << 24 | uint64_t(integral) << 32 |
           uint64_t(rounding) << 40 | uint64_t(ftz) << 48 |
           uint64_t(sat) << 49 | uint64_t(relu) << 50 |
           uint64_t(satfinite) << 51;
  }
  static Shape unpack(uint64_t bits) {
    return {Type(bits & 0xff),           Type(bits >> 8 & 0xff),
            uint8_t(bits >> 16),         uint8_t(bits >> 24),
            Integral(bits >> 32 & 0xff), Rounding(bits >> 40 & 0xff),
            bool(bits >> 48 & 1),        bool(bits >> 49 & 1),
            bool(bits >> 50 & 1),        bool(bits >> 51 & 1)};
  }
};

} // namespace

// Low bits of each lane's register, whatever its width.
static void loadBits(const Warp &warp, Ref ref, unsigned bytes,
                     uint64_t (&out)[warpSize]) {
  const uint8_t *source = warp.reg<uint8_t>(ref);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    out[lane] = 0;
    std::memcpy(&out[lane], source + lane * bytes, bytes);
  }
}

static void storeBits(const Warp &warp, Ref ref, unsigned bytes, uint32_t mask,
                      const uint64_t (&values)[warpSize]) {
  uint8_t *target = warp.reg<uint8_t>(ref);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if ((mask >> lane) & 1)
      std::memcpy(target + lane * bytes, &values[lane], bytes);
}

static int64_t signExtend(uint64_t value, unsigned bits) {
  return int64_t(value << (64 - bits)) >> (64 - bits);
}

static int64_t extend(uint64_t value, Type type) {
  unsigned bits = typeBits(type);
  if (typeKind(type) == TypeKind::Signed)
    return signExtend(value, bits);
  return bits == 64 ? int64_t(value)
                    : int64_t(value & ((uint64_t(1) << bits) - 1));
}

static double toIntegral(double x, Integral integral) {
  switch (integral) {
  case Integral::None:
    return x;
  case Integral::Nearest:
    return std::nearbyint(x);
  case Integral::Zero:
    return std::trunc(x);
  case Integral::Down:
    return std::floor(x);
  case Integral::Up:
    return std::ceil(x);
  }
  return x;
}

static double loadFloat(uint64_t bits, Type type, bool ftz) {
  switch (type) {
  case Type::F16:
    return halfToFloat(uint16_t(bits));
  case Type::BF16:
    return bfloatToFloat(uint16_t(bits));
  case Type::F32: {
    float value = bitCast<float>(uint32_t(bits));
    return ftz ? flush(value) : value;
  }
  default:
    return bitCast<double>(bits);
  }
}

/// With .satfinite, the largest number takes the place of infinity.
static uint64_t encodeNarrow(double x, unsigned exponentBits,
                             unsigned mantissaBits, const Shape &shape) {
  uint64_t bits = encodeFloat(x, exponentBits, mantissaBits, shape.rounding);
  uint64_t sign = uint64_t(1) << (exponentBits + mantissaBits);
  uint64_t infinity = sign - (uint64_t(1) << mantissaBits);
  return shape.satfinite && (bits & ~sign) == infinity ? bits - 1 : bits;
}

static uint64_t storeFloat(double x, const Shape &shape) {
  switch (shape.to) {
  case Type::F16:
    return encodeNarrow(x, 5, 10, shape);
  case Type::BF16:
    return encodeNarrow(x, 8, 7, shape);
  case Type::TF32:
    return encodeNarrow(x, 8, 10, shape) << 13;
  case Type::F32: {
    float value = shape.rounding == Rounding::Nearest
                      ? float(x)
                      : roundToFloat(x, shape.rounding);
    return bitCast<uint32_t>(shape.ftz ? flush(value) : value);
  }
  default:
    return bitCast<uint64_t>(x);
  }
}

// Out-of-range values clamp. NaN gives 0, or the most negative number if f64
// or a 64-bit integer takes part.
static uint64_t floatToInt(double x, const Shape &shape) {
  unsigned bits = typeBits(shape.to);
  bool isSigned = typeKind(shape.to) == TypeKind::Signed;
  if (x != x)
    return shape.from == Type::F64 || bits == 64 ? uint64_t(1) << (bits - 1)
                                                 : 0;
  double limit = std::ldexp(1.0, int(bits) - (isSigned ? 1 : 0));
  if (x >= limit)
    return isSigned ? (uint64_t(1) << (bits - 1)) - 1
                    : ~uint64_t(0) >> (64 - bits);
  if (isSigned)
    return x < -limit ? uint64_t(-1) << (bits - 1) : uint64_t(int64_t(x));
  return x <= 0 ? 0 : uint64_t(x);
}

static Step execFloatToFloat(Warp &warp, const Inst &inst, uint32_t mask) {
  Shape shape = Shape::unpack(uint64_t(inst.imm));
  uint64_t values[warpSize];
  loadBits(warp, inst.a, shape.fromBytes, values);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    double x = loadFloat(values[lane], shape.from, shape.ftz);
    x = toIntegral(x, shape.integral);
    if (shape.sat)
      x = saturate(x);
    if (shape.relu && x < 0)
      x = 0;
    values[lane] = storeFloat(x, shape);
  }
  storeBits(warp, inst.d, shape.toBytes, mask, values);
  return Step::Next;
}

static Step execFloatToInt(Warp &warp, const Inst &inst, uint32_t mask) {
  Shape shape = Shape::unpack(uint64_t(inst.imm));
  uint64_t values[warpSize];
  loadBits(warp, inst.a, shape.fromBytes, values);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    double x = loadFloat(values[lane], shape.from, shape.ftz);
    x = toIntegral(x, shape.integral);
    values[lane] = uint64_t(extend(floatToInt(x, shape), shape.to));
  }
  storeBits(warp, inst.d, shape.toBytes, mask, values);
  return Step::Next;
}

static Step execIntToFloat(Warp &warp, const Inst &inst, uint32_t mask) {
  Shape shape = Shape::unpack(uint64_t(inst.imm));
  bool isSigned = typeKind(shape.from) == TypeKind::Signed;
  uint64_t values[warpSize];
  loadBits(warp, inst.a, shape.fromBytes, values);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    int64_t x = extend(values[lane], shape.from);
    if (shape.to == Type::F64) {
      values[lane] =
          bitCast<uint64_t>(intToDouble(x, isSigned, shape.rounding));
    } else if (shape.to == Type::F32) {
      float y = intToFloat(x, isSigned, shape.rounding);
      values[lane] = bitCast<uint32_t>(shape.sat ? saturate(y) : y);
    } else {
      // 64-bit integers may round twice only beyond f16's range and below
      // bf16's precision, where rounding to odd is what keeps it single.
      double high = isSigned ? double(x >> 32) : double(uint64_t(x) >> 32);
      double y = addToOdd(high * 0x1p32, double(uint32_t(x)));
      values[lane] = storeFloat(shape.sat ? saturate(y) : y, shape);
    }
  }
  storeBits(warp, inst.d, shape.toBytes, mask, values);
  return Step::Next;
}

static Step execIntToInt(Warp &warp, const Inst &inst, uint32_t mask) {
  Shape shape = Shape::unpack(uint64_t(inst.imm));
  unsigned bits = typeBits(shape.to);
  bool toSigned = typeKind(shape.to) == TypeKind::Signed;
  bool fromSigned = typeKind(shape.from) == TypeKind::Signed;
  uint64_t values[warpSize];
  loadBits(warp, inst.a, shape.fromBytes, values);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    __int128 x = fromSigned
                     ? __int128(extend(values[lane], shape.from))
                     : __int128(uint64_t(extend(values[lane], shape.from)));
    if (shape.sat) {
      __int128 low = toSigned ? -(__int128(1) << (bits - 1)) : __int128(0);
      __int128 high = (__int128(1) << (toSigned ? bits - 1 : bits)) - 1;
      x = std::clamp(x, low, high);
    }
    values[lane] = uint64_t(extend(uint64_t(x), shape.to));
  }
  storeBits(warp, inst.d, shape.toBytes, mask, values);
  return Step::Next;
}

// The conversions that address arithmetic is full of.
template <typename D, typename A>
struct Plain {
  static D apply(A a) { return D(a); }
};

static ExecFn commonFn(const Shape &shape) {
  if (shape.sat || shape.ftz || shape.rounding != Rounding::Nearest ||
      shape.toBytes != typeBytes(shape.to) ||
      shape.fromBytes != typeBytes(shape.from))
    return nullptr;
  if (shape.integral == Integral::None) {
    if (shape.to == Type::U64 && shape.from == Type::U32)
      return unary<uint64_t, uint32_t, Plain<uint64_t, uint32_t>>;
    if (shape.to == Type::S64 && shape.from == Type::S32)
      return unary<int64_t, int32_t, Plain<int64_t, int32_t>>;
    if (shape.to == Type::F32 && shape.from == Type::S32)
      return unary<float, int32_t, Plain<float, int32_t>>;
    if (shape.to == Type::F32 && shape.from == Type::U32)
      return unary<float, uint32_t, Plain<float, uint32_t>>;
  }
  return nullptr;
}

static Integral takeIntegral(Decoder &d) {
  return d.take("rni")   ? Integral::Nearest
         : d.take("rzi") ? Integral::Zero
         : d.take("rmi") ? Integral::Down
         : d.take("rpi") ? Integral::Up
                         : Integral::None;
}

static bool isPlainFloat(Type type) {
  return type == Type::F16 || type == Type::BF16 || type == Type::F32 ||
         type == Type::F64;
}

/// Whether a conversion to a floating-point type may be inexact, so that it
/// must say how it rounds (9.7.9.21).
static bool isInexact(Type to, Type from) {
  bool fromFloat = typeKind(from) == TypeKind::Float;
  return typeKind(to) == TypeKind::Float &&
         (!fromFloat || typeBits(to) < typeBits(from) || to == Type::TF32 ||
          (typeBits(to) == 16 && to != from));
}

/// Modifiers that the types do not have (9.7.9.21).
static bool checkModifiers(Decoder &d, const Shape &shape, bool rounds) {
  bool toFloat = typeKind(shape.to) == TypeKind::Float;
  bool fromFloat = typeKind(shape.from) == TypeKind::Float;
  bool integral = shape.integral != Integral::None;
  bool inexact = isInexact(shape.to, shape.from);
  if (inexact && !rounds)
    return d.error("'cvt' needs a rounding modifier such as .rn");
  if (fromFloat && !toFloat && !integral)
    return d.error("cvt from a float to an integer needs .rni, .rzi, .rmi or "
                   ".rpi");
  // Exact, but ptxas lets conversions of bf16 to wider types say .rn and .rz,
  // and those to f32 .rm as well.
  bool mayRound = shape.from == Type::BF16 &&
                  (shape.to == Type::F32 || shape.to == Type::F64);
  if (rounds && !inexact && !mayRound)
    return d.error("this cvt is exact and has no rounding modifier");
  if (integral && (!fromFloat || (toFloat && shape.to != shape.from)))
    return d.error("this cvt has no rounding to an integer");
  if (shape.to == Type::TF32 &&
      (shape.rounding == Rounding::Down || shape.rounding == Rounding::Up))
    return d.error("'cvt' to '.tf32' has .rn, .rna and .rz");
  if (shape.relu && (!inexact || shape.rounding == Rounding::NearestAway))
    return d.error("this cvt has no .relu");
  bool single = shape.to == Type::F32 || shape.from == Type::F32;
  if (shape.ftz && (!single || shape.to == Type::TF32))
    return d.error("'.ftz' is for f32");
  if (shape.sat && (shape.to == Type::BF16 || shape.to == Type::TF32))
    return d.error("'cvt' to '." + typeName(shape.to) + "' has no .sat");
  if (shape.sat && toFloat && shape.from == Type::BF16)
    return d.error("'cvt' of '.bf16' has no .sat");
  return true;
}

static bool emitConversion(Decoder &d, Shape shape) {
  unsigned toBytes, fromBytes;
  if (!d.expectOperands(2) ||
      !d.defWide(d.inst.d, d.operand(0), shape.to, toBytes) ||
      !d.useWide(d.inst.a, d.operand(1), shape.from, fromBytes))
    return false;
  shape.toBytes = uint8_t(toBytes);
  shape.fromBytes = uint8_t(fromBytes);
  bool toFloat = typeKind(shape.to) == TypeKind::Float;
  bool fromFloat = typeKind(shape.from) == TypeKind::Float;
  // Only of the older types a wider register may hold result or source.
  bool isNew = shape.to == Type::BF16 || shape.to == Type::TF32 ||
               shape.from == Type::BF16;
  if (isNew && toFloat && toBytes != typeBytes(shape.to))
    return d.error("a floating-point result needs a register of its width");
  if (isNew && fromBytes != typeBytes(shape.from))
    return d.error(d.operand(1).loc, "'." + typeName(shape.from) +
                                         "' needs a register of its width");
  if (ExecFn fn = commonFn(shape))
    return d.emit(fn);
  d.inst.imm = int64_t(shape.pack());
  return d.emit(toFloat ? (fromFloat ? execFloatToFloat : execIntToFloat)
                        : (fromFloat ? execFloatToInt : execIntToInt));
}

// cvt.rn.f16x2.f32 d, a, b: a goes to the upper half.
static Step execPack(Warp &warp, const Inst &inst, uint32_t mask) {
  Shape shape = Shape::unpack(uint64_t(inst.imm));
  Shape half = shape;
  half.to = shape.to == Type::F16x2 ? Type::F16 : Type::BF16;
  uint32_t result[warpSize];
  auto convert = [&](float x) {
    if (shape.relu && x < 0)
      x = 0;
    return uint32_t(storeFloat(x, half));
  };
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = convert(warp.reg<float>(inst.a)[lane]) << 16 |
                   convert(warp.reg<float>(inst.b)[lane]);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool emitPack(Decoder &d, Shape shape, bool rounds) {
  if (!d.noMoreModifiers())
    return false;
  if (shape.from != Type::F32 || shape.sat || shape.ftz ||
      shape.integral != Integral::None)
    return d.unsupported();
  if (!rounds ||
      (shape.rounding != Rounding::Nearest && shape.rounding != Rounding::Zero))
    return d.error("'cvt' to '." + typeName(shape.to) + "' needs .rn or .rz");
  d.inst.imm = int64_t(shape.pack());
  return d.expectOperands(3) && d.def(d.inst.d, d.operand(0), shape.to) &&
         d.use(d.inst.a, d.operand(1), Type::F32) &&
         d.use(d.inst.b, d.operand(2), Type::F32) && d.emit(execPack);
}

bool decodeFloat8(Decoder &d);

/// From f32 to something narrower, to nearest or to zero.
static bool saturatesFinite(const Shape &shape) {
  return shape.from == Type::F32 && typeBits(shape.to) <= 32 &&
         isInexact(shape.to, shape.from) && !shape.sat &&
         shape.rounding != Rounding::Down && shape.rounding != Rounding::Up;
}

static bool decodeCvt(Decoder &d) {
  for (StringRef modifier : d.restModifiers())
    if (modifier == "e4m3x2" || modifier == "e5m2x2")
      return decodeFloat8(d);
  Shape shape = {};
  shape.to = d.takeType();
  shape.from = d.takeType();
  shape.integral = takeIntegral(d);
  size_t count = d.restModifiers().size();
  shape.rounding = takeRounding(d);
  bool rounds = d.restModifiers().size() != count;
  shape.ftz = d.take("ftz");
  shape.sat = d.take("sat");
  shape.relu = d.take("relu");
  shape.satfinite = d.take("satfinite");
  if (shape.to == Type::None || shape.from == Type::None)
    return d.unsupported();
  if (shape.to == Type::F16x2 || shape.to == Type::BF16x2)
    return emitPack(d, shape, rounds);
  auto isInteger = [](Type type) {
    return typeBits(type) >= 8 && (typeKind(type) == TypeKind::Signed ||
                                   typeKind(type) == TypeKind::Unsigned);
  };
  bool ok = (isPlainFloat(shape.to) || isInteger(shape.to) ||
             (shape.to == Type::TF32 && shape.from == Type::F32)) &&
            (isPlainFloat(shape.from) || isInteger(shape.from));
  if (!ok || (shape.relu && typeKind(shape.to) != TypeKind::Float) ||
      (shape.satfinite && !saturatesFinite(shape)))
    return d.unsupported();
  return checkModifiers(d, shape, rounds) && emitConversion(d, shape);
}

ArrayRef<OpcodeEntry> convertOpcodes() {
  static const OpcodeEntry table[] = {{"cvt", decodeCvt}};
  return table;
}

} // namespace quantmlir::ptx
