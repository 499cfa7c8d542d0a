//===- Pipelines.cpp - preset pipelines -----------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Pipelines/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;

static void addRaising(OpPassManager &pm) {
  pm.addPass(createQuantRaiseLinears());
}

template <typename OptionsT>
static void addBinding(OpPassManager &pm, const OptionsT &options) {
  if (!options.weights.empty())
    pm.addPass(createQuantBindWeights({options.weights}));
}

/// Levels 1 and 2, with statistics and parameters.
template <typename OptionsT>
static void addCalibrated(OpPassManager &pm, const OptionsT &options) {
  addRaising(pm);
  pm.addPass(createQuantInsertObservers({options.exclude}));
  if (!options.statistics.empty())
    pm.addPass(createQuantAttachStatistics({options.statistics}));
  addBinding(pm, options);
}

/// What a quantized module needs no more goes, and the parameters are written.
template <typename OptionsT>
static void addWriting(OpPassManager &pm, const OptionsT &options) {
  pm.addPass(createQuantStripObservers());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  if (!options.outputWeights.empty()) {
    QuantExternalizeWeightsOptions externalize;
    externalize.file = options.outputWeights;
    pm.addPass(createQuantExternalizeWeights(externalize));
  }
}

/// Level 5 from `quantize`, written out.
template <typename OptionsT>
static void addQuantized(OpPassManager &pm, const OptionsT &options,
                         QuantQuantizeOptions quantize) {
  quantize.exclude = options.exclude;
  pm.addPass(createQuantQuantize(quantize));
  addWriting(pm, options);
}

/// Level 5 from the GPTQ options of a preset, written out.
template <typename OptionsT>
static void addFeedbackRounding(OpPassManager &pm, const OptionsT &options) {
  QuantGPTQOptions gptq;
  gptq.groupSize = options.groupSize;
  gptq.zeroPoint = options.zeroPoint;
  gptq.activationOrder = options.activationOrder;
  gptq.searchScales = options.searchScales;
  gptq.damping = options.damping;
  gptq.exclude = options.exclude;
  pm.addPass(createQuantGPTQ(gptq));
  addWriting(pm, options);
}

