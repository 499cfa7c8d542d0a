//===- Numerics.h - the numerics contract of quantization -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of quantization, defined once. Passes that quantize constants
// call these functions; lowerings reproduce them operation by operation, in the
// same order, in f32, unfused and without fast-math, so that every target gives
// the same bits. Everything here is exact IEEE arithmetic in the default
// rounding mode.
//
// Symmetric codes
//
//   qmax  = 2^(bits-1) - 1
//   scale = max(min(absmax, FLT_MAX) / qmax, scaleFloor)
//   inv   = 1 / (scale * s)          s: smoothing scale, absent without one
//   q     = saturate(roundeven(x * inv))
//
//   NaN gives 0; infinities saturate. i8 codes lie in [-127, 127], narrower
//   ones in [-2^(bits-1), 2^(bits-1)-1].
//
// Activations with zero points (static scales): the range [lo, hi], widened to
// hold 0, is mapped to all codes from qmin, -127 for i8, to qmax.
//
//   scale = max(min(hi - lo, FLT_MAX) / (qmax - qmin), scaleFloor)
//   z     = clamp(roundeven(qmin - lo * inv), qmin, qmax)
//   q     = clamp(roundeven(x * inv), qmin - z, qmax - z) + z
//
//   NaN gives z. A contraction's bias takes back what z adds to the sums with a
//   row w of weights: b' = b - z * sum(w) * sx * sw, rounded once.
//
// Per-token scales see the smoothed row: with r = 1 / s (1 without smoothing),
//   t = x * r,  scale = symmetric scale of max |t| over the row, NaN ignored,
//   q = saturate(roundeven(t * (1 / scale)))
// so a division is paid per row and per channel, never per element.
//
// Asymmetric codes (groups with zero points): the group's range, widened to
// hold 0, is mapped to all 2^bits levels; levels and zero points are stored
// minus 2^(bits-1), in two's complement.
//
//   levels = 2^bits - 1
//   scale  = max(min(hi - lo, FLT_MAX) / levels, scaleFloor)
//   inv    = 1 / scale
//   z      = clamp(roundeven(-lo * inv), 0, levels)
//   q      = clamp(roundeven(clamp(x * inv)) + z, 0, levels)
//
// Two-level groups (progressive quantization of QServe, arXiv 2405.04532): a
// row has an f32 scale and each of its groups an integer one, so that (code -
// zero) * group scale is an i8 code of the row and sums over groups stay
// integers.
//   row scale = max(min(absmax, limit) / 119, scaleFloor), limit = 0x1.dp127
//   group scale g: of the integers below and above r / row scale / steps the
//   one with the smaller squared error, at least 1; without zero points r is
//   the group's absmax and steps = 7, with them its range, widened to hold 0,
//   and steps = 15 codes and zero points as above, with scale = row scale * g
// Values beyond the limit count as the limit, so that the largest i8 code, 127
// row scales, is below FLT_MAX.
// 119 leaves room for rounding. A code errs by at most g/2 and a clamp only
// shrinks it. With zero points g <= ceil(238 / 15) = 16, so that
// |(code - zero) * g| <= 119 + 8 = 127. Without, g <= 119 / 7 = 17, and 7 * 17
// = 119; a code of -8 needs absmax >= 7.5 g row scales, where g is the integer
// below absmax / 7 only for g < 14, and 8 * 13 = 104.
//
// Integer contraction
//   y = ((f32(acc) * sx) * sw) + b,  acc exact in i32
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_IR_NUMERICS_H
#define QUANT_MLIR_DIALECT_QUANT_IR_NUMERICS_H

#include "llvm/ADT/ArrayRef.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>

