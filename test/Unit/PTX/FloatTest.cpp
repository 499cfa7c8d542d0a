//===- FloatTest.cpp - floating-point instructions ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include "llvm/ADT/Twine.h"

#include <cmath>
#include <limits>
#include <random>

using namespace quantmlir::ptx;
using namespace quantmlir::ptx::test;

TEST(Float, RoundingModesAndFlags) {
  float tiny = 1e-40f;
  auto add = [&](const std::string &op) {
    return evaluate<float>(op + " %d, %a, %b;", std::vector<float>{1.0f},
                           std::vector<float>{1e-10f})[0];
  };
  EXPECT_EQ(add("add.rn.f32"), 1.0f);
  EXPECT_EQ(add("add.rz.f32"), 1.0f);
  EXPECT_EQ(add("add.rm.f32"), 1.0f);
  EXPECT_EQ(add("add.rp.f32"), std::nextafter(1.0f, 2.0f));
  EXPECT_EQ(evaluate<float>("mul.ftz.f32 %d, %a, %b;", std::vector<float>{tiny},
                            std::vector<float>{1e10f})[0],
            0.0f);
  EXPECT_EQ(evaluate<float>("add.sat.f32 %d, %a, %b;", std::vector<float>{0.9f},
                            std::vector<float>{0.9f})[0],
            1.0f);
  // One rounding, not two.
  float a = 1.0f + 0x1p-23f;
  EXPECT_EQ(evaluate<float>("fma.rn.f32 %d, %a, %a, %b;", std::vector<float>{a},
                            std::vector<float>{-1.0f - 0x1p-22f})[0],
            0x1p-46f);
  EXPECT_EQ(evaluate<float>(
                "min.f32 %d, %a, %b;",
                std::vector<float>{std::numeric_limits<float>::quiet_NaN()},
                std::vector<float>{2.0f})[0],
            2.0f);
  EXPECT_EQ(
      evaluate<float>("ex2.approx.f32 %d, %a;", std::vector<float>{3.0f})[0],
      8.0f);
}

// The errors that the PTX ISA states (9.7.3), over many magnitudes.
// Exact whatever the rounding.
TEST(Float, ConversionsOfBfloat16) {
  for (const char *rounding : {"", ".rn", ".rz", ".rm"})
    EXPECT_EQ(
        evaluate<float>(std::string("cvt") + rounding + ".f32.bf16 %d, %a;",
                        std::vector<uint16_t>{0xc049})[0],
        -3.140625f);
  EXPECT_EQ(evaluate<double>("cvt.rn.f64.bf16 %d, %a;",
                             std::vector<uint16_t>{0x0001})[0],
            0x1p-133);
  EXPECT_EQ(evaluate<float>("cvt.rn.ftz.f32.bf16 %d, %a;",
                            std::vector<uint16_t>{0x0001})[0],
            0.0f);
}

TEST(Float, ConversionsToTheLargestNumber) {
  float large = std::numeric_limits<float>::max();
  float infinity = std::numeric_limits<float>::infinity();
  auto half = [](const std::string &modifiers, float x) {
    return evaluate<uint16_t>("cvt" + modifiers + ".f32 %d, %a;",
                              std::vector<float>{x})[0];
  };
  EXPECT_EQ(half(".rn.satfinite.f16", 65520), 0x7bff);
  EXPECT_EQ(half(".rn.f16", 65520), 0x7c00);
  EXPECT_EQ(half(".rz.satfinite.f16", -infinity), 0xfbff);
  EXPECT_EQ(half(".rn.satfinite.bf16", large), 0x7f7f);
  EXPECT_EQ(half(".rn.satfinite.f16", std::nanf("")), 0x7fff);
  EXPECT_EQ(half(".rn.relu.satfinite.f16", -infinity), 0);
  EXPECT_EQ(evaluate<uint32_t>("cvt.rna.satfinite.tf32.f32 %d, %a;",
                               std::vector<float>{-large})[0],
            0xff7fe000u);
  EXPECT_EQ(evaluate<uint32_t>("cvt.rn.relu.tf32.f32 %d, %a;",
                               std::vector<float>{-1.0f})[0],
            0u);
  EXPECT_EQ(evaluate<uint32_t>("cvt.rn.satfinite.f16x2.f32 %d, %a, %b;",
                               std::vector<float>{large},
                               std::vector<float>{-infinity})[0],
            0x7bfffbffu);
  // The upper bits of a wider register become zeros.
  EXPECT_EQ(evaluate<uint32_t>("cvt.rn.f16.f32 %d, %a;",
                               std::vector<float>{-1.0f})[0],
            0xbc00u);
}

