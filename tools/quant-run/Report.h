//===- Report.h - progress and figures of a run -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_RUN_REPORT_H
#define QUANT_MLIR_TOOLS_QUANT_RUN_REPORT_H

#include "quant-mlir/Runtime/GPU.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <optional>
#include <string>

namespace mlir::quantmlir {

class Stopwatch {
public:
  double getSeconds() const {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
};

/// Tells on stderr how far a long run is: a bar on a terminal, otherwise a line
/// now and then.
class Progress {
public:
  Progress(int64_t total, bool quiet);
  ~Progress();

  void update(int64_t done);

private:
  int64_t total;
  bool quiet;
  bool isTerminal;
  double lastShown = 0;
  Stopwatch watch;
};

/// What is known at the end. Absent figures are not printed.
struct Report {
  std::string function;
  std::string device;
  unsigned threads = 0;
  int64_t samples = 0;
  /// Elements of the first argument, if those are integers.
  std::optional<int64_t> tokens;
  std::optional<double> mean;
  std::optional<double> perplexity;
  double compileSeconds = 0;
  double runSeconds = 0;
  std::optional<double> statisticsSeconds;
  /// Of values that depend on constants alone, and of intermediate ones.
  int64_t cachedBytes = 0, arenaBytes = 0;
  /// The process's largest resident set, mapped files included.
  int64_t peakBytes = 0;
  /// Of the device that quantized linears ran on.
  std::optional<GPUMemoryUse> deviceMemory;

  void print(llvm::raw_ostream &os) const;
  llvm::Error writeJson(llvm::StringRef path) const;
};

/// The largest resident set of this process so far.
int64_t getPeakBytes();

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_RUN_REPORT_H
