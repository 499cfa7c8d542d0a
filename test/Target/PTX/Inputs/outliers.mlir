// The float products of outliers: wide stores and narrow ones.

func.func @wide(%x: tensor<100x576xf32>, %w: tensor<1536x7xf32>, %xb: tensor<100x576xbf16>, %wb: tensor<1536x7xbf16>,
                %c: tensor<7xi64>, %y: tensor<100x1536xf32>, %yb: tensor<100x1536xbf16>)
    -> (tensor<100x1536xf32>, tensor<100x1536xbf16>) {
  %0 = quant.outlier_matmul %x, %w channels(%c : tensor<7xi64>) add(%y : tensor<100x1536xf32>)
      outs(%y : tensor<100x1536xf32>) : tensor<100x576xf32>, tensor<1536x7xf32> -> tensor<100x1536xf32>
  %1 = quant.outlier_matmul %xb, %wb channels(%c : tensor<7xi64>) add(%yb : tensor<100x1536xbf16>)
      outs(%yb : tensor<100x1536xbf16>) : tensor<100x576xbf16>, tensor<1536x7xbf16> -> tensor<100x1536xbf16>
  return %0, %1 : tensor<100x1536xf32>, tensor<100x1536xbf16>
}

func.func @narrow(%x: tensor<100x576xf16>, %w: tensor<7x7xf16>, %c: tensor<7xi64>, %y: tensor<100x7xf16>) -> tensor<100x7xf16> {
  %0 = quant.outlier_matmul %x, %w channels(%c : tensor<7xi64>) add(%y : tensor<100x7xf16>)
      outs(%y : tensor<100x7xf16>) : tensor<100x576xf16>, tensor<7x7xf16> -> tensor<100x7xf16>
  return %0 : tensor<100x7xf16>
}
