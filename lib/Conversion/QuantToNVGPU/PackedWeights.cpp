//===- PackedWeights.cpp - 4-bit weights in a kernel's tiles --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedWeights.h"
#include "SplitSums.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Rows of blocks of a thread whose chunks have a lead in common.
static constexpr int64_t rowsPerLead = 2;
/// Blocks of columns that a warp has in a tile, and what it has of a block of
/// rows in them.
static constexpr int64_t blocksPerTile =
    GroupMatmulTile::warpDepth / fragments::blockColumns;
static constexpr int64_t warpBytes = blocksPerTile * fragments::blockBytes;
static constexpr int64_t wordsPerLane = 4;
/// The largest constant offset in bytes that the machine's asynchronous copies
/// have.
static constexpr int64_t maxCopyOffset = 2047;

PackedWeight mlir::quantmlir::getPackedWeight(KernelBuilder &b,
                                              const GroupMatmulTile &tile,
                                              int64_t groupSize, Value n,
                                              Value k) {
  auto divideUp = [&](Value size, int64_t divisor) {
    return b.div(b.add(size, divisor - 1), divisor);
  };
  PackedWeight weight;
  weight.tile = &tile;
  weight.groupSize = groupSize;
  weight.rowBlocks = divideUp(n, fragments::blockRows);
  weight.columnBlocks = divideUp(k, fragments::blockColumns);
  weight.firstK = b.index(0);
  weight.k = k;
  if (tile.splits > 1) {
    SplitRange range = getSplitRange(b, k, tile.getDepth(), tile.splits);
    weight.firstK = range.first;
    weight.k = range.size;
  }
  weight.groups = divideUp(weight.k, groupSize);
  weight.groupPitch = b.mul(weight.rowBlocks, fragments::blockRows);
  return weight;
}

WarpPosition mlir::quantmlir::getWarpPosition(KernelBuilder &b,
                                              const GroupMatmulTile &tile,
                                              Value thread) {
  WarpPosition position{&tile, {}, {}, {}, b.rem(thread, warpSize)};
  Value warp = b.div(thread, warpSize);
  position.column = b.rem(warp, tile.warpsN);
  warp = b.div(warp, tile.warpsN);
  position.row = b.rem(warp, tile.warpsM);
  position.slice = b.div(warp, tile.warpsM);
  return position;
}

// A warp copies a block at a time, and one `warpsK` blocks further.
TileOperand mlir::quantmlir::getWeightOperand(KernelBuilder &b,
                                              const PackedWeight &weight,
                                              const TileCopier &copier,
                                              Value pointer, Value shared,
                                              int64_t place) {
  const GroupMatmulTile &tile = *weight.tile;
  const int64_t partBytes = tile.warpsK * fragments::blockBytes;
  // If the constant offset of the last part is too large for a copy, pointers
  // are in the middle between the parts.
  const int64_t lastPart = (blocksPerTile - 1) * partBytes;
  const int64_t middle = lastPart > maxCopyOffset ? lastPart / 2 : 0;
  const int64_t rowsPerPass = copier.threads / (warpSize * tile.warpsK);
  Value rowBytes = b.mul(weight.columnBlocks, fragments::blockBytes);
  TileOperand operand;
  auto getBytes = [&](Value columns) {
    Value blocks = b.div(b.add(columns, fragments::blockColumns - 1),
                         fragments::blockColumns);
    return b.mul(blocks, fragments::blockBytes);
  };
  operand.copy = {b.vector(pointer, b.mul(weight.rowBlocks, rowBytes)), shared,
                  getBytes(weight.k), chunkBytes};
  operand.step = b.index(blocksPerTile * partBytes);

  Value row = b.div(copier.thread, warpSize * tile.warpsK);
  Value column =
      b.mul(b.rem(copier.thread, warpSize * tile.warpsK), chunkBytes);
  Value to = b.add(b.mul(row, blocksPerTile * partBytes), column);
  Value firstBlock = b.div(weight.firstColumn, fragments::blockRows);
  Value lastBlock = b.sub(b.sub(weight.rowBlocks, firstBlock), b.index(1));
  for (int64_t i = 0; i < tile.n / fragments::blockRows; i += rowsPerPass) {
    Value block = b.min(b.add(row, i), lastBlock);
    const int64_t lead = -i / rowsPerPass / rowsPerLead;
    Value offset = b.add(b.mul(b.add(firstBlock, block), rowBytes),
                         getBytes(weight.firstK));
    Value from = getStart(b, copier, b.add(offset, b.add(column, middle)),
                          operand.step, lead);
    for (int64_t part = 0; part < blocksPerTile; ++part) {
      TileChunk next;
      next.lead = lead;
      next.from = b.add(from, part * partBytes - middle);
      next.to = b.add(to, place + (i * blocksPerTile + part) * partBytes);
      next.column = b.add(column, part * partBytes);
      operand.chunks.push_back(next);
    }
  }
  return operand;
}

