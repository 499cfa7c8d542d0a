//===- CUDADriver.cpp - NVIDIA's driver, opened at run time ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriver.h"

#include <dlfcn.h>

using namespace llvm;
using namespace mlir::quantmlir;

template <typename Function>
static bool find(void *library, Function *&function, const char *symbol) {
  function = reinterpret_cast<Function *>(dlsym(library, symbol));
  return function != nullptr;
}

Expected<CUDADriver> CUDADriver::open(StringRef name) {
  void *library = dlopen(name.str().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    return createStringError(
        "NVIDIA's driver cannot be opened: " + Twine(reason ? reason : name) +
        "; install it on a machine that has its GPU, or run on the PTX "
        "emulator with --device=ptx");
  }
  CUDADriver driver;
  const char *missing = nullptr;
  auto need = [&](auto &function, const char *symbol) {
    if (!find(library, function, symbol) && !missing)
      missing = symbol;
  };
  // The names that cuda.h gives to today's versions of the functions.
  need(driver.cuInit, "cuInit");
  need(driver.cuGetErrorName, "cuGetErrorName");
  need(driver.cuGetErrorString, "cuGetErrorString");
  need(driver.cuDeviceGetCount, "cuDeviceGetCount");
  need(driver.cuDeviceGet, "cuDeviceGet");
  need(driver.cuDeviceGetAttribute, "cuDeviceGetAttribute");
  need(driver.cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
  need(driver.cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2");
  need(driver.cuCtxSetCurrent, "cuCtxSetCurrent");
  need(driver.cuModuleLoadDataEx, "cuModuleLoadDataEx");
  need(driver.cuModuleUnload, "cuModuleUnload");
  need(driver.cuModuleGetFunction, "cuModuleGetFunction");
  need(driver.cuFuncSetAttribute, "cuFuncSetAttribute");
  need(driver.cuLaunchKernel, "cuLaunchKernel");
  need(driver.cuStreamCreate, "cuStreamCreate");
  need(driver.cuStreamDestroy, "cuStreamDestroy_v2");
  need(driver.cuStreamSynchronize, "cuStreamSynchronize");
  need(driver.cuStreamWaitEvent, "cuStreamWaitEvent");
  need(driver.cuEventCreate, "cuEventCreate");
  need(driver.cuEventDestroy, "cuEventDestroy_v2");
  need(driver.cuEventRecord, "cuEventRecord");
  need(driver.cuEventSynchronize, "cuEventSynchronize");
  need(driver.cuEventElapsedTime, "cuEventElapsedTime");
  need(driver.cuMemAlloc, "cuMemAlloc_v2");
  need(driver.cuMemAllocManaged, "cuMemAllocManaged");
  need(driver.cuMemFree, "cuMemFree_v2");
  need(driver.cuMemcpyAsync, "cuMemcpyAsync");
  need(driver.cuMemcpy2DAsync, "cuMemcpy2DAsync_v2");
  need(driver.cuMemsetD16Async, "cuMemsetD16Async");
  need(driver.cuMemsetD32Async, "cuMemsetD32Async");
  need(driver.cuMemHostRegister, "cuMemHostRegister_v2");
  need(driver.cuMemHostUnregister, "cuMemHostUnregister");
  find(library, driver.cuLaunchKernelEx, "cuLaunchKernelEx");
  find(library, driver.cuTensorMapEncodeTiled, "cuTensorMapEncodeTiled");
  if (missing)
    return createStringError("'" + name + "' has no " + missing +
                             "; NVIDIA's driver has it since CUDA 11");
  return driver;
}

Error CUDADriver::check(CUresult result, const Twine &what) const {
  if (result == 0)
    return Error::success();
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != 0 || !name)
    name = "unknown error";
  if (cuGetErrorString(result, &text) != 0 || !text)
    text = "the driver does not describe it";
  return createStringError(what + ": " + name + " (" + Twine(result) +
                           "): " + text);
}
