//===- GroupMatmulTiles.cpp - which tile a group matmul has ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What TileModel.cpp needs to know of the kernels of `quant.group_matmul`. Few
// rows of x make unpacking and the latency of memory the limits, not tensor
// cores:
//
//   issue          unpacking takes 9 instructions for the 4 registers of a
//                  word, each product one, and each sum one a group; a warp by
//                  itself takes 2.6 cycles for each
//   a barrier      some 100 cycles a tile until products follow each other
//   the rest       of the code, fitted to what the model of launches says of
//                  it: 1400 cycles, 33 for each copy in front of the loop, 37
//                  for each result of a thread; with splits 400 more, and 5 for
//                  each sum of each that is added
//
//===----------------------------------------------------------------------===//

#include "GroupMatmulTiles.h"
#include "HalfFragments.h"
#include "MatmulTiles.h"
#include "TileModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <array>

using namespace mlir;
using namespace mlir::quantmlir;

// m, n, warps along m, n and k, stages. Up to 32 rows K is divided among warps,
// so that few columns fill a multiprocessor. From 64 rows on a warp has 64×32:
// 64 sums, and 64 of the group, are half of a thread's registers. While a
// smaller group ends, ptxas has the next one's sums too: then a warp has 32×32.
static constexpr std::array<GroupMatmulTile, 6> tiles = {{
    {128, 128, 2, 4, 1, 3},
    {64, 128, 1, 4, 1, 3},
    {64, 128, 2, 4, 1, 3},
    {32, 64, 1, 2, 2, 3},
    {16, 64, 1, 1, 4, 4},
    {16, 32, 1, 1, 4, 5},
}};

/// The fewest stages of a choice: two tiles are on their way while memory
/// answers. Each more costs some hundred cycles in front of the loop.
static constexpr int64_t minStages = 3;

/// Sums that a thread may have where others' are to be added: addresses take
/// registers as well.
static constexpr int64_t maxSplitSums = 64;

/// Sums that a thread may have of groups that end within a tile.
static constexpr int64_t maxSmallGroupSums = 32;

static constexpr double barrierCycles = 100, cyclesPerIssue = 2.6;
static constexpr double instructionsPerWord = 9;

/// An estimate of the registers of a thread, for the blocks that fit.
static int64_t getRegisters(const GroupMatmulTile &tile) {
  return std::min<int64_t>(2 * tile.getSums() + 110, 255);
}

/// The instructions of all warps of a block for one tile.
static double getInstructions(const GroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  auto depth = static_cast<double>(tile.getDepth());
  auto area = static_cast<double>(tile.m * tile.n);
  double products = area * depth / (mmaM * mmaN * halfMmaK);
  double words = static_cast<double>(tile.warpsM * tile.n) * depth / 256;
  double sums = area / warpSize * static_cast<double>(tile.warpsK);
  double scaled = sums * GroupMatmulTile::warpDepth / double(kernel.groupSize);
  return products + words * instructionsPerWord + scaled;
}

static Cycles getTileCycles(const GroupTileCost &cost, const Chip &chip) {
  const GroupMatmulTile &tile = cost.tile;
  double tensor = static_cast<double>(cost.tensorCycles) / schedulers;
  auto written = static_cast<double>(cost.getStageBytes());
  auto read = static_cast<double>(tile.warpsN * cost.inputBytes +
                                  tile.warpsM * cost.weightBytes);
  double busy = std::max({tensor, cost.instructions / schedulers,
                          (read + written) / sharedBytesPerCycle});
  double serial = cost.instructions * warpSize /
                  static_cast<double>(tile.getThreads()) * cyclesPerIssue;
  return {busy, std::max(busy, serial) + barrierCycles};
}

static Cycles getCyclesAroundLoop(const GroupTileCost &cost) {
  const GroupMatmulTile &tile = cost.tile;
  auto threads = static_cast<double>(tile.getThreads());
  double results = static_cast<double>(tile.m * tile.n) / threads;
  double copies =
      static_cast<double>(cost.getStageBytes()) / chunkBytes / threads;
  double alone = 1400 + 33 * copies * double(tile.stages - 1) + 37 * results;
  if (tile.splits > 1)
    alone += 400 + 5 * results * static_cast<double>(tile.splits);
  return {alone / cyclesPerIssue * (threads / warpSize) / schedulers, alone};
}

LaunchCycles mlir::quantmlir::getGroupCycles(const GroupTileCost &cost,
                                             const Chip &chip, int64_t m,
                                             int64_t n, int64_t k) {
  const GroupMatmulTile &tile = cost.tile;
  BlockCost block = {tile.m,
                     tile.n,
                     tile.getDepth(),
                     tile.stages,
                     tile.splits,
                     cost.getStageBytes(),
                     getResidentBlocks(chip, tile.getThreads(), cost.registers,
                                       cost.sharedBytes),
                     getTileCycles(cost, chip),
                     getCyclesAroundLoop(cost)};
  // Of a tile's bytes, those of a row and of a column. Results have two.
  auto depth = static_cast<double>(tile.getDepth());
  double perRow = double(cost.inputBytes) / double(tile.m) / depth;
  double perColumn =
      double(cost.weightBytes + cost.parameterBytes) / double(tile.n) / depth;
  double bytes = (double(m) * perRow + double(n) * perColumn) * double(k) +
                 2 * double(m * n);
  return getLaunchCycles(block, chip, {m, n, k, bytes});
}