TEST(Float, ApproximationsMeetTheirBounds) {
  struct Bound {
    const char *instruction;
    double (*exact)(double);
    double relative, absolute;
    float low, high;
  };
  auto rcp = [](double x) { return 1 / x; };
  auto rsqrt = [](double x) { return 1 / std::sqrt(x); };
  auto root = [](double x) { return std::sqrt(x); };
  const Bound bounds[] = {
      {"rcp.approx.f32", rcp, 0x1p-23, 0, 1e-20f, 1e20f},
      {"sqrt.approx.f32", root, 0x1p-23, 0, 1e-20f, 1e20f},
      {"rsqrt.approx.f32", rsqrt, 1.2e-7, 0, 1e-20f, 1e20f},
      {"lg2.approx.f32", [](double x) { return std::log2(x); }, 0x1p-22,
       0x1p-22, 1e-20f, 1e20f},
      {"ex2.approx.f32", [](double x) { return std::exp2(x); }, 1.7e-7, 0, -80,
       80},
      {"sin.approx.f32", [](double x) { return std::sin(x); }, 0, 0x1p-20, -3,
       3},
      {"cos.approx.f32", [](double x) { return std::cos(x); }, 0, 0x1p-20, -3,
       3},
      {"tanh.approx.f32", [](double x) { return std::tanh(x); }, 0x1p-11, 0,
       -10, 10},
  };
  std::mt19937 generator(5);
  for (const Bound &bound : bounds)
    for (unsigned round = 0; round < 50; ++round) {
      bool wide = bound.high > 1e10f;
      std::uniform_real_distribution<float> draw(
          wide ? std::log2(bound.low) : bound.low,
          wide ? std::log2(bound.high) : bound.high);
      std::vector<float> in(32);
      for (float &value : in)
        value = wide ? std::exp2(draw(generator)) : draw(generator);
      auto out =
          evaluate<float>(std::string(bound.instruction) + " %d, %a;", in);
      for (unsigned i = 0; i < 32; ++i) {
        double exact = bound.exact(double(in[i]));
        EXPECT_LE(std::fabs(out[i] - exact),
                  bound.relative * std::fabs(exact) + bound.absolute)
            << bound.instruction << " " << in[i];
      }
    }
}

TEST(Float, MinAndMaxOfThreeAndWithSigns) {
  std::vector<float> a{3}, b{-5}, c{4};
  float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(evaluate<float>("max.f32 %d, %a, %b, %c;", a, b, c)[0], 4.0f);
  EXPECT_EQ(evaluate<float>("min.f32 %d, %a, %b, %c;", a, b, c)[0], -5.0f);
  EXPECT_EQ(evaluate<float>("max.f32 %d, %a, %b, %c;", a, {nan}, c)[0], 4.0f);
  EXPECT_TRUE(std::isnan(
      evaluate<float>("max.NaN.f32 %d, %a, %b, %c;", a, {nan}, c)[0]));
  EXPECT_EQ(evaluate<float>("max.xorsign.abs.f32 %d, %a, %b;", a, b)[0], -5.0f);
  EXPECT_EQ(evaluate<float>("min.xorsign.abs.f32 %d, %b, %b;", a, b)[0], 5.0f);
}

