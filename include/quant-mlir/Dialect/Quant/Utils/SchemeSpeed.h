//===- SchemeSpeed.h - what a GPU makes of a scheme -------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Predicts the time of a linear by a roofline: the longer of the time of its
// products at the chip's peak rate and of the time of its bytes at the peak
// rate of its memory, and, if activations are integers, of the bytes of the
// pass that quantizes them. Launches, caches and what keeps kernels below the
// peaks are left out on both sides of a comparison.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_SCHEMESPEED_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_SCHEMESPEED_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace mlir::quantmlir {

/// Peak rates of a chip's largest common product, without sparsity.
struct ChipRates {
  llvm::StringLiteral chip, product;
  /// f16 products with f32 sums, TFLOPS.
  double floatRate;
  /// 8-bit products as the kernels made for the chip compute them, TOPS.
  double intRate;
  /// GB/s.
  double memoryRate;
  /// What computes 8-bit products.
  llvm::StringLiteral intUnit;
  /// 4-bit products are a format of its tensor cores.
  bool hasInt4;
};

/// The rates of the chip of that name, null if they are not known.
const ChipRates *lookupRates(llvm::StringRef chip);

/// "the rates of 'sm_60' are not known; known: sm_70, …"
std::string getUnknownRatesMessage(llvm::StringRef chip);

/// A product of M×K activations with an N×K weight. `readers` linears share the
/// activations.
struct LinearShape {
  int64_t rows, outputs, inputs;
  int64_t readers = 1;

  std::string toString() const;
};

/// Bits of weights and activations, 16 for f16; values of a 4-bit weight that
/// share a scale.
struct SpeedFormat {
  unsigned weightBits = 16, inputBits = 16;
  int64_t groupSize = 0;
};

/// The parts of a predicted time, in microseconds.
struct PredictedTime {
  double compute = 0, memory = 0, quantize = 0;

  double getTotal() const {
    return (compute > memory ? compute : memory) + quantize;
  }
};

PredictedTime predictTime(const ChipRates &rates, const LinearShape &shape,
                          const SpeedFormat &format);

/// The time in f16 over that in the format.
double predictSpeedup(const ChipRates &rates, const LinearShape &shape,
                      const SpeedFormat &format);

/// The rows, those of one prompt, at which speed is judged where a module
/// leaves them open.
constexpr int64_t assumedRows = 512;

/// Below this speed-up a format is said not to speed up a linear.
constexpr double leastSpeedup = 1.05;

/// Why a format is below `leastSpeedup`, with numbers.
std::string explainSpeed(const ChipRates &rates, const LinearShape &shape,
                         const SpeedFormat &format);

/// The numbers of rows nearest to those of `shape`, below and above (up to
/// 65536), at which the format speeds the linear up, as far as there are any.
/// `shape` is one at which it does not.
llvm::SmallVector<int64_t> getNearestFastRows(const ChipRates &rates,
                                              LinearShape shape,
                                              const SpeedFormat &format);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_SCHEMESPEED_H
