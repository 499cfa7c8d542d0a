//===- GroupMatmulTiles.cpp - which tile a group matmul has ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The model is that of MatmulTiles.cpp: the cycles of a tile, times the waves
// of blocks. Two things are different. Few rows of x make unpacking and the
// latency of memory the limits, not tensor cores:
//
//   issue    unpacking takes 9 instructions for the 4 registers of a word, each
//            product one, and each sum one a group; four schedulers
//   latency  some 600 cycles until a tile is there, of which stages - 1 are on
//            their way at once
//
// K may be divided among blocks as there.
//
//===----------------------------------------------------------------------===//

#include "GroupMatmulTiles.h"
#include "HalfFragments.h"

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

/// Sums that a thread may have of groups that end within a tile.
static constexpr int64_t maxSmallGroupSums = 32;

/// Numbers of blocks that K is divided among.
static constexpr std::array<int64_t, 7> splitCounts = {2, 3, 4, 6, 8, 12, 16};

static constexpr int64_t schedulers = 4;
static constexpr double barrierCycles = 100, launchCycles = 2000;
static constexpr double memoryLatency = 600, cyclesPerIssue = 2.6;
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

double mlir::quantmlir::getGroupCycles(const GroupTileCost &cost,
                                       const Chip &chip, int64_t m, int64_t n,
                                       int64_t k) {
  const GroupMatmulTile &tile = cost.tile;
  double tensor = static_cast<double>(cost.products) *
                  static_cast<double>(chip.mmaCycles) / schedulers;
  auto bytes = static_cast<double>(cost.inputBytes + cost.weightBytes +
                                   cost.parameterBytes);
  auto read = static_cast<double>(tile.warpsN * cost.inputBytes +
                                  tile.warpsM * cost.weightBytes);
  // What a multiprocessor is busy with one tile of one block.
  double cycles =
      std::max({tensor, cost.instructions / schedulers,
                (read + bytes) / sharedBytesPerCycle, bytes / l2BytesPerCycle});
  int64_t blocks =
      llvm::divideCeil(m, tile.m) * llvm::divideCeil(n, tile.n) * tile.splits;
  int64_t fitting = getResidentBlocks(chip, tile.getThreads(), cost.registers,
                                      cost.sharedBytes);
  int64_t resident =
      std::clamp<int64_t>(llvm::divideCeil(blocks, chip.multiprocessors), 1,
                          std::max<int64_t>(fitting, 1));
  int64_t waves = llvm::divideCeil(blocks, chip.multiprocessors * resident);
  double latency = memoryLatency / static_cast<double>(tile.stages - 1);
  double serial = cost.instructions * warpSize /
                  static_cast<double>(tile.getThreads()) * cyclesPerIssue;
  double perTile =
      std::max(static_cast<double>(resident) * cycles,
               std::max({cycles, serial, latency}) + barrierCycles);
  auto tiles =
      static_cast<double>(llvm::divideCeil(k, tile.getDepth() * tile.splits));
  double total = static_cast<double>(waves) * (tiles * perTile + launchCycles);
  if (tile.splits == 1)
    return total;
  double weightBytes = static_cast<double>(n * k) / 2;
  return std::max(total, weightBytes / chip.getMemoryBytesPerCycle()) +
         getSplitCycles(tile.splits, std::min(m, tile.m), tile.n);
}

// f16 has half the rate of 8-bit integers, and its mma half the depth.
static GroupTileCost getCost(const GroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  int64_t products =
      tile.m / mmaM * (tile.n / mmaN) * (tile.getDepth() / halfMmaK);
  return getGroupTileCost(kernel, products, getInstructions(kernel),
                          getRegisters(tile));
}

/// With as many of its stages as fit into shared memory; 2 do everywhere.
static GroupMatmulKernel fitStages(GroupMatmulKernel kernel, const Chip &chip) {
  while (kernel.getSharedBytes() > chip.maxBlockSharedBytes)
    --kernel.tile.stages;
  return kernel;
}

static GroupMatmulKernel chooseTile(GroupMatmulKernel kernel, const Chip &chip,
                                    int64_t m, int64_t n, int64_t k) {
  std::optional<GroupMatmulKernel> best;
  double bestCycles = 0;
  auto consider = [&](const GroupMatmulTile &tile) {
    kernel.tile = tile;
    GroupMatmulKernel candidate = fitStages(kernel, chip);
    double cycles = getGroupCycles(getCost(candidate), chip, m, n, k);
    if (best && cycles >= bestCycles)
      return;
    best = candidate;
    bestCycles = cycles;
  };
  for (GroupMatmulTile tile : tiles) {
    if (kernel.groupSize < GroupMatmulTile::warpDepth &&
        tile.getSums() > maxSmallGroupSums)
      continue;
    consider(tile);
    // As there: not of mostly rows beyond M, and each block has at least as
    // many tiles as are on their way at once.
    if (tile.m > mmaM && tile.m >= 2 * m)
      continue;
    for (int64_t splits : splitCounts) {
      if (k / tile.getDepth() < splits * (tile.stages - 1))
        break;
      tile.splits = splits;
      consider(tile);
    }
  }
  return *best;
}

SmallVector<KernelChoice>
mlir::quantmlir::chooseGroupTiles(GroupMatmulKernel kernel,
                                  ArrayRef<int64_t> sizes, const Chip &chip) {
  return chooseByRows(kernel, sizes, [&](int64_t m, int64_t n, int64_t k) {
    return chooseTile(kernel, chip, m, n, k).tile;
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
  if (tile.stages < 2 || tile.stages > 64)
    return fail("a pipeline needs 2 stages or more");
  if (tile.splits < 1 || tile.splits > maxSplits)
    return fail("K can be divided among 1 to {0} blocks, not {1}", maxSplits,
                tile.splits);
  return tile;
}
