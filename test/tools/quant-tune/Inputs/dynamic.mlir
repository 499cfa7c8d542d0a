func.func @linear(%x: tensor<8x1024xi8>, %w: tensor<?x1024xi8>, %s: tensor<f32>, %y: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<8x?xf32>)
      : tensor<8x1024xi8>, tensor<?x1024xi8> -> tensor<8x?xf32>
  return %0 : tensor<8x?xf32>
}
