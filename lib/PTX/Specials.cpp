//===- Specials.cpp - special registers -----------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Specials.h"

#include "Cluster.h"

#include <chrono>

using namespace llvm;

namespace quantmlir::ptx {

namespace {
using Value = uint64_t (*)(const Warp &, unsigned lane);

struct Special {
  const char *name;
  Type type;
  Value value;
};
} // namespace

static unsigned threadOf(const Warp &warp, unsigned lane) {
  return warp.index * warpSize + lane;
}

template <unsigned axis>
static uint64_t threadId(const Warp &warp, unsigned lane) {
  const unsigned *block = warp.cta.grid.options.block;
  unsigned thread = threadOf(warp, lane);
  if (axis == 0)
    return thread % block[0];
  if (axis == 1)
    return thread / block[0] % block[1];
  return thread / block[0] / block[1];
}

template <unsigned axis>
static uint64_t blockSize(const Warp &warp, unsigned) {
  return warp.cta.grid.options.block[axis];
}

template <unsigned axis>
static uint64_t blockId(const Warp &warp, unsigned) {
  return warp.cta.position[axis];
}

template <unsigned axis>
static uint64_t gridSize(const Warp &warp, unsigned) {
  return warp.cta.grid.options.grid[axis];
}

template <unsigned axis>
static uint64_t clusterSize(const Warp &warp, unsigned) {
  return warp.cta.grid.cluster[axis];
}

template <unsigned axis>
static uint64_t clusterCta(const Warp &warp, unsigned) {
  return warp.cta.position[axis] % warp.cta.grid.cluster[axis];
}

template <unsigned axis>
static uint64_t clusterId(const Warp &warp, unsigned) {
  return warp.cta.cluster.position[axis];
}

template <unsigned axis>
static uint64_t clusterCount(const Warp &warp, unsigned) {
  const Grid &grid = warp.cta.grid;
  return grid.options.grid[axis] / grid.cluster[axis];
}

static uint64_t zero(const Warp &, unsigned) { return 0; }

static uint64_t reservedEnd(const Warp &warp, unsigned) {
  return warp.cta.grid.code.reservedSharedBytes;
}

static uint64_t reservedPart(const Warp &warp, unsigned) {
  return warp.cta.grid.code.reservedSharedBytes / 2;
}

static const Special specialTable[] = {
    // The fourth components are always 0.
    {"%tid.x", Type::U32, threadId<0>},
    {"%tid.y", Type::U32, threadId<1>},
    {"%tid.z", Type::U32, threadId<2>},
    {"%tid.w", Type::U32, zero},
    {"%ntid.x", Type::U32, blockSize<0>},
    {"%ntid.y", Type::U32, blockSize<1>},
    {"%ntid.z", Type::U32, blockSize<2>},
    {"%ntid.w", Type::U32, zero},
    {"%ctaid.x", Type::U32, blockId<0>},
    {"%ctaid.y", Type::U32, blockId<1>},
    {"%ctaid.z", Type::U32, blockId<2>},
    {"%ctaid.w", Type::U32, zero},
    {"%nctaid.x", Type::U32, gridSize<0>},
    {"%nctaid.y", Type::U32, gridSize<1>},
    {"%nctaid.z", Type::U32, gridSize<2>},
    {"%nctaid.w", Type::U32, zero},
    {"%laneid", Type::U32,
     [](const Warp &, unsigned lane) -> uint64_t { return lane; }},
    {"%warpid", Type::U32,
     [](const Warp &warp, unsigned) -> uint64_t { return warp.index; }},
    {"%nwarpid", Type::U32,
     [](const Warp &warp, unsigned) -> uint64_t {
       return warp.cta.warps.capacity();
     }},
    {"%lanemask_eq", Type::B32,
     [](const Warp &, unsigned lane) -> uint64_t { return 1u << lane; }},
    {"%lanemask_le", Type::B32,
     [](const Warp &, unsigned lane) -> uint64_t {
       return (uint64_t(2) << lane) - 1;
     }},
    {"%lanemask_lt", Type::B32,
     [](const Warp &, unsigned lane) -> uint64_t { return (1u << lane) - 1; }},
    {"%lanemask_ge", Type::B32,
     [](const Warp &, unsigned lane) -> uint64_t { return allLanes << lane; }},
    {"%lanemask_gt", Type::B32,
     [](const Warp &, unsigned lane) -> uint64_t {
       return uint32_t(uint64_t(allLanes - 1) << lane);
     }},
    {"%cluster_ctaid.x", Type::U32, clusterCta<0>},
    {"%cluster_ctaid.y", Type::U32, clusterCta<1>},
    {"%cluster_ctaid.z", Type::U32, clusterCta<2>},
    {"%cluster_ctaid.w", Type::U32, zero},
    {"%cluster_nctaid.x", Type::U32, clusterSize<0>},
    {"%cluster_nctaid.y", Type::U32, clusterSize<1>},
    {"%cluster_nctaid.z", Type::U32, clusterSize<2>},
    {"%cluster_nctaid.w", Type::U32, zero},
    {"%clusterid.x", Type::U32, clusterId<0>},
    {"%clusterid.y", Type::U32, clusterId<1>},
    {"%clusterid.z", Type::U32, clusterId<2>},
    {"%clusterid.w", Type::U32, zero},
    {"%nclusterid.x", Type::U32, clusterCount<0>},
    {"%nclusterid.y", Type::U32, clusterCount<1>},
    {"%nclusterid.z", Type::U32, clusterCount<2>},
    {"%nclusterid.w", Type::U32, zero},
    {"%cluster_ctarank", Type::U32,
     [](const Warp &warp, unsigned) -> uint64_t { return warp.cta.rank; }},
    {"%cluster_nctarank", Type::U32,
     [](const Warp &warp, unsigned) -> uint64_t {
       return warp.cta.cluster.size();
     }},
    {"%is_explicit_cluster", Type::Pred,
     [](const Warp &warp, unsigned) -> uint64_t {
       return warp.cta.grid.explicitCluster;
     }},
    // One emulated multiprocessor for each CTA slot is as good as any answer;
    // programs may not rely on it.
    {"%smid", Type::U32, [](const Warp &, unsigned) -> uint64_t { return 0; }},
    {"%nsmid", Type::U32, [](const Warp &, unsigned) -> uint64_t { return 1; }},
    {"%gridid", Type::U64,
     [](const Warp &, unsigned) -> uint64_t { return 1; }},
    // What a driver keeps in these is not published; cooperative groups find
    // the address of a grid's workspace there.
    {"%envreg1", Type::B32,
     [](const Warp &warp, unsigned) -> uint64_t {
       return warp.cta.grid.workspace >> 32;
     }},
    {"%envreg2", Type::B32,
     [](const Warp &warp, unsigned) -> uint64_t {
       return uint32_t(warp.cta.grid.workspace);
     }},
    {"%dynamic_smem_size", Type::U32,
     [](const Warp &warp, unsigned) -> uint64_t {
       return warp.cta.grid.options.dynamicShared;
     }},
    {"%total_smem_size", Type::U32,
     [](const Warp &warp, unsigned) -> uint64_t {
       return warp.cta.shared.size() - warp.cta.grid.code.reservedSharedBytes;
     }},
    {"%aggr_smem_size", Type::U32,
     [](const Warp &warp, unsigned) -> uint64_t {
       return warp.cta.shared.size();
     }},
    {"%current_graph_exec", Type::U64, zero},
    {"%reserved_smem_offset_begin", Type::U32, zero},
    {"%reserved_smem_offset_end", Type::U32, reservedEnd},
    {"%reserved_smem_offset_cap", Type::U32, reservedEnd},
    {"%reserved_smem_offset_0", Type::U32, zero},
    // Where cooperative groups find their part; NVIDIA does not publish what
    // lies before it.
    {"%reserved_smem_offset_1", Type::U32, reservedPart},
};

/// The other %envreg, and the performance counters, which count nothing.
static const Special zeros[] = {{"%envreg", Type::B32, zero},
                                {"%pm", Type::U32, zero},
                                {"%pm_64", Type::U64, zero}};

static const Special *find(StringRef name) {
  for (const Special &special : specialTable)
    if (name == special.name)
      return &special;
  unsigned number;
  if (name.consume_front("%envreg") && !name.getAsInteger(10, number))
    return number < 32 ? &zeros[0] : nullptr;
  if (!name.consume_front("%pm") || name.consumeInteger(10, number) ||
      number > 7)
    return nullptr;
  return name.empty() ? &zeros[1] : name == "_64" ? &zeros[2] : nullptr;
}

static constexpr Clock clocks[] = {
    {"%clock", 4, false},          {"%clock_hi", 4, true},
    {"%clock64", 8, false},        {"%globaltimer", 8, false},
    {"%globaltimer_lo", 4, false}, {"%globaltimer_hi", 4, true},
};

const Clock *findClock(StringRef name) {
  const Clock *found = llvm::find_if(
      clocks, [&](const Clock &clock) { return name == clock.name; });
  return found == std::end(clocks) ? nullptr : found;
}

// Nothing here models time; clocks only never go back.
static Step execClock(Warp &warp, const Inst &inst, uint32_t mask) {
  ++warp.outside;
  auto now =
      uint64_t(std::chrono::steady_clock::now().time_since_epoch().count());
  if (inst.bytes == 4) {
    uint32_t values[warpSize];
    std::fill_n(values, warpSize, uint32_t(now >> inst.imm));
    warp.write(inst.d, values, mask);
  } else {
    uint64_t values[warpSize];
    std::fill_n(values, warpSize, now);
    warp.write(inst.d, values, mask);
  }
  return Step::Next;
}

Inst readClock(const Clock &clock) {
  Inst inst;
  inst.fn = execClock;
  inst.bytes = uint8_t(clock.bytes);
  inst.imm = clock.high ? 32 : 0;
  return inst;
}

Type specialType(StringRef name) {
  const Special *special = find(name);
  return special ? special->type : Type::None;
}

StringRef specialName(StringRef name) {
  for (const Special &special : specialTable)
    if (name == special.name)
      return special.name;
  return "";
}

void setSpecials(Warp &warp) {
  for (const SpecialUse &use : warp.cta.grid.code.specials) {
    const Special *special = find(use.name);
    if (!use.slot.valid())
      continue;
    if (special->type == Type::Pred) {
      warp.predicate(use.slot) = special->value(warp, 0) ? allLanes : 0;
      continue;
    }
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      uint64_t value = special->value(warp, lane);
      if (special->type == Type::U64)
        warp.reg<uint64_t>(use.slot)[lane] = value;
      else
        warp.reg<uint32_t>(use.slot)[lane] = uint32_t(value);
    }
  }
}

} // namespace quantmlir::ptx
