//===- Rounding.cpp - arithmetic in directed rounding modes ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled with -frounding-math: the host's rounding mode is changed around the
// operations.
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "Warp.h"

#include <cfenv>
#include <cstring>

namespace quantmlir::ptx {

namespace {

class RoundingScope {
public:
  explicit RoundingScope(Rounding rounding) : saved(std::fegetround()) {
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                                FE_UPWARD, FE_TONEAREST};
    std::fesetround(modes[unsigned(rounding)]);
  }
  ~RoundingScope() { std::fesetround(saved); }

private:
  int saved;
};

template <typename T, RoundedOp op>
T compute(T a, T b, T c) {
  switch (op) {
  case RoundedOp::Add:
    return a + b;
  case RoundedOp::Sub:
    return a - b;
  case RoundedOp::Mul:
    return a * b;
  case RoundedOp::Fma:
    return std::fma(a, b, c);
  case RoundedOp::Div:
    return a / b;
  case RoundedOp::Rcp:
    return T(1) / a;
  case RoundedOp::Sqrt:
    return std::sqrt(a);
  }
}

constexpr unsigned arity(RoundedOp op) {
  return op == RoundedOp::Fma                            ? 3
         : op == RoundedOp::Rcp || op == RoundedOp::Sqrt ? 1
                                                         : 2;
}

template <typename T, RoundedOp op>
Step exec(Warp &warp, const Inst &inst, uint32_t mask) {
  T result[warpSize];
  bool ftz = inst.target & RoundedFtz, sat = inst.target & RoundedSat;
  auto load = [&](Ref ref, unsigned lane) {
    T value = warp.reg<T>(ref)[lane];
    return ftz ? T(flush(value)) : value;
  };
  {
    RoundingScope scope{Rounding(inst.imm)};
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      T a = load(inst.a, lane);
      T b = arity(op) > 1 ? load(inst.b, lane) : T(0);
      T c = arity(op) > 2 ? load(inst.c, lane) : T(0);
      T value = compute<T, op>(a, b, c);
      value = ftz ? T(flush(value)) : value;
      result[lane] = sat ? saturate(value) : value;
    }
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

// A register of pairs is 64 floats, lane by lane.
template <RoundedOp op>
Step execPair(Warp &warp, const Inst &inst, uint32_t mask) {
  constexpr unsigned count = 2 * warpSize;
  alignas(64) float result[count];
  bool ftz = inst.target & RoundedFtz;
  auto load = [&](Ref ref, unsigned i) {
    float value = warp.reg<float>(ref)[i];
    return ftz ? flush(value) : value;
  };
  {
    RoundingScope scope{Rounding(inst.imm)};
    for (unsigned i = 0; i < count; ++i) {
      float c = arity(op) > 2 ? load(inst.c, i) : 0;
      float value = compute<float, op>(load(inst.a, i), load(inst.b, i), c);
      result[i] = ftz ? flush(value) : value;
    }
  }
  uint64_t pairs[warpSize];
  std::memcpy(pairs, result, sizeof pairs);
  warp.write(inst.d, pairs, mask);
  return Step::Next;
}

template <RoundedOp op, float (*widen)(uint16_t)>
Step execMixed(Warp &warp, const Inst &inst, uint32_t mask) {
  float result[warpSize];
  constexpr bool fused = op == RoundedOp::Fma;
  {
    RoundingScope scope{Rounding(inst.imm)};
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      float a = widen(warp.reg<uint16_t>(inst.a)[lane]);
      float b = fused ? widen(warp.reg<uint16_t>(inst.b)[lane])
                      : warp.reg<float>(inst.b)[lane];
      float c = fused ? warp.reg<float>(inst.c)[lane] : 0;
      float value = compute<float, op>(a, b, c);
      result[lane] = inst.target & RoundedSat ? saturate(value) : value;
    }
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

template <RoundedOp op>
ExecFn selectMixed(Type narrow) {
  return narrow == Type::F16 ? execMixed<op, halfToFloat>
                             : execMixed<op, bfloatToFloat>;
}

template <typename T>
ExecFn select(RoundedOp op) {
  switch (op) {
  case RoundedOp::Add:
    return exec<T, RoundedOp::Add>;
  case RoundedOp::Sub:
    return exec<T, RoundedOp::Sub>;
  case RoundedOp::Mul:
    return exec<T, RoundedOp::Mul>;
  case RoundedOp::Fma:
    return exec<T, RoundedOp::Fma>;
  case RoundedOp::Div:
    return exec<T, RoundedOp::Div>;
  case RoundedOp::Rcp:
    return exec<T, RoundedOp::Rcp>;
  case RoundedOp::Sqrt:
    return exec<T, RoundedOp::Sqrt>;
  }
  return nullptr;
}

} // namespace

ExecFn roundedFn(RoundedOp op, Type type) {
  return type == Type::F32 ? select<float>(op) : select<double>(op);
}

ExecFn pairFn(RoundedOp op) {
  switch (op) {
  case RoundedOp::Add:
    return execPair<RoundedOp::Add>;
  case RoundedOp::Sub:
    return execPair<RoundedOp::Sub>;
  case RoundedOp::Mul:
    return execPair<RoundedOp::Mul>;
  case RoundedOp::Fma:
    return execPair<RoundedOp::Fma>;
  default:
    return nullptr;
  }
}

ExecFn mixedFn(RoundedOp op, Type narrow) {
  return op == RoundedOp::Fma   ? selectMixed<RoundedOp::Fma>(narrow)
         : op == RoundedOp::Sub ? selectMixed<RoundedOp::Sub>(narrow)
                                : selectMixed<RoundedOp::Add>(narrow);
}

float roundToFloat(double x, Rounding rounding) {
  RoundingScope scope(rounding);
  return float(x);
}

float intToFloat(int64_t x, bool isSigned, Rounding rounding) {
  RoundingScope scope(rounding);
  return isSigned ? float(x) : float(uint64_t(x));
}

double intToDouble(int64_t x, bool isSigned, Rounding rounding) {
  RoundingScope scope(rounding);
  return isSigned ? double(x) : double(uint64_t(x));
}

} // namespace quantmlir::ptx
