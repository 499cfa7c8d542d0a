//===- ScaleMigration.cpp - planning how a scale migrates to constants ----===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The plan is a search backwards through the dataflow. Values are visited after
// all their users that the plan includes, so that one visit sees everything
// that is asked of a value. An op with several ways to pass the scale on
// (either factor of a product) branches the search.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Interfaces/ScaleMigration.h"
#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Interfaces/Homogeneity.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;

#include "quant-mlir/Interfaces/ScaleMigrationOpInterface.cpp.inc"

namespace {
/// A partial plan.
struct SearchState {
  MigrationPlan plan;
  /// Values that must be divided, whose producers are not visited yet.
  SmallVector<std::pair<Value, ScaleLayout>> pending;
  DenseSet<OpOperand *> plannedUses;
  DenseSet<Value> visited;
};

class Search {
public:
  Search(OpOperand &root, int64_t numChannels,
         std::optional<ChosenScale> chosen)
      : block(root.getOwner()->getBlock()), numChannels(numChannels),
        chosen(chosen) {}

  MigrationPlan run(OpOperand &root, const ScaleLayout &layout);

private:
  void extend(SearchState state);
  /// Extends copies of `state` by each route, until a plan needs no better.
  void branch(const SearchState &state, ArrayRef<ScaleRoute> routes);
  /// Adds a demand; false if it cannot be met.
  bool addDemand(SearchState &state, const ScaleDemand &demand);
  /// Adds a constant that takes the scale; false if it cannot.
  bool addConstant(SearchState &state, const ScaleDemand &demand, bool widened);
  bool addRoute(SearchState &state, const ScaleRoute &route);
  /// Ties channels; false if too little is left of the scale, or if its values
  /// differ where they are tied, which `reason` then tells.
  bool tie(SearchState &state, ArrayRef<ScaleTie> ties, std::string &reason);
  bool isComplete(const MigrationPlan &plan) const;
  /// True if the op of a value computed from constants passes a scale on to
  /// constants without ties. Then they are divided and the op stays, instead of
  /// making a larger constant of its result.
  bool passesFreely(Value value, const ScaleLayout &layout);
  /// Adds to `layout` what the uses of `value` that the plan does not include
  /// ask for; false if they stop the scale.
  bool addOtherUses(SearchState &state, Value value, ScaleLayout &layout);
  void stop(const SearchState &state, Operation *op, std::string reason,
            std::string suggestion = {});

  Block *block;
  int64_t numChannels;
  std::optional<ChosenScale> chosen;
  MigrationPlan best;
  size_t blockerDepth = 0;
  unsigned visits = 0;
  /// What was found of values and layouts before: ops may be reached by many
  /// ways.
  DenseMap<Value, SmallVector<std::pair<ScaleLayout, bool>, 1>> freePassages;
};
} // namespace

/// Bounds the search: a model's longest way to constants takes some tens of
/// visits, and each product on the way may double them.
static constexpr unsigned maxVisits = 4096;

/// What would let a scale fold that nothing takes.
static constexpr StringLiteral needsFactor =
    "a multiplication by a parameter between it and the linears would take the "
    "scale";

static std::string describe(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op->getName();
  if (auto file = dyn_cast<FileLineColLoc>(op->getLoc()))
    os << " (line " << file.getLine() << ")";
  return text;
}

static SmallVector<ScaleRoute, 2>
getRoutes(Value value, const ScaleLayout &layout, std::string &reason) {
  SmallVector<ScaleRoute, 2> routes;
  if (auto op = value.getDefiningOp<ScaleMigrationOpInterface>())
    op.getScaleRoutes(cast<OpResult>(value).getResultNumber(), layout, routes,
                      reason);
  return routes;
}

bool Search::passesFreely(Value value, const ScaleLayout &layout) {
  if (!isConstantExpression(value) || !value.hasOneUse())
    return false;
  for (const auto &[known, passes] : freePassages[value])
    if (known == layout)
      return passes;
  auto takes = [&](const ScaleDemand &demand) {
    Value operand = demand.operand->get();
    return (isWeight(operand) && isa<RankedTensorType>(operand.getType())) ||
           isScaleInvariant(operand) || passesFreely(operand, demand.layout);
  };
  std::string reason;
  bool passes = llvm::any_of(
      getRoutes(value, layout, reason), [&](const ScaleRoute &route) {
        return route.ties.empty() && route.widened.empty() &&
               llvm::all_of(route.demands, takes);
      });
  freePassages[value].emplace_back(layout, passes);
  return passes;
}