void mlir::quantmlir::buildCalibratePipeline(OpPassManager &pm,
                                             const CalibrateOptions &options) {
  addRaising(pm);
  pm.addPass(createQuantInsertObservers({options.exclude}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void mlir::quantmlir::buildNaivePipeline(OpPassManager &pm,
                                         const NaiveOptions &options) {
  addCalibrated(pm, options);
  QuantQuantizeOptions quantize;
  quantize.activations = options.activations;
  quantize.activationZeroPoint = options.activationZeroPoint;
  quantize.weights = options.granularity;
  addQuantized(pm, options, quantize);
}

void mlir::quantmlir::buildSmoothQuantPipeline(
    OpPassManager &pm, const SmoothQuantOptions &options) {
  addCalibrated(pm, options);
  if (options.outlierThreshold != 0.0) {
    QuantDecomposeOutliersOptions outliers;
    outliers.threshold = options.outlierThreshold;
    outliers.observeOutliers = true;
    outliers.exclude = options.exclude;
    pm.addPass(createQuantDecomposeOutliers(outliers));
  }
  bool clips =
      options.clip && options.activations == ActivationScale::StaticPerTensor;
  QuantSmoothOptions smooth;
  smooth.alpha = options.alpha;
  smooth.search = options.search && !options.alpha.hasValue();
  smooth.percentile = options.percentile;
  smooth.scales = options.scales;
  smooth.thresholds = options.thresholds;
  smooth.activations = options.activations;
  smooth.weights = options.granularity;
  smooth.activationZeroPoint = options.activationZeroPoint;
  smooth.clip = clips;
  pm.addPass(createQuantSmooth(smooth));
  pm.addPass(createQuantFoldScales());
  if (clips) {
    QuantClipActivationsOptions clip;
    clip.activationZeroPoint = options.activationZeroPoint;
    clip.weights = options.granularity;
    pm.addPass(createQuantClipActivations(clip));
  }
  QuantQuantizeOptions quantize;
  quantize.activations = options.activations;
  quantize.activationZeroPoint = options.activationZeroPoint;
  quantize.weights = options.granularity;
  addQuantized(pm, options, quantize);
}

void mlir::quantmlir::buildLLMInt8Pipeline(OpPassManager &pm,
                                           const LLMInt8Options &options) {
  addCalibrated(pm, options);
  pm.addPass(createQuantDecomposeOutliers(
      {options.threshold, false, options.exclude}));
  QuantQuantizeOptions quantize;
  quantize.activations = options.activations;
  quantize.weights = WeightScale::PerChannel;
  addQuantized(pm, options, quantize);
}

void mlir::quantmlir::buildRoundToNearestPipeline(
    OpPassManager &pm, const RoundToNearestOptions &options) {
  addRaising(pm);
  addBinding(pm, options);
  QuantQuantizeOptions quantize;
  quantize.scheme = QuantizationScheme::W4A16;
  quantize.groupSize = options.groupSize;
  quantize.zeroPoint = options.zeroPoint;
  addQuantized(pm, options, quantize);
}

/// AWQ's scales, folded, and its clipping.
template <typename OptionsT>
static void addAwq(OpPassManager &pm, const OptionsT &options,
                   QuantizationScheme scheme, SmoothedGroups groups,
                   bool clips) {
  QuantAwqOptions awq;
  awq.scheme = scheme;
  awq.groupSize = options.groupSize;
  awq.zeroPoint = options.zeroPoint;
  awq.groups = groups;
  awq.exclude = options.exclude;
  pm.addPass(createQuantAwq(awq));
  pm.addPass(createQuantFoldScales());
  if (!clips)
    return;
  QuantClipWeightsOptions clip;
  clip.scheme = scheme;
  clip.groupSize = options.groupSize;
  clip.zeroPoint = options.zeroPoint;
  clip.exclude = options.exclude;
  pm.addPass(createQuantClipWeights(clip));
}

void mlir::quantmlir::buildAwqPipeline(OpPassManager &pm,
                                       const AwqPipelineOptions &options) {
  addCalibrated(pm, options);
  addAwq(pm, options, QuantizationScheme::W4A16, options.groups, options.clip);
  QuantQuantizeOptions quantize;
  quantize.scheme = QuantizationScheme::W4A16;
  quantize.groupSize = options.groupSize;
  quantize.zeroPoint = options.zeroPoint;
  addQuantized(pm, options, quantize);
}

static void buildLowBitPipeline(OpPassManager &pm, const LowBitOptions &options,
                                QuantizationScheme scheme) {
  addCalibrated(pm, options);
  if (options.scales == FoldedScales::SmoothQuant) {
    QuantSmoothOptions smooth;
    smooth.alpha = options.alpha;
    smooth.activations = ActivationScale::DynamicPerToken;
    smooth.scheme = scheme;
    smooth.activationBits = options.activationBits;
    smooth.groupSize = options.groupSize;
    smooth.zeroPoint = options.zeroPoint;
    pm.addPass(createQuantSmooth(smooth));
    pm.addPass(createQuantFoldScales());
  }
  // The quantization of the activations absorbs what does not fold.
  if (options.scales == FoldedScales::Awq)
    addAwq(pm, options, scheme, SmoothedGroups::All, /*clips=*/true);
  QuantQuantizeOptions quantize;
  quantize.scheme = scheme;
  quantize.activations = ActivationScale::DynamicPerToken;
  quantize.activationBits = options.activationBits;
  quantize.groupSize = options.groupSize;
  quantize.zeroPoint = options.zeroPoint;
  addQuantized(pm, options, quantize);
}

void mlir::quantmlir::buildW4A8Pipeline(OpPassManager &pm,
                                        const LowBitOptions &options) {
  buildLowBitPipeline(pm, options, QuantizationScheme::W4A8);
}

void mlir::quantmlir::buildW4A4Pipeline(OpPassManager &pm,
                                        const LowBitOptions &options) {
  buildLowBitPipeline(pm, options, QuantizationScheme::W4A4);
}

void mlir::quantmlir::buildGPTQPipeline(OpPassManager &pm,
                                        const GPTQOptions &options) {
  addCalibrated(pm, options);
  if (options.awq) {
    QuantAwqOptions awq;
    awq.groupSize = options.groupSize;
    awq.zeroPoint = options.zeroPoint;
    awq.exclude = options.exclude;
    pm.addPass(createQuantAwq(awq));
    pm.addPass(createQuantFoldScales());
  }
  addFeedbackRounding(pm, options);
}

using ErrorHandler = function_ref<LogicalResult(const Twine &)>;

/// An output that is an input, by whatever path, would leave nothing to start
/// from again.
static LogicalResult checkOutput(StringRef output, StringRef option,
                                 StringRef input, ErrorHandler errorHandler) {
  if (output.empty() || input.empty() ||
      !llvm::sys::fs::equivalent(output, input))
    return success();
  return errorHandler("output-weights=" + output + " is the file of " + option +
                      "=" + input + "; write to another file");
}

/// The statistics file of presets that have one.
template <typename OptionsT>
static auto getStatistics(const OptionsT &options, int)
    -> decltype(options.statistics.getValue()) {
  return options.statistics.getValue();
}
template <typename OptionsT>
static std::string getStatistics(const OptionsT &, long) {
  return {};
}

/// Options of a preset that exclude each other.
template <typename OptionsT>
static LogicalResult checkOptions(const OptionsT &, ErrorHandler) {
  return success();
}
static LogicalResult checkOptions(const SmoothQuantOptions &options,
                                  ErrorHandler errorHandler) {
  if (!options.thresholds)
    return success();
  if (options.alpha.hasValue())
    return errorHandler("thresholds are searched beside alpha, which alpha=" +
                        Twine(llvm::formatv("{0}", options.alpha.getValue())) +
                        " fixes; give one of them");
  if (!options.search)
    return errorHandler("thresholds are searched, which search=false forbids; "
                        "give one of them");
  return success();
}

/// Registers a preset whose files and options are checked before anything runs.
template <typename OptionsT>
static void registerPreset(StringRef name, StringRef description,
                           void (*build)(OpPassManager &, const OptionsT &)) {
  mlir::registerPassPipeline(
      name, description,
      [build](OpPassManager &pm, StringRef text, ErrorHandler errorHandler) {
        OptionsT options;
        if (failed(options.parseFromString(text)) ||
            failed(checkOptions(options, errorHandler)) ||
            failed(checkOutput(options.outputWeights, "weights",
                               options.weights, errorHandler)))
          return failure();
        if (failed(checkOutput(options.outputWeights, "statistics",
                               getStatistics(options, 0), errorHandler)))
          return failure();
        build(pm, options);
        return success();
      },
      [](function_ref<void(const detail::PassOptions &)> visit) {
        visit(OptionsT());
      });
}

void mlir::quantmlir::registerPipelines() {
  PassPipelineRegistration<CalibrateOptions>(
      "quant-calibrate", "Raise linears and observe their inputs",
      buildCalibratePipeline);
  registerPreset<NaiveOptions>("quant-naive-w8a8",
                               "Round weights and activations to INT8",
                               buildNaivePipeline);
  registerPreset<SmoothQuantOptions>(
      "quant-smoothquant-w8a8",
      "Smooth, fold the scales and round weights and activations to INT8",
      buildSmoothQuantPipeline);
  registerPreset<LLMInt8Options>(
      "quant-llm-int8",
      "Keep outlier channels in float and round the others to INT8",
      buildLLMInt8Pipeline);
  registerPreset<RoundToNearestOptions>("quant-w4a16-rtn",
                                        "Round weights to 4 bits in groups",
                                        buildRoundToNearestPipeline);
  registerPreset<LowBitOptions>(
      "quant-w4a8",
      "Round weights to 4 bits in two-level groups, activations to 8 per token",
      buildW4A8Pipeline);
  registerPreset<LowBitOptions>(
      "quant-w4a4",
      "Round weights to 4 bits in two-level groups, activations to 4 per token",
      buildW4A4Pipeline);
  registerPreset<AwqPipelineOptions>(
      "quant-awq-w4a16",
      "Scale and clip weights by AWQ's search and round them to 4 bits in "
      "groups",
      buildAwqPipeline);
  registerPreset<GPTQOptions>(
      "quant-gptq-w4a16",
      "Round weights to 4 bits in groups, later columns making up for earlier "
      "ones",
      buildGPTQPipeline);
}
