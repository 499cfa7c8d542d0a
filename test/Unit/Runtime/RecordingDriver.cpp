//===- RecordingDriver.cpp - a library with the interface of libcuda ------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written from the declarations of the "CUDA Driver API" reference, not from
// those that it tests.
//
//===----------------------------------------------------------------------===//

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

static std::string calls, taken;
static int context, module, function, stream, event;
static unsigned long long buffer = 0x7000000000;
static bool copyFails, allocationFails;

/// The thread's context; most functions need one.
static thread_local void *current;

static void log(const std::string &call) { calls += call + "; "; }

static void logInContext(const std::string &call) {
  log(current == &context ? call : call + " without context");
}

static std::string triple(unsigned x, unsigned y, unsigned z) {
  return std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(z);
}

static std::string on(void *s) {
  return s == &stream ? " on stream" : s == nullptr ? "" : " on another stream";
}

// The driver chose the names.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
/// Lets the next copy fail.
void failCopy() { copyFails = true; }
/// Lets the next allocation find no memory.
void failAllocation() { allocationFails = true; }

const char *takeLog() {
  taken = calls;
  calls.clear();
  return taken.c_str();
}

int cuInit(unsigned) { return log("init"), 0; }
int cuGetErrorName(int, const char **text) {
  return *text = "CUDA_ERROR_NAME", 0;
}
int cuGetErrorString(int, const char **text) {
  return *text = "what it means", 0;
}
int cuDeviceGetCount(int *count) { return log("count"), *count = 2, 0; }
int cuDeviceGet(int *device, int ordinal) {
  return log("device " + std::to_string(ordinal)), *device = ordinal, 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int) {
  return log("attribute " + std::to_string(attribute)), *value = 166912, 0;
}
int cuDevicePrimaryCtxRetain(void **c, int) {
  return log("retain"), *c = &context, 0;
}
int cuDevicePrimaryCtxRelease_v2(int) {
  return log("release"), current = nullptr, 0;
}
int cuCtxSetCurrent(void *c) {
  if (c != current)
    log(c == &context ? "current" : "wrong context");
  return current = c, 0;
}
int cuModuleLoadDataEx(void **m, const void *image, unsigned count,
                       int *options, void **values) {
  std::string text(static_cast<const char *>(image));
  size_t level = 99;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == 7)
      level = reinterpret_cast<size_t>(values[i]);
    if (options[i] == 5 && text == "bad")
      std::string("ptxas: line 1: bad\n")
          .copy(static_cast<char *>(values[i]), 19);
  }
  if (text == "bad")
    return 218;
  *m = &module;
  logInContext("load '" + text + "' level " + std::to_string(level));
  return 0;
}
int cuModuleUnload(void *) { return logInContext("unload"), 0; }
int cuModuleGetFunction(void **f, void *, const char *name) {
  return logInContext(std::string("function ") + name), *f = &function, 0;
}
int cuFuncSetAttribute(void *, int attribute, int value) {
  logInContext("set " + std::to_string(attribute) + " to " +
               std::to_string(value));
  return 0;
}
int cuLaunchKernel(void *, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                   unsigned by, unsigned bz, unsigned shared, void *s,
                   void **parameters, void **) {
  logInContext("launch " + triple(gx, gy, gz) + " of " + triple(bx, by, bz) +
               " shared " + std::to_string(shared) + on(s) + " with " +
               std::to_string(*static_cast<int32_t *>(parameters[0])));
  return 0;
}

