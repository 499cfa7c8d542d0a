//===- Wgmma.cpp - products of warpgroups (9.7.15.7) ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each warp of the group computes its 16 of the 64 rows when it issues the
// instruction. That results and operands are not to be touched before the wait
// is for the checker to see.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Fragments.h"
#include "Lanes.h"
#include "MmaInt8.h"
#include "Numerics.h"

#include <algorithm>
#include <array>
#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

constexpr unsigned warpRows = 16; // of the 64
constexpr unsigned maxColumns = 256;
constexpr unsigned rowBytes = 32; // of A's and B's rows along K

/// Inst::imm.
struct Product {
  uint16_t n;
  Type d, a, b;
  bool aInRegisters, transposeA, transposeB, negateA, negateB, saturate;

  uint64_t pack() const {
    uint64_t flags = uint64_t(aInRegisters) | uint64_t(transposeA) << 1 |
                     uint64_t(transposeB) << 2 | uint64_t(negateA) << 3 |
                     uint64_t(negateB) << 4 | uint64_t(saturate) << 5;
    return uint64_t(n) | uint64_t(d) << 16 | uint64_t(a) << 24 |
           uint64_t(b) << 32 | flags << 40;
  }
  static Product unpack(uint64_t x) {
    uint64_t flags = x >> 40;
    return {uint16_t(x),          Type(x >> 16 & 0xff), Type(x >> 24 & 0xff),
            Type(x >> 32 & 0xff), bool(flags & 1),      bool(flags & 2),
            bool(flags & 4),      bool(flags & 8),      bool(flags & 16),
            bool(flags & 32)};
  }
  /// The depth: 32 bytes of each row of A.
  unsigned k() const { return rowBytes / typeBytes(a); }
  unsigned items() const { return 32 / typeBits(a); }
  unsigned itemsD() const { return d == Type::F16 ? 2 : 1; }
  unsigned registersD() const { return n / 2 / itemsD(); }
};

/// A matrix in shared memory, by its descriptor (9.7.15.5.1).
class SharedMatrix {
public:
  SharedMatrix(uint64_t descriptor, unsigned elementBytes, bool transposed)
      : start(field(descriptor, 0)), leading(field(descriptor, 16)),
        stride(field(descriptor, 32)), base(descriptor >> 49 & 7),
        layout(descriptor >> 62), element(elementBytes),
        transposed(transposed) {
    // 0 is no swizzle; 1, 2 and 3 are 128, 64 and 32 bytes.
    spanPieces = layout == 0 ? 1 : 16u >> layout;
  }

  bool isTransposed() const { return transposed; }

  /// Offset of the element at `row` of M or N, and `depth` of K.
  uint64_t offset(unsigned row, unsigned depth) const {
    uint64_t address = transposed ? alongRows(row, depth * element)
                                  : alongDepth(row, depth * element);
    uint64_t pattern = (address >> 7) - base;
    return address ^ ((pattern & (spanPieces - 1)) << 4);
  }

private:
  static uint64_t field(uint64_t descriptor, unsigned bit) {
    return (descriptor >> bit & 0x3fff) << 4;
  }

  // K is contiguous: groups of 8 rows, `stride` apart; a row is as long as the
  // swizzle's span. Without a swizzle pieces of 16 bytes are `leading` apart.
  uint64_t alongDepth(unsigned row, uint64_t bytes) const {
    uint64_t group = start + row / 8 * stride;
    if (layout == 0)
      return group + row % 8 * 16 + bytes / 16 * leading + bytes % 16;
    return group + row % 8 * (16 * spanPieces) + bytes;
  }

  // M or N is contiguous, in pieces of a span; K goes in groups of 8. Only
  // types of 16 bits have this.
  uint64_t alongRows(unsigned row, uint64_t depthBytes) const {
    unsigned depth = unsigned(depthBytes / element);
    uint64_t bytes = uint64_t(row) * element, span = 16 * spanPieces;
    uint64_t within = start + bytes % span + depth % 8 * span;
    if (layout == 0)
      return within + bytes / span * stride + depth / 8 * leading;
    return within + bytes / span * leading + depth / 8 * stride;
  }

