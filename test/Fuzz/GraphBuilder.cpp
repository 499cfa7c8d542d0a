//===- GraphBuilder.cpp - random growth of a program ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphBuilder.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fuzz;

using B = ImplicitLocOpBuilder;

/// Values stay this small, so that thousands of programs run in seconds.
static constexpr int64_t maxElements = 400;

static constexpr double infinity = std::numeric_limits<double>::infinity();

SmallVector<int64_t> GraphBuilder::randomShape() {
  static constexpr int64_t sizes[] = {1, 2, 3, 4, 6};
  SmallVector<int64_t> shape(2 + p.random.below(3));
  std::generate(shape.begin(), shape.end(),
                [&] { return p.random.pick(sizes); });
  // At least one dimension that a scale can run over.
  shape.back() = 4 + 2 * p.random.below(2);
  return shape;
}

Value GraphBuilder::pick() {
  int64_t last = values.size() - 1;
  return values[last - std::min(p.random.below(values.size()),
                                p.random.below(values.size()))];
}

Value GraphBuilder::pickLike(Value value) {
  SmallVector<Value> like;
  for (Value other : values)
    if (other != value && other.getType() == value.getType())
      like.push_back(other);
  return like.empty() ? Value() : p.random.pick(like);
}

void GraphBuilder::grow() {
  using Step = Value (GraphBuilder::*)(Value);
  static constexpr Step steps[] = {
      &GraphBuilder::addElementwise, &GraphBuilder::addElementwise,
      &GraphBuilder::addElementwise, &GraphBuilder::addNamed,
      &GraphBuilder::addOnTensors,   &GraphBuilder::addOnTensors,
      &GraphBuilder::addGain,        &GraphBuilder::addGain,
      &GraphBuilder::addGain,        &GraphBuilder::addNamed,
      &GraphBuilder::addReduction,   &GraphBuilder::addNorm,
      &GraphBuilder::addResidual,    &GraphBuilder::addReduction,
      &GraphBuilder::addTranspose,   &GraphBuilder::addReshape,
      &GraphBuilder::addSlice,       &GraphBuilder::addStridedSlice,
      &GraphBuilder::addPad,         &GraphBuilder::addConcat,
      &GraphBuilder::addInsert,      &GraphBuilder::addRepeat,
      &GraphBuilder::addLinear,      &GraphBuilder::addProjections,
      &GraphBuilder::addMatmul,      &GraphBuilder::addAttention};
  // Not every op applies to every value.
  for (int tries = 0; tries < 8; ++tries) {
    Value value = pick();
    // A number can only be repeated.
    bool isNumber = ProgramBuilder::getRank(value) == 0;
    Step step = isNumber ? &GraphBuilder::addRepeat : p.random.pick(steps);
    if (Value result = (this->*step)(value)) {
      if (cast<ShapedType>(result.getType()).getNumElements() <= maxElements)
        return add(result);
    }
  }
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

Value GraphBuilder::createLiteral(B &b) {
  if (p.random.chance(0.1))
    return p.literal(b, p.random.chance(0.5) ? infinity : -infinity);
  return p.literal(b, p.random.chance(0.6) ? 0.0 : p.random.number());
}

Value GraphBuilder::createExpression(B &b, ValueRange inputs, unsigned depth) {
  if (depth == 0 || p.random.chance(0.2))
    return p.random.chance(0.1) ? createLiteral(b) : p.random.pick(inputs);
  auto next = [&] { return createExpression(b, inputs, depth - 1); };
  // Operands are built in order, whatever the compiler does with arguments.
  Value x = next();
  switch (p.random.below(12)) {
  case 0:
    return arith::NegFOp::create(b, x);
  case 1:
    return math::AbsFOp::create(b, x);
  case 2:
    return math::TanhOp::create(b, x);
  case 3: {
    if (!p.getElementType().isF32())
      break;
    Value half = arith::TruncFOp::create(b, b.getBF16Type(), x);
    return arith::ExtFOp::create(b, b.getF32Type(), half);
  }
  default:
    break;
  }
  Value y = next();
  switch (p.random.below(9)) {
  case 0:
  case 1:
    return arith::AddFOp::create(b, x, y);
  case 2:
    return arith::SubFOp::create(b, x, y);
  case 3:
    return arith::MaximumFOp::create(b, x, y);
  case 4:
    return arith::MinNumFOp::create(b, x, y);
  case 5:
    return math::FmaOp::create(b, x, y, next());
  case 6: {
    Value less = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, y);
    Value arm = next();
    return arith::SelectOp::create(b, less, arm, next());
  }
  default:
    return arith::MulFOp::create(b, x, y);
  }
}

