//===- Resolve.cpp - from PTX addresses to host memory --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Cluster.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace llvm;

namespace quantmlir::ptx {

static const char *verb(Access access) {
  static const char *const verbs[] = {"read", "write", "atomic access",
                                      "write by cp.async"};
  return verbs[unsigned(access)];
}

static std::string hex(uint64_t value) {
  return ("0x" + Twine::utohexstr(value)).str();
}

template <typename Function>
static void forEachLane(uint32_t mask, Function function) {
  for (; mask; mask &= mask - 1)
    function(unsigned(llvm::countr_zero(mask)));
}

// Distinct 4-byte words that lanes touch in one of the 32 banks take a cycle
// each; 8- and 16-byte accesses go in halves and quarters of the warp.
static unsigned bankCycles(uint32_t mask, unsigned bytes,
                           const uint64_t (&address)[warpSize]) {
  unsigned lanesPerPass = bytes >= 16 ? 8 : bytes == 8 ? 16 : 32;
  unsigned wordsPerLane = std::max(1u, bytes / 4);
  unsigned cycles = 0;
  for (unsigned begin = 0; begin < warpSize; begin += lanesPerPass) {
    SmallVector<uint64_t, 32> words;
    for (unsigned lane = begin; lane < begin + lanesPerPass; ++lane)
      if ((mask >> lane) & 1)
        for (unsigned word = 0; word < wordsPerLane; ++word)
          words.push_back(address[lane] / 4 + word);
    llvm::sort(words);
    words.erase(llvm::unique(words), words.end());
    unsigned perBank[32] = {}, worst = 0;
    for (uint64_t word : words)
      worst = std::max(worst, ++perBank[word % 32]);
    cycles += worst;
  }
  return cycles;
}

static unsigned idealBankCycles(uint32_t mask, unsigned bytes) {
  unsigned lanesPerPass = bytes >= 16 ? 8 : bytes == 8 ? 16 : 32;
  unsigned cycles = 0;
  for (unsigned begin = 0; begin < warpSize; begin += lanesPerPass)
    cycles += (mask >> begin) &
                      (lanesPerPass == 32 ? allLanes : (1u << lanesPerPass) - 1)
                  ? 1
                  : 0;
  return cycles;
}

static void countLine(LineCounters &line, uint64_t cost, uint64_t ideal) {
  ++line.requests;
  line.cost += cost;
  line.ideal += ideal;
}

static void countShared(Counters &counters, const Inst &inst, Access access,
                        uint32_t mask, unsigned bytes,
                        const uint64_t (&address)[warpSize]) {
  unsigned cycles = bankCycles(mask, bytes, address);
  unsigned ideal = idealBankCycles(mask, bytes);
  ++counters.sharedRequests;
  counters.sharedCycles += cycles;
  counters.sharedIdealCycles += ideal;
  countLine(counters.sharedLines[inst.loc.line], cycles, ideal);
  uint64_t total = uint64_t(bytes) * llvm::popcount(mask);
  if (access != Access::Write)
    counters.sharedBytesRead += total;
  if (access != Access::Read)
    counters.sharedBytesWritten += total;
}

static void countGlobal(Counters &counters, const Inst &inst, Access access,
                        uint32_t mask, unsigned bytes,
                        const uint64_t (&address)[warpSize]) {
  SmallVector<uint64_t, 64> sectors;
  SmallVector<uint64_t, 64> starts;
  forEachLane(mask, [&](unsigned lane) {
    for (uint64_t sector = address[lane] / 32;
         sector <= (address[lane] + bytes - 1) / 32; ++sector)
      sectors.push_back(sector);
    starts.push_back(address[lane]);
  });
  auto distinct = [](SmallVectorImpl<uint64_t> &values) {
    llvm::sort(values);
    values.erase(llvm::unique(values), values.end());
    return uint64_t(values.size());
  };
  ++counters.globalRequests;
  uint64_t touched = distinct(sectors);
  uint64_t ideal = divideCeil(distinct(starts) * bytes, 32);
  counters.globalSectors += touched;
  counters.globalIdealSectors += ideal;
  countLine(counters.globalLines[inst.loc.line], touched, ideal);
  uint64_t total = uint64_t(bytes) * llvm::popcount(mask);
  if (access != Access::Write)
    counters.globalBytesRead += total;
  if (access != Access::Read)
    counters.globalBytesWritten += total;
}

void Warp::addresses(const Inst &inst, Ref base, int64_t offset,
                     uint64_t (&out)[warpSize]) const {
  // aux of memory instructions: the address register has 4 bytes.
  if (inst.aux & 1) {
    const uint32_t *source = reg<uint32_t>(base);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      out[lane] = uint32_t(source[lane] + uint32_t(offset));
  } else {
    const uint64_t *source = reg<uint64_t>(base);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      out[lane] = source[lane] + uint64_t(offset);
  }
}

bool Warp::badGlobal(const Inst &inst, unsigned lane, uint64_t address,
                     uint64_t bytes) {
  std::string where;
  if (address < 4096)
    where = "; the address is near null";
  else if (address < DeviceMemory::base)
    where = "; this is a host address";
  else if (const Allocation *freed =
               cta.grid.program.memory().findFreed(address))
    where = "; '" + freed->name + "' was freed";
  else if (Allocation *near = cta.grid.program.memory().nearest(address)) {
    uint64_t offset = address - near->begin;
    where = "; '" + near->name + "' is " + std::to_string(near->bytes) +
            " bytes, this is at offset " + std::to_string(offset);
  }
  fault(inst, 1u << lane, "out-of-bounds",
        "global access of " + Twine(bytes) + " bytes at " + hex(address) +
            where);
  return false;
}

bool Warp::badConstant(const Inst &inst, unsigned lane,
                       const Allocation &allocation) {
  fault(inst, 1u << lane, "read-only",
        "write to constant memory, which a kernel may only read: '" +
            allocation.name + "'");
  return false;
}

bool Warp::resolveGlobal(const Inst &inst, Access access, uint32_t mask,
                         unsigned bytes, const uint64_t (&address)[warpSize],
                         uint8_t *(&pointer)[warpSize]) {
  DeviceMemory &memory = cta.grid.program.memory();
  Allocation *allocation = lastAllocation;
  if (mask == allLanes && allocation) {
    // Whole warps mostly stay within one allocation.
    uint64_t low = address[0], high = address[0];
    for (unsigned lane = 1; lane < warpSize; ++lane) {
      low = std::min(low, address[lane]);
      high = std::max(high, address[lane]);
    }
    if (low >= allocation->begin && allocation->contains(high, bytes)) {
      if (access != Access::Read && allocation->readOnly)
        return badConstant(inst, 0, *allocation);
      for (unsigned lane = 0; lane < warpSize; ++lane)
        pointer[lane] = allocation->host + (address[lane] - allocation->begin);
      return true;
    }
  }
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(llvm::countr_zero(rest));
    if (!allocation || !allocation->contains(address[lane], bytes)) {
      allocation = memory.find(address[lane], bytes);
      if (!allocation)
        return badGlobal(inst, lane, address[lane], bytes);
    }
    if (LLVM_UNLIKELY(allocation->readOnly) && access != Access::Read)
      return badConstant(inst, lane, *allocation);
    pointer[lane] = allocation->host + (address[lane] - allocation->begin);
  }
  lastAllocation = allocation;
  return true;
}

