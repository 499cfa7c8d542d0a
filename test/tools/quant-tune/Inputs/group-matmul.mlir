func.func @linear(%x: tensor<8x1024xf16>, %c: tensor<16x16x512xi8>, %s: tensor<8x256xf32>, %y: tensor<8x256xf16>)
    -> tensor<8x256xf16> {
  %0 = quant.group_matmul %x, %c scales(%s : tensor<8x256xf32>) outs(%y : tensor<8x256xf16>)
      {fragment_order, group_size = 128 : i64} : tensor<8x1024xf16>, tensor<16x16x512xi8> -> tensor<8x256xf16>
  return %0 : tensor<8x256xf16>
}
