//===- Histogram.cpp - counts of magnitudes -------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/Histogram.h"

using namespace mlir::quantmlir;

void Histogram::accumulate(const float *data, int64_t rows, int64_t channels,
                           uint32_t *counts) {
  // The counts of a chunk of channels, and a row of it, stay in the L1 cache.
  constexpr int64_t chunk = 16;
  for (int64_t begin = 0; begin < channels; begin += chunk) {
    int64_t end = std::min(begin + chunk, channels);
    for (int64_t i = 0; i < rows; ++i) {
      const float *row = data + i * channels;
      for (int64_t j = begin; j < end; ++j)
        ++counts[j * numBins + getBin(row[j])];
    }
  }
}
