// One op for each way that kernels of 4-bit weights with 4-bit activations
// differ.

func.func @group_matmuls(
    %x: tensor<64x576xi8>, %x8: tensor<64x200xi8>, %x1: tensor<64x301xi8>, %x4: tensor<64x300xi8>,
    %c: tensor<8x9x512xi8>, %c8: tensor<5x4x512xi8>, %c1: tensor<5x5x512xi8>,
    %s128: tensor<5x128xi8>, %s64: tensor<9x128xi8>, %z64: tensor<9x128xi8>,
    %s32: tensor<7x80xi8>, %z32: tensor<7x80xi8>, %s1: tensor<3x80xi8>, %z1: tensor<3x80xi8>,
    %st: tensor<64xf32>, %sx: tensor<f32>, %sw: tensor<128xf32>, %sw70: tensor<70xf32>, %sw69: tensor<69xf32>,
    %b: tensor<128xf32>, %b69: tensor<69xf32>,
    %yh: tensor<64x128xf16>, %yf: tensor<64x128xf32>, %yh8: tensor<64x70xf16>,
    %yf1: tensor<64x69xf32>, %yb: tensor<64x70xbf16>) {
  // Tokens' scales, groups of 128.
  %0 = quant.group_matmul %x, %c scales(%s128 : tensor<5x128xi8>) dequantize(%st, %sw : tensor<64xf32>, tensor<128xf32>)
      outs(%yf : tensor<64x128xf32>) {fragment_order, group_size = 128 : i64, input_bits = 4 : i64}
      : tensor<64x576xi8>, tensor<8x9x512xi8> -> tensor<64x128xf32>
  %1 = quant.group_matmul %x, %c scales(%s64 : tensor<9x128xi8>) zeros(%z64 : tensor<9x128xi8>)
      dequantize(%st, %sw : tensor<64xf32>, tensor<128xf32>) bias(%b : tensor<128xf32>)
      outs(%yh : tensor<64x128xf16>) {fragment_order, group_size = 64 : i64, input_bits = 4 : i64}
      : tensor<64x576xi8>, tensor<8x9x512xi8> -> tensor<64x128xf16>
  // Rows of 200 bytes, one scale for all of x.
  %2 = quant.group_matmul %x8, %c8 scales(%s32 : tensor<7x80xi8>) zeros(%z32 : tensor<7x80xi8>)
      dequantize(%sx, %sw70 : tensor<f32>, tensor<70xf32>)
      outs(%yh8 : tensor<64x70xf16>) {fragment_order, group_size = 32 : i64, input_bits = 4 : i64}
      : tensor<64x200xi8>, tensor<5x4x512xi8> -> tensor<64x70xf16>
  // Rows of any length; one group a row.
  %3 = quant.group_matmul %x1, %c1 zeros(%z1 : tensor<3x80xi8>) dequantize(%st, %sw69 : tensor<64xf32>, tensor<69xf32>)
      bias(%b69 : tensor<69xf32>) outs(%yf1 : tensor<64x69xf32>) {fragment_order, group_size = 128 : i64, input_bits = 4 : i64}
      : tensor<64x301xi8>, tensor<5x5x512xi8> -> tensor<64x69xf32>
  %4 = quant.group_matmul %x4, %c1 dequantize(%st, %sw70 : tensor<64xf32>, tensor<70xf32>)
      outs(%yb : tensor<64x70xbf16>) {fragment_order, group_size = 128 : i64, input_bits = 4 : i64}
      : tensor<64x300xi8>, tensor<5x5x512xi8> -> tensor<64x70xbf16>
  return
}