void Search::stop(const SearchState &state, Operation *op, std::string reason,
                  std::string suggestion) {
  size_t depth = state.plan.passed.size() + 1;
  if (best.folds || depth <= blockerDepth)
    return;
  blockerDepth = depth;
  best.blocker = {op, std::move(reason), std::move(suggestion)};
}

bool Search::tie(SearchState &state, ArrayRef<ScaleTie> ties,
                 std::string &reason) {
  state.plan.classes.tie(ties);
  if (!chosen)
    return state.plan.classes.getNumFree() >= std::min<int64_t>(numChannels, 2);
  auto getValue = [&](ScaleChannel channel) {
    return channel == oneChannel ? 1.0f : chosen->values[channel];
  };
  for (auto [a, b] : ties) {
    if (a == anyChannel || b == anyChannel || getValue(a) == getValue(b))
      continue;
    if (b == oneChannel)
      std::swap(a, b);
    reason += llvm::formatv(": channel {0} has {1:e}, expected {2:e}", b,
                            getValue(b), getValue(a));
    return false;
  }
  return true;
}

bool Search::addConstant(SearchState &state, const ScaleDemand &demand,
                         bool widened) {
  state.plannedUses.insert(demand.operand);
  std::string obstacle;
  if (chosen && !demand.layout.isTrivial())
    obstacle = chosen->findObstacle(demand, widened);
  if (!obstacle.empty()) {
    stop(state, demand.operand->getOwner(), std::move(obstacle));
    return false;
  }
  (widened ? state.plan.widened : state.plan.constants).push_back(demand);
  return true;
}

bool Search::addDemand(SearchState &state, const ScaleDemand &demand) {
  Value value = demand.operand->get();
  Operation *user = demand.operand->getOwner();
  state.plannedUses.insert(demand.operand);
  if (isScaleInvariant(value) || value.getDefiningOp<tensor::EmptyOp>())
    return true;
  bool isTensor = isa<RankedTensorType>(value.getType());
  bool passes =
      value.getParentBlock() == block && passesFreely(value, demand.layout);
  if ((isTensor && isWeight(value)) ||
      (isConstantExpression(value) && !passes)) {
    // What is computed from constants may pass the scale on to some of them.
    bool added = addConstant(state, demand, /*widened=*/false);
    if (added || isWeight(value))
      return added;
  }
  if (value.getParentBlock() != block || !value.getDefiningOp()) {
    stop(state, nullptr,
         isa<BlockArgument>(value) && value.getParentBlock() == block
             ? "the scale reaches an argument of the function"
             : "the scale reaches a value from outside the region of " +
                   describe(user),
         needsFactor.str());
    return false;
  }
  if (state.visited.contains(value)) {
    stop(state, value.getDefiningOp(),
         "a value that takes the scale depends on itself");
    return false;
  }
  auto *it = llvm::find_if(
      state.pending, [&](const auto &entry) { return entry.first == value; });
  if (it == state.pending.end()) {
    state.pending.emplace_back(value, demand.layout);
    return true;
  }
  ScaleTies ties;
  it->second = it->second.combine(demand.layout, ties);
  std::string reason = "users of one value ask for different scales";
  if (tie(state, ties, reason))
    return true;
  stop(state, user, std::move(reason));
  return false;
}

bool Search::addRoute(SearchState &state, const ScaleRoute &route) {
  std::string reason;
  if (!tie(state, route.ties, reason)) {
    Operation *op = route.demands.front().operand->getOwner();
    stop(state, op,
         describe(op) +
             (chosen ? " repeats an operand along a scaled dimension, and "
                       "channels that must share a scale differ"
                     : " repeats an operand along every scaled dimension, so "
                       "that all channels would need one scale") +
             reason);
    return false;
  }
  auto add = [&](const ScaleDemand &demand) {
    return addDemand(state, demand);
  };
  auto addWidened = [&](const ScaleDemand &demand) {
    return addConstant(state, demand, /*widened=*/true);
  };
  return llvm::all_of(route.widened, addWidened) &&
         llvm::all_of(route.demands, add);
}

