//===- TileModel.cpp - cycles of a matmul in blocks of a tile -------------===//
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
//   L2             5120 bytes a cycle for A100's 108 multiprocessors (NVIDIA
//                  A100 whitepaper), taken for all chips
//   memory         what blocks read first, of the bandwidth that the chip's
//                  multiprocessors share
//   latencies      200 cycles of L2 and 290 of memory (Abdelkhalik et al.,
//                  2022), in which as many tiles are on their way as there are
//                  stages
//
// What a tile and the rest of the code cost, the files on tiles say. Where
// blocks are fewer than multiprocessors, K may be divided among several blocks
// of a tile, which costs what getSplitCycles says.
//
//===----------------------------------------------------------------------===//

#include "TileModel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr double l2Latency = 200, memoryLatency = 290;

/// Cycles of so many blocks that run at the same time. Each has `depth` tiles
/// along K, and `misses` of the bytes that they read come from memory.
static double getWaveCycles(const BlockCost &block, const Chip &chip,
                            int64_t blocksOfWave, int64_t depth,
                            double misses) {
  if (blocksOfWave == 0)
    return 0;
  auto resident =
      static_cast<double>(llvm::divideCeil(blocksOfWave, chip.multiprocessors));
  double fromMemory = chip.getMemoryBytesPerCycle() / misses *
                      (resident / static_cast<double>(blocksOfWave));
  double copied = static_cast<double>(block.stageBytes) /
                  std::min(l2BytesPerCycle, fromMemory);
  double latency = l2Latency + misses * (memoryLatency - l2Latency);
  double perTile =
      std::max({resident * std::max(block.tile.busy, copied), block.tile.alone,
                latency / static_cast<double>(block.stages - 1)});
  return static_cast<double>(depth) * perTile + latency +
         std::max(block.aroundLoop.alone, resident * block.aroundLoop.busy);
}

LaunchCycles mlir::quantmlir::getLaunchCycles(const BlockCost &block,
                                              const Chip &chip,
                                              const ProductSizes &sizes) {
  int64_t blocks = llvm::divideCeil(sizes.m, block.rows) *
                   llvm::divideCeil(sizes.n, block.columns) * block.splits;
  int64_t depth = llvm::divideCeil(sizes.k, block.depth * block.splits);
  auto readBytes = static_cast<double>(blocks * depth * block.stageBytes);
  double misses = std::min(1.0, sizes.bytes / std::max(readBytes, 1.0));
  int64_t most = chip.multiprocessors * std::max<int64_t>(block.fitting, 1);
  int64_t fullWaves = blocks / most, rest = blocks % most;
  double cycles = static_cast<double>(fullWaves) *
                      getWaveCycles(block, chip, most, depth, misses) +
                  getWaveCycles(block, chip, rest, depth, misses);
  double bound = sizes.bytes / chip.getMemoryBytesPerCycle();
  double ofSplits = getSplitCycles(block.splits, std::min(sizes.m, block.rows),
                                   block.columns);
  return {std::max(cycles, bound) + ofSplits, cycles + ofSplits};
}
