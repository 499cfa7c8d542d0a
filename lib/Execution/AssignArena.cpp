//===- AssignArena.cpp - places of intermediate values --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <map>

using namespace mlir;
using namespace mlir::quantmlir;

/// Vector loads and lines of the cache like this.
static constexpr int64_t alignment = 64;

namespace {
/// Free ranges of the arena by offset; touching ranges are one.
class FreeRanges {
public:
  /// The offset of the smallest range that holds `bytes`; the arena grows if
  /// none does.
  int64_t take(int64_t bytes) {
    auto best = ranges.end();
    for (auto it = ranges.begin(); it != ranges.end(); ++it)
      if (it->second >= bytes &&
          (best == ranges.end() || it->second < best->second))
        best = it;
    if (best == ranges.end())
      return grow(bytes);
    auto [offset, size] = *best;
    ranges.erase(best);
    if (size > bytes)
      ranges[offset + bytes] = size - bytes;
    return offset;
  }

  void give(int64_t offset, int64_t bytes) {
    auto next = ranges.lower_bound(offset);
    if (next != ranges.end() && offset + bytes == next->first) {
      bytes += next->second;
      next = ranges.erase(next);
    }
    if (next != ranges.begin()) {
      auto previous = std::prev(next);
      if (previous->first + previous->second == offset) {
        previous->second += bytes;
        return;
      }
    }
    ranges[offset] = bytes;
  }

  int64_t getTotal() const { return total; }

private:
  int64_t grow(int64_t bytes) {
    int64_t offset = total;
    if (!ranges.empty()) {
      auto last = std::prev(ranges.end());
      if (last->first + last->second == total) {
        offset = last->first;
        ranges.erase(last);
      }
    }
    total = offset + bytes;
    return offset;
  }

  std::map<int64_t, int64_t> ranges;
  int64_t total = 0;
};
} // namespace

static SmallVector<unsigned> getBuffers(const Step &step) {
  if (auto *kernel = std::get_if<KernelStep>(&step))
    return kernel->buffers;
  if (auto *product = std::get_if<ProductStep>(&step))
    return {product->a.buffer, product->b.buffer, product->c.buffer};
  if (auto *copy = std::get_if<CopyStep>(&step))
    return {copy->source.buffer, copy->destination.buffer};
  if (auto *device = std::get_if<DeviceStep>(&step))
    return llvm::map_to_vector(device->places,
                               [](Place place) { return place.buffer; });
  return {std::get<ObserveStep>(step).source.buffer};
}

void quantmlir::assignArena(Plan &plan) {
  // A buffer is alive from the first step that names it to the last.
  std::vector<int64_t> lastUse(plan.buffers.size(), -1);
  for (auto [i, step] : llvm::enumerate(plan.steps))
    for (unsigned buffer : getBuffers(step))
      lastUse[buffer] = i;
  FreeRanges free;
  std::vector<bool> isPlaced(plan.buffers.size(), false);
  for (auto [i, step] : llvm::enumerate(plan.steps)) {
    SmallVector<unsigned> used = getBuffers(step);
    llvm::sort(used);
    used.erase(llvm::unique(used), used.end());
    llvm::erase_if(used, [&](unsigned buffer) {
      return plan.buffers[buffer].kind != Buffer::Kind::arena;
    });
    for (unsigned index : used) {
      if (isPlaced[index])
        continue;
      isPlaced[index] = true;
      plan.buffers[index].position =
          free.take(llvm::alignTo(plan.buffers[index].bytes, alignment));
    }
    for (unsigned index : used)
      if (lastUse[index] == static_cast<int64_t>(i))
        free.give(plan.buffers[index].position,
                  llvm::alignTo(plan.buffers[index].bytes, alignment));
  }
  plan.arenaBytes = free.getTotal();
}
