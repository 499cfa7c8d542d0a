//===- RegisterAllocation.cpp - packing of virtual registers --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compilers number PTX registers by the thousand. Giving registers that are
// never live together the same 32 lanes keeps a warp's file in the host's
// caches. Liveness is per thread; since every write is masked by lane, sharing
// a slot is safe under divergence.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <queue>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

struct Interval {
  unsigned begin = ~0u, end = 0;
  void include(unsigned position) {
    begin = std::min(begin, position);
    end = std::max(end, position);
  }
};

struct BlockLiveness {
  unsigned begin, end;
  SmallVector<unsigned, 2> successors;
  BitVector upwardUses, defs, liveIn, liveOut;
};

} // namespace

static std::vector<BlockLiveness> findBlocks(const Code &code) {
  std::vector<BlockLiveness> blocks;
  std::vector<unsigned> blockAt(code.insts.size());
  for (unsigned i = 0; i < code.insts.size(); ++i) {
    if (i == 0 || (code.insts[i].flags & FlagLeader)) {
      blocks.emplace_back();
      blocks.back().begin = i;
    }
    blocks.back().end = i + 1;
    blockAt[i] = unsigned(blocks.size()) - 1;
  }
  for (unsigned b = 0; b < blocks.size(); ++b) {
    // A block may hold a branch and the jump that replaces its fall-through.
    for (unsigned i = blocks[b].begin; i < blocks[b].end; ++i)
      if (code.insts[i].aux == branchMark)
        blocks[b].successors.push_back(blockAt[code.insts[i].target]);
    if (b + 1 < blocks.size())
      blocks[b].successors.push_back(b + 1);
  }
  return blocks;
}

/// What each block reads before it writes it, and what it writes.
static void findUses(BlockLiveness &block, const Code &code,
                     ArrayRef<Code::Registers> accesses) {
  for (unsigned i = block.begin; i < block.end; ++i) {
    for (unsigned reg : accesses[i].uses)
      if (!block.defs[reg])
        block.upwardUses.set(reg);
    // A guarded write leaves the old value in some lanes.
    bool partial = code.insts[i].guard.valid();
    for (unsigned reg : accesses[i].defs) {
      if (!partial)
        block.defs.set(reg);
      else if (!block.defs[reg])
        block.upwardUses.set(reg);
    }
  }
}

static void computeLiveness(std::vector<BlockLiveness> &blocks,
                            unsigned count) {
  for (bool changed = true; changed;) {
    changed = false;
    for (BlockLiveness &block : llvm::reverse(blocks)) {
      BitVector out(count);
      for (unsigned successor : block.successors)
        out |= blocks[successor].liveIn;
      BitVector in = out;
      in.reset(block.defs);
      in |= block.upwardUses;
      block.liveOut = std::move(out);
      if (in != block.liveIn) {
        block.liveIn = std::move(in);
        changed = true;
      }
    }
  }
}

static std::vector<Interval> findIntervals(ArrayRef<BlockLiveness> blocks,
                                           const Code &code,
                                           ArrayRef<Code::Registers> accesses,
                                           unsigned count) {
  std::vector<Interval> intervals(count);
  for (const BlockLiveness &block : blocks) {
    for (unsigned reg : block.liveIn.set_bits())
      intervals[reg].include(block.begin);
    for (unsigned reg : block.liveOut.set_bits())
      intervals[reg].include(block.end);
    for (unsigned i = block.begin; i < block.end; ++i) {
      for (unsigned reg : accesses[i].uses)
        intervals[reg].include(i);
      for (unsigned reg : accesses[i].defs) {
        intervals[reg].include(i);
        // Results are stored one by one while sources are still read.
        intervals[reg].include(i + 1);
      }
    }
  }
  // Special registers are set before the first instruction.
  for (const SpecialUse &special : code.specials)
    intervals[special.slot.value].include(0);
  return intervals;
}

/// Slots of one size each, as offsets; a slot is free once its interval has
/// ended. `fileBytes` is where the file ends.
static std::vector<uint32_t> assignSlots(ArrayRef<Interval> intervals,
                                         ArrayRef<Type> types,
                                         uint64_t &fileBytes) {
  std::vector<unsigned> byBegin;
  for (unsigned reg = 0; reg < intervals.size(); ++reg)
    if (intervals[reg].begin != ~0u)
      byBegin.push_back(reg);
  llvm::sort(byBegin, [&](unsigned a, unsigned b) {
    return std::make_pair(intervals[a].begin, a) <
           std::make_pair(intervals[b].begin, b);
  });

  std::vector<uint32_t> slots(intervals.size(), Ref::none);
  using Ending = std::pair<unsigned, unsigned>; // end, register
  std::priority_queue<Ending, std::vector<Ending>, std::greater<Ending>> live;
  std::map<unsigned, std::vector<uint32_t>> free;
  auto slotBytes = [&](unsigned reg) {
    return types[reg] == Type::Pred ? 4u
                                    : std::max(typeBytes(types[reg]) * 32, 64u);
  };
  for (unsigned reg : byBegin) {
    while (!live.empty() && live.top().first < intervals[reg].begin) {
      unsigned ended = live.top().second;
      live.pop();
      free[slotBytes(ended)].push_back(slots[ended]);
    }
    std::vector<uint32_t> &available = free[slotBytes(reg)];
    if (available.empty()) {
      unsigned bytes = slotBytes(reg);
      // Predicates come 16 to a line.
      unsigned pieces = bytes == 4 ? 16 : 1;
      for (unsigned i = 0; i < pieces; ++i)
        available.push_back(uint32_t(fileBytes + (pieces - 1 - i) * bytes));
      fileBytes += std::max(bytes, 64u);
    }
    slots[reg] = available.back();
    available.pop_back();
    live.push({intervals[reg].end, reg});
  }
  return slots;
}

std::vector<unsigned> Decoder::allocateRegisters() {
  auto count = unsigned(registerTypes.size());
  std::vector<BlockLiveness> blocks = findBlocks(code);
  for (BlockLiveness &block : blocks) {
    for (BitVector *set :
         {&block.upwardUses, &block.defs, &block.liveIn, &block.liveOut})
      set->resize(count);
    findUses(block, code, accesses);
  }
  computeLiveness(blocks, count);
  std::vector<uint32_t> slots =
      assignSlots(findIntervals(blocks, code, accesses, count), registerTypes,
                  code.registerBytes);

  DenseSet<unsigned> specialNumbers;
  for (const SpecialUse &special : code.specials)
    specialNumbers.insert(special.slot.value);
  auto rewrite = [&](Ref &ref) {
    if (ref.valid() && ref.isRegister())
      ref.value = slots[ref.value];
  };
  for (Inst &inst : code.insts)
    for (Ref *ref : {&inst.d, &inst.a, &inst.b, &inst.c, &inst.guard})
      rewrite(*ref);
  for (Ref &ref : code.pool)
    rewrite(ref);
  for (SpecialUse &special : code.specials)
    rewrite(special.slot);
  std::vector<unsigned> unwritten;
  for (unsigned reg : blocks.front().liveIn.set_bits())
    if (!specialNumbers.count(reg))
      unwritten.push_back(reg);
  return unwritten;
}

} // namespace quantmlir::ptx
