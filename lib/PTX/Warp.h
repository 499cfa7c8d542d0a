//===- Warp.h - execution state of warps and CTAs ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_WARP_H
#define QUANTMLIR_LIB_PTX_WARP_H

#include "Code.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Twine.h"

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>

namespace quantmlir::ptx {

constexpr unsigned warpSize = 32;
constexpr uint32_t allLanes = ~0u;

class Cta;
class Checker;
class Cluster;
struct GlobalShadow;

/// Clocks of threads, by CTA.
using ClockMap = std::map<uint64_t, std::vector<uint32_t>>;

/// What an access does, for checks and counters. AsyncWrite is a
/// cp.async, which writes at some time before its wait.
enum class Access : uint8_t { Read, Write, Atomic, AsyncWrite };

/// One grid: what its CTAs share.
struct Grid {
  const Program &program;
  const Code &code;
  const LaunchOptions &options;
  /// CTAs of a cluster, along each axis.
  unsigned cluster[3];
  /// The launch or the kernel says how large clusters are.
  bool explicitCluster = false;
  /// Where CTAs of a cooperative launch meet, if the kernel asks for it.
  uint64_t workspace = 0;
  uint64_t clusterCount = 0;
  std::atomic<bool> stop{false};

  // How host threads share the clusters (Schedule.cpp).
  std::atomic<uint64_t> nextCluster{0};
  /// Clusters in flight that are not the only one of their host thread, and the
  /// most that there may be.
  std::atomic<uint64_t> further{0};
  uint64_t maxFurther = 0;
  /// Counts what may let a thread that polls go on.
  std::atomic<uint64_t> epoch{0};
  std::atomic<unsigned> workers{0};

  std::mutex mutex;
  /// Host threads whose clusters all poll, as they found since this epoch.
  unsigned stuckWorkers = 0;
  uint64_t stuckEpoch = 0;
  std::vector<Finding> findings;
  Counters counters;
  /// Instructions that a warp may issue.
  uint64_t maxInstructions;
  /// Those in flight of a kernel that uses the heap, which runs on one host
  /// thread.
  std::vector<Cluster *> heapUsers;
  /// In checked mode.
  std::unique_ptr<GlobalShadow> shadow;

  Grid(const Program &program, const Code &code, const LaunchOptions &options);
  ~Grid();
  void report(Finding finding);
  void print(llvm::StringRef text);
};

/// A place in the shared memory of a CTA of the cluster.
struct SharedPlace {
  Cta *cta = nullptr;
  uint64_t offset = 0;
  bool operator==(const SharedPlace &other) const {
    return cta == other.cta && offset == other.offset;
  }
};

/// What lanes wait for at an instruction of the warp, for reports.
struct LaneWait {
  /// Lanes that have to come; 0 if nobody waits.
  uint32_t missing = 0;
  bool aligned = false;
};

/// Finds that a sequence of states has come back to one that it had before
/// (Brent's algorithm).
class CycleFinder {
public:
  bool repeats(uint64_t state) {
    if (steps && state == anchor)
      return true;
    if (steps++ == length) {
      anchor = state;
      length = 2 * length + 1;
      steps = 1;
    }
    return false;
  }
  void reset() { *this = CycleFinder(); }

private:
  /// Steps since the anchor, and after how many the next one is set.
  uint64_t anchor = 0, steps = 0, length = 0;
};

/// Lanes of a warp that are at the same instruction.
struct Split {
  enum State : uint8_t {
    Ready,
    AtBarrier,  // bar.sync
    AtWarpSync, // bar.warp.sync, by member mask
    AtCluster,  // barrier.cluster.wait
    AtMbarrier, // mbarrier.try_wait and test_wait, whose phase is not complete
    AtAligned,  // an aligned barrier that not all lanes have reached
    Converging  // an instruction that needs lanes that are not here yet
  };
  uint32_t pc = 0;
  uint32_t mask = 0;
  State state = Ready;
  /// Woken at the instruction at which it waited, which now completes.
  bool resumed = false;
  /// Ready, but others go first.
  bool yielded = false;
  uint8_t barrier = 0;
  uint32_t members = 0;
  /// AtWarpSync, AtAligned, Converging. It stays while lanes that have joined
  /// or ended make the split Ready, to look again.
  LaneWait wait;
  /// Where it has polled memory and seen nothing new or, if it has slept more
  /// than once since, where that was.
  std::optional<uint32_t> polledAt;
  unsigned sleeps = 0;
  /// AtMbarrier: what it waits for, if all its lanes wait for the same.
  SharedPlace mbarrier;
};

/// A cp.async whose data has not arrived: nothing is written before the wait.
struct PendingCopy {
  uint32_t mask;
  /// Counts the warp's copies.
  uint64_t sequence;
  /// Group that the copy belongs to, in the numbering of its lanes.
  uint32_t group;
  uint8_t bytes;
  bool immediate;
  Loc loc;
  uint8_t sourceBytes[warpSize];
  uint8_t *target[warpSize];
  const uint8_t *source[warpSize];
  uint64_t targetAddress[warpSize];
};

class Warp {
public:
  Warp(Cta &cta, unsigned index);

