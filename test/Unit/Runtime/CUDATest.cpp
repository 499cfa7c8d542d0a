//===- CUDATest.cpp - the mgpu functions on a library like NVIDIA's -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RecordingDriver.cpp stands in for libcuda: it writes down what it is called
// with.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/GPU.h"

#include "gtest/gtest.h"

#include <dlfcn.h>
#include <thread>

using namespace mlir::quantmlir;

static bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

static std::string takeError() { return toString(takeGPUError()); }

static void *find(const char *symbol) {
  return dlsym(dlopen(QUANT_MLIR_RECORDING_DRIVER, RTLD_NOW), symbol);
}

/// What the library has written down since the last call.
static std::string takeLog() {
  return reinterpret_cast<const char *(*)()>(find("takeLog"))();
}

TEST(CUDAGPU, NeedsADriver) {
  std::string error =
      toString(createCUDAGPU("libno-such-driver.so.1").takeError());
  EXPECT_PRED2(contains, error,
               "NVIDIA's driver cannot be opened: "
               "libno-such-driver.so.1");
  EXPECT_PRED2(contains, error, "--device=ptx");
  // Any library that is there and is not the driver.
  EXPECT_PRED2(contains, toString(createCUDAGPU("libm.so.6").takeError()),
               "'libm.so.6' has no cuInit");
}

namespace {
class RecordedGPUTest : public testing::Test {
protected:
  void SetUp() override {
    gpu = cantFail(createCUDAGPU(QUANT_MLIR_RECORDING_DRIVER));
    setCurrentGPU(gpu.get());
    EXPECT_EQ(takeLog(), "init; count; device 0; retain; current; attribute "
                         "97; ");
  }
  void TearDown() override {
    setCurrentGPU(nullptr);
    gpu.reset();
    EXPECT_EQ(takeLog(), "release; ");
  }
  std::unique_ptr<GPU> gpu;
};
} // namespace

TEST_F(RecordedGPUTest, PassesArgumentsOn) {
  char ptx[] = "ptx";
  void *module = mgpuModuleLoadJIT(ptx, 3);
  void *kernel = mgpuModuleGetFunction(module, "k");
  void *stream = mgpuStreamCreate();
  EXPECT_EQ(takeLog(), "load 'ptx' level 3; function k; stream; ");
  int32_t value = 42;
  void *parameters[] = {&value};
  mgpuLaunchKernel(kernel, 1, 2, 3, 4, 5, 6, 70000, stream, parameters, nullptr,
                   1);
  EXPECT_EQ(takeLog(), "set 8 to 70000; launch 1,2,3 of 4,5,6 shared 70000 on "
                       "stream with 42; ");
  mgpuLaunchClusterKernel(kernel, 2, 1, 1, 8, 2, 3, 4, 5, 6, 0, stream,
                          parameters, nullptr);
  EXPECT_EQ(takeLog(), "set 8 to 0; launch 8,2,3 of 4,5,6 clusters 2,1,1 "
                       "shared 0 on stream with 42; ");
  void *buffer = mgpuMemAlloc(64, stream, false);
  mgpuMemAlloc(32, stream, true);
  mgpuMemcpy(buffer, ptx, 3, stream);
  mgpuMemset16(buffer, 5, 6, stream);
  mgpuMemset32(buffer, 7, 8, stream);
  mgpuMemFree(buffer, stream);
  EXPECT_EQ(takeLog(), "alloc 64; managed 32; copy 3 on stream; fill16 5 6 on "
                       "stream; fill32 7 8 on stream; free; ");
  void *event = mgpuEventCreate();
  mgpuEventRecord(event, stream);
  mgpuStreamWaitEvent(stream, event);
  mgpuEventSynchronize(event);
  mgpuEventDestroy(event);
  mgpuStreamSynchronize(stream);
  mgpuStreamDestroy(stream);
  mgpuModuleUnload(module);
  EXPECT_EQ(takeLog(), "event; record; wait; join event; destroy event; join "
                       "stream; destroy stream; unload; ");
  EXPECT_EQ(takeError(), "");
}

