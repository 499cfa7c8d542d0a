// RUN: quant-opt %s --quant-raise-linears --remarks-filter=quant-raise-linears --verify-diagnostics -o /dev/null

ml_program.global private @"patch.weight"(#ml_program.extern : tensor<6x3x2x2xf32>) : tensor<6x3x2x2xf32>
ml_program.global private @"experts.weight"(#ml_program.extern : tensor<2x4x6xf32>) : tensor<2x4x6xf32>

func.func @stays(%image: tensor<1x3x8x8xf32>, %x: tensor<2x3x4xf32>) -> (tensor<1x6x4x4xf32>, tensor<2x3x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @"patch.weight" : tensor<6x3x2x2xf32>
  %e = tensor.empty() : tensor<1x6x4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
  // expected-remark@+1 {{linalg.conv_2d_nchw_fchw with a weight stays as it is}}
  %0 = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>}
      ins(%image, %w : tensor<1x3x8x8xf32>, tensor<6x3x2x2xf32>) outs(%f : tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
  %experts = ml_program.global_load_const @"experts.weight" : tensor<2x4x6xf32>
  %e1 = tensor.empty() : tensor<2x3x6xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x3x6xf32>) -> tensor<2x3x6xf32>
  // expected-remark@+1 {{the weight has more than two dimensions}}
  %1 = linalg.batch_matmul ins(%x, %experts : tensor<2x3x4xf32>, tensor<2x4x6xf32>) outs(%f1 : tensor<2x3x6xf32>) -> tensor<2x3x6xf32>
  return %0, %1 : tensor<1x6x4x4xf32>, tensor<2x3x6xf32>
}

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// What upstream calls a contraction may apply functions to its inputs.
func.func @computes_more(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  // expected-remark@+1 {{its body computes more than a sum of products}}
  %y = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %n = math.exp %a : f32
    %p = arith.mulf %n, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
