//===- Traps.cpp - ops that no scale may pass -----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Traps.h"

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fuzz;

using B = ImplicitLocOpBuilder;

/// `value` mapped by `body`, element by element.
static Value map(ProgramBuilder &p, Value value, BodyFn body) {
  return p.elementwise(value, body);
}

static Value addThreshold(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    Value positive = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x[0],
                                           p.literal(b, 0.5));
    return arith::SelectOp::create(b, positive, x[0], p.literal(b, 0.0));
  });
}

static Value addLiteral(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    return arith::AddFOp::create(b, x[0], p.literal(b, 1.0));
  });
}

static Value addLiteralArm(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    Value negative = arith::CmpFOp::create(b, arith::CmpFPredicate::ULT, x[0],
                                           p.literal(b, 0.0));
    return arith::SelectOp::create(b, negative, p.literal(b, -1.0), x[0]);
  });
}

static Value addSquare(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [](B &b, ValueRange x) -> Value {
    return arith::MulFOp::create(b, x[0], x[0]);
  });
}

static Value addTanh(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [](B &b, ValueRange x) -> Value {
    return math::TanhOp::create(b, x[0]);
  });
}

static Value addExp(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    Value bounded = arith::MinimumFOp::create(b, x[0], p.literal(b, 0.0));
    return math::ExpOp::create(b, bounded);
  });
}

/// x · (1 + erf(x / √2)) / 2.
static Value addGelu(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    Value y = arith::MulFOp::create(b, x[0], p.literal(b, 0.70710678));
    y = arith::AddFOp::create(b, math::ErfOp::create(b, y), p.literal(b, 1.0));
    y = arith::MulFOp::create(b, x[0], y);
    return arith::MulFOp::create(b, y, p.literal(b, 0.5));
  });
}

static Value addSign(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    Value positive = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x[0],
                                           p.literal(b, 0.0));
    return arith::UIToFPOp::create(b, p.getElementType(), positive);
  });
}

static Value addHalf(ProgramBuilder &p, Value value, Value argument) {
  // Only what is wider loses range.
  if (!p.getElementType().isF32())
    return addTanh(p, value, argument);
  return map(p, value, [](B &b, ValueRange x) -> Value {
    Value half = arith::TruncFOp::create(b, b.getF16Type(), x[0]);
    return arith::ExtFOp::create(b, b.getF32Type(), half);
  });
}

static Value createColumn(B &b) {
  Value column = linalg::IndexOp::create(b, 1);
  return arith::IndexCastOp::create(b, b.getI32Type(), column);
}

static Value addIndex(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    Value column =
        arith::SIToFPOp::create(b, p.getElementType(), createColumn(b));
    return arith::AddFOp::create(b, x[0], column);
  });
}

/// What is kept depends on the index, and one arm is a square.
static Value addIndexedArms(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [](B &b, ValueRange x) -> Value {
    Value one = arith::ConstantOp::create(b, b.getI32IntegerAttr(1));
    Value first = arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                        createColumn(b), one);
    Value square = arith::MulFOp::create(b, x[0], x[0]);
    return arith::SelectOp::create(b, first, x[0], square);
  });
}

/// Element [row, K - 1 - column], read from outside the body.
static Value addReversedRead(ProgramBuilder &p, Value value, Value argument) {
  int64_t last = ProgramBuilder::getShape(value)[1] - 1;
  return map(p, argument, [&](B &b, ValueRange) -> Value {
    Value row = linalg::IndexOp::create(b, 0);
    Value end = arith::ConstantOp::create(b, b.getI32IntegerAttr(last));
    Value at = arith::SubIOp::create(b, end, createColumn(b));
    Value column = arith::IndexCastOp::create(b, b.getIndexType(), at);
    return tensor::ExtractOp::create(b, value, ValueRange{row, column});
  });
}

/// A sum with an element that the body captures.
static Value addCapturedElement(ProgramBuilder &p, Value value, Value) {
  return map(p, value, [&](B &b, ValueRange x) -> Value {
    Value zero = arith::ConstantOp::create(b, b.getIndexAttr(0));
    Value first = tensor::ExtractOp::create(b, value, ValueRange{zero, zero});
    return arith::AddFOp::create(b, x[0], first);
  });
}

/// Each row's sum, once for every column.
static Value addRowSum(ProgramBuilder &p, Value value, Value) {
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  Value sums = p.reduce(value, {1}, true, p.filled({shape[0]}, 0.0));
  return p.repeat(sums, 1, shape[1]);
}

static Value addSoftmaxWeight(ProgramBuilder &p, Value value, Value) {
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  Value low = p.filled({shape[0]}, -std::numeric_limits<double>::infinity());
  Value max = p.reduce(value, {1}, false, low);
  AffineMap rows =
      AffineMap::getMultiDimMapWithTargets(2, {0}, p.b.getContext());
  return p.elementwise({value, max}, {AffineMap(), rows},
                       [](B &b, ValueRange x) -> Value {
                         Value y = arith::SubFOp::create(b, x[0], x[1]);
                         return math::ExpOp::create(b, y);
                       });
}

