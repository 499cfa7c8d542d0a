//===- ChunkCopies.h - from global to shared memory -------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_CHUNKCOPIES_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_CHUNKCOPIES_H

#include "KernelBuilder.h"

namespace mlir::quantmlir {

/// Bytes of one row of an `ldmatrix` matrix, the unit of copies and swizzling.
constexpr int64_t chunkBytes = 16;
/// In tiles of fewer rows, those beyond the end of x are zeros, and not its
/// last row again.
constexpr int64_t rowsWorthCopying = 64;

/// What chunks of 16 bytes are copied from and to. All positions and sizes
/// count elements.
struct ChunkCopy {
  /// A matrix in global memory and a block's shared memory, both flat and of
  /// one element type.
  Value source, shared;
  /// The columns of a row that exist.
  Value columns;
  /// What one copy moves: copies of 4, 8 and 16 bytes are asynchronous, those
  /// of one element are loads and stores.
  int64_t copyBytes;

  int64_t getElementBytes() const;
  bool isAsync() const { return copyBytes > getElementBytes(); }
};

/// Copies a chunk at once. With a `count`, only so many elements of it are
/// read, and zeros take the place of the others.
void copyWholeChunk(KernelBuilder &b, const ChunkCopy &copy, Value from,
                    Value to, Value count = Value());

/// Copies the chunk that begins at `column` of its row; zeros take the place of
/// what lies beyond the row's end, or of all if `isInside`, where there is one,
/// is false. No address is outside of the matrix either way.
void copyChunk(KernelBuilder &b, const ChunkCopy &copy, Value from, Value to,
               Value column, Value isInside = Value());

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_CHUNKCOPIES_H
