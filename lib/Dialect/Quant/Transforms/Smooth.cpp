//===- Smooth.cpp - move the outliers of activations into weights ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaleConstants.h"
#include "SmoothingGroups.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Interfaces/ScaleMigration.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Threading.h"

#include <cmath>

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTSMOOTH
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

/// SmoothQuant's published code floors weight maxima and scales with this.
static constexpr double scaleFloor = 1e-5;

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

namespace {
/// An N×K weight as the scales chosen so far leave it.
struct WeightData {
  SmallVector<float> storage;
  ArrayRef<float> values;
  int64_t rows;
};

/// A group, and what its scales are chosen from.
struct Group : SmoothingGroup {
  SmallVector<WeightData> weights;
  /// The activation's absmax and mean square of each channel.
  SmallVector<float> absmax;
  SmallVector<double> power;
  /// The largest magnitude of each weight column.
  SmallVector<float> weightMax;

  void readColumns(MLIRContext *context);
  double predictError(MLIRContext *context, ArrayRef<float> scales) const;
};
} // namespace

void Group::readColumns(MLIRContext *context) {
  weightMax.assign(channels, 0.0f);
  // A task owns its columns, so that sums do not depend on the threads.
  constexpr int64_t block = 64;
  parallelFor(context, 0, llvm::divideCeil(channels, block), [&](size_t task) {
    int64_t begin = task * block, end = std::min(channels, begin + block);
    for (const WeightData &weight : weights)
      for (int64_t n = 0; n < weight.rows; ++n) {
        const float *row = weight.values.data() + n * channels;
        for (int64_t k = begin; k < end; ++k)
          weightMax[k] = std::max(weightMax[k], std::fabs(row[k]));
      }
  });
}

/// The mean square that rounding activations (one step for all) and weights (a
/// step for each row) to 8 bits adds to the group's outputs, summed over them.
/// Rounding is noise of variance step²/12, but never more than the rounded
/// value itself, and a product loses at most its own power: what vanishes under
/// one step cannot be lost again to the other.
double Group::predictError(MLIRContext *context, ArrayRef<float> scales) const {
  constexpr double levels = numerics::getQMax(8);
  double largest = 0;
  for (int64_t k = 0; k < channels; ++k)
    largest = std::max(largest, double(absmax[k]) / scales[k]);
  double step = largest / levels, inputNoise = step * step / 12;

  double error = 0;
  for (const WeightData &weight : weights) {
    SmallVector<double> rowErrors(weight.rows);
    parallelFor(context, 0, weight.rows, [&](size_t n) {
      const float *row = weight.values.data() + n * channels;
      float rowMax = 0;
      for (int64_t k = 0; k < channels; ++k)
        rowMax = std::max(rowMax, std::fabs(row[k]) * scales[k]);
      double weightNoise = rowMax / levels * rowMax / levels / 12;
      for (int64_t k = 0; k < channels; ++k) {
        double squared = double(scales[k]) * scales[k];
        double w = double(row[k]) * row[k] * squared, x = power[k] / squared;
        rowErrors[n] += std::min(
            w * std::min(inputNoise, x) + std::min(weightNoise, w) * x, w * x);
      }
    });
    for (double rowError : rowErrors)
      error += rowError;
  }
  return error;
}

/// s_j = max|X_j|^alpha / max|W_j|^(1-alpha), with maxima over tied channels.
static SmallVector<float>
chooseScales(const Group &group, const ChannelClasses &classes, double alpha) {
  SmallVector<float> absmax(group.channels, 0), weightMax(group.channels, 0);
  for (int64_t k = 0; k < group.channels; ++k) {
    ScaleChannel shared = classes.find(k);
    if (shared == oneChannel)
      continue;
    absmax[shared] = std::max(absmax[shared], group.absmax[k]);
    weightMax[shared] = std::max(weightMax[shared], group.weightMax[k]);
  }
  SmallVector<float> scales(group.channels, 1.0f);
  for (int64_t k = 0; k < group.channels; ++k) {
    ScaleChannel shared = classes.find(k);
    if (shared == oneChannel || absmax[shared] == 0 || weightMax[shared] == 0)
      continue;
    double weight = std::max(double(weightMax[shared]), scaleFloor);
    double scale =
        std::pow(double(absmax[shared]), alpha) / std::pow(weight, 1.0 - alpha);
    scales[k] = static_cast<float>(std::max(scale, scaleFloor));
  }
  return scales;
}

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
  LogicalResult visit(ObserveOp observe);
  /// Fills in everything but what the columns hold. Without a message the
  /// group is one to leave alone, and a remark was made.
  FailureOr<std::optional<Group>> collect(ObserveOp observe);
  void remarkSkipped(ObserveOp observe, const Twine &reason,
                     StringRef suggestion);

  /// What the plans made so far do to weights; never applied here.
  ConstantScaler planned;
};
} // namespace