TEST_F(RecordedGPUTest, TakesTheTimeOfEachLaunch) {
  EXPECT_TRUE(gpu->getRecords().empty());
  auto timed =
      cantFail(createCUDAGPU(QUANT_MLIR_RECORDING_DRIVER, /*record=*/true));
  setCurrentGPU(timed.get());
  char ptx[] = "ptx";
  void *kernel = mgpuModuleGetFunction(mgpuModuleLoadJIT(ptx, 3), "k");
  int32_t value = 42;
  void *parameters[] = {&value};
  takeLog();
  for (int i = 0; i < 2; ++i)
    mgpuLaunchKernel(kernel, 1, 2, 3, 4, 5, 6, 0, nullptr, parameters, nullptr,
                     1);
  std::string once = "set 8 to 0; event; event; record; launch 1,2,3 of 4,5,6 "
                     "shared 0 with 42; record; join event; elapsed; destroy "
                     "event; destroy event; ";
  EXPECT_EQ(takeLog(), once + once);
  llvm::json::Array records = timed->getRecords();
  ASSERT_EQ(records.size(), 1u);
  const llvm::json::Object &record = *records[0].getAsObject();
  EXPECT_EQ(record.getString("kernel"), "k");
  EXPECT_EQ(record.getInteger("launches"), 2);
  EXPECT_TRUE(*record.getArray("grid") == llvm::json::Array({1, 2, 3}));
  EXPECT_NEAR(*record.getNumber("seconds"), 4e-3 + 3e-3, 1e-9);
  EXPECT_NEAR(*record.getNumber("min_seconds"), 3e-3, 1e-9);
  EXPECT_EQ(takeError(), "");
  timed.reset();
  setCurrentGPU(gpu.get());
  takeLog();
}

TEST_F(RecordedGPUTest, MakesTensorMaps) {
  struct {
    void *allocated, *aligned;
    int64_t offset, sizes[3], strides[3];
  } memref = {nullptr, nullptr, 0, {4, 5, 6}, {64, 8, 1}};
  int64_t box[] = {1, 2, 3};
  // f16, 128-byte swizzle.
  EXPECT_NE(mgpuTensorMapEncodeTiledMemref(3, &memref, 6, 0, 3, 2, 1, box),
            nullptr);
  EXPECT_EQ(takeLog(), "map 6,3,0 3,2,1 extents 6,5,4 strides 16,128 box 3,2,1 "
                       "step 1,1,1; alloc 128; copy 128; join stream; ");
  EXPECT_EQ(mgpuTensorMapEncodeTiledMemref(6, &memref, 6, 0, 3, 2, 1, box),
            nullptr);
  EXPECT_EQ(takeError(), "a tensor map of rank 6 and element type 6 does not "
                         "exist");
  // They belong to the GPU.
  gpu.reset();
  EXPECT_EQ(takeLog(), "free; release; ");
  SetUp();
}

TEST_F(RecordedGPUTest, FreesATensorMapThatCannotBeFilled) {
  struct {
    void *allocated, *aligned;
    int64_t offset, sizes[2], strides[2];
  } memref = {nullptr, nullptr, 0, {4, 16}, {16, 1}};
  int64_t box[] = {1, 16};
  reinterpret_cast<void (*)()>(find("failCopy"))();
  EXPECT_EQ(mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, 0, 0, 0, box),
            nullptr);
  EXPECT_PRED2(contains, takeError(), "cuMemcpyAsync of 128 bytes");
  EXPECT_PRED2(contains, takeLog(), "alloc 128; copy 128; free; ");
}

// The driver finds out where a matrix lies; it takes no rows that overlap.
TEST_F(RecordedGPUTest, CopiesRows) {
  char host[64];
  void *buffer = mgpuMemAlloc(64, nullptr, false);
  takeLog();
  quantCopyRows(buffer, 16, host, 12, 10, 5);
  EXPECT_EQ(takeLog(),
            "copy 5 rows of 10 from elsewhere by 12 to device by 16; "
            "join stream; ");
  quantCopyRows(host, 12, buffer, 16, 10, 5);
  EXPECT_EQ(takeLog(),
            "copy 5 rows of 10 from device by 16 to elsewhere by 12; "
            "join stream; ");
  quantCopyRows(buffer, 16, host, 0, 10, 2);
  EXPECT_EQ(takeLog(), "copy 10; copy 10; join stream; ");
  quantCopyRows(buffer, 16, host, 12, 10, 0);
  EXPECT_EQ(takeLog(), "");
  EXPECT_EQ(gpu->getMemoryUse().bytesToDevice, 70u);
  EXPECT_EQ(gpu->getMemoryUse().bytesToHost, 50u);
  mgpuMemFree(buffer, nullptr);
  takeLog();
  EXPECT_EQ(takeError(), "");
}

