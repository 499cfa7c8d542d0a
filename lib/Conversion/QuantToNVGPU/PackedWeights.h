//===- PackedWeights.h - 4-bit weights in a kernel's tiles ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels on weights in the order of fragments (FragmentOrder.h) have in
// common, whatever their activations are: how tiles are copied and which words
// of them a warp loads.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_PACKEDWEIGHTS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_PACKEDWEIGHTS_H

#include "GroupMatmulEpilogue.h"
#include "TileCopies.h"

namespace mlir::quantmlir {

/// A packed weight, and the block that multiplies by it.
struct PackedWeight {
  const GroupMatmulTile *tile;
  int64_t groupSize;
  /// Blocks of rows and of columns of the weight, and the scales of a group.
  Value rowBlocks, columnBlocks, groupPitch;
  /// The columns of K that the block multiplies, and how many groups they are.
  Value firstK, k, groups;
  /// Of y, and so the first row of the weight.
  Value firstColumn;

  int64_t getGroupsPerTile() const { return tile->getDepth() / groupSize; }
};

/// What the block has of a weight of `n` rows and `k` columns, but for its
/// first column. If the tile has several splits, those along z of the grid
/// divide K.
PackedWeight getPackedWeight(KernelBuilder &b, const GroupMatmulTile &tile,
                             int64_t groupSize, Value n, Value k);

/// Which of its block's warps and lanes a thread is.
WarpPosition getWarpPosition(KernelBuilder &b, const GroupMatmulTile &tile,
                             Value thread);

/// Codes, which are copied to `place` bytes in a stage of `shared`, bytes.
TileOperand getWeightOperand(KernelBuilder &b, const PackedWeight &weight,
                             const TileCopier &copier, Value pointer,
                             Value shared, int64_t place);

/// Scales or zero points, likewise.
TileOperand getParameterOperand(KernelBuilder &b, const PackedWeight &weight,
                                const TileCopier &copier, Value pointer,
                                Value shared, int64_t place);

/// Where in a stage, in words, a lane's codes begin, if those of the block do
/// at `place` bytes.
Value getWordOffset(KernelBuilder &b, const WarpPosition &warp, int64_t place);

/// A lane's four words of codes of each block of rows that its warp multiplies,
/// in a block of columns. `shared` is shared memory as bytes.
SmallVector<Value> loadWords(KernelBuilder &b, const GroupMatmulTile &tile,
                             Value shared, Value wordOffset, Value stage,
                             int64_t columnBlock);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_PACKEDWEIGHTS_H
