//===- Memory.cpp - emulated global memory --------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/PTX/Memory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

static constexpr uint8_t guardPattern = 0xA5;
/// Undefined content: a NaN in f32 and f16, and a large odd integer.
static constexpr uint8_t undefinedPattern = 0xFF;

DeviceMemory::~DeviceMemory() {
  for (auto &allocation : allocations)
    std::free(allocation->host - guardBytes);
  forgetFreed();
}

static void setUndefined(Allocation &allocation) {
  allocation.written.assign((allocation.bytes + 7) / 8, 0);
  std::memset(allocation.host, undefinedPattern, allocation.bytes);
}

uint64_t DeviceMemory::allocate(uint64_t bytes, StringRef name) {
  if (bytes > (uint64_t(1) << 46))
    return 0;
  uint64_t padded = alignTo(std::max<uint64_t>(bytes, 1), 256);
  uint64_t total = padded + 2 * guardBytes;
  auto *block = static_cast<uint8_t *>(std::aligned_alloc(256, total));
  if (!block)
    return 0;
  // std::vector has no way to fail but to end the program.
  void *flags = std::malloc((bytes + 7) / 8 + 1);
  std::free(flags);
  if (!flags) {
    std::free(block);
    return 0;
  }
  auto allocation = std::make_unique<Allocation>();
  if (!spare.empty()) {
    std::swap(allocation, spare.back());
    spare.pop_back();
    *allocation = Allocation();
  }
  allocation->begin = next + guardBytes;
  allocation->bytes = bytes;
  allocation->host = block + guardBytes;
  allocation->name = name.str();
  std::memset(block, guardPattern, total);
  setUndefined(*allocation);
  // A page between allocations keeps a stray access from reaching a neighbour.
  next = alignTo(next + total, 4096) + 4096;
  allocations.push_back(std::move(allocation));
  return allocations.back()->begin;
}

static bool beginsBelow(uint64_t address,
                        const std::unique_ptr<Allocation> &allocation) {
  return address < allocation->begin;
}

Allocation *DeviceMemory::nearest(uint64_t address) {
  auto it = llvm::upper_bound(allocations, address, beginsBelow);
  return it == allocations.begin() ? nullptr : std::prev(it)->get();
}

Allocation *DeviceMemory::find(uint64_t address, uint64_t bytes) {
  Allocation *allocation = nearest(address);
  return allocation && allocation->contains(address, bytes) ? allocation
                                                            : nullptr;
}

Allocation *DeviceMemory::findFromHost(uint64_t address) {
  Allocation *allocation = nearest(address);
  return allocation && allocation->begin == address && !allocation->onHeap
             ? allocation
             : nullptr;
}

bool DeviceMemory::markUnwritten(uint64_t address) {
  Allocation *allocation = findFromHost(address);
  if (allocation)
    setUndefined(*allocation);
  return allocation;
}

bool DeviceMemory::free(uint64_t address) {
  Allocation *allocation = findFromHost(address);
  if (!allocation)
    return false;
  std::free(allocation->host - guardBytes);
  allocations.erase(
      std::prev(llvm::upper_bound(allocations, address, beginsBelow)));
  return true;
}

/// What an allocation takes of the heap: empty ones, too, use it up.
static uint64_t heapCost(uint64_t bytes) {
  constexpr uint64_t header = 16;
  return header + alignTo(std::max<uint64_t>(bytes, 1), 16);
}

uint64_t DeviceMemory::allocateOnHeap(uint64_t bytes, StringRef name) {
  if (bytes > heapBytes || heapCost(bytes) > heapBytes - heapInUse)
    return 0;
  uint64_t address = allocate(bytes, name);
  if (address) {
    allocations.back()->onHeap = true;
    heapInUse += heapCost(bytes);
  }
  return address;
}

Allocation *DeviceMemory::findOnHeap(uint64_t address) {
  Allocation *allocation = nearest(address);
  return allocation && allocation->begin == address && allocation->onHeap
             ? allocation
             : nullptr;
}

void DeviceMemory::freeOnHeap(Allocation &allocation, bool inFlight) {
  uint64_t address = allocation.begin;
  uint64_t cost = heapCost(allocation.bytes);
  uint8_t *block = std::exchange(allocation.host, nullptr) - guardBytes;
  allocation.freedBytes = std::exchange(allocation.bytes, 0);
  if (inFlight) {
    kept.push_back(block);
    keptCost += cost;
  } else {
    std::free(block);
    heapInUse -= cost;
  }
  auto it = std::prev(llvm::upper_bound(allocations, address, beginsBelow));
  freed[address] = std::move(*it);
  allocations.erase(it);
  if (freed.size() > maxFreed) {
    spare.push_back(std::move(freed.begin()->second));
    freed.erase(freed.begin());
  }
}

const Allocation *DeviceMemory::findFreed(uint64_t address) const {
  auto it = freed.upper_bound(address);
  if (it == freed.begin())
    return nullptr;
  const Allocation &allocation = *std::prev(it)->second;
  return address - allocation.begin < allocation.freedBytes ? &allocation
                                                            : nullptr;
}

