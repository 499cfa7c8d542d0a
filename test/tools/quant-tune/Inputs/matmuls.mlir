func.func @matmuls(%x: tensor<?x1024xi8>, %w: tensor<512x1024xi8>, %v: tensor<512x1024xi8>, %sx: tensor<?xf32>,
                   %sw: tensor<512xf32>, %y: tensor<?x512xf32>) -> (tensor<?x512xf32>, tensor<?x512xf32>) {
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<?xf32>, tensor<512xf32>) outs(%y : tensor<?x512xf32>)
      : tensor<?x1024xi8>, tensor<512x1024xi8> -> tensor<?x512xf32>
  %1 = quant.matmul %x, %v scales(%sx, %sw : tensor<?xf32>, tensor<512xf32>) outs(%y : tensor<?x512xf32>)
      {quant.tile = array<i64: 128, 256, 2, 4, 2>} : tensor<?x1024xi8>, tensor<512x1024xi8> -> tensor<?x512xf32>
  return %0, %1 : tensor<?x512xf32>, tensor<?x512xf32>
}
