//===- GPUTest.cpp - the mgpu functions on the PTX emulator ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedGPUTest.h"

#include "quant-mlir/PTX/TensorMap.h"

#include <numeric>

using namespace mlir::quantmlir;
namespace ptx = quantmlir::ptx;

TEST_F(EmulatedGPUTest, RecordsWhatKernelsDo) {
  EXPECT_TRUE(gpu->getRecords().empty());
  EmulatedGPUOptions options;
  options.record = true;
  create(options);
  void *buffer = mgpuMemAlloc(bytes, nullptr, false);
  mgpuMemcpy(buffer, host.data(), bytes, nullptr);
  void *add = mgpuModuleGetFunction(load(), "add");
  launch(add, buffer, 100);
  launch(add, buffer, 1000);
  mgpuStreamSynchronize(nullptr);
  llvm::json::Array records = gpu->getRecords();
  ASSERT_EQ(records.size(), 1u);
  const llvm::json::Object &record = *records[0].getAsObject();
  EXPECT_EQ(record.getString("kernel"), "add");
  EXPECT_EQ(record.getInteger("launches"), 2);
  EXPECT_TRUE(*record.getArray("block") == llvm::json::Array({size, 1, 1}));
  EXPECT_EQ(record.getObject("global")->getInteger("bytes_written"), 2 * bytes);
}

TEST_F(EmulatedGPUTest, RunsAKernel) {
  void *module = load();
  void *add = mgpuModuleGetFunction(module, "add");
  void *stream = mgpuStreamCreate();
  void *buffer = mgpuMemAlloc(bytes, stream, false);
  mgpuMemcpy(buffer, host.data(), bytes, stream);
  launch(add, buffer, 100, stream);
  launch(add, buffer, 1000, stream);
  mgpuMemcpy(host.data(), buffer, bytes, stream);
  mgpuStreamSynchronize(stream);
  mgpuMemFree(buffer, stream);
  mgpuStreamDestroy(stream);
  mgpuModuleUnload(module);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host, (std::vector<int32_t>{1101, 1102, 1103, 1104}));
}

TEST_F(EmulatedGPUTest, KeepsModuleGlobals) {
  void *count = mgpuModuleGetFunction(load(), "count");
  void *buffer = mgpuMemAlloc(bytes, nullptr, false);
  launch(count, buffer, 0, nullptr, 0, 1);
  launch(count, buffer, 0, nullptr, 0, 1);
  mgpuMemcpy(host.data(), buffer, bytes, nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host, (std::vector<int32_t>{12, 22, 32, 42}));
}

TEST_F(EmulatedGPUTest, FillsAndCopiesInStreamOrder) {
  void *a = mgpuMemAlloc(bytes, nullptr, false);
  void *b = mgpuMemAlloc(bytes, nullptr, false);
  mgpuMemset32(a, 7, size, nullptr);
  mgpuMemcpy(b, a, bytes, nullptr);
  mgpuMemset16(a, 1, 2 * size, nullptr);
  std::vector<int32_t> fromB(size);
  mgpuMemcpy(host.data(), a, bytes, nullptr);
  mgpuMemcpy(fromB.data(), b, bytes, nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host, std::vector<int32_t>(size, 0x10001));
  EXPECT_EQ(fromB, std::vector<int32_t>(size, 7));
}

// What lies between rows is neither read nor written.
TEST_F(EmulatedGPUTest, CopiesRows) {
  EmulatedGPUOptions options;
  options.check = true;
  create(options);
  constexpr int64_t four = sizeof(int32_t);
  void *buffer = mgpuMemAlloc(4 * bytes, nullptr, false);
  quantCopyRows(buffer, 3 * four, host.data(), four, 2 * four, 3);
  std::vector<int32_t> back(9, -1);
  quantCopyRows(back.data(), 4 * four, buffer, 3 * four, 2 * four, 2);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(back, (std::vector<int32_t>{1, 2, -1, -1, 2, 3, -1, -1, -1}));
  mgpuMemcpy(back.data(), buffer, 3 * four, nullptr);
  EXPECT_EQ(takeError(), "copy of 12 bytes to the host: byte 8 of 'allocation "
                         "0' was never written");
}

TEST_F(EmulatedGPUTest, FillsNoMoreThanAnAllocation) {
  void *buffer = mgpuMemAlloc(bytes, nullptr, false);
  // 2^64 + 4 bytes.
  mgpuMemset32(buffer, 7, (size_t(1) << 62) + 1, nullptr);
  mgpuStreamSynchronize(nullptr);
  EXPECT_PRED2(contains, takeError(), "fill of 18446744073709551615 bytes");
}

