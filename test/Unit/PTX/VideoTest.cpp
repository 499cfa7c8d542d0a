//===- VideoTest.cpp - video instructions ---------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random forms of the instructions against the text of the PTX ISA (9.7.18,
// 9.7.19), with numbers that are floats of 64 bits of precision: what the
// emulator does by masks and shifts is done here by division.
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include <cmath>
#include <random>

using namespace quantmlir::ptx::test;

using U32 = std::vector<uint32_t>;
using Number = long double; // exact up to 64 bits

static std::mt19937 generator(11);

static unsigned below(unsigned limit) { return unsigned(generator()) % limit; }

/// Numbers of all sizes and signs.
static U32 numbers() {
  U32 values = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x80, 0x7f80, 0x8000};
  while (values.size() < 32) {
    uint32_t value = uint32_t(generator()) >> below(32);
    values.push_back(below(2) ? value : 0 - value);
  }
  std::shuffle(values.begin(), values.end(), generator);
  return values;
}

/// Byte or half `index` of the bytes of a register, or of two.
static Number part(const uint8_t *bytes, unsigned index, unsigned size,
                   bool isSigned) {
  Number value = 0;
  for (unsigned i = size; i-- > 0;)
    value = value * 256 + bytes[index * size + i];
  Number range = std::exp2l(8 * Number(size));
  return isSigned && value >= range / 2 ? value - range : value;
}

static Number clamped(Number value, unsigned size, bool isSigned) {
  Number range = std::exp2l(8 * Number(size));
  Number low = isSigned ? -range / 2 : 0;
  return std::min(std::max(value, low), low + range - 1);
}

/// The low bits of an integer.
static uint32_t low32(Number value) {
  Number range = std::exp2l(32);
  return uint32_t(value - range * std::floor(value / range));
}

static Number operate(const std::string &op, Number a, Number b) {
  if (op == "vadd")
    return a + b;
  if (op == "vsub")
    return a - b;
  if (op == "vabsdiff")
    return std::abs(a - b);
  if (op == "vmin")
    return std::min(a, b);
  if (op == "vmax")
    return std::max(a, b);
  if (op == "vavrg")
    return std::floor((a + b + (a + b >= 0)) / 2);
  if (op == "vshl")
    return a * std::exp2l(b);
  if (op == "vshr")
    return std::floor(a / std::exp2l(b));
  return op == "eq"   ? a == b
         : op == "ne" ? a != b
         : op == "lt" ? a < b
         : op == "le" ? a <= b
         : op == "gt" ? a > b
                      : a >= b;
}

namespace {
struct Types {
  bool d = below(2), a = below(2), b = below(2);
  static std::string name(bool isSigned) { return isSigned ? ".s32" : ".u32"; }
};
/// A part as a selector names it; size 4 is the whole.
struct Selector {
  unsigned size = 4, index = 0;
  explicit Selector(bool any = true) {
    size = any ? 1u << below(3) : 4;
    index = below(4 / size);
  }
  std::string text() const {
    return size == 4 ? "" : (size == 1 ? ".b" : ".h") + std::to_string(index);
  }
};
} // namespace

static const uint8_t *bytesOf(const uint32_t &word) {
  return reinterpret_cast<const uint8_t *>(&word);
}

TEST(Video, Scalar) {
  const char *ops[] = {"vadd", "vsub", "vabsdiff", "vmin", "vmax",
                       "vshl", "vshr", "eq",       "ne",   "lt",
                       "le",   "gt",   "ge"};
  const char *seconds[] = {"", ".add", ".min", ".max"};
  for (unsigned round = 0; round < 260; ++round) {
    std::string op = ops[round % 13];
    bool compares = op[0] != 'v', shifts = op == "vshl" || op == "vshr";
    Types types;
    types.d &= !compares;
    types.b &= !shifts;
    bool saturates = !compares && below(2), wraps = below(2);
    unsigned second = below(4);
    Selector a, b, d(second == 0);
    std::string line = compares ? "vset" : op;
    line += (compares ? "" : Types::name(types.d)) + Types::name(types.a) +
            Types::name(types.b) + (compares ? "." + op : "") +
            (saturates ? ".sat" : "") +
            (shifts ? wraps ? ".wrap" : ".clamp" : "") + seconds[second] +
            " %d" + d.text() + ", %a" + a.text() + ", %b" + b.text() + ", %c;";
    U32 x = numbers(), y = numbers(), z = numbers();
    U32 found = evaluate<uint32_t>(line, x, y, z);
    for (unsigned i = 0; i < 32; ++i) {
      Number left = part(bytesOf(x[i]), a.index, a.size, types.a);
      Number right = part(bytesOf(y[i]), b.index, b.size, types.b);
      if (shifts)
        right =
            wraps ? std::fmod(right, Number(32)) : std::min(right, Number(32));
      Number value = operate(op, left, right);
      if (saturates)
        value = clamped(value, d.size, types.d);
      Number third = part(bytesOf(z[i]), 0, 4, types.d);
      value = second == 1   ? value + third
              : second == 2 ? std::min(value, third)
              : second == 3 ? std::max(value, third)
                            : value;
      uint32_t word = low32(value), expected = z[i];
      std::memcpy(reinterpret_cast<uint8_t *>(&expected) + d.index * d.size,
                  &word, d.size);
      EXPECT_EQ(found[i], expected) << line << " " << i;
    }
  }
}

