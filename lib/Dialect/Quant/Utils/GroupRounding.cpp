//===- GroupRounding.cpp - what group quantization makes of a row ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/GroupRounding.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/Utils/Interval.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace mlir::quantmlir;

static Interval getRange(llvm::ArrayRef<float> values) {
  const float *data = values.data();
  return getInterval(values.size(), [data](size_t i) { return data[i]; });
}

namespace {
/// What the levels of a group, its codes less the zero point, can be.
struct LevelBounds {
  explicit LevelBounds(int32_t zero)
      : lo(static_cast<float>(numerics::getQMin(GroupFormat::bits) - zero)),
        hi(static_cast<float>(numerics::getQMax(GroupFormat::bits) - zero)) {}
  float lo, hi;
};
} // namespace

/// Writes the level of each value times `scale`.
static void roundToLevels(llvm::ArrayRef<float> values, float inv,
                          LevelBounds bounds, float scale,
                          llvm::MutableArrayRef<float> rounded) {
  // Clamping before rounding, to integers, gives the same codes.
  float lo = bounds.lo, hi = bounds.hi;
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

/// Writes the values of the codes of one of two-level groups.
static void roundInRow(llvm::ArrayRef<float> values, bool zeroPoints,
                       float rowScale, llvm::MutableArrayRef<float> rounded) {
  Interval interval = getRange(values);
  numerics::TwoLevelChoice choice = numerics::getTwoLevelChoice(
      interval.lo, interval.hi, rowScale, zeroPoints);
  auto round = [&](int32_t groupScale, llvm::MutableArrayRef<float> levels) {
    float inv =
        numerics::getInverse(numerics::getTwoLevelStep(rowScale, groupScale));
    LevelBounds bounds(zeroPoints ? numerics::getTwoLevelZero(interval.lo, inv)
                                  : 0);
    // What the limit of values leaves; infinite for all but the largest.
    float limit = numerics::twoLevelLimit * inv;
    bounds.lo = std::max(bounds.lo, -limit);
    bounds.hi = std::min(bounds.hi, limit);
    roundToLevels(values, inv, bounds, /*scale=*/1, levels);
  };
  round(choice.below, rounded);
  int32_t groupScale = choice.below;
  if (choice.above != choice.below) {
    llvm::SmallVector<float, 128> above(values.size());
    round(choice.above, above);
    double scaleBelow = double(rowScale) * choice.below;
    double scaleAbove = double(rowScale) * choice.above;
    double errorBelow = 0, errorAbove = 0;
    for (size_t k = 0, e = values.size(); k < e; ++k) {
      float value = numerics::limitTwoLevel(values[k]);
      double differenceBelow = rounded[k] * scaleBelow - value;
      double differenceAbove = above[k] * scaleAbove - value;
      errorBelow += differenceBelow * differenceBelow;
      errorAbove += differenceAbove * differenceAbove;
    }
    if (!(errorBelow <= errorAbove)) {
      groupScale = choice.above;
      llvm::copy(above, rounded.begin());
    }
  }
  for (float &level : rounded) {
    // An integer, and so exact.
    float code = level * static_cast<float>(groupScale);
    level = code * rowScale;
  }
}

void mlir::quantmlir::roundGroup(llvm::ArrayRef<float> values, bool zeroPoints,
                                 float rowScale,
                                 llvm::MutableArrayRef<float> rounded) {
  if (rowScale > 0)
    return roundInRow(values, zeroPoints, rowScale, rounded);
  constexpr unsigned bits = GroupFormat::bits;
  Interval interval = getRange(values);
  numerics::GroupParameters parameters{0.0f};
  if (zeroPoints)
    parameters =
        numerics::getAsymmetricParameters(interval.lo, interval.hi, bits);
  else
    parameters.scale = numerics::getSymmetricScale(interval.getAbsMax(), bits);
  roundToLevels(values, numerics::getInverse(parameters.scale),
                LevelBounds(parameters.zero), parameters.scale, rounded);
}

void mlir::quantmlir::roundRow(llvm::ArrayRef<float> row,
                               const GroupFormat &format,
                               llvm::MutableArrayRef<float> rounded) {
  size_t groupSize = format.groupSize;
  float rowScale = 0;
  if (format.hasRowScales(static_cast<int64_t>(row.size()))) {
    Interval interval = getRange(row);
    rowScale = numerics::getTwoLevelScale(interval.getAbsMax());
  }
  for (size_t begin = 0; begin < row.size(); begin += groupSize) {
    size_t size = std::min(groupSize, row.size() - begin);
    roundGroup(row.slice(begin, size), format.zeroPoints, rowScale,
               rounded.slice(begin, size));
  }
}
