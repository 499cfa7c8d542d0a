//===- IntegerTest.cpp - integer and logic instructions -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

namespace {

using U32 = std::vector<uint32_t>;
using S32 = std::vector<int32_t>;

} // namespace

TEST(Integer, Arithmetic) {
  EXPECT_EQ(evaluate<uint32_t>("add.u32 %d, %a, %b;", U32{~0u}, U32{2})[0], 1u);
  EXPECT_EQ(
      evaluate<int32_t>("add.sat.s32 %d, %a, %b;", S32{INT32_MAX}, S32{1})[0],
      INT32_MAX);
  EXPECT_EQ(
      evaluate<int32_t>("mul.hi.s32 %d, %a, %b;", S32{-7}, S32{1 << 30})[0],
      -2);
  EXPECT_EQ(
      evaluate<int64_t>("mul.wide.s32 %d, %a, %b;", S32{-3}, S32{1 << 30})[0],
      -(3LL << 30));
  EXPECT_EQ(evaluate<uint64_t>("mul.hi.u64 %d, %a, %b;",
                               std::vector<uint64_t>{~0ull},
                               std::vector<uint64_t>{~0ull})[0],
            ~0ull - 1);
  EXPECT_EQ(evaluate<int32_t>("mad.lo.s32 %d, %a, %b, %c;", S32{-3}, S32{5},
                              S32{7})[0],
            -8);
  EXPECT_EQ(
      evaluate<int32_t>("div.s32 %d, %a, %b;", S32{-7, INT32_MIN}, S32{2, -1}),
      (evaluate<int32_t>("mov.b32 %d, %a;",
                         S32{-3, INT32_MIN, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                             -1, -1,        -1, -1, -1, -1, -1, -1, -1, -1, -1,
                             -1, -1,        -1, -1, -1, -1, -1, -1, -1, -1})));
  EXPECT_EQ(evaluate<int32_t>("rem.s32 %d, %a, %b;", S32{-7}, S32{2})[0], -1);
  EXPECT_EQ(
      evaluate<uint32_t>("sad.s32 %d, %a, %b, %c;", S32{-7}, S32{2}, S32{1})[0],
      10u);
  EXPECT_EQ(evaluate<uint16_t>("sub.u16 %d, %a, %b;", std::vector<uint16_t>{1},
                               std::vector<uint16_t>{2})[0],
            0xffff);
  EXPECT_EQ(
      evaluate<int32_t>("mul24.lo.s32 %d, %a, %b;", S32{0x00ffffff}, S32{3})[0],
      -3);
}

TEST(Integer, CarryChains) {
  // 64-bit addition and subtraction in 32-bit halves.
  EXPECT_EQ(evaluate<uint64_t>("mov.b64 {%x0, %x1}, %a;\n"
                               "mov.b64 {%x2, %x3}, %b;\n"
                               "add.cc.u32 %x0, %x0, %x2;\n"
                               "addc.u32 %x1, %x1, %x3;\n"
                               "mov.b64 %d, {%x0, %x1};",
                               std::vector<uint64_t>{0x1ffffffffull},
                               std::vector<uint64_t>{0x300000001ull})[0],
            0x500000000ull);
  EXPECT_EQ(evaluate<uint64_t>("mov.b64 {%x0, %x1}, %a;\n"
                               "mov.b64 {%x2, %x3}, %b;\n"
                               "sub.cc.u32 %x0, %x0, %x2;\n"
                               "subc.u32 %x1, %x1, %x3;\n"
                               "mov.b64 %d, {%x0, %x1};",
                               std::vector<uint64_t>{0x300000000ull},
                               std::vector<uint64_t>{1})[0],
            0x2ffffffffull);
}

TEST(Integer, DotProducts) {
  EXPECT_EQ(evaluate<int32_t>("dp4a.s32.s32 %d, %a, %b, %c;", U32{0x80ff017f},
                              U32{0x80010203}, U32{5})[0],
            5 + 127 * 3 + 1 * 2 + -1 * 1 + -128 * -128);
  EXPECT_EQ(evaluate<int32_t>("dp4a.u32.s32 %d, %a, %b, %c;", U32{0x80ff017f},
                              U32{0x80010203}, U32{5})[0],
            5 + 127 * 3 + 1 * 2 + 255 * 1 + 128 * -128);
  EXPECT_EQ(evaluate<int32_t>("dp2a.hi.s32.u32 %d, %a, %b, %c;",
                              U32{0xffff0002}, U32{0x03040000}, U32{1})[0],
            1 + 2 * 4 + -1 * 3);
}

