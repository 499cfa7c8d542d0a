//===- Histogram.h - counts of magnitudes -----------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The magnitudes of a channel, counted in bins whose width is a quarter of the
// power of two at or below them: [1, 1.25), [1.25, 1.5), [1.5, 1.75),
// [1.75, 2), [2, 2.5), and so on, from 2^-16 to 2^16. The first bin also counts
// what is smaller, the last one what is larger. A bin's number is in a float's
// bits, so that every machine counts alike; counts of different runs add up.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_STATISTICS_HISTOGRAM_H
#define QUANT_MLIR_STATISTICS_HISTOGRAM_H

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cstdint>

namespace mlir::quantmlir {

struct Histogram {
  static constexpr int64_t binsPerOctave = 4;
  static constexpr int64_t minExponent = -16;
  static constexpr int64_t maxExponent = 16;
  static constexpr int64_t numBins =
      (maxExponent - minExponent) * binsPerOctave;

  /// The bin of |value|, which is not a NaN.
  static int64_t getBin(float value) {
    constexpr int64_t first = (127 + minExponent) * binsPerOctave;
    int64_t position = (llvm::bit_cast<uint32_t>(value) & 0x7fffffff) >> 21;
    return std::clamp<int64_t>(position - first, 0, numBins - 1);
  }

  /// The least magnitude of a bin; bin `numBins` is what follows the last one.
  static float getLowerEdge(int64_t bin) {
    constexpr uint32_t first = (127 + minExponent) * binsPerOctave;
    return bin == 0 ? 0.0f
                    : llvm::bit_cast<float>((first + uint32_t(bin)) << 21);
  }

  /// Adds a row-major block of rows to the `numBins` counts of each channel.
  static void accumulate(const float *data, int64_t rows, int64_t channels,
                         uint32_t *counts);
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_STATISTICS_HISTOGRAM_H
