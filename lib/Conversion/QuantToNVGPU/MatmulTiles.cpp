//===- MatmulTiles.cpp - which tile a matmul is divided into --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What TileModel.cpp needs to know of the kernels of `quant.matmul`:
//
//   tensor cores   Chip::mmaCycles for each m16n8k32 on each of four cores, or
//                  Chip::wgmmaProducts
//   shared memory  128 bytes a cycle: what copies write, and what each warp's
//                  ldmatrix or each group's wgmma reads
//   a barrier      some 20 cycles a tile that other blocks of the
//                  multiprocessor may fill; warp groups have none, their
//                  products are asynchronous
//   the rest       of the code, fitted to what ptxas makes of the tiles below
//                  for sm_80: 500 instructions and 14 for each sum of a thread,
//                  which take a warp 2 to 3 cycles each
//
//===----------------------------------------------------------------------===//

#include "MatmulTiles.h"
#include "TileModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <array>
#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;

// m, n, warps along m, along n, stages. The large ones give each warp 64×64:
// 128 sums a thread, half of its registers, and the fewest bytes of shared
// memory for each product. The small ones keep many copies in flight.
static constexpr std::array<MatmulTile, 6> tiles = {{
    {128, 256, 2, 4, 3},
    {128, 128, 2, 2, 4},
    {64, 64, 2, 2, 4},
    {32, 64, 1, 4, 5},
    {16, 64, 1, 4, 6},
    {16, 32, 1, 2, 6},
}};

// The same with warp groups: two with 64×256 or 64×128 each and a block for a
// multiprocessor, or one and two blocks.
static constexpr std::array<MatmulTile, 3> warpGroupTiles = {{
    {128, 256, 8, 1, 4, true},
    {128, 128, 8, 1, 6, true},
    {64, 128, 4, 1, 4, true},
}};

/// Blocks that divide K with warp groups. With more ptxas spills registers
/// where columns are odd, a few bytes.
static constexpr int64_t maxGroupSplits = 6;

static constexpr int64_t tensorCores = 4;
static constexpr double barrierCycles = 20;

/// An estimate of the registers of a thread, for the blocks that fit.
static int64_t getRegisters(const MatmulTile &tile) {
  if (tile.usesWarpGroups)
    return getEqualRegisters(tile);
  int64_t sums = tile.m * tile.n / tile.getThreads();
  return std::min<int64_t>(2 * sums + 64, 255);
}

/// Cycles of the tensor cores for a tile along K.
static double getTensorCycles(const MatmulTile &tile, const Chip &chip) {
  auto products = static_cast<double>(tile.m * tile.n * tile.getDepth());
  double perCycle = tile.usesWarpGroups
                        ? static_cast<double>(chip.wgmmaProducts)
                        : double(mmaM * mmaN * mmaK) / chip.mmaCycles;
  return products / perCycle / tensorCores;
}

/// Cycles of shared memory for a tile along K.
static double getSharedCycles(const MatmulTile &tile) {
  // A group reads its rows once, and all columns.
  int64_t readers =
      tile.usesWarpGroups ? tile.getWarpGroups() : tile.warpsM * tile.warpsN;
  int64_t rows = tile.usesWarpGroups ? tile.m / readers : tile.m / tile.warpsM;
  int64_t columns = tile.n / tile.warpsN;
  double read = double(readers * (rows + columns) * tile.getDepth());
  return (read + tile.getStageBytes()) / sharedBytesPerCycle;
}

/// What stands around the loop over K: a warp cannot issue faster, nor can all
/// of a multiprocessor.
static Cycles getCyclesAroundLoop(const MatmulTile &tile) {
  auto warps = static_cast<double>(tile.warpsM * tile.warpsN);
  double sums = double(tile.m * tile.n) / (32 * warps);
  double instructions = 500 + 14 * sums;
  if (tile.splits > 1)
    instructions += 150 + 12 * sums;
  return {instructions * warps / schedulers, instructions * (2 + sums / 128)};
}

