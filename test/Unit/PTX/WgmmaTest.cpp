//===- WgmmaTest.cpp - wgmma against plain products -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layouts of shared memory are placed here as the PTX ISA draws them
// (9.7.15.5.1): lines of a swizzle's span, whose 16-byte pieces are exchanged
// by the number of the line. The emulator computes with address bits.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <random>

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

namespace {

std::mt19937 generator(11);

struct TypeInfo {
  const char *name;
  unsigned bytes;
  int low, high;
  uint32_t (*encode)(int);
};

uint32_t encodeHalf(int value) {
  auto half = _Float16(value);
  uint16_t bits;
  std::memcpy(&bits, &half, 2);
  return bits;
}
uint32_t encodeFloat(int value) {
  auto wide = float(value);
  uint32_t bits;
  std::memcpy(&bits, &wide, 4);
  return bits;
}
uint32_t encodeBfloat(int value) { return encodeFloat(value) >> 16; }
uint32_t encodeByte(int value) { return uint8_t(value); }

const TypeInfo s8{"s8", 1, -128, 127, encodeByte};
const TypeInfo u8{"u8", 1, 0, 255, encodeByte};
const TypeInfo f16{"f16", 2, -8, 8, encodeHalf};
const TypeInfo bf16{"bf16", 2, -8, 8, encodeBfloat};
const TypeInfo tf32{"tf32", 4, -8, 8, encodeFloat};

/// A matrix of `rows` (M or N) by `depth` (K) in shared memory.
struct Tile {
  TypeInfo type;
  unsigned rows, depth;
  /// 1, 2, 4 or 8 pieces of 16 bytes to a line.
  unsigned pieces;
  bool transposed;
  std::vector<int> values;
  std::vector<uint8_t> image;

  Tile(const TypeInfo &type, unsigned rows, unsigned depth, unsigned pieces,
       bool transposed)
      : type(type), rows(rows), depth(depth), pieces(pieces),
        transposed(transposed), values(rows * depth) {
    std::uniform_int_distribution<int> draw(type.low, type.high);
    image.resize(64 * 1024, 0xEE);
    for (unsigned row = 0; row < rows; ++row)
      for (unsigned k = 0; k < depth; ++k) {
        int value = values[row * depth + k] = draw(generator);
        uint32_t bits = type.encode(value);
        std::memcpy(&image[place(row, k)], &bits, type.bytes);
      }
  }

  /// Bytes from a group of 8 lines to the next.
  unsigned groupBytes() const { return 8 * 16 * pieces; }
  /// Along the contiguous dimension: elements of a line, and the number of
  /// line-wide blocks.
  unsigned lineItems() const { return 16 * pieces / type.bytes; }
  unsigned blocks() const {
    return ((transposed ? rows : depth) + lineItems() - 1) / lineItems();
  }
  unsigned groups() const { return (transposed ? depth : rows) / 8; }

  // All groups of one block, then the next block.
  unsigned place(unsigned row, unsigned k) const {
    unsigned line = transposed ? k : row, item = transposed ? row : k;
    unsigned block = item / lineItems();
    unsigned byte = item % lineItems() * type.bytes;
    unsigned group = line / 8 + block * groups();
    // A swizzle's pattern repeats every 8 lines of 128 bytes.
    unsigned inGroup = line % 8 * 16 * pieces + byte;
    unsigned wide = inGroup / 128, piece = inGroup % 128 / 16;
    piece ^= (wide + groupBytes() / 128 * group) % 8 % pieces;
    return group * groupBytes() + wide * 128 + piece * 16 + byte % 16;
  }
  uint64_t descriptor(unsigned k) const {
    unsigned group = groupBytes(), block = groupBytes() * groups();
    // Lines' groups are the stride except where K is transposed without a
    // swizzle; blocks are the leading dimension.
    unsigned stride = group, leading = block;
    if (transposed && pieces == 1)
      std::swap(stride, leading);
    uint64_t layout = pieces == 1 ? 0 : pieces == 8 ? 1 : pieces == 4 ? 2 : 3;
    unsigned start = place(0, k);
    return uint64_t(start >> 4) | uint64_t(leading >> 4) << 16 |
           uint64_t(stride >> 4) << 32 | layout << 62;
  }
};

struct Case {
  TypeInfo a, b;
  const char *d;
  unsigned n;
  unsigned piecesA = 8, piecesB = 8;
  bool transposeA = false, transposeB = false, registers = false;
  const char *saturate = "";
  int signA = 1, signB = 1, accumulate = 1;

  unsigned k() const { return 32 / a.bytes; }
  bool integers() const { return std::string(d) == "s32"; }
  bool halves() const { return std::string(d) == "f16"; }
  unsigned registersD() const { return n / 2 / (halves() ? 2 : 1); }
};

std::string list(const std::string &prefix, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i) {
    text += i ? ", " : "";
    text += prefix + std::to_string(i);
  }
  return text + "}";
}

