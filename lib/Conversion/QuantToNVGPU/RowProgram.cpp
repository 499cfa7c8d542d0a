//===- RowProgram.cpp - stages of quant.quantize_rows in kernels ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scalars of a row (a mean, its inverse root) are computed as IEEE 754 has it,
// once a thread. Elements may use the approximate exponential and reciprocal of
// the special function unit, whose errors of some 2^-22 a code of 8 bits does
// not show. No op may become a call of libdevice, which is not linked.
//
//===----------------------------------------------------------------------===//

#include "RowProgram.h"

#include "BlockText.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::quantmlir;

static bool isFloatOfKernels(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

/// Functions have code for f32 alone.
static bool isFunction(Operation *op) {
  return isa<math::AbsFOp, math::SqrtOp, math::RsqrtOp, math::ExpOp,
             math::Exp2Op, math::FmaOp, math::FloorOp, math::CopySignOp>(op);
}

static bool hasCode(Operation *op) {
  if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
          arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
          arith::MinNumFOp, arith::CmpFOp, arith::SelectOp, arith::ExtFOp,
          arith::TruncFOp, arith::ConstantOp, arith::AndIOp, arith::OrIOp,
          arith::XOrIOp>(op))
    return true;
  return isFunction(op) && op->getResult(0).getType().isF32();
}

LogicalResult mlir::quantmlir::checkRowProgram(QuantizeRowsOp op,
                                               std::string &whyNot) {
  for (Region &stage : op.getStages().drop_back())
    if (!stage.front().getTerminator()->getOperand(0).getType().isF32()) {
      whyNot = "kernels reduce rows in f32 alone";
      return failure();
    }
  for (Region &stage : op.getStages())
    for (Operation &inner : stage.front().without_terminator()) {
      bool hasTypes = llvm::all_of(inner.getResultTypes(), [](Type type) {
        return isFloatOfKernels(type) || type.isInteger(1);
      });
      if (hasTypes && hasCode(&inner))
        continue;
      if (isFunction(&inner))
        whyNot = llvm::formatv("kernels have {0} of f32 alone, not of {1}",
                               inner.getName(), inner.getResult(0).getType());
      else
        whyNot =
            llvm::formatv("kernels have no code for {0} in a program of rows",
                          inner.getName());
      return failure();
    }
  return success();
}

std::string mlir::quantmlir::describeRowProgram(QuantizeRowsOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (Value input : op.getInputs())
    os << cast<ShapedType>(input.getType()).getRank() << " "
       << getElementTypeOrSelf(input) << "\n";
  os << op.getReductions();
  for (Region &stage : op.getStages())
    printBlockText(os, stage.front());
  return text;
}

/// An intrinsic of LLVM. Its ops, like math's, would become calls of libdevice.
static Value buildIntrinsic(KernelBuilder &b, StringRef name,
                            ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(b, operands.front().getType(),
                                       b.getStringAttr(name), operands)
      .getResult(0);
}

/// exp(x) = 2^(x · log2 e), by ex2.approx.
static Value buildExp(KernelBuilder &b, Value x) {
  auto factor = b.getFloatAttr(b.getF32Type(), llvm::numbers::log2ef);
  TypedAttr factors = factor;
  if (auto type = dyn_cast<VectorType>(x.getType()))
    factors = DenseElementsAttr::get(type, factor);
  Value power =
      arith::MulFOp::create(b, x, arith::ConstantOp::create(b, factors));
  return buildIntrinsic(b, "llvm.exp2", power);
}

static Value buildReciprocalRoot(KernelBuilder &b, Value x) {
  TypedAttr one = b.getFloatAttr(b.getF32Type(), 1.0);
  if (auto type = dyn_cast<VectorType>(x.getType()))
    one = DenseElementsAttr::get(type, cast<Attribute>(one));
  Value root = buildIntrinsic(b, "llvm.sqrt", x);
  return arith::DivFOp::create(b, arith::ConstantOp::create(b, one), root);
}

/// The op on operands that are all scalars, or all vectors.
static Value buildOp(KernelBuilder &b, Operation *op, ValueRange operands,
                     Type type) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return buildExp(b, operands[0]); })
      .Case([&](math::RsqrtOp) { return buildReciprocalRoot(b, operands[0]); })
      .Case([&](math::Exp2Op) {
        return buildIntrinsic(b, "llvm.exp2", operands);
      })
      .Case([&](math::SqrtOp) {
        return buildIntrinsic(b, "llvm.sqrt", operands);
      })
      .Case([&](math::AbsFOp) {
        return buildIntrinsic(b, "llvm.fabs", operands);
      })
      .Case([&](math::FloorOp) {
        return buildIntrinsic(b, "llvm.floor", operands);
      })
      .Case([&](math::CopySignOp) {
        return buildIntrinsic(b, "llvm.copysign", operands);
      })
      .Case(
          [&](math::FmaOp) { return buildIntrinsic(b, "llvm.fma", operands); })
      .Default([&](Operation *other) {
        OperationState state(b.getLoc(), other->getName(), operands, type,
                             other->getDiscardableAttrDictionary().getValue());
        state.propertiesAttr = other->getPropertiesAsAttribute();
        Operation *created = b.create(state);
        if (auto division = dyn_cast<arith::DivFOp>(created);
            division && isa<VectorType>(type))
          division.setFastmath(arith::FastMathFlags::afn |
                               arith::FastMathFlags::arcp);
        return created->getResult(0);
      });
}

Value mlir::quantmlir::buildStage(KernelBuilder &b, Region &stage,
                                  ArrayRef<Value> arguments, int64_t width) {
  DenseMap<Value, Value> values;
  for (auto [argument, value] :
       llvm::zip_equal(stage.getArguments(), arguments))
    values[argument] = value;
  auto toVector = [&](Value value) -> Value {
    Type type = value.getType();
    if (isa<VectorType>(type))
      return value;
    return vector::BroadcastOp::create(b, VectorType::get({width}, type),
                                       value);
  };
  for (Operation &op : stage.front().without_terminator()) {
    auto operands = llvm::map_to_vector(
        op.getOperands(), [&](Value operand) { return values.at(operand); });
    Type type = op.getResult(0).getType();
    if (llvm::any_of(operands, [](Value value) {
          return isa<VectorType>(value.getType());
        })) {
      llvm::transform(operands, operands.begin(), toVector);
      type = VectorType::get({width}, type);
    }
    values[op.getResult(0)] = buildOp(b, &op, operands, type);
  }
  auto yield = cast<YieldOp>(stage.front().getTerminator());
  return toVector(values.at(yield.getValue()));
}
