// One op for each way that kernels differ.

func.func @matmuls(%x16: tensor<100x576xi8>, %w16: tensor<1536x576xi8>,
                   %x8: tensor<100x24xi8>, %w8: tensor<7x24xi8>,
                   %x4: tensor<100x20xi8>, %w4: tensor<7x20xi8>,
                   %x1: tensor<?x19xi8>, %w1: tensor<7x19xi8>,
                   %s: tensor<f32>, %st: tensor<100xf32>, %sc: tensor<1536xf32>, %sc7: tensor<7xf32>,
                   %y: tensor<100x1536xf32>, %yh: tensor<100x1536xf16>, %yb: tensor<100x7xbf16>,
                   %yd: tensor<?x7xf32>, %yh7: tensor<100x7xf16>)
    -> (tensor<100x1536xf32>, tensor<100x1536xf16>, tensor<100x7xbf16>, tensor<100x7xf16>, tensor<?x7xf32>) {
  %0 = quant.matmul %x16, %w16 scales(%s, %sc : tensor<f32>, tensor<1536xf32>)
      bias(%sc : tensor<1536xf32>) outs(%y : tensor<100x1536xf32>)
      : tensor<100x576xi8>, tensor<1536x576xi8> -> tensor<100x1536xf32>
  %1 = quant.matmul %x16, %w16 scales(%st, %s : tensor<100xf32>, tensor<f32>)
      outs(%yh : tensor<100x1536xf16>)
      : tensor<100x576xi8>, tensor<1536x576xi8> -> tensor<100x1536xf16>
  %2 = quant.matmul %x8, %w8 scales(%st, %sc7 : tensor<100xf32>, tensor<7xf32>)
      bias(%sc7 : tensor<7xf32>) outs(%yb : tensor<100x7xbf16>)
      : tensor<100x24xi8>, tensor<7x24xi8> -> tensor<100x7xbf16>
  %3 = quant.matmul %x4, %w4 scales(%s, %sc7 : tensor<f32>, tensor<7xf32>)
      outs(%yh7 : tensor<100x7xf16>)
      : tensor<100x20xi8>, tensor<7x20xi8> -> tensor<100x7xf16>
  %4 = quant.matmul %x1, %w1 scales(%s, %s : tensor<f32>, tensor<f32>)
      bias(%sc7 : tensor<7xf32>) outs(%yd : tensor<?x7xf32>)
      : tensor<?x19xi8>, tensor<7x19xi8> -> tensor<?x7xf32>
  return %0, %1, %2, %3, %4
      : tensor<100x1536xf32>, tensor<100x1536xf16>, tensor<100x7xbf16>, tensor<100x7xf16>, tensor<?x7xf32>
}

func.func @quantizations(%x: tensor<2x50x576xf32>, %xb: tensor<100x575xbf16>, %xh: tensor<100x576xf16>,
                         %s: tensor<f32>, %sm: tensor<576xf32>, %sm575: tensor<575xf32>,
                         %q: tensor<2x50x576xi8>, %qb: tensor<100x575xi8>, %qh: tensor<100x576xi8>,
                         %sx: tensor<2x50xf32>, %sx1: tensor<100xf32>)
    -> (tensor<2x50x576xi8>, tensor<100x575xi8>, tensor<100x576xi8>, tensor<2x50x576xi8>) {
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x50x576xi8>)
      : tensor<2x50x576xf32> -> tensor<2x50x576xi8>
  %1 = quant.quantize %xb scale(%s : tensor<f32>) smooth(%sm575 : tensor<575xf32>)
      outs(%qb : tensor<100x575xi8>) : tensor<100x575xbf16> -> tensor<100x575xi8>
  %2, %s2 = quant.quantize %xh smooth(%sm : tensor<576xf32>)
      outs(%qh, %sx1 : tensor<100x576xi8>, tensor<100xf32>)
      : tensor<100x576xf16> -> tensor<100x576xi8>, tensor<100xf32>
  %3, %s3 = quant.quantize %x outs(%q, %sx : tensor<2x50x576xi8>, tensor<2x50xf32>)
      : tensor<2x50x576xf32> -> tensor<2x50x576xi8>, tensor<2x50xf32>
  return %0, %1, %2, %3
      : tensor<2x50x576xi8>, tensor<100x575xi8>, tensor<100x576xi8>, tensor<2x50x576xi8>
}
