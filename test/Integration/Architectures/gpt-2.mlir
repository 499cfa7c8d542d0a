// GPT-2 with random weights, as `python -m quant_mlir architectures --tests` writes it.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../Inputs/fold_architecture.py %s %t %quant_mlir_build/bin %quant_mlir_source/docs/Architectures.md

#extern = #ml_program.extern : tensor<96x32xf32>
#extern1 = #ml_program.extern : tensor<64x32xf32>
#extern2 = #ml_program.extern : tensor<32xf32>
#extern3 = #ml_program.extern : tensor<32x96xf32>
#extern4 = #ml_program.extern : tensor<96xf32>
#extern5 = #ml_program.extern : tensor<32x32xf32>
#extern6 = #ml_program.extern : tensor<32x128xf32>
#extern7 = #ml_program.extern : tensor<128xf32>
#extern8 = #ml_program.extern : tensor<128x32xf32>
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
  ml_program.global private @transformer.wte.weight(#extern) : tensor<96x32xf32>
  ml_program.global private @transformer.wpe.weight(#extern1) : tensor<64x32xf32>
  ml_program.global private @transformer.h.0.ln_1.weight(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.0.ln_1.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.0.attn.c_attn.weight(#extern3) : tensor<32x96xf32>
  ml_program.global private @transformer.h.0.attn.c_attn.bias(#extern4) : tensor<96xf32>
  ml_program.global private @transformer.h.0.attn.c_proj.weight(#extern5) : tensor<32x32xf32>
  ml_program.global private @transformer.h.0.attn.c_proj.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.0.ln_2.weight(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.0.ln_2.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.0.mlp.c_fc.weight(#extern6) : tensor<32x128xf32>
  ml_program.global private @transformer.h.0.mlp.c_fc.bias(#extern7) : tensor<128xf32>
  ml_program.global private @transformer.h.0.mlp.c_proj.weight(#extern8) : tensor<128x32xf32>
  ml_program.global private @transformer.h.0.mlp.c_proj.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.1.ln_1.weight(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.1.ln_1.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.1.attn.c_attn.weight(#extern3) : tensor<32x96xf32>
  ml_program.global private @transformer.h.1.attn.c_attn.bias(#extern4) : tensor<96xf32>
  ml_program.global private @transformer.h.1.attn.c_proj.weight(#extern5) : tensor<32x32xf32>
  ml_program.global private @transformer.h.1.attn.c_proj.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.1.ln_2.weight(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.1.ln_2.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.h.1.mlp.c_fc.weight(#extern6) : tensor<32x128xf32>
  ml_program.global private @transformer.h.1.mlp.c_fc.bias(#extern7) : tensor<128xf32>
  ml_program.global private @transformer.h.1.mlp.c_proj.weight(#extern8) : tensor<128x32xf32>
  ml_program.global private @transformer.h.1.mlp.c_proj.bias(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.ln_f.weight(#extern2) : tensor<32xf32>
  ml_program.global private @transformer.ln_f.bias(#extern2) : tensor<32xf32>
  func.func @main(%arg0: tensor<1x16xi64>) -> tensor<1x16x96xf32> {
    %c3_i64 = arith.constant 3 : i64
    %c0_i64 = arith.constant 0 : i64
    %c96 = arith.constant 96 : index
    %c64 = arith.constant 64 : index
    %cst = arith.constant 0.000000e+00 : f32
    %cst_0 = arith.constant 0xFF800000 : f32
    %cst_1 = arith.constant dense<-3.40282347E+38> : tensor<f32>
    %cst_2 = arith.constant dense<true> : tensor<i1>
    %cst_3 = arith.constant 0.79788456080286541 : f64
    %cst_4 = arith.constant 4.471500e-02 : f64
    %cst_5 = arith.constant 0.35355339059327379 : f64
    %cst_6 = arith.constant 1.000000e-05 : f64
    %cst_7 = arith.constant dense<0.000000e+00> : tensor<f32>
    %true = arith.constant true
    %cst_8 = arith.constant 3.200000e+01 : f32
    %cst_9 = arith.constant 5.000000e-01 : f32
    %cst_10 = arith.constant 1.000000e+00 : f32
    %transformer.wte.weight = ml_program.global_load_const @transformer.wte.weight : tensor<96x32xf32>
    %0 = tensor.empty() : tensor<1x16x32xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg0 : tensor<1x16xi64>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %160 = arith.index_cast %in : i64 to index
      %161 = linalg.index 2 : index
      %162 = arith.cmpi slt, %160, %c96 : index
      cf.assert %162, "index must be smaller than dim size"
      %163 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %163, "index must be larger or equal to 0"
      %extracted = tensor.extract %transformer.wte.weight[%160, %161] : tensor<96x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %2 = tensor.empty() : tensor<16xi64>
    %3 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%2 : tensor<16xi64>) {
    ^bb0(%out: i64):
      %160 = linalg.index 0 : index
      %161 = arith.index_cast %160 : index to i64
      linalg.yield %161 : i64
    } -> tensor<16xi64>
    %expanded = tensor.expand_shape %3 [[0, 1]] output_shape [1, 16] : tensor<16xi64> into tensor<1x16xi64>
    %transformer.wpe.weight = ml_program.global_load_const @transformer.wpe.weight : tensor<64x32xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded : tensor<1x16xi64>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: i64, %out: f32):
      %160 = arith.index_cast %in : i64 to index
      %161 = linalg.index 2 : index
      %162 = arith.cmpi slt, %160, %c64 : index
      cf.assert %162, "index must be smaller than dim size"
      %163 = arith.cmpi sge, %in, %c0_i64 : i64
      cf.assert %163, "index must be larger or equal to 0"
      %extracted = tensor.extract %transformer.wpe.weight[%160, %161] : tensor<64x32xf32>
      linalg.yield %extracted : f32
    } -> tensor<1x16x32xf32>
    %5 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1, %4 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %6 = tensor.empty() : tensor<1xi64>
    %7 = linalg.generic {indexing_maps = [#map2], iterator_types = ["parallel"]} outs(%6 : tensor<1xi64>) {
    ^bb0(%out: i64):
      linalg.yield %c0_i64 : i64
    } -> tensor<1xi64>
    %expanded_11 = tensor.expand_shape %7 [[0, 1, 2, 3]] output_shape [1, 1, 1, 1] : tensor<1xi64> into tensor<1x1x1x1xi64>
    %expanded_12 = tensor.expand_shape %3 [[0, 1, 2, 3]] output_shape [1, 1, 16, 1] : tensor<16xi64> into tensor<1x1x16x1xi64>
    %expanded_13 = tensor.expand_shape %3 [[0, 1, 2, 3]] output_shape [1, 1, 1, 16] : tensor<16xi64> into tensor<1x1x1x16xi64>
    %8 = tensor.empty() : tensor<1x1x16x16xi1>
    %9 = linalg.generic {indexing_maps = [#map3, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_13, %expanded_12 : tensor<1x1x1x16xi64>, tensor<1x1x16x1xi64>) outs(%8 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i64, %in_74: i64, %out: i1):
      %160 = arith.cmpi sle, %in, %in_74 : i64
      linalg.yield %160 : i1
    } -> tensor<1x1x16x16xi1>
    %10 = linalg.generic {indexing_maps = [#map6, #map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%cst_2, %9 : tensor<i1>, tensor<1x1x16x16xi1>) outs(%8 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_74: i1, %out: i1):
      %160 = arith.andi %in, %in_74 : i1
      linalg.yield %160 : i1
    } -> tensor<1x1x16x16xi1>
    %11 = tensor.empty() : tensor<1x1x1x16xi1>
    %12 = linalg.generic {indexing_maps = [#map7, #map8, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_11, %expanded_13 : tensor<1x1x1x1xi64>, tensor<1x1x1x16xi64>) outs(%11 : tensor<1x1x1x16xi1>) {
    ^bb0(%in: i64, %in_74: i64, %out: i1):
      linalg.yield %true : i1
    } -> tensor<1x1x1x16xi1>
    %13 = linalg.generic {indexing_maps = [#map5, #map3, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%10, %12 : tensor<1x1x16x16xi1>, tensor<1x1x1x16xi1>) outs(%8 : tensor<1x1x16x16xi1>) {
    ^bb0(%in: i1, %in_74: i1, %out: i1):
      %160 = arith.andi %in, %in_74 : i1
      linalg.yield %160 : i1
    } -> tensor<1x1x16x16xi1>
    %14 = tensor.empty() : tensor<1x1x16x16xf32>
    %15 = linalg.generic {indexing_maps = [#map5, #map6, #map6, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%13, %cst_7, %cst_1 : tensor<1x1x16x16xi1>, tensor<f32>, tensor<f32>) outs(%14 : tensor<1x1x16x16xf32>) {
    ^bb0(%in: i1, %in_74: f32, %in_75: f32, %out: f32):
      %160 = arith.select %in, %in_74, %in_75 : f32
      linalg.yield %160 : f32
    } -> tensor<1x1x16x16xf32>
    %transformer.h.0.ln_1.weight = ml_program.global_load_const @transformer.h.0.ln_1.weight : tensor<32xf32>
    %transformer.h.0.ln_1.bias = ml_program.global_load_const @transformer.h.0.ln_1.bias : tensor<32xf32>
    %16 = tensor.empty() : tensor<1x16x1xf32>
    %17 = linalg.fill ins(%cst : f32) outs(%16 : tensor<1x16x1xf32>) -> tensor<1x16x1xf32>
    %18 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%5 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %19 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%18 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed = tensor.collapse_shape %19 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %20 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %21 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%5, %20 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.subf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %22 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%21, %21 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %23 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%22 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %24 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%23 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %25 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%24 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_6 : f64 to f32
      %161 = arith.addf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %26 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%25 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.rsqrt %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_14 = tensor.collapse_shape %26 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %27 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_14 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %28 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%21, %27 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %29 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%28, %transformer.h.0.ln_1.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %30 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%29, %transformer.h.0.ln_1.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_15 = tensor.collapse_shape %30 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %transformer.h.0.attn.c_attn.weight = ml_program.global_load_const @transformer.h.0.attn.c_attn.weight : tensor<32x96xf32>
    %31 = tensor.empty() : tensor<16x96xf32>
    %32 = linalg.fill ins(%cst : f32) outs(%31 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %33 = linalg.matmul ins(%collapsed_15, %transformer.h.0.attn.c_attn.weight : tensor<16x32xf32>, tensor<32x96xf32>) outs(%32 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %transformer.h.0.attn.c_attn.bias = ml_program.global_load_const @transformer.h.0.attn.c_attn.bias : tensor<96xf32>
    %34 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%33, %transformer.h.0.attn.c_attn.bias : tensor<16x96xf32>, tensor<96xf32>) outs(%31 : tensor<16x96xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x96xf32>
    %expanded_16 = tensor.expand_shape %34 [[0, 1], [2]] output_shape [1, 16, 96] : tensor<16x96xf32> into tensor<1x16x96xf32>
    %extracted_slice = tensor.extract_slice %expanded_16[0, 0, 0] [1, 16, 32] [1, 1, 1] : tensor<1x16x96xf32> to tensor<1x16x32xf32>
    %extracted_slice_17 = tensor.extract_slice %expanded_16[0, 0, 32] [1, 16, 32] [1, 1, 1] : tensor<1x16x96xf32> to tensor<1x16x32xf32>
    %extracted_slice_18 = tensor.extract_slice %expanded_16[0, 0, 64] [1, 16, 32] [1, 1, 1] : tensor<1x16x96xf32> to tensor<1x16x32xf32>
    %expanded_19 = tensor.expand_shape %extracted_slice_17 [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %expanded_20 = tensor.expand_shape %extracted_slice_18 [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %35 = tensor.empty() : tensor<1x4x16x8xf32>
    %transposed = linalg.transpose ins(%expanded_20 : tensor<1x16x4x8xf32>) outs(%35 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %expanded_21 = tensor.expand_shape %extracted_slice [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_22 = linalg.transpose ins(%expanded_21 : tensor<1x16x4x8xf32>) outs(%35 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %36 = tensor.empty() : tensor<1x4x8x16xf32>
    %transposed_23 = linalg.transpose ins(%expanded_19 : tensor<1x16x4x8xf32>) outs(%36 : tensor<1x4x8x16xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_24 = tensor.collapse_shape %transposed_22 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_25 = tensor.collapse_shape %transposed_23 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %37 = tensor.empty() : tensor<4x16x16xf32>
    %38 = linalg.fill ins(%cst : f32) outs(%37 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %39 = linalg.batch_matmul ins(%collapsed_24, %collapsed_25 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%38 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_26 = tensor.expand_shape %39 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %40 = tensor.empty() : tensor<1x4x16x16xf32>
    %41 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_26 : tensor<1x4x16x16xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_5 : f64 to f32
      %161 = arith.mulf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %42 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%41, %15 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %43 = tensor.empty() : tensor<1x4x16xi64>
    %44 = linalg.fill ins(%c0_i64 : i64) outs(%43 : tensor<1x4x16xi64>) -> tensor<1x4x16xi64>
    %45 = tensor.empty() : tensor<1x4x16xf32>
    %46 = linalg.fill ins(%cst_0 : f32) outs(%45 : tensor<1x4x16xf32>) -> tensor<1x4x16xf32>
    %47:2 = linalg.generic {indexing_maps = [#map5, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%42 : tensor<1x4x16x16xf32>) outs(%46, %44 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_74: i64):
      %160 = linalg.index 3 : index
      %161 = arith.index_cast %160 : index to i64
      %162 = arith.maximumf %in, %out : f32
      %163 = arith.cmpf ogt, %in, %out : f32
      %164 = arith.select %163, %161, %out_74 : i64
      linalg.yield %162, %164 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_27 = tensor.expand_shape %47#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %48 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%42, %expanded_27 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.subf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %49 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%48 : tensor<1x4x16x16xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.exp %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %50 = tensor.empty() : tensor<1x4x16x1xf32>
    %51 = linalg.fill ins(%cst : f32) outs(%50 : tensor<1x4x16x1xf32>) -> tensor<1x4x16x1xf32>
    %52 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%49 : tensor<1x4x16x16xf32>) outs(%51 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x1xf32>
    %53 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%49, %52 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.divf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_28 = tensor.collapse_shape %53 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_29 = tensor.collapse_shape %transposed [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %54 = tensor.empty() : tensor<4x16x8xf32>
    %55 = linalg.fill ins(%cst : f32) outs(%54 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %56 = linalg.batch_matmul ins(%collapsed_28, %collapsed_29 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%55 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_30 = tensor.expand_shape %56 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %57 = tensor.empty() : tensor<1x16x4x8xf32>
    %transposed_31 = linalg.transpose ins(%expanded_30 : tensor<1x4x16x8xf32>) outs(%57 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_32 = tensor.collapse_shape %transposed_31 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %transformer.h.0.attn.c_proj.weight = ml_program.global_load_const @transformer.h.0.attn.c_proj.weight : tensor<32x32xf32>
    %58 = tensor.empty() : tensor<16x32xf32>
    %59 = linalg.fill ins(%cst : f32) outs(%58 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %60 = linalg.matmul ins(%collapsed_32, %transformer.h.0.attn.c_proj.weight : tensor<16x32xf32>, tensor<32x32xf32>) outs(%59 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %transformer.h.0.attn.c_proj.bias = ml_program.global_load_const @transformer.h.0.attn.c_proj.bias : tensor<32xf32>
    %61 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%60, %transformer.h.0.attn.c_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%58 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x32xf32>
    %expanded_33 = tensor.expand_shape %61 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %62 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_33, %5 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %transformer.h.0.ln_2.weight = ml_program.global_load_const @transformer.h.0.ln_2.weight : tensor<32xf32>
    %transformer.h.0.ln_2.bias = ml_program.global_load_const @transformer.h.0.ln_2.bias : tensor<32xf32>
    %63 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%62 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %64 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%63 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_34 = tensor.collapse_shape %64 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %65 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_34 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %66 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%62, %65 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.subf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %67 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%66, %66 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %68 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%67 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %69 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%68 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %70 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%69 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_6 : f64 to f32
      %161 = arith.addf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %71 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%70 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.rsqrt %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_35 = tensor.collapse_shape %71 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %72 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_35 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %73 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%66, %72 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %74 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%73, %transformer.h.0.ln_2.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %75 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%74, %transformer.h.0.ln_2.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_36 = tensor.collapse_shape %75 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %transformer.h.0.mlp.c_fc.weight = ml_program.global_load_const @transformer.h.0.mlp.c_fc.weight : tensor<32x128xf32>
    %76 = tensor.empty() : tensor<16x128xf32>
    %77 = linalg.fill ins(%cst : f32) outs(%76 : tensor<16x128xf32>) -> tensor<16x128xf32>
    %78 = linalg.matmul ins(%collapsed_36, %transformer.h.0.mlp.c_fc.weight : tensor<16x32xf32>, tensor<32x128xf32>) outs(%77 : tensor<16x128xf32>) -> tensor<16x128xf32>
    %transformer.h.0.mlp.c_fc.bias = ml_program.global_load_const @transformer.h.0.mlp.c_fc.bias : tensor<128xf32>
    %79 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%78, %transformer.h.0.mlp.c_fc.bias : tensor<16x128xf32>, tensor<128xf32>) outs(%76 : tensor<16x128xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x128xf32>
    %expanded_37 = tensor.expand_shape %79 [[0, 1], [2]] output_shape [1, 16, 128] : tensor<16x128xf32> into tensor<1x16x128xf32>
    %80 = tensor.empty() : tensor<1x16x128xf32>
    %81 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_37 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.mulf %in, %cst_9 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %82 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_37 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.fpowi %in, %c3_i64 : f32, i64
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %83 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%82 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_4 : f64 to f32
      %161 = arith.mulf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x128xf32>
    %84 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_37, %83 : tensor<1x16x128xf32>, tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %85 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%84 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_3 : f64 to f32
      %161 = arith.mulf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x128xf32>
    %86 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%85 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.tanh %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %87 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%86 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %cst_10 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %88 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%81, %87 : tensor<1x16x128xf32>, tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %collapsed_38 = tensor.collapse_shape %88 [[0, 1], [2]] : tensor<1x16x128xf32> into tensor<16x128xf32>
    %transformer.h.0.mlp.c_proj.weight = ml_program.global_load_const @transformer.h.0.mlp.c_proj.weight : tensor<128x32xf32>
    %89 = linalg.matmul ins(%collapsed_38, %transformer.h.0.mlp.c_proj.weight : tensor<16x128xf32>, tensor<128x32xf32>) outs(%59 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %transformer.h.0.mlp.c_proj.bias = ml_program.global_load_const @transformer.h.0.mlp.c_proj.bias : tensor<32xf32>
    %90 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%89, %transformer.h.0.mlp.c_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%58 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x32xf32>
    %expanded_39 = tensor.expand_shape %90 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %91 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%62, %expanded_39 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %transformer.h.1.ln_1.weight = ml_program.global_load_const @transformer.h.1.ln_1.weight : tensor<32xf32>
    %transformer.h.1.ln_1.bias = ml_program.global_load_const @transformer.h.1.ln_1.bias : tensor<32xf32>
    %92 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%91 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %93 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%92 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_40 = tensor.collapse_shape %93 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %94 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_40 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %95 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%91, %94 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.subf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %96 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%95, %95 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %97 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%96 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %98 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%97 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %99 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%98 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_6 : f64 to f32
      %161 = arith.addf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %100 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%99 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.rsqrt %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_41 = tensor.collapse_shape %100 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %101 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_41 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %102 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%95, %101 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %103 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%102, %transformer.h.1.ln_1.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %104 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%103, %transformer.h.1.ln_1.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_42 = tensor.collapse_shape %104 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %transformer.h.1.attn.c_attn.weight = ml_program.global_load_const @transformer.h.1.attn.c_attn.weight : tensor<32x96xf32>
    %105 = linalg.matmul ins(%collapsed_42, %transformer.h.1.attn.c_attn.weight : tensor<16x32xf32>, tensor<32x96xf32>) outs(%32 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %transformer.h.1.attn.c_attn.bias = ml_program.global_load_const @transformer.h.1.attn.c_attn.bias : tensor<96xf32>
    %106 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%105, %transformer.h.1.attn.c_attn.bias : tensor<16x96xf32>, tensor<96xf32>) outs(%31 : tensor<16x96xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x96xf32>
    %expanded_43 = tensor.expand_shape %106 [[0, 1], [2]] output_shape [1, 16, 96] : tensor<16x96xf32> into tensor<1x16x96xf32>
    %extracted_slice_44 = tensor.extract_slice %expanded_43[0, 0, 0] [1, 16, 32] [1, 1, 1] : tensor<1x16x96xf32> to tensor<1x16x32xf32>
    %extracted_slice_45 = tensor.extract_slice %expanded_43[0, 0, 32] [1, 16, 32] [1, 1, 1] : tensor<1x16x96xf32> to tensor<1x16x32xf32>
    %extracted_slice_46 = tensor.extract_slice %expanded_43[0, 0, 64] [1, 16, 32] [1, 1, 1] : tensor<1x16x96xf32> to tensor<1x16x32xf32>
    %expanded_47 = tensor.expand_shape %extracted_slice_45 [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %expanded_48 = tensor.expand_shape %extracted_slice_46 [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_49 = linalg.transpose ins(%expanded_48 : tensor<1x16x4x8xf32>) outs(%35 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %expanded_50 = tensor.expand_shape %extracted_slice_44 [[0], [1], [2, 3]] output_shape [1, 16, 4, 8] : tensor<1x16x32xf32> into tensor<1x16x4x8xf32>
    %transposed_51 = linalg.transpose ins(%expanded_50 : tensor<1x16x4x8xf32>) outs(%35 : tensor<1x4x16x8xf32>) permutation = [0, 2, 1, 3] 
    %transposed_52 = linalg.transpose ins(%expanded_47 : tensor<1x16x4x8xf32>) outs(%36 : tensor<1x4x8x16xf32>) permutation = [0, 2, 3, 1] 
    %collapsed_53 = tensor.collapse_shape %transposed_51 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %collapsed_54 = tensor.collapse_shape %transposed_52 [[0, 1], [2], [3]] : tensor<1x4x8x16xf32> into tensor<4x8x16xf32>
    %107 = linalg.batch_matmul ins(%collapsed_53, %collapsed_54 : tensor<4x16x8xf32>, tensor<4x8x16xf32>) outs(%38 : tensor<4x16x16xf32>) -> tensor<4x16x16xf32>
    %expanded_55 = tensor.expand_shape %107 [[0, 1], [2], [3]] output_shape [1, 4, 16, 16] : tensor<4x16x16xf32> into tensor<1x4x16x16xf32>
    %108 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded_55 : tensor<1x4x16x16xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_5 : f64 to f32
      %161 = arith.mulf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x4x16x16xf32>
    %109 = linalg.generic {indexing_maps = [#map5, #map13, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%108, %15 : tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %110:2 = linalg.generic {indexing_maps = [#map5, #map14, #map14], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%109 : tensor<1x4x16x16xf32>) outs(%46, %44 : tensor<1x4x16xf32>, tensor<1x4x16xi64>) {
    ^bb0(%in: f32, %out: f32, %out_74: i64):
      %160 = linalg.index 3 : index
      %161 = arith.index_cast %160 : index to i64
      %162 = arith.maximumf %in, %out : f32
      %163 = arith.cmpf ogt, %in, %out : f32
      %164 = arith.select %163, %161, %out_74 : i64
      linalg.yield %162, %164 : f32, i64
    } -> (tensor<1x4x16xf32>, tensor<1x4x16xi64>)
    %expanded_56 = tensor.expand_shape %110#0 [[0], [1], [2, 3]] output_shape [1, 4, 16, 1] : tensor<1x4x16xf32> into tensor<1x4x16x1xf32>
    %111 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%109, %expanded_56 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.subf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %112 = linalg.generic {indexing_maps = [#map5, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%111 : tensor<1x4x16x16xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.exp %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %113 = linalg.generic {indexing_maps = [#map5, #map4], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%112 : tensor<1x4x16x16xf32>) outs(%51 : tensor<1x4x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x1xf32>
    %114 = linalg.generic {indexing_maps = [#map5, #map4, #map5], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%112, %113 : tensor<1x4x16x16xf32>, tensor<1x4x16x1xf32>) outs(%40 : tensor<1x4x16x16xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.divf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x4x16x16xf32>
    %collapsed_57 = tensor.collapse_shape %114 [[0, 1], [2], [3]] : tensor<1x4x16x16xf32> into tensor<4x16x16xf32>
    %collapsed_58 = tensor.collapse_shape %transposed_49 [[0, 1], [2], [3]] : tensor<1x4x16x8xf32> into tensor<4x16x8xf32>
    %115 = linalg.batch_matmul ins(%collapsed_57, %collapsed_58 : tensor<4x16x16xf32>, tensor<4x16x8xf32>) outs(%55 : tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
    %expanded_59 = tensor.expand_shape %115 [[0, 1], [2], [3]] output_shape [1, 4, 16, 8] : tensor<4x16x8xf32> into tensor<1x4x16x8xf32>
    %transposed_60 = linalg.transpose ins(%expanded_59 : tensor<1x4x16x8xf32>) outs(%57 : tensor<1x16x4x8xf32>) permutation = [0, 2, 1, 3] 
    %collapsed_61 = tensor.collapse_shape %transposed_60 [[0, 1], [2, 3]] : tensor<1x16x4x8xf32> into tensor<16x32xf32>
    %transformer.h.1.attn.c_proj.weight = ml_program.global_load_const @transformer.h.1.attn.c_proj.weight : tensor<32x32xf32>
    %116 = linalg.matmul ins(%collapsed_61, %transformer.h.1.attn.c_proj.weight : tensor<16x32xf32>, tensor<32x32xf32>) outs(%59 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %transformer.h.1.attn.c_proj.bias = ml_program.global_load_const @transformer.h.1.attn.c_proj.bias : tensor<32xf32>
    %117 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%116, %transformer.h.1.attn.c_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%58 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x32xf32>
    %expanded_62 = tensor.expand_shape %117 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %118 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_62, %91 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %transformer.h.1.ln_2.weight = ml_program.global_load_const @transformer.h.1.ln_2.weight : tensor<32xf32>
    %transformer.h.1.ln_2.bias = ml_program.global_load_const @transformer.h.1.ln_2.bias : tensor<32xf32>
    %119 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%118 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %120 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%119 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_63 = tensor.collapse_shape %120 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %121 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_63 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %122 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%118, %121 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.subf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %123 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%122, %122 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %124 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%123 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %125 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%124 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %126 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%125 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_6 : f64 to f32
      %161 = arith.addf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %127 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%126 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.rsqrt %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_64 = tensor.collapse_shape %127 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %128 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_64 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %129 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%122, %128 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %130 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%129, %transformer.h.1.ln_2.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %131 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%130, %transformer.h.1.ln_2.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %collapsed_65 = tensor.collapse_shape %131 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %transformer.h.1.mlp.c_fc.weight = ml_program.global_load_const @transformer.h.1.mlp.c_fc.weight : tensor<32x128xf32>
    %132 = linalg.matmul ins(%collapsed_65, %transformer.h.1.mlp.c_fc.weight : tensor<16x32xf32>, tensor<32x128xf32>) outs(%77 : tensor<16x128xf32>) -> tensor<16x128xf32>
    %transformer.h.1.mlp.c_fc.bias = ml_program.global_load_const @transformer.h.1.mlp.c_fc.bias : tensor<128xf32>
    %133 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%132, %transformer.h.1.mlp.c_fc.bias : tensor<16x128xf32>, tensor<128xf32>) outs(%76 : tensor<16x128xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x128xf32>
    %expanded_66 = tensor.expand_shape %133 [[0, 1], [2]] output_shape [1, 16, 128] : tensor<16x128xf32> into tensor<1x16x128xf32>
    %134 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_66 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.mulf %in, %cst_9 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %135 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_66 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.fpowi %in, %c3_i64 : f32, i64
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %136 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%135 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_4 : f64 to f32
      %161 = arith.mulf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x128xf32>
    %137 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_66, %136 : tensor<1x16x128xf32>, tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %138 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%137 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_3 : f64 to f32
      %161 = arith.mulf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x128xf32>
    %139 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%138 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.tanh %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %140 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%139 : tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %cst_10 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %141 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%134, %140 : tensor<1x16x128xf32>, tensor<1x16x128xf32>) outs(%80 : tensor<1x16x128xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x128xf32>
    %collapsed_67 = tensor.collapse_shape %141 [[0, 1], [2]] : tensor<1x16x128xf32> into tensor<16x128xf32>
    %transformer.h.1.mlp.c_proj.weight = ml_program.global_load_const @transformer.h.1.mlp.c_proj.weight : tensor<128x32xf32>
    %142 = linalg.matmul ins(%collapsed_67, %transformer.h.1.mlp.c_proj.weight : tensor<16x128xf32>, tensor<128x32xf32>) outs(%59 : tensor<16x32xf32>) -> tensor<16x32xf32>
    %transformer.h.1.mlp.c_proj.bias = ml_program.global_load_const @transformer.h.1.mlp.c_proj.bias : tensor<32xf32>
    %143 = linalg.generic {indexing_maps = [#map11, #map12, #map11], iterator_types = ["parallel", "parallel"]} ins(%142, %transformer.h.1.mlp.c_proj.bias : tensor<16x32xf32>, tensor<32xf32>) outs(%58 : tensor<16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<16x32xf32>
    %expanded_68 = tensor.expand_shape %143 [[0, 1], [2]] output_shape [1, 16, 32] : tensor<16x32xf32> into tensor<1x16x32xf32>
    %144 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%118, %expanded_68 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %transformer.ln_f.weight = ml_program.global_load_const @transformer.ln_f.weight : tensor<32xf32>
    %transformer.ln_f.bias = ml_program.global_load_const @transformer.ln_f.bias : tensor<32xf32>
    %145 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%144 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %146 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%145 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_69 = tensor.collapse_shape %146 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %147 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_69 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %148 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%144, %147 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.subf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %149 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%148, %148 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %150 = linalg.generic {indexing_maps = [#map1, #map9], iterator_types = ["parallel", "parallel", "reduction"]} ins(%149 : tensor<1x16x32xf32>) outs(%17 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.addf %in, %out : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %151 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%150 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.divf %in, %cst_8 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %152 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%151 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = arith.truncf %cst_6 : f64 to f32
      %161 = arith.addf %in, %160 : f32
      linalg.yield %161 : f32
    } -> tensor<1x16x1xf32>
    %153 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%152 : tensor<1x16x1xf32>) outs(%16 : tensor<1x16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %160 = math.rsqrt %in : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x1xf32>
    %collapsed_70 = tensor.collapse_shape %153 [[0], [1, 2]] : tensor<1x16x1xf32> into tensor<1x16xf32>
    %154 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%collapsed_70 : tensor<1x16xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x16x32xf32>
    %155 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%148, %154 : tensor<1x16x32xf32>, tensor<1x16x32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %156 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%155, %transformer.ln_f.weight : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.mulf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %157 = linalg.generic {indexing_maps = [#map1, #map10, #map1], iterator_types = ["parallel", "parallel", "parallel"]} ins(%156, %transformer.ln_f.bias : tensor<1x16x32xf32>, tensor<32xf32>) outs(%0 : tensor<1x16x32xf32>) {
    ^bb0(%in: f32, %in_74: f32, %out: f32):
      %160 = arith.addf %in, %in_74 : f32
      linalg.yield %160 : f32
    } -> tensor<1x16x32xf32>
    %158 = tensor.empty() : tensor<32x96xf32>
    %transposed_71 = linalg.transpose ins(%transformer.wte.weight : tensor<96x32xf32>) outs(%158 : tensor<32x96xf32>) permutation = [1, 0] 
    %collapsed_72 = tensor.collapse_shape %157 [[0, 1], [2]] : tensor<1x16x32xf32> into tensor<16x32xf32>
    %159 = linalg.matmul ins(%collapsed_72, %transposed_71 : tensor<16x32xf32>, tensor<32x96xf32>) outs(%32 : tensor<16x96xf32>) -> tensor<16x96xf32>
    %expanded_73 = tensor.expand_shape %159 [[0, 1], [2]] output_shape [1, 16, 96] : tensor<16x96xf32> into tensor<1x16x96xf32>
    return %expanded_73 : tensor<1x16x96xf32>
  }
}
