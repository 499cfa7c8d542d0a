//===- GPU.h - GPUs that host code of MLIR uses -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's gpu-to-llvm lowers host code to calls of C functions, mgpu…. This
// library defines them over a GPU that is emulated or real. Like all of the
// runtime it is plain C++.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_RUNTIME_GPU_H
#define QUANT_MLIR_RUNTIME_GPU_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlir::quantmlir {

struct GPULaunch {
  void *function = nullptr;
  uint32_t grid[3] = {1, 1, 1};
  uint32_t block[3] = {1, 1, 1};
  /// Blocks of a cluster; ones leave it to the kernel.
  uint32_t cluster[3] = {1, 1, 1};
  /// Dynamic shared memory of a block.
  uint32_t sharedBytes = 0;
  void *stream = nullptr;
  /// Pointers to the values of the kernel's parameters.
  void **parameters = nullptr;
  /// How many there are, where the host code says it.
  std::optional<size_t> numParameters;
};

/// The parameters of cuTensorMapEncodeTiled; enumerators are numbers of the
/// "CUDA Driver API". The contiguous dimension comes first.
struct GPUTensorMap {
  int elementType = 0;
  unsigned rank = 0;
  void *address = nullptr;
  uint64_t extents[5] = {1, 1, 1, 1, 1};
  /// Bytes, of all dimensions but the first.
  uint64_t strides[4] = {0, 0, 0, 0};
  uint32_t box[5] = {1, 1, 1, 1, 1};
  int interleave = 0, swizzle = 0, l2Promotion = 0, fill = 0;

  bool operator==(const GPUTensorMap &other) const;
};

/// Rows to copy. Pitches are the bytes from one row to the next.
struct GPURowCopy {
  void *to = nullptr;
  int64_t toPitch = 0;
  const void *from = nullptr;
  int64_t fromPitch = 0;
  uint64_t rowBytes = 0, rows = 0;
};

/// What host code did with a GPU's memory. Bytes of tensor maps are left out.
struct GPUMemoryUse {
  uint64_t bytesToDevice = 0, bytesToHost = 0;
  uint64_t allocatedBytes = 0, peakBytes = 0;
  uint64_t allocations = 0, tensorMaps = 0;
};

/// One GPU. Modules, functions, streams and events are handles that it gives
/// and takes back; a null stream is the default one. Errors of work that was
/// handed over may come with a later call, that of a synchronization at the
/// latest. Calls must not run concurrently.
class GPU {
public:
  virtual ~GPU();

  /// Keeps other threads from the GPU. `useGPU` holds it while host code runs,
  /// an mgpu function while it uses the GPU; a thread may take it twice.
  std::unique_lock<std::recursive_mutex> lock() {
    return std::unique_lock<std::recursive_mutex>(turn);
  }

  /// Prepares the calling thread for the other calls. The mgpu functions do
  /// this: their callers may change threads, and other code a thread's context.
  virtual llvm::Error makeCurrent() { return llvm::Error::success(); }

  /// Loads PTX text, or a cubin or fatbin where the GPU runs those.
  virtual llvm::Expected<void *> loadModule(llvm::StringRef image,
                                            int optLevel) = 0;
  virtual llvm::Error unloadModule(void *module) = 0;
  virtual llvm::Expected<void *> getFunction(void *module,
                                             llvm::StringRef name) = 0;
  virtual llvm::Error launch(const GPULaunch &launch) = 0;

  virtual llvm::Expected<void *> createStream() = 0;
  virtual llvm::Error destroyStream(void *stream) = 0;
  virtual llvm::Error synchronizeStream(void *stream) = 0;
  /// What `stream` is given from now on waits for what `event` recorded.
  virtual llvm::Error waitForEvent(void *stream, void *event) = 0;
  virtual llvm::Expected<void *> createEvent() = 0;
  virtual llvm::Error destroyEvent(void *event) = 0;
  virtual llvm::Error recordEvent(void *event, void *stream) = 0;
  virtual llvm::Error synchronizeEvent(void *event) = 0;

