// Ops whose rows tensor copies can read, in the ways that their kernels differ.

func.func @matmuls(%x: tensor<100x576xi8>, %w: tensor<1536x576xi8>, %w7: tensor<7x576xi8>,
                   %s: tensor<f32>, %st: tensor<100xf32>, %sc: tensor<1536xf32>, %sc7: tensor<7xf32>,
                   %y: tensor<100x1536xf32>, %yh: tensor<100x1536xf16>, %yb: tensor<100x7xbf16>)
    -> (tensor<100x1536xf32>, tensor<100x1536xf16>, tensor<100x7xbf16>) {
  %0 = quant.matmul %x, %w scales(%s, %sc : tensor<f32>, tensor<1536xf32>)
      bias(%sc : tensor<1536xf32>) outs(%y : tensor<100x1536xf32>)
      : tensor<100x576xi8>, tensor<1536x576xi8> -> tensor<100x1536xf32>
  %1 = quant.matmul %x, %w scales(%st, %s : tensor<100xf32>, tensor<f32>)
      outs(%yh : tensor<100x1536xf16>)
      : tensor<100x576xi8>, tensor<1536x576xi8> -> tensor<100x1536xf16>
  %2 = quant.matmul %x, %w7 scales(%st, %sc7 : tensor<100xf32>, tensor<7xf32>)
      bias(%sc7 : tensor<7xf32>) outs(%yb : tensor<100x7xbf16>)
      : tensor<100x576xi8>, tensor<7x576xi8> -> tensor<100x7xbf16>
  return %0, %1, %2 : tensor<100x1536xf32>, tensor<100x1536xf16>, tensor<100x7xbf16>
}
