//===- ScaledRanges.cpp - do scaled values fit their types? ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A value that a plan divides is bounded twice: forwards, by what computes it
// once it is divided, and backwards, by what its planned uses make of it for
// the linears, whose inputs are the same either way. Backwards goes as well by
// how much at most an error of the value grows until it reaches the linears.
//
//===----------------------------------------------------------------------===//

#include "ScaledRanges.h"
#include "ValueBounds.h"

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Interfaces/Homogeneity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {
/// What the uses of a value tell of it once it is divided.
struct Demand {
  double bound = 0;
  /// The largest derivative of what the linears read by it.
  double gain = 0;
};

/// The scale of a value: what divides its elements.
struct ScaleRange {
  double least, most;

  /// The largest factor of a value of degree `d`.
  double getGrowth(int64_t d) const {
    return std::pow(d < 0 ? most : 1 / least, std::abs(d));
  }
  double getShrinkage(int64_t d) const {
    return std::pow(d < 0 ? 1 / least : most, std::abs(d));
  }
};

class RangeCheck {
public:
  RangeCheck(const MigrationPlan &plan, ArrayRef<float> scales,
             const ConstantScaler &constants);

  std::string run(SmoothOp smooth);

private:
  ScaleRange getScale(const ScaleLayout &layout) const;
  bool isScaled(OpOperand &use) const {
    return scaledValues.contains(use.get()) || scaledUses.contains(&use);
  }
  /// Sets the bounds of what the plan divides to those after the move.
  void moveScales();
  /// Checks a value of degree `degree` that `op` computes, which holds
  /// `interval` after the move; notes the first obstacle.
  void check(Operation *op, Value value, int64_t degree, ScaleRange scale,
             ValueInterval interval, Demand demand);
  void addDemand(OpOperand &use, Demand demand);
  void visit(const ScaledResult &result);
  void visitStructured(linalg::LinalgOp op, unsigned number, ScaleRange scale,
                       Demand demand);

  const MigrationPlan &plan;
  ArrayRef<float> scales;
  ValueBounds bounds;
  DenseSet<Value> scaledValues;
  DenseSet<OpOperand *> scaledUses;
  DenseMap<Value, Demand> demands;
  /// The largest magnitude that the linears read; infinity if not known.
  double inputBound = infinity;
  std::string obstacle;
};
} // namespace

/// The constants once they are divided, but for those that are repeated.
static ConstantScaler divide(ConstantScaler constants,
                             const MigrationPlan &plan,
                             ArrayRef<float> scales) {
  for (const ScaleDemand &use : plan.constants)
    constants.divide(*use.operand, use.layout, scales);
  return constants;
}

RangeCheck::RangeCheck(const MigrationPlan &plan, ArrayRef<float> scales,
                       const ConstantScaler &constants)
    : plan(plan), scales(scales), bounds(divide(constants, plan, scales)) {
  for (const ScaledResult &result : plan.passed)
    scaledValues.insert(result.op->getResult(result.number));
  for (ArrayRef<ScaleDemand> uses : {ArrayRef<ScaleDemand>(plan.constants),
                                     ArrayRef<ScaleDemand>(plan.widened)})
    for (const ScaleDemand &use : uses)
      scaledUses.insert(use.operand);
}

ScaleRange RangeCheck::getScale(const ScaleLayout &layout) const {
  ScaleRange range{1, 1};
  for (ScaleChannel channel : layout.getChannels()) {
    if (channel < 0)
      continue;
    range.least = std::min<double>(range.least, scales[channel]);
    range.most = std::max<double>(range.most, scales[channel]);
  }
  return range;
}

/// `interval` divided by any of the scales.
static ValueInterval grow(ValueInterval interval, ScaleRange scale) {
  double growth = scale.getGrowth(1);
  return {std::min(interval.low, interval.low * growth),
          std::max(interval.high, interval.high * growth)};
}

void RangeCheck::moveScales() {
  for (const ScaleDemand &use : plan.widened)
    bounds.set(*use.operand,
               grow(bounds.get(*use.operand), getScale(use.layout)));
  // Producers first.
  for (const ScaledResult &result : llvm::reverse(plan.passed)) {
    Value value = result.op->getResult(result.number);
    ValueInterval interval = bounds.compute(value);
    if (isa<ObserveOp, SmoothOp, FuseScaleOp>(result.op))
      interval = grow(interval, getScale(result.layout));
    bounds.set(value, interval);
  }
}

