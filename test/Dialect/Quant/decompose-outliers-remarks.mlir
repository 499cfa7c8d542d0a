// RUN: quant-opt %s --quant-decompose-outliers --remarks-filter=quant-decompose-outliers --verify-diagnostics -o /dev/null

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @f(%x: tensor<3x3xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x3xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x3xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{a.input: 1 of 3 channels stay in float}}
  %x1 = quant.observe %x "a.input" {absmax = dense<[1.0, 16.0, 1.0]> : tensor<3xf32>} : tensor<3x3xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x3xf32>, tensor<1x3xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+2 {{b.input: 2 of 3 channels stay in float}}
  // expected-remark@+1 {{b.input: the float part is larger than what it spares the integer part}}
  %x2 = quant.observe %x "b.input" {absmax = dense<[7.0, 16.0, 1.0]> : tensor<3xf32>} : tensor<3x3xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %w : tensor<3x3xf32>, tensor<1x3xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{c.input: no channel exceeds 6}}
  %x3 = quant.observe %x "c.input" {absmax = dense<1.0> : tensor<3xf32>} : tensor<3x3xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x3, %w : tensor<3x3xf32>, tensor<1x3xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{no statistics}}
  %x4 = quant.observe %x "d.input" : tensor<3x3xf32>
  %4 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x4, %w : tensor<3x3xf32>, tensor<1x3xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{it also feeds func.return, which is not a linear}}
  %x5 = quant.observe %x "e.input" {absmax = dense<16.0> : tensor<3xf32>} : tensor<3x3xf32>
  return %1, %2, %3, %4, %x5 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x3xf32>
}

// Linears that stay in float have no integer part to spare: those that `exclude`
// names, and those whose weight something else reads.

func.func @stays(%x: tensor<3x3xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<1x3xf32>) {
  %zero = arith.constant 0.0 : f32
  %head = arith.constant dense_resource<lm_head.weight> : tensor<1x3xf32>
  %tied = arith.constant dense_resource<embedding.weight> : tensor<1x3xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{Reason="it feeds lm_head: its name matches '(^|[.])lm_head[.]'", Remark="head.input is not decomposed"}}
  %x1 = quant.observe %x "head.input" {absmax = dense<16.0> : tensor<3xf32>} : tensor<3x3xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %head : tensor<3x3xf32>, tensor<1x3xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{Reason="it feeds embedding: its weight has another use", Remark="tied.input is not decomposed"}}
  %x2 = quant.observe %x "tied.input" {absmax = dense<16.0> : tensor<3xf32>} : tensor<3x3xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %tied : tensor<3x3xf32>, tensor<1x3xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1, %2, %tied : tensor<3x1xf32>, tensor<3x1xf32>, tensor<1x3xf32>
}

{-#
  dialect_resources: {
    builtin: {
      "lm_head.weight": "0x040000000000803F0000803F0000803F",
      "embedding.weight": "0x040000000000803F0000803F0000803F"
    }
  }
#-}
