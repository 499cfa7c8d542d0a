//===- Bits.cpp - logic, shifts and bit fields (9.7.1, 9.7.8) -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include "llvm/Support/MathExtras.h"

#include <type_traits>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

template <typename T>
struct And {
  static T apply(T a, T b) { return T(a & b); }
};
template <typename T>
struct Or {
  static T apply(T a, T b) { return T(a | b); }
};
template <typename T>
struct Xor {
  static T apply(T a, T b) { return T(a ^ b); }
};
template <typename T>
struct Not {
  static T apply(T a) { return T(~a); }
};
template <typename T>
struct CNot {
  static T apply(T a) { return a == 0; }
};

/// Shift amounts are clamped to the width (9.7.8.9).
template <typename T>
struct Shl {
  static T apply(T a, uint32_t b) {
    using U = std::make_unsigned_t<T>;
    return b >= 8 * sizeof(T) ? T(0) : T(uint64_t(U(a)) << b);
  }
};
template <typename T>
struct Shr {
  static T apply(T a, uint32_t b) {
    constexpr uint32_t bits = 8 * sizeof(T);
    if (b >= bits)
      return a < 0 ? T(-1) : T(0);
    return T(a >> b);
  }
};

template <typename T>
struct Popc {
  static uint32_t apply(T a) { return uint32_t(__builtin_popcountll(a)); }
};
template <typename T>
struct Clz {
  static uint32_t apply(T a) { return uint32_t(llvm::countl_zero(a)); }
};
/// Position of the most significant bit that is not the sign.
template <typename T, bool shiftAmount>
struct Bfind {
  static uint32_t apply(T a) {
    using U = std::make_unsigned_t<T>;
    U bits = a < 0 ? U(~a) : U(a);
    if (bits == 0)
      return ~0u;
    auto leading = uint32_t(llvm::countl_zero(bits));
    return shiftAmount ? leading : uint32_t(8 * sizeof(T)) - 1 - leading;
  }
};
/// fns (9.7.1.18): the position of a set bit, counted from `base` upwards or
/// downwards; offset 0 is the bit at `base` itself.
struct Fns {
  static uint32_t apply(uint32_t bits, uint32_t base, int32_t offset) {
    int64_t count = offset ? std::abs(int64_t(offset)) - 1 : 0;
    int64_t step = offset < 0 ? -1 : 1;
    for (int64_t at = base; at >= 0 && at < 32; at += step) {
      if ((bits >> at) & 1 && count-- == 0)
        return uint32_t(at);
      if (offset == 0)
        break;
    }
    return ~0u;
  }
};
template <typename T>
struct Brev {
  static T apply(T a) { return llvm::reverseBits(a); }
};

// bfe (9.7.1.19), as the manual's pseudocode.
template <typename T>
struct Bfe {
  static T apply(T a, uint32_t b, uint32_t c) {
    using U = std::make_unsigned_t<T>;
    constexpr uint32_t top = 8 * sizeof(T) - 1;
    uint32_t position = b & 0xff, length = c & 0xff;
    U sign = 0;
    if (std::is_signed_v<T> && length != 0)
      sign = (U(a) >> std::min(position + length - 1, top)) & 1;
    U field = position > top ? U(0) : U(U(a) >> position);
    if (position > top)
      field = sign ? ~U(0) : U(0);
    else if (sign)
      // Bits beyond the source repeat the sign.
      field |= position ? U(~U(0) << (top + 1 - position)) : U(0);
    if (length > top)
      return T(field);
    U inside = (U(1) << length) - 1;
    return T((field & inside) | (sign ? U(~inside) : U(0)));
  }
};

// bfi (9.7.1.20)
template <typename T>
static T insertField(T a, T b, uint32_t c, uint32_t d) {
  constexpr uint32_t bits = 8 * sizeof(T);
  uint32_t position = c & 0xff, length = d & 0xff;
  if (position >= bits || length == 0)
    return b;
  T field = length >= bits ? ~T(0) : T((T(1) << length) - 1);
  field = T(field << position);
  return T((b & ~field) | (T(a << position) & field));
}

// szext and bmsk (9.7.1.21, 9.7.1.22)
template <typename T, bool wrap>
struct Szext {
  static T apply(T a, uint32_t b) {
    uint32_t n = wrap ? b & 31 : std::min(b, 32u);
    if (n == 0)
      return 0;
    if (n == 32)
      return a;
    return T(T(uint32_t(a) << (32 - n)) >> (32 - n));
  }
};
template <bool wrap>
struct Bmsk {
  static uint32_t apply(uint32_t a, uint32_t b) {
    uint32_t position = wrap ? a & 31 : a, length = wrap ? b & 31 : b;
    if (position >= 32)
      return 0;
    uint64_t ones = length >= 32 ? ~uint64_t(0) : (uint64_t(1) << length) - 1;
    return uint32_t(ones << position);
  }
};

