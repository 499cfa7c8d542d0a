//===- WeightRange.h - whether kernels can scale weights --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels of integer group matmuls take scales of groups for 1 to 127, and most
// scale four codes of a register at once, of which each must stay within 8
// bits. On the CPU scaled codes wrap there, also with 4-bit activations, whose
// kernels might have more bits. Other weights would silently give other results
// than the CPU's. Constants are checked when an op is compiled, and what is
// known at run time only by who has the data.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_QUANTTONVGPU_WEIGHTRANGE_H
#define QUANT_MLIR_CONVERSION_QUANTTONVGPU_WEIGHTRANGE_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include <optional>

namespace mlir::quantmlir {

/// What the values of a weight in the order of fragments must fit into.
struct WeightRange {
  int64_t rowBlocks, columnBlocks, groups, groupSize;

  /// None if the op has neither integer scales nor zero points, another order,
  /// or dynamic shapes.
  static std::optional<WeightRange> get(GroupMatmulOp op);
  /// The op's scales if they are integers, else null.
  static Value getScales(GroupMatmulOp op);

  /// Fails, with a reason, for values beyond it. `scales` and `zeros` may be
  /// null.
  LogicalResult check(const int8_t *codes, const int8_t *scales,
                      const int8_t *zeros, std::string &whyNot) const;
};

/// Fails, with a reason, if a group matmul whose weight lies in the order of
/// fragments has constants beyond the range of its kernel, or that cannot be
/// read. Weights whose data is not there are taken to fit.
LogicalResult checkWeightRange(GroupMatmulOp op, std::string &whyNot);

/// Whether all values of the op's weight are there, for checkWeightRange.
bool isConstantWeight(GroupMatmulOp op);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTONVGPU_WEIGHTRANGE_H
