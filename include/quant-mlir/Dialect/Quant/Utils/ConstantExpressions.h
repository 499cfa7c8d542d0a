//===- ConstantExpressions.h - values computed from constants ---*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_CONSTANTEXPRESSIONS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_CONSTANTEXPRESSIONS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

namespace mlir::quantmlir {

/// True if `value` is a tensor of few elements that elementwise ops compute
/// from constants and external parameters alone: the `1 + w` of some norms.
bool isConstantExpression(Value value);

/// The elements of a constant expression, by the folders of its ops, so with
/// their rounding. Null if data is not present or an op does not fold.
DenseElementsAttr evaluateConstantExpression(Value value);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_CONSTANTEXPRESSIONS_H
