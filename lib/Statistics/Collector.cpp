//===- Collector.cpp - collecting statistics of activations ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/Collector.h"

#include "llvm/ADT/STLExtras.h"

#include <chrono>
#include <cmath>
#include <utility>

using namespace llvm;
using namespace mlir::quantmlir;

#if defined(__x86_64__) && defined(__linux__)
#define QUANT_MLIR_VECTOR_CLONES                                               \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define QUANT_MLIR_VECTOR_CLONES
#endif

/// Channels whose results fit into vector registers together.
static constexpr int64_t chunk = 32;

/// One full chunk of channels. A NaN reaches only the sum.
QUANT_MLIR_VECTOR_CLONES static void
accumulateChunk(const float *data, int64_t rows, int64_t stride, float *min,
                float *max, double *sumAbs) {
  float low[chunk], high[chunk];
  double sum[chunk];
  for (int64_t j = 0; j < chunk; ++j) {
    low[j] = min[j];
    high[j] = max[j];
    sum[j] = sumAbs[j];
  }
  for (int64_t i = 0; i < rows; ++i) {
    const float *row = data + i * stride;
    for (int64_t j = 0; j < chunk; ++j) {
      float value = row[j];
      low[j] = value < low[j] ? value : low[j];
      high[j] = value > high[j] ? value : high[j];
      sum[j] += std::fabs(value);
    }
  }
  for (int64_t j = 0; j < chunk; ++j) {
    min[j] = low[j];
    max[j] = high[j];
    sumAbs[j] = sum[j];
  }
}

void mlir::quantmlir::accumulateChannels(const float *data, int64_t rows,
                                         int64_t channels, float *min,
                                         float *max, double *sumAbs) {
  int64_t j = 0;
  for (; j + chunk <= channels; j += chunk)
    accumulateChunk(data + j, rows, channels, min + j, max + j, sumAbs + j);
  for (; j < channels; ++j)
    for (int64_t i = 0; i < rows; ++i) {
      float value = data[i * channels + j];
      min[j] = value < min[j] ? value : min[j];
      max[j] = value > max[j] ? value : max[j];
      sumAbs[j] += std::fabs(value);
    }
}

//===----------------------------------------------------------------------===//
// StatisticsCollector
//===----------------------------------------------------------------------===//

using Clock = std::chrono::steady_clock;

static double getSecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

StatisticsCollector::StatisticsCollector(std::string moduleHash,
                                         int64_t samplesPerRun,
                                         uint64_t firstRun)
    : nextRun(firstRun) {
  statistics.moduleHash = std::move(moduleHash);
  statistics.samplesPerRun = samplesPerRun;
}

void StatisticsCollector::addObserver(StringRef name, int64_t channels) {
  statistics.observers.try_emplace(name.str(), ChannelStatistics(channels));
  runSums.try_emplace(name.str(), channels, 0.0);
}

void StatisticsCollector::observe(StringRef name, const float *data,
                                  int64_t rows, int64_t channels) {
  Clock::time_point start = Clock::now();
  ChannelStatistics &observer = statistics.observers.at(name.str());
  accumulateChannels(data, rows, channels, observer.min.data(),
                     observer.max.data(), runSums.find(name)->second.data());
  observer.count += rows;
  seconds += getSecondsSince(start);
}

Error StatisticsCollector::endRun() {
  Clock::time_point start = Clock::now();
  for (const auto &[name, sums] : runSums)
    for (auto [channel, sum] : enumerate(sums))
      if (!std::isfinite(sum))
        return createStringError("observer '" + name + "' saw " +
                                 (std::isnan(sum) ? "a NaN" : "an infinity") +
                                 " in channel " + Twine(channel) + " in run " +
                                 Twine(nextRun));
  for (auto &[name, observer] : statistics.observers) {
    if (observer.count == 0)
      return createStringError("observer '" + name + "' saw no value in run " +
                               Twine(nextRun) + ": nothing computes it");
    for (size_t i = 0; i < observer.absmax.size(); ++i)
      observer.absmax[i] = std::max(-observer.min[i], observer.max[i]);
  }
  statistics.appendNode({0, nextRun++}, [&](StringRef name) {
    std::vector<double> &sums = runSums.find(name)->second;
    return std::exchange(sums, std::vector<double>(sums.size(), 0.0));
  });
  seconds += getSecondsSince(start);
  return Error::success();
}
