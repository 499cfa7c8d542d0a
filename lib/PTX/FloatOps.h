//===- FloatOps.h - floating-point operators --------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_FLOATOPS_H
#define QUANTMLIR_LIB_PTX_FLOATOPS_H

#include "Decoder.h"
#include "Numerics.h"

namespace quantmlir::ptx {

template <typename T>
struct FAdd {
  static T apply(T a, T b) { return a + b; }
};
template <typename T>
struct FSub {
  static T apply(T a, T b) { return a - b; }
};
template <typename T>
struct FMul {
  static T apply(T a, T b) { return a * b; }
};
template <typename T>
struct FDiv {
  static T apply(T a, T b) { return a / b; }
};
template <typename T>
struct Fma {
  static T apply(T a, T b, T c) { return std::fma(a, b, c); }
};
template <typename T>
struct FAbs {
  static T apply(T a) { return std::fabs(a); }
};
template <typename T>
struct FNeg {
  static T apply(T a) { return -a; }
};

/// The operand that is a number wins over a NaN, and -0 is below +0
/// (9.7.3.11).
template <typename T>
struct FMin {
  static T apply(T a, T b) {
    if (a != a)
      return b;
    if (b != b)
      return a;
    if (a == b)
      return std::signbit(a) ? a : b;
    return a < b ? a : b;
  }
};
template <typename T>
struct FMax {
  static T apply(T a, T b) {
    if (a != a)
      return b;
    if (b != b)
      return a;
    if (a == b)
      return std::signbit(a) ? b : a;
    return a > b ? a : b;
  }
};
/// The .NaN variants give the canonical NaN.
template <typename T>
struct MinNan {
  static T apply(T a, T b) {
    return a != a || b != b ? std::numeric_limits<T>::quiet_NaN()
                            : FMin<T>::apply(a, b);
  }
};
template <typename T>
struct MaxNan {
  static T apply(T a, T b) {
    return a != a || b != b ? std::numeric_limits<T>::quiet_NaN()
                            : FMax<T>::apply(a, b);
  }
};

/// Min and max of three operands.
template <typename Op>
struct OfThree {
  template <typename T>
  static T apply(T a, T b, T c) {
    return Op::apply(Op::apply(a, b), c);
  }
};
/// .xorsign.abs: of magnitudes, with the product's sign.
template <typename Op>
struct XorSign {
  template <typename T>
  static T apply(T a, T b) {
    T result = Op::apply(std::fabs(a), std::fabs(b));
    return std::signbit(a) != std::signbit(b) ? -result : result;
  }
};

/// Operations with a directed rounding mode (Rounding.cpp). Inst::imm is the
/// mode, Inst::target of these flags.
enum : uint32_t { RoundedFtz = 1, RoundedSat = 2 };
enum class RoundedOp : uint8_t { Add, Sub, Mul, Fma, Div, Rcp, Sqrt };
ExecFn roundedFn(RoundedOp op, Type type);
/// The same of f32x2, in every rounding mode.
ExecFn pairFn(RoundedOp op);
/// Add, Sub and Fma of f32 whose first operand, and second factor, are `narrow`
/// (f16 or bf16).
ExecFn mixedFn(RoundedOp op, Type narrow);

/// Consumes a rounding modifier; Nearest if there is none.
Rounding takeRounding(Decoder &d);

/// ex2.approx and tanh.approx of half types (Half.cpp).
ExecFn halfUnaryFn(Type type, bool exponential);

/// Integers to f32 or f64 and f64 to f32 in a directed mode (Rounding.cpp).
float roundToFloat(double x, Rounding rounding);
float intToFloat(int64_t x, bool isSigned, Rounding rounding);
double intToDouble(int64_t x, bool isSigned, Rounding rounding);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_FLOATOPS_H
