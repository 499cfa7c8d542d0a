//===- MmaTest.cpp - mma.sync and ldmatrix against plain references -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where each element is comes from tables that this file computes in its own
// way: it enumerates the rows and columns of the figures of the PTX ISA
// (9.7.15.5) and asks who holds them, while the emulator goes from lanes to
// elements.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "MmaInt8.h"

#include <random>

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

namespace {

/// Register and bit position of an element.
struct Holder {
  unsigned lane, reg, shift;
};

/// Element (row, k) of A for a shape of `m` rows with `bits` wide elements:
/// every 8 rows of a 128-bit slice along k make up one register of the warp.
Holder holderA(unsigned m, unsigned bits, unsigned row, unsigned k) {
  unsigned slice = 128 / bits, perWord = 32 / bits;
  unsigned lane = row % 8 * 4 + k % slice / perWord;
  unsigned reg = m == 16 ? k / slice * 2 + row / 8 : k / slice;
  return {lane, reg, k % perWord * bits};
}
Holder holderB(unsigned bits, unsigned k, unsigned column) {
  unsigned slice = 128 / bits, perWord = 32 / bits;
  return {column * 4 + k % slice / perWord, k / slice, k % perWord * bits};
}
Holder holderC(unsigned bits, unsigned row, unsigned column) {
  unsigned lane = row % 8 * 4 + column / 2;
  if (bits == 16)
    return {lane, row / 8, column % 2 * 16};
  return {lane, row / 8 * 2 + column % 2, 0};
}

struct Fragments {
  std::vector<uint32_t> words;
  explicit Fragments(unsigned registers) : words(registers * 32) {}
  void set(const Holder &h, uint32_t value) {
    words[h.reg * 32 + h.lane] |= value << h.shift;
  }
  uint32_t get(const Holder &h, unsigned bits) const {
    uint32_t word = words[h.reg * 32 + h.lane] >> h.shift;
    return bits == 32 ? word : word & ((1u << bits) - 1);
  }
};

std::string list(const std::string &name, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i) {
    text += i ? ", " : "";
    text += name;
    text += std::to_string(i);
  }
  return text + "}";
}

/// Runs `instruction` once on the fragments and returns D.
Fragments multiply(const std::string &instruction, const Fragments &a,
                   const Fragments &b, const Fragments &c,
                   unsigned registersD) {
  std::string text =
      R"(.entry k(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d)
{
.reg .b64 %p<6>; .reg .b32 %t;
.reg .b32 %a<16>; .reg .b32 %b<16>; .reg .b32 %c<8>; .reg .b32 %d<8>;
mov.u32 %t, %tid.x;
mul.wide.u32 %p5, %t, 4;
)";
  auto access = [&](const char *pointer, const char *parameter,
                    unsigned registers, const char *name, bool load) {
    text += std::string("ld.param.u64 ") + pointer + ", [" + parameter +
            "];\nadd.u64 " + pointer + ", " + pointer + ", %p5;\n";
    for (unsigned i = 0; i < registers; ++i) {
      std::string reg = name + std::to_string(i);
      std::string where =
          std::string("[") + pointer + "+" + std::to_string(128 * i) + "]";
      text += load ? "ld.global.b32 " : "st.global.b32 ";
      text += load ? reg : where;
      text += ", ";
      text += load ? where : reg;
      text += ";\n";
    }
  };
  unsigned registersA = unsigned(a.words.size() / 32);
  unsigned registersB = unsigned(b.words.size() / 32);
  unsigned registersC = unsigned(c.words.size() / 32);
  access("%p0", "a", registersA, "%a", true);
  access("%p1", "b", registersB, "%b", true);
  access("%p2", "c", registersC, "%c", true);
  text += instruction + " " + list("%d", registersD) + ", " +
          list("%a", registersA) + ", " + list("%b", registersB) + ", " +
          list("%c", registersC) + ";\n";
  access("%p3", "d", registersD, "%d", false);
  text += "ret;\n}\n";
  Launch run(text);
  run.buffer(a.words).buffer(b.words).buffer(c.words).output(registersD * 128);
  run.block(32);
  EXPECT_EQ(run.launch(), "") << instruction;
  Fragments d(registersD);
  if (run.error.empty())
    d.words = run.read<uint32_t>(3, registersD * 32);
  return d;
}

