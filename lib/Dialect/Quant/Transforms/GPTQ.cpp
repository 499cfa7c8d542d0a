//===- GPTQ.cpp - round weights with error feedback -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReplaceLinear.h"
#include "SchemeOptions.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/FeedbackRounding.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Threading.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTGPTQ
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// A weight that one or more linears behind an observer read.
struct Rounding {
  ElementsAttr weight;
  SmallVector<Linear> linears;
  WeightCodes codes;
  /// Root mean square error of the output, relative to an output of
  /// independent channels.
  double error = 0;
};

/// What reads one observed value, and so shares its factor.
struct Group {
  ObserveOp observe;
  std::vector<Rounding> roundings;
  bool failed = false;

  Rounding &getRounding(ElementsAttr weight) {
    for (Rounding &rounding : roundings)
      if (rounding.weight == weight)
        return rounding;
    roundings.push_back(Rounding{weight, {}, {}});
    return roundings.back();
  }
};

struct GPTQPass : quantmlir::impl::QuantGPTQBase<GPTQPass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
    registry.insert<arith::ArithDialect, tensor::TensorDialect>();
  }

  void runOnOperation() override;

private:
  LogicalResult checkOptions();
  std::optional<std::string> getReasonToKeep(Linear linear);
  void remarkKept(Operation *op, StringRef name, StringRef reason);
  LogicalResult collect(std::vector<Group> &groups);
  void round(Group &group);
  LogicalResult replace(Group &group, ConstantReleaser &releaser);
  SchemeOptions getScheme() const;
  WeightFormat getFormat(int64_t columns) const;

  std::optional<LinearFilter> filter;
};
} // namespace

static remark::RemarkOpts getRemarkOptions(StringRef name) {
  return remark::RemarkOpts::name(name).category("quant-gptq");
}

SchemeOptions GPTQPass::getScheme() const {
  SchemeOptions scheme;
  scheme.scheme = QuantizationScheme::W4A16;
  scheme.groupSize = groupSize;
  scheme.zeroPoint = zeroPoint;
  return scheme;
}

WeightFormat GPTQPass::getFormat(int64_t columns) const {
  return getScheme().getWeightFormat(columns);
}

