//===- Checker.cpp - races and uninitialized reads ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Decoder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace llvm;

namespace quantmlir::ptx {

/// A kernel that is wrong everywhere is reported often enough by then.
static constexpr size_t maxFindings = 50;

unsigned countThreads(const LaunchOptions &options) {
  return options.block[0] * options.block[1] * options.block[2];
}

// Kernels mostly have one kind of proxy fence, which saves a third of the
// clocks.
static bool hasOneProxyFence(const Code &code) {
  return llvm::popcount(code.proxyFences) <= 1;
}

static ProxySpaces firstProxySpaces(const Code &code) {
  if (!hasOneProxyFence(code))
    return ProxyShared;
  return ProxySpaces(code.proxyFences ? llvm::countr_zero(code.proxyFences)
                                      : 0);
}

Checker::Checker(Cta &cta, GlobalShadow &global)
    : cta(cta), global(global), threads(countThreads(cta.grid.options)),
      barriersOfWarps(targetNumber(cta.grid.program.module()) < 70),
      proxySpaces(firstProxySpaces(cta.grid.code)),
      stride(threads * (!cta.grid.code.asyncProxy         ? 1
                        : hasOneProxyFence(cta.grid.code) ? 2
                                                          : 3)),
      clocks(size_t(threads) * stride, 0), products(cta.warps.size()),
      unwritten(cta.warps.size()), warpgroups((cta.warps.size() + 3) / 4),
      lastWritePc(threads, ~0u), foreign(threads), fenced(threads),
      seen(threads), acquired(threads), words(cta.shared.size() / 4 + 1),
      barrierClocks(16, std::vector<uint32_t>(stride, 0)), barrierForeign(16),
      barrierLast(16), written(cta.shared.size(), false),
      pending(cta.shared.size(), false),
      localWritten(threads,
                   std::vector<bool>(cta.grid.code.localBytes, false)) {
  // Clock 0 is what everybody knows; a thread's own accesses begin at 1.
  for (unsigned thread = 0; thread < threads; ++thread)
    tick(thread);
  // Whoever reserved the first bytes has initialized them.
  std::fill_n(written.begin(), cta.grid.code.reservedSharedBytes, true);
}

std::string Checker::threadName(uint64_t ctaIndex, unsigned thread) const {
  const unsigned *block = cta.grid.options.block;
  const unsigned *grid = cta.grid.options.grid;
  auto triple = [](uint64_t index, const unsigned *extents) {
    return std::to_string(index % extents[0]) + "," +
           std::to_string(index / extents[0] % extents[1]) + "," +
           std::to_string(index / extents[0] / extents[1]);
  };
  if (isAgent(ctaIndex))
    return "the async proxy";
  std::string name = "thread " + triple(thread, block);
  if (ctaIndex != cta.index)
    name += " of cta " + triple(ctaIndex, grid);
  return name;
}

//===----------------------------------------------------------------------===//
// Clocks
//===----------------------------------------------------------------------===//

static bool joinInto(std::vector<uint32_t> &into,
                     const std::vector<uint32_t> &with) {
  into.resize(std::max(into.size(), with.size()), 0);
  uint32_t raised = 0;
  for (size_t i = 0; i < with.size(); ++i) {
    uint32_t joined = std::max(into[i], with[i]);
    raised |= joined ^ into[i];
    into[i] = joined;
  }
  return raised;
}

bool joinInto(ClockMap &into, const ClockMap &with) {
  bool changed = false;
  for (auto &[ctaIndex, values] : with)
    changed |= joinInto(into[ctaIndex], values);
  return changed;
}

void Checker::joinRow(unsigned thread, ArrayRef<uint32_t> with) {
  uint32_t *own = row(thread);
  for (size_t i = 0; i < with.size(); ++i)
    own[i] = std::max(own[i], with[i]);
}

static bool covers(const ClockMap &known, uint64_t cta,
                   ArrayRef<uint32_t> clocks) {
  auto it = known.find(cta);
  return it != known.end() && it->second.size() >= clocks.size() &&
         std::equal(clocks.begin(), clocks.end(), it->second.begin(),
                    std::less_equal<>());
}

void Checker::join(unsigned thread, const ClockMap &with) {
  for (auto &[ctaIndex, values] : with) {
    if (ctaIndex == cta.index)
      joinRow(thread, values);
    else if (!covers(foreign[thread].get(), ctaIndex, values))
      joinInto(foreign[thread].change()[ctaIndex], values);
  }
}

ClockMap Checker::snapshot(unsigned thread) {
  ClockMap result = foreign[thread].get();
  result[cta.index].assign(row(thread), row(thread) + stride);
  return result;
}

bool Checker::orderedBefore(const AccessRecord &record, unsigned thread) {
  const ClockMap &known = foreign[thread].get();
  auto isKnown = [&] {
    if (record.cta == cta.index)
      return row(thread)[record.thread] >= record.clock;
    auto it = known.find(record.cta);
    return it != known.end() && record.thread < it->second.size() &&
           it->second[record.thread] >= record.clock;
  };
  return isKnown() ||
         global.fences.covers(known, record.cta, record.thread, record.clock);
}

void Checker::arriveAtBarrier(const Warp &warp, unsigned id, uint32_t mask) {
  for (; mask; mask &= mask - 1) {
    unsigned thread = warp.index * warpSize + unsigned(llvm::countr_zero(mask));
    std::vector<uint32_t> &joined = barrierClocks[id];
    for (unsigned i = 0; i < stride; ++i)
      joined[i] = std::max(joined[i], row(thread)[i]);
    if (foreign[thread] != barrierLast[id])
      barrierForeign[id].join(foreign[thread]);
    barrierLast[id] = foreign[thread];
    tick(thread);
  }
}

void Checker::leaveBarrier(unsigned id, ArrayRef<uint32_t> waiting) {
  for (unsigned warp = 0; warp < waiting.size(); ++warp)
    for (uint32_t mask = waiting[warp]; mask; mask &= mask - 1) {
      unsigned thread = warp * warpSize + unsigned(llvm::countr_zero(mask));
      uint32_t own = row(thread)[thread];
      std::copy(barrierClocks[id].begin(), barrierClocks[id].end(),
                row(thread));
      row(thread)[thread] = own;
      // What each thread knew is in there.
      foreign[thread] = barrierForeign[id];
    }
  std::fill(barrierClocks[id].begin(), barrierClocks[id].end(), 0);
  barrierForeign[id] = barrierLast[id] = SharedClocks();
}

void Checker::syncWarp(const Warp &warp, uint32_t lanes) {
  SharedClocks all, last;
  std::vector<uint32_t> own(stride, 0);
  for (uint32_t mask = lanes; mask; mask &= mask - 1) {
    unsigned thread = warp.index * warpSize + unsigned(llvm::countr_zero(mask));
    for (unsigned i = 0; i < stride; ++i)
      own[i] = std::max(own[i], row(thread)[i]);
    if (foreign[thread] != last)
      all.join(foreign[thread]);
    last = foreign[thread];
  }
  for (uint32_t mask = lanes; mask; mask &= mask - 1) {
    unsigned thread = warp.index * warpSize + unsigned(llvm::countr_zero(mask));
    joinRow(thread, own);
    foreign[thread] = all;
    tick(thread);
  }
}

void Checker::release(const Warp &warp, uint32_t mask, ClockMap &into) {
  for (; mask; mask &= mask - 1) {
    unsigned thread = warp.index * warpSize + unsigned(llvm::countr_zero(mask));
    joinInto(into, snapshot(thread));
    tick(thread);
  }
}

void Checker::releaseFenced(const Warp &warp, uint32_t mask, ClockMap &into) {
  for (; mask; mask &= mask - 1)
    joinInto(into,
             fenced[warp.index * warpSize + unsigned(llvm::countr_zero(mask))]);
}

void Checker::acquire(const Warp &warp, uint32_t mask, const ClockMap &from) {
  for (; mask; mask &= mask - 1)
    join(warp.index * warpSize + unsigned(llvm::countr_zero(mask)), from);
}

void FenceOrder::publish(uint64_t cta, ArrayRef<uint32_t> clocks) {
  std::vector<std::vector<Step>> &known = published[cta];
  known.resize(std::max(known.size(), clocks.size()));
  for (size_t i = 0; i < clocks.size(); ++i)
    if (clocks[i] > (known[i].empty() ? 0 : known[i].back().clock))
      known[i].push_back({clocks[i], last.empty() ? 1 : last[0] + 1});
}

void FenceOrder::finish(const Reach &reach) {
  joinInto(last, reach);
  last.resize(std::max<size_t>(last.size(), 1));
  ++last[0];
}

bool FenceOrder::isPublished(const ClockMap &known, uint64_t cta, size_t index,
                             uint32_t clock) const {
  auto reached = known.find(fenceOrderKey);
  auto it = published.find(cta);
  if (reached == known.end() || it == published.end())
    return false;
  const Reach &reach = reached->second;
  auto isWithin = [&](size_t index, uint32_t fence) {
    if (index >= it->second.size())
      return false;
    ArrayRef<Step> steps = it->second[index];
    const Step *step = llvm::partition_point(
        steps, [&](const Step &step) { return step.clock < clock; });
    return step != steps.end() && step->fence <= fence;
  };
  // Proxied either by who published it, or by who knows of the fence.
  size_t part = index / threads;
  return isWithin(index, reach[0]) || (part > 0 && part < reach.size() &&
                                       isWithin(index % threads, reach[part]));
}

// Lanes of one instruction do not order each other: either may be first.
void Checker::fence(const Warp &warp, uint32_t mask, bool ordered) {
  FenceOrder &order = global.fences;
  FenceOrder::Reach reach;
  for (; mask; mask &= mask - 1) {
    unsigned thread = warp.index * warpSize + unsigned(llvm::countr_zero(mask));
    join(thread, seen[thread]);
    seen[thread].clear();
    acquired[thread].acquired = acquired[thread].seen;
    if (ordered && !order.reach().empty())
      joinInto(foreign[thread].change()[fenceOrderKey], order.reach());
    fenced[thread] = snapshot(thread);
    for (auto &[key, clocks] : fenced[thread]) {
      if (ordered && key == fenceOrderKey)
        joinInto(reach, clocks);
      else if (ordered)
        order.publish(key, clocks);
    }
    tick(thread);
  }
  if (ordered)
    order.finish(reach);
}

// Release and acquire patterns (8.9.2): a release, or a fence followed by a
// strong write, is seen by an acquire, or by a strong read followed by a fence.
void Checker::synchronize(const Inst &inst, Access kind, unsigned thread,
                          Published &location) {
  Versions &known = acquired[thread];
  if (kind != Access::Write && location.version != known.acquired) {
    if (inst.flags & FlagAcquire) {
      join(thread, location.clocks);
      known.acquired = location.version;
    } else if (location.version != known.seen) {
      joinInto(seen[thread], location.clocks);
      known.seen = location.version;
    }
  }
  if (kind == Access::Read)
    return;
  bool releases = inst.flags & FlagRelease;
  if (releases ? joinInto(location.clocks, snapshot(thread))
               : joinInto(location.clocks, fenced[thread]))
    location.version = ++global.versions;
  if (releases)
    tick(thread);
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

void Checker::reportRace(Warp &warp, const Inst &inst, unsigned lane,
                         Space space, uint64_t word, const char *what,
                         const AccessRecord &old) {
  std::string where = space == Space::Shared
                          ? "shared offset " + std::to_string(word * 4)
                          : "global address 0x" + utohexstr(word * 4, true);
  warp.report(inst, 1u << lane, "race",
              Twine(what) + " of " + where + " and the " +
                  (old.write ? "write" : "read") + " in line " +
                  Twine(old.line) + " by " + threadName(old.cta, old.thread) +
                  " are not ordered");
}

// Of lanes that one instruction lets store at one address, one wins, which is
// harmless if all store the same (execStore looks at the values).
bool Checker::isOneStore(const Warp &warp, const Inst &inst, unsigned lane,
                         const AccessRecord &old) const {
  unsigned other = old.thread - warp.index * warpSize;
  return old.cta == cta.index && old.write && old.line == inst.loc.line &&
         other < warpSize && (currentMask >> other) & 1 &&
         currentAddress[other] == currentAddress[lane];
}

void Checker::reportStores(Warp &warp, const Inst &inst, uint32_t lanes) {
  warp.report(inst, lanes, "race",
              "lanes 0x" + Twine::utohexstr(lanes) +
                  " of one instruction store different values at one address");
}

void Checker::reportReadOnly(Warp &warp, const Inst &inst, unsigned lane,
                             uint64_t word, bool write, unsigned line) {
  warp.report(inst, 1u << lane, "read-only",
              (write ? "write of" : "read by ld.global.nc or ldu of") +
                  (" global address 0x" + Twine::utohexstr(word * 4)) +
                  (write ? ", which ld.global.nc or ldu reads in line "
                         : ", which the same launch writes in line ") +
                  Twine(line));
}

void Checker::checkReadOnly(Warp &warp, const Inst &inst, unsigned lane,
                            uint64_t word, unsigned bytes) {
  if (global.readOnly.empty())
    return;
  if (unsigned line = global.readOnly.find(word, bytes))
    reportReadOnly(warp, inst, lane, word, true, line);
}

uint32_t *ReadOnlyWords::pageOf(uint64_t word, bool make) {
  uint64_t page = word / pageWords;
  if (lastPage && last == page)
    return lastPage;
  auto it = pages.find(page);
  if (it == pages.end()) {
    if (!make)
      return nullptr;
    it = pages.emplace(page, std::array<uint32_t, pageWords>()).first;
  }
  last = page;
  lastPage = it->second.data();
  return lastPage;
}

void Checker::record(Warp &warp, const Inst &inst, unsigned lane, Space space,
                     uint64_t word, uint8_t bytes, bool write, bool strong,
                     WordHistory &history, bool keep) {
  unsigned thread = warp.index * warpSize + lane;
  AccessRecord fresh{cta.index,     thread, row(thread)[thread],
                     inst.loc.line, bytes,  write,
                     strong};
  bool known = false;
  history.visit(fresh, [&](const AccessRecord &old) {
    bool ordered = orderedBefore(old, thread);
    bool conflict =
        (old.bytes & bytes) && (old.write || write) && !(old.strong && strong);
    if (conflict && !ordered && !(write && isOneStore(warp, inst, lane, old)))
      reportRace(warp, inst, lane, space, word, write ? "write" : "read", old);
    if (conflict && !write && space == Space::Global &&
        (inst.flags & FlagReadOnly))
      reportReadOnly(warp, inst, lane, word, write, old.line);
    known |= old.cta == fresh.cta && old.thread == thread &&
             old.clock == fresh.clock && old.write == write &&
             old.strong == strong && (bytes & ~old.bytes) == 0;
    // What is ordered before this access and overwritten by it cannot conflict
    // with anything that this access does not conflict with.
    // That holds for a weak access only if this one is weak, too.
    return keep && ordered && (old.bytes & ~bytes) == 0 &&
           (write || !old.write) && (old.strong || !strong);
  });
  if (keep && !known)
    history.add(fresh);
}

// Padding travels with the structures that it is in, so that it is nothing
// wrong if a part of what is read is there. Rows of matrices have no padding.
void Checker::checkInitialized(Warp &warp, const Inst &inst, Space space,
                               Access kind, unsigned lane, uint64_t address,
                               unsigned bytes) {
  const Code &code = cta.grid.code;
  unsigned thread = warp.index * warpSize + lane;
  /// One bit for each byte.
  uint64_t found = 0;
  auto visit = [&](std::vector<bool> &bits) {
    for (unsigned i = 0; i < bytes; ++i) {
      found |= uint64_t(bits[address + i]) << i;
      if (kind != Access::Read)
        bits[address + i] = true;
    }
  };
  if (space == Space::Shared) {
    visit(written);
  } else if (space == Space::Local) {
    visit(localWritten[thread]);
  } else {
    Allocation *allocation = cta.grid.program.memory().find(address, bytes);
    if (!allocation || allocation->written.empty())
      return;
    for (unsigned i = 0; i < bytes; ++i) {
      uint64_t offset = address - allocation->begin + i;
      uint8_t bit = uint8_t(1u << (offset % 8));
      found |= uint64_t((allocation->written[offset / 8] & bit) != 0) << i;
      if (kind != Access::Read)
        allocation->written[offset / 8] |= bit;
    }
  }
  if (kind == Access::Write || found == llvm::maskTrailingOnes<uint64_t>(bytes))
    return;
  if (space == Space::Local && !code.registers.empty() &&
      code.registers[warp.pc].localLoad)
    return loadedUnwritten(warp, inst, lane, found);
  StringRef opcode = code.classes[inst.classId];
  bool isMatrix = opcode.starts_with("ldmatrix") || opcode.starts_with("wgmma");
  if (found && !isMatrix)
    return;
  warp.report(inst, 1u << lane, "uninitialized",
              Twine("read of ") + Twine(bytes) + " bytes of " +
                  spaceName(space) + " memory that nothing has written");
}

bool Checker::checkArrived(Warp &warp, const Inst &inst, unsigned lane,
                           uint64_t address, unsigned bytes, Access kind) {
  bool waiting = false;
  for (unsigned i = 0; i < bytes; ++i) {
    waiting |= pending[address + i];
    if (kind == Access::AsyncWrite)
      pending[address + i] = true;
  }
  if (waiting)
    warp.report(inst, 1u << lane, "not-arrived",
                Twine(kind == Access::Read ? "read" : "write") +
                    " of shared offset " + Twine(address) +
                    ", where a cp.async has not been waited for");
  return !waiting;
}

bool Checker::access(Warp &warp, const Inst &inst, Space space, Access kind,
                     uint32_t mask, unsigned bytes,
                     const uint64_t (&address)[warpSize], Cta *owner) {
  // Shared memory of another CTA has its records with that CTA.
  Checker &home = owner ? *owner->checker : *this;
  currentMask = mask;
  currentAddress = address;
  bool strong = (inst.flags & FlagVolatile) || kind == Access::Atomic;
  bool write = kind != Access::Read;
  bool visible = write && (space == Space::Shared || space == Space::Global);
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    uint64_t at = address[lane];
    if (visible)
      lastWritePc[warp.index * warpSize + lane] = warp.pc;
    bool arrived = true;
    if (space == Space::Shared)
      arrived = home.checkArrived(warp, inst, lane, at, bytes, kind);
    if (arrived && kind != Access::AsyncWrite)
      home.checkInitialized(warp, inst, space, kind, lane, at, bytes);
    if (space != Space::Shared && space != Space::Global)
      continue;
    for (uint64_t word = at / 4; word <= (at + bytes - 1) / 4; ++word) {
      uint64_t begin = std::max(word * 4, at) - word * 4;
      uint64_t end = std::min(word * 4 + 4, at + bytes) - word * 4;
      auto touched = uint8_t((1u << end) - (1u << begin));
      WordHistory &history =
          space == Space::Shared ? home.words[word] : global.words[word];
      if (space == Space::Global && write)
        checkReadOnly(warp, inst, lane, word, touched);
      else if (space == Space::Global && (inst.flags & FlagReadOnly))
        global.readOnly.add(word, touched, inst.loc.line);
      record(warp, inst, lane, space, word, touched, write, strong, history,
             kind != Access::AsyncWrite);
    }
    if (strong)
      synchronize(inst, kind, warp.index * warpSize + lane,
                  space == Space::Shared ? home.releases[at]
                                         : global.releases[at]);
  }
  return mayGoOn();
}

bool Checker::freed(Warp &warp, const Inst &inst, unsigned lane,
                    const Allocation &allocation, unsigned copyLine) {
  unsigned thread = warp.index * warpSize + lane;
  uint64_t end = allocation.begin + allocation.bytes;
  for (uint64_t word = allocation.begin / 4; word * 4 < end; ++word) {
    auto it = global.words.find(word);
    if (it == global.words.end())
      continue;
    for (const AccessRecord &old : it->second.all())
      if (!(old.async && old.line == copyLine) && !orderedBefore(old, thread))
        reportRace(warp, inst, lane, Space::Global, word, "free", old);
    // The address is never used again.
    global.words.erase(it);
  }
  return mayGoOn();
}

const std::vector<bool> &GlobalShadow::leadingTo(const Code &code,
                                                 uint32_t barrier) {
  auto [it, isNew] = leading.try_emplace(barrier);
  std::vector<bool> &reaches = it->second;
  if (!isNew)
    return reaches;
  reaches.assign(code.insts.size(), false);
  reaches[barrier] = true;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = code.insts.size(); i-- > 0;) {
      const Inst &inst = code.insts[i];
      bool isBranch = inst.aux == branchMark;
      bool goesOn =
          inst.guard.valid() ||
          (!isBranch && !llvm::is_contained({"exit", "ret", "trap"},
                                            code.classes[inst.classId]));
      bool leads = (isBranch && reaches[inst.target]) ||
                   (goesOn && i + 1 < reaches.size() && reaches[i + 1]);
      changed |= leads && !reaches[i];
      reaches[i] = reaches[i] || leads;
    }
  }
  return reaches;
}

