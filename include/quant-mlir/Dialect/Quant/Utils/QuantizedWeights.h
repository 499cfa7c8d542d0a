//===- QuantizedWeights.h - integer codes of a weight -----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_QUANTIZEDWEIGHTS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_QUANTIZEDWEIGHTS_H

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/IR/Diagnostics.h"

#include <cmath>

namespace mlir::quantmlir {

/// What the codes of an N×K weight look like.
struct WeightFormat {
  /// 8: one symmetric scale for the tensor or for each row. 4: groups.
  unsigned bits = 8;
  bool perTensor = false;
  /// For 4 bits: values along K that share a scale.
  int64_t groupSize = 0;
  bool zeroPoints = false;
  /// For 4 bits: groups in two levels, for integer activations. A single group
  /// a row needs one level.
  bool twoLevels = false;
};

/// A weight's codes, scales and zero points, and what rounding cost.
struct QuantizedWeight {
  /// i8, N×K for 8 bits, N×ceil(K/2) for packed 4 bits.
  ElementsAttr codes;
  /// f32: rank 0, [N] or [N, G]; [N] with two levels.
  ElementsAttr scales;
  /// i8 [N, G] with two levels, or null.
  ElementsAttr groupScales;
  /// i8 [N, G], or null.
  ElementsAttr zeros;
  /// For each column k, the sums over rows of w² and of (ŵ - w)².
  SmallVector<double> power, error;

  int64_t getBytes() const;
};

/// A weight's codes as numbers.
struct WeightCodes {
  /// As they are stored: a byte each, or two 4-bit codes a byte in each row.
  AsmResourceBlob codes;
  /// One, one for each row, or one for each group of each row.
  SmallVector<float> scales;
  /// One for each group of each row, or none.
  SmallVector<int8_t> groupScales, zeros;
  /// As in QuantizedWeight.
  SmallVector<double> power, error;
  /// The error added to the outputs under the input's second moment, if the
  /// rounding knew it.
  double outputError = 0;
};

/// The elements of a weight in row-major order; in `storage` unless they are
/// f32. Fails with an error of `emitError` if the weight is no float matrix or
/// holds a NaN or an infinity.
FailureOr<ArrayRef<float>>
readWeight(const ConstantTensor &weight, SmallVectorImpl<float> &storage,
           function_ref<InFlightDiagnostic()> emitError);

/// Makes constants of the codes of a weight of `type`. They get the names of a
/// checkpoint: `<base>.weight` (8 bits) or `<base>.weight_packed`,
/// `<base>.weight_scale`, `<base>.weight_group_scale`,
/// `<base>.weight_zero_point`; none without a base.
QuantizedWeight createQuantizedWeight(ShapedType type, StringRef base,
                                      const WeightFormat &format,
                                      WeightCodes codes);

/// Rounds a float weight to nearest on the context's threads. Fails as
/// `readWeight` does.
FailureOr<QuantizedWeight>
quantizeWeight(const ConstantTensor &weight, StringRef base,
               const WeightFormat &format,
               function_ref<InFlightDiagnostic()> emitError);

/// The root mean square error that quantization adds to a linear's output,
/// relative to the output, for channels taken as independent.
struct PredictedError {
  double weight = 0, input = 0;
  double getTotal() const { return std::sqrt(weight * weight + input * input); }
};

/// Predicts the error from the input's mean |x| of each channel, taken for that
/// of a normal distribution; an empty `meanAbs` weighs all channels alike. A
/// `inputScale` adds rounding noise of variance scale²/12, or, in a channel
/// that vanishes under it, the channel's own power.
PredictedError predictError(const QuantizedWeight &weight,
                            ArrayRef<float> meanAbs,
                            std::optional<float> inputScale);

/// The scale that a token's activations typically get: by the median of the
/// largest of independent normal values with these means |x|, which is at most
/// `absmax`.
float predictTokenScale(ArrayRef<float> meanAbs, float absmax, unsigned bits);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_QUANTIZEDWEIGHTS_H
