//===- MgpuFunctions.cpp - the C functions that host code calls -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/GPU.h"

#include "llvm/Support/MathExtras.h"

#include <limits>
#include <mutex>

using namespace llvm;
using namespace mlir::quantmlir;

namespace {
/// The GPU that host code uses, and what went wrong on it first.
struct Use {
  GPU *gpu = nullptr;
  std::string error;
};

/// Host code is compiled apart and knows nothing but function names, so what
/// they work on belongs to the thread within useGPU, else to the process.
struct State {
  /// Held while what follows is read or written, and for nothing else.
  std::mutex mutex;
  Use use;
  void (*handler)(StringRef) = nullptr;
};
} // namespace

/// Of the innermost useGPU that this thread is in, or null.
static thread_local Use *ownUse = nullptr;

static State &getState() {
  static State state;
  return state;
}

void mlir::quantmlir::setCurrentGPU(GPU *gpu) {
  State &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  state.use.gpu = gpu;
}

void mlir::quantmlir::setGPUErrorHandler(void (*handler)(StringRef)) {
  State &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  state.handler = handler;
}

/// Lets `access` read or change what the calling thread's host code works on.
template <typename Access>
static auto accessUse(Access access) {
  if (ownUse)
    return access(*ownUse);
  State &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  return access(state.use);
}

static Error toError(const std::string &message) {
  return message.empty() ? Error::success() : createStringError(message);
}

Error mlir::quantmlir::takeGPUError() {
  return toError(
      accessUse([](Use &use) { return std::exchange(use.error, ""); }));
}

Error mlir::quantmlir::useGPU(GPU &gpu, function_ref<Error()> hostCode) {
  auto turn = gpu.lock();
  if (Error error = gpu.makeCurrent())
    return error;
  // An error that nobody has taken is none of this code.
  Use own = {&gpu, ""};
  Use *outer = std::exchange(ownUse, &own);
  Error error = hostCode();
  ownUse = outer;
  error = joinErrors(std::move(error), toError(own.error));
  if (outer)
    error = joinErrors(std::move(error), outer->gpu->makeCurrent());
  return error;
}

/// Lets `action` use the host code's GPU unless something has failed. What
/// gives back is done even then: memory would stay allocated. Returns the first
/// error; what follows from it is of no interest.
template <typename Action>
static std::string tryGPU(Action action, bool givesBack) {
  auto [gpu, hasFailed] = accessUse(
      [](Use &use) { return std::pair(use.gpu, !use.error.empty()); });
  if (hasFailed && !givesBack)
    return "";
  std::string message = "host code uses a GPU, but none was chosen: call "
                        "setCurrentGPU first";
  if (gpu) {
    auto turn = gpu->lock();
    Error error = gpu->makeCurrent();
    if (!error)
      error = action(*gpu);
    message = toString(std::move(error));
  }
  return accessUse([&](Use &use) {
    return use.error.empty() ? use.error = message : std::string();
  });
}

static void tellHandler(StringRef message) {
  static thread_local bool isTelling = false;
  void (*handler)(StringRef) = nullptr;
  {
    State &state = getState();
    std::lock_guard<std::mutex> lock(state.mutex);
    handler = state.handler;
  }
  if (!handler || isTelling)
    return;
  isTelling = true;
  handler(message);
  isTelling = false;
}

/// The same, and tells the handler.
template <typename Action>
static void useGPU(Action action, bool givesBack = false) {
  std::string message = tryGPU(action, givesBack);
  if (!message.empty())
    tellHandler(message);
}

/// The same for what gives a handle or an address; null if it fails.
template <typename Action>
static void *getFromGPU(Action action) {
  void *result = nullptr;
  useGPU([&](GPU &gpu) -> Error {
    Expected<void *> made = action(gpu);
    if (!made)
      return made.takeError();
    result = *made;
    return Error::success();
  });
  return result;
}

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

// Upstream passes no level where the driver has nothing to compile.
static constexpr int defaultOptLevel = 4;

