// Kernels are shared by name, and a name has a digest of what is computed.
// Of the first two programs, digests of 32 bits were the same; of the last two
// texts the lower 32 bits are. The fifth is the first again.

// RUN: quant-opt %s --convert-quant-to-nvgpu | FileCheck %s
// CHECK:     gpu.launch_func @quant_quantize_rows_[[A:[0-9a-f]+]]_i8_token_v4_t32x1::
// CHECK-NOT: gpu.launch_func @quant_quantize_rows_[[A]]_
// CHECK:     gpu.launch_func @quant_quantize_rows_[[B:[0-9a-f]+]]_i8_token_v4_t32x1::
// CHECK:     gpu.launch_func @quant_quantize_rows_[[C:[0-9a-f]+]]_i8_token_v4_t32x1::
// CHECK-NOT: gpu.launch_func @quant_quantize_rows_[[C]]_
// CHECK:     gpu.launch_func @quant_quantize_rows_[[D:[0-9a-f]+]]_i8_token_v4_t32x1::
// CHECK:     gpu.launch_func @quant_quantize_rows_[[A]]_i8_token_v4_t32x1::
// CHECK-COUNT-4: gpu.module @quant_quantize_rows_

// RUN: rm -rf %t && quant-translate %s --quant-to-ptx -o %t
// RUN: ls %t | grep -c 'quantize_rows.*ptx$' | FileCheck %s --check-prefix=FILES
// FILES: {{^}}4{{$}}

func.func @main(%x: memref<16x64xf32>, %q: memref<16x64xi8>, %s: memref<16xf32>) {
  quant.quantize_rows ins(%x : memref<16x64xf32>) outs(%q, %s : memref<16x64xi8>, memref<16xf32>) reductions [] {
  ^bb0(%v: f32):
    %c = arith.constant 5.254880e+00 : f32
    %m = arith.mulf %v, %c : f32
    quant.yield %m : f32
  }
  quant.quantize_rows ins(%x : memref<16x64xf32>) outs(%q, %s : memref<16x64xi8>, memref<16xf32>) reductions [] {
  ^bb0(%v: f32):
    %c = arith.constant 7.229380e+00 : f32
    %m = arith.mulf %v, %c : f32
    quant.yield %m : f32
  }
  quant.quantize_rows ins(%x : memref<16x64xf32>) outs(%q, %s : memref<16x64xi8>, memref<16xf32>) reductions [] {
  ^bb0(%v: f32):
    %c = arith.constant 1.239940e+00 : f32
    %m = arith.mulf %v, %c : f32
    quant.yield %m : f32
  }
  quant.quantize_rows ins(%x : memref<16x64xf32>) outs(%q, %s : memref<16x64xi8>, memref<16xf32>) reductions [] {
  ^bb0(%v: f32):
    %c = arith.constant 1.263570e+00 : f32
    %m = arith.mulf %v, %c : f32
    quant.yield %m : f32
  }
  quant.quantize_rows ins(%x : memref<16x64xf32>) outs(%q, %s : memref<16x64xi8>, memref<16xf32>) reductions [] {
  ^bb0(%v: f32):
    %c = arith.constant 5.254880e+00 : f32
    %m = arith.mulf %v, %c : f32
    quant.yield %m : f32
  }
  return
}
