func.func @quantizations(%x: tensor<100x576xf32>, %xh: tensor<100x576xf16>, %sm: tensor<576xf32>, %s: tensor<f32>,
                         %q: tensor<100x576xi8>, %t: tensor<100xf32>)
    -> (tensor<100x576xi8>, tensor<100x576xi8>, tensor<100x576xi8>) {
  %0:2 = quant.quantize %x outs(%q, %t : tensor<100x576xi8>, tensor<100xf32>) {bits = 2 : i64}
      : tensor<100x576xf32> -> tensor<100x576xi8>, tensor<100xf32>
  %1:2 = quant.quantize %x smooth(%sm : tensor<576xf32>) outs(%q, %t : tensor<100x576xi8>, tensor<100xf32>) {bits = 4 : i64}
      : tensor<100x576xf32> -> tensor<100x576xi8>, tensor<100xf32>
  %2 = quant.quantize %xh scale(%s : tensor<f32>) outs(%q : tensor<100x576xi8>) {bits = 6 : i64, zero_point = 7 : i64}
      : tensor<100x576xf16> -> tensor<100x576xi8>
  return %0#0, %1#0, %2 : tensor<100x576xi8>, tensor<100x576xi8>, tensor<100x576xi8>
}
