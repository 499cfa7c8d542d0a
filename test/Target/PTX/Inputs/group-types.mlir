// Kernels of 4-bit weights with either type of activations, with and without
// zero points, all else alike.

func.func @group_matmuls(
    %x: tensor<64x512xf16>, %xb: tensor<64x512xbf16>, %c: tensor<8x8x512xi8>,
    %s: tensor<4x128xf32>, %z: tensor<4x128xi8>,
    %y: tensor<64x128xf16>, %yb: tensor<64x128xbf16>) {
  %0 = quant.group_matmul %x, %c scales(%s : tensor<4x128xf32>)
      outs(%y : tensor<64x128xf16>) {fragment_order, group_size = 128 : i64}
      : tensor<64x512xf16>, tensor<8x8x512xi8> -> tensor<64x128xf16>
  %1 = quant.group_matmul %x, %c scales(%s : tensor<4x128xf32>) zeros(%z : tensor<4x128xi8>)
      outs(%y : tensor<64x128xf16>) {fragment_order, group_size = 128 : i64}
      : tensor<64x512xf16>, tensor<8x8x512xi8> -> tensor<64x128xf16>
  %2 = quant.group_matmul %xb, %c scales(%s : tensor<4x128xf32>)
      outs(%yb : tensor<64x128xbf16>) {fragment_order, group_size = 128 : i64}
      : tensor<64x512xbf16>, tensor<8x8x512xi8> -> tensor<64x128xbf16>
  %3 = quant.group_matmul %xb, %c scales(%s : tensor<4x128xf32>) zeros(%z : tensor<4x128xi8>)
      outs(%yb : tensor<64x128xbf16>) {fragment_order, group_size = 128 : i64}
      : tensor<64x512xbf16>, tensor<8x8x512xi8> -> tensor<64x128xbf16>
  return
}
