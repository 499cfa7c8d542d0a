// Falcon 7B with random weights, as `python -m quant_mlir architectures --tests` writes it.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/fold_architecture.py %s %t %quant_mlir_build/bin %quant_mlir_source/docs/Architectures.md

#extern = #ml_program.extern : tensor<96x32xf32>
#extern1 = #ml_program.extern : tensor<32xf32>
#extern2 = #ml_program.extern : tensor<48x32xf32>
#extern3 = #ml_program.extern : tensor<32x32xf32>
#extern4 = #ml_program.extern : tensor<128x32xf32>
#extern5 = #ml_program.extern : tensor<32x128xf32>
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
#map11 = affine_map<(d0, d1, d2, d3) -> (d1, 0, 0)>
#map12 = affine_map<(d0, d1, d2, d3) -> (0, 0)>
#map13 = affine_map<(d0, d1, d2, d3) -> (d3)>
#map14 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map15 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#map16 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
module {
  ml_program.global private @transformer.word_embeddings.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @transformer.h.0.input_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @transformer.h.0.input_layernorm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @transformer.h.0.self_attention.query_key_value.weight(#extern2) : tensor<48x32xf32>
  ml_program.global private @transformer.h.0.self_attention.dense.weight(#extern3) : tensor<32x32xf32>
  ml_program.global private @transformer.h.0.mlp.dense_h_to_4h.weight(#extern4) : tensor<128x32xf32>
  ml_program.global private @transformer.h.0.mlp.dense_4h_to_h.weight(#extern5) : tensor<32x128xf32>
  ml_program.global private @transformer.h.1.input_layernorm.weight(#extern1) : tensor<32xf32>
  ml_program.global private @transformer.h.1.input_layernorm.bias(#extern1) : tensor<32xf32>
  ml_program.global private @transformer.h.1.self_attention.query_key_value.weight(#extern2) : tensor<48x32xf32>
  ml_program.global private @transformer.h.1.self_attention.dense.weight(#extern3) : tensor<32x32xf32>
  ml_program.global private @transformer.h.1.mlp.dense_h_to_4h.weight(#extern4) : tensor<128x32xf32>
  ml_program.global private @transformer.h.1.mlp.dense_4h_to_h.weight(#extern5) : tensor<32x128xf32>
  ml_program.global private @transformer.ln_f.weight(#extern1) : tensor<32xf32>
  ml_program.global private @transformer.ln_f.bias(#extern1) : tensor<32xf32>
  func.func @main(%arg0: tensor<1x16xi64>) -> tensor<1x16x96xf32> {
    %c8_i64 = arith.constant 8 : i64
    %c16_i64 = arith.constant 16 : i64
    %c0_i64 = arith.constant 0 : i64
    %c1_i64 = arith.constant 1 : i64
    %c96 = arith.constant 96 : index
    %cst = arith.constant 0.000000e+00 : f32
    %c6_i64 = arith.constant 6 : i64
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 1.000000e+00 : f32
    %cst_2 = arith.constant 5.000000e-01 : f32
    %cst_3 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_4 = arith.constant dense<true> : tensor<i1>
    %cst_5 = arith.constant 2.8284271247461903 : f64
    %cst_6 = arith.constant 1.000000e-05 : f64
    %cst_7 = arith.constant dense<0.000000e+00> : tensor<f32>
    %true = arith.constant true
    %cst_8 = arith.constant dense<[[[1.000000e+00], [1.000000e-01], [0.00999999977], [1.000000e-03]]]> : tensor<1x4x1xf32>
    %cst_9 = arith.constant 3.200000e+01 : f32
    %cst_10 = arith.constant 1.41421354 : f32
    %cst_11 = arith.constant dense<-2> : tensor<1x1xi64>
    %cst_12 = arith.constant dense<-1> : tensor<1x1xi64>
    %transformer.word_embeddings.weight = ml_program.global_load_const @transformer.word_embeddings.weight : tensor<96x32xf32>
    %0 = tensor.empty() : tensor<1x16x32xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg0 : tensor<1x16xi64>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %155 = arith.index_cast %in : i64 to index
      %156 = linalg.index 2 : index
      %157 = arith.cmpi slt, %155, %c96 : index
      cf.assert %157, "index must be smaller than dim size"
      %158 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %158, "index must be larger or equal to 0"
      %extracted = tensor.extract %transformer.word_embeddings.weight[%155, %156] : tensor<96x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %2 = tensor.empty() : tensor<16xi64>
    %3 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%2 : tensor<16xi64>) {
    ^bb0(%out: i64):
      %155 = linalg.index 0 : index
      %156 = arith.index_cast %155 : index to i64
      linalg.yield %156 : i64
    } -> tensor<16xi64>
    %4 = tensor.empty() : tensor<1xi64>
    %5 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%4 : tensor<1xi64>) {
    ^bb0(%out: i64):
      linalg.yield %c0_i64 : i64
    } -> tensor<1xi64>
    %expanded = tensor.expand_shape %5 [[0, 1, 2, 3]] output_shape [1, 1, 1, 1] : tensor<1xi64> into tensor<1x1x1x1xi64>
    %expanded_13 = tensor.expand_shape %3 [[0, 1, 2, 3]] output_shape [1, 1, 16, 1] : tensor<16xi64> into tensor<1x1x16x1xi64>
    %expanded_14 = tensor.expand_shape %3 [[0, 1, 2, 3]] output_shape [1, 1, 1, 16] : tensor<16xi64> into tensor<1x1x1x16xi64>
    %6 = tensor.empty() : tensor<1x1x16x16xi1>
    %7 = linalg.generic {indexing_maps = [#map3, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_14, %expanded_13 : tensor<1x1x1x16xi64>, tensor<1x1x16x1xi64>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i64, %in_90: i64, %out: i1):
      %155 = arith.cmpi sle, %in, %in_90 : i64
      linalg.yield %155 : i1
    } -> tensor<1x1x16x16xi1>
    %8 = linalg.generic {indexing_maps = [#map6, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_4, %7 : tensor<i1>, tensor<1x1x16x16xi1>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_90: i1, %out: i1):
      %155 = arith.andi %in, %in_90 : i1
      linalg.yield %155 : i1
    } -> tensor<1x1x16x16xi1>
    %9 = tensor.empty() : tensor<1x1x1x16xi1>
    %10 = linalg.generic {indexing_maps = [#map7, #map8, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_14 : tensor<1x1x1x1xi64>, tensor<1x1x1x16xi64>) outs(%9 : tensor<1x1x1x16xi1>) {
    ^bb0(%in: i64, %in_90: i64, %out: i1):
      linalg.yield %true : i1
    } -> tensor<1x1x1x16xi1>
    %11 = linalg.generic {indexing_maps = [#map5, #map3, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8, %10 : tensor<1x1x16x16xi1>, tensor<1x1x1x16xi1>) outs(%6 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_90: i1, %out: i1):
      %155 = arith.andi %in, %in_90 : i1
      linalg.yield %155 : i1
    } -> tensor<1x1x16x16xi1>
    %12 = tensor.empty() : tensor<1x1x16x16xf32>
    %13 = linalg.generic {indexing_maps = [#map5, #map6, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%11, %cst_7, %cst_3 : tensor<1x1x16x16xi1>, tensor<f32>, tensor<f32>) outs(%12 : tensor<1x1x16x16xf32>) {
    ^bb0(%in: i1, %in_90: f32, %in_91: f32, %out: f32):
      %155 = arith.select %in, %in_90, %in_91 : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x16xf32>
    %expanded_15 = tensor.expand_shape %3 [[0, 1, 2]] output_shape [1, 1, 16] : tensor<16xi64> into tensor<1x1x16xi64>
    %14 = tensor.empty() : tensor<1x1x16xf32>
    %15 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_15 : tensor<1x1x16xi64>) outs(%14 : tensor<1x1x16xf32>) {
    ^bb0(%in: i64, %out: f32):
      %155 = arith.sitofp %in : i64 to f32
      linalg.yield %155 : f32
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
      %155 = math.cos %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x8xf32>
    %22 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%concat : tensor<1x16x8xf32>) outs(%20 : tensor<1x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = math.sin %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x8xf32>
    %transformer.h.0.input_layernorm.weight = ml_program.global_load_const @transformer.h.0.input_layernorm.weight : tensor<32xf32>
    %transformer.h.0.input_layernorm.bias = ml_program.global_load_const @transformer.h.0.input_layernorm.bias : tensor<32xf32>
    %23 = tensor.empty() : tensor<1x16x1xf32>
    %24 = linalg.fill ins(%cst : f32) outs(%23 : tensor<1x16x1xf32>) -> tensor<1x16x1xf32>
    %25 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%1 : tensor<1x16x32xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %26 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%25 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_9 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %collapsed = tensor.collapse_shape %26 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %27 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %28 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1, %27 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.subf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %29 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%28, %28 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %30 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%29 : tensor<1x16x32xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %31 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%30 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_9 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %32 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%31 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.truncf %cst_6 : f64 to f32
      %156 = arith.addf %in, %155 : f32
      linalg.yield %156 : f32
    } -> tensor<1x16x1xf32>
    %33 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%32 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = math.rsqrt %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_16 = tensor.collapse_shape %33 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %34 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_16 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %35 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%28, %34 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %36 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%35, %transformer.h.0.input_layernorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %37 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%36, %transformer.h.0.input_layernorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %transformer.h.0.self_attention.query_key_value.weight = ml_program.global_load_const @transformer.h.0.self_attention.query_key_value.weight : tensor<48x32xf32>
    %38 = tensor.empty() : tensor<32x48xf32>
    %transposed_17 = linalg.transpose ins(%transformer.h.0.self_attention.query_key_value.weight : tensor<48x32xf32>) outs(%38 : tensor<32x48xf32>) permutation = [1, 0] 
    %collapsed_18 = tensor.collapse_shape %37 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %39 = tensor.empty() : tensor<16x48xf32>
    %40 = linalg.fill ins(%cst : f32) outs(%39 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %41 = linalg.matmul ins(%collapsed_18, %transposed_17 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%40 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %expanded_19 = tensor.expand_shape %41 [[0, 1], [2, 3]] output_shape [1, 16, 6, 8] : tensor<16x48xf32> into tensor<1x16x6x8xf32>
    %extracted_slice = tensor.extract_slice %expanded_19[0, 0, 0, 0] [1, 16, 4, 8] [1, 1, 1, 1] : tensor<1x16x6x8xf32> to tensor<1x16x4x8xf32>
    %42 = tensor.empty() : tensor<8xi64>
    %43 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%42 : tensor<8xi64>) {
    ^bb0(%out: i64):
      %155 = linalg.index 0 : index
      %156 = arith.index_cast %155 : index to i64
      linalg.yield %156 : i64
    } -> tensor<8xi64>
    %expanded_20 = tensor.expand_shape %3 [[0, 1, 2]] output_shape [16, 1, 1] : tensor<16xi64> into tensor<16x1x1xi64>
    %44 = tensor.empty() : tensor<1x16x1x8xf32>
    %45 = linalg.generic {indexing_maps = [#map7, #map11, #map12, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_20, %cst_11, %43 : tensor<1x1x1x1xi64>, tensor<16x1x1xi64>, tensor<1x1xi64>, tensor<8xi64>) outs(%44 : tensor<1x16x1x8xf32>) {
    ^bb0(%in: i64, %in_90: i64, %in_91: i64, %in_92: i64, %out: f32):
      %155 = arith.cmpi slt, %in, %c0_i64 : i64
      %156 = arith.addi %in, %c1_i64 : i64
      %157 = arith.select %155, %156, %in : i64
      %158 = arith.index_cast %157 : i64 to index
      %159 = arith.cmpi slt, %in_90, %c0_i64 : i64
      %160 = arith.addi %in_90, %c16_i64 : i64
      %161 = arith.select %159, %160, %in_90 : i64
      %162 = arith.index_cast %161 : i64 to index
      %163 = arith.cmpi slt, %in_91, %c0_i64 : i64
      %164 = arith.addi %in_91, %c6_i64 : i64
      %165 = arith.select %163, %164, %in_91 : i64
      %166 = arith.index_cast %165 : i64 to index
      %167 = arith.cmpi slt, %in_92, %c0_i64 : i64
      %168 = arith.addi %in_92, %c8_i64 : i64
      %169 = arith.select %167, %168, %in_92 : i64
      %170 = arith.index_cast %169 : i64 to index
      %extracted = tensor.extract %expanded_19[%158, %162, %166, %170] : tensor<1x16x6x8xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x1x8xf32>
    %46 = linalg.generic {indexing_maps = [#map7, #map11, #map12, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_20, %cst_12, %43 : tensor<1x1x1x1xi64>, tensor<16x1x1xi64>, tensor<1x1xi64>, tensor<8xi64>) outs(%44 : tensor<1x16x1x8xf32>) {
    ^bb0(%in: i64, %in_90: i64, %in_91: i64, %in_92: i64, %out: f32):
      %155 = arith.cmpi slt, %in, %c0_i64 : i64
      %156 = arith.addi %in, %c1_i64 : i64
      %157 = arith.select %155, %156, %in : i64
      %158 = arith.index_cast %157 : i64 to index
      %159 = arith.cmpi slt, %in_90, %c0_i64 : i64
      %160 = arith.addi %in_90, %c16_i64 : i64
      %161 = arith.select %159, %160, %in_90 : i64
      %162 = arith.index_cast %161 : i64 to index
      %163 = arith.cmpi slt, %in_91, %c0_i64 : i64
      %164 = arith.addi %in_91, %c6_i64 : i64
      %165 = arith.select %163, %164, %in_91 : i64
      %166 = arith.index_cast %165 : i64 to index
      %167 = arith.cmpi slt, %in_92, %c0_i64 : i64
      %168 = arith.addi %in_92, %c8_i64 : i64
      %169 = arith.select %167, %168, %in_92 : i64
      %170 = arith.index_cast %169 : i64 to index
      %extracted = tensor.extract %expanded_19[%158, %162, %166, %170] : tensor<1x16x6x8xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x1x8xf32>
    %47 = tensor.empty() : tensor<1x4x16x8xf32>
    %transposed_21 = linalg.transpose ins(%extracted_slice : tensor<1x16x4x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %48 = tensor.empty() : tensor<1x1x16x8xf32>
    %transposed_22 = linalg.transpose ins(%45 : tensor<1x16x1x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) permutation = [0, 2, 1, 3] 
    %transposed_23 = linalg.transpose ins(%46 : tensor<1x16x1x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) permutation = [0, 2, 1, 3] 
    %expanded_24 = tensor.expand_shape %21 [[0], [1, 2], [3]] output_shape [1, 1, 16, 8] : tensor<1x16x8xf32> into tensor<1x1x16x8xf32>
    %expanded_25 = tensor.expand_shape %22 [[0], [1, 2], [3]] output_shape [1, 1, 16, 8] : tensor<1x16x8xf32> into tensor<1x1x16x8xf32>
    %49 = linalg.generic {indexing_maps = [#map5, #map14, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_21, %expanded_24 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x8xf32>
    %extracted_slice_26 = tensor.extract_slice %transposed_21[0, 0, 0, 0] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %extracted_slice_27 = tensor.extract_slice %transposed_21[0, 0, 0, 4] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %50 = tensor.empty() : tensor<1x4x16x4xf32>
    %51 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_27 : tensor<1x4x16x4xf32>) outs(%50 : tensor<1x4x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.negf %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x4xf32>
    %concat_28 = tensor.concat dim(3) %51, %extracted_slice_26 : (tensor<1x4x16x4xf32>, tensor<1x4x16x4xf32>) -> tensor<1x4x16x8xf32>
    %52 = linalg.generic {indexing_maps = [#map5, #map14, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_28, %expanded_25 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x8xf32>
    %53 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%49, %52 : tensor<1x4x16x8xf32>, tensor<1x4x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x8xf32>
    %54 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_22, %expanded_24 : tensor<1x1x16x8xf32>, tensor<1x1x16x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x8xf32>
    %extracted_slice_29 = tensor.extract_slice %transposed_22[0, 0, 0, 0] [1, 1, 16, 4] [1, 1, 1, 1] : tensor<1x1x16x8xf32> to tensor<1x1x16x4xf32>
    %extracted_slice_30 = tensor.extract_slice %transposed_22[0, 0, 0, 4] [1, 1, 16, 4] [1, 1, 1, 1] : tensor<1x1x16x8xf32> to tensor<1x1x16x4xf32>
    %55 = tensor.empty() : tensor<1x1x16x4xf32>
    %56 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_30 : tensor<1x1x16x4xf32>) outs(%55 : tensor<1x1x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.negf %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x4xf32>
    %concat_31 = tensor.concat dim(3) %56, %extracted_slice_29 : (tensor<1x1x16x4xf32>, tensor<1x1x16x4xf32>) -> tensor<1x1x16x8xf32>
    %57 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_31, %expanded_25 : tensor<1x1x16x8xf32>, tensor<1x1x16x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x8xf32>
    %58 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%54, %57 : tensor<1x1x16x8xf32>, tensor<1x1x16x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x8xf32>
    %59 = tensor.empty() : tensor<1x1x8x16xf32>
    %transposed_32 = linalg.transpose ins(%58 : tensor<1x1x16x8xf32>) outs(%59 : tensor<1x1x8x16xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_33 = tensor.collapse_shape %53 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %60 = tensor.empty() : tensor<1x4x8x16xf32>
    %collapsed_34 = tensor.collapse_shape %transposed_32 [[0, 1], [2], [3]] : tensor<1x1x8x16xf32> into tensor<1x8x16xf32>
    %61 = linalg.generic {indexing_maps = [#map15, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_34 : tensor<1x8x16xf32>) outs(%60 : tensor<1x4x8x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x4x8x16xf32>
    %collapsed_35 = tensor.collapse_shape %61 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %62 = tensor.empty() : tensor<4x16x16xf32>
    %63 = linalg.fill ins(%cst : f32) outs(%62 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %64 = linalg.batch_matmul ins(%collapsed_33, %collapsed_35 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%63 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_36 = tensor.expand_shape %64 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %65 = tensor.empty() : tensor<1x4x16x16xf32>
    %66 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_36 : tensor<1x4x16x16xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.truncf %cst_5 : f64 to f32
      %156 = arith.divf %in, %155 : f32
      linalg.yield %156 : f32
    } -> tensor<1x4x16x16xf32>
    %67 = linalg.generic {indexing_maps = [#map5, #map14, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%66, %13 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %68 = tensor.empty() : tensor<1x4x16xi64>
    %69 = linalg.fill ins(%c0_i64 : i64) outs(%68 : tensor<1x4x16xi64>) -> tensor<1x4x16xi64>
    %70 = linalg.fill ins(%cst_0 : f32) outs(%16 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %71:2 = linalg.generic {indexing_maps = [#map5, #map16, #map16], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%67 : tensor<1x4x16x16xf32>) outs(%70, %69 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_90: i64):
      %155 = linalg.index 3 : index
      %156 = arith.index_cast %155 : index to i64
      %157 = arith.maximumf %in, %out : f32
      %158 = arith.cmpf ogt, %in, %out : f32
      %159 = arith.select %158, %156, %out_90 : i64
      linalg.yield %157, %159 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_37 = tensor.expand_shape %71#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %72 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%67, %expanded_37 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.subf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %73 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%72 : tensor<1x4x16x16xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = math.exp %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %74 = tensor.empty() : tensor<1x4x16x1xf32>
    %75 = linalg.fill ins(%cst : f32) outs(%74 : tensor<1x4x16x1xf32>) -> tensor<1x4x16x1xf32>
    %76 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%73 : tensor<1x4x16x16xf32>) outs(%75 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x1xf32>
    %77 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%73, %76 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.divf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_38 = tensor.collapse_shape %77 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_39 = tensor.collapse_shape %transposed_23 [[0, 1], [2], [3]] : tensor<1x1x16x8xf32> into tensor<1x16x8xf32>
    %78 = linalg.generic {indexing_maps = [#map15, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_39 : tensor<1x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x4x16x8xf32>
    %collapsed_40 = tensor.collapse_shape %78 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %79 = tensor.empty() : tensor<4x16x8xf32>
    %80 = linalg.fill ins(%cst : f32) outs(%79 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %81 = linalg.batch_matmul ins(%collapsed_38, %collapsed_40 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%80 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_41 = tensor.expand_shape %81 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %82 = tensor.empty() : tensor<1x16x4x8xf32>
    %transposed_42 = linalg.transpose ins(%expanded_41 : tensor<1x4x16x8xf32>) outs(%82 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %transformer.h.0.self_attention.dense.weight = ml_program.global_load_const @transformer.h.0.self_attention.dense.weight : tensor<32x32xf32>
    %83 = tensor.empty() : tensor<32x32xf32>
    %transposed_43 = linalg.transpose ins(%transformer.h.0.self_attention.dense.weight : tensor<32x32xf32>) outs(%83 : tensor<32x32xf32>) permutation = [1, 0] 
    %collapsed_44 = tensor.collapse_shape %transposed_42 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %84 = tensor.empty() : tensor<16x32xf32>
    %85 = linalg.fill ins(%cst : f32) outs(%84 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %86 = linalg.matmul ins(%collapsed_44, %transposed_43 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%85 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_45 = tensor.expand_shape %86 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %transformer.h.0.mlp.dense_h_to_4h.weight = ml_program.global_load_const @transformer.h.0.mlp.dense_h_to_4h.weight : tensor<128x32xf32>
    %87 = tensor.empty() : tensor<32x128xf32>
    %transposed_46 = linalg.transpose ins(%transformer.h.0.mlp.dense_h_to_4h.weight : tensor<128x32xf32>) outs(%87 : tensor<32x128xf32>) permutation = [1, 0] 
    %88 = tensor.empty() : tensor<16x128xf32>
    %89 = linalg.fill ins(%cst : f32) outs(%88 : tensor<16x128xf32>) -> tensor<16x128xf32>
    %90 = linalg.matmul ins(%collapsed_18, %transposed_46 : tensor<16x32xf32>, tensor<32x128xf32>) outs(%89 : tensor<16x128xf32>) -> tensor<16x128xf32>
    %expanded_47 = tensor.expand_shape %90 [[0, 1], [2]] output_shape [1, 16, 128] : tensor<16x128xf32> into tensor<1x16x128xf32>
    %91 = tensor.empty() : tensor<1x16x128xf32>
    %92 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_47 : tensor<1x16x128xf32>) outs(%91 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_10 : f32
      %156 = math.erf %155 : f32
      %157 = arith.addf %156, %cst_1 : f32
      %158 = arith.mulf %157, %cst_2 : f32
      %159 = arith.mulf %in, %158 : f32
      linalg.yield %159 : f32
    } -> tensor<1x16x128xf32>
    %transformer.h.0.mlp.dense_4h_to_h.weight = ml_program.global_load_const @transformer.h.0.mlp.dense_4h_to_h.weight : tensor<32x128xf32>
    %93 = tensor.empty() : tensor<128x32xf32>
    %transposed_48 = linalg.transpose ins(%transformer.h.0.mlp.dense_4h_to_h.weight : tensor<32x128xf32>) outs(%93 : tensor<128x32xf32>) permutation = [1, 0] 
    %collapsed_49 = tensor.collapse_shape %92 [[0, 1], [2]] : tensor<1x16x128xf32> into tensor<16x128xf32>
    %94 = linalg.matmul ins(%collapsed_49, %transposed_48 : tensor<16x128xf32>, tensor<128x32xf32>) outs(%85 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_50 = tensor.expand_shape %94 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %95 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_50, %expanded_45 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %96 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1, %95 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %transformer.h.1.input_layernorm.weight = ml_program.global_load_const @transformer.h.1.input_layernorm.weight : tensor<32xf32>
    %transformer.h.1.input_layernorm.bias = ml_program.global_load_const @transformer.h.1.input_layernorm.bias : tensor<32xf32>
    %97 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%96 : tensor<1x16x32xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %98 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%97 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_9 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_51 = tensor.collapse_shape %98 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %99 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_51 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %100 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%96, %99 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.subf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %101 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%100, %100 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %102 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%101 : tensor<1x16x32xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %103 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%102 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_9 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %104 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%103 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.truncf %cst_6 : f64 to f32
      %156 = arith.addf %in, %155 : f32
      linalg.yield %156 : f32
    } -> tensor<1x16x1xf32>
    %105 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%104 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = math.rsqrt %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_52 = tensor.collapse_shape %105 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %106 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_52 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %107 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%100, %106 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %108 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%107, %transformer.h.1.input_layernorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %109 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%108, %transformer.h.1.input_layernorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %transformer.h.1.self_attention.query_key_value.weight = ml_program.global_load_const @transformer.h.1.self_attention.query_key_value.weight : tensor<48x32xf32>
    %transposed_53 = linalg.transpose ins(%transformer.h.1.self_attention.query_key_value.weight : tensor<48x32xf32>) outs(%38 : tensor<32x48xf32>) permutation = [1, 0] 
    %collapsed_54 = tensor.collapse_shape %109 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %110 = linalg.matmul ins(%collapsed_54, %transposed_53 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%40 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %expanded_55 = tensor.expand_shape %110 [[0, 1], [2, 3]] output_shape [1, 16, 6, 8] : tensor<16x48xf32> into tensor<1x16x6x8xf32>
    %extracted_slice_56 = tensor.extract_slice %expanded_55[0, 0, 0, 0] [1, 16, 4, 8] [1, 1, 1, 1] : tensor<1x16x6x8xf32> to tensor<1x16x4x8xf32>
    %111 = linalg.generic {indexing_maps = [#map7, #map11, #map12, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_20, %cst_11, %43 : tensor<1x1x1x1xi64>, tensor<16x1x1xi64>, tensor<1x1xi64>, tensor<8xi64>) outs(%44 : tensor<1x16x1x8xf32>) {
    ^bb0(%in: i64, %in_90: i64, %in_91: i64, %in_92: i64, %out: f32):
      %155 = arith.cmpi slt, %in, %c0_i64 : i64
      %156 = arith.addi %in, %c1_i64 : i64
      %157 = arith.select %155, %156, %in : i64
      %158 = arith.index_cast %157 : i64 to index
      %159 = arith.cmpi slt, %in_90, %c0_i64 : i64
      %160 = arith.addi %in_90, %c16_i64 : i64
      %161 = arith.select %159, %160, %in_90 : i64
      %162 = arith.index_cast %161 : i64 to index
      %163 = arith.cmpi slt, %in_91, %c0_i64 : i64
      %164 = arith.addi %in_91, %c6_i64 : i64
      %165 = arith.select %163, %164, %in_91 : i64
      %166 = arith.index_cast %165 : i64 to index
      %167 = arith.cmpi slt, %in_92, %c0_i64 : i64
      %168 = arith.addi %in_92, %c8_i64 : i64
      %169 = arith.select %167, %168, %in_92 : i64
      %170 = arith.index_cast %169 : i64 to index
      %extracted = tensor.extract %expanded_55[%158, %162, %166, %170] : tensor<1x16x6x8xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x1x8xf32>
    %112 = linalg.generic {indexing_maps = [#map7, #map11, #map12, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_20, %cst_12, %43 : tensor<1x1x1x1xi64>, tensor<16x1x1xi64>, tensor<1x1xi64>, tensor<8xi64>) outs(%44 : tensor<1x16x1x8xf32>) {
    ^bb0(%in: i64, %in_90: i64, %in_91: i64, %in_92: i64, %out: f32):
      %155 = arith.cmpi slt, %in, %c0_i64 : i64
      %156 = arith.addi %in, %c1_i64 : i64
      %157 = arith.select %155, %156, %in : i64
      %158 = arith.index_cast %157 : i64 to index
      %159 = arith.cmpi slt, %in_90, %c0_i64 : i64
      %160 = arith.addi %in_90, %c16_i64 : i64
      %161 = arith.select %159, %160, %in_90 : i64
      %162 = arith.index_cast %161 : i64 to index
      %163 = arith.cmpi slt, %in_91, %c0_i64 : i64
      %164 = arith.addi %in_91, %c6_i64 : i64
      %165 = arith.select %163, %164, %in_91 : i64
      %166 = arith.index_cast %165 : i64 to index
      %167 = arith.cmpi slt, %in_92, %c0_i64 : i64
      %168 = arith.addi %in_92, %c8_i64 : i64
      %169 = arith.select %167, %168, %in_92 : i64
      %170 = arith.index_cast %169 : i64 to index
      %extracted = tensor.extract %expanded_55[%158, %162, %166, %170] : tensor<1x16x6x8xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x1x8xf32>
    %transposed_57 = linalg.transpose ins(%extracted_slice_56 : tensor<1x16x4x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %transposed_58 = linalg.transpose ins(%111 : tensor<1x16x1x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) permutation = [0, 2, 1, 3] 
    %transposed_59 = linalg.transpose ins(%112 : tensor<1x16x1x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) permutation = [0, 2, 1, 3] 
    %113 = linalg.generic {indexing_maps = [#map5, #map14, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_57, %expanded_24 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x8xf32>
    %extracted_slice_60 = tensor.extract_slice %transposed_57[0, 0, 0, 0] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %extracted_slice_61 = tensor.extract_slice %transposed_57[0, 0, 0, 4] [1, 4, 16, 4] [1, 1, 1, 1] : tensor<1x4x16x8xf32> to tensor<1x4x16x4xf32>
    %114 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_61 : tensor<1x4x16x4xf32>) outs(%50 : tensor<1x4x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.negf %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x4xf32>
    %concat_62 = tensor.concat dim(3) %114, %extracted_slice_60 : (tensor<1x4x16x4xf32>, tensor<1x4x16x4xf32>) -> tensor<1x4x16x8xf32>
    %115 = linalg.generic {indexing_maps = [#map5, #map14, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_62, %expanded_25 : tensor<1x4x16x8xf32>, tensor<1x1x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x8xf32>
    %116 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%113, %115 : tensor<1x4x16x8xf32>, tensor<1x4x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x8xf32>
    %117 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%transposed_58, %expanded_24 : tensor<1x1x16x8xf32>, tensor<1x1x16x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x8xf32>
    %extracted_slice_63 = tensor.extract_slice %transposed_58[0, 0, 0, 0] [1, 1, 16, 4] [1, 1, 1, 1] : tensor<1x1x16x8xf32> to tensor<1x1x16x4xf32>
    %extracted_slice_64 = tensor.extract_slice %transposed_58[0, 0, 0, 4] [1, 1, 16, 4] [1, 1, 1, 1] : tensor<1x1x16x8xf32> to tensor<1x1x16x4xf32>
    %118 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%extracted_slice_64 : tensor<1x1x16x4xf32>) outs(%55 : tensor<1x1x16x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.negf %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x4xf32>
    %concat_65 = tensor.concat dim(3) %118, %extracted_slice_63 : (tensor<1x1x16x4xf32>, tensor<1x1x16x4xf32>) -> tensor<1x1x16x8xf32>
    %119 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%concat_65, %expanded_25 : tensor<1x1x16x8xf32>, tensor<1x1x16x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x8xf32>
    %120 = linalg.generic {indexing_maps = [#map5, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%117, %119 : tensor<1x1x16x8xf32>, tensor<1x1x16x8xf32>) outs(%48 : tensor<1x1x16x8xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x1x16x8xf32>
    %transposed_66 = linalg.transpose ins(%120 : tensor<1x1x16x8xf32>) outs(%59 : tensor<1x1x8x16xf32>) permutation = [0, 1, 3, 2] 
    %collapsed_67 = tensor.collapse_shape %116 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_68 = tensor.collapse_shape %transposed_66 [[0, 1], [2], [3]] : tensor<1x1x8x16xf32> into tensor<1x8x16xf32>
    %121 = linalg.generic {indexing_maps = [#map15, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_68 : tensor<1x8x16xf32>) outs(%60 : tensor<1x4x8x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x4x8x16xf32>
    %collapsed_69 = tensor.collapse_shape %121 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %122 = linalg.batch_matmul ins(%collapsed_67, %collapsed_69 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%63 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_70 = tensor.expand_shape %122 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %123 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_70 : tensor<1x4x16x16xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.truncf %cst_5 : f64 to f32
      %156 = arith.divf %in, %155 : f32
      linalg.yield %156 : f32
    } -> tensor<1x4x16x16xf32>
    %124 = linalg.generic {indexing_maps = [#map5, #map14, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%123, %13 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %125:2 = linalg.generic {indexing_maps = [#map5, #map16, #map16], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%124 : tensor<1x4x16x16xf32>) outs(%70, %69 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_90: i64):
      %155 = linalg.index 3 : index
      %156 = arith.index_cast %155 : index to i64
      %157 = arith.maximumf %in, %out : f32
      %158 = arith.cmpf ogt, %in, %out : f32
      %159 = arith.select %158, %156, %out_90 : i64
      linalg.yield %157, %159 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_71 = tensor.expand_shape %125#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %126 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%124, %expanded_71 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.subf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %127 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%126 : tensor<1x4x16x16xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = math.exp %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %128 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%127 : tensor<1x4x16x16xf32>) outs(%75 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x1xf32>
    %129 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%127, %128 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%65 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.divf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_72 = tensor.collapse_shape %129 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_73 = tensor.collapse_shape %transposed_59 [[0, 1], [2], [3]] : tensor<1x1x16x8xf32> into tensor<1x16x8xf32>
    %130 = linalg.generic {indexing_maps = [#map15, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%collapsed_73 : tensor<1x16x8xf32>) outs(%47 : tensor<1x4x16x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x4x16x8xf32>
    %collapsed_74 = tensor.collapse_shape %130 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %131 = linalg.batch_matmul ins(%collapsed_72, %collapsed_74 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%80 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_75 = tensor.expand_shape %131 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %transposed_76 = linalg.transpose ins(%expanded_75 : tensor<1x4x16x8xf32>) outs(%82 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %transformer.h.1.self_attention.dense.weight = ml_program.global_load_const @transformer.h.1.self_attention.dense.weight : tensor<32x32xf32>
    %transposed_77 = linalg.transpose ins(%transformer.h.1.self_attention.dense.weight : tensor<32x32xf32>) outs(%83 : tensor<32x32xf32>) permutation = [1, 0] 
    %collapsed_78 = tensor.collapse_shape %transposed_76 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %132 = linalg.matmul ins(%collapsed_78, %transposed_77 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%85 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_79 = tensor.expand_shape %132 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %transformer.h.1.mlp.dense_h_to_4h.weight = ml_program.global_load_const @transformer.h.1.mlp.dense_h_to_4h.weight : tensor<128x32xf32>
    %transposed_80 = linalg.transpose ins(%transformer.h.1.mlp.dense_h_to_4h.weight : tensor<128x32xf32>) outs(%87 : tensor<32x128xf32>) permutation = [1, 0] 
    %133 = linalg.matmul ins(%collapsed_54, %transposed_80 : tensor<16x32xf32>, tensor<32x128xf32>) outs(%89 : tensor<16x128xf32>) -> tensor<16x128xf32>
    %expanded_81 = tensor.expand_shape %133 [[0, 1], [2]] output_shape [1, 16, 128] : tensor<16x128xf32> into tensor<1x16x128xf32>
    %134 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_81 : tensor<1x16x128xf32>) outs(%91 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_10 : f32
      %156 = math.erf %155 : f32
      %157 = arith.addf %156, %cst_1 : f32
      %158 = arith.mulf %157, %cst_2 : f32
      %159 = arith.mulf %in, %158 : f32
      linalg.yield %159 : f32
    } -> tensor<1x16x128xf32>
    %transformer.h.1.mlp.dense_4h_to_h.weight = ml_program.global_load_const @transformer.h.1.mlp.dense_4h_to_h.weight : tensor<32x128xf32>
    %transposed_82 = linalg.transpose ins(%transformer.h.1.mlp.dense_4h_to_h.weight : tensor<32x128xf32>) outs(%93 : tensor<128x32xf32>) permutation = [1, 0] 
    %collapsed_83 = tensor.collapse_shape %134 [[0, 1], [2]] : tensor<1x16x128xf32> into tensor<16x128xf32>
    %135 = linalg.matmul ins(%collapsed_83, %transposed_82 : tensor<16x128xf32>, tensor<128x32xf32>) outs(%85 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %expanded_84 = tensor.expand_shape %135 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %136 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_84, %expanded_79 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %137 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%96, %136 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %transformer.ln_f.weight = ml_program.global_load_const @transformer.ln_f.weight : tensor<32xf32>
    %transformer.ln_f.bias = ml_program.global_load_const @transformer.ln_f.bias : tensor<32xf32>
    %138 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%137 : tensor<1x16x32xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %139 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%138 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_9 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_85 = tensor.collapse_shape %139 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %140 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_85 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %141 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%137, %140 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.subf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %142 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%141, %141 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %143 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%142 : tensor<1x16x32xf32>) outs(%24 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.addf %in, %out : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %144 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%143 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.divf %in, %cst_9 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %145 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%144 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = arith.truncf %cst_6 : f64 to f32
      %156 = arith.addf %in, %155 : f32
      linalg.yield %156 : f32
    } -> tensor<1x16x1xf32>
    %146 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%145 : tensor<1x16x1xf32>) outs(%23 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %155 = math.rsqrt %in : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_86 = tensor.collapse_shape %146 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %147 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_86 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %148 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%141, %147 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %149 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%148, %transformer.ln_f.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.mulf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %150 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%149, %transformer.ln_f.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_90: f32, %out: f32):
      %155 = arith.addf %in, %in_90 : f32
      linalg.yield %155 : f32
    } -> tensor<1x16x32xf32>
    %151 = tensor.empty() : tensor<32x96xf32>
    %transposed_87 = linalg.transpose ins(%transformer.word_embeddings.weight : tensor<96x32xf32>) outs(%151 : tensor<32x96xf32>) permutation = [1, 0] 
    %collapsed_88 = tensor.collapse_shape %150 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %152 = tensor.empty() : tensor<16x96xf32>
    %153 = linalg.fill ins(%cst : f32) outs(%152 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %154 = linalg.matmul ins(%collapsed_88, %transposed_87 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%153 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %expanded_89 = tensor.expand_shape %154 [[0, 1], [2]] output_shape [1, 16, 96] : tensor<16x96xf32> into tensor<1x16x96xf32>
    return %expanded_89 : tensor<1x16x96xf32>
  }
}