TEST(Video, MultiplyAndAdd) {
  for (unsigned round = 0; round < 100; ++round) {
    Types types;
    Selector a, b;
    bool plusOne = below(3) == 0;
    bool minusA = !plusOne && below(2), minusB = !plusOne && below(2);
    bool minusC = !plusOne && minusA == minusB && below(2);
    bool saturates = below(2);
    static const unsigned scales[] = {0, 7, 15};
    unsigned scale = scales[below(3)];
    std::string line = "vmad" + Types::name(types.d) + Types::name(types.a) +
                       Types::name(types.b) + (plusOne ? ".po" : "") +
                       (saturates ? ".sat" : "") +
                       (scale ? ".shr" + std::to_string(scale) : "") + " %d, " +
                       (minusA ? "-%a" : "%a") + a.text() + ", " +
                       (minusB ? "-%b" : "%b") + b.text() + ", " +
                       (minusC ? "-%c;" : "%c;");
    U32 x = numbers(), y = numbers(), z = numbers();
    U32 found = evaluate<uint32_t>(line, x, y, z);
    bool isSigned = types.a || types.b || minusA != minusB || minusC;
    for (unsigned i = 0; i < 32; ++i) {
      Number product = part(bytesOf(x[i]), a.index, a.size, types.a) *
                       part(bytesOf(y[i]), b.index, b.size, types.b);
      // -c is the complement of c's 32 bits, plus one.
      uint32_t word = minusC ? ~z[i] : z[i];
      Number value = (minusA != minusB ? -product : product) +
                     part(bytesOf(word), 0, 4, isSigned) +
                     (plusOne || minusC ? 1 : 0);
      value = std::floor(value / std::exp2l(scale));
      if (saturates)
        value = clamped(value, 4, isSigned);
      EXPECT_EQ(found[i], low32(value)) << line << " " << i;
    }
  }
}

TEST(Video, Parts) {
  const char *ops[] = {"vadd",  "vsub", "vabsdiff", "vmin", "vmax",
                       "vavrg", "eq",   "ge",       "lt"};
  for (unsigned round = 0; round < 180; ++round) {
    std::string op = ops[round % 9];
    bool compares = op[0] != 'v';
    unsigned count = round % 2 ? 4 : 2, size = 4 / count;
    Types types;
    types.d &= !compares;
    bool adds = below(3) == 0, saturates = !adds && !compares && below(2);
    unsigned mask = 1 + below((1u << count) - 1);
    std::vector<unsigned> first, second; // from the lowest part on
    auto select = [&](std::vector<unsigned> &parts) {
      for (unsigned i = 0; i < count; ++i)
        parts.push_back(below(2 * count));
      std::string text = count == 2 ? ".h" : ".b";
      for (unsigned i = count; i-- > 0;)
        text += std::to_string(parts[i]);
      return text;
    };
    std::string line = compares ? "vset" : op;
    line += std::to_string(count) + (compares ? "" : Types::name(types.d)) +
            Types::name(types.a) + Types::name(types.b) +
            (compares ? "." + op : "") + (saturates ? ".sat" : "") +
            (adds ? ".add" : "") + " %d" + (count == 2 ? ".h" : ".b");
    for (unsigned i = count; i-- > 0;)
      line += mask >> i & 1 ? std::to_string(i) : "";
    line += ", %a" + select(first) + ", %b" + select(second) + ", %c;";
    U32 x = numbers(), y = numbers(), z = numbers();
    U32 found = evaluate<uint32_t>(line, x, y, z);
    for (unsigned i = 0; i < 32; ++i) {
      const uint64_t both = x[i] | uint64_t(y[i]) << 32;
      const auto *bytes = reinterpret_cast<const uint8_t *>(&both);
      uint32_t expected = z[i];
      for (unsigned j = 0; j < count; ++j) {
        if (!(mask >> j & 1))
          continue;
        Number value = operate(op, part(bytes, first[j], size, types.a),
                               part(bytes, second[j], size, types.b));
        if (saturates)
          value = clamped(value, size, types.d);
        uint32_t word = low32(value);
        if (adds)
          expected += word;
        else
          std::memcpy(reinterpret_cast<uint8_t *>(&expected) + j * size, &word,
                      size);
      }
      EXPECT_EQ(found[i], expected) << line << " " << i;
    }
  }
}

