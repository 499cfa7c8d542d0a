// Kernels whose blocks may divide K.

func.func @few_rows(%x: tensor<16x4096xi8>, %w: tensor<1024x4096xi8>, %sx: tensor<16xf32>,
                    %sw: tensor<1024xf32>, %xh: tensor<16x4096xf16>, %c: tensor<64x64x512xi8>,
                    %s: tensor<32x1024xf32>, %z: tensor<32x1024xi8>, %y: tensor<16x1024xf32>,
                    %yh: tensor<16x1024xf16>)
    -> (tensor<16x1024xf32>, tensor<16x1024xf16>, tensor<16x1024xf16>) {
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<16xf32>, tensor<1024xf32>)
      bias(%sw : tensor<1024xf32>) outs(%y : tensor<16x1024xf32>)
      : tensor<16x4096xi8>, tensor<1024x4096xi8> -> tensor<16x1024xf32>
  %1 = quant.group_matmul %xh, %c scales(%s : tensor<32x1024xf32>) zeros(%z : tensor<32x1024xi8>)
      outs(%yh : tensor<16x1024xf16>) {fragment_order, group_size = 128 : i64}
      : tensor<16x4096xf16>, tensor<64x64x512xi8> -> tensor<16x1024xf16>
  %2 = quant.group_matmul %x, %c scales(%z : tensor<32x1024xi8>) zeros(%z : tensor<32x1024xi8>)
      dequantize(%sx, %sw : tensor<16xf32>, tensor<1024xf32>) bias(%sw : tensor<1024xf32>)
      outs(%yh : tensor<16x1024xf16>) {fragment_order, group_size = 128 : i64}
      : tensor<16x4096xi8>, tensor<64x64x512xi8> -> tensor<16x1024xf16>
  return %0, %1, %2 : tensor<16x1024xf32>, tensor<16x1024xf16>, tensor<16x1024xf16>
}