  /// Device memory, or memory that host and device share.
  llvm::Expected<void *> allocate(uint64_t bytes, bool hostShared);
  llvm::Error free(void *pointer);
  /// Says that what an allocation holds is of no use any more, so that a GPU
  /// that checks finds reads of what nothing has written since.
  virtual llvm::Error markUnwritten(void *pointer) {
    return llvm::Error::success();
  }
  /// The addresses tell the direction. Host memory may be reused after return,
  /// but that which registerHost knows only after a synchronization.
  llvm::Error copy(void *to, const void *from, uint64_t bytes, void *stream);
  /// The same of rows; what lies between them is not touched.
  llvm::Error copyRows(const GPURowCopy &rows, void *stream);
  /// The address of a tensor map of 128 bytes in device memory. It belongs to
  /// the GPU, which gives the same one until the matrix is freed.
  llvm::Expected<void *> getTensorMap(const GPUTensorMap &map);
  const GPUMemoryUse &getMemoryUse() const { return memoryUse; }
  /// Repeats a value of 2 or 4 bytes.
  virtual llvm::Error fill(void *to, uint32_t value, unsigned width,
                           uint64_t count, void *stream) = 0;
  /// Lets kernels use host memory.
  virtual llvm::Error registerHost(void *pointer, uint64_t bytes) = 0;
  virtual llvm::Error unregisterHost(void *pointer) = 0;
  virtual llvm::Error setDevice(int32_t ordinal) = 0;

  /// What the launches of each kernel did, if the GPU was made to record it:
  /// `kernel`, `grid`, `block` and `launches`, with the sums of the emulator's
  /// counters or, on NVIDIA's driver, `seconds` of all launches and
  /// `min_seconds` of one. It waits for no launch.
  virtual llvm::json::Array getRecords() const = 0;

protected:
  virtual llvm::Expected<void *> allocateMemory(uint64_t bytes,
                                                bool hostShared) = 0;
  virtual llvm::Error freeMemory(void *pointer) = 0;
  virtual llvm::Error copyMemory(void *to, const void *from, uint64_t bytes,
                                 void *stream) = 0;
  /// Copies one row after the other.
  virtual llvm::Error copyMemoryRows(const GPURowCopy &rows, void *stream);
  /// Makes a tensor map in device memory, and returns its address.
  virtual llvm::Expected<void *> createTensorMap(const GPUTensorMap &map) = 0;
  static constexpr uint64_t tensorMapBytes = 128;
  /// What the program has on the GPU, tensor maps included.
  uint64_t getBytesInUse() const {
    return memoryUse.allocatedBytes + tensorMaps.size() * tensorMapBytes;
  }
  /// The error of an allocation that does not fit, which tells what is there.
  llvm::Error noMemory(const llvm::Twine &message) const;
  /// Frees all tensor maps, for a destructor of memory that outlives the GPU.
  llvm::Error freeTensorMaps();

private:
  bool isAllocated(const void *pointer) const;
  void countCopy(bool toDevice, bool fromDevice, uint64_t bytes);
  llvm::Error freeTensorMaps(const void *begin, uint64_t bytes);

  std::recursive_mutex turn;
  GPUMemoryUse memoryUse;
  /// Bytes of each allocation, by address.
  std::map<uintptr_t, uint64_t> allocations;
  std::vector<std::pair<GPUTensorMap, void *>> tensorMaps;
};

struct EmulatedGPUOptions {
  /// A compute capability, as sm_80: what PTX may be loaded, and how much
  /// shared memory a block has.
  std::string chip = "sm_80";
  /// Run kernels in the emulator's checked mode, and refuse to copy bytes to
  /// the host that nothing has written.
  bool check = false;
  /// Host threads; 0 means one for each core.
  unsigned threads = 0;
  /// Count what kernels do.
  bool record = false;
  /// Device memory, tensor maps included; 0 means as much as the host gives.
  uint64_t memoryBytes = 0;
};

/// A GPU on the PTX emulator. Kernels, fills and copies on the device run when
/// something waits for their stream, not before, so that a missing wait shows.
/// A finding of the emulator is an error that names the kernel and the PTX
/// line.
llvm::Expected<std::unique_ptr<GPU>>
createEmulatedGPU(const EmulatedGPUOptions &options);

