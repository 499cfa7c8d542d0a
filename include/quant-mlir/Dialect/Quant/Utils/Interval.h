//===- Interval.h - the range of a group of values --------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_INTERVAL_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_INTERVAL_H

#include <algorithm>
#include <cstddef>

namespace mlir::quantmlir {

/// The least and the largest of some values, widened to hold 0.
struct Interval {
  float lo = 0, hi = 0;

  float getAbsMax() const { return std::max(-lo, hi); }
};

/// The interval of `get(0)` to `get(size - 1)`, NaN ignored. Lanes make the
/// loop one of vectors: compilers may not reorder the maximum of floats.
template <typename GetT>
Interval getInterval(size_t size, GetT get) {
  constexpr size_t numLanes = 16;
  float lo[numLanes] = {}, hi[numLanes] = {};
  auto take = [&](size_t lane, float value) {
    lo[lane] = value < lo[lane] ? value : lo[lane];
    hi[lane] = value > hi[lane] ? value : hi[lane];
  };
  size_t i = 0;
  for (; i + numLanes <= size; i += numLanes)
    for (size_t lane = 0; lane < numLanes; ++lane)
      take(lane, get(i + lane));
  for (; i < size; ++i)
    take(0, get(i));
  return {*std::min_element(lo, lo + numLanes),
          *std::max_element(hi, hi + numLanes)};
}

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_INTERVAL_H
