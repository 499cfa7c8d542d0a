// RUN: %python %S/../../Inputs/write_safetensors.py %t.safetensors '{"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}' '0000803f 00000040 00004040 00008040 0000a040 0000c040'
// RUN: quant-opt %s --quant-raise-linears --quant-bind-weights=file=%t.safetensors | FileCheck %s

// A linear whose parameter is stored as K×N: [[1, 2, 3], [4, 5, 6]] becomes
// [[1, 4], [2, 5], [3, 6]], under the parameter's name.

ml_program.global private @fc.weight(#ml_program.extern : tensor<2x3xf32>) : tensor<2x3xf32>

// CHECK-LABEL: func @stored_kxn(
// CHECK: %[[W:.*]] = arith.constant dense_resource<"fc.weight@2"> : tensor<3x2xf32>
// CHECK-NOT: linalg.transpose
// CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %[[W]] : tensor<5x2xf32>, tensor<3x2xf32>)
func.func @stored_kxn(%x: tensor<5x2xf32>) -> tensor<5x3xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @fc.weight : tensor<2x3xf32>
  %e = tensor.empty() : tensor<5x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x3xf32>) -> tensor<5x3xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<5x2xf32>, tensor<2x3xf32>) outs(%f : tensor<5x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// CHECK: "fc.weight@2": "0x{{[0-9]*}}0000803F00008040000000400000A040000040400000C040"
