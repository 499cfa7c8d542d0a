// RUN: quant-opt %s --quant-fuse-producers --split-input-file --allow-unregistered-dialect | FileCheck %s
// RUN: quant-opt %s --quant-fuse-producers --split-input-file --allow-unregistered-dialect --remarks-filter=quant-fuse-producers -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i, 0)>
#channel = affine_map<(i, j) -> (j)>

// The sum of squares is a reduction; what follows from it is computed with each
// element. The norm stands behind a reshape, and none of it stays.

// CHECK-LABEL: func @rms(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x16xf32>, %[[G:.*]]: tensor<16xf32>
// CHECK-NOT:     linalg.generic
// CHECK:         %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0, 1], [2]]
// CHECK:         %[[Q:.*]]:2 = quant.quantize_rows ins(%[[ROWS]], %[[G]] : tensor<8x16xf32>, tensor<16xf32>)
// CHECK-SAME:      reductions [#vector.kind<add>] {
// CHECK:         ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[S:.*]] = arith.mulf %[[A]], %[[A]]
// CHECK:           quant.yield %[[S]]
// CHECK:         ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[SUM:.*]]: f32):
// CHECK:           %[[MEAN:.*]] = arith.divf %[[SUM]]
// CHECK:           %[[R:.*]] = math.rsqrt %[[MEAN]]
// CHECK:           %[[N:.*]] = arith.mulf %[[A]], %[[R]]
// CHECK:           %[[Y:.*]] = arith.mulf %[[N]], %[[B]]
// CHECK:           quant.yield %[[Y]]
// CHECK:         return %[[Q]]#0, %[[Q]]#1