  uint64_t start, leading, stride, base, layout;
  unsigned element;
  bool transposed;
  uint64_t spanPieces;
};

/// The bytes along K of one row of M or N: 32 in every type.
using Row = std::array<uint8_t, rowBytes>;

/// Reads matrices out of shared memory, and notes where.
class Reader {
public:
  Reader(Warp &warp, const Inst &inst) : warp(warp), inst(inst) {}

  /// Rows from `first`, of elements of `bytes` bytes.
  bool read(const SharedMatrix &matrix, unsigned first, unsigned bytes,
            MutableArrayRef<Row> into);
  /// Offsets and sizes of what was read, in checked mode.
  const std::vector<std::pair<uint64_t, uint64_t>> &ranges() const {
    return touched;
  }

private:
  const uint8_t *piece(uint64_t offset);

  Warp &warp;
  const Inst &inst;
  std::vector<std::pair<uint64_t, uint64_t>> touched;
};

} // namespace

/// 16 bytes, which every layout keeps together; null after a fault.
const uint8_t *Reader::piece(uint64_t offset) {
  const std::vector<uint8_t> &shared = warp.cta.shared;
  if (offset + 16 > shared.size()) {
    warp.fault(inst, allLanes, "out-of-bounds",
               "the matrix of wgmma reaches shared offset " + Twine(offset) +
                   " of " + Twine(shared.size()));
    return nullptr;
  }
  if (warp.cta.checker) {
    if (!touched.empty() &&
        touched.back().first + touched.back().second == offset)
      touched.back().second += 16;
    else
      touched.push_back({offset, 16});
  }
  return shared.data() + offset;
}

bool Reader::read(const SharedMatrix &matrix, unsigned first, unsigned bytes,
                  MutableArrayRef<Row> into) {
  unsigned items = 16 / bytes;
  if (!matrix.isTransposed()) {
    for (unsigned row = 0; row < into.size(); ++row)
      for (unsigned half : {0u, 1u}) {
        const uint8_t *from = piece(matrix.offset(first + row, half * items));
        if (!from)
          return false;
        std::memcpy(&into[row][16 * half], from, 16);
      }
    return true;
  }
  for (unsigned block = 0; block < into.size(); block += items)
    for (unsigned k = 0; k < rowBytes / bytes; ++k) {
      const uint8_t *from = piece(matrix.offset(first + block, k));
      if (!from)
        return false;
      for (unsigned i = 0; i < items; ++i)
        std::memcpy(&into[block + i][k * bytes], from + i * bytes, bytes);
    }
  return true;
}

static double decodeFloat(uint32_t bits, Type type) {
  return type == Type::F16    ? double(halfToFloat(uint16_t(bits)))
         : type == Type::BF16 ? double(bfloatToFloat(uint16_t(bits)))
                              : double(toTf32(bitCast<float>(bits)));
}

struct Operands {
  Row a[warpRows], b[maxColumns];
};

/// Element (row, k) of A or B.
static uint32_t bitsAt(const Row &row, unsigned k, unsigned bytes) {
  uint32_t bits = 0;
  std::memcpy(&bits, &row[k * bytes], bytes);
  return bits;
}

// Descriptors are the same in all lanes (9.7.15.7.2).
static bool gather(Warp &warp, const Inst &inst, const Product &p,
                   const Ref *fragment, Reader &reader, Operands &operands) {
  unsigned bytes = typeBytes(p.a);
  if (p.aInRegisters) {
    // A register has 4 bytes along K, whatever their type.
    for (unsigned reg = 0; reg < 4; ++reg)
      for (unsigned lane = 0; lane < warpSize; ++lane) {
        Element at = fragmentA(warpRows, p.items(), lane, reg, 0);
        std::memcpy(&operands.a[at.row][at.column * bytes],
                    &warp.reg<uint32_t>(fragment[reg])[lane], 4);
      }
  } else {
    SharedMatrix a(*warp.reg<uint64_t>(inst.a), bytes, p.transposeA);
    if (!reader.read(a, warp.index % 4 * warpRows, bytes, operands.a))
      return false;
  }
  SharedMatrix b(*warp.reg<uint64_t>(inst.b), bytes, p.transposeB);
  return reader.read(b, 0, bytes, MutableArrayRef<Row>(operands.b, p.n));
}

