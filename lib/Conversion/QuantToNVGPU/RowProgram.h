//===- RowProgram.h - stages of quant.quantize_rows in kernels --*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_ROWPROGRAM_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_ROWPROGRAM_H

#include "KernelBuilder.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::quantmlir {

/// Fails, with a reason, if a stage holds an op that kernels have no code for.
LogicalResult checkRowProgram(QuantizeRowsOp op, std::string &whyNot);

/// A text that two programs have in common only if they compute the same.
std::string describeRowProgram(QuantizeRowsOp op);

/// What a stage yields for `arguments`, each a vector of `width` elements or a
/// scalar. What depends on scalars alone is computed once.
Value buildStage(KernelBuilder &b, Region &stage, ArrayRef<Value> arguments,
                 int64_t width);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_ROWPROGRAM_H
