//===- Video.cpp - video instructions (9.7.18, 9.7.19) --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scalar ones work on a byte, a half or the whole of each source, SIMD ones on
// all halves or bytes. What lies between is computed without rounding, as the
// PTX ISA has it. ptxas 13 extends unsigned results from 2^31 on by their top
// bit before a secondary .min or .max; the manual does not, nor do these.
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {
enum class VideoOp : uint8_t {
  Add,
  Subtract,
  Difference,
  Minimum,
  Maximum,
  Average,
  ShiftLeft,
  ShiftRight,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
};

enum VideoFlags : uint8_t {
  SignedA = 1,
  SignedB = 2,
  SignedResult = 4,
  Saturates = 8,
  Wraps = 16, // shifts by b & 31
  SecondaryAdd = 32,
  SecondaryMinimum = 64,
  SecondaryMaximum = 128,
  AnySecondary = SecondaryAdd | SecondaryMinimum | SecondaryMaximum,
};

/// What Inst::imm keeps of a video instruction.
struct Shape {
  VideoOp op;
  uint8_t flags;
  /// Parts of a SIMD instruction.
  uint8_t parts;
  /// Scalar: the selector of the part that the result replaces in c; SIMD: one
  /// bit for each part that does.
  uint8_t target;
  /// Scalar: a selector; SIMD: 4 bits for each part, which count within b:a.
  uint16_t a, b;
};
static_assert(sizeof(Shape) == sizeof(int64_t));

/// A product and its sum, or a 33-bit number shifted by 32.
using Wide = __int128;

/// One part of a register.
struct Part {
  unsigned shift, width;
};
} // namespace

/// By a selector: 0 is the whole, from 1 on .b0 to .b3, .h0, .h1.
static Part partOf(unsigned selector) {
  if (selector == 0)
    return {0, 32};
  return selector <= 4 ? Part{(selector - 1) * 8, 8}
                       : Part{(selector - 5) * 16, 16};
}

static int64_t extract(uint64_t bits, Part part, bool isSigned) {
  bits >>= part.shift;
  return isSigned ? SignExtend64(bits, part.width)
                  : int64_t(bits & maskTrailingOnes<uint64_t>(part.width));
}

static Wide apply(VideoOp op, Wide a, Wide b, bool wraps) {
  auto amount = unsigned(wraps ? b & 31 : std::min<Wide>(b, 32));
  switch (op) {
  case VideoOp::Add:
    return a + b;
  case VideoOp::Subtract:
    return a - b;
  case VideoOp::Difference:
    return a > b ? a - b : b - a;
  case VideoOp::Minimum:
    return std::min(a, b);
  case VideoOp::Maximum:
    return std::max(a, b);
  case VideoOp::Average:
    return (a + b + (a + b >= 0 ? 1 : 0)) >> 1;
  case VideoOp::ShiftLeft:
    return a * (Wide(1) << amount);
  case VideoOp::ShiftRight:
    return a >> amount;
  case VideoOp::Equal:
    return a == b;
  case VideoOp::NotEqual:
    return a != b;
  case VideoOp::Less:
    return a < b;
  case VideoOp::LessEqual:
    return a <= b;
  case VideoOp::Greater:
    return a > b;
  case VideoOp::GreaterEqual:
    return a >= b;
  }
  llvm_unreachable("no such operation");
}

static Wide saturate(Wide value, unsigned width, bool isSigned) {
  Wide low = isSigned ? -(Wide(1) << (width - 1)) : 0;
  return std::clamp<Wide>(value, low, low + (Wide(1) << width) - 1);
}

static uint32_t replace(uint32_t word, Part part, Wide value) {
  uint32_t mask = maskTrailingOnes<uint32_t>(part.width) << part.shift;
  return (word & ~mask) | (uint32_t(value) << part.shift & mask);
}