/// Calls `element(reg, lane, item, row, column)` for each of D's.
template <typename Function>
static void forEachResult(const Product &p, Function element) {
  unsigned items = p.itemsD(), perBlock = 4 / items;
  for (unsigned reg = 0; reg < p.registersD(); ++reg)
    for (unsigned lane = 0; lane < warpSize; ++lane)
      for (unsigned item = 0; item < items; ++item) {
        Element at = fragmentC(items, lane, reg % perBlock, item);
        element(reg, lane, item, at.row, at.column + reg / perBlock * 8);
      }
}

static double dot(const double *a, const double *b, unsigned k) {
  double sum = 0;
  for (unsigned i = 0; i < k; ++i)
    sum += a[i] * b[i];
  return sum;
}

/// Half `half` of 8 rows, as a register of mma's fragments has them.
static void packHalf(const Row *rows, unsigned half, uint32_t (&into)[32]) {
  for (unsigned row = 0; row < 8; ++row)
    std::memcpy(&into[4 * row], &rows[row][16 * half], 16);
}

// As mma.sync of m16n8k32, for each 8 columns.
static void multiplyIntegers(Warp &warp, const Product &p, const Ref *d,
                             const Operands &operands, bool accumulate) {
  alignas(64) uint32_t a[4][32], b[2][32];
  Int8Operands product;
  product.halves = 2;
  product.signedA = p.a == Type::S8;
  product.signedB = p.b == Type::S8;
  for (unsigned reg = 0; reg < 4; ++reg) {
    packHalf(operands.a + reg % 2 * 8, reg / 2, a[reg]);
    product.a[reg] = a[reg];
  }
  for (unsigned block = 0; block < p.n / 8u; ++block) {
    for (unsigned half : {0u, 1u}) {
      packHalf(operands.b + block * 8, half, b[half]);
      product.b[half] = b[half];
    }
    alignas(64) int32_t sums[4][warpSize];
    multiplyInt8(product, sums);
    for (unsigned reg = 0; reg < 4; ++reg) {
      auto *result = warp.reg<int32_t>(d[4 * block + reg]);
      for (unsigned lane = 0; lane < warpSize; ++lane) {
        int64_t sum =
            int64_t(sums[reg][lane]) + (accumulate ? result[lane] : 0);
        if (p.saturate)
          sum = std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX);
        result[lane] = int32_t(sum);
      }
    }
  }
}

// As mma.sync: exact products, summed in double, rounded once.
static void multiplyFloats(Warp &warp, const Product &p, const Ref *d,
                           const Operands &operands, bool accumulate) {
  unsigned k = p.k(), bytes = typeBytes(p.a);
  std::vector<double> a(warpRows * k), b(size_t(p.n) * k);
  for (unsigned i = 0; i < a.size(); ++i)
    a[i] = decodeFloat(bitsAt(operands.a[i / k], i % k, bytes), p.a);
  for (unsigned i = 0; i < b.size(); ++i)
    b[i] = decodeFloat(bitsAt(operands.b[i / k], i % k, bytes), p.b);
  double sign = p.negateA != p.negateB ? -1 : 1;
  forEachResult(p, [&](unsigned reg, unsigned lane, unsigned item, unsigned row,
                       unsigned column) {
    uint32_t &word = warp.reg<uint32_t>(d[reg])[lane];
    double sum = sign * dot(a.data() + row * k, b.data() + column * k, k);
    if (p.d == Type::F32) {
      sum += accumulate ? double(bitCast<float>(word)) : 0;
      word = bitCast<uint32_t>(float(sum));
      return;
    }
    unsigned shift = 16 * item;
    sum += accumulate ? double(halfToFloat(uint16_t(word >> shift))) : 0;
    word = (word & ~(0xffffu << shift)) | uint32_t(doubleToHalf(sum)) << shift;
  });
}