void RangeCheck::check(Operation *op, Value value, int64_t degree,
                       ScaleRange scale, ValueInterval interval,
                       Demand demand) {
  double largest = getLargestOfNarrow(value.getType());
  if (!obstacle.empty() || largest == infinity || degree == 0)
    return;
  double growth = scale.getGrowth(degree);
  double bound = std::min(demand.bound, interval.getMost());
  if (growth > 1 && !(bound <= largest)) {
    obstacle = llvm::formatv(
        "values of {0} may overflow in {1}, for they grow up to {2:f1} times "
        "and only {3:e2} bounds them then; attach statistics, or compute in a "
        "wider type",
        op->getName(), getElementTypeOrSelf(value.getType()), growth, bound);
    return;
  }
  // An error of half the least subnormal number is as large, where it arrives,
  // as what rounding costs the largest input of the linears, or any.
  double least = getLeastOfNarrow(value.getType());
  double harmless =
      inputBound == infinity ? 1.0 : std::max(1.0, inputBound / least);
  if (scale.getShrinkage(degree) > 1 && !(demand.gain <= harmless))
    obstacle = llvm::formatv(
        "values of {0} may vanish in {1}, for they shrink up to {2:f1} times "
        "and errors grow up to {3:e2} times on the way to the linears; attach "
        "statistics, or compute in a wider type",
        op->getName(), getElementTypeOrSelf(value.getType()),
        scale.getShrinkage(degree), demand.gain);
}

void RangeCheck::addDemand(OpOperand &use, Demand demand) {
  if (!isScaled(use))
    return;
  // Each use has elements of its own.
  Demand &known = demands[use.get()];
  known.bound = std::max(known.bound, demand.bound);
  known.gain += demand.gain;
}

/// 0 times what is not bounded, but finite, is 0.
static double multiply(double a, double b) {
  return a == 0 || b == 0 ? 0.0 : a * b;
}

static double divide(double a, double b) { return b == 0 ? infinity : a / b; }

/// What the result of `op`, of demand `result`, asks of operand `i`. The
/// operands hold `x` after the move; `fixed` tells which no scale changes.
static Demand getOperandDemand(Operation *op, unsigned i, Demand result,
                               ArrayRef<ValueInterval> x,
                               ArrayRef<bool> fixed) {
  unsigned other = 1 - std::min(i, 1u);
  return llvm::TypeSwitch<Operation *, Demand>(op)
      .Case<arith::AddFOp, arith::SubFOp>([&](auto) {
        return Demand{result.bound + x[other].getMost(), result.gain};
      })
      .Case([&](arith::MulFOp) {
        double least = fixed[other] ? x[other].getLeast() : 0.0;
        return Demand{divide(result.bound, least),
                      multiply(result.gain, x[other].getMost())};
      })
      .Case([&](arith::DivFOp) {
        if (i == 1 || !fixed[1])
          return Demand{infinity, infinity};
        return Demand{multiply(result.bound, x[1].getMost()),
                      divide(result.gain, x[1].getLeast())};
      })
      .Case<arith::NegFOp, math::AbsFOp, arith::ExtFOp, arith::TruncFOp>(
          [&](auto) { return result; })
      .Case<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp,
            arith::MinNumFOp, arith::SelectOp>(
          [&](auto) { return Demand{infinity, result.gain}; })
      .Default([](Operation *) { return Demand{infinity, infinity}; });
}

