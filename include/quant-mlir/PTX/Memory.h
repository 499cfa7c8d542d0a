//===- Memory.h - emulated global memory ------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_PTX_MEMORY_H
#define QUANTMLIR_PTX_MEMORY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace quantmlir::ptx {

/// One allocation of global memory: device addresses [begin, begin + bytes).
struct Allocation {
  uint64_t begin = 0;
  uint64_t bytes = 0;
  uint8_t *host = nullptr;
  std::string name;
  /// One bit per byte, set when written; empty when all of it is.
  std::vector<uint8_t> written;
  /// Constant memory, which kernels may only read.
  bool readOnly = false;
  /// Allocated by a kernel; its size before it was freed.
  bool onHeap = false;
  uint64_t freedBytes = 0;

  bool contains(uint64_t address, uint64_t size) const {
    return size <= bytes && address - begin <= bytes - size;
  }
  /// The same for a pointer of the host.
  bool holds(const uint8_t *pointer) const {
    return uintptr_t(pointer) - uintptr_t(host) < bytes;
  }
};

/// Emulated global memory. Device addresses lie beyond the host's 47-bit user
/// space, so a host pointer used on the device, or the reverse, faults. Each
/// allocation stands between guard zones of at least 256 bytes which
/// `damagedGuards` examines.
class DeviceMemory {
public:
  /// The first device address.
  static constexpr uint64_t base = uint64_t(1) << 49;
  /// Generic addresses of shared, local and parameter memory (5.1).
  static constexpr uint64_t sharedWindow = uint64_t(1) << 50;
  static constexpr uint64_t localWindow = uint64_t(1) << 51;
  static constexpr uint64_t paramWindow = uint64_t(1) << 52;
  static constexpr uint64_t windowBytes = uint64_t(1) << 32;

  DeviceMemory() = default;
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;

  /// Allocates memory whose content is undefined (filled with a pattern) and
  /// marked as not written. Returns its device address, 256-byte aligned, or 0
  /// when the host has no memory left.
  uint64_t allocate(uint64_t bytes, llvm::StringRef name);
  /// Frees an allocation; false if `address` does not begin one, or one that a
  /// kernel has made.
  bool free(uint64_t address);
  /// Makes an allocation what it was when it was new; false as above.
  bool markUnwritten(uint64_t address);

  /// The same for kernels that call malloc, of which all together get
  /// `heapBytes`, CUDA's default; 0 if that is used up.
  uint64_t allocateOnHeap(uint64_t bytes, llvm::StringRef name);
  /// What `address` begins on the heap, or null.
  Allocation *findOnHeap(uint64_t address);
  /// Frees it. If a copy in flight still points to its bytes, they stay, and
  /// stay counted, until `forgetFreed`.
  void freeOnHeap(Allocation &allocation, bool inFlight);
  static constexpr uint64_t heapBytes = uint64_t(8) << 20;
  /// What was freed on the heap, which a kernel may still use by mistake, as
  /// far as it is remembered.
  const Allocation *findFreed(uint64_t address) const;
  /// For the end of a launch: nothing points to freed memory any more.
  void forgetFreed();

  /// The allocation that holds [address, address + bytes), or null.
  Allocation *find(uint64_t address, uint64_t bytes);
  /// The allocation nearest below `address`, for messages; may be null.
  Allocation *nearest(uint64_t address);

  llvm::Error copyToDevice(uint64_t to, const void *from, uint64_t bytes);
  llvm::Error copyToHost(void *to, uint64_t from, uint64_t bytes);
  /// Bytes that nothing wrote are not written in the copy either.
  llvm::Error copyOnDevice(uint64_t to, uint64_t from, uint64_t bytes);
  /// Repeats `value`, of `width` bytes, `count` times.
  llvm::Error fill(uint64_t to, uint64_t value, unsigned width, uint64_t count);

  /// Descriptions of the guard zones that were overwritten.
  std::vector<std::string> damagedGuards() const;

private:
  /// The allocation of the host's that `address` begins, or null.
  Allocation *findFromHost(uint64_t address);

  static constexpr uint64_t guardBytes = 256;
  static constexpr size_t maxFreed = 4096;
  llvm::Error checkRange(uint64_t address, uint64_t bytes, const char *what);

  /// Sorted by address.
  std::vector<std::unique_ptr<Allocation>> allocations;
  /// By address, some of the latest. Warps may still point to what was freed,
  /// so it holds no bytes, and older ones become `spare` for new allocations.
  std::map<uint64_t, std::unique_ptr<Allocation>> freed;
  std::vector<std::unique_ptr<Allocation>> spare;
  /// Freed bytes to which copies in flight point, and what they cost.
  std::vector<uint8_t *> kept;
  uint64_t keptCost = 0;
  uint64_t next = base, heapInUse = 0;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_PTX_MEMORY_H