static Step execScalar(Warp &warp, const Inst &inst, uint32_t mask) {
  auto shape = bit_cast<Shape>(inst.imm);
  bool isSigned = shape.flags & SignedResult;
  Part target = partOf(shape.target);
  uint32_t result[warpSize];
  const auto *a = warp.reg<uint32_t>(inst.a), *b = warp.reg<uint32_t>(inst.b),
             *c = warp.reg<uint32_t>(inst.c);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    Wide value = apply(shape.op,
                       extract(a[lane], partOf(shape.a), shape.flags & SignedA),
                       extract(b[lane], partOf(shape.b), shape.flags & SignedB),
                       shape.flags & Wraps);
    if (shape.flags & Saturates)
      value = saturate(value, target.width, isSigned);
    Wide other = extract(c[lane], partOf(0), isSigned);
    if (shape.flags & SecondaryAdd)
      value += other;
    else if (shape.flags & SecondaryMinimum)
      value = std::min(value, other);
    else if (shape.flags & SecondaryMaximum)
      value = std::max(value, other);
    result[lane] = replace(c[lane], target, value);
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static Step execParts(Warp &warp, const Inst &inst, uint32_t mask) {
  auto shape = bit_cast<Shape>(inst.imm);
  unsigned width = 32 / shape.parts;
  uint32_t result[warpSize];
  const auto *a = warp.reg<uint32_t>(inst.a), *b = warp.reg<uint32_t>(inst.b),
             *c = warp.reg<uint32_t>(inst.c);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint64_t both = uint64_t(b[lane]) << 32 | a[lane];
    auto select = [&](unsigned selectors, unsigned i, bool isSigned) {
      unsigned index = selectors >> (4 * i) & 15;
      return extract(both, {index * width, width}, isSigned);
    };
    uint32_t word = c[lane], sum = c[lane];
    for (unsigned i = 0; i < shape.parts; ++i) {
      if (!(shape.target >> i & 1))
        continue;
      Wide value = apply(shape.op, select(shape.a, i, shape.flags & SignedA),
                         select(shape.b, i, shape.flags & SignedB), false);
      if (shape.flags & Saturates)
        value = saturate(value, width, shape.flags & SignedResult);
      sum += uint32_t(value);
      word = replace(word, {i * width, width}, value);
    }
    result[lane] = shape.flags & SecondaryAdd ? sum : word;
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

namespace {
/// Inst::aux of vmad, besides SignedA and SignedB; the selectors are Inst::imm.
enum VmadFlags : uint32_t {
  PlusOne = 1u << 8,
  NegatedProduct = 1u << 9,
  NegatedAddend = 1u << 10,
  SignedFinal = 1u << 11,
  VmadSaturates = 1u << 12,
};
} // namespace

// The complement of what is negated, plus one. In front of a negated addend it
// is that of 32 bits, which are signed then.
static Step execVmad(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t result[warpSize];
  auto shape = bit_cast<Shape>(inst.imm);
  bool isSigned = inst.aux & SignedFinal;
  bool one = inst.aux & (PlusOne | NegatedProduct | NegatedAddend);
  const auto *a = warp.reg<uint32_t>(inst.a), *b = warp.reg<uint32_t>(inst.b),
             *c = warp.reg<uint32_t>(inst.c);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    Wide value = Wide(extract(a[lane], partOf(shape.a), inst.aux & SignedA)) *
                 extract(b[lane], partOf(shape.b), inst.aux & SignedB);
    if (inst.aux & NegatedProduct)
      value = ~value;
    uint32_t addend = inst.aux & NegatedAddend ? ~c[lane] : c[lane];
    value += extract(addend, partOf(0), isSigned) + int64_t(one);
    value >>= inst.bytes;
    if (inst.aux & VmadSaturates)
      value = saturate(value, 32, isSigned);
    result[lane] = uint32_t(value);
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// .dtype.atype.btype, or .atype.btype of comparisons, whose result is
/// unsigned.
static bool takeSigns(Decoder &d, bool hasResult, uint8_t &flags) {
  static constexpr uint8_t signs[] = {SignedResult, SignedA, SignedB};
  for (uint8_t sign : ArrayRef(signs).drop_front(hasResult ? 0 : 1)) {
    Type type = d.takeType();
    if (type != Type::S32 && type != Type::U32)
      return d.unsupported();
    flags |= type == Type::S32 ? sign : 0;
  }
  return true;
}

static bool takeComparison(Decoder &d, VideoOp &op) {
  static const std::pair<const char *, VideoOp> comparisons[] = {
      {"eq", VideoOp::Equal},   {"ne", VideoOp::NotEqual},
      {"lt", VideoOp::Less},    {"le", VideoOp::LessEqual},
      {"gt", VideoOp::Greater}, {"ge", VideoOp::GreaterEqual}};
  for (auto [name, comparison] : comparisons)
    if (d.take(name)) {
      op = comparison;
      return true;
    }
  return d.error("'" + d.statement().opcode +
                 "' needs a comparison such as "
                 ".lt");
}

static bool badSelector(Decoder &d, const Operand &operand) {
  return d.error(operand.loc, "'" + d.statement().opcode + "' has no part '." +
                                  operand.selector + "' here");
}

/// .b0 to .b3, .h0 or .h1 of a scalar instruction; 0 if there is none.
static bool takePart(Decoder &d, size_t index, unsigned &selector) {
  static const StringRef names[] = {"", "b0", "b1", "b2", "b3", "h0", "h1"};
  const Operand &operand = d.operand(index);
  const StringRef *found = llvm::find(names, operand.selector);
  selector = unsigned(found - std::begin(names));
  return found != std::end(names) || badSelector(d, operand);
}

/// Operand 3, which selects and negates nothing.
static bool usesWhole(Decoder &d, size_t index) {
  return d.operand(index).selector.empty() ||
         d.error(d.operand(index).loc, "the third source has no parts");
}

static bool negatesNothing(Decoder &d) {
  for (size_t i = 0; i < d.operandCount(); ++i)
    if (d.operand(i).negate)
      return d.error(d.operand(i).loc, "of video instructions only vmad "
                                       "negates operands");
  return true;
}

static bool decodeScalar(Decoder &d, Shape shape) {
  static const std::pair<const char *, uint8_t> secondaries[] = {
      {"add", SecondaryAdd},
      {"min", SecondaryMinimum},
      {"max", SecondaryMaximum}};
  if (shape.op < VideoOp::Equal && d.take("sat"))
    shape.flags |= Saturates;
  for (auto [name, flag] : secondaries)
    if (!(shape.flags & AnySecondary) && d.take(name))
      shape.flags |= flag;
  unsigned target, a, b;
  if (!d.expectOperands(3, 4) || !negatesNothing(d) ||
      !takePart(d, 0, target) || !takePart(d, 1, a) || !takePart(d, 2, b))
    return false;
  bool hasThird = d.operandCount() == 4;
  if (!hasThird && (target || (shape.flags & AnySecondary)))
    return d.error("a third source is needed for a part of the result or a "
                   "second operation");
  if (target && (shape.flags & AnySecondary))
    return d.error(d.operand(0).loc, "a part of the result goes without a "
                                     "second operation");
  shape.target = uint8_t(target);
  shape.a = uint16_t(a);
  shape.b = uint16_t(b);
  d.inst.imm = bit_cast<int64_t>(shape);
  d.inst.c = d.constant(0, 4);
  return d.def(d.inst.d, d.operand(0), Type::U32) &&
         d.use(d.inst.a, d.operand(1), Type::U32) &&
         d.use(d.inst.b, d.operand(2), Type::U32) &&
         (!hasThird ||
          (usesWhole(d, 3) && d.use(d.inst.c, d.operand(3), Type::U32))) &&
         d.emit(execScalar);
}

/// The parts of b:a that a SIMD instruction takes, as .h32 or .b7531, the
/// highest first.
static bool takeParts(Decoder &d, size_t index, unsigned parts,
                      uint16_t &selectors) {
  const Operand &operand = d.operand(index);
  StringRef digits = operand.selector;
  if (digits.empty())
    return true;
  if (!digits.consume_front(parts == 2 ? "h" : "b") || digits.size() != parts)
    return badSelector(d, operand);
  selectors = 0;
  for (char digit : digits) {
    auto part = unsigned(digit - '0');
    if (part >= 2 * parts)
      return badSelector(d, operand);
    selectors = uint16_t(selectors << 4 | part);
  }
  return true;
}

/// The parts of the result that are new, as .h1 or .b310, the highest first.
static bool takeMask(Decoder &d, unsigned parts, uint8_t &mask) {
  const Operand &operand = d.operand(0);
  StringRef digits = operand.selector;
  mask = uint8_t((1u << parts) - 1);
  if (digits.empty())
    return true;
  if (!digits.consume_front(parts == 2 ? "h" : "b") || digits.empty())
    return badSelector(d, operand);
  mask = 0;
  unsigned last = parts;
  for (char digit : digits) {
    auto part = unsigned(digit - '0');
    if (part >= last)
      return badSelector(d, operand);
    mask |= uint8_t(1u << part);
    last = part;
  }
  return true;
}

static bool decodeParts(Decoder &d, Shape shape) {
  if (d.take("add"))
    shape.flags |= SecondaryAdd;
  else if (shape.op < VideoOp::Equal && d.take("sat"))
    shape.flags |= Saturates;
  shape.a = shape.parts == 2 ? 0x10 : 0x3210;
  shape.b = shape.parts == 2 ? 0x32 : 0x7654;
  if (!d.expectOperands(4) || !negatesNothing(d) || !usesWhole(d, 3) ||
      !takeMask(d, shape.parts, shape.target) ||
      !takeParts(d, 1, shape.parts, shape.a) ||
      !takeParts(d, 2, shape.parts, shape.b))
    return false;
  for (unsigned i = 1; i < 4; ++i)
    if (d.operand(i).kind != Operand::Kind::Register)
      return d.error(d.operand(i).loc, "a register is needed here");
  d.inst.imm = bit_cast<int64_t>(shape);
  return emitTernary(d, Type::U32, execParts);
}

// vop.dtype.atype.btype{.sat}{.op2} d{.dsel}, a{.asel}, b{.bsel}{, c};
// vop2 and vop4.dtype.atype.btype{.sat}{.add} d{.mask}, a{.asel}, b{.bsel}, c;
template <VideoOp op, unsigned parts>
static bool decodeVideo(Decoder &d) {
  Shape shape = {op, 0, parts, 0, 0, 0};
  return takeSigns(d, true, shape.flags) &&
         (parts == 1 ? decodeScalar(d, shape) : decodeParts(d, shape));
}

template <unsigned parts>
static bool decodeVset(Decoder &d) {
  Shape shape = {VideoOp::Equal, 0, parts, 0, 0, 0};
  return takeSigns(d, false, shape.flags) && takeComparison(d, shape.op) &&
         (parts == 1 ? decodeScalar(d, shape) : decodeParts(d, shape));
}

template <VideoOp op>
static bool decodeShift(Decoder &d) {
  Shape shape = {op, 0, 1, 0, 0, 0};
  if (!takeSigns(d, true, shape.flags))
    return false;
  if (shape.flags & SignedB)
    return d.error("the amount of a shift is .u32");
  if (d.take("wrap"))
    shape.flags |= Wraps;
  else if (!d.take("clamp"))
    return d.error("'" + d.statement().opcode + "' needs .clamp or .wrap");
  return decodeScalar(d, shape);
}

// vmad.dtype.atype.btype{.po}{.sat}{.shrN} d, {-}a{.asel}, {-}b{.bsel}, {-}c;
static bool decodeVmad(Decoder &d) {
  Shape shape = {};
  if (!takeSigns(d, true, shape.flags) || !d.expectOperands(4))
    return false;
  Operand operands[3] = {d.operand(1), d.operand(2), d.operand(3)};
  bool product = operands[0].negate != operands[1].negate;
  bool addend = operands[2].negate, plusOne = d.take("po");
  if (plusOne &&
      llvm::any_of(operands, [](const Operand &it) { return it.negate; }))
    return d.error("'vmad' with .po negates nothing");
  if (product && addend)
    return d.error("'vmad' negates the product or the addend, not both");
  for (Operand &operand : operands)
    operand.negate = false;
  unsigned signs = shape.flags & (SignedA | SignedB);
  bool isSigned = signs || product || addend;
  d.inst.aux = signs | (plusOne ? PlusOne : 0) |
               (product ? NegatedProduct : 0) | (addend ? NegatedAddend : 0) |
               (isSigned ? SignedFinal : 0) |
               (d.take("sat") ? VmadSaturates : 0);
  d.inst.bytes = d.take("shr7") ? 7 : d.take("shr15") ? 15 : 0;
  unsigned a, b;
  if (!d.operand(0).selector.empty())
    return badSelector(d, d.operand(0));
  if (!takePart(d, 1, a) || !takePart(d, 2, b) || !usesWhole(d, 3))
    return false;
  shape.a = uint16_t(a);
  shape.b = uint16_t(b);
  d.inst.imm = bit_cast<int64_t>(shape);
  return d.def(d.inst.d, d.operand(0), Type::U32) &&
         d.use(d.inst.a, operands[0], Type::U32) &&
         d.use(d.inst.b, operands[1], Type::U32) &&
         d.use(d.inst.c, operands[2], Type::U32) && d.emit(execVmad);
}

ArrayRef<OpcodeEntry> videoOpcodes() {
  static const OpcodeEntry table[] = {
      {"vadd", decodeVideo<VideoOp::Add, 1>},
      {"vadd2", decodeVideo<VideoOp::Add, 2>},
      {"vadd4", decodeVideo<VideoOp::Add, 4>},
      {"vsub", decodeVideo<VideoOp::Subtract, 1>},
      {"vsub2", decodeVideo<VideoOp::Subtract, 2>},
      {"vsub4", decodeVideo<VideoOp::Subtract, 4>},
      {"vabsdiff", decodeVideo<VideoOp::Difference, 1>},
      {"vabsdiff2", decodeVideo<VideoOp::Difference, 2>},
      {"vabsdiff4", decodeVideo<VideoOp::Difference, 4>},
      {"vmin", decodeVideo<VideoOp::Minimum, 1>},
      {"vmin2", decodeVideo<VideoOp::Minimum, 2>},
      {"vmin4", decodeVideo<VideoOp::Minimum, 4>},
      {"vmax", decodeVideo<VideoOp::Maximum, 1>},
      {"vmax2", decodeVideo<VideoOp::Maximum, 2>},
      {"vmax4", decodeVideo<VideoOp::Maximum, 4>},
      {"vavrg2", decodeVideo<VideoOp::Average, 2>},
      {"vavrg4", decodeVideo<VideoOp::Average, 4>},
      {"vset", decodeVset<1>},
      {"vset2", decodeVset<2>},
      {"vset4", decodeVset<4>},
      {"vshl", decodeShift<VideoOp::ShiftLeft>},
      {"vshr", decodeShift<VideoOp::ShiftRight>},
      {"vmad", decodeVmad},
  };
  return table;
}

} // namespace quantmlir::ptx