// A copy on the device defines nothing that its source does not.
TEST_F(EmulatedGPUTest, CopiesWhatIsNotWritten) {
  void *a = mgpuMemAlloc(bytes, nullptr, false);
  void *b = mgpuMemAlloc(bytes, nullptr, false);
  mgpuMemset32(a, 7, 2, nullptr);
  mgpuMemset32(b, 8, size, nullptr);
  mgpuMemcpy(b, a, bytes, nullptr);
  mgpuMemcpy(host.data(), b, bytes, nullptr);
  EXPECT_EQ(takeError(), "copy of 16 bytes to the host: byte 8 of 'allocation "
                         "1' was never written");
  mgpuMemcpy(host.data(), b, bytes / 2, nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host[1], 7);
}

// The second stream reads before anything makes the first one run.
TEST_F(EmulatedGPUTest, ShowsAMissingEvent) {
  void *first = mgpuStreamCreate(), *second = mgpuStreamCreate();
  void *buffer = mgpuMemAlloc(bytes, first, false);
  mgpuMemset32(buffer, 7, size, first);
  mgpuMemcpy(host.data(), buffer, bytes, second);
  EXPECT_EQ(takeError(), "copy of 16 bytes to the host: byte 0 of 'allocation "
                         "0' was never written");
}

TEST_F(EmulatedGPUTest, WaitsForAnEvent) {
  void *first = mgpuStreamCreate(), *second = mgpuStreamCreate();
  void *buffer = mgpuMemAlloc(bytes, first, false);
  void *event = mgpuEventCreate();
  mgpuMemset32(buffer, 7, size, first);
  mgpuEventRecord(event, first);
  mgpuMemset32(buffer, 8, size, first);
  mgpuStreamWaitEvent(second, event);
  mgpuEventDestroy(event);
  mgpuMemcpy(host.data(), buffer, bytes, second);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host, std::vector<int32_t>(size, 7));
  mgpuStreamSynchronize(first);
  mgpuMemcpy(host.data(), buffer, bytes, second);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host, std::vector<int32_t>(size, 8));
}

TEST_F(EmulatedGPUTest, HostAddressesAreNoDeviceAddresses) {
  void *add = mgpuModuleGetFunction(load(), "add");
  launch(add, host.data(), 1);
  mgpuStreamSynchronize(nullptr);
  std::string error = takeError();
  EXPECT_PRED2(contains, error,
               "kernel 'add' is wrong:\n  line 14: "
               "out-of-bounds: global access of 4 bytes at");
  EXPECT_PRED2(contains, error, "; this is a host address");
  EXPECT_PRED2(contains, error, "\n    ld.global.u32 %r2, [%rd2];");
  EXPECT_EQ(host[0], 1);

  std::vector<int32_t> other(size);
  mgpuMemcpy(other.data(), host.data(), bytes, nullptr);
  EXPECT_PRED2(contains, takeError(),
               "both are host addresses, so a buffer is "
               "missing on the device");
  mgpuMemset32(host.data(), 0, size, nullptr);
  mgpuStreamSynchronize(nullptr);
  EXPECT_PRED2(contains, takeError(), "; this is a host address");
  mgpuMemFree(host.data(), nullptr);
  EXPECT_PRED2(contains, takeError(),
               "begins no device allocation; this is a "
               "host address");
}

TEST_F(EmulatedGPUTest, StaysWithinAllocations) {
  void *add = mgpuModuleGetFunction(load(), "add");
  void *buffer = mgpuMemAlloc(bytes - 1, nullptr, false);
  mgpuMemcpy(buffer, host.data(), bytes - 1, nullptr);
  launch(add, buffer, 1);
  mgpuStreamSynchronize(nullptr);
  EXPECT_PRED2(contains, takeError(),
               "'allocation 0' is 15 bytes, this is at "
               "offset 12 (cta 0,0,0 thread 3,0,0)");
  mgpuMemcpy(host.data(), buffer, bytes, nullptr);
  EXPECT_PRED2(contains, takeError(), "which is not one device allocation");
  mgpuMemFree(buffer, nullptr);
  mgpuMemcpy(host.data(), buffer, bytes - 1, nullptr);
  EXPECT_PRED2(contains, takeError(), "which is not one device allocation");
}

