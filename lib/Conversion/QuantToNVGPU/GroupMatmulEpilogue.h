//===- GroupMatmulEpilogue.h - results of a group matmul --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULEPILOGUE_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULEPILOGUE_H

#include "HalfFragments.h"
#include "MatmulEpilogue.h"

namespace mlir::quantmlir {

/// Which of a tile's warps, along m, n and k, and which lane.
struct WarpPosition {
  const GroupMatmulTile *tile;
  Value row, column, slice, lane;
};

/// Where in y the block of a warp begins.
struct TilePosition {
  WarpPosition warp;
  Value firstRow, firstColumn;
};

/// Ends the kernel of a group matmul: adds the sums, which stand row by row, of
/// warps along k by `shared`, shared memory of their type, and stores them as
/// buildMatmulEpilogue does. Each of these warps gets a part of the fragments
/// along n.
void buildGroupEpilogue(KernelBuilder &b, MatmulEpilogue &epilogue,
                        const TilePosition &position, Value shared,
                        ArrayRef<CFragment> sums);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULEPILOGUE_H
