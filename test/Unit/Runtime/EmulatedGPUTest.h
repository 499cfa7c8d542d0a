//===- EmulatedGPUTest.h - the mgpu functions on the emulator ---*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_UNIT_RUNTIME_EMULATEDGPUTEST_H
#define QUANT_MLIR_TEST_UNIT_RUNTIME_EMULATEDGPUTEST_H

#include "quant-mlir/Runtime/GPU.h"

#include "gtest/gtest.h"

#include <vector>

namespace mlir::quantmlir {

inline bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

// add: x[i] += amount; count: table[i] += 1, x[i] = table[i]; shared: nothing,
// with static shared memory.
inline std::string getPTX(const std::string &target) {
  return ".version 8.0\n.target " + target + "\n.address_size 64\n" + R"(
.global .align 4 .u32 table[4] = {10, 20, 30, 40};
.visible .entry add(.param .u64 x, .param .u32 amount) {
  .reg .b32 %r<4>;
  .reg .b64 %rd<3>;
  ld.param.u64 %rd0, [x];
  ld.param.u32 %r0, [amount];
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd1, %r1, 4;
  add.u64 %rd2, %rd0, %rd1;
  ld.global.u32 %r2, [%rd2];
  add.u32 %r3, %r2, %r0;
  st.global.u32 [%rd2], %r3;
  ret;
}
.visible .entry count(.param .u64 x) {
  .reg .b32 %r<3>;
  .reg .b64 %rd<5>;
  ld.param.u64 %rd0, [x];
  mov.u32 %r0, %tid.x;
  mul.wide.u32 %rd1, %r0, 4;
  add.u64 %rd2, %rd0, %rd1;
  mov.u64 %rd3, table;
  add.u64 %rd4, %rd3, %rd1;
  ld.global.u32 %r1, [%rd4];
  add.u32 %r2, %r1, 1;
  st.global.u32 [%rd4], %r2;
  st.global.u32 [%rd2], %r2;
  ret;
}
.visible .entry shared() {
  .shared .align 16 .b8 tile[16384];
  ret;
}
)";
}

constexpr size_t size = 4, bytes = size * sizeof(int32_t);

class EmulatedGPUTest : public testing::Test {
protected:
  void SetUp() override { create({"sm_80", /*check=*/true, /*threads=*/1}); }

  void TearDown() override {
    setCurrentGPU(nullptr);
    llvm::consumeError(takeGPUError());
  }

  void create(const EmulatedGPUOptions &options) {
    gpu = cantFail(createEmulatedGPU(options));
    setCurrentGPU(gpu.get());
  }

  void *load(const std::string &target = "sm_80") {
    std::string text = getPTX(target);
    return mgpuModuleLoadJIT(text.data(), 3);
  }

  void launch(void *kernel, void *buffer, int32_t amount,
              void *stream = nullptr, int32_t sharedBytes = 0,
              size_t numParameters = 2) {
    void *parameters[] = {&buffer, &amount};
    mgpuLaunchKernel(kernel, 1, 1, 1, size, 1, 1, sharedBytes, stream,
                     parameters, nullptr, numParameters);
  }

  std::string takeError() { return toString(takeGPUError()); }

  std::unique_ptr<GPU> gpu;
  std::vector<int32_t> host = {1, 2, 3, 4};
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TEST_UNIT_RUNTIME_EMULATEDGPUTEST_H