LogicalResult GPTQPass::checkOptions() {
  auto emitError = [&] { return mlir::emitError(getOperation().getLoc()); };
  if (failed(getScheme().check(getOperation().getLoc())))
    return failure();
  if (!(damping >= 0) || !std::isfinite(damping))
    return emitError()
           << "damping=" << damping.getValue()
           << ": expected a finite number, at least 0, such as 0.01";
  FailureOr<LinearFilter> created =
      LinearFilter::create(getOperation(), exclude);
  if (failed(created))
    return failure();
  filter = std::move(*created);
  return success();
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

std::optional<std::string> GPTQPass::getReasonToKeep(Linear linear) {
  if (std::optional<std::string> reason = filter->getExclusion(linear))
    return reason;
  auto type = cast<RankedTensorType>(linear.op->getResult(0).getType());
  if (!isa<Float16Type, BFloat16Type, Float32Type>(type.getElementType()))
    return "it computes in a float type that has no quantized form; cast to "
           "f32";
  auto observe = linear.input.getDefiningOp<ObserveOp>();
  if (!observe)
    return "no observer stands in front of it; run quant-insert-observers";
  if (!observe.getMoment2())
    return "its observer has no second moments; calibrate with "
           "--second-moments";
  return std::nullopt;
}

void GPTQPass::remarkKept(Operation *op, StringRef name, StringRef reason) {
  ++numKept;
  remark::missed(op->getLoc(), getRemarkOptions("KeptFloat"))
      << remark::add("{0} stays in float", name.str())
      << remark::reason("{0}", reason.str());
}

static Group &getGroup(std::vector<Group> &groups, ObserveOp observe) {
  for (Group &group : groups)
    if (group.observe == observe)
      return group;
  groups.push_back(Group{observe, {}});
  return groups.back();
}

/// Puts the linear into its group; fails if its weight is of no use.
static LogicalResult addLinear(std::vector<Group> &groups, Linear linear) {
  std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
  if (!weight)
    return emitMissingData(linear, "weight", linear.weight, "quant-gptq");
  auto observe = linear.input.getDefiningOp<ObserveOp>();
  if (failed(checkStatisticsData(observe)))
    return failure();
  getGroup(groups, observe)
      .getRounding(weight->getAttr())
      .linears.push_back(linear);
  SmallVector<float> storage;
  return readWeight(*weight, storage,
                    [&] { return mlir::emitError(linear.op->getLoc()); });
}

LogicalResult GPTQPass::collect(std::vector<Group> &groups) {
  SmallVector<Linear> linears;
  getOperation().walk([&](linalg::MatmulOp op) {
    if (std::optional<Linear> linear = matchLinear(op))
      linears.push_back(*linear);
    else if (std::optional<ComputedWeight> weight = matchComputedWeight(op))
      remarkKept(op, weight->name, weight->reason);
  });
  SmallVector<ObserveOp> observers = getObservers(getOperation());
  bool hasMoments = llvm::any_of(
      observers, [](ObserveOp op) { return op.getMoment2().has_value(); });
  if (!observers.empty() && !hasMoments)
    return observers.front().emitError(
        "no observer of the module has second moments: calibrate with "
        "quant-run --observe --second-moments, and run "
        "quant-attach-statistics before quant-gptq");
  for (Linear linear : linears) {
    if (std::optional<std::string> reason = getReasonToKeep(linear))
      remarkKept(linear.op, linear.getTitle(), *reason);
    else if (failed(addLinear(groups, linear)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

void GPTQPass::round(Group &group) {
  SmallVector<float> storage;
  std::optional<ArrayRef<float>> moment =
      getSecondMoment(group.observe, storage);
  std::optional<GPTQFactor> factor;
  if (moment)
    factor = GPTQFactor::compute(*moment, activationOrder, damping);
  group.failed = !factor;
  if (group.failed)
    return;
  for (Rounding &rounding : group.roundings) {
    SmallVector<float> weightStorage;
    ArrayRef<float> values =
        *ConstantTensor::get(rounding.weight)->getFloats(weightStorage);
    FeedbackOptions options{getFormat(factor->getChannels()), activationOrder,
                            searchScales};
    rounding.codes = roundWithFeedback(&getContext(), values, *factor, options);
    double output = 0;
    for (auto [power, weightPower] :
         llvm::zip_equal(factor->getPower(), rounding.codes.power))
      output += power * weightPower;
    if (output != 0)
      rounding.error = std::sqrt(rounding.codes.outputError / output);
  }
}

LogicalResult GPTQPass::replace(Group &group, ConstantReleaser &releaser) {
  if (group.failed)
    return group.observe.emitError()
           << "the second moments of '" << group.observe.getName()
           << "' are not positive definite: collect them again, or choose a "
              "larger damping";
  for (Rounding &rounding : group.roundings) {
    Linear first = rounding.linears.front();
    auto type = cast<RankedTensorType>(first.weight.getType());
    WeightFormat format = getFormat(type.getDimSize(1));
    QuantizedWeight weight = createQuantizedWeight(
        type, first.getName(), format, std::move(rounding.codes));
    int64_t bytes = getStorageBytes(type);
    for (Linear linear : rounding.linears) {
      remark::passed(linear.op->getLoc(), getRemarkOptions("Quantized"))
          << remark::add("{0}: {1} bytes of weights become {2}, output error "
                         "{3:f2} %",
                         linear.getTitle(), bytes, weight.getBytes(),
                         rounding.error * 100)
          << remark::metric("BytesBefore", bytes)
          << remark::metric("BytesAfter", weight.getBytes())
          << remark::metric("WeightError", rounding.error);
      ++numQuantized;
      Operation *constant = linear.weight.getDefiningOp();
      replaceLinear(linear, [&](OpBuilder &b, Location loc, Value bias,
                                Value init) {
        return GroupMatmulOp::create(
            b, loc, TypeRange(init.getType()), linear.input,
            createConstant(b, loc, weight.codes),
            createConstant(b, loc, weight.scales),
            createConstant(b, loc, weight.zeros), /*input_scale=*/Value(),
            /*row_scale=*/Value(), bias, init, format.groupSize, format.bits);
      });
      releaser.eraseIfUnused(constant);
    }
  }
  return success();
}

void GPTQPass::runOnOperation() {
  std::vector<Group> groups;
  if (failed(checkOptions()) || failed(collect(groups)))
    return signalPassFailure();
  parallelFor(&getContext(), 0, groups.size(),
              [&](size_t i) { round(groups[i]); });
  ConstantReleaser releaser(getOperation());
  for (Group &group : groups)
    if (failed(replace(group, releaser)))
      return signalPassFailure();
}
