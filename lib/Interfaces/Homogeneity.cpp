//===- Homogeneity.cpp - how a scale passes through a body ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Interfaces/Homogeneity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Degree
//===----------------------------------------------------------------------===//

Degree Degree::join(Degree a, Degree b) {
  if (a.isUnknown() || b.isUnknown())
    return unknown();
  if (a.isAny())
    return b;
  return b.is(a.power) ? a : unknown();
}

// 0, infinities and NaN times or over anything stay among themselves, and a
// positive factor changes no sign.
Degree Degree::product(Degree a, Degree b) {
  if (a.isUnknown() || b.isUnknown())
    return unknown();
  return a.isAny() || b.isAny() ? any() : of(a.power + b.power);
}

Degree Degree::quotient(Degree a, Degree b) {
  if (a.isUnknown() || b.isUnknown())
    return unknown();
  return a.isAny() || b.isAny() ? any() : of(a.power - b.power);
}

// (t^d a)^n = t^(dn) a^n for t > 0, whatever the sign of a. A 0th power is 1.
Degree Degree::raised(int64_t exponent) const {
  if (isUnknown())
    return unknown();
  if (exponent == 0)
    return of(0);
  if (isAny())
    return any();
  bool isUsual = exponent >= -maxPower && exponent <= maxPower;
  return isUsual ? of(power * exponent) : unknown();
}

Degree Degree::root() const {
  if (kind != Kind::Power)
    return *this;
  return power % 2 == 0 ? of(power / 2) : unknown();
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

static bool isInvariant(const APFloat &value) {
  return value.isZero() || !value.isFinite();
}

Degree mlir::quantmlir::getUnscaledDegree(Value value) {
  FloatAttr literal;
  if (matchPattern(value, m_Constant(&literal)))
    return isInvariant(literal.getValue()) ? Degree::any() : Degree::of(0);
  return isScaleInvariant(value) ? Degree::any() : Degree::of(0);
}

/// The degree of all of `operands`, if they agree.
static Degree joinAll(ArrayRef<Degree> operands) {
  return std::accumulate(operands.begin(), operands.end(), Degree::any(),
                         Degree::join);
}

/// The degree of a power with a literal exponent.
static Degree getPowerDegree(Degree base, Value exponent) {
  IntegerAttr literal;
  if (matchPattern(exponent, m_Constant(&literal)))
    return base.raised(literal.getInt());
  return base.is(0) ? Degree::of(0) : Degree::unknown();
}

Degree mlir::quantmlir::getResultDegree(Operation *op,
                                        ArrayRef<Degree> operands) {
  // An op in a region may read any value of the body.
  if (op->getNumRegions() != 0)
    return Degree::unknown();
  return llvm::TypeSwitch<Operation *, Degree>(op)
      .Case([&](arith::ConstantOp constant) {
        return getUnscaledDegree(constant);
      })
      .Case<arith::AddFOp, arith::SubFOp, arith::MaximumFOp, arith::MinimumFOp,
            arith::MaxNumFOp, arith::MinNumFOp, arith::RemFOp, math::ClampFOp>(
          [&](auto) { return joinAll(operands); })
      .Case([&](arith::MulFOp) {
        return Degree::product(operands[0], operands[1]);
      })
      .Case([&](arith::DivFOp) {
        return Degree::quotient(operands[0], operands[1]);
      })
      .Case([&](math::FmaOp) {
        return Degree::join(Degree::product(operands[0], operands[1]),
                            operands[2]);
      })
      .Case<arith::NegFOp, math::AbsFOp, arith::ExtFOp>(
          [&](auto) { return operands[0]; })
      .Case([&](math::CopySignOp) {
        return operands[1].isUnknown() ? Degree::unknown() : operands[0];
      })
      .Case([&](math::SqrtOp) { return operands[0].root(); })
      .Case([&](math::RsqrtOp) { return operands[0].root().raised(-1); })
      .Case([&](math::FPowIOp power) {
        return getPowerDegree(operands[0], power.getRhs());
      })
      .Case([&](arith::TruncFOp trunc) {
        // A scaled value may leave the range of f16; f32 and bf16 share theirs.
        Type type = getElementTypeOrSelf(trunc.getType());
        bool sameRange = type.isF32() || type.isBF16();
        return sameRange || operands[0].is(0) ? operands[0] : Degree::unknown();
      })
      .Case<arith::CmpFOp, math::Atan2Op>([&](auto) {
        return joinAll(operands).isUnknown() ? Degree::unknown()
                                             : Degree::of(0);
      })
      .Case<math::IsFiniteOp, math::IsInfOp, math::IsNaNOp>([&](auto) {
        return operands[0].isUnknown() ? Degree::unknown() : Degree::of(0);
      })
      .Case([&](arith::SelectOp) {
        return operands[0].is(0) ? Degree::join(operands[1], operands[2])
                                 : Degree::unknown();
      })
      .Default([&](Operation *) {
        // What reads nothing scaled is not scaled, whatever it computes.
        bool unscaled =
            llvm::all_of(operands, [](Degree d) { return d.is(0); });
        return unscaled ? Degree::of(0) : Degree::unknown();
      });
}

HomogeneityResult
mlir::quantmlir::analyzeHomogeneity(Block &body, ArrayRef<Degree> arguments) {
  HomogeneityResult result;
  DenseMap<Value, Degree> &degrees = result.degrees;
  for (auto [argument, degree] :
       llvm::zip_equal(body.getArguments(), arguments))
    degrees.try_emplace(argument, degree);
  auto getDegree = [&](Value value) {
    auto it = degrees.find(value);
    return it == degrees.end() ? getUnscaledDegree(value) : it->second;
  };
  for (Operation &op : body.without_terminator()) {
    SmallVector<Degree> operands =
        llvm::map_to_vector(op.getOperands(), getDegree);
    Degree degree = getResultDegree(&op, operands);
    if (degree.isUnknown() && !result.unknownOp)
      result.unknownOp = &op;
    for (Value value : op.getResults())
      degrees.try_emplace(value, degree);
  }
  result.yielded =
      llvm::map_to_vector(body.getTerminator()->getOperands(), getDegree);
  return result;
}

bool mlir::quantmlir::isScaleInvariant(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return isScaleInvariant(fill.getInputs()[0]);
  if (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
                      tensor::CastOp, tensor::ExtractSliceOp, tensor::SplatOp,
                      linalg::BroadcastOp, linalg::TransposeOp>(
          value.getDefiningOp()))
    return isScaleInvariant(value.getDefiningOp()->getOperand(0));
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return false;
  if (auto number = dyn_cast<FloatAttr>(attr))
    return isInvariant(number.getValue());
  auto splat = dyn_cast<SplatElementsAttr>(attr);
  return splat && isa<FloatType>(splat.getElementType()) &&
         isInvariant(splat.getSplatValue<APFloat>());
}
