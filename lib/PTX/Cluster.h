//===- Cluster.h - CTAs that run together, and bulk copies ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_CLUSTER_H
#define QUANTMLIR_LIB_PTX_CLUSTER_H

#include "Warp.h"

namespace quantmlir::ptx {

/// Addresses in the shared window of the cluster: the CTA's own are its
/// offsets, those of rank r begin at (r + 1) << clusterRankShift (5.1.7).
constexpr unsigned clusterRankShift = 24;

/// Adds, or otherwise combines, elements into `to`.
using CombineFn = void (*)(uint8_t *to, const uint8_t *from, uint64_t bytes);

/// Contiguous bytes of a bulk copy. Without a source they become zeros.
struct CopyPiece {
  const uint8_t *from;
  uint8_t *to;
  /// In global memory, or offsets in shared memory.
  uint64_t fromAddress, toAddress;
  uint64_t bytes;
};

/// A copy by the async proxy. Nothing is written before somebody waits for it,
/// and its source is not read before: a kernel that forgets to wait, or
/// overwrites the source early, computes something wrong.
struct BulkCopy {
  std::vector<CopyPiece> pieces;
  uint64_t bytes = 0;
  /// Whose shared memory; null is global memory.
  Cta *fromCta = nullptr, *toCta = nullptr;
  /// Completion is reported to an mbarrier or, if its CTA is null, to the
  /// thread's group.
  SharedPlace mbarrier;
  Warp *warp = nullptr;
  unsigned lane = 0;
  uint32_t group = 0;
  CombineFn combine = nullptr;
  /// st.async and red.async use the generic proxy.
  bool genericProxy = false;
  /// The source once it is read.
  bool isRead = false;
  std::vector<uint8_t> data;
  /// Of the checker's agents, for the source's reads and the target's writes.
  uint32_t clock = 0;
  const Inst *inst = nullptr;
};

/// cp.async.mbarrier.arrive: the thread arrives once its copies are there.
struct CopyArrival {
  SharedPlace mbarrier;
  Warp *warp;
  unsigned lane;
  uint64_t sequence;
  const Inst *inst;
};

/// The CTAs of a cluster, which one host thread runs in turn.
class Cluster {
public:
  Cluster(Grid &grid, uint64_t index);
  ~Cluster();

  Cta::Outcome run(uint64_t budget);
  unsigned size() const {
    return grid.cluster[0] * grid.cluster[1] * grid.cluster[2];
  }

  // barrier.cluster (9.7.13.4)
  Step arrive(Warp &warp, const Inst &inst, uint32_t mask, bool release);
  Step wait(Warp &warp, const Inst &inst, uint32_t mask);
  /// Lanes have ended: the barrier may be complete now.
  void recheck();

  /// Counts what may let a thread of the cluster that polls go on.
  uint64_t activity() const;
  uint64_t state() const;

  // mbarrier (Mbarrier.cpp)
  /// The phase is complete if nothing is pending.
  void settle(const SharedPlace &place);
  /// Lets the copies that signal `place` arrive; false if there are none.
  bool deliver(const SharedPlace &place);

  // Bulk copies (Bulk.cpp)
  /// False if the run must stop.
  bool issue(BulkCopy copy);
  void addArrival(const CopyArrival &arrival) { arrivals.push_back(arrival); }
  /// Completes a lane's groups but the newest `keep`; `readOnly` needs only
  /// their sources read.
  void completeGroups(Warp &warp, unsigned lane, uint32_t keep, bool readOnly);
  /// Where a copy in flight, of whatever kind, from or to the allocation was
  /// issued; null if there is none.
  const Loc *findCopy(const Allocation &allocation) const;

  Grid &grid;
  std::vector<std::unique_ptr<Cta>> ctas;
  unsigned position[3];

private:
  bool complete();
  void end(Cta &cta);
  /// Nothing can run: Yielded if that may still change.
  Cta::Outcome rest(bool polling);
  bool deliverAll();
  bool pollAll();
  void finish(BulkCopy &copy);
  void finish(const CopyArrival &arrival);
  void dropCopies(Cta &cta);
  template <typename Function>
  void forEachSplit(Function function) {
    for (auto &cta : ctas)
      for (Warp &warp : cta->warps)
        for (Split &split : warp.splits)
          function(warp, split);
  }

  std::deque<BulkCopy> copies;
  std::deque<CopyArrival> arrivals;
  /// Barriers that became complete and copies that arrived.
  uint64_t events = 0;
  /// When nothing could run last.
  uint64_t restedAt = ~uint64_t(0);
  CycleFinder rests;
  ClockMap arriving, completed;
};

/// The object at `place`, or null after a fault.
Mbarrier *findMbarrier(Warp &warp, const Inst &inst, unsigned lane,
                       const SharedPlace &place);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_CLUSTER_H
