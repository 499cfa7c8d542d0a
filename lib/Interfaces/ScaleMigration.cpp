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

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

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
  Search(OpOperand &root, int64_t numChannels)
      : block(root.getOwner()->getBlock()), numChannels(numChannels) {}

  MigrationPlan run(OpOperand &root, const ScaleLayout &layout);

private:
  void extend(SearchState state);
  /// Adds a demand; false if it cannot be met.
  bool addDemand(SearchState &state, const ScaleDemand &demand);
  bool addRoute(SearchState &state, const ScaleRoute &route);
  /// Ties channels; false if too little is left of the scale.
  bool tie(SearchState &state, ArrayRef<ScaleTie> ties);
  /// Adds to `layout` what the uses of `value` that the plan does not include
  /// ask for; false if they stop the scale.
  bool addOtherUses(SearchState &state, Value value, ScaleLayout &layout);
  void stop(const SearchState &state, Operation *op, std::string reason,
            std::string suggestion = {});

  Block *block;
  int64_t numChannels;
  MigrationPlan best;
  size_t blockerDepth = 0;
  unsigned visits = 0;
};
} // namespace

/// Bounds the search: a model's longest way to constants takes some tens of
/// visits, and each product on the way may double them.
static constexpr unsigned maxVisits = 4096;

static std::string describe(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op->getName();
  if (auto file = dyn_cast<FileLineColLoc>(op->getLoc()))
    os << " (line " << file.getLine() << ")";
  return text;
}

void Search::stop(const SearchState &state, Operation *op, std::string reason,
                  std::string suggestion) {
  size_t depth = state.plan.passed.size() + 1;
  if (best.folds || depth <= blockerDepth)
    return;
  blockerDepth = depth;
  best.blocker = {op, std::move(reason), std::move(suggestion)};
}

bool Search::tie(SearchState &state, ArrayRef<ScaleTie> ties) {
  state.plan.classes.tie(ties);
  int64_t least = numChannels > 1 ? 2 : 1;
  return state.plan.classes.getNumFree() >= least;
}

/// True for a constant, what is computed from constants, or a tensor filled
/// with one.
static bool isConstant(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return matchPattern(fill.getInputs()[0], m_Constant());
  return isWeight(value) || isConstantExpression(value);
}

bool Search::addDemand(SearchState &state, const ScaleDemand &demand) {
  Value value = demand.operand->get();
  state.plannedUses.insert(demand.operand);
  if (isScaleInvariant(value) || value.getDefiningOp<tensor::EmptyOp>())
    return true;
  if (isConstant(value)) {
    state.plan.constants.push_back(demand);
    return true;
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
  if (tie(state, ties))
    return true;
  stop(state, demand.operand->getOwner(),
       "users of one value ask for scales that have nothing in common");
  return false;
}

bool Search::addRoute(SearchState &state, const ScaleRoute &route) {
  if (!tie(state, route.ties)) {
    Operation *op = route.demands.front().operand->getOwner();
    stop(state, op,
         describe(op) + " repeats an operand along every scaled dimension, "
                        "so that all channels would need one scale");
    return false;
  }
  return llvm::all_of(route.demands, [&](const ScaleDemand &demand) {
    return addDemand(state, demand);
  });
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
    if (tie(state, ties))
      continue;
    stop(state, user,
         "the scaled value also feeds " + describe(user) +
             ", which does not take the scale",
         "only a scale for all users of the value could fold");
    return false;
  }
  return true;
}

void Search::extend(SearchState state) {
  while (!state.pending.empty()) {
    if (++visits > maxVisits)
      return stop(state, nullptr, "the search for constants was cut off");
    // The last value in program order: all its planned users were visited.
    auto *it =
        llvm::max_element(state.pending, [](const auto &a, const auto &b) {
          Operation *x = a.first.getDefiningOp(), *y = b.first.getDefiningOp();
          return !x || (y && x->isBeforeInBlock(y));
        });
    auto [value, layout] = *it;
    state.pending.erase(it);
    state.visited.insert(value);
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != block)
      return stop(state, nullptr,
                  "the scale reaches an argument of the function");
    if (!addOtherUses(state, value, layout))
      return;
    layout = layout.canonicalize(state.plan.classes);
    if (layout.isTrivial())
      continue;

    SmallVector<ScaleRoute> routes;
    std::string reason = "no rule moves a scale through it";
    unsigned number = cast<OpResult>(value).getResultNumber();
    if (auto migration = dyn_cast<ScaleMigrationOpInterface>(op))
      migration.getScaleRoutes(number, layout, routes, reason);
    if (routes.empty())
      return stop(state, op, "stopped at " + describe(op) + ": " + reason);
    state.plan.passed.push_back({op, number, layout});
    if (routes.size() > 1) {
      for (const ScaleRoute &route : routes) {
        SearchState branch = state;
        if (addRoute(branch, route))
          extend(std::move(branch));
        if (best.folds && best.classes.isDiscrete())
          return;
      }
      return;
    }
    if (!addRoute(state, routes.front()))
      return;
  }
  if (best.folds &&
      best.classes.getNumFree() >= state.plan.classes.getNumFree())
    return;
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
  for (ScaleDemand &demand : best.constants)
    demand.layout = demand.layout.canonicalize(best.classes);
  llvm::erase_if(best.constants, [](const ScaleDemand &demand) {
    return demand.layout.isTrivial();
  });
  return best;
}

MigrationPlan mlir::quantmlir::planMigration(OpOperand &use,
                                             const ScaleLayout &layout,
                                             int64_t numChannels) {
  return Search(use, numChannels).run(use, layout);
}
