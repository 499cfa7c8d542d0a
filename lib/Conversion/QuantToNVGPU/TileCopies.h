//===- TileCopies.h - what a thread copies for each tile --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILECOPIES_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILECOPIES_H

#include "ChunkCopies.h"

namespace mlir::quantmlir {

/// One of a thread's chunks of an operand's tile: where in a stage it is, its
/// column at tile 0, and what of it exists.
struct TileChunk {
  /// Where in global memory it is when tile 0 is multiplied, as many tiles
  /// further as copies are ahead: so the main loop need not add that.
  Value from;
  Value to, column;
  /// Elements that a tile whose columns all exist has; null for all.
  Value count;
  /// The row within a tile, for operands with rows of groups.
  Value group;
  /// Whether its row exists; null if it does.
  Value isInside;
};

/// What is copied for each tile.
struct TileOperand {
  ChunkCopy copy;
  /// Chunks of a tile, divided among the threads.
  int64_t numChunks = 0;
  SmallVector<TileChunk> chunks;
  /// How far chunks move from tile to tile, in elements.
  Value step;
  /// The rows that there are, if chunks move to other rows and not along their
  /// own, and how many a tile has.
  Value groups;
  int64_t groupsPerTile = 0;
};

/// Who copies, and how many tiles copies are ahead of products.
struct TileCopier {
  Value thread;
  int64_t threads, ahead;
};

/// Starts to copy the tile that is ahead of tile `number` to a stage, whose
/// place is given in chunks. If it is full, its columns all exist.
void copyTile(KernelBuilder &b, const TileCopier &copier,
              const TileOperand &operand, Value stage, Value number,
              bool isFull);

/// An offset within a block's rows in a single register. The compiler does not
/// see how it is computed, and therefore adds it to a uniform address instead
/// of keeping an address of 64 bits for each.
Value keepNarrow(KernelBuilder &b, Value offset);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILECOPIES_H
