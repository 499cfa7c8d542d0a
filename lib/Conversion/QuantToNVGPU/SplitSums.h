//===- SplitSums.h - sums that several blocks share -------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_SPLITSUMS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_SPLITSUMS_H

#include "KernelBuilder.h"

namespace mlir::quantmlir {

/// What a block multiplies of K.
struct SplitRange {
  Value first, size;
};

/// The part of `k` columns that is the block's along z of `splits`: whole tiles
/// of `depth` columns, but for the last one; none if tiles are fewer.
SplitRange getSplitRange(KernelBuilder &b, Value k, int64_t depth,
                         int64_t splits);

/// The workspace of blocks that divide K.
struct SplitWorkspace {
  int64_t splits = 1;
  /// Pointers: a matrix of M rows and whole tiles of columns for each split,
  /// and a counter for each tile of y.
  Value partials, counters;
  /// Columns of a block's tile.
  int64_t tileColumns = 0;
  /// If only the first threads of a block have sums: how many, whole warps, and
  /// an i32 of shared memory that is free by then. Others may have ended.
  int64_t threads = 0;
  Value flag;
  Value thread;
};

/// Sums of a tile of which each of several blocks has a part.
class SplitSums {
public:
  SplitSums(KernelBuilder &b, const SplitWorkspace &workspace, Value m);

  /// Stores what this block has of two neighbouring columns, the first of which
  /// is even. The row exists.
  void store(Value row, Value column, Value first, Value second);

  /// Moves the builder into a region that only the last block of a tile enters.
  /// The counters are left as they were found.
  void enterLastBlock();

  /// The two sums of all blocks, added in the order of K. Of a row beyond the
  /// end those of the last one.
  SmallVector<Value, 2> load(Value row, Value column);

private:
  Value countArrival();
  void buildBarrier();
  Value tellAll(Value isLast, Value isFirst);
  Value getPlace(Value split, Value row, Value column);

  KernelBuilder &b;
  const SplitWorkspace &workspace;
  VectorType pairType;
  Value m, pitch, partials;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_SPLITSUMS_H
