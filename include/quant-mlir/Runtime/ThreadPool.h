//===- ThreadPool.h - threads that share a loop -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_RUNTIME_THREADPOOL_H
#define QUANT_MLIR_RUNTIME_THREADPOOL_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mlir::quantmlir {

/// A fixed set of threads that run one loop at a time, with the caller.
class ThreadPool {
public:
  /// `numThreads` counts the caller; 0 means one for each core that the process
  /// may use.
  explicit ThreadPool(unsigned numThreads = 0);
  ~ThreadPool();

  unsigned getNumThreads() const { return workers.size() + 1; }

  /// Calls `task` for each number in [0, numTasks), in any order, and returns
  /// when all are done. Tasks must not call the pool. At most 2^32-1 tasks.
  void parallelFor(uint32_t numTasks,
                   const std::function<void(uint32_t)> &task);

private:
  void work();
  void runTasks();

  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable wake;
  std::atomic<bool> stopping{false};

  /// The loop's number in the high half, its unclaimed tasks in the low one.
  /// A thread that claims a task keeps the loop alive until the task is done.
  std::atomic<uint64_t> tickets{0};
  std::atomic<uint32_t> numDone{0};
  const std::function<void(uint32_t)> *current = nullptr;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_RUNTIME_THREADPOOL_H
