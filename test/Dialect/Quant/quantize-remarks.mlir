// RUN: quant-opt %s --quant-quantize --remarks-filter=quant-quantize --split-input-file --verify-diagnostics -o /dev/null

#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>

// One loud channel: the others vanish under its scale.
func.func @f(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %in = quant.observe %x "x.input" {absmax = dense<[1000.0, 1.0, 1.0, 1.0]> : tensor<4xf32>,
      mean_abs = dense<[0.5, 0.5, 0.5, 0.5]> : tensor<4xf32>} : tensor<2x4xf32>
  %w = arith.constant dense_resource<"x.weight"> : tensor<3x4xf32>
  // expected-remark @+2 {{x: 48 bytes of weights become 24, predicted output error 100.00 %}}
  // expected-remark @+1 {{smooth the input with a larger alpha, or choose activations=per-token}}
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<2x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

{-#
  dialect_resources: {
    builtin: {
      "x.weight": "0x040000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F"
    }
  }
#-}

// -----

#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @f(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %w = arith.constant dense<1.0> : tensor<3x4xf32>
  // expected-remark @+1 {{no observer stands in front of it; run quant-insert-observers, or choose activations=per-token}}
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<2x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
