//===- WarpSums.h - sums of warps along k -----------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_WARPSUMS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_WARPSUMS_H

#include "HalfFragments.h"

namespace mlir::quantmlir {

/// Which of a tile's warps, along m, n and k, and which lane.
struct WarpPosition {
  const GroupMatmulTile *tile;
  Value row, column, slice, lane;
};

/// Adds the sums, i32 and row by row, of the warps along k by `shared`, shared
/// memory as i32, which nobody uses: each warp gets a part of the fragments
/// along n.
SmallVector<CFragment> addSumsOfWarps(KernelBuilder &b, Value shared,
                                      const WarpPosition &warp,
                                      ArrayRef<CFragment> sums);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_WARPSUMS_H