void *mgpuModuleLoad(void *data, size_t bytes) {
  StringRef image(static_cast<const char *>(data), bytes);
  return getFromGPU(
      [&](GPU &gpu) { return gpu.loadModule(image, defaultOptLevel); });
}

void *mgpuModuleLoadJIT(void *data, int32_t optLevel) {
  StringRef image(static_cast<const char *>(data));
  return getFromGPU([&](GPU &gpu) { return gpu.loadModule(image, optLevel); });
}

void mgpuModuleUnload(void *module) {
  if (module)
    useGPU([&](GPU &gpu) { return gpu.unloadModule(module); },
           /*givesBack=*/true);
}

void *mgpuModuleGetFunction(void *module, const char *name) {
  return getFromGPU([&](GPU &gpu) { return gpu.getFunction(module, name); });
}

/// Takes three sizes of a launch; CUDA counts with 32 bits.
static Error setSizes(uint32_t (&sizes)[3], const char *what,
                      const intptr_t (&values)[3]) {
  for (unsigned i = 0; i < 3; ++i) {
    if (!isUInt<32>(uint64_t(values[i])))
      return createStringError(
          "launch of a kernel with a size of " + Twine(values[i]) + " of the " +
          what + " along " + Twine("xyz"[i]) + "; sizes are below 2^32");
    sizes[i] = uint32_t(values[i]);
  }
  return Error::success();
}

static void launchKernel(GPULaunch launch, const intptr_t (&cluster)[3],
                         const intptr_t (&grid)[3], const intptr_t (&block)[3],
                         int32_t sharedBytes) {
  useGPU([&](GPU &gpu) -> Error {
    if (Error error = setSizes(launch.cluster, "cluster", cluster))
      return error;
    if (Error error = setSizes(launch.grid, "grid", grid))
      return error;
    if (Error error = setSizes(launch.block, "block", block))
      return error;
    if (sharedBytes < 0)
      return createStringError("launch of a kernel with " + Twine(sharedBytes) +
                               " bytes of dynamic shared memory");
    launch.sharedBytes = uint32_t(sharedBytes);
    return gpu.launch(launch);
  });
}

void mgpuLaunchClusterKernel(void *function, intptr_t clusterX,
                             intptr_t clusterY, intptr_t clusterZ,
                             intptr_t gridX, intptr_t gridY, intptr_t gridZ,
                             intptr_t blockX, intptr_t blockY, intptr_t blockZ,
                             int32_t sharedBytes, void *stream,
                             void **parameters, void **extra) {
  GPULaunch launch;
  launch.function = function;
  launch.stream = stream;
  launch.parameters = parameters;
  launchKernel(launch, {clusterX, clusterY, clusterZ}, {gridX, gridY, gridZ},
               {blockX, blockY, blockZ}, sharedBytes);
}

