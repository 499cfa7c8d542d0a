//===- CUDAGPU.cpp - a GPU of NVIDIA's driver -----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriver.h"
#include "LaunchShape.h"

#include "quant-mlir/Runtime/GPU.h"

#include "llvm/ADT/ScopeExit.h"

#include <array>
#include <map>

using namespace llvm;
using namespace mlir::quantmlir;

namespace {
class CUDAGPU final : public GPU {
public:
  CUDAGPU(const CUDADriver &driver, bool record)
      : driver(driver), record(record) {}
  ~CUDAGPU() override;

  Error makeCurrent() override;
  Expected<void *> loadModule(StringRef image, int optLevel) override;
  Error unloadModule(void *module) override;
  Expected<void *> getFunction(void *module, StringRef name) override;
  Error launch(const GPULaunch &launch) override;

  Expected<void *> createStream() override;
  Error destroyStream(void *stream) override;
  Error synchronizeStream(void *stream) override;
  Error waitForEvent(void *stream, void *event) override;
  Expected<void *> createEvent() override;
  Error destroyEvent(void *event) override;
  Error recordEvent(void *event, void *stream) override;
  Error synchronizeEvent(void *event) override;

  Error fill(void *to, uint32_t value, unsigned width, uint64_t count,
             void *stream) override;
  Error registerHost(void *pointer, uint64_t bytes) override;
  Error unregisterHost(void *pointer) override;
  Error setDevice(int32_t ordinal) override;
  json::Array getRecords() const override;

protected:
  Expected<void *> allocateMemory(uint64_t bytes, bool hostShared) override;
  Error freeMemory(void *pointer) override;
  Error copyMemory(void *to, const void *from, uint64_t bytes,
                   void *stream) override;
  Error copyMemoryRows(const GPURowCopy &rows, void *stream) override;
  Expected<void *> createTensorMap(const GPUTensorMap &map) override;

private:
  Error start(const GPULaunch &launch, const Twine &what);
  Error measure(const GPULaunch &launch, const Twine &what);

  CUDADriver driver;
  bool record;
  CUdevice device = 0;
  void *context = nullptr;
  int numDevices = -1;
  /// Devices whose primary context is retained.
  std::map<CUdevice, void *> contexts;
  int maxSharedBytes = 0;
  std::map<void *, std::string> functionNames;
  StringRef getName(void *function) const {
    auto it = functionNames.find(function);
    return it == functionNames.end() ? StringRef("?") : StringRef(it->second);
  }
  struct Times {
    int64_t launches = 0;
    double seconds = 0, minSeconds = 0;
  };
  std::map<LaunchShape, Times> records;
};
} // namespace

static CUdeviceptr toDevice(const void *pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

CUDAGPU::~CUDAGPU() {
  // The process may be ending with the driver already gone; nothing to report.
  consumeError(freeTensorMaps());
  for (auto &entry : contexts)
    (void)driver.cuDevicePrimaryCtxRelease(entry.first);
}

Error CUDAGPU::makeCurrent() {
  return driver.check(driver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
}

Error CUDAGPU::setDevice(int32_t ordinal) {
  if (numDevices < 0) {
    if (Error error = driver.check(driver.cuInit(0), "cuInit"))
      return error;
    if (Error error = driver.check(driver.cuDeviceGetCount(&numDevices),
                                   "cuDeviceGetCount"))
      return error;
  }
  if (ordinal < 0 || ordinal >= numDevices)
    return createStringError("there is no GPU " + Twine(ordinal) +
                             "; the driver has " + Twine(numDevices));
  CUdevice chosen = 0;
  if (Error error =
          driver.check(driver.cuDeviceGet(&chosen, ordinal), "cuDeviceGet"))
    return error;
  if (!contexts.count(chosen)) {
    void *retained = nullptr;
    if (Error error =
            driver.check(driver.cuDevicePrimaryCtxRetain(&retained, chosen),
                         "cuDevicePrimaryCtxRetain"))
      return error;
    contexts[chosen] = retained;
  }
  device = chosen;
  context = contexts[chosen];
  if (Error error = makeCurrent())
    return error;
  return driver.check(driver.cuDeviceGetAttribute(
                          &maxSharedBytes, cuDeviceMaxSharedBytesOptIn, device),
                      "cuDeviceGetAttribute");
}

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

Expected<void *> CUDAGPU::loadModule(StringRef image, int optLevel) {
  char log[4096] = {0};
  int options[] = {cuJitErrorLogBuffer, cuJitErrorLogBufferBytes,
                   cuJitOptimizationLevel};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log)),
                    reinterpret_cast<void *>(intptr_t(optLevel))};
  void *module = nullptr;
  CUresult result =
      driver.cuModuleLoadDataEx(&module, image.data(), 3, options, values);
  if (Error error = driver.check(result, "cuModuleLoadDataEx")) {
    StringRef details = StringRef(log).trim();
    if (details.empty())
      return std::move(error);
    return createStringError(toString(std::move(error)) + "\n" + details);
  }
  return module;
}

