//===- KernelCompiler.h - machine code of kernels ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_KERNELCOMPILER_H
#define QUANT_MLIR_LIB_EXECUTION_KERNELCOMPILER_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::quantmlir {

/// Compiles a module of the LLVM dialect for this machine, with functions of
/// this process that it may call.
llvm::Expected<std::unique_ptr<ExecutionEngine>>
createEngine(ModuleOp module, ArrayRef<std::pair<StringRef, void *>> functions);

/// Compiles a module of lowered kernels for this machine. `assertFailed` is
/// called when an assertion fails.
llvm::Expected<std::unique_ptr<ExecutionEngine>>
compileKernels(ModuleOp kernels, void (*assertFailed)(int64_t));

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_KERNELCOMPILER_H