/// The first GPU of NVIDIA's driver, which is opened now. With `record` each
/// launch is waited for and its time is taken.
llvm::Expected<std::unique_ptr<GPU>>
createCUDAGPU(llvm::StringRef library = "libcuda.so.1", bool record = false);

/// Makes `gpu` the one that the mgpu functions use wherever they are called
/// outside useGPU, in any thread; null takes it away. It must outlive the code
/// that calls them. Host code within useGPU keeps its own.
void setCurrentGPU(GPU *gpu);

/// The first error of the mgpu functions since the last call of this one, of
/// those within the same useGPU or of all outside. After an error they do
/// nothing but give back what they are given: code that calls them cannot ask
/// for errors.
llvm::Error takeGPUError();

/// Calls `hostCode`, and returns its error and the first of the mgpu functions
/// that this thread calls in it; those use `gpu`. Threads that use the same GPU
/// take turns, those that use different ones do not. So `hostCode` must not
/// wait for another thread that uses `gpu`, and threads that use several GPUs,
/// one within the other, must take them in the same order.
llvm::Error useGPU(GPU &gpu, llvm::function_ref<llvm::Error()> hostCode);

/// What to do at an error besides keeping it, for host code that nobody asks
/// for errors afterwards. It is called by the thread that made the error, may
/// call the functions of this file, and is not told of its own errors. Within
/// useGPU other threads wait for the GPU meanwhile: it must not wait for them.
void setGPUErrorHandler(void (*handler)(llvm::StringRef message));

/// Name and address of each mgpu function, for a JIT compiler.
struct GPUFunction {
  const char *name;
  void *address;
};
llvm::ArrayRef<GPUFunction> getGPUFunctions();

} // namespace mlir::quantmlir

/// What gpu-to-llvm and the translation of gpu.binary of MLIR 22.1 call.
extern "C" {
void *mgpuModuleLoad(void *data, size_t bytes);
void *mgpuModuleLoadJIT(void *data, int32_t optLevel);
void mgpuModuleUnload(void *module);
void *mgpuModuleGetFunction(void *module, const char *name);
void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **parameters, void **extra, size_t numParameters);
void mgpuLaunchClusterKernel(void *function, intptr_t clusterX,
                             intptr_t clusterY, intptr_t clusterZ,
                             intptr_t gridX, intptr_t gridY, intptr_t gridZ,
                             intptr_t blockX, intptr_t blockY, intptr_t blockZ,
                             int32_t sharedBytes, void *stream,
                             void **parameters, void **extra);
void *mgpuStreamCreate();
void mgpuStreamDestroy(void *stream);
void mgpuStreamSynchronize(void *stream);
void mgpuStreamWaitEvent(void *stream, void *event);
void *mgpuEventCreate();
void mgpuEventDestroy(void *event);
void mgpuEventSynchronize(void *event);
void mgpuEventRecord(void *event, void *stream);
void *mgpuMemAlloc(uint64_t bytes, void *stream, bool isHostShared);
void mgpuMemFree(void *pointer, void *stream);
void mgpuMemcpy(void *to, void *from, size_t bytes, void *stream);
void mgpuMemset16(void *to, uint16_t value, size_t count, void *stream);
void mgpuMemset32(void *to, uint32_t value, size_t count, void *stream);
void mgpuMemHostRegisterMemRef(int64_t rank, void *descriptor,
                               int64_t elementBytes);
void mgpuMemHostUnregisterMemRef(int64_t rank, void *descriptor,
                                 int64_t elementBytes);
void mgpuSetDefaultDevice(int32_t ordinal);
void *mgpuTensorMapEncodeTiledMemref(int64_t rank, void *descriptor,
                                     int64_t elementType, int64_t interleave,
                                     int64_t swizzle, int64_t l2Promotion,
                                     int64_t fill, int64_t *box);
}

/// What convert-quant-to-nvgpu calls besides: copies rows that are apart, and
/// waits until that is done.
extern "C" void quantCopyRows(void *to, int64_t toPitch, const void *from,
                              int64_t fromPitch, uint64_t rowBytes,
                              uint64_t rows);

#endif // QUANT_MLIR_RUNTIME_GPU_H
