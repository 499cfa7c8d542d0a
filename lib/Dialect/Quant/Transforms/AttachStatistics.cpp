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
#include "quant-mlir/Dialect/Quant/Utils/StoredTensors.h"
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

/// Halves of a calibration disagree if the largest magnitude of one exceeds the
/// other's by this factor, or if more than this share of channels do by a
/// factor of 2. A language model of 135 million parameters stays below with 128
/// samples of 512 tokens (1.44 and 7 % at most) and not with 8 (1.79 and 16 %).
static constexpr float maxHalvesRatio = 1.5f;
static constexpr double maxDifferingShare = 0.1;

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
  if (failed(checkObserverNames(observers)))
    return failure();
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

template <typename T>
static ElementsAttr makeAttr(ObserveOp observe, StringRef kind,
                             RankedTensorType type, ArrayRef<T> values) {
  return createElementsAttr((observe.getName() + "." + kind).str(), type,
                            [&](MutableArrayRef<char> bytes) {
                              std::memcpy(bytes.data(), values.data(),
                                          bytes.size());
                            });
}

/// The second moment: the file's own elements where the calibration made one
/// part, without a copy; otherwise the sum of the parts.
static ElementsAttr makeMoment(ObserveOp observe,
                               ArrayRef<SecondMoment> parts) {
  int64_t channels = parts.front().getChannels();
  auto type = RankedTensorType::get({channels, channels},
                                    Float32Type::get(observe.getContext()));
  StoredTensor tensor;
  tensor.name = (observe.getName() + ".moment2").str();
  tensor.shape = {channels, channels};
  if (parts.size() == 1) {
    ArrayRef<float> elements = parts.front().getMapped();
    tensor.data = {reinterpret_cast<const char *>(elements.data()),
                   elements.size() * sizeof(float)};
    return llvm::cantFail(makeResource(tensor, type, parts.front().getOwner()));
  }
  return createElementsAttr(
      tensor.name, type, [&](MutableArrayRef<char> bytes) {
        MutableArrayRef<float> sums(reinterpret_cast<float *>(bytes.data()),
                                    channels * channels);
        llvm::copy(parts.front().getMapped(), sums.begin());
        for (const SecondMoment &part : parts.drop_front())
          for (auto [sum, value] : llvm::zip_equal(sums, part.getMapped()))
            sum += value;
      });
}

static ElementsAttr makeSample(ObserveOp observe, ArrayRef<float> sample) {
  int64_t channels = getChannels(observe);
  auto type = RankedTensorType::get(
      {static_cast<int64_t>(sample.size()) / channels, channels},
      Float32Type::get(observe.getContext()));
  return makeAttr(observe, "sample", type, sample);
}

static void attach(ObserveOp observe, const ChannelStatistics &statistics,
                   int64_t samples) {
  auto make = [&](StringRef kind, ArrayRef<float> values) {
    return makeAttr(
        observe, kind,
        RankedTensorType::get(static_cast<int64_t>(values.size()),
                              Float32Type::get(observe.getContext())),
        values);
  };
  // Earlier statistics, and what was derived from them, do not fit these.
  observe.removeMoment2Attr();
  observe.removeSampleAttr();
  observe.removeHistogramAttr();
  observe.removeMomentScaleAttr();
  observe.removeClipAttr();
  observe.setAbsmaxAttr(make("absmax", statistics.absmax));
  observe.setMinAttr(make("min", statistics.min));
  observe.setMaxAttr(make("max", statistics.max));
  observe.setMeanAbsAttr(make("mean_abs", statistics.getMeanAbs()));
  observe.setTokens(statistics.count);
  observe.setSamples(samples);
  if (!statistics.moments.empty())
    observe.setMoment2Attr(makeMoment(observe, statistics.moments));
  if (!statistics.sample.empty())
    observe.setSampleAttr(makeSample(observe, statistics.sample));
  if (!statistics.histogram.empty()) {
    auto type =
        RankedTensorType::get({statistics.getChannels(), Histogram::numBins},
                              IntegerType::get(observe.getContext(), 32));
    observe.setHistogramAttr(
        makeAttr(observe, "histogram", type, ArrayRef(statistics.histogram)));
  }
}

/// Tells of an activation whose magnitudes depend on the sample.
static void remarkHalves(ObserveOp observe,
                         const ChannelStatistics &statistics) {
  int64_t channels = statistics.getChannels();
  ArrayRef<float> halves = statistics.halfAbsmax;
  if (halves.empty())
    return;
  ArrayRef<float> even = halves.take_front(channels);
  ArrayRef<float> odd = halves.drop_front(channels);
  float evenMax = *llvm::max_element(even), oddMax = *llvm::max_element(odd);
  // One run makes one half.
  if (evenMax == 0 || oddMax == 0)
    return;
  int64_t differing = 0;
  for (auto [a, b] : llvm::zip_equal(even, odd))
    differing += std::max(a, b) > 2 * std::min(a, b);
  float ratio = std::max(evenMax, oddMax) / std::min(evenMax, oddMax);
  if (ratio <= maxHalvesRatio && differing <= maxDifferingShare * channels)
    return;
  remark::missed(observe.getLoc(), remark::RemarkOpts::name("HalvesDisagree")
                                       .category("quant-attach-statistics"))
      << remark::add("{0}: one half of the calibration reaches {1:f2}, the "
                     "other {2:f2}; {3} of {4} channels differ by more than a "
                     "factor of 2",
                     observe.getName().str(), evenMax, oddMax, differing,
                     channels)
      << remark::reason("another sample would give other scales")
      << remark::suggest("collect more samples, or clip the activation");
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
    const ChannelStatistics &collected =
        statistics->observers.at(observe.getName().str());
    attach(observe, collected, samples);
    remarkHalves(observe, collected);
    ++numAttached;
  }
  if (samples < recommendedSamples)
    remark::missed(module.getLoc(), remark::RemarkOpts::name("FewSamples")
                                        .category("quant-attach-statistics"))
        << remark::add("statistics of {0} samples", samples)
        << remark::reason("outliers that they do not show will be clipped")
        << remark::suggest("collect at least {0}", recommendedSamples);
}
