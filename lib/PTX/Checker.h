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
#include "WordHistory.h"

#include <array>
#include <map>
#include <unordered_map>

namespace quantmlir::ptx {

/// Raises clocks to those of `with`; true if that changes them.
bool joinInto(ClockMap &into, const ClockMap &with);

/// Clocks that threads share until one of them learns more: after a barrier all
/// threads of a CTA know the same of all other CTAs.
class SharedClocks {
public:
  const ClockMap &get() const {
    static const ClockMap none;
    return map ? *map : none;
  }
  ClockMap &change() {
    if (!map || map.use_count() > 1)
      map = std::make_shared<ClockMap>(get());
    return *map;
  }
  void join(const SharedClocks &other) {
    if (!map)
      map = other.map;
    else if (other.map && map != other.map)
      joinInto(change(), *other.map);
  }
  bool operator!=(const SharedClocks &other) const { return map != other.map; }

private:
  std::shared_ptr<ClockMap> map;
};

/// What strong writes of a location publish. Equal versions, of whatever
/// location, are equal clocks.
struct Published {
  ClockMap clocks;
  uint64_t version = 0;
};

/// In place of a CTA's number: the async proxy on behalf of an mbarrier, of a
/// thread's bulk groups (their reads and their writes), or of a warp's wgmma.
/// FenceOrder is none of them: its clocks are FenceOrder::Reach.
enum class AgentKind : uint8_t {
  Mbarrier,
  GroupRead,
  GroupWrite,
  Product,
  FenceOrder
};
constexpr uint64_t agentBit = uint64_t(1) << 63;
inline bool isAgent(uint64_t cta) { return cta & agentBit; }
inline uint64_t agentKey(AgentKind kind, uint64_t cta, uint64_t which) {
  return agentBit | uint64_t(kind) << 60 | cta << 18 | which;
}

constexpr uint64_t fenceOrderKey = agentBit | uint64_t(AgentKind::FenceOrder)
                                                  << 60;

struct BulkCopy;

/// The order of fence.sc of scopes gpu and sys (8.10.5): each publishes what
/// its thread knows to all later ones. Threads know a fence's number in place
/// of the clocks, of which there is one for each thread of the grid.
class FenceOrder {
public:
  /// Which fences, up to what number, somebody knows; then, for each part of
  /// proxied clocks, which of them a proxy fence has covered.
  using Reach = std::vector<uint32_t>;

  /// `threads` of a CTA, of which clocks have one or more parts.
  explicit FenceOrder(unsigned threads) : threads(threads) {}
  /// What the next fence knows by its place in the order.
  const Reach &reach() const { return last; }
  /// The next fence publishes the clocks of `cta`.
  void publish(uint64_t cta, llvm::ArrayRef<uint32_t> clocks);
  /// The next fence, whose thread had `reach`, is done.
  void finish(const Reach &reach);
  /// Whether who has these clocks knows `clock` by a fence.
  bool covers(const ClockMap &known, uint64_t cta, size_t index,
              uint32_t clock) const {
    return !last.empty() && isPublished(known, cta, index, clock);
  }

private:
  bool isPublished(const ClockMap &known, uint64_t cta, size_t index,
                   uint32_t clock) const;

  struct Step {
    uint32_t clock, fence;
  };
  const unsigned threads;
  Reach last;
  std::unordered_map<uint64_t, std::vector<std::vector<Step>>> published;
};

/// The reads of global words by ld.global.nc and ldu, page by page: the line of
/// one of them, and which of the word's bytes such reads have touched.
class ReadOnlyWords {
public:
  bool empty() const { return pages.empty(); }
  void add(uint64_t word, unsigned bytes, unsigned line) {
    uint32_t &entry = pageOf(word, /*make=*/true)[word % pageWords];
    entry = line << 4 | (entry & 15) | bytes;
  }
  /// The line of a read that has touched one of the bytes, or 0.
  unsigned find(uint64_t word, unsigned bytes) {
    const uint32_t *page = pageOf(word, /*make=*/false);
    uint32_t entry = page ? page[word % pageWords] : 0;
    return entry & bytes ? entry >> 4 : 0;
  }

private:
  static constexpr uint64_t pageWords = 1024;
  uint32_t *pageOf(uint64_t word, bool make);

