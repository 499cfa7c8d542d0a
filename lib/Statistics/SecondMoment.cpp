//===- SecondMoment.cpp - sums of products of channels --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/SecondMoment.h"

#include "quant-mlir/Runtime/MatrixProduct.h"
#include "quant-mlir/Runtime/ThreadPool.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <utility>

using namespace llvm;
using namespace mlir::quantmlir;

/// Large enough for fast products, small enough to balance them over threads.
static constexpr int64_t tileSize = 256;

static int64_t getNumTileRows(int64_t channels) {
  return divideCeil(channels, tileSize);
}

/// The tiles in the rows of tiles above `tileRow`.
static int64_t getTilesBefore(int64_t tileRow) {
  return tileRow * (tileRow + 1) / 2;
}

static int64_t getNumTiles(int64_t channels) {
  return getTilesBefore(getNumTileRows(channels));
}

SecondMoment::SecondMoment(int64_t channels)
    : channels(channels), tiles(getNumTiles(channels) * tileSize * tileSize) {}

SecondMoment::SecondMoment(int64_t channels, ArrayRef<char> bytes,
                           std::shared_ptr<const void> owner)
    : channels(channels), owner(std::move(owner)) {
  size_t size = bytes.size() / sizeof(float);
  const char *data = bytes.data();
  if (reinterpret_cast<uintptr_t>(data) % alignof(float) != 0) {
    auto copy = std::make_shared<std::vector<float>>(size);
    std::memcpy(copy->data(), data, bytes.size());
    data = reinterpret_cast<const char *>(copy->data());
    this->owner = std::move(copy);
  }
  mapped = {reinterpret_cast<const float *>(data), size};
}

const float *SecondMoment::getTileRow(int64_t row, int64_t tileColumn) const {
  int64_t tile = getTilesBefore(row / tileSize) + tileColumn;
  return tiles.data() + (tile * tileSize + row % tileSize) * tileSize;
}

float *SecondMoment::getTileRow(int64_t row, int64_t tileColumn) {
  return const_cast<float *>(std::as_const(*this).getTileRow(row, tileColumn));
}

float SecondMoment::get(int64_t row, int64_t column) const {
  if (!mapped.empty())
    return mapped[row * channels + column];
  if (column > row)
    std::swap(row, column);
  return getTileRow(row, column / tileSize)[column % tileSize];
}

void SecondMoment::moveToTiles() {
  tiles.assign(getNumTiles(channels) * tileSize * tileSize, 0.0f);
  for (int64_t row = 0; row < channels; ++row)
    for (int64_t tile = 0; tile <= row / tileSize; ++tile) {
      int64_t column = tile * tileSize;
      int64_t width = std::min(tileSize, channels - column);
      llvm::copy(mapped.slice(row * channels + column, width),
                 getTileRow(row, tile));
    }
  mapped = {};
  owner.reset();
}

void SecondMoment::accumulate(const float *data, int64_t rows,
                              ThreadPool &pool) {
  std::vector<std::pair<int64_t, int64_t>> positions;
  for (int64_t i = 0; i < getNumTileRows(channels); ++i)
    for (int64_t j = 0; j <= i; ++j)
      positions.emplace_back(i, j);
  pool.parallelFor(positions.size(), [&](uint32_t task) {
    auto [i, j] = positions[task];
    int64_t row = i * tileSize, column = j * tileSize;
    multiplyF32(std::min(tileSize, channels - row),
                std::min(tileSize, channels - column), rows,
                {data + row, 1, channels}, {data + column, channels, 1},
                {getTileRow(row, j), tileSize, 1}, /*accumulate=*/true);
  });
}

void SecondMoment::add(const SecondMoment &other) {
  if (!mapped.empty())
    moveToTiles();
  for (int64_t row = 0; row < channels; ++row)
    for (int64_t tile = 0; tile <= row / tileSize; ++tile) {
      float *sums = getTileRow(row, tile);
      int64_t column = tile * tileSize;
      int64_t width = std::min(tileSize, channels - column);
      for (int64_t k = 0; k < width; ++k)
        sums[k] += other.get(row, column + k);
    }
}

double SecondMoment::dot(ArrayRef<float> matrix) const {
  double sum = 0;
  for (int64_t row = 0; row < channels; ++row) {
    const float *others = matrix.data() + row * channels;
    double twice = 0;
    for (int64_t column = 0; column < row; ++column)
      twice += double(get(row, column)) * others[column];
    sum += 2 * twice + double(get(row, row)) * others[row];
  }
  return sum;
}

void SecondMoment::write(raw_ostream &os) const {
  std::vector<float> elements(channels);
  for (int64_t row = 0; row < channels; ++row) {
    for (int64_t column = 0; column < channels; ++column)
      elements[column] = get(row, column);
    os.write(reinterpret_cast<const char *>(elements.data()),
             channels * sizeof(float));
  }
}