// Both halves, each as the f32 instruction rounds.
TEST(Float, PairsOfSingles) {
  std::mt19937 generator(9);
  std::uniform_real_distribution<float> draw(-2, 2);
  for (const char *mode : {"rn", "rz", "rm", "rp"})
    for (const char *opcode : {"add", "sub", "mul", "fma"}) {
      std::vector<float> values[3][2];
      std::vector<uint64_t> pairs[3];
      for (unsigned operand = 0; operand < 3; ++operand)
        for (unsigned i = 0; i < 32; ++i) {
          uint64_t pair = 0;
          for (unsigned half : {0u, 1u}) {
            float value = draw(generator);
            uint32_t bits;
            std::memcpy(&bits, &value, 4);
            pair |= uint64_t(bits) << (32 * half);
            values[operand][half].push_back(value);
          }
          pairs[operand].push_back(pair);
        }
      std::string name = std::string(opcode) + "." + mode;
      std::string operands =
          std::string(opcode) == "fma" ? " %d, %a, %b, %c;" : " %d, %a, %b;";
      auto both =
          evaluate<uint64_t>((llvm::Twine(name) + ".f32x2" + operands).str(),
                             pairs[0], pairs[1], pairs[2]);
      for (unsigned half : {0u, 1u}) {
        auto single = evaluate<uint32_t>(
            (llvm::Twine(name) + ".f32" + operands).str(), values[0][half],
            values[1][half], values[2][half]);
        for (unsigned i = 0; i < 32; ++i)
          EXPECT_EQ(uint32_t(both[i] >> (32 * half)), single[i]) << name;
      }
    }
}

namespace {
/// The value of an 8-bit float by the tables of the OCP specification.
double valueOf(uint8_t bits, unsigned exponentBits, bool infinities) {
  unsigned mantissaBits = 7 - exponentBits, top = (1u << exponentBits) - 1;
  unsigned exponent = bits >> mantissaBits & top;
  double mantissa = bits & ((1u << mantissaBits) - 1);
  double scale = std::exp2(-int(mantissaBits)), sign = bits & 0x80 ? -1 : 1;
  int bias = int(top / 2);
  if (infinities && exponent == top)
    return mantissa ? NAN : sign * INFINITY;
  if (!infinities && (bits & 0x7f) == 0x7f)
    return NAN;
  if (exponent == 0)
    return sign * mantissa * scale * std::exp2(1 - bias);
  return sign * (1 + mantissa * scale) * std::exp2(int(exponent) - bias);
}
} // namespace

// All 256 values there and back, and the nearest of all for any number.
TEST(Float, EightBitFloats) {
  std::mt19937 generator(13);
  for (bool wide : {false, true}) {
    std::string name = wide ? "e5m2x2" : "e4m3x2";
    unsigned exponentBits = wide ? 5 : 4;
    for (unsigned first = 0; first < 256; first += 32) {
      std::vector<uint16_t> in(32);
      for (unsigned i = 0; i < 32; ++i)
        in[i] = uint16_t((first + i) << 8 | (255 - first - i));
      auto halves = evaluate<uint32_t>("cvt.rn.f16x2." + name + " %d, %a;", in);
      for (unsigned i = 0; i < 32; ++i)
        for (unsigned half : {0u, 1u}) {
          auto bits = uint16_t(halves[i] >> (16 * half));
          _Float16 value;
          std::memcpy(&value, &bits, 2);
          double expected =
              valueOf(uint8_t(in[i] >> (8 * half)), exponentBits, wide);
          if (std::isnan(expected))
            EXPECT_TRUE(std::isnan(float(value)));
          else
            EXPECT_EQ(double(value), expected);
        }
    }
    std::vector<float> a(32), b(32);
    std::uniform_real_distribution<float> draw(-20, 18);
    for (unsigned i = 0; i < 32; ++i) {
      a[i] = std::exp2(draw(generator)) * (i % 2 ? -1 : 1);
      b[i] = std::exp2(draw(generator));
    }
    auto packed = evaluate<uint16_t>(
        "cvt.rn.satfinite." + name + ".f32 %d, %a, %b;", a, b);
    for (unsigned i = 0; i < 32; ++i) {
      double value = valueOf(uint8_t(packed[i] >> 8), exponentBits, wide);
      for (unsigned other = 0; other < 256; ++other) {
        double candidate = valueOf(uint8_t(other), exponentBits, wide);
        if (std::isfinite(candidate))
          EXPECT_LE(std::fabs(value - a[i]), std::fabs(candidate - a[i]))
              << name << " " << a[i];
      }
    }
    // Ties go to even, NaN stays one, and negative numbers may become 0.
    auto one = [&](const std::string &modifier, float x) {
      return evaluate<uint16_t>((llvm::Twine("cvt.rn.satfinite") + modifier +
                                 "." + name + ".f32 %d, %a, %b;")
                                    .str(),
                                std::vector<float>{x},
                                std::vector<float>{0})[0] >>
             8;
    };
    double tie = wide ? 1.125 : 1.0625, above = wide ? 1.375 : 1.1875;
    EXPECT_EQ(valueOf(uint8_t(one("", float(tie))), exponentBits, wide), 1);
    EXPECT_EQ(valueOf(uint8_t(one("", float(above))), exponentBits, wide),
              wide ? 1.5 : 1.25);
    EXPECT_EQ(one("", NAN), 0x7f);
    EXPECT_EQ(one(".relu", -2), 0);
  }
}

