//===- Passes.h - passes of the CPU path ------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_EXECUTION_PASSES_H
#define QUANT_MLIR_EXECUTION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::quantmlir {

#define GEN_PASS_DECL
#include "quant-mlir/Execution/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "quant-mlir/Execution/Passes.h.inc"

/// The attribute of a call that hands a value to the observers: its name.
constexpr llvm::StringLiteral observerAttrName = "observer";

/// The attribute of a call of a function in the module of device code.
constexpr llvm::StringLiteral deviceAttrName = "device";

/// The attribute of an argument of such a function: device memory for its own
/// use, of any content.
constexpr llvm::StringLiteral workspaceAttrName = "quant.workspace";

/// The nested module of functions that launch GPU kernels, and its attribute:
/// where something else has the name, a number follows.
constexpr llvm::StringLiteral deviceModuleName = "device";
constexpr llvm::StringLiteral deviceModuleAttrName = "quant.device";

/// The attribute of a kernel: the number of rows that its loop runs over.
constexpr llvm::StringLiteral rowsAttrName = "rows";

/// What a lowered kernel calls when the program's assertion with this number,
/// counted over the module's kernels, fails: `void(i64)`.
constexpr llvm::StringLiteral assertFunctionName = "quant_mlir_assert_failed";

/// The nested module of lowered kernels.
constexpr llvm::StringLiteral kernelsModuleName = "kernels";

/// The attribute of that module: the messages of its assertions.
constexpr llvm::StringLiteral assertMessagesAttrName = "quant.assert_messages";

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_EXECUTION_PASSES_H
