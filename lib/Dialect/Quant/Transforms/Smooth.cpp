//===- Smooth.cpp - move the outliers of activations into weights ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InsertScales.h"
#include "ScaleConstants.h"
#include "SchemeOptions.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"
#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"
#include "quant-mlir/Dialect/Quant/Utils/SmoothingScales.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Interfaces/ScaleMigration.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTSMOOTH
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

namespace {
/// A group, and what its scales are chosen from.
struct Group : SmoothingGroup {
  ActivationProfile profile;
  /// N×K weights as the scales chosen so far leave them.
  SmallVector<WeightMatrix> weights;
  std::vector<SmallVector<float, 0>> storage;
};
} // namespace

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct SmoothPass : quantmlir::impl::QuantSmoothBase<SmoothPass> {
  using QuantSmoothBase::QuantSmoothBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    QuantSmoothBase::getDependentDialects(registry);
    registerQuantOps(registry);
    registerScaleMigrationModels(registry);
  }

  void runOnOperation() override;

private:
  LogicalResult checkOptions(ArrayRef<ObserveOp> observers);
  LogicalResult visit(ObserveOp observe);
  /// Without a group, a remark says why it is one to leave alone.
  FailureOr<std::optional<Group>> collect(ObserveOp observe);
  LogicalResult readWeights(Group &group);
  LinearFormat getFormat(int64_t channels) const;
  void remarkSkipped(ObserveOp observe, const Twine &reason,
                     StringRef suggestion);
  void remarkSmoothed(const Group &group, const MigrationPlan &plan,
                      const SmoothingChoice &chosen, const OutputError &before);
  /// Searches alpha if weights dominate the error.
  void remarkOverMigration(const Group &group, const OutputErrorModel &model,
                           const SmoothingInputs &inputs,
                           const SmoothingChoice &chosen);

  SchemeOptions predicted;
  /// What the plans made so far do to weights; never applied here.
  ConstantScaler planned;
};
} // namespace

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

static remark::RemarkOpts getRemarkOptions(StringRef name) {
  return remark::RemarkOpts::name(name).category("quant-smooth");
}

void SmoothPass::remarkSkipped(ObserveOp observe, const Twine &reason,
                               StringRef suggestion) {
  ++numSkipped;
  auto remark =
      remark::missed(observe.getLoc(), getRemarkOptions("NotSmoothed"));
  remark << remark::add("{0} is not smoothed", observe.getName().str())
         << remark::reason("{0}", reason.str());
  if (!suggestion.empty())
    remark << remark::suggest("{0}", suggestion.str());
}

void SmoothPass::remarkSmoothed(const Group &group, const MigrationPlan &plan,
                                const SmoothingChoice &chosen,
                                const OutputError &before) {
  std::string way = "its scale stays at the linears";
  if (plan.folds && plan.classes.isDiscrete())
    way = "its scale folds";
  else if (plan.folds)
    way = llvm::formatv("its scale folds with {0} values for {1} channels",
                        plan.classes.getNumFree(), group.channels);
  ObserveOp observe = group.observe;
  remark::passed(observe.getLoc(), getRemarkOptions("Smoothed"))
      << remark::add("{0} is smoothed; {1}", observe.getName().str(), way)
      << (chosen.threshold ? remark::metric("Threshold", chosen.threshold)
                           : remark::metric("Alpha", chosen.alpha))
      << remark::metric("ErrorBefore", before.total)
      << remark::metric("Error", chosen.error.total);
}

