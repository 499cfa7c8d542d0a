//===- Chips.cpp - GPUs that kernels are made for -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace llvm;
using namespace mlir::quantmlir;

// Integer mma.m16n8k32 and cp.async start with sm_80.
//
// Shared memory, warps and blocks: CUDA C++ Programming Guide, "Technical
// Specifications per Compute Capability"; a block can have all but 1 KB.
// Multiprocessors: NVIDIA's data sheets of A100, A40, L40S, H100 SXM, B200 and
// RTX 5090. Cycles: dense INT8 TOPS of the same sheets, over multiprocessors,
// four tensor cores and boost clock: 624 for A100 (2048 products a cycle), 299
// for A40 and 733 for L40S (1024). Hopper and later reach their rates by other
// instructions alone; mma.sync is taken to be as fast there as on A100. H100
// SXM's 1979 TOPS, at 1830 MHz on 132 multiprocessors, are 4096 products a
// cycle, by wgmma, which only code for sm_90a can use. f16 with f32 sums is
// half as fast as INT8 (312 TFLOPS on A100, 149.7 on A40, 362 on L40S), and a
// quarter on RTX 5090 (209.5 TFLOPS, INT8 838 TOPS).
//
// Clocks and memory are those of the same sheets; A100 is the one with 40 GB,
// and B200, whose sheet has no clock, is taken to have 1965 MHz.
//
// Tensor cores for 4-bit integers ended with sm_89: for later chips ptxas makes
// some hundred instructions of an mma.
//
// PTX 8.3 has the fence for tensor maps.
static constexpr int64_t kilobyte = 1024;
static constexpr Chip chips[] = {
    {"sm_80", "+ptx80", 164 * kilobyte, 163 * kilobyte, 108, 64, 32, 8, 8, 0,
     1410, 1555, true},
    {"sm_86", "+ptx80", 100 * kilobyte, 99 * kilobyte, 84, 48, 16, 16, 16, 0,
     1740, 696, true},
    {"sm_89", "+ptx80", 100 * kilobyte, 99 * kilobyte, 142, 48, 24, 16, 16, 0,
     2520, 864, true},
    {"sm_90", "+ptx80", 228 * kilobyte, 227 * kilobyte, 132, 64, 32, 8, 8, 0,
     1830, 3350, false},
    {"sm_90a", "+ptx83", 228 * kilobyte, 227 * kilobyte, 132, 64, 32, 8, 8,
     1024, 1830, 3350, false},
    {"sm_100", "+ptx86", 228 * kilobyte, 227 * kilobyte, 148, 64, 32, 8, 8, 0,
     1965, 8000, false},
    {"sm_120", "+ptx87", 100 * kilobyte, 99 * kilobyte, 170, 48, 24, 16, 32, 0,
     2407, 1792, false},
};

int64_t mlir::quantmlir::getResidentBlocks(const Chip &chip, int64_t threads,
                                           int64_t registersPerThread,
                                           int64_t sharedBytes) {
  // Registers are given to warps in units of 256, and each of the four
  // schedulers has a quarter of them; a block's shared memory costs 1 KB more.
  constexpr int64_t warpSize = 32, schedulers = 4;
  constexpr int64_t registersPerScheduler = 16384, registerUnit = 256;
  int64_t warps = divideCeil(threads, warpSize);
  int64_t perWarp = alignTo(std::max<int64_t>(registersPerThread, 1) * warpSize,
                            registerUnit);
  int64_t warpsByRegisters = registersPerScheduler / perWarp * schedulers;
  return std::min({chip.maxBlocks, chip.maxWarps / warps,
                   warpsByRegisters / warps,
                   chip.sharedBytes / (sharedBytes + kilobyte)});
}

// A store that others see, the count, and a load behind it are assumed to be
// some 700 cycles each: a fence or an atomic operation waits for L2 and back
// under load, where a read by itself takes 200. Sums are written once, and all
// are read once, by way of L2.
double mlir::quantmlir::getSplitCycles(int64_t splits, int64_t rows,
                                       int64_t columns) {
  constexpr double tripCycles = 700, trips = 3, sumBytes = 4;
  if (splits == 1)
    return 0;
  auto sums = static_cast<double>((splits + 1) * rows * columns);
  return trips * tripCycles + sums * sumBytes / l2BytesPerCycle;
}

const Chip *mlir::quantmlir::lookupChip(StringRef name) {
  const Chip *chip =
      find_if(chips, [&](const Chip &c) { return c.name == name; });
  return chip == std::end(chips) ? nullptr : chip;
}

std::string mlir::quantmlir::getUnsupportedChipMessage(StringRef name) {
  auto names = map_range(chips, [](const Chip &c) { return c.name; });
  return ("unsupported chip '" + name + "'; supported: " + join(names, ", "))
      .str();
}
