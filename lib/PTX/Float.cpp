//===- Float.cpp - f32 and f64 arithmetic (9.7.3) -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "Lanes.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {

/// Applies .ftz to sources and result and .sat to the result.
template <typename T, typename Op, bool ftz, bool sat>
struct Modified {
  static T in(T x) { return ftz ? T(flush(x)) : x; }
  static T out(T x) {
    x = ftz ? T(flush(x)) : x;
    return sat ? saturate(x) : x;
  }
  static T apply(T a) { return out(Op::apply(in(a))); }
  static T apply(T a, T b) { return out(Op::apply(in(a), in(b))); }
  static T apply(T a, T b, T c) { return out(Op::apply(in(a), in(b), in(c))); }
};

// PTX's approximations (9.7.3.16 to 9.7.3.22) promise an error that the
// correctly rounded result, or nearly so, meets.
template <typename T>
struct Rcp {
  static T apply(T a) { return T(1) / a; }
};
template <typename T>
struct Sqrt {
  static T apply(T a) { return std::sqrt(a); }
};
template <typename T>
struct Rsqrt {
  static T apply(T a) { return T(1.0 / std::sqrt(double(a))); }
};
struct Sin {
  static float apply(float a) { return float(std::sin(double(a))); }
};
struct Cos {
  static float apply(float a) { return float(std::cos(double(a))); }
};
struct Lg2 {
  static float apply(float a) { return std::log2(a); }
};
struct Ex2 {
  static float apply(float a) { return std::exp2(a); }
};
struct Tanh {
  static float apply(float a) { return std::tanh(a); }
};

} // namespace

template <typename T, typename Op, unsigned arity, bool ftz, bool sat>
static constexpr ExecFn modifiedFn() {
  using M = Modified<T, Op, ftz, sat>;
  if constexpr (arity == 1)
    return unary<T, T, M>;
  else if constexpr (arity == 2)
    return binary<T, T, T, M>;
  else
    return ternary<T, T, T, T, M>;
}

template <typename Op, unsigned arity>
static ExecFn singleFn(bool ftz, bool sat) {
  return ftz ? (sat ? modifiedFn<float, Op, arity, true, true>()
                    : modifiedFn<float, Op, arity, true, false>())
             : (sat ? modifiedFn<float, Op, arity, false, true>()
                    : modifiedFn<float, Op, arity, false, false>());
}

static bool emitArity(Decoder &d, Type type, unsigned arity, ExecFn fn) {
  return arity == 1   ? emitUnary(d, type, fn)
         : arity == 2 ? emitBinary(d, type, fn)
                      : emitTernary(d, type, fn);
}

template <template <typename> class Op, unsigned arity>
static ExecFn nearestFn(Type type, bool ftz, bool sat) {
  if (type == Type::F32)
    return singleFn<Op<float>, arity>(ftz, sat);
  return modifiedFn<double, Op<double>, arity, false, false>();
}

Rounding takeRounding(Decoder &d) {
  if (d.take("rz"))
    return Rounding::Zero;
  if (d.take("rm"))
    return Rounding::Down;
  if (d.take("rp"))
    return Rounding::Up;
  if (d.take("rna"))
    return Rounding::NearestAway;
  d.take("rn");
  return Rounding::Nearest;
}

/// fma, mad, div, rcp and sqrt have no rounding by default (9.7.3).
static bool expectRounding(Decoder &d) {
  for (StringRef modifier : d.restModifiers())
    if (modifier == "rn" || modifier == "rz" || modifier == "rm" ||
        modifier == "rp")
      return true;
  return d.error("'" + d.statement().opcode +
                 "' needs a rounding modifier such as .rn");
}

// add, sub, mul, fma and mad share their modifiers.
template <template <typename> class Op, unsigned arity>
static bool decodeRounded(Decoder &d, Type type, RoundedOp rounded) {
  Rounding rounding = takeRounding(d);
  bool saturates = rounded != RoundedOp::Div && arity > 1;
  bool ftz = d.take("ftz"), sat = saturates && d.take("sat");
  if (type == Type::F64 && (ftz || sat))
    return d.badType(type);
  if (rounding == Rounding::NearestAway)
    return d.unsupported();
  if (rounding == Rounding::Nearest)
    return emitArity(d, type, arity, nearestFn<Op, arity>(type, ftz, sat));
  d.inst.imm = int64_t(rounding);
  d.inst.target = (ftz ? RoundedFtz : 0u) | (sat ? RoundedSat : 0u);
  return emitArity(d, type, arity, roundedFn(rounded, type));
}

