//===- Collector.cpp - collecting statistics of activations ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Statistics/Collector.h"

#include "quant-mlir/Runtime/ThreadPool.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <chrono>
#include <cmath>
#include <limits>
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
                                         uint64_t firstRun, unsigned threads)
    : nextRun(firstRun), threads(threads) {
  statistics.moduleHash = std::move(moduleHash);
  statistics.samplesPerRun = samplesPerRun;
}

StatisticsCollector::Observed::Observed(int64_t channels, CollectedKinds kinds)
    : kinds(kinds), min(channels), max(channels), sums(channels) {
  beginRun();
}

void StatisticsCollector::Observed::beginRun() {
  fill(min, std::numeric_limits<float>::infinity());
  fill(max, -std::numeric_limits<float>::infinity());
  fill(sums, 0.0);
}

StatisticsCollector::StatisticsCollector(StatisticsCollector &&) = default;
StatisticsCollector::~StatisticsCollector() = default;

void StatisticsCollector::addObserver(StringRef name, int64_t channels,
                                      CollectedKinds kinds) {
  ChannelStatistics &observer =
      statistics.observers.try_emplace(name.str(), channels).first->second;
  if (kinds.histogram)
    observer.histogram.assign(channels * Histogram::numBins, 0);
  // Another of the name would write beyond the first one's channels.
  if (!observers.try_emplace(name.str(), channels, kinds).second)
    llvm::report_fatal_error(Twine("an observer '") + name + "' is known");
  if (kinds.moments && !pool)
    pool = std::make_unique<ThreadPool>(threads);
}

void StatisticsCollector::openMoments() {
  if (!statistics.extendMoments(nextRun))
    return;
  for (auto &[name, observer] : statistics.observers)
    if (observers.find(name)->second.kinds.moments)
      observer.moments.emplace_back(observer.getChannels());
}

void StatisticsCollector::observe(StringRef name, const float *data,
                                  int64_t rows, int64_t channels) {
  Clock::time_point start = Clock::now();
  ChannelStatistics &observer = statistics.observers.at(name.str());
  Observed &observed = observers.find(name)->second;
  accumulateChannels(data, rows, channels, observed.min.data(),
                     observed.max.data(), observed.sums.data());
  if (observed.kinds.histogram)
    Histogram::accumulate(data, rows, channels, observer.histogram.data());
  observer.count += rows;
  if (observed.kinds.moments) {
    openMoments();
    observer.moments.back().accumulate(data, rows, *pool);
  }
  int64_t sampleRows = std::min(observed.kinds.sampleRows, rows);
  for (int64_t i = 0; i < sampleRows; ++i) {
    const float *row = data + (2 * i + 1) * rows / (2 * sampleRows) * channels;
    observer.sample.insert(observer.sample.end(), row, row + channels);
  }
  seconds += getSecondsSince(start);
}

Error StatisticsCollector::checkRun(StringRef name,
                                    const Observed &observed) const {
  const ChannelStatistics &observer = statistics.observers.at(name.str());
  auto fail = [&](const Twine &value, int64_t channel) {
    return createStringError("observer '" + name + "' saw " + value +
                             " in channel " + Twine(channel) + " in run " +
                             Twine(nextRun));
  };
  for (auto [channel, sum] : enumerate(observed.sums))
    if (!std::isfinite(sum))
      return fail(std::isnan(sum) ? "a NaN" : "an infinity", channel);
  if (observer.count == 0)
    return createStringError("observer '" + name + "' saw no value in run " +
                             Twine(nextRun) + ": nothing computes it");
  if (observed.kinds.moments)
    for (int64_t k = 0; k < observer.getChannels(); ++k)
      if (!std::isfinite(observer.moments.back().get(k, k)))
        return fail("values whose second moment overflows f32", k);
  return Error::success();
}

Error StatisticsCollector::endRun() {
  Clock::time_point start = Clock::now();
  for (const auto &[name, observed] : observers)
    if (Error error = checkRun(name, observed))
      return error;
  for (auto &[name, observer] : statistics.observers) {
    const Observed &run = observers.find(name)->second;
    int64_t channels = observer.getChannels();
    float *half = observer.halfAbsmax.data() + nextRun % 2 * channels;
    for (int64_t i = 0; i < channels; ++i) {
      observer.min[i] = std::min(observer.min[i], run.min[i]);
      observer.max[i] = std::max(observer.max[i], run.max[i]);
      observer.absmax[i] = std::max(-observer.min[i], observer.max[i]);
      half[i] = std::max({half[i], -run.min[i], run.max[i]});
    }
  }
  statistics.appendNode({0, nextRun++}, [&](StringRef name) {
    return observers.find(name)->second.sums;
  });
  for (auto &[name, observed] : observers)
    observed.beginRun();
  statistics.joinMoments();
  seconds += getSecondsSince(start);
  return Error::success();
}