// What lies before an array has an address that wraps around.
static int64_t asOffset(uint64_t address) {
  return isUInt<32>(address) ? int32_t(uint32_t(address)) : int64_t(address);
}

bool Warp::resolveShared(Cta &owner, const Inst &inst, Access access,
                         uint32_t mask, unsigned bytes,
                         const uint64_t (&address)[warpSize],
                         uint8_t *(&pointer)[warpSize]) {
  uint8_t *base = owner.shared.data();
  uint64_t size = owner.shared.size();
  uint32_t bad = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    bad |= uint32_t(bytes > size || address[lane] > size - bytes) << lane;
    pointer[lane] = base + address[lane];
  }
  bad &= mask;
  if (!bad)
    return true;
  unsigned lane = unsigned(llvm::countr_zero(bad));
  fault(inst, bad, "out-of-bounds",
        Twine("shared ") + verb(access) + " of " + Twine(bytes) +
            " bytes at offset " + Twine(asOffset(address[lane])) + " of " +
            Twine(size));
  return false;
}

uint8_t *Warp::globalRange(const Inst &inst, unsigned lane, uint64_t address,
                           uint64_t bytes) {
  ++outside;
  Allocation *allocation = cta.grid.program.memory().find(address, bytes);
  if (allocation)
    return allocation->host + (address - allocation->begin);
  badGlobal(inst, lane, address, bytes);
  return nullptr;
}

