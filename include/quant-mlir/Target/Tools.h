//===- Tools.h - NVIDIA's programs that ours call ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TARGET_TOOLS_H
#define QUANT_MLIR_TARGET_TOOLS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::quantmlir {

/// The program `name` of the CUDA toolkit: `path` if it is not empty; otherwise
/// the one on PATH, in $VIRTUAL_ENV, or in `.venv` of the current folder or of
/// a folder above `executable`. `package` is the one on PyPI that has it and
/// `option` the one that gives `path`, for the message.
llvm::Expected<std::string> findCudaTool(llvm::StringRef name,
                                         llvm::StringRef package,
                                         llvm::StringRef option,
                                         llvm::StringRef path,
                                         llvm::StringRef executable);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TARGET_TOOLS_H
