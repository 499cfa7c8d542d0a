//===- Mma.cpp - mma.sync (9.7.15.4, 9.7.15.5) ----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"
#include "Lanes.h"
#include "MmaInt8.h"
#include "Numerics.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

/// One product: shape and types; packed into Inst::imm.
struct Product {
  uint8_t m, n;
  uint16_t k;
  Type d, a, b, c;
  bool saturate;
  /// b1: 1 for xor, 2 for and.
  uint8_t bitOp;

  uint64_t pack() const {
    return uint64_t(m) | uint64_t(k) << 8 | uint64_t(d) << 20 |
           uint64_t(a) << 28 | uint64_t(b) << 36 | uint64_t(c) << 44 |
           uint64_t(saturate) << 52 | uint64_t(bitOp) << 53;
  }
  static Product unpack(uint64_t x) {
    return {uint8_t(x),
            8,
            uint16_t(x >> 8 & 0xfff),
            Type(x >> 20 & 0xff),
            Type(x >> 28 & 0xff),
            Type(x >> 36 & 0xff),
            Type(x >> 44 & 0xff),
            bool(x >> 52 & 1),
            uint8_t(x >> 53 & 3)};
  }
  bool isDouble() const { return a == Type::F64; }
  /// Elements of A and B to a register.
  unsigned items() const { return isDouble() ? 1 : 32 / typeBits(a); }
  unsigned registersA() const { return m * k / 32 / items(); }
  unsigned registersB() const { return k * n / 32 / items(); }
  static unsigned accumulatorItems(Type type) {
    return type == Type::F16 ? 2 : 1;
  }
  unsigned registersC(Type type) const {
    return m * n / 32 / accumulatorItems(type);
  }
};

struct Supported {
  unsigned m, k;
  Type type;
};

} // namespace

static const Supported supportedShapes[] = {
    {8, 16, Type::S8},    {16, 16, Type::S8},  {16, 32, Type::S8},
    {8, 32, Type::S4},    {16, 32, Type::S4},  {16, 64, Type::S4},
    {16, 8, Type::F16},   {16, 16, Type::F16}, {16, 8, Type::BF16},
    {16, 16, Type::BF16}, {16, 4, Type::TF32}, {16, 8, Type::TF32},
    {8, 4, Type::F64},    {16, 4, Type::F64},  {16, 8, Type::F64},
    {16, 16, Type::F64},  {8, 128, Type::B1},  {16, 128, Type::B1},
    {16, 256, Type::B1},
};

static int32_t decodeInteger(uint32_t bits, Type type) {
  unsigned width = typeBits(type);
  if (typeKind(type) == TypeKind::Signed)
    return int32_t(bits << (32 - width)) >> (32 - width);
  return int32_t(bits & ((1u << width) - 1));
}

static double decodeFloat(uint32_t bits, Type type) {
  switch (type) {
  case Type::F16:
    return halfToFloat(uint16_t(bits));
  case Type::BF16:
    return bfloatToFloat(uint16_t(bits));
  default:
    return toTf32(bitCast<float>(bits));
  }
}

static uint32_t itemBits(uint32_t word, unsigned width, unsigned item) {
  return width == 32 ? word : (word >> (width * item)) & ((1u << width) - 1);
}

static constexpr unsigned maxK = 256;

/// Spreads fragments of A (m x k) and B (n x k) into rows along k.
template <typename T, typename Decode>
static void gather(const Warp &warp, const Product &p, const Ref *a,
                   const Ref *b, T (&rowsA)[16][maxK], T (&rowsB)[8][maxK],
                   Decode decode) {
  unsigned items = p.items(), width = 32 / items;
  for (unsigned reg = 0; reg < p.registersA(); ++reg)
    for (unsigned lane = 0; lane < warpSize; ++lane)
      for (unsigned item = 0; item < items; ++item) {
        Element at = fragmentA(p.m, items, lane, reg, item);
        rowsA[at.row][at.column] = decode(
            itemBits(warp.reg<uint32_t>(a[reg])[lane], width, item), p.a);
      }
  for (unsigned reg = 0; reg < p.registersB(); ++reg)
    for (unsigned lane = 0; lane < warpSize; ++lane)
      for (unsigned item = 0; item < items; ++item) {
        Element at = fragmentB(items, lane, reg, item);
        rowsB[at.column][at.row] = decode(
            itemBits(warp.reg<uint32_t>(b[reg])[lane], width, item), p.b);
      }
}

