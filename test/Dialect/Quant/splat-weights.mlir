// RUN: quant-opt %s --quant-raise-linears --quant-quantize=activations=per-token | FileCheck %s

// Weights of one value are quantized as others are, also if they are transposed.

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @f(
// CHECK-NOT: linalg.transpose
// CHECK: quant.matmul {{.*}} : tensor<3x2xi8>, tensor<4x2xi8>
// CHECK: quant.matmul {{.*}} : tensor<3x2xi8>, tensor<4x2xi8>
func.func @f(%x: tensor<3x2xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %kn = arith.constant dense<0.5> : tensor<2x4xf32>
  %nk = arith.constant dense<0.25> : tensor<4x2xf32>
  %e = tensor.empty() : tensor<3x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = linalg.matmul ins(%x, %kn : tensor<3x2xf32>, tensor<2x4xf32>) outs(%f : tensor<3x4xf32>) -> tensor<3x4xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %nk : tensor<3x2xf32>, tensor<4x2xf32>) outs(%f : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %1, %2 : tensor<3x4xf32>, tensor<3x4xf32>
}