void RangeCheck::visitStructured(linalg::LinalgOp op, unsigned number,
                                 ScaleRange scale, Demand demand) {
  Block &block = *op.getBlock();
  SmallVector<Degree> arguments;
  for (OpOperand &operand : op->getOpOperands())
    arguments.push_back(
        op.isDpsInit(&operand)
            ? Degree::of(operand.getOperandNumber() ==
                         op.getDpsInitOperand(number)->getOperandNumber())
        : isScaled(operand) ? Degree::of(1)
                            : getUnscaledDegree(operand.get()));
  DenseMap<Value, Degree> degrees =
      analyzeHomogeneity(block, arguments).degrees;
  DenseMap<Value, ValueInterval> intervals = bounds.getBody(op);
  // Partial sums are taken to be as small as the sum, but for a linear, whose
  // bound holds for each of its terms.
  ValueInterval partialSums =
      ValueInterval::symmetric(matchLinear(op) ? 0.0 : demand.bound);
  BlockArgument accumulator =
      op.getMatchingBlockArgument(op.getDpsInitOperand(number));
  DenseMap<Value, Demand> inner;
  inner[block.getTerminator()->getOperand(number)] = demand;

  auto getDegree = [&](Value value) {
    auto it = degrees.find(value);
    return it == degrees.end() ? getUnscaledDegree(value) : it->second;
  };
  auto getInterval = [&](OpOperand &use) {
    if (use.get() == accumulator)
      return partialSums;
    auto it = intervals.find(use.get());
    return it == intervals.end() ? bounds.get(use) : it->second;
  };
  for (Operation &bodyOp : llvm::reverse(block.without_terminator())) {
    if (bodyOp.getNumResults() != 1)
      continue;
    auto it = inner.find(bodyOp.getResult(0));
    std::optional<int64_t> power = getDegree(bodyOp.getResult(0)).getPower();
    if (it == inner.end() || !power || *power == 0)
      continue;
    Demand found = it->second;
    check(&bodyOp, bodyOp.getResult(0), *power, scale,
          intervals.lookup(bodyOp.getResult(0)), found);
    auto x = llvm::map_to_vector(bodyOp.getOpOperands(), getInterval);
    auto fixed = llvm::map_to_vector(bodyOp.getOperands(), [&](Value value) {
      return getDegree(value).is(0);
    });
    for (auto [i, operand] : llvm::enumerate(bodyOp.getOperands())) {
      Demand asked = getOperandDemand(&bodyOp, i, found, x, fixed);
      auto [known, isNew] = inner.try_emplace(operand, asked);
      if (isNew)
        continue;
      known->second.bound = std::min(known->second.bound, asked.bound);
      known->second.gain += asked.gain;
    }
  }
  double count = getTripCount(op);
  for (OpOperand *input : op.getDpsInputOperands())
    if (auto it = inner.find(op.getMatchingBlockArgument(input));
        it != inner.end())
      addDemand(*input, {it->second.bound, multiply(it->second.gain, count)});
  addDemand(*op.getDpsInitOperand(number), demand);
}

void RangeCheck::visit(const ScaledResult &result) {
  Operation *op = result.op;
  Value value = op->getResult(result.number);
  ScaleRange scale = getScale(result.layout);
  Demand demand = demands.lookup(value);
  ValueInterval interval = bounds.get(value);
  // A linear's terms may cancel, so that its sum says nothing of them. The sum
  // of their magnitudes does.
  if (matchLinear(op))
    demand.bound = infinity;
  check(op, value, /*degree=*/1, scale, interval, demand);
  demand.bound = std::min(demand.bound, interval.getMost());
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return visitStructured(structured, result.number, scale, demand);
  bool moves = isa_and_nonnull<tensor::TensorDialect>(op->getDialect()) ||
               isa<ObserveOp>(op);
  if (moves || isa<SmoothOp, FuseScaleOp>(op)) {
    for (OpOperand &operand : op->getOpOperands())
      addDemand(operand, moves ? demand : Demand{infinity, infinity});
    return;
  }
  // An elementwise op on tensors.
  auto x = llvm::map_to_vector(op->getOpOperands(),
                               [&](OpOperand &use) { return bounds.get(use); });
  auto fixed = llvm::map_to_vector(
      op->getOpOperands(), [&](OpOperand &use) { return !isScaled(use); });
  for (auto [i, operand] : llvm::enumerate(op->getOpOperands()))
    addDemand(operand, getOperandDemand(op, i, demand, x, fixed));
}

/// True if `op` computes in a type whose range is narrower than f32's.
static bool isNarrow(Operation *op) {
  auto isNarrowType = [](Type type) {
    return getLargestOfNarrow(type) != infinity;
  };
  return op
      ->walk([&](Operation *inner) {
        return llvm::any_of(inner->getResultTypes(), isNarrowType)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

std::string RangeCheck::run(SmoothOp smooth) {
  for (Operation *user : smooth->getUsers())
    if (isa<ObserveOp>(user))
      inputBound =
          std::min(inputBound, bounds.get(user->getResult(0)).getMost());
  // The linears read these values either way.
  Value root = smooth.getInput();
  double largest = getLargestOfNarrow(root.getType());
  demands[root] = {std::min(inputBound, largest), 1.0};
  moveScales();
  for (const ScaledResult &result : plan.passed)
    visit(result);
  return obstacle;
}

std::string
mlir::quantmlir::findRangeObstacle(SmoothOp smooth, const MigrationPlan &plan,
                                   ArrayRef<float> scales,
                                   const ConstantScaler &constants) {
  // Most programs are wide, and a check copies the factors of all constants.
  if (llvm::none_of(plan.passed, [](const ScaledResult &result) {
        return isNarrow(result.op);
      }))
    return "";
  return RangeCheck(plan, scales, constants).run(smooth);
}
