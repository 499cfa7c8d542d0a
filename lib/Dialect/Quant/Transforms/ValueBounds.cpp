//===- ValueBounds.cpp - intervals that hold a program's values -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueBounds.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Observers stand this close to what reads them; further back a bound would be
/// of no use.
static constexpr unsigned maxDepth = 16;

/// The magnitudes of a type; null for a range as wide as f32's.
static const llvm::fltSemantics *getNarrowSemantics(Type type) {
  auto floatType = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  if (!floatType)
    return nullptr;
  const llvm::fltSemantics &semantics = floatType.getFloatSemantics();
  int wide = APFloat::semanticsMaxExponent(APFloat::IEEEsingle());
  return APFloat::semanticsMaxExponent(semantics) < wide ? &semantics : nullptr;
}

double mlir::quantmlir::getLargestOfNarrow(Type type) {
  const llvm::fltSemantics *semantics = getNarrowSemantics(type);
  return semantics ? APFloat::getLargest(*semantics).convertToDouble()
                   : std::numeric_limits<double>::infinity();
}

double mlir::quantmlir::getLeastOfNarrow(Type type) {
  const llvm::fltSemantics *semantics = getNarrowSemantics(type);
  return semantics
             ? APFloat::getSmallestNormalized(*semantics).convertToDouble()
             : 0.0;
}

