//===- CheckerAsync.cpp - checks of the async proxy and of wgmma ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bulk copies and wgmma access memory through the async proxy (8.3), in a
// thread of their own as it were, called an agent here: its accesses come after
// what the issuing thread knew, and before what follows the wait for it. What
// was written through the generic proxy needs a proxy fence on the way.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Cluster.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace quantmlir::ptx {

static void raise(ClockMap &clocks, uint64_t agent, uint32_t clock) {
  std::vector<uint32_t> &known = clocks[agent];
  known.resize(1, 0);
  known[0] = std::max(known[0], clock);
}

void Checker::learn(unsigned thread, uint64_t agent, uint32_t clock) {
  const ClockMap &known = foreign[thread].get();
  auto it = known.find(agent);
  if (it == known.end() || it->second.empty() || it->second[0] < clock)
    raise(foreign[thread].change(), agent, clock);
}

static bool knows(const ClockMap &clocks, const FenceOrder &fences,
                  uint64_t cta, size_t index, uint32_t clock) {
  auto it = clocks.find(cta);
  return (it != clocks.end() && index < it->second.size() &&
          it->second[index] >= clock) ||
         fences.covers(clocks, cta, index, clock);
}

/// The same, remembering the last answers: neighbouring words have mostly the
/// same history.
bool Checker::Knowledge::has(const AccessRecord &record,
                             const FenceOrder &fences) {
  Answer &answer = answers[(record.cta >> 60 ^ record.cta ^ record.thread) %
                           std::size(answers)];
  if (answer.cta == record.cta && answer.thread == record.thread &&
      answer.clock == record.clock)
    return answer.known;
  answer = {record.cta, record.thread, record.clock,
            knows(clocks, fences, record.cta, record.thread, record.clock)};
  return answer.known;
}

// A proxy fence covers all that its thread knows (8.3, 9.7.13.4).
void Checker::fenceProxy(const Warp &warp, uint32_t mask, ProxySpaces spaces) {
  if (stride == threads)
    return;
  const unsigned parts = stride / threads;
  auto isOf = [&](unsigned part) {
    return spaces & (part == 1 ? proxySpaces : ProxyGlobal);
  };
  auto cover = [&](uint32_t *known, unsigned count) {
    for (unsigned part = 1; part < parts; ++part)
      for (unsigned i = 0; isOf(part) && i < count; ++i)
        known[part * count + i] = std::max(known[part * count + i], known[i]);
  };
  // One clock of each thread or, of the order of fences, one for all; none of
  // agents.
  auto countOf = [&](uint64_t key) {
    return key == fenceOrderKey ? 1 : isAgent(key) ? 0 : threads;
  };
  auto isCovered = [&](const auto &entry) {
    const auto &[key, known] = entry;
    unsigned count = countOf(key);
    if (known.size() < size_t(parts) * count)
      return false;
    for (unsigned part = 1; part < parts; ++part)
      for (unsigned i = 0; isOf(part) && i < count; ++i)
        if (known[part * count + i] < known[i])
          return false;
    return true;
  };
  for (; mask; mask &= mask - 1) {
    unsigned thread = warp.index * warpSize + unsigned(llvm::countr_zero(mask));
    cover(row(thread), threads);
    tick(thread);
    // Clocks that change are no longer shared.
    if (llvm::all_of(foreign[thread].get(), isCovered))
      continue;
    for (auto &[key, known] : foreign[thread].change()) {
      unsigned count = countOf(key);
      known.resize(std::max<size_t>(known.size(), size_t(parts) * count), 0);
      cover(known.data(), count);
    }
  }
}

//===----------------------------------------------------------------------===//
// Accesses by the async proxy
//===----------------------------------------------------------------------===//

bool Checker::isProxied(const AccessRecord &record, const ClockMap &known,
                        ProxySpaces space) const {
  if (record.async || record.strong)
    return true;
  bool first = space & proxySpaces;
  return (first || stride > 2 * threads) &&
         knows(known, global.fences, record.cta,
               (first ? 1 : 2) * threads + record.thread, record.clock);
}

