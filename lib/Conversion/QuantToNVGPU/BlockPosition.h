//===- BlockPosition.h - which tile a block computes ------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_BLOCKPOSITION_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_BLOCKPOSITION_H

#include "KernelBuilder.h"

namespace mlir::quantmlir {

/// A tile of y, in tiles.
struct BlockPosition {
  Value row, column;
};

/// The tile of this block. Blocks of few rows of tiles run along the rows
/// first; those of many in groups of some columns of tiles, along a group's
/// columns first, so that the blocks that run at one time read few rows
/// of x and of the weight.
BlockPosition getBlockPosition(KernelBuilder &b);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_BLOCKPOSITION_H