double mlir::quantmlir::getTripCount(linalg::LinalgOp op) {
  double count = 1;
  for (auto [kind, size] :
       llvm::zip_equal(op.getIteratorTypesArray(), op.getStaticLoopRanges()))
    if (kind == utils::IteratorType::reduction)
      count *= ShapedType::isDynamic(size)
                   ? std::numeric_limits<double>::infinity()
                   : static_cast<double>(size);
  return count;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// 0 times what is not bounded, but finite, is 0.
static double multiply(double a, double b) {
  return a == 0 || b == 0 ? 0.0 : a * b;
}

static ValueInterval multiply(ValueInterval a, ValueInterval b) {
  double products[] = {multiply(a.low, b.low), multiply(a.low, b.high),
                       multiply(a.high, b.low), multiply(a.high, b.high)};
  return {*llvm::min_element(products), *llvm::max_element(products)};
}

static ValueInterval invert(ValueInterval a) {
  return a.getLeast() > 0 ? ValueInterval{1 / a.high, 1 / a.low}
                          : ValueInterval();
}

static ValueInterval getMagnitude(ValueInterval a) {
  return {a.getLeast(), a.getMost()};
}

/// The interval of what `op` computes, element by element.
static ValueInterval evaluate(Operation *op, ArrayRef<ValueInterval> x) {
  return llvm::TypeSwitch<Operation *, ValueInterval>(op)
      .Case([&](arith::AddFOp) {
        return ValueInterval{x[0].low + x[1].low, x[0].high + x[1].high};
      })
      .Case([&](arith::SubFOp) {
        return ValueInterval{x[0].low - x[1].high, x[0].high - x[1].low};
      })
      .Case([&](arith::MulFOp op) {
        // A square has no sign.
        ValueInterval product = multiply(x[0], x[1]);
        if (op.getLhs() == op.getRhs())
          product.low = multiply(x[0].getLeast(), x[0].getLeast());
        return product;
      })
      .Case([&](arith::DivFOp) { return multiply(x[0], invert(x[1])); })
      .Case([&](math::FmaOp) {
        ValueInterval product = multiply(x[0], x[1]);
        return ValueInterval{product.low + x[2].low, product.high + x[2].high};
      })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>([&](auto) {
        return ValueInterval{std::max(x[0].low, x[1].low),
                             std::max(x[0].high, x[1].high)};
      })
      .Case<arith::MinimumFOp, arith::MinNumFOp>([&](auto) {
        return ValueInterval{std::min(x[0].low, x[1].low),
                             std::min(x[0].high, x[1].high)};
      })
      .Case([&](arith::NegFOp) { return ValueInterval{-x[0].high, -x[0].low}; })
      .Case([&](math::AbsFOp) { return getMagnitude(x[0]); })
      .Case<arith::ExtFOp, arith::TruncFOp>([&](auto) { return x[0]; })
      .Case([&](arith::SelectOp) { return x[1].join(x[2]); })
      .Case([&](math::ExpOp) {
        return ValueInterval{std::exp(x[0].low), std::exp(x[0].high)};
      })
      .Case([&](math::SqrtOp) {
        return ValueInterval{std::sqrt(std::max(x[0].low, 0.0)),
                             std::sqrt(std::max(x[0].high, 0.0))};
      })
      .Case([&](math::RsqrtOp) {
        ValueInterval root{std::sqrt(std::max(x[0].low, 0.0)),
                           std::sqrt(std::max(x[0].high, 0.0))};
        return invert(root);
      })
      .Case<math::TanhOp, math::ErfOp, math::SinOp, math::CosOp>(
          [](auto) { return ValueInterval::symmetric(1); })
      .Default([](Operation *) { return ValueInterval(); });
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// `interval` within the finite numbers of a narrow type. Bounds that are no
/// numbers, from infinite constants, are none.
static ValueInterval fitTo(ValueInterval interval, Type type) {
  double largest = getLargestOfNarrow(type);
  return {interval.low > -largest ? interval.low : -largest,
          interval.high < largest ? interval.high : largest};
}

ValueInterval ValueBounds::get(OpOperand &use, unsigned depth) {
  if (auto it = setUses.find(&use); it != setUses.end())
    return it->second;
  FloatAttr number;
  if (matchPattern(use.get(), m_Constant(&number))) {
    double value = number.getValueAsDouble();
    return {value, value};
  }
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = constants.read(use, storage);
  if (failed(values) || values->empty())
    return get(use.get(), depth);
  auto [low, high] = std::minmax_element(values->begin(), values->end());
  return {*low, *high};
}

ValueInterval ValueBounds::get(Value value, unsigned depth) {
  auto [it, isNew] = known.try_emplace(value);
  if (!isNew)
    return it->second;
  ValueInterval interval = fitTo(compute(value, depth, true), value.getType());
  return known[value] = interval;
}

/// The statistics `attr`; none if they have no data.
static std::optional<SmallVector<float>> readFloats(ElementsAttr attr) {
  std::optional<ConstantTensor> tensor = ConstantTensor::get(attr);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values =
      tensor ? tensor->getFloats(storage) : FailureOr<ArrayRef<float>>();
  if (failed(values) || values->empty())
    return std::nullopt;
  return SmallVector<float>(*values);
}

ValueInterval ValueBounds::compute(Value value, unsigned depth, bool isFinite) {
  Operation *op = value.getDefiningOp();
  if (!op || depth > maxDepth)
    return {};
  if (auto observe = dyn_cast<ObserveOp>(op)) {
    if (auto absmax = readFloats(observe.getAbsmaxAttr()))
      return ValueInterval::symmetric(*llvm::max_element(*absmax));
    return get(observe.getInputMutable(), depth + 1);
  }
  if (matchLinear(op))
    return getLinear(op, depth);
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp,
          tensor::ReshapeOp, tensor::ExtractSliceOp, tensor::GatherOp>(op))
    return get(op->getOpOperand(0), depth + 1);
  if (isa<tensor::ConcatOp, tensor::InsertSliceOp>(op)) {
    unsigned parts = isa<tensor::ConcatOp>(op) ? op->getNumOperands() : 2;
    ValueInterval all = get(op->getOpOperand(0), depth + 1);
    for (OpOperand &part : op->getOpOperands().slice(1, parts - 1))
      all = all.join(get(part, depth + 1));
    return all;
  }
  if (auto structured = dyn_cast<linalg::LinalgOp>(op)) {
    unsigned number = cast<OpResult>(value).getResultNumber();
    if (structured.getNumReductionLoops() != 0)
      return getReduction(structured, number, depth, isFinite);
    Operation *yield = structured.getBlock()->getTerminator();
    DenseMap<Value, ValueInterval> body = getBody(structured, depth, isFinite);
    return body.lookup(yield->getOperand(number));
  }
  auto operands = llvm::map_to_vector(
      op->getOpOperands(), [&](OpOperand &use) { return get(use, depth + 1); });
  return evaluate(op, operands);
}

/// The largest sum of magnitudes of a row's products.
ValueInterval ValueBounds::getLinear(Operation *op, unsigned depth) {
  Linear linear = *matchLinear(op);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> weight =
      constants.read(op->getOpOperand(1), storage);
  auto type = cast<ShapedType>(linear.weight.getType());
  if (failed(weight) || type.getNumElements() == 0)
    return {};
  int64_t columns = type.getDimSize(1);
  std::optional<SmallVector<float>> inputs;
  if (auto observe = linear.input.getDefiningOp<ObserveOp>())
    inputs = readFloats(observe.getAbsmaxAttr());
  if (!inputs)
    inputs.emplace(columns, get(op->getOpOperand(0), depth + 1).getMost());
  double most = 0;
  for (int64_t begin = 0, end = weight->size(); begin < end; begin += columns) {
    double sum = 0;
    for (auto [w, x] : llvm::zip_equal(weight->slice(begin, columns), *inputs))
      sum += multiply(std::fabs(w), x);
    most = std::max(most, sum);
  }
  return ValueInterval::symmetric(most);
}

/// What `op` adds to or compares with the accumulator that it yields; null if
/// it does anything else.
static Value getReducedTerm(linalg::LinalgOp op, unsigned number, bool &adds) {
  Value yielded = op.getBlock()->getTerminator()->getOperand(number);
  Operation *combiner = yielded.getDefiningOp();
  adds = isa_and_nonnull<arith::AddFOp>(combiner);
  if (!adds && !isa_and_nonnull<arith::MaximumFOp, arith::MaxNumFOp,
                                arith::MinimumFOp, arith::MinNumFOp>(combiner))
    return {};
  Value accumulator = op.getMatchingBlockArgument(op.getDpsInitOperand(number));
  Value lhs = combiner->getOperand(0), rhs = combiner->getOperand(1);
  if (lhs == accumulator && rhs != accumulator)
    return rhs;
  return rhs == accumulator && lhs != accumulator ? lhs : Value();
}

ValueInterval ValueBounds::getReduction(linalg::LinalgOp op, unsigned number,
                                        unsigned depth, bool isFinite) {
  bool adds;
  Value term = getReducedTerm(op, number, adds);
  if (!term)
    return {};
  ValueInterval init = get(*op.getDpsInitOperand(number), depth + 1);
  ValueInterval terms = getBody(op, depth, isFinite).lookup(term);
  if (!adds)
    return init.join(terms);
  double count = getTripCount(op);
  return {init.low + multiply(count, terms.low),
          init.high + multiply(count, terms.high)};
}

DenseMap<Value, ValueInterval>
ValueBounds::getBody(linalg::LinalgOp op, unsigned depth, bool isFinite) {
  DenseMap<Value, ValueInterval> body;
  for (OpOperand *input : op.getDpsInputOperands())
    body[op.getMatchingBlockArgument(input)] = get(*input, depth + 1);
  auto lookup = [&](OpOperand &use) {
    auto it = body.find(use.get());
    bool isOutside = it == body.end() &&
                     use.get().getParentBlock() != op.getBlock() &&
                     !isa<ShapedType>(use.get().getType());
    FloatAttr number;
    if (isOutside || matchPattern(use.get(), m_Constant(&number)))
      return get(use, depth + 1);
    return it == body.end() ? ValueInterval() : it->second;
  };
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (inner.getNumResults() != 1 || inner.getNumRegions() != 0)
      continue;
    ValueInterval interval =
        evaluate(&inner, llvm::map_to_vector(inner.getOpOperands(), lookup));
    Type type = inner.getResult(0).getType();
    body[inner.getResult(0)] = isFinite ? fitTo(interval, type) : interval;
  }
  for (OpOperand &yielded : op.getBlock()->getTerminator()->getOpOperands())
    body.try_emplace(yielded.get(), lookup(yielded));
  return body;
}
