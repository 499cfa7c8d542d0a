//===- BlockText.h - what a block computes, as a text -----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_BLOCKTEXT_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_BLOCKTEXT_H

#include "mlir/IR/Block.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::quantmlir {

/// Prints the types of the block's arguments and its ops, which have no
/// regions, so that two blocks have the same text only if they compute the
/// same. Constants from outside appear as their values.
void printBlockText(llvm::raw_ostream &os, Block &block);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_BLOCKTEXT_H
