//===- ThreadPool.cpp - threads that share a loop -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/ThreadPool.h"

#include <algorithm>
#include <sched.h>

using namespace mlir::quantmlir;

/// A thread that waits looks this often before it sleeps: loops of a network
/// follow each other within microseconds, and waking a thread takes longer.
static constexpr unsigned numSpins = 2000;

static void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

static unsigned getNumCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    return CPU_COUNT(&set);
  return std::max(1u, std::thread::hardware_concurrency());
}

ThreadPool::ThreadPool(unsigned numThreads) {
  if (numThreads == 0)
    numThreads = getNumCores();
  for (unsigned i = 1; i < numThreads; ++i)
    workers.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::runTasks() {
  uint64_t seen = tickets.load(std::memory_order_acquire);
  while (uint32_t unclaimed = static_cast<uint32_t>(seen)) {
    if (!tickets.compare_exchange_weak(seen, seen - 1,
                                       std::memory_order_acq_rel,
                                       std::memory_order_acquire))
      continue;
    (*current)(unclaimed - 1);
    numDone.fetch_add(1, std::memory_order_acq_rel);
    seen = tickets.load(std::memory_order_acquire);
  }
}

void ThreadPool::work() {
  auto hasWork = [this] {
    return static_cast<uint32_t>(tickets.load(std::memory_order_acquire)) ||
           stopping.load(std::memory_order_relaxed);
  };
  while (true) {
    for (unsigned spin = 0; spin < numSpins && !hasWork(); ++spin)
      pause();
    if (!hasWork()) {
      std::unique_lock<std::mutex> lock(mutex);
      wake.wait(lock, hasWork);
    }
    if (stopping)
      return;
    runTasks();
  }
}

void ThreadPool::parallelFor(uint32_t numTasks,
                             const std::function<void(uint32_t)> &task) {
  if (numTasks <= 1 || workers.empty()) {
    for (uint32_t i = 0; i < numTasks; ++i)
      task(i);
    return;
  }
  current = &task;
  numDone.store(0, std::memory_order_relaxed);
  uint64_t loop = (tickets.load(std::memory_order_relaxed) >> 32) + 1;
  {
    std::lock_guard<std::mutex> lock(mutex);
    tickets.store(loop << 32 | numTasks, std::memory_order_release);
  }
  wake.notify_all();
  runTasks();
  for (unsigned spin = 0; numDone.load(std::memory_order_acquire) != numTasks;
       ++spin) {
    if (spin < numSpins)
      pause();
    else
      std::this_thread::yield();
  }
}
