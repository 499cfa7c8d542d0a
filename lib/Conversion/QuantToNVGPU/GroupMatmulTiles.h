//===- GroupMatmulTiles.h - which tile a group matmul has -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULTILES_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULTILES_H

#include "TileModel.h"

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

namespace mlir::quantmlir {

/// Sums that a thread may have with float activations: it has as many of a
/// group.
constexpr int64_t maxHalfSums = 64;

/// The kernels for a group matmul of `sizes` {M, N, K} on `chip`, which are
/// `kernel` with other tiles, by rising numbers of rows. One for a static M;
/// for a dynamic one the last serves any number.
SmallVector<KernelChoice> chooseGroupTiles(GroupMatmulKernel kernel,
                                           ArrayRef<int64_t> sizes,
                                           const Chip &chip);

/// What the model of group matmuls knows of a tile of a block.
struct GroupTileCost {
  const GroupMatmulTile &tile;
  /// Cycles that its products take of a tensor core, and the instructions of
  /// all of its warps.
  int64_t tensorCycles;
  double instructions;
  /// Of a stage; parameters are scales and zero points.
  int64_t inputBytes, weightBytes, parameterBytes;
  /// What decides how many blocks fit.
  int64_t registers, sharedBytes;

  int64_t getStageBytes() const {
    return inputBytes + weightBytes + parameterBytes;
  }
};

template <typename GroupKernel>
GroupTileCost getGroupTileCost(const GroupKernel &kernel, int64_t tensorCycles,
                               double instructions, int64_t registers) {
  int64_t inputBytes = kernel.getInputBytes();
  int64_t weightBytes = kernel.getWeightBytes();
  return {kernel.tile,  tensorCycles,
          instructions, inputBytes,
          weightBytes,  kernel.getStageBytes() - inputBytes - weightBytes,
          registers,    kernel.getSharedBytes()};
}

/// Estimated cycles of a group matmul.
LaunchCycles getGroupCycles(const GroupTileCost &cost, const Chip &chip,
                            int64_t m, int64_t n, int64_t k);

/// Adds a tile, with that many stages and with fewer, and with blocks that
/// divide K.
void addGroupCandidates(SmallVectorImpl<GroupMatmulTile> &candidates,
                        GroupMatmulTile tile, int64_t m, int64_t k);

/// The candidate, with as many of its stages as fit into shared memory, whose
/// kernel takes the fewest cycles by `getCycles`. Two stages fit everywhere.
template <typename GroupKernel, typename GetCycles>
GroupMatmulTile getBestTile(GroupKernel kernel, const Chip &chip,
                            ArrayRef<GroupMatmulTile> candidates,
                            GetCycles getCycles) {
  GroupMatmulTile best = candidates.front();
  std::optional<LaunchCycles> bestCycles;
  for (const GroupMatmulTile &tile : candidates) {
    kernel.tile = tile;
    while (kernel.getSharedBytes() > chip.maxBlockSharedBytes)
      --kernel.tile.stages;
    LaunchCycles cycles = getCycles(kernel);
    if (!bestCycles || cycles < *bestCycles) {
      best = kernel.tile;
      bestCycles = cycles;
    }
  }
  return best;
}

/// The kernel with the tiles that `choose(m, n, k)` takes, one for M if that is
/// known, or else for rising numbers of rows. Unknown sizes of weights are
/// taken for those of a small language model.
template <typename GroupKernel, typename Choose>
SmallVector<KernelChoice> chooseByRows(GroupKernel kernel,
                                       ArrayRef<int64_t> sizes, Choose choose) {
  auto getSize = [](int64_t size) {
    return ShapedType::isDynamic(size) ? int64_t(2048) : size;
  };
  int64_t n = getSize(sizes[1]), k = getSize(sizes[2]);
  SmallVector<KernelChoice> choices;
  auto add = [&](const GroupMatmulTile &tile, int64_t maxRows) {
    bool isSame = !choices.empty() && kernel.tile == tile;
    kernel.tile = tile;
    if (isSame)
      choices.back().maxRows = maxRows;
    else
      choices.push_back({kernel, maxRows});
  };
  if (!ShapedType::isDynamic(sizes[0]))
    add(choose(sizes[0], n, k), KernelChoice::anyRows);
  else
    for (int64_t m : {16, 32, 64, 128, 256, 512, 1024, 2048, 4096})
      add(choose(m, n, k), m);
  choices.back().maxRows = KernelChoice::anyRows;
  return choices;
}

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULTILES_H