void Checker::asyncWord(Warp &warp, const Inst &inst, unsigned lane,
                        Knowledge &known, const AccessRecord &fresh,
                        const AsyncRange &range, uint64_t word,
                        WordHistory &history, bool keep) {
  Space space = range.owner ? Space::Shared : Space::Global;
  history.visit(fresh, [&](const AccessRecord &old) {
    bool same = old.cta == fresh.cta && old.write == fresh.write;
    bool conflict = (old.bytes & fresh.bytes) && (old.write || fresh.write) &&
                    !same && !(old.strong && range.strong);
    bool ordered = known.has(old, global.fences);
    if (conflict && !ordered)
      reportRace(warp, inst, lane, space, word, fresh.write ? "write" : "read",
                 old);
    else if (conflict && old.write && !range.genericProxy &&
             !isProxied(old, known.clocks,
                        range.owner ? ProxyShared : ProxyGlobal))
      warp.report(inst, 1u << lane, "proxy",
                  "the async proxy " +
                      Twine(fresh.write ? "writes " : "reads ") +
                      spaceName(space) + " memory that " +
                      threadName(old.cta, old.thread) + " wrote in line " +
                      Twine(old.line) + " without a fence.proxy.async between");
    return keep && (ordered || same) && (old.bytes & ~fresh.bytes) == 0 &&
           (fresh.write || !old.write);
  });
  if (space == Space::Global && fresh.write)
    checkReadOnly(warp, inst, lane, word, fresh.bytes);
  if (keep)
    history.add(fresh);
}

// Of shared memory: has been written, and nothing is on its way there. Of
// global memory: has been written.
void Checker::checkAsyncRead(Warp &warp, const Inst &inst, unsigned lane,
                             const AsyncRange &range) {
  uint64_t address[warpSize] = {};
  for (uint64_t i = 0; i < range.bytes; i += 16) {
    address[lane] = range.address + i;
    auto bytes = unsigned(std::min<uint64_t>(16, range.bytes - i));
    Checker &home = range.owner ? *range.owner->checker : *this;
    if (range.owner && !home.checkArrived(warp, inst, lane, address[lane],
                                          bytes, Access::Read))
      return;
    home.checkInitialized(warp, inst,
                          range.owner ? Space::Shared : Space::Global,
                          Access::Read, lane, address[lane], bytes);
  }
}

void Checker::asyncAccess(Warp &warp, const Inst &inst, unsigned lane,
                          Knowledge &known, uint32_t clock,
                          const AsyncRange &range, bool keep) {
  if (range.bytes == 0)
    return;
  if (!range.write)
    checkAsyncRead(warp, inst, lane, range);
  uint64_t end = range.address + range.bytes;
  for (uint64_t word = range.address / 4; word <= (end - 1) / 4; ++word) {
    uint64_t first = std::max(word * 4, range.address) - word * 4;
    uint64_t last = std::min(word * 4 + 4, end) - word * 4;
    AccessRecord fresh{range.agent, 0,           clock, inst.loc.line,
                       0,           range.write, false};
    fresh.bytes = uint8_t((1u << last) - (1u << first));
    fresh.async = true;
    WordHistory &history =
        range.owner ? range.owner->checker->words[word] : global.words[word];
    asyncWord(warp, inst, lane, known, fresh, range, word, history, keep);
  }
}

static uint64_t agentOf(const BulkCopy &copy, bool write) {
  if (copy.mbarrier.cta)
    return agentKey(AgentKind::Mbarrier, copy.mbarrier.cta->index,
                    copy.mbarrier.offset);
  return agentKey(write ? AgentKind::GroupWrite : AgentKind::GroupRead,
                  copy.warp->cta.index,
                  copy.warp->index * warpSize + copy.lane);
}

