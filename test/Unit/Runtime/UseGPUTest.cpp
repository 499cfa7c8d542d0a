//===- UseGPUTest.cpp - whose GPU host code uses --------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedGPUTest.h"

#include <atomic>
#include <chrono>
#include <thread>

using namespace mlir::quantmlir;

// Each host code with its own GPU and errors.
TEST_F(EmulatedGPUTest, IsUsedWithinHostCode) {
  auto other = cantFail(createEmulatedGPU({"sm_80", true, 1}));
  std::string error = toString(useGPU(*other, [] {
    mgpuMemAlloc(bytes, nullptr, false);
    mgpuSetDefaultDevice(1);
    return llvm::createStringError("and more");
  }));
  EXPECT_EQ(error, "and more\nthere is no GPU 1; one is emulated, number 0");
  EXPECT_EQ(other->getMemoryUse().allocatedBytes, bytes);
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 0u);
  mgpuMemAlloc(2 * bytes, nullptr, false);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 2 * bytes);
}

// Another thread's host code, outside useGPU, has the current GPU, and one may
// choose that meanwhile.
TEST_F(EmulatedGPUTest, BelongsToTheThread) {
  auto other = cantFail(createEmulatedGPU({"sm_80", true, 1}));
  auto third = cantFail(createEmulatedGPU({"sm_80", true, 1}));
  std::string error = toString(useGPU(*other, [&] {
    std::thread([&] {
      mgpuMemAlloc(bytes, nullptr, false);
      mgpuSetDefaultDevice(1);
      setCurrentGPU(third.get());
    }).join();
    mgpuMemAlloc(2 * bytes, nullptr, false);
    return llvm::Error::success();
  }));
  EXPECT_EQ(error, "");
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, bytes);
  EXPECT_EQ(other->getMemoryUse().allocatedBytes, 2 * bytes);
  EXPECT_EQ(takeError(), "there is no GPU 1; one is emulated, number 0");
  mgpuMemAlloc(3 * bytes, nullptr, false);
  EXPECT_EQ(third->getMemoryUse().allocatedBytes, 3 * bytes);
  setCurrentGPU(nullptr);
}

// One thread at a time; what the current one runs as well.
TEST_F(EmulatedGPUTest, IsUsedInTurns) {
  std::atomic<int> inside = 0, numMet = 0;
  auto enter = [&] {
    numMet += inside++ > 0;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    void *buffer = mgpuMemAlloc(bytes, nullptr, false);
    mgpuMemset32(buffer, 7, size, nullptr);
    mgpuStreamSynchronize(nullptr);
    mgpuMemFree(buffer, nullptr);
    --inside;
    return llvm::Error::success();
  };
  std::atomic<int> numErrors = 0;
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j)
        numErrors += !toString(useGPU(*gpu, enter)).empty();
    });
  for (int j = 0; j < 50; ++j)
    mgpuMemFree(mgpuMemAlloc(bytes, nullptr, false), nullptr);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(numMet, 0);
  EXPECT_EQ(numErrors, 0);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 0u);
  EXPECT_EQ(gpu->getMemoryUse().allocations, 200u);
}

// Each waits until the other is in, so turns would never end.
TEST_F(EmulatedGPUTest, RunsBesideOthers) {
  auto other = cantFail(createEmulatedGPU({"sm_80", true, 1}));
  std::atomic<int> numInside = 0;
  auto meet = [&] {
    ++numInside;
    while (numInside < 2)
      std::this_thread::yield();
    return llvm::Error::success();
  };
  std::thread thread([&] { cantFail(useGPU(*other, meet)); });
  cantFail(useGPU(*gpu, meet));
  thread.join();
}

TEST_F(EmulatedGPUTest, TellsAHandlerThatMayUseTheGPU) {
  static GPU *used = nullptr;
  static int numTold = 0;
  used = gpu.get();
  numTold = 0;
  setGPUErrorHandler([](llvm::StringRef message) {
    ++numTold;
    std::string error = toString(useGPU(*used, [] {
      mgpuMemFree(mgpuMemAlloc(bytes, nullptr, false), nullptr);
      mgpuSetDefaultDevice(1);
      return llvm::Error::success();
    }));
    EXPECT_PRED2(contains, error, "there is no GPU 1");
  });
  std::string error = toString(useGPU(*gpu, [] {
    mgpuMemAlloc(bytes, nullptr, true);
    return llvm::Error::success();
  }));
  setGPUErrorHandler(nullptr);
  EXPECT_EQ(numTold, 1);
  EXPECT_EQ(error, "memory that host and device share is not emulated: use "
                   "gpu.alloc and gpu.memcpy");
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 0u);
}

TEST_F(EmulatedGPUTest, TellsAHandlerThatMayTakeTheError) {
  static std::string told, taken;
  setGPUErrorHandler([](llvm::StringRef message) {
    told = message.str();
    taken = toString(takeGPUError());
  });
  EXPECT_EQ(mgpuMemAlloc(bytes, nullptr, true), nullptr);
  setGPUErrorHandler(nullptr);
  EXPECT_PRED2(contains, told, "is not emulated");
  EXPECT_EQ(taken, told);
  EXPECT_EQ(takeError(), "");
}

// Host code that is given a GPU has nothing to do with errors before it.
TEST_F(EmulatedGPUTest, LeavesAnErrorThatNobodyTook) {
  EXPECT_EQ(mgpuMemAlloc(bytes, nullptr, true), nullptr);
  auto other = cantFail(createEmulatedGPU({}));
  auto allocate = [] {
    EXPECT_NE(mgpuMemAlloc(bytes, nullptr, false), nullptr);
    return llvm::Error::success();
  };
  EXPECT_EQ(toString(useGPU(*other, allocate)), "");
  EXPECT_EQ(other->getMemoryUse().allocatedBytes, bytes);
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 0u);
  EXPECT_PRED2(contains, takeError(), "is not emulated");
}
