//===- Pipelines.h - preset pipelines ---------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_PIPELINES_PIPELINES_H
#define QUANT_MLIR_PIPELINES_PIPELINES_H

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"

#include "mlir/Pass/PassOptions.h"

namespace mlir::quantmlir {

/// Options that every preset has.
template <typename OptionsT>
struct PresetOptions : PassPipelineOptions<OptionsT> {
  using Base = PassPipelineOptions<OptionsT>;
  template <typename T>
  using Option = typename Base::template Option<T>;

  Option<std::string> weights{
      *this, "weights",
      llvm::cl::desc("Safetensors file of the parameters; without one the "
                     "module holds them")};
  Option<std::string> outputWeights{
      *this, "output-weights",
      llvm::cl::desc("Safetensors file to write the quantized parameters to, "
                     "not that of an input; without one they stay in the "
                     "module")};
  Option<std::string> exclude{
      *this, "exclude",
      llvm::cl::desc("Regular expression over names of parameters "
                     "that stay in float"),
      llvm::cl::init(LinearFilter::defaultExclude.str())};
};

/// Options of the presets that calibrate.
template <typename OptionsT>
struct CalibratedOptions : PresetOptions<OptionsT> {
  template <typename T>
  using Option = typename PresetOptions<OptionsT>::template Option<T>;