namespace mlir::quantmlir::numerics {

/// The least scale. A channel of zeros gets it, so that no scale is 0; the
/// inverse stays finite when a smoothing scale in [2^-26, 2^26] multiplies it.
constexpr float scaleFloor = 0x1p-100f;

/// The largest contracted dimension whose i8 products sum exactly in i32:
/// (2^31 - 1) / 127^2.
constexpr int64_t maxContractedSize = 133144;

/// The largest symmetric code, the one that the largest magnitude maps to.
constexpr int32_t getQMax(unsigned bits) { return (1 << (bits - 1)) - 1; }

/// The least code. Only i8 leaves -2^(bits-1) out: the products of [-127, 127]
/// fit the pairwise i16 sums of byte multipliers.
constexpr int32_t getQMin(unsigned bits) {
  return bits == 8 ? -127 : -(1 << (bits - 1));
}

/// The symmetric scale of values of at most `absmax` in magnitude.
inline float getSymmetricScale(float absmax, unsigned bits) {
  float scale = std::min(absmax, FLT_MAX) / static_cast<float>(getQMax(bits));
  return std::max(scale, scaleFloor);
}

/// The factor that takes a value to its code.
inline float getInverse(float scale) { return 1.0f / scale; }
inline float getInverse(float scale, float smoothing) {
  float product = scale * smoothing;
  return 1.0f / product;
}

/// Added to a value below 2^22 in magnitude, it leaves no fraction bits: the
/// sum rounds half to even, and its lowest bits are the integer's.
constexpr float roundingShift = 0x1.8p23f;

/// saturate(roundeven(value)) in [lo, hi], with 0 for NaN. The bounds are
/// integers below 2^22 in magnitude.
inline int32_t roundToCode(float value, int32_t lo, int32_t hi) {
  if (std::isnan(value))
    return 0;
  // Rounding after the clamp gives the same integer.
  float clamped =
      std::min(std::max(value, static_cast<float>(lo)), static_cast<float>(hi));
  float shifted = clamped + roundingShift;
  return static_cast<int32_t>(shifted - roundingShift);
}

/// The symmetric code of `x`, with `inv` from getInverse.
inline int32_t quantizeSymmetric(float x, float inv, unsigned bits) {
  return roundToCode(x * inv, getQMin(bits), getQMax(bits));
}

/// max |x|, NaN ignored.
inline float getAbsMax(llvm::ArrayRef<float> values) {
  float absmax = 0.0f;
  for (float value : values)
    absmax = std::max(absmax, std::fabs(value));
  return absmax;
}

/// Scale and stored zero point of one group.
struct GroupParameters {
  float scale;
  int32_t zero = 0;
};

inline GroupParameters getSymmetricParameters(llvm::ArrayRef<float> group,
                                              unsigned bits) {
  return {getSymmetricScale(getAbsMax(group), bits)};
}

/// Scale and stored zero point of a group with values in [lo, hi], which is
/// widened to hold 0.
inline GroupParameters getAsymmetricParameters(float lo, float hi,
                                               unsigned bits) {
  lo = std::max(std::min(lo, 0.0f), -FLT_MAX);
  hi = std::min(std::max(hi, 0.0f), FLT_MAX);
  int32_t levels = (1 << bits) - 1, offset = 1 << (bits - 1);
  float range = std::min(hi - lo, FLT_MAX);
  float scale = std::max(range / static_cast<float>(levels), scaleFloor);
  float level = -lo * getInverse(scale);
  return {scale, roundToCode(level, 0, levels) - offset};
}

inline GroupParameters getAsymmetricParameters(llvm::ArrayRef<float> group,
                                               unsigned bits) {
  float lo = 0.0f, hi = 0.0f;
  for (float value : group) {
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
  return getAsymmetricParameters(lo, hi, bits);
}

/// The stored code of `x` in a group with zero point `zero`; NaN gives the zero
/// point, whose value is 0.
inline int32_t quantizeAsymmetric(float x, float inv, int32_t zero,
                                  unsigned bits) {
  int32_t levels = (1 << bits) - 1, offset = 1 << (bits - 1);
  int32_t code = roundToCode(x * inv, -levels, levels) + zero;
  return std::min(std::max(code, -offset), levels - offset);
}

/// Scale and zero point of an activation with values in [lo, hi], which is
/// widened to hold 0.
inline GroupParameters getActivationParameters(float lo, float hi,
                                               unsigned bits) {
  lo = std::max(std::min(lo, 0.0f), -FLT_MAX);
  hi = std::min(std::max(hi, 0.0f), FLT_MAX);
  int32_t qmin = getQMin(bits), qmax = getQMax(bits);
  float range = std::min(hi - lo, FLT_MAX);
  float scale = std::max(range / static_cast<float>(qmax - qmin), scaleFloor);
  float below = lo * getInverse(scale);
  return {scale, roundToCode(static_cast<float>(qmin) - below, qmin, qmax)};
}

/// The code of `x` in an activation with zero point `zero`.
inline int32_t quantizeActivation(float x, float inv, int32_t zero,
                                  unsigned bits) {
  return roundToCode(x * inv, getQMin(bits) - zero, getQMax(bits) - zero) +
         zero;
}

/// The bias of a linear whose input has zero point `zero` and whose row of
/// weight codes adds up to `weightSum`.
inline float getBiasForZeroPoint(float bias, int32_t zero, int64_t weightSum,
                                 float inputScale, float weightScale) {
  double added = double(zero) * double(weightSum) * double(inputScale) *
                 double(weightScale);
  return static_cast<float>(double(bias) - added);
}

/// The value of a code; `zero` is 0 without zero points.
inline float dequantize(int32_t code, int32_t zero, float scale) {
  return static_cast<float>(code - zero) * scale;
}

/// The value of an accumulator. One rounding an operation: the statements are
/// apart so that no compiler contracts them to a fused multiply-add.
inline float dequantizeAccumulator(int32_t accumulator, float inputScale,
                                   float weightScale) {
  float scaled = static_cast<float>(accumulator) * inputScale;
  float value = scaled * weightScale;
  return value;
}
inline float dequantizeAccumulator(int32_t accumulator, float inputScale,
                                   float weightScale, float bias) {
  float value = dequantizeAccumulator(accumulator, inputScale, weightScale);
  float sum = value + bias;
  return sum;
}

/// Groups of `groupSize` along a row of `size`; the last one may be shorter.
constexpr int64_t getNumGroups(int64_t size, int64_t groupSize) {
  return (size + groupSize - 1) / groupSize;
}

/// Bytes of a row of `size` 4-bit codes, packed two to a byte.
constexpr int64_t getPackedSize(int64_t size) { return (size + 1) / 2; }

/// Packs a row of 4-bit codes, the even ones into low nibbles. A last odd code
/// leaves the high nibble 0.
inline void packInt4(llvm::ArrayRef<int8_t> codes,
                     llvm::MutableArrayRef<int8_t> packed) {
  for (size_t i = 0, e = codes.size(); i < e; i += 2) {
    unsigned low = codes[i] & 0xf, high = i + 1 < e ? codes[i + 1] & 0xf : 0;
    packed[i / 2] = static_cast<int8_t>(low | high << 4);
  }
}

/// Code `index` of a packed row, sign-extended.
inline int32_t unpackInt4(llvm::ArrayRef<int8_t> packed, int64_t index) {
  unsigned nibble = static_cast<uint8_t>(packed[index / 2]) >> (index % 2 * 4);
  return static_cast<int32_t>((nibble & 0xf) ^ 8) - 8;
}

/// Quantizes a row with one symmetric scale, which it returns.
inline float quantizeRow(llvm::ArrayRef<float> row, unsigned bits,
                         llvm::MutableArrayRef<int8_t> codes) {
  float scale = getSymmetricScale(getAbsMax(row), bits);
  float inv = getInverse(scale);
  for (size_t i = 0, e = row.size(); i < e; ++i)
    codes[i] = static_cast<int8_t>(quantizeSymmetric(row[i], inv, bits));
  return scale;
}

/// Quantizes a row in groups: codes one to a byte, one scale a group, and zero
/// points if `zeros` is not empty.
inline void quantizeGroups(llvm::ArrayRef<float> row, int64_t groupSize,
                           unsigned bits, llvm::MutableArrayRef<int8_t> codes,
                           llvm::MutableArrayRef<float> scales,
                           llvm::MutableArrayRef<int8_t> zeros) {
  int64_t size = static_cast<int64_t>(row.size());
  for (int64_t g = 0, e = getNumGroups(size, groupSize); g < e; ++g) {
    int64_t begin = g * groupSize, end = std::min(begin + groupSize, size);
    llvm::ArrayRef<float> group = row.slice(begin, end - begin);
    GroupParameters parameters = zeros.empty()
                                     ? getSymmetricParameters(group, bits)
                                     : getAsymmetricParameters(group, bits);
    float inv = getInverse(parameters.scale);
    for (int64_t k = begin; k < end; ++k)
      codes[k] = static_cast<int8_t>(
          zeros.empty()
              ? quantizeSymmetric(row[k], inv, bits)
              : quantizeAsymmetric(row[k], inv, parameters.zero, bits));
    scales[g] = parameters.scale;
    if (!zeros.empty())
      zeros[g] = static_cast<int8_t>(parameters.zero);
  }
}

/// The largest magnitude of a row in units of its two-level scale.
constexpr int32_t twoLevelRange = 119;

/// The magnitude that larger ones count as: 127 of its row scales are finite.
constexpr float twoLevelLimit = 0x1.dp127f;

/// `value` in [-twoLevelLimit, twoLevelLimit]; NaN stays.
inline float limitTwoLevel(float value) {
  return std::min(std::max(value, -twoLevelLimit), twoLevelLimit);
}

/// The row's scale of two-level groups.
inline float getTwoLevelScale(float absmax) {
  float scale = limitTwoLevel(absmax) / static_cast<float>(twoLevelRange);
  return std::max(scale, scaleFloor);
}

/// The step of a group.
inline float getTwoLevelStep(float rowScale, int32_t groupScale) {
  return rowScale * static_cast<float>(groupScale);
}

/// The stored zero point of a group whose least value, or 0, is `lo`, with the
/// inverse of its step.
inline int32_t getTwoLevelZero(float lo, float inv) {
  return roundToCode(-limitTwoLevel(lo) * inv, 0, 15) - 8;
}

/// The integer scales that a group chooses between, which may be one.
struct TwoLevelChoice {
  int32_t below, above;
};

/// The choice of a group with values in [lo, hi], which hold 0.
inline TwoLevelChoice getTwoLevelChoice(float lo, float hi, float rowScale,
                                        bool withZeros) {
  lo = limitTwoLevel(lo);
  hi = limitTwoLevel(hi);
  int32_t largest = withZeros ? 16 : 17;
  // Half the range, which is finite, over half the steps.
  float range = withZeros ? hi / 2 - lo / 2 : std::max(-lo, hi);
  float steps = range * getInverse(rowScale) / (withZeros ? 7.5f : 7.0f);
  int32_t below = std::min(std::max(static_cast<int32_t>(steps), 1), largest);
  return {below, std::min(below + 1, largest)};
}

/// The sum of the squared errors of two-level `codes`.
inline double getSquaredError(llvm::ArrayRef<float> values,
                              llvm::ArrayRef<int8_t> codes, int32_t zero,
                              double scale) {
  double error = 0;
  for (size_t k = 0, e = values.size(); k < e; ++k) {
    double difference = (codes[k] - zero) * scale - limitTwoLevel(values[k]);
    error += difference * difference;
  }
  return error;
}

/// The 4-bit codes of a group under a row's scale and the integer `groupScale`.
/// Returns the zero point, 0 without them.
inline int32_t quantizeWithGroupScale(llvm::ArrayRef<float> group,
                                      float rowScale, int32_t groupScale,
                                      bool withZeros,
                                      llvm::MutableArrayRef<int8_t> codes) {
  float inv = getInverse(getTwoLevelStep(rowScale, groupScale));
  int32_t zero = 0;
  if (withZeros) {
    float lo = 0.0f;
    for (float value : group)
      lo = std::min(lo, value);
    zero = getTwoLevelZero(lo, inv);
  }
  for (size_t k = 0, e = group.size(); k < e; ++k) {
    float value = limitTwoLevel(group[k]);
    codes[k] =
        static_cast<int8_t>(withZeros ? quantizeAsymmetric(value, inv, zero, 4)
                                      : quantizeSymmetric(value, inv, 4));
  }
  return zero;
}

/// Quantizes a row to 4 bits in two-level groups: codes one to a byte, one
/// integer scale a group, zero points if `zeros` is not empty. Returns the
/// row's scale.
inline float quantizeTwoLevels(llvm::ArrayRef<float> row, int64_t groupSize,
                               llvm::MutableArrayRef<int8_t> codes,
                               llvm::MutableArrayRef<int8_t> groupScales,
                               llvm::MutableArrayRef<int8_t> zeros) {
  bool withZeros = !zeros.empty();
  float rowScale = getTwoLevelScale(getAbsMax(row));
  int64_t size = static_cast<int64_t>(row.size());
  for (int64_t g = 0, e = getNumGroups(size, groupSize); g < e; ++g) {
    int64_t begin = g * groupSize, length = std::min(groupSize, size - begin);
    llvm::ArrayRef<float> group = row.slice(begin, length);
    float lo = 0.0f, hi = 0.0f;
    for (float value : group) {
      lo = std::min(lo, value);
      hi = std::max(hi, value);
    }
    TwoLevelChoice choice = getTwoLevelChoice(lo, hi, rowScale, withZeros);
    llvm::MutableArrayRef<int8_t> target = codes.slice(begin, length);
    auto quantize = [&](int32_t scale) {
      return quantizeWithGroupScale(group, rowScale, scale, withZeros, target);
    };
    auto getError = [&](int32_t scale) {
      int32_t zero = quantize(scale);
      return getSquaredError(group, target, zero, double(rowScale) * scale);
    };
    double errorBelow = getError(choice.below);
    bool down =
        choice.below == choice.above || errorBelow <= getError(choice.above);
    groupScales[g] = static_cast<int8_t>(down ? choice.below : choice.above);
    int32_t zero = quantize(groupScales[g]);
    if (withZeros)
      zeros[g] = static_cast<int8_t>(zero);
  }
  return rowScale;
}

} // namespace mlir::quantmlir::numerics

#endif // QUANT_MLIR_DIALECT_QUANT_IR_NUMERICS_H
