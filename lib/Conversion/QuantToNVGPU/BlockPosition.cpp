//===- BlockPosition.cpp - which tile a block computes --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks start in the order of their numbers, x first. With 2 columns in a
// group, 3 rows of tiles and 5 columns, the numbers x + 3 y of the tiles are
//
//    0  1 |  6  7 | 12
//    2  3 |  8  9 | 13
//    4  5 | 10 11 | 14
//
//===----------------------------------------------------------------------===//

#include "BlockPosition.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Where there are more rows of tiles than `mostTileRows`, blocks that run at
/// one time would read many of them. `groupColumns` columns of tiles are a
/// group.
static constexpr int64_t mostTileRows = 16, groupColumns = 8;

BlockPosition mlir::quantmlir::getBlockPosition(KernelBuilder &b) {
  Value x = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  Value y = gpu::BlockIdOp::create(b, gpu::Dimension::y);
  Value rows = gpu::GridDimOp::create(b, gpu::Dimension::x);
  Value columns = gpu::GridDimOp::create(b, gpu::Dimension::y);
  Value areMany = b.less(b.index(mostTileRows), rows);
  auto position = scf::IfOp::create(
      b, areMany,
      [&](OpBuilder &builder, Location loc) {
        KernelBuilder b(loc, builder);
        Value first = b.sub(y, b.rem(y, groupColumns));
        Value width = b.min(b.sub(columns, first), b.index(groupColumns));
        // A division of 64 bits would be a hundred instructions.
        auto narrow = [&](Value value) {
          return b.createOrFold<arith::IndexCastUIOp>(b.getI32Type(), value);
        };
        auto widen = [&](Value value) {
          return b.createOrFold<arith::IndexCastUIOp>(b.getIndexType(), value);
        };
        Value place = narrow(b.add(x, b.mul(b.sub(y, first), rows)));
        Value row = widen(b.div(place, narrow(width)));
        Value column = widen(b.rem(place, narrow(width)));
        scf::YieldOp::create(b, ValueRange{row, b.add(first, column)});
      },
      [&](OpBuilder &builder, Location loc) {
        scf::YieldOp::create(builder, loc, ValueRange{x, y});
      });
  return {position.getResult(0), position.getResult(1)};
}