struct CUlaunchAttribute {
  int id;
  char pad[8 - sizeof(int)];
  union {
    char pad[64];
    struct {
      unsigned x, y, z;
    } clusterDim;
  } value;
};
struct CUlaunchConfig {
  unsigned gridDimX, gridDimY, gridDimZ;
  unsigned blockDimX, blockDimY, blockDimZ;
  unsigned sharedMemBytes;
  void *hStream;
  CUlaunchAttribute *attrs;
  unsigned numAttrs;
};
int cuLaunchKernelEx(const CUlaunchConfig *config, void *, void **parameters,
                     void **) {
  if (config->numAttrs != 1 || config->attrs->id != 4)
    return 1;
  auto cluster = config->attrs->value.clusterDim;
  logInContext(
      "launch " + triple(config->gridDimX, config->gridDimY, config->gridDimZ) +
      " of " + triple(config->blockDimX, config->blockDimY, config->blockDimZ) +
      " clusters " + triple(cluster.x, cluster.y, cluster.z) + " shared " +
      std::to_string(config->sharedMemBytes) + on(config->hStream) + " with " +
      std::to_string(*static_cast<int32_t *>(parameters[0])));
  return 0;
}
int cuStreamCreate(void **s, unsigned flags) {
  return logInContext(flags == 1 ? "stream" : "blocking stream"), *s = &stream,
                                                                  0;
}
int cuStreamDestroy_v2(void *) { return logInContext("destroy stream"), 0; }
int cuStreamSynchronize(void *) { return logInContext("join stream"), 0; }
int cuStreamWaitEvent(void *, void *, unsigned) {
  return logInContext("wait"), 0;
}
int cuEventCreate(void **e, unsigned) {
  return logInContext("event"), *e = &event, 0;
}
int cuEventDestroy_v2(void *) { return logInContext("destroy event"), 0; }
int cuEventRecord(void *, void *) { return logInContext("record"), 0; }
int cuEventSynchronize(void *) { return logInContext("join event"), 0; }
int cuEventElapsedTime(float *milliseconds, void *, void *) {
  // Each launch takes a millisecond less than the one before.
  static float next = 5;
  return logInContext("elapsed"), *milliseconds = --next, 0;
}
int cuMemAlloc_v2(unsigned long long *pointer, size_t bytes) {
  logInContext("alloc " + std::to_string(bytes));
  *pointer = buffer;
  return std::exchange(allocationFails, false) ? 2 : 0;
}
int cuMemAllocManaged(unsigned long long *pointer, size_t bytes, unsigned) {
  return logInContext("managed " + std::to_string(bytes)), *pointer = buffer, 0;
}
int cuMemFree_v2(unsigned long long pointer) {
  return logInContext(pointer == buffer ? "free" : "wrong free"), 0;
}
int cuMemcpyAsync(unsigned long long, unsigned long long, size_t bytes,
                  void *s) {
  logInContext("copy " + std::to_string(bytes) + on(s));
  return std::exchange(copyFails, false) ? 1 : 0;
}
struct CUDA_MEMCPY2D {
  size_t srcXInBytes, srcY;
  unsigned srcMemoryType;
  const void *srcHost;
  unsigned long long srcDevice;
  void *srcArray;
  size_t srcPitch;
  size_t dstXInBytes, dstY;
  unsigned dstMemoryType;
  void *dstHost;
  unsigned long long dstDevice;
  void *dstArray;
  size_t dstPitch;
  size_t WidthInBytes, Height;
};
int cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *copy, void *s) {
  auto describe = [](unsigned type, const void *host, unsigned long long device,
                     size_t pitch) {
    std::string where = type != 4 || host  ? "nowhere"
                        : device == buffer ? "device"
                                           : "elsewhere";
    return where + " by " + std::to_string(pitch);
  };
  logInContext("copy " + std::to_string(copy->Height) + " rows of " +
               std::to_string(copy->WidthInBytes) + " from " +
               describe(copy->srcMemoryType, copy->srcHost, copy->srcDevice,
                        copy->srcPitch) +
               " to " +
               describe(copy->dstMemoryType, copy->dstHost, copy->dstDevice,
                        copy->dstPitch) +
               on(s));
  return copy->srcXInBytes || copy->srcY || copy->srcArray ||
         copy->dstXInBytes || copy->dstY || copy->dstArray;
}
int cuMemsetD16Async(unsigned long long, unsigned short value, size_t count,
                     void *s) {
  logInContext("fill16 " + std::to_string(value) + " " + std::to_string(count) +
               on(s));
  return 0;
}
int cuMemsetD32Async(unsigned long long, unsigned value, size_t count,
                     void *s) {
  logInContext("fill32 " + std::to_string(value) + " " + std::to_string(count) +
               on(s));
  return 0;
}
int cuTensorMapEncodeTiled(void *, int type, unsigned rank, void *,
                           const uint64_t *extents, const uint64_t *strides,
                           const uint32_t *box, const uint32_t *elementStrides,
                           int interleave, int swizzle, int promotion,
                           int fill) {
  logInContext("map " + triple(type, rank, interleave) + " " +
               triple(swizzle, promotion, fill) + " extents " +
               triple(extents[0], extents[1], extents[2]) + " strides " +
               std::to_string(strides[0]) + "," + std::to_string(strides[1]) +
               " box " + triple(box[0], box[1], box[2]) + " step " +
               triple(elementStrides[0], elementStrides[1], elementStrides[2]));
  return 0;
}
int cuMemHostRegister_v2(void *, size_t bytes, unsigned) {
  return logInContext("register " + std::to_string(bytes)), 0;
}
int cuMemHostUnregister(void *) { return logInContext("unregister"), 0; }
}
// NOLINTEND(readability-identifier-naming)