TEST_F(EmulatedGPUTest, DoesNothingAfterAnError) {
  void *buffer = mgpuMemAlloc(bytes, nullptr, false);
  mgpuMemset32(buffer, 7, size, nullptr);
  mgpuMemFree(host.data(), nullptr);
  mgpuMemcpy(host.data(), buffer, bytes, nullptr);
  EXPECT_EQ(mgpuMemAlloc(bytes, nullptr, false), nullptr);
  EXPECT_EQ(host[0], 1);
  EXPECT_NE(takeError(), "");
  mgpuMemcpy(host.data(), buffer, bytes, nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host[0], 7);
}

// What host code allocated before an error would stay allocated for ever.
TEST_F(EmulatedGPUTest, FreesAfterAnError) {
  EmulatedGPUOptions options;
  options.memoryBytes = 2 * bytes;
  create(options);
  void *a = mgpuMemAlloc(bytes, nullptr, false);
  void *stream = mgpuStreamCreate();
  EXPECT_EQ(mgpuMemAlloc(bytes + 1, nullptr, false), nullptr);
  mgpuMemFree(a, nullptr);
  mgpuStreamDestroy(stream);
  mgpuStreamSynchronize(stream);
  EXPECT_EQ(takeError(), "no memory for 17 bytes on the emulated GPU, which "
                         "has 32; the program has 16 bytes on the GPU already");
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 0u);
  mgpuStreamSynchronize(stream);
  EXPECT_PRED2(contains, takeError(), "is no stream of this GPU, or no more");
  EXPECT_NE(mgpuMemAlloc(2 * bytes, nullptr, false), nullptr);
  EXPECT_EQ(takeError(), "");
}

// Memory is given up although work that was queued before fails.
TEST_F(EmulatedGPUTest, FreesBehindFailingWork) {
  void *add = mgpuModuleGetFunction(load(), "add");
  void *buffer = mgpuMemAlloc(bytes, nullptr, false);
  launch(add, host.data(), 1);
  mgpuMemFree(buffer, nullptr);
  EXPECT_PRED2(contains, takeError(), "kernel 'add' is wrong");
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 0u);
  mgpuMemFree(buffer, nullptr);
  EXPECT_PRED2(contains, takeError(), "begins no device allocation");
}

// Tensor maps take memory as well.
TEST_F(EmulatedGPUTest, HasNoRoomForATensorMap) {
  EmulatedGPUOptions options;
  options.memoryBytes = 2 * ptx::TensorMap::bytes + 64;
  create(options);
  void *buffer = mgpuMemAlloc(64, nullptr, false);
  struct {
    void *allocated, *aligned;
    int64_t offset, sizes[2], strides[2];
  } memref = {buffer, buffer, 0, {4, 16}, {16, 1}};
  int64_t box[] = {1, 16};
  auto getMap = [&](int64_t rows) {
    memref.sizes[0] = rows;
    return mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, 0, 0, 0, box);
  };
  EXPECT_NE(getMap(4), nullptr);
  EXPECT_NE(getMap(3), nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(getMap(2), nullptr);
  EXPECT_EQ(takeError(), "no memory for 128 bytes on the emulated GPU, which "
                         "has 320; the program has 320 bytes on the GPU "
                         "already");
  mgpuMemFree(buffer, nullptr);
  buffer = mgpuMemAlloc(options.memoryBytes, nullptr, false);
  EXPECT_EQ(takeError(), "");
}

// As memory of an earlier call is to the next one.
TEST_F(EmulatedGPUTest, ForgetsWhatMemoryHolds) {
  void *add = mgpuModuleGetFunction(load(), "add");
  void *buffer = mgpuMemAlloc(bytes, nullptr, false);
  mgpuMemset32(buffer, 7, size, nullptr);
  EXPECT_EQ(toString(gpu->markUnwritten(buffer)), "");
  launch(add, buffer, 1);
  mgpuStreamSynchronize(nullptr);
  EXPECT_PRED2(contains, takeError(), "kernel 'add' is wrong");
  mgpuMemset32(buffer, 7, size, nullptr);
  launch(add, buffer, 1);
  mgpuMemcpy(host.data(), buffer, bytes, nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host, std::vector<int32_t>(size, 8));
  EXPECT_PRED2(contains, toString(gpu->markUnwritten(host.data())),
               "begins no device allocation");
}

