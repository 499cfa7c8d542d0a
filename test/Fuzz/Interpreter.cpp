//===- Interpreter.cpp - plain evaluation of tensor programs --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "ScalarOps.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fuzz;

using Index = SmallVector<int64_t>;

/// Calls `visit` for every index of `shape`, the last dimension fastest.
static void forEachIndex(ArrayRef<int64_t> shape,
                         function_ref<void(ArrayRef<int64_t>)> visit) {
  Index index(shape.size(), 0);
  for (int64_t count = ShapedType::getNumElements(shape); count > 0; --count) {
    visit(index);
    for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

static int64_t getPosition(ArrayRef<int64_t> shape, ArrayRef<int64_t> index) {
  int64_t position = 0;
  for (auto [size, at] : llvm::zip_equal(shape, index)) {
    assert(at >= 0 && at < size && "index out of bounds");
    position = position * size + at;
  }
  return position;
}

/// An affine expression of loops, without symbols.
static int64_t evaluateAffine(AffineExpr expr, ArrayRef<int64_t> loops) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return loops[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t a = evaluateAffine(binary.getLHS(), loops);
  int64_t b = evaluateAffine(binary.getRHS(), loops);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return a + b;
  case AffineExprKind::Mul:
    return a * b;
  case AffineExprKind::FloorDiv:
    return llvm::divideFloorSigned(a, b);
  case AffineExprKind::CeilDiv:
    return llvm::divideCeilSigned(a, b);
  default:
    return llvm::mod(a, b);
  }
}

//===----------------------------------------------------------------------===//
// The interpreter
//===----------------------------------------------------------------------===//

namespace {
class Interpreter {
public:
  Interpreter(const EvaluationOptions &options)
      : options(options), random(options.seed) {}

  llvm::Error run(func::FuncOp function, ArrayRef<TensorValue> arguments);

  Evaluation evaluation;

private:
  llvm::Error visit(Operation *op);
  llvm::Error visitConstant(arith::ConstantOp op);
  llvm::Error visitStructured(linalg::LinalgOp op);
  void visitScaling(Operation *op, Value input, Value scale,
                    ArrayRef<int64_t> axes, bool divides);
  void visitExtractSlice(tensor::ExtractSliceOp op);
  void visitInsertSlice(tensor::InsertSliceOp op);
  void visitConcat(tensor::ConcatOp op);
  llvm::Error visitElementwise(Operation *op);
  llvm::Error visitPad(tensor::PadOp op);

  const TensorValue &get(Value value) const {
    auto it = values.find(value);
    assert(it != values.end() && "use before definition");
    return *it->second;
  }
  TensorValue &define(Value value, ArrayRef<int64_t> shape);
  void note(const TensorValue &value, Type type);
  void noteObserved(ObserveOp op);

  const EvaluationOptions &options;
  std::mt19937 random;
  DenseMap<Value, std::unique_ptr<TensorValue>> values;
};

/// The body of a structured op as a list of steps over numbered slots.
class Body {
public:
  static llvm::Expected<Body>
  create(Block &block, bool keepPrecision,
         function_ref<const TensorValue &(Value)> getOutsideValue);

  /// Runs the body for the loop index `loops`, with the block's arguments in
  /// the first slots; yields into `yielded`.
  void run(ArrayRef<int64_t> loops, MutableArrayRef<double> yielded);

  std::vector<double> slots;

private:
  struct Step {
    SmallVector<unsigned> operands;
    unsigned result;
    ScalarFunction function;
    /// For linalg.index.
    std::optional<int64_t> loop;
  };
  std::vector<Step> steps;
  SmallVector<unsigned> yields;
};
} // namespace

llvm::Expected<Body>
Body::create(Block &block, bool keepPrecision,
             function_ref<const TensorValue &(Value)> getOutsideValue) {
  Body body;
  DenseMap<Value, unsigned> numbers;
  auto number = [&](Value value) {
    auto [it, isNew] = numbers.try_emplace(value, body.slots.size());
    if (!isNew)
      return it->second;
    body.slots.push_back(0);
    if (value.getParentBlock() != &block && !isa<ShapedType>(value.getType()))
      body.slots.back() = getOutsideValue(value).elements[0];
    return it->second;
  };
  for (Value argument : block.getArguments())
    number(argument);
  for (Operation &op : block.without_terminator()) {
    Step step;
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      unsigned slot = number(constant);
      if (auto literal = dyn_cast<FloatAttr>(constant.getValue()))
        body.slots[slot] = literal.getValueAsDouble();
      else
        body.slots[slot] = cast<IntegerAttr>(constant.getValue()).getInt();
      continue;
    }
    if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
      const TensorValue &source = getOutsideValue(extract.getTensor());
      for (Value index : extract.getIndices())
        step.operands.push_back(number(index));
      step.function = [&source](ArrayRef<double> index) {
        Index at(index.begin(), index.end());
        return source.elements[getPosition(source.shape, at)];
      };
    } else if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      step.loop = index.getDim();
    } else {
      for (Value operand : op.getOperands())
        step.operands.push_back(number(operand));
      step.function = getScalarFunction(&op, keepPrecision);
      if (!step.function)
        return llvm::createStringError("the interpreter does not know " +
                                       op.getName().getStringRef());
    }
    step.result = number(op.getResult(0));
    body.steps.push_back(std::move(step));
  }
  for (Value value : block.getTerminator()->getOperands())
    body.yields.push_back(number(value));
  return body;
}

