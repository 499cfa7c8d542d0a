func.func @main(%x: tensor<192x1024xi8>, %w: tensor<512x1024xi8>, %sx: tensor<192xf32>, %sw: tensor<512xf32>)
    -> tensor<192x512xf32> {
  %y = tensor.empty() : tensor<192x512xf32>
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<192xf32>, tensor<512xf32>) outs(%y : tensor<192x512xf32>)
      : tensor<192x1024xi8>, tensor<512x1024xi8> -> tensor<192x512xf32>
  return %0 : tensor<192x512xf32>
}