template <typename Op>
static bool emitMinMax(Decoder &d, bool ftz, bool xorsign) {
  if (d.operandCount() == 4)
    return emitTernary(d, Type::F32, singleFn<OfThree<Op>, 3>(ftz, false));
  return emitBinary(d, Type::F32,
                    xorsign ? singleFn<XorSign<Op>, 2>(ftz, false)
                            : singleFn<Op, 2>(ftz, false));
}

static bool decodeMinMaxFloat(Decoder &d, Type type, bool max) {
  bool ftz = d.take("ftz"), nan = d.take("NaN"), xorsign = d.take("xorsign");
  bool three = d.operandCount() == 4;
  if (xorsign && (!d.take("abs") || three))
    return d.unsupported();
  if ((nan || xorsign || three) && type != Type::F32)
    return d.badType(type);
  if (nan || xorsign || three)
    return nan ? (max ? emitMinMax<MaxNan<float>>(d, ftz, xorsign)
                      : emitMinMax<MinNan<float>>(d, ftz, xorsign))
               : (max ? emitMinMax<FMax<float>>(d, ftz, xorsign)
                      : emitMinMax<FMin<float>>(d, ftz, xorsign));
  return emitBinary(d, type,
                    max ? nearestFn<FMax, 2>(type, ftz, false)
                        : nearestFn<FMin, 2>(type, ftz, false));
}

static bool decodeDiv(Decoder &d, Type type) {
  // .full and .approx may err by 2 ulp; the exact quotient meets that.
  if (d.take("approx") || d.take("full")) {
    bool ftz = d.take("ftz");
    return type == Type::F32
               ? emitBinary(d, type, singleFn<FDiv<float>, 2>(ftz, false))
               : d.badType(type);
  }
  return expectRounding(d) && decodeRounded<FDiv, 2>(d, type, RoundedOp::Div);
}

// add, sub, mul and fma of two f32 in a 64-bit register.
static bool decodePair(Decoder &d) {
  static const std::pair<const char *, RoundedOp> operations[] = {
      {"add", RoundedOp::Add},
      {"sub", RoundedOp::Sub},
      {"mul", RoundedOp::Mul},
      {"fma", RoundedOp::Fma}};
  for (auto &[name, op] : operations) {
    if (d.statement().opcode != name)
      continue;
    if (op == RoundedOp::Fma && !expectRounding(d))
      return false;
    Rounding rounding = takeRounding(d);
    if (rounding == Rounding::NearestAway)
      return d.unsupported();
    d.inst.imm = int64_t(rounding);
    d.inst.target = d.take("ftz") ? RoundedFtz : 0u;
    return emitArity(d, Type::F32x2, op == RoundedOp::Fma ? 3 : 2, pairFn(op));
  }
  return d.badType(Type::F32x2);
}

// add, sub and fma of f32 whose factors, or first term, are f16 or bf16.
static bool decodeMixed(Decoder &d, Type narrow) {
  StringRef opcode = d.statement().opcode;
  bool fused = opcode == "fma";
  if ((narrow != Type::F16 && narrow != Type::BF16) ||
      (!fused && opcode != "add" && opcode != "sub"))
    return d.unsupported();
  if (fused && !expectRounding(d))
    return false;
  Rounding rounding = takeRounding(d);
  if (rounding == Rounding::NearestAway)
    return d.unsupported();
  d.inst.imm = int64_t(rounding);
  d.inst.target = d.take("sat") ? RoundedSat : 0u;
  RoundedOp op = fused             ? RoundedOp::Fma
                 : opcode == "sub" ? RoundedOp::Sub
                                   : RoundedOp::Add;
  return d.expectOperands(fused ? 4 : 3) &&
         d.def(d.inst.d, d.operand(0), Type::F32) &&
         d.use(d.inst.a, d.operand(1), narrow) &&
         d.use(d.inst.b, d.operand(2), fused ? narrow : Type::F32) &&
         (!fused || d.use(d.inst.c, d.operand(3), Type::F32)) &&
         d.emit(mixedFn(op, narrow));
}

bool decodeHalfArithmetic(Decoder &d, Type type);