/// Estimated cycles of a matmul.
static LaunchCycles getCycles(const MatmulTile &tile, const Chip &chip,
                              int64_t m, int64_t n, int64_t k) {
  double busy = std::max(getTensorCycles(tile, chip), getSharedCycles(tile));
  double barrier = tile.usesWarpGroups ? 0 : barrierCycles;
  int64_t fitting = getResidentBlocks(
      chip, tile.getThreads(), getRegisters(tile), tile.getSharedBytes());
  BlockCost block = {tile.m,
                     tile.n,
                     tile.getDepth(),
                     tile.stages,
                     tile.splits,
                     tile.getStageBytes(),
                     fitting,
                     {busy, busy + barrier},
                     getCyclesAroundLoop(tile)};
  // Results are taken to have two bytes.
  auto bytes = static_cast<double>((m + n) * k + 2 * m * n);
  return getLaunchCycles(block, chip, {m, n, k, bytes});
}

static MatmulTile chooseTile(int64_t m, int64_t n, int64_t k, const Chip &chip,
                             bool warpGroups) {
  SmallVector<MatmulTile> candidates;
  auto consider = [&](const MatmulTile &tile) {
    considerSplits(tile, m, k, [&](const MatmulTile &candidate) {
      if (!candidate.usesWarpGroups || candidate.splits <= maxGroupSplits)
        candidates.push_back(candidate);
    });
  };
  llvm::for_each(tiles, consider);
  if (warpGroups)
    llvm::for_each(warpGroupTiles, consider);
  return *llvm::min_element(
      candidates, [&](const MatmulTile &a, const MatmulTile &b) {
        return getCycles(a, chip, m, n, k) < getCycles(b, chip, m, n, k);
      });
}

bool mlir::quantmlir::canUseWarpGroups(int64_t k) {
  return !ShapedType::isDynamic(k) && k > 0;
}

SmallVector<TileChoice> mlir::quantmlir::chooseTiles(ArrayRef<int64_t> sizes,
                                                     const Chip &chip) {
  // Unknown sizes of weights are taken for those of a small language model.
  auto getSize = [](int64_t size) {
    return ShapedType::isDynamic(size) ? int64_t(2048) : size;
  };
  int64_t n = getSize(sizes[1]), k = getSize(sizes[2]);
  bool warpGroups = chip.wgmmaProducts && canUseWarpGroups(sizes[2]);
  if (!ShapedType::isDynamic(sizes[0]))
    return {
        {chooseTile(sizes[0], n, k, chip, warpGroups), KernelChoice::anyRows}};

  SmallVector<TileChoice> choices;
  for (int64_t m : {16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192}) {
    MatmulTile tile = chooseTile(m, n, k, chip, warpGroups);
    if (!choices.empty() && choices.back().tile == tile)
      choices.back().maxRows = m;
    else
      choices.push_back({tile, m});
  }
  choices.back().maxRows = KernelChoice::anyRows;
  return choices;
}

MatmulTile mlir::quantmlir::getNarrowTile() { return {64, 64, 2, 2, 3}; }

std::string mlir::quantmlir::checkStages(int64_t stages) {
  // More than any chip's shared memory holds.
  constexpr int64_t maxStages = 64;
  if (stages >= 2 && stages <= maxStages)
    return "";
  return llvm::formatv("a pipeline has 2 to {0} stages, not {1}", maxStages,
                       stages);
}

static std::string describeSharedBytes(const MatmulTile &tile,
                                       const Chip &chip) {
  return llvm::formatv("{0}×{1} with {2} stages needs {3} bytes of shared "
                       "memory, and {4} allows a block {5}",
                       tile.m, tile.n, tile.stages, tile.getSharedBytes(),
                       chip.name, chip.maxBlockSharedBytes);
}

static std::string describeSplits(const MatmulTile &tile) {
  return llvm::formatv("K can be divided among 1 to {0} blocks, not {1}",
                       maxSplits, tile.splits);
}

