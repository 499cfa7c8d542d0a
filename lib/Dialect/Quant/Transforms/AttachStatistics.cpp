//===- AttachStatistics.cpp - put statistics on observers -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Statistics/Statistics.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"

#include <cstring>

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTATTACHSTATISTICS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

/// Fewer samples leave rare outliers unseen: the default of calibration.
static constexpr int64_t recommendedSamples = 128;

namespace {
struct AttachStatisticsPass
    : quantmlir::impl::QuantAttachStatisticsBase<AttachStatisticsPass> {
  using QuantAttachStatisticsBase::QuantAttachStatisticsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
  }
  void runOnOperation() override;
  LogicalResult checkModule(const Statistics &statistics,
                            ArrayRef<ObserveOp> observers);
};
} // namespace

/// Fails, with the most telling difference, unless the statistics are those of
/// this module.
LogicalResult AttachStatisticsPass::checkModule(const Statistics &statistics,
                                                ArrayRef<ObserveOp> observers) {
  std::string hash = getModuleHash(getOperation());
  if (hash == statistics.moduleHash)
    return success();
  llvm::StringSet<> names;
  for (ObserveOp observe : observers) {
    names.insert(observe.getName());
    auto it = statistics.observers.find(observe.getName().str());
    if (it == statistics.observers.end())
      return observe.emitError()
             << "'" << file << "' has no statistics of '" << observe.getName()
             << "'; it is of another module, collect again";
    int64_t channels = it->second.getChannels();
    if (channels != getChannels(observe))
      return observe.emitError()
             << "'" << file << "' has statistics of '" << observe.getName()
             << "' with " << channels << " channels instead of "
             << getChannels(observe)
             << "; it is of another module, collect again";
  }
  for (const auto &[name, observer] : statistics.observers)
    if (!names.contains(name))
      return mlir::emitError(getOperation().getLoc())
             << "'" << file << "' has statistics of '" << name
             << "', which the module does not observe; it is of another "
                "module, collect again";
  return mlir::emitError(getOperation().getLoc())
         << "'" << file << "' is of another module: the observers feed other "
         << "weights (hash " << statistics.moduleHash << " instead of " << hash
         << "); collect again";
}

static ElementsAttr makeAttr(ObserveOp observe, StringRef kind,
                             ArrayRef<float> values) {
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()),
                                    Float32Type::get(observe.getContext()));
  return createElementsAttr((observe.getName() + "." + kind).str(), type,
                            [&](MutableArrayRef<char> bytes) {
                              std::memcpy(bytes.data(), values.data(),
                                          bytes.size());
                            });
}

static void attach(ObserveOp observe, const ChannelStatistics &statistics,
                   int64_t samples) {
  observe.setAbsmaxAttr(makeAttr(observe, "absmax", statistics.absmax));
  observe.setMinAttr(makeAttr(observe, "min", statistics.min));
  observe.setMaxAttr(makeAttr(observe, "max", statistics.max));
  observe.setMeanAbsAttr(
      makeAttr(observe, "mean_abs", statistics.getMeanAbs()));
  observe.setTokens(statistics.count);
  observe.setSamples(samples);
}

void AttachStatisticsPass::runOnOperation() {
  ModuleOp module = getOperation();
  auto fail = [&](const Twine &message) {
    mlir::emitError(module.getLoc()) << message;
    signalPassFailure();
  };
  if (file.empty())
    return fail("quant-attach-statistics needs file=FILE.safetensors");
  SmallVector<ObserveOp> observers = getObservers(module);
  if (observers.empty())
    return fail("there is no quant.observe to attach statistics to; run "
                "quant-insert-observers first");
  llvm::Expected<Statistics> statistics = Statistics::read(file);
  if (!statistics)
    return fail(toString(statistics.takeError()));
  if (failed(checkModule(*statistics, observers)))
    return signalPassFailure();

  int64_t samples = statistics->getSamples();
  for (ObserveOp observe : observers) {
    attach(observe, statistics->observers.at(observe.getName().str()), samples);
    ++numAttached;
  }
  if (samples < recommendedSamples)
    remark::missed(module.getLoc(), remark::RemarkOpts::name("FewSamples")
                                        .category("quant-attach-statistics"))
        << remark::add("statistics of {0} samples", samples)
        << remark::reason("outliers that they do not show will be clipped")
        << remark::suggest("collect at least {0}", recommendedSamples);
}
