//===- ThreadPoolTest.cpp - threads that share a loop ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/ThreadPool.h"

#include "gtest/gtest.h"

using namespace mlir::quantmlir;

TEST(ThreadPoolTest, EveryTaskRunsOnce) {
  for (unsigned threads : {1u, 2u, 7u}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.getNumThreads(), threads);
    for (uint32_t tasks : {0u, 1u, 2u, 13u, 500u}) {
      for (unsigned repetition = 0; repetition < 50; ++repetition) {
        std::vector<std::atomic<int>> counts(tasks);
        pool.parallelFor(tasks, [&](uint32_t task) { ++counts[task]; });
        for (std::atomic<int> &count : counts)
          ASSERT_EQ(count, 1);
      }
    }
  }
}

TEST(ThreadPoolTest, SleepingThreadsWake) {
  ThreadPool pool(3);
  for (unsigned repetition = 0; repetition < 5; ++repetition) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> sum{0};
    pool.parallelFor(100, [&](uint32_t task) { sum += task; });
    EXPECT_EQ(sum, 4950);
  }
}
