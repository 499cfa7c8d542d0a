//===- Warp.cpp - the interpreter's loop and divergence -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Warp.h"

#include "Checker.h"
#include "Cluster.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace quantmlir::ptx {

/// Blocks that lanes may run while others of their warp are ready, before the
/// others get their turn: lanes make independent progress (3.1), so a spin
/// lock within a warp ends.
static constexpr unsigned quantumBlocks = 2048;

Warp::Warp(Cta &cta, unsigned index) : cta(cta), index(index) {}

/// Polls that see nothing new before a warp lets others run.
static constexpr unsigned patience = 8;
/// How often a warp that polls by weak reads may be at other states until it is
/// no longer taken to.
static constexpr unsigned weakPollSlices = 256;

bool Warp::runnable() const {
  for (const Split &split : splits)
    if (split.state == Split::Ready)
      return true;
  return false;
}

void Warp::report(const Inst &inst, uint32_t lanes, StringRef kind,
                  const Twine &message) {
  Finding finding;
  finding.kind = kind.str();
  finding.message = message.str();
  finding.loc = inst.loc;
  unsigned lane = lanes ? unsigned(llvm::countr_zero(lanes)) : 0;
  unsigned thread = index * warpSize + lane;
  const unsigned *block = cta.grid.options.block;
  finding.thread[0] = thread % block[0];
  finding.thread[1] = thread / block[0] % block[1];
  finding.thread[2] = thread / block[0] / block[1];
  std::copy(cta.position, cta.position + 3, finding.cta);
  cta.grid.report(std::move(finding));
}

Step Warp::fault(const Inst &inst, uint32_t lanes, StringRef kind,
                 const Twine &message) {
  report(inst, lanes, kind, message);
  cta.grid.stop = true;
  return Step::Fault;
}

// Lanes that have come to the same address run on together.
void Warp::mergeArrivals() {
  for (size_t i = 0; i < splits.size(); ++i)
    for (size_t j = splits.size() - 1; j > i; --j) {
      Split &a = splits[i], &b = splits[j];
      auto joins = [](const Split &split) {
        return split.state == Split::Ready ||
               split.state == Split::Converging ||
               split.state == Split::AtAligned;
      };
      if (a.pc != b.pc || a.resumed != b.resumed || !joins(a) || !joins(b))
        continue;
      a.wait.aligned |= b.wait.missing && b.wait.aligned;
      a.mask |= b.mask;
      a.wait.missing = (a.wait.missing | b.wait.missing) & ~a.mask;
      a.state = Split::Ready;
      a.yielded &= b.yielded;
      splits.erase(splits.begin() + long(j));
      if (current == j)
        current = unsigned(i);
      else if (current > j)
        --current;
    }
}

// Picks the ready lanes with the lowest address. Blocks are laid out so that
// this reconverges at post-dominators. False if there are none, or all have
// yielded.
bool Warp::choose() {
  unsigned previous = current;
  if (splits.size() > 1)
    mergeArrivals();
  int best = -1;
  unsigned ready = 0;
  for (unsigned i = 0; i < splits.size(); ++i) {
    if (splits[i].state != Split::Ready)
      continue;
    ++ready;
    if (splits[i].yielded) {
      yielded = true;
      continue;
    }
    if (best < 0 || splits[i].pc < splits[unsigned(best)].pc)
      best = int(i);
  }
  if (best < 0)
    return false;
  yielded = false;
  if (ready > 1 && ++quantum > quantumBlocks) {
    quantum = 0;
    for (unsigned i = 1; i <= splits.size(); ++i) {
      unsigned other = (previous + i) % unsigned(splits.size());
      if (splits[other].state == Split::Ready) {
        best = int(other);
        splits[other].yielded = false;
        break;
      }
    }
  }
  current = unsigned(best);
  pc = splits[current].pc;
  splits[current].wait = LaneWait();
  active = splits[current].mask;
  return true;
}

bool Warp::isInstrumented() const {
  const Code &code = cta.grid.code;
  return cta.grid.options.count ||
         (cta.checker && (code.wgmma || code.tracksRegisters));
}

void Warp::instrument(const Inst &inst, uint32_t mask) {
  if (cta.checker && cta.grid.code.tracksRegisters)
    cta.checker->trackRegisters(*this, inst, mask, active);
  if (!mask)
    return;
  if (cta.grid.options.count && !(inst.flags & FlagSynthetic)) {
    ++cta.issued[pc];
    cta.executed[pc] += llvm::popcount(mask);
  }
  if (cta.checker && cta.grid.code.wgmma)
    cta.checker->touchRegisters(*this, inst, mask);
}