  /// Runs until every lane has ended or waits, or the budget of instructions
  /// is spent. False after a fault.
  bool run(uint64_t &budget);
  /// The budget is spent: false, after a fault, if that was the launch's limit
  /// or the lanes are in a loop that they cannot leave.
  bool mayGoOn();
  bool done() const { return splits.empty(); }
  bool runnable() const;
  /// All lanes that could run have yielded: the last run ended early.
  bool yielded = false;

  template <typename T>
  T *reg(Ref ref) const {
    return reinterpret_cast<T *>(bases[ref.value >> 31] +
                                 (ref.value & ~Ref::constantBit));
  }
  /// Stores lanes of a result.
  template <typename T>
  void write(Ref ref, const T *values, uint32_t mask) const {
    T *target = reg<T>(ref);
    if (mask == allLanes) {
      for (unsigned lane = 0; lane < warpSize; ++lane)
        target[lane] = values[lane];
      return;
    }
    for (unsigned lane = 0; lane < warpSize; ++lane)
      target[lane] = (mask >> lane) & 1 ? values[lane] : target[lane];
  }
  uint32_t &predicate(Ref ref) const { return *reg<uint32_t>(ref); }
  void writePredicate(Ref ref, uint32_t values, uint32_t mask) const {
    uint32_t &target = predicate(ref);
    target = (target & ~mask) | (values & mask);
  }

  /// Records a finding of the first lane in `lanes`; always Step::Fault.
  Step fault(const Inst &inst, uint32_t lanes, llvm::StringRef kind,
             const llvm::Twine &message);

  /// Records a finding with which the kernel can go on.
  void report(const Inst &inst, uint32_t lanes, llvm::StringRef kind,
              const llvm::Twine &message);

  /// Waits until all lanes of `members` that have not ended are at `inst`.
  /// Next means that they are.
  Step converge(const Inst &inst, uint32_t mask, uint32_t members);
  /// The same for an instruction of all 32 threads, which in checked mode must
  /// exist.
  Step convergeWarp(const Inst &inst, uint32_t mask) {
    return mask == allLanes ? Step::Next : convergePart(inst, mask);
  }
  /// The same for an aligned barrier, of all lanes, in checked mode.
  Step convergeAligned(const Inst &inst, uint32_t mask);
  std::string describeAligned(uint32_t mask) const;

  /// Addresses of an access: [a + imm].
  void addresses(const Inst &inst, Ref base, int64_t offset,
                 uint64_t (&out)[warpSize]) const;
  /// Translates addresses of lanes in `mask` to host pointers and checks them.
  bool resolve(const Inst &inst, Space space, Access access, uint32_t mask,
               unsigned bytes, const uint64_t (&address)[warpSize],
               uint8_t *(&pointer)[warpSize]);
  /// Where an address in shared memory of the cluster, or a generic one, lies;
  /// the CTA is null if it is no such address.
  SharedPlace sharedPlace(Space space, uint64_t address) const;
  /// The same for [a + imm] of the lanes in `mask`, once `resolve` has checked
  /// the access of `bytes`. False after a fault.
  bool sharedPlaces(const Inst &inst, Access access, uint32_t mask,
                    unsigned bytes, SharedPlace (&places)[warpSize]);

  /// Host memory of contiguous bytes, for copies; null after a fault.
  uint8_t *globalRange(const Inst &inst, unsigned lane, uint64_t address,
                       uint64_t bytes);
  /// Reports a write to constant memory; always false.
  bool badConstant(const Inst &inst, unsigned lane,
                   const Allocation &allocation);
  uint8_t *sharedRange(const Inst &inst, unsigned lane,
                       const SharedPlace &place, uint64_t bytes);

