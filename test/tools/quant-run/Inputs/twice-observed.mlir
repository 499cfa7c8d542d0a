func.func @main(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %o = quant.observe %x "q.input" : tensor<2x2xf32>
  %p = quant.observe %o "q.input" : tensor<2x2xf32>
  return %p : tensor<2x2xf32>
}
