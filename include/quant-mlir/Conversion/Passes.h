//===- Passes.h - conversions of the quant dialect --------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_PASSES_H
#define QUANT_MLIR_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::quantmlir {

#define GEN_PASS_DECL
#include "quant-mlir/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "quant-mlir/Conversion/Passes.h.inc"

/// The attribute of a function's argument that callers pass in device memory:
/// convert-quant-to-nvgpu gives it to kernels as it is.
constexpr llvm::StringLiteral onDeviceAttrName = "quant.on_device";

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_PASSES_H