TileOperand mlir::quantmlir::getParameterOperand(KernelBuilder &b,
                                                 const PackedWeight &weight,
                                                 const TileCopier &copier,
                                                 Value pointer, Value shared,
                                                 int64_t place) {
  TileOperand operand;
  operand.copy = {b.vector(pointer, b.mul(weight.groups, weight.groupPitch)),
                  shared, weight.groupPitch, chunkBytes};
  const int64_t elementBytes = operand.copy.getElementBytes();
  const int64_t chunkSize = chunkBytes / elementBytes;
  const int64_t perRow = weight.tile->n / chunkSize;
  operand.groups = weight.groups;
  operand.groupsPerTile = weight.getGroupsPerTile();
  const int64_t numChunks = operand.groupsPerTile * perRow;
  operand.step = b.mul(weight.groupPitch, operand.groupsPerTile);
  for (int64_t i = 0; i < numChunks; i += copier.threads) {
    Value chunk = b.add(copier.thread, i);
    TileChunk next;
    if (numChunks - i < copier.threads)
      next.owners = numChunks - i;
    next.group = b.div(chunk, perRow);
    next.column =
        b.add(weight.firstColumn, b.mul(b.rem(chunk, perRow), chunkSize));
    Value group = b.add(next.group, b.div(weight.firstK, weight.groupSize));
    next.from =
        b.keepWhole(b.add(b.add(b.mul(group, weight.groupPitch), next.column),
                          b.mul(operand.step, copier.ahead)));
    next.to = b.add(b.mul(chunk, chunkSize), place / elementBytes);
    next.isInside = b.less(next.column, weight.groupPitch);
    next.count = b.select(next.isInside, b.index(chunkSize), b.index(0));
    operand.chunks.push_back(next);
  }
  return operand;
}

// For each block of rows there are its blocks of columns, those of all warps.
Value mlir::quantmlir::getWordOffset(KernelBuilder &b, const WarpPosition &warp,
                                     int64_t place) {
  const GroupMatmulTile &tile = *warp.tile;
  Value rowBlock =
      b.mul(warp.column, tile.n / tile.warpsN / fragments::blockRows);
  Value offset = b.add(b.mul(rowBlock, tile.warpsK * warpBytes),
                       b.mul(warp.slice, warpBytes));
  return b.div(b.add(b.add(offset, b.mul(warp.lane, chunkBytes)), place), 4);
}

SmallVector<Value> mlir::quantmlir::loadWords(KernelBuilder &b,
                                              const GroupMatmulTile &tile,
                                              Value shared, Value wordOffset,
                                              Value stage,
                                              int64_t columnBlock) {
  const int64_t rowBytes = tile.warpsK * warpBytes;
  auto vectorType = VectorType::get({wordsPerLane}, b.getI32Type());
  Value source = getSharedView(b, shared, b.getI32Type(), stage);
  Value first = b.add(wordOffset, columnBlock * fragments::blockBytes / 4);
  SmallVector<Value> words;
  for (int64_t i = 0; i < tile.n / tile.warpsN / fragments::blockRows; ++i)
    words.push_back(vector::LoadOp::create(
        b, vectorType, source, b.add(first, i * rowBytes / 4),
        /*nontemporal=*/false, llvm::MaybeAlign(chunkBytes)));
  return words;
}