/// A sum over copies that starts from an argument.
static Value addInit(ProgramBuilder &p, Value value, Value argument) {
  return p.reduce(p.repeat(value, 0, 2), {0}, true, argument);
}

/// a² + x: a sum that squares what it has accumulated.
static Value addAccumulatorSquare(ProgramBuilder &p, Value value, Value) {
  Value copies = p.repeat(value, 0, 2);
  Value init = p.constant(ProgramBuilder::getShape(value));
  return linalg::ReduceOp::create(
             p.b, copies, init, SmallVector<int64_t>{0},
             [](OpBuilder &nested, Location loc, ValueRange x) {
               B b(loc, nested);
               Value square = arith::MulFOp::create(b, x[1], x[1]);
               Value sum = arith::AddFOp::create(b, square, x[0]);
               linalg::YieldOp::create(b, sum);
             })
      ->getResult(0);
}

/// A sum of products with a second, running sum.
static Value addTwoAccumulators(ProgramBuilder &p, Value value, Value) {
  Value copies = p.repeat(value, 0, 2);
  Value zeros = p.filled(ProgramBuilder::getShape(value), 0.0);
  auto op = linalg::ReduceOp::create(
      p.b, ValueRange{copies, copies}, ValueRange{zeros, zeros},
      SmallVector<int64_t>{0},
      [](OpBuilder &nested, Location loc, ValueRange x) {
        B b(loc, nested);
        Value running = arith::AddFOp::create(b, x[3], x[0]);
        Value product = arith::MulFOp::create(b, running, x[0]);
        Value sum = arith::AddFOp::create(b, x[2], product);
        linalg::YieldOp::create(b, ValueRange{sum, running});
      });
  return op->getResult(0);
}

/// Cuts the first column off and pads one at the end.
static Value addCroppingPad(ProgramBuilder &p, Value value, Value) {
  return p.pad(value, {0, -1}, {0, 1}, 0.0);
}

static Value addNonzeroPad(ProgramBuilder &p, Value value, Value) {
  return p.pad(value, {0, 1}, {0, 0}, 1.0);
}

/// out[m, k] = value[m, k] + value[m, k + 1]
static Value addWindow(ProgramBuilder &p, Value value, Value) {
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  MLIRContext *context = p.b.getContext();
  AffineExpr m, k, w;
  bindDims(context, m, k, w);
  auto reduction = utils::IteratorType::reduction;
  auto parallel = utils::IteratorType::parallel;
  Value init = p.filled({shape[0], shape[1] - 1}, 0.0), window = p.empty({2});
  return linalg::GenericOp::create(
             p.b, TypeRange(init.getType()), ValueRange{value, window}, init,
             ArrayRef{AffineMap::get(3, 0, {m, k + w}, context),
                      AffineMap::get(3, 0, {w}, context),
                      AffineMap::get(3, 0, {m, k}, context)},
             ArrayRef{parallel, parallel, reduction},
             [](OpBuilder &nested, Location loc, ValueRange x) {
               B b(loc, nested);
               linalg::YieldOp::create(
                   b, arith::AddFOp::create(b, x[2], x[0]).getResult());
             })
      .getResult(0);
}

static Value addQuotient(ProgramBuilder &p, Value value, Value argument) {
  return p.elementwise({argument, value}, [&](B &b, ValueRange x) -> Value {
    Value size = math::AbsFOp::create(b, x[1]);
    Value above = arith::AddFOp::create(b, size, p.literal(b, 1.0));
    return arith::DivFOp::create(b, x[0], above);
  });
}

static Value addArgument(ProgramBuilder &, Value, Value argument) {
  return argument;
}

/// A sum of which one part only can be divided.
static Value addHalfScaledSum(ProgramBuilder &p, Value value, Value argument) {
  Value gain = p.constant(ProgramBuilder::getShape(value));
  Value gained = p.elementwise({value, gain}, [](B &b, ValueRange x) -> Value {
    return arith::MulFOp::create(b, x[0], x[1]);
  });
  Value tanh = addTanh(p, value, argument);
  return p.elementwise({gained, tanh}, [](B &b, ValueRange x) -> Value {
    return arith::AddFOp::create(b, x[0], x[1]);
  });
}

ArrayRef<Trap> fuzz::getTraps() {
  static constexpr Trap traps[] = {
      {"threshold", addThreshold},
      {"literal", addLiteral},
      {"literal-arm", addLiteralArm},
      {"square", addSquare},
      {"tanh", addTanh},
      {"exp", addExp},
      {"gelu", addGelu},
      {"sign", addSign},
      {"f16", addHalf},
      {"index", addIndex},
      {"indexed-arms", addIndexedArms},
      {"reversed-read", addReversedRead},
      {"captured-element", addCapturedElement},
      {"row-sum", addRowSum},
      {"softmax", addSoftmaxWeight},
      {"init", addInit},
      {"accumulator-square", addAccumulatorSquare},
      {"two-accumulators", addTwoAccumulators},
      {"cropping-pad", addCroppingPad},
      {"nonzero-pad", addNonzeroPad},
      {"window", addWindow},
      {"quotient", addQuotient},
      {"argument", addArgument},
      {"half-scaled-sum", addHalfScaledSum},
  };
  return traps;
}