TEST(Video, PartsHaveDefaults) {
  U32 a = {0x01020304}, b = {0x10203040}, c = {0x55555555};
  EXPECT_EQ(evaluate<uint32_t>("vadd4.u32.u32.u32 %d, %a, %b, %c;", a, b, c)[0],
            0x11223344u);
  EXPECT_EQ(evaluate<uint32_t>("vsub2.u32.u32.u32 %d, %b, %a, %c;", a, b, c)[0],
            0x0f1e2d3cu);
  EXPECT_EQ(
      evaluate<uint32_t>("vavrg4.s32.s32.s32 %d.b20, %a, %b, %c;", a, b, c)[0],
      0x55115522u);
  EXPECT_EQ(evaluate<uint32_t>("vadd.s32.s32.s32 %d, %a.b3, -7;", a)[0],
            uint32_t(-6));
}

TEST(Video, RefusesWhatPtxasRefuses) {
  auto errorOf = [](const std::string &line) {
    return Launch(".entry k()\n{\n.reg .b32 %r<5>; .reg .b16 %h;\n" + line +
                  "\nret;\n}\n")
        .error;
  };
  const std::pair<const char *, const char *> cases[] = {
      {"vadd.s32.s32.s32 %r1.b0, %r2, %r3;",
       "7:1: a third source is needed for a part of the result or a second "
       "operation"},
      {"vadd.s32.s32.s32.add %r1.b0, %r2, %r3, %r4;",
       "7:22: a part of the result goes without a second operation"},
      {"vadd.s32.s32.s32 %r1, %r2.b4, %r3;", "7:23: 'vadd' has no part '.b4' "
                                             "here"},
      {"vadd.s32.s32.s32 %r1, %r2, %r3.h10;", "7:28: 'vadd' has no part '.h10' "
                                              "here"},
      {"vadd.s32.s32.s32 %r1, -%r2, %r3;",
       "7:23: of video instructions only vmad negates operands"},
      {"vadd.b32.s32.s32 %r1, %r2, %r3;",
       "7:1: 'vadd.b32.s32.s32' is not supported"},
      {"vadd.s32.s32.s32 %r1, %r2, %h;",
       "7:28: register '%h' is too narrow for '.u32'"},
      {"vadd.s32.s32.s32.add.min %r1, %r2, %r3, %r4;",
       "7:1: modifier '.min' of 'vadd' is not supported"},
      {"vadd.s32.s32.s32 %r1.h0, %r2, %r3, %r4.h1;",
       "7:36: the third source has no parts"},
      {"vset.s32.s32 %r1, %r2, %r3;",
       "7:1: 'vset' needs a comparison such as .lt"},
      {"vset.s32.s32.lt.sat %r1, %r2, %r3;",
       "7:1: modifier '.sat' of 'vset' is not supported"},
      {"vshl.u32.u32.u32 %r1, %r2, %r3;", "7:1: 'vshl' needs .clamp or .wrap"},
      {"vshl.u32.u32.s32.wrap %r1, %r2, %r3;",
       "7:1: the amount of a shift is .u32"},
      {"vmad.s32.s32.s32.po %r1, %r2, %r3, -%r4;",
       "7:1: 'vmad' with .po negates nothing"},
      {"vmad.s32.s32.s32 %r1, %r2, -%r3, -%r4;",
       "7:1: 'vmad' negates the product or the addend, not both"},
      {"vmad.s32.s32.s32 %r1.b0, %r2, %r3, %r4;", "7:18: 'vmad' has no part "
                                                  "'.b0' here"},
      {"vadd2.s32.s32.s32 %r1.h01, %r2, %r3, %r4;", "7:19: 'vadd2' has no part "
                                                    "'.h01' here"},
      {"vadd2.s32.s32.s32 %r1, %r2.h41, %r3, %r4;", "7:24: 'vadd2' has no part "
                                                    "'.h41' here"},
      {"vadd4.s32.s32.s32 %r1, %r2.b123, %r3, %r4;", "7:24: 'vadd4' has no "
                                                     "part '.b123' here"},
      {"vadd4.s32.s32.s32 %r1, %r2, 5, %r4;", "7:29: a register is needed "
                                              "here"},
      {"vadd2.s32.s32.s32.add.sat %r1, %r2, %r3, %r4;",
       "7:1: modifier '.sat' of 'vadd2' is not supported"},
      {"add.s32 %r1, %r2.b0, %r3;", "7:17: expected ';', found 'b0'"},
  };
  for (auto [line, message] : cases)
    EXPECT_EQ(errorOf(line), message) << line;
}