  std::unordered_map<uint64_t, std::array<uint32_t, pageWords>> pages;
  /// The page found last.
  uint64_t last = 0;
  uint32_t *lastPage = nullptr;
};

/// What the CTAs of a grid share: accesses and synchronization in global
/// memory.
struct GlobalShadow {
  explicit GlobalShadow(unsigned threads) : fences(threads) {}
  std::unordered_map<uint64_t, WordHistory> words;
  std::unordered_map<uint64_t, Published> releases;
  uint64_t versions = 0;
  FenceOrder fences;
  ReadOnlyWords readOnly;
  /// Of a barrier, by its instruction's address: the instructions from which
  /// control can come to it.
  const std::vector<bool> &leadingTo(const Code &code, uint32_t barrier);

private:
  std::map<uint32_t, std::vector<bool>> leading;
};

/// Threads of a CTA.
unsigned countThreads(const LaunchOptions &options);

/// The checks of one CTA. Checked grids run on one host thread.
class Checker {
public:
  Checker(Cta &cta, GlobalShadow &global);

  /// An access by the lanes in `mask`. False if the run must stop.
  bool access(Warp &warp, const Inst &inst, Space space, Access kind,
              uint32_t mask, unsigned bytes,
              const uint64_t (&address)[warpSize], Cta *owner = nullptr);
  /// The bytes of a cp.async are written, by the thread that waits.
  void arrived(Warp &warp, unsigned lane, uint64_t offset, unsigned bytes,
               Loc loc);

  /// The lane frees an allocation, after all accesses of it but those of the
  /// copy in line `copyLine` that is known to use it, if that is not 0. False
  /// if the run must stop.
  bool freed(Warp &warp, const Inst &inst, unsigned lane,
             const Allocation &allocation, unsigned copyLine);

  /// Lanes of one instruction store `bytes` of different values at one address.
  void reportStores(Warp &warp, const Inst &inst, uint32_t lanes);

  /// Lanes are about to end: reports those that others of the warp wait for if
  /// they have written memory where they miss them. Else they have returned
  /// early, as it were, and ended lanes are not waited for.
  void lanesEnd(Warp &warp, uint32_t mask);

  /// Lanes arrive at a barrier: reports those that had to come, too, and have
  /// written memory and ended in its place.
  void checkEnded(Warp &warp, const Inst &inst, bool aligned, bool all);
  void arriveAtBarrier(const Warp &warp, unsigned id, uint32_t mask);
  /// The barrier is complete: `waiting` of each warp go on.
  void leaveBarrier(unsigned id, llvm::ArrayRef<uint32_t> waiting);
  void syncWarp(const Warp &warp, uint32_t lanes);
  /// Ordered: a fence.sc of scope gpu or sys.
  void fence(const Warp &warp, uint32_t mask, bool ordered);
  /// Lanes publish what they know in `into`, or learn what `from` has.
  void release(const Warp &warp, uint32_t mask, ClockMap &into);
  /// A relaxed arrival publishes what the last fence covers.
  void releaseFenced(const Warp &warp, uint32_t mask, ClockMap &into);
  void acquire(const Warp &warp, uint32_t mask, const ClockMap &from);

  // The async proxy (CheckerAsync.cpp).
  void fenceProxy(const Warp &warp, uint32_t mask, ProxySpaces spaces);
  /// A bulk copy is issued; its target counts as written from now on, and must
  /// not be touched before the copy arrives. False if the run must stop.
  bool issued(BulkCopy &copy);
  /// Its source has been read, for the thread that waits.
  void sourceRead(const BulkCopy &copy);
  /// Its target has been written; who acquires `mbarrier` knows, or else the
  /// thread that waits.
  void arrived(const BulkCopy &copy, Mbarrier *mbarrier);

