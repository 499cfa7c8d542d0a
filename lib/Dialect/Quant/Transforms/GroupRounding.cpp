//===- GroupRounding.cpp - what group quantization makes of a row ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GroupRounding.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

using namespace mlir::quantmlir;

namespace {
struct Interval {
  float lo, hi;
};
} // namespace

/// The least and largest value, widened to hold 0. Lanes make the loop one of
/// vectors: compilers may not reorder the maximum of floats.
static Interval getInterval(llvm::ArrayRef<float> values) {
  constexpr size_t lanes = 16;
  float lo[lanes] = {}, hi[lanes] = {};
  size_t i = 0, size = values.size();
  const float *data = values.data();
  for (; i + lanes <= size; i += lanes)
    for (size_t j = 0; j < lanes; ++j) {
      float value = data[i + j];
      lo[j] = value < lo[j] ? value : lo[j];
      hi[j] = value > hi[j] ? value : hi[j];
    }
  for (; i < size; ++i) {
    lo[0] = std::min(lo[0], data[i]);
    hi[0] = std::max(hi[0], data[i]);
  }
  for (size_t j = 1; j < lanes; ++j) {
    lo[0] = std::min(lo[0], lo[j]);
    hi[0] = std::max(hi[0], hi[j]);
  }
  return {lo[0], hi[0]};
}

void mlir::quantmlir::roundGroup(llvm::ArrayRef<float> values, bool zeroPoints,
                                 llvm::MutableArrayRef<float> rounded) {
  constexpr unsigned bits = GroupFormat::bits;
  Interval interval = getInterval(values);
  numerics::GroupParameters parameters{0.0f};
  if (zeroPoints)
    parameters =
        numerics::getAsymmetricParameters(interval.lo, interval.hi, bits);
  else
    parameters.scale =
        numerics::getSymmetricScale(std::max(-interval.lo, interval.hi), bits);
  float scale = parameters.scale, inv = numerics::getInverse(scale);
  // Clamping before rounding, to integers, gives the same codes.
  float lo = static_cast<float>(numerics::getQMin(bits) - parameters.zero);
  float hi = static_cast<float>(numerics::getQMax(bits) - parameters.zero);
  const float *data = values.data();
  float *result = rounded.data();
  for (size_t i = 0, e = values.size(); i < e; ++i) {
    float level = data[i] * inv;
    level = level < lo ? lo : level;
    level = level > hi ? hi : level;
    float shifted = level + numerics::roundingShift;
    result[i] = (shifted - numerics::roundingShift) * scale;
  }
}

void mlir::quantmlir::roundRow(llvm::ArrayRef<float> row,
                               const GroupFormat &format,
                               llvm::MutableArrayRef<float> rounded) {
  size_t groupSize = format.groupSize;
  for (size_t begin = 0; begin < row.size(); begin += groupSize) {
    size_t size = std::min(groupSize, row.size() - begin);
    roundGroup(row.slice(begin, size), format.zeroPoints,
               rounded.slice(begin, size));
  }
}
