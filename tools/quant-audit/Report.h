//===- Report.h - what is said of a kernel ----------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_AUDIT_REPORT_H
#define QUANT_MLIR_TOOLS_QUANT_AUDIT_REPORT_H

#include "Counters.h"
#include "Index.h"

#include "quant-mlir/Target/SASS.h"

#include "llvm/Support/raw_ostream.h"

#include <array>

namespace mlir::quantmlir {

struct Report {
  std::string kernel;
  Launch launch;
  int64_t registers;
  int64_t spillInstructions = 0;
  Occupancy occupancy;
  /// Instructions of the main loop by class; none without a main loop.
  std::array<int64_t, numSassClasses> counts = {};
  int64_t loopInstructions = 0;
  /// Of the main loop: the sum of stall counts, and the instructions that wait
  /// for a scoreboard.
  int64_t stallCycles = 0, scoreboardWaits = 0;
  /// Columns of K that one pass multiplies; 0 where a block's part of the
  /// result is not known.
  double passDepth = 0;
  std::optional<TileCopies> copies;
  std::optional<LoopCycles> cycles;
  /// Of each static shape of a kernel that multiplies.
  std::vector<std::pair<ShapeUse, LaunchCycles>> launches;
  std::optional<KernelCounters> counters;

  double getTensorShare() const {
    return double(counts[unsigned(SassClass::Tensor)]) / loopInstructions;
  }
  double getMicroseconds(const LaunchCycles &cycles) const {
    return cycles.cycles / double(launch.chip->megahertz);
  }
};

/// Operations of a product, a multiplication and an addition each, in 10^12 a
/// second.
double getTeraops(const ShapeUse &shape, double microseconds);

void printTable(llvm::raw_ostream &os, llvm::ArrayRef<Report> reports);
llvm::json::Value toJSON(llvm::ArrayRef<Report> reports);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_AUDIT_REPORT_H
