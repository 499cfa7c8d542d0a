//===- Counters.h - what the emulator counted -------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_AUDIT_COUNTERS_H
#define QUANT_MLIR_TOOLS_QUANT_AUDIT_COUNTERS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace mlir::quantmlir {

/// Sums over the launches of one kernel.
struct KernelCounters {
  int64_t launches = 0;
  /// Cycles of all requests to shared memory, and those of bank conflicts; of
  /// these, what ldmatrix and the writes of cp.async have.
  int64_t sharedCycles = 0, conflictCycles = 0, copyConflictCycles = 0;
  /// Requests of cp.async, their sectors, and the fewest that would do.
  int64_t copyRequests = 0, copySectors = 0, copyIdealSectors = 0;
  /// Bytes of all sectors, and of bulk and tensor copies.
  int64_t movedBytes = 0;
  /// Launches by blocks along x and y.
  std::map<std::array<int64_t, 2>, int64_t> grids;
};

/// By the kernel's name.
using CounterTable = std::map<std::string, KernelCounters>;

/// Adds what `ptx-run --counters` or `quant-run --counters` wrote, or of a
/// folder all such files (*.json). Fails on files of other content.
llvm::Error readCounters(llvm::StringRef path, CounterTable &table);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_AUDIT_COUNTERS_H