/// The lanes whose threads are such that `holds`.
static uint32_t lanesWhere(const Warp &warp, uint32_t lanes,
                           function_ref<bool(unsigned thread)> holds) {
  uint32_t result = 0;
  for (; lanes; lanes &= lanes - 1) {
    auto lane = unsigned(llvm::countr_zero(lanes));
    result |= uint32_t(holds(warp.index * warpSize + lane)) << lane;
  }
  return result;
}

uint32_t Checker::wroteBeyond(const Warp &warp, uint32_t lanes,
                              uint32_t barrier) {
  if (!lanes)
    return 0;
  const std::vector<bool> &reaches = global.leadingTo(cta.grid.code, barrier);
  return lanesWhere(warp, lanes, [&](unsigned thread) {
    uint32_t pc = lastWritePc[thread];
    return pc != ~0u && !reaches[pc];
  });
}

// An aligned barrier is for all threads of the warp. Who has returned early,
// and written nothing that he could not have written on the way to the barrier,
// is not missed there.
void Checker::checkEnded(Warp &warp, const Inst &inst, bool aligned, bool all) {
  for (Warp &other : cta.warps) {
    uint32_t ended = other.existing & ~other.alive;
    bool counts = (aligned && &other == &warp) || (all && barriersOfWarps);
    if (!ended || !counts)
      continue;
    if (uint32_t lanes = wroteBeyond(other, ended, warp.pc))
      other.report(inst, lanes, "divergent-barrier",
                   "lanes 0x" + Twine::utohexstr(lanes) +
                       " of the warp have written memory and ended in place of "
                       "coming to this barrier");
  }
}

