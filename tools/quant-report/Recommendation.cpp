//===- Recommendation.cpp - a scheme for a model --------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recommendation.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::quantmlir;

/// Errors up to which a scheme is recommended; quant-quantize warns of linears
/// above the second.
static constexpr double acceptedMean = 0.06, acceptedWorst = 0.2;

SchemeSummary mlir::quantmlir::summarize(ArrayRef<LinearProfile> profiles,
                                         Scheme scheme) {
  SchemeSummary summary;
  for (const LinearProfile &profile : profiles) {
    double error = profile.errors[scheme];
    summary.mean += error * error;
    if (error >= summary.worst) {
      summary.worst = error;
      summary.worstName = profile.name;
    }
  }
  if (!profiles.empty())
    summary.mean =
        std::sqrt(summary.mean / static_cast<double>(profiles.size()));
  return summary;
}

Recommendation mlir::quantmlir::recommend(ArrayRef<LinearProfile> profiles) {
  auto least = static_cast<Scheme>(0);
  std::string before;
  for (unsigned i = 0; i < NumSchemes; ++i) {
    auto scheme = static_cast<Scheme>(i);
    SchemeSummary summary = summarize(profiles, scheme);
    std::string numbers = llvm::formatv(
        "{0:f1} % in the mean and {1:f1} % at the worst, {2}",
        100 * summary.mean, 100 * summary.worst, summary.worstName);
    if (summary.mean <= acceptedMean && summary.worst <= acceptedWorst)
      return {scheme,
              llvm::formatv("{0}its predicted errors, {1}, are below {2:f0} "
                            "and {3:f0} %",
                            before, numbers, 100 * acceptedMean,
                            100 * acceptedWorst)};
    before =
        llvm::formatv("{0} would cost {1}; ", getInfo(scheme).title, numbers);
    if (summary.mean < summarize(profiles, least).mean)
      least = scheme;
  }
  return {least, "no scheme is accurate enough; this one has the least "
                 "predicted error: keep the worst linears in float with "
                 "exclude, or use AWQ or GPTQ"};
}

static SpeedFormat getSpeedFormat(Scheme scheme) {
  switch (scheme) {
  case W4A16Group128:
    return {4, 16, 128};
  case W4A16Group64:
    return {4, 16, 64};
  default:
    return {8, 8, 0};
  }
}

/// Calls `visit` for the shape of each linear.
static void forEachShape(ArrayRef<LinearProfile> profiles, int64_t rows,
                         llvm::function_ref<void(LinearShape)> visit) {
  for (const LinearProfile &profile : profiles)
    for (LinearShape shape : profile.shapes) {
      if (ShapedType::isDynamic(shape.rows))
        shape.rows = rows;
      visit(shape);
    }
}

double mlir::quantmlir::predictSpeedup(ArrayRef<LinearProfile> profiles,
                                       Scheme scheme, const ChipRates &rates,
                                       int64_t rows) {
  double before = 0, after = 0;
  forEachShape(profiles, rows, [&](LinearShape shape) {
    before += predictTime(rates, shape, SpeedFormat()).getTotal();
    after += predictTime(rates, shape, getSpeedFormat(scheme)).getTotal();
  });
  return before / after;
}

std::string mlir::quantmlir::getSpeedNote(ArrayRef<LinearProfile> profiles,
                                          Scheme scheme, const ChipRates &rates,
                                          int64_t rows) {
  if (predictSpeedup(profiles, scheme, rates, rows) >= leastSpeedup)
    return "";
  // The linear that the scheme slows down most says why.
  SpeedFormat format = getSpeedFormat(scheme);
  LinearShape worst{};
  double least = std::numeric_limits<double>::infinity();
  forEachShape(profiles, rows, [&](LinearShape shape) {
    double speedup = quantmlir::predictSpeedup(rates, shape, format);
    if (speedup < least) {
      least = speedup;
      worst = shape;
    }
  });
  return llvm::formatv("{0} does not speed it up: linears of {1} take {2}",
                       rates.chip, worst.toString(),
                       explainSpeed(rates, worst, format));
}
