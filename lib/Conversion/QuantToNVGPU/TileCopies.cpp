//===- TileCopies.cpp - what a thread copies for each tile ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCopies.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::quantmlir;

void mlir::quantmlir::copyTile(KernelBuilder &b, const TileCopier &copier,
                               const TileOperand &operand, Value stage,
                               Value number, bool isFull) {
  OpBuilder::InsertionGuard insertion(b);
  if (operand.numChunks < copier.threads) {
    auto guard =
        scf::IfOp::create(b, b.less(copier.thread, b.index(operand.numChunks)));
    b.setInsertionPointToStart(guard.thenBlock());
  }
  Value moved = b.mul(number, operand.step);
  Value target = b.mul(stage, chunkBytes / operand.copy.getElementBytes());
  for (const TileChunk &chunk : operand.chunks) {
    Value from = b.add(chunk.from, moved), to = b.add(chunk.to, target);
    if (isFull) {
      copyWholeChunk(b, operand.copy, from, to, chunk.count);
      continue;
    }
    Value fetched = b.add(number, copier.ahead);
    if (!operand.groups) {
      Value column = b.add(chunk.column, b.mul(fetched, operand.step));
      copyChunk(b, operand.copy, from, to, column, chunk.isInside);
      continue;
    }
    Value group = b.add(chunk.group, b.mul(fetched, operand.groupsPerTile));
    copyChunk(b, operand.copy, from, to, chunk.column,
              b.both(chunk.isInside, b.less(group, operand.groups)));
  }
}

Value mlir::quantmlir::keepNarrow(KernelBuilder &b, Value offset) {
  Value narrow = arith::IndexCastUIOp::create(b, b.getI32Type(), offset);
  narrow = b.inlineAsm(b.getI32Type(), "mov.b32 $0, $1;", "=r,r", narrow);
  return arith::IndexCastUIOp::create(b, b.getIndexType(), narrow);
}
