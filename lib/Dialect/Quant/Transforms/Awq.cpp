//===- Awq.cpp - scale the weights that matter most -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AwqSearch.h"
#include "InsertScales.h"
#include "SchemeOptions.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"
#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Threading.h"

#include <cmath>

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTAWQ
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr StringLiteral category = "quant-awq";

namespace {
/// A group to search a scale for, and what was found.
struct Task {
  SmoothingGroup group;
  MigrationPlan plan;
  AwqResult result;
};

struct AwqPass : quantmlir::impl::QuantAwqBase<AwqPass> {
  using QuantAwqBase::QuantAwqBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    QuantAwqBase::getDependentDialects(registry);
    registerQuantOps(registry);
    registerScaleMigrationModels(registry);
  }

  void runOnOperation() override;

private:
  LogicalResult checkOptions();
  /// Adds the task of a group that takes part; a remark is made of others.
  LogicalResult collect(ObserveOp observe, const LinearFilter &filter);
  /// Why the group gets no scale, beyond its shape; fails on what is missing.
  FailureOr<std::optional<NoGroup>> getObstacle(Task &task,
                                                const LinearFilter &filter);
  LogicalResult apply(Task &task);
  void remarkSkipped(ObserveOp observe, const NoGroup &why);

  std::vector<Task> tasks;
};
} // namespace

void AwqPass::remarkSkipped(ObserveOp observe, const NoGroup &why) {
  ++numSkipped;
  auto remark =
      remark::missed(observe.getLoc(),
                     remark::RemarkOpts::name("NotScaled").category(category));
  remark << remark::add("{0} is not scaled", observe.getName().str())
         << remark::reason("{0}", why.reason);
  if (!why.suggestion.empty())
    remark << remark::suggest("{0}", why.suggestion);
}

LogicalResult AwqPass::checkOptions() {
  Location loc = getOperation().getLoc();
  SchemeOptions rounding;
  rounding.scheme = scheme;
  rounding.groupSize = groupSize;
  if (failed(rounding.check(loc)))
    return failure();
  if (gridSize < 1)
    return mlir::emitError(loc)
           << "quant-awq needs grid >= 1, got " << int64_t(gridSize);
  return success();
}

FailureOr<std::optional<NoGroup>>
AwqPass::getObstacle(Task &task, const LinearFilter &filter) {
  ObserveOp observe = task.group.observe;
  for (const Linear &linear : task.group.linears) {
    if (std::optional<std::string> why = filter.getExclusion(linear))
      return std::optional(
          NoGroup{"it feeds " + linear.getTitle() + ": " + *why, ""});
    std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
    if (!weight)
      return emitMissingData(linear, "weight", linear.weight, category);
    SmallVector<float> storage;
    if (failed(readWeight(*weight, storage, [&] {
          return mlir::emitError(linear.op->getLoc());
        })))
      return failure();
  }
  if (failed(checkStatisticsData(observe)))
    return failure();
  if (!observe.getMoment2() && !observe.getSample())
    return observe.emitError()
           << "'" << observe.getName()
           << "' has neither second moments nor sample rows: collect them with "
              "quant-run --observe=FILE --second-moments";
  task.plan = planMigration(task.group);
  if (!task.plan.folds && groups == SmoothedGroups::Foldable)
    return std::optional(
        NoGroup{task.plan.blocker.reason, task.plan.blocker.suggestion});
  return std::optional<NoGroup>();
}

LogicalResult AwqPass::collect(ObserveOp observe, const LinearFilter &filter) {
  auto matched = matchSmoothingGroup(observe);
  if (auto *no = std::get_if<NoGroup>(&matched)) {
    remarkSkipped(observe, *no);
    return success();
  }
  if (!observe.getMeanAbs()) {
    remarkSkipped(observe, {"no statistics",
                            "run quant-attach-statistics before quant-awq"});
    return success();
  }
  Task task{std::get<SmoothingGroup>(std::move(matched)), MigrationPlan(), {}};
  FailureOr<std::optional<NoGroup>> obstacle = getObstacle(task, filter);
  if (failed(obstacle))
    return failure();
  if (*obstacle)
    remarkSkipped(observe, **obstacle);
  else
    tasks.push_back(std::move(task));
  return success();
}

LogicalResult AwqPass::apply(Task &task) {
  ObserveOp observe = task.group.observe;
  const AwqResult &result = task.result;
  if (!std::isfinite(result.before)) {
    for (const Linear &linear : task.group.linears)
      if (std::string why = describeLargeWeight(linear); !why.empty())
        return linear.op->emitError(why);
    return observe.emitError()
           << "the " << result.basis << " of '" << observe.getName()
           << "' give no finite error: calibrate again and look for the first "
              "layer that overflows";
  }
  if (result.scales.empty()) {
    remarkSkipped(observe,
                  {"no scale of the grid lowers the error of its linears", ""});
    return success();
  }
  if (std::string why = findScalingObstacle(observe, result.scales);
      !why.empty()) {
    remarkSkipped(observe, {why, "exclude its linears"});
    return success();
  }
  std::string way = "stays at the linears";
  if (task.plan.folds && task.plan.classes.isDiscrete())
    way = "folds";
  else if (task.plan.folds)
    way = llvm::formatv("folds with {0} values for {1} channels",
                        task.plan.classes.getNumFree(), task.group.channels);
  remark::passed(observe.getLoc(),
                 remark::RemarkOpts::name("Scaled").category(category))
      << remark::add("{0} is scaled by mean|x|^r{1} with r = {2}, which {3}; "
                     "errors are those under {4}",
                     observe.getName().str(),
                     result.usesWeights ? " / mean|w|^(1-r)" : "",
                     llvm::formatv("{0:f2}", result.ratio).str(), way,
                     result.basis)
      << remark::metric("ErrorRatio", std::sqrt(result.error / result.before));
  insertScales(task.group, task.plan.folds, result.scales);
  ++numScaled;
  return success();
}

void AwqPass::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  FailureOr<LinearFilter> filter =
      LinearFilter::create(getOperation(), exclude);
  if (failed(filter))
    return signalPassFailure();
  tasks.clear();
  for (ObserveOp observe : getObservers(getOperation()))
    if (failed(collect(observe, *filter)))
      return signalPassFailure();

  AwqOptions options;
  bool twoLevels = scheme != QuantizationScheme::W4A16;
  options.format = {groupSize, zeroPoint, twoLevels};
  options.gridSize = gridSize;
  options.form = form;
  // The largest first, so that no thread is left with one at the end.
  SmallVector<std::pair<double, size_t>> order;
  for (auto [index, task] : llvm::enumerate(tasks))
    order.emplace_back(-getSearchCost(task.group), index);
  llvm::sort(order);
  parallelForEach(&getContext(), order, [&](std::pair<double, size_t> entry) {
    Task &task = tasks[entry.second];
    task.result = searchScales(task.group, task.plan.classes, options);
  });
  for (Task &task : tasks)
    if (failed(apply(task)))
      return signalPassFailure();
}
