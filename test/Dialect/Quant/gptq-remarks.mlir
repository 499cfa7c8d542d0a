// RUN: quant-opt %s --quant-gptq="group-size=32 search-scales=false exclude=head" --remarks-filter=quant-gptq --verify-diagnostics -o /dev/null

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @f(%x: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[7.0, 1.4]]> : tensor<1x2xf32>
  %h = arith.constant dense_resource<"head.weight"> : tensor<1x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x1 = quant.observe %x "a.input" {moment2 = dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %x2 = quant.observe %x "b.input" : tensor<3x2xf32>
  // 0.4 of the square root of 49 + 1.4², and the damping.
  // expected-remark@+1 {{8 bytes of weights become 5, output error 5.63 %}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{its observer has no second moments; calibrate with --second-moments}}
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{no observer stands in front of it; run quant-insert-observers}}
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{its name matches 'head'}}
  %4 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %h : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1, %2, %3, %4 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>
}

{-#
  dialect_resources: {
    builtin: {
      "head.weight": "0x040000000000803F0000803F"
    }
  }
#-}
