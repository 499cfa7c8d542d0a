//===- ConstantExpressions.cpp - values computed from constants -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Numbers are doubles that are rounded to the op's type after each op. For
// sums, products, quotients and roots of types of up to 24 significant bits
// that gives the bits of arithmetic in the type itself, since 53 >= 2 * 24 + 2.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;

/// What is evaluated becomes a constant of the module: norms' vectors and small
/// tables, not matrices.
static constexpr int64_t maxElements = 1 << 20;

//===----------------------------------------------------------------------===//
// Scalar ops
//===----------------------------------------------------------------------===//

using Function = std::function<double(ArrayRef<double>)>;

static bool compare(arith::CmpFPredicate predicate, double a, double b) {
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
    return !(a <= b);
  case P::UGE:
    return !(a < b);
  case P::ULT:
    return !(a >= b);
  case P::ULE:
    return !(a > b);
  case P::UNE:
    return a != b;
  case P::UNO:
    return unordered;
  case P::AlwaysTrue:
    return true;
  }
  llvm_unreachable("unknown predicate");
}

/// The larger number; NaN if either is.
static double maximum(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

/// What `op` computes of its operands; null for an op that is not known.
static Function getFunction(Operation *op) {
  using Args = ArrayRef<double>;
  return llvm::TypeSwitch<Operation *, Function>(op)
      .Case([](arith::AddFOp) { return [](Args x) { return x[0] + x[1]; }; })
      .Case([](arith::SubFOp) { return [](Args x) { return x[0] - x[1]; }; })
      .Case([](arith::MulFOp) { return [](Args x) { return x[0] * x[1]; }; })
      .Case([](arith::DivFOp) { return [](Args x) { return x[0] / x[1]; }; })
      .Case([](arith::NegFOp) { return [](Args x) { return -x[0]; }; })
      .Case<arith::ExtFOp, arith::TruncFOp>(
          [](auto) { return [](Args x) { return x[0]; }; })
      .Case([](arith::MaximumFOp) {
        return [](Args x) { return maximum(x[0], x[1]); };
      })
      .Case([](arith::MinimumFOp) {
        return [](Args x) { return -maximum(-x[0], -x[1]); };
      })
      .Case([](arith::MaxNumFOp) {
        return [](Args x) { return std::fmax(x[0], x[1]); };
      })
      .Case([](arith::MinNumFOp) {
        return [](Args x) { return std::fmin(x[0], x[1]); };
      })
      .Case([](arith::CmpFOp cmp) {
        return [predicate = cmp.getPredicate()](Args x) -> double {
          return compare(predicate, x[0], x[1]);
        };
      })
      .Case([](arith::SelectOp) {
        return [](Args x) { return x[0] != 0 ? x[1] : x[2]; };
      })
      .Case([](math::AbsFOp) { return [](Args x) { return std::fabs(x[0]); }; })
      .Case([](math::SqrtOp) { return [](Args x) { return std::sqrt(x[0]); }; })
      .Case([](math::RsqrtOp) {
        return [](Args x) { return 1 / std::sqrt(x[0]); };
      })
      .Case([](math::ExpOp) { return [](Args x) { return std::exp(x[0]); }; })
      .Case([](math::LogOp) { return [](Args x) { return std::log(x[0]); }; })
      .Case([](math::TanhOp) { return [](Args x) { return std::tanh(x[0]); }; })
      .Case([](math::ErfOp) { return [](Args x) { return std::erf(x[0]); }; })
      .Case([](math::PowFOp) {
        return [](Args x) { return std::pow(x[0], x[1]); };
      })
      .Default([](Operation *) { return nullptr; });
}

static double round(double value, Type type) {
  auto floatType = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  if (!floatType || floatType.isF64())
    return value;
  if (floatType.isF32())
    return static_cast<float>(value);
  APFloat number(value);
  bool losesInfo;
  number.convert(floatType.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static bool isLiteral(Value value) {
  FloatAttr number;
  return matchPattern(value, m_Constant(&number));
}

/// The elementwise op of linalg that computes `value`, if its body is made of
/// known ops on its inputs and literals.
static linalg::LinalgOp getStructured(Value value) {
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  if (!op || op->getNumResults() != 1 || !op.hasPureTensorSemantics() ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) ||
      !op.getIndexingMapsArray().back().isIdentity())
    return {};
  bool known =
      llvm::all_of(op.getBlock()->without_terminator(), [](Operation &inner) {
        return inner.getNumResults() == 1 &&
               (isLiteral(inner.getResult(0)) || getFunction(&inner));
      });
  bool closed = llvm::all_of(*op.getBlock(), [&](Operation &inner) {
    return llvm::all_of(inner.getOperands(), [&](Value operand) {
      return operand.getParentBlock() == op.getBlock() || isLiteral(operand);
    });
  });
  return known && closed ? op : linalg::LinalgOp();
}

/// An op that only gives the elements of its first operand another shape.
static bool isReshape(Operation *op) {
  return isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
                         tensor::ReshapeOp, tensor::CastOp>(op);
}

/// The operands that a constant expression reads; nothing if `value` is none.
static std::optional<SmallVector<Value>> getOperands(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!op || !type || !isa<FloatType>(type.getElementType()) ||
      !type.hasStaticShape() || type.getNumElements() == 0 ||
      type.getNumElements() > maxElements)
    return std::nullopt;
  if (linalg::LinalgOp structured = getStructured(value))
    return SmallVector<Value>(structured.getDpsInputs());
  if (isReshape(op))
    return SmallVector<Value>{op->getOperand(0)};
  if (isa<tensor::SplatOp>(op) && op->getNumOperands() == 1)
    return SmallVector<Value>{op->getOperand(0)};
  if (getFunction(op))
    return SmallVector<Value>(op->getOperands());
  return std::nullopt;
}

/// True for a number, or a tensor of them, that is or will be a constant.
static bool isLeaf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return isWeight(value) && isa<FloatType>(getElementTypeOrSelf(value)) &&
         (!type || type.getNumElements() <= maxElements);
}

