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
#include "llvm/ADT/StringMap.h"

namespace mlir::quantmlir {

class GPU;

/// Functions that launch kernels.
struct DeviceCode {
  std::unique_ptr<ExecutionEngine> engine;
  /// Bytes of the device memory that each function needs.
  llvm::StringMap<SmallVector<uint64_t>> workspaces;
};

/// Compiles functions on tensors whose quantized ops all have a kernel: kernels
/// for `chip`, which `gpu` loads, and host code that copies operands to it,
/// launches, and copies results back. A function then takes one pointer for
/// each operand, each result and each of its workspaces. It must be called, and
/// the engine be destroyed, within useGPU.
llvm::Expected<DeviceCode> compileDeviceCode(ModuleOp device, GPU &gpu,
                                             StringRef chip);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_DEVICECOMPILER_H