static GroupTileCost getCost(const GroupMatmulKernel &kernel,
                             const Chip &chip) {
  const GroupMatmulTile &tile = kernel.tile;
  int64_t products =
      tile.m / mmaM * (tile.n / mmaN) * (tile.getDepth() / halfMmaK);
  return getGroupTileCost(kernel, products * chip.halfMmaCycles,
                          getInstructions(kernel), getRegisters(tile));
}

void mlir::quantmlir::addGroupCandidates(
    SmallVectorImpl<GroupMatmulTile> &candidates, GroupMatmulTile tile,
    int64_t m, int64_t k) {
  // Another has fewer rows, and copies only those that exist.
  if (isMostlyBeyond(tile, m))
    return;
  for (; tile.stages >= minStages; --tile.stages) {
    if (tile.getSums() > maxSplitSums)
      candidates.push_back(tile);
    else
      considerSplits(tile, m, k, [&](const GroupMatmulTile &candidate) {
        candidates.push_back(candidate);
      });
  }
}

SmallVector<KernelChoice>
mlir::quantmlir::chooseGroupTiles(GroupMatmulKernel kernel,
                                  ArrayRef<int64_t> sizes, const Chip &chip) {
  auto fits = [&](const GroupMatmulTile &tile) {
    return kernel.groupSize >= GroupMatmulTile::warpDepth ||
           tile.getSums() <= maxSmallGroupSums;
  };
  return chooseByRows(kernel, sizes, [&](int64_t m, int64_t n, int64_t k) {
    SmallVector<GroupMatmulTile> candidates;
    for (const GroupMatmulTile &tile : llvm::make_filter_range(tiles, fits))
      addGroupCandidates(candidates, tile, m, k);
    return getBestTile(kernel, chip, candidates, [&](const auto &candidate) {
      return getGroupCycles(getCost(candidate, chip), chip, m, n, k);
    });
  });
}

FailureOr<GroupMatmulTile>
mlir::quantmlir::getGroupTile(ArrayRef<int64_t> sizes, std::string &whyNot) {
  auto fail = [&](const auto &...parts) {
    whyNot = llvm::formatv(parts...).str();
    return failure();
  };
  if (sizes.size() != 6 && sizes.size() != 7)
    return fail(
        "expected m, n, warps along m, along n, along k, stages[, splits]");
  GroupMatmulTile tile{sizes[0], sizes[1], sizes[2],
                       sizes[3], sizes[4], sizes[5]};
  tile.splits = sizes.size() == 7 ? sizes[6] : 1;
  for (int64_t warps : {tile.warpsM, tile.warpsN, tile.warpsK})
    if (warps < 1 || warps > 32 || !llvm::isPowerOf2_64(warps))
      return fail("{0} warps along a dimension, expected a power of two of at "
                  "most 32",
                  warps);
  if (tile.m < 1 || tile.m > 1024 || tile.n < 1 || tile.n > 1024 ||
      tile.m % (mmaM * tile.warpsM) || tile.n % (2 * mmaN * tile.warpsN) ||
      tile.n / tile.warpsN / mmaN % tile.warpsK)
    return fail("a warp's part must be a multiple of {0}×{1}, with a fragment "
                "of {2} columns for each warp along k, but {3}×{4} is divided "
                "among {5}×{6}×{7} warps",
                mmaM, 2 * mmaN, mmaN, tile.m, tile.n, tile.warpsM, tile.warpsN,
                tile.warpsK);
  if (tile.getThreads() > 1024 || tile.getSums() > 128)
    return fail("{0}×{1} for {2} threads: a thread can hold 128 sums, and a "
                "block 1024 threads",
                tile.m, tile.n, tile.getThreads());
  // One pass of the block copies so many rows of x, and a fourth as many blocks
  // of rows of the weight.
  int64_t rows = 4 * tile.warpsM * tile.warpsN;
  if (tile.m % rows || tile.n % (rows * 4))
    return fail("{0}×{1} is no multiple of the {2}×{3} that {4} threads copy "
                "at once",
                tile.m, tile.n, rows, rows * 4, tile.getThreads());
  whyNot = checkStages(tile.stages);
  if (!whyNot.empty())
    return failure();
  if (tile.splits < 1 || tile.splits > maxSplits)
    return fail("K can be divided among 1 to {0} blocks, not {1}", maxSplits,
                tile.splits);
  return tile;
}
