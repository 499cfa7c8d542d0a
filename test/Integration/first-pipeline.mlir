// The first pipeline of README.md.
// RUN: quant-opt %s --quant-raise-linears --quant-quantize="activations=per-token weights=per-channel" --canonicalize -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: quant-translate %t.mlir --quant-to-ptx --chip=sm_80 | FileCheck %s --check-prefix=PTX

// CHECK: dense<{{.*}}42, -85, 21, 11, 127, 42, -42, 85], [32, 95, -64, 127, 6, 13, 19, 25]]> : tensor<2x8xi8>
// CHECK: %[[Q:.*]]:2 = quant.quantize
// CHECK: quant.matmul %[[Q]]#0, %{{.*}} scales(%[[Q]]#1, %{{.*}} : tensor<4xf32>, tensor<2xf32>)
// PTX: ldmatrix
// PTX: mma.sync{{.*}}m16n8k32{{.*}}s32.s8.s8.s32

func.func @main(%x: tensor<4x8xf32>) -> tensor<4x2xf32> {
  %w = arith.constant dense<[[1.0, -2.0, 0.5, 0.25, 3.0, 1.0, -1.0, 2.0], [0.5, 1.5, -1.0, 2.0, 0.1, 0.2, 0.3, 0.4]]> : tensor<2x8xf32>
  %e = tensor.empty() : tensor<8x2xf32>
  %wt = linalg.transpose ins(%w : tensor<2x8xf32>) outs(%e : tensor<8x2xf32>) permutation = [1, 0]
  %zero = arith.constant 0.0 : f32
  %i = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%i : tensor<4x2xf32>) -> tensor<4x2xf32>
  %y = linalg.matmul ins(%x, %wt : tensor<4x8xf32>, tensor<8x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}