  // Registers (CheckerRegisters.cpp).
  /// The lanes in `mask`, of those that are `active`, are about to execute an
  /// instruction that may read registers before anything has written them.
  void trackRegisters(Warp &warp, const Inst &inst, uint32_t mask,
                      uint32_t active);

  // wgmma (CheckerAsync.cpp).
  /// Instructions other than wgmma.mma_async touch their registers.
  void touchRegisters(Warp &warp, const Inst &inst, uint32_t mask);
  void productFence(const Warp &warp);
  bool productIssued(Warp &warp, const Inst &inst,
                     llvm::ArrayRef<std::pair<uint64_t, uint64_t>> reads);
  void productCommit(const Warp &warp);
  void productWait(const Warp &warp, uint32_t keepGroups);

  /// A warp executes an instruction that all warps of its warpgroup must
  /// execute: wgmma or setmaxnreg. Next, or Fault if another one has executed
  /// something else in its place.
  Step warpgroupStep(Warp &warp, const Inst &inst);
  /// The CTA has ended: reports warps that did less than others.
  void endWarpgroups();

private:
  /// A thread's clocks: what it knows of each thread of this CTA and, if the
  /// kernel uses the async proxy, what of that a proxy fence covers: for each
  /// state space if its fences are not all for the same.
  uint32_t *row(unsigned thread) { return &clocks[size_t(thread) * stride]; }
  void joinRow(unsigned thread, llvm::ArrayRef<uint32_t> with);
  bool orderedBefore(const AccessRecord &record, unsigned thread);
  void join(unsigned thread, const ClockMap &with);
  /// The same for one clock of an agent.
  void learn(unsigned thread, uint64_t agent, uint32_t clock);
  ClockMap snapshot(unsigned thread);
  void tick(unsigned thread) { ++row(thread)[thread]; }
  void synchronize(const Inst &inst, Access kind, unsigned thread,
                   Published &location);
  void record(Warp &warp, const Inst &inst, unsigned lane, Space space,
              uint64_t word, uint8_t bytes, bool write, bool strong,
              WordHistory &history, bool keep);
  void checkInitialized(Warp &warp, const Inst &inst, Space space, Access kind,
                        unsigned lane, uint64_t address, unsigned bytes);
  bool checkArrived(Warp &warp, const Inst &inst, unsigned lane,
                    uint64_t address, unsigned bytes, Access kind);
  std::string threadName(uint64_t ctaIndex, unsigned thread) const;
  void reportRace(Warp &warp, const Inst &inst, unsigned lane, Space space,
                  uint64_t word, const char *what, const AccessRecord &old);
  bool isOneStore(const Warp &warp, const Inst &inst, unsigned lane,
                  const AccessRecord &old) const;
  void reportReadOnly(Warp &warp, const Inst &inst, unsigned lane,
                      uint64_t word, bool write, unsigned line);
  /// A store or copy to global memory.
  void checkReadOnly(Warp &warp, const Inst &inst, unsigned lane, uint64_t word,
                     unsigned bytes);
  /// The lanes whose last write cannot have been followed by the instruction.
  uint32_t wroteBeyond(const Warp &warp, uint32_t lanes, uint32_t barrier);
  bool mayGoOn();

  /// Bytes that the async proxy touches.
  struct AsyncRange {
    /// Whose shared memory; null is global memory.
    Cta *owner;
    uint64_t address, bytes;
    bool write;
    uint64_t agent;
    /// What the generic proxy wrote needs no proxy fence: st.async, and the
    /// mbarriers of copies.
    bool genericProxy = false;
    /// As AccessRecord::strong.
    bool strong = false;
  };
  /// What comes before an access of the async proxy.
  struct Knowledge {
    struct Answer {
      uint64_t cta = 0;
      uint32_t thread = 0, clock = 0;
      bool known = false;
    };
    ClockMap clocks;
    Answer answers[32];
    bool has(const AccessRecord &record, const FenceOrder &fences);
  };
  void asyncAccess(Warp &warp, const Inst &inst, unsigned lane,
                   Knowledge &known, uint32_t clock, const AsyncRange &range,
                   bool keep);
  void asyncWord(Warp &warp, const Inst &inst, unsigned lane, Knowledge &known,
                 const AccessRecord &fresh, const AsyncRange &range,
                 uint64_t word, WordHistory &history, bool keep);
  void checkAsyncRead(Warp &warp, const Inst &inst, unsigned lane,
                      const AsyncRange &range);
  bool isProxied(const AccessRecord &record, const ClockMap &known,
                 ProxySpaces space) const;

