//===- IntegerGroupMatmulTiles.cpp - tiles with integer inputs ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The model is that of GroupMatmulTiles.cpp. With 8-bit activations a word's 8
// codes take 7 instructions, and warps with all of a block's rows unpack each
// but once: that is why large tiles are not divided along m. With 4-bit
// activations a group's sums cost an instruction each, and a fragment of x
// four.
//
//===----------------------------------------------------------------------===//

#include "IntegerGroupMatmulTiles.h"
#include "FragmentLayouts.h"
#include "GroupMatmulTiles.h"
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

// Twice as many columns of half as many bits take the same time.
static GroupTileCost getCost(const IntegerGroupMatmulKernel &kernel,
                             const Chip &chip) {
  int64_t products =
      getProducts(kernel.tile, kernel.usesNibbles ? 2 * mmaK : mmaK);
  return getGroupTileCost(kernel, products * chip.mmaCycles,
                          getInstructions(kernel), getRegisters(kernel.tile));
}

SmallVector<KernelChoice>
mlir::quantmlir::chooseIntegerGroupTiles(IntegerGroupMatmulKernel kernel,
                                         ArrayRef<int64_t> sizes,
                                         const Chip &chip) {
  const bool isCrowded = kernel.usesNibbles || kernel.copyBytes < chunkBytes;
  auto fits = [&](const GroupMatmulTile &tile) {
    return !isCrowded || tile.getSums() <= maxCrowdedSums;
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
