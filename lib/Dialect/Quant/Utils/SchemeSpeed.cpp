//===- SchemeSpeed.cpp - what a GPU makes of a scheme ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/SchemeSpeed.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

using namespace mlir::quantmlir;
using llvm::formatv;
using llvm::StringRef;

// Dense peaks of NVIDIA's data sheets of each product. V100 multiplies integers
// by dp4a alone, at four times its f32 rate. Hopper and later reach their full
// integer rate by instructions of their own (1979 TOPS of H100 by wgmma, which
// sm_90a has, 4500 of B200 by tcgen05); mma.sync is taken to be as fast as on
// A100, 4096 operations a multiprocessor and cycle, as in Chips.cpp. 4-bit
// integers are a format of the tensor cores of Turing to Ada.
static constexpr ChipRates table[] = {
    {"sm_70", "V100 SXM2", 125, 62.8, 900, "dp4a", false},
    {"sm_75", "T4", 65, 130, 300, "mma.sync", true},
    {"sm_80", "A100 SXM 80 GB", 312, 624, 2039, "mma.sync", true},
    {"sm_86", "A40", 149.7, 299.3, 696, "mma.sync", true},
    {"sm_89", "L40S", 362, 733, 864, "mma.sync", true},
    {"sm_90", "H100 SXM", 989, 989, 3350, "mma.sync", false},
    {"sm_90a", "H100 SXM", 989, 1979, 3350, "wgmma", false},
    {"sm_100", "B200", 2250, 1125, 8000, "mma.sync", false},
    {"sm_120", "RTX 5090", 209.5, 838, 1792, "mma.sync", false},
};

const ChipRates *mlir::quantmlir::lookupRates(StringRef chip) {
  const auto *found =
      llvm::find_if(table, [&](const ChipRates &r) { return r.chip == chip; });
  return found == std::end(table) ? nullptr : found;
}

std::string mlir::quantmlir::getUnknownRatesMessage(StringRef chip) {
  auto names = llvm::map_range(
      table, [](const ChipRates &r) -> StringRef { return r.chip; });
  return ("the rates of '" + chip +
          "' are not known; known: " + llvm::join(names, ", "))
      .str();
}

std::string LinearShape::toString() const {
  return formatv("{0}x{1}x{2}", rows, outputs, inputs);
}

PredictedTime mlir::quantmlir::predictTime(const ChipRates &rates,
                                           const LinearShape &shape,
                                           const SpeedFormat &format) {
  auto m = double(shape.rows), n = double(shape.outputs),
       k = double(shape.inputs);
  bool isInteger = format.inputBits < 16;
  double weightBytes = n * k * format.weightBits / 8;
  // A byte for an integer scale of a group, four for a float one.
  if (format.weightBits == 4 && format.groupSize > 0)
    weightBytes += n * k / double(format.groupSize) * (isInteger ? 1 : 4);
  // Codes take a byte whatever their bits; results are f16.
  double bytes = weightBytes + m * k * (isInteger ? 1 : 2) + m * n * 2;
  PredictedTime time;
  time.compute =
      2 * m * n * k / (isInteger ? rates.intRate : rates.floatRate) * 1e-6;
  time.memory = bytes / rates.memoryRate * 1e-3;
  if (isInteger)
    time.quantize = 3 * m * k / double(shape.readers) / rates.memoryRate * 1e-3;
  return time;
}

double mlir::quantmlir::predictSpeedup(const ChipRates &rates,
                                       const LinearShape &shape,
                                       const SpeedFormat &format) {
  return predictTime(rates, shape, SpeedFormat()).getTotal() /
         predictTime(rates, shape, format).getTotal();
}

static std::string formatTime(double microseconds) {
  if (microseconds < 1)
    return formatv("{0:f2} ns", microseconds * 1e3);
  return formatv("{0:f2} us", microseconds);
}

std::string mlir::quantmlir::explainSpeed(const ChipRates &rates,
                                          const LinearShape &shape,
                                          const SpeedFormat &format) {
  PredictedTime time = predictTime(rates, shape, format);
  std::string numbers =
      formatTime(time.getTotal()) + " against " +
      formatTime(predictTime(rates, shape, SpeedFormat()).getTotal()) +
      " in f16";
  if (format.inputBits == 16)
    return formatv("{0}: it computes in f16, and {1} rows are bound by that",
                   numbers, shape.rows);
  if (time.compute > time.memory && rates.intRate <= rates.floatRate)
    return formatv("{0}: {1} of {2} reaches {3:f0} TOPS, f16 {4:f0} TFLOPS",
                   numbers, rates.intUnit, rates.chip, rates.intRate,
                   rates.floatRate);
  return numbers + ", of which quantizing the input takes " +
         formatTime(time.quantize);
}

llvm::SmallVector<int64_t>
mlir::quantmlir::getNearestFastRows(const ChipRates &rates, LinearShape shape,
                                    const SpeedFormat &format) {
  constexpr int64_t maxRows = int64_t(1) << 16;
  int64_t rows = shape.rows;
  auto isFast = [&](int64_t count) {
    shape.rows = count;
    return predictSpeedup(rates, shape, format) >= leastSpeedup;
  };
  // Between a fast number and a slow one there is taken to be one limit.
  auto findLimit = [&](int64_t fast, int64_t slow) {
    while (std::abs(fast - slow) > 1) {
      int64_t middle = fast + (slow - fast) / 2;
      (isFast(middle) ? fast : slow) = middle;
    }
    return fast;
  };
  llvm::SmallVector<int64_t> nearest;
  for (int64_t fewer = rows / 2, slow = rows; fewer > 0;
       slow = fewer, fewer /= 2)
    if (isFast(fewer)) {
      nearest.push_back(findLimit(fewer, slow));
      break;
    }
  for (int64_t more = 2 * rows, slow = rows; more <= maxRows;
       slow = more, more *= 2)
    if (isFast(more)) {
      nearest.push_back(findLimit(more, slow));
      break;
    }
  return nearest;
}