// REMARK: remark: [Passed] Fused {{.*}} Ops=4, Remark="4 ops are computed where their result is quantized"
#id3 = affine_map<(b, i, j) -> (b, i, j)>
#row3 = affine_map<(b, i, j) -> (b, i, 0)>
#channel3 = affine_map<(b, i, j) -> (j)>
func.func @rms(%x: tensor<1x8x16xf32>, %g: tensor<16xf32>) -> (tensor<8x16xi8>, tensor<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %two = arith.constant 2 : i64
  %e = tensor.empty() : tensor<1x8x16xf32>
  %r = tensor.empty() : tensor<1x8x1xf32>
  %squares = linalg.generic {indexing_maps = [#id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x8x16xf32>) outs(%e : tensor<1x8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = math.fpowi %a, %two : f32, i64
    linalg.yield %s : f32
  } -> tensor<1x8x16xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%r : tensor<1x8x1xf32>) -> tensor<1x8x1xf32>
  %sum = linalg.generic {indexing_maps = [#id3, #row3], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%squares : tensor<1x8x16xf32>) outs(%zeros : tensor<1x8x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<1x8x1xf32>
  %root = linalg.generic {indexing_maps = [#id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%sum : tensor<1x8x1xf32>) outs(%r : tensor<1x8x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.divf %a, %n : f32
    %s = math.rsqrt %m : f32
    linalg.yield %s : f32
  } -> tensor<1x8x1xf32>
  %y = linalg.generic {indexing_maps = [#id3, #row3, #channel3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %root, %g : tensor<1x8x16xf32>, tensor<1x8x1xf32>, tensor<16xf32>) outs(%e : tensor<1x8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.mulf %m, %c : f32
    linalg.yield %s : f32
  } -> tensor<1x8x16xf32>
  %flat = tensor.collapse_shape %y [[0, 1], [2]] : tensor<1x8x16xf32> into tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %flat outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0, %q#1 : tensor<8x16xi8>, tensor<8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A function that others read too is computed apart, what only the quantization
// reads is not. A static scale, its smoothing and zero point stay.

// CHECK-LABEL: func @shared(
// CHECK:         %[[H:.*]] = linalg.generic
// CHECK-NOT:     linalg.generic
// CHECK:         %[[Q:.*]] = quant.quantize_rows ins(%[[H]] : tensor<8x16xf32>) scale(%{{.*}} : tensor<f32>)
// CHECK-SAME:      smooth(%{{.*}} : tensor<16xf32>) outs(%{{.*}} : tensor<8x16xi8>) reductions [] {
// CHECK:           arith.negf
// CHECK:         } {zero_point = 5 : i64} -> tensor<8x16xi8>
// CHECK:         return %[[Q]], %[[H]]

// REMARK: remark: [Passed] Fused {{.*}} Ops=1
func.func @shared(%x: tensor<8x16xf32>, %scale: tensor<f32>, %s: tensor<16xf32>) -> (tensor<8x16xi8>, tensor<8x16xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %h = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = math.exp %a : f32
    linalg.yield %r : f32
  } -> tensor<8x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.negf %a : f32
    linalg.yield %r : f32
  } -> tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %q = quant.quantize %y scale(%scale : tensor<f32>) smooth(%s : tensor<16xf32>) outs(%qe : tensor<8x16xi8>)
      {zero_point = 5 : i64} : tensor<8x16xf32> -> tensor<8x16xi8>
  return %q, %h : tensor<8x16xi8>, tensor<8x16xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Two quantizations of one function both compute it.

// CHECK-LABEL: func @twice(
// CHECK-NOT:     linalg.generic
// CHECK-COUNT-2: quant.quantize_rows
func.func @twice(%x: tensor<8x16xf32>, %s: tensor<16xf32>) -> (tensor<8x16xi8>, tensor<8x16xi8>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.negf %a : f32
    linalg.yield %r : f32
  } -> tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %y outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  %p:2 = quant.quantize %y smooth(%s : tensor<16xf32>) outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>)
      : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0, %p#0 : tensor<8x16xi8>, tensor<8x16xi8>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#id3 = affine_map<(i, h, j) -> (i, h, j)>
#head = affine_map<(i, h, j) -> (i, h)>

// Sums over parts of a row, elements of other rows, and functions without code
// in kernels stay outside.

// CHECK-LABEL: func @heads(
// CHECK:         linalg.generic
// CHECK-NOT:     quantize_rows
// REMARK: [Missed] NotFused {{.*}} Reason="linalg.generic reads other elements than those of its row"
func.func @heads(%x: tensor<8x4x4xf32>) -> tensor<8x16xi8> {
  %zero = arith.constant 0.0 : f32
  %r = tensor.empty() : tensor<8x4xf32>
  %e = tensor.empty() : tensor<8x4x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%r : tensor<8x4xf32>) -> tensor<8x4xf32>
  %sum = linalg.generic {indexing_maps = [#id3, #head], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<8x4x4xf32>) outs(%zeros : tensor<8x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  %y = linalg.generic {indexing_maps = [#id3, #head, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %sum : tensor<8x4x4xf32>, tensor<8x4xf32>) outs(%e : tensor<8x4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.divf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<8x4x4xf32>
  %flat = tensor.collapse_shape %y [[0], [1, 2]] : tensor<8x4x4xf32> into tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %flat outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0 : tensor<8x16xi8>
}

// CHECK-LABEL: func @code(
// CHECK:         math.log
// CHECK:         quant.quantize %
// REMARK: [Missed] NotFused {{.*}} Reason="kernels have no code for math.log in a program of rows"
func.func @code(%x: tensor<8x16xf32>) -> tensor<8x16xi8> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = math.log %a : f32
    linalg.yield %r : f32
  } -> tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %y outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0 : tensor<8x16xi8>
}

// CHECK-LABEL: func @half(
// CHECK:         math.exp
// CHECK:         quant.quantize %
// REMARK: [Missed] NotFused {{.*}} Reason="kernels have math.exp of f32 alone, not of f16"
func.func @half(%x: tensor<8x16xf16>) -> tensor<8x16xi8> {
  %e = tensor.empty() : tensor<8x16xf16>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x16xf16>) outs(%e : tensor<8x16xf16>) {
  ^bb0(%a: f16, %o: f16):
    %r = math.exp %a : f16
    linalg.yield %r : f16
  } -> tensor<8x16xf16>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %y outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf16> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0 : tensor<8x16xi8>
}

// CHECK-LABEL: func @read(
// CHECK:         linalg.generic
// CHECK:         quant.quantize %
// CHECK:         quant.quantize %
// REMARK: [Missed] NotFused {{.*}} Reason="others read its operand as well"
// REMARK: [Missed] NotFused {{.*}} Reason="its operand is an argument"
func.func @read(%x: tensor<8x16xf32>) -> (tensor<8x16xi8>, tensor<8x16xi8>, tensor<8x16xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.negf %a : f32
    linalg.yield %r : f32
  } -> tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %y outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  %p:2 = quant.quantize %x outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0, %p#0, %y : tensor<8x16xi8>, tensor<8x16xi8>, tensor<8x16xf32>
}