template <bool Instrumented>
bool Warp::runLoop(uint64_t &budget) {
  const Inst *code = cta.grid.code.insts.data();
  if (!choose())
    return true;
  bool alone = splits.size() == 1;
  bool chosen = true;
  uint64_t left = budget;
  while (true) {
    const Inst &inst = code[pc];
    if (LLVM_UNLIKELY(!alone)) {
      if ((inst.flags & FlagLeader) && !chosen) {
        splits[current].pc = pc;
        choose();
        alone = splits.size() == 1;
        chosen = true;
        continue;
      }
      chosen = false;
    }
    if (LLVM_UNLIKELY(left == 0)) {
      splits[current].pc = pc;
      budget = 0;
      return true;
    }
    --left;
    uint32_t mask = active;
    if (inst.guard.valid()) {
      uint32_t guard = predicate(inst.guard);
      mask &= inst.flags & FlagGuardNegated ? ~guard : guard;
      if (!mask) {
        if (Instrumented)
          instrument(inst, mask);
        ++pc;
        continue;
      }
    }
    if (Instrumented)
      instrument(inst, mask);
    switch (inst.fn(*this, inst, mask)) {
    case Step::Next:
      ++pc;
      continue;
    case Step::Jump:
      continue;
    case Step::Yield:
      splits[current].pc = pc + 1;
      splits[current].yielded = true;
      [[fallthrough]];
    case Step::Switch:
      if (splits.empty() || !choose()) {
        budget = left;
        return true;
      }
      alone = splits.size() == 1;
      chosen = true;
      continue;
    case Step::Fault:
      return false;
    }
  }
}

bool Warp::run(uint64_t &budget) {
  yielded = false;
  for (Split &split : splits)
    split.yielded = false;
  return isInstrumented() ? runLoop<true>(budget) : runLoop<false>(budget);
}

uint64_t Warp::place(uint64_t sum) const {
  for (const Split &split : splits)
    sum = (sum ^ (uint64_t(split.pc) << 32 | split.mask)) * 0x9e3779b97f4a7c15 +
          (uint64_t(split.state) << 32 | split.members);
  return sum;
}

// Whoever comes back to the same registers without having looked at anything
// else does so for ever. How long lanes have kept others from running is a part
// of that state.
bool Warp::mayGoOn() {
  if (!runnable())
    return true;
  auto isReady = [](const Split &split) { return split.state == Split::Ready; };
  Split &split = *llvm::find_if(splits, isReady);
  const Code &code = cta.grid.code;
  if (instructions >= cta.grid.maxInstructions) {
    fault(code.insts[split.pc], split.mask, "instruction-limit",
          "the warp has not ended after " + Twine(instructions) +
              " instructions, the limit of the launch (max-instructions)");
    return false;
  }
  if (outside != seenOutside)
    loops.reset();
  seenOutside = outside;
  if (outside - weakReads != seenEffects) {
    weakLoops.reset();
    weakPolls = 0;
  }
  seenEffects = outside - weakReads;
  uint64_t bytes =
      alignTo(code.registerBytes, 64) + alignTo(code.localBytes, 64) * warpSize;
  uint64_t state = xxh3_64bits(ArrayRef<uint8_t>(bases[0], bytes));
  state = place(state) ^ quantum;
  if (!loops.repeats(state)) {
    weakPolls =
        weakLoops.repeats(state) ? weakPollSlices : std::max(weakPolls, 1u) - 1;
    if (weakPolls) {
      split.polledAt = weakReadPc;
      yielded = true;
    }
    return true;
  }
  fault(code.insts[split.pc], split.mask, "endless-loop",
        "the loop never ends: the warp comes back to the same registers, and "
        "nothing else can change them");
  return false;
}

Step Warp::branch(const Inst &inst, uint32_t taken) {
  if (taken == active) {
    pc = inst.target;
    return Step::Jump;
  }
  Split &here = splits[current];
  here.pc = pc + 1;
  here.mask = active & ~taken;
  here.state = Split::Ready;
  here.resumed = false;
  Split other;
  other.pc = inst.target;
  other.mask = taken;
  splits.push_back(other);
  return Step::Switch;
}

void Warp::carve(uint32_t mask) {
  if (mask == active)
    return;
  Split others;
  others.pc = pc + 1;
  others.mask = active & ~mask;
  splits[current].mask = mask;
  splits.push_back(others);
}

Step Warp::suspend(uint32_t mask, Split::State state, uint32_t missing) {
  carve(mask);
  Split &here = splits[current];
  here.pc = pc;
  here.state = state;
  here.wait = {missing, state == Split::AtAligned};
  return Step::Switch;
}

Step Warp::exitLanes(uint32_t mask) {
  if (cta.checker)
    cta.checker->lanesEnd(*this, mask);
  completeCopies(mask, 0);
  alive &= ~mask;
  for (uint32_t lanes = mask; lanes; lanes &= lanes - 1)
    cta.cluster.completeGroups(*this, unsigned(llvm::countr_zero(lanes)), 0,
                               false);
  Split &here = splits[current];
  here.mask = active & ~mask;
  here.pc = pc + 1;
  here.state = Split::Ready;
  if (!here.mask)
    splits.erase(splits.begin() + current);
  current = 0;
  // Others may wait for lanes that will not come any more.
  for (Split &split : splits)
    if (split.state == Split::Converging || split.state == Split::AtAligned ||
        split.state == Split::AtWarpSync)
      split.state = Split::Ready;
  cta.recheckBarriers();
  cta.cluster.recheck();
  return Step::Switch;
}

