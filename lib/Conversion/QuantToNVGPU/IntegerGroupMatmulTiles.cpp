//===- IntegerGroupMatmulTiles.cpp - tiles with integer inputs ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The model is that of GroupMatmulTiles.cpp: the cycles of a tile, times the
// waves of blocks. With 8-bit activations a word's 8 codes take 7 instructions,
// and warps with all of a block's rows unpack each but once: that is why large
// tiles are not divided along m. With 4-bit activations a group's sums cost an
// instruction each, and a fragment of x four.
//
//===----------------------------------------------------------------------===//

#include "IntegerGroupMatmulTiles.h"
#include "FragmentLayouts.h"
#include "KernelBuilder.h"

#include "llvm/ADT/STLExtras.h"

#include <array>

using namespace mlir;
using namespace mlir::quantmlir;

// m, n, warps along m, n and k, stages. Up to 32 rows K is divided among warps,
// so that few columns fill a multiprocessor.
static constexpr std::array<GroupMatmulTile, 5> tiles = {{
    {128, 128, 1, 4, 1, 3},
    {64, 128, 1, 4, 1, 3},
    {32, 64, 1, 2, 2, 3},
    {16, 64, 1, 1, 4, 4},
    {16, 32, 1, 1, 4, 5},
}};

/// Sums that a thread may have where it has as many of groups besides, or what
/// narrow copies need.
static constexpr int64_t maxCrowdedSums = 64;

static constexpr int64_t schedulers = 4;
static constexpr double barrierCycles = 100, launchCycles = 2000;
static constexpr double memoryLatency = 600, cyclesPerIssue = 2.6;
static constexpr double instructionsPerWord = 7, instructionsPerPacking = 4;

static int64_t getProducts(const GroupMatmulTile &tile, int64_t depth) {
  return tile.m / mmaM * (tile.n / mmaN) * (tile.getDepth() / depth);
}

/// An estimate of the registers of a thread, for the blocks that fit.
static int64_t getRegisters(const GroupMatmulTile &tile) {
  return std::min<int64_t>(tile.getSums() + 110, 255);
}

/// Columns of K of a product.
static int64_t getProductDepth(const IntegerGroupMatmulKernel &kernel) {
  return kernel.usesNibbles && kernel.getGroupSize() > mmaK ? 2 * mmaK : mmaK;
}

/// The instructions of all warps of a block for one tile.
static double getInstructions(const IntegerGroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  auto products =
      static_cast<double>(getProducts(tile, getProductDepth(kernel)));
  auto area = static_cast<double>(tile.m * tile.n);
  auto depth = static_cast<double>(tile.getDepth());
  if (kernel.usesNibbles) {
    double packings =
        static_cast<double>(tile.warpsN * tile.m) * depth / (mmaM * mmaK);
    double sums = area / warpSize * depth / double(kernel.getGroupSize());
    return products + packings * instructionsPerPacking + sums;
  }
  double words = static_cast<double>(tile.warpsM * tile.n) * depth / 256;
  return products + words * instructionsPerWord;
}

/// The cycles that a multiprocessor is busy with one tile of one block.
static double getTileCycles(const IntegerGroupMatmulKernel &kernel,
                            const Chip &chip) {
  const GroupMatmulTile &tile = kernel.tile;
  // Twice as many columns of half as many bits take the same time.
  auto products = static_cast<double>(
      getProducts(tile, kernel.usesNibbles ? 2 * mmaK : mmaK));
  double tensor = products * static_cast<double>(chip.mmaCycles) / schedulers;
  auto bytes = static_cast<double>(kernel.getStageBytes());
  auto read = static_cast<double>(tile.warpsN * kernel.getInputBytes() +
                                  tile.warpsM * kernel.getWeightBytes());
  return std::max({tensor, getInstructions(kernel) / schedulers,
                   (read + bytes) / sharedBytesPerCycle,
                   bytes / l2BytesPerCycle});
}

/// Estimated cycles of a group matmul.
static double getCycles(const IntegerGroupMatmulKernel &kernel,
                        const Chip &chip, int64_t m, int64_t n, int64_t k) {
  const GroupMatmulTile &tile = kernel.tile;
  double cycles = getTileCycles(kernel, chip);
  int64_t blocks = llvm::divideCeil(m, tile.m) * llvm::divideCeil(n, tile.n);
  int64_t fitting = getResidentBlocks(
      chip, tile.getThreads(), getRegisters(tile), kernel.getSharedBytes());
  int64_t resident =
      std::clamp<int64_t>(llvm::divideCeil(blocks, chip.multiprocessors), 1,
                          std::max<int64_t>(fitting, 1));
  int64_t waves = llvm::divideCeil(blocks, chip.multiprocessors * resident);
  double latency = memoryLatency / static_cast<double>(tile.stages - 1);
  double serial = getInstructions(kernel) * warpSize /
                  static_cast<double>(tile.getThreads()) * cyclesPerIssue;
  double perTile =
      std::max(static_cast<double>(resident) * cycles,
               std::max({cycles, serial, latency}) + barrierCycles);
  return static_cast<double>(waves) *
         (static_cast<double>(llvm::divideCeil(k, tile.getDepth())) * perTile +
          launchCycles);
}

static IntegerGroupMatmulKernel chooseTile(IntegerGroupMatmulKernel kernel,
                                           const Chip &chip, int64_t m,
                                           int64_t n, int64_t k) {
  std::optional<IntegerGroupMatmulKernel> best;
  double bestCycles = 0;
  const bool isCrowded = kernel.usesNibbles || kernel.copyBytes < chunkBytes;
  for (const GroupMatmulTile &tile : tiles) {
    if (isCrowded && tile.getSums() > maxCrowdedSums)
      continue;
    kernel.tile = tile;
    // As many stages as fit into shared memory; 2 do everywhere.
    while (kernel.getSharedBytes() > chip.maxBlockSharedBytes)
      --kernel.tile.stages;
    double cycles = getCycles(kernel, chip, m, n, k);
    if (best && cycles >= bestCycles)
      continue;
    best = kernel;
    bestCycles = cycles;
  }
  return *best;
}

SmallVector<KernelChoice>
mlir::quantmlir::chooseIntegerGroupTiles(IntegerGroupMatmulKernel kernel,
                                         ArrayRef<int64_t> sizes,
                                         const Chip &chip) {
  // Unknown sizes of weights are taken for those of a small language model.
  auto getSize = [](int64_t size) {
    return ShapedType::isDynamic(size) ? int64_t(2048) : size;
  };
  int64_t n = getSize(sizes[1]), k = getSize(sizes[2]);
  if (!ShapedType::isDynamic(sizes[0]))
    return {{chooseTile(kernel, chip, sizes[0], n, k), KernelChoice::anyRows}};

  SmallVector<KernelChoice> choices;
  std::optional<GroupMatmulTile> last;
  for (int64_t m : {16, 32, 64, 128, 256, 512, 1024, 2048, 4096}) {
    IntegerGroupMatmulKernel choice = chooseTile(kernel, chip, m, n, k);
    if (last && *last == choice.tile)
      choices.back().maxRows = m;
    else
      choices.push_back({choice, m});
    last = choice.tile;
  }
  choices.back().maxRows = KernelChoice::anyRows;
  return choices;
}
