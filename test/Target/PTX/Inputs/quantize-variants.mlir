// One quantization for each way that their kernels differ: rows of a warp, of
// blocks of all sizes, too long for registers, of unknown length; columns of many
// rows; narrow accesses.

func.func @warps(%x: tensor<64x2048xf32>, %xb: tensor<64x1000xbf16>, %xo: tensor<64x37xf16>,
                 %q: tensor<64x2048xi8>, %qb: tensor<64x1000xi8>, %qo: tensor<64x37xi8>, %s: tensor<64xf32>)
    -> (tensor<64x2048xi8>, tensor<64x1000xi8>, tensor<64x37xi8>) {
  %0, %s0 = quant.quantize %x outs(%q, %s : tensor<64x2048xi8>, tensor<64xf32>)
      : tensor<64x2048xf32> -> tensor<64x2048xi8>, tensor<64xf32>
  %1, %s1 = quant.quantize %xb outs(%qb, %s : tensor<64x1000xi8>, tensor<64xf32>)
      : tensor<64x1000xbf16> -> tensor<64x1000xi8>, tensor<64xf32>
  %2, %s2 = quant.quantize %xo outs(%qo, %s : tensor<64x37xi8>, tensor<64xf32>)
      : tensor<64x37xf16> -> tensor<64x37xi8>, tensor<64xf32>
  return %0, %1, %2 : tensor<64x2048xi8>, tensor<64x1000xi8>, tensor<64x37xi8>
}

func.func @blocks(%x: tensor<64x4096xf32>, %xh: tensor<64x4096xf16>, %xb: tensor<64x14336xbf16>,
                  %xl: tensor<64x28672xf32>, %q: tensor<64x4096xi8>, %qb: tensor<64x14336xi8>,
                  %ql: tensor<64x28672xi8>, %sm: tensor<4096xf32>, %s: tensor<64xf32>)
    -> (tensor<64x4096xi8>, tensor<64x4096xi8>, tensor<64x14336xi8>, tensor<64x28672xi8>) {
  %0, %s0 = quant.quantize %x smooth(%sm : tensor<4096xf32>)
      outs(%q, %s : tensor<64x4096xi8>, tensor<64xf32>)
      : tensor<64x4096xf32> -> tensor<64x4096xi8>, tensor<64xf32>
  %1, %s1 = quant.quantize %xh outs(%q, %s : tensor<64x4096xi8>, tensor<64xf32>)
      : tensor<64x4096xf16> -> tensor<64x4096xi8>, tensor<64xf32>
  %2, %s2 = quant.quantize %xb outs(%qb, %s : tensor<64x14336xi8>, tensor<64xf32>)
      : tensor<64x14336xbf16> -> tensor<64x14336xi8>, tensor<64xf32>
  %3, %s3 = quant.quantize %xl outs(%ql, %s : tensor<64x28672xi8>, tensor<64xf32>)
      : tensor<64x28672xf32> -> tensor<64x28672xi8>, tensor<64xf32>
  return %0, %1, %2, %3 : tensor<64x4096xi8>, tensor<64x4096xi8>, tensor<64x14336xi8>, tensor<64x28672xi8>
}

func.func @again(%x: tensor<64x40000xf32>, %xd: tensor<64x?xbf16>, %sm: tensor<40000xf32>,
                 %q: tensor<64x40000xi8>, %qd: tensor<64x?xi8>, %s: tensor<64xf32>)
    -> (tensor<64x40000xi8>, tensor<64x?xi8>) {
  %0, %s0 = quant.quantize %x smooth(%sm : tensor<40000xf32>)
      outs(%q, %s : tensor<64x40000xi8>, tensor<64xf32>)
      : tensor<64x40000xf32> -> tensor<64x40000xi8>, tensor<64xf32>
  %1, %s1 = quant.quantize %xd outs(%qd, %s : tensor<64x?xi8>, tensor<64xf32>)
      : tensor<64x?xbf16> -> tensor<64x?xi8>, tensor<64xf32>
  return %0, %1 : tensor<64x40000xi8>, tensor<64x?xi8>
}

func.func @static(%x: tensor<64x576xf32>, %xh: tensor<64x576xf16>, %xb: tensor<64x576xbf16>,
                  %sm: tensor<576xf32>, %q: tensor<64x576xi8>, %s: tensor<f32>)
    -> (tensor<64x576xi8>, tensor<64x576xi8>, tensor<64x576xi8>) {
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<64x576xi8>)
      {zero_point = 3 : i64} : tensor<64x576xf32> -> tensor<64x576xi8>
  %1 = quant.quantize %xh scale(%s : tensor<f32>) outs(%q : tensor<64x576xi8>)
      : tensor<64x576xf16> -> tensor<64x576xi8>
  %2 = quant.quantize %xb scale(%s : tensor<f32>) smooth(%sm : tensor<576xf32>)
      outs(%q : tensor<64x576xi8>) : tensor<64x576xbf16> -> tensor<64x576xi8>
  return %0, %1, %2 : tensor<64x576xi8>, tensor<64x576xi8>, tensor<64x576xi8>
}
