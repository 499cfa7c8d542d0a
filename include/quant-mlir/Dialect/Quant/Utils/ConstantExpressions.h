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

/// True if `value` is a float tensor of static shape that ops known to
/// `evaluateConstantExpression` compute from constants and external parameters
/// alone: the `1 + w` of some norms, a tensor filled with a number. Constants
/// themselves are none. It does not ask whether data is present.
bool isConstantExpression(Value value);

/// The elements of a constant expression. Every op rounds to its type as IEEE
/// arithmetic does; transcendental functions are those of the C++ library. Null
/// if the data of a parameter is not present.
DenseElementsAttr evaluateConstantExpression(Value value);

/// The name of the first parameter that a constant expression, or a constant,
/// is made of; empty if there is none.
StringRef getExpressionName(Value value);

/// The first constant or parameter that `value` is or is computed from and
/// whose data is not present; null if there is none.
Value findMissingData(Value value);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_CONSTANTEXPRESSIONS_H