std::mt19937 generator(7);

int32_t decode(uint32_t value, unsigned bits, bool isSigned) {
  return isSigned && (value >> (bits - 1)) ? int32_t(value) - (1 << bits)
                                           : int32_t(value);
}

void checkInteger(unsigned m, unsigned k, unsigned bits, bool signedA,
                  bool signedB, bool saturate) {
  unsigned perWord = 32 / bits;
  Fragments a(m * k / 32 / perWord), b(k * 8 / 32 / perWord), c(m * 8 / 32);
  std::vector<int32_t> matrixA(m * k), matrixB(k * 8), matrixC(m * 8);
  for (unsigned i = 0; i < m * k; ++i) {
    uint32_t value = generator() & ((1u << bits) - 1);
    matrixA[i] = decode(value, bits, signedA);
    a.set(holderA(m, bits, i / k, i % k), value);
  }
  for (unsigned i = 0; i < k * 8; ++i) {
    uint32_t value = generator() & ((1u << bits) - 1);
    matrixB[i] = decode(value, bits, signedB);
    b.set(holderB(bits, i / 8, i % 8), value);
  }
  for (unsigned i = 0; i < m * 8; ++i) {
    matrixC[i] = i % 3 == 0   ? INT32_MAX - int32_t(generator() % 1000)
                 : i % 3 == 1 ? INT32_MIN + int32_t(generator() % 1000)
                              : int32_t(generator());
    c.set(holderC(32, i / 8, i % 8), uint32_t(matrixC[i]));
  }
  auto type = [&](bool isSigned) {
    return (isSigned ? ".s" : ".u") + std::to_string(bits);
  };
  std::string instruction = "mma.sync.aligned.m" + std::to_string(m) + "n8k" +
                            std::to_string(k) + ".row.col" +
                            (saturate ? ".satfinite" : "") + ".s32" +
                            type(signedA) + type(signedB) + ".s32";
  Fragments d = multiply(instruction, a, b, c, m * 8 / 32);
  for (unsigned row = 0; row < m; ++row)
    for (unsigned column = 0; column < 8; ++column) {
      int64_t sum = matrixC[row * 8 + column];
      for (unsigned i = 0; i < k; ++i)
        sum += int64_t(matrixA[row * k + i]) * matrixB[i * 8 + column];
      if (saturate)
        sum = std::min<int64_t>(std::max<int64_t>(sum, INT32_MIN), INT32_MAX);
      EXPECT_EQ(d.get(holderC(32, row, column), 32), uint32_t(sum))
          << instruction << " " << row << "," << column;
    }
}

/// Small integers are exact in every type and so are their products and sums.
uint32_t encode(int value, const std::string &type) {
  auto wide = float(value);
  uint32_t bits;
  std::memcpy(&bits, &wide, 4);
  if (type == "bf16")
    return bits >> 16;
  if (type == "tf32" || type == "f32")
    return bits;
  // f16: sign, exponent and 10 bits of mantissa.
  if (value == 0)
    return 0;
  return (bits >> 31) << 15 | ((bits >> 23 & 0xff) - 112) << 10 |
         (bits >> 13 & 0x3ff);
}

