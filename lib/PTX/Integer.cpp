//===- Integer.cpp - integer arithmetic (9.7.1, 9.7.2) --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <algorithm>
#include <limits>
#include <type_traits>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

/// Arithmetic wraps: it is done in the unsigned type of at least 32 bits.
template <typename T>
using Wrap = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
template <typename T>
using Wide = std::conditional_t<
    sizeof(T) == 8,
    std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>,
    std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;

template <typename T>
struct Add {
  static T apply(T a, T b) { return T(Wrap<T>(a) + Wrap<T>(b)); }
};
template <typename T>
struct Sub {
  static T apply(T a, T b) { return T(Wrap<T>(a) - Wrap<T>(b)); }
};
template <typename T>
struct AddSat {
  static T apply(T a, T b) {
    int64_t sum = int64_t(a) + int64_t(b);
    return T(std::clamp<int64_t>(sum, std::numeric_limits<T>::min(),
                                 std::numeric_limits<T>::max()));
  }
};
template <typename T>
struct SubSat {
  static T apply(T a, T b) {
    int64_t difference = int64_t(a) - int64_t(b);
    return T(std::clamp<int64_t>(difference, std::numeric_limits<T>::min(),
                                 std::numeric_limits<T>::max()));
  }
};
template <typename T>
struct MulLo {
  static T apply(T a, T b) { return T(Wrap<T>(a) * Wrap<T>(b)); }
};
template <typename T>
struct MulHi {
  static T apply(T a, T b) {
    return T((Wide<T>(a) * Wide<T>(b)) >> (8 * sizeof(T)));
  }
};
template <typename T>
struct MadLo {
  static T apply(T a, T b, T c) {
    return T(Wrap<T>(a) * Wrap<T>(b) + Wrap<T>(c));
  }
};
template <typename T>
struct MadHi {
  static T apply(T a, T b, T c) {
    return T(Wrap<T>(MulHi<T>::apply(a, b)) + Wrap<T>(c));
  }
};
struct MadHiSat {
  static int32_t apply(int32_t a, int32_t b, int32_t c) {
    return AddSat<int32_t>::apply(MulHi<int32_t>::apply(a, b), c);
  }
};
template <typename D, typename T>
struct MulWide {
  static D apply(T a, T b) {
    return D(std::make_unsigned_t<D>(D(a)) * std::make_unsigned_t<D>(D(b)));
  }
};
template <typename D, typename T>
struct MadWide {
  static D apply(T a, T b, D c) {
    using U = std::make_unsigned_t<D>;
    return D(U(D(a)) * U(D(b)) + U(c));
  }
};
template <typename T>
struct Sad {
  static T apply(T a, T b, T c) {
    Wrap<T> difference =
        a < b ? Wrap<T>(b) - Wrap<T>(a) : Wrap<T>(a) - Wrap<T>(b);
    return T(Wrap<T>(c) + difference);
  }
};
/// Division by zero gives all ones, as the hardware's sequences do; PTX calls
/// it unspecified (9.7.1.8).
template <typename T>
struct Div {
  static T apply(T a, T b) {
    if (b == 0)
      return T(-1);
    if (std::is_signed_v<T> && b == T(-1))
      return T(0 - Wrap<T>(a));
    return T(a / b);
  }
};
template <typename T>
struct Rem {
  static T apply(T a, T b) {
    if (b == 0)
      return a;
    if (std::is_signed_v<T> && b == T(-1))
      return 0;
    return T(a % b);
  }
};
template <typename T>
struct Abs {
  static T apply(T a) { return a < 0 ? T(0 - Wrap<T>(a)) : a; }
};
template <typename T>
struct Neg {
  static T apply(T a) { return T(0 - Wrap<T>(a)); }
};
template <typename T>
struct Min {
  static T apply(T a, T b) { return a < b ? a : b; }
};
template <typename T>
struct Max {
  static T apply(T a, T b) { return a > b ? a : b; }
};
template <typename T>
struct MinRelu {
  static T apply(T a, T b) { return Max<T>::apply(Min<T>::apply(a, b), 0); }
};
template <typename T>
struct MaxRelu {
  static T apply(T a, T b) { return Max<T>::apply(Max<T>::apply(a, b), 0); }
};

