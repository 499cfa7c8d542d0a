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
  /// further as copies are ahead: so the main loop need not add that. Of
  /// operands that move along their rows less what getStart takes away.
  Value from;
  Value to, column;
  /// Elements that a tile whose columns all exist has; null for all.
  Value count;
  /// The row within a tile, for operands with rows of groups.
  Value group;
  /// Whether its row exists; null if it does.
  Value isInside;
  /// How many threads, from the first on, have the chunk; 0 if all do.
  int64_t owners = 0;
  /// Steps that it is moved further than its tile's number and its thread's.
  int64_t lead = 0;
};

/// What is copied for each tile.
struct TileOperand {
  /// With shared memory as bytes, of which each stage is seen as elements of
  /// the source's type.
  ChunkCopy copy;
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

/// Where a chunk begins that is at `offset` of tile 0, if its operand moves
/// along its rows by `step`. An address in the main loop is a single wide
/// multiply and add where ptxas finds a factor that is not uniform, and which
/// few others multiply: else it shares the product, and adds in two
/// instructions. So chunks are moved by the thread's number and a lead more
/// than by their tile's number, and begin as much before.
Value getStart(KernelBuilder &b, const TileCopier &copier, Value offset,
               Value step, int64_t lead);

/// One of the parts in which a tile is copied.
struct CopyPart {
  int64_t number, count;
};
constexpr CopyPart wholeTile = {0, 1};

/// Starts to copy a part of the tile that is ahead of tile `number` to a stage,
/// whose first byte is given. If the tile is full, its columns all exist. The
/// last part ends the tile's group of copies.
void copyTile(KernelBuilder &b, const TileCopier &copier,
              ArrayRef<TileOperand> operands, CopyPart part, Value stage,
              Value number, bool isFull);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TILECOPIES_H
