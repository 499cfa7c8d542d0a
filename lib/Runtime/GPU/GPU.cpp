//===- GPU.cpp - memory of GPUs -------------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/GPU.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <utility>

using namespace llvm;
using namespace mlir::quantmlir;

bool GPUTensorMap::operator==(const GPUTensorMap &other) const {
  return elementType == other.elementType && rank == other.rank &&
         address == other.address && equal(extents, other.extents) &&
         equal(strides, other.strides) && equal(box, other.box) &&
         interleave == other.interleave && swizzle == other.swizzle &&
         l2Promotion == other.l2Promotion && fill == other.fill;
}

GPU::~GPU() = default;

bool GPU::isAllocated(const void *pointer) const {
  auto address = reinterpret_cast<uintptr_t>(pointer);
  auto it = allocations.upper_bound(address);
  return it != allocations.begin() &&
         address - std::prev(it)->first < std::prev(it)->second;
}

Expected<void *> GPU::allocate(uint64_t bytes, bool hostShared) {
  Expected<void *> pointer = allocateMemory(bytes, hostShared);
  if (!pointer)
    return pointer.takeError();
  allocations[reinterpret_cast<uintptr_t>(*pointer)] = bytes;
  ++memoryUse.allocations;
  memoryUse.allocatedBytes += bytes;
  memoryUse.peakBytes = std::max(memoryUse.peakBytes, memoryUse.allocatedBytes);
  return *pointer;
}

Error GPU::noMemory(const Twine &message) const {
  return createStringError(message + "; the program has " +
                           Twine(getBytesInUse()) +
                           " bytes on the GPU already");
}

Error GPU::free(void *pointer) {
  // An error may be one of earlier work; the memory is given up all the same.
  Error error = freeMemory(pointer);
  auto it = allocations.find(reinterpret_cast<uintptr_t>(pointer));
  if (it == allocations.end())
    return error;
  uint64_t bytes = it->second;
  memoryUse.allocatedBytes -= bytes;
  allocations.erase(it);
  return joinErrors(std::move(error), freeTensorMaps(pointer, bytes));
}

/// Frees the maps of matrices in memory that is no more. No kernel uses one:
/// memory is freed when all work is done.
Error GPU::freeTensorMaps(const void *begin, uint64_t bytes) {
  auto first = reinterpret_cast<uintptr_t>(begin);
  Error errors = Error::success();
  erase_if(tensorMaps, [&](const std::pair<GPUTensorMap, void *> &entry) {
    auto address = reinterpret_cast<uintptr_t>(entry.first.address);
    if (address < first || address - first >= bytes)
      return false;
    errors = joinErrors(std::move(errors), freeMemory(entry.second));
    return true;
  });
  return errors;
}

Error GPU::freeTensorMaps() {
  if (tensorMaps.empty())
    return Error::success();
  Error errors = makeCurrent();
  for (auto &entry : std::exchange(tensorMaps, {}))
    errors = joinErrors(std::move(errors), freeMemory(entry.second));
  return errors;
}

Error GPU::copy(void *to, const void *from, uint64_t bytes, void *stream) {
  if (Error error = copyMemory(to, from, bytes, stream))
    return error;
  countCopy(isAllocated(to), isAllocated(from), bytes);
  return Error::success();
}

Error GPU::copyRows(const GPURowCopy &rows, void *stream) {
  auto rowBytes = static_cast<int64_t>(rows.rowBytes);
  if (rows.rows == 1 ||
      (rows.toPitch == rowBytes && rows.fromPitch == rowBytes))
    return copy(rows.to, rows.from, rows.rowBytes * rows.rows, stream);
  if (Error error = copyMemoryRows(rows, stream))
    return error;
  countCopy(isAllocated(rows.to), isAllocated(rows.from),
            rows.rowBytes * rows.rows);
  return Error::success();
}

Error GPU::copyMemoryRows(const GPURowCopy &rows, void *stream) {
  char *to = static_cast<char *>(rows.to);
  const char *from = static_cast<const char *>(rows.from);
  for (uint64_t i = 0; i < rows.rows; ++i) {
    if (Error error = copyMemory(to, from, rows.rowBytes, stream))
      return error;
    to += rows.toPitch;
    from += rows.fromPitch;
  }
  return Error::success();
}

void GPU::countCopy(bool toDevice, bool fromDevice, uint64_t bytes) {
  if (toDevice && !fromDevice)
    memoryUse.bytesToDevice += bytes;
  else if (fromDevice && !toDevice)
    memoryUse.bytesToHost += bytes;
}

Expected<void *> GPU::getTensorMap(const GPUTensorMap &map) {
  auto known = find_if(tensorMaps,
                       [&](const auto &entry) { return entry.first == map; });
  if (known != tensorMaps.end())
    return known->second;
  Expected<void *> made = createTensorMap(map);
  if (!made)
    return made.takeError();
  ++memoryUse.tensorMaps;
  tensorMaps.emplace_back(map, *made);
  return *made;
}