TEST(Bits, Fields) {
  EXPECT_EQ(evaluate<int32_t>("bfe.s32 %d, %a, 4, 8;", U32{0x00000f80})[0], -8);
  EXPECT_EQ(evaluate<uint32_t>("bfe.u32 %d, %a, 28, 8;", U32{0xf0000000})[0],
            15u);
  EXPECT_EQ(evaluate<int32_t>("bfe.s32 %d, %a, 28, 8;", U32{0xf0000000})[0],
            -1);
  EXPECT_EQ(evaluate<uint32_t>("bfi.b32 %d, %a, %b, 8, 4;", U32{0xab},
                               U32{0xffffffff})[0],
            0xfffffbffu);
  EXPECT_EQ(evaluate<uint32_t>("prmt.b32 %d, %a, %b, 0x7604;", U32{0x33221100},
                               U32{0x77665544})[0],
            0x77660044u);
  EXPECT_EQ(evaluate<uint32_t>("prmt.b32 %d, %a, %b, 0x9008;", U32{0x00008080},
                               U32{0})[0],
            0xff8080ffu);
  EXPECT_EQ(evaluate<uint32_t>("prmt.b32.rc16 %d, %a, %b, %c;", U32{0x33221100},
                               U32{0}, U32{1})[0],
            0x33223322u);
  EXPECT_EQ(evaluate<uint32_t>("bfind.u32 %d, %a;", U32{0x00800000, 0})[0],
            23u);
  EXPECT_EQ(evaluate<uint32_t>("bfind.s32 %d, %a;", U32{0xff7fffff})[0], 23u);
  EXPECT_EQ(evaluate<uint32_t>("clz.b32 %d, %a;", U32{1, 0})[1], 32u);
  EXPECT_EQ(evaluate<uint32_t>("brev.b32 %d, %a;", U32{1})[0], 0x80000000u);
  EXPECT_EQ(evaluate<uint32_t>("shf.l.wrap.b32 %d, %a, %b, 40;",
                               U32{0x11223344}, U32{0x55667788})[0],
            0x66778811u);
  EXPECT_EQ(evaluate<int32_t>("shr.s32 %d, %a, 40;", S32{-5})[0], -1);
  EXPECT_EQ(evaluate<uint32_t>("shl.b32 %d, %a, 32;", U32{5})[0], 0u);
}

TEST(Bits, Lop3IsAnyFunction) {
  uint32_t a = 0xf0f0cc33, b = 0xff00aa55, c = 0x0ff01234;
  for (unsigned table = 0; table < 256; ++table) {
    uint32_t expected = 0;
    for (unsigned bit = 0; bit < 32; ++bit) {
      unsigned row =
          ((a >> bit) & 1) << 2 | ((b >> bit) & 1) << 1 | ((c >> bit) & 1);
      expected |= ((table >> row) & 1) << bit;
    }
    EXPECT_EQ(evaluate<uint32_t>("lop3.b32 %d, %a, %b, %c, " +
                                     std::to_string(table) + ";",
                                 U32{a}, U32{b}, U32{c})[0],
              expected);
  }
}

TEST(Compare, SetpAndSelp) {
  const char pick[] = "selp.b32 %d, 1, 0, %q0;";
  auto holds = [&](const std::string &op, auto a, auto b) {
    return evaluate<uint32_t>("setp." + op + " %q0, %a, %b;\n" + pick,
                              std::vector<decltype(a)>{a},
                              std::vector<decltype(b)>{b})[0] == 1;
  };
  float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(holds("lt.s32", -1, 1));
  EXPECT_FALSE(holds("lt.u32", -1, 1));
  EXPECT_TRUE(holds("hi.u32", -1, 1));
  EXPECT_FALSE(holds("ne.f32", nan, 1.0f));
  EXPECT_TRUE(holds("neu.f32", nan, 1.0f));
  EXPECT_FALSE(holds("le.f32", nan, nan));
  EXPECT_TRUE(holds("leu.f32", nan, nan));
  EXPECT_TRUE(holds("nan.f32", nan, 1.0f));
  EXPECT_TRUE(holds("num.f32", 2.0f, 1.0f));
  EXPECT_TRUE(holds("eq.f64", 0.0, -0.0));
  EXPECT_EQ(evaluate<uint32_t>("setp.eq.u32 %q1, 0, 1;\n"
                               "setp.lt.and.s32 %q0|%q2, %a, %b, !%q1;\n"
                               "selp.u32 %x0, 1, 0, %q0;\n"
                               "selp.u32 %x1, 2, 0, %q2;\n"
                               "add.u32 %d, %x0, %x1;",
                               S32{-1, 1}, S32{0, 0}),
            evaluate<uint32_t>("setp.lt.s32 %q0, %a, 0;\n"
                               "selp.u32 %d, 1, 2, %q0;",
                               S32{-1, 1}));
}