Value GraphBuilder::createBody(B &b, ValueRange inputs) {
  Value x = inputs.front(), y = inputs.back();
  switch (p.random.below(9)) {
  case 0: // ReLU of a sum.
    return arith::MaximumFOp::create(b, arith::AddFOp::create(b, x, y),
                                     p.literal(b, 0.0));
  case 1: { // A sigmoid gate.
    Value e = math::ExpOp::create(
        b, arith::NegFOp::create(b, math::AbsFOp::create(b, y)));
    Value below = arith::AddFOp::create(b, e, p.literal(b, 1.0));
    return arith::DivFOp::create(b, x, below);
  }
  case 2: { // A mask.
    Value kept = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, y,
                                       p.literal(b, 0.0));
    return arith::SelectOp::create(b, kept, x, createLiteral(b));
  }
  case 3: { // Leaky.
    Value up = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x,
                                     p.literal(b, 0.0));
    Value less = arith::MulFOp::create(b, x, p.literal(b, 0.125));
    return arith::SelectOp::create(b, up, x, less);
  }
  case 4:
    return arith::MulFOp::create(b, x, y);
  case 5:
    return arith::AddFOp::create(b, x, y);
  default:
    return createExpression(b, inputs, 3);
  }
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

Value GraphBuilder::addElementwise(Value value) {
  SmallVector<Value> inputs = {value};
  SmallVector<AffineMap> maps = {AffineMap()};
  for (int64_t i = p.random.below(3); i > 0; --i) {
    Value like = p.random.chance(0.4) ? pickLike(value) : Value();
    if (like) {
      inputs.push_back(like);
      maps.push_back({});
      continue;
    }
    auto [vector, map] =
        p.vectorFor(value, p.randomDims(ProgramBuilder::getRank(value)));
    inputs.push_back(vector);
    maps.push_back(map);
  }
  return p.elementwise(inputs, maps, [&](B &b, ValueRange arguments) {
    return createBody(b, arguments);
  });
}

Value GraphBuilder::addNamed(Value value) {
  Value other = p.random.chance(0.5) ? pickLike(value) : Value();
  if (!other)
    other = p.constant(ProgramBuilder::getShape(value));
  Value init = p.empty(ProgramBuilder::getShape(value));
  Type type = init.getType();
  switch (p.random.below(9)) {
  case 7:
    return linalg::MinOp::create(p.b, TypeRange(type), ValueRange{value, other},
                                 init)
        .getResult(0);
  case 8: // By what is not 0.
    return linalg::DivOp::create(
               p.b, TypeRange(type),
               ValueRange{value, p.constant(ProgramBuilder::getShape(value))},
               init)
        .getResult(0);
  case 0:
    return linalg::AddOp::create(p.b, TypeRange(type), ValueRange{value, other},
                                 init)
        .getResult(0);
  case 1:
    return linalg::SubOp::create(p.b, TypeRange(type), ValueRange{value, other},
                                 init)
        .getResult(0);
  case 2:
    return linalg::MulOp::create(p.b, TypeRange(type), ValueRange{value, other},
                                 init)
        .getResult(0);
  case 3:
    return linalg::MaxOp::create(p.b, TypeRange(type), ValueRange{value, other},
                                 init)
        .getResult(0);
  case 4:
    return linalg::AbsOp::create(p.b, TypeRange(type), value, init)
        .getResult(0);
  case 5:
    return linalg::NegFOp::create(p.b, TypeRange(type), value, init)
        .getResult(0);
  default:
    return linalg::TanhOp::create(p.b, TypeRange(type), value, init)
        .getResult(0);
  }
}

