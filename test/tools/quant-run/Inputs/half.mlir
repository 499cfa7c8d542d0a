func.func @main(%h: tensor<2x2xf16>, %b: tensor<2x2xbf16>) -> (tensor<2x2xf16>, tensor<2x2xbf16>) {
  %0 = quant.observe %h "h.input" : tensor<2x2xf16>
  %1 = quant.observe %b "b.input" : tensor<2x2xbf16>
  return %0, %1 : tensor<2x2xf16>, tensor<2x2xbf16>
}
