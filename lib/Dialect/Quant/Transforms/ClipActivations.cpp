//===- ClipActivations.cpp - choose the reach of static scales ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTCLIPACTIVATIONS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct ClipActivationsPass
    : quantmlir::impl::QuantClipActivationsBase<ClipActivationsPass> {
  using QuantClipActivationsBase::QuantClipActivationsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
  }

  void runOnOperation() override;
  LogicalResult visit(ObserveOp observe);
};
} // namespace

static remark::RemarkOpts getRemarkOptions(StringRef name) {
  return remark::RemarkOpts::name(name).category("quant-clip-activations");
}

LogicalResult ClipActivationsPass::visit(ObserveOp observe) {
  FailureOr<ActivationProfile> profile = ActivationProfile::get(observe);
  if (failed(profile) || !profile->hasHistogram()) {
    remark::missed(observe.getLoc(), getRemarkOptions("NotClipped"))
        << remark::add("{0} is not clipped", observe.getName().str())
        << remark::reason("it has no histogram")
        << remark::suggest("collect statistics with quant-run --histograms");
    return success();
  }
  FailureOr<ObservedWeights> weights = readObservedWeights(observe);
  if (failed(weights))
    return failure();
  if (weights->matrices.empty())
    return success();
  OutputErrorModel model(&getContext(), *profile, weights->matrices);
  LinearFormat format;
  format.weight.perTensor = this->weights == WeightScale::PerTensor;
  SmallVector<float> ones(profile->getNumChannels(), 1.0f);
  OutputError before = model.predict(ones, format);
  format.clips = true;
  OutputError after = model.predict(ones, format);
  if (after.clip >= before.clip)
    return success();
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
  for (ObserveOp observe : getObservers(getOperation()))
    if (failed(visit(observe)))
      return signalPassFailure();
}
