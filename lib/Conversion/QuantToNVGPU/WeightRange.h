//===- WeightRange.h - whether weights fit into 8 bits ----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_WEIGHTRANGE_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_WEIGHTRANGE_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

namespace mlir::quantmlir {

/// Fails, with a reason, if an integer group matmul whose weight lies in the
/// order of fragments has a code that the scale of its group takes beyond 8
/// bits: kernels scale four codes of a register at once. Weights whose data is
/// not there are taken to fit, as the op wants it.
LogicalResult checkWeightRange(GroupMatmulOp op, std::string &whyNot);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_WEIGHTRANGE_H