/// Why kernels cannot use warp groups that way; empty if they can.
static std::string checkWarpGroupTile(const MatmulTile &tile,
                                      const Chip &chip) {
  int64_t groups = tile.getWarpGroups();
  if (!chip.wgmmaProducts)
    return llvm::formatv("{0} has no wgmma; expected m, n, warps along m, "
                         "warps along n, stages[, splits]",
                         chip.name);
  if (groups < 1 || groups > 2 || tile.m != 64 * groups)
    return llvm::formatv("{0} rows for {1} warp groups: one or two have 64 "
                         "rows each",
                         tile.m, groups);
  // A group alone shares its multiprocessor with another block, which leaves a
  // thread 64 sums.
  if (tile.n < 16 || tile.n > 128 * groups || tile.n % 16)
    return llvm::formatv("{0} columns for {1} warp group(s): expected a "
                         "multiple of 16, up to {2}",
                         tile.n, groups, 128 * groups);
  if (std::string whyNot = checkStages(tile.stages); !whyNot.empty())
    return whyNot;
  if (tile.splits < 1 || tile.splits > maxSplits)
    return describeSplits(tile);
  return tile.getSharedBytes() > chip.maxBlockSharedBytes
             ? describeSharedBytes(tile, chip)
             : "";
}

/// Why kernels cannot use `tile` on `chip`; empty if they can.
static std::string checkTile(const MatmulTile &tile, const Chip &chip) {
  if (llvm::any_of(std::array{tile.m, tile.n, tile.warpsM, tile.warpsN},
                   [](int64_t size) { return size < 1 || size > 1024; }) ||
      tile.m % (mmaM * tile.warpsM) || tile.n % (2 * mmaN * tile.warpsN))
    return llvm::formatv("a warp's part must be a multiple of {0}×{1}, but "
                         "{2}×{3} is divided among {4}×{5} warps",
                         mmaM, 2 * mmaN, tile.m, tile.n, tile.warpsM,
                         tile.warpsN);
  if (tile.getThreads() > 1024 || tile.m * tile.n / tile.getThreads() > 128)
    return llvm::formatv("{0}×{1} for {2} threads: a thread can hold 128 sums, "
                         "and a block 1024 threads",
                         tile.m, tile.n, tile.getThreads());
  // One pass of the block copies a quarter of a row for each thread.
  int64_t rows = tile.getThreads() / (tileK / chunkBytes);
  for (int64_t size : {tile.m, tile.n})
    if (size > rows && size % rows)
      return llvm::formatv("{0} rows are no multiple of the {1} that {2} "
                           "threads copy at once",
                           size, rows, tile.getThreads());
  if (std::string whyNot = checkStages(tile.stages); !whyNot.empty())
    return whyNot;
  if (tile.splits < 1 || tile.splits > maxSplits)
    return describeSplits(tile);
  if (tile.getSharedBytes() > chip.maxBlockSharedBytes)
    return describeSharedBytes(tile, chip);
  return "";
}

FailureOr<MatmulTile> mlir::quantmlir::getTile(ArrayRef<int64_t> sizes,
                                               const Chip &chip,
                                               std::string &whyNot) {
  MatmulTile tile;
  // No warps along n: the third integer is a number of warp groups.
  const bool dividesK = sizes.size() == 6 && sizes[3] == 0;
  if (sizes.size() == 4 || dividesK) {
    // Beyond two, any number of groups is the same error.
    int64_t groups = std::clamp<int64_t>(sizes[2], 0, 3);
    tile = {sizes[0], sizes[1], 4 * groups, 1, sizes[dividesK ? 4 : 3], true};
    tile.splits = dividesK ? sizes[5] : 1;
    whyNot = checkWarpGroupTile(tile, chip);
  } else if (sizes.size() == 5 || sizes.size() == 6) {
    tile = {sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]};
    tile.splits = sizes.size() == 6 ? sizes[5] : 1;
    whyNot = checkTile(tile, chip);
  } else {
    whyNot = "expected m, n, warps along m, warps along n, stages[, splits]";
    if (chip.wgmmaProducts)
      whyNot += ", or m, n, warp groups, stages, or m, n, warp groups, 0, "
                "stages, splits";
  }
  if (!whyNot.empty())
    return failure();
  return tile;
}