void checkFloat(unsigned k, const std::string &type,
                const std::string &accumulator) {
  unsigned bits = type == "tf32" ? 32 : 16, perWord = 32 / bits;
  unsigned bitsC = accumulator == "f16" ? 16 : 32, registersC = bitsC / 8;
  Fragments a(16 * k / 32 / perWord), b(k * 8 / 32 / perWord), c(registersC);
  std::vector<int> matrixA(16 * k), matrixB(k * 8), matrixC(16 * 8);
  auto draw = [] { return int(generator() % 17) - 8; };
  for (unsigned i = 0; i < 16 * k; ++i)
    a.set(holderA(16, bits, i / k, i % k), encode(matrixA[i] = draw(), type));
  for (unsigned i = 0; i < k * 8; ++i)
    b.set(holderB(bits, i / 8, i % 8), encode(matrixB[i] = draw(), type));
  for (unsigned i = 0; i < 16 * 8; ++i)
    c.set(holderC(bitsC, i / 8, i % 8),
          encode(matrixC[i] = draw(), accumulator));
  std::string instruction = "mma.sync.aligned.m16n8k" + std::to_string(k) +
                            ".row.col." + accumulator + "." + type + "." +
                            type + "." + accumulator;
  Fragments d = multiply(instruction, a, b, c, registersC);
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned column = 0; column < 8; ++column) {
      int sum = matrixC[row * 8 + column];
      for (unsigned i = 0; i < k; ++i)
        sum += matrixA[row * k + i] * matrixB[i * 8 + column];
      EXPECT_EQ(d.get(holderC(bitsC, row, column), bitsC),
                encode(sum, accumulator))
          << instruction << " " << row << "," << column;
    }
}

} // namespace

TEST(Mma, IntegersOfEveryShape) {
  struct {
    unsigned m, k, bits;
  } shapes[] = {{8, 16, 8}, {16, 16, 8}, {16, 32, 8},
                {8, 32, 4}, {16, 32, 4}, {16, 64, 4}};
  for (auto &shape : shapes)
    for (unsigned variant = 0; variant < 8; ++variant)
      checkInteger(shape.m, shape.k, shape.bits, variant & 1, variant & 2,
                   variant & 4);
}

TEST(Mma, FloatsOfEveryShape) {
  for (unsigned k : {8, 16}) {
    checkFloat(k, "f16", "f32");
    checkFloat(k, "f16", "f16");
    checkFloat(k, "bf16", "f32");
  }
  checkFloat(4, "tf32", "f32");
  checkFloat(8, "tf32", "f32");
}

TEST(Mma, FourBitPairsExhaustively) {
  // k = 32 with one pair in each column's first element, zeros elsewhere.
  for (unsigned x = 0; x < 16; ++x)
    for (unsigned half = 0; half < 2; ++half) {
      Fragments a(1), b(1), c(2);
      a.set(holderA(8, 4, 3, 17), x);
      for (unsigned column = 0; column < 8; ++column)
        b.set(holderB(4, 17, column), column + 8 * half);
      Fragments d = multiply("mma.sync.aligned.m8n8k32.row.col.s32.s4.s4.s32",
                             a, b, c, 2);
      for (unsigned column = 0; column < 8; ++column)
        EXPECT_EQ(int32_t(d.get(holderC(32, 3, column), 32)),
                  decode(x, 4, true) * decode(column + 8 * half, 4, true));
    }
}

TEST(Mma, FastProductsEqualThePortableOnes) {
  uint32_t words[6][32];
  for (unsigned round = 0; round < 200; ++round) {
    for (auto &reg : words)
      for (uint32_t &word : reg)
        word = round == 0   ? 0x80808080u
               : round == 1 ? 0x7f7f7f7fu
                            : generator();
    Int8Operands operands;
    operands.halves = 1 + round % 2;
    operands.signedA = round % 4 < 2 || round % 3;
    for (unsigned i = 0; i < 4; ++i)
      operands.a[i] = words[i];
    operands.b[0] = words[4];
    operands.b[1] = words[5];
    int32_t fast[4][32], portable[4][32];
    multiplyInt8(operands, fast);
    multiplyInt8Portable(operands, portable);
    EXPECT_EQ(std::memcmp(fast, portable, sizeof fast), 0);
  }
}