TEST_F(EmulatedGPUTest, LimitsSharedMemoryByChip) {
  void *shared = mgpuModuleGetFunction(load(), "shared");
  launch(shared, nullptr, 0, nullptr, 147 * 1024, 0);
  mgpuStreamSynchronize(nullptr);
  EXPECT_EQ(takeError(), "");
  launch(shared, nullptr, 0, nullptr, 147 * 1024 + 1, 0);
  EXPECT_EQ(takeError(), "launch of kernel 'shared': it needs 166913 bytes of "
                         "shared memory; a block on sm_80 has 166912");

  create({"sm_86", false, 1});
  shared = mgpuModuleGetFunction(load(), "shared");
  launch(shared, nullptr, 0, nullptr, 84 * 1024, 0);
  EXPECT_EQ(takeError(), "launch of kernel 'shared': it needs 102400 bytes of "
                         "shared memory; a block on sm_86 has 101376");
}

TEST_F(EmulatedGPUTest, RefusesLaunchesThatNoChipTakes) {
  void *add = mgpuModuleGetFunction(load(), "add");
  void *parameters[] = {&add, &add};
  mgpuLaunchKernel(add, 0, 1, 1, 32, 1, 1, 0, nullptr, parameters, nullptr, 2);
  mgpuStreamSynchronize(nullptr);
  EXPECT_EQ(takeError(), "launch of kernel 'add': grid and block dimensions "
                         "must not be 0");
  mgpuLaunchKernel(add, 1, 1, 1, 2048, 1, 1, 0, nullptr, parameters, nullptr,
                   2);
  mgpuStreamSynchronize(nullptr);
  EXPECT_PRED2(contains, takeError(), "is larger than 1024 threads");
  mgpuLaunchKernel(add, 1, 1, 1, 32, 1, 1, 0, nullptr, parameters, nullptr, 1);
  EXPECT_EQ(takeError(), "launch of kernel 'add': it has 2 parameters, 1 "
                         "arguments are given");
  mgpuLaunchKernel(add, 1, 1, 1, 32, 1, 1, -16, nullptr, parameters, nullptr,
                   2);
  EXPECT_EQ(takeError(),
            "launch of a kernel with -16 bytes of dynamic shared memory");
  mgpuLaunchKernel(add, 1, 1LL << 32, 1, 32, 1, 1, 0, nullptr, parameters,
                   nullptr, 2);
  EXPECT_EQ(takeError(), "launch of a kernel with a size of 4294967296 of the "
                         "grid along y; sizes are below 2^32");
  // Their product is 1 modulo 2^64.
  mgpuLaunchClusterKernel(add, 3, 0xAAAAAAAB, 0x55555555, 1, 1, 1, 32, 1, 1, 0,
                          nullptr, parameters, nullptr);
  mgpuStreamSynchronize(nullptr);
  EXPECT_PRED2(contains, takeError(), "launch of kernel 'add': ");
  mgpuLaunchKernel(&add, 1, 1, 1, 32, 1, 1, 0, nullptr, parameters, nullptr, 2);
  EXPECT_PRED2(contains, takeError(), "which is no kernel of this GPU");
}

TEST_F(EmulatedGPUTest, LoadsWhatRunsOnTheChip) {
  load("sm_75");
  EXPECT_EQ(takeError(), "");
  load("sm_90");
  EXPECT_EQ(takeError(), "the module is for sm_90 and does not run on sm_80");
  create({"sm_90", false, 1});
  load("sm_90a");
  EXPECT_EQ(takeError(), "the module is for sm_90a and does not run on sm_90");
  create({"sm_90a", false, 1});
  load("sm_90a");
  EXPECT_EQ(takeError(), "");

  char elf[] = "\x7f"
               "ELF";
  EXPECT_EQ(mgpuModuleLoad(elf, sizeof(elf)), nullptr);
  EXPECT_PRED2(contains, takeError(), "the emulator runs PTX");
  char wrong[] = ".version 8.0\n.target sm_80\n.address_size 64\nfoo";
  EXPECT_EQ(mgpuModuleLoadJIT(wrong, 3), nullptr);
  EXPECT_PRED2(contains, takeError(), "PTX:4:1: ");
  EXPECT_EQ(mgpuModuleGetFunction(load("sm_80"), "none"), nullptr);
  EXPECT_PRED2(contains, takeError(),
               "no entry 'none'; it has add, count, "
               "shared");

  EXPECT_EQ(toString(createEmulatedGPU({"sm_81", false, 1}).takeError()),
            "'sm_81' is no GPU that the emulator knows; choose one such as "
            "sm_80");
}

