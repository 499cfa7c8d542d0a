// The kernel of a packed weight whose number of columns is known at run time only
// gives what that of known columns gives, checked on the PTX emulator. It copies one
// element at a time, since rows of x may begin anywhere.

// DEFINE: %{device} = builtin.module(convert-quant-to-nvgpu,func.func(convert-linalg-to-loops,gpu-async-region),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa kernel-bare-ptr-calling-convention=1 opt-level=3})
// DEFINE: %{run} = env QUANT_MLIR_CHECK=1 mlir-runner --entry-point-result=void --shared-libs=%mlir_lib_dir/libmlir_c_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so
// RUN: quant-opt %s --convert-quant-to-nvgpu | FileCheck %s --check-prefix=KERNELS
// RUN: quant-opt %s --pass-pipeline="%{device}" | %{run} | FileCheck %s

// KERNELS-LABEL: func.func @known(
// KERNELS:         gpu.launch_func {{.*}}@quant_group_matmul_f16_i4_f32_g128_v8_s2_
// KERNELS-LABEL: func.func @unknown(
// KERNELS:         memref.dim
// KERNELS:         gpu.launch_func {{.*}}@quant_group_matmul_f16_i4_f32_g128_v2_s2_

// Sums of integers in quarters are exact: no element differs, and the last is
// not 0.
// CHECK:      0{{$}}
// CHECK-NEXT: {{^-?[1-9]}}

func.func private @printI64(i64)
func.func private @printF32(f32)
func.func private @printNewline()

func.func @known(%x: memref<17x300xf16>, %c: memref<2x5x512xi8>, %s: memref<3x32xf32>, %y: memref<17x32xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<3x32xf32>) outs(%y : memref<17x32xf32>)
      {fragment_order, group_size = 128 : i64} : memref<17x300xf16>, memref<2x5x512xi8>
  return
}

func.func @unknown(%x: memref<?x?xf16>, %c: memref<2x?x512xi8>, %s: memref<?x32xf32>, %y: memref<?x32xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<?x32xf32>) outs(%y : memref<?x32xf32>)
      {fragment_order, group_size = 128 : i64} : memref<?x?xf16>, memref<2x?x512xi8>
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %c13 = arith.constant 13 : index
  %c16 = arith.constant 16 : index
  %c17 = arith.constant 17 : index
  %c31 = arith.constant 31 : index
  %c32 = arith.constant 32 : index
  %c37 = arith.constant 37 : index
  %c101 = arith.constant 101 : index
  %c300 = arith.constant 300 : index
  %c512 = arith.constant 512 : index
  %x = memref.alloc() : memref<17x300xf16>
  scf.for %i = %c0 to %c17 step %c1 {
    scf.for %j = %c0 to %c300 step %c1 {
      %0 = arith.muli %i, %c37 : index
      %1 = arith.muli %j, %c31 : index
      %2 = arith.addi %0, %1 : index
      %3 = arith.remui %2, %c13 : index
      %4 = arith.index_cast %3 : index to i64
      %5 = arith.sitofp %4 : i64 to f16
      memref.store %5, %x[%i, %j] : memref<17x300xf16>
    }
  }
  %c = memref.alloc() : memref<2x5x512xi8>
  scf.for %i = %c0 to %c2 step %c1 {
    scf.for %j = %c0 to %c5 step %c1 {
      scf.for %k = %c0 to %c512 step %c1 {
        %0 = arith.muli %i, %c101 : index
        %1 = arith.muli %j, %c7 : index
        %2 = arith.muli %k, %c37 : index
        %3 = arith.addi %0, %1 : index
        %4 = arith.addi %3, %2 : index
        %5 = arith.index_cast %4 : index to i8
        memref.store %5, %c[%i, %j, %k] : memref<2x5x512xi8>
      }
    }
  }
  %quarter = arith.constant 0.25 : f32
  %s = memref.alloc() : memref<3x32xf32>
  linalg.fill ins(%quarter : f32) outs(%s : memref<3x32xf32>)
  %y = memref.alloc() : memref<17x32xf32>
  %z = memref.alloc() : memref<17x32xf32>
  call @known(%x, %c, %s, %y) : (memref<17x300xf16>, memref<2x5x512xi8>, memref<3x32xf32>, memref<17x32xf32>) -> ()
  %xd = memref.cast %x : memref<17x300xf16> to memref<?x?xf16>
  %cd = memref.cast %c : memref<2x5x512xi8> to memref<2x?x512xi8>
  %sd = memref.cast %s : memref<3x32xf32> to memref<?x32xf32>
  %zd = memref.cast %z : memref<17x32xf32> to memref<?x32xf32>
  call @unknown(%xd, %cd, %sd, %zd) : (memref<?x?xf16>, memref<2x?x512xi8>, memref<?x32xf32>, memref<?x32xf32>) -> ()
  %none = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %different = scf.for %i = %c0 to %c17 step %c1 iter_args(%rows = %none) -> i64 {
    %inRow = scf.for %j = %c0 to %c32 step %c1 iter_args(%count = %rows) -> i64 {
      %0 = memref.load %y[%i, %j] : memref<17x32xf32>
      %1 = memref.load %z[%i, %j] : memref<17x32xf32>
      %2 = arith.cmpf une, %0, %1 : f32
      %3 = arith.select %2, %one, %none : i64
      %4 = arith.addi %count, %3 : i64
      scf.yield %4 : i64
    }
    scf.yield %inRow : i64
  }
  call @printI64(%different) : (i64) -> ()
  call @printNewline() : () -> ()
  %last = memref.load %z[%c16, %c31] : memref<17x32xf32>
  call @printF32(%last) : (f32) -> ()
  call @printNewline() : () -> ()
  return
}
