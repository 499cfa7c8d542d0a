//===- CUDADriver.h - NVIDIA's driver, opened at run time -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of the "CUDA Driver API" that the runtime uses, declared here so
// that building needs no CUDA.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_RUNTIME_GPU_CUDADRIVER_H
#define QUANT_MLIR_LIB_RUNTIME_GPU_CUDADRIVER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace mlir::quantmlir {

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;

/// CUdevice_attribute, CUfunction_attribute, CUjit_option and
/// CUlaunchAttributeID: the values that we use.
constexpr int cuDeviceMaxSharedBytesOptIn = 97;
constexpr int cuFunctionMaxDynamicSharedBytes = 8;
constexpr int cuJitErrorLogBuffer = 5, cuJitErrorLogBufferBytes = 6,
              cuJitOptimizationLevel = 7;
constexpr int cuLaunchClusterDimension = 4;
constexpr unsigned cuStreamNonBlocking = 1, cuEventDisableTiming = 2;
constexpr unsigned cuMemAttachGlobal = 1;
/// CUresult, likewise.
constexpr int cuErrorOutOfMemory = 2;

/// CUlaunchAttribute.
struct CUDALaunchAttribute {
  int id;
  int padding;
  union {
    unsigned clusterDimension[3];
    char bytes[64];
  };
};

/// CUlaunchConfig.
struct CUDALaunchConfig {
  unsigned grid[3];
  unsigned block[3];
  unsigned sharedBytes;
  void *stream;
  CUDALaunchAttribute *attributes;
  unsigned numAttributes;
};

/// CUmemorytype: any address of the unified virtual address space, which all
/// GPUs have in processes of 64 bits.
enum class CUDAMemory : unsigned { Unified = 4 };

/// One side of CUDA_MEMCPY2D.
struct CUDAMatrix {
  size_t xInBytes, y;
  CUDAMemory memory;
  const void *host;
  CUdeviceptr device;
  void *array;
  size_t pitch;
};

/// CUDA_MEMCPY2D.
struct CUDAMatrixCopy {
  CUDAMatrix from, to;
  size_t widthInBytes, height;
};

/// Entry points, each under its own name.
struct CUDADriver {
  CUresult (*cuInit)(unsigned flags);
  CUresult (*cuGetErrorName)(CUresult, const char **);
  CUresult (*cuGetErrorString)(CUresult, const char **);
  CUresult (*cuDeviceGetCount)(int *);
  CUresult (*cuDeviceGet)(CUdevice *, int ordinal);
  CUresult (*cuDeviceGetAttribute)(int *, int attribute, CUdevice);
  CUresult (*cuDevicePrimaryCtxRetain)(void **context, CUdevice);
  CUresult (*cuDevicePrimaryCtxRelease)(CUdevice);
  CUresult (*cuCtxSetCurrent)(void *context);
  CUresult (*cuModuleLoadDataEx)(void **module, const void *image,
                                 unsigned numOptions, int *options,
                                 void **values);
  CUresult (*cuModuleUnload)(void *module);
  CUresult (*cuModuleGetFunction)(void **function, void *module, const char *);
  CUresult (*cuFuncSetAttribute)(void *function, int attribute, int value);
  CUresult (*cuLaunchKernel)(void *function, unsigned gridX, unsigned gridY,
                             unsigned gridZ, unsigned blockX, unsigned blockY,
                             unsigned blockZ, unsigned sharedBytes,
                             void *stream, void **parameters, void **extra);
  /// Drivers before CUDA 11.8 lack it, so it may be null.
  CUresult (*cuLaunchKernelEx)(const CUDALaunchConfig *, void *function,
                               void **parameters, void **extra);
  CUresult (*cuStreamCreate)(void **stream, unsigned flags);
  CUresult (*cuStreamDestroy)(void *stream);
  CUresult (*cuStreamSynchronize)(void *stream);
  CUresult (*cuStreamWaitEvent)(void *stream, void *event, unsigned flags);
  CUresult (*cuEventCreate)(void **event, unsigned flags);
  CUresult (*cuEventDestroy)(void *event);
  CUresult (*cuEventRecord)(void *event, void *stream);
  CUresult (*cuEventSynchronize)(void *event);
  CUresult (*cuEventElapsedTime)(float *milliseconds, void *start, void *end);
  CUresult (*cuMemAlloc)(CUdeviceptr *, size_t bytes);
  CUresult (*cuMemAllocManaged)(CUdeviceptr *, size_t bytes, unsigned flags);
  CUresult (*cuMemFree)(CUdeviceptr);
  CUresult (*cuMemcpyAsync)(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                            void *stream);
  CUresult (*cuMemcpy2DAsync)(const CUDAMatrixCopy *, void *stream);
  CUresult (*cuMemsetD16Async)(CUdeviceptr, unsigned short, size_t count,
                               void *stream);
  CUresult (*cuMemsetD32Async)(CUdeviceptr, unsigned, size_t count,
                               void *stream);
  /// Came with CUDA 12, so it may be null.
  CUresult (*cuTensorMapEncodeTiled)(void *map, int elementType, unsigned rank,
                                     void *address, const uint64_t *extents,
                                     const uint64_t *strides,
                                     const uint32_t *box,
                                     const uint32_t *elementStrides,
                                     int interleave, int swizzle,
                                     int l2Promotion, int fill);
  CUresult (*cuMemHostRegister)(void *, size_t bytes, unsigned flags);
  CUresult (*cuMemHostUnregister)(void *);

  /// Opens the library and finds the functions in it. It is never closed: the
  /// driver's threads may outlive any use of ours.
  static llvm::Expected<CUDADriver> open(llvm::StringRef library);

  /// "cuLaunchKernel: CUDA_ERROR_…: what that means", or success.
  llvm::Error check(CUresult result, const llvm::Twine &what) const;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_RUNTIME_GPU_CUDADRIVER_H