void DeviceMemory::forgetFreed() {
  for (uint8_t *block : kept)
    std::free(block);
  kept.clear();
  heapInUse -= std::exchange(keptCost, 0);
  freed.clear();
  spare.clear();
}

Error DeviceMemory::checkRange(uint64_t address, uint64_t bytes,
                               const char *what) {
  if (find(address, bytes))
    return Error::success();
  return createStringError(
      inconvertibleErrorCode(),
      Twine(what) + " of " + Twine(bytes) + " bytes at 0x" +
          Twine::utohexstr(address) + ", which is not one device allocation" +
          (address < base ? "; this is a host address" : ""));
}

/// The bits of [address, address + bytes) as bytes; empty where all are set.
static std::vector<uint8_t> getWritten(const Allocation &allocation,
                                       uint64_t address, uint64_t bytes) {
  std::vector<uint8_t> result;
  if (allocation.written.empty())
    return result;
  result.resize(bytes);
  for (uint64_t i = 0, at = address - allocation.begin; i < bytes; ++i, ++at)
    result[i] = (allocation.written[at / 8] >> (at % 8)) & 1;
  return result;
}

static void setWritten(Allocation &allocation, uint64_t address,
                       ArrayRef<uint8_t> written) {
  if (allocation.written.empty()) {
    if (!llvm::is_contained(written, 0))
      return;
    allocation.written.assign((allocation.bytes + 7) / 8, 0xff);
  }
  uint64_t at = address - allocation.begin;
  for (uint8_t isWritten : written) {
    uint8_t bit = uint8_t(1u << (at % 8));
    uint8_t &bits = allocation.written[at / 8];
    bits = isWritten ? bits | bit : bits & uint8_t(~bit);
    ++at;
  }
}

static void markWritten(Allocation &allocation, uint64_t address,
                        uint64_t bytes) {
  if (allocation.written.empty())
    return;
  uint64_t begin = address - allocation.begin;
  if (begin == 0 && bytes == allocation.bytes) {
    allocation.written.clear();
    return;
  }
  for (uint64_t i = begin; i < begin + bytes; ++i)
    allocation.written[i / 8] |= uint8_t(1u << (i % 8));
}

Error DeviceMemory::copyToDevice(uint64_t to, const void *from,
                                 uint64_t bytes) {
  if (bytes == 0)
    return Error::success();
  if (Error error = checkRange(to, bytes, "copy to the device"))
    return error;
  Allocation *allocation = find(to, bytes);
  std::memcpy(allocation->host + (to - allocation->begin), from, bytes);
  markWritten(*allocation, to, bytes);
  return Error::success();
}

Error DeviceMemory::copyToHost(void *to, uint64_t from, uint64_t bytes) {
  if (bytes == 0)
    return Error::success();
  if (Error error = checkRange(from, bytes, "copy from the device"))
    return error;
  Allocation *allocation = find(from, bytes);
  std::memcpy(to, allocation->host + (from - allocation->begin), bytes);
  return Error::success();
}

Error DeviceMemory::copyOnDevice(uint64_t to, uint64_t from, uint64_t bytes) {
  if (bytes == 0)
    return Error::success();
  if (Error error = checkRange(from, bytes, "copy from the device"))
    return error;
  if (Error error = checkRange(to, bytes, "copy to the device"))
    return error;
  Allocation *source = find(from, bytes), *target = find(to, bytes);
  std::memmove(target->host + (to - target->begin),
               source->host + (from - source->begin), bytes);
  // What nothing wrote is no more defined in a copy.
  std::vector<uint8_t> written = getWritten(*source, from, bytes);
  if (written.empty())
    markWritten(*target, to, bytes);
  else
    setWritten(*target, to, written);
  return Error::success();
}

Error DeviceMemory::fill(uint64_t to, uint64_t value, unsigned width,
                         uint64_t count) {
  if (count == 0)
    return Error::success();
  uint64_t bytes = SaturatingMultiply(uint64_t(width), count);
  if (Error error = checkRange(to, bytes, "fill"))
    return error;
  Allocation *allocation = find(to, bytes);
  uint8_t *begin = allocation->host + (to - allocation->begin);
  for (uint64_t i = 0; i < count; ++i)
    std::memcpy(begin + i * width, &value, width);
  markWritten(*allocation, to, bytes);
  return Error::success();
}

std::vector<std::string> DeviceMemory::damagedGuards() const {
  std::vector<std::string> damaged;
  for (const auto &allocation : allocations) {
    const uint8_t *begin = allocation->host - guardBytes;
    const uint8_t *end = allocation->host + allocation->bytes;
    uint64_t tail = alignTo(std::max<uint64_t>(allocation->bytes, 1), 256) +
                    guardBytes - allocation->bytes;
    auto intact = [](uint8_t byte) { return byte == guardPattern; };
    if (!std::all_of(begin, begin + guardBytes, intact))
      damaged.push_back("bytes before '" + allocation->name +
                        "' were overwritten");
    if (!std::all_of(end, end + tail, intact))
      damaged.push_back("bytes after '" + allocation->name +
                        "' were overwritten");
  }
  return damaged;
}

} // namespace quantmlir::ptx