bool Checker::issued(BulkCopy &copy) {
  unsigned thread = copy.warp->index * warpSize + copy.lane;
  copy.clock = ++asyncClock;
  Knowledge known{snapshot(thread), {}};
  auto access = [&](const AsyncRange &range, bool keep) {
    asyncAccess(*copy.warp, *copy.inst, copy.lane, known, copy.clock, range,
                keep);
  };
  if (copy.mbarrier.cta)
    access({copy.mbarrier.cta, copy.mbarrier.offset, 8, false, agentBit, true,
            true},
           false);
  for (const CopyPiece &piece : copy.pieces) {
    if (piece.from)
      access({copy.fromCta, piece.fromAddress, piece.bytes, false,
              agentOf(copy, false)},
             true);
    access({copy.toCta, piece.toAddress, piece.bytes, true, agentOf(copy, true),
            copy.genericProxy},
           true);
    if (!copy.toCta)
      continue;
    std::vector<bool> &waiting = copy.toCta->checker->pending;
    bool twice = false;
    for (uint64_t i = 0; i < piece.bytes; ++i) {
      twice |= waiting[piece.toAddress + i];
      waiting[piece.toAddress + i] = true;
    }
    if (twice)
      copy.warp->report(*copy.inst, 1u << copy.lane, "not-arrived",
                        "copy to shared offset " + Twine(piece.toAddress) +
                            ", where another copy has not been waited for");
  }
  tick(thread);
  return mayGoOn();
}

void Checker::sourceRead(const BulkCopy &copy) {
  learn(copy.warp->index * warpSize + copy.lane, agentOf(copy, false),
        copy.clock);
}

void Checker::arrived(const BulkCopy &copy, Mbarrier *mbarrier) {
  for (const CopyPiece &piece : copy.pieces) {
    if (copy.toCta) {
      Checker &home = *copy.toCta->checker;
      for (uint64_t i = 0; i < piece.bytes; ++i) {
        home.pending[piece.toAddress + i] = false;
        home.written[piece.toAddress + i] = true;
      }
      continue;
    }
    Allocation *allocation =
        cta.grid.program.memory().find(piece.toAddress, piece.bytes);
    if (!allocation || allocation->written.empty())
      continue;
    uint64_t begin = piece.toAddress - allocation->begin;
    for (uint64_t i = begin; i < begin + piece.bytes; ++i)
      allocation->written[i / 8] |= uint8_t(1u << (i % 8));
  }
  if (mbarrier)
    raise(mbarrier->arriving, agentOf(copy, true), copy.clock);
  else
    learn(copy.warp->index * warpSize + copy.lane, agentOf(copy, true),
          copy.clock);
}

//===----------------------------------------------------------------------===//
// wgmma (9.7.15.7)
//===----------------------------------------------------------------------===//

void Checker::reportProduct(Warp &warp, const Inst &inst, uint32_t mask,
                            unsigned line, const char *what) {
  warp.report(inst, mask, "wgmma",
              Twine(what) + " a register of the wgmma.mma_async in line " +
                  Twine(line) + " before wgmma.wait_group");
}

void Checker::touchRegisters(Warp &warp, const Inst &inst, uint32_t mask) {
  const Code::Registers &touched = cta.grid.code.registers[warp.pc];
  if (touched.product >= 0)
    return;
  Products &state = products[warp.index];
  auto check = [&](unsigned reg, const char *what) {
    auto it = state.registers.find(reg);
    if (it == state.registers.end())
      return;
    reportProduct(warp, inst, mask, it->second.second, what);
    // One missing wait is one finding.
    state.registers.clear();
  };
  if (!state.registers.empty()) {
    for (unsigned reg : touched.uses)
      check(reg, "read of");
    for (unsigned reg : touched.defs)
      check(reg, "write of");
  }
  for (unsigned reg : touched.defs) {
    if (state.dirty.size() <= reg)
      state.dirty.resize(reg + 1, false);
    state.dirty[reg] = true;
  }
}

void Checker::productFence(const Warp &warp) {
  Products &state = products[warp.index];
  state.dirty.assign(state.dirty.size(), false);
  state.fenced = true;
}