Error CUDAGPU::unloadModule(void *module) {
  return driver.check(driver.cuModuleUnload(module), "cuModuleUnload");
}

Expected<void *> CUDAGPU::getFunction(void *module, StringRef name) {
  void *function = nullptr;
  CUresult result =
      driver.cuModuleGetFunction(&function, module, name.str().c_str());
  if (Error error =
          driver.check(result, "cuModuleGetFunction of '" + name + "'"))
    return std::move(error);
  functionNames[function] = name.str();
  return function;
}

Error CUDAGPU::launch(const GPULaunch &launch) {
  std::string what =
      ("launch of kernel '" + getName(launch.function) + "'").str();
  if (launch.sharedBytes > uint64_t(maxSharedBytes))
    return createStringError(
        what + ": it asks for " + Twine(launch.sharedBytes) +
        " bytes of dynamic shared memory; a block on this GPU has " +
        Twine(maxSharedBytes));
  // Beyond 48 KB a kernel has to opt in.
  if (Error error =
          driver.check(driver.cuFuncSetAttribute(
                           launch.function, cuFunctionMaxDynamicSharedBytes,
                           int(launch.sharedBytes)),
                       what + ": cuFuncSetAttribute"))
    return error;
  return record ? measure(launch, what) : start(launch, what);
}

/// Launches a kernel between two events, and waits for the second.
Error CUDAGPU::measure(const GPULaunch &launch, const Twine &what) {
  std::array<void *, 2> events = {};
  auto destroy = scope_exit([&] {
    for (void *event : events)
      if (event)
        (void)driver.cuEventDestroy(event);
  });
  for (void *&event : events)
    if (Error error = driver.check(driver.cuEventCreate(&event, /*flags=*/0),
                                   "cuEventCreate"))
      return error;
  if (Error error = recordEvent(events[0], launch.stream))
    return error;
  if (Error error = start(launch, what))
    return error;
  if (Error error = recordEvent(events[1], launch.stream))
    return error;
  if (Error error = synchronizeEvent(events[1]))
    return error;
  float milliseconds = 0;
  if (Error error = driver.check(
          driver.cuEventElapsedTime(&milliseconds, events[0], events[1]),
          "cuEventElapsedTime"))
    return error;
  double seconds = double(milliseconds) * 1e-3;
  Times &times = records[LaunchShape(getName(launch.function).str(),
                                     launch.grid, launch.block)];
  if (times.launches++ == 0 || seconds < times.minSeconds)
    times.minSeconds = seconds;
  times.seconds += seconds;
  return Error::success();
}

