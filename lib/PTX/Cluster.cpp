//===- Cluster.cpp - CTAs that run together (5.1.7, 9.7.13.4) -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cluster.h"

#include "Checker.h"
#include "Decoder.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace quantmlir::ptx {

/// Instructions that a CTA may issue before the others of its cluster get a
/// turn.
static constexpr uint64_t ctaSlice = 400000;

Cluster::Cluster(Grid &grid, uint64_t index) : grid(grid) {
  const unsigned *size = grid.cluster, *extents = grid.options.grid;
  uint64_t clustersX = extents[0] / size[0], clustersY = extents[1] / size[1];
  position[0] = unsigned(index % clustersX);
  position[1] = unsigned(index / clustersX % clustersY);
  position[2] = unsigned(index / clustersX / clustersY);
  for (unsigned z = 0; z < size[2]; ++z)
    for (unsigned y = 0; y < size[1]; ++y)
      for (unsigned x = 0; x < size[0]; ++x) {
        unsigned ctaPosition[] = {position[0] * size[0] + x,
                                  position[1] * size[1] + y,
                                  position[2] * size[2] + z};
        ctas.push_back(std::make_unique<Cta>(grid, *this, ctaPosition,
                                             unsigned(ctas.size())));
      }
  if (grid.code.heap)
    grid.heapUsers.push_back(this);
}

Cluster::~Cluster() {
  if (grid.code.heap)
    llvm::erase(grid.heapUsers, this);
}

Cta::Outcome Cluster::run(uint64_t budget) {
  while (true) {
    bool progress = false, waiting = false, polling = false;
    for (auto &cta : ctas) {
      if (cta->ended)
        continue;
      uint64_t slice = size() > 1 ? std::min(budget, ctaSlice) : budget;
      uint64_t left = slice;
      Cta::Outcome outcome = cta->run(left);
      if (outcome == Cta::Outcome::Fault)
        return outcome;
      if (outcome == Cta::Outcome::Done)
        end(*cta);
      waiting |= outcome == Cta::Outcome::Waiting;
      polling |= outcome == Cta::Outcome::Yielded;
      progress |= outcome == Cta::Outcome::Done ||
                  (left != slice && outcome != Cta::Outcome::Yielded);
      budget -= slice - left;
      if (budget == 0)
        return Cta::Outcome::Paused;
    }
    if (progress)
      continue;
    if (!waiting && !polling)
      return Cta::Outcome::Done;
    if (!deliverAll())
      return rest(polling);
  }
}

void Cluster::end(Cta &cta) {
  cta.ended = true;
  dropCopies(cta);
  if (cta.checker)
    cta.checker->endWarpgroups();
}

// The instruction that tests an mbarrier may now answer no. Other clusters may
// help who polls memory or looks at it, but not who waits for mbarriers and
// comes back to them with nothing changed.
Cta::Outcome Cluster::rest(bool polling) {
  uint64_t now = activity();
  for (auto &cta : ctas)
    now += cta->globalAccesses;
  if (polling || now != restedAt)
    rests.reset();
  restedAt = now;
  bool hopeless = !polling && rests.repeats(state());
  if (!hopeless && (pollAll() || polling))
    return Cta::Outcome::Yielded;
  for (auto &cta : ctas)
    if (cta->reportDeadlock())
      break;
  return Cta::Outcome::Fault;
}

uint64_t Cluster::activity() const {
  uint64_t sum = events;
  for (auto &cta : ctas)
    sum += cta->activity;
  return sum;
}

uint64_t Cluster::state() const {
  uint64_t sum = 0;
  for (auto &cta : ctas)
    sum = sum * 31 + (cta->ended ? 0 : cta->state());
  return sum;
}

bool Cluster::pollAll() {
  bool any = false;
  forEachSplit([&](Warp &warp, Split &split) {
    if (split.state != Split::AtMbarrier)
      return;
    warp.wake(split);
    any = true;
  });
  return any;
}

//===----------------------------------------------------------------------===//
// barrier.cluster
//===----------------------------------------------------------------------===//

Step Cluster::arrive(Warp &warp, const Inst &inst, uint32_t mask,
                     bool release) {
  if (uint32_t again = warp.clusterOwed & mask)
    return warp.fault(inst, again, "barrier",
                      "barrier.cluster.arrive again without a wait between");
  warp.clusterArrived |= mask;
  warp.clusterOwed |= mask;
  if (Checker *checker = warp.cta.checker.get()) {
    if (release)
      checker->release(warp, mask, arriving);
    else
      checker->releaseFenced(warp, mask, arriving);
  }
  complete();
  return Step::Next;
}

bool Cluster::complete() {
  bool any = false;
  for (auto &cta : ctas)
    for (Warp &warp : cta->warps) {
      if (warp.alive & ~warp.clusterArrived)
        return false;
      any |= warp.clusterArrived != 0;
    }
  if (!any)
    return false;
  ++events;
  if (grid.options.check) {
    completed = std::move(arriving);
    arriving.clear();
  }
  for (auto &cta : ctas)
    for (Warp &warp : cta->warps)
      warp.clusterArrived = 0;
  forEachSplit([](Warp &warp, Split &split) {
    if (split.state == Split::AtCluster)
      warp.wake(split);
  });
  return true;
}

