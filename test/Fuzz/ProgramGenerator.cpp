//===- ProgramGenerator.cpp - random programs of linalg and tensor --------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A program grows from its arguments: each step applies a random op to random
// earlier values. Then some values become the inputs of linears: as they are,
// behind a constant gain whose scale must fold, or behind a trap.
//
//===----------------------------------------------------------------------===//

#include "ProgramGenerator.h"
#include "GraphBuilder.h"
#include "Traps.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fuzz;

namespace {
class Generator {
public:
  Generator(func::FuncOp function, OpBuilder &builder, unsigned seed)
      : function(function), p(builder, seed), graph(p) {}

  void run();

private:
  Value addArgument(ArrayRef<int64_t> shape);
  Value pickMatrix();
  void addFreeGroup();
  void addFoldingGroup();
  void addTrappedGroup();
  /// Value-preserving ops between a matrix and its linears.
  Value addPassage(Value matrix);
  /// A matrix multiplied by a constant along its columns.
  Value addGain(Value matrix);
  /// One to three linears that read `matrix`.
  void addLinears(Value matrix, StringRef expected, StringRef trap = "");

  func::FuncOp function;
  ProgramBuilder p;
  GraphBuilder graph;
  SmallVector<Value> results;
};
} // namespace

Value Generator::addArgument(ArrayRef<int64_t> shape) {
  return function.getBody().front().addArgument(p.getType(shape), p.b.getLoc());
}

Value Generator::pickMatrix() {
  for (int tries = 0; tries < 8; ++tries) {
    Value value = graph.pick();
    int64_t rank = ProgramBuilder::getRank(value);
    if (rank < 2)
      continue;
    Value matrix = p.toMatrix(value, 1 + p.random.below(rank - 1));
    if (ProgramBuilder::getShape(matrix)[1] >= 3)
      return matrix;
  }
  return addArgument({2 + p.random.below(3), 3 + p.random.below(4)});
}

void Generator::addLinears(Value matrix, StringRef expected, StringRef trap) {
  if (p.random.chance(0.4))
    matrix = ObserveOp::create(p.b, matrix, "input");
  for (int64_t i = 1 + p.random.below(3); i > 0; --i) {
    Value product = p.linear(matrix, 1 + p.random.below(4));
    Operation *op = product.getDefiningOp();
    if (!expected.empty())
      op->setAttr(expectAttr, p.b.getStringAttr(expected));
    if (!trap.empty())
      op->setAttr(trapAttr, p.b.getStringAttr(trap));
    results.push_back(product);
    // What the linears compute may feed further ones.
    if (p.random.chance(0.5))
      graph.add(product);
  }
}

void Generator::addFreeGroup() {
  bool constant = p.random.chance(0.05);
  addLinears(constant ? p.constant({3, 4}) : pickMatrix(), "");
}

Value Generator::addGain(Value matrix) {
  SmallVector<unsigned> dims = {1};
  if (p.random.chance(0.3))
    dims = {0, 1};
  auto [gain, gainMap] = p.vectorFor(matrix, dims);
  if (p.random.chance(0.2))
    gain = p.elementwise(gain, [&](ImplicitLocOpBuilder &b, ValueRange x) {
      return arith::AddFOp::create(b, x[0], p.literal(b, 1.0)).getResult();
    });
  SmallVector<Value> inputs = {matrix, gain};
  SmallVector<AffineMap> maps = {AffineMap(), gainMap};
  bool biased = p.random.chance(0.3), rectified = p.random.chance(0.3);
  if (biased) {
    auto [bias, biasMap] = p.vectorFor(matrix, {1});
    inputs.push_back(bias);
    maps.push_back(biasMap);
  }
  return p.elementwise(
      inputs, maps, [&](ImplicitLocOpBuilder &b, ValueRange x) {
        Value y = arith::MulFOp::create(b, x[0], x[1]);
        if (biased)
          y = arith::AddFOp::create(b, y, x[2]);
        if (rectified)
          y = arith::MaximumFOp::create(b, y, p.literal(b, 0.0));
        return y;
      });
}

