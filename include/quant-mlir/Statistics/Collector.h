//===- Collector.h - collecting statistics of activations -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_STATISTICS_COLLECTOR_H
#define QUANT_MLIR_STATISTICS_COLLECTOR_H

#include "quant-mlir/Statistics/Statistics.h"

namespace mlir::quantmlir {

/// Per-channel statistics of one row-major block of rows, added to what the
/// arrays of `channels` elements hold. Each sum is taken in f64, row by row.
/// One thread reads some 8 billion values a second from its cache, far more
/// than a forward pass makes.
void accumulateChannels(const float *data, int64_t rows, int64_t channels,
                        float *min, float *max, double *sumAbs);

/// Collects the statistics of the runs of one module.
class StatisticsCollector {
public:
  /// Runs are numbered from `firstRun` on.
  StatisticsCollector(std::string moduleHash, int64_t samplesPerRun,
                      uint64_t firstRun = 0);

  /// Makes an observer known before the first run.
  void addObserver(llvm::StringRef name, int64_t channels);

  /// Adds `rows` rows of an observer's `channels` channels, row-major.
  void observe(llvm::StringRef name, const float *data, int64_t rows,
               int64_t channels);

  /// Ends a run. Fails if an observer saw a NaN or an infinity in it.
  llvm::Error endRun();

  const Statistics &getStatistics() const { return statistics; }
  /// Seconds spent in observe and endRun.
  double getSeconds() const { return seconds; }

private:
  Statistics statistics;
  uint64_t nextRun;
  double seconds = 0;
  /// Sums of |x| of the run in progress.
  std::map<std::string, std::vector<double>, std::less<>> runSums;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_STATISTICS_COLLECTOR_H
