//===- MatmulTiles.cpp - which tile a matmul is divided into --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile along K costs a multiprocessor cycles of its tensor cores, of its
// shared memory and of its path to L2 and memory; the largest sum is what a
// large matmul pays. A small one leaves multiprocessors idle, fills the last
// wave of blocks in part, and spends most of its time around the loop over K.
// The model below weighs these against each other, as that of launches in
// lib/Target/SASS/LaunchModel.cpp does where the machine code is known. Its
// figures:
//
//   tensor cores   Chip::mmaCycles for each m16n8k32 on each of four cores, or
//                  Chip::wgmmaProducts
//   shared memory  128 bytes a cycle: what copies write, and what each warp's
//                  ldmatrix or each group's wgmma reads
//   L2             5120 bytes a cycle for A100's 108 multiprocessors (NVIDIA
//                  A100 whitepaper), taken for all chips
//   memory         what blocks read first, of the bandwidth that the chip's
//                  multiprocessors share
//   latencies      200 cycles of L2 and 290 of memory (Abdelkhalik et al.,
//   2022),
//                  in which as many tiles are on their way as there are stages
//   a barrier      some 20 cycles a tile that other blocks of the
//   multiprocessor
//                  may fill; warp groups have none, their products are
//                  asynchronous
//   the rest       of the code, fitted to what ptxas makes of the tiles below
//                  for sm_80: 500 instructions and 14 for each sum of a thread,
//                  which take a warp 2 to 3 cycles each
//
// Where blocks are fewer than multiprocessors, K may be divided among several
// blocks of a tile, which costs what getSplitCycles says.
//
//===----------------------------------------------------------------------===//

#include "MatmulTiles.h"
#include "FragmentLayouts.h"

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

/// Numbers of blocks that K is divided among. Beyond 2, factors of 2 and 1.5.
static constexpr std::array<int64_t, 7> splitCounts = {2, 3, 4, 6, 8, 12, 16};

static constexpr int64_t tensorCores = 4, schedulers = 4;
static constexpr double barrierCycles = 20;
static constexpr double l2Latency = 200, memoryLatency = 290;

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

/// Cycles of what stands around the loop over K, for the blocks that share a
/// multiprocessor: a warp cannot issue faster, nor can all of them.
static double getCyclesAroundLoop(const MatmulTile &tile, int64_t resident) {
  auto warps = static_cast<double>(tile.warpsM * tile.warpsN);
  double sums = double(tile.m * tile.n) / (32 * warps);
  double instructions = 500 + 14 * sums;
  if (tile.splits > 1)
    instructions += 150 + 12 * sums;
  double serial = instructions * (2 + sums / 128);
  return std::max(serial, instructions * warps * static_cast<double>(resident) /
                              schedulers);
}

namespace {
/// A matmul in blocks of a tile.
struct Division {
  const MatmulTile &tile;
  const Chip &chip;
  int64_t blocks;
  /// Tiles along K of a block.
  int64_t depth;
  /// The part of the bytes that blocks read which comes from memory.
  double misses;

  double getWaveCycles(int64_t blocksOfWave) const;
};
} // namespace

/// Cycles of so many blocks that run at the same time.
double Division::getWaveCycles(int64_t blocksOfWave) const {
  if (blocksOfWave == 0)
    return 0;
  int64_t resident = llvm::divideCeil(blocksOfWave, chip.multiprocessors);
  auto share =
      static_cast<double>(resident) / static_cast<double>(blocksOfWave);
  double fromMemory = chip.getMemoryBytesPerCycle() / misses * share;
  double copied = static_cast<double>(tile.getStageBytes()) /
                  std::min(l2BytesPerCycle, fromMemory);
  double latency = l2Latency + misses * (memoryLatency - l2Latency);
  double multiplied =
      std::max(getTensorCycles(tile, chip), getSharedCycles(tile));
  double barrier = tile.usesWarpGroups ? 0 : barrierCycles;
  double perTile = std::max(
      {static_cast<double>(resident) * std::max(multiplied, copied),
       multiplied + barrier, latency / static_cast<double>(tile.stages - 1)});
  return static_cast<double>(depth) * perTile + latency +
         getCyclesAroundLoop(tile, resident);
}

/// Estimated cycles of a matmul.
static double getCycles(const MatmulTile &tile, const Chip &chip, int64_t m,
                        int64_t n, int64_t k) {
  int64_t blocks =
      llvm::divideCeil(m, tile.m) * llvm::divideCeil(n, tile.n) * tile.splits;
  int64_t depth = llvm::divideCeil(k, tile.getDepth() * tile.splits);
  // Results are taken to have two bytes.
  auto onceBytes = static_cast<double>((m + n) * k + 2 * m * n);
  auto readBytes = static_cast<double>(blocks * depth * tile.getStageBytes());
  Division division = {tile, chip, blocks, depth,
                       std::min(1.0, onceBytes / std::max(readBytes, 1.0))};
  int64_t fitting = getResidentBlocks(
      chip, tile.getThreads(), getRegisters(tile), tile.getSharedBytes());
  int64_t most = chip.multiprocessors * std::max<int64_t>(fitting, 1);
  int64_t fullWaves = blocks / most;
  double cycles =
      static_cast<double>(fullWaves) * division.getWaveCycles(most) +
      division.getWaveCycles(blocks % most);
  return std::max(cycles, onceBytes / chip.getMemoryBytesPerCycle()) +
         getSplitCycles(tile.splits, std::min(m, tile.m), tile.n);
}