  // Control instructions (Warp.cpp).
  Step branch(const Inst &inst, uint32_t taken);
  Step exitLanes(uint32_t mask);
  Step warpBarrier(const Inst &inst, uint32_t mask, Ref members);
  /// Takes the lanes that name the same member mask as the first from `rest`.
  static uint32_t takeGroup(const uint32_t *members, uint32_t &rest,
                            uint32_t &named);
  /// A strong read has seen what `digest` stands for; Yield if that has been
  /// the same for a while.
  Step polled(uint64_t digest);
  Step slept();
  /// For `polled`: what lanes read where.
  template <typename T>
  static uint64_t digest(uint32_t mask, const T *values,
                         const uint64_t (&address)[warpSize]) {
    uint64_t sum = mask;
    for (; mask; mask &= mask - 1) {
      auto lane = unsigned(llvm::countr_zero(mask));
      sum = (sum ^ uint64_t(values[lane])) * 0x9e3779b97f4a7c15 + address[lane];
    }
    return sum;
  }
  void wake(Split &split);
  /// Sends the running lanes that are not in `mask` on to the next
  /// instruction.
  void carve(uint32_t mask);
  /// Lets the lanes in `mask` wait in `state` at this instruction.
  Step suspend(uint32_t mask, Split::State state, uint32_t missing = 0);

  // cp.async (Async.cpp).
  std::deque<PendingCopy> copies;
  uint32_t openGroup[warpSize] = {};
  void completeCopies(uint32_t mask, uint32_t keepGroups);
  /// Completes the lane's copies that come before the warp's copy `sequence`.
  void completeCopiesBefore(unsigned lane, uint64_t sequence);
  uint64_t copySequence = 0;

  /// Groups of bulk copies of each lane, begun and not committed.
  uint32_t openBulkGroup[warpSize] = {};
  /// barrier.cluster: lanes that have arrived in this phase, and lanes that
  /// have arrived and not waited.
  uint32_t clusterArrived = 0, clusterOwed = 0;

  Cta &cta;
  const unsigned index;
  /// Register file and constants.
  uint8_t *bases[2];
  /// Lanes that run now, and lanes that have not ended.
  uint32_t active = 0;
  uint32_t alive = 0;
  /// Lanes that exist: the last warp of a CTA may have fewer than 32.
  uint32_t existing = 0;
  uint32_t pc = 0;
  uint8_t *local = nullptr;
  std::vector<Split> splits;
  unsigned current = 0;
  /// A digest of where lanes are, on top of `sum`.
  uint64_t place(uint64_t sum) const;

private:
  Step convergePart(const Inst &inst, uint32_t mask);
  bool choose();
  void mergeArrivals();
  /// Instrumented: instructions are counted, or the registers that they touch
  /// are checked. `mask` is what the guard leaves of the active lanes.
  template <bool Instrumented>
  bool runLoop(uint64_t &budget);
  void instrument(const Inst &inst, uint32_t mask);
  bool isInstrumented() const;
  bool resolveGlobal(const Inst &inst, Access access, uint32_t mask,
                     unsigned bytes, const uint64_t (&address)[warpSize],
                     uint8_t *(&pointer)[warpSize]);
  bool resolveShared(Cta &owner, const Inst &inst, Access access, uint32_t mask,
                     unsigned bytes, const uint64_t (&address)[warpSize],
                     uint8_t *(&pointer)[warpSize]);
  bool resolveCluster(const Inst &inst, Access access, uint32_t mask,
                      unsigned bytes, const uint64_t (&address)[warpSize],
                      uint8_t *(&pointer)[warpSize]);
  void finishCopy(PendingCopy &copy, unsigned lane);
  bool resolveLocal(const Inst &inst, Access access, uint32_t mask,
                    unsigned bytes, const uint64_t (&address)[warpSize],
                    uint8_t *(&pointer)[warpSize]);
  bool resolveParam(const Inst &inst, Access access, uint32_t mask,
                    unsigned bytes, const uint64_t (&address)[warpSize],
                    uint8_t *(&pointer)[warpSize]);
  bool resolveGeneric(const Inst &inst, Access access, uint32_t mask,
                      unsigned bytes, const uint64_t (&address)[warpSize],
                      uint8_t *(&pointer)[warpSize]);
  bool badGlobal(const Inst &inst, unsigned lane, uint64_t address,
                 uint64_t bytes);

