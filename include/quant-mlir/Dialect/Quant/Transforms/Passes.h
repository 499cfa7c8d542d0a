//===- Passes.h - passes on the quant dialect -------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_H
#define QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Pass/Pass.h"

namespace mlir::quantmlir {

#define GEN_PASS_DECL
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_H
