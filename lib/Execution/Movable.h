//===- Movable.h - values that may be computed earlier ----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_MOVABLE_H
#define QUANT_MLIR_LIB_EXECUTION_MOVABLE_H

#include "mlir/IR/Operation.h"

namespace mlir::quantmlir {

/// True for constants of a program, its weights among them.
bool isConstant(Operation *op);

/// True if `value` is computed before `op`, or may as well be: constants, and
/// reshapes of what is. Upstream's moveValueDefinitions then moves it there.
bool canBeBefore(Value value, Operation *op);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_MOVABLE_H