/// Two 16-bit halves of a 32-bit register.
template <template <typename> class Op, typename Half>
struct Packed {
  static uint32_t apply(uint32_t a, uint32_t b) {
    auto low = uint16_t(Op<Half>::apply(Half(a), Half(b)));
    auto high = uint16_t(Op<Half>::apply(Half(a >> 16), Half(b >> 16)));
    return low | uint32_t(high) << 16;
  }
};

template <bool high, typename T>
struct Mul24 {
  static T apply(T a, T b) {
    // The low 24 bits as a number of type T.
    auto cut = [](T x) { return int64_t(T(uint32_t(x) << 8)) >> 8; };
    auto product = uint64_t(
        std::is_signed_v<T>
            ? cut(a) * cut(b)
            : int64_t((uint64_t(a) & 0xffffff) * (uint64_t(b) & 0xffffff)));
    return T(high ? product >> 16 : product);
  }
};

template <typename A, typename B>
struct Dp4a {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    for (unsigned i = 0; i < 32; i += 8)
      c += uint32_t(int32_t(A(a >> i)) * int32_t(B(b >> i)));
    return c;
  }
};
template <typename A, typename B, bool high>
struct Dp2a {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    b >>= high ? 16 : 0;
    c += uint32_t(int32_t(A(a)) * int32_t(B(b)));
    return c + uint32_t(int32_t(A(a >> 16)) * int32_t(B(b >> 8)));
  }
};

} // namespace

// PTX packs the half-word types as one modifier, which is not a variable type.
static Type takePacked(Decoder &d) {
  if (d.take("u16x2"))
    return Type::U16;
  return d.take("s16x2") ? Type::S16 : Type::None;
}

template <template <typename> class Op>
static bool decodePacked(Decoder &d, Type half) {
  return emitBinary(
      d, Type::B32,
      half == Type::U16
          ? binary<uint32_t, uint32_t, uint32_t, Packed<Op, uint16_t>>
          : binary<uint32_t, uint32_t, uint32_t, Packed<Op, int16_t>>);
}

// add.cc, addc, sub.cc, subc (9.7.2). The carry is a predicate register.
template <typename T, bool subtract, bool carryIn, bool carryOut>
static Step execCarry(Warp &warp, const Inst &inst, uint32_t mask) {
  T result[warpSize];
  const T *a = warp.reg<T>(inst.a), *b = warp.reg<T>(inst.b);
  uint32_t in = carryIn ? warp.predicate(inst.c) : 0, out = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    T carry = (in >> lane) & 1;
    T partial = subtract ? T(a[lane] - b[lane]) : T(a[lane] + b[lane]);
    bool first = subtract ? a[lane] < b[lane] : partial < a[lane];
    result[lane] = subtract ? T(partial - carry) : T(partial + carry);
    bool second = subtract ? partial < carry : result[lane] < partial;
    out |= uint32_t(first || second) << lane;
  }
  warp.write(inst.d, result, mask);
  if (carryOut)
    warp.writePredicate(inst.c, out, mask);
  return Step::Next;
}

template <bool subtract>
static bool decodeCarry(Decoder &d, bool in) {
  bool out = d.take("cc");
  Type type = d.takeType();
  unsigned bits = typeBits(type);
  if ((bits != 32 && bits != 64) || typeKind(type) == TypeKind::Float)
    return d.badType(type);
  d.inst.c = d.carry();
  if (in)
    d.noteUse(d.inst.c);
  if (out)
    d.noteDef(d.inst.c);
  ExecFn fn;
  if (bits == 32)
    fn = in ? (out ? execCarry<uint32_t, subtract, true, true>
                   : execCarry<uint32_t, subtract, true, false>)
            : execCarry<uint32_t, subtract, false, true>;
  else
    fn = in ? (out ? execCarry<uint64_t, subtract, true, true>
                   : execCarry<uint64_t, subtract, true, false>)
            : execCarry<uint64_t, subtract, false, true>;
  return emitBinary(d, type, fn);
}