static float widened(uint16_t bits, bool brain, bool flush) {
  if (flush && (bits & 0x7c00) == 0)
    bits &= 0x8000;
  if (!brain) {
    _Float16 value;
    std::memcpy(&value, &bits, 2);
    return float(value);
  }
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

// Each half of set's result is 1.0 or, for integers, all ones (9.7.7.1).
TEST(Float, SetOfPairs) {
  // Zeros, subnormal and normal numbers, infinities and a NaN.
  const uint16_t values[] = {0,      0x8000, 0x0001, 0x8003, 0x3c00, 0xbc00,
                             0x3f80, 0xbf80, 0x7c00, 0xfc00, 0x7f80, 0x7fff};
  struct Relation {
    const char *name;
    bool (*holds)(float, float);
  };
  const Relation relations[] = {
      {"lt", [](float a, float b) { return a < b; }},
      {"ne", [](float a, float b) { return a < b || a > b; }},
      {"geu", [](float a, float b) { return !(a < b); }},
      {"nan", [](float a, float b) { return a != a || b != b; }}};
  std::mt19937 generator(17);
  std::vector<uint32_t> a(32), b(32);
  for (unsigned i = 0; i < 32; ++i) {
    a[i] = values[generator() % 12] | uint32_t(values[generator() % 12]) << 16;
    b[i] = values[generator() % 12] | uint32_t(values[generator() % 12]) << 16;
  }
  for (const Relation &relation : relations)
    for (const char *types :
         {"f16x2.f16x2", "bf16x2.bf16x2", "u32.f16x2", "s32.bf16x2"})
      for (const char *ftz : {"", ".ftz"}) {
        bool brain = llvm::StringRef(types).ends_with("bf16x2");
        bool floating = llvm::StringRef(types).contains("16x2.");
        if (brain && *ftz)
          continue;
        uint32_t one = !floating ? 0xffff : brain ? 0x3f80 : 0x3c00;
        std::string line = std::string("set.") + relation.name + ftz + "." +
                           types + " %d, %a, %b;";
        auto found = evaluate<uint32_t>(line, a, b);
        line = std::string("setp.") + relation.name + ftz + "." +
               (brain ? "b" : "") +
               "f16x2 %q0|%q1, %a, %b;\nselp.u32 %x0, 1, 0, %q0;\n"
               "selp.u32 %x1, 2, 0, %q1;\nor.b32 %d, %x0, %x1;";
        auto predicates = evaluate<uint32_t>(line, a, b);
        for (unsigned i = 0; i < 32; ++i)
          for (unsigned half : {0u, 1u}) {
            bool holds = relation.holds(
                widened(uint16_t(a[i] >> 16 * half), brain, *ftz),
                widened(uint16_t(b[i] >> 16 * half), brain, *ftz));
            EXPECT_EQ(uint16_t(found[i] >> 16 * half), holds ? one : 0)
                << relation.name << ftz << "." << types << i;
            EXPECT_EQ((predicates[i] >> half) & 1, uint32_t(holds)) << line;
          }
      }
  // With a predicate, which may be negated.
  auto combined = evaluate<uint32_t>("setp.lt.u32 %q0, %t, 16;\n"
                                     "set.equ.and.u32.f16x2 %d, %a, %a, !%q0;",
                                     std::vector<uint32_t>(32));
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(combined[i], i < 16 ? 0 : ~0u);
}

// f32 sums and products with f16 and bf16, exact before the one rounding.
TEST(Float, MixedPrecision) {
  const uint16_t values[] = {0x3c01, 0xbc00, 0x0001, 0x7bff, 0x3f81, 0xc2c8};
  for (bool brain : {false, true}) {
    std::string type = brain ? "bf16" : "f16";
    std::vector<uint16_t> a(32), b(32);
    std::vector<float> c(32);
    std::mt19937 generator(19);
    std::uniform_real_distribution<float> draw(-4, 4);
    for (unsigned i = 0; i < 32; ++i) {
      a[i] = values[generator() % 6];
      b[i] = values[generator() % 6];
      c[i] = draw(generator);
    }
    auto sum = evaluate<float>("add.f32." + type + " %d, %a, %c;", a, b, c);
    auto difference =
        evaluate<float>("sub.rn.sat.f32." + type + " %d, %a, %c;", a, b, c);
    auto fused =
        evaluate<float>("fma.rn.f32." + type + " %d, %a, %b, %c;", a, b, c);
    for (unsigned i = 0; i < 32; ++i) {
      float x = widened(a[i], brain, false), y = widened(b[i], brain, false);
      EXPECT_EQ(sum[i], x + c[i]);
      EXPECT_EQ(difference[i], std::min(std::max(x - c[i], 0.0f), 1.0f));
      EXPECT_EQ(fused[i], std::fma(x, y, c[i]));
    }
  }
}

// The nearest float on the side that the mode asks for of what is exact in
// double.
TEST(Float, MixedPrecisionInDirectedModes) {
  const uint16_t values[] = {0x3c01, 0xbc00, 0x0001, 0x3f81, 0xc2c8};
  std::vector<uint16_t> a(32), b(32);
  std::vector<float> c(32);
  std::mt19937 generator(23);
  std::uniform_real_distribution<float> draw(-4, 4);
  for (unsigned i = 0; i < 32; ++i) {
    a[i] = values[generator() % 5];
    b[i] = values[generator() % 5];
    c[i] = draw(generator);
  }
  const float infinity = std::numeric_limits<float>::infinity();
  auto directed = [&](double exact, const std::string &mode) {
    auto nearest = float(exact);
    bool up = mode == "rp" || (mode == "rz" && exact < 0);
    if (up)
      return nearest < exact ? std::nextafter(nearest, infinity) : nearest;
    return nearest > exact ? std::nextafter(nearest, -infinity) : nearest;
  };
  for (const std::string mode : {"rz", "rm", "rp"}) {
    auto sum = evaluate<float>("add." + mode + ".f32.f16 %d, %a, %c;", a, b, c);
    auto difference =
        evaluate<float>("sub." + mode + ".f32.f16 %d, %a, %c;", a, b, c);
    auto fused =
        evaluate<float>("fma." + mode + ".f32.f16 %d, %a, %b, %c;", a, b, c);
    auto brain =
        evaluate<float>("add." + mode + ".sat.f32.bf16 %d, %a, %c;", a, b, c);
    for (unsigned i = 0; i < 32; ++i) {
      double x = widened(a[i], false, false), y = widened(b[i], false, false);
      EXPECT_EQ(sum[i], directed(x + c[i], mode));
      EXPECT_EQ(difference[i], directed(x - c[i], mode));
      EXPECT_EQ(fused[i], directed(x * y + c[i], mode));
      // As bf16 that is 2^-133, whose sums are not exact.
      if (a[i] == 0x0001)
        continue;
      float z = directed(double(widened(a[i], true, false)) + c[i], mode);
      EXPECT_EQ(brain[i], std::min(std::max(z, 0.0f), 1.0f));
    }
  }
}