Step Warp::converge(const Inst &inst, uint32_t mask, uint32_t members) {
  uint32_t missing = members & alive & ~mask;
  if (!missing)
    return Step::Next;
  if (missing & active)
    return fault(inst, missing & active, "divergence",
                 "a lane that the instruction needs has a false guard");
  return suspend(active, Split::Converging, missing);
}

Step Warp::convergePart(const Inst &inst, uint32_t mask) {
  if (cta.grid.options.check && alive != allLanes)
    return fault(inst, mask, "divergence",
                 "the instruction needs all 32 threads of the warp; lanes 0x" +
                     Twine::utohexstr(~alive) +
                     (existing == allLanes ? " have ended"
                                           : " have ended or do not exist"));
  return converge(inst, mask, existing);
}

Step Warp::polled(uint64_t digest) {
  auto [last, isFirst] = polls.try_emplace(pc, digest);
  bool same = !isFirst && last->second == digest;
  last->second = digest;
  if (!same) {
    barrenPolls = 0;
    ++cta.activity;
    return Step::Next;
  }
  splits[current].polledAt = pc;
  splits[current].sleeps = 0;
  if (barrenPolls == patience)
    return Step::Yield;
  ++barrenPolls;
  return Step::Next;
}

// Who sleeps between polls is shown at the poll.
Step Warp::slept() {
  Split &here = splits[current];
  if (++here.sleeps > 1)
    here.polledAt = pc;
  return Step::Yield;
}

// Compilers reconverge lanes before an aligned barrier, so those that are early
// wait for the others here; if they never come, the deadlock tells.
Step Warp::convergeAligned(const Inst &inst, uint32_t mask) {
  if (!cta.grid.options.check || mask == alive)
    return Step::Next;
  if (mask == active)
    return suspend(mask, Split::AtAligned, alive & ~mask);
  return fault(inst, mask, "divergent-barrier", describeAligned(mask));
}

std::string Warp::describeAligned(uint32_t mask) const {
  return ("only lanes 0x" + Twine::utohexstr(mask) + " of the warp's 0x" +
          Twine::utohexstr(alive) + " are at the aligned barrier")
      .str();
}

void Warp::wake(Split &split) {
  split.state = Split::Ready;
  split.resumed = true;
  split.wait = LaneWait();
}

uint32_t Warp::takeGroup(const uint32_t *members, uint32_t &rest,
                         uint32_t &named) {
  named = members[llvm::countr_zero(rest)];
  uint32_t group = 0;
  for (uint32_t lanes = rest; lanes; lanes &= lanes - 1) {
    auto lane = unsigned(llvm::countr_zero(lanes));
    group |= uint32_t(members[lane] == named) << lane;
  }
  rest &= ~group;
  return group;
}

// bar.warp.sync may be reached at different addresses (9.7.13.2), and lanes may
// name different masks at the same.
Step Warp::warpBarrier(const Inst &inst, uint32_t mask, Ref members) {
  if (splits[current].resumed) {
    splits[current].resumed = false;
    return Step::Next;
  }
  SmallVector<Split, 4> waiting;
  uint32_t waitingLanes = 0;
  for (uint32_t rest = mask; rest;) {
    uint32_t named;
    uint32_t group = takeGroup(reg<uint32_t>(members), rest, named);
    if (group & ~named)
      return fault(inst, group & ~named, "warp-sync",
                   "the executing lane is not in the member mask");
    auto isPartner = [&](const Split &split) {
      return split.state == Split::AtWarpSync && split.members == named;
    };
    uint32_t arrived = group;
    for (const Split &split : splits)
      arrived |= isPartner(split) ? split.mask : 0;
    if (named & alive & ~arrived) {
      Split split;
      split.pc = pc;
      split.mask = group;
      split.state = Split::AtWarpSync;
      split.members = named;
      split.wait = {named & alive & ~arrived, /*aligned=*/false};
      waiting.push_back(split);
      waitingLanes |= group;
      continue;
    }
    for (Split &split : splits)
      if (isPartner(split))
        wake(split);
    if (cta.checker)
      cta.checker->syncWarp(*this, arrived);
  }
  if (waiting.empty())
    return Step::Next;
  Split &here = splits[current];
  here.mask = active & ~waitingLanes;
  here.pc = pc + 1;
  if (!here.mask)
    splits.erase(splits.begin() + current);
  current = 0;
  splits.insert(splits.end(), waiting.begin(), waiting.end());
  return Step::Switch;
}

} // namespace quantmlir::ptx