/// An op of arith or math on whole tensors.
Value GraphBuilder::addOnTensors(Value value) {
  Value other = p.random.chance(0.5) ? pickLike(value) : Value();
  if (!other)
    other = p.constant(ProgramBuilder::getShape(value));
  switch (p.random.below(6)) {
  case 0:
    return arith::AddFOp::create(p.b, value, other);
  case 1:
    return arith::SubFOp::create(p.b, value, other);
  case 2:
    return arith::MulFOp::create(p.b, value, other);
  case 3:
    return arith::MaximumFOp::create(p.b, value, other);
  case 4:
    return math::AbsFOp::create(p.b, value);
  default:
    return math::TanhOp::create(p.b, value);
  }
}

/// A product with a constant of its own for every element.
Value GraphBuilder::addGain(Value value) {
  Value gain = p.constant(ProgramBuilder::getShape(value));
  return p.elementwise({value, gain}, [](B &b, ValueRange x) -> Value {
    return arith::MulFOp::create(b, x[0], x[1]);
  });
}

/// x · rsqrt(mean x² + ε) along the last dimension, times a gain.
Value GraphBuilder::addNorm(Value value) {
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  int64_t last = shape.size() - 1;
  if (last < 1)
    return {};
  Value squares = p.elementwise(value, [](B &b, ValueRange x) -> Value {
    return arith::MulFOp::create(b, x[0], x[0]);
  });
  Value sums =
      p.reduce(squares, {last}, true, p.filled(shape.drop_back(), 0.0));
  Value factors = p.elementwise(sums, [&](B &b, ValueRange x) -> Value {
    Value mean = arith::DivFOp::create(b, x[0], p.literal(b, shape.back()));
    mean = arith::AddFOp::create(b, mean, p.literal(b, 0x1p-10));
    return math::RsqrtOp::create(b, mean);
  });
  SmallVector<unsigned> rows;
  for (int64_t dim = 0; dim < last; ++dim)
    rows.push_back(dim);
  AffineMap rowMap =
      AffineMap::getMultiDimMapWithTargets(last + 1, rows, p.b.getContext());
  auto [gain, gainMap] = p.vectorFor(value, static_cast<unsigned>(last));
  return p.elementwise({value, factors, gain}, {AffineMap(), rowMap, gainMap},
                       [](B &b, ValueRange x) -> Value {
                         Value y = arith::MulFOp::create(b, x[0], x[1]);
                         return arith::MulFOp::create(b, y, x[2]);
                       });
}

Value GraphBuilder::addResidual(Value value) {
  Value other = pickLike(value);
  if (!other)
    return {};
  return p.elementwise({value, other}, [](B &b, ValueRange x) -> Value {
    return arith::AddFOp::create(b, x[0], x[1]);
  });
}

//===----------------------------------------------------------------------===//
// Ops that move elements
//===----------------------------------------------------------------------===//

Value GraphBuilder::addReduction(Value value) {
  SmallVector<unsigned> dims = p.randomDims(ProgramBuilder::getRank(value));
  SmallVector<int64_t> reduced(dims.begin(), dims.end()), kept;
  for (auto [dim, size] : llvm::enumerate(ProgramBuilder::getShape(value)))
    if (!llvm::is_contained(dims, dim))
      kept.push_back(size);
  if (reduced.empty() || (kept.empty() && p.random.chance(0.5)))
    return {};
  bool sum = p.random.chance(0.6);
  Value init = p.random.chance(0.7)   ? p.filled(kept, sum ? 0.0 : -infinity)
               : p.random.chance(0.5) ? p.filled(kept, p.random.number())
                                      : p.constant(kept);
  return p.reduce(value, reduced, sum, init);
}

