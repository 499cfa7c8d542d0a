//===- SecondMoment.h - sums of products of channels ------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_STATISTICS_SECONDMOMENT_H
#define QUANT_MLIR_STATISTICS_SECONDMOMENT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace mlir::quantmlir {

class ThreadPool;

/// XᵀX of rows of K channels: a symmetric K×K matrix of f32. Its lower triangle
/// is kept in tiles, or all of it in a mapped file.
class SecondMoment {
public:
  /// 0.
  explicit SecondMoment(int64_t channels);
  /// The matrix whose row-major elements `bytes` holds as long as `owner`
  /// lives; copied if they are not aligned.
  SecondMoment(int64_t channels, llvm::ArrayRef<char> bytes,
               std::shared_ptr<const void> owner);

  int64_t getChannels() const { return channels; }
  float get(int64_t row, int64_t column) const;
  /// The row-major elements of a matrix in a file, empty for one in tiles.
  llvm::ArrayRef<float> getMapped() const { return mapped; }
  std::shared_ptr<const void> getOwner() const { return owner; }

  /// Adds XᵀX of row-major data. Every element is a sum of f32 whose order
  /// depends on the shape alone, not on the threads.
  void accumulate(const float *data, int64_t rows, ThreadPool &pool);
  /// Adds `other`, element by element.
  void add(const SecondMoment &other);
  /// The sum of the products of its elements with those of `matrix`, row-major
  /// and symmetric too: the trace of their product.
  double dot(llvm::ArrayRef<float> matrix) const;
  /// Writes all K×K elements, row-major.
  void write(llvm::raw_ostream &os) const;

private:
  /// The columns of row `row` in one tile, from the tile's first column on.
  float *getTileRow(int64_t row, int64_t tileColumn);
  const float *getTileRow(int64_t row, int64_t tileColumn) const;
  void moveToTiles();

  int64_t channels;
  /// Square tiles of the lower triangle, row by row of tiles. Empty for a
  /// matrix in a file.
  std::vector<float> tiles;
  llvm::ArrayRef<float> mapped;
  std::shared_ptr<const void> owner;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_STATISTICS_SECONDMOMENT_H