TEST_F(EmulatedGPUTest, LaunchesClusters) {
  create({"sm_90", true, 1});
  std::string text = R"(.version 8.0
.target sm_90
.address_size 64
.visible .entry rank(.param .u64 x) {
  .reg .b32 %r<3>;
  .reg .b64 %rd<3>;
  ld.param.u64 %rd0, [x];
  mov.u32 %r0, %ctaid.x;
  mul.wide.u32 %rd1, %r0, 4;
  add.u64 %rd2, %rd0, %rd1;
  mov.u32 %r1, %cluster_ctarank;
  st.global.u32 [%rd2], %r1;
  ret;
}
)";
  void *rank = mgpuModuleGetFunction(mgpuModuleLoadJIT(text.data(), 3), "rank");
  void *buffer = mgpuMemAlloc(bytes, nullptr, false);
  void *parameters[] = {&buffer};
  mgpuLaunchClusterKernel(rank, 2, 1, 1, size, 1, 1, 1, 1, 1, 0, nullptr,
                          parameters, nullptr);
  mgpuMemcpy(host.data(), buffer, bytes, nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(host, (std::vector<int32_t>{0, 1, 0, 1}));
  mgpuLaunchClusterKernel(rank, 3, 1, 1, size, 1, 1, 1, 1, 1, 0, nullptr,
                          parameters, nullptr);
  mgpuStreamSynchronize(nullptr);
  EXPECT_PRED2(contains, takeError(),
               "launch of kernel 'rank': the grid is not "
               "a multiple of the cluster");
  mgpuLaunchClusterKernel(rank, 0, 1, 1, size, 1, 1, 1, 1, 1, 0, nullptr,
                          parameters, nullptr);
  EXPECT_PRED2(contains, takeError(),
               "launch of kernel 'rank': a cluster of no blocks");
}

TEST_F(EmulatedGPUTest, MakesTensorMaps) {
  void *buffer = mgpuMemAlloc(4 * 64, nullptr, false);
  struct {
    void *allocated, *aligned;
    int64_t offset, sizes[2], strides[2];
  } memref = {buffer, buffer, 0, {4, 32}, {64, 1}};
  int64_t box[] = {2, 32};
  void *map = mgpuTensorMapEncodeTiledMemref(2, &memref, /*u8*/ 0, 0,
                                             /*32 bytes*/ 1, 0, 0, box);
  ptx::TensorMap::Object object;
  mgpuMemcpy(object.data(), map, object.size(), nullptr);
  EXPECT_EQ(takeError(), "");
  auto decoded = cantFail(ptx::TensorMap::decode(object.data()));
  EXPECT_EQ(decoded.rank, 2u);
  EXPECT_EQ(decoded.address, reinterpret_cast<uint64_t>(buffer));
  EXPECT_EQ(decoded.extents[0], 32u);
  EXPECT_EQ(decoded.extents[1], 4u);
  EXPECT_EQ(decoded.strides[0], 64u);
  EXPECT_EQ(decoded.box[0], 32u);
  EXPECT_EQ(decoded.box[1], 2u);
  EXPECT_EQ(decoded.swizzle, ptx::TensorMap::Swizzle::Bytes32);

  memref.strides[0] = 40;
  EXPECT_EQ(mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, 1, 0, 0, box),
            nullptr);
  EXPECT_PRED2(contains, takeError(), "tensor map: ");
  EXPECT_EQ(mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 1, 1, 0, 0, box),
            nullptr);
  EXPECT_PRED2(contains, takeError(), "are not emulated");
  EXPECT_EQ(mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, 4, 0, 0, box),
            nullptr);
  EXPECT_EQ(takeError(),
            "tensor maps of element type 0 and swizzle 4 are not emulated");
  memref.strides[0] = 64;
  // Of 32 and of 64 bits, whose low ones are a swizzle.
  for (int64_t swizzle : {int64_t(-255), (int64_t(1) << 32) + 1}) {
    EXPECT_EQ(
        mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, swizzle, 0, 0, box),
        nullptr);
    EXPECT_EQ(takeError(), "a tensor map whose interleave, swizzle, L2 "
                           "promotion or fill is " +
                               std::to_string(swizzle) + " does not exist");
  }
  GPUTensorMap negative;
  negative.swizzle = -255;
  EXPECT_EQ(toString(gpu->getTensorMap(negative).takeError()),
            "tensor maps of element type 0 and swizzle -255 are not emulated");
  box[0] = 65536 + 2;
  EXPECT_EQ(mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, 1, 0, 0, box),
            nullptr);
  EXPECT_EQ(takeError(), "tensor map: box of 65538 elements; at most 256 along "
                         "each dimension");
  box[0] = (int64_t(1) << 32) + 2;
  EXPECT_EQ(mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, 1, 0, 0, box),
            nullptr);
  EXPECT_PRED2(contains, takeError(), "a box of 4294967298 elements");
}