  /// The products that a warp has in flight.
  struct Products {
    /// Registers of a product, by number: when it was issued, and where.
    std::map<unsigned, std::pair<uint32_t, unsigned>> registers;
    /// Registers written since the last wgmma.fence.
    std::vector<bool> dirty;
    bool fenced = false;
    uint32_t issued = 0;
    /// The number of products issued when each group was committed.
    std::deque<uint32_t> groups;
  };
  void reportProduct(Warp &warp, const Inst &inst, uint32_t mask, unsigned line,
                     const char *what);

  /// A register of a warp of which some lanes hold no value, or one that comes
  /// from such a register.
  struct Unwritten {
    uint32_t lanes = 0;
    /// Where the value comes from, if that is another register: the register
    /// that nothing has written, and the line that reads it.
    unsigned source = 0, line = 0;
  };
  void reportRegister(Warp &warp, const Inst &inst, uint32_t lanes,
                      unsigned reg);
  /// A load from local memory, of which `found` has a bit for each byte that
  /// something has written.
  void loadedUnwritten(Warp &warp, const Inst &inst, unsigned lane,
                       uint64_t found);
  void needValue(Warp &warp, const Inst &inst, uint32_t lanes, unsigned reg);
  void needOperands(Warp &warp, const Inst &inst, uint32_t mask,
                    llvm::ArrayRef<unsigned> uses);
  uint32_t unwrittenResult(Warp &warp, const Inst &inst, uint32_t mask,
                           llvm::ArrayRef<unsigned> uses) const;

  Cta &cta;
  GlobalShadow &global;
  const unsigned threads;
  /// Before sm_70 all warps must come to a barrier; since then it is for the
  /// threads that have not ended.
  const bool barriersOfWarps;
  /// What the first part of proxied clocks covers; ProxyGlobal has a second
  /// part if `stride` has room for it.
  const ProxySpaces proxySpaces;
  const unsigned stride;
  std::vector<uint32_t> clocks;
  std::vector<Products> products;
  /// By warp and register.
  std::vector<std::vector<Unwritten>> unwritten;
  /// What the warps of a warpgroup execute together, by instruction address,
  /// and how much of it each has executed.
  struct Warpgroup {
    std::vector<uint32_t> steps;
    size_t taken[4] = {};
  };
  std::vector<Warpgroup> warpgroups;
  /// The access that is being checked.
  uint32_t currentMask = 0;
  const uint64_t *currentAddress = nullptr;
  uint32_t asyncClock = 0;
  /// The instruction of each thread's last write, or ~0.
  std::vector<uint32_t> lastWritePc;
  /// What each thread knows of threads of other CTAs.
  std::vector<SharedClocks> foreign;
  /// Clocks at a thread's last fence, published by its strong writes; and
  /// clocks that its strong reads saw, acquired by its next fence.
  std::vector<ClockMap> fenced, seen;
  /// The versions that a thread acquired and saw last: who polls takes them
  /// once.
  struct Versions {
    uint64_t acquired = 0, seen = 0;
  };
  std::vector<Versions> acquired;
  std::vector<WordHistory> words;
  std::unordered_map<uint64_t, Published> releases;
  std::vector<std::vector<uint32_t>> barrierClocks;
  std::vector<SharedClocks> barrierForeign;
  /// Of the thread that arrived last at each barrier.
  std::vector<SharedClocks> barrierLast;
  /// A byte of shared memory: has been written; has a cp.async on its way.
  std::vector<bool> written, pending;
  std::vector<std::vector<bool>> localWritten;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_CHECKER_H
