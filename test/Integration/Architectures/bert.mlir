// BERT with random weights, as `python -m quant_mlir architectures --tests` writes it.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/fold_architecture.py %s %t %quant_mlir_build/bin %quant_mlir_source/docs/Architectures.md

#extern = #ml_program.extern : tensor<96x32xf32>
#extern1 = #ml_program.extern : tensor<2x32xf32>
#extern2 = #ml_program.extern : tensor<64x32xf32>
#extern3 = #ml_program.extern : tensor<32xf32>
#extern4 = #ml_program.extern : tensor<32x32xf32>
#extern5 = #ml_program.extern : tensor<48x32xf32>
#extern6 = #ml_program.extern : tensor<48xf32>
#extern7 = #ml_program.extern : tensor<32x48xf32>
#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map2 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map3 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#map4 = affine_map<(d0, d1, d2) -> (d2)>
#map5 = affine_map<(d0) -> (d0)>
#map6 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map7 = affine_map<(d0, d1, d2, d3) -> ()>
#map8 = affine_map<(d0, d1, d2, d3) -> (0, 0, 0, 0)>
#map9 = affine_map<(d0, d1, d2, d3) -> (0, 0, 0, d3)>
#map10 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#map11 = affine_map<(d0, d1, d2, d3) -> (d0, d1, 0, d3)>
#map12 = affine_map<(d0, d1) -> (d1)>
#map13 = affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>
#map14 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
module {
  ml_program.global private @embeddings.word_embeddings.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @embeddings.token_type_embeddings.weight(#extern1) : tensor<2x32xf32>
  ml_program.global private @embeddings.position_embeddings.weight(#extern2) : tensor<64x32xf32>
  ml_program.global private @embeddings.LayerNorm.weight(#extern3) : tensor<32xf32>
  ml_program.global private @embeddings.LayerNorm.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.attention.self.query.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.0.attention.self.query.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.attention.self.key.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.0.attention.self.key.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.attention.self.value.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.0.attention.self.value.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.attention.output.dense.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.0.attention.output.dense.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.attention.output.LayerNorm.weight(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.attention.output.LayerNorm.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.intermediate.dense.weight(#extern5) : tensor<48x32xf32>
  ml_program.global private @encoder.layer.0.intermediate.dense.bias(#extern6) : tensor<48xf32>
  ml_program.global private @encoder.layer.0.output.dense.weight(#extern7) : tensor<32x48xf32>
  ml_program.global private @encoder.layer.0.output.dense.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.output.LayerNorm.weight(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.0.output.LayerNorm.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.attention.self.query.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.1.attention.self.query.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.attention.self.key.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.1.attention.self.key.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.attention.self.value.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.1.attention.self.value.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.attention.output.dense.weight(#extern4) : tensor<32x32xf32>
  ml_program.global private @encoder.layer.1.attention.output.dense.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.attention.output.LayerNorm.weight(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.attention.output.LayerNorm.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.intermediate.dense.weight(#extern5) : tensor<48x32xf32>
  ml_program.global private @encoder.layer.1.intermediate.dense.bias(#extern6) : tensor<48xf32>
  ml_program.global private @encoder.layer.1.output.dense.weight(#extern7) : tensor<32x48xf32>
  ml_program.global private @encoder.layer.1.output.dense.bias(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.output.LayerNorm.weight(#extern3) : tensor<32xf32>
  ml_program.global private @encoder.layer.1.output.LayerNorm.bias(#extern3) : tensor<32xf32>
  func.func @main(%arg0: tensor<1x16xi64>, %arg1: tensor<1x16xi64>) -> tensor<1x16x32xf32> {
    %c64 = arith.constant 64 : index
    %c96 = arith.constant 96 : index
    %c2 = arith.constant 2 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant 1.000000e+00 : f32
    %cst_2 = arith.constant 5.000000e-01 : f32
    %cst_3 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_4 = arith.constant dense<true> : tensor<i1>
    %cst_5 = arith.constant 0.35355339059327379 : f64
    %cst_6 = arith.constant 9.9999999999999998E-13 : f64
    %cst_7 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_8 = arith.constant 3.200000e+01 : f32
    %cst_9 = arith.constant 1.41421354 : f32
    %c16_i64 = arith.constant 16 : i64
    %c0_i64 = arith.constant 0 : i64
    %c1_i64 = arith.constant 1 : i64
    %cst_10 = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]]> : tensor<1x16xi64>
    %0 = tensor.empty() : tensor<1x16xi64>
    %1 = linalg.fill ins(%c0_i64 : i64) outs(%0 : tensor<1x16xi64>) -> tensor<1x16xi64>
    %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%cst_10 : tensor<1x16xi64>) outs(%1 : tensor<1x16xi64>) {
    ^bb0(%in: i64, %out: i64):
      %161 = arith.index_cast %in : i64 to index
      %162 = arith.cmpi slt, %161, %c64 : index
      cf.assert %162, "index must be smaller than dim size"
      %163 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %163, "index must be larger or equal to 0"
      linalg.yield %c0_i64 : i64
    } -> tensor<1x16xi64>
    %embeddings.word_embeddings.weight = ml_program.global_load_const @embeddings.word_embeddings.weight : tensor<96x32xf32>
    %3 = tensor.empty() : tensor<1x16x32xf32>
    %4 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg0 : tensor<1x16xi64>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %161 = arith.index_cast %in : i64 to index
      %162 = linalg.index 2 : index
      %163 = arith.cmpi slt, %161, %c96 : index
      cf.assert %163, "index must be smaller than dim size"
      %164 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %164, "index must be larger or equal to 0"
      %extracted = tensor.extract %embeddings.word_embeddings.weight[%161, %162] : tensor<96x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %embeddings.token_type_embeddings.weight = ml_program.global_load_const @embeddings.token_type_embeddings.weight : tensor<2x32xf32>
    %5 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%2 : tensor<1x16xi64>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %161 = arith.index_cast %in : i64 to index
      %162 = linalg.index 2 : index
      %163 = arith.cmpi slt, %161, %c2 : index
      cf.assert %163, "index must be smaller than dim size"
      %164 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %164, "index must be larger or equal to 0"
      %extracted = tensor.extract %embeddings.token_type_embeddings.weight[%161, %162] : tensor<2x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %6 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%4, %5 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %embeddings.position_embeddings.weight = ml_program.global_load_const @embeddings.position_embeddings.weight : tensor<64x32xf32>
    %7 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%cst_10 : tensor<1x16xi64>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %161 = arith.index_cast %in : i64 to index
      %162 = linalg.index 2 : index
      %163 = arith.cmpi slt, %161, %c64 : index
      cf.assert %163, "index must be smaller than dim size"
      %164 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %164, "index must be larger or equal to 0"
      %extracted = tensor.extract %embeddings.position_embeddings.weight[%161, %162] : tensor<64x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %8 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%6, %7 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %embeddings.LayerNorm.weight = ml_program.global_load_const @embeddings.LayerNorm.weight : tensor<32xf32>
    %embeddings.LayerNorm.bias = ml_program.global_load_const @embeddings.LayerNorm.bias : tensor<32xf32>
    %9 = tensor.empty() : tensor<1x16x1xf32>
    %10 = linalg.fill ins(%cst : f32) outs(%9 : tensor<1x16x1xf32>) -> tensor<1x16x1xf32>
    %11 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%8 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %12 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%11 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed = tensor.collapse_shape %12 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %13 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %14 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%8, %13 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.subf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %15 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%14, %14 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %16 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%15 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %17 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%16 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %18 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%17 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.truncf %cst_6 : f64 to f32
      %162 = arith.addf %in, %161 : f32
      linalg.yield %162 : f32
    } -> tensor<1x16x1xf32>
    %19 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%18 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = math.rsqrt %in : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_11 = tensor.collapse_shape %19 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %20 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_11 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %21 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%14, %20 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %22 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%21, %embeddings.LayerNorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %23 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%22, %embeddings.LayerNorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %24 = tensor.empty() : tensor<1x16xi1>
    %25 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<1x16xi64>) outs(%24 : tensor<1x16xi1>) {
    ^bb0(%in: i64, %out: i1):
      %161 = arith.cmpi ne, %in, %c0_i64 : i64
      linalg.yield %161 : i1
    } -> tensor<1x16xi1>
    %26 = tensor.empty() : tensor<1xi64>
    %27 = linalg.generic {indexing_maps = [#map5], iterator_types = ["parallel"]} outs(%26 : tensor<1xi64>) {
    ^bb0(%out: i64):
      linalg.yield %c0_i64 : i64
    } -> tensor<1xi64>
    %28 = tensor.empty() : tensor<16xi64>
    %29 = linalg.generic {indexing_maps = [#map5], iterator_types = ["parallel"]} outs(%28 : tensor<16xi64>) {
    ^bb0(%out: i64):
      %161 = linalg.index 0 : index
      %162 = arith.index_cast %161 : index to i64
      linalg.yield %162 : i64
    } -> tensor<16xi64>
    %expanded = tensor.expand_shape %27 [[0, 1, 2, 3]] output_shape [1, 1, 1, 1] : tensor<1xi64> into tensor<1x1x1x1xi64>
    %expanded_12 = tensor.expand_shape %29 [[0, 1, 2, 3]] output_shape [1, 1, 16, 1] : tensor<16xi64> into tensor<1x1x16x1xi64>
    %expanded_13 = tensor.expand_shape %29 [[0, 1, 2, 3]] output_shape [1, 1, 1, 16] : tensor<16xi64> into tensor<1x1x1x16xi64>
    %30 = tensor.empty() : tensor<1x1x16x1xi1>
    %31 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_12 : tensor<1x1x16x1xi64>) outs(%30 : tensor<1x1x16x1xi1>) {
    ^bb0(%in: i64, %out: i1):
      %161 = arith.cmpi sge, %in, %c0_i64 : i64
      linalg.yield %161 : i1
    } -> tensor<1x1x16x1xi1>
    %32 = linalg.generic {indexing_maps = [#map7, #map6, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_4, %31 : tensor<i1>, tensor<1x1x16x1xi1>) outs(%30 : tensor<1x1x16x1xi1>) {
    ^bb0(%in: i1, %in_75: i1, %out: i1):
      %161 = arith.andi %in, %in_75 : i1
      linalg.yield %161 : i1
    } -> tensor<1x1x16x1xi1>
    %33 = tensor.empty() : tensor<1x1x1x16xi1>
    %34 = linalg.generic {indexing_maps = [#map8, #map9, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded, %expanded_13 : tensor<1x1x1x1xi64>, tensor<1x1x1x16xi64>) outs(%33 : tensor<1x1x1x16xi1>) {
    ^bb0(%in: i64, %in_75: i64, %out: i1):
      %161 = arith.cmpi slt, %in, %c0_i64 : i64
      %162 = arith.addi %in, %c1_i64 : i64
      %163 = arith.select %161, %162, %in : i64
      %164 = arith.index_cast %163 : i64 to index
      %165 = arith.cmpi slt, %in_75, %c0_i64 : i64
      %166 = arith.addi %in_75, %c16_i64 : i64
      %167 = arith.select %165, %166, %in_75 : i64
      %168 = arith.index_cast %167 : i64 to index
      %extracted = tensor.extract %25[%164, %168] : tensor<1x16xi1>
      linalg.yield %extracted : i1
    } -> tensor<1x1x1x16xi1>
    %35 = tensor.empty() : tensor<1x1x16x16xi1>
    %36 = linalg.generic {indexing_maps = [#map10, #map11, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%32, %34 : tensor<1x1x16x1xi1>, tensor<1x1x1x16xi1>) outs(%35 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_75: i1, %out: i1):
      %161 = arith.andi %in, %in_75 : i1
      linalg.yield %161 : i1
    } -> tensor<1x1x16x16xi1>
    %37 = tensor.empty() : tensor<1x1x16x16xf32>
    %38 = linalg.generic {indexing_maps = [#map6, #map7, #map7, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%36, %cst_7, %cst_3 : tensor<1x1x16x16xi1>, tensor<f32>, tensor<f32>) outs(%37 : tensor<1x1x16x16xf32>) {
    ^bb0(%in: i1, %in_75: f32, %in_76: f32, %out: f32):
      %161 = arith.select %in, %in_75, %in_76 : f32
      linalg.yield %161 : f32
    } -> tensor<1x1x16x16xf32>
    %collapsed_14 = tensor.collapse_shape %23 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %encoder.layer.0.attention.self.query.weight = ml_program.global_load_const @encoder.layer.0.attention.self.query.weight : tensor<32x32xf32>
    %39 = tensor.empty() : tensor<32x32xf32>
    %transposed = linalg.transpose ins(%encoder.layer.0.attention.self.query.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %40 = tensor.empty() : tensor<16x32xf32>
    %41 = linalg.fill ins(%cst : f32) outs(%40 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %42 = linalg.matmul ins(%collapsed_14, %transposed : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.0.attention.self.query.bias = ml_program.global_load_const @encoder.layer.0.attention.self.query.bias : tensor<32xf32>
    %43 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%42, %encoder.layer.0.attention.self.query.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_15 = tensor.expand_shape %43 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %44 = tensor.empty() : tensor<1x4x16x8xf32>
    %transposed_16 = linalg.transpose ins(%expanded_15 : tensor<1x16x4x8xf32>) outs(%44 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %encoder.layer.0.attention.self.key.weight = ml_program.global_load_const @encoder.layer.0.attention.self.key.weight : tensor<32x32xf32>
    %transposed_17 = linalg.transpose ins(%encoder.layer.0.attention.self.key.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %45 = linalg.matmul ins(%collapsed_14, %transposed_17 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.0.attention.self.key.bias = ml_program.global_load_const @encoder.layer.0.attention.self.key.bias : tensor<32xf32>
    %46 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%45, %encoder.layer.0.attention.self.key.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_18 = tensor.expand_shape %46 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %encoder.layer.0.attention.self.value.weight = ml_program.global_load_const @encoder.layer.0.attention.self.value.weight : tensor<32x32xf32>
    %transposed_19 = linalg.transpose ins(%encoder.layer.0.attention.self.value.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %47 = linalg.matmul ins(%collapsed_14, %transposed_19 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.0.attention.self.value.bias = ml_program.global_load_const @encoder.layer.0.attention.self.value.bias : tensor<32xf32>
    %48 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%47, %encoder.layer.0.attention.self.value.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_20 = tensor.expand_shape %48 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_21 = linalg.transpose ins(%expanded_20 : tensor<1x16x4x8xf32>) outs(%44 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %49 = tensor.empty() : tensor<1x4x8x16xf32>
    %transposed_22 = linalg.transpose ins(%expanded_18 : tensor<1x16x4x8xf32>) outs(%49 : tensor<1x4x8x16xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_23 = tensor.collapse_shape %transposed_16 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_24 = tensor.collapse_shape %transposed_22 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %50 = tensor.empty() : tensor<4x16x16xf32>
    %51 = linalg.fill ins(%cst : f32) outs(%50 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %52 = linalg.batch_matmul ins(%collapsed_23, %collapsed_24 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%51 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_25 = tensor.expand_shape %52 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %53 = tensor.empty() : tensor<1x4x16x16xf32>
    %54 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_25 : tensor<1x4x16x16xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.truncf %cst_5 : f64 to f32
      %162 = arith.mulf %in, %161 : f32
      linalg.yield %162 : f32
    } -> tensor<1x4x16x16xf32>
    %55 = linalg.generic {indexing_maps = [#map6, #map13, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%54, %38 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %56 = tensor.empty() : tensor<1x4x16xi64>
    %57 = linalg.fill ins(%c0_i64 : i64) outs(%56 : tensor<1x4x16xi64>) -> tensor<1x4x16xi64>
    %58 = tensor.empty() : tensor<1x4x16xf32>
    %59 = linalg.fill ins(%cst_0 : f32) outs(%58 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %60:2 = linalg.generic {indexing_maps = [#map6, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%55 : tensor<1x4x16x16xf32>) outs(%59, %57 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_75: i64):
      %161 = linalg.index 3 : index
      %162 = arith.index_cast %161 : index to i64
      %163 = arith.maximumf %in, %out : f32
      %164 = arith.cmpf ogt, %in, %out : f32
      %165 = arith.select %164, %162, %out_75 : i64
      linalg.yield %163, %165 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_26 = tensor.expand_shape %60#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %61 = linalg.generic {indexing_maps = [#map6, #map10, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%55, %expanded_26 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.subf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %62 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%61 : tensor<1x4x16x16xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = math.exp %in : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %63 = tensor.empty() : tensor<1x4x16x1xf32>
    %64 = linalg.fill ins(%cst : f32) outs(%63 : tensor<1x4x16x1xf32>) -> tensor<1x4x16x1xf32>
    %65 = linalg.generic {indexing_maps = [#map6, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%62 : tensor<1x4x16x16xf32>) outs(%64 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x1xf32>
    %66 = linalg.generic {indexing_maps = [#map6, #map10, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%62, %65 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.divf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_27 = tensor.collapse_shape %66 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_28 = tensor.collapse_shape %transposed_21 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %67 = tensor.empty() : tensor<4x16x8xf32>
    %68 = linalg.fill ins(%cst : f32) outs(%67 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %69 = linalg.batch_matmul ins(%collapsed_27, %collapsed_28 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%68 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_29 = tensor.expand_shape %69 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %70 = tensor.empty() : tensor<1x16x4x8xf32>
    %transposed_30 = linalg.transpose ins(%expanded_29 : tensor<1x4x16x8xf32>) outs(%70 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_31 = tensor.collapse_shape %transposed_30 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %encoder.layer.0.attention.output.dense.weight = ml_program.global_load_const @encoder.layer.0.attention.output.dense.weight : tensor<32x32xf32>
    %transposed_32 = linalg.transpose ins(%encoder.layer.0.attention.output.dense.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %71 = linalg.matmul ins(%collapsed_31, %transposed_32 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.0.attention.output.dense.bias = ml_program.global_load_const @encoder.layer.0.attention.output.dense.bias : tensor<32xf32>
    %72 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%71, %encoder.layer.0.attention.output.dense.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_33 = tensor.expand_shape %72 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %73 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_33, %23 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %encoder.layer.0.attention.output.LayerNorm.weight = ml_program.global_load_const @encoder.layer.0.attention.output.LayerNorm.weight : tensor<32xf32>
    %encoder.layer.0.attention.output.LayerNorm.bias = ml_program.global_load_const @encoder.layer.0.attention.output.LayerNorm.bias : tensor<32xf32>
    %74 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%73 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %75 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%74 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_34 = tensor.collapse_shape %75 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %76 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_34 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %77 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%73, %76 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.subf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %78 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%77, %77 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %79 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%78 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %80 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%79 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %81 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%80 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.truncf %cst_6 : f64 to f32
      %162 = arith.addf %in, %161 : f32
      linalg.yield %162 : f32
    } -> tensor<1x16x1xf32>
    %82 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%81 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = math.rsqrt %in : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_35 = tensor.collapse_shape %82 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %83 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_35 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %84 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%77, %83 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %85 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%84, %encoder.layer.0.attention.output.LayerNorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %86 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%85, %encoder.layer.0.attention.output.LayerNorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_36 = tensor.collapse_shape %86 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %encoder.layer.0.intermediate.dense.weight = ml_program.global_load_const @encoder.layer.0.intermediate.dense.weight : tensor<48x32xf32>
    %87 = tensor.empty() : tensor<32x48xf32>
    %transposed_37 = linalg.transpose ins(%encoder.layer.0.intermediate.dense.weight : tensor<48x32xf32>) outs(%87 : tensor<32x48xf32>) permutation = [1, 0] 
    %88 = tensor.empty() : tensor<16x48xf32>
    %89 = linalg.fill ins(%cst : f32) outs(%88 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %90 = linalg.matmul ins(%collapsed_36, %transposed_37 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%89 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %encoder.layer.0.intermediate.dense.bias = ml_program.global_load_const @encoder.layer.0.intermediate.dense.bias : tensor<48xf32>
    %91 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%90, %encoder.layer.0.intermediate.dense.bias : tensor<16x48xf32>, tensor<48xf32>) outs(%88 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x48xf32>
    %expanded_38 = tensor.expand_shape %91 [[0, 1], [2]] output_shape [1, 16, 48] : tensor<16x48xf32> into tensor<1x16x48xf32>
    %92 = tensor.empty() : tensor<1x16x48xf32>
    %93 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_38 : tensor<1x16x48xf32>) outs(%92 : tensor<1x16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_9 : f32
      %162 = math.erf %161 : f32
      %163 = arith.addf %162, %cst_1 : f32
      %164 = arith.mulf %163, %cst_2 : f32
      %165 = arith.mulf %in, %164 : f32
      linalg.yield %165 : f32
    } -> tensor<1x16x48xf32>
    %collapsed_39 = tensor.collapse_shape %93 [[0, 1], [2]] : tensor<1x16x48xf32> into tensor<16x48xf32>
    %encoder.layer.0.output.dense.weight = ml_program.global_load_const @encoder.layer.0.output.dense.weight : tensor<32x48xf32>
    %94 = tensor.empty() : tensor<48x32xf32>
    %transposed_40 = linalg.transpose ins(%encoder.layer.0.output.dense.weight : tensor<32x48xf32>) outs(%94 : tensor<48x32xf32>) permutation = [1, 0] 
    %95 = linalg.matmul ins(%collapsed_39, %transposed_40 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.0.output.dense.bias = ml_program.global_load_const @encoder.layer.0.output.dense.bias : tensor<32xf32>
    %96 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%95, %encoder.layer.0.output.dense.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_41 = tensor.expand_shape %96 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %97 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_41, %86 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %encoder.layer.0.output.LayerNorm.weight = ml_program.global_load_const @encoder.layer.0.output.LayerNorm.weight : tensor<32xf32>
    %encoder.layer.0.output.LayerNorm.bias = ml_program.global_load_const @encoder.layer.0.output.LayerNorm.bias : tensor<32xf32>
    %98 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%97 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %99 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%98 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_42 = tensor.collapse_shape %99 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %100 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_42 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %101 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%97, %100 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.subf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %102 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%101, %101 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %103 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%102 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %104 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%103 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %105 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%104 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.truncf %cst_6 : f64 to f32
      %162 = arith.addf %in, %161 : f32
      linalg.yield %162 : f32
    } -> tensor<1x16x1xf32>
    %106 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%105 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = math.rsqrt %in : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_43 = tensor.collapse_shape %106 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %107 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_43 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %108 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%101, %107 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %109 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%108, %encoder.layer.0.output.LayerNorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %110 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%109, %encoder.layer.0.output.LayerNorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_44 = tensor.collapse_shape %110 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %encoder.layer.1.attention.self.query.weight = ml_program.global_load_const @encoder.layer.1.attention.self.query.weight : tensor<32x32xf32>
    %transposed_45 = linalg.transpose ins(%encoder.layer.1.attention.self.query.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %111 = linalg.matmul ins(%collapsed_44, %transposed_45 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.1.attention.self.query.bias = ml_program.global_load_const @encoder.layer.1.attention.self.query.bias : tensor<32xf32>
    %112 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%111, %encoder.layer.1.attention.self.query.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_46 = tensor.expand_shape %112 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_47 = linalg.transpose ins(%expanded_46 : tensor<1x16x4x8xf32>) outs(%44 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %encoder.layer.1.attention.self.key.weight = ml_program.global_load_const @encoder.layer.1.attention.self.key.weight : tensor<32x32xf32>
    %transposed_48 = linalg.transpose ins(%encoder.layer.1.attention.self.key.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %113 = linalg.matmul ins(%collapsed_44, %transposed_48 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.1.attention.self.key.bias = ml_program.global_load_const @encoder.layer.1.attention.self.key.bias : tensor<32xf32>
    %114 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%113, %encoder.layer.1.attention.self.key.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_49 = tensor.expand_shape %114 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %encoder.layer.1.attention.self.value.weight = ml_program.global_load_const @encoder.layer.1.attention.self.value.weight : tensor<32x32xf32>
    %transposed_50 = linalg.transpose ins(%encoder.layer.1.attention.self.value.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %115 = linalg.matmul ins(%collapsed_44, %transposed_50 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.1.attention.self.value.bias = ml_program.global_load_const @encoder.layer.1.attention.self.value.bias : tensor<32xf32>
    %116 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%115, %encoder.layer.1.attention.self.value.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_51 = tensor.expand_shape %116 [[0, 1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_52 = linalg.transpose ins(%expanded_51 : tensor<1x16x4x8xf32>) outs(%44 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %transposed_53 = linalg.transpose ins(%expanded_49 : tensor<1x16x4x8xf32>) outs(%49 : tensor<1x4x8x16xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_54 = tensor.collapse_shape %transposed_47 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_55 = tensor.collapse_shape %transposed_53 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %117 = linalg.batch_matmul ins(%collapsed_54, %collapsed_55 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%51 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_56 = tensor.expand_shape %117 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %118 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_56 : tensor<1x4x16x16xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.truncf %cst_5 : f64 to f32
      %162 = arith.mulf %in, %161 : f32
      linalg.yield %162 : f32
    } -> tensor<1x4x16x16xf32>
    %119 = linalg.generic {indexing_maps = [#map6, #map13, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%118, %38 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %120:2 = linalg.generic {indexing_maps = [#map6, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%119 : tensor<1x4x16x16xf32>) outs(%59, %57 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_75: i64):
      %161 = linalg.index 3 : index
      %162 = arith.index_cast %161 : index to i64
      %163 = arith.maximumf %in, %out : f32
      %164 = arith.cmpf ogt, %in, %out : f32
      %165 = arith.select %164, %162, %out_75 : i64
      linalg.yield %163, %165 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_57 = tensor.expand_shape %120#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %121 = linalg.generic {indexing_maps = [#map6, #map10, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%119, %expanded_57 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.subf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %122 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%121 : tensor<1x4x16x16xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = math.exp %in : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %123 = linalg.generic {indexing_maps = [#map6, #map10], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%122 : tensor<1x4x16x16xf32>) outs(%64 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x1xf32>
    %124 = linalg.generic {indexing_maps = [#map6, #map10, #map6], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%122, %123 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%53 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.divf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_58 = tensor.collapse_shape %124 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_59 = tensor.collapse_shape %transposed_52 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %125 = linalg.batch_matmul ins(%collapsed_58, %collapsed_59 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%68 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_60 = tensor.expand_shape %125 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %transposed_61 = linalg.transpose ins(%expanded_60 : tensor<1x4x16x8xf32>) outs(%70 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_62 = tensor.collapse_shape %transposed_61 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %encoder.layer.1.attention.output.dense.weight = ml_program.global_load_const @encoder.layer.1.attention.output.dense.weight : tensor<32x32xf32>
    %transposed_63 = linalg.transpose ins(%encoder.layer.1.attention.output.dense.weight : tensor<32x32xf32>) outs(%39 : tensor<32x32xf32>) permutation = [1, 0] 
    %126 = linalg.matmul ins(%collapsed_62, %transposed_63 : tensor<16x32xf32>, tensor<32x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.1.attention.output.dense.bias = ml_program.global_load_const @encoder.layer.1.attention.output.dense.bias : tensor<32xf32>
    %127 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%126, %encoder.layer.1.attention.output.dense.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_64 = tensor.expand_shape %127 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %128 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_64, %110 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %encoder.layer.1.attention.output.LayerNorm.weight = ml_program.global_load_const @encoder.layer.1.attention.output.LayerNorm.weight : tensor<32xf32>
    %encoder.layer.1.attention.output.LayerNorm.bias = ml_program.global_load_const @encoder.layer.1.attention.output.LayerNorm.bias : tensor<32xf32>
    %129 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%128 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %130 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%129 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_65 = tensor.collapse_shape %130 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %131 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_65 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %132 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%128, %131 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.subf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %133 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%132, %132 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %134 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%133 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %135 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%134 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %136 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%135 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.truncf %cst_6 : f64 to f32
      %162 = arith.addf %in, %161 : f32
      linalg.yield %162 : f32
    } -> tensor<1x16x1xf32>
    %137 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%136 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = math.rsqrt %in : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_66 = tensor.collapse_shape %137 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %138 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_66 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %139 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%132, %138 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %140 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%139, %encoder.layer.1.attention.output.LayerNorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %141 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%140, %encoder.layer.1.attention.output.LayerNorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_67 = tensor.collapse_shape %141 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %encoder.layer.1.intermediate.dense.weight = ml_program.global_load_const @encoder.layer.1.intermediate.dense.weight : tensor<48x32xf32>
    %transposed_68 = linalg.transpose ins(%encoder.layer.1.intermediate.dense.weight : tensor<48x32xf32>) outs(%87 : tensor<32x48xf32>) permutation = [1, 0] 
    %142 = linalg.matmul ins(%collapsed_67, %transposed_68 : tensor<16x32xf32>, tensor<32x48xf32>) outs(%89 : tensor<16x48xf32>) -> tensor<16x48xf32>
    %encoder.layer.1.intermediate.dense.bias = ml_program.global_load_const @encoder.layer.1.intermediate.dense.bias : tensor<48xf32>
    %143 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%142, %encoder.layer.1.intermediate.dense.bias : tensor<16x48xf32>, tensor<48xf32>) outs(%88 : tensor<16x48xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x48xf32>
    %expanded_69 = tensor.expand_shape %143 [[0, 1], [2]] output_shape [1, 16, 48] : tensor<16x48xf32> into tensor<1x16x48xf32>
    %144 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_69 : tensor<1x16x48xf32>) outs(%92 : tensor<1x16x48xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_9 : f32
      %162 = math.erf %161 : f32
      %163 = arith.addf %162, %cst_1 : f32
      %164 = arith.mulf %163, %cst_2 : f32
      %165 = arith.mulf %in, %164 : f32
      linalg.yield %165 : f32
    } -> tensor<1x16x48xf32>
    %collapsed_70 = tensor.collapse_shape %144 [[0, 1], [2]] : tensor<1x16x48xf32> into tensor<16x48xf32>
    %encoder.layer.1.output.dense.weight = ml_program.global_load_const @encoder.layer.1.output.dense.weight : tensor<32x48xf32>
    %transposed_71 = linalg.transpose ins(%encoder.layer.1.output.dense.weight : tensor<32x48xf32>) outs(%94 : tensor<48x32xf32>) permutation = [1, 0] 
    %145 = linalg.matmul ins(%collapsed_70, %transposed_71 : tensor<16x48xf32>, tensor<48x32xf32>) outs(%41 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %encoder.layer.1.output.dense.bias = ml_program.global_load_const @encoder.layer.1.output.dense.bias : tensor<32xf32>
    %146 = linalg.generic {indexing_maps = [#map, #map12, #map], iterator_types = ["parallel", "parallel"]} ins(%145, %encoder.layer.1.output.dense.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%40 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<16x32xf32>
    %expanded_72 = tensor.expand_shape %146 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %147 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_72, %141 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %encoder.layer.1.output.LayerNorm.weight = ml_program.global_load_const @encoder.layer.1.output.LayerNorm.weight : tensor<32xf32>
    %encoder.layer.1.output.LayerNorm.bias = ml_program.global_load_const @encoder.layer.1.output.LayerNorm.bias : tensor<32xf32>
    %148 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%147 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %149 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%148 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_73 = tensor.collapse_shape %149 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %150 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_73 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %151 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%147, %150 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.subf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %152 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%151, %151 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %153 = linalg.generic {indexing_maps = [#map2, #map3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%152 : tensor<1x16x32xf32>) outs(%10 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.addf %in, %out : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %154 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%153 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.divf %in, %cst_8 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %155 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%154 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = arith.truncf %cst_6 : f64 to f32
      %162 = arith.addf %in, %161 : f32
      linalg.yield %162 : f32
    } -> tensor<1x16x1xf32>
    %156 = linalg.generic {indexing_maps = [#map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%155 : tensor<1x16x1xf32>) outs(%9 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %161 = math.rsqrt %in : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_74 = tensor.collapse_shape %156 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %157 = linalg.generic {indexing_maps = [#map1, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_74 : tensor<1x16xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %158 = linalg.generic {indexing_maps = [#map2, #map2, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%151, %157 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %159 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%158, %encoder.layer.1.output.LayerNorm.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.mulf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    %160 = linalg.generic {indexing_maps = [#map2, #map4, #map2], iterator_types = ["parallel", "parallel", "parallel"]} ins(%159, %encoder.layer.1.output.LayerNorm.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%3 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_75: f32, %out: f32):
      %161 = arith.addf %in, %in_75 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x32xf32>
    return %160 : tensor<1x16x32xf32>
  }
}
