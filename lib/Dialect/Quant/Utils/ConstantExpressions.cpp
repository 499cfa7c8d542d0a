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

namespace {
/// What a value is computed from, if that is constants alone. An expression is
/// a graph: what several ops read is looked at once.
class ExpressionGraph {
public:
  explicit ExpressionGraph(Value root) : valid(add(root)) {}

  struct Node {
    Value value;
    SmallVector<Value> operands;
    /// True for a constant, or the load of one.
    bool isLeaf;
  };

  /// False if `root` is a constant itself, or no constant expression.
  bool isExpression() const { return valid && !nodes.back().isLeaf; }
  /// Operands first, the root last. If that is no expression, some are missing.
  ArrayRef<Node> getNodes() const { return nodes; }

private:
  bool add(Value value);

  std::vector<Node> nodes;
  DenseMap<Value, bool> known;
  bool valid;
};
} // namespace

bool ExpressionGraph::add(Value value) {
  auto it = known.find(value);
  if (it != known.end())
    return it->second;
  std::optional<SmallVector<Value>> operands = getOperands(value);
  bool isKnown = operands
                     ? llvm::all_of(*operands, [&](Value v) { return add(v); })
                     : isLeaf(value);
  known[value] = isKnown;
  if (isKnown)
    nodes.push_back(
        {value, operands.value_or(SmallVector<Value>()), !operands});
  return isKnown;
}

bool mlir::quantmlir::isConstantExpression(Value value) {
  // Most values are none, which needs no graph.
  return getOperands(value) && ExpressionGraph(value).isExpression();
}

StringRef mlir::quantmlir::getExpressionName(Value value) {
  if (!isConstantExpression(value))
    return getWeightName(value);
  ExpressionGraph graph(value);
  for (const ExpressionGraph::Node &node : graph.getNodes())
    if (StringRef name = getWeightName(node.value); !name.empty())
      return name;
  return {};
}

static bool hasData(Value leaf) {
  return matchPattern(leaf, m_Constant()) &&
         (!isa<ShapedType>(leaf.getType()) ||
          ConstantTensor::get(leaf).has_value());
}

Value mlir::quantmlir::findMissingData(Value value) {
  if (!isConstantExpression(value))
    return hasData(value) ? Value() : value;
  ExpressionGraph graph(value);
  for (const ExpressionGraph::Node &node : graph.getNodes())
    if (node.isLeaf && !hasData(node.value))
      return node.value;
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

/// Evaluates an elementwise op of linalg, whose inputs are `inputs`.
static Numbers evaluateStructured(linalg::LinalgOp op,
                                  ArrayRef<const Numbers *> inputs) {
  auto extents = cast<ShapedType>(op->getResult(0).getType()).getShape();
  DenseMap<Value, Numbers> known;
  for (auto [input, numbers] :
       llvm::zip_equal(op.getDpsInputOperands(), inputs)) {
    auto type = dyn_cast<ShapedType>(input->get().getType());
    known[op.getMatchingBlockArgument(input)] =
        gather(*numbers, type ? type.getShape() : ArrayRef<int64_t>(),
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

static Numbers evaluateNode(const ExpressionGraph::Node &node,
                            ArrayRef<const Numbers *> operands) {
  if (node.isLeaf)
    return readLeaf(node.value);
  Operation *op = node.value.getDefiningOp();
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return evaluateStructured(structured, operands);
  if (isReshape(op))
    return *operands.front();
  if (isa<tensor::SplatOp>(op))
    return Numbers(cast<ShapedType>(node.value.getType()).getNumElements(),
                   operands.front()->front());
  return applyOp(op, operands);
}

static Numbers evaluate(const ExpressionGraph &graph) {
  DenseMap<Value, unsigned> readers;
  for (const ExpressionGraph::Node &node : graph.getNodes())
    for (Value operand : node.operands)
      ++readers[operand];
  DenseMap<Value, std::unique_ptr<Numbers>> known;
  for (const ExpressionGraph::Node &node : graph.getNodes()) {
    auto operands =
        llvm::map_to_vector(node.operands, [&](Value v) -> const Numbers * {
          return known.at(v).get();
        });
    auto numbers = std::make_unique<Numbers>(evaluateNode(node, operands));
    for (Value operand : node.operands)
      if (--readers[operand] == 0)
        known.erase(operand);
    known[node.value] = std::move(numbers);
  }
  return std::move(*known[graph.getNodes().back().value]);
}

DenseElementsAttr mlir::quantmlir::evaluateConstantExpression(Value value) {
  if (findMissingData(value))
    return {};
  auto type = cast<RankedTensorType>(value.getType());
  auto elementType = cast<FloatType>(type.getElementType());
  std::vector<char> bytes(getStorageBytes(type));
  storeFloats(ArrayRef<double>(evaluate(ExpressionGraph(value))), elementType,
              bytes);
  return DenseElementsAttr::getFromRawBuffer(type, bytes);
}