/// add, sub, mul, div, min, max, abs, neg, mad of a floating-point type; the
/// opcodes are shared with integers.
bool decodeFloatArithmetic(Decoder &d, Type type) {
  if (type == Type::F32x2)
    return decodePair(d);
  if (type != Type::F32 && type != Type::F64)
    return decodeHalfArithmetic(d, type);
  if (Type narrow = d.takeType(); narrow != Type::None)
    return decodeMixed(d, narrow);
  StringRef opcode = d.statement().opcode;
  if (opcode == "add")
    return decodeRounded<FAdd, 2>(d, type, RoundedOp::Add);
  if (opcode == "sub")
    return decodeRounded<FSub, 2>(d, type, RoundedOp::Sub);
  if (opcode == "mul")
    return decodeRounded<FMul, 2>(d, type, RoundedOp::Mul);
  if (opcode == "mad" || opcode == "fma")
    return expectRounding(d) && decodeRounded<Fma, 3>(d, type, RoundedOp::Fma);
  if (opcode == "div")
    return decodeDiv(d, type);
  if (opcode == "min" || opcode == "max")
    return decodeMinMaxFloat(d, type, opcode == "max");
  bool ftz = d.take("ftz");
  if (opcode == "abs")
    return emitUnary(d, type, nearestFn<FAbs, 1>(type, ftz, false));
  if (opcode == "neg")
    return emitUnary(d, type, nearestFn<FNeg, 1>(type, ftz, false));
  return d.badType(type);
}

static bool decodeFma(Decoder &d) {
  Type type = d.takeType();
  return typeKind(type) == TypeKind::Float ? decodeFloatArithmetic(d, type)
                                           : d.badType(type);
}

template <template <typename> class Op>
static bool decodeRoot(Decoder &d, RoundedOp rounded) {
  Type type = d.takeType();
  if (type != Type::F32 && type != Type::F64)
    return d.badType(type);
  if (d.take("approx")) {
    bool ftz = d.take("ftz");
    if (type == Type::F64 && rounded == RoundedOp::Sqrt)
      return d.badType(type);
    if (type == Type::F64 && !ftz)
      return d.error("'rcp.approx.f64' needs .ftz");
    return emitUnary(d, type, nearestFn<Op, 1>(type, ftz, false));
  }
  return expectRounding(d) && decodeRounded<Op, 1>(d, type, rounded);
}

static bool decodeRcp(Decoder &d) { return decodeRoot<Rcp>(d, RoundedOp::Rcp); }
static bool decodeSqrt(Decoder &d) {
  return decodeRoot<Sqrt>(d, RoundedOp::Sqrt);
}

static bool decodeRsqrt(Decoder &d) {
  Type type = d.takeType();
  if (!d.take("approx"))
    return d.error("rsqrt needs .approx");
  bool ftz = d.take("ftz");
  if (type != Type::F32 && type != Type::F64)
    return d.badType(type);
  return emitUnary(d, type, nearestFn<Rsqrt, 1>(type, ftz, false));
}

template <typename Op>
static bool decodeApproximate(Decoder &d) {
  Type type = d.takeType();
  bool approx = d.take("approx");
  bool ftz = d.take("ftz");
  if (type == Type::F16 || type == Type::F16x2 || type == Type::BF16 ||
      type == Type::BF16x2) {
    StringRef opcode = d.statement().opcode;
    bool exponential = opcode == "ex2";
    if (!exponential && opcode != "tanh")
      return d.badType(type);
    bool flushes = exponential && (type == Type::BF16 || type == Type::BF16x2);
    if (!approx || ftz != flushes)
      return d.error("'" + opcode + "' of type '." + typeName(type) +
                     "' needs .approx, and " +
                     (flushes ? ".ftz" : "has no .ftz"));
    return emitUnary(d, type, halfUnaryFn(type, exponential));
  }
  if (type != Type::F32)
    return d.badType(type);
  if (!approx)
    return d.error("'" + d.statement().opcode + "' needs .approx");
  return emitUnary(d, type, singleFn<Op, 1>(ftz, false));
}

template <typename T>
static Step execCopysign(Warp &warp, const Inst &inst, uint32_t mask) {
  T result[warpSize];
  const T *a = warp.reg<T>(inst.a), *b = warp.reg<T>(inst.b);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = std::copysign(b[lane], a[lane]);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodeCopysign(Decoder &d) {
  Type type = d.takeType();
  if (type == Type::F32)
    return emitBinary(d, type, execCopysign<float>);
  if (type == Type::F64)
    return emitBinary(d, type, execCopysign<double>);
  return d.badType(type);
}

ArrayRef<OpcodeEntry> floatOpcodes() {
  static const OpcodeEntry table[] = {
      {"fma", decodeFma},
      {"rcp", decodeRcp},
      {"sqrt", decodeSqrt},
      {"rsqrt", decodeRsqrt},
      {"sin", decodeApproximate<Sin>},
      {"cos", decodeApproximate<Cos>},
      {"lg2", decodeApproximate<Lg2>},
      {"ex2", decodeApproximate<Ex2>},
      {"tanh", decodeApproximate<Tanh>},
      {"copysign", decodeCopysign},
  };
  return table;
}

} // namespace quantmlir::ptx
