// A destination that is an input as well has its values on the GPU, too.

// RUN: quant-opt %s --convert-quant-to-nvgpu -o %t.mlir
// RUN: mlir-opt %t.mlir --pass-pipeline="builtin.module(func.func(gpu-async-region),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa kernel-bare-ptr-calling-convention=1})" -o %t.llvm.mlir
// RUN: env QUANT_MLIR_CHECK=1 mlir-runner %t.llvm.mlir --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so \
// RUN:   | FileCheck %s
// CHECK:      {{\[}}[12, 14, 16, 18],
// CHECK-NEXT:  [20, 22, 24, 26]]

memref.global "private" @x : memref<2x4xf32> = dense<[[2.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]>
memref.global "private" @w : memref<4x1xf32> = dense<[[1.0], [1.5], [2.0], [2.5]]>
memref.global "private" @c : memref<1xi64> = dense<0>
memref.global "private" @r : memref<2x4xf32> = dense<[[10.0, 11.0, 12.0, 13.0], [18.0, 19.0, 20.0, 21.0]]>
func.func private @printMemrefF32(memref<*xf32>)

func.func @main() {
  %x = memref.get_global @x : memref<2x4xf32>
  %w = memref.get_global @w : memref<4x1xf32>
  %c = memref.get_global @c : memref<1xi64>
  %r = memref.get_global @r : memref<2x4xf32>
  %y = memref.alloc() : memref<2x4xf32>
  memref.copy %r, %y : memref<2x4xf32> to memref<2x4xf32>
  quant.outlier_matmul %x, %w channels(%c : memref<1xi64>) add(%y : memref<2x4xf32>) outs(%y : memref<2x4xf32>)
      : memref<2x4xf32>, memref<4x1xf32>
  %any = memref.cast %y : memref<2x4xf32> to memref<*xf32>
  call @printMemrefF32(%any) : (memref<*xf32>) -> ()
  memref.dealloc %y : memref<2x4xf32>
  return
}