void Body::run(ArrayRef<int64_t> loops, MutableArrayRef<double> yielded) {
  SmallVector<double, 4> operands;
  for (const Step &step : steps) {
    if (step.loop) {
      slots[step.result] = loops[*step.loop];
      continue;
    }
    operands.clear();
    for (unsigned slot : step.operands)
      operands.push_back(slots[slot]);
    slots[step.result] = step.function(operands);
  }
  for (auto [result, slot] : llvm::zip_equal(yielded, yields))
    result = slots[slot];
}

TensorValue &Interpreter::define(Value value, ArrayRef<int64_t> shape) {
  auto result = std::make_unique<TensorValue>();
  result->shape.assign(shape.begin(), shape.end());
  // What is never written shows as NaN.
  result->elements.assign(ShapedType::getNumElements(shape), std::nan(""));
  return *(values[value] = std::move(result));
}

void Interpreter::note(const TensorValue &value, Type type) {
  if (!isa<FloatType>(getElementTypeOrSelf(type)))
    return;
  for (double element : value.elements) {
    double magnitude = std::fabs(element);
    evaluation.overflows |= !std::isfinite(element);
    if (!(magnitude > 0) || std::isinf(magnitude))
      continue;
    evaluation.smallest = std::min(evaluation.smallest, magnitude);
    evaluation.largest = std::max(evaluation.largest, magnitude);
  }
}

void Interpreter::noteObserved(ObserveOp op) {
  const TensorValue &value = get(op.getResult());
  std::vector<float> &maxima = evaluation.observed[op];
  maxima.resize(value.shape.back());
  for (auto [i, element] : llvm::enumerate(value.elements)) {
    float &largest = maxima[i % maxima.size()];
    largest = std::max(largest, static_cast<float>(std::fabs(element)));
  }
}

llvm::Error Interpreter::visitConstant(arith::ConstantOp op) {
  Attribute attr = op.getValue();
  if (auto number = dyn_cast<FloatAttr>(attr)) {
    define(op, {}).elements[0] = number.getValueAsDouble();
    return llvm::Error::success();
  }
  if (auto number = dyn_cast<IntegerAttr>(attr)) {
    define(op, {}).elements[0] = number.getInt();
    return llvm::Error::success();
  }
  std::optional<ConstantTensor> constant = ConstantTensor::get(op.getResult());
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> floats = failure();
  if (constant)
    floats = constant->getFloats(storage);
  if (failed(floats))
    return llvm::createStringError("the interpreter reads float constants");
  TensorValue &value = define(op, constant->getType().getShape());
  llvm::copy(*floats, value.elements.begin());
  if (options.perturbation > 0)
    for (double &element : value.elements)
      element *= 1 + options.perturbation * (random() / 2147483648.0 - 1);
  return llvm::Error::success();
}