uint8_t *Warp::sharedRange(const Inst &inst, unsigned lane,
                           const SharedPlace &place, uint64_t bytes) {
  ++outside;
  uint64_t size = place.cta ? place.cta->shared.size() : 0;
  if (place.cta && !place.cta->ended && bytes <= size &&
      place.offset <= size - bytes)
    return place.cta->shared.data() + place.offset;
  fault(inst, 1u << lane, "out-of-bounds",
        !place.cta ? Twine("the address is not in shared memory")
        : place.cta->ended
            ? Twine("shared memory of a CTA that has ended")
            : "copy of " + Twine(bytes) + " bytes at shared offset " +
                  Twine(asOffset(place.offset)) + " of " + Twine(size));
  return nullptr;
}

SharedPlace Warp::sharedPlace(Space space, uint64_t address) const {
  if (space == Space::Generic) {
    uint64_t offset = address % DeviceMemory::windowBytes;
    if (address - offset != DeviceMemory::sharedWindow)
      return {};
    address = offset;
  }
  uint64_t rank = address >> clusterRankShift;
  if (space == Space::Shared || rank == 0)
    return {&cta, address};
  if (rank > cta.cluster.size())
    return {};
  return {cta.cluster.ctas[rank - 1].get(),
          address % (uint64_t(1) << clusterRankShift)};
}

// Each lane may be at the shared memory of another CTA.
bool Warp::resolveCluster(const Inst &inst, Access access, uint32_t mask,
                          unsigned bytes, const uint64_t (&address)[warpSize],
                          uint8_t *(&pointer)[warpSize]) {
  uint64_t offset[warpSize] = {};
  while (mask) {
    auto first = unsigned(llvm::countr_zero(mask));
    Cta *owner = sharedPlace(Space::SharedCluster, address[first]).cta;
    if (!owner || owner->ended) {
      fault(inst, 1u << first, "out-of-bounds",
            Twine("shared::cluster ") + verb(access) + " at " +
                hex(address[first]) +
                (owner ? ", of a CTA that has ended"
                       : ", which is in no CTA of the cluster"));
      return false;
    }
    uint32_t lanes = 0;
    forEachLane(mask, [&](unsigned lane) {
      SharedPlace place = sharedPlace(Space::SharedCluster, address[lane]);
      if (place.cta != owner)
        return;
      lanes |= 1u << lane;
      offset[lane] = place.offset;
    });
    uint8_t *part[warpSize];
    cta.activity += access == Access::Write;
    if (!resolveShared(*owner, inst, access, lanes, bytes, offset, part))
      return false;
    if (cta.grid.options.count)
      countShared(cta.counters, inst, access, lanes, bytes, offset);
    if (cta.checker && !cta.checker->access(*this, inst, Space::Shared, access,
                                            lanes, bytes, offset, owner))
      return false;
    forEachLane(lanes, [&](unsigned lane) { pointer[lane] = part[lane]; });
    mask &= ~lanes;
  }
  return true;
}

bool Warp::sharedPlaces(const Inst &inst, Access access, uint32_t mask,
                        unsigned bytes, SharedPlace (&places)[warpSize]) {
  uint64_t address[warpSize];
  uint8_t *pointer[warpSize];
  addresses(inst, inst.a, inst.imm, address);
  bool shared = true;
  ++outside;
  forEachLane(mask, [&](unsigned lane) {
    places[lane] = sharedPlace(inst.space, address[lane]);
    if (shared && !places[lane].cta) {
      fault(inst, 1u << lane, "out-of-bounds",
            hex(address[lane]) + " is not in shared memory");
      shared = false;
    }
  });
  return shared &&
         resolve(inst, inst.space, access, mask, bytes, address, pointer);
}

bool Warp::resolveLocal(const Inst &inst, Access access, uint32_t mask,
                        unsigned bytes, const uint64_t (&address)[warpSize],
                        uint8_t *(&pointer)[warpSize]) {
  uint64_t size = cta.grid.code.localBytes;
  uint64_t stride = alignTo(size, 64);
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(llvm::countr_zero(rest));
    if (bytes > size || address[lane] > size - bytes) {
      fault(inst, 1u << lane, "out-of-bounds",
            Twine("local ") + verb(access) + " of " + Twine(bytes) +
                " bytes at offset " + Twine(asOffset(address[lane])) + " of " +
                Twine(size));
      return false;
    }
    pointer[lane] = local + lane * stride + address[lane];
  }
  return true;
}

