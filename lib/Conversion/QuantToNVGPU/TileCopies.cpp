//===- TileCopies.cpp - what a thread copies for each tile ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCopies.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::quantmlir;

Value mlir::quantmlir::getStart(KernelBuilder &b, const TileCopier &copier,
                                Value offset, Value step, int64_t lead) {
  Value steps = b.sub(b.index(copier.ahead - lead), copier.thread);
  return b.keepWhole(b.add(offset, b.mul(step, steps)));
}

/// A number in 32 bits, of which the compiler does not see that it grows from
/// tile to tile: it would keep an address for each chunk.
static Value keepNarrow(KernelBuilder &b, Value number) {
  Value narrow = arith::IndexCastOp::create(b, b.getI32Type(), number);
  narrow = b.inlineAsm(b.getI32Type(), "mov.b32 $0, $1;", "=r,r", narrow);
  return arith::IndexCastOp::create(b, b.getIndexType(), narrow);
}

/// How far a chunk is moved for tile `number`.
static Value getMove(KernelBuilder &b, const TileCopier &copier,
                     const TileOperand &operand, const TileChunk &chunk,
                     Value number) {
  // A weight has fewer scales than 2^31.
  if (operand.groups)
    return keepNarrow(b, b.mul(number, operand.step));
  Value steps = b.add(b.add(number, copier.thread), chunk.lead);
  return b.mul(keepNarrow(b, steps), operand.step);
}

static void copyOneChunk(KernelBuilder &b, const TileCopier &copier,
                         const TileOperand &operand, const ChunkCopy &copy,
                         const TileChunk &chunk, Value number, bool isFull) {
  OpBuilder::InsertionGuard insertion(b);
  if (chunk.owners) {
    auto guard =
        scf::IfOp::create(b, b.less(copier.thread, b.index(chunk.owners)));
    b.setInsertionPointToStart(guard.thenBlock());
  }
  Value from = b.add(chunk.from, getMove(b, copier, operand, chunk, number));
  if (isFull)
    return copyWholeChunk(b, copy, from, chunk.to, chunk.count);
  Value fetched = b.add(number, copier.ahead);
  if (!operand.groups) {
    Value column = b.add(chunk.column, b.mul(fetched, operand.step));
    return copyChunk(b, copy, from, chunk.to, column, chunk.isInside);
  }
  Value group = b.add(chunk.group, b.mul(fetched, operand.groupsPerTile));
  copyChunk(b, copy, from, chunk.to, chunk.column,
            b.both(chunk.isInside, b.less(group, operand.groups)));
}

static void copyChunks(KernelBuilder &b, const TileCopier &copier,
                       const TileOperand &operand, ArrayRef<TileChunk> chunks,
                       Value stage, Value number, bool isFull) {
  ChunkCopy copy = operand.copy;
  copy.shared =
      getSharedView(b, copy.shared, getElementTypeOrSelf(copy.source), stage);
  for (const TileChunk &chunk : chunks)
    copyOneChunk(b, copier, operand, copy, chunk, number, isFull);
}

void mlir::quantmlir::copyTile(KernelBuilder &b, const TileCopier &copier,
                               ArrayRef<TileOperand> operands, CopyPart part,
                               Value stage, Value number, bool isFull) {
  int64_t all = 0, before = 0;
  for (const TileOperand &operand : operands)
    all += static_cast<int64_t>(operand.chunks.size());
  for (const TileOperand &operand : operands) {
    ArrayRef<TileChunk> chunks = operand.chunks;
    auto size = static_cast<int64_t>(chunks.size());
    auto getPlace = [&](int64_t number) {
      return std::clamp(number * all / part.count - before, int64_t(0), size);
    };
    int64_t first = getPlace(part.number), end = getPlace(part.number + 1);
    if (first < end)
      copyChunks(b, copier, operand, chunks.slice(first, end - first), stage,
                 number, isFull);
    before += size;
  }
  if (part.number + 1 == part.count)
    NVVM::CpAsyncCommitGroupOp::create(b);
}