void Checker::lanesEnd(Warp &warp, uint32_t mask) {
  auto report = [&](uint32_t pc, uint32_t lanes, const char *kind,
                    const char *what) {
    if (lanes)
      warp.report(cta.grid.code.insts[pc], lanes, kind,
                  "lanes 0x" + Twine::utohexstr(lanes) +
                      " of the warp write memory and end while others wait for "
                      "them at this " +
                      what);
  };
  for (const Split &split : warp.splits) {
    uint32_t lanes = wroteBeyond(warp, mask & split.wait.missing, split.pc);
    if (split.wait.aligned)
      report(split.pc, lanes, "divergent-barrier", "aligned barrier");
    else
      report(split.pc, lanes, "warp-sync", "instruction");
  }
  for (const Barrier &barrier : cta.barriers)
    if (barriersOfWarps && barrier.inUse && !barrier.expected)
      report(barrier.firstPc, wroteBeyond(warp, mask, barrier.firstPc),
             "divergent-barrier", "barrier");
}

bool Checker::mayGoOn() {
  if (cta.grid.findings.size() < maxFindings)
    return true;
  cta.grid.stop = true;
  return false;
}

void Checker::arrived(Warp &warp, unsigned lane, uint64_t offset,
                      unsigned bytes, Loc loc) {
  Inst inst;
  inst.loc = loc;
  for (unsigned i = 0; i < bytes; ++i) {
    pending[offset + i] = false;
    written[offset + i] = true;
  }
  currentMask = 0;
  for (uint64_t word = offset / 4; word < (offset + bytes) / 4; ++word)
    record(warp, inst, lane, Space::Shared, word, 15, true, false, words[word],
           true);
}

} // namespace quantmlir::ptx
