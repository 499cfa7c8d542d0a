//===- LaunchModel.cpp - cycles of a launch of many blocks ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/SASS.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace mlir::quantmlir;

/// Cycles of A100 until memory beyond L2 answers, from the same source as the
/// latency of L2 in PipelineModel.cpp.
static constexpr double memoryLatency = 290;
static constexpr int64_t numSchedulers = 4;

double mlir::quantmlir::getPassDepth(ArrayRef<const SassInstruction *> body,
                                     int64_t warps, int64_t blockRows,
                                     int64_t blockColumns) {
  int64_t products = 0;
  for (const SassInstruction *instruction : body)
    products += warps * instruction->getProducts();
  return static_cast<double>(products) /
         static_cast<double>(blockRows * blockColumns);
}

namespace {
/// What blocks read more than once comes out of L2, the rest from memory. Both
/// share the way to the multiprocessors, of which each gets as much of memory
/// as it has of the blocks.
struct Traffic {
  const Chip &chip;
  /// The part of the loop's bytes that comes from memory.
  double misses;

  MemoryPath getPath(int64_t resident, int64_t blocksOfWave) const {
    MemoryPath path = getL2Path();
    double fromMemory = chip.getMemoryBytesPerCycle() / misses *
                        static_cast<double>(resident) /
                        static_cast<double>(blocksOfWave);
    path.bytesPerCycle = std::min(path.bytesPerCycle, fromMemory);
    path.latency += misses * (memoryLatency - path.latency);
    return path;
  }
};
} // namespace

Expected<LaunchCycles>
mlir::quantmlir::estimateLaunch(const SassKernel &kernel, const SassLoop &loop,
                                const Occupancy &occupancy, const Chip &chip,
                                const std::optional<TileCopies> &copies,
                                const ProductShape &shape, int64_t onceBytes) {
  SmallVector<const SassInstruction *> body = kernel.getBody(loop);
  double passes =
      static_cast<double>(shape.k) / static_cast<double>(shape.splits) /
      getPassDepth(body, occupancy.warps, shape.blockRows, shape.blockColumns);
  int64_t blocks = divideCeil(shape.m, shape.blockRows) *
                   divideCeil(shape.n, shape.blockColumns) * shape.splits;
  int64_t most = chip.multiprocessors * occupancy.blocks;

  double passBytes = copies ? static_cast<double>(copies->bytes) : 0;
  for (const SassInstruction *instruction : body)
    if (instruction->getClass() == SassClass::AsyncCopy ||
        instruction->getClass() == SassClass::GlobalAccess)
      passBytes +=
          static_cast<double>(occupancy.warps * instruction->getBytes());
  double loopBytes = passBytes * passes * static_cast<double>(blocks);
  Traffic traffic = {chip, std::min(1.0, static_cast<double>(onceBytes) /
                                             std::max(loopBytes, 1.0))};

  auto others = static_cast<double>((kernel.instructions.size() - body.size()) *
                                    occupancy.warps);
  // However few warps there are, each goes through them by itself.
  double serial = 0;
  for (const SassInstruction &instruction : kernel.instructions)
    serial += instruction.isDummy ? 0 : instruction.stall;
  for (const SassInstruction *instruction : body)
    serial -= instruction->stall;
  LaunchCycles launch = {};
  launch.blocks = blocks;
  launch.waves = static_cast<double>(blocks) / static_cast<double>(most);
  launch.memory =
      static_cast<double>(onceBytes) / chip.getMemoryBytesPerCycle();
  auto addWaves = [&](int64_t waves, int64_t blocksOfWave) -> Error {
    if (waves == 0 || blocksOfWave == 0)
      return Error::success();
    auto resident =
        static_cast<int64_t>(divideCeil(blocksOfWave, chip.multiprocessors));
    MemoryPath path = traffic.getPath(resident, blocksOfWave);
    Expected<LoopCycles> cycles =
        simulateLoop(body, {occupancy.warps, resident}, chip, copies, path);
    if (!cycles)
      return cycles.takeError();
    // Until the first tile is there, and what stands around the loop.
    double once =
        path.latency + std::max(serial, others * static_cast<double>(resident) /
                                            numSchedulers);
    launch.cycles +=
        static_cast<double>(waves) * (passes * cycles->simulated + once);
    return Error::success();
  };
  if (Error error = addWaves(blocks / most, most))
    return std::move(error);
  if (Error error = addWaves(1, blocks % most))
    return std::move(error);
  launch.cycles = std::max(launch.cycles, launch.memory);
  if (shape.splits > 1)
    launch.cycles += getSplitCycles(
        shape.splits, std::min(shape.m, shape.blockRows), shape.blockColumns);
  return launch;
}
