func.func @main(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %c = arith.constant sparse<[[0, 1]], 2.0> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %y = linalg.add ins(%x, %c : tensor<2x2xf32>, tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