template <bool left, bool wrap>
struct Funnel {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t n = wrap ? c & 31 : std::min(c, 32u);
    uint64_t both = uint64_t(b) << 32 | a;
    return left ? uint32_t((both << n) >> 32) : uint32_t(both >> n);
  }
};

/// prmt (9.7.9.7); the selector's fourth bit repeats the byte's sign.
struct Prmt {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    uint64_t bytes = uint64_t(b) << 32 | a;
    uint32_t result = 0;
    for (unsigned i = 0; i < 4; ++i) {
      uint32_t selector = c >> (4 * i);
      auto byte = uint8_t(bytes >> (8 * (selector & 7)));
      if (selector & 8)
        byte = byte & 0x80 ? 0xff : 0;
      result |= uint32_t(byte) << (8 * i);
    }
    return result;
  }
};

} // namespace

// The six special modes of prmt as selectors for each value of c[1:0].
static const uint16_t prmtModes[6][4] = {
    {0x3210, 0x4321, 0x5432, 0x6543}, // f4e
    {0x5670, 0x6701, 0x7012, 0x0123}, // b4e
    {0x0000, 0x1111, 0x2222, 0x3333}, // rc8
    {0x3210, 0x3211, 0x3222, 0x3333}, // ecl
    {0x0000, 0x1110, 0x2210, 0x3210}, // ecr
    {0x1010, 0x3232, 0x1010, 0x3232}, // rc16
};

static Step execPrmtMode(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t result[warpSize];
  const auto *a = warp.reg<uint32_t>(inst.a);
  const auto *b = warp.reg<uint32_t>(inst.b);
  const auto *c = warp.reg<uint32_t>(inst.c);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] =
        Prmt::apply(a[lane], b[lane], prmtModes[inst.imm][c[lane] & 3]);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodePrmt(Decoder &d) {
  static const char *const modes[] = {"f4e", "b4e", "rc8",
                                      "ecl", "ecr", "rc16"};
  if (!d.expectType(Type::B32))
    return false;
  for (unsigned i = 0; i < 6; ++i)
    if (d.take(modes[i])) {
      d.inst.imm = i;
      return emitTernary(d, Type::B32, execPrmtMode);
    }
  return emitTernary(d, Type::B32,
                     ternary<uint32_t, uint32_t, uint32_t, uint32_t, Prmt>);
}

template <template <typename> class Op>
static Step execPredicate2(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t value = Op<uint32_t>::apply(warp.predicate(inst.a) ^ inst.aux,
                                       warp.predicate(inst.b) ^ inst.target);
  warp.writePredicate(inst.d, value, mask);
  return Step::Next;
}

static Step execPredicateNot(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.writePredicate(inst.d, ~(warp.predicate(inst.a) ^ inst.aux), mask);
  return Step::Next;
}

// Inst::aux and Inst::target: all ones for a negated source.
template <template <typename> class Op>
static bool emitPredicate2(Decoder &d) {
  bool negateA, negateB;
  if (!d.expectOperands(3) || !d.def(d.inst.d, d.operand(0), Type::Pred) ||
      !d.usePredicate(d.inst.a, d.operand(1), negateA) ||
      !d.usePredicate(d.inst.b, d.operand(2), negateB))
    return false;
  d.inst.aux = negateA ? ~0u : 0;
  d.inst.target = negateB ? ~0u : 0;
  return d.emit(execPredicate2<Op>);
}

template <template <typename> class Op>
static bool decodeLogic(Decoder &d) {
  Type type = d.takeType();
  if (type == Type::Pred)
    return emitPredicate2<Op>(d);
  ExecFn fn =
      typeKind(type) == TypeKind::Bits ? byInteger<Binary<Op>>(type) : nullptr;
  return fn ? emitBinary(d, type, fn) : d.badType(type);
}

static bool decodeNot(Decoder &d) {
  Type type = d.takeType();
  if (type == Type::Pred)
    return emitPredicateUnary(d, execPredicateNot);
  ExecFn fn =
      typeKind(type) == TypeKind::Bits ? byInteger<Unary<Not>>(type) : nullptr;
  return fn ? emitUnary(d, type, fn) : d.badType(type);
}

static bool decodeCNot(Decoder &d) {
  Type type = d.takeType();
  ExecFn fn = byInteger<Unary<CNot>>(type);
  return fn ? emitUnary(d, type, fn) : d.badType(type);
}