/// The tile, and the same with splits that give each block at least as many
/// tiles along K as are on their way at once. More blocks are no reason for a
/// tile that is mostly rows beyond M.
static void addCandidates(SmallVectorImpl<MatmulTile> &candidates,
                          MatmulTile tile, int64_t m, int64_t k) {
  candidates.push_back(tile);
  if (tile.m > mmaM && tile.m >= 2 * m)
    return;
  for (int64_t splits : splitCounts) {
    if (k / tile.getDepth() < splits * (tile.stages - 1))
      return;
    tile.splits = splits;
    candidates.push_back(tile);
  }
}

static MatmulTile chooseTile(int64_t m, int64_t n, int64_t k,
                             const Chip &chip) {
  SmallVector<MatmulTile> candidates;
  for (const MatmulTile &tile : tiles)
    addCandidates(candidates, tile, m, k);
  if (chip.wgmmaProducts && canUseWarpGroups(k))
    llvm::append_range(candidates, warpGroupTiles);
  return *llvm::min_element(
      candidates, [&](const MatmulTile &a, const MatmulTile &b) {
        return getCycles(a, chip, m, n, k) < getCycles(b, chip, m, n, k);
      });
}

bool mlir::quantmlir::canUseWarpGroups(int64_t k) {
  return !ShapedType::isDynamic(k) && k > 0 && k % chunkBytes == 0;
}

SmallVector<TileChoice> mlir::quantmlir::chooseTiles(ArrayRef<int64_t> sizes,
                                                     const Chip &chip) {
  // Unknown sizes of weights are taken for those of a small language model.
  auto getSize = [](int64_t size) {
    return ShapedType::isDynamic(size) ? int64_t(2048) : size;
  };
  int64_t n = getSize(sizes[1]), k = getSize(sizes[2]);
  if (!ShapedType::isDynamic(sizes[0]))
    return {{chooseTile(sizes[0], n, k, chip), KernelChoice::anyRows}};

  SmallVector<TileChoice> choices;
  for (int64_t m : {16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192}) {
    MatmulTile tile = chooseTile(m, n, k, chip);
    if (!choices.empty() && choices.back().tile == tile)
      choices.back().maxRows = m;
    else
      choices.push_back({tile, m});
  }
  choices.back().maxRows = KernelChoice::anyRows;
  return choices;
}

MatmulTile mlir::quantmlir::getNarrowTile() { return {64, 64, 2, 2, 3}; }

static std::string describeSharedBytes(const MatmulTile &tile,
                                       const Chip &chip) {
  return llvm::formatv("{0}×{1} with {2} stages needs {3} bytes of shared "
                       "memory, and {4} allows a block {5}",
                       tile.m, tile.n, tile.stages, tile.getSharedBytes(),
                       chip.name, chip.maxBlockSharedBytes);
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
  if (tile.stages < 2 || tile.stages > 64)
    return "a pipeline needs 2 stages or more";
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
  if (tile.stages < 2 || tile.stages > 64)
    return "a pipeline needs 2 stages or more";
  if (tile.splits < 1 || tile.splits > maxSplits)
    return llvm::formatv("K can be divided among 1 to {0} blocks, not {1}",
                         maxSplits, tile.splits);
  if (tile.getSharedBytes() > chip.maxBlockSharedBytes)
    return describeSharedBytes(tile, chip);
  return "";
}

FailureOr<MatmulTile> mlir::quantmlir::getTile(ArrayRef<int64_t> sizes,
                                               const Chip &chip,
                                               std::string &whyNot) {
  MatmulTile tile;
  if (sizes.size() == 4) {
    // Beyond two, any number of groups is the same error.
    int64_t groups = std::clamp<int64_t>(sizes[2], 0, 3);
    tile = {sizes[0], sizes[1], 4 * groups, 1, sizes[3], true};
    whyNot = checkWarpGroupTile(tile, chip);
  } else if (sizes.size() == 5 || sizes.size() == 6) {
    tile = {sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]};
    tile.splits = sizes.size() == 6 ? sizes[5] : 1;
    whyNot = checkTile(tile, chip);
  } else {
    whyNot = "expected m, n, warps along m, warps along n, stages[, splits]";
    if (chip.wgmmaProducts)
      whyNot += ", or m, n, warp groups, stages";
  }
  if (!whyNot.empty())
    return failure();
  return tile;
}