// -----

// Rows of unknown number, of a batch of unknown size.

// CHECK-LABEL: func @rows(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x4x16xf32>
// CHECK-NOT:     linalg.generic
// CHECK:         %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0, 1], [2]] : tensor<?x4x16xf32> into tensor<?x16xf32>
// CHECK:         quant.quantize_rows ins(%[[ROWS]] : tensor<?x16xf32>) {{.*}} reductions [#vector.kind<add>] {
// REMARK: remark: [Passed] Fused {{.*}} Ops=2
#id = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
func.func @rows(%x: tensor<?x4x16xf32>, %qe: tensor<?x16xi8>, %se: tensor<?xf32>, %n: index) -> (tensor<?x16xi8>, tensor<?xf32>) {
  %zero = arith.constant 0.0 : f32
  %r = tensor.empty(%n) : tensor<?x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%r : tensor<?x4xf32>) -> tensor<?x4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<?x4x16xf32>) outs(%zeros : tensor<?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x4x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %sum : tensor<?x4x16xf32>, tensor<?x4xf32>) outs(%e : tensor<?x4x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.divf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x4x16xf32>
  %c = tensor.collapse_shape %y [[0, 1], [2]] : tensor<?x4x16xf32> into tensor<?x16xf32>
  %q:2 = quant.quantize %c outs(%qe, %se : tensor<?x16xi8>, tensor<?xf32>) : tensor<?x16xf32> -> tensor<?x16xi8>, tensor<?xf32>
  return %q#0, %q#1 : tensor<?x16xi8>, tensor<?xf32>
}

// -----

// The same of tokens of unknown number in several samples: where a row is in
// the operand is not known.

// CHECK-LABEL: func @tokens(
// CHECK:         quant.quantize %
// REMARK: remark: [Missed] NotFused {{.*}} Reason="its rows come from dimensions behind one of unknown size, or several such"
#id = affine_map<(b, i, j) -> (b, i, j)>
func.func @tokens(%x: tensor<8x?x16xf32>, %e: tensor<8x?x16xf32>, %qe: tensor<?x16xi8>, %se: tensor<?xf32>) -> (tensor<?x16xi8>, tensor<?xf32>) {
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<8x?x16xf32>) outs(%e : tensor<8x?x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.negf %a : f32
    linalg.yield %s : f32
  } -> tensor<8x?x16xf32>
  %c = tensor.collapse_shape %y [[0, 1], [2]] : tensor<8x?x16xf32> into tensor<?x16xf32>
  %q:2 = quant.quantize %c outs(%qe, %se : tensor<?x16xi8>, tensor<?xf32>) : tensor<?x16xf32> -> tensor<?x16xi8>, tensor<?xf32>
  return %q#0, %q#1 : tensor<?x16xi8>, tensor<?xf32>
}

// -----

// What a matmul's kernel computes is read.

// CHECK-LABEL: func @epilogue(
// CHECK:         %[[Y:.*]] = linalg.generic
// CHECK:         quant.quantize %[[Y]]
// REMARK: remark: [Missed] NotFused {{.*}} Reason="its operand comes from the kernel of a matmul"
#id = affine_map<(i, j) -> (i, j)>
func.func @epilogue(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %qe: tensor<8x16xi8>, %se: tensor<8xf32>) -> (tensor<8x16xi8>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %q:2 = quant.quantize %n outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0, %q#1 : tensor<8x16xi8>, tensor<8xf32>
}

// -----

// An op of a dialect that is not there stays in front.

// CHECK-LABEL: func @unregistered(
// CHECK:         linalg.generic
// CHECK:           "test.body"
// CHECK:         quant.quantize
#same = affine_map<(i, j) -> (i, j)>
func.func @unregistered(%x: tensor<8x16xf32>) -> (tensor<8x16xi8>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = "test.body"(%v) : (f32) -> f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %n outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0, %q#1 : tensor<8x16xi8>, tensor<8xf32>
}
