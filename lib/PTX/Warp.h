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

#include "llvm/ADT/Twine.h"

#include <atomic>
#include <deque>
#include <mutex>

namespace quantmlir::ptx {

constexpr unsigned warpSize = 32;
constexpr uint32_t allLanes = ~0u;

class Cta;
class Checker;
struct GlobalShadow;

/// What an access does, for checks and counters. AsyncWrite is a
/// cp.async, which writes at some time before its wait.
enum class Access : uint8_t { Read, Write, Atomic, AsyncWrite };

/// One grid: what its CTAs share.
struct Grid {
  const Program &program;
  const Code &code;
  const LaunchOptions &options;
  std::atomic<uint64_t> nextCta{0};
  uint64_t ctaCount = 0;
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::vector<Finding> findings;
  Counters counters;
  /// In checked mode.
  std::unique_ptr<GlobalShadow> shadow;

  Grid(const Program &program, const Code &code, const LaunchOptions &options);
  ~Grid();
  void report(Finding finding);
};

/// Lanes of a warp that are at the same instruction.
struct Split {
  enum State : uint8_t {
    Ready,
    AtBarrier,  // bar.sync
    AtWarpSync, // bar.warp.sync, by member mask
    Converging  // an instruction that needs lanes that are not here yet
  };
  uint32_t pc = 0;
  uint32_t mask = 0;
  State state = Ready;
  /// Woken at the instruction at which it waited, which now completes.
  bool resumed = false;
  uint8_t barrier = 0;
  uint32_t members = 0;
};

/// A cp.async whose data has not arrived: nothing is written before the wait.
struct PendingCopy {
  uint32_t mask;
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
  bool done() const { return splits.empty(); }
  bool runnable() const;

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

  /// Addresses of an access: [a + imm].
  void addresses(const Inst &inst, Ref base, int64_t offset,
                 uint64_t (&out)[warpSize]) const;
  /// Translates addresses of lanes in `mask` to host pointers and checks them.
  bool resolve(const Inst &inst, Space space, Access access, uint32_t mask,
               unsigned bytes, const uint64_t (&address)[warpSize],
               uint8_t *(&pointer)[warpSize]);

  // Control instructions (Warp.cpp).
  Step branch(const Inst &inst, uint32_t taken);
  Step exitLanes(uint32_t mask);
  Step warpBarrier(const Inst &inst, uint32_t mask, uint32_t members);
  void wake(Split &split);
  /// Sends the running lanes that are not in `mask` on to the next
  /// instruction.
  void carve(uint32_t mask);

  // cp.async (Async.cpp).
  std::deque<PendingCopy> copies;
  uint32_t openGroup[warpSize] = {};
  void completeCopies(uint32_t mask, uint32_t keepGroups);

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

private:
  bool choose();
  void mergeArrivals();
  template <bool Counting>
  bool runLoop(uint64_t &budget);
  bool resolveGlobal(const Inst &inst, Access access, uint32_t mask,
                     unsigned bytes, const uint64_t (&address)[warpSize],
                     uint8_t *(&pointer)[warpSize]);
  bool resolveShared(const Inst &inst, Access access, uint32_t mask,
                     unsigned bytes, const uint64_t (&address)[warpSize],
                     uint8_t *(&pointer)[warpSize]);
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
                 unsigned bytes);

  /// The allocation found last, as a cache.
  Allocation *lastAllocation = nullptr;
  unsigned quantum = 0;
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
};

class Cta {
public:
  Cta(Grid &grid, uint64_t index);
  ~Cta();

  enum class Outcome : uint8_t { Done, Paused, Fault };
  /// Runs the warps in turn until all end or the budget is spent.
  Outcome run(uint64_t budget);

  /// A warp's lanes arrive at a barrier; true if that completes it.
  bool arrive(Warp &warp, const Inst &inst, unsigned id, uint32_t expected,
              uint32_t mask, bool waits);
  /// Lanes have ended: barriers may be complete now.
  void recheckBarriers();

  Grid &grid;
  unsigned position[3];
  uint64_t index;
  std::vector<uint8_t> shared;
  std::vector<Warp> warps;
  Barrier barriers[16];
  Counters counters;
  /// In checked mode.
  std::unique_ptr<Checker> checker;
  /// Executions of each instruction, by warps and by threads.
  std::vector<uint64_t> issued, executed;

private:
  bool complete(unsigned id);
  void reportDeadlock();

  std::vector<uint8_t> storage;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_WARP_H
