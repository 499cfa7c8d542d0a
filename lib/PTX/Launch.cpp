//===- Launch.cpp - grids -------------------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <thread>

using namespace llvm;

namespace quantmlir::ptx {

static Error fail(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static Error checkBlock(const Code &code, const LaunchOptions &options) {
  const unsigned *block = options.block;
  for (unsigned i = 0; i < 3; ++i)
    if (options.grid[i] == 0 || block[i] == 0)
      return fail("grid and block dimensions must not be 0");
  uint64_t threads = uint64_t(block[0]) * block[1] * block[2];
  if (block[0] > 1024 || block[1] > 1024 || block[2] > 64 || threads > 1024)
    return fail("a block of " + Twine(block[0]) + "," + Twine(block[1]) + "," +
                Twine(block[2]) +
                " threads is larger than 1024 threads or 1024,1024,64");
  if (threads > code.maxThreads)
    return fail("a block of " + Twine(threads) +
                " threads is larger than the kernel's .maxntid of " +
                Twine(code.maxThreads));
  for (unsigned i = 0; i < 3; ++i)
    if (code.requiredThreads[i] && code.requiredThreads[i] != block[i])
      return fail("the block does not have the kernel's .reqntid of " +
                  Twine(code.requiredThreads[0]) + "," +
                  Twine(code.requiredThreads[1]) + "," +
                  Twine(code.requiredThreads[2]));
  return Error::success();
}

static Error checkClusters(const Code &code, const LaunchOptions &options) {
  if (options.grid[0] > 0x7fffffffu || options.grid[1] > 65535 ||
      options.grid[2] > 65535)
    return fail("the grid is larger than 2147483647,65535,65535");
  unsigned ctas = 1;
  for (unsigned i = 0; i < 3; ++i) {
    unsigned required = code.requiredCluster[i];
    unsigned size = options.cluster[i] ? options.cluster[i]
                    : required         ? required
                                       : 1;
    if (required && size != required)
      return fail("the cluster does not have the kernel's .reqnctapercluster");
    ctas *= std::min(size, 17u);
    if (ctas > 16)
      return fail("a cluster has at most 16 CTAs");
    if (options.grid[i] % size)
      return fail("the grid is not a multiple of the cluster of " +
                  Twine(size) + " CTAs along axis " + Twine(i));
  }
  return Error::success();
}

static Error checkOptions(const Code &code, const LaunchOptions &options) {
  if (Error error = checkBlock(code, options))
    return error;
  if (Error error = checkClusters(code, options))
    return error;
  if (options.parameters.size() != code.parameterBytes)
    return fail("the kernel has " + Twine(code.parameterBytes) +
                " bytes of parameters, " + Twine(options.parameters.size()) +
                " were given");
  uint64_t declared = code.sharedBytes - code.reservedSharedBytes;
  if (declared > maxStaticSharedBytes)
    return fail("the kernel declares " + Twine(declared) +
                " bytes of shared memory, and ptxas allows " +
                Twine(maxStaticSharedBytes) +
                ": make it dynamic (.extern .shared)");
  uint64_t shared = SaturatingAdd(declared, options.dynamicShared);
  if (shared > 227 * 1024)
    return fail("the kernel uses " + Twine(shared) +
                " bytes of shared memory; no chip has more than 232448");
  return Error::success();
}

/// Zeros for the grid barrier of cooperative groups, whose counter is the
/// second word; 0 if the kernel does not ask for them.
static Expected<uint64_t> makeWorkspace(const Program &program,
                                        const Code &code) {
  auto asks = [](const SpecialUse &use) { return use.name == "%envreg2"; };
  if (llvm::none_of(code.specials, asks))
    return 0;
  const uint32_t zeros[4] = {};
  DeviceMemory &memory = program.memory();
  uint64_t address = memory.allocate(sizeof zeros, "the grid's workspace");
  if (!address)
    return fail("no memory for the grid's workspace");
  if (Error error = memory.copyToDevice(address, zeros, sizeof zeros))
    return std::move(error);
  return address;
}

/// The instructions that made the requests which were counted by line.
static void nameLines(const Code &code, Counters &counters) {
  for (const Inst &inst : code.insts)
    for (auto *lines : {&counters.sharedLines, &counters.globalLines})
      if (auto it = lines->find(inst.loc.line); it != lines->end())
        it->second.instruction = code.classes[inst.classId];
}

/// Host threads that share the grid's clusters; sets what they share.
static unsigned shareClusters(Grid &grid) {
  const LaunchOptions &options = grid.options;
  grid.clusterCount = 1;
  for (unsigned i = 0; i < 3; ++i)
    grid.clusterCount *= options.grid[i] / grid.cluster[i];
  constexpr unsigned most = 1024;
  unsigned threads = options.hostThreads
                         ? std::min(options.hostThreads, most)
                         : std::max(1u, std::thread::hardware_concurrency());
  threads = unsigned(std::min<uint64_t>(threads, grid.clusterCount));
  // Neither the checks' records of global memory nor the heap are locked.
  if (options.check || grid.code.heap)
    threads = 1;
  uint64_t clusterSize =
      uint64_t(grid.cluster[0]) * grid.cluster[1] * grid.cluster[2];
  uint64_t residentClusters =
      std::max<uint64_t>(1, residentCtas(grid.code, options) / clusterSize);
  // Each has a cluster in flight.
  threads = unsigned(std::min<uint64_t>(threads, residentClusters));
  grid.maxFurther = residentClusters - threads;
  grid.workers = threads;
  return threads;
}

Expected<LaunchResult> launch(const Program &program, const Kernel &kernel,
                              const LaunchOptions &options) {
  const Code &code = kernel.code();
  LaunchOptions scaled = options;
  for (unsigned i = 0; code.blocksAreClusters && i < 3; ++i)
    scaled.grid[i] =
        SaturatingMultiply(options.grid[i], code.requiredCluster[i]);
  if (Error error = checkOptions(code, scaled))
    return std::move(error);
  Grid grid(program, code, scaled);
  Expected<uint64_t> workspace = makeWorkspace(program, code);
  if (!workspace)
    return workspace.takeError();
  grid.workspace = *workspace;
  unsigned threads = shareClusters(grid);
  if (threads == 1) {
    runClusters(grid);
  } else {
    std::vector<std::thread> pool;
    pool.reserve(threads);
    for (unsigned i = 0; i < threads; ++i)
      pool.emplace_back([&] { runClusters(grid); });
    for (std::thread &thread : pool)
      thread.join();
  }
  if (grid.workspace)
    program.memory().free(grid.workspace);
  program.memory().forgetFreed();
  LaunchResult result;
  result.findings = std::move(grid.findings);
  result.counters = std::move(grid.counters);
  nameLines(code, result.counters);
  return std::move(result);
}

} // namespace quantmlir::ptx