json::Array CUDAGPU::getRecords() const {
  json::Array array;
  for (const auto &[shape, times] : records) {
    json::Object object = shape.toJSON(times.launches);
    object["seconds"] = times.seconds;
    object["min_seconds"] = times.minSeconds;
    array.push_back(std::move(object));
  }
  return array;
}

Error CUDAGPU::start(const GPULaunch &launch, const Twine &what) {
  auto [gridX, gridY, gridZ] = launch.grid;
  auto [blockX, blockY, blockZ] = launch.block;
  auto [clusterX, clusterY, clusterZ] = launch.cluster;
  if (clusterX == 1 && clusterY == 1 && clusterZ == 1)
    return driver.check(driver.cuLaunchKernel(launch.function, gridX, gridY,
                                              gridZ, blockX, blockY, blockZ,
                                              launch.sharedBytes, launch.stream,
                                              launch.parameters, nullptr),
                        what);
  if (!driver.cuLaunchKernelEx)
    return createStringError(what + ": this driver has no clusters; they came "
                                    "with CUDA 11.8");
  CUDALaunchAttribute attribute = {};
  attribute.id = cuLaunchClusterDimension;
  for (unsigned i = 0; i < 3; ++i)
    attribute.clusterDimension[i] = launch.cluster[i];
  CUDALaunchConfig config = {{gridX, gridY, gridZ},
                             {blockX, blockY, blockZ},
                             launch.sharedBytes,
                             launch.stream,
                             &attribute,
                             1};
  return driver.check(driver.cuLaunchKernelEx(&config, launch.function,
                                              launch.parameters, nullptr),
                      what);
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

Expected<void *> CUDAGPU::createStream() {
  void *stream = nullptr;
  CUresult result = driver.cuStreamCreate(&stream, cuStreamNonBlocking);
  if (Error error = driver.check(result, "cuStreamCreate"))
    return std::move(error);
  return stream;
}

Error CUDAGPU::destroyStream(void *stream) {
  return driver.check(driver.cuStreamDestroy(stream), "cuStreamDestroy");
}

Error CUDAGPU::synchronizeStream(void *stream) {
  return driver.check(driver.cuStreamSynchronize(stream),
                      "cuStreamSynchronize");
}

Error CUDAGPU::waitForEvent(void *stream, void *event) {
  return driver.check(driver.cuStreamWaitEvent(stream, event, 0),
                      "cuStreamWaitEvent");
}

Expected<void *> CUDAGPU::createEvent() {
  void *event = nullptr;
  CUresult result = driver.cuEventCreate(&event, cuEventDisableTiming);
  if (Error error = driver.check(result, "cuEventCreate"))
    return std::move(error);
  return event;
}

Error CUDAGPU::destroyEvent(void *event) {
  return driver.check(driver.cuEventDestroy(event), "cuEventDestroy");
}

Error CUDAGPU::recordEvent(void *event, void *stream) {
  return driver.check(driver.cuEventRecord(event, stream), "cuEventRecord");
}

Error CUDAGPU::synchronizeEvent(void *event) {
  return driver.check(driver.cuEventSynchronize(event), "cuEventSynchronize");
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Expected<void *> CUDAGPU::allocateMemory(uint64_t bytes, bool hostShared) {
  CUdeviceptr pointer = 0;
  CUresult result =
      hostShared ? driver.cuMemAllocManaged(&pointer, bytes, cuMemAttachGlobal)
                 : driver.cuMemAlloc(&pointer, bytes);
  Error error =
      driver.check(result, "cuMemAlloc of " + Twine(bytes) + " bytes");
  if (result == cuErrorOutOfMemory)
    return noMemory(toString(std::move(error)));
  if (error)
    return std::move(error);
  return reinterpret_cast<void *>(pointer);
}

Error CUDAGPU::freeMemory(void *pointer) {
  return driver.check(driver.cuMemFree(toDevice(pointer)), "cuMemFree");
}

Error CUDAGPU::copyMemory(void *to, const void *from, uint64_t bytes,
                          void *stream) {
  return driver.check(
      driver.cuMemcpyAsync(toDevice(to), toDevice(from), bytes, stream),
      "cuMemcpyAsync of " + Twine(bytes) + " bytes");
}

/// The driver tells from the address where it is, as cuMemcpyAsync does. Memory
/// need not be ours: a caller may have allocated or registered it.
static CUDAMatrix getMatrix(const void *pointer, int64_t pitch) {
  return {/*xInBytes=*/0,
          /*y=*/0,           CUDAMemory::Unified,
          /*host=*/nullptr,  toDevice(pointer),
          /*array=*/nullptr, static_cast<size_t>(pitch)};
}

Error CUDAGPU::copyMemoryRows(const GPURowCopy &rows, void *stream) {
  // CUDA takes no rows that overlap or come from above.
  auto rowBytes = static_cast<int64_t>(rows.rowBytes);
  if (rows.toPitch < rowBytes || rows.fromPitch < rowBytes)
    return GPU::copyMemoryRows(rows, stream);
  CUDAMatrixCopy copy = {getMatrix(rows.from, rows.fromPitch),
                         getMatrix(rows.to, rows.toPitch), rows.rowBytes,
                         rows.rows};
  return driver.check(driver.cuMemcpy2DAsync(&copy, stream),
                      "cuMemcpy2DAsync of " + Twine(rows.rows) + " rows of " +
                          Twine(rows.rowBytes) + " bytes");
}

Error CUDAGPU::fill(void *to, uint32_t value, unsigned width, uint64_t count,
                    void *stream) {
  if (width == 2)
    return driver.check(
        driver.cuMemsetD16Async(toDevice(to), value, count, stream),
        "cuMemsetD16Async");
  return driver.check(
      driver.cuMemsetD32Async(toDevice(to), value, count, stream),
      "cuMemsetD32Async");
}

Expected<void *> CUDAGPU::createTensorMap(const GPUTensorMap &map) {
  if (!driver.cuTensorMapEncodeTiled)
    return createStringError(
        "this driver has no tensor maps; they came with CUDA 12");
  alignas(64) char object[tensorMapBytes];
  const uint32_t elementStrides[] = {1, 1, 1, 1, 1};
  CUresult result = driver.cuTensorMapEncodeTiled(
      object, map.elementType, map.rank, map.address, map.extents, map.strides,
      map.box, elementStrides, map.interleave, map.swizzle, map.l2Promotion,
      map.fill);
  if (Error error = driver.check(result, "cuTensorMapEncodeTiled"))
    return std::move(error);
  auto onDevice = allocateMemory(tensorMapBytes, /*hostShared=*/false);
  if (!onDevice)
    return onDevice.takeError();
  Error error =
      copyMemory(*onDevice, object, tensorMapBytes, /*stream=*/nullptr);
  // Streams of ours do not wait for the default one.
  if (!error)
    error = synchronizeStream(nullptr);
  if (error)
    return joinErrors(std::move(error), freeMemory(*onDevice));
  return *onDevice;
}

Error CUDAGPU::registerHost(void *pointer, uint64_t bytes) {
  return driver.check(driver.cuMemHostRegister(pointer, bytes, 0),
                      "cuMemHostRegister");
}

Error CUDAGPU::unregisterHost(void *pointer) {
  return driver.check(driver.cuMemHostUnregister(pointer),
                      "cuMemHostUnregister");
}

Expected<std::unique_ptr<GPU>> mlir::quantmlir::createCUDAGPU(StringRef library,
                                                              bool record) {
  auto driver = CUDADriver::open(library);
  if (!driver)
    return driver.takeError();
  auto gpu = std::make_unique<CUDAGPU>(*driver, record);
  if (Error error = gpu->setDevice(0))
    return createStringError("NVIDIA's driver is there but no GPU: " +
                             toString(std::move(error)));
  return std::move(gpu);
}