bool Checker::productIssued(Warp &warp, const Inst &inst,
                            ArrayRef<std::pair<uint64_t, uint64_t>> reads) {
  Products &state = products[warp.index];
  const Code::Registers &touched = cta.grid.code.registers[warp.pc];
  ++state.issued;
  bool dirty = !state.fenced;
  auto use = [&](unsigned reg) {
    dirty |= reg < state.dirty.size() && state.dirty[reg];
    state.registers[reg] = {state.issued, inst.loc.line};
  };
  for (unsigned reg : touched.defs)
    use(reg);
  for (unsigned reg :
       ArrayRef<unsigned>(touched.uses).take_front(size_t(touched.product)))
    use(reg);
  if (dirty) {
    warp.report(inst, allLanes, "wgmma",
                "a register of wgmma.mma_async was written after the last "
                "wgmma.fence");
    productFence(warp);
  }
  Knowledge known;
  std::vector<uint32_t> &own = known.clocks[cta.index];
  own.assign(stride, 0);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    unsigned thread = warp.index * warpSize + lane;
    const uint32_t *clocksOf = row(thread);
    for (unsigned i = 0; i < stride; ++i)
      own[i] = std::max(own[i], clocksOf[i]);
    if (lane == 0 || foreign[thread] != foreign[thread - 1])
      joinInto(known.clocks, foreign[thread].get());
  }
  uint64_t agent = agentKey(AgentKind::Product, cta.index, warp.index);
  for (auto &[offset, bytes] : reads)
    asyncAccess(warp, inst, 0, known, state.issued,
                {&cta, offset, bytes, false, agent}, true);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    tick(warp.index * warpSize + lane);
  return mayGoOn();
}

void Checker::productCommit(const Warp &warp) {
  Products &state = products[warp.index];
  state.groups.push_back(state.issued);
}

void Checker::productWait(const Warp &warp, uint32_t keepGroups) {
  Products &state = products[warp.index];
  if (state.groups.size() <= keepGroups)
    return;
  uint32_t done = state.groups[state.groups.size() - 1 - keepGroups];
  state.groups.erase(state.groups.begin(),
                     state.groups.end() - long(keepGroups));
  for (auto it = state.registers.begin(); it != state.registers.end();)
    it = it->second.first <= done ? state.registers.erase(it) : std::next(it);
  uint64_t agent = agentKey(AgentKind::Product, cta.index, warp.index);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    learn(warp.index * warpSize + lane, agent, done);
}

//===----------------------------------------------------------------------===//
// Warpgroups (9.7.15.1)
//===----------------------------------------------------------------------===//

Step Checker::warpgroupStep(Warp &warp, const Inst &inst) {
  Warpgroup &group = warpgroups[warp.index / 4];
  size_t &taken = group.taken[warp.index % 4];
  if (taken == group.steps.size())
    group.steps.push_back(warp.pc);
  uint32_t expected = group.steps[taken++];
  if (expected == warp.pc)
    return Step::Next;
  return warp.fault(inst, warp.active, "warpgroup",
                    "another warp of the warpgroup has executed the "
                    "instruction in line " +
                        Twine(cta.grid.code.insts[expected].loc.line) +
                        " in place of this");
}

void Checker::endWarpgroups() {
  for (size_t first = 0; first < cta.warps.size(); first += 4) {
    const Warpgroup &group = warpgroups[first / 4];
    size_t warps = std::min<size_t>(4, cta.warps.size() - first);
    for (size_t i = 0; i < warps; ++i) {
      if (group.taken[i] == group.steps.size())
        continue;
      Warp &warp = cta.warps[first + i];
      warp.report(cta.grid.code.insts[group.steps[group.taken[i]]],
                  warp.existing, "warpgroup",
                  "the warp never executes the instruction, which others of "
                  "its warpgroup have executed");
      break;
    }
  }
}

} // namespace quantmlir::ptx
