// RUN: quant-opt %s --quant-raise-linears --split-input-file | FileCheck %s

// What a front end writes for `x[..., [-1], :]`: each index is looked up in a
// range or a constant, and a negative one is wrapped.

#id = affine_map<(d0) -> (d0)>
#one = affine_map<(d0, d1, d2) -> (0, 0, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, 0, 0)>
#mid = affine_map<(d0, d1, d2) -> (d1)>
#last = affine_map<(d0, d1, d2) -> (d2)>
#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// CHECK-LABEL: func @last_of_a_dimension(
// CHECK-SAME:    %[[X:.*]]: tensor<5x6x8xf32>
func.func @last_of_a_dimension(%x: tensor<5x6x8xf32>) -> tensor<5x1x8xf32> {
  // CHECK-NEXT: %[[S:.*]] = tensor.extract_slice %[[X]][0, 5, 0] [5, 1, 8] [1, 1, 1]
  // CHECK-NEXT: return %[[S]]
  %zero = arith.constant 0 : i64
  %c5 = arith.constant 5 : i64
  %c6 = arith.constant 6 : i64
  %c8 = arith.constant 8 : i64
  %index = arith.constant dense<-1> : tensor<1xi64>
  %e5 = tensor.empty() : tensor<5xi64>
  %rows = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e5 : tensor<5xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    linalg.yield %n : i64
  } -> tensor<5xi64>
  %wide = tensor.expand_shape %rows [[0, 1, 2]] output_shape [5, 1, 1] : tensor<5xi64> into tensor<5x1x1xi64>
  %e8 = tensor.empty() : tensor<8xi64>
  %columns = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e8 : tensor<8xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    linalg.yield %n : i64
  } -> tensor<8xi64>
  %e = tensor.empty() : tensor<5x1x8xf32>
  %y = linalg.generic {indexing_maps = [#row, #mid, #last, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%wide, %index, %columns : tensor<5x1x1xi64>, tensor<1xi64>, tensor<8xi64>) outs(%e : tensor<5x1x8xf32>) {
  ^bb0(%a: i64, %b: i64, %c: i64, %out: f32):
    %a0 = arith.cmpi slt, %a, %zero : i64
    %a1 = arith.addi %a, %c5 : i64
    %a2 = arith.select %a0, %a1, %a : i64
    %a3 = arith.index_cast %a2 : i64 to index
    %b0 = arith.cmpi slt, %b, %zero : i64
    %b1 = arith.addi %b, %c6 : i64
    %b2 = arith.select %b0, %b1, %b : i64
    %b3 = arith.index_cast %b2 : i64 to index
    %c0 = arith.cmpi slt, %c, %zero : i64
    %c1 = arith.addi %c, %c8 : i64
    %c2 = arith.select %c0, %c1, %c : i64
    %c3 = arith.index_cast %c2 : i64 to index
    %v = tensor.extract %x[%a3, %b3, %c3] : tensor<5x6x8xf32>
    linalg.yield %v : f32
  } -> tensor<5x1x8xf32>
  return %y : tensor<5x1x8xf32>
}

// -----

// Positions that start behind a reserved row.

#d0 = affine_map<(d0, d1) -> (d0)>
#id = affine_map<(d0, d1) -> (d0, d1)>
ml_program.global private @"positions.weight"(#ml_program.extern : tensor<8x4xf32>) : tensor<8x4xf32>

// CHECK-LABEL: func @rows_from_two
func.func @rows_from_two() -> tensor<3x4xf32> {
  // CHECK-NEXT: %[[W:.*]] = ml_program.global_load_const
  // CHECK-NEXT: %[[S:.*]] = tensor.extract_slice %[[W]][2, 0] [3, 4] [1, 1]
  // CHECK-NEXT: return %[[S]]
  %c2 = arith.constant 2 : index
  %w = ml_program.global_load_const @"positions.weight" : tensor<8x4xf32>
  %e = tensor.empty() : tensor<3x4xf32>
  %y = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<3x4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %p = arith.addi %i, %c2 : index
    %v = tensor.extract %w[%p, %j] : tensor<8x4xf32>
    linalg.yield %v : f32
  } -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// -----

// Indices that depend on an input, run over no slice, leave the tensor, or are
// wrapped for some loops only: these stay.

#d0 = affine_map<(d0, d1) -> (d0)>
#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @gathers(
// CHECK-NOT:     extract_slice
// CHECK-COUNT-5: tensor.extract %
// CHECK-NOT:     extract_slice
func.func @gathers(%x: tensor<4x4xf32>, %rows: tensor<3xindex>)
    -> (tensor<3x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %zero = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %m2 = arith.constant -2 : index
  %e3 = tensor.empty() : tensor<3x4xf32>
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = linalg.generic {indexing_maps = [#d0, #id], iterator_types = ["parallel", "parallel"]} ins(%rows : tensor<3xindex>) outs(%e3 : tensor<3x4xf32>) {
  ^bb0(%i: index, %out: f32):
    %j = linalg.index 1 : index
    %v = tensor.extract %x[%i, %j] : tensor<4x4xf32>
    linalg.yield %v : f32
  } -> tensor<3x4xf32>
  // The diagonal.
  %1 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<4x4xf32>) {
  ^bb0(%out: f32):
    %j = linalg.index 1 : index
    %v = tensor.extract %x[%j, %j] : tensor<4x4xf32>
    linalg.yield %v : f32
  } -> tensor<4x4xf32>
  // The transpose.
  %2 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<4x4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %v = tensor.extract %x[%j, %i] : tensor<4x4xf32>
    linalg.yield %v : f32
  } -> tensor<4x4xf32>
  %3 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<4x4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %p = arith.addi %i, %c2 : index
    %v = tensor.extract %x[%p, %j] : tensor<4x4xf32>
    linalg.yield %v : f32
  } -> tensor<4x4xf32>
  // A rotation.
  %4 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<4x4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %p = arith.addi %i, %m2 : index
    %n = arith.cmpi slt, %p, %zero : index
    %w = arith.addi %p, %c4 : index
    %r = arith.select %n, %w, %p : index
    %v = tensor.extract %x[%r, %j] : tensor<4x4xf32>
    linalg.yield %v : f32
  } -> tensor<4x4xf32>
  return %0, %1, %2, %3, %4 : tensor<3x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// An index that wraps in a narrow type reads no slice.

// CHECK-LABEL: func @narrow_index
// CHECK-NOT:     tensor.extract_slice
// CHECK:         tensor.extract
#wrap = affine_map<(d0) -> (d0)>
func.func @narrow_index(%x: tensor<512xf32>) -> tensor<200xf32> {
  %empty = tensor.empty() : tensor<200xi8>
  %index = linalg.generic {indexing_maps = [#wrap], iterator_types = ["parallel"]} outs(%empty : tensor<200xi8>) {
  ^bb0(%out: i8):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i8
    linalg.yield %n : i8
  } -> tensor<200xi8>
  %e = tensor.empty() : tensor<200xf32>
  %y = linalg.generic {indexing_maps = [#wrap, #wrap], iterator_types = ["parallel"]}
      ins(%index : tensor<200xi8>) outs(%e : tensor<200xf32>) {
  ^bb0(%a: i8, %out: f32):
    %p = arith.index_cast %a : i8 to index
    %c256 = arith.constant 256 : index
    %q = arith.addi %p, %c256 : index
    %v = tensor.extract %x[%q] : tensor<512xf32>
    linalg.yield %v : f32
  } -> tensor<200xf32>
  return %y : tensor<200xf32>
}
