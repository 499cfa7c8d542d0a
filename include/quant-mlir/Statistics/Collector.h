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

/// What is collected of one observer besides the statistics of channels.
struct CollectedKinds {
  bool moments = false;
  /// Rows to keep of each run: fewer if it has fewer.
  int64_t sampleRows = 0;
  bool histogram = false;
};

/// Collects the statistics of the runs of one module.
class StatisticsCollector {
public:
  /// Runs are numbered from `firstRun` on. Second moments are taken by
  /// `threads` threads, one for each core if 0.
  StatisticsCollector(std::string moduleHash, int64_t samplesPerRun,
                      uint64_t firstRun = 0, unsigned threads = 0);
  StatisticsCollector(StatisticsCollector &&);
  ~StatisticsCollector();

  /// Makes an observer known before the first run, by a name of its own.
  void addObserver(llvm::StringRef name, int64_t channels,
                   CollectedKinds kinds = {});

  /// Adds the `rows` rows of an observer's `channels` channels in one run,
  /// row-major.
  void observe(llvm::StringRef name, const float *data, int64_t rows,
               int64_t channels);

  /// Ends a run. Fails if an observer saw a NaN or an infinity in it.
  llvm::Error endRun();

  const Statistics &getStatistics() const { return statistics; }
  /// Seconds spent in observe and endRun.
  double getSeconds() const { return seconds; }

private:
  /// What is kept of an observer besides its statistics.
  struct Observed {
    Observed(int64_t channels, CollectedKinds kinds);
    /// Forgets the run in progress.
    void beginRun();

    CollectedKinds kinds;
    /// Extremes, and sums of |x|, of the run in progress.
    std::vector<float> min, max;
    std::vector<double> sums;
  };
  /// Gives the observers that keep moments one for the run in progress.
  void openMoments();
  /// Fails if an observer saw what has no statistics.
  llvm::Error checkRun(llvm::StringRef name, const Observed &observed) const;

  Statistics statistics;
  uint64_t nextRun;
  unsigned threads;
  double seconds = 0;
  std::map<std::string, Observed, std::less<>> observers;
  /// Made with the first observer that needs it.
  std::unique_ptr<ThreadPool> pool;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_STATISTICS_COLLECTOR_H
