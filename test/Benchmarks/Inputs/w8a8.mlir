// A linear in INT8, whose kernel test/Benchmarks/compare-kernels audits.

func.func @linear(%x: tensor<?x4096xi8>, %w: tensor<4096x4096xi8>, %sx: tensor<f32>, %sw: tensor<4096xf32>,
                  %bias: tensor<4096xf32>, %y: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<4096xf32>) bias(%bias : tensor<4096xf32>)
      outs(%y : tensor<?x4096xf32>) : tensor<?x4096xi8>, tensor<4096x4096xi8> -> tensor<?x4096xf32>
  return %0 : tensor<?x4096xf32>
}
