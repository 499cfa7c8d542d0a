//===- ClipActivations.cpp - choose the reach of static scales ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SchemeOptions.h"

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTCLIPACTIVATIONS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr StringRef category = "quant-clip-activations";

namespace {
struct ClipActivationsPass
    : quantmlir::impl::QuantClipActivationsBase<ClipActivationsPass> {
  using QuantClipActivationsBase::QuantClipActivationsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
  }

  void runOnOperation() override;

private:
  LogicalResult visit(ObserveOp observe, const SchemeOptions &options);
  void remarkSkipped(ObserveOp observe, StringRef reason, StringRef suggestion);
};
} // namespace

static remark::RemarkOpts getRemarkOptions(StringRef name) {
  return remark::RemarkOpts::name(name).category(category);
}

void ClipActivationsPass::remarkSkipped(ObserveOp observe, StringRef reason,
                                        StringRef suggestion) {
  ++numSkipped;
  auto remark =
      remark::missed(observe.getLoc(), getRemarkOptions("NotClipped"));
  remark << remark::add("{0} is not clipped", observe.getName().str())
         << remark::reason("{0}", reason.str());
  if (!suggestion.empty())
    remark << remark::suggest("{0}", suggestion.str());
}

LogicalResult ClipActivationsPass::visit(ObserveOp observe,
                                         const SchemeOptions &options) {
  if (!options.hasIntegerInputs()) {
    remarkSkipped(observe, "the scheme keeps activations in float", "");
    return success();
  }
  if (failed(checkStatisticsData(observe)))
    return failure();
  FailureOr<ActivationProfile> profile = ActivationProfile::get(observe);
  if (failed(profile) || !profile->hasHistogram()) {
    remarkSkipped(observe, "it has no histogram",
                  "collect statistics with quant-run --histograms");
    return success();
  }
  FailureOr<ObservedWeights> weights = readObservedWeights(observe, category);
  if (failed(weights))
    return failure();
  if (weights->matrices.empty()) {
    remarkSkipped(observe, "no linear reads it", "");
    return success();
  }
  OutputErrorModel model(&getContext(), *profile, weights->matrices);
  LinearFormat format = options.getLinearFormat(profile->getNumChannels());
  format.zeroPoint = activationZeroPoint;
  SmallVector<float> ones(profile->getNumChannels(), 1.0f);
  OutputError before = model.predict(ones, format);
  format.clips = true;
  OutputError after = model.predict(ones, format);
  if (after.clip >= before.clip) {
    remarkSkipped(observe,
                  llvm::formatv("no smaller reach lowers its predicted error, "
                                "{0:f2} %",
                                100 * before.total)
                      .str(),
                  "");
    return success();
  }
  observe.setClip(APFloat(static_cast<float>(after.clip)));
  ++numClipped;
  remark::passed(observe.getLoc(), getRemarkOptions("Clipped"))
      << remark::add("{0} is clipped at {1:f3} of {2:f3}",
                     observe.getName().str(), after.clip, before.clip)
      << remark::metric("ErrorBefore", before.total)
      << remark::metric("Error", after.total);
  return success();
}

void ClipActivationsPass::runOnOperation() {
  SchemeOptions options{scheme,    ActivationScale::StaticPerTensor,
                        weights,   activationBits,
                        groupSize, zeroPoint};
  if (failed(options.check(getOperation().getLoc())))
    return signalPassFailure();
  for (ObserveOp observe : getObservers(getOperation()))
    if (failed(visit(observe, options)))
      return signalPassFailure();
}
