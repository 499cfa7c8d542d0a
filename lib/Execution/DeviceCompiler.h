//===- DeviceCompiler.h - code that launches GPU kernels --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_DEVICECOMPILER_H
#define QUANT_MLIR_LIB_EXECUTION_DEVICECOMPILER_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::quantmlir {

/// Compiles functions on tensors whose quantized ops all have a kernel: kernels
/// for `chip`, which the current GPU loads, and host code that copies operands
/// to it, launches, and copies results back. A function then takes one pointer
/// for each operand and each result.
llvm::Expected<std::unique_ptr<ExecutionEngine>>
compileDeviceCode(ModuleOp device, StringRef chip);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_DEVICECOMPILER_H