Value Generator::addPassage(Value matrix) {
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(matrix);
  int64_t rows = shape[0], columns = shape[1];
  auto multiply = [&](Value value, double factor) {
    return p.elementwise(
        value, [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          return arith::MulFOp::create(b, x[0], p.literal(b, factor));
        });
  };
  switch (p.random.below(5)) {
  case 4: { // Up and down, or down and up: in f16, near the end of the range.
    double factor = std::ldexp(1.0, p.random.below(12));
    factor = p.random.chance(0.3) ? 1 / factor : factor;
    return multiply(multiply(matrix, factor), 1 / factor);
  }
  case 0: // A mask.
    return p.elementwise(
        {matrix, p.constant(shape)},
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
          Value kept = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x[1],
                                             p.literal(b, 0.0));
          return arith::SelectOp::create(b, kept, x[0], p.literal(b, 0.0));
        });
  case 1: // There and back.
    return p.reshape(p.reshape(matrix, {{0}, {1, 2}}, {rows, columns, 1}),
                     {{0}, {1, 2}}, shape);
  case 2:
    return p.transpose(p.transpose(matrix, {1, 0}), {1, 0});
  default:
    return p.slice(matrix, 0, p.random.below(rows), 1);
  }
}

void Generator::addFoldingGroup() {
  Value matrix = pickMatrix();
  Value gained = addGain(matrix);
  Value value = gained;
  ArrayRef<int64_t> shape = ProgramBuilder::getShape(value);
  switch (p.random.below(8)) {
  case 0: // A residual sum of two gained values.
    value = p.elementwise({value, addGain(matrix)},
                          [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                            return arith::AddFOp::create(b, x[0], x[1]);
                          });
    break;
  case 1: // A gate.
    value = p.elementwise({value, matrix},
                          [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                            Value gate = math::TanhOp::create(b, x[1]);
                            return arith::MulFOp::create(b, x[0], gate);
                          });
    break;
  case 2: {
    Value other = addGain(matrix);
    value = p.concat({value, other}, p.random.below(2));
    break;
  }
  case 3:
    value = p.pad(value, {0, 1}, {1, 0}, 0.0);
    break;
  case 4: // A linear's own rows.
    value = p.linear(matrix, shape[1]);
    break;
  case 5: { // A named op.
    Value both[] = {value, addGain(matrix)};
    value = linalg::MaxOp::create(p.b, TypeRange(value.getType()),
                                  ValueRange(both), p.empty(shape))
                .getResult(0);
    break;
  }
  case 6: { // A sum onto a constant or onto zeros.
    Value copies = p.repeat(value, 0, 2);
    bool onZeros = p.random.chance(0.5);
    value = p.reduce(copies, {0}, /*sum=*/true,
                     onZeros ? p.filled(shape, 0.0) : p.constant(shape));
    break;
  }
  default: // Heads that share what is computed once.
    value = p.reshape(p.repeat(value, 1, 2), {{0}, {1, 2}},
                      {shape[0], 2 * shape[1]});
    break;
  }
  for (int64_t i = p.random.below(3); i > 0; --i)
    value = addPassage(value);
  if (p.random.chance(0.15) && value != gained) {
    results.push_back(value);
    return addLinears(value, "stay", "returned");
  }
  addLinears(value, "fold");
}

void Generator::addTrappedGroup() {
  const Trap &trap = p.random.pick(getTraps());
  Value matrix = pickMatrix();
  Value value =
      trap.build(p, matrix, addArgument(ProgramBuilder::getShape(matrix)));
  for (int64_t i = p.random.below(3); i > 0; --i)
    value = addPassage(value);
  addLinears(value, "stay", trap.name);
}

void Generator::run() {
  for (int64_t i = 1 + p.random.below(2); i > 0; --i)
    graph.add(addArgument(graph.randomShape()));
  for (int64_t steps = p.random.below(10); steps > 0; --steps)
    graph.grow();
  for (int64_t i = 1 + p.random.below(3); i > 0; --i) {
    int64_t kind = p.random.below(4);
    if (kind == 0)
      addFoldingGroup();
    else if (kind == 1)
      addTrappedGroup();
    else
      addFreeGroup();
  }
  if (p.random.chance(0.1))
    results.push_back(graph.pick());
  func::ReturnOp::create(p.b, results);
  function.setFunctionType(p.b.getFunctionType(
      function.getBody().getArgumentTypes(), TypeRange(ValueRange(results))));
}

void fuzz::loadProgramDialects(MLIRContext *context) {
  context->loadDialect<arith::ArithDialect, func::FuncDialect,
                       linalg::LinalgDialect, math::MathDialect,
                       tensor::TensorDialect>();
}

OwningOpRef<ModuleOp> fuzz::generateProgram(MLIRContext *context,
                                            unsigned seed) {
  OpBuilder builder(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(builder, builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                       builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  Generator(function, builder, seed).run();
  return module;
}
