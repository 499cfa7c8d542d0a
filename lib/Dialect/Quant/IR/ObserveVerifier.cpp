//===- ObserveVerifier.cpp - what statistics must be ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantVerifiers.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Statistics/Histogram.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;

/// Fails unless `values` is an f32 tensor of one value a channel.
static LogicalResult verifyChannels(ObserveOp op, StringRef name,
                                    ElementsAttr values, int64_t channels) {
  ShapedType type = values.getShapedType();
  if (type.getElementType().isF32() && type.getRank() == 1 &&
      isCompatible(type.getShape(), {channels}))
    return success();
  return op.emitOpError() << "statistic '" << name << "' of '" << op.getName()
                          << "' has type " << type << ", expected "
                          << RankedTensorType::get(
                                 {channels}, Float32Type::get(op.getContext()))
                          << ": one value for each channel of the last "
                             "dimension; were the statistics collected from "
                             "this model?";
}

/// Fails unless `values` is an f32 tensor of one finite value a channel, not
/// negative if it is of magnitudes.
static LogicalResult verifyStatistic(ObserveOp op, StringRef name,
                                     ElementsAttr values, int64_t channels,
                                     bool isMagnitude) {
  if (!values)
    return success();
  if (failed(verifyChannels(op, name, values, channels)))
    return failure();
  std::optional<ConstantTensor> constant = ConstantTensor::get(values);
  if (!constant)
    return success();
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> floats = constant->getFloats(storage);
  if (failed(floats))
    return success();
  for (auto [channel, value] : llvm::enumerate(*floats))
    if (!std::isfinite(value) || (isMagnitude && value < 0))
      return op.emitOpError()
             << "statistic '" << name << "' of '" << op.getName() << "' is "
             << value << " at channel " << channel << ", expected a finite "
             << (isMagnitude ? "magnitude" : "value")
             << ": calibrate again and look for the first layer that overflows";
  return success();
}

/// Fails unless `scale` divides: 0 and what has no inverse do not. That of
/// infinity is 0.
static LogicalResult verifyMomentScale(ObserveOp op, ElementsAttr scale,
                                       int64_t channels) {
  if (!scale)
    return success();
  if (failed(verifyChannels(op, "moment_scale", scale, channels)))
    return failure();
  std::optional<ConstantTensor> constant = ConstantTensor::get(scale);
  if (!constant)
    return success();
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = constant->getFloats(storage);
  if (failed(values))
    return success();
  for (auto [channel, value] : llvm::enumerate(*values))
    if (!(value > 0) || !std::isfinite(1.0f / value))
      return op.emitOpError()
             << "moment_scale of '" << op.getName() << "' is " << value
             << " at channel " << channel
             << ", expected scales greater than 0 with a finite inverse";
  return success();
}

/// Fails unless `values` is an f32 matrix of as many columns as there are
/// channels.
static LogicalResult verifyRows(ObserveOp op, StringRef name,
                                ElementsAttr values, int64_t rows,
                                int64_t channels) {
  if (!values)
    return success();
  ShapedType type = values.getShapedType();
  if (type.getElementType().isF32() && type.getRank() == 2 &&
      isCompatible(type.getShape(), {rows, channels}))
    return success();
  return op.emitOpError() << "statistic '" << name << "' of '" << op.getName()
                          << "' has type " << type << ", expected f32 and "
                          << formatShape({rows, channels})
                          << "; were the statistics collected from this model?";
}

/// Fails if the diagonal of `moments` is none of sums of squares. The other
/// elements are too many to be looked at whenever the op is verified.
static LogicalResult verifyDiagonal(ObserveOp op, ElementsAttr moments) {
  std::optional<ConstantTensor> constant = ConstantTensor::get(moments);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = failure();
  if (constant)
    values = constant->getFloats(storage);
  if (failed(values))
    return success();
  int64_t channels = moments.getShapedType().getDimSize(1);
  for (int64_t k = 0; k < channels; ++k) {
    float value = (*values)[k * (channels + 1)];
    if (!std::isfinite(value) || value < 0)
      return op.emitOpError()
             << "statistic 'moment2' of '" << op.getName() << "' is " << value
             << " at channel " << k << ", expected a finite sum of squares";
  }
  return success();
}