static Step execInteger(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  Product p = Product::unpack(uint64_t(inst.imm));
  const Ref *d = &warp.cta.grid.code.pool[inst.list];
  const Ref *a = d + p.registersC(p.d), *b = a + p.registersA();
  const Ref *c = b + p.registersB();
  int32_t rowsA[16][maxK], rowsB[8][maxK];
  gather(warp, p, a, b, rowsA, rowsB, decodeInteger);
  int32_t results[4][warpSize];
  for (unsigned reg = 0; reg < p.registersC(p.d); ++reg)
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      Element at = fragmentC(1, lane, reg, 0);
      int64_t sum = warp.reg<int32_t>(c[reg])[lane];
      for (unsigned k = 0; k < p.k; ++k) {
        int32_t x = rowsA[at.row][k], y = rowsB[at.column][k];
        sum += p.bitOp == 1 ? x ^ y : x * y;
      }
      if (p.saturate)
        sum = std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX);
      results[reg][lane] = int32_t(sum);
    }
  for (unsigned reg = 0; reg < p.registersC(p.d); ++reg)
    warp.write(d[reg], results[reg], allLanes);
  return Step::Next;
}

// In 32 bits, so that it vectorizes: a sum overflows if its sign differs from
// that of both terms.
static int32_t addSaturated(int32_t a, int32_t b) {
  auto sum = int32_t(uint32_t(a) + uint32_t(b));
  int32_t limit = (a >> 31) ^ INT32_MAX;
  return ((a ^ sum) & (b ^ sum)) < 0 ? limit : sum;
}

// int8 through the fast kernels; bit-equal to execInteger.
static Step execInt8(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  Product p = Product::unpack(uint64_t(inst.imm));
  const Ref *d = &warp.cta.grid.code.pool[inst.list];
  const Ref *a = d + 4, *b = a + p.registersA(), *c = b + p.registersB();
  Int8Operands operands;
  operands.halves = p.k / 16;
  operands.signedA = p.a == Type::S8;
  operands.signedB = p.b == Type::S8;
  for (unsigned i = 0; i < p.registersA(); ++i)
    operands.a[i] = warp.reg<uint32_t>(a[i]);
  for (unsigned i = 0; i < p.registersB(); ++i)
    operands.b[i] = warp.reg<uint32_t>(b[i]);
  alignas(64) int32_t products[4][warpSize];
  multiplyInt8(operands, products);
  for (unsigned reg = 0; reg < 4; ++reg) {
    const int32_t *source = warp.reg<int32_t>(c[reg]);
    if (p.saturate)
      for (unsigned lane = 0; lane < warpSize; ++lane)
        products[reg][lane] = addSaturated(source[lane], products[reg][lane]);
    else
      for (unsigned lane = 0; lane < warpSize; ++lane)
        products[reg][lane] =
            int32_t(uint32_t(source[lane]) + uint32_t(products[reg][lane]));
  }
  for (unsigned reg = 0; reg < 4; ++reg)
    warp.write(d[reg], products[reg], allLanes);
  return Step::Next;
}

// Products are exact in double, and so, nearly, is their sum: one rounding to
// the accumulator's type at the end. PTX leaves order and precision of the sum
// open (9.7.15.5.14).
static Step execFloat(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  Product p = Product::unpack(uint64_t(inst.imm));
  const Ref *d = &warp.cta.grid.code.pool[inst.list];
  const Ref *a = d + p.registersC(p.d), *b = a + p.registersA();
  const Ref *c = b + p.registersB();
  double rowsA[16][maxK], rowsB[8][maxK];
  gather(warp, p, a, b, rowsA, rowsB, decodeFloat);
  double sums[16][8];
  unsigned itemsC = Product::accumulatorItems(p.c);
  for (unsigned reg = 0; reg < p.registersC(p.c); ++reg)
    for (unsigned lane = 0; lane < warpSize; ++lane)
      for (unsigned item = 0; item < itemsC; ++item) {
        Element at = fragmentC(itemsC, lane, reg, item);
        uint32_t word = warp.reg<uint32_t>(c[reg])[lane];
        double sum =
            itemsC == 2
                ? double(halfToFloat(uint16_t(itemBits(word, 16, item))))
                : double(bitCast<float>(word));
        for (unsigned k = 0; k < p.k; ++k)
          sum += rowsA[at.row][k] * rowsB[at.column][k];
        sums[at.row][at.column] = sum;
      }
  unsigned itemsD = Product::accumulatorItems(p.d);
  for (unsigned reg = 0; reg < p.registersC(p.d); ++reg) {
    uint32_t words[warpSize] = {};
    for (unsigned lane = 0; lane < warpSize; ++lane)
      for (unsigned item = 0; item < itemsD; ++item) {
        Element at = fragmentC(itemsD, lane, reg, item);
        double sum = sums[at.row][at.column];
        words[lane] |= itemsD == 2 ? uint32_t(doubleToHalf(sum)) << (16 * item)
                                   : bitCast<uint32_t>(float(sum));
      }
    warp.write(d[reg], words, allLanes);
  }
  return Step::Next;
}

