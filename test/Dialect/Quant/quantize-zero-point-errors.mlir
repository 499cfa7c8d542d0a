// RUN: quant-opt %s --quant-quantize="activation-zero-point" --verify-diagnostics

#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
ml_program.global private @fc.bias(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>

func.func @unbound(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %zero = arith.constant 0.0 : f32
  %in = quant.observe %x "fc.input" {absmax = dense<[25.0, 2.0]> : tensor<2xf32>,
      min = dense<[-0.4, 1.0]> : tensor<2xf32>, max = dense<[25.0, 2.0]> : tensor<2xf32>} : tensor<4x2xf32>
  %bias = ml_program.global_load_const @fc.bias : tensor<2xf32>
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  // expected-error@+1 {{bias 'fc.bias' has no data: run quant-bind-weights before quant-quantize}}
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<4x2xf32>, tensor<2x2xf32>)
      outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %bias : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %c = arith.addf %a, %b : f32
    linalg.yield %c : f32
  } -> tensor<4x2xf32>
  return %sum : tensor<4x2xf32>
}