Value GraphBuilder::addTranspose(Value value) {
  return p.transpose(value,
                     p.randomPermutation(ProgramBuilder::getRank(value)));
}

Value GraphBuilder::addReshape(Value value) {
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  int64_t rank = shape.size(), at = p.random.below(rank);
  SmallVector<ReassociationIndices> groups;
  SmallVector<int64_t> newShape;
  if (rank > 2 && p.random.chance(0.5)) {
    at = p.random.below(rank - 1);
    for (int64_t dim = 0; dim < rank; ++dim) {
      if (dim == at + 1) {
        groups.back().push_back(dim);
        newShape.back() *= shape[dim];
        continue;
      }
      groups.push_back({dim});
      newShape.push_back(shape[dim]);
    }
    return p.reshape(value, groups, newShape);
  }
  if (rank > 3)
    return {};
  int64_t factor = shape[at] % 2 == 0 ? 2 : 1;
  for (int64_t dim = 0, next = 0; dim < rank; ++dim) {
    groups.push_back({next++});
    newShape.push_back(dim == at ? factor : shape[dim]);
    if (dim == at) {
      groups.back().push_back(next++);
      newShape.push_back(shape[dim] / factor);
    }
  }
  return p.reshape(value, groups, newShape);
}

Value GraphBuilder::addSlice(Value value) {
  int64_t dim = p.random.below(ProgramBuilder::getRank(value));
  int64_t extent = ProgramBuilder::getShape(value)[dim];
  int64_t size = 1 + p.random.below(extent);
  // Both parts of a cut are there to be used.
  if (size < extent)
    add(p.slice(value, dim, size, extent - size));
  return p.slice(value, dim, 0, size);
}

Value GraphBuilder::addStridedSlice(Value value) {
  int64_t dim = p.random.below(ProgramBuilder::getRank(value));
  int64_t extent = ProgramBuilder::getShape(value)[dim];
  if (extent < 4)
    return {};
  int64_t offset = p.random.below(2);
  return p.slice(value, dim, offset, (extent - offset + 1) / 2, 2);
}

Value GraphBuilder::addPad(Value value) {
  int64_t rank = ProgramBuilder::getRank(value);
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  for (int64_t dim = 0; dim < rank; ++dim) {
    low[dim] = p.random.below(2);
    high[dim] = p.random.below(2);
  }
  return p.pad(value, low, high, p.random.chance(0.8) ? 0.0 : 0.5);
}

Value GraphBuilder::addConcat(Value value) {
  Value other = p.random.chance(0.7) ? pickLike(value) : Value();
  SmallVector<int64_t> shape(ProgramBuilder::getShape(value));
  int64_t dim = p.random.below(shape.size());
  if (!other) {
    shape[dim] = 1 + p.random.below(3);
    other = p.random.chance(0.5) ? p.filled(shape, 0.0) : p.constant(shape);
  }
  return p.concat({value, other}, dim);
}

Value GraphBuilder::addInsert(Value value) {
  SmallVector<int64_t> shape(ProgramBuilder::getShape(value)), offsets;
  for (int64_t &size : shape) {
    offsets.push_back(p.random.below(2));
    size += offsets.back() + p.random.below(2);
  }
  Value into = p.random.chance(0.5) ? p.filled(shape, 0.0) : p.constant(shape);
  return p.insert(value, into, offsets);
}