void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **parameters, void **extra, size_t numParameters) {
  GPULaunch launch;
  launch.function = function;
  launch.stream = stream;
  launch.parameters = parameters;
  launch.numParameters = numParameters;
  launchKernel(launch, {1, 1, 1}, {gridX, gridY, gridZ},
               {blockX, blockY, blockZ}, sharedBytes);
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

void *mgpuStreamCreate() {
  return getFromGPU([](GPU &gpu) { return gpu.createStream(); });
}

void mgpuStreamDestroy(void *stream) {
  useGPU([&](GPU &gpu) { return gpu.destroyStream(stream); },
         /*givesBack=*/true);
}

void mgpuStreamSynchronize(void *stream) {
  useGPU([&](GPU &gpu) { return gpu.synchronizeStream(stream); });
}

void mgpuStreamWaitEvent(void *stream, void *event) {
  useGPU([&](GPU &gpu) { return gpu.waitForEvent(stream, event); });
}

void *mgpuEventCreate() {
  return getFromGPU([](GPU &gpu) { return gpu.createEvent(); });
}

void mgpuEventDestroy(void *event) {
  useGPU([&](GPU &gpu) { return gpu.destroyEvent(event); }, /*givesBack=*/true);
}

void mgpuEventSynchronize(void *event) {
  useGPU([&](GPU &gpu) { return gpu.synchronizeEvent(event); });
}

void mgpuEventRecord(void *event, void *stream) {
  useGPU([&](GPU &gpu) { return gpu.recordEvent(event, stream); });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void *mgpuMemAlloc(uint64_t bytes, void *stream, bool isHostShared) {
  if (bytes == 0)
    return nullptr;
  return getFromGPU(
      [&](GPU &gpu) { return gpu.allocate(bytes, isHostShared); });
}

void mgpuMemFree(void *pointer, void *stream) {
  if (pointer)
    useGPU([&](GPU &gpu) { return gpu.free(pointer); }, /*givesBack=*/true);
}

void mgpuMemcpy(void *to, void *from, size_t bytes, void *stream) {
  if (bytes != 0)
    useGPU([&](GPU &gpu) { return gpu.copy(to, from, bytes, stream); });
}

void quantCopyRows(void *to, int64_t toPitch, const void *from,
                   int64_t fromPitch, uint64_t rowBytes, uint64_t rows) {
  if (rowBytes == 0 || rows == 0)
    return;
  useGPU([&](GPU &gpu) {
    if (Error error =
            gpu.copyRows({to, toPitch, from, fromPitch, rowBytes, rows},
                         /*stream=*/nullptr))
      return error;
    return gpu.synchronizeStream(/*stream=*/nullptr);
  });
}

void mgpuMemset16(void *to, uint16_t value, size_t count, void *stream) {
  if (count != 0)
    useGPU([&](GPU &gpu) { return gpu.fill(to, value, 2, count, stream); });
}

void mgpuMemset32(void *to, uint32_t value, size_t count, void *stream) {
  if (count != 0)
    useGPU([&](GPU &gpu) { return gpu.fill(to, value, 4, count, stream); });
}

namespace {
/// A ranked memref; `rank` sizes follow, then `rank` strides.
struct MemRefDescriptor {
  char *allocated;
  char *aligned;
  int64_t offset;
};
} // namespace

static char *getFirstElement(void *descriptor, int64_t elementBytes) {
  auto *memref = static_cast<MemRefDescriptor *>(descriptor);
  return memref->aligned + memref->offset * elementBytes;
}

void mgpuMemHostRegisterMemRef(int64_t rank, void *descriptor,
                               int64_t elementBytes) {
  auto *sizes = reinterpret_cast<int64_t *>(
      static_cast<MemRefDescriptor *>(descriptor) + 1);
  const int64_t *strides = sizes + rank;
  uint64_t bytes = elementBytes;
  bool isDense = true;
  for (int64_t i = rank - 1; i >= 0; --i) {
    isDense &= sizes[i] == 1 || uint64_t(strides[i] * elementBytes) == bytes;
    bytes *= sizes[i];
  }
  useGPU([&](GPU &gpu) {
    if (!isDense)
      return createStringError("gpu.host_register needs a memref whose "
                               "elements are contiguous; this one has gaps");
    return gpu.registerHost(getFirstElement(descriptor, elementBytes), bytes);
  });
}

void mgpuMemHostUnregisterMemRef(int64_t rank, void *descriptor,
                                 int64_t elementBytes) {
  useGPU(
      [&](GPU &gpu) {
        return gpu.unregisterHost(getFirstElement(descriptor, elementBytes));
      },
      /*givesBack=*/true);
}

void *mgpuTensorMapEncodeTiledMemref(int64_t rank, void *descriptor,
                                     int64_t elementType, int64_t interleave,
                                     int64_t swizzle, int64_t l2Promotion,
                                     int64_t fill, int64_t *box) {
  // Bytes of an element, by CUtensorMapDataType.
  static constexpr unsigned elementBytes[] = {1, 2, 4, 4, 8, 8, 2,
                                              4, 8, 2, 4, 4, 4};
  return getFromGPU([&](GPU &gpu) -> Expected<void *> {
    if (rank < 1 || rank > 5 || elementType < 0 ||
        elementType >= int64_t(std::size(elementBytes)))
      return createStringError("a tensor map of rank " + Twine(rank) +
                               " and element type " + Twine(elementType) +
                               " does not exist");
    unsigned bytes = elementBytes[elementType];
    GPUTensorMap map;
    map.elementType = int(elementType);
    map.rank = unsigned(rank);
    map.address = getFirstElement(descriptor, bytes);
    const auto *sizes = reinterpret_cast<const int64_t *>(
        static_cast<MemRefDescriptor *>(descriptor) + 1);
    const int64_t *strides = sizes + rank;
    for (int64_t i = 0; i < rank; ++i) {
      int64_t dimension = rank - 1 - i;
      if (!isUInt<32>(uint64_t(box[dimension])))
        return createStringError("a tensor map with a box of " +
                                 Twine(box[dimension]) +
                                 " elements along dimension " +
                                 Twine(dimension) + " does not exist");
      map.extents[i] = sizes[dimension];
      map.box[i] = uint32_t(box[dimension]);
      if (i > 0)
        map.strides[i - 1] = strides[dimension] * bytes;
    }
    for (int64_t choice : {interleave, swizzle, l2Promotion, fill})
      if (choice < 0 || choice > std::numeric_limits<int>::max())
        return createStringError("a tensor map whose interleave, swizzle, L2 "
                                 "promotion or fill is " +
                                 Twine(choice) + " does not exist");
    map.interleave = int(interleave);
    map.swizzle = int(swizzle);
    map.l2Promotion = int(l2Promotion);
    map.fill = int(fill);
    return gpu.getTensorMap(map);
  });
}

void mgpuSetDefaultDevice(int32_t ordinal) {
  useGPU([&](GPU &gpu) { return gpu.setDevice(ordinal); });
}

template <typename Function>
static GPUFunction describe(const char *name, Function *function) {
  return {name, reinterpret_cast<void *>(function)};
}

ArrayRef<GPUFunction> mlir::quantmlir::getGPUFunctions() {
  static const GPUFunction functions[] = {
      describe("mgpuModuleLoad", mgpuModuleLoad),
      describe("mgpuModuleLoadJIT", mgpuModuleLoadJIT),
      describe("mgpuModuleUnload", mgpuModuleUnload),
      describe("mgpuModuleGetFunction", mgpuModuleGetFunction),
      describe("mgpuLaunchKernel", mgpuLaunchKernel),
      describe("mgpuLaunchClusterKernel", mgpuLaunchClusterKernel),
      describe("mgpuStreamCreate", mgpuStreamCreate),
      describe("mgpuStreamDestroy", mgpuStreamDestroy),
      describe("mgpuStreamSynchronize", mgpuStreamSynchronize),
      describe("mgpuStreamWaitEvent", mgpuStreamWaitEvent),
      describe("mgpuEventCreate", mgpuEventCreate),
      describe("mgpuEventDestroy", mgpuEventDestroy),
      describe("mgpuEventSynchronize", mgpuEventSynchronize),
      describe("mgpuEventRecord", mgpuEventRecord),
      describe("mgpuMemAlloc", mgpuMemAlloc),
      describe("mgpuMemFree", mgpuMemFree),
      describe("mgpuMemcpy", mgpuMemcpy),
      describe("mgpuMemset16", mgpuMemset16),
      describe("mgpuMemset32", mgpuMemset32),
      describe("mgpuMemHostRegisterMemRef", mgpuMemHostRegisterMemRef),
      describe("mgpuMemHostUnregisterMemRef", mgpuMemHostUnregisterMemRef),
      describe("mgpuSetDefaultDevice", mgpuSetDefaultDevice),
      describe("mgpuTensorMapEncodeTiledMemref",
               mgpuTensorMapEncodeTiledMemref),
      describe("quantCopyRows", quantCopyRows),
  };
  return functions;
}