void SmoothPass::remarkSkipped(ObserveOp observe, const Twine &reason,
                               StringRef suggestion) {
  ++numSkipped;
  auto remark = remark::missed(
      observe.getLoc(),
      remark::RemarkOpts::name("NotSmoothed").category("quant-smooth"));
  remark << remark::add("{0} is not smoothed", observe.getName().str())
         << remark::reason("{0}", reason.str());
  if (!suggestion.empty())
    remark << remark::suggest("{0}", suggestion.str());
}

FailureOr<std::optional<Group>> SmoothPass::collect(ObserveOp observe) {
  std::optional<Group> none;
  auto matched = matchSmoothingGroup(observe);
  if (auto *no = std::get_if<NoGroup>(&matched)) {
    remarkSkipped(observe, no->reason, no->suggestion);
    return none;
  }
  std::optional<ElementsAttr> absmax = observe.getAbsmax();
  if (!absmax) {
    remarkSkipped(observe, "no statistics",
                  "run quant-attach-statistics before");
    return none;
  }
  Group group{std::get<SmoothingGroup>(std::move(matched)), {}, {}, {}, {}};

  SmallVector<float> storage;
  llvm::append_range(group.absmax,
                     *ConstantTensor::get(*absmax)->getFloats(storage));
  // A normal distribution's mean square, from its mean magnitude; without that,
  // from the maximum taken for three standard deviations.
  auto addPower = [&](ArrayRef<float> values, double factor) {
    for (float value : values)
      group.power.push_back(factor * value * value);
  };
  if (std::optional<ElementsAttr> mean = observe.getMeanAbs())
    addPower(*ConstantTensor::get(*mean)->getFloats(storage), M_PI_2);
  else
    addPower(group.absmax, 1.0 / 9);

  group.weights.resize(group.linears.size());
  for (auto [linear, data] : llvm::zip_equal(group.linears, group.weights)) {
    FailureOr<ArrayRef<float>> values =
        planned.read(linear.op->getOpOperand(1), data.storage);
    if (failed(values))
      return linear.op->emitError()
             << describeConstant(linear.weight)
             << " has no data; run quant-bind-weights before quant-smooth";
    data.values = *values;
    data.rows = cast<ShapedType>(linear.weight.getType()).getDimSize(0);
  }
  return std::optional<Group>(std::move(group));
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

  group.readColumns(&getContext());
  SmallVector<float> scales = chooseScales(group, plan.classes, alpha);
  SmallVector<float> ones(group.channels, 1.0f);
  double before = group.predictError(&getContext(), ones);
  double after = group.predictError(&getContext(), scales);
  if (after >= before && !always) {
    remarkSkipped(observe,
                  llvm::formatv("its predicted error would grow by {0:P0}",
                                after / before - 1),
                  "a smaller alpha may suit it");
    return success();
  }
  std::string way = "its scale stays at the linears";
  if (plan.folds && plan.classes.isDiscrete())
    way = "its scale folds";
  else if (plan.folds)
    way = llvm::formatv("its scale folds with {0} values for {1} channels",
                        plan.classes.getNumFree(), group.channels);
  remark::passed(observe.getLoc(),
                 remark::RemarkOpts::name("Smoothed").category("quant-smooth"))
      << remark::add("{0} is smoothed; {1}", observe.getName().str(), way)
      << remark::metric("ErrorRatio", std::sqrt(after / before));
  insertScales(group, plan.folds, scales);
  for (const ScaleDemand &demand : plan.constants)
    planned.divide(*demand.operand, demand.layout, scales);
  ++numSmoothed;
  return success();
}

void SmoothPass::runOnOperation() {
  if (!(alpha >= 0.0 && alpha <= 1.0)) {
    emitError(getOperation().getLoc())
        << "quant-smooth needs alpha in [0, 1], got " << alpha;
    return signalPassFailure();
  }
  SmallVector<ObserveOp> observers;
  getOperation().walk([&](ObserveOp op) { observers.push_back(op); });
  bool isCalibrated = llvm::any_of(
      observers, [](ObserveOp op) { return op.getAbsmax().has_value(); });
  if (!observers.empty() && !isCalibrated) {
    observers.front().emitError("no observer of the module has statistics: run "
                                "quant-attach-statistics before quant-smooth");
    return signalPassFailure();
  }
  // Consumers first: their scales change the weights of their producers.
  for (ObserveOp observe : llvm::reverse(observers))
    if (failed(visit(observe)))
      return signalPassFailure();
}
