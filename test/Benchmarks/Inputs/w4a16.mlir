// A linear with 4-bit weights in groups of 128, whose kernels test/Benchmarks/compare-kernels audits.

func.func @linear(%x: tensor<?x4096xf16>, %c: tensor<256x64x512xi8>, %s: tensor<32x4096xf32>, %y: tensor<?x4096xf16>)
    -> tensor<?x4096xf16> {
  %0 = quant.group_matmul %x, %c scales(%s : tensor<32x4096xf32>) outs(%y : tensor<?x4096xf16>)
      {fragment_order, group_size = 128 : i64} : tensor<?x4096xf16>, tensor<256x64x512xi8> -> tensor<?x4096xf16>
  return %0 : tensor<?x4096xf16>
}