std::string kernelOf(const Case &c, uint64_t descriptorA,
                     uint64_t descriptorB) {
  unsigned count = c.registersD();
  std::string text = R"(.version 8.6
.target sm_90a
.address_size 64
.extern .shared .align 1024 .b8 s[];
.visible .entry k(.param .u64 a, .param .u64 b, .param .u64 f, .param .u64 c)
{
.reg .pred %p<4>; .reg .b32 %r<8>; .reg .b32 %f<4>; .reg .b32 %d<128>;
.reg .b64 %rd<16>;
ld.param.u64 %rd1, [a];
ld.param.u64 %rd2, [b];
ld.param.u64 %rd3, [f];
ld.param.u64 %rd4, [c];
mov.u32 %r1, %tid.x;
shl.b32 %r2, %r1, 4;
cvt.u64.u32 %rd5, %r2;
add.u64 %rd1, %rd1, %rd5;
add.u64 %rd2, %rd2, %rd5;
mov.u32 %r3, s;
add.u32 %r3, %r3, %r2;
COPY:
ld.global.v4.u32 {%f0, %f1, %f2, %f3}, [%rd1];
st.shared.v4.u32 [%r3], {%f0, %f1, %f2, %f3};
ld.global.v4.u32 {%f0, %f1, %f2, %f3}, [%rd2];
st.shared.v4.u32 [%r3+65536], {%f0, %f1, %f2, %f3};
add.u64 %rd1, %rd1, 2048;
add.u64 %rd2, %rd2, 2048;
add.u32 %r3, %r3, 2048;
setp.lt.u32 %p1, %r3, 65536;
@%p1 bra COPY;
fence.proxy.async.shared::cta;
bar.sync 0;
mul.wide.u32 %rd6, %r1, 4;
add.u64 %rd3, %rd3, %rd6;
add.u64 %rd4, %rd4, %rd6;
)";
  for (unsigned i = 0; i < 4; ++i)
    text += "ld.global.b32 %f" + std::to_string(i) + ", [%rd3+" +
            std::to_string(512 * i) + "];\n";
  for (unsigned i = 0; i < count; ++i)
    text += "ld.global.b32 %d" + std::to_string(i) + ", [%rd4+" +
            std::to_string(512 * i) + "];\n";
  text += "mov.b64 %rd7, " + std::to_string(descriptorA) + ";\nmov.b64 %rd8, " +
          std::to_string(descriptorB + (65536 >> 4)) + ";\nsetp.ne.u32 %p2, " +
          std::to_string(c.accumulate) +
          ", 0;\nwgmma.fence.sync.aligned;\nwgmma.mma_async.sync.aligned.m64n" +
          std::to_string(c.n) + "k" + std::to_string(c.k()) + c.saturate + "." +
          c.d + "." + c.a.name + "." + c.b.name + " " + list("%d", count) +
          ", " + (c.registers ? list("%f", 4) : "%rd7") + ", %rd8, %p2";
  if (!c.integers()) {
    text += ", " + std::to_string(c.signA) + ", " + std::to_string(c.signB);
    if (c.a.bytes == 2 && !c.registers)
      text += std::string(", ") + (c.transposeA ? "1" : "0");
    if (c.a.bytes == 2)
      text += std::string(", ") + (c.transposeB ? "1" : "0");
  }
  text += ";\nwgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned "
          "0;\n";
  for (unsigned i = 0; i < count; ++i)
    text += "st.global.b32 [%rd4+" + std::to_string(512 * i) + "], %d" +
            std::to_string(i) + ";\n";
  return text + "ret;\n}\n";
}

/// Where an element of D is: thread, register, half.
struct Holder {
  unsigned thread, reg, half;
};
Holder holder(const Case &c, unsigned row, unsigned column) {
  unsigned thread = row / 16 * 32 + row % 8 * 4 + column % 8 / 2;
  unsigned upper = row % 16 / 8;
  if (c.halves())
    return {thread, column / 8 * 2 + upper, column % 2};
  return {thread, column / 8 * 4 + upper * 2 + column % 2, 0};
}