TEST(Mma, NeedsTheWholeWarp) {
  const char text[] = R"(.entry k()
{
.reg .b32 %a<4>; .reg .b32 %b<2>; .reg .b32 %d<4>; .reg .b32 %t; .reg .pred %p;
mov.u32 %t, %tid.x;
setp.lt.u32 %p, %t, 16;
@%p mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%d0,%d1,%d2,%d3}, {%a0,%a1,%a2,%a3}, {%b0,%b1}, {%d0,%d1,%d2,%d3};
ret;
}
)";
  Launch run(text);
  run.block(32);
  EXPECT_EQ(run.launch(), "line 9: divergence: a lane that the instruction "
                          "needs has a false guard (cta 0,0,0 thread "
                          "16,0,0)\n");
}

// Each row of the 8x8 matrices of 16-bit elements holds its own number.
TEST(Ldmatrix, PlainAndTransposed) {
  for (bool transpose : {false, true}) {
    Launch run(std::string(R"(.entry k(.param .u64 in, .param .u64 out)
{
.reg .b32 %r<16>; .reg .b64 %rd<8>;
.shared .align 16 .b8 s[512];
ld.param.u64 %rd1, [in];
ld.param.u64 %rd2, [out];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd3, %r1, 16;
add.u64 %rd4, %rd1, %rd3;
add.u64 %rd5, %rd2, %rd3;
ld.global.v4.u32 {%r2, %r3, %r4, %r5}, [%rd4];
mov.u32 %r6, s;
mad.lo.u32 %r7, %r1, 16, %r6;
st.shared.v4.u32 [%r7], {%r2, %r3, %r4, %r5};
bar.sync 0;
ldmatrix.sync.aligned.m8n8.x4)") +
               (transpose ? ".trans" : "") +
               R"(.shared.b16 {%r8, %r9, %r10, %r11}, [%r7];
st.global.v4.u32 [%rd5], {%r8, %r9, %r10, %r11};
ret;
}
)");
    std::vector<uint16_t> in(256);
    for (unsigned i = 0; i < 256; ++i)
      in[i] = uint16_t(i * 257);
    run.buffer(in).output(512).block(32);
    ASSERT_EQ(run.launch(), "");
    auto out = run.read<uint16_t>(1, 256);
    for (unsigned matrix = 0; matrix < 4; ++matrix)
      for (unsigned row = 0; row < 8; ++row)
        for (unsigned column = 0; column < 8; ++column) {
          unsigned lane =
              transpose ? column * 4 + row / 2 : row * 4 + column / 2;
          unsigned part = transpose ? row % 2 : column % 2;
          EXPECT_EQ(out[lane * 8 + matrix * 2 + part],
                    in[matrix * 64 + row * 8 + column]);
        }
  }
}

// Lane L holds elements 2L and 2L + 1 of an 8x8 matrix, by rows.
TEST(Mma, MovmatrixTransposes) {
  std::string text = R"(.visible .entry k(.param .u64 in, .param .u64 out)
{
.reg .b32 %r<4>; .reg .b64 %rd<4>;
ld.param.u64 %rd1, [in];
ld.param.u64 %rd2, [out];
mov.u32 %r1, %tid.x;
mad.wide.u32 %rd1, %r1, 4, %rd1;
mad.wide.u32 %rd2, %r1, 4, %rd2;
ld.global.b32 %r2, [%rd1];
movmatrix.sync.aligned.m8n8.trans.b16 %r3, %r2;
st.global.b32 [%rd2], %r3;
ret;
}
)";
  std::vector<uint16_t> matrix(64), expected(64);
  for (unsigned i = 0; i < 64; ++i) {
    matrix[i] = uint16_t(1000 + i);
    expected[8 * (i % 8) + i / 8] = matrix[i];
  }
  Launch run(text);
  run.buffer(matrix).output(128).block(32);
  EXPECT_EQ(run.launch(), "");
  EXPECT_EQ(run.read<uint16_t>(1, 64), expected);
}
