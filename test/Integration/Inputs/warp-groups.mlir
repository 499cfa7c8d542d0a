// Two linears on INT8 codes, for warp groups of sm_90a.

ml_program.global private @"up"(#ml_program.extern : tensor<320x576xi8>) : tensor<320x576xi8>
ml_program.global private @"up_scale"(#ml_program.extern : tensor<320xf32>) : tensor<320xf32>
ml_program.global private @"down"(#ml_program.extern : tensor<200x320xi8>) : tensor<200x320xi8>
ml_program.global private @"down_scale"(#ml_program.extern : tensor<200xf32>) : tensor<200xf32>
func.func @main(%x: tensor<257x576xf32>) -> tensor<257x200xf32> {
  %w1 = ml_program.global_load_const @"up" : tensor<320x576xi8>
  %s1 = ml_program.global_load_const @"up_scale" : tensor<320xf32>
  %w2 = ml_program.global_load_const @"down" : tensor<200x320xi8>
  %s2 = ml_program.global_load_const @"down_scale" : tensor<200xf32>
  %q0 = tensor.empty() : tensor<257x576xi8>
  %sx0 = tensor.empty() : tensor<257xf32>
  %q, %sx = quant.quantize %x outs(%q0, %sx0 : tensor<257x576xi8>, tensor<257xf32>)
      : tensor<257x576xf32> -> tensor<257x576xi8>, tensor<257xf32>
  %y0 = tensor.empty() : tensor<257x320xf32>
  %y = quant.matmul %q, %w1 scales(%sx, %s1 : tensor<257xf32>, tensor<320xf32>)
      bias(%s1 : tensor<320xf32>) outs(%y0 : tensor<257x320xf32>)
      {quant.tile = array<i64: 128, 256, 2, 4>}
      : tensor<257x576xi8>, tensor<320x576xi8> -> tensor<257x320xf32>
  %q1 = tensor.empty() : tensor<257x320xi8>
  %r, %sr = quant.quantize %y outs(%q1, %sx0 : tensor<257x320xi8>, tensor<257xf32>)
      : tensor<257x320xf32> -> tensor<257x320xi8>, tensor<257xf32>
  %z0 = tensor.empty() : tensor<257x200xf32>
  %z = quant.matmul %r, %w2 scales(%sr, %s2 : tensor<257xf32>, tensor<200xf32>)
      outs(%z0 : tensor<257x200xf32>) {quant.tile = array<i64: 64, 128, 1, 0, 4, 2>}
      : tensor<257x320xi8>, tensor<200x320xi8> -> tensor<257x200xf32>
  return %z : tensor<257x200xf32>
}
