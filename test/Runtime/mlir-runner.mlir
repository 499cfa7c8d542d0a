// Upstream's tools alone: mlir-opt lowers host code and a kernel, mlir-runner
// runs them, and the runtime's library runs the PTX.

// RUN: mlir-opt %s --pass-pipeline="builtin.module(func.func(gpu-async-region),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa})" -o %t.mlir
// RUN: mlir-runner %t.mlir --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so \
// RUN:   | FileCheck %s
// CHECK: [11, 22, 33, 44]
// CHECK: [12, 24, 36, 48]

// The environment chooses the GPU; an error ends the program.
// RUN: env QUANT_MLIR_CHECK=1 mlir-runner %t.mlir --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so \
// RUN:   | FileCheck %s
// RUN: not env QUANT_MLIR_CHIP=sm_75 mlir-runner %t.mlir --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CHIP
// CHIP: error: the module is for sm_80 and does not run on sm_75
// CHIP-NOT: [
// RUN: not env QUANT_MLIR_DEVICE=tpu mlir-runner %t.mlir --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DEVICE
// DEVICE: error: QUANT_MLIR_DEVICE=tpu is unknown; use ptx or cuda

// A kernel that reads what the host did not copy.
// RUN: grep -v 'first copy' %s > %t.missing.mlir
// RUN: mlir-opt %t.missing.mlir --pass-pipeline="builtin.module(func.func(gpu-async-region),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa})" -o %t.missing.llvm.mlir
// RUN: not env QUANT_MLIR_CHECK=1 mlir-runner %t.missing.llvm.mlir --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MISSING
// MISSING:      error: kernel 'add' is wrong:
// MISSING-NEXT:   line {{[0-9]+}}: uninitialized: {{.*}} global memory that nothing has written (cta 0,0,0 thread 0,0,0)
// MISSING-NEXT:     ld.global.b32

module attributes {gpu.container_module} {
  gpu.module @kernels {
    memref.global @table : memref<4xi32, #gpu.address_space<global>> = dense<[1, 2, 3, 4]>
    gpu.func @add(%x: memref<4xi32>, %factor: i32) kernel {
      %i = gpu.thread_id x
      %table = memref.get_global @table : memref<4xi32, #gpu.address_space<global>>
      %t = memref.load %table[%i] : memref<4xi32, #gpu.address_space<global>>
      %a = memref.load %x[%i] : memref<4xi32>
      %p = arith.muli %t, %factor : i32
      %s = arith.addi %a, %p : i32
      memref.store %s, %x[%i] : memref<4xi32>
      gpu.return
    }
  }
  memref.global "private" @data : memref<4xi32> = dense<[10, 20, 30, 40]>
  func.func private @printMemrefI32(memref<*xi32>)
  func.func @main() {
    %one = arith.constant 1 : index
    %four = arith.constant 4 : index
    %factor = arith.constant 1 : i32
    %data = memref.get_global @data : memref<4xi32>
    %host = memref.alloc() : memref<4xi32>
    memref.copy %data, %host : memref<4xi32> to memref<4xi32>
    %device = gpu.alloc () : memref<4xi32>
    gpu.memcpy %device, %host : memref<4xi32>, memref<4xi32> // first copy
    gpu.launch_func @kernels::@add blocks in (%one, %one, %one) threads in (%four, %one, %one)
        args(%device : memref<4xi32>, %factor : i32)
    gpu.memcpy %host, %device : memref<4xi32>, memref<4xi32>
    %printed = memref.cast %host : memref<4xi32> to memref<*xi32>
    call @printMemrefI32(%printed) : (memref<*xi32>) -> ()
    gpu.launch_func @kernels::@add blocks in (%one, %one, %one) threads in (%four, %one, %one)
        args(%device : memref<4xi32>, %factor : i32)
    gpu.memcpy %host, %device : memref<4xi32>, memref<4xi32>
    gpu.dealloc %device : memref<4xi32>
    call @printMemrefI32(%printed) : (memref<*xi32>) -> ()
    memref.dealloc %host : memref<4xi32>
    return
  }
}
