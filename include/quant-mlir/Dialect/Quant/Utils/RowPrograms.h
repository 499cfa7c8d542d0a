//===- RowPrograms.h - reductions of rows -----------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_ROWPROGRAMS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_ROWPROGRAMS_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::quantmlir {

/// The neutral element of a reduction that `quant.quantize_rows` may have.
FloatAttr getNeutralElement(vector::CombiningKind kind, FloatType type);

/// The reduction that an op of two floats makes.
std::optional<vector::CombiningKind> getCombiningKind(Operation *op);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_ROWPROGRAMS_H
