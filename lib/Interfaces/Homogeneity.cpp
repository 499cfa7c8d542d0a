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

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

static bool isInvariant(const APFloat &value) {
  return value.isZero() || !value.isFinite();
}

/// The degree of what a literal or a value from outside the body is.
static Degree getOutsideDegree(Value value) {
  FloatAttr literal;
  if (matchPattern(value, m_Constant(&literal)) &&
      isInvariant(literal.getValue()))
    return Degree::any();
  return Degree::of(0);
}

/// The degree of the result of an op without regions, given its operands'.
static Degree getResultDegree(Operation *op, ArrayRef<Degree> operands) {
  return llvm::TypeSwitch<Operation *, Degree>(op)
      .Case([&](arith::ConstantOp constant) {
        return getOutsideDegree(constant);
      })
      .Case<arith::AddFOp, arith::SubFOp, arith::MaximumFOp, arith::MinimumFOp,
            arith::MaxNumFOp, arith::MinNumFOp>(
          [&](auto) { return Degree::join(operands[0], operands[1]); })
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
      .Case([&](arith::TruncFOp trunc) {
        // A scaled value may leave the range of f16; f32 and bf16 share theirs.
        bool sameRange = trunc.getType().isF32() || trunc.getType().isBF16();
        return sameRange || operands[0].is(0) ? operands[0] : Degree::unknown();
      })
      .Case([&](arith::CmpFOp) {
        return Degree::join(operands[0], operands[1]).isUnknown()
                   ? Degree::unknown()
                   : Degree::of(0);
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
  DenseMap<Value, Degree> degrees;
  for (auto [argument, degree] :
       llvm::zip_equal(body.getArguments(), arguments))
    degrees.try_emplace(argument, degree);
  auto getDegree = [&](Value value) {
    auto it = degrees.find(value);
    return it == degrees.end() ? getOutsideDegree(value) : it->second;
  };
  for (Operation &op : body.without_terminator()) {
    SmallVector<Degree> operands =
        llvm::map_to_vector(op.getOperands(), getDegree);
    // An op in a region may read any value of this body.
    Degree degree = op.getNumRegions() == 0 ? getResultDegree(&op, operands)
                                            : Degree::unknown();
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
  if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>())
    return isScaleInvariant(expand.getSrc());
  if (auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>())
    return isScaleInvariant(collapse.getSrc());
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return false;
  if (auto number = dyn_cast<FloatAttr>(attr))
    return isInvariant(number.getValue());
  auto splat = dyn_cast<SplatElementsAttr>(attr);
  return splat && isa<FloatType>(splat.getElementType()) &&
         isInvariant(splat.getSplatValue<APFloat>());
}