namespace {
template <template <typename> class Op>
struct Shift {
  template <typename T>
  static ExecFn fn() {
    return binary<T, T, uint32_t, Op<T>>;
  }
};
} // namespace

template <template <typename> class Op>
static bool decodeShift(Decoder &d) {
  Type type = d.takeType();
  ExecFn fn = byInteger<Shift<Op>>(type);
  return fn ? d.expectOperands(3) && d.def(d.inst.d, d.operand(0), type) &&
                  d.use(d.inst.a, d.operand(1), type) &&
                  d.use(d.inst.b, d.operand(2), Type::U32) && d.emit(fn)
            : d.badType(type);
}

static bool decodeShf(Decoder &d) {
  bool left = d.take("l");
  if (!left && !d.take("r"))
    return d.error("shf needs .l or .r");
  bool wrap = d.take("wrap");
  if (!wrap && !d.take("clamp"))
    return d.error("shf needs .wrap or .clamp");
  if (!d.expectType(Type::B32))
    return false;
  using U = uint32_t;
  ExecFn fn = left ? (wrap ? ternary<U, U, U, U, Funnel<true, true>>
                           : ternary<U, U, U, U, Funnel<true, false>>)
                   : (wrap ? ternary<U, U, U, U, Funnel<false, true>>
                           : ternary<U, U, U, U, Funnel<false, false>>);
  return d.expectOperands(4) && d.def(d.inst.d, d.operand(0), Type::B32) &&
         d.use(d.inst.a, d.operand(1), Type::B32) &&
         d.use(d.inst.b, d.operand(2), Type::B32) &&
         d.use(d.inst.c, d.operand(3), Type::U32) && d.emit(fn);
}

// d has 32 bits whatever the source's width.
static bool emitCount(Decoder &d, Type type, ExecFn fn) {
  return d.expectOperands(2) && d.def(d.inst.d, d.operand(0), Type::U32) &&
         d.use(d.inst.a, d.operand(1), type) && d.emit(fn);
}

template <template <typename> class Op>
static bool decodeCount(Decoder &d) {
  Type type = d.takeType();
  if (type == Type::B32)
    return emitCount(d, type, unary<uint32_t, uint32_t, Op<uint32_t>>);
  if (type == Type::B64)
    return emitCount(d, type, unary<uint32_t, uint64_t, Op<uint64_t>>);
  return d.badType(type);
}

template <bool shiftAmount>
static ExecFn bfindFn(Type type) {
  switch (type) {
  case Type::U32:
    return unary<uint32_t, uint32_t, Bfind<uint32_t, shiftAmount>>;
  case Type::S32:
    return unary<uint32_t, int32_t, Bfind<int32_t, shiftAmount>>;
  case Type::U64:
    return unary<uint32_t, uint64_t, Bfind<uint64_t, shiftAmount>>;
  case Type::S64:
    return unary<uint32_t, int64_t, Bfind<int64_t, shiftAmount>>;
  default:
    return nullptr;
  }
}

static bool decodeBfind(Decoder &d) {
  bool shiftAmount = d.take("shiftamt");
  Type type = d.takeType();
  ExecFn fn = shiftAmount ? bfindFn<true>(type) : bfindFn<false>(type);
  return fn ? emitCount(d, type, fn) : d.badType(type);
}

static bool decodeFns(Decoder &d) {
  if (d.takeType() != Type::B32)
    return d.unsupported();
  return emitTernary(d, Type::B32,
                     ternary<uint32_t, uint32_t, uint32_t, int32_t, Fns>);
}

static bool decodeBrev(Decoder &d) {
  Type type = d.takeType();
  if (type == Type::B32)
    return emitUnary(d, type, unaryFn<Brev, uint32_t>());
  if (type == Type::B64)
    return emitUnary(d, type, unaryFn<Brev, uint64_t>());
  return d.badType(type);
}

template <typename T>
static ExecFn bfeFn() {
  return ternary<T, T, uint32_t, uint32_t, Bfe<T>>;
}

static bool decodeBfe(Decoder &d) {
  Type type = d.takeType();
  ExecFn fn = type == Type::U32   ? bfeFn<uint32_t>()
              : type == Type::S32 ? bfeFn<int32_t>()
              : type == Type::U64 ? bfeFn<uint64_t>()
              : type == Type::S64 ? bfeFn<int64_t>()
                                  : nullptr;
  if (!fn)
    return d.badType(type);
  return d.expectOperands(4) && d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), Type::U32) &&
         d.use(d.inst.c, d.operand(3), Type::U32) && d.emit(fn);
}

