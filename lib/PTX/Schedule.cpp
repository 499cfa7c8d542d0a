//===- Schedule.cpp - which CTAs run when ---------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cluster runs until it ends, or all its threads wait or poll memory. Those
// that poll wait for CTAs that are in flight, or that begin later: whenever one
// has polled, the next one begins, as long as a chip holds them all. If those
// in flight had to see first that nothing changes, a grid barrier would take
// quadratic time, for each arrival changes what they see.
//
//===----------------------------------------------------------------------===//

#include "Cluster.h"

#include <chrono>
#include <thread>

using namespace llvm;

namespace quantmlir::ptx {

/// Instructions that a CTA may issue before others get a turn.
static constexpr uint64_t ctaBudget = 20000000;
/// CTAs of one host thread that may be in flight because the others have used
/// up their turns: they may poll in a way that is not seen.
static constexpr size_t pausedCtas = 64;
/// Turns of all clusters in flight, in which nothing changed, before their
/// states are compared.
static constexpr uint64_t patience = 8;

// Per multiprocessor of sm_90 (CUDA C++ Programming Guide, table of technical
// specifications); no chip has more than 192 multiprocessors. How many
// registers a thread has is not known before ptxas.
uint64_t residentCtas(const Code &code, const LaunchOptions &options) {
  if (options.residentCtas)
    return options.residentCtas;
  constexpr uint64_t multiprocessors = 192, maxCtas = 32, maxThreads = 2048;
  constexpr uint64_t maxShared = 228 * 1024, reservedShared = 1024;
  uint64_t threads =
      uint64_t(options.block[0]) * options.block[1] * options.block[2];
  uint64_t shared = code.sharedBytes - code.reservedSharedBytes +
                    options.dynamicShared + reservedShared;
  return multiprocessors *
         std::min({maxCtas, maxThreads / threads, maxShared / shared});
}

static void collect(Grid &grid, Cta &cta) {
  if (!grid.options.count)
    return;
  for (size_t i = 0; i < cta.issued.size(); ++i) {
    if (!cta.issued[i])
      continue;
    auto &entry =
        cta.counters
            .instructions[grid.code.classes[grid.code.insts[i].classId]];
    entry.first += cta.issued[i];
    entry.second += cta.executed[i];
  }
  std::lock_guard<std::mutex> lock(grid.mutex);
  grid.counters.add(cta.counters);
}

namespace {

/// One host thread's share of a grid.
class Worker {
public:
  explicit Worker(Grid &grid) : grid(grid), idleSince(Clock::now()) {}
  void run();

private:
  using Clock = std::chrono::steady_clock;

  bool hasRoom();
  std::unique_ptr<Cluster> begin();
  std::unique_ptr<Cluster> next();
  void restart();
  bool isStuck();
  void reportStuck();

  Grid &grid;
  std::deque<std::unique_ptr<Cluster>> inFlight;
  bool more = true;
  /// The last turn asks for another cluster to begin.
  bool wantsNext = true;
  /// Turns since anything changed, here or (see Grid::epoch) elsewhere.
  uint64_t idleTurns = 0, idleRounds = 0, seenEpoch = 0;
  Clock::time_point idleSince;
  CycleFinder states;
  bool stuck = false;
};

} // namespace

// Each host thread has room for one cluster; they share the room for further
// ones.
bool Worker::hasRoom() {
  if (inFlight.empty())
    return true;
  uint64_t further = grid.further;
  while (further < grid.maxFurther)
    if (grid.further.compare_exchange_weak(further, further + 1))
      return true;
  return false;
}

std::unique_ptr<Cluster> Worker::begin() {
  if (!more || !hasRoom())
    return nullptr;
  uint64_t index = grid.nextCluster++;
  more = index < grid.clusterCount;
  if (more)
    return std::make_unique<Cluster>(grid, index);
  grid.further -= inFlight.empty() ? 0 : 1;
  return nullptr;
}

std::unique_ptr<Cluster> Worker::next() {
  std::unique_ptr<Cluster> cluster;
  if (wantsNext || inFlight.empty())
    cluster = begin();
  if (cluster || inFlight.empty())
    return cluster;
  cluster = std::move(inFlight.front());
  inFlight.pop_front();
  return cluster;
}

void Worker::restart() {
  idleTurns = idleRounds = 0;
  idleSince = Clock::now();
  states.reset();
  stuck = false;
}

// The others are stuck as well, and found that after the last change: nobody
// has stored anything that another one has not seen.
bool Worker::isStuck() {
  uint64_t epoch = grid.epoch;
  if (epoch != seenEpoch) {
    restart();
    seenEpoch = epoch;
    return false;
  }
  if (++idleRounds < patience)
    return false;
  bool wasStuck = stuck;
  if (!stuck) {
    uint64_t sum = 0;
    for (auto &cluster : inFlight)
      sum = sum * 31 + cluster->state();
    std::chrono::duration<double> idle = Clock::now() - idleSince;
    stuck = states.repeats(sum) || idle.count() > grid.options.pollSeconds;
    if (!stuck)
      return false;
  }
  std::lock_guard<std::mutex> lock(grid.mutex);
  if (grid.stuckEpoch < epoch) {
    grid.stuckEpoch = epoch;
    grid.stuckWorkers = 0;
  }
  grid.stuckWorkers += !wasStuck && grid.stuckEpoch == epoch ? 1 : 0;
  return grid.stuckEpoch == grid.epoch && grid.stuckWorkers == grid.workers;
}

void Worker::reportStuck() {
  uint64_t count = grid.workers + grid.further;
  std::string where = "each thread of the " + std::to_string(count) +
                      (count == 1 ? " cluster" : " clusters") + " in flight";
  for (auto &cluster : inFlight)
    for (auto &cta : cluster->ctas)
      if (!cta->ended && cta->reportPolling(where))
        return;
  for (auto &cluster : inFlight)
    for (auto &cta : cluster->ctas)
      if (cta->reportDeadlock())
        return;
}

void Worker::run() {
  unsigned size = grid.cluster[0] * grid.cluster[1] * grid.cluster[2];
  while (!grid.stop) {
    std::unique_ptr<Cluster> cluster = next();
    if (!cluster)
      break;
    uint64_t before = cluster->activity();
    Cta::Outcome outcome = cluster->run(ctaBudget * size);
    bool yielded = outcome == Cta::Outcome::Yielded;
    bool idle = yielded && cluster->activity() == before;
    if (!idle) {
      restart();
      ++grid.epoch;
    }
    if (yielded || outcome == Cta::Outcome::Paused) {
      inFlight.push_back(std::move(cluster));
      wantsNext = yielded || inFlight.size() * size < pausedCtas;
      idleTurns += idle ? 1 : 0;
      if (idle && idleTurns % inFlight.size() == 0 && isStuck())
        return reportStuck();
      continue;
    }
    for (auto &cta : cluster->ctas)
      collect(grid, *cta);
    grid.further -= inFlight.empty() ? 0 : 1;
    wantsNext = true;
  }
  ++grid.epoch;
  --grid.workers;
}

void runClusters(Grid &grid) { Worker(grid).run(); }

} // namespace quantmlir::ptx