  Option<std::string> statistics{
      *this, "statistics",
      llvm::cl::desc("Statistics file of a calibration; without one the "
                     "observers hold the statistics")};
  Option<ActivationScale> activations{
      *this, "activations", llvm::cl::desc("Scales of activations"),
      llvm::cl::init(ActivationScale::StaticPerTensor),
      llvm::cl::values(clEnumValN(ActivationScale::StaticPerTensor, "static",
                                  "One, from calibration"),
                       clEnumValN(ActivationScale::DynamicPerToken, "per-token",
                                  "One a row, computed at run time"))};
};

struct NaiveOptions : CalibratedOptions<NaiveOptions> {
  Option<bool> activationZeroPoint{
      *this, "activation-zero-point",
      llvm::cl::desc("Give static activations zero points")};
  Option<WeightScale> granularity{
      *this, "weight-granularity", llvm::cl::desc("Scales of weights"),
      llvm::cl::init(WeightScale::PerTensor),
      llvm::cl::values(clEnumValN(WeightScale::PerTensor, "per-tensor", "One"),
                       clEnumValN(WeightScale::PerChannel, "per-channel",
                                  "One for each output channel"))};
};

struct SmoothQuantOptions : CalibratedOptions<SmoothQuantOptions> {
  Option<double> alpha{
      *this, "alpha",
      llvm::cl::desc("Migration strength of all groups: 0 makes the weights' "
                     "columns equal, 1 the activation's channels; without it "
                     "each group's is searched"),
      llvm::cl::init(0.5)};
  Option<bool> search{*this, "search",
                      llvm::cl::desc("Search alpha unless it is given"),
                      llvm::cl::init(true)};
  Option<double> percentile{
      *this, "percentile",
      llvm::cl::desc("The percentile of a channel's magnitudes that counts as "
                     "its maximum; below 100 needs statistics with histograms"),
      llvm::cl::init(100.0)};
  Option<SmoothingScales> scales{
      *this, "scales", llvm::cl::desc("Values that smoothing scales take"),
      llvm::cl::init(SmoothingScales::Any),
      llvm::cl::values(
          clEnumValN(SmoothingScales::Any, "any", "Any"),
          clEnumValN(SmoothingScales::PowersOfTwo, "pow2",
                     "Powers of two, so that smoothing is exact"))};
  Option<bool> thresholds{
      *this, "thresholds",
      llvm::cl::desc("The search also tries to scale large channels alone, "
                     "down to a threshold")};
  Option<double> outlierThreshold{
      *this, "outlier-threshold",
      llvm::cl::desc("Channels that exceed it in the calibration become a "
                     "linear with a scale of its own, before anything is "
                     "smoothed; 0 for none"),
      llvm::cl::init(0.0)};
  Option<bool> clip{
      *this, "clip",
      llvm::cl::desc("Clip static activations where that lowers the predicted "
                     "error; needs statistics with histograms"),
      llvm::cl::init(true)};
  Option<bool> activationZeroPoint{
      *this, "activation-zero-point",
      llvm::cl::desc("Give static activations zero points")};
  Option<WeightScale> granularity{
      *this, "weight-granularity", llvm::cl::desc("Scales of weights"),
      llvm::cl::init(WeightScale::PerChannel),
      llvm::cl::values(clEnumValN(WeightScale::PerTensor, "per-tensor", "One"),
                       clEnumValN(WeightScale::PerChannel, "per-channel",
                                  "One for each output channel"))};
};

struct LLMInt8Options : CalibratedOptions<LLMInt8Options> {
  LLMInt8Options() { activations = ActivationScale::DynamicPerToken; }
  Option<double> threshold{
      *this, "threshold",
      llvm::cl::desc("Channels that exceed it in the calibration stay in "
                     "float"),
      llvm::cl::init(6.0)};
};

struct RoundToNearestOptions : PresetOptions<RoundToNearestOptions> {
  Option<int64_t> groupSize{
      *this, "group-size",
      llvm::cl::desc("Weights that share a scale: 32, 64, 128, or 0 for a row"),
      llvm::cl::init(128)};
  Option<bool> zeroPoint{*this, "zero-point",
                         llvm::cl::desc("Give groups zero points")};
};

/// What scales `--quant-w4a8` and `--quant-w4a4` fold before they quantize.
enum class FoldedScales { None, SmoothQuant, Awq };

struct LowBitOptions : PresetOptions<LowBitOptions> {
  Option<std::string> statistics{
      *this, "statistics",
      llvm::cl::desc("Statistics file of a calibration; without one the "
                     "observers hold the statistics")};
  Option<FoldedScales> scales{
      *this, "scales", llvm::cl::desc("Scales to fold before quantizing"),
      llvm::cl::init(FoldedScales::None),
      llvm::cl::values(clEnumValN(FoldedScales::None, "none", "None"),
                       clEnumValN(FoldedScales::SmoothQuant, "smoothquant",
                                  "Those of SmoothQuant"),
                       clEnumValN(FoldedScales::Awq, "awq",
                                  "Those of AWQ, and its clipping"))};
  Option<double> alpha{
      *this, "alpha",
      llvm::cl::desc("Migration strength of scales=smoothquant"),
      llvm::cl::init(0.5)};
  Option<int64_t> groupSize{
      *this, "group-size",
      llvm::cl::desc("Weights that share an integer scale: 32, 64, 128, or 0 "
                     "for a row"),
      llvm::cl::init(128)};
  Option<bool> zeroPoint{*this, "zero-point",
                         llvm::cl::desc("Give groups zero points")};
  Option<unsigned> activationBits{
      *this, "activation-bits",
      llvm::cl::desc("Bits of activations, 2 to 8, or 0 for the preset's")};
};

struct AwqPipelineOptions : PresetOptions<AwqPipelineOptions> {
  Option<std::string> statistics{
      *this, "statistics",
      llvm::cl::desc("Statistics file of a calibration with second moments or "
                     "sample rows; without one the observers hold them")};
  Option<int64_t> groupSize{
      *this, "group-size",
      llvm::cl::desc("Weights that share a scale: 32, 64, 128, or 0 for a row"),
      llvm::cl::init(128)};
  Option<bool> zeroPoint{*this, "zero-point",
                         llvm::cl::desc("Give groups zero points (true)"),
                         llvm::cl::init(true)};
  Option<bool> clip{*this, "clip",
                    llvm::cl::desc("Clip the weights of groups (true)"),
                    llvm::cl::init(true)};
  Option<SmoothedGroups> groups{
      *this, "groups", llvm::cl::desc("Groups of linears to scale"),
      llvm::cl::init(SmoothedGroups::Foldable),
      llvm::cl::values(clEnumValN(SmoothedGroups::Foldable, "foldable",
                                  "Those whose scales fold into constants"),
                       clEnumValN(SmoothedGroups::All, "all",
                                  "Every one; other scales stay as ops"))};
};

struct GPTQOptions : PresetOptions<GPTQOptions> {
  Option<std::string> statistics{
      *this, "statistics",
      llvm::cl::desc("Statistics file of a calibration with second moments; "
                     "without one the observers hold them")};
  Option<int64_t> groupSize{
      *this, "group-size",
      llvm::cl::desc("Weights that share a scale: 32, 64, 128, or 0 for a row"),
      llvm::cl::init(128)};
  Option<bool> zeroPoint{*this, "zero-point",
                         llvm::cl::desc("Give groups zero points")};
  Option<bool> awq{*this, "awq",
                   llvm::cl::desc("Scale by AWQ's search and fold before")};
  Option<bool> activationOrder{
      *this, "activation-order",
      llvm::cl::desc("Round the columns of large activations first (true)"),
      llvm::cl::init(true)};
  Option<bool> searchScales{
      *this, "search-scales",
      llvm::cl::desc("Search the range of each group's codes (true)"),
      llvm::cl::init(true)};
  Option<double> damping{
      *this, "damping",
      llvm::cl::desc("Part of the mean second moment to add to each channel's"),
      llvm::cl::init(0.01)};
};

struct CalibrateOptions : PassPipelineOptions<CalibrateOptions> {
  Option<std::string> exclude{
      *this, "exclude",
      llvm::cl::desc("Regular expression over names of parameters "
                     "that stay in float"),
      llvm::cl::init(LinearFilter::defaultExclude.str())};
};

/// `--quant-calibrate`: to level 2, for `quant-run --observe`.
void buildCalibratePipeline(OpPassManager &pm, const CalibrateOptions &options);
/// `--quant-naive-w8a8`: rounds to INT8 without smoothing, the baseline.
void buildNaivePipeline(OpPassManager &pm, const NaiveOptions &options);
/// `--quant-smoothquant-w8a8`: smooths, folds and rounds to INT8.
void buildSmoothQuantPipeline(OpPassManager &pm,
                              const SmoothQuantOptions &options);
/// `--quant-llm-int8`: keeps outlier channels in float and rounds the others to
/// INT8.
void buildLLMInt8Pipeline(OpPassManager &pm, const LLMInt8Options &options);
/// `--quant-w4a16-rtn`: rounds weights to 4 bits in groups.
void buildRoundToNearestPipeline(OpPassManager &pm,
                                 const RoundToNearestOptions &options);
/// `--quant-w4a8`: rounds weights to 4 bits in two-level groups and activations
/// to 8 bits per token.
void buildW4A8Pipeline(OpPassManager &pm, const LowBitOptions &options);
/// `--quant-w4a4`: the same with 4-bit activations.
void buildW4A4Pipeline(OpPassManager &pm, const LowBitOptions &options);
/// `--quant-gptq-w4a16`: rounds weights to 4 bits with error feedback.
void buildGPTQPipeline(OpPassManager &pm, const GPTQOptions &options);

/// `--quant-awq-w4a16`: scales by AWQ's search, folds, clips, and rounds
/// weights to 4 bits in groups.
void buildAwqPipeline(OpPassManager &pm, const AwqPipelineOptions &options);

/// Registers the presets as options of the tools.
void registerPipelines();

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_PIPELINES_PIPELINES_H
