//===- Video.cpp - SIMD video instructions (9.7.18) -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {
enum class VideoOp : uint8_t { Add, Subtract, Difference, Minimum, Maximum };
/// Inst::aux.
enum : uint32_t { SignedA = 1, SignedB = 2, SignedResult = 4 };
/// Inst::flags.
enum : uint8_t { Saturates = FlagAcquire, Accumulates = FlagRelease };
} // namespace

static int32_t apply(VideoOp op, int32_t a, int32_t b) {
  switch (op) {
  case VideoOp::Add:
    return a + b;
  case VideoOp::Subtract:
    return a - b;
  case VideoOp::Difference:
    return std::abs(a - b);
  case VideoOp::Minimum:
    return std::min(a, b);
  case VideoOp::Maximum:
    return std::max(a, b);
  }
  llvm_unreachable("no such operation");
}

/// Part `i` of `width` bits as a number.
static int32_t part(uint32_t word, unsigned i, unsigned width, bool isSigned) {
  uint32_t bits = (word >> (i * width)) & ((1u << width) - 1);
  return isSigned ? int32_t(bits << (32 - width)) >> (32 - width)
                  : int32_t(bits);
}

/// The result is a number that the instruction has computed without rounding.
static int32_t saturate(int32_t value, unsigned width, bool isSigned) {
  int32_t low = isSigned ? -(1 << (width - 1)) : 0;
  return std::clamp(value, low, low + (1 << width) - 1);
}

// vop2 and vop4 d, a, b, c: on halves or bytes. With .add the sum of the
// results is added to c, else c is what a mask would leave of it: nothing.
static Step execVideo(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t result[warpSize];
  const auto *a = warp.reg<uint32_t>(inst.a), *b = warp.reg<uint32_t>(inst.b),
             *c = warp.reg<uint32_t>(inst.c);
  unsigned width = 32 / inst.count;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint32_t word = 0, sum = c[lane];
    for (unsigned i = 0; i < inst.count; ++i) {
      int32_t value = apply(VideoOp(inst.bytes),
                            part(a[lane], i, width, inst.aux & SignedA),
                            part(b[lane], i, width, inst.aux & SignedB));
      if (inst.flags & Saturates)
        value = saturate(value, width, inst.aux & SignedResult);
      sum += uint32_t(value);
      word |= (uint32_t(value) & ((1u << width) - 1)) << (i * width);
    }
    result[lane] = inst.flags & Accumulates ? sum : word;
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

// vop.dtype.atype.btype{.sat|.add} d, a, b, c: without masks and selections.
template <VideoOp op, unsigned parts>
static bool decodeVideo(Decoder &d) {
  static constexpr uint32_t signs[] = {SignedResult, SignedA, SignedB};
  for (uint32_t sign : signs) {
    Type type = d.takeType();
    if (type != Type::S32 && type != Type::U32)
      return d.unsupported();
    d.inst.aux |= type == Type::S32 ? sign : 0;
  }
  if (d.take("sat"))
    d.inst.flags |= Saturates;
  else if (d.take("add"))
    d.inst.flags |= Accumulates;
  for (unsigned i = 1; i < 3 && i < d.operandCount(); ++i)
    if (d.operand(i).kind != Operand::Kind::Register)
      return d.error(d.operand(i).loc, "a register is needed here");
  d.inst.count = parts;
  d.inst.bytes = uint8_t(op);
  return emitTernary(d, Type::U32, execVideo);
}

ArrayRef<OpcodeEntry> videoOpcodes() {
  static const OpcodeEntry table[] = {
      {"vadd2", decodeVideo<VideoOp::Add, 2>},
      {"vadd4", decodeVideo<VideoOp::Add, 4>},
      {"vsub2", decodeVideo<VideoOp::Subtract, 2>},
      {"vsub4", decodeVideo<VideoOp::Subtract, 4>},
      {"vabsdiff2", decodeVideo<VideoOp::Difference, 2>},
      {"vabsdiff4", decodeVideo<VideoOp::Difference, 4>},
      {"vmin2", decodeVideo<VideoOp::Minimum, 2>},
      {"vmin4", decodeVideo<VideoOp::Minimum, 4>},
      {"vmax2", decodeVideo<VideoOp::Maximum, 2>},
      {"vmax4", decodeVideo<VideoOp::Maximum, 4>},
  };
  return table;
}

} // namespace quantmlir::ptx
