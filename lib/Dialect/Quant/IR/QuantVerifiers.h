//===- QuantVerifiers.h - shapes in errors ----------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_IR_QUANTVERIFIERS_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_IR_QUANTVERIFIERS_H

#include "mlir/Support/LLVM.h"

#include <string>

namespace mlir::quantmlir {

/// "shape 2x?", or "rank 0".
std::string formatShape(ArrayRef<int64_t> shape);

/// Whether the shapes are equal wherever both are known.
bool isCompatible(ArrayRef<int64_t> found, ArrayRef<int64_t> expected);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_IR_QUANTVERIFIERS_H
