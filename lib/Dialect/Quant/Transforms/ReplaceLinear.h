//===- ReplaceLinear.h - put quantized ops in place of linears --*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_REPLACELINEAR_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_REPLACELINEAR_H

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"

namespace mlir::quantmlir {

/// Makes a constant of `attr`, which may be null.
Value createConstant(OpBuilder &builder, Location loc, ElementsAttr attr);

/// Replaces the linear, and the bias added right behind it, by the op that
/// `create` makes from the bias (or null) and the destination. The weight's
/// constant stays, even without uses.
void replaceLinear(
    Linear linear,
    function_ref<Operation *(OpBuilder &, Location, Value bias, Value init)>
        create);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_REPLACELINEAR_H