/// Fails unless a histogram has one row of bins a channel.
static LogicalResult verifyHistogram(ObserveOp op, int64_t channels) {
  if (!op.getHistogram())
    return success();
  ShapedType type = op.getHistogramAttr().getShapedType();
  if (type.getElementType().isSignlessInteger(32) && type.getRank() == 2 &&
      isCompatible(type.getShape(), {channels, Histogram::numBins}))
    return success();
  return op.emitOpError() << "statistic 'histogram' of '" << op.getName()
                          << "' has type " << type << ", expected i32 and "
                          << formatShape({channels, Histogram::numBins})
                          << "; were the statistics collected from this model?";
}

static LogicalResult verifyLargeStatistics(ObserveOp op, int64_t channels) {
  if (failed(
          verifyRows(op, "moment2", op.getMoment2Attr(), channels, channels)) ||
      failed(verifyRows(op, "sample", op.getSampleAttr(), ShapedType::kDynamic,
                        channels)) ||
      failed(verifyHistogram(op, channels)))
    return failure();
  if (op.getSampleAttr() &&
      op.getSampleAttr().getShapedType().getDimSize(0) == 0)
    return op.emitOpError()
           << "statistic 'sample' of '" << op.getName()
           << "' has no rows; drop it, or calibrate with inputs that have some";
  ElementsAttr scale = op.getMomentScaleAttr();
  if (scale && !op.getMoment2Attr() && !op.getSampleAttr() &&
      !op.getHistogramAttr())
    return op.emitOpError()
           << "moment_scale of '" << op.getName()
           << "' has no moment2, sample or histogram to divide";
  if (failed(verifyMomentScale(op, scale, channels)))
    return failure();
  if (op.getMoment2Attr())
    return verifyDiagonal(op, op.getMoment2Attr());
  return success();
}

/// Fails if a channel's least value is above its greatest.
static LogicalResult verifyRange(ObserveOp op) {
  std::optional<ConstantTensor> least, greatest;
  if (op.getMinAttr() && op.getMaxAttr()) {
    least = ConstantTensor::get(op.getMinAttr());
    greatest = ConstantTensor::get(op.getMaxAttr());
  }
  if (!least || !greatest)
    return success();
  SmallVector<float> minStorage, maxStorage;
  FailureOr<ArrayRef<float>> mins = least->getFloats(minStorage);
  FailureOr<ArrayRef<float>> maxs = greatest->getFloats(maxStorage);
  if (failed(mins) || failed(maxs))
    return success();
  // Types need not be the same while the number of channels is dynamic.
  for (auto [channel, range] : llvm::enumerate(llvm::zip(*mins, *maxs))) {
    auto [low, high] = range;
    if (low > high)
      return op.emitOpError()
             << "statistic 'min' of '" << op.getName() << "' is " << low
             << " at channel " << channel << ", above its 'max' " << high
             << ": calibrate again";
  }
  return success();
}

LogicalResult ObserveOp::verify() {
  RankedTensorType type = getInput().getType();
  if (type.getRank() == 0)
    return emitOpError("input has rank 0, expected at least 1: channels are "
                       "the last dimension");
  if (getName().empty())
    return emitOpError("name is empty, expected the one that identifies the "
                       "activation in a statistics file");
  for (auto [name, count] :
       {std::pair("tokens", getTokens()), std::pair("samples", getSamples())})
    if (count && static_cast<int64_t>(*count) <= 0)
      return emitOpError() << name << " = " << static_cast<int64_t>(*count)
                           << ", expected more than 0";

  if (getClip() && !(*getClip() > APFloat(0.0f) && getClip()->isFinite()))
    return emitOpError() << "clip = " << getClip()->convertToFloat()
                         << ", expected a finite magnitude above 0";

  int64_t channels = type.getShape().back();
  return success(
      succeeded(verifyStatistic(*this, "absmax", getAbsmaxAttr(), channels,
                                /*isMagnitude=*/true)) &&
      succeeded(verifyStatistic(*this, "min", getMinAttr(), channels,
                                /*isMagnitude=*/false)) &&
      succeeded(verifyStatistic(*this, "max", getMaxAttr(), channels,
                                /*isMagnitude=*/false)) &&
      succeeded(verifyRange(*this)) &&
      succeeded(verifyStatistic(*this, "mean_abs", getMeanAbsAttr(), channels,
                                /*isMagnitude=*/true)) &&
      succeeded(verifyLargeStatistics(*this, channels)));
}