// The kernel's parameters, which may only be read.
bool Warp::resolveParam(const Inst &inst, Access access, uint32_t mask,
                        unsigned bytes, const uint64_t (&address)[warpSize],
                        uint8_t *(&pointer)[warpSize]) {
  const std::vector<uint8_t> &parameters = cta.grid.options.parameters;
  uint64_t size = parameters.size();
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(llvm::countr_zero(rest));
    if (access != Access::Read || bytes > size ||
        address[lane] > size - bytes) {
      fault(inst, 1u << lane, "out-of-bounds",
            Twine("parameter ") + verb(access) + " of " + Twine(bytes) +
                " bytes at offset " + Twine(asOffset(address[lane])) + " of " +
                Twine(size) + ", which is read-only");
      return false;
    }
    pointer[lane] = const_cast<uint8_t *>(parameters.data()) + address[lane];
  }
  return true;
}

// The windows of a generic address (9.7.9.18); each lane may be in another.
bool Warp::resolveGeneric(const Inst &inst, Access access, uint32_t mask,
                          unsigned bytes, const uint64_t (&address)[warpSize],
                          uint8_t *(&pointer)[warpSize]) {
  uint32_t shared = 0, localLanes = 0, param = 0;
  uint64_t offset[warpSize] = {};
  forEachLane(mask, [&](unsigned lane) {
    offset[lane] = address[lane] % DeviceMemory::windowBytes;
    uint64_t window = address[lane] - offset[lane];
    shared |= uint32_t(window == DeviceMemory::sharedWindow) << lane;
    localLanes |= uint32_t(window == DeviceMemory::localWindow) << lane;
    param |= uint32_t(window == DeviceMemory::paramWindow) << lane;
  });
  uint32_t global = mask & ~shared & ~localLanes & ~param;
  uint8_t *part[warpSize];
  auto keep = [&](uint32_t lanes) {
    forEachLane(lanes, [&](unsigned lane) { pointer[lane] = part[lane]; });
  };
  if (global) {
    if (!resolve(inst, Space::Global, access, global, bytes, address, part))
      return false;
    keep(global);
  }
  if (shared) {
    Space space = cta.cluster.size() > 1 ? Space::SharedCluster : Space::Shared;
    if (!resolve(inst, space, access, shared, bytes, offset, part))
      return false;
    keep(shared);
  }
  if (localLanes) {
    if (!resolve(inst, Space::Local, access, localLanes, bytes, offset, part))
      return false;
    keep(localLanes);
  }
  if (param) {
    if (!resolve(inst, Space::Param, access, param, bytes, offset, part))
      return false;
    keep(param);
  }
  return true;
}

bool Warp::resolve(const Inst &inst, Space space, Access access, uint32_t mask,
                   unsigned bytes, const uint64_t (&address)[warpSize],
                   uint8_t *(&pointer)[warpSize]) {
  ++outside;
  if (access == Access::Read && !(inst.flags & FlagVolatile)) {
    ++weakReads;
    weakReadPc = pc;
  }
  uint32_t misaligned = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    misaligned |= uint32_t((address[lane] & (bytes - 1)) != 0) << lane;
  misaligned &= mask;
  if (LLVM_UNLIKELY(misaligned)) {
    unsigned lane = unsigned(llvm::countr_zero(misaligned));
    fault(inst, misaligned, "misaligned",
          Twine(spaceName(space)) + " " + verb(access) + " of " + Twine(bytes) +
              " bytes at " + hex(address[lane]));
    return false;
  }
  bool counting = cta.grid.options.count;
  switch (space) {
  case Space::Global:
  case Space::Const:
    ++cta.globalAccesses;
    cta.activity += access == Access::Write;
    if (!resolveGlobal(inst, access, mask, bytes, address, pointer))
      return false;
    if (LLVM_UNLIKELY(counting))
      countGlobal(cta.counters, inst, access, mask, bytes, address);
    break;
  case Space::Shared:
    cta.activity += access == Access::Write || access == Access::AsyncWrite;
    if (!resolveShared(cta, inst, access, mask, bytes, address, pointer))
      return false;
    if (LLVM_UNLIKELY(counting))
      countShared(cta.counters, inst, access, mask, bytes, address);
    break;
  case Space::SharedCluster:
    return resolveCluster(inst, access, mask, bytes, address, pointer);
  case Space::Local:
    if (!resolveLocal(inst, access, mask, bytes, address, pointer))
      return false;
    break;
  case Space::Generic:
    return resolveGeneric(inst, access, mask, bytes, address, pointer);
  case Space::Param:
    return resolveParam(inst, access, mask, bytes, address, pointer);
  }
  return LLVM_LIKELY(!cta.checker) ||
         cta.checker->access(*this, inst, space, access, mask, bytes, address);
}

} // namespace quantmlir::ptx