void check(const Case &c, unsigned steps) {
  unsigned k = c.k(), depth = k * steps, offset = k * (steps - 1);
  Tile a(c.a, 64, depth, c.piecesA, c.transposeA);
  Tile b(c.b, c.n, depth, c.piecesB, c.transposeB);
  // A's fragment: each thread has two rows, and 4 bytes at two places in K.
  std::vector<uint32_t> fragment(4 * 128);
  unsigned items = 4 / c.a.bytes;
  for (unsigned row = 0; row < 64; ++row)
    for (unsigned i = 0; i < k; ++i) {
      unsigned thread = row / 16 * 32 + row % 8 * 4 + i / items % 4;
      unsigned reg = row % 16 / 8 + i / (4 * items) * 2;
      fragment[reg * 128 + thread] |=
          c.a.encode(a.values[row * depth + offset + i])
          << (8 * c.a.bytes * (i % items));
    }
  std::vector<uint32_t> words(c.registersD() * 128);
  std::vector<int> initial(64 * c.n);
  for (unsigned i = 0; i < initial.size(); ++i) {
    initial[i] = int(generator() % 64) - 32;
    Holder h = holder(c, i / c.n, i % c.n);
    uint32_t bits = c.integers() ? uint32_t(initial[i])
                    : c.halves() ? encodeHalf(initial[i])
                                 : encodeFloat(initial[i]);
    words[h.reg * 128 + h.thread] |= bits << (16 * h.half);
  }
  Launch launch(kernelOf(c, a.descriptor(offset), b.descriptor(offset)));
  launch.buffer(a.image).buffer(b.image).buffer(fragment).buffer(words);
  launch.shared(128 * 1024).block(128);
  launch.options.check = true;
  ASSERT_EQ(launch.launch(), "") << c.a.name << " n " << c.n;
  words = launch.read<uint32_t>(3, words.size());
  for (unsigned row = 0; row < 64; ++row)
    for (unsigned column = 0; column < c.n; ++column) {
      int sum = c.accumulate ? initial[row * c.n + column] : 0;
      for (unsigned i = 0; i < k; ++i)
        sum += c.signA * c.signB * a.values[row * depth + offset + i] *
               b.values[column * depth + offset + i];
      Holder h = holder(c, row, column);
      uint32_t word = words[h.reg * 128 + h.thread];
      uint32_t expected = c.integers() ? uint32_t(sum) : encodeFloat(sum);
      if (c.halves()) {
        word = uint16_t(word >> (16 * h.half));
        expected = encodeHalf(sum);
      }
      ASSERT_EQ(word, expected)
          << c.a.name << " n " << c.n << " pieces " << c.piecesA << ","
          << c.piecesB << " transposed " << c.transposeA << c.transposeB
          << " at " << row << "," << column;
    }
}

} // namespace

TEST(Wgmma, IntegersOfEverySwizzle) {
  const TypeInfo types[] = {s8, u8};
  for (const TypeInfo &a : types)
    for (const TypeInfo &b : types)
      check({a, b, "s32", 32}, 1);
  for (unsigned pieces : {1, 2, 4, 8})
    for (unsigned n : {8, 24, 96, 256})
      check({s8, s8, "s32", n, pieces, pieces}, pieces > 2 ? pieces / 2 : 1);
  check({s8, u8, "s32", 64, 4, 8, false, false, true, ".satfinite"}, 2);
  check({u8, s8, "s32", 16, 4, 8, false, false, true, "", 1, 1, 0}, 1);
}

TEST(Wgmma, FloatsOfEverySwizzleAndMajor) {
  for (unsigned pieces : {1, 2, 4, 8})
    for (bool transposeA : {false, true})
      for (bool transposeB : {false, true}) {
        // A swizzle's line of M or N must be within the tile.
        unsigned n = 64;
        check({f16, f16, "f32", n, pieces, pieces, transposeA, transposeB}, 2);
        check({bf16, bf16, "f32", n, pieces, pieces, transposeA, transposeB},
              1);
      }
  check({f16, f16, "f16", 40}, 4);
  check({f16, f16, "f16", 128, 2, 8, false, true, true}, 1);
  check({f16, f16, "f32", 8, 8, 8, false, false, false, "", -1, 1}, 1);
  check({bf16, bf16, "f32", 200, 8, 8, false, false, true, "", -1, -1, 0}, 3);
  check({tf32, tf32, "f32", 24}, 2);
  check({tf32, tf32, "f32", 48, 8, 2, false, false, true}, 1);
}

TEST(Wgmma, RefusesOtherShapes) {
  auto error = [](const std::string &shape) {
    return Launch(".entry k() { .reg .b32 %d<64>; .reg .b64 %a; .reg .pred %p; "
                  "wgmma.mma_async.sync.aligned." +
                  shape + " " + list("%d", 4) + ", %a, %a, %p; }")
        .error;
  };
  EXPECT_EQ(error("m64n8k32.s32.s8.s8"), "");
  EXPECT_NE(error("m64n40k32.s32.s8.s8").find("is not supported"),
            std::string::npos);
  EXPECT_NE(error("m64n8k16.s32.s8.s8").find("is not supported"),
            std::string::npos);
  EXPECT_NE(error("m64n16k32.s32.s8.s8").find("must have 8 registers"),
            std::string::npos);
}

TEST(Wgmma, NeedsAWarpgroup) {
  Case c{s8, s8, "s32", 8};
  Launch launch(kernelOf(c, 0, 0));
  std::vector<uint8_t> image(65536);
  launch.buffer(image).buffer(image).buffer(std::vector<uint32_t>(512));
  launch.buffer(std::vector<uint32_t>(512)).shared(128 * 1024).block(64);
  EXPECT_NE(launch.launch().find("not in a warpgroup of four whole warps"),
            std::string::npos);
}