Value GraphBuilder::addRepeat(Value value) {
  int64_t rank = ProgramBuilder::getRank(value);
  if (rank > 3)
    return {};
  return p.repeat(value, p.random.below(rank + 1), 2);
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

Value GraphBuilder::addLinear(Value value) {
  int64_t rank = ProgramBuilder::getRank(value);
  if (rank < 2)
    return {};
  Value matrix = p.toMatrix(value, 1 + p.random.below(rank - 1));
  Value product = p.linear(matrix, 2 + 2 * p.random.below(3));
  if (p.random.chance(0.5))
    return product;
  auto [bias, map] = p.vectorFor(product, {1});
  return p.elementwise({product, bias}, {AffineMap(), map},
                       [](B &b, ValueRange x) -> Value {
                         return arith::AddFOp::create(b, x[0], x[1]);
                       });
}

/// One linear, cut into three values.
Value GraphBuilder::addProjections(Value value) {
  int64_t rank = ProgramBuilder::getRank(value);
  if (rank < 2)
    return {};
  int64_t size = 2 + p.random.below(4);
  Value fused = p.linear(p.toMatrix(value, rank - 1), 3 * size);
  add(p.slice(fused, 1, 0, size));
  add(p.slice(fused, 1, size, size));
  return p.slice(fused, 1, 2 * size, size);
}

/// A product with a K×N constant, onto zeros or onto a constant.
Value GraphBuilder::addMatmul(Value value) {
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  int64_t columns = 2 + p.random.below(4);
  SmallVector<int64_t> weight(shape), result(shape);
  weight[shape.size() - 1] = columns;
  result[shape.size() - 1] = columns;
  weight[shape.size() - 2 + (shape.size() < 2)] = shape.back();
  if (shape.size() != 2 && shape.size() != 3)
    return {};
  Value init =
      p.random.chance(0.7) ? p.filled(result, 0.0) : p.constant(result);
  // As it is, or transposed.
  bool transposes = shape.size() == 2 && p.random.chance(0.3);
  Value factor = transposes
                     ? p.transpose(p.constant({columns, shape.back()}), {1, 0})
                     : p.constant(weight);
  Value operands[] = {value, factor};
  Type type = init.getType();
  if (shape.size() == 2) {
    auto matmul = linalg::MatmulOp::create(p.b, TypeRange(type),
                                           ValueRange(operands), init);
    if (p.random.chance(0.6))
      return matmul.getResult(0);
    IRRewriter rewriter(p.b);
    rewriter.setInsertionPoint(matmul);
    return linalg::generalizeNamedOp(rewriter, matmul)->getResult(0);
  }
  return linalg::BatchMatmulOp::create(p.b, TypeRange(type),
                                       ValueRange(operands), init)
      .getResult(0);
}

/// softmax(V Vᵀ) V, for each of the leading dimension, whose values two heads
/// share.
Value GraphBuilder::addAttention(Value value) {
  if (ProgramBuilder::getRank(value) != 3)
    return {};
  if (p.random.chance(0.5)) {
    ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
    value = p.reshape(p.repeat(value, 1, 2), {{0, 1}, {2}, {3}},
                      {2 * shape[0], shape[1], shape[2]});
  }
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  SmallVector<int64_t> square = {shape[0], shape[1], shape[1]};
  Value keys = p.transpose(value, {0, 2, 1});
  Value init = p.filled(square, 0.0);
  Value logits = linalg::BatchMatmulOp::create(p.b, TypeRange(init.getType()),
                                               ValueRange{value, keys}, init)
                     .getResult(0);
  Value max =
      p.reduce(logits, {2}, false, p.filled({shape[0], shape[1]}, -infinity));
  AffineMap rows =
      AffineMap::getMultiDimMapWithTargets(3, {0, 1}, p.b.getContext());
  Value weights = p.elementwise(
      {logits, max}, {AffineMap(), rows}, [&](B &b, ValueRange x) -> Value {
        Value y = arith::SubFOp::create(b, x[0], x[1]);
        // Far from the range that underflows.
        y = arith::MaximumFOp::create(b, y, p.literal(b, -20.0));
        return math::ExpOp::create(b, y);
      });
  Value output = p.filled(shape, 0.0);
  return linalg::BatchMatmulOp::create(p.b, TypeRange(output.getType()),
                                       ValueRange{weights, value}, output)
      .getResult(0);
}