bool decodeFloatArithmetic(Decoder &d, Type type);

static bool hasModifier(Decoder &d, StringRef name) {
  for (StringRef modifier : d.statement().modifiers)
    if (modifier == name)
      return true;
  return false;
}

static bool decodeAdd(Decoder &d) {
  if (hasModifier(d, "cc"))
    return decodeCarry<false>(d, false);
  if (Type half = takePacked(d); half != Type::None)
    return decodePacked<Add>(d, half);
  Type type = d.takeType();
  if (typeKind(type) == TypeKind::Float)
    return decodeFloatArithmetic(d, type);
  if (type == Type::S32 && d.take("sat"))
    return emitBinary(d, type, binaryFn<AddSat, int32_t>());
  ExecFn fn =
      typeKind(type) == TypeKind::Bits ? nullptr : byInteger<Binary<Add>>(type);
  return fn ? emitBinary(d, type, fn) : d.badType(type);
}

static bool decodeSub(Decoder &d) {
  if (hasModifier(d, "cc"))
    return decodeCarry<true>(d, false);
  Type type = d.takeType();
  if (typeKind(type) == TypeKind::Float)
    return decodeFloatArithmetic(d, type);
  if (type == Type::S32 && d.take("sat"))
    return emitBinary(d, type, binaryFn<SubSat, int32_t>());
  ExecFn fn =
      typeKind(type) == TypeKind::Bits ? nullptr : byInteger<Binary<Sub>>(type);
  return fn ? emitBinary(d, type, fn) : d.badType(type);
}

static bool decodeAddc(Decoder &d) { return decodeCarry<false>(d, true); }
static bool decodeSubc(Decoder &d) { return decodeCarry<true>(d, true); }

static Type doubled(Type type) {
  switch (type) {
  case Type::U16:
    return Type::U32;
  case Type::S16:
    return Type::S32;
  case Type::U32:
    return Type::U64;
  case Type::S32:
    return Type::S64;
  default:
    return Type::None;
  }
}

static bool decodeMulWide(Decoder &d, Type type) {
  ExecFn fn = nullptr;
  if (type == Type::U16)
    fn = binary<uint32_t, uint16_t, uint16_t, MulWide<uint32_t, uint16_t>>;
  else if (type == Type::S16)
    fn = binary<int32_t, int16_t, int16_t, MulWide<int32_t, int16_t>>;
  else if (type == Type::U32)
    fn = binary<uint64_t, uint32_t, uint32_t, MulWide<uint64_t, uint32_t>>;
  else if (type == Type::S32)
    fn = binary<int64_t, int32_t, int32_t, MulWide<int64_t, int32_t>>;
  else
    return d.badType(type);
  return d.expectOperands(3) && d.def(d.inst.d, d.operand(0), doubled(type)) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), type) && d.emit(fn);
}

static bool decodeMadWide(Decoder &d, Type type) {
  ExecFn fn = nullptr;
  if (type == Type::U16)
    fn = ternary<uint32_t, uint16_t, uint16_t, uint32_t,
                 MadWide<uint32_t, uint16_t>>;
  else if (type == Type::S16)
    fn = ternary<int32_t, int16_t, int16_t, int32_t, MadWide<int32_t, int16_t>>;
  else if (type == Type::U32)
    fn = ternary<uint64_t, uint32_t, uint32_t, uint64_t,
                 MadWide<uint64_t, uint32_t>>;
  else if (type == Type::S32)
    fn = ternary<int64_t, int32_t, int32_t, int64_t, MadWide<int64_t, int32_t>>;
  else
    return d.badType(type);
  return d.expectOperands(4) && d.def(d.inst.d, d.operand(0), doubled(type)) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), type) &&
         d.use(d.inst.c, d.operand(3), doubled(type)) && d.emit(fn);
}