bool mlir::quantmlir::isConstantExpression(Value value) {
  std::optional<SmallVector<Value>> operands = getOperands(value);
  return operands && llvm::all_of(*operands, [](Value operand) {
           return isLeaf(operand) || isConstantExpression(operand);
         });
}

StringRef mlir::quantmlir::getExpressionName(Value value) {
  if (!isConstantExpression(value))
    return getWeightName(value);
  std::optional<SmallVector<Value>> operands = getOperands(value);
  for (Value operand : *operands)
    if (StringRef name = getExpressionName(operand); !name.empty())
      return name;
  return {};
}

Value mlir::quantmlir::findMissingData(Value value) {
  if (!isConstantExpression(value)) {
    bool present = matchPattern(value, m_Constant()) &&
                   (!isa<ShapedType>(value.getType()) ||
                    ConstantTensor::get(value).has_value());
    return present ? Value() : value;
  }
  std::optional<SmallVector<Value>> operands = getOperands(value);
  for (Value operand : *operands)
    if (Value missing = findMissingData(operand))
      return missing;
  return {};
}

using Numbers = std::vector<double>;

/// Reads a constant, whose data is present.
static Numbers readLeaf(Value value) {
  FloatAttr number;
  if (matchPattern(value, m_Constant(&number)))
    return {number.getValueAsDouble()};
  SmallVector<double> storage;
  ArrayRef<double> numbers = *ConstantTensor::get(value)->getDoubles(storage);
  return Numbers(numbers.begin(), numbers.end());
}

/// Applies `op` to numbers; an operand of one number serves all elements.
static Numbers applyOp(Operation *op, ArrayRef<const Numbers *> operands) {
  size_t size = 1;
  for (const Numbers *operand : operands)
    size = std::max(size, operand->size());
  Function function = getFunction(op);
  Type type = op->getResult(0).getType();
  Numbers result(size);
  SmallVector<double> arguments(operands.size());
  for (size_t i = 0; i < size; ++i) {
    for (auto [argument, operand] : llvm::zip_equal(arguments, operands))
      argument = (*operand)[operand->size() == 1 ? 0 : i];
    result[i] = round(function(arguments), type);
  }
  return result;
}

/// The elements of an input of `shape` in the order of loops over `extents`.
static Numbers gather(const Numbers &input, ArrayRef<int64_t> shape,
                      AffineMap map, ArrayRef<int64_t> extents) {
  Numbers result(ShapedType::getNumElements(extents));
  SmallVector<int64_t> index(extents.size(), 0);
  for (double &element : result) {
    int64_t position = 0;
    for (auto [size, at] : llvm::zip_equal(shape, map.compose(index)))
      position = position * size + at;
    element = input[position];
    for (int64_t d = static_cast<int64_t>(extents.size()) - 1; d >= 0; --d) {
      if (++index[d] < extents[d])
        break;
      index[d] = 0;
    }
  }
  return result;
}

static Numbers evaluate(Value value);

static Numbers evaluateStructured(linalg::LinalgOp op) {
  auto extents = cast<ShapedType>(op->getResult(0).getType()).getShape();
  DenseMap<Value, Numbers> known;
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto type = dyn_cast<ShapedType>(input->get().getType());
    known[op.getMatchingBlockArgument(input)] = gather(
        evaluate(input->get()), type ? type.getShape() : ArrayRef<int64_t>(),
        op.getMatchingIndexingMap(input), extents);
  }
  auto lookup = [&](Value operand) -> const Numbers * {
    auto it = known.find(operand);
    if (it == known.end())
      it = known.try_emplace(operand, readLeaf(operand)).first;
    return &it->second;
  };
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (isLiteral(inner.getResult(0)))
      continue;
    // Looked up twice: a literal may move the others.
    for (Value operand : inner.getOperands())
      lookup(operand);
    Numbers numbers =
        applyOp(&inner, llvm::map_to_vector(inner.getOperands(), lookup));
    known[inner.getResult(0)] = std::move(numbers);
  }
  Numbers result = *lookup(op.getBlock()->getTerminator()->getOperand(0));
  if (result.size() == 1)
    result.resize(ShapedType::getNumElements(extents), result.front());
  return result;
}

static Numbers evaluate(Value value) {
  std::optional<SmallVector<Value>> operands = getOperands(value);
  if (!operands)
    return readLeaf(value);
  Operation *op = value.getDefiningOp();
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return evaluateStructured(structured);
  auto numbers = llvm::map_to_vector(*operands, evaluate);
  if (isReshape(op))
    return std::move(numbers.front());
  if (isa<tensor::SplatOp>(op))
    return Numbers(cast<ShapedType>(value.getType()).getNumElements(),
                   numbers.front().front());
  return applyOp(
      op, llvm::map_to_vector(numbers, [](const Numbers &n) { return &n; }));
}

DenseElementsAttr mlir::quantmlir::evaluateConstantExpression(Value value) {
  if (findMissingData(value))
    return {};
  auto type = cast<RankedTensorType>(value.getType());
  auto elementType = cast<FloatType>(type.getElementType());
  std::vector<char> bytes(getStorageBytes(type));
  storeFloats(ArrayRef<double>(evaluate(value)), elementType, bytes);
  return DenseElementsAttr::getFromRawBuffer(type, bytes);
}