llvm::Error Interpreter::visitStructured(linalg::LinalgOp op) {
  auto getOutside = [&](Value value) -> const TensorValue & {
    return get(value);
  };
  llvm::Expected<Body> body =
      Body::create(*op.getBlock(), options.keepPrecision, getOutside);
  if (!body)
    return body.takeError();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<const TensorValue *> operands;
  SmallVector<TensorValue *> results;
  for (Value input : op.getDpsInputs())
    operands.push_back(&get(input));
  for (auto [init, result] :
       llvm::zip_equal(op.getDpsInits(), op->getResults())) {
    const TensorValue &before = get(init);
    TensorValue &value = define(result, before.shape);
    value.elements = before.elements;
    operands.push_back(&value);
    results.push_back(&value);
  }
  SmallVector<double> yielded(results.size());
  SmallVector<int64_t> positions(operands.size());
  forEachIndex(op.getStaticLoopRanges(), [&](ArrayRef<int64_t> loops) {
    for (auto [i, operand] : llvm::enumerate(operands)) {
      Index index;
      for (AffineExpr expr : maps[i].getResults())
        index.push_back(evaluateAffine(expr, loops));
      positions[i] = getPosition(operand->shape, index);
      body->slots[i] = operand->elements[positions[i]];
    }
    body->run(loops, yielded);
    for (auto [i, result] : llvm::enumerate(results))
      result->elements[positions[op.getNumDpsInputs() + i]] = yielded[i];
  });
  return llvm::Error::success();
}

void Interpreter::visitScaling(Operation *op, Value input, Value scale,
                               ArrayRef<int64_t> axes, bool divides) {
  const TensorValue &from = get(input), &factors = get(scale);
  TensorValue &to = define(op->getResult(0), from.shape);
  forEachIndex(from.shape, [&](ArrayRef<int64_t> index) {
    Index at;
    for (int64_t axis : axes)
      at.push_back(index[axis]);
    double factor = factors.elements[getPosition(factors.shape, at)];
    int64_t position = getPosition(from.shape, index);
    double value = from.elements[position];
    auto scaled = static_cast<float>(divides ? value / factor : value * factor);
    Type type = getElementTypeOrSelf(op->getResult(0));
    to.elements[position] =
        options.keepPrecision ? scaled : roundTo(scaled, type);
  });
}

/// The index of the whole that index `at` of a slice stands for.
template <typename OpTy>
static Index getSourceIndex(OpTy op, ArrayRef<int64_t> at) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  Index index;
  unsigned next = 0;
  for (auto [d, offset] : llvm::enumerate(op.getStaticOffsets()))
    index.push_back(offset +
                    (dropped[d] ? 0 : at[next++]) * op.getStaticStrides()[d]);
  return index;
}

void Interpreter::visitExtractSlice(tensor::ExtractSliceOp op) {
  const TensorValue &from = get(op.getSource());
  TensorValue &to = define(op, op.getType().getShape());
  forEachIndex(to.shape, [&](ArrayRef<int64_t> index) {
    to.elements[getPosition(to.shape, index)] =
        from.elements[getPosition(from.shape, getSourceIndex(op, index))];
  });
}

void Interpreter::visitInsertSlice(tensor::InsertSliceOp op) {
  const TensorValue &from = get(op.getSource());
  const TensorValue &whole = get(op.getDest());
  TensorValue &to = define(op, whole.shape);
  to.elements = whole.elements;
  forEachIndex(from.shape, [&](ArrayRef<int64_t> index) {
    to.elements[getPosition(to.shape, getSourceIndex(op, index))] =
        from.elements[getPosition(from.shape, index)];
  });
}

void Interpreter::visitConcat(tensor::ConcatOp op) {
  TensorValue &to = define(op, op.getResultType().getShape());
  int64_t offset = 0, dim = op.getDim();
  for (Value input : op.getInputs()) {
    const TensorValue &from = get(input);
    forEachIndex(from.shape, [&](ArrayRef<int64_t> index) {
      Index at(index);
      at[dim] += offset;
      to.elements[getPosition(to.shape, at)] =
          from.elements[getPosition(from.shape, index)];
    });
    offset += from.shape[dim];
  }
}