static bool decodeMul(Decoder &d) {
  Type type = d.takeType();
  if (typeKind(type) == TypeKind::Float)
    return decodeFloatArithmetic(d, type);
  if (d.take("wide"))
    return decodeMulWide(d, type);
  ExecFn fn = nullptr;
  if (d.take("hi"))
    fn = byInteger<Binary<MulHi>>(type);
  else if (d.take("lo"))
    fn = byInteger<Binary<MulLo>>(type);
  else
    return d.error("integer mul needs .hi, .lo or .wide");
  return fn ? emitBinary(d, type, fn) : d.badType(type);
}

// mad.lo.cc and madc are a product and an addition with carry.
static bool decodeMadCarry(Decoder &d, bool in) {
  bool out = d.take("cc");
  bool high = d.take("hi");
  if (!high && !d.take("lo"))
    return d.error("mad with carry needs .hi or .lo");
  Type type = d.takeType();
  ExecFn product =
      type == Type::U64 || type == Type::S64 || typeBits(type) == 32
          ? (high ? byInteger<Binary<MulHi>>(type)
                  : byInteger<Binary<MulLo>>(type))
          : nullptr;
  if (!product)
    return d.badType(type);
  Ref partial = d.temporary(type);
  d.inst.d = partial;
  d.noteDef(partial);
  if (!d.expectOperands(4) || !d.use(d.inst.a, d.operand(1), type) ||
      !d.use(d.inst.b, d.operand(2), type) || !d.emit(product))
    return false;
  d.inst.a = partial;
  d.noteUse(partial);
  d.inst.c = d.carry();
  if (in)
    d.noteUse(d.inst.c);
  if (out)
    d.noteDef(d.inst.c);
  ExecFn fn;
  if (typeBits(type) == 32)
    fn = in ? (out ? execCarry<uint32_t, false, true, true>
                   : execCarry<uint32_t, false, true, false>)
            : execCarry<uint32_t, false, false, true>;
  else
    fn = in ? (out ? execCarry<uint64_t, false, true, true>
                   : execCarry<uint64_t, false, true, false>)
            : execCarry<uint64_t, false, false, true>;
  d.inst.flags |= FlagSynthetic;
  return d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.b, d.operand(3), type) && d.emit(fn);
}

static bool decodeMadc(Decoder &d) { return decodeMadCarry(d, true); }

static bool decodeMad(Decoder &d) {
  if (hasModifier(d, "cc"))
    return decodeMadCarry(d, false);
  Type type = d.takeType();
  if (typeKind(type) == TypeKind::Float)
    return decodeFloatArithmetic(d, type);
  if (d.take("wide"))
    return decodeMadWide(d, type);
  ExecFn fn = nullptr;
  if (d.take("hi")) {
    if (type == Type::S32 && d.take("sat"))
      fn = ternary<int32_t, int32_t, int32_t, int32_t, MadHiSat>;
    else
      fn = byInteger<Ternary<MadHi>>(type);
  } else if (d.take("lo")) {
    fn = byInteger<Ternary<MadLo>>(type);
  } else {
    return d.error("integer mad needs .hi, .lo or .wide");
  }
  return fn ? emitTernary(d, type, fn) : d.badType(type);
}

template <template <typename> class Op>
static bool decodeBinary(Decoder &d) {
  Type type = d.takeType();
  if (typeKind(type) == TypeKind::Float)
    return decodeFloatArithmetic(d, type);
  ExecFn fn = byInteger<Binary<Op>>(type);
  return fn && typeKind(type) != TypeKind::Bits ? emitBinary(d, type, fn)
                                                : d.badType(type);
}

template <template <typename> class Op, template <typename> class Relu>
static bool decodeMinMax(Decoder &d) {
  bool relu = d.take("relu");
  if (Type half = takePacked(d); half != Type::None) {
    if (!relu)
      return decodePacked<Op>(d, half);
    return half == Type::S16 ? decodePacked<Relu>(d, half) : d.badType(half);
  }
  Type type = d.takeType();
  if (typeKind(type) == TypeKind::Float)
    return relu ? d.unsupported() : decodeFloatArithmetic(d, type);
  if (relu)
    return type == Type::S32 ? emitBinary(d, type, binaryFn<Relu, int32_t>())
                             : d.badType(type);
  ExecFn fn = byInteger<Binary<Op>>(type);
  return fn && typeKind(type) != TypeKind::Bits ? emitBinary(d, type, fn)
                                                : d.badType(type);
}

