//===- OperandSets.h - which operands of an op take a scale -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_INTERFACES_OPERANDSETS_H
#define QUANT_MLIR_LIB_INTERFACES_OPERANDSETS_H

#include "quant-mlir/Interfaces/ScaleMigrationOpInterface.h"

namespace mlir::quantmlir::detail {

/// The smallest subsets of `choices` that `passes` accepts, the smaller ones
/// first. Of more than eight operands only all are tried.
SmallVector<SmallVector<OpOperand *>>
findOperandSets(ArrayRef<OpOperand *> choices,
                function_ref<bool(ArrayRef<OpOperand *>)> passes);

/// Puts routes without ties first, then those that end in constants.
void sortRoutes(SmallVectorImpl<ScaleRoute> &routes);

/// "arith.addf of a scaled value is not the scaled value of it", or, without a
/// culprit, that no choice of operands serves.
std::string explainNoSet(Operation *culprit);

} // namespace mlir::quantmlir::detail

#endif // QUANT_MLIR_LIB_INTERFACES_OPERANDSETS_H