TEST_F(EmulatedGPUTest, KeepsTensorMapsUntilTheMatrixIsFreed) {
  void *buffer = mgpuMemAlloc(4 * 64, nullptr, false);
  void *other = mgpuMemAlloc(4 * 64, nullptr, false);
  struct {
    void *allocated, *aligned;
    int64_t offset, sizes[2], strides[2];
  } memref = {buffer, buffer, 0, {4, 32}, {64, 1}};
  int64_t box[] = {2, 32};
  auto getMap = [&](int64_t swizzle = 1) {
    return mgpuTensorMapEncodeTiledMemref(2, &memref, 0, 0, swizzle, 0, 0, box);
  };
  void *map = getMap();
  EXPECT_EQ(getMap(), map);
  EXPECT_EQ(gpu->getMemoryUse().tensorMaps, 1u);
  void *plain = getMap(0);
  EXPECT_NE(plain, map);
  memref.aligned = other;
  void *ofOther = getMap();
  EXPECT_NE(ofOther, map);
  EXPECT_EQ(gpu->getMemoryUse().tensorMaps, 3u);

  mgpuMemFree(buffer, nullptr);
  EXPECT_EQ(takeError(), "");
  EXPECT_EQ(getMap(), ofOther);
  for (void *freed : {map, plain}) {
    mgpuMemFree(freed, nullptr);
    EXPECT_PRED2(contains, takeError(), "begins no device allocation");
  }
}

TEST_F(EmulatedGPUTest, TellsWhatItsMemoryWasUsedFor) {
  void *a = mgpuMemAlloc(bytes, nullptr, false);
  void *b = mgpuMemAlloc(2 * bytes, nullptr, false);
  mgpuMemcpy(a, host.data(), bytes, nullptr);
  mgpuMemcpy(static_cast<char *>(b) + bytes, host.data(), bytes, nullptr);
  mgpuMemcpy(b, a, bytes, nullptr);
  mgpuMemcpy(host.data(), b, 4, nullptr);
  mgpuMemFree(b, nullptr);
  mgpuMemAlloc(bytes, nullptr, false);
  EXPECT_EQ(takeError(), "");
  const GPUMemoryUse &use = gpu->getMemoryUse();
  EXPECT_EQ(use.bytesToDevice, 2 * bytes);
  EXPECT_EQ(use.bytesToHost, 4u);
  EXPECT_EQ(use.allocations, 3u);
  EXPECT_EQ(use.allocatedBytes, 2 * bytes);
  EXPECT_EQ(use.peakBytes, 3 * bytes);
}

TEST_F(EmulatedGPUTest, RefusesWhatHostAndDeviceShare) {
  EXPECT_EQ(mgpuMemAlloc(bytes, nullptr, true), nullptr);
  EXPECT_PRED2(contains, takeError(), "is not emulated");
  struct {
    int32_t *allocated, *aligned;
    int64_t offset, size, stride;
  } memref = {host.data(), host.data(), 0, size, 1};
  mgpuMemHostRegisterMemRef(1, &memref, sizeof(int32_t));
  EXPECT_PRED2(contains, takeError(), "cannot use host memory");
  memref.stride = 2;
  mgpuMemHostRegisterMemRef(1, &memref, sizeof(int32_t));
  EXPECT_PRED2(contains, takeError(), "this one has gaps");
}

TEST_F(EmulatedGPUTest, KnowsItsHandles) {
  mgpuStreamSynchronize(&host);
  EXPECT_PRED2(contains, takeError(), "is no stream of this GPU, or no more");
  void *event = mgpuEventCreate();
  mgpuEventDestroy(event);
  mgpuEventSynchronize(event);
  EXPECT_PRED2(contains, takeError(), "is no event of this GPU, or no more");
  mgpuSetDefaultDevice(1);
  EXPECT_EQ(takeError(), "there is no GPU 1; one is emulated, number 0");
}

TEST(CurrentGPU, IsNeeded) {
  EXPECT_EQ(mgpuMemAlloc(bytes, nullptr, false), nullptr);
  EXPECT_PRED2(contains, toString(takeGPUError()), "none was chosen");
}