bool Search::addOtherUses(SearchState &state, Value value,
                          ScaleLayout &layout) {
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (state.plannedUses.contains(&use) || isa<tensor::DimOp>(user) ||
        isOpTriviallyDead(user))
      continue;
    ScaleLayout read = ScaleLayout::getUniform(oneChannel);
    if (auto op = dyn_cast<ScaleMigrationOpInterface>(user))
      read = op.getReadElements(use);
    ScaleTies ties;
    layout = layout.combine(read, ties);
    std::string reason = "the scaled value also feeds " + describe(user) +
                         ", which does not take the scale";
    if (tie(state, ties, reason))
      continue;
    stop(state, user, std::move(reason),
         "only a scale for all users of the value could fold");
    return false;
  }
  return true;
}

bool Search::isComplete(const MigrationPlan &plan) const {
  return plan.folds && (chosen || plan.classes.isDiscrete());
}

void Search::branch(const SearchState &state, ArrayRef<ScaleRoute> routes) {
  // Ties that hold are better than larger constants.
  for (bool widens : {false, true})
    for (const ScaleRoute &route : routes) {
      if (route.widened.empty() == widens)
        continue;
      SearchState next = state;
      if (addRoute(next, route))
        extend(std::move(next));
      if (isComplete(best))
        return;
    }
}

void Search::extend(SearchState state) {
  while (!state.pending.empty()) {
    if (++visits > maxVisits)
      return stop(state, nullptr, "the search for constants was cut off");
    // The last value in program order: all its planned users were visited.
    auto *it = llvm::max_element(state.pending, [](const auto &a,
                                                   const auto &b) {
      return a.first.getDefiningOp()->isBeforeInBlock(b.first.getDefiningOp());
    });
    auto [value, layout] = *it;
    state.pending.erase(it);
    state.visited.insert(value);
    Operation *op = value.getDefiningOp();
    if (!addOtherUses(state, value, layout))
      return;
    layout = layout.canonicalize(state.plan.classes);
    if (layout.isTrivial())
      continue;

    std::string reason = "no rule moves a scale through it";
    SmallVector<ScaleRoute, 2> routes = getRoutes(value, layout, reason);
    unsigned number = cast<OpResult>(value).getResultNumber();
    if (routes.empty())
      return stop(state, op, "stopped at " + describe(op) + ": " + reason,
                  needsFactor.str());
    state.plan.passed.push_back({op, number, layout});
    if (routes.size() > 1)
      return branch(state, routes);
    if (!addRoute(state, routes.front()))
      return;
  }
  if (best.folds &&
      best.classes.getNumFree() >= state.plan.classes.getNumFree())
    return;
  if (chosen && chosen->findPlanObstacle) {
    std::string obstacle = chosen->findPlanObstacle(state.plan);
    if (!obstacle.empty())
      return stop(state, nullptr, std::move(obstacle));
  }
  best = std::move(state.plan);
  best.folds = true;
}

MigrationPlan Search::run(OpOperand &root, const ScaleLayout &layout) {
  SearchState state;
  state.plan.classes = ChannelClasses(numChannels);
  if (addDemand(state, {&root, layout}))
    extend(std::move(state));
  if (!best.folds)
    best.classes = ChannelClasses(numChannels);
  for (SmallVector<ScaleDemand> *demands : {&best.constants, &best.widened}) {
    for (ScaleDemand &demand : *demands)
      demand.layout = demand.layout.canonicalize(best.classes);
    llvm::erase_if(*demands, [](const ScaleDemand &demand) {
      return demand.layout.isTrivial();
    });
  }
  return best;
}

MigrationPlan
mlir::quantmlir::planMigration(OpOperand &use, const ScaleLayout &layout,
                               int64_t numChannels,
                               std::optional<ChosenScale> chosen) {
  return Search(use, numChannels, chosen).run(use, layout);
}
