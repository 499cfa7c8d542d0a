//===- Passes.td - conversions of the quant dialect --------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_PASSES_TD
#define QUANT_MLIR_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif // QUANT_MLIR_CONVERSION_PASSES_TD