  /// The allocation found last, as a cache.
  Allocation *lastAllocation = nullptr;
  unsigned quantum = 0;
  /// What the last strong read of each instruction saw.
  llvm::SmallDenseMap<uint32_t, uint64_t, 8> polls;
  unsigned barrenPolls = 0;
  /// States since `outside` was this.
  CycleFinder loops;
  uint64_t seenOutside = 0;
  /// The same without weak reads; and for how many slices more it is taken to
  /// poll by them.
  CycleFinder weakLoops;
  uint64_t seenEffects = 0;
  unsigned weakPolls = 0;
  uint32_t weakReadPc = 0;

  // Behind what the loop uses, so that it keeps its cache lines.
public:
  /// Instructions issued, and instructions that may see or change more than
  /// registers: accesses of memory, barriers, clocks, and activemask.
  uint64_t instructions = 0, outside = 0;
  /// Those of `outside` that are weak reads.
  uint64_t weakReads = 0;
  /// It came back to the same registers with nothing but weak reads between.
  bool pollsWeakly() const { return weakPolls > 0; }
};

/// A barrier of a CTA (9.7.13.1).
struct Barrier {
  uint32_t expected = 0; // threads; 0 is all that have not ended
  unsigned arrived = 0;  // threads, in whole warps
  unsigned kind = 0;     // instruction address of the first arrival, plus one
  std::vector<uint32_t> lanes;
  // bar.red
  uint32_t population = 0, all = 1, any = 0;
  uint32_t resultPopulation = 0, resultAll = 0, resultAny = 0;
  bool inUse = false;
  /// The instruction of the first arrival.
  uint32_t firstPc = 0;
};

/// An mbarrier object (9.7.13.15). Its counts are here; in shared memory is
/// only a mark.
struct Mbarrier {
  uint32_t expected = 0, pending = 0;
  int64_t transactions = 0;
  uint64_t phase = 0;
  /// In checked mode: what the arrivals of this phase, and of the phases
  /// before it, publish.
  ClockMap arriving, completed;
};

class Cta {
public:
  Cta(Grid &grid, Cluster &cluster, const unsigned (&position)[3],
      unsigned rank);
  ~Cta();

  enum class Outcome : uint8_t { Done, Paused, Waiting, Yielded, Fault };
  /// Runs the warps in turn until all end or wait, or the budget is spent.
  Outcome run(uint64_t &budget);
  /// Reports a thread that waits for ever; false if none waits.
  bool reportDeadlock();
  /// Reports a thread that polls memory; false if none does. `where` says which
  /// CTAs could change it.
  bool reportPolling(const llvm::Twine &where);
  /// A digest of registers, local memory, and where lanes are.
  uint64_t state() const;

  /// A warp's lanes arrive at a barrier, which that may complete.
  void arrive(Warp &warp, unsigned id, uint32_t expected, uint32_t mask,
              bool waits);
  /// Lanes have ended: barriers may be complete now.
  void recheckBarriers();

  Grid &grid;
  Cluster &cluster;
  unsigned position[3];
  uint64_t index;
  /// Number within the cluster.
  const unsigned rank;
  bool ended = false;
  /// Counts stores and polls that saw something new; and accesses of global
  /// memory, which other clusters may change.
  uint64_t activity = 0, globalAccesses = 0;
  std::vector<uint8_t> shared;
  std::vector<Warp> warps;
  Barrier barriers[16];
  /// By offset in shared memory.
  std::map<uint64_t, Mbarrier> mbarriers;
  Counters counters;
  /// In checked mode.
  std::unique_ptr<Checker> checker;
  /// Executions of each instruction, by warps and by threads.
  std::vector<uint64_t> issued, executed;

private:
  /// Lets those that wait go on if the barrier is complete.
  void complete(unsigned id);
  std::string describeWait(const Split &split, const Warp &warp) const;

  std::vector<uint8_t> storage;
};

/// Runs a grid's clusters on one host thread (Schedule.cpp).
void runClusters(Grid &grid);
/// CTAs that are in flight at once.
uint64_t residentCtas(const Code &code, const LaunchOptions &options);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_WARP_H