TEST(Compare, NegatedPredicates) {
  const auto p = [](unsigned lane) { return lane % 2 != 0; };
  const auto q = [](unsigned lane) { return lane % 4 < 2; };
  const auto r = [](bool value) { return uint32_t(value); };
  U32 lanes(32);
  for (unsigned lane = 0; lane < 32; ++lane)
    lanes[lane] = lane;
  auto results = [&](const std::string &line) {
    return evaluate<uint32_t>("and.b32 %x0, %a, 1;\nand.b32 %x1, %a, 2;\n"
                              "setp.ne.u32 %q1, %x0, 0;\n"
                              "setp.eq.u32 %q2, %x1, 0;\n" +
                                  line + "\nselp.u32 %d, 1, 0, %q0;",
                              lanes);
  };
  U32 both = results("and.pred %q0, !%q1, %q2;"),
      either = results("or.pred %q0, %q1, !%q2;"),
      neither = results("and.pred %q0, !%q1, !%q2;"),
      one = results("xor.pred %q0, %q1, !%q2;"),
      twice = results("not.pred %q0, !%q1;"),
      moved = results("mov.pred %q0, !%q1;");
  for (unsigned lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(both[lane], r(!p(lane) && q(lane)));
    EXPECT_EQ(either[lane], r(p(lane) || !q(lane)));
    EXPECT_EQ(neither[lane], r(!p(lane) && !q(lane)));
    EXPECT_EQ(one[lane], r(p(lane) != !q(lane)));
    EXPECT_EQ(twice[lane], r(p(lane)));
    EXPECT_EQ(moved[lane], r(!p(lane)));
  }
}

TEST(Convert, FloatsToIntegersClamp) {
  auto convert = [](float x) {
    return evaluate<int32_t>("cvt.rzi.s32.f32 %d, %a;",
                             std::vector<float>{x})[0];
  };
  EXPECT_EQ(convert(-2.9f), -2);
  EXPECT_EQ(convert(3e9f), INT32_MAX);
  EXPECT_EQ(convert(-3e9f), INT32_MIN);
  EXPECT_EQ(convert(std::numeric_limits<float>::quiet_NaN()), 0);
  EXPECT_EQ(evaluate<int32_t>("cvt.rni.s32.f32 %d, %a;",
                              std::vector<float>{2.5f, 3.5f, -2.5f})[0],
            2);
  EXPECT_EQ(
      evaluate<int32_t>("cvt.rni.s32.f32 %d, %a;", std::vector<float>{3.5f})[0],
      4);
  EXPECT_EQ(evaluate<int32_t>("cvt.sat.s8.s32 %d, %a;", S32{-300})[0], -128);
  EXPECT_EQ(evaluate<int32_t>("cvt.s32.s8 %d, %a;", S32{0x1ff})[0], -1);
  EXPECT_EQ(evaluate<uint32_t>("cvt.u32.u16 %d, %a;", S32{0x1ffff})[0],
            0xffffu);
  EXPECT_EQ(evaluate<float>("cvt.rz.f32.s32 %d, %a;", S32{0x1ffffff})[0],
            33554430.0f);
  EXPECT_EQ(
      evaluate<float>("cvt.rni.f32.f32 %d, %a;", std::vector<float>{-2.5f})[0],
      -2.0f);
  EXPECT_EQ(evaluate<uint32_t>("cvt.rn.f16x2.f32 %d, %a, %b;",
                               std::vector<float>{1.0f},
                               std::vector<float>{-2.0f})[0],
            0x3c00c000u);
  EXPECT_EQ(evaluate<uint32_t>("cvt.rn.bf16x2.f32 %d, %a, %b;",
                               std::vector<float>{1.0f},
                               std::vector<float>{-2.0f})[0],
            0x3f80c000u);
  EXPECT_EQ(evaluate<uint32_t>("cvt.rna.tf32.f32 %d, %a;",
                               std::vector<float>{1.00048828125f})[0],
            0x3f802000u);
}