template <template <typename> class Op>
static bool decodeSignedUnary(Decoder &d) {
  Type type = d.takeType();
  if (typeKind(type) == TypeKind::Float)
    return decodeFloatArithmetic(d, type);
  ExecFn fn =
      typeKind(type) == TypeKind::Signed ? byInteger<Unary<Op>>(type) : nullptr;
  return fn ? emitUnary(d, type, fn) : d.badType(type);
}

static bool decodeSad(Decoder &d) {
  Type type = d.takeType();
  ExecFn fn = byInteger<Ternary<Sad>>(type);
  return fn ? emitTernary(d, type, fn) : d.badType(type);
}

static bool decodeMul24(Decoder &d) {
  bool high = d.take("hi");
  if (!high && !d.take("lo"))
    return d.error("mul24 needs .hi or .lo");
  Type type = d.takeType();
  if (type == Type::U32)
    return emitBinary(
        d, type,
        high ? binary<uint32_t, uint32_t, uint32_t, Mul24<true, uint32_t>>
             : binary<uint32_t, uint32_t, uint32_t, Mul24<false, uint32_t>>);
  if (type == Type::S32)
    return emitBinary(
        d, type,
        high ? binary<int32_t, int32_t, int32_t, Mul24<true, int32_t>>
             : binary<int32_t, int32_t, int32_t, Mul24<false, int32_t>>);
  return d.badType(type);
}

template <typename Op>
static ExecFn dotFn() {
  return ternary<uint32_t, uint32_t, uint32_t, uint32_t, Op>;
}

// dp4a.atype.btype, dp2a.mode.atype.btype (9.7.1.23, 9.7.1.24)
static bool emitDot(Decoder &d, ExecFn uu, ExecFn us, ExecFn su, ExecFn ss) {
  Type a = d.takeType(), b = d.takeType();
  for (Type type : {a, b})
    if (type != Type::U32 && type != Type::S32)
      return d.unsupported();
  ExecFn fn =
      a == Type::S32 ? (b == Type::S32 ? ss : su) : (b == Type::S32 ? us : uu);
  return emitTernary(d, Type::U32, fn);
}

static bool decodeDp4a(Decoder &d) {
  return emitDot(d, dotFn<Dp4a<uint8_t, uint8_t>>(),
                 dotFn<Dp4a<uint8_t, int8_t>>(), dotFn<Dp4a<int8_t, uint8_t>>(),
                 dotFn<Dp4a<int8_t, int8_t>>());
}

template <bool high>
static bool emitDp2a(Decoder &d) {
  return emitDot(d, dotFn<Dp2a<uint16_t, uint8_t, high>>(),
                 dotFn<Dp2a<uint16_t, int8_t, high>>(),
                 dotFn<Dp2a<int16_t, uint8_t, high>>(),
                 dotFn<Dp2a<int16_t, int8_t, high>>());
}

static bool decodeDp2a(Decoder &d) {
  if (d.take("hi"))
    return emitDp2a<true>(d);
  if (d.take("lo"))
    return emitDp2a<false>(d);
  return d.error("dp2a needs .hi or .lo");
}

ArrayRef<OpcodeEntry> integerOpcodes() {
  static const OpcodeEntry table[] = {
      {"add", decodeAdd},
      {"addc", decodeAddc},
      {"sub", decodeSub},
      {"subc", decodeSubc},
      {"mul", decodeMul},
      {"mad", decodeMad},
      {"madc", decodeMadc},
      {"mul24", decodeMul24},
      {"sad", decodeSad},
      {"div", decodeBinary<Div>},
      {"rem", decodeBinary<Rem>},
      {"abs", decodeSignedUnary<Abs>},
      {"neg", decodeSignedUnary<Neg>},
      {"min", decodeMinMax<Min, MinRelu>},
      {"max", decodeMinMax<Max, MaxRelu>},
      {"dp4a", decodeDp4a},
      {"dp2a", decodeDp2a},
  };
  return table;
}

} // namespace quantmlir::ptx
