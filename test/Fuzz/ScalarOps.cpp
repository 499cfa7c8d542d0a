//===- ScalarOps.cpp - scalar operations of the interpreter ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fuzz;

double fuzz::roundTo(double value, Type type) {
  auto floatType = dyn_cast<FloatType>(type);
  if (!floatType || floatType.isF64())
    return value;
  if (floatType.isF32())
    return static_cast<float>(value);
  APFloat rounded(value);
  bool losesInfo;
  rounded.convert(floatType.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return rounded.convertToDouble();
}

static bool compareFloats(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::OEQ:
    return a == b;
  case P::OGT:
    return a > b;
  case P::OGE:
    return a >= b;
  case P::OLT:
    return a < b;
  case P::OLE:
    return a <= b;
  case P::ONE:
    return !unordered && a != b;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || a == b;
  case P::UGT:
    return unordered || a > b;
  case P::UGE:
    return unordered || a >= b;
  case P::ULT:
    return unordered || a < b;
  case P::ULE:
    return unordered || a <= b;
  case P::UNE:
    return a != b;
  case P::UNO:
    return unordered;
  case P::AlwaysTrue:
    return true;
  }
  llvm_unreachable("unknown predicate");
}

/// IEEE maximum, which a NaN decides.
static double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? std::nan("") : std::max(a, b);
}
static double minimum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? std::nan("") : std::min(a, b);
}

using Args = ArrayRef<double>;

/// Adds, subtracts, multiplies, divides or fuses in the type itself: the
/// processor's arithmetic for f32 and f64, that of APFloat for others. The
/// compiler evaluates constants in doubles and rounds them; that this gives the
/// same bits is for the fuzzer to find out.
template <typename NativeFn, typename SoftFn>
static ScalarFunction getArithmetic(Type type, NativeFn native, SoftFn soft) {
  auto floatType = cast<FloatType>(type);
  if (floatType.isF64())
    return [=](Args a) -> double { return native(SmallVector<double>(a)); };
  if (floatType.isF32())
    return [=](Args a) -> double {
      return native(SmallVector<float>(a.begin(), a.end()));
    };
  return [=, &semantics = floatType.getFloatSemantics()](Args a) {
    SmallVector<APFloat> numbers;
    bool losesInfo;
    for (double argument : a) {
      numbers.emplace_back(argument);
      numbers.back().convert(semantics, APFloat::rmNearestTiesToEven,
                             &losesInfo);
    }
    soft(numbers);
    numbers[0].convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                       &losesInfo);
    return numbers[0].convertToDouble();
  };
}

static ScalarFunction getArithmetic(Operation *op, Type type) {
  constexpr auto nearest = APFloat::rmNearestTiesToEven;
  using Numbers = MutableArrayRef<APFloat>;
  return llvm::TypeSwitch<Operation *, ScalarFunction>(op)
      .Case<arith::AddFOp>([&](auto) {
        return getArithmetic(
            type, [](const auto &a) { return a[0] + a[1]; },
            [](Numbers a) { a[0].add(a[1], nearest); });
      })
      .Case<arith::SubFOp>([&](auto) {
        return getArithmetic(
            type, [](const auto &a) { return a[0] - a[1]; },
            [](Numbers a) { a[0].subtract(a[1], nearest); });
      })
      .Case<arith::MulFOp>([&](auto) {
        return getArithmetic(
            type, [](const auto &a) { return a[0] * a[1]; },
            [](Numbers a) { a[0].multiply(a[1], nearest); });
      })
      .Case<arith::DivFOp>([&](auto) {
        return getArithmetic(
            type, [](const auto &a) { return a[0] / a[1]; },
            [](Numbers a) { a[0].divide(a[1], nearest); });
      })
      .Case<math::FmaOp>([&](auto) {
        return getArithmetic(
            type, [](const auto &a) { return std::fma(a[0], a[1], a[2]); },
            [](Numbers a) { a[0].fusedMultiplyAdd(a[1], a[2], nearest); });
      })
      .Default([](Operation *) { return ScalarFunction(); });
}

/// Functions whose value is one of their operands, or which the library of C
/// computes in double precision, for the compiler as for us. Roots of at most
/// 24 bits round from double precision as they should.
static ScalarFunction getFloatFunction(Operation *op) {
  return llvm::TypeSwitch<Operation *, ScalarFunction>(op)
      .Case<arith::MaximumFOp>(
          [](auto) { return [](Args a) { return maximum(a[0], a[1]); }; })
      .Case<arith::MinimumFOp>(
          [](auto) { return [](Args a) { return minimum(a[0], a[1]); }; })
      .Case<arith::MaxNumFOp>(
          [](auto) { return [](Args a) { return std::fmax(a[0], a[1]); }; })
      .Case<arith::MinNumFOp>(
          [](auto) { return [](Args a) { return std::fmin(a[0], a[1]); }; })
      .Case<arith::NegFOp>([](auto) { return [](Args a) { return -a[0]; }; })
      .Case<math::AbsFOp>(
          [](auto) { return [](Args a) { return std::fabs(a[0]); }; })
      .Case<math::SqrtOp>(
          [](auto) { return [](Args a) { return std::sqrt(a[0]); }; })
      .Case<math::RsqrtOp>(
          [](auto) { return [](Args a) { return 1 / std::sqrt(a[0]); }; })
      .Case<math::ExpOp>(
          [](auto) { return [](Args a) { return std::exp(a[0]); }; })
      .Case<math::TanhOp>(
          [](auto) { return [](Args a) { return std::tanh(a[0]); }; })
      .Case<math::ErfOp>(
          [](auto) { return [](Args a) { return std::erf(a[0]); }; })
      .Case<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp>(
          [](auto) { return [](Args a) { return a[0]; }; })
      .Default([](Operation *) { return ScalarFunction(); });
}

static ScalarFunction getOtherFunction(Operation *op) {
  return llvm::TypeSwitch<Operation *, ScalarFunction>(op)
      .Case([](arith::CmpFOp cmp) {
        return [predicate = cmp.getPredicate()](Args a) -> double {
          return compareFloats(predicate, a[0], a[1]);
        };
      })
      .Case([](arith::CmpIOp cmp) {
        return [predicate = cmp.getPredicate()](Args a) -> double {
          APInt x(64, static_cast<int64_t>(a[0]), /*isSigned=*/true);
          APInt y(64, static_cast<int64_t>(a[1]), /*isSigned=*/true);
          return arith::applyCmpPredicate(predicate, x, y);
        };
      })
      .Case<arith::SelectOp>(
          [](auto) { return [](Args a) { return a[0] != 0 ? a[1] : a[2]; }; })
      .Case<arith::AddIOp>(
          [](auto) { return [](Args a) { return a[0] + a[1]; }; })
      .Case<arith::SubIOp>(
          [](auto) { return [](Args a) { return a[0] - a[1]; }; })
      .Case<arith::IndexCastOp>(
          [](auto) { return [](Args a) { return a[0]; }; })
      .Default([](Operation *) { return ScalarFunction(); });
}

ScalarFunction fuzz::getScalarFunction(Operation *op, bool keepPrecision) {
  Type type = getElementTypeOrSelf(op->getResult(0).getType());
  if (keepPrecision && isa<FloatType>(type) &&
      type.getIntOrFloatBitWidth() < 32)
    type = Float32Type::get(op->getContext());
  if (ScalarFunction arithmetic = getArithmetic(op, type))
    return arithmetic;
  ScalarFunction function = getFloatFunction(op);
  if (!function)
    return getOtherFunction(op);
  return [function = std::move(function), type](Args a) {
    return roundTo(function(a), type);
  };
}