static Step execProduct(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  unsigned group = warp.index / 4;
  if (warp.existing != allLanes || warp.cta.warps.size() < 4 * (group + 1))
    return warp.fault(inst, mask, "wgmma",
                      "the warp is not in a warpgroup of four whole warps");
  if (warp.cta.checker &&
      warp.cta.checker->warpgroupStep(warp, inst) != Step::Next)
    return Step::Fault;
  Product p = Product::unpack(uint64_t(inst.imm));
  const Ref *list = &warp.cta.grid.code.pool[inst.list];
  const Ref *d = list + (p.aInRegisters ? 4 : 0);
  auto operands = std::make_unique<Operands>();
  Reader reader(warp, inst);
  if (!gather(warp, inst, p, list, reader, *operands))
    return Step::Fault;
  if (warp.cta.checker &&
      !warp.cta.checker->productIssued(warp, inst, reader.ranges()))
    return Step::Fault;
  bool accumulate = warp.predicate(inst.c) & 1;
  if (p.d == Type::S32)
    multiplyIntegers(warp, p, d, *operands, accumulate);
  else
    multiplyFloats(warp, p, d, *operands, accumulate);
  return Step::Next;
}

//===----------------------------------------------------------------------===//
// Fence, groups
//===----------------------------------------------------------------------===//

static Step execFence(Warp &warp, const Inst &, uint32_t) {
  if (warp.cta.checker)
    warp.cta.checker->productFence(warp);
  return Step::Next;
}

static Step execCommit(Warp &warp, const Inst &, uint32_t) {
  if (warp.cta.checker)
    warp.cta.checker->productCommit(warp);
  return Step::Next;
}

static Step execWait(Warp &warp, const Inst &inst, uint32_t) {
  if (warp.cta.checker)
    warp.cta.checker->productWait(warp, uint32_t(inst.imm));
  return Step::Next;
}

