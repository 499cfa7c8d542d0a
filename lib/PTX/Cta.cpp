//===- Cta.cpp - CTAs and their barriers ----------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Warp.h"

#include "Checker.h"
#include "Cluster.h"
#include "Specials.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace quantmlir::ptx {

/// Instructions that a warp may issue before others get a turn.
static constexpr uint64_t warpBudget = 200000;
/// The same of a warp that polls by weak reads.
static constexpr uint64_t pollBudget = 4096;

Cta::Cta(Grid &grid, Cluster &cluster, const unsigned (&position)[3],
         unsigned rank)
    : grid(grid), cluster(cluster), rank(rank) {
  const LaunchOptions &options = grid.options;
  const Code &code = grid.code;
  std::copy(position, position + 3, this->position);
  index =
      position[0] + uint64_t(options.grid[0]) *
                        (position[1] + uint64_t(options.grid[1]) * position[2]);
  shared.assign(code.sharedBytes + options.dynamicShared, 0xFF);
  unsigned threads = options.block[0] * options.block[1] * options.block[2];
  unsigned count = (threads + warpSize - 1) / warpSize;
  uint64_t registers = alignTo(code.registerBytes, 64);
  uint64_t local = alignTo(code.localBytes, 64) * warpSize;
  uint64_t perWarp = registers + local;
  storage.resize(perWarp * count + 64);
  auto *base = reinterpret_cast<uint8_t *>(
      alignTo(reinterpret_cast<uintptr_t>(storage.data()), 64));
  for (Barrier &barrier : barriers)
    barrier.lanes.assign(count, 0);
  warps.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    warps.emplace_back(*this, i);
    Warp &warp = warps.back();
    warp.bases[0] = base + i * perWarp;
    warp.bases[1] = const_cast<uint8_t *>(code.constants.data());
    warp.local = warp.bases[0] + registers;
    unsigned lanes = std::min(warpSize, threads - i * warpSize);
    warp.existing = lanes == warpSize ? allLanes : (1u << lanes) - 1;
    warp.alive = warp.existing;
    Split split;
    split.mask = warp.existing;
    warp.splits.push_back(split);
    setSpecials(warp);
  }
  if (options.check)
    checker = std::make_unique<Checker>(*this, *grid.shadow);
  if (options.count) {
    issued.assign(code.insts.size(), 0);
    executed.assign(code.insts.size(), 0);
  }
}

Cta::~Cta() = default;

void Cta::complete(unsigned id) {
  Barrier &barrier = barriers[id];
  if (barrier.expected == 0) {
    for (Warp &warp : warps)
      if (warp.alive & ~barrier.lanes[warp.index])
        return;
  } else {
    unsigned arrived = barrier.arrived;
    for (Warp &warp : warps)
      if (barrier.lanes[warp.index] &&
          (warp.alive & ~barrier.lanes[warp.index]) == 0)
        arrived += warpSize;
    if (arrived < barrier.expected)
      return;
  }
  barrier.inUse = false;
  if (checker)
    checker->leaveBarrier(id, barrier.lanes);
  barrier.arrived = 0;
  barrier.kind = 0;
  barrier.resultPopulation = barrier.population;
  barrier.resultAll = barrier.all;
  barrier.resultAny = barrier.any;
  barrier.population = 0;
  barrier.all = 1;
  barrier.any = 0;
  llvm::fill(barrier.lanes, 0);
  for (Warp &warp : warps)
    for (Split &split : warp.splits)
      if (split.state == Split::AtBarrier && split.barrier == id)
        warp.wake(split);
}

void Cta::arrive(Warp &warp, unsigned id, uint32_t expected, uint32_t mask,
                 bool waits) {
  Barrier &barrier = barriers[id];
  ++warp.outside;
  if (!barrier.inUse)
    barrier.firstPc = warp.pc;
  barrier.inUse = true;
  barrier.expected = expected;
  if (checker)
    checker->arriveAtBarrier(warp, id, mask);
  if (waits)
    barrier.lanes[warp.index] |= mask;
  else
    barrier.arrived += warpSize;
  if (waits) {
    Split &split = warp.splits[warp.current];
    split.pc = warp.pc;
    split.state = Split::AtBarrier;
    split.barrier = uint8_t(id);
  }
  complete(id);
}

void Cta::recheckBarriers() {
  for (unsigned id = 0; id < 16; ++id)
    if (barriers[id].inUse)
      complete(id);
}