static Step execDouble(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  Product p = Product::unpack(uint64_t(inst.imm));
  const Ref *d = &warp.cta.grid.code.pool[inst.list];
  const Ref *a = d + p.registersC(p.d), *b = a + p.registersA();
  const Ref *c = b + p.registersB();
  double rowsA[16][16], rowsB[8][16], results[4][warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    for (unsigned reg = 0; reg < p.registersA(); ++reg) {
      Element at = fragmentA(p.m, 1, lane, reg, 0);
      rowsA[at.row][at.column] = warp.reg<double>(a[reg])[lane];
    }
    for (unsigned reg = 0; reg < p.registersB(); ++reg) {
      Element at = fragmentB(1, lane, reg, 0);
      rowsB[at.column][at.row] = warp.reg<double>(b[reg])[lane];
    }
  }
  for (unsigned reg = 0; reg < p.registersC(p.d); ++reg)
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      Element at = fragmentC(1, lane, reg, 0);
      double sum = warp.reg<double>(c[reg])[lane];
      for (unsigned k = 0; k < p.k; ++k)
        sum = std::fma(rowsA[at.row][k], rowsB[at.column][k], sum);
      results[reg][lane] = sum;
    }
  for (unsigned reg = 0; reg < p.registersC(p.d); ++reg)
    warp.write(d[reg], results[reg], allLanes);
  return Step::Next;
}

// .mXnYkZ
static bool takeShape(Decoder &d, Product &p) {
  for (StringRef modifier : d.statement().modifiers) {
    StringRef rest = modifier;
    unsigned m, n, k;
    if (rest.consume_front("m") && !rest.consumeInteger(10, m) &&
        rest.consume_front("n") && !rest.consumeInteger(10, n) &&
        rest.consume_front("k") && !rest.getAsInteger(10, k)) {
      if (n != 8 || m > 16 || k > maxK)
        return d.unsupported();
      p.m = uint8_t(m);
      p.n = 8;
      p.k = uint16_t(k);
      return d.take(modifier);
    }
  }
  return d.error("mma needs a shape");
}

static bool isSupported(const Product &p) {
  auto asSigned = [](Type type) {
    return type == Type::U8 ? Type::S8 : type == Type::U4 ? Type::S4 : type;
  };
  if (asSigned(p.a) != asSigned(p.b))
    return false;
  for (const Supported &shape : supportedShapes) {
    if (shape.m != p.m || shape.k != p.k || shape.type != asSigned(p.a))
      continue;
    switch (shape.type) {
    case Type::F64:
      return p.c == Type::F64 && p.d == Type::F64;
    case Type::F16:
      return (p.c == Type::F16 || p.c == Type::F32) &&
             (p.d == Type::F16 || p.d == Type::F32);
    case Type::BF16:
    case Type::TF32:
      return p.c == Type::F32 && p.d == Type::F32;
    default:
      return p.c == Type::S32 && p.d == Type::S32;
    }
  }
  return false;
}

static bool takeFragment(Decoder &d, const Operand &operand, Type type,
                         unsigned count, bool define) {
  if (operand.kind != Operand::Kind::Vector || operand.elements.size() != count)
    return d.error(operand.loc,
                   "the fragment must have " + Twine(count) + " registers");
  for (const Operand &element : operand.elements)
    if (!(define ? d.listDef(element, type) : d.listUse(element, type)))
      return false;
  return true;
}

static bool decodeMma(Decoder &d) {
  Product p = {};
  if (!d.take("sync") || !d.take("aligned"))
    return d.error("mma needs .sync.aligned");
  if (!takeShape(d, p))
    return false;
  if (!d.take("row") || !d.take("col"))
    return d.error("mma needs .row.col");
  p.saturate = d.take("satfinite");
  p.d = d.takeType();
  p.a = d.takeType();
  p.b = d.takeType();
  p.c = d.takeType();
  if (p.a == Type::B1) {
    p.bitOp = d.take("xor") ? 1 : d.take("and") ? 2 : 0;
    if (!p.bitOp || !d.take("popc"))
      return d.unsupported();
  }
  if (!isSupported(p) || (p.saturate && (p.d != Type::S32 || p.a == Type::B1)))
    return d.unsupported();
  Type word = p.isDouble() ? Type::F64 : Type::B32;
  if (!d.expectOperands(4) ||
      !takeFragment(d, d.operand(0), word, p.registersC(p.d), true) ||
      !takeFragment(d, d.operand(1), word, p.registersA(), false) ||
      !takeFragment(d, d.operand(2), word, p.registersB(), false) ||
      !takeFragment(d, d.operand(3), word, p.registersC(p.c), false))
    return false;
  d.inst.imm = int64_t(p.pack());
  bool int8 = typeBits(p.a) == 8 && p.m == 16;
  return d.emit(p.isDouble()                       ? execDouble
                : typeKind(p.a) == TypeKind::Float ? execFloat
                : int8                             ? execInt8
                                                   : execInteger);
}

bool decodeLdmatrix(Decoder &d);
bool decodeStmatrix(Decoder &d);
bool decodeMovmatrix(Decoder &d);

ArrayRef<OpcodeEntry> matrixOpcodes() {
  static const OpcodeEntry table[] = {
      {"mma", decodeMma},
      {"ldmatrix", decodeLdmatrix},
      {"stmatrix", decodeStmatrix},
      {"movmatrix", decodeMovmatrix},
  };
  return table;
}

} // namespace quantmlir::ptx
