//===- GroupMatmulEpilogue.cpp - results of a group matmul ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GroupMatmulEpilogue.h"

#include "TileLoop.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static Value addElements(KernelBuilder &b, Value a, Value other) {
  if (isa<FloatType>(getElementTypeOrSelf(a)))
    return arith::AddFOp::create(b, a, other);
  return b.add(a, other);
}

/// Adds the sums of warps along k by `shared`: each gets a part of the
/// fragments along n.
static SmallVector<CFragment> addSumsOfWarps(KernelBuilder &b, Value shared,
                                             const WarpPosition &warp,
                                             ArrayRef<CFragment> sums) {
  const GroupMatmulTile &tile = *warp.tile;
  const int64_t fragmentsN = tile.n / tile.warpsN / mmaN;
  const int64_t rows = tile.m / tile.warpsM / mmaM;
  const int64_t share = fragmentsN / tile.warpsK;
  const int64_t warpSums = rows * fragmentsN * warpSize * 4;
  const int64_t sliceSums = tile.warpsM * tile.warpsN * warpSums;
  auto quad = VectorType::get({4}, sums.front()[0].getType());
  auto getPlace = [&](int64_t fragment) { return fragment * warpSize * 4; };
  Value number = b.add(b.mul(warp.row, tile.warpsN), warp.column);
  Value first = b.add(b.mul(number, warpSums), b.mul(warp.lane, 4));
  Value own = b.add(first, b.mul(warp.slice, sliceSums));
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value values =
        vector::FromElementsOp::create(b, quad, ValueRange(ArrayRef(sum)));
    vector::StoreOp::create(
        b, values, shared, b.add(own, getPlace(static_cast<int64_t>(i))),
        /*nontemporal=*/false, llvm::MaybeAlign(chunkBytes));
  }
  gpu::BarrierOp::create(b);

  SmallVector<CFragment> results;
  Value part = b.add(first, b.mul(warp.slice, getPlace(share)));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < share; ++j) {
      Value total;
      for (int64_t slice = 0; slice < tile.warpsK; ++slice) {
        int64_t offset = slice * sliceSums + getPlace(i * fragmentsN + j);
        Value next = vector::LoadOp::create(
            b, quad, shared, b.add(part, offset), /*nontemporal=*/false,
            llvm::MaybeAlign(chunkBytes));
        total = total ? addElements(b, total, next) : next;
      }
      CFragment &result = results.emplace_back();
      for (int64_t r = 0; r < 4; ++r)
        result[r] = vector::ExtractOp::create(b, total, r);
    }
  return results;
}

void mlir::quantmlir::buildGroupEpilogue(KernelBuilder &b,
                                         MatmulEpilogue &epilogue,
                                         const TilePosition &position,
                                         Value shared,
                                         ArrayRef<CFragment> sums) {
  const WarpPosition &warp = position.warp;
  const GroupMatmulTile &tile = *warp.tile;
  const int64_t warpM = tile.m / tile.warpsM, warpN = tile.n / tile.warpsN;
  const int64_t share = warpN / tile.warpsK;
  epilogue.lane = warp.lane;
  epilogue.row = b.add(position.firstRow, b.mul(warp.row, warpM));
  epilogue.column = b.add(position.firstColumn, b.mul(warp.column, warpN));
  epilogue.fragmentsPerRow = share / mmaN;
  SmallVector<CFragment> results(sums);
  if (tile.warpsK > 1) {
    epilogue.column = b.add(epilogue.column, b.mul(warp.slice, share));
    waitForTiles(b, /*numPending=*/0);
    results = addSumsOfWarps(b, shared, warp, sums);
  }
  auto type = VectorType::get({2, 2}, sums.front()[0].getType());
  buildMatmulEpilogue(
      b, epilogue, llvm::map_to_vector(results, [&](const CFragment &sum) {
        return Value(
            vector::FromElementsOp::create(b, type, ValueRange(ArrayRef(sum))));
      }));
}
