// Mixtral with random weights, as `python -m quant_mlir architectures --tests` writes it.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/fold_architecture.py %s %t %quant_mlir_build/bin %quant_mlir_source/docs/Architectures.md

#extern = #ml_program.extern : tensor<96x32xf32>
#extern1 = #ml_program.extern : tensor<32xf32>
#extern2 = #ml_program.extern : tensor<32x32xf32>
#extern3 = #ml_program.extern : tensor<16x32xf32>
#extern4 = #ml_program.extern : tensor<4x32xf32>
#extern5 = #ml_program.extern : tensor<32x48xf32>
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
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map12 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3, d4)>
#map13 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
#map14 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#map15 = affine_map<(d0, d1) -> (d0, d1)>
#map16 = affine_map<(d0, d1) -> (d0)>
#map17 = affine_map<(d0, d1) -> (d0, 0)>
#map18 = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
#map19 = affine_map<(d0, d1) -> (d1)>
#map20 = affine_map<(d0, d1, d2) -> (d1, d2)>
#map21 = affine_map<(d0, d1, d2) -> (d1, 0)>
#map22 = affine_map<(d0, d1, d2) -> ()>
#map23 = affine_map<(d0, d1) -> ()>
module {
  ml_program.global private @model.embed_tokens.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.0.input_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @model.layers.0.self_attn.q_proj.weight(#extern2) : tensor<32x32xf32>
  ml_program.global private @model.layers.0.self_attn.k_proj.weight(#extern3) : tensor<16x32xf32>
  ml_program.global private @model.layers.0.self_attn.v_proj.weight(#extern3) : tensor<16x32xf32>
  ml_program.global private @model.layers.0.self_attn.o_proj.weight(#extern2) : tensor<32x32xf32>
  ml_program.global private @model.layers.0.post_attention_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @model.layers.0.mlp.gate.weight(#extern4) : tensor<4x32xf32>
  ml_program.global private @model.layers.0.mlp.experts.0.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.0.mlp.experts.0.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.layers.0.mlp.experts.1.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.0.mlp.experts.1.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.layers.0.mlp.experts.2.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.0.mlp.experts.2.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.layers.0.mlp.experts.3.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.0.mlp.experts.3.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.layers.1.input_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @model.layers.1.self_attn.q_proj.weight(#extern2) : tensor<32x32xf32>
  ml_program.global private @model.layers.1.self_attn.k_proj.weight(#extern3) : tensor<16x32xf32>
  ml_program.global private @model.layers.1.self_attn.v_proj.weight(#extern3) : tensor<16x32xf32>
  ml_program.global private @model.layers.1.self_attn.o_proj.weight(#extern2) : tensor<32x32xf32>
  ml_program.global private @model.layers.1.post_attention_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @model.layers.1.mlp.gate.weight(#extern4) : tensor<4x32xf32>
  ml_program.global private @model.layers.1.mlp.experts.0.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.1.mlp.experts.0.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.layers.1.mlp.experts.1.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.1.mlp.experts.1.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.layers.1.mlp.experts.2.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.1.mlp.experts.2.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.layers.1.mlp.experts.3.gate_up_proj.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @model.layers.1.mlp.experts.3.down_proj.weight(#extern5) : tensor<32x48xf32>
  ml_program.global private @model.norm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @lm_head.weight(#extern) : tensor<96x32xf32>
  func.func @main(%arg0: tensor<1x16xi64>) -> tensor<1x16x96xf32> {
    %c3_i64 = arith.constant 3 : i64
    %c2_i64 = arith.constant 2 : i64
    %c0_i64 = arith.constant 0 : i64
    %c1_i64 = arith.constant 1 : i64
    %c96 = arith.constant 96 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 1.000000e+00 : f32
    %cst_2 = arith.constant dense<0.000000e+00> : tensor<16x32xf32>
    %cst_3 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_4 = arith.constant dense<true> : tensor<i1>
    %cst_5 = arith.constant 0.35355339059327379 : f64
    %cst_6 = arith.constant 1.000000e-05 : f64
    %cst_7 = arith.constant dense<0.000000e+00> : tensor<f32>
    %true = arith.constant true
    %cst_8 = arith.constant dense<[[[1.000000e+00], [0.0316227786], [1.000000e-03], [3.16227743E-5]]]> : tensor<1x4x1xf32>
    %cst_9 = arith.constant 3.200000e+01 : f32
    %cst_10 = arith.constant dense<0> : tensor<i64>
    %model.embed_tokens.weight = ml_program.global_load_const @model.embed_tokens.weight : tensor<96x32xf32>
    %0 = tensor.empty() : tensor<1x16x32xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg0 : tensor<1x16xi64>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %283 = arith.index_cast %in : i64 to index
      %284 = linalg.index 2 : index
      %285 = arith.cmpi slt, %283, %c96 : index
      cf.assert %285, "index must be smaller than dim size"
      %286 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %286, "index must be larger or equal to 0"
      %extracted = tensor.extract %model.embed_tokens.weight[%283, %284] : tensor<96x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %2 = tensor.empty() : tensor<16xi64>
    %3 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%2 : tensor<16xi64>) {
    ^bb0(%out: i64):
      %283 = linalg.index 0 : index
      %284 = arith.index_cast %283 : index to i64
      linalg.yield %284 : i64
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
    ^bb0(%in: i64, %in_123: i64, %out: i1):
      %283 = arith.cmpi sle, %in, %in_123 : i64
      linalg.yield %283 : i1
    } -> tensor<1x1x16x16xi1>
    %8 = linalg.generic {indexing_maps = [#map6, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_4, %7 : tensor<i1>, tensor<1x1x16x16xi1>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_123: i1, %out: i1):
      %283 = arith.andi %in, %in_123 : i1
      linalg.yield %283 : i1
    } -> tensor<1x1x16x16xi1>
    %9 = tensor.empty() : tensor<1x1x1x16xi1>
    %10 = linalg.generic {indexing_maps = [#map7, #map8, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_12 : tensor<1x1x1x1xi64>, tensor<1x1x1x16xi64>) outs(%9 : tensor<1x1x1x16xi1>) {
    ^bb0(%in: i64, %in_123: i64, %out: i1):
      linalg.yield %true : i1
    } -> tensor<1x1x1x16xi1>
    %11 = linalg.generic {indexing_maps = [#map5, #map3, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8, %10 : tensor<1x1x16x16xi1>, tensor<1x1x1x16xi1>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_123: i1, %out: i1):
      %283 = arith.andi %in, %in_123 : i1
      linalg.yield %283 : i1
    } -> tensor<1x1x16x16xi1>
    %12 = tensor.empty() : tensor<1x1x16x16xf32>
    %13 = linalg.generic {indexing_maps = [#map5, #map6, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%11, %cst_7, %cst_3 : tensor<1x1x16x16xi1>, tensor<f32>, tensor<f32>) outs(%12 : tensor<1x1x16x16xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<1x1x16x16xf32>
    %expanded_13 = tensor.expand_shape %3 [[0, 1, 2]] output_shape [1, 1, 16] : tensor<16xi64> into tensor<1x1x16xi64>
    %14 = tensor.empty() : tensor<1x1x16xf32>
    %15 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_13 : tensor<1x1x16xi64>) outs(%14 : tensor<1x1x16xf32>) {
    ^bb0(%in: i64, %out: f32):
      %283 = arith.sitofp %in : i64 to f32
      linalg.yield %283 : f32
    } -> tensor<1x1x16xf32>
    %16 = tensor.empty() : tensor<1x4x16xf32>
    %17 = linalg.fill ins(%cst : f32) outs(%16 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %18 = linalg.batch_matmul ins(%cst_8, %15 : tensor<1x4x1xf32>, tensor<1x1x16xf32>) outs(%17 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %19 = tensor.empty() : tensor<1x16x4xf32>
    %transposed = linalg.transpose ins(%18 : tensor<1x4x16xf32>) outs(%19 : tensor<1x16x4xf32>) permutation = [0, 2, 1] 
    %concat = tensor.concat dim(2) %transposed, %transposed : (tensor<1x16x4xf32>, tensor<1x16x4xf32>) -> tensor<1x16x8xf32>
    %20 = tensor.empty() : tensor<1x16x8xf32>
    %21 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%concat : tensor<1x16x8xf32>) outs(%20 : tensor<1x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.cos %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x8xf32>
    %22 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%concat : tensor<1x16x8xf32>) outs(%20 : tensor<1x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.sin %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x8xf32>
    %23 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1 : tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.fpowi %in, %c2_i64 : f32, i64
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %24 = tensor.empty() : tensor<1x16x1xf32>
    %25 = linalg.fill ins(%cst : f32) outs(%24 : tensor<1x16x1xf32>) -> tensor<1x16x1xf32>
    %26 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%23 : tensor<1x16x32xf32>) outs(%25 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %27 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%26 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.divf %in, %cst_9 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %28 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%27 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.truncf %cst_6 : f64 to f32
      %284 = arith.addf %in, %283 : f32
      linalg.yield %284 : f32
    } -> tensor<1x16x1xf32>
    %29 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%28 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.rsqrt %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %30 = linalg.generic {indexing_maps = [#map1, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1, %29 : tensor<1x16x32xf32>, tensor<1x16x1xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %model.layers.0.input_layernorm.weight = ml_program.global_load_const @model.layers.0.input_layernorm.weight : tensor<32xf32>
    %31 = linalg.generic {indexing_maps = [#map10, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%model.layers.0.input_layernorm.weight, %30 : tensor<32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %model.layers.0.self_attn.q_proj.weight = ml_program.global_load_const @model.layers.0.self_attn.q_proj.weight : tensor<32x32xf32>
    %32 = tensor.empty() : tensor<32x32xf32>
    %transposed_14 = linalg.transpose ins(%model.layers.0.self_attn.q_proj.weight : tensor<32x32xf32>) outs(%32 : tensor<32x32xf32>) permutation = [1, 0] 
    %collapsed = tensor.collapse_shape %31 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %33 = tensor.empty() : tensor<16x32xf32>
    %34 = linalg.fill ins(%cst : f32) outs(%33 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %35 = linalg.matmul ins(%collapsed, %transposed_14 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_15 = tensor.expand_shape %35 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %36 = tensor.empty() : tensor<1x4x16x8xf32>
    %transposed_16 = linalg.transpose ins(%expanded_15 : tensor<1x16x4x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %model.layers.0.self_attn.k_proj.weight = ml_program.global_load_const @model.layers.0.self_attn.k_proj.weight : tensor<16x32xf32>
    %37 = tensor.empty() : tensor<32x16xf32>
    %transposed_17 = linalg.transpose ins(%model.layers.0.self_attn.k_proj.weight : tensor<16x32xf32>) outs(%37 : tensor<32x16xf32>) permutation = [1, 0] 
    %38 = tensor.empty() : tensor<16x16xf32>
    %39 = linalg.fill ins(%cst : f32) outs(%38 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %40 = linalg.matmul ins(%collapsed, %transposed_17 : tensor<16x32xf32>, tensor<32x16xf32>) outs(%39 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %expanded_18 = tensor.expand_shape %40 [[0, 1], [2, 3]] output_shape [1, 16, 2, 8] : tensor<16x16xf32> into tensor<1x16x2x8xf32>
    %41 = tensor.empty() : tensor<1x2x16x8xf32>
    %transposed_19 = linalg.transpose ins(%expanded_18 : tensor<1x16x2x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) permutation = [0, 2, 1, 3] 
    %model.layers.0.self_attn.v_proj.weight = ml_program.global_load_const @model.layers.0.self_attn.v_proj.weight : tensor<16x32xf32>
    %transposed_20 = linalg.transpose ins(%model.layers.0.self_attn.v_proj.weight : tensor<16x32xf32>) outs(%37 : tensor<32x16xf32>) permutation = [1, 0] 
    %42 = linalg.matmul ins(%collapsed, %transposed_20 : tensor<16x32xf32>, tensor<32x16xf32>) outs(%39 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %expanded_21 = tensor.expand_shape %42 [[0, 1], [2, 3]] output_shape [1, 16, 2, 8] : tensor<16x16xf32> into tensor<1x16x2x8xf32>
    %transposed_22 = linalg.transpose ins(%expanded_21 : tensor<1x16x2x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) permutation = [0, 2, 1, 3] 
    %expanded_23 = tensor.expand_shape %21 [[0], [1, 2], [3]] output_shape [1, 1, 16, 8] : tensor<1x16x8xf32> into tensor<1x1x16x8xf32>
    %expanded_24 = tensor.expand_shape %22 [[0], [1, 2], [3]] output_shape [1, 1, 16, 8] : tensor<1x16x8xf32> into tensor<1x1x16x8xf32>
    %43 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_16, %expanded_23 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x8xf32>
    %extracted_slice = tensor.extract_slice %transposed_16[0, 0, 0, 0] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %extracted_slice_25 = tensor.extract_slice %transposed_16[0, 0, 0, 4] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %44 = tensor.empty() : tensor<1x4x16x4xf32>
    %45 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_25 : tensor<1x4x16x4xf32>) outs(%44 : tensor<1x4x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x4xf32>
    %concat_26 = tensor.concat dim(3) %45, %extracted_slice : (tensor<1x4x16x4xf32>, tensor<1x4x16x4xf32>) -> tensor<1x4x16x8xf32>
    %46 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_26, %expanded_24 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x8xf32>
    %47 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%43, %46 : tensor<1x4x16x8xf32>, tensor<1x4x16x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x8xf32>
    %48 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_19, %expanded_23 : tensor<1x2x16x8xf32>, tensor<1x1x16x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x8xf32>
    %extracted_slice_27 = tensor.extract_slice %transposed_19[0, 0, 0, 0] [1, 2, 16, 4] [1, 1, 1, 1] : tensor<1x2x16x8xf32> to tensor<1x2x16x4xf32>
    %extracted_slice_28 = tensor.extract_slice %transposed_19[0, 0, 0, 4] [1, 2, 16, 4] [1, 1, 1, 1] : tensor<1x2x16x8xf32> to tensor<1x2x16x4xf32>
    %49 = tensor.empty() : tensor<1x2x16x4xf32>
    %50 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_28 : tensor<1x2x16x4xf32>) outs(%49 : tensor<1x2x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x4xf32>
    %concat_29 = tensor.concat dim(3) %50, %extracted_slice_27 : (tensor<1x2x16x4xf32>, tensor<1x2x16x4xf32>) -> tensor<1x2x16x8xf32>
    %51 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_29, %expanded_24 : tensor<1x2x16x8xf32>, tensor<1x1x16x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x8xf32>
    %52 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%48, %51 : tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x8xf32>
    %53 = tensor.empty() : tensor<1x2x2x16x8xf32>
    %54 = linalg.generic {indexing_maps = [#map12, #map13], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%52 : tensor<1x2x16x8xf32>) outs(%53 : tensor<1x2x2x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x2x16x8xf32>
    %collapsed_30 = tensor.collapse_shape %54 [[0], [1, 2], [3], [4]] : tensor<1x2x2x16x8xf32> into tensor<1x4x16x8xf32>
    %55 = linalg.generic {indexing_maps = [#map12, #map13], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%transposed_22 : tensor<1x2x16x8xf32>) outs(%53 : tensor<1x2x2x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x2x16x8xf32>
    %56 = tensor.empty() : tensor<1x4x8x16xf32>
    %transposed_31 = linalg.transpose ins(%collapsed_30 : tensor<1x4x16x8xf32>) outs(%56 : tensor<1x4x8x16xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_32 = tensor.collapse_shape %47 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_33 = tensor.collapse_shape %transposed_31 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %57 = tensor.empty() : tensor<4x16x16xf32>
    %58 = linalg.fill ins(%cst : f32) outs(%57 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %59 = linalg.batch_matmul ins(%collapsed_32, %collapsed_33 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%58 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_34 = tensor.expand_shape %59 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %60 = tensor.empty() : tensor<1x4x16x16xf32>
    %61 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_34 : tensor<1x4x16x16xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.truncf %cst_5 : f64 to f32
      %284 = arith.mulf %in, %283 : f32
      linalg.yield %284 : f32
    } -> tensor<1x4x16x16xf32>
    %62 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%61, %13 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %63 = tensor.empty() : tensor<1x4x16xi64>
    %64 = linalg.fill ins(%c0_i64 : i64) outs(%63 : tensor<1x4x16xi64>) -> tensor<1x4x16xi64>
    %65 = linalg.fill ins(%cst_0 : f32) outs(%16 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %66:2 = linalg.generic {indexing_maps = [#map5, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%62 : tensor<1x4x16x16xf32>) outs(%65, %64 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_123: i64):
      %283 = linalg.index 3 : index
      %284 = arith.index_cast %283 : index to i64
      %285 = arith.maximumf %in, %out : f32
      %286 = arith.cmpf ogt, %in, %out : f32
      %287 = arith.select %286, %284, %out_123 : i64
      linalg.yield %285, %287 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_35 = tensor.expand_shape %66#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %67 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%62, %expanded_35 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.subf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %68 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%67 : tensor<1x4x16x16xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.exp %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %69 = tensor.empty() : tensor<1x4x16x1xf32>
    %70 = linalg.fill ins(%cst : f32) outs(%69 : tensor<1x4x16x1xf32>) -> tensor<1x4x16x1xf32>
    %71 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%68 : tensor<1x4x16x16xf32>) outs(%70 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x1xf32>
    %72 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%68, %71 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.divf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_36 = tensor.collapse_shape %72 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_37 = tensor.collapse_shape %55 [[0, 1, 2], [3], [4]] : tensor<1x2x2x16x8xf32> into tensor<4x16x8xf32>
    %73 = tensor.empty() : tensor<4x16x8xf32>
    %74 = linalg.fill ins(%cst : f32) outs(%73 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %75 = linalg.batch_matmul ins(%collapsed_36, %collapsed_37 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%74 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_38 = tensor.expand_shape %75 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %76 = tensor.empty() : tensor<1x16x4x8xf32>
    %transposed_39 = linalg.transpose ins(%expanded_38 : tensor<1x4x16x8xf32>) outs(%76 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %model.layers.0.self_attn.o_proj.weight = ml_program.global_load_const @model.layers.0.self_attn.o_proj.weight : tensor<32x32xf32>
    %transposed_40 = linalg.transpose ins(%model.layers.0.self_attn.o_proj.weight : tensor<32x32xf32>) outs(%32 : tensor<32x32xf32>) permutation = [1, 0] 
    %collapsed_41 = tensor.collapse_shape %transposed_39 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %77 = linalg.matmul ins(%collapsed_41, %transposed_40 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_42 = tensor.expand_shape %77 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %78 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1, %expanded_42 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %79 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%78 : tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.fpowi %in, %c2_i64 : f32, i64
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %80 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%79 : tensor<1x16x32xf32>) outs(%25 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %81 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%80 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.divf %in, %cst_9 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %82 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%81 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.truncf %cst_6 : f64 to f32
      %284 = arith.addf %in, %283 : f32
      linalg.yield %284 : f32
    } -> tensor<1x16x1xf32>
    %83 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%82 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.rsqrt %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %84 = linalg.generic {indexing_maps = [#map1, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%78, %83 : tensor<1x16x32xf32>, tensor<1x16x1xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %model.layers.0.post_attention_layernorm.weight = ml_program.global_load_const @model.layers.0.post_attention_layernorm.weight : tensor<32xf32>
    %85 = linalg.generic {indexing_maps = [#map10, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%model.layers.0.post_attention_layernorm.weight, %84 : tensor<32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_43 = tensor.collapse_shape %85 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %model.layers.0.mlp.gate.weight = ml_program.global_load_const @model.layers.0.mlp.gate.weight : tensor<4x32xf32>
    %86 = tensor.empty() : tensor<32x4xf32>
    %transposed_44 = linalg.transpose ins(%model.layers.0.mlp.gate.weight : tensor<4x32xf32>) outs(%86 : tensor<32x4xf32>) permutation = [1, 0] 
    %87 = tensor.empty() : tensor<16x4xf32>
    %88 = linalg.fill ins(%cst : f32) outs(%87 : tensor<16x4xf32>) -> tensor<16x4xf32>
    %89 = linalg.matmul ins(%collapsed_43, %transposed_44 : tensor<16x32xf32>, tensor<32x4xf32>) outs(%88 : tensor<16x4xf32>) -> tensor<16x4xf32>
    %90 = linalg.fill ins(%c0_i64 : i64) outs(%2 : tensor<16xi64>) -> tensor<16xi64>
    %91 = tensor.empty() : tensor<16xf32>
    %92 = linalg.fill ins(%cst_0 : f32) outs(%91 : tensor<16xf32>) -> tensor<16xf32>
    %93:2 = linalg.generic {indexing_maps = [#map15, #map16, #map16], iterator_types = ["parallel", "reduction"]} ins(%89 : tensor<16x4xf32>) outs(%92, %90 : tensor<16xf32>, tensor<16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_123: i64):
      %283 = linalg.index 1 : index
      %284 = arith.index_cast %283 : index to i64
      %285 = arith.maximumf %in, %out : f32
      %286 = arith.cmpf ogt, %in, %out : f32
      %287 = arith.select %286, %284, %out_123 : i64
      linalg.yield %285, %287 : f32, i64
    } -> (tensor<16xf32>, tensor<16xi64>)
    %expanded_45 = tensor.expand_shape %93#0 [[0, 1]] output_shape [16, 1] : tensor<16xf32> into tensor<16x1xf32>
    %94 = linalg.generic {indexing_maps = [#map15, #map17, #map15], iterator_types = ["parallel", "parallel"]} ins(%89, %expanded_45 : tensor<16x4xf32>, tensor<16x1xf32>) outs(%87 : tensor<16x4xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.subf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x4xf32>
    %95 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%94 : tensor<16x4xf32>) outs(%87 : tensor<16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.exp %in : f32
      linalg.yield %283 : f32
    } -> tensor<16x4xf32>
    %96 = tensor.empty() : tensor<16x1xf32>
    %97 = linalg.fill ins(%cst : f32) outs(%96 : tensor<16x1xf32>) -> tensor<16x1xf32>
    %98 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%95 : tensor<16x4xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %99 = linalg.generic {indexing_maps = [#map15, #map17, #map15], iterator_types = ["parallel", "parallel"]} ins(%95, %98 : tensor<16x4xf32>, tensor<16x1xf32>) outs(%87 : tensor<16x4xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.divf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x4xf32>
    %100 = tensor.empty() : tensor<4xi64>
    %101 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%100 : tensor<4xi64>) {
    ^bb0(%out: i64):
      %283 = linalg.index 0 : index
      %284 = arith.index_cast %283 : index to i64
      linalg.yield %284 : i64
    } -> tensor<4xi64>
    %expanded_46 = tensor.expand_shape %99 [[0], [1, 2]] output_shape [16, 4, 1] : tensor<16x4xf32> into tensor<16x4x1xf32>
    %expanded_47 = tensor.expand_shape %99 [[0], [1, 2]] output_shape [16, 1, 4] : tensor<16x4xf32> into tensor<16x1x4xf32>
    %102 = tensor.empty() : tensor<16x4x4xi1>
    %103 = linalg.generic {indexing_maps = [#map18, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_47, %expanded_46 : tensor<16x1x4xf32>, tensor<16x4x1xf32>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: f32, %in_123: f32, %out: i1):
      %283 = arith.cmpf ogt, %in, %in_123 : f32
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %104 = linalg.generic {indexing_maps = [#map18, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_47, %expanded_46 : tensor<16x1x4xf32>, tensor<16x4x1xf32>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: f32, %in_123: f32, %out: i1):
      %283 = arith.cmpf oeq, %in, %in_123 : f32
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %expanded_48 = tensor.expand_shape %101 [[0, 1]] output_shape [4, 1] : tensor<4xi64> into tensor<4x1xi64>
    %105 = tensor.empty() : tensor<4x4xi1>
    %106 = linalg.generic {indexing_maps = [#map19, #map17, #map15], iterator_types = ["parallel", "parallel"]} ins(%101, %expanded_48 : tensor<4xi64>, tensor<4x1xi64>) outs(%105 : tensor<4x4xi1>) {
    ^bb0(%in: i64, %in_123: i64, %out: i1):
      %283 = arith.cmpi slt, %in, %in_123 : i64
      linalg.yield %283 : i1
    } -> tensor<4x4xi1>
    %107 = linalg.generic {indexing_maps = [#map1, #map20, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%104, %106 : tensor<16x4x4xi1>, tensor<4x4xi1>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: i1, %in_123: i1, %out: i1):
      %283 = arith.andi %in, %in_123 : i1
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %108 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%103, %107 : tensor<16x4x4xi1>, tensor<16x4x4xi1>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: i1, %in_123: i1, %out: i1):
      %283 = arith.ori %in, %in_123 : i1
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %109 = tensor.empty() : tensor<16x4x4xi64>
    %110 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%108 : tensor<16x4x4xi1>) outs(%109 : tensor<16x4x4xi64>) {
    ^bb0(%in: i1, %out: i64):
      %283 = arith.extui %in : i1 to i64
      linalg.yield %283 : i64
    } -> tensor<16x4x4xi64>
    %111 = tensor.empty() : tensor<16x4xi64>
    %112 = linalg.fill ins(%c0_i64 : i64) outs(%111 : tensor<16x4xi64>) -> tensor<16x4xi64>
    %113 = linalg.generic {indexing_maps = [#map1, #map], iterator_types = ["parallel", "parallel", "reduction"]} ins(%110 : tensor<16x4x4xi64>) outs(%112 : tensor<16x4xi64>) {
    ^bb0(%in: i64, %out: i64):
      %283 = arith.addi %in, %out : i64
      linalg.yield %283 : i64
    } -> tensor<16x4xi64>
    %expanded_49 = tensor.expand_shape %113 [[0], [1, 2]] output_shape [16, 1, 4] : tensor<16x4xi64> into tensor<16x1x4xi64>
    %114 = tensor.empty() : tensor<2xi64>
    %115 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%114 : tensor<2xi64>) {
    ^bb0(%out: i64):
      %283 = linalg.index 0 : index
      %284 = arith.index_cast %283 : index to i64
      linalg.yield %284 : i64
    } -> tensor<2xi64>
    %expanded_50 = tensor.expand_shape %115 [[0, 1]] output_shape [2, 1] : tensor<2xi64> into tensor<2x1xi64>
    %116 = tensor.empty() : tensor<16x2x4xi1>
    %117 = linalg.generic {indexing_maps = [#map18, #map21, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_49, %expanded_50 : tensor<16x1x4xi64>, tensor<2x1xi64>) outs(%116 : tensor<16x2x4xi1>) {
    ^bb0(%in: i64, %in_123: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %in_123 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2x4xi1>
    %118 = tensor.empty() : tensor<16x2x4xf32>
    %119 = linalg.generic {indexing_maps = [#map1, #map18, #map22, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%117, %expanded_47, %cst_7 : tensor<16x2x4xi1>, tensor<16x1x4xf32>, tensor<f32>) outs(%118 : tensor<16x2x4xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2x4xf32>
    %120 = tensor.empty() : tensor<16x2xf32>
    %121 = linalg.fill ins(%cst : f32) outs(%120 : tensor<16x2xf32>) -> tensor<16x2xf32>
    %122 = linalg.generic {indexing_maps = [#map1, #map], iterator_types = ["parallel", "parallel", "reduction"]} ins(%119 : tensor<16x2x4xf32>) outs(%121 : tensor<16x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %123 = tensor.empty() : tensor<16x2x4xi64>
    %124 = linalg.generic {indexing_maps = [#map1, #map10, #map22, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%117, %101, %cst_10 : tensor<16x2x4xi1>, tensor<4xi64>, tensor<i64>) outs(%123 : tensor<16x2x4xi64>) {
    ^bb0(%in: i1, %in_123: i64, %in_124: i64, %out: i64):
      %283 = arith.select %in, %in_123, %in_124 : i64
      linalg.yield %283 : i64
    } -> tensor<16x2x4xi64>
    %125 = tensor.empty() : tensor<16x2xi64>
    %126 = linalg.fill ins(%c0_i64 : i64) outs(%125 : tensor<16x2xi64>) -> tensor<16x2xi64>
    %127 = linalg.generic {indexing_maps = [#map1, #map], iterator_types = ["parallel", "parallel", "reduction"]} ins(%124 : tensor<16x2x4xi64>) outs(%126 : tensor<16x2xi64>) {
    ^bb0(%in: i64, %out: i64):
      %283 = arith.addi %in, %out : i64
      linalg.yield %283 : i64
    } -> tensor<16x2xi64>
    %128 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%122 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %129 = linalg.generic {indexing_maps = [#map15, #map17, #map15], iterator_types = ["parallel", "parallel"]} ins(%122, %128 : tensor<16x2xf32>, tensor<16x1xf32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.divf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %130 = tensor.empty() : tensor<16x2xi1>
    %131 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%127 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c0_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %132 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%131, %129, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %133 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%132 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.0.mlp.experts.0.gate_up_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.0.gate_up_proj.weight : tensor<96x32xf32>
    %134 = tensor.empty() : tensor<32x96xf32>
    %transposed_51 = linalg.transpose ins(%model.layers.0.mlp.experts.0.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %135 = tensor.empty() : tensor<16x96xf32>
    %136 = linalg.fill ins(%cst : f32) outs(%135 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %137 = linalg.matmul ins(%collapsed_43, %transposed_51 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_52 = tensor.extract_slice %137[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_53 = tensor.extract_slice %137[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %138 = tensor.empty() : tensor<16x48xf32>
    %139 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_52 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %140 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_52, %139 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %141 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%140, %extracted_slice_53 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.0.mlp.experts.0.down_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.0.down_proj.weight : tensor<32x48xf32>
    %142 = tensor.empty() : tensor<48x32xf32>
    %transposed_54 = linalg.transpose ins(%model.layers.0.mlp.experts.0.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %143 = linalg.matmul ins(%141, %transposed_54 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %144 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%133, %143 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %145 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%cst_2, %144 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %146 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%127 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c1_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %147 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%146, %129, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %148 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%147 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.0.mlp.experts.1.gate_up_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.1.gate_up_proj.weight : tensor<96x32xf32>
    %transposed_55 = linalg.transpose ins(%model.layers.0.mlp.experts.1.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %149 = linalg.matmul ins(%collapsed_43, %transposed_55 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_56 = tensor.extract_slice %149[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_57 = tensor.extract_slice %149[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %150 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_56 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %151 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_56, %150 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %152 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%151, %extracted_slice_57 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.0.mlp.experts.1.down_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.1.down_proj.weight : tensor<32x48xf32>
    %transposed_58 = linalg.transpose ins(%model.layers.0.mlp.experts.1.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %153 = linalg.matmul ins(%152, %transposed_58 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %154 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%148, %153 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %155 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%145, %154 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %156 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%127 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c2_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %157 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%156, %129, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %158 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%157 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.0.mlp.experts.2.gate_up_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.2.gate_up_proj.weight : tensor<96x32xf32>
    %transposed_59 = linalg.transpose ins(%model.layers.0.mlp.experts.2.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %159 = linalg.matmul ins(%collapsed_43, %transposed_59 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_60 = tensor.extract_slice %159[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_61 = tensor.extract_slice %159[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %160 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_60 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %161 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_60, %160 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %162 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%161, %extracted_slice_61 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.0.mlp.experts.2.down_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.2.down_proj.weight : tensor<32x48xf32>
    %transposed_62 = linalg.transpose ins(%model.layers.0.mlp.experts.2.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %163 = linalg.matmul ins(%162, %transposed_62 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %164 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%158, %163 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %165 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%155, %164 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %166 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%127 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c3_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %167 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%166, %129, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %168 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%167 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.0.mlp.experts.3.gate_up_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.3.gate_up_proj.weight : tensor<96x32xf32>
    %transposed_63 = linalg.transpose ins(%model.layers.0.mlp.experts.3.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %169 = linalg.matmul ins(%collapsed_43, %transposed_63 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_64 = tensor.extract_slice %169[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_65 = tensor.extract_slice %169[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %170 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_64 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %171 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_64, %170 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %172 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%171, %extracted_slice_65 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.0.mlp.experts.3.down_proj.weight = ml_program.global_load_const @model.layers.0.mlp.experts.3.down_proj.weight : tensor<32x48xf32>
    %transposed_66 = linalg.transpose ins(%model.layers.0.mlp.experts.3.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %173 = linalg.matmul ins(%172, %transposed_66 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %174 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%168, %173 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %175 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%165, %174 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %expanded_67 = tensor.expand_shape %175 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %176 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%78, %expanded_67 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %177 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%176 : tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.fpowi %in, %c2_i64 : f32, i64
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %178 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%177 : tensor<1x16x32xf32>) outs(%25 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %179 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%178 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.divf %in, %cst_9 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %180 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%179 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.truncf %cst_6 : f64 to f32
      %284 = arith.addf %in, %283 : f32
      linalg.yield %284 : f32
    } -> tensor<1x16x1xf32>
    %181 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%180 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.rsqrt %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %182 = linalg.generic {indexing_maps = [#map1, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%176, %181 : tensor<1x16x32xf32>, tensor<1x16x1xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %model.layers.1.input_layernorm.weight = ml_program.global_load_const @model.layers.1.input_layernorm.weight : tensor<32xf32>
    %183 = linalg.generic {indexing_maps = [#map10, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%model.layers.1.input_layernorm.weight, %182 : tensor<32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %model.layers.1.self_attn.q_proj.weight = ml_program.global_load_const @model.layers.1.self_attn.q_proj.weight : tensor<32x32xf32>
    %transposed_68 = linalg.transpose ins(%model.layers.1.self_attn.q_proj.weight : tensor<32x32xf32>) outs(%32 : tensor<32x32xf32>) permutation = [1, 0] 
    %collapsed_69 = tensor.collapse_shape %183 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %184 = linalg.matmul ins(%collapsed_69, %transposed_68 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_70 = tensor.expand_shape %184 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_71 = linalg.transpose ins(%expanded_70 : tensor<1x16x4x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %model.layers.1.self_attn.k_proj.weight = ml_program.global_load_const @model.layers.1.self_attn.k_proj.weight : tensor<16x32xf32>
    %transposed_72 = linalg.transpose ins(%model.layers.1.self_attn.k_proj.weight : tensor<16x32xf32>) outs(%37 : tensor<32x16xf32>) permutation = [1, 0] 
    %185 = linalg.matmul ins(%collapsed_69, %transposed_72 : tensor<16x32xf32>, tensor<32x16xf32>) outs(%39 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %expanded_73 = tensor.expand_shape %185 [[0, 1], [2, 3]] output_shape [1, 16, 2, 8] : tensor<16x16xf32> into tensor<1x16x2x8xf32>
    %transposed_74 = linalg.transpose ins(%expanded_73 : tensor<1x16x2x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) permutation = [0, 2, 1, 3] 
    %model.layers.1.self_attn.v_proj.weight = ml_program.global_load_const @model.layers.1.self_attn.v_proj.weight : tensor<16x32xf32>
    %transposed_75 = linalg.transpose ins(%model.layers.1.self_attn.v_proj.weight : tensor<16x32xf32>) outs(%37 : tensor<32x16xf32>) permutation = [1, 0] 
    %186 = linalg.matmul ins(%collapsed_69, %transposed_75 : tensor<16x32xf32>, tensor<32x16xf32>) outs(%39 : tensor<16x16xf32>) -> tensor<16x16xf32>
    %expanded_76 = tensor.expand_shape %186 [[0, 1], [2, 3]] output_shape [1, 16, 2, 8] : tensor<16x16xf32> into tensor<1x16x2x8xf32>
    %transposed_77 = linalg.transpose ins(%expanded_76 : tensor<1x16x2x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) permutation = [0, 2, 1, 3] 
    %187 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_71, %expanded_23 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x8xf32>
    %extracted_slice_78 = tensor.extract_slice %transposed_71[0, 0, 0, 0] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %extracted_slice_79 = tensor.extract_slice %transposed_71[0, 0, 0, 4] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %188 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_79 : tensor<1x4x16x4xf32>) outs(%44 : tensor<1x4x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x4xf32>
    %concat_80 = tensor.concat dim(3) %188, %extracted_slice_78 : (tensor<1x4x16x4xf32>, tensor<1x4x16x4xf32>) -> tensor<1x4x16x8xf32>
    %189 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_80, %expanded_24 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x8xf32>
    %190 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%187, %189 : tensor<1x4x16x8xf32>, tensor<1x4x16x8xf32>) outs(%36 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x8xf32>
    %191 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_74, %expanded_23 : tensor<1x2x16x8xf32>, tensor<1x1x16x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x8xf32>
    %extracted_slice_81 = tensor.extract_slice %transposed_74[0, 0, 0, 0] [1, 2, 16, 4] [1, 1, 1, 1] : tensor<1x2x16x8xf32> to tensor<1x2x16x4xf32>
    %extracted_slice_82 = tensor.extract_slice %transposed_74[0, 0, 0, 4] [1, 2, 16, 4] [1, 1, 1, 1] : tensor<1x2x16x8xf32> to tensor<1x2x16x4xf32>
    %192 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_82 : tensor<1x2x16x4xf32>) outs(%49 : tensor<1x2x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x4xf32>
    %concat_83 = tensor.concat dim(3) %192, %extracted_slice_81 : (tensor<1x2x16x4xf32>, tensor<1x2x16x4xf32>) -> tensor<1x2x16x8xf32>
    %193 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_83, %expanded_24 : tensor<1x2x16x8xf32>, tensor<1x1x16x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x8xf32>
    %194 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%191, %193 : tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) outs(%41 : tensor<1x2x16x8xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x2x16x8xf32>
    %195 = linalg.generic {indexing_maps = [#map12, #map13], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%194 : tensor<1x2x16x8xf32>) outs(%53 : tensor<1x2x2x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x2x16x8xf32>
    %collapsed_84 = tensor.collapse_shape %195 [[0], [1, 2], [3], [4]] : tensor<1x2x2x16x8xf32> into tensor<1x4x16x8xf32>
    %196 = linalg.generic {indexing_maps = [#map12, #map13], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%transposed_77 : tensor<1x2x16x8xf32>) outs(%53 : tensor<1x2x2x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x2x2x16x8xf32>
    %transposed_85 = linalg.transpose ins(%collapsed_84 : tensor<1x4x16x8xf32>) outs(%56 : tensor<1x4x8x16xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_86 = tensor.collapse_shape %190 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_87 = tensor.collapse_shape %transposed_85 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %197 = linalg.batch_matmul ins(%collapsed_86, %collapsed_87 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%58 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_88 = tensor.expand_shape %197 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %198 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_88 : tensor<1x4x16x16xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.truncf %cst_5 : f64 to f32
      %284 = arith.mulf %in, %283 : f32
      linalg.yield %284 : f32
    } -> tensor<1x4x16x16xf32>
    %199 = linalg.generic {indexing_maps = [#map5, #map11, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%198, %13 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %200:2 = linalg.generic {indexing_maps = [#map5, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%199 : tensor<1x4x16x16xf32>) outs(%65, %64 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_123: i64):
      %283 = linalg.index 3 : index
      %284 = arith.index_cast %283 : index to i64
      %285 = arith.maximumf %in, %out : f32
      %286 = arith.cmpf ogt, %in, %out : f32
      %287 = arith.select %286, %284, %out_123 : i64
      linalg.yield %285, %287 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_89 = tensor.expand_shape %200#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %201 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%199, %expanded_89 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.subf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %202 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%201 : tensor<1x4x16x16xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.exp %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %203 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%202 : tensor<1x4x16x16xf32>) outs(%70 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x1xf32>
    %204 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%202, %203 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%60 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.divf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_90 = tensor.collapse_shape %204 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_91 = tensor.collapse_shape %196 [[0, 1, 2], [3], [4]] : tensor<1x2x2x16x8xf32> into tensor<4x16x8xf32>
    %205 = linalg.batch_matmul ins(%collapsed_90, %collapsed_91 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%74 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_92 = tensor.expand_shape %205 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %transposed_93 = linalg.transpose ins(%expanded_92 : tensor<1x4x16x8xf32>) outs(%76 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %model.layers.1.self_attn.o_proj.weight = ml_program.global_load_const @model.layers.1.self_attn.o_proj.weight : tensor<32x32xf32>
    %transposed_94 = linalg.transpose ins(%model.layers.1.self_attn.o_proj.weight : tensor<32x32xf32>) outs(%32 : tensor<32x32xf32>) permutation = [1, 0] 
    %collapsed_95 = tensor.collapse_shape %transposed_93 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %206 = linalg.matmul ins(%collapsed_95, %transposed_94 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_96 = tensor.expand_shape %206 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %207 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%176, %expanded_96 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %208 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%207 : tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.fpowi %in, %c2_i64 : f32, i64
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %209 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%208 : tensor<1x16x32xf32>) outs(%25 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %210 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%209 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.divf %in, %cst_9 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %211 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%210 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.truncf %cst_6 : f64 to f32
      %284 = arith.addf %in, %283 : f32
      linalg.yield %284 : f32
    } -> tensor<1x16x1xf32>
    %212 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%211 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.rsqrt %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %213 = linalg.generic {indexing_maps = [#map1, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%207, %212 : tensor<1x16x32xf32>, tensor<1x16x1xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %model.layers.1.post_attention_layernorm.weight = ml_program.global_load_const @model.layers.1.post_attention_layernorm.weight : tensor<32xf32>
    %214 = linalg.generic {indexing_maps = [#map10, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%model.layers.1.post_attention_layernorm.weight, %213 : tensor<32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_97 = tensor.collapse_shape %214 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %model.layers.1.mlp.gate.weight = ml_program.global_load_const @model.layers.1.mlp.gate.weight : tensor<4x32xf32>
    %transposed_98 = linalg.transpose ins(%model.layers.1.mlp.gate.weight : tensor<4x32xf32>) outs(%86 : tensor<32x4xf32>) permutation = [1, 0] 
    %215 = linalg.matmul ins(%collapsed_97, %transposed_98 : tensor<16x32xf32>, tensor<32x4xf32>) outs(%88 : tensor<16x4xf32>) -> tensor<16x4xf32>
    %216:2 = linalg.generic {indexing_maps = [#map15, #map16, #map16], iterator_types = ["parallel", "reduction"]} ins(%215 : tensor<16x4xf32>) outs(%92, %90 : tensor<16xf32>, tensor<16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_123: i64):
      %283 = linalg.index 1 : index
      %284 = arith.index_cast %283 : index to i64
      %285 = arith.maximumf %in, %out : f32
      %286 = arith.cmpf ogt, %in, %out : f32
      %287 = arith.select %286, %284, %out_123 : i64
      linalg.yield %285, %287 : f32, i64
    } -> (tensor<16xf32>, tensor<16xi64>)
    %expanded_99 = tensor.expand_shape %216#0 [[0, 1]] output_shape [16, 1] : tensor<16xf32> into tensor<16x1xf32>
    %217 = linalg.generic {indexing_maps = [#map15, #map17, #map15], iterator_types = ["parallel", "parallel"]} ins(%215, %expanded_99 : tensor<16x4xf32>, tensor<16x1xf32>) outs(%87 : tensor<16x4xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.subf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x4xf32>
    %218 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%217 : tensor<16x4xf32>) outs(%87 : tensor<16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.exp %in : f32
      linalg.yield %283 : f32
    } -> tensor<16x4xf32>
    %219 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%218 : tensor<16x4xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %220 = linalg.generic {indexing_maps = [#map15, #map17, #map15], iterator_types = ["parallel", "parallel"]} ins(%218, %219 : tensor<16x4xf32>, tensor<16x1xf32>) outs(%87 : tensor<16x4xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.divf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x4xf32>
    %expanded_100 = tensor.expand_shape %220 [[0], [1, 2]] output_shape [16, 4, 1] : tensor<16x4xf32> into tensor<16x4x1xf32>
    %expanded_101 = tensor.expand_shape %220 [[0], [1, 2]] output_shape [16, 1, 4] : tensor<16x4xf32> into tensor<16x1x4xf32>
    %221 = linalg.generic {indexing_maps = [#map18, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_101, %expanded_100 : tensor<16x1x4xf32>, tensor<16x4x1xf32>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: f32, %in_123: f32, %out: i1):
      %283 = arith.cmpf ogt, %in, %in_123 : f32
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %222 = linalg.generic {indexing_maps = [#map18, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_101, %expanded_100 : tensor<16x1x4xf32>, tensor<16x4x1xf32>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: f32, %in_123: f32, %out: i1):
      %283 = arith.cmpf oeq, %in, %in_123 : f32
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %223 = linalg.generic {indexing_maps = [#map1, #map20, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%222, %106 : tensor<16x4x4xi1>, tensor<4x4xi1>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: i1, %in_123: i1, %out: i1):
      %283 = arith.andi %in, %in_123 : i1
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %224 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%221, %223 : tensor<16x4x4xi1>, tensor<16x4x4xi1>) outs(%102 : tensor<16x4x4xi1>) {
    ^bb0(%in: i1, %in_123: i1, %out: i1):
      %283 = arith.ori %in, %in_123 : i1
      linalg.yield %283 : i1
    } -> tensor<16x4x4xi1>
    %225 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%224 : tensor<16x4x4xi1>) outs(%109 : tensor<16x4x4xi64>) {
    ^bb0(%in: i1, %out: i64):
      %283 = arith.extui %in : i1 to i64
      linalg.yield %283 : i64
    } -> tensor<16x4x4xi64>
    %226 = linalg.generic {indexing_maps = [#map1, #map], iterator_types = ["parallel", "parallel", "reduction"]} ins(%225 : tensor<16x4x4xi64>) outs(%112 : tensor<16x4xi64>) {
    ^bb0(%in: i64, %out: i64):
      %283 = arith.addi %in, %out : i64
      linalg.yield %283 : i64
    } -> tensor<16x4xi64>
    %expanded_102 = tensor.expand_shape %226 [[0], [1, 2]] output_shape [16, 1, 4] : tensor<16x4xi64> into tensor<16x1x4xi64>
    %227 = linalg.generic {indexing_maps = [#map18, #map21, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_102, %expanded_50 : tensor<16x1x4xi64>, tensor<2x1xi64>) outs(%116 : tensor<16x2x4xi1>) {
    ^bb0(%in: i64, %in_123: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %in_123 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2x4xi1>
    %228 = linalg.generic {indexing_maps = [#map1, #map18, #map22, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%227, %expanded_101, %cst_7 : tensor<16x2x4xi1>, tensor<16x1x4xf32>, tensor<f32>) outs(%118 : tensor<16x2x4xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2x4xf32>
    %229 = linalg.generic {indexing_maps = [#map1, #map], iterator_types = ["parallel", "parallel", "reduction"]} ins(%228 : tensor<16x2x4xf32>) outs(%121 : tensor<16x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %230 = linalg.generic {indexing_maps = [#map1, #map10, #map22, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%227, %101, %cst_10 : tensor<16x2x4xi1>, tensor<4xi64>, tensor<i64>) outs(%123 : tensor<16x2x4xi64>) {
    ^bb0(%in: i1, %in_123: i64, %in_124: i64, %out: i64):
      %283 = arith.select %in, %in_123, %in_124 : i64
      linalg.yield %283 : i64
    } -> tensor<16x2x4xi64>
    %231 = linalg.generic {indexing_maps = [#map1, #map], iterator_types = ["parallel", "parallel", "reduction"]} ins(%230 : tensor<16x2x4xi64>) outs(%126 : tensor<16x2xi64>) {
    ^bb0(%in: i64, %out: i64):
      %283 = arith.addi %in, %out : i64
      linalg.yield %283 : i64
    } -> tensor<16x2xi64>
    %232 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%229 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %233 = linalg.generic {indexing_maps = [#map15, #map17, #map15], iterator_types = ["parallel", "parallel"]} ins(%229, %232 : tensor<16x2xf32>, tensor<16x1xf32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.divf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %234 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%231 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c0_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %235 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%234, %233, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %236 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%235 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.1.mlp.experts.0.gate_up_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.0.gate_up_proj.weight : tensor<96x32xf32>
    %transposed_103 = linalg.transpose ins(%model.layers.1.mlp.experts.0.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %237 = linalg.matmul ins(%collapsed_97, %transposed_103 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_104 = tensor.extract_slice %237[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_105 = tensor.extract_slice %237[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %238 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_104 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %239 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_104, %238 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %240 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%239, %extracted_slice_105 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.1.mlp.experts.0.down_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.0.down_proj.weight : tensor<32x48xf32>
    %transposed_106 = linalg.transpose ins(%model.layers.1.mlp.experts.0.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %241 = linalg.matmul ins(%240, %transposed_106 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %242 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%236, %241 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %243 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%cst_2, %242 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %244 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%231 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c1_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %245 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%244, %233, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %246 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%245 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.1.mlp.experts.1.gate_up_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.1.gate_up_proj.weight : tensor<96x32xf32>
    %transposed_107 = linalg.transpose ins(%model.layers.1.mlp.experts.1.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %247 = linalg.matmul ins(%collapsed_97, %transposed_107 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_108 = tensor.extract_slice %247[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_109 = tensor.extract_slice %247[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %248 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_108 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %249 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_108, %248 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %250 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%249, %extracted_slice_109 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.1.mlp.experts.1.down_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.1.down_proj.weight : tensor<32x48xf32>
    %transposed_110 = linalg.transpose ins(%model.layers.1.mlp.experts.1.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %251 = linalg.matmul ins(%250, %transposed_110 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %252 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%246, %251 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %253 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%243, %252 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %254 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%231 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c2_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %255 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%254, %233, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %256 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%255 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.1.mlp.experts.2.gate_up_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.2.gate_up_proj.weight : tensor<96x32xf32>
    %transposed_111 = linalg.transpose ins(%model.layers.1.mlp.experts.2.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %257 = linalg.matmul ins(%collapsed_97, %transposed_111 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_112 = tensor.extract_slice %257[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_113 = tensor.extract_slice %257[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %258 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_112 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %259 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_112, %258 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %260 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%259, %extracted_slice_113 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.1.mlp.experts.2.down_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.2.down_proj.weight : tensor<32x48xf32>
    %transposed_114 = linalg.transpose ins(%model.layers.1.mlp.experts.2.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %261 = linalg.matmul ins(%260, %transposed_114 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %262 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%256, %261 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %263 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%253, %262 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %264 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%231 : tensor<16x2xi64>) outs(%130 : tensor<16x2xi1>) {
    ^bb0(%in: i64, %out: i1):
      %283 = arith.cmpi eq, %in, %c3_i64 : i64
      linalg.yield %283 : i1
    } -> tensor<16x2xi1>
    %265 = linalg.generic {indexing_maps = [#map15, #map15, #map23, #map15], iterator_types = ["parallel", "parallel"]} ins(%264, %233, %cst_7 : tensor<16x2xi1>, tensor<16x2xf32>, tensor<f32>) outs(%120 : tensor<16x2xf32>) {
    ^bb0(%in: i1, %in_123: f32, %in_124: f32, %out: f32):
      %283 = arith.select %in, %in_123, %in_124 : f32
      linalg.yield %283 : f32
    } -> tensor<16x2xf32>
    %266 = linalg.generic {indexing_maps = [#map15, #map17], iterator_types = ["parallel", "reduction"]} ins(%265 : tensor<16x2xf32>) outs(%97 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<16x1xf32>
    %model.layers.1.mlp.experts.3.gate_up_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.3.gate_up_proj.weight : tensor<96x32xf32>
    %transposed_115 = linalg.transpose ins(%model.layers.1.mlp.experts.3.gate_up_proj.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %267 = linalg.matmul ins(%collapsed_97, %transposed_115 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %extracted_slice_116 = tensor.extract_slice %267[0, 0] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %extracted_slice_117 = tensor.extract_slice %267[0, 48] [16, 48] [1, 1] : tensor<16x96xf32> to tensor<16x48xf32>
    %268 = linalg.generic {indexing_maps = [#map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_116 : tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.negf %in : f32
      %284 = math.exp %283 : f32
      %285 = arith.addf %284, %cst_1 : f32
      %286 = arith.divf %cst_1, %285 : f32
      linalg.yield %286 : f32
    } -> tensor<16x48xf32>
    %269 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%extracted_slice_116, %268 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %270 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%269, %extracted_slice_117 : tensor<16x48xf32>, tensor<16x48xf32>) outs(%138 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x48xf32>
    %model.layers.1.mlp.experts.3.down_proj.weight = ml_program.global_load_const @model.layers.1.mlp.experts.3.down_proj.weight : tensor<32x48xf32>
    %transposed_118 = linalg.transpose ins(%model.layers.1.mlp.experts.3.down_proj.weight : tensor<32x48xf32>) outs(%142 : tensor<48x32xf32>) permutation = [1, 0] 
    %271 = linalg.matmul ins(%270, %transposed_118 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%34 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %272 = linalg.generic {indexing_maps = [#map17, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%266, %271 : tensor<16x1xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %273 = linalg.generic {indexing_maps = [#map15, #map15, #map15], iterator_types = ["parallel", "parallel"]} ins(%263, %272 : tensor<16x32xf32>, tensor<16x32xf32>) outs(%33 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<16x32xf32>
    %expanded_119 = tensor.expand_shape %273 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %274 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%207, %expanded_119 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.addf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %275 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%274 : tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.fpowi %in, %c2_i64 : f32, i64
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %276 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%275 : tensor<1x16x32xf32>) outs(%25 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.addf %in, %out : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %277 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%276 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.divf %in, %cst_9 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %278 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%277 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = arith.truncf %cst_6 : f64 to f32
      %284 = arith.addf %in, %283 : f32
      linalg.yield %284 : f32
    } -> tensor<1x16x1xf32>
    %279 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%278 : tensor<1x16x1xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %283 = math.rsqrt %in : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x1xf32>
    %280 = linalg.generic {indexing_maps = [#map1, #map9, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%274, %279 : tensor<1x16x32xf32>, tensor<1x16x1xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %model.norm.weight = ml_program.global_load_const @model.norm.weight : tensor<32xf32>
    %281 = linalg.generic {indexing_maps = [#map10, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%model.norm.weight, %280 : tensor<32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_123: f32, %out: f32):
      %283 = arith.mulf %in, %in_123 : f32
      linalg.yield %283 : f32
    } -> tensor<1x16x32xf32>
    %lm_head.weight = ml_program.global_load_const @lm_head.weight : tensor<96x32xf32>
    %transposed_120 = linalg.transpose ins(%lm_head.weight : tensor<96x32xf32>) outs(%134 : tensor<32x96xf32>) permutation = [1, 0] 
    %collapsed_121 = tensor.collapse_shape %281 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %282 = linalg.matmul ins(%collapsed_121, %transposed_120 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%136 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %expanded_122 = tensor.expand_shape %282 [[0, 1], [2]] output_shape [1, 16, 96] : tensor<16x96xf32> into tensor<1x16x96xf32>
    return %expanded_122 : tensor<1x16x96xf32>
  }
}
