//===- LinearProfile.cpp - what makes a linear hard to quantize -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearProfile.h"

#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/SmoothingGroups.h"
#include "quant-mlir/Dialect/Quant/Utils/SmoothingScales.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::quantmlir;

const SchemeInfo &mlir::quantmlir::getInfo(Scheme scheme) {
  static const SchemeInfo infos[NumSchemes] = {
      {"w8a8_static", "W8A8 static", "quant-naive-w8a8"},
      {"smoothquant_static", "SmoothQuant static", "quant-smoothquant-w8a8"},
      {"w8a8_per_token", "W8A8 per-token",
       "quant-naive-w8a8=activations=per-token"},
      {"smoothquant_per_token", "SmoothQuant per-token",
       "quant-smoothquant-w8a8=activations=per-token"},
      {"w4a16_g128", "W4A16 g128", "quant-w4a16-rtn=group-size=128"},
      {"w4a16_g64", "W4A16 g64", "quant-w4a16-rtn=group-size=64"}};
  return infos[scheme];
}

static float getMedian(ArrayRef<float> values) {
  SmallVector<float> sorted(values);
  auto *middle = sorted.begin() + sorted.size() / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

static LinearFormat getFormat(Scheme scheme) {
  LinearFormat format;
  switch (scheme) {
  case SmoothQuantStatic:
    format.clips = true;
    break;
  case PerTokenW8A8:
  case SmoothQuantPerToken:
    format.input = InputFormat::DynamicPerToken;
    break;
  case W4A16Group128:
  case W4A16Group64:
    format.input = InputFormat::Float;
    format.weight.bits = 4;
    format.weight.groupSize = scheme == W4A16Group64 ? 64 : 128;
    break;
  default:
    break;
  }
  return format;
}

/// The channels that must share a scale if it is to fold; each has its own
/// where the scale stays at the linears.
static ChannelClasses getClasses(SmoothingGroup &group) {
  MigrationPlan plan = planMigration(group);
  return plan.folds ? plan.classes : ChannelClasses(group.channels);
}

static void predictErrors(ObserveOp observe, const ActivationProfile &profile,
                          const OutputErrorModel &model,
                          LinearProfile &result) {
  int64_t channels = profile.getNumChannels();
  SmallVector<float> ones(channels, 1.0f);
  auto matched = matchSmoothingGroup(observe);
  auto *group = std::get_if<SmoothingGroup>(&matched);
  if (!group)
    result.notSmoothed = std::get<NoGroup>(matched).reason;
  ChannelClasses classes =
      group ? getClasses(*group) : ChannelClasses(channels);
  SmoothingInputs inputs{SmallVector<float>(profile.getAbsMax()), classes,
                         /*powersOfTwo=*/false};
  for (unsigned i = 0; i < NumSchemes; ++i) {
    auto scheme = static_cast<Scheme>(i);
    LinearFormat format = getFormat(scheme);
    OutputError error = model.predict(ones, format);
    if (group &&
        (scheme == SmoothQuantStatic || scheme == SmoothQuantPerToken)) {
      SmoothingChoice choice = searchSmoothing(model, inputs, format);
      if (lowersError(choice.error, error)) {
        error = choice.error;
        if (scheme == SmoothQuantStatic)
          result.alpha = choice.alpha;
      }
    }
    result.errors[i] = error.total;
  }
}

FailureOr<std::optional<LinearProfile>>
mlir::quantmlir::getProfile(ObserveOp observe) {
  std::optional<LinearProfile> none;
  if (getChannels(observe) == 0)
    return none;
  if (failed(checkStatisticsData(observe)))
    return failure();
  FailureOr<ActivationProfile> profile = ActivationProfile::get(observe);
  if (failed(profile))
    return observe.emitError()
           << "'" << observe.getName()
           << "' has no statistics: give their file with --statistics";
  FailureOr<ObservedWeights> weights =
      readObservedWeights(observe, "quant-report");
  if (failed(weights))
    return failure();
  if (weights->linears.empty())
    return none;

  LinearProfile result;
  result.name = observe.getName().str();
  auto numReaders = static_cast<int64_t>(weights->linears.size());
  for (const Linear &linear : weights->linears) {
    result.linears.push_back(linear.getName().str());
    auto type = cast<ShapedType>(linear.weight.getType());
    result.shapes.push_back(
        {cast<ShapedType>(linear.input.getType()).getDimSize(0),
         type.getDimSize(0), type.getDimSize(1), numReaders});
  }
  ArrayRef<float> absmax = profile->getAbsMax();
  result.channels = absmax.size();
  result.medianAbsmax = getMedian(absmax);
  for (auto [channel, value] : llvm::enumerate(absmax)) {
    result.absmax = std::max(result.absmax, value);
    if (value > 10 * result.medianAbsmax && result.medianAbsmax > 0)
      result.outliers.push_back({static_cast<int64_t>(channel), value});
  }
  llvm::sort(result.outliers, [](const Outlier &a, const Outlier &b) {
    return std::make_pair(-a.absmax, a.channel) <
           std::make_pair(-b.absmax, b.channel);
  });

  OutputErrorModel model(observe.getContext(), *profile, weights->matrices);
  float median = getMedian(model.getColumnMax());
  if (median > 0)
    result.weightRatio = *llvm::max_element(model.getColumnMax()) / median;
  predictErrors(observe, *profile, model, result);
  return std::optional<LinearProfile>(std::move(result));
}