TEST(Convert, SpecialRegisters) {
  auto of = [](const std::string &line) {
    return evaluate<uint64_t>(line, std::vector<uint64_t>{});
  };
  // A clock goes on, and both reads are of the thread's own time.
  auto passed = of("cvt.u64.u64 %y1, %clock64;\nmov.b64 {%x1, %x2}, %clock64;\n"
                   "mov.b64 %d, {%x1, %x2};\nsub.u64 %d, %d, %y1;");
  auto guarded = of("mov.b64 %d, 7; setp.lt.u32 %q1, %t, 16;\n"
                    "@%q1 cvt.u64.u32 %d, %globaltimer_hi;\n"
                    "@%q1 add.u64 %d, %d, 8;");
  auto size = of("mov.v4.u32 {%x0, %x1, %x2, %x3}, %ntid;\n"
                 "add.u32 %x0, %x0, %x1; add.u32 %x0, %x0, %x2;\n"
                 "mov.b64 %d, {%x0, %x3};");
  auto zeros = of("mov.u64 %d, %pm3_64; mov.u32 %x0, %pm7; mov.u32 %x1, "
                  "%envreg31;\nmov.b64 %y1, {%x0, %x1}; add.u64 %d, %d, %y1;");
  for (unsigned i = 0; i < 32; ++i) {
    EXPECT_LT(passed[i], 60'000'000'000u);
    EXPECT_EQ(guarded[i] == 7, i >= 16);
    EXPECT_EQ(size[i], 34u);
    EXPECT_EQ(zeros[i], 0u);
  }
}

// The position of the n-th set bit from `base`, by a list of all set bits.
TEST(Integer, FindsTheNthSetBit) {
  U32 bits, bases;
  S32 offsets;
  std::mt19937 generator(5);
  for (unsigned i = 0; i < 32; ++i) {
    bits.push_back(generator() & generator());
    bases.push_back(generator() % 32);
    offsets.push_back(int32_t(generator() % 9) - 4);
  }
  auto found =
      evaluate<uint32_t>("fns.b32 %d, %a, %b, %c;", bits, bases, offsets);
  for (unsigned i = 0; i < 32; ++i) {
    S32 set;
    for (int32_t at = 0; at < 32; ++at)
      if ((bits[i] >> at) & 1 && (offsets[i] == 0  ? at == int32_t(bases[i])
                                  : offsets[i] > 0 ? at >= int32_t(bases[i])
                                                   : at <= int32_t(bases[i])))
        set.push_back(at);
    if (offsets[i] < 0)
      std::reverse(set.begin(), set.end());
    auto n = size_t(std::max(std::abs(offsets[i]), 1));
    EXPECT_EQ(found[i], n <= set.size() ? uint32_t(set[n - 1]) : ~0u) << i;
  }
}

TEST(Integer, VideoInstructionsWorkOnParts) {
  U32 a, b, c;
  std::mt19937 generator(6);
  for (unsigned i = 0; i < 32; ++i) {
    a.push_back(uint32_t(generator()));
    b.push_back(uint32_t(generator()));
    c.push_back(uint32_t(generator() % 1000));
  }
  auto absolute =
      evaluate<uint32_t>("vabsdiff4.u32.u32.u32 %d, %a, %b, %c;", a, b, c);
  auto sum =
      evaluate<uint32_t>("vabsdiff4.u32.u32.u32.add %d, %a, %b, %c;", a, b, c);
  auto saturated =
      evaluate<uint32_t>("vadd4.s32.s32.s32.sat %d, %a, %b, %c;", a, b, c);
  auto largest =
      evaluate<uint32_t>("vmax2.s32.s32.s32 %d, %a, %b, %c;", a, b, c);
  for (unsigned i = 0; i < 32; ++i) {
    uint32_t total = c[i];
    for (unsigned j = 0; j < 4; ++j) {
      auto x = uint8_t(a[i] >> 8 * j), y = uint8_t(b[i] >> 8 * j);
      unsigned difference = x > y ? x - y : y - x;
      EXPECT_EQ(uint8_t(absolute[i] >> 8 * j), difference);
      total += difference;
      int both = int(int8_t(x)) + int(int8_t(y));
      EXPECT_EQ(int8_t(saturated[i] >> 8 * j), both > 127    ? 127
                                               : both < -128 ? -128
                                                             : both);
    }
    EXPECT_EQ(sum[i], total);
    for (unsigned j = 0; j < 2; ++j)
      EXPECT_EQ(int16_t(largest[i] >> 16 * j),
                std::max(int16_t(a[i] >> 16 * j), int16_t(b[i] >> 16 * j)));
  }
}