template <typename T>
static Step execBfi(Warp &warp, const Inst &inst, uint32_t mask) {
  T result[warpSize];
  const T *a = warp.reg<T>(inst.a), *b = warp.reg<T>(inst.b);
  const auto *c = warp.reg<uint32_t>(inst.c);
  const auto *e = warp.reg<uint32_t>(warp.cta.grid.code.pool[inst.list]);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = insertField<T>(a[lane], b[lane], c[lane], e[lane]);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodeBfi(Decoder &d) {
  Type type = d.takeType();
  if (type != Type::B32 && type != Type::B64)
    return d.badType(type);
  return d.expectOperands(5) && d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), type) &&
         d.use(d.inst.c, d.operand(3), Type::U32) &&
         d.listUse(d.operand(4), Type::U32) &&
         d.emit(type == Type::B32 ? execBfi<uint32_t> : execBfi<uint64_t>);
}

static bool decodeSzext(Decoder &d) {
  bool wrap = d.take("wrap");
  if (!wrap && !d.take("clamp"))
    return d.error("szext needs .wrap or .clamp");
  Type type = d.takeType();
  using U = uint32_t;
  using S = int32_t;
  ExecFn fn = type == Type::U32   ? (wrap ? binary<U, U, U, Szext<U, true>>
                                          : binary<U, U, U, Szext<U, false>>)
              : type == Type::S32 ? (wrap ? binary<S, S, U, Szext<S, true>>
                                          : binary<S, S, U, Szext<S, false>>)
                                  : nullptr;
  return fn ? emitBinary(d, type, fn) : d.badType(type);
}

static bool decodeBmsk(Decoder &d) {
  bool wrap = d.take("wrap");
  if (!wrap && !d.take("clamp"))
    return d.error("bmsk needs .wrap or .clamp");
  if (!d.expectType(Type::B32))
    return false;
  using U = uint32_t;
  return emitBinary(d, Type::U32,
                    wrap ? binary<U, U, U, Bmsk<true>>
                         : binary<U, U, U, Bmsk<false>>);
}

// lop3.b32 d, a, b, c, table (9.7.8.6): bit (a<<2 | b<<1 | c) of the table.
static Step execLop3(Warp &warp, const Inst &inst, uint32_t mask) {
  alignas(64) uint32_t result[warpSize];
  const auto *a = warp.reg<uint32_t>(inst.a);
  const auto *b = warp.reg<uint32_t>(inst.b);
  const auto *c = warp.reg<uint32_t>(inst.c);
  uint32_t terms[8];
  for (unsigned i = 0; i < 8; ++i)
    terms[i] = (inst.imm >> i) & 1 ? ~0u : 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint32_t x = a[lane], y = b[lane], z = c[lane];
    result[lane] = (terms[0] & ~x & ~y & ~z) | (terms[1] & ~x & ~y & z) |
                   (terms[2] & ~x & y & ~z) | (terms[3] & ~x & y & z) |
                   (terms[4] & x & ~y & ~z) | (terms[5] & x & ~y & z) |
                   (terms[6] & x & y & ~z) | (terms[7] & x & y & z);
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodeLop3(Decoder &d) {
  if (!d.expectType(Type::B32) || !d.expectOperands(5) ||
      !d.immediate(d.inst.imm, d.operand(4)))
    return false;
  if (d.inst.imm < 0 || d.inst.imm > 255)
    return d.error(d.operand(4).loc, "the table of lop3 is between 0 and 255");
  return d.def(d.inst.d, d.operand(0), Type::B32) &&
         d.use(d.inst.a, d.operand(1), Type::B32) &&
         d.use(d.inst.b, d.operand(2), Type::B32) &&
         d.use(d.inst.c, d.operand(3), Type::B32) && d.emit(execLop3);
}

ArrayRef<OpcodeEntry> bitOpcodes() {
  static const OpcodeEntry table[] = {
      {"and", decodeLogic<And>},   {"or", decodeLogic<Or>},
      {"xor", decodeLogic<Xor>},   {"not", decodeNot},
      {"cnot", decodeCNot},        {"shl", decodeShift<Shl>},
      {"shr", decodeShift<Shr>},   {"shf", decodeShf},
      {"popc", decodeCount<Popc>}, {"clz", decodeCount<Clz>},
      {"bfind", decodeBfind},      {"brev", decodeBrev},
      {"bfe", decodeBfe},          {"bfi", decodeBfi},
      {"szext", decodeSzext},      {"bmsk", decodeBmsk},
      {"lop3", decodeLop3},        {"prmt", decodePrmt},
      {"fns", decodeFns},
  };
  return table;
}

} // namespace quantmlir::ptx