void Cluster::recheck() { complete(); }

Step Cluster::wait(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.splits[warp.current].resumed = false;
  if (uint32_t early = mask & ~warp.clusterOwed)
    return warp.fault(inst, early, "barrier",
                      "barrier.cluster.wait without an arrive before");
  if (warp.clusterArrived & mask)
    return warp.suspend(mask, Split::AtCluster);
  warp.clusterOwed &= ~mask;
  if (warp.cta.checker)
    warp.cta.checker->acquire(warp, mask, completed);
  return Step::Next;
}

static Step execClusterArrive(Warp &warp, const Inst &inst, uint32_t mask) {
  return warp.cta.cluster.arrive(warp, inst, mask, inst.flags & FlagRelease);
}

static Step execClusterWait(Warp &warp, const Inst &inst, uint32_t mask) {
  return warp.cta.cluster.wait(warp, inst, mask);
}

template <ExecFn fn>
static Step execAligned(Warp &warp, const Inst &inst, uint32_t mask) {
  if (Step step = warp.convergeAligned(inst, mask); step != Step::Next)
    return step;
  return fn(warp, inst, mask);
}

// barrier.cluster.arrive{.sem}{.aligned}; barrier.cluster.wait{.acquire}
// {.aligned}
bool decodeClusterBarrier(Decoder &d) {
  bool aligned = d.take("aligned");
  if (d.take("arrive")) {
    bool relaxed = d.take("relaxed");
    d.take("release");
    if (!relaxed)
      d.inst.flags |= FlagRelease;
    return d.expectOperands(0) &&
           d.emit(aligned ? execAligned<execClusterArrive> : execClusterArrive);
  }
  if (!d.take("wait"))
    return d.unsupported();
  d.take("acquire");
  return d.expectOperands(0) &&
         d.emit(aligned ? execAligned<execClusterWait> : execClusterWait);
}

//===----------------------------------------------------------------------===//
// mapa, getctarank (9.7.9.23, 9.7.9.24)
//===----------------------------------------------------------------------===//

// The address in CTA `rank` of what is at this address in its own CTA.
template <typename T>
static Step execMapa(Warp &warp, const Inst &inst, uint32_t mask) {
  constexpr uint64_t window = sizeof(T) == 8 ? DeviceMemory::sharedWindow : 0;
  bool generic = inst.space == Space::Generic;
  T result[warpSize] = {};
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    uint64_t address = warp.reg<T>(inst.a)[lane];
    uint32_t rank = warp.reg<uint32_t>(inst.b)[lane];
    SharedPlace place = warp.sharedPlace(
        generic ? Space::Generic : Space::SharedCluster, address);
    if (!place.cta)
      return warp.fault(inst, 1u << lane, "out-of-bounds",
                        "mapa of 0x" + Twine::utohexstr(address) +
                            ", which is not in shared memory");
    if (rank >= warp.cta.cluster.size())
      return warp.fault(inst, 1u << lane, "out-of-bounds",
                        "mapa to CTA " + Twine(rank) + " of a cluster of " +
                            Twine(warp.cta.cluster.size()));
    result[lane] = T((generic ? window : 0) + place.offset +
                     (uint64_t(rank + 1) << clusterRankShift));
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

template <typename T>
static Step execCtaRank(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t result[warpSize] = {};
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    uint64_t address = warp.reg<T>(inst.a)[lane];
    SharedPlace place = warp.sharedPlace(inst.space, address);
    if (!place.cta)
      return warp.fault(inst, 1u << lane, "out-of-bounds",
                        "getctarank of 0x" + Twine::utohexstr(address) +
                            ", which is not in shared memory");
    result[lane] = place.cta->rank;
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodeMapa(Decoder &d) {
  d.takeSpace(d.inst.space);
  if (d.inst.space != Space::Generic && d.inst.space != Space::SharedCluster)
    return d.unsupported();
  Type type = d.takeType();
  if (type != Type::U32 && type != Type::U64)
    return d.badType(type);
  return d.expectOperands(3) && d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), Type::U32) &&
         d.emit(type == Type::U32 ? execMapa<uint32_t> : execMapa<uint64_t>);
}

static bool decodeCtaRank(Decoder &d) {
  d.takeSpace(d.inst.space);
  if (d.inst.space != Space::Generic && d.inst.space != Space::SharedCluster)
    return d.unsupported();
  Type type = d.takeType();
  if (type != Type::U32 && type != Type::U64)
    return d.badType(type);
  return d.expectOperands(2) && d.def(d.inst.d, d.operand(0), Type::U32) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.emit(type == Type::U32 ? execCtaRank<uint32_t>
                                  : execCtaRank<uint64_t>);
}

ArrayRef<OpcodeEntry> clusterOpcodes() {
  static const OpcodeEntry table[] = {{"mapa", decodeMapa},
                                      {"getctarank", decodeCtaRank}};
  return table;
}

} // namespace quantmlir::ptx