// Of other code's memory nobody has told the GPU.
TEST_F(RecordedGPUTest, CopiesRowsOfOthers) {
  auto other = cantFail(createCUDAGPU(QUANT_MLIR_RECORDING_DRIVER));
  void *buffer = cantFail(other->allocate(64, /*hostShared=*/false));
  takeLog();
  char host[64];
  quantCopyRows(buffer, 16, host, 12, 10, 5);
  EXPECT_EQ(takeLog(), "copy 5 rows of 10 from elsewhere by 12 to device by "
                       "16; join stream; ");
  EXPECT_EQ(takeError(), "");
  other.reset();
  takeLog();
}

// Pages would stay pinned.
TEST_F(RecordedGPUTest, UnregistersAfterAnError) {
  int32_t host[4];
  struct {
    int32_t *allocated, *aligned;
    int64_t offset, size, stride;
  } memref = {host, host, 0, 4, 1};
  mgpuMemHostRegisterMemRef(1, &memref, sizeof(int32_t));
  mgpuSetDefaultDevice(3);
  mgpuMemHostRegisterMemRef(1, &memref, sizeof(int32_t));
  mgpuMemHostUnregisterMemRef(1, &memref, sizeof(int32_t));
  EXPECT_EQ(takeLog(), "register 16; unregister; ");
  EXPECT_EQ(takeError(), "there is no GPU 3; the driver has 2");
}

// Only what does not fit is told how much is there.
TEST_F(RecordedGPUTest, RunsOutOfMemory) {
  void *buffer = mgpuMemAlloc(64, nullptr, false);
  reinterpret_cast<void (*)()>(find("failAllocation"))();
  EXPECT_EQ(mgpuMemAlloc(32, nullptr, false), nullptr);
  EXPECT_EQ(takeError(), "cuMemAlloc of 32 bytes: CUDA_ERROR_NAME (2): what it "
                         "means; the program has 64 bytes on the GPU already");
  mgpuMemFree(buffer, nullptr);
  takeLog();
}

// Host code of one GPU within that of another has its own context, and leaves
// the other's.
TEST_F(RecordedGPUTest, GivesTheContextBack) {
  auto other = cantFail(createEmulatedGPU({}));
  using SetContext = int (*)(void *);
  auto *setContext = reinterpret_cast<SetContext>(find("cuCtxSetCurrent"));
  std::string error = toString(useGPU(*gpu, [&] {
    llvm::Error inner = useGPU(*other, [&] {
      setContext(nullptr);
      return llvm::Error::success();
    });
    EXPECT_EQ(takeLog(), "wrong context; current; ");
    return inner;
  }));
  EXPECT_EQ(error, "");
}

// A context belongs to a thread, and other code may take it away.
TEST_F(RecordedGPUTest, CallsComeFromAnyThread) {
  std::thread([] { mgpuMemAlloc(64, nullptr, false); }).join();
  EXPECT_EQ(takeLog(), "current; alloc 64; ");
  using SetContext = int (*)(void *);
  auto *setContext = reinterpret_cast<SetContext>(find("cuCtxSetCurrent"));
  setContext(nullptr);
  mgpuMemAlloc(32, nullptr, false);
  EXPECT_EQ(takeLog(), "wrong context; current; alloc 32; ");
  EXPECT_EQ(takeError(), "");
}

TEST_F(RecordedGPUTest, ReportsErrors) {
  char bad[] = "bad";
  EXPECT_EQ(mgpuModuleLoadJIT(bad, 3), nullptr);
  EXPECT_EQ(takeError(), "cuModuleLoadDataEx: CUDA_ERROR_NAME (218): what it "
                         "means\nptxas: line 1: bad");
  char ptx[] = "ptx";
  void *kernel = mgpuModuleGetFunction(mgpuModuleLoadJIT(ptx, 3), "k");
  void *parameters[] = {nullptr};
  mgpuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 200000, nullptr, parameters,
                   nullptr, 0);
  EXPECT_EQ(takeError(), "launch of kernel 'k': it asks for 200000 bytes of "
                         "dynamic shared memory; a block on this GPU has "
                         "166912");
  mgpuSetDefaultDevice(3);
  EXPECT_EQ(takeError(), "there is no GPU 3; the driver has 2");
  takeLog();
}
