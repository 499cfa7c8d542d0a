//===- DeviceTest.cpp - programs with device code -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExecutorTest.h"

#include "quant-mlir/Runtime/GPU.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"

#include <array>
#include <thread>

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// A quantized linear of 16 rows for warp groups, and its program's memory.
class DeviceTest : public ExecutorTest {
protected:
  void SetUp() override {
    ExecutorTest::SetUp();
    DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    quantmlir::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    options.chip = "sm_90a";
    weights["w"] = iota(48 * 32 / sizeof(float));
    weights["s"] = iota(48, 1);
    // A row whose scale the epilogue multiplies by.
    weights["g"] = iota(48, 2);
  }

  static std::unique_ptr<GPU> createGPU(uint64_t memoryBytes = 0) {
    EmulatedGPUOptions options;
    options.chip = "sm_90a";
    options.check = true;
    options.memoryBytes = memoryBytes;
    return cantFail(createEmulatedGPU(options));
  }

  llvm::Expected<std::unique_ptr<Executor>> compileFor(GPU &gpu) {
    options.gpu = &gpu;
    return compile(program);
  }

  static constexpr uint64_t inputBytes = 16 * 32 * 4, outputBytes = 16 * 48 * 4;
  static constexpr uint64_t constantBytes = 48 * 32 + 2 * 48 * 4 + 4;
  /// The input, its codes and the output.
  static constexpr uint64_t workspaceBytes = inputBytes + 16 * 32 + outputBytes;

  /// Of the input's codes and of the weight.
  static constexpr uint64_t tensorMapBytes = 2 * 128;

  static constexpr char program[] = R"(
  ml_program.global private @w(#ml_program.extern : tensor<48x32xi8>) : tensor<48x32xi8>
  ml_program.global private @s(#ml_program.extern : tensor<48xf32>) : tensor<48xf32>
  ml_program.global private @g(#ml_program.extern : tensor<48xf32>) : tensor<48xf32>
  func.func @main(%x: tensor<16x32xf32>) -> tensor<16x48xf32> {
    %w = ml_program.global_load_const @w : tensor<48x32xi8>
    %sw = ml_program.global_load_const @s : tensor<48xf32>
    %sx = arith.constant dense<0.5> : tensor<f32>
    %eq = tensor.empty() : tensor<16x32xi8>
    %q = quant.quantize %x scale(%sx : tensor<f32>) outs(%eq : tensor<16x32xi8>) : tensor<16x32xf32> -> tensor<16x32xi8>
    %e = tensor.empty() : tensor<16x48xf32>
    %y = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<48xf32>) outs(%e : tensor<16x48xf32>)
        {quant.tile = array<i64: 64, 16, 1, 4>} : tensor<16x32xi8>, tensor<48x32xi8> -> tensor<16x48xf32>
    %g = ml_program.global_load_const @g : tensor<48xf32>
    %z = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
        ins(%y, %g : tensor<16x48xf32>, tensor<48xf32>) outs(%e : tensor<16x48xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %0 = arith.mulf %a, %b : f32
      linalg.yield %0 : f32
    } -> tensor<16x48xf32>
    return %z : tensor<16x48xf32>
  })";
};

/// Constants, those of an epilogue among them, memory of device code, and
/// tensor maps of both stay on the device from run to run; all memory is given
/// back.
TEST_F(DeviceTest, KeepsWhatEachRunNeeds) {
  std::unique_ptr<GPU> gpu = createGPU();
  auto compiled = compileFor(*gpu);
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  std::unique_ptr<Executor> executor = std::move(*compiled);
  const GPUMemoryUse &use = gpu->getMemoryUse();
  std::vector<float> x = iota(16 * 32), y(16 * 48), again(16 * 48);
  cantFail(executor->run({x.data()}, {y.data()}));
  EXPECT_EQ(use.bytesToDevice, constantBytes + inputBytes);
  EXPECT_EQ(use.tensorMaps, 2u);
  EXPECT_EQ(use.allocatedBytes, constantBytes + workspaceBytes);
  uint64_t allocations = use.allocations;
  cantFail(executor->run({x.data()}, {again.data()}));
  EXPECT_EQ(use.bytesToDevice, constantBytes + 2 * inputBytes);
  EXPECT_EQ(use.bytesToHost, 2 * outputBytes);
  EXPECT_EQ(use.tensorMaps, 2u);
  EXPECT_EQ(use.allocations, allocations);
  EXPECT_EQ(use.peakBytes, constantBytes + workspaceBytes);
  EXPECT_EQ(y, again);
  executor.reset();
  EXPECT_EQ(use.allocatedBytes, 0u);
}

/// With a byte too little each run fails, and leaves what the next one needs.
TEST_F(DeviceTest, RunsOutOfMemory) {
  constexpr uint64_t needed = constantBytes + workspaceBytes + tensorMapBytes;
  std::unique_ptr<GPU> gpu = createGPU(needed - 1);
  auto executor = cantFail(compileFor(*gpu));
  std::vector<float> x = iota(16 * 32), y(16 * 48);
  for (int i = 0; i < 2; ++i) {
    std::string message = llvm::toString(executor->run({x.data()}, {y.data()}));
    EXPECT_NE(message.find("bytes on the emulated GPU, which has 7811; the "
                           "program has "),
              std::string::npos)
        << message;
  }
  executor.reset();
  EXPECT_EQ(gpu->getMemoryUse().allocatedBytes, 0u);

  // What has failed is not in the way of another GPU.
  std::unique_ptr<GPU> larger = createGPU(needed);
  executor = cantFail(compileFor(*larger));
  EXPECT_EQ(llvm::toString(executor->run({x.data()}, {y.data()})), "");
  executor.reset();
}

/// Threads take turns on one executor, and on two of the same GPU, beside those
/// of other GPUs; each gets the results of its own input and its own error.
TEST_F(DeviceTest, ServesThreads) {
  std::unique_ptr<GPU> first = createGPU(), second = createGPU(),
                       small = createGPU(constantBytes);
  auto shared = cantFail(compileFor(*first));
  auto neighbour = cantFail(compileFor(*first));
  auto other = cantFail(compileFor(*second));
  auto failing = cantFail(compileFor(*small));
  constexpr int numRuns = 30;
  Executor *executors[] = {shared.get(),    shared.get(), shared.get(),
                           neighbour.get(), other.get(),  failing.get()};
  std::array<int, 6> failures = {};
  auto runOften = [&](Executor &executor, const std::vector<float> &x,
                      const std::vector<float> &expected, int &numFailures) {
    for (int i = 0; i < numRuns; ++i) {
      std::vector<float> y(16 * 48);
      llvm::Error error = executor.run({x.data()}, {y.data()});
      if (error || y != expected)
        ++numFailures;
      llvm::consumeError(std::move(error));
    }
  };
  std::vector<std::vector<float>> inputs, results;
  for (size_t i = 0; i < failures.size(); ++i) {
    inputs.push_back(iota(16 * 32, -float(100 * i)));
    results.emplace_back(16 * 48);
    cantFail(other->run({inputs[i].data()}, {results[i].data()}));
    EXPECT_TRUE(i == 0 || results[i] != results[i - 1]);
  }
  std::vector<std::thread> threads;
  for (auto [executor, x, expected, numFailures] :
       llvm::zip_equal(executors, inputs, results, failures))
    threads.emplace_back(runOften, std::ref(*executor), std::cref(x),
                         std::cref(expected), std::ref(numFailures));
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, (std::array<int, 6>{0, 0, 0, 0, 0, numRuns}));
  EXPECT_EQ(first->getMemoryUse().bytesToHost, 4 * numRuns * outputBytes);
}