void SmoothPass::remarkOverMigration(const Group &group,
                                     const OutputErrorModel &model,
                                     const SmoothingInputs &inputs,
                                     const SmoothingChoice &chosen) {
  if (search || chosen.error.total == 0 ||
      chosen.error.weight < chosen.error.input ||
      !getContext().getRemarkEngine())
    return;
  SmoothingChoice best =
      searchSmoothing(model, inputs, getFormat(group.channels));
  if (chosen.error.total < 2 * best.error.total || best.alpha >= chosen.alpha)
    return;
  ObserveOp observe = group.observe;
  remark::missed(observe.getLoc(), getRemarkOptions("OverMigration"))
      << remark::add("{0}: alpha = {1:f2} moves too much into the weights",
                     observe.getName().str(), chosen.alpha)
      << remark::reason("rounding the weights is predicted to cost {0:f1} % of "
                        "the output, rounding the input {1:f1} %; alpha = "
                        "{2:f2} costs {3:f1} % in all",
                        100 * chosen.error.weight, 100 * chosen.error.input,
                        best.alpha, 100 * best.error.total)
      << remark::suggest(
             "choose a smaller alpha{0}, or search it",
             weights == WeightScale::PerTensor ? ", weights=per-channel" : "");
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

FailureOr<std::optional<Group>> SmoothPass::collect(ObserveOp observe) {
  std::optional<Group> none;
  auto matched = matchSmoothingGroup(observe);
  if (auto *no = std::get_if<NoGroup>(&matched)) {
    remarkSkipped(observe, no->reason, no->suggestion);
    return none;
  }
  if (failed(checkStatisticsData(observe)))
    return failure();
  FailureOr<ActivationProfile> profile = ActivationProfile::get(observe);
  if (failed(profile)) {
    remarkSkipped(observe, "no statistics",
                  "run quant-attach-statistics before");
    return none;
  }
  if (percentile < 100.0 && !profile->hasHistogram()) {
    remarkSkipped(observe, "it has no histogram, which percentile needs",
                  "collect statistics with quant-run --histograms");
    return none;
  }
  Group group{std::get<SmoothingGroup>(std::move(matched)),
              std::move(*profile),
              {},
              {}};
  if (failed(readWeights(group)))
    return failure();
  return std::optional<Group>(std::move(group));
}

LogicalResult SmoothPass::readWeights(Group &group) {
  group.storage.resize(group.linears.size());
  for (auto [linear, data] : llvm::zip_equal(group.linears, group.storage)) {
    auto emitError = [loc = linear.op->getLoc()] {
      return mlir::emitError(loc);
    };
    std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
    if (!weight)
      return emitMissingData(linear, "weight", linear.weight, "quant-smooth");
    // Without rows there is nothing to read.
    if (weight->getType().getNumElements() != 0 &&
        failed(readWeight(*weight, data, emitError)))
      return failure();
    group.weights.push_back({*planned.read(linear.op->getOpOperand(1), data),
                             weight->getType().getDimSize(0)});
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

LinearFormat SmoothPass::getFormat(int64_t channels) const {
  LinearFormat format = predicted.getLinearFormat(channels);
  format.clips = predicted.isStatic() && clip;
  format.zeroPoint = predicted.isStatic() && activationZeroPoint;
  return format;
}

LogicalResult SmoothPass::visit(ObserveOp observe) {
  FailureOr<std::optional<Group>> collected = collect(observe);
  if (failed(collected) || !*collected)
    return success(succeeded(collected));
  Group &group = **collected;
  MigrationPlan plan = planMigration(group);
  if (!plan.folds && groups == SmoothedGroups::Foldable) {
    remarkSkipped(observe, plan.blocker.reason, plan.blocker.suggestion);
    return success();
  }

  OutputErrorModel model(&getContext(), group.profile, group.weights);
  LinearFormat format = getFormat(group.channels);
  OutputError before =
      model.predict(SmallVector<float>(group.channels, 1.0f), format);
  SmoothingInputs inputs{
      {}, plan.classes, scales == SmoothingScales::PowersOfTwo, thresholds};
  for (int64_t k = 0, e = group.channels; k < e; ++k)
    inputs.activation.push_back(group.profile.getQuantile(k, percentile / 100));
  SmoothingChoice chosen = search ? searchSmoothing(model, inputs, format)
                                  : getSmoothing(model, inputs, format, alpha);
  if (!lowersError(chosen.error, before) && !always) {
    bool grows = chosen.error.total > before.total;
    remarkSkipped(observe,
                  llvm::formatv("its predicted error would {0} from {1:f2} % "
                                "to {2:f2} %",
                                grows ? "grow" : "only go", 100 * before.total,
                                100 * chosen.error.total),
                  search || !grows ? ""
                                   : "a smaller alpha may suit it, or search "
                                     "it");
    return success();
  }
  if (std::string why = findScalingObstacle(observe, chosen.scales);
      !why.empty()) {
    remarkSkipped(observe, why, "exclude its linears");
    return success();
  }
  remarkOverMigration(group, model, inputs, chosen);
  remarkSmoothed(group, plan, chosen, before);
  insertScales(group, plan.folds, chosen.scales);
  for (const ScaleDemand &demand : plan.constants)
    planned.divide(*demand.operand, demand.layout, chosen.scales);
  ++numSmoothed;
  return success();
}

LogicalResult SmoothPass::checkOptions(ArrayRef<ObserveOp> observers) {
  auto fail = [&] { return emitError(getOperation().getLoc()); };
  if (!(alpha >= 0.0 && alpha <= 1.0))
    return fail() << "quant-smooth needs alpha in [0, 1], got " << alpha;
  if (!(percentile > 0.0 && percentile <= 100.0))
    return fail() << "quant-smooth needs percentile in (0, 100], got "
                  << percentile;
  predicted = {scheme,         activations, weights,
               activationBits, groupSize,   zeroPoint};
  if (failed(predicted.check(getOperation().getLoc())))
    return failure();
  if (thresholds && !search)
    return fail()
           << "thresholds are searched: quant-smooth needs search with them";
  if (observers.empty())
    return success();
  if (llvm::none_of(observers, [](ObserveOp op) { return op.getAbsmax(); }))
    return ObserveOp(observers.front())
        .emitError("no observer of the module has statistics: run "
                   "quant-attach-statistics before quant-smooth");
  if (percentile < 100.0 &&
      llvm::none_of(observers, [](ObserveOp op) { return op.getHistogram(); }))
    return ObserveOp(observers.front())
        .emitError("percentile needs histograms: collect statistics with "
                   "quant-run --histograms");
  return success();
}

void SmoothPass::runOnOperation() {
  planned = ConstantScaler();
  SmallVector<ObserveOp> observers = getObservers(getOperation());
  if (failed(checkOptions(observers)))
    return signalPassFailure();
  // Consumers first: their scales change the weights of their producers.
  for (ObserveOp observe : llvm::reverse(observers))
    if (failed(visit(observe)))
      return signalPassFailure();
}
