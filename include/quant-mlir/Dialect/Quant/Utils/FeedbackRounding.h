//===- FeedbackRounding.h - GPTQ of one weight ----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// GPTQ (arXiv 2210.17323). The error that rounding row w of a weight to ŵ adds
// to its outputs is (w - ŵ) H (w - ŵ)ᵀ, with H the second moment of the input.
// Columns are rounded one after the other, and what one loses is made up for by
// those that are still to come. With H⁻¹ = UᵀU, U upper triangular, column i
// changes the later columns j by
//
//   w_j -= e_i U_ij,  e_i = (w_i - ŵ_i) / U_ii
//
// and the sum of all e_i² is the error. Rows do not depend on each other.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_FEEDBACKROUNDING_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_FEEDBACKROUNDING_H

#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"

#include <vector>

namespace mlir::quantmlir {

/// How a weight is rounded with feedback.
struct FeedbackOptions {
  WeightFormat format;
  /// Columns are rounded in the order of falling second moments, in groups
  /// whose scales and zero points are chosen from the original values: groups
  /// stay groups of neighbours. Else columns are rounded as they stand, and a
  /// group's are chosen from its values when its first column is reached.
  bool activationOrder = true;
  /// A group's scale and zero point are those of its range, or of the part of
  /// it that loses least: 1, 0.975, … 0.5 times it, where the squared error of
  /// column i weighs 1 / U_ii².
  bool searchScales = true;
};

/// What the weights that read one input share: the order in which their columns
/// are rounded, and U in this order.
class GPTQFactor {
public:
  /// `moment` is K×K, symmetric, of any scale. `damping` times the mean of its
  /// diagonal is added to the diagonal. The order is that of falling second
  /// moments, ties as they stand, or as it is. A channel of zeros gets the mean
  /// and so neither takes nor gives. Fails if the sum is not positive definite.
  static std::optional<GPTQFactor>
  compute(ArrayRef<float> moment, bool activationOrder, double damping);

  int64_t getChannels() const { return order.size(); }
  /// The channel that is rounded as number `i`.
  ArrayRef<int64_t> getOrder() const { return order; }
  /// Row `i` of U; elements before `i` are unspecified.
  const double *getRow(int64_t i) const {
    return upper.data() + i * getChannels();
  }
  /// The diagonal of the moment, by channel.
  ArrayRef<double> getPower() const { return power; }

private:
  std::vector<int64_t> order;
  std::vector<double> upper;
  std::vector<double> power;
};

/// Codes of `values`, row-major rows of the factor's channels, in groups of
/// `options.format.groupSize`: the number of channels, or a divisor of 128.
///
/// Blocks of rows are worked on by `context`'s threads; the result does not
/// depend on their number.
WeightCodes roundWithFeedback(MLIRContext *context, ArrayRef<float> values,
                              const GPTQFactor &factor,
                              const FeedbackOptions &options);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_FEEDBACKROUNDING_H
