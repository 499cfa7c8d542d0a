// A linear with 4-bit weights, integer scales of groups of 128 and INT8 activations, whose kernels
// test/Benchmarks/compare-kernels audits.

func.func @linear(%x: tensor<?x4096xi8>, %c: tensor<256x64x512xi8>, %s: tensor<32x4096xi8>, %sx: tensor<?xf32>,
                  %sw: tensor<4096xf32>, %y: tensor<?x4096xf16>) -> tensor<?x4096xf16> {
  %0 = quant.group_matmul %x, %c scales(%s : tensor<32x4096xi8>) dequantize(%sx, %sw : tensor<?xf32>, tensor<4096xf32>)
      outs(%y : tensor<?x4096xf16>) {fragment_order, group_size = 128 : i64}
      : tensor<?x4096xi8>, tensor<256x64x512xi8> -> tensor<?x4096xf16>
  return %0 : tensor<?x4096xf16>
}