std::string Cta::describeWait(const Split &split, const Warp &warp) const {
  switch (split.state) {
  case Split::AtBarrier:
    return "a barrier for threads that never arrive";
  case Split::AtCluster:
    return "barrier.cluster for threads that never arrive";
  case Split::AtMbarrier: {
    SharedPlace place = split.mbarrier;
    if (!place.cta)
      return "mbarriers";
    const Mbarrier &barrier = place.cta->mbarriers[place.offset];
    return "the mbarrier at shared offset " + std::to_string(place.offset) +
           ", which lacks " + std::to_string(barrier.pending) +
           " arrivals and " + std::to_string(barrier.transactions) + " bytes";
  }
  default:
    return (Twine(split.state == Split::AtWarpSync
                      ? "bar.warp.sync"
                      : "an instruction of the warp") +
            " for lanes 0x" + Twine::utohexstr(warp.alive & split.wait.missing))
        .str();
  }
}

bool Cta::reportDeadlock() {
  // What waits otherwise waits perhaps for those at an aligned barrier.
  for (Warp &warp : warps)
    for (const Split &split : warp.splits)
      if (split.state == Split::AtAligned) {
        warp.fault(grid.code.insts[split.pc], split.mask, "divergent-barrier",
                   warp.describeAligned(split.mask));
        return true;
      }
  for (Warp &warp : warps)
    for (const Split &split : warp.splits) {
      warp.fault(grid.code.insts[split.pc], split.mask, "deadlock",
                 "the thread waits forever at " + describeWait(split, warp));
      return true;
    }
  return false;
}

bool Cta::reportPolling(const Twine &where) {
  for (Warp &warp : warps)
    for (const Split &split : warp.splits)
      if (split.state == Split::Ready) {
        warp.fault(grid.code.insts[split.polledAt.value_or(split.pc)],
                   split.mask, "deadlock",
                   "the thread polls for ever: " + where +
                       " waits or polls, too");
        return true;
      }
  return false;
}

uint64_t Cta::state() const {
  uint64_t sum = xxh3_64bits(storage);
  for (const Warp &warp : warps)
    sum = warp.place(sum);
  return sum;
}

Cta::Outcome Cta::run(uint64_t &budget) {
  while (true) {
    bool progress = false, waiting = false, yielded = false;
    for (Warp &warp : warps) {
      if (!warp.runnable()) {
        waiting |= !warp.done();
        continue;
      }
      uint64_t slice =
          std::min({budget, warp.pollsWeakly() ? pollBudget : warpBudget,
                    grid.maxInstructions - warp.instructions});
      uint64_t left = slice;
      if (!warp.run(left))
        return Outcome::Fault;
      warp.instructions += slice - left;
      if (left == 0 && !warp.mayGoOn())
        return Outcome::Fault;
      (warp.yielded ? yielded : progress) = true;
      budget -= slice - left;
      if (budget == 0)
        return Outcome::Paused;
    }
    if (grid.stop)
      return Outcome::Fault;
    if (progress)
      continue;
    return yielded   ? Outcome::Yielded
           : waiting ? Outcome::Waiting
                     : Outcome::Done;
  }
}

Grid::Grid(const Program &program, const Code &code,
           const LaunchOptions &options)
    : program(program), code(code), options(options) {
  for (unsigned i = 0; i < 3; ++i)
    cluster[i] = options.cluster[i]        ? options.cluster[i]
                 : code.requiredCluster[i] ? code.requiredCluster[i]
                                           : 1;
  maxInstructions = options.maxInstructions.value_or(
      options.check ? LaunchOptions::checkedInstructions : 0);
  if (maxInstructions == 0)
    maxInstructions = UINT64_MAX;
  explicitCluster = options.cluster[0] || code.requiredCluster[0];
  if (options.check)
    shadow = std::make_unique<GlobalShadow>(countThreads(options));
}

Grid::~Grid() = default;

void Grid::print(StringRef text) {
  // Other grids may print at the same time.
  static std::mutex printing;
  std::lock_guard<std::mutex> lock(printing);
  raw_ostream &output = options.output ? *options.output : outs();
  output << text;
  output.flush();
}

void Grid::report(Finding finding) {
  std::lock_guard<std::mutex> lock(mutex);
  // One finding for each instruction and kind is enough to act on.
  for (const Finding &known : findings)
    if (known.loc.line == finding.loc.line &&
        known.loc.column == finding.loc.column && known.kind == finding.kind)
      return;
  findings.push_back(std::move(finding));
}

} // namespace quantmlir::ptx
