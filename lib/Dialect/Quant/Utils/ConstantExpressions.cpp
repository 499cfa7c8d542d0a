//===- ConstantExpressions.cpp - values computed from constants -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Folding costs about a microsecond for each element: norms' vectors, not
/// matrices.
static constexpr int64_t maxElements = 65536;

/// The elementwise op that computes `value`, if one does.
static linalg::GenericOp getElementwise(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!op || !type || !type.hasStaticShape() ||
      type.getNumElements() > maxElements || op->getNumResults() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) ||
      !op.getIndexingMapsArray().back().isIdentity())
    return {};
  return op;
}

bool mlir::quantmlir::isConstantExpression(Value value) {
  linalg::GenericOp op = getElementwise(value);
  return op && op.getNumDpsInputs() > 0 &&
         llvm::all_of(op.getDpsInputs(), [](Value input) {
           return isWeight(input) || isConstantExpression(input);
         });
}

/// The elements of an input as attributes, row-major.
static FailureOr<SmallVector<Attribute>> readInput(Value input) {
  if (isConstantExpression(input)) {
    DenseElementsAttr elements = evaluateConstantExpression(input);
    if (!elements)
      return failure();
    return llvm::to_vector(elements.getValues<Attribute>());
  }
  std::optional<ConstantTensor> constant = ConstantTensor::get(input);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = failure();
  if (constant)
    values = constant->getFloats(storage);
  if (failed(values))
    return failure();
  Type type = constant->getType().getElementType();
  return llvm::map_to_vector(*values, [&](float value) -> Attribute {
    return FloatAttr::get(type, value);
  });
}

/// Folds `body` for the arguments `arguments`.
static Attribute foldBody(Block &body, ArrayRef<Attribute> arguments) {
  DenseMap<Value, Attribute> known;
  for (auto [argument, attr] : llvm::zip(body.getArguments(), arguments))
    known[argument] = attr;
  auto lookup = [&](Value value) {
    Attribute attr = known.lookup(value);
    if (!attr)
      matchPattern(value, m_Constant(&attr));
    return attr;
  };
  for (Operation &op : body.without_terminator()) {
    SmallVector<Attribute> operands =
        llvm::map_to_vector(op.getOperands(), lookup);
    SmallVector<OpFoldResult> results;
    if (failed(op.fold(operands, results)) || results.size() != 1)
      return {};
    auto attr = dyn_cast<Attribute>(results.front());
    known[op.getResult(0)] = attr ? attr : lookup(cast<Value>(results.front()));
  }
  return lookup(body.getTerminator()->getOperand(0));
}

DenseElementsAttr mlir::quantmlir::evaluateConstantExpression(Value value) {
  linalg::GenericOp op = getElementwise(value);
  SmallVector<SmallVector<Attribute>> inputs;
  for (Value input : op.getDpsInputs()) {
    FailureOr<SmallVector<Attribute>> elements = readInput(input);
    if (failed(elements))
      return {};
    inputs.push_back(std::move(*elements));
  }
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<int64_t> index(type.getRank(), 0);
  SmallVector<Attribute> result;
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    SmallVector<Attribute> arguments;
    for (auto [n, elements] : llvm::enumerate(inputs)) {
      auto shape = cast<ShapedType>(op.getDpsInputs()[n].getType()).getShape();
      int64_t position = 0;
      for (auto [size, at] : llvm::zip_equal(shape, maps[n].compose(index)))
        position = position * size + at;
      arguments.push_back(elements[position]);
    }
    result.push_back(foldBody(*op.getBlock(), arguments));
    if (!isa_and_nonnull<FloatAttr>(result.back()))
      return {};
    for (int64_t d = type.getRank() - 1; d >= 0; --d) {
      if (++index[d] < type.getDimSize(d))
        break;
      index[d] = 0;
    }
  }
  return DenseElementsAttr::get(type, result);
}
