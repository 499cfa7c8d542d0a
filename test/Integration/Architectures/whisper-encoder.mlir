// Whisper encoder with random weights, as `python -m quant_mlir architectures --tests` writes it.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/fold_architecture.py %s %t %quant_mlir_build/bin %quant_mlir_source/docs/Architectures.md

#extern = #ml_program.extern : tensor<32x16x3xf32>
#extern1 = #ml_program.extern : tensor<32xf32>
#extern2 = #ml_program.extern : tensor<32x32x3xf32>
#extern3 = #ml_program.extern : tensor<16x32xf32>
#extern4 = #ml_program.extern : tensor<32x32xf32>
#extern5 = #ml_program.extern : tensor<48x32xf32>
#extern6 = #ml_program.extern : tensor<48xf32>
#extern7 = #ml_program.extern : tensor<32x48xf32>
#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0) -> (d0)>
#map2 = affine_map<(d0, d1) -> (d0)>
#map3 = affine_map<(d0, d1) -> (d0, d1)>
#map4 = affine_map<(d0, d1, d2) -> (d1, d2)>
#map5 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#map6 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map7 = affine_map<(d0, d1, d2) -> (d2)>
#map8 = affine_map<(d0, d1) -> (d1)>
#map9 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
module {
  ml_program.global private @conv1.weight(#extern) : tensor<32x16x3xf32>
  ml_program.global private @conv1.bias(#extern1) : tensor<32xf32>
  ml_program.global private @conv2.weight(#extern2) : tensor<32x32x3xf32>
  ml_program.global private @conv2.bias(#extern1) : tensor<32xf32>
  ml_program.global private @embed_positions.weight(#extern3) : tensor<16x32xf32>
  ml_program.global private @layers.0.self_attn_layer_norm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @layers.0.self_attn_layer_norm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.0.self_attn.q_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.0.self_attn.q_proj.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.0.self_attn.k_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.0.self_attn.v_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.0.self_attn.v_proj.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.0.self_attn.out_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.0.self_attn.out_proj.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.0.final_layer_norm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @layers.0.final_layer_norm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.0.fc1.weight(#extern5) : tensor<48x32xf32>
  ml_program.global private @layers.0.fc1.bias(#extern6) : tensor<48xf32>
  ml_program.global private @layers.0.fc2.weight(#extern7) : tensor<32x48xf32>
  ml_program.global private @layers.0.fc2.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.self_attn_layer_norm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.self_attn_layer_norm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.self_attn.q_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.1.self_attn.q_proj.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.self_attn.k_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.1.self_attn.v_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.1.self_attn.v_proj.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.self_attn.out_proj.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @layers.1.self_attn.out_proj.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.final_layer_norm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.final_layer_norm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layers.1.fc1.weight(#extern5) : tensor<48x32xf32>
  ml_program.global private @layers.1.fc1.bias(#extern6) : tensor<48xf32>
  ml_program.global private @layers.1.fc2.weight(#extern7) : tensor<32x48xf32>
  ml_program.global private @layers.1.fc2.bias(#extern1) : tensor<32xf32>
  ml_program.global private @layer_norm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @layer_norm.bias(#extern1) : tensor<32xf32>
  func.func @main(%arg0: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
    %c0_i64 = arith.constant 0 : i64
    %c16 = arith.constant 16 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 1.000000e+00 : f32
    %cst_1 = arith.constant 5.000000e-01 : f32
    %cst_2 = arith.constant 0xFF800000 : f32
    %cst_3 = arith.constant 0.35355339059327379 : f64
    %cst_4 = arith.constant 1.000000e-05 : f64
    %cst_5 = arith.constant 1.41421354 : f32
    %cst_6 = arith.constant 3.200000e+01 : f32
    %conv1.weight = ml_program.global_load_const @conv1.weight : tensor<32x16x3xf32>
    %conv1.bias = ml_program.global_load_const @conv1.bias : tensor<32xf32>
    %padded = tensor.pad %arg0 low[0, 0, 1] high[0, 0, 1] {
    ^bb0(%arg1: index, %arg2: index, %arg3: index):
      tensor.yield %cst : f32
    } : tensor<1x16x32xf32> to tensor<1x16x34xf32>
    %0 = tensor.empty() : tensor<1x32x32xf32>
    %broadcasted = linalg.broadcast ins(%conv1.bias : tensor<32xf32>) outs(%0 : tensor<1x32x32xf32>) dimensions = [0, 2] 
    %1 = linalg.conv_1d_ncw_fcw {dilations = dense<1> : vector<1xi64>, strides = dense<1> : vector<1xi64>} ins(%padded, %conv1.weight : tensor<1x16x34xf32>, tensor<32x16x3xf32>) outs(%broadcasted : tensor<1x32x32xf32>) -> tensor<1x32x32xf32>
    %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1 : tensor<1x32x32xf32>) outs(%0 : tensor<1x32x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_5 : f32
      %145 = math.erf %144 : f32
      %146 = arith.addf %145, %cst_0 : f32
      %147 = arith.mulf %146, %cst_1 : f32
      %148 = arith.mulf %in, %147 : f32
      linalg.yield %148 : f32
    } -> tensor<1x32x32xf32>
    %conv2.weight = ml_program.global_load_const @conv2.weight : tensor<32x32x3xf32>
    %conv2.bias = ml_program.global_load_const @conv2.bias : tensor<32xf32>
    %padded_7 = tensor.pad %2 low[0, 0, 1] high[0, 0, 1] {
    ^bb0(%arg1: index, %arg2: index, %arg3: index):
      tensor.yield %cst : f32
    } : tensor<1x32x32xf32> to tensor<1x32x34xf32>
    %3 = tensor.empty() : tensor<1x32x16xf32>
    %broadcasted_8 = linalg.broadcast ins(%conv2.bias : tensor<32xf32>) outs(%3 : tensor<1x32x16xf32>) dimensions = [0, 2] 
    %4 = linalg.conv_1d_ncw_fcw {dilations = dense<1> : vector<1xi64>, strides = dense<2> : vector<1xi64>} ins(%padded_7, %conv2.weight : tensor<1x32x34xf32>, tensor<32x32x3xf32>) outs(%broadcasted_8 : tensor<1x32x16xf32>) -> tensor<1x32x16xf32>
    %5 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%4 : tensor<1x32x16xf32>) outs(%3 : tensor<1x32x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_5 : f32
      %145 = math.erf %144 : f32
      %146 = arith.addf %145, %cst_0 : f32
      %147 = arith.mulf %146, %cst_1 : f32
      %148 = arith.mulf %in, %147 : f32
      linalg.yield %148 : f32
    } -> tensor<1x32x16xf32>
    %6 = tensor.empty() : tensor<1x16x32xf32>
    %transposed = linalg.transpose ins(%5 : tensor<1x32x16xf32>) outs(%6 : tensor<1x16x32xf32>) permutation = [0, 2, 1] 
    %7 = tensor.empty() : tensor<16xi64>
    %8 = linalg.generic {indexing_maps = [#map1], iterator_types = ["parallel"]} outs(%7 : tensor<16xi64>) {
    ^bb0(%out: i64):
      %144 = linalg.index 0 : index
      %145 = arith.index_cast %144 : index to i64
      linalg.yield %145 : i64
    } -> tensor<16xi64>
    %embed_positions.weight = ml_program.global_load_const @embed_positions.weight : tensor<16x32xf32>
    %9 = tensor.empty() : tensor<16x32xf32>
    %10 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel"]} ins(%8 : tensor<16xi64>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %144 = arith.index_cast %in : i64 to index
      %145 = linalg.index 1 : index
      %146 = arith.cmpi slt, %144, %c16 : index
      cf.assert %146, "index must be smaller than dim size"
      %147 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %147, "index must be larger or equal to 0"
      %extracted = tensor.extract %embed_positions.weight[%144, %145] : tensor<16x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<16x32xf32>
    %11 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%transposed, %10 : tensor<1x16x32xf32>, tensor<16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %layers.0.self_attn_layer_norm.weight = ml_program.global_load_const @layers.0.self_attn_layer_norm.weight : tensor<32xf32>
    %layers.0.self_attn_layer_norm.bias = ml_program.global_load_const @layers.0.self_attn_layer_norm.bias : tensor<32xf32>
    %12 = tensor.empty() : tensor<1x16x1xf32>
    %13 = linalg.fill ins(%cst : f32) outs(%12 : tensor<1x16x1xf32>) -> tensor<1x16x1xf32>
    %14 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%11 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %15 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%14 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed = tensor.collapse_shape %15 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %16 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %17 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%11, %16 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.subf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%17, %17 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %19 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%18 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %20 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%19 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %21 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%20 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.truncf %cst_4 : f64 to f32
      %145 = arith.addf %in, %144 : f32
      linalg.yield %145 : f32
    } -> tensor<1x16x1xf32>
    %22 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%21 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = math.rsqrt %in : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_9 = tensor.collapse_shape %22 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %23 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_9 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %24 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%17, %23 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %25 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%24, %layers.0.self_attn_layer_norm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %26 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%25, %layers.0.self_attn_layer_norm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_10 = tensor.collapse_shape %26 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %layers.0.self_attn.q_proj.weight = ml_program.global_load_const @layers.0.self_attn.q_proj.weight : tensor<32x32xf32>
    %27 = tensor.empty() : tensor<32x32xf32>
    %transposed_11 = linalg.transpose ins(%layers.0.self_attn.q_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %28 = linalg.fill ins(%cst : f32) outs(%9 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %29 = linalg.matmul ins(%collapsed_10, %transposed_11 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.0.self_attn.q_proj.bias = ml_program.global_load_const @layers.0.self_attn.q_proj.bias : tensor<32xf32>
    %30 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%29, %layers.0.self_attn.q_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded = tensor.expand_shape %30 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %31 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded : tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.truncf %cst_3 : f64 to f32
      %145 = arith.mulf %in, %144 : f32
      linalg.yield %145 : f32
    } -> tensor<1x16x32xf32>
    %expanded_12 = tensor.expand_shape %31 [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %32 = tensor.empty() : tensor<1x4x16x8xf32>
    %transposed_13 = linalg.transpose ins(%expanded_12 : tensor<1x16x4x8xf32>) outs(%32 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %layers.0.self_attn.k_proj.weight = ml_program.global_load_const @layers.0.self_attn.k_proj.weight : tensor<32x32xf32>
    %transposed_14 = linalg.transpose ins(%layers.0.self_attn.k_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %33 = linalg.matmul ins(%collapsed_10, %transposed_14 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_15 = tensor.expand_shape %33 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %layers.0.self_attn.v_proj.weight = ml_program.global_load_const @layers.0.self_attn.v_proj.weight : tensor<32x32xf32>
    %transposed_16 = linalg.transpose ins(%layers.0.self_attn.v_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %34 = linalg.matmul ins(%collapsed_10, %transposed_16 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.0.self_attn.v_proj.bias = ml_program.global_load_const @layers.0.self_attn.v_proj.bias : tensor<32xf32>
    %35 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%34, %layers.0.self_attn.v_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded_17 = tensor.expand_shape %35 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_18 = linalg.transpose ins(%expanded_17 : tensor<1x16x4x8xf32>) outs(%32 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %36 = tensor.empty() : tensor<1x4x8x16xf32>
    %transposed_19 = linalg.transpose ins(%expanded_15 : tensor<1x16x4x8xf32>) outs(%36 : tensor<1x4x8x16xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_20 = tensor.collapse_shape %transposed_13 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_21 = tensor.collapse_shape %transposed_19 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %37 = tensor.empty() : tensor<4x16x16xf32>
    %38 = linalg.fill ins(%cst : f32) outs(%37 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %39 = linalg.batch_matmul ins(%collapsed_20, %collapsed_21 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%38 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_22 = tensor.expand_shape %39 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %40 = tensor.empty() : tensor<1x4x16xi64>
    %41 = linalg.fill ins(%c0_i64 : i64) outs(%40 : tensor<1x4x16xi64>) -> tensor<1x4x16xi64>
    %42 = tensor.empty() : tensor<1x4x16xf32>
    %43 = linalg.fill ins(%cst_2 : f32) outs(%42 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %44:2 = linalg.generic {indexing_maps = [#map9, #map10, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%expanded_22 : tensor<1x4x16x16xf32>) outs(%43, %41 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_73: i64):
      %144 = linalg.index 3 : index
      %145 = arith.index_cast %144 : index to i64
      %146 = arith.maximumf %in, %out : f32
      %147 = arith.cmpf ogt, %in, %out : f32
      %148 = arith.select %147, %145, %out_73 : i64
      linalg.yield %146, %148 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_23 = tensor.expand_shape %44#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %45 = tensor.empty() : tensor<1x4x16x16xf32>
    %46 = linalg.generic {indexing_maps = [#map9, #map11, #map9], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_22, %expanded_23 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%45 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.subf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x16xf32>
    %47 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%46 : tensor<1x4x16x16xf32>) outs(%45 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = math.exp %in : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x16xf32>
    %48 = tensor.empty() : tensor<1x4x16x1xf32>
    %49 = linalg.fill ins(%cst : f32) outs(%48 : tensor<1x4x16x1xf32>) -> tensor<1x4x16x1xf32>
    %50 = linalg.generic {indexing_maps = [#map9, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%47 : tensor<1x4x16x16xf32>) outs(%49 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x1xf32>
    %51 = linalg.generic {indexing_maps = [#map9, #map11, #map9], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%47, %50 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%45 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.divf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_24 = tensor.collapse_shape %51 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_25 = tensor.collapse_shape %transposed_18 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %52 = tensor.empty() : tensor<4x16x8xf32>
    %53 = linalg.fill ins(%cst : f32) outs(%52 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %54 = linalg.batch_matmul ins(%collapsed_24, %collapsed_25 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%53 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_26 = tensor.expand_shape %54 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %55 = tensor.empty() : tensor<1x16x4x8xf32>
    %transposed_27 = linalg.transpose ins(%expanded_26 : tensor<1x4x16x8xf32>) outs(%55 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_28 = tensor.collapse_shape %transposed_27 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %layers.0.self_attn.out_proj.weight = ml_program.global_load_const @layers.0.self_attn.out_proj.weight : tensor<32x32xf32>
    %transposed_29 = linalg.transpose ins(%layers.0.self_attn.out_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %56 = linalg.matmul ins(%collapsed_28, %transposed_29 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.0.self_attn.out_proj.bias = ml_program.global_load_const @layers.0.self_attn.out_proj.bias : tensor<32xf32>
    %57 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%56, %layers.0.self_attn.out_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded_30 = tensor.expand_shape %57 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %58 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%11, %expanded_30 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %layers.0.final_layer_norm.weight = ml_program.global_load_const @layers.0.final_layer_norm.weight : tensor<32xf32>
    %layers.0.final_layer_norm.bias = ml_program.global_load_const @layers.0.final_layer_norm.bias : tensor<32xf32>
    %59 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%58 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %60 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%59 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_31 = tensor.collapse_shape %60 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %61 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_31 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %62 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%58, %61 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.subf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %63 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%62, %62 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %64 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%63 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %65 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%64 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %66 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%65 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.truncf %cst_4 : f64 to f32
      %145 = arith.addf %in, %144 : f32
      linalg.yield %145 : f32
    } -> tensor<1x16x1xf32>
    %67 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%66 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = math.rsqrt %in : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_32 = tensor.collapse_shape %67 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %68 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_32 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %69 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%62, %68 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %70 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%69, %layers.0.final_layer_norm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %71 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%70, %layers.0.final_layer_norm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_33 = tensor.collapse_shape %71 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %layers.0.fc1.weight = ml_program.global_load_const @layers.0.fc1.weight : tensor<48x32xf32>
    %72 = tensor.empty() : tensor<32x48xf32>
    %transposed_34 = linalg.transpose ins(%layers.0.fc1.weight : tensor<48x32xf32>) outs(%72 : tensor<32x48xf32>) permutation = [1, 0] 
    %73 = tensor.empty() : tensor<16x48xf32>
    %74 = linalg.fill ins(%cst : f32) outs(%73 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %75 = linalg.matmul ins(%collapsed_33, %transposed_34 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%74 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %layers.0.fc1.bias = ml_program.global_load_const @layers.0.fc1.bias : tensor<48xf32>
    %76 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%75, %layers.0.fc1.bias : tensor<16x48xf32>, tensor<48xf32>) outs(%73 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x48xf32>
    %expanded_35 = tensor.expand_shape %76 [[0, 1], [2]] output_shape [1, 16, 48] : tensor<16x48xf32> into tensor<1x16x48xf32>
    %77 = tensor.empty() : tensor<1x16x48xf32>
    %78 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_35 : tensor<1x16x48xf32>) outs(%77 : tensor<1x16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_5 : f32
      %145 = math.erf %144 : f32
      %146 = arith.addf %145, %cst_0 : f32
      %147 = arith.mulf %146, %cst_1 : f32
      %148 = arith.mulf %in, %147 : f32
      linalg.yield %148 : f32
    } -> tensor<1x16x48xf32>
    %collapsed_36 = tensor.collapse_shape %78 [[0, 1], [2]] : tensor<1x16x48xf32> into tensor<16x48xf32>
    %layers.0.fc2.weight = ml_program.global_load_const @layers.0.fc2.weight : tensor<32x48xf32>
    %79 = tensor.empty() : tensor<48x32xf32>
    %transposed_37 = linalg.transpose ins(%layers.0.fc2.weight : tensor<32x48xf32>) outs(%79 : tensor<48x32xf32>) permutation = [1, 0] 
    %80 = linalg.matmul ins(%collapsed_36, %transposed_37 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.0.fc2.bias = ml_program.global_load_const @layers.0.fc2.bias : tensor<32xf32>
    %81 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%80, %layers.0.fc2.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded_38 = tensor.expand_shape %81 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %82 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%58, %expanded_38 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %layers.1.self_attn_layer_norm.weight = ml_program.global_load_const @layers.1.self_attn_layer_norm.weight : tensor<32xf32>
    %layers.1.self_attn_layer_norm.bias = ml_program.global_load_const @layers.1.self_attn_layer_norm.bias : tensor<32xf32>
    %83 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%82 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %84 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%83 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_39 = tensor.collapse_shape %84 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %85 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_39 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %86 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%82, %85 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.subf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %87 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%86, %86 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %88 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%87 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %89 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%88 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %90 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%89 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.truncf %cst_4 : f64 to f32
      %145 = arith.addf %in, %144 : f32
      linalg.yield %145 : f32
    } -> tensor<1x16x1xf32>
    %91 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%90 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = math.rsqrt %in : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_40 = tensor.collapse_shape %91 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %92 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_40 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %93 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%86, %92 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %94 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%93, %layers.1.self_attn_layer_norm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %95 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%94, %layers.1.self_attn_layer_norm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_41 = tensor.collapse_shape %95 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %layers.1.self_attn.q_proj.weight = ml_program.global_load_const @layers.1.self_attn.q_proj.weight : tensor<32x32xf32>
    %transposed_42 = linalg.transpose ins(%layers.1.self_attn.q_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %96 = linalg.matmul ins(%collapsed_41, %transposed_42 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.1.self_attn.q_proj.bias = ml_program.global_load_const @layers.1.self_attn.q_proj.bias : tensor<32xf32>
    %97 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%96, %layers.1.self_attn.q_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded_43 = tensor.expand_shape %97 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %98 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_43 : tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.truncf %cst_3 : f64 to f32
      %145 = arith.mulf %in, %144 : f32
      linalg.yield %145 : f32
    } -> tensor<1x16x32xf32>
    %expanded_44 = tensor.expand_shape %98 [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_45 = linalg.transpose ins(%expanded_44 : tensor<1x16x4x8xf32>) outs(%32 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %layers.1.self_attn.k_proj.weight = ml_program.global_load_const @layers.1.self_attn.k_proj.weight : tensor<32x32xf32>
    %transposed_46 = linalg.transpose ins(%layers.1.self_attn.k_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %99 = linalg.matmul ins(%collapsed_41, %transposed_46 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_47 = tensor.expand_shape %99 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %layers.1.self_attn.v_proj.weight = ml_program.global_load_const @layers.1.self_attn.v_proj.weight : tensor<32x32xf32>
    %transposed_48 = linalg.transpose ins(%layers.1.self_attn.v_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %100 = linalg.matmul ins(%collapsed_41, %transposed_48 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.1.self_attn.v_proj.bias = ml_program.global_load_const @layers.1.self_attn.v_proj.bias : tensor<32xf32>
    %101 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%100, %layers.1.self_attn.v_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded_49 = tensor.expand_shape %101 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_50 = linalg.transpose ins(%expanded_49 : tensor<1x16x4x8xf32>) outs(%32 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %transposed_51 = linalg.transpose ins(%expanded_47 : tensor<1x16x4x8xf32>) outs(%36 : tensor<1x4x8x16xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_52 = tensor.collapse_shape %transposed_45 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_53 = tensor.collapse_shape %transposed_51 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %102 = linalg.batch_matmul ins(%collapsed_52, %collapsed_53 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%38 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_54 = tensor.expand_shape %102 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %103:2 = linalg.generic {indexing_maps = [#map9, #map10, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%expanded_54 : tensor<1x4x16x16xf32>) outs(%43, %41 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_73: i64):
      %144 = linalg.index 3 : index
      %145 = arith.index_cast %144 : index to i64
      %146 = arith.maximumf %in, %out : f32
      %147 = arith.cmpf ogt, %in, %out : f32
      %148 = arith.select %147, %145, %out_73 : i64
      linalg.yield %146, %148 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_55 = tensor.expand_shape %103#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %104 = linalg.generic {indexing_maps = [#map9, #map11, #map9], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_54, %expanded_55 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%45 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.subf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x16xf32>
    %105 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%104 : tensor<1x4x16x16xf32>) outs(%45 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = math.exp %in : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x16xf32>
    %106 = linalg.generic {indexing_maps = [#map9, #map11], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%105 : tensor<1x4x16x16xf32>) outs(%49 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x1xf32>
    %107 = linalg.generic {indexing_maps = [#map9, #map11, #map9], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%105, %106 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%45 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.divf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_56 = tensor.collapse_shape %107 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_57 = tensor.collapse_shape %transposed_50 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %108 = linalg.batch_matmul ins(%collapsed_56, %collapsed_57 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%53 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_58 = tensor.expand_shape %108 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %transposed_59 = linalg.transpose ins(%expanded_58 : tensor<1x4x16x8xf32>) outs(%55 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_60 = tensor.collapse_shape %transposed_59 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %layers.1.self_attn.out_proj.weight = ml_program.global_load_const @layers.1.self_attn.out_proj.weight : tensor<32x32xf32>
    %transposed_61 = linalg.transpose ins(%layers.1.self_attn.out_proj.weight : tensor<32x32xf32>) outs(%27 : tensor<32x32xf32>) permutation = [1, 0] 
    %109 = linalg.matmul ins(%collapsed_60, %transposed_61 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.1.self_attn.out_proj.bias = ml_program.global_load_const @layers.1.self_attn.out_proj.bias : tensor<32xf32>
    %110 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%109, %layers.1.self_attn.out_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded_62 = tensor.expand_shape %110 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %111 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%82, %expanded_62 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %layers.1.final_layer_norm.weight = ml_program.global_load_const @layers.1.final_layer_norm.weight : tensor<32xf32>
    %layers.1.final_layer_norm.bias = ml_program.global_load_const @layers.1.final_layer_norm.bias : tensor<32xf32>
    %112 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%111 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %113 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%112 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_63 = tensor.collapse_shape %113 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %114 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_63 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %115 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%111, %114 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.subf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %116 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%115, %115 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %117 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%116 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %118 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%117 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %119 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%118 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.truncf %cst_4 : f64 to f32
      %145 = arith.addf %in, %144 : f32
      linalg.yield %145 : f32
    } -> tensor<1x16x1xf32>
    %120 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%119 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = math.rsqrt %in : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_64 = tensor.collapse_shape %120 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %121 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_64 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %122 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%115, %121 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %123 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%122, %layers.1.final_layer_norm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %124 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%123, %layers.1.final_layer_norm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_65 = tensor.collapse_shape %124 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %layers.1.fc1.weight = ml_program.global_load_const @layers.1.fc1.weight : tensor<48x32xf32>
    %transposed_66 = linalg.transpose ins(%layers.1.fc1.weight : tensor<48x32xf32>) outs(%72 : tensor<32x48xf32>) permutation = [1, 0] 
    %125 = linalg.matmul ins(%collapsed_65, %transposed_66 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%74 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %layers.1.fc1.bias = ml_program.global_load_const @layers.1.fc1.bias : tensor<48xf32>
    %126 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%125, %layers.1.fc1.bias : tensor<16x48xf32>, tensor<48xf32>) outs(%73 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x48xf32>
    %expanded_67 = tensor.expand_shape %126 [[0, 1], [2]] output_shape [1, 16, 48] : tensor<16x48xf32> into tensor<1x16x48xf32>
    %127 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_67 : tensor<1x16x48xf32>) outs(%77 : tensor<1x16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_5 : f32
      %145 = math.erf %144 : f32
      %146 = arith.addf %145, %cst_0 : f32
      %147 = arith.mulf %146, %cst_1 : f32
      %148 = arith.mulf %in, %147 : f32
      linalg.yield %148 : f32
    } -> tensor<1x16x48xf32>
    %collapsed_68 = tensor.collapse_shape %127 [[0, 1], [2]] : tensor<1x16x48xf32> into tensor<16x48xf32>
    %layers.1.fc2.weight = ml_program.global_load_const @layers.1.fc2.weight : tensor<32x48xf32>
    %transposed_69 = linalg.transpose ins(%layers.1.fc2.weight : tensor<32x48xf32>) outs(%79 : tensor<48x32xf32>) permutation = [1, 0] 
    %128 = linalg.matmul ins(%collapsed_68, %transposed_69 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%28 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %layers.1.fc2.bias = ml_program.global_load_const @layers.1.fc2.bias : tensor<32xf32>
    %129 = linalg.generic {indexing_maps = [#map3, #map8, #map3], iterator_types = ["parallel", "parallel"]} ins(%128, %layers.1.fc2.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%9 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<16x32xf32>
    %expanded_70 = tensor.expand_shape %129 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %130 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%111, %expanded_70 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %layer_norm.weight = ml_program.global_load_const @layer_norm.weight : tensor<32xf32>
    %layer_norm.bias = ml_program.global_load_const @layer_norm.bias : tensor<32xf32>
    %131 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%130 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %132 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%131 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_71 = tensor.collapse_shape %132 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %133 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_71 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %134 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%130, %133 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.subf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %135 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%134, %134 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %136 = linalg.generic {indexing_maps = [#map, #map5], iterator_types = ["parallel", "parallel", "reduction"]} ins(%135 : tensor<1x16x32xf32>) outs(%13 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.addf %in, %out : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %137 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%136 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.divf %in, %cst_6 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %138 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%137 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = arith.truncf %cst_4 : f64 to f32
      %145 = arith.addf %in, %144 : f32
      linalg.yield %145 : f32
    } -> tensor<1x16x1xf32>
    %139 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%138 : tensor<1x16x1xf32>) outs(%12 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %144 = math.rsqrt %in : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_72 = tensor.collapse_shape %139 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %140 = linalg.generic {indexing_maps = [#map6, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_72 : tensor<1x16xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %141 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%134, %140 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %142 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%141, %layer_norm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.mulf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    %143 = linalg.generic {indexing_maps = [#map, #map7, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%142, %layer_norm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%6 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_73: f32, %out: f32):
      %144 = arith.addf %in, %in_73 : f32
      linalg.yield %144 : f32
    } -> tensor<1x16x32xf32>
    return %143 : tensor<1x16x32xf32>
  }
}
