// One op for each way that the kernels of group matmuls differ.

func.func @group_matmuls(%x: tensor<64x512xf16>, %xb: tensor<64x512xbf16>, %x3: tensor<64x300xf16>,
                         %xb1: tensor<64x301xbf16>, %x2: tensor<64x302xf16>,
                         %c: tensor<8x8x512xi8>, %c3: tensor<5x5x512xi8>,
                         %s128: tensor<4x128xf32>, %s64: tensor<8x128xf32>, %z64: tensor<8x128xi8>,
                         %s3: tensor<10x80xf32>, %z3: tensor<10x80xi8>, %s3g: tensor<3x80xf32>,
                         %b: tensor<128xf32>, %b3: tensor<70xf32>,
                         %y: tensor<64x128xf32>, %yh: tensor<64x128xf16>, %yb: tensor<64x128xbf16>,
                         %y3: tensor<64x70xf16>, %yb3: tensor<64x70xbf16>, %yf3: tensor<64x69xf32>) {
  %0 = quant.group_matmul %x, %c scales(%s128 : tensor<4x128xf32>)
      outs(%yh : tensor<64x128xf16>) {fragment_order, group_size = 128 : i64}
      : tensor<64x512xf16>, tensor<8x8x512xi8> -> tensor<64x128xf16>
  %1 = quant.group_matmul %xb, %c scales(%s64 : tensor<8x128xf32>) zeros(%z64 : tensor<8x128xi8>)
      bias(%b : tensor<128xf32>) outs(%y : tensor<64x128xf32>) {fragment_order, group_size = 64 : i64}
      : tensor<64x512xbf16>, tensor<8x8x512xi8> -> tensor<64x128xf32>
  %2 = quant.group_matmul %x3, %c3 scales(%s3 : tensor<10x80xf32>) zeros(%z3 : tensor<10x80xi8>)
      outs(%y3 : tensor<64x70xf16>) {fragment_order, group_size = 32 : i64}
      : tensor<64x300xf16>, tensor<5x5x512xi8> -> tensor<64x70xf16>
  %3 = quant.group_matmul %xb1, %c3 scales(%s3g : tensor<3x80xf32>)
      bias(%b3 : tensor<70xf32>) outs(%yb3 : tensor<64x70xbf16>) {fragment_order, group_size = 128 : i64}
      : tensor<64x301xbf16>, tensor<5x5x512xi8> -> tensor<64x70xbf16>
  %4 = quant.group_matmul %x2, %c3 scales(%s3g : tensor<3x80xf32>)
      outs(%yf3 : tensor<64x69xf32>) {fragment_order, group_size = 128 : i64}
      : tensor<64x302xf16>, tensor<5x5x512xi8> -> tensor<64x69xf32>
  return
}
