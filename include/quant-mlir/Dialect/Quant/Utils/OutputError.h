//===- OutputError.h - predicting what quantization costs -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_OUTPUTERROR_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_OUTPUTERROR_H

#include "quant-mlir/Dialect/Quant/Utils/ActivationProfile.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"

#include <cmath>

namespace mlir::quantmlir {

/// How the input of a linear is quantized.
enum class InputFormat { Float, StaticPerTensor, DynamicPerToken };

/// How a linear is quantized.
struct LinearFormat {
  InputFormat input = InputFormat::StaticPerTensor;
  unsigned inputBits = 8;
  /// A static scale may clip, where that lowers the error.
  bool clips = false;
  /// A static scale has a zero point.
  bool zeroPoint = false;
  WeightFormat weight;
};

/// An N×K weight of a linear.
struct WeightMatrix {
  ArrayRef<float> values;
  int64_t rows;
};

/// The weights of the linears that read an observer, with the memory of those
/// that are not stored as f32.
struct ObservedWeights {
  SmallVector<Linear> linears;
  SmallVector<WeightMatrix> matrices;
  std::vector<SmallVector<float, 0>> storage;
};

/// Reads the weights of the linears behind `observe`. A weight without data is
/// an error that asks for quant-bind-weights before `pass`.
FailureOr<ObservedWeights> readObservedWeights(ObserveOp observe,
                                               StringRef pass);

/// Why errors of `linear` are no finite numbers, if its weight is to blame: it
/// is so large that sums of squares of rounding errors exceed f32. Empty
/// otherwise.
std::string describeLargeWeight(const Linear &linear);

/// The root mean square error that quantization adds to the outputs of linears
/// that share an input, relative to the outputs. Common and rare tokens are
/// measured by their own outputs; rare ones count by the power of these, but
/// never more than common ones.
struct OutputError {
  /// Parts of the error of common tokens.
  double input = 0, weight = 0;
  double total = 0;
  /// The largest magnitude that the input's codes stand for, after smoothing.
  double clip = 0;
};

/// Predicts output errors from the profile of an activation and the weights of
/// the linears that read it, without running anything. Channels are taken as
/// independent, a rounding error as noise of variance step²/12, but never more
/// than the rounded value itself. A product loses at most its own power: what
/// vanishes under one step cannot be lost again to the other.
class OutputErrorModel {
public:
  /// `profile` and the weights' values must outlive the model.
  OutputErrorModel(MLIRContext *context, const ActivationProfile &profile,
                   SmallVector<WeightMatrix> weights);

  /// The error if the activation's channels are divided, and the weights'
  /// columns multiplied, by `scales`.
  OutputError predict(ArrayRef<float> scales, const LinearFormat &format) const;

  /// The largest magnitude of each column over all weights.
  ArrayRef<float> getColumnMax() const { return columnMax; }

private:
  OutputError getError(ArrayRef<float> scales,
                       ArrayRef<ActivationProfile::Split> weightError,
                       double step, double clip) const;
  SmallVector<double> getWeightNoise(ArrayRef<float> scales,
                                     const WeightFormat &format) const;

  MLIRContext *context;
  const ActivationProfile &profile;
  SmallVector<WeightMatrix> weights;
  SmallVector<float> columnMax;
  /// Sums of squares over the rows of all weights.
  SmallVector<double> columnPower;
  SmallVector<ActivationProfile::Split> inputPower;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_OUTPUTERROR_H