/// A scalar op on tensors of one shape.
llvm::Error Interpreter::visitElementwise(Operation *op) {
  ScalarFunction function = getScalarFunction(op, options.keepPrecision);
  if (!function || op->getNumResults() != 1)
    return llvm::createStringError("the interpreter does not know " +
                                   op->getName().getStringRef());
  TensorValue &to = define(op->getResult(0), get(op->getOperand(0)).shape);
  for (auto [i, element] : llvm::enumerate(to.elements)) {
    SmallVector<double> operands;
    for (Value operand : op->getOperands())
      operands.push_back(get(operand).elements[i]);
    element = function(operands);
  }
  return llvm::Error::success();
}

llvm::Error Interpreter::visitPad(tensor::PadOp op) {
  Value padding = op.getConstantPaddingValue();
  if (!padding)
    return llvm::createStringError("the interpreter pads with constants");
  const TensorValue &from = get(op.getSource());
  double filler;
  if (padding.getParentRegion() == &op.getRegion())
    filler =
        cast<FloatAttr>(padding.getDefiningOp<arith::ConstantOp>().getValue())
            .getValueAsDouble();
  else
    filler = get(padding).elements[0];
  TensorValue &to = define(op, op.getResultType().getShape());
  forEachIndex(to.shape, [&](ArrayRef<int64_t> index) {
    Index at(index);
    bool inside = true;
    for (auto [d, low] : llvm::enumerate(op.getStaticLow())) {
      at[d] -= low;
      inside &= at[d] >= 0 && at[d] < from.shape[d];
    }
    to.elements[getPosition(to.shape, index)] =
        inside ? from.elements[getPosition(from.shape, at)] : filler;
  });
  return llvm::Error::success();
}

llvm::Error Interpreter::visit(Operation *op) {
  auto reshape = [&](Value source) {
    Value result = op->getResult(0);
    define(result, get(source).shape).elements = get(source).elements;
    values[result]->shape.assign(
        cast<RankedTensorType>(result.getType()).getShape());
  };
  return llvm::TypeSwitch<Operation *, llvm::Error>(op)
      .Case([&](arith::ConstantOp op) { return visitConstant(op); })
      .Case([&](linalg::LinalgOp op) { return visitStructured(op); })
      .Case([&](tensor::PadOp op) { return visitPad(op); })
      .Case([&](tensor::EmptyOp op) {
        define(op, op.getType().getShape());
        return llvm::Error::success();
      })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>([&](auto op) {
        reshape(op.getSrc());
        return llvm::Error::success();
      })
      .Case([&](ObserveOp op) {
        reshape(op.getInput());
        noteObserved(op);
        return llvm::Error::success();
      })
      .Case([&](SmoothOp op) {
        visitScaling(op, op.getInput(), op.getScale(), op.getAxes(), true);
        return llvm::Error::success();
      })
      .Case([&](FuseScaleOp op) {
        visitScaling(op, op.getInput(), op.getScale(), op.getAxes(), false);
        return llvm::Error::success();
      })
      .Case([&](tensor::ExtractSliceOp op) {
        visitExtractSlice(op);
        return llvm::Error::success();
      })
      .Case([&](tensor::InsertSliceOp op) {
        visitInsertSlice(op);
        return llvm::Error::success();
      })
      .Case([&](tensor::ConcatOp op) {
        visitConcat(op);
        return llvm::Error::success();
      })
      .Default([&](Operation *op) { return visitElementwise(op); });
}

llvm::Error Interpreter::run(func::FuncOp function,
                             ArrayRef<TensorValue> arguments) {
  Block &block = function.getBody().front();
  for (auto [argument, value] :
       llvm::zip_equal(block.getArguments(), arguments))
    define(argument, value.shape).elements = value.elements;
  for (Operation &op : block.without_terminator()) {
    if (llvm::Error error = visit(&op))
      return error;
    bool writes = !isa<tensor::EmptyOp, linalg::FillOp, arith::ConstantOp>(op);
    for (Value result : op.getResults())
      if (writes)
        note(get(result), result.getType());
  }
  for (Value result : block.getTerminator()->getOperands())
    evaluation.results.push_back(get(result));
  return llvm::Error::success();
}

llvm::Expected<Evaluation> fuzz::evaluate(func::FuncOp function,
                                          ArrayRef<TensorValue> arguments,
                                          const EvaluationOptions &options) {
  Interpreter interpreter(options);
  if (llvm::Error error = interpreter.run(function, arguments))
    return std::move(error);
  return std::move(interpreter.evaluation);
}
