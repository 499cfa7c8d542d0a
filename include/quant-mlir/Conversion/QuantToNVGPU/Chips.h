//===- Chips.h - GPUs that kernels are made for -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_QUANTTONVGPU_CHIPS_H
#define QUANT_MLIR_CONVERSION_QUANTTONVGPU_CHIPS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace mlir::quantmlir {

/// A compute capability that kernels are made for.
struct Chip {
  llvm::StringRef name;
  /// The feature of LLVM's NVPTX back end that selects the PTX version: the
  /// oldest one that knows the chip, but at least 8.0.
  llvm::StringRef ptxFeature;
  /// Bytes of shared memory of a multiprocessor, and of a block at most.
  int64_t sharedBytes, maxBlockSharedBytes;
  /// Multiprocessors of the largest common product.
  int64_t multiprocessors;
  /// Warps and blocks of a multiprocessor at most.
  int64_t maxWarps, maxBlocks;
  /// Cycles for which one s8 m16n8k32 keeps a tensor core busy, and one f16 or
  /// bf16 m16n8k16 with f32 sums.
  int64_t mmaCycles, halfMmaCycles;
  /// Products of 8-bit integers that a tensor core makes in a cycle by wgmma; 0
  /// where there is none.
  int64_t wgmmaProducts;
  /// The boost clock, and the bandwidth of memory in GB/s.
  int64_t megahertz, memoryBandwidth;
  /// Whether tensor cores multiply 4-bit integers; others take dozens of
  /// instructions for it.
  bool hasInt4;

  /// Bytes that memory moves in a cycle of the multiprocessors.
  double getMemoryBytesPerCycle() const {
    return 1e3 * static_cast<double>(memoryBandwidth) /
           static_cast<double>(megahertz);
  }
};

/// Bytes that a multiprocessor's shared memory, and its path to L2, move in a
/// cycle. The latter are A100's 5120 bytes for 108 multiprocessors (NVIDIA A100
/// whitepaper), taken for all chips.
constexpr double sharedBytesPerCycle = 128, l2BytesPerCycle = 5120. / 108;

/// Cycles that it takes until one of `splits` blocks knows that it is the last
/// of a tile and has the sums of all, of a tile's `rows` × `columns`.
double getSplitCycles(int64_t splits, int64_t rows, int64_t columns);

/// How many blocks K may be divided among.
constexpr int64_t maxSplits = 32;

/// The numbers of them that compiler and tuner try: from 2 on factors of 1.5
/// and 4/3 in turns.
constexpr int64_t splitCounts[] = {2, 3, 4, 6, 8, 12, 16};

/// The blocks that a multiprocessor holds at once, as its registers, shared
/// memory and warps allow.
int64_t getResidentBlocks(const Chip &chip, int64_t threads,
                          int64_t registersPerThread, int64_t sharedBytes);

/// The chip of that name, null if kernels are not made for it.
const Chip *lookupChip(llvm::StringRef name);

/// "unsupported chip 'sm_75'; supported: sm_80, …"
std::string getUnsupportedChipMessage(llvm::StringRef name);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTONVGPU_CHIPS_H
