//===- InputTiles.cpp - activations beside packed weights -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputTiles.h"
#include "FragmentLayouts.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t warpDepth = GroupMatmulTile::warpDepth;
/// Chunks that an exor with a row's number may exchange.
static constexpr int64_t swizzledChunks = 8;
/// Rows of a thread whose chunks have a lead in common.
static constexpr int64_t rowsPerLead = 2;

namespace {
/// How threads copy x: eight take 128 bytes of a row, and the chunks as many
/// bytes further, in one of as many slices of K as a pass needs so that it has
/// no more rows than the tile. A thread has the other slices of its rows as
/// well: then one pointer serves them all.
struct InputCopies {
  int64_t rowsPerPass, slicesPerPass;
  Value row, slice, chunk;
};
} // namespace

static InputCopies getInputCopies(KernelBuilder &b, const GroupMatmulTile &tile,
                                  Value thread) {
  InputCopies copies;
  copies.slicesPerPass = 1;
  auto getRows = [&] {
    return tile.getThreads() / (swizzledChunks * copies.slicesPerPass);
  };
  while (tile.m % getRows() != 0)
    copies.slicesPerPass *= 2;
  copies.rowsPerPass = getRows();
  copies.chunk = b.rem(thread, swizzledChunks);
  copies.slice = b.rem(b.div(thread, swizzledChunks), copies.slicesPerPass);
  copies.row = b.div(thread, swizzledChunks * copies.slicesPerPass);
  return copies;
}

/// The offset in bytes of a chunk.
static Value getInputChunkOffset(KernelBuilder &b, int64_t rowBytes, Value row,
                                 Value chunk) {
  Value place = b.bitXor(chunk, b.rem(row, swizzledChunks));
  return b.add(b.mul(row, rowBytes), b.mul(place, chunkBytes));
}

// Matrix i of A is register i: rows 8 * (i mod 2) …, chunk i / 2.
Value mlir::quantmlir::getInputLaneOffset(KernelBuilder &b, int64_t rowBytes,
                                          Value lane) {
  return getInputChunkOffset(b, rowBytes, b.rem(lane, mmaM), b.div(lane, mmaM));
}

TileOperand mlir::quantmlir::getInputOperand(KernelBuilder &b,
                                             const InputRows &x,
                                             const PackedWeight &weight,
                                             const TileCopier &copier,
                                             Value shared) {
  const GroupMatmulTile &tile = *weight.tile;
  InputCopies copies = getInputCopies(b, tile, copier.thread);
  TileOperand operand;
  operand.copy = {b.vector(x.pointer, b.mul(x.m, x.pitch)), shared, weight.k,
                  x.copyBytes};
  const int64_t elementBytes = operand.copy.getElementBytes();
  const int64_t rowBytes = warpDepth * elementBytes;
  const int64_t chunkSize = chunkBytes / elementBytes;
  operand.step = b.index(tile.getDepth());

  Value column =
      b.add(b.mul(copies.slice, warpDepth), b.mul(copies.chunk, chunkSize));
  Value to = b.add(b.mul(copies.slice, tile.m * rowBytes),
                   getInputChunkOffset(b, rowBytes, copies.row, copies.chunk));
  Value lastRow = b.sub(x.m, b.index(1));
  for (int64_t first = 0; first < tile.m; first += copies.rowsPerPass) {
    Value row = b.add(x.firstRow, b.add(copies.row, first));
    Value from =
        b.add(b.mul(b.sub(b.min(row, lastRow), x.firstRow), x.pitch), column);
    // Leads of the weight's rows are others: 0, -1, ….
    TileChunk next;
    next.lead = 1 + first / copies.rowsPerPass / rowsPerLead;
    from =
        getStart(b, copier,
                 b.add(b.add(b.mul(x.firstRow, x.pitch), weight.firstK), from),
                 operand.step, next.lead);
    // Rows of a pass are fewer than 8 or a multiple of it: the row modulo 8
    // is the exor of both parts.
    Value swizzled = b.bitXor(to, b.index(first % swizzledChunks * chunkBytes));
    Value rowTo = b.add(b.div(swizzled, elementBytes), first * warpDepth);
    if (tile.m < rowsWorthCopying) {
      next.isInside = b.less(row, x.m);
      next.count = b.select(next.isInside, b.index(chunkSize), b.index(0));
    }
    for (int64_t slice = 0; slice < tile.warpsK; slice += copies.slicesPerPass)
      for (int64_t part = 0; part < warpDepth;
           part += swizzledChunks * chunkSize) {
        const int64_t further = slice * warpDepth + part;
        next.from = b.add(from, further);
        next.to = b.add(rowTo, slice * tile.m * warpDepth + part);
        next.column = b.add(column, further);
        operand.chunks.push_back(next);
      }
  }
  return operand;
}
