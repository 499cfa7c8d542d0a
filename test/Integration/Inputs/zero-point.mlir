func.func @quantizations(%x: tensor<100x576xf32>, %xh: tensor<100x575xf16>, %s: tensor<f32>,
                         %sm: tensor<576xf32>, %q: tensor<100x576xi8>, %qh: tensor<100x575xi8>)
    -> (tensor<100x576xi8>, tensor<100x575xi8>) {
  %0 = quant.quantize %x scale(%s : tensor<f32>) smooth(%sm : tensor<576xf32>)
      outs(%q : tensor<100x576xi8>) {zero_point = -125 : i64}
      : tensor<100x576xf32> -> tensor<100x576xi8>
  %1 = quant.quantize %xh scale(%s : tensor<f32>) outs(%qh : tensor<100x575xi8>)
      {zero_point = 7 : i64} : tensor<100x575xf16> -> tensor<100x575xi8>
  return %0, %1 : tensor<100x576xi8>, tensor<100x575xi8>
}
