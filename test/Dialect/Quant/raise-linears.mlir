// RUN: quant-opt %s --quant-raise-linears --split-input-file | FileCheck %s

// A linear as torch-mlir writes it, of an external weight. Two linears of one
// activation share its reshape, and a bias after the reshape moves before it.

#bias = affine_map<(d0, d1, d2) -> (d2)>
#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
ml_program.global private @"q.weight"(#ml_program.extern : tensor<6x4xf32>) : tensor<6x4xf32>
ml_program.global private @"k.weight"(#ml_program.extern : tensor<6x4xf32>) : tensor<6x4xf32>
ml_program.global private @"k.bias"(#ml_program.extern : tensor<6xf32>) : tensor<6xf32>

// CHECK-DAG: #[[$XK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$WK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[$B:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @torch(
// CHECK-SAME:    %[[X:.*]]: tensor<2x3x4xf32>
func.func @torch(%x: tensor<2x3x4xf32>) -> (tensor<2x3x6xf32>, tensor<2x3x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %q = ml_program.global_load_const @"q.weight" : tensor<6x4xf32>
  %k = ml_program.global_load_const @"k.weight" : tensor<6x4xf32>
  %b = ml_program.global_load_const @"k.bias" : tensor<6xf32>
  %te = tensor.empty() : tensor<4x6xf32>
  %qt = linalg.transpose ins(%q : tensor<6x4xf32>) outs(%te : tensor<4x6xf32>) permutation = [1, 0]
  %kt = linalg.transpose ins(%k : tensor<6x4xf32>) outs(%te : tensor<4x6xf32>) permutation = [1, 0]
  %ye = tensor.empty() : tensor<6x6xf32>
  %y0 = linalg.fill ins(%zero : f32) outs(%ye : tensor<6x6xf32>) -> tensor<6x6xf32>
  // CHECK-DAG: %[[Q:.*]] = ml_program.global_load_const @q.weight
  // CHECK-DAG: %[[K:.*]] = ml_program.global_load_const @k.weight
  // CHECK-DAG: %[[B:.*]] = ml_program.global_load_const @k.bias
  // CHECK-NOT: linalg.transpose
  // CHECK: %[[C:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2]]
  %c0 = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  %c1 = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  // CHECK: %[[MQ:.*]] = linalg.matmul indexing_maps = [#[[$XK]], #[[$WK]], #[[$Y]]] ins(%[[C]], %[[Q]] : tensor<6x4xf32>, tensor<6x4xf32>)
  %0 = linalg.matmul ins(%c0, %qt : tensor<6x4xf32>, tensor<4x6xf32>) outs(%y0 : tensor<6x6xf32>) -> tensor<6x6xf32>
  // CHECK: %[[EQ:.*]] = tensor.expand_shape %[[MQ]]
  %1 = tensor.expand_shape %0 [[0, 1], [2]] output_shape [2, 3, 6] : tensor<6x6xf32> into tensor<2x3x6xf32>
  // CHECK: %[[MK:.*]] = linalg.matmul indexing_maps = [#[[$XK]], #[[$WK]], #[[$Y]]] ins(%[[C]], %[[K]] : tensor<6x4xf32>, tensor<6x4xf32>)
  %2 = linalg.matmul ins(%c1, %kt : tensor<6x4xf32>, tensor<4x6xf32>) outs(%y0 : tensor<6x6xf32>) -> tensor<6x6xf32>
  %3 = tensor.expand_shape %2 [[0, 1], [2]] output_shape [2, 3, 6] : tensor<6x6xf32> into tensor<2x3x6xf32>
  // CHECK: %[[S:.*]] = linalg.generic {indexing_maps = [#[[$Y2:.*]], #[[$B]], #[[$Y2]]]{{.*}} ins(%[[MK]], %[[B]] : tensor<6x6xf32>, tensor<6xf32>)
  // CHECK: arith.addf
  // CHECK: %[[EK:.*]] = tensor.expand_shape %[[S]]
  %e = tensor.empty() : tensor<2x3x6xf32>
  %4 = linalg.generic {indexing_maps = [#bias, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%b, %3 : tensor<6xf32>, tensor<2x3x6xf32>) outs(%e : tensor<2x3x6xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %5 = arith.addf %in, %in_0 : f32
    linalg.yield %5 : f32
  } -> tensor<2x3x6xf32>
  // CHECK: return %[[EQ]], %[[EK]]
  return %1, %4 : tensor<2x3x6xf32>, tensor<2x3x6xf32>
}

// -----

// GPT-2's parameters are K×N. A constant is transposed; an external weight is
// transposed by an op until its data is bound.

ml_program.global private @"fc.weight"(#ml_program.extern : tensor<2x3xf32>) : tensor<2x3xf32>

// CHECK-LABEL: func @stored_kxn(
// CHECK-SAME:    %[[X:.*]]: tensor<5x2xf32>
func.func @stored_kxn(%x: tensor<5x2xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>) {
  // CHECK-DAG: %[[C:.*]] = arith.constant dense_resource<"proj.weight@2"> : tensor<3x2xf32>
  // CHECK-DAG: %[[W:.*]] = ml_program.global_load_const @fc.weight
  // CHECK: %[[T:.*]] = linalg.transpose ins(%[[W]] : tensor<2x3xf32>)
  // CHECK: linalg.matmul {{.*}} ins(%[[X]], %[[T]] : tensor<5x2xf32>, tensor<3x2xf32>)
  // CHECK: linalg.matmul {{.*}} ins(%[[X]], %[[C]] : tensor<5x2xf32>, tensor<3x2xf32>)
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @"fc.weight" : tensor<2x3xf32>
  %c = arith.constant dense_resource<proj.weight> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<5x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x3xf32>) -> tensor<5x3xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<5x2xf32>, tensor<2x3xf32>) outs(%f : tensor<5x3xf32>) -> tensor<5x3xf32>
  %1 = linalg.matmul ins(%x, %c : tensor<5x2xf32>, tensor<2x3xf32>) outs(%f : tensor<5x3xf32>) -> tensor<5x3xf32>
  return %0, %1 : tensor<5x3xf32>, tensor<5x3xf32>
}

// The matrix [[1, 2, 3], [4, 5, 6]] becomes [[1, 4], [2, 5], [3, 6]].
// CHECK: "proj.weight@2": "0x400000000000803F00008040000000400000A040000040400000C040"
{-#
  dialect_resources: {
    builtin: {
      proj.weight: "0x040000000000803F0000004000004040000080400000A0400000C040"
    }
  }
#-}

// -----

// A weight that a generic repeats for each batch; the batch is dynamic, and the
// destination holds a value to add.

#wide = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#row = affine_map<(d0, d1, d2) -> (d1, d2)>
ml_program.global private @"w.weight"(#ml_program.extern : tensor<6x4xf32>) : tensor<6x4xf32>

// CHECK-LABEL: func @broadcast_weight(
// CHECK-SAME:    %[[X:.*]]: tensor<?x3x4xf32>, %[[INIT:.*]]: tensor<?x3x6xf32>
func.func @broadcast_weight(%x: tensor<?x3x4xf32>, %init: tensor<?x3x6xf32>) -> tensor<?x3x6xf32> {
  // CHECK-DAG: %[[W:.*]] = ml_program.global_load_const @w.weight
  // CHECK-DAG: %[[C:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2]] : tensor<?x3x4xf32> into tensor<?x4xf32>
  // CHECK: %[[M:.*]] = linalg.matmul {{.*}} ins(%[[C]], %[[W]] : tensor<?x4xf32>, tensor<6x4xf32>)
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[M]] {{\[\[}}0, 1], [2]] output_shape [%{{.*}}, 3, 6]
  // CHECK: linalg.generic {{.*}} ins(%[[E]], %[[INIT]] :
  // CHECK: arith.addf
  %c0 = arith.constant 0 : index
  %w = ml_program.global_load_const @"w.weight" : tensor<6x4xf32>
  %te = tensor.empty() : tensor<4x6xf32>
  %t = linalg.transpose ins(%w : tensor<6x4xf32>) outs(%te : tensor<4x6xf32>) permutation = [1, 0]
  %b = tensor.dim %x, %c0 : tensor<?x3x4xf32>
  %be = tensor.empty(%b) : tensor<?x4x6xf32>
  %bw = linalg.generic {indexing_maps = [#row, #wide], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%t : tensor<4x6xf32>) outs(%be : tensor<?x4x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<?x4x6xf32>
  %0 = linalg.batch_matmul ins(%x, %bw : tensor<?x3x4xf32>, tensor<?x4x6xf32>) outs(%init : tensor<?x3x6xf32>) -> tensor<?x3x6xf32>
  return %0 : tensor<?x3x6xf32>
}

// -----

// The weight on the left, rows last, and a contraction written as a generic.

#w = affine_map<(d0, d1, d2, d3) -> (d1, d3)>
#x = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
#y = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>

// CHECK-LABEL: func @weight_first(
// CHECK-SAME:    %[[X:.*]]: tensor<2x4x3xf32>
func.func @weight_first(%x: tensor<2x4x3xf32>) -> tensor<2x6x3xf32> {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<1.000000e+00> : tensor<6x4xf32>
  // CHECK: %[[T:.*]] = linalg.transpose ins(%[[X]] : tensor<2x4x3xf32>) outs({{.*}} : tensor<2x3x4xf32>) permutation = [0, 2, 1]
  // CHECK: %[[C:.*]] = tensor.collapse_shape %[[T]]
  // CHECK: %[[M:.*]] = linalg.matmul {{.*}} ins(%[[C]], %[[W]] :
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[M]] {{.*}} into tensor<2x3x6xf32>
  // CHECK: linalg.transpose ins(%[[E]] : tensor<2x3x6xf32>) outs({{.*}} : tensor<2x6x3xf32>) permutation = [0, 2, 1]
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<6x4xf32>
  %e = tensor.empty() : tensor<2x6x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x6x3xf32>) -> tensor<2x6x3xf32>
  %0 = linalg.generic {indexing_maps = [#w, #x, #y], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w, %x : tensor<6x4xf32>, tensor<2x4x3xf32>) outs(%f : tensor<2x6x3xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %1 = arith.mulf %in, %in_0 : f32
    %2 = arith.addf %out, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<2x6x3xf32>
  return %0 : tensor<2x6x3xf32>
}

// -----

// Attention's products have no weight. The index of a maximum that nothing
// reads is dropped.

#in = affine_map<(d0, d1) -> (d0, d1)>
#red = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func @not_linears(
func.func @not_linears(%q: tensor<2x3x4xf32>, %k: tensor<2x4x3xf32>, %s: tensor<3x5xf32>) -> (tensor<2x3x3xf32>, tensor<3xf32>) {
  // CHECK: linalg.batch_matmul
  // CHECK: linalg.generic {{.*}}"reduction"]} ins(%{{.*}} : tensor<3x5xf32>) outs(%{{.*}} : tensor<3xf32>)
  // CHECK-NOT: arith.select
  // CHECK: linalg.yield %{{[^,]*}} : f32
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %i0 = arith.constant 0 : i64
  %e = tensor.empty() : tensor<2x3x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %0 = linalg.batch_matmul ins(%q, %k : tensor<2x3x4xf32>, tensor<2x4x3xf32>) outs(%f : tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %e1 = tensor.empty() : tensor<3xf32>
  %f1 = linalg.fill ins(%ninf : f32) outs(%e1 : tensor<3xf32>) -> tensor<3xf32>
  %e2 = tensor.empty() : tensor<3xi64>
  %f2 = linalg.fill ins(%i0 : i64) outs(%e2 : tensor<3xi64>) -> tensor<3xi64>
  %1:2 = linalg.generic {indexing_maps = [#in, #red, #red], iterator_types = ["parallel", "reduction"]}
      ins(%s : tensor<3x5xf32>) outs(%f1, %f2 : tensor<3xf32>, tensor<3xi64>) {
  ^bb0(%in: f32, %out: f32, %out_0: i64):
    %2 = linalg.index 1 : index
    %3 = arith.index_cast %2 : index to i64
    %4 = arith.maximumf %in, %out : f32
    %5 = arith.cmpf ogt, %in, %out : f32
    %6 = arith.select %5, %3, %out_0 : i64
    linalg.yield %4, %6 : f32, i64
  } -> (tensor<3xf32>, tensor<3xi64>)
  return %0, %1#0 : tensor<2x3x3xf32>, tensor<3xf32>
}
