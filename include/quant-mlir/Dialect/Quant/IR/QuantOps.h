//===- QuantOps.h - the quant dialect, extended -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_IR_QUANTOPS_H
#define QUANT_MLIR_DIALECT_QUANT_IR_QUANTOPS_H

#include "quant-mlir/Interfaces/ScaleMigrationOpInterface.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h.inc"

namespace mlir::quantmlir {

/// Makes upstream's quant dialect available and adds our ops to it once it is
/// loaded. Every pass that creates our ops calls this from
/// getDependentDialects; calling it again changes nothing.
void registerQuantOps(DialectRegistry &registry);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_IR_QUANTOPS_H
