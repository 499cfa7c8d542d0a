//===- TileModel.h - cycles of a matmul in blocks of a tile -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILEMODEL_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILEMODEL_H

#include "FragmentLayouts.h"

#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"

#include <tuple>

namespace mlir::quantmlir {

constexpr int64_t schedulers = 4;

/// Cycles of a multiprocessor that others may use meanwhile, and those that a
/// block takes at least, even by itself.
struct Cycles {
  double busy, alone;
};

/// What the model knows of a block of a matmul.
struct BlockCost {
  /// Of y, and codes along K of a tile.
  int64_t rows, columns, depth;
  int64_t stages, splits;
  /// What is copied for a tile along K.
  int64_t stageBytes;
  /// The blocks that fit on a multiprocessor.
  int64_t fitting;
  /// Of a tile along K, but for its copies, and of the code around their loop.
  Cycles tile, aroundLoop;
};

/// A matmul of m × k by n × k, and the bytes that it reads and writes at least.
struct ProductSizes {
  int64_t m, n, k;
  double bytes;
};

/// Estimated cycles of all blocks.
struct LaunchCycles {
  /// No fewer than memory takes for the bytes.
  double cycles;
  /// Without that bound, by which tiles differ that reach it.
  double ofBlocks;

  bool operator<(const LaunchCycles &other) const {
    return std::tie(cycles, ofBlocks) < std::tie(other.cycles, other.ofBlocks);
  }
};

LaunchCycles getLaunchCycles(const BlockCost &block, const Chip &chip,
                             const ProductSizes &sizes);

/// Whether a block is mostly rows beyond M.
template <typename Tile>
bool isMostlyBeyond(const Tile &tile, int64_t m) {
  return tile.m > mmaM && tile.m >= 2 * m;
}

/// Calls `consider` with a tile, and with the same for several splits that give
/// each block at least as many tiles along K as are on their way at once. More
/// blocks are no reason for a tile that is mostly rows beyond M.
template <typename Tile, typename Consider>
void considerSplits(Tile tile, int64_t m, int64_t k, Consider consider) {
  consider(tile);
  if (isMostlyBeyond(tile, m))
    return;
  for (int64_t splits : splitCounts) {
    if (k / tile.getDepth() < splits * (tile.stages - 1))
      return;
    tile.splits = splits;
    consider(tile);
  }
}

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILEMODEL_H
