//===- RunnerLibrary.cpp - the runtime as a library for mlir-runner -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `mlir-runner --shared-libs` loads. Nobody passes it options, so the
// environment chooses the GPU: QUANT_MLIR_DEVICE is ptx (the default) or cuda,
// QUANT_MLIR_CHIP a chip (sm_80), QUANT_MLIR_CHECK=1 asks for checked mode.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/GPU.h"

#include <cstdlib>

using namespace llvm;
using namespace mlir::quantmlir;

// Host code would go on and print what it did not compute.
[[noreturn]] static void endProgram(StringRef message) {
  std::fprintf(stderr, "error: %.*s\n", int(message.size()), message.data());
  std::fflush(stdout);
  std::_Exit(EXIT_FAILURE);
}

static StringRef getVariable(const char *name, StringRef otherwise) {
  const char *value = std::getenv(name);
  return value ? StringRef(value) : otherwise;
}

static Expected<std::unique_ptr<GPU>> createGPU() {
  StringRef device = getVariable("QUANT_MLIR_DEVICE", "ptx");
  if (device == "cuda")
    return createCUDAGPU();
  if (device != "ptx")
    return createStringError("QUANT_MLIR_DEVICE=" + device +
                             " is unknown; use ptx or cuda");
  EmulatedGPUOptions options;
  options.chip = getVariable("QUANT_MLIR_CHIP", options.chip).str();
  options.check = getVariable("QUANT_MLIR_CHECK", "0") == "1";
  return createEmulatedGPU(options);
}

namespace {
/// Chosen when the library is loaded, before code is compiled that needs it.
struct Runner {
  Runner() {
    auto created = createGPU();
    if (!created)
      endProgram(toString(created.takeError()));
    gpu = std::move(*created);
    setCurrentGPU(gpu.get());
    setGPUErrorHandler(endProgram);
  }
  std::unique_ptr<GPU> gpu;
};
} // namespace

static Runner runner;