/// All of a warp executes the instruction together, and so do all warps of the
/// warpgroup.
template <ExecFn fn>
static Step execConverged(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  if (warp.cta.checker &&
      warp.cta.checker->warpgroupStep(warp, inst) != Step::Next)
    return Step::Fault;
  return fn(warp, inst, mask);
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

static bool takeShape(Decoder &d, unsigned &n, unsigned &k) {
  for (StringRef modifier : d.statement().modifiers) {
    StringRef rest = modifier;
    if (rest.consume_front("m64n") && !rest.consumeInteger(10, n) &&
        rest.consume_front("k") && !rest.getAsInteger(10, k))
      return d.take(modifier);
  }
  return d.error("wgmma.mma_async needs a shape m64nNkK");
}

static bool isSupported(const Product &p, unsigned k) {
  if (p.n < 8 || p.n > 256 || p.n % 8)
    return false;
  switch (p.a) {
  case Type::S8:
  case Type::U8:
    return (p.b == Type::S8 || p.b == Type::U8) && p.d == Type::S32 &&
           k == p.k() && (p.n % 16 == 0 || p.n == 8 || p.n == 24);
  case Type::F16:
    return p.b == p.a && (p.d == Type::F32 || p.d == Type::F16) && k == p.k();
  case Type::BF16:
  case Type::TF32:
    return p.b == p.a && p.d == Type::F32 && k == p.k();
  default:
    return false;
  }
}

/// The immediates after the descriptors: signs, and transpositions of 16-bit
/// types.
static bool takeImmediates(Decoder &d, Product &p) {
  size_t next = 4;
  auto sign = [&](bool &negate) {
    int64_t value;
    const Operand &operand = d.operand(next++);
    if (!d.immediate(value, operand))
      return false;
    negate = value == -1;
    return value == 1 || value == -1 ||
           d.error(operand.loc, "the sign must be 1 or -1");
  };
  auto transposition = [&](bool &transpose) {
    int64_t value;
    const Operand &operand = d.operand(next++);
    if (!d.immediate(value, operand))
      return false;
    transpose = value == 1;
    return value == 0 || value == 1 ||
           d.error(operand.loc, "the transposition must be 0 or 1");
  };
  if (p.d == Type::S32)
    return d.expectOperands(4);
  bool transposes = typeBits(p.a) == 16;
  unsigned transpositions = !transposes ? 0 : p.aInRegisters ? 1 : 2;
  return d.expectOperands(6 + transpositions) && sign(p.negateA) &&
         sign(p.negateB) &&
         (transpositions < 2 || transposition(p.transposeA)) &&
         (transpositions < 1 || transposition(p.transposeB));
}

// wgmma.mma_async.sync.aligned.shape{.satfinite}.d.a.b D, A, B, scale-d{,
// sign-a, sign-b{{, transpose-a}, transpose-b}}
static bool decodeProduct(Decoder &d) {
  if (!d.take("sync") || !d.take("aligned"))
    return d.error("wgmma needs .sync.aligned");
  Product p = {};
  unsigned n = 0, k = 0;
  if (!takeShape(d, n, k))
    return false;
  p.n = uint16_t(n);
  p.saturate = d.take("satfinite");
  p.d = d.takeType();
  p.a = d.takeType();
  p.b = d.takeType();
  if (!isSupported(p, k) || (p.saturate && p.d != Type::S32))
    return d.unsupported();
  if (d.operandCount() < 4)
    return d.expectOperands(4);
  p.aInRegisters = d.operand(1).kind == Operand::Kind::Vector;
  if (!takeImmediates(d, p))
    return false;
  if (p.aInRegisters) {
    if (d.operand(1).elements.size() != 4)
      return d.error(d.operand(1).loc, "A's fragment must have 4 registers");
    for (const Operand &element : d.operand(1).elements)
      if (!d.listUse(element, Type::B32))
        return false;
  } else if (!d.use(d.inst.a, d.operand(1), Type::U64)) {
    return false;
  }
  const Operand &target = d.operand(0);
  if (target.kind != Operand::Kind::Vector ||
      target.elements.size() != p.registersD())
    return d.error(target.loc, "the accumulator must have " +
                                   Twine(p.registersD()) + " registers");
  for (const Operand &element : target.elements) {
    Ref ref;
    if (!d.listDef(element, Type::B32) || !d.use(ref, element, Type::B32))
      return false;
  }
  d.usesWgmma(p.aInRegisters ? 4 : 0);
  d.inst.imm = int64_t(p.pack());
  return d.use(d.inst.b, d.operand(2), Type::U64) &&
         d.use(d.inst.c, d.operand(3), Type::Pred) && d.emit(execProduct);
}

static bool decodeWgmma(Decoder &d) {
  if (d.take("mma_async"))
    return decodeProduct(d);
  bool fence = d.take("fence"), commit = !fence && d.take("commit_group");
  bool wait = !fence && !commit && d.take("wait_group");
  if (!(fence || commit || wait) || !d.take("sync") || !d.take("aligned"))
    return d.unsupported();
  if (!wait)
    return d.expectOperands(0) &&
           d.emit(fence ? execConverged<execFence> : execConverged<execCommit>);
  if (!d.expectOperands(1) || !d.immediate(d.inst.imm, d.operand(0)))
    return false;
  if (d.inst.imm < 0)
    return d.error("the number of groups must not be negative");
  return d.emit(execConverged<execWait>);
}

ArrayRef<OpcodeEntry> wgmmaOpcodes() {
  static const OpcodeEntry table[] = {{"wgmma", decodeWgmma}};
  return table;
}

} // namespace quantmlir::ptx
