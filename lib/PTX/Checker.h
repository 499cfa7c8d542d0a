//===- Checker.h - races and uninitialized reads ----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Happens-before between threads by vector clocks, as PTX's memory model (8)
// orders them: barriers, bar.warp.sync, and release and acquire patterns of
// strong accesses and fences. What the lanes of a warp do is not ordered by
// their running together. Each 4-byte word remembers the accesses that later
// ones may conflict with.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_CHECKER_H
#define QUANTMLIR_LIB_PTX_CHECKER_H

#include "Warp.h"

#include <map>
#include <unordered_map>

namespace quantmlir::ptx {

/// An access that later ones of the same word are checked against.
struct AccessRecord {
  uint64_t cta;
  uint32_t thread;
  uint32_t clock;
  uint32_t line;
  /// Bytes of the word.
  uint8_t bytes;
  bool write;
  /// Atomic, volatile, relaxed, acquire or release: two such never race.
  bool strong;
};

using WordHistory = std::vector<AccessRecord>;

/// Clocks of threads, by CTA.
using ClockMap = std::map<uint64_t, std::vector<uint32_t>>;

/// What the CTAs of a grid share: accesses and synchronization in global
/// memory.
struct GlobalShadow {
  std::unordered_map<uint64_t, WordHistory> words;
  std::unordered_map<uint64_t, ClockMap> releases;
};

/// The checks of one CTA. Checked grids run on one host thread.
class Checker {
public:
  Checker(Cta &cta, GlobalShadow &global);

  /// An access by the lanes in `mask`. False if the run must stop.
  bool access(Warp &warp, const Inst &inst, Space space, Access kind,
              uint32_t mask, unsigned bytes,
              const uint64_t (&address)[warpSize]);
  /// The bytes of a cp.async are written, by the thread that waits.
  void arrived(Warp &warp, unsigned lane, uint64_t offset, unsigned bytes,
               Loc loc);

  void arriveAtBarrier(const Warp &warp, unsigned id, uint32_t mask);
  /// The barrier is complete: `waiting` of each warp go on.
  void leaveBarrier(unsigned id, llvm::ArrayRef<uint32_t> waiting);
  void syncWarp(const Warp &warp, uint32_t lanes);
  void fence(const Warp &warp, uint32_t mask);

private:
  uint32_t *row(unsigned thread) { return &clocks[size_t(thread) * threads]; }
  bool orderedBefore(const AccessRecord &record, unsigned thread);
  void join(unsigned thread, const ClockMap &with);
  ClockMap snapshot(unsigned thread);
  void tick(unsigned thread) { ++row(thread)[thread]; }
  void synchronize(const Inst &inst, Access kind, unsigned thread,
                   ClockMap &location);
  void record(Warp &warp, const Inst &inst, unsigned lane, Space space,
              uint64_t word, uint8_t bytes, bool write, bool strong,
              WordHistory &history, bool keep);
  bool checkInitialized(Warp &warp, const Inst &inst, Space space, Access kind,
                        unsigned lane, uint64_t address, unsigned bytes);
  bool checkArrived(Warp &warp, const Inst &inst, unsigned lane,
                    uint64_t address, unsigned bytes, Access kind);
  std::string threadName(uint64_t ctaIndex, unsigned thread) const;

  Cta &cta;
  GlobalShadow &global;
  const unsigned threads;
  /// threads x threads: what each thread knows of each of this CTA.
  std::vector<uint32_t> clocks;
  /// What each thread knows of threads of other CTAs.
  std::vector<ClockMap> foreign;
  /// Clocks at a thread's last fence, published by its strong writes; and
  /// clocks that its strong reads saw, acquired by its next fence.
  std::vector<ClockMap> fenced, seen;
  std::vector<WordHistory> words;
  std::unordered_map<uint64_t, ClockMap> releases;
  std::vector<std::vector<uint32_t>> barrierClocks;
  std::vector<ClockMap> barrierForeign;
  /// A byte of shared memory: has been written; has a cp.async on its way.
  std::vector<bool> written, pending;
  std::vector<std::vector<bool>> localWritten;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_CHECKER_H
