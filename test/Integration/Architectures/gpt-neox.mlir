// GPT-NeoX with random weights, as `python -m quant_mlir architectures --tests` writes it.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/fold_architecture.py %s %t %quant_mlir_build/bin %quant_mlir_source/docs/Architectures.md

#extern = #ml_program.extern : tensor<96x32xf32>
#extern1 = #ml_program.extern : tensor<32xf32>
#extern2 = #ml_program.extern : tensor<96xf32>
#extern3 = #ml_program.extern : tensor<32x32xf32>
#extern4 = #ml_program.extern : tensor<48x32xf32>
#extern5 = #ml_program.extern : tensor<48xf32>
#extern6 = #ml_program.extern : tensor<32x48xf32>
#map = affine_map<(d0, d1, d2) -> (d0, d1)>
#map1 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map2 = affine_map<(d0) -> (d0)>
#map3 = affine_map<(d0, d1, d2, d3) -> (d0, d1, 0, d3)>
#map4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#map5 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map6 = affine_map<(d0, d1, d2, d3) -> ()>
#map7 = affine_map<(d0, d1, d2, d3) -> (0, 0, 0, 0)>
#map8 = affine_map<(d0, d1, d2, d3) -> (0, 0, 0, d3)>
#map9 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#map10 = affine_map<(d0, d1, d2) -> (d2)>
#map11 = affine_map<(d0, d1) -> (d0, d1)>
#map12 = affine_map<(d0, d1) -> (d1)>
#map13 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map14 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
module {
  ml_program.global private @gpt_neox.embed_in.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @gpt_neox.layers.0.input_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.0.input_layernorm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.0.attention.query_key_value.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @gpt_neox.layers.0.attention.query_key_value.bias(#extern2) : tensor<96xf32>
  ml_program.global private @gpt_neox.layers.0.attention.dense.weight(#extern3) : tensor<32x32xf32>
  ml_program.global private @gpt_neox.layers.0.attention.dense.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.0.post_attention_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.0.post_attention_layernorm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.0.mlp.dense_h_to_4h.weight(#extern4) : tensor<48x32xf32>
  ml_program.global private @gpt_neox.layers.0.mlp.dense_h_to_4h.bias(#extern5) : tensor<48xf32>
  ml_program.global private @gpt_neox.layers.0.mlp.dense_4h_to_h.weight(#extern6) : tensor<32x48xf32>
  ml_program.global private @gpt_neox.layers.0.mlp.dense_4h_to_h.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.1.input_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.1.input_layernorm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.1.attention.query_key_value.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @gpt_neox.layers.1.attention.query_key_value.bias(#extern2) : tensor<96xf32>
  ml_program.global private @gpt_neox.layers.1.attention.dense.weight(#extern3) : tensor<32x32xf32>
  ml_program.global private @gpt_neox.layers.1.attention.dense.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.1.post_attention_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.1.post_attention_layernorm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.layers.1.mlp.dense_h_to_4h.weight(#extern4) : tensor<48x32xf32>
  ml_program.global private @gpt_neox.layers.1.mlp.dense_h_to_4h.bias(#extern5) : tensor<48xf32>
  ml_program.global private @gpt_neox.layers.1.mlp.dense_4h_to_h.weight(#extern6) : tensor<32x48xf32>
  ml_program.global private @gpt_neox.layers.1.mlp.dense_4h_to_h.bias(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.final_layer_norm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @gpt_neox.final_layer_norm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @lm_head.weight(#extern) : tensor<96x32xf32>
  func.func @main(%arg0: tensor<1x16xi64>) -> tensor<1x16x96xf32> {
    %c0_i64 = arith.constant 0 : i64
    %c96 = arith.constant 96 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 1.000000e+00 : f32
    %cst_2 = arith.constant 5.000000e-01 : f32
    %cst_3 = arith.constant dense<1.000000e+00> : tensor<1x1x1xf32>
    %cst_4 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_5 = arith.constant dense<true> : tensor<i1>
    %cst_6 = arith.constant 0.35355339059327379 : f64
    %cst_7 = arith.constant 1.000000e-05 : f64
    %cst_8 = arith.constant dense<0.000000e+00> : tensor<f32>
    %true = arith.constant true
    %cst_9 = arith.constant 3.200000e+01 : f32
    %cst_10 = arith.constant 1.41421354 : f32
    %gpt_neox.embed_in.weight = ml_program.global_load_const @gpt_neox.embed_in.weight : tensor<96x32xf32>
    %0 = tensor.empty() : tensor<1x16x32xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg0 : tensor<1x16xi64>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %149 = arith.index_cast %in : i64 to index
      %150 = linalg.index 2 : index
      %151 = arith.cmpi slt, %149, %c96 : index
      cf.assert %151, "index must be smaller than dim size"
      %152 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %152, "index must be larger or equal to 0"
      %extracted = tensor.extract %gpt_neox.embed_in.weight[%149, %150] : tensor<96x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %2 = tensor.empty() : tensor<16xi64>
    %3 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%2 : tensor<16xi64>) {
    ^bb0(%out: i64):
      %149 = linalg.index 0 : index
      %150 = arith.index_cast %149 : index to i64
      linalg.yield %150 : i64
    } -> tensor<16xi64>
    %4 = tensor.empty() : tensor<1xi64>
    %5 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%4 : tensor<1xi64>) {
    ^bb0(%out: i64):
      linalg.yield %c0_i64 : i64
    } -> tensor<1xi64>
    %expanded = tensor.expand_shape %5 [[0, 1, 2, 3]] output_shape [1, 1, 1, 1] : tensor<1xi64> into tensor<1x1x1x1xi64>
    %expanded_11 = tensor.expand_shape %3 [[0, 1, 2, 3]] output_shape [1, 1, 16, 1] : tensor<16xi64> into tensor<1x1x16x1xi64>
    %expanded_12 = tensor.expand_shape %3 [[0, 1, 2, 3]] output_shape [1, 1, 1, 16] : tensor<16xi64> into tensor<1x1x1x16xi64>
    %6 = tensor.empty() : tensor<1x1x16x16xi1>
    %7 = linalg.generic {indexing_maps = [#map3, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_12, %expanded_11 : tensor<1x1x1x16xi64>, tensor<1x1x16x1xi64>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i64, %in_97: i64, %out: i1):
      %149 = arith.cmpi sle, %in, %in_97 : i64
      linalg.yield %149 : i1
    } -> tensor<1x1x16x16xi1>
    %8 = linalg.generic {indexing_maps = [#map6, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_5, %7 : tensor<i1>, tensor<1x1x16x16xi1>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_97: i1, %out: i1):
      %149 = arith.andi %in, %in_97 : i1
      linalg.yield %149 : i1
    } -> tensor<1x1x16x16xi1>
    %9 = tensor.empty() : tensor<1x1x1x16xi1>
    %10 = linalg.generic {indexing_maps = [#map7, #map8, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_12 : tensor<1x1x1x1xi64>, tensor<1x1x1x16xi64>) outs(%9 : tensor<1x1x1x16xi1>) {
    ^bb0(%in: i64, %in_97: i64, %out: i1):
      linalg.yield %true : i1
    } -> tensor<1x1x1x16xi1>
    %11 = linalg.generic {indexing_maps = [#map5, #map3, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8, %10 : tensor<1x1x16x16xi1>, tensor<1x1x1x16xi1>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_97: i1, %out: i1):
      %149 = arith.andi %in, %in_97 : i1
      linalg.yield %149 : i1
    } -> tensor<1x1x16x16xi1>
    %12 = tensor.empty() : tensor<1x1x16x16xf32>
    %13 = linalg.generic {indexing_maps = [#map5, #map6, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%11, %cst_8, %cst_4 : tensor<1x1x16x16xi1>, tensor<f32>, tensor<f32>) outs(%12 : tensor<1x1x16x16xf32>) {
    ^bb0(%in: i1, %in_97: f32, %in_98: f32, %out: f32):
      %149 = arith.select %in, %in_97, %in_98 : f32
      linalg.yield %149 : f32
    } -> tensor<1x1x16x16xf32>
    %expanded_13 = tensor.expand_shape %3 [[0, 1, 2]] output_shape [1, 1, 16] : tensor<16xi64> into tensor<1x1x16xi64>
    %14 = tensor.empty() : tensor<1x1x16xf32>
    %15 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_13 : tensor<1x1x16xi64>) outs(%14 : tensor<1x1x16xf32>) {
    ^bb0(%in: i64, %out: f32):
      %149 = arith.sitofp %in : i64 to f32
      linalg.yield %149 : f32
    } -> tensor<1x1x16xf32>
    %16 = linalg.fill ins(%cst : f32) outs(%14 : tensor<1x1x16xf32>) -> tensor<1x1x16xf32>
    %17 = linalg.batch_matmul ins(%cst_3, %15 : tensor<1x1x1xf32>, tensor<1x1x16xf32>) outs(%16 : tensor<1x1x16xf32>) -> tensor<1x1x16xf32>
    %18 = tensor.empty() : tensor<1x16x1xf32>
    %transposed = linalg.transpose ins(%17 : tensor<1x1x16xf32>) outs(%18 : tensor<1x16x1xf32>) permutation = [0, 2, 1] 
    %concat = tensor.concat dim(2) %transposed, %transposed : (tensor<1x16x1xf32>, tensor<1x16x1xf32>) -> tensor<1x16x2xf32>
    %19 = tensor.empty() : tensor<1x16x2xf32>
    %20 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%concat : tensor<1x16x2xf32>) outs(%19 : tensor<1x16x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = math.cos %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x2xf32>
    %21 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%concat : tensor<1x16x2xf32>) outs(%19 : tensor<1x16x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = math.sin %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x2xf32>
    %gpt_neox.layers.0.input_layernorm.weight = ml_program.global_load_const @gpt_neox.layers.0.input_layernorm.weight : tensor<32xf32>
    %gpt_neox.layers.0.input_layernorm.bias = ml_program.global_load_const @gpt_neox.layers.0.input_layernorm.bias : tensor<32xf32>
    %22 = linalg.fill ins(%cst : f32) outs(%18 : tensor<1x16x1xf32>) -> tensor<1x16x1xf32>
    %23 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%1 : tensor<1x16x32xf32>) outs(%22 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %24 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%23 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_9 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %collapsed = tensor.collapse_shape %24 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %25 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %26 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1, %25 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.subf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %27 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%26, %26 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %28 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%27 : tensor<1x16x32xf32>) outs(%22 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %29 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%28 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_9 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %30 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%29 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.truncf %cst_7 : f64 to f32
      %150 = arith.addf %in, %149 : f32
      linalg.yield %150 : f32
    } -> tensor<1x16x1xf32>
    %31 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%30 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = math.rsqrt %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_14 = tensor.collapse_shape %31 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %32 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_14 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %33 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%26, %32 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %34 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%33, %gpt_neox.layers.0.input_layernorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %35 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%34, %gpt_neox.layers.0.input_layernorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_15 = tensor.collapse_shape %35 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %gpt_neox.layers.0.attention.query_key_value.weight = ml_program.global_load_const @gpt_neox.layers.0.attention.query_key_value.weight : tensor<96x32xf32>
    %36 = tensor.empty() : tensor<32x96xf32>
    %transposed_16 = linalg.transpose ins(%gpt_neox.layers.0.attention.query_key_value.weight : tensor<96x32xf32>) outs(%36 : tensor<32x96xf32>) permutation = [1, 0] 
    %37 = tensor.empty() : tensor<16x96xf32>
    %38 = linalg.fill ins(%cst : f32) outs(%37 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %39 = linalg.matmul ins(%collapsed_15, %transposed_16 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%38 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %gpt_neox.layers.0.attention.query_key_value.bias = ml_program.global_load_const @gpt_neox.layers.0.attention.query_key_value.bias : tensor<96xf32>
    %40 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%39, %gpt_neox.layers.0.attention.query_key_value.bias : tensor<16x96xf32>, tensor<96xf32>) outs(%37 : tensor<16x96xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x96xf32>
    %expanded_17 = tensor.expand_shape %40 [[0, 1], [2, 3]] output_shape [1, 16, 4, 24] : tensor<16x96xf32> into tensor<1x16x4x24xf32>
    %41 = tensor.empty() : tensor<1x4x16x24xf32>
    %transposed_18 = linalg.transpose ins(%expanded_17 : tensor<1x16x4x24xf32>) outs(%41 : tensor<1x4x16x24xf32>) permutation = [0, 2, 1, 3] 
    %extracted_slice = tensor.extract_slice %transposed_18[0, 0, 0, 0] [1, 4, 16, 8] [1, 1, 1, 1] : tensor<1x4x16x24xf32> to tensor<1x4x16x8xf32>
    %extracted_slice_19 = tensor.extract_slice %transposed_18[0, 0, 0, 8] [1, 4, 16, 8] [1, 1, 1, 1] : tensor<1x4x16x24xf32> to tensor<1x4x16x8xf32>
    %extracted_slice_20 = tensor.extract_slice %transposed_18[0, 0, 0, 16] [1, 4, 16, 8] [1, 1, 1, 1] : tensor<1x4x16x24xf32> to tensor<1x4x16x8xf32>
    %expanded_21 = tensor.expand_shape %20 [[0], [1, 2], [3]] output_shape [1, 1, 16, 2] : tensor<1x16x2xf32> into tensor<1x1x16x2xf32>
    %expanded_22 = tensor.expand_shape %21 [[0], [1, 2], [3]] output_shape [1, 1, 16, 2] : tensor<1x16x2xf32> into tensor<1x1x16x2xf32>
    %extracted_slice_23 = tensor.extract_slice %extracted_slice[0, 0, 0, 0] [1, 4, 16, 2] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x2xf32>
    %extracted_slice_24 = tensor.extract_slice %extracted_slice[0, 0, 0, 2] [1, 4, 16, 6] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x6xf32>
    %extracted_slice_25 = tensor.extract_slice %extracted_slice_19[0, 0, 0, 0] [1, 4, 16, 2] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x2xf32>
    %extracted_slice_26 = tensor.extract_slice %extracted_slice_19[0, 0, 0, 2] [1, 4, 16, 6] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x6xf32>
    %42 = tensor.empty() : tensor<1x4x16x2xf32>
    %43 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_23, %expanded_21 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %extracted_slice_27 = tensor.extract_slice %extracted_slice_23[0, 0, 0, 0] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %extracted_slice_28 = tensor.extract_slice %extracted_slice_23[0, 0, 0, 1] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %44 = tensor.empty() : tensor<1x4x16x1xf32>
    %45 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_28 : tensor<1x4x16x1xf32>) outs(%44 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.negf %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x1xf32>
    %concat_29 = tensor.concat dim(3) %45, %extracted_slice_27 : (tensor<1x4x16x1xf32>, tensor<1x4x16x1xf32>) -> tensor<1x4x16x2xf32>
    %46 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_29, %expanded_22 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %47 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%43, %46 : tensor<1x4x16x2xf32>, tensor<1x4x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %48 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_25, %expanded_21 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %extracted_slice_30 = tensor.extract_slice %extracted_slice_25[0, 0, 0, 0] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %extracted_slice_31 = tensor.extract_slice %extracted_slice_25[0, 0, 0, 1] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %49 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_31 : tensor<1x4x16x1xf32>) outs(%44 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.negf %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x1xf32>
    %concat_32 = tensor.concat dim(3) %49, %extracted_slice_30 : (tensor<1x4x16x1xf32>, tensor<1x4x16x1xf32>) -> tensor<1x4x16x2xf32>
    %50 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_32, %expanded_22 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %51 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%48, %50 : tensor<1x4x16x2xf32>, tensor<1x4x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %concat_33 = tensor.concat dim(3) %47, %extracted_slice_24 : (tensor<1x4x16x2xf32>, tensor<1x4x16x6xf32>) -> tensor<1x4x16x8xf32>
    %concat_34 = tensor.concat dim(3) %51, %extracted_slice_26 : (tensor<1x4x16x2xf32>, tensor<1x4x16x6xf32>) -> tensor<1x4x16x8xf32>
    %52 = tensor.empty() : tensor<1x4x8x16xf32>
    %transposed_35 = linalg.transpose ins(%concat_34 : tensor<1x4x16x8xf32>) outs(%52 : tensor<1x4x8x16xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_36 = tensor.collapse_shape %concat_33 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_37 = tensor.collapse_shape %transposed_35 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %53 = tensor.empty() : tensor<4x16x16xf32>
    %54 = linalg.fill ins(%cst : f32) outs(%53 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %55 = linalg.batch_matmul ins(%collapsed_36, %collapsed_37 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%54 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_38 = tensor.expand_shape %55 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %56 = tensor.empty() : tensor<1x4x16x16xf32>
    %57 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_38 : tensor<1x4x16x16xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.truncf %cst_6 : f64 to f32
      %150 = arith.mulf %in, %149 : f32
      linalg.yield %150 : f32
    } -> tensor<1x4x16x16xf32>
    %58 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%57, %13 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %59 = tensor.empty() : tensor<1x4x16xi64>
    %60 = linalg.fill ins(%c0_i64 : i64) outs(%59 : tensor<1x4x16xi64>) -> tensor<1x4x16xi64>
    %61 = tensor.empty() : tensor<1x4x16xf32>
    %62 = linalg.fill ins(%cst_0 : f32) outs(%61 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %63:2 = linalg.generic {indexing_maps = [#map5, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%58 : tensor<1x4x16x16xf32>) outs(%62, %60 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_97: i64):
      %149 = linalg.index 3 : index
      %150 = arith.index_cast %149 : index to i64
      %151 = arith.maximumf %in, %out : f32
      %152 = arith.cmpf ogt, %in, %out : f32
      %153 = arith.select %152, %150, %out_97 : i64
      linalg.yield %151, %153 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_39 = tensor.expand_shape %63#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %64 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%58, %expanded_39 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.subf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %65 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%64 : tensor<1x4x16x16xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = math.exp %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %66 = linalg.fill ins(%cst : f32) outs(%44 : tensor<1x4x16x1xf32>) -> tensor<1x4x16x1xf32>
    %67 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%65 : tensor<1x4x16x16xf32>) outs(%66 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x1xf32>
    %68 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%65, %67 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.divf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_40 = tensor.collapse_shape %68 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_41 = tensor.collapse_shape %extracted_slice_20 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %69 = tensor.empty() : tensor<4x16x8xf32>
    %70 = linalg.fill ins(%cst : f32) outs(%69 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %71 = linalg.batch_matmul ins(%collapsed_40, %collapsed_41 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%70 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_42 = tensor.expand_shape %71 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %72 = tensor.empty() : tensor<1x16x4x8xf32>
    %transposed_43 = linalg.transpose ins(%expanded_42 : tensor<1x4x16x8xf32>) outs(%72 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_44 = tensor.collapse_shape %transposed_43 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %gpt_neox.layers.0.attention.dense.weight = ml_program.global_load_const @gpt_neox.layers.0.attention.dense.weight : tensor<32x32xf32>
    %73 = tensor.empty() : tensor<32x32xf32>
    %transposed_45 = linalg.transpose ins(%gpt_neox.layers.0.attention.dense.weight : tensor<32x32xf32>) outs(%73 : tensor<32x32xf32>) permutation = [1, 0] 
    %74 = tensor.empty() : tensor<16x32xf32>
    %75 = linalg.fill ins(%cst : f32) outs(%74 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %76 = linalg.matmul ins(%collapsed_44, %transposed_45 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%75 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %gpt_neox.layers.0.attention.dense.bias = ml_program.global_load_const @gpt_neox.layers.0.attention.dense.bias : tensor<32xf32>
    %77 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%76, %gpt_neox.layers.0.attention.dense.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%74 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x32xf32>
    %expanded_46 = tensor.expand_shape %77 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %gpt_neox.layers.0.post_attention_layernorm.weight = ml_program.global_load_const @gpt_neox.layers.0.post_attention_layernorm.weight : tensor<32xf32>
    %gpt_neox.layers.0.post_attention_layernorm.bias = ml_program.global_load_const @gpt_neox.layers.0.post_attention_layernorm.bias : tensor<32xf32>
    %78 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%33, %gpt_neox.layers.0.post_attention_layernorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %79 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%78, %gpt_neox.layers.0.post_attention_layernorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_47 = tensor.collapse_shape %79 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %gpt_neox.layers.0.mlp.dense_h_to_4h.weight = ml_program.global_load_const @gpt_neox.layers.0.mlp.dense_h_to_4h.weight : tensor<48x32xf32>
    %80 = tensor.empty() : tensor<32x48xf32>
    %transposed_48 = linalg.transpose ins(%gpt_neox.layers.0.mlp.dense_h_to_4h.weight : tensor<48x32xf32>) outs(%80 : tensor<32x48xf32>) permutation = [1, 0] 
    %81 = tensor.empty() : tensor<16x48xf32>
    %82 = linalg.fill ins(%cst : f32) outs(%81 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %83 = linalg.matmul ins(%collapsed_47, %transposed_48 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%82 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %gpt_neox.layers.0.mlp.dense_h_to_4h.bias = ml_program.global_load_const @gpt_neox.layers.0.mlp.dense_h_to_4h.bias : tensor<48xf32>
    %84 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%83, %gpt_neox.layers.0.mlp.dense_h_to_4h.bias : tensor<16x48xf32>, tensor<48xf32>) outs(%81 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x48xf32>
    %expanded_49 = tensor.expand_shape %84 [[0, 1], [2]] output_shape [1, 16, 48] : tensor<16x48xf32> into tensor<1x16x48xf32>
    %85 = tensor.empty() : tensor<1x16x48xf32>
    %86 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_49 : tensor<1x16x48xf32>) outs(%85 : tensor<1x16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_10 : f32
      %150 = math.erf %149 : f32
      %151 = arith.addf %150, %cst_1 : f32
      %152 = arith.mulf %151, %cst_2 : f32
      %153 = arith.mulf %in, %152 : f32
      linalg.yield %153 : f32
    } -> tensor<1x16x48xf32>
    %collapsed_50 = tensor.collapse_shape %86 [[0, 1], [2]] : tensor<1x16x48xf32> into tensor<16x48xf32>
    %gpt_neox.layers.0.mlp.dense_4h_to_h.weight = ml_program.global_load_const @gpt_neox.layers.0.mlp.dense_4h_to_h.weight : tensor<32x48xf32>
    %87 = tensor.empty() : tensor<48x32xf32>
    %transposed_51 = linalg.transpose ins(%gpt_neox.layers.0.mlp.dense_4h_to_h.weight : tensor<32x48xf32>) outs(%87 : tensor<48x32xf32>) permutation = [1, 0] 
    %88 = linalg.matmul ins(%collapsed_50, %transposed_51 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%75 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %gpt_neox.layers.0.mlp.dense_4h_to_h.bias = ml_program.global_load_const @gpt_neox.layers.0.mlp.dense_4h_to_h.bias : tensor<32xf32>
    %89 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%88, %gpt_neox.layers.0.mlp.dense_4h_to_h.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%74 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x32xf32>
    %expanded_52 = tensor.expand_shape %89 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %90 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_52, %expanded_46 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %91 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%90, %1 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %gpt_neox.layers.1.input_layernorm.weight = ml_program.global_load_const @gpt_neox.layers.1.input_layernorm.weight : tensor<32xf32>
    %gpt_neox.layers.1.input_layernorm.bias = ml_program.global_load_const @gpt_neox.layers.1.input_layernorm.bias : tensor<32xf32>
    %92 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%91 : tensor<1x16x32xf32>) outs(%22 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %93 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%92 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_9 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_53 = tensor.collapse_shape %93 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %94 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_53 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %95 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%91, %94 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.subf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %96 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%95, %95 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %97 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%96 : tensor<1x16x32xf32>) outs(%22 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %98 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%97 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_9 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %99 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%98 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.truncf %cst_7 : f64 to f32
      %150 = arith.addf %in, %149 : f32
      linalg.yield %150 : f32
    } -> tensor<1x16x1xf32>
    %100 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%99 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = math.rsqrt %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_54 = tensor.collapse_shape %100 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %101 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_54 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %102 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%95, %101 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %103 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%102, %gpt_neox.layers.1.input_layernorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %104 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%103, %gpt_neox.layers.1.input_layernorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_55 = tensor.collapse_shape %104 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %gpt_neox.layers.1.attention.query_key_value.weight = ml_program.global_load_const @gpt_neox.layers.1.attention.query_key_value.weight : tensor<96x32xf32>
    %transposed_56 = linalg.transpose ins(%gpt_neox.layers.1.attention.query_key_value.weight : tensor<96x32xf32>) outs(%36 : tensor<32x96xf32>) permutation = [1, 0] 
    %105 = linalg.matmul ins(%collapsed_55, %transposed_56 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%38 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %gpt_neox.layers.1.attention.query_key_value.bias = ml_program.global_load_const @gpt_neox.layers.1.attention.query_key_value.bias : tensor<96xf32>
    %106 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%105, %gpt_neox.layers.1.attention.query_key_value.bias : tensor<16x96xf32>, tensor<96xf32>) outs(%37 : tensor<16x96xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x96xf32>
    %expanded_57 = tensor.expand_shape %106 [[0, 1], [2, 3]] output_shape [1, 16, 4, 24] : tensor<16x96xf32> into tensor<1x16x4x24xf32>
    %transposed_58 = linalg.transpose ins(%expanded_57 : tensor<1x16x4x24xf32>) outs(%41 : tensor<1x4x16x24xf32>) permutation = [0, 2, 1, 3] 
    %extracted_slice_59 = tensor.extract_slice %transposed_58[0, 0, 0, 0] [1, 4, 16, 8] [1, 1, 1, 1] : tensor<1x4x16x24xf32> to tensor<1x4x16x8xf32>
    %extracted_slice_60 = tensor.extract_slice %transposed_58[0, 0, 0, 8] [1, 4, 16, 8] [1, 1, 1, 1] : tensor<1x4x16x24xf32> to tensor<1x4x16x8xf32>
    %extracted_slice_61 = tensor.extract_slice %transposed_58[0, 0, 0, 16] [1, 4, 16, 8] [1, 1, 1, 1] : tensor<1x4x16x24xf32> to tensor<1x4x16x8xf32>
    %extracted_slice_62 = tensor.extract_slice %extracted_slice_59[0, 0, 0, 0] [1, 4, 16, 2] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x2xf32>
    %extracted_slice_63 = tensor.extract_slice %extracted_slice_59[0, 0, 0, 2] [1, 4, 16, 6] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x6xf32>
    %extracted_slice_64 = tensor.extract_slice %extracted_slice_60[0, 0, 0, 0] [1, 4, 16, 2] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x2xf32>
    %extracted_slice_65 = tensor.extract_slice %extracted_slice_60[0, 0, 0, 2] [1, 4, 16, 6] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x6xf32>
    %107 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_62, %expanded_21 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %extracted_slice_66 = tensor.extract_slice %extracted_slice_62[0, 0, 0, 0] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %extracted_slice_67 = tensor.extract_slice %extracted_slice_62[0, 0, 0, 1] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %108 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_67 : tensor<1x4x16x1xf32>) outs(%44 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.negf %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x1xf32>
    %concat_68 = tensor.concat dim(3) %108, %extracted_slice_66 : (tensor<1x4x16x1xf32>, tensor<1x4x16x1xf32>) -> tensor<1x4x16x2xf32>
    %109 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_68, %expanded_22 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %110 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%107, %109 : tensor<1x4x16x2xf32>, tensor<1x4x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %111 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_64, %expanded_21 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %extracted_slice_69 = tensor.extract_slice %extracted_slice_64[0, 0, 0, 0] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %extracted_slice_70 = tensor.extract_slice %extracted_slice_64[0, 0, 0, 1] [1, 4, 16, 1] [1, 1, 1, 1] : tensor<1x4x16x2xf32> to tensor<1x4x16x1xf32>
    %112 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_70 : tensor<1x4x16x1xf32>) outs(%44 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.negf %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x1xf32>
    %concat_71 = tensor.concat dim(3) %112, %extracted_slice_69 : (tensor<1x4x16x1xf32>, tensor<1x4x16x1xf32>) -> tensor<1x4x16x2xf32>
    %113 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_71, %expanded_22 : tensor<1x4x16x2xf32>, tensor<1x1x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %114 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%111, %113 : tensor<1x4x16x2xf32>, tensor<1x4x16x2xf32>) outs(%42 : tensor<1x4x16x2xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x2xf32>
    %concat_72 = tensor.concat dim(3) %110, %extracted_slice_63 : (tensor<1x4x16x2xf32>, tensor<1x4x16x6xf32>) -> tensor<1x4x16x8xf32>
    %concat_73 = tensor.concat dim(3) %114, %extracted_slice_65 : (tensor<1x4x16x2xf32>, tensor<1x4x16x6xf32>) -> tensor<1x4x16x8xf32>
    %transposed_74 = linalg.transpose ins(%concat_73 : tensor<1x4x16x8xf32>) outs(%52 : tensor<1x4x8x16xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_75 = tensor.collapse_shape %concat_72 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_76 = tensor.collapse_shape %transposed_74 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %115 = linalg.batch_matmul ins(%collapsed_75, %collapsed_76 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%54 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_77 = tensor.expand_shape %115 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %116 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_77 : tensor<1x4x16x16xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.truncf %cst_6 : f64 to f32
      %150 = arith.mulf %in, %149 : f32
      linalg.yield %150 : f32
    } -> tensor<1x4x16x16xf32>
    %117 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%116, %13 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %118:2 = linalg.generic {indexing_maps = [#map5, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%117 : tensor<1x4x16x16xf32>) outs(%62, %60 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_97: i64):
      %149 = linalg.index 3 : index
      %150 = arith.index_cast %149 : index to i64
      %151 = arith.maximumf %in, %out : f32
      %152 = arith.cmpf ogt, %in, %out : f32
      %153 = arith.select %152, %150, %out_97 : i64
      linalg.yield %151, %153 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_78 = tensor.expand_shape %118#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %119 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%117, %expanded_78 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.subf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %120 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%119 : tensor<1x4x16x16xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = math.exp %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %121 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%120 : tensor<1x4x16x16xf32>) outs(%66 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x1xf32>
    %122 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%120, %121 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%56 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.divf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_79 = tensor.collapse_shape %122 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_80 = tensor.collapse_shape %extracted_slice_61 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %123 = linalg.batch_matmul ins(%collapsed_79, %collapsed_80 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%70 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_81 = tensor.expand_shape %123 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %transposed_82 = linalg.transpose ins(%expanded_81 : tensor<1x4x16x8xf32>) outs(%72 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_83 = tensor.collapse_shape %transposed_82 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %gpt_neox.layers.1.attention.dense.weight = ml_program.global_load_const @gpt_neox.layers.1.attention.dense.weight : tensor<32x32xf32>
    %transposed_84 = linalg.transpose ins(%gpt_neox.layers.1.attention.dense.weight : tensor<32x32xf32>) outs(%73 : tensor<32x32xf32>) permutation = [1, 0] 
    %124 = linalg.matmul ins(%collapsed_83, %transposed_84 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%75 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %gpt_neox.layers.1.attention.dense.bias = ml_program.global_load_const @gpt_neox.layers.1.attention.dense.bias : tensor<32xf32>
    %125 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%124, %gpt_neox.layers.1.attention.dense.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%74 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x32xf32>
    %expanded_85 = tensor.expand_shape %125 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %gpt_neox.layers.1.post_attention_layernorm.weight = ml_program.global_load_const @gpt_neox.layers.1.post_attention_layernorm.weight : tensor<32xf32>
    %gpt_neox.layers.1.post_attention_layernorm.bias = ml_program.global_load_const @gpt_neox.layers.1.post_attention_layernorm.bias : tensor<32xf32>
    %126 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%102, %gpt_neox.layers.1.post_attention_layernorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %127 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%126, %gpt_neox.layers.1.post_attention_layernorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_86 = tensor.collapse_shape %127 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %gpt_neox.layers.1.mlp.dense_h_to_4h.weight = ml_program.global_load_const @gpt_neox.layers.1.mlp.dense_h_to_4h.weight : tensor<48x32xf32>
    %transposed_87 = linalg.transpose ins(%gpt_neox.layers.1.mlp.dense_h_to_4h.weight : tensor<48x32xf32>) outs(%80 : tensor<32x48xf32>) permutation = [1, 0] 
    %128 = linalg.matmul ins(%collapsed_86, %transposed_87 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%82 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %gpt_neox.layers.1.mlp.dense_h_to_4h.bias = ml_program.global_load_const @gpt_neox.layers.1.mlp.dense_h_to_4h.bias : tensor<48xf32>
    %129 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%128, %gpt_neox.layers.1.mlp.dense_h_to_4h.bias : tensor<16x48xf32>, tensor<48xf32>) outs(%81 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x48xf32>
    %expanded_88 = tensor.expand_shape %129 [[0, 1], [2]] output_shape [1, 16, 48] : tensor<16x48xf32> into tensor<1x16x48xf32>
    %130 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_88 : tensor<1x16x48xf32>) outs(%85 : tensor<1x16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_10 : f32
      %150 = math.erf %149 : f32
      %151 = arith.addf %150, %cst_1 : f32
      %152 = arith.mulf %151, %cst_2 : f32
      %153 = arith.mulf %in, %152 : f32
      linalg.yield %153 : f32
    } -> tensor<1x16x48xf32>
    %collapsed_89 = tensor.collapse_shape %130 [[0, 1], [2]] : tensor<1x16x48xf32> into tensor<16x48xf32>
    %gpt_neox.layers.1.mlp.dense_4h_to_h.weight = ml_program.global_load_const @gpt_neox.layers.1.mlp.dense_4h_to_h.weight : tensor<32x48xf32>
    %transposed_90 = linalg.transpose ins(%gpt_neox.layers.1.mlp.dense_4h_to_h.weight : tensor<32x48xf32>) outs(%87 : tensor<48x32xf32>) permutation = [1, 0] 
    %131 = linalg.matmul ins(%collapsed_89, %transposed_90 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%75 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %gpt_neox.layers.1.mlp.dense_4h_to_h.bias = ml_program.global_load_const @gpt_neox.layers.1.mlp.dense_4h_to_h.bias : tensor<32xf32>
    %132 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%131, %gpt_neox.layers.1.mlp.dense_4h_to_h.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%74 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<16x32xf32>
    %expanded_91 = tensor.expand_shape %132 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %133 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_91, %expanded_85 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %134 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%133, %91 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %gpt_neox.final_layer_norm.weight = ml_program.global_load_const @gpt_neox.final_layer_norm.weight : tensor<32xf32>
    %gpt_neox.final_layer_norm.bias = ml_program.global_load_const @gpt_neox.final_layer_norm.bias : tensor<32xf32>
    %135 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%134 : tensor<1x16x32xf32>) outs(%22 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %136 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%135 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_9 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_92 = tensor.collapse_shape %136 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %137 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_92 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %138 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%134, %137 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.subf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %139 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%138, %138 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %140 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%139 : tensor<1x16x32xf32>) outs(%22 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.addf %in, %out : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %141 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%140 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.divf %in, %cst_9 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %142 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%141 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = arith.truncf %cst_7 : f64 to f32
      %150 = arith.addf %in, %149 : f32
      linalg.yield %150 : f32
    } -> tensor<1x16x1xf32>
    %143 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%142 : tensor<1x16x1xf32>) outs(%18 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %149 = math.rsqrt %in : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_93 = tensor.collapse_shape %143 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %144 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_93 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %145 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%138, %144 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %146 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%145, %gpt_neox.final_layer_norm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.mulf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %147 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%146, %gpt_neox.final_layer_norm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_97: f32, %out: f32):
      %149 = arith.addf %in, %in_97 : f32
      linalg.yield %149 : f32
    } -> tensor<1x16x32xf32>
    %lm_head.weight = ml_program.global_load_const @lm_head.weight : tensor<96x32xf32>
    %transposed_94 = linalg.transpose ins(%lm_head.weight : tensor<96x32xf32>) outs(%36 : tensor<32x96xf32>) permutation = [1, 0] 
    %collapsed_95 = tensor.collapse_shape %147 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %148 = linalg.matmul ins(%collapsed_95, %transposed_94 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%38 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %expanded_96 = tensor.expand_shape %148 [[0, 1], [2]] output_shape [1, 16, 96] : tensor<16x96xf32> into tensor<1x16x96xf32>
    return %expanded_96 : tensor<1x16x96xf32>
  }
}
