//===- MatmulTiles.h - which tile a matmul is divided into ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULTILES_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULTILES_H

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

namespace mlir::quantmlir {

/// A tile, and the number of rows up to which it is the best one.
struct TileChoice {
  MatmulTile tile;
  int64_t maxRows;
};

/// The tiles for a matmul of `sizes` {M, N, K} on `chip`, whose rows begin at
/// multiples of 16 bytes, by rising numbers of rows. One for a static M; for a
/// dynamic one the last serves any number.
SmallVector<TileChoice> chooseTiles(ArrayRef<int64_t> sizes, const Chip &chip);

/// True if tensor copies can read matrices of K columns of codes: they need at
/// least one.
bool canUseWarpGroups(int64_t k);

/// Why no pipeline has that many stages; empty if one can have them.
std::string checkStages(int64_t stages);

/// The tile of kernels whose copies are narrower than 16 bytes.
MatmulTile getNarrowTile();

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULTILES_H