/// What the first run wrote to memory of a device function is nothing that the
/// second may read.
TEST_F(DeviceTest, FindsReadsOfWhatAnEarlierRunWrote) {
  std::unique_ptr<GPU> gpu = createGPU();
  options.gpu = gpu.get();
  auto compiled = compile(R"(
  func.func private @device_0(tensor<1xi32>) -> tensor<1xi32>
  func.func @main(%x: tensor<1xi32>) -> tensor<1xi32> {
    %y = call @device_0(%x) {device} : (tensor<1xi32>) -> tensor<1xi32>
    return %y : tensor<1xi32>
  }
  module @device attributes {quant.device, gpu.container_module} {
    gpu.module @kernels {
      gpu.func @kernel(%a: memref<1xi32>, %memory: memref<1xi32>) kernel {
        %c0 = arith.constant 0 : index
        %zero = arith.constant 0 : i32
        %value = memref.load %a[%c0] : memref<1xi32>
        %write = arith.cmpi ne, %value, %zero : i32
        scf.if %write {
          memref.store %value, %memory[%c0] : memref<1xi32>
        }
        %read = memref.load %memory[%c0] : memref<1xi32>
        memref.store %read, %a[%c0] : memref<1xi32>
        gpu.return
      }
    }
    func.func @device_0(%x: tensor<1xi32>) -> tensor<1xi32> {
      %c1 = arith.constant 1 : index
      %from = bufferization.to_buffer %x : tensor<1xi32> to memref<1xi32>
      %a = gpu.alloc () : memref<1xi32>
      %memory = gpu.alloc () : memref<1xi32>
      gpu.memcpy %a, %from : memref<1xi32>, memref<1xi32>
      gpu.launch_func @kernels::@kernel blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
          args(%a : memref<1xi32>, %memory : memref<1xi32>)
      %to = memref.alloc() : memref<1xi32>
      gpu.memcpy %to, %a : memref<1xi32>, memref<1xi32>
      gpu.dealloc %memory : memref<1xi32>
      gpu.dealloc %a : memref<1xi32>
      %y = bufferization.to_tensor %to restrict : memref<1xi32> to tensor<1xi32>
      return %y : tensor<1xi32>
    }
  })");
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  int32_t writes = 7, doesNot = 0, y = 0;
  EXPECT_EQ(llvm::toString((*compiled)->run({&writes}, {&y})), "");
  EXPECT_EQ(y, 7);
  uint64_t allocations = gpu->getMemoryUse().allocations;
  std::string message = llvm::toString((*compiled)->run({&doesNot}, {&y}));
  EXPECT_NE(message.find("uninitialized"), std::string::npos) << message;
  EXPECT_EQ(gpu->getMemoryUse().allocations, allocations);
}

} // namespace
