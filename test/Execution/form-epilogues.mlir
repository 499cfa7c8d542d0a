// RUN: quant-opt %s --quant-form-epilogues --split-input-file --allow-unregistered-dialect | FileCheck %s
// RUN: quant-opt %s --quant-form-epilogues --split-input-file --allow-unregistered-dialect --remarks-filter=quant-form-epilogues -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: quant-opt %s --quant-form-epilogues --quant-form-epilogues --split-input-file --allow-unregistered-dialect | FileCheck %s

// SwiGLU as it is imported. SiLU reads the gate's matmul twice, in two ops over
// batches; it becomes one over rows, for the gate's kernel. Its product with the
// other matmul is for that one's kernel.

// CHECK:       #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func @swiglu(
// CHECK-NOT:     tensor.expand_shape
// CHECK:         %[[GATE:.*]] = quant.matmul
// CHECK-NEXT:    %[[SILU:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[GATE]] : tensor<8x16xf32>)
// CHECK-NEXT:    ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[N:.*]] = arith.negf %[[X]]
// CHECK-NEXT:      %[[E:.*]] = math.exp %[[N]]
// CHECK-NEXT:      %[[D:.*]] = arith.addf %[[E]]
// CHECK-NEXT:      %[[S:.*]] = arith.divf %{{.*}}, %[[D]]
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[X]], %[[S]]
// CHECK-NEXT:      linalg.yield %[[P]]
// CHECK:         %[[UP:.*]] = quant.matmul
// CHECK-NEXT:    %[[H:.*]] = linalg.generic {{.*}} ins(%[[SILU]], %[[UP]] : tensor<8x16xf32>, tensor<8x16xf32>)
// CHECK-NOT:     tensor.collapse_shape
// CHECK:         quant.quantize %[[H]]

// REMARK: remark: [Passed] Formed | Category:quant-form-epilogues {{.*}} Ops=2, Remark="what is behind quant.matmul is for its kernel"
// REMARK: remark: [Passed] Formed {{.*}} Ops=1
#id = affine_map<(b, i, j) -> (b, i, j)>
func.func @swiglu(%x: tensor<8x32xi8>, %g: tensor<16x32xi8>, %u: tensor<16x32xi8>, %s: tensor<f32>) -> (tensor<8x16xi8>, tensor<8xf32>) {
  %one = arith.constant 1.0 : f32
  %e2 = tensor.empty() : tensor<8x16xf32>
  %e3 = tensor.empty() : tensor<2x4x16xf32>
  %gate = quant.matmul %x, %g scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e2 : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %a = tensor.expand_shape %gate [[0, 1], [2]] output_shape [2, 4, 16] : tensor<8x16xf32> into tensor<2x4x16xf32>
  %sigmoid = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.negf %v : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.divf %one, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<2x4x16xf32>
  %silu = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a, %sigmoid : tensor<2x4x16xf32>, tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) {
  ^bb0(%v: f32, %w: f32, %o: f32):
    %0 = arith.mulf %v, %w : f32
    linalg.yield %0 : f32
  } -> tensor<2x4x16xf32>
  %up = quant.matmul %x, %u scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e2 : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %b = tensor.expand_shape %up [[0, 1], [2]] output_shape [2, 4, 16] : tensor<8x16xf32> into tensor<2x4x16xf32>
  %h = linalg.mul ins(%silu, %b : tensor<2x4x16xf32>, tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %c = tensor.collapse_shape %h [[0, 1], [2]] : tensor<2x4x16xf32> into tensor<8x16xf32>
  %qe = tensor.empty() : tensor<8x16xi8>
  %se = tensor.empty() : tensor<8xf32>
  %q:2 = quant.quantize %c outs(%qe, %se : tensor<8x16xi8>, tensor<8xf32>) : tensor<8x16xf32> -> tensor<8x16xi8>, tensor<8xf32>
  return %q#0, %q#1 : tensor<8x16xi8>, tensor<8xf32>
}

// -----

// A bias that is loaded later, named ops, a power, and a residual over batches,
// on 4-bit weights: all of it is one op right behind the matmul. The sum has
// other readers, so that nothing further joins.

// CHECK-LABEL: func @residual(
// CHECK-SAME:    %[[R:[a-z0-9]+]]: tensor<2x4x16xf16>
// CHECK-DAG:     %[[B:.*]] = ml_program.global_load_const @bias
// CHECK-DAG:     %[[ROWS:.*]] = tensor.collapse_shape %[[R]] {{\[}}[0, 1], [2]]
// CHECK:         %[[Y:.*]] = quant.group_matmul
// CHECK-NEXT:    %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[ROWS]], %[[Y]], %[[B]] : tensor<8x16xf16>, tensor<8x16xf16>, tensor<16xf16>)
// CHECK-NEXT:    ^bb0(%[[V:.*]]: f16, %[[A:.*]]: f16, %[[C:.*]]: f16, %{{.*}}: f16):
// CHECK-NEXT:      %[[D:.*]] = arith.addf %[[A]], %[[C]]
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[D]], %[[D]]
// CHECK-NEXT:      arith.addf %[[V]], %[[P]]
// CHECK:         %[[BACK:.*]] = tensor.expand_shape %[[SUM]]
// CHECK:         linalg.exp ins(%[[BACK]]
// CHECK:         return %[[BACK]]
// REMARK: remark: [Passed] Formed {{.*}} Ops=3, Remark="what is behind quant.group_matmul
#columns = affine_map<(i, j) -> (j)>
#rows = affine_map<(i, j) -> (i, j)>
ml_program.global private @bias(#ml_program.extern : tensor<16xf16>) : tensor<16xf16>
func.func @residual(%r: tensor<2x4x16xf16>, %x: tensor<8x32xf16>, %w: tensor<16x32xi4>, %s: tensor<16x1xf32>) -> (tensor<2x4x16xf16>, tensor<2x4x16xf16>) {
  %two = arith.constant 2 : i64
  %e2 = tensor.empty() : tensor<8x16xf16>
  %y = quant.group_matmul %x, %w scales(%s : tensor<16x1xf32>) outs(%e2 : tensor<8x16xf16>) {group_size = 32 : i64}
      : tensor<8x32xf16>, tensor<16x32xi4> -> tensor<8x16xf16>
  %b = ml_program.global_load_const @bias : tensor<16xf16>
  %t = linalg.generic {indexing_maps = [#rows, #columns, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%y, %b : tensor<8x16xf16>, tensor<16xf16>) outs(%e2 : tensor<8x16xf16>) {
  ^bb0(%v: f16, %c: f16, %o: f16):
    %0 = arith.addf %v, %c : f16
    linalg.yield %0 : f16
  } -> tensor<8x16xf16>
  %e3 = tensor.empty() : tensor<2x4x16xf16>
  %a = tensor.expand_shape %t [[0, 1], [2]] output_shape [2, 4, 16] : tensor<8x16xf16> into tensor<2x4x16xf16>
  %p = linalg.square ins(%a : tensor<2x4x16xf16>) outs(%e3 : tensor<2x4x16xf16>) -> tensor<2x4x16xf16>
  %sum = linalg.add ins(%r, %p : tensor<2x4x16xf16>, tensor<2x4x16xf16>) outs(%e3 : tensor<2x4x16xf16>) -> tensor<2x4x16xf16>
  %exp = linalg.exp ins(%sum : tensor<2x4x16xf16>) outs(%e3 : tensor<2x4x16xf16>) -> tensor<2x4x16xf16>
  return %sum, %exp : tensor<2x4x16xf16>, tensor<2x4x16xf16>
}

// -----

// The ops that a kernel can do are taken; the first that it cannot stays.

// CHECK-LABEL: func @until(
// CHECK:         quant.matmul
// CHECK-NEXT:    %[[N:.*]] = linalg.generic
// CHECK:           arith.negf
// CHECK-NEXT:      linalg.yield
// CHECK:         linalg.generic {{.*}} ins(%[[N]]
// CHECK:           math.log
// REMARK: remark: [Passed] Formed {{.*}} Ops=1
#same = affine_map<(i, j) -> (i, j)>
func.func @until(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %l = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%n : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = math.log %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %l : tensor<8x16xf32>
}

// -----

// What does not become an epilogue, and why.

// CHECK-LABEL: func @heads(
// CHECK:         tensor.expand_shape
// CHECK:         linalg.transpose
// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="linalg.transpose reads the result through a reshape", Remark="quant.matmul stores its result as it is"{{$}}
func.func @heads(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<4x8x4xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %a = tensor.expand_shape %y [[0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
  %te = tensor.empty() : tensor<4x8x4xf32>
  %t = linalg.transpose ins(%a : tensor<8x4x4xf32>) outs(%te : tensor<4x8x4xf32>) permutation = [1, 0, 2]
  return %t : tensor<4x8x4xf32>
}

// -----

// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="linalg.transpose reads the result through a reshape", {{.*}} Suggestion="the elementwise op behind that would be taken along in front of it"
func.func @scaled_heads(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<4x8x4xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %a = tensor.expand_shape %y [[0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
  %te = tensor.empty() : tensor<4x8x4xf32>
  %t = linalg.transpose ins(%a : tensor<8x4x4xf32>) outs(%te : tensor<4x8x4xf32>) permutation = [1, 0, 2]
  %n = linalg.negf ins(%t : tensor<4x8x4xf32>) outs(%te : tensor<4x8x4xf32>) -> tensor<4x8x4xf32>
  return %n : tensor<4x8x4xf32>
}

// -----

// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="2 operands are the result"{{.*}} Suggestion="let one elementwise op read the result
#same = affine_map<(i, j) -> (i, j)>
func.func @returned(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n, %y : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="it uses a value from outside that is no constant"
#same = affine_map<(i, j) -> (i, j)>
func.func @captured(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %c: f32) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.mulf %v, %c : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n : tensor<8x16xf32>
}

// -----

// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="kernels have no math.log"{{.*}} Suggestion="kernels do arith ops and f32 exp
#same = affine_map<(i, j) -> (i, j)>
func.func @log(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = math.log %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n : tensor<8x16xf32>
}

// -----

// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="kernels have math.exp of f32 alone, not of f16"
#same = affine_map<(i, j) -> (i, j)>
func.func @half(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf16> {
  %e = tensor.empty() : tensor<8x16xf16>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf16>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf16>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf16>) outs(%e : tensor<8x16xf16>) {
  ^bb0(%v: f16, %o: f16):
    %0 = math.exp %v : f16
    linalg.yield %0 : f16
  } -> tensor<8x16xf16>
  return %n : tensor<8x16xf16>
}

// -----

// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="the op behind it reads what is computed later"{{.*}} Suggestion="compute it before the matmul"
func.func @later(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %z = "test.later"() : () -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%y, %z : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.addf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n : tensor<8x16xf32>
}

// -----

// Of two matmuls that one op adds, the later one has it. With rows of unknown
// number it is the same.

// CHECK-LABEL: func @rows(
// CHECK:         %[[A:.*]] = quant.matmul
// CHECK:         %[[B:.*]] = quant.matmul
// CHECK-NEXT:    %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[A]], %[[B]] : tensor<?x16xf32>, tensor<?x16xf32>)
// CHECK:         tensor.expand_shape %[[SUM]]
// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="the op behind it reads a later matmul, to which it belongs", Remark="quant.matmul stores its result as it is"{{$}}
// REMARK: remark: [Passed] Formed {{.*}} Ops=1
#id = affine_map<(b, i, j) -> (b, i, j)>
func.func @rows(%x: tensor<?x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %e2: tensor<?x16xf32>, %n: index) -> tensor<?x4x16xf32> {
  %c0 = arith.constant 0 : index
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e2 : tensor<?x16xf32>) : tensor<?x32xi8>, tensor<16x32xi8> -> tensor<?x16xf32>
  %a = tensor.expand_shape %y [[0, 1], [2]] output_shape [%n, 4, 16] : tensor<?x16xf32> into tensor<?x4x16xf32>
  %z = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e2 : tensor<?x16xf32>) : tensor<?x32xi8>, tensor<16x32xi8> -> tensor<?x16xf32>
  %b = tensor.expand_shape %z [[0, 1], [2]] output_shape [%n, 4, 16] : tensor<?x16xf32> into tensor<?x4x16xf32>
  %e3 = tensor.empty(%n) : tensor<?x4x16xf32>
  %sum = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a, %b : tensor<?x4x16xf32>, tensor<?x4x16xf32>) outs(%e3 : tensor<?x4x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.addf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<?x4x16xf32>
  return %sum : tensor<?x4x16xf32>
}

// -----

// An op that reads the one before twice: the square of a ReLU.

// CHECK-LABEL: func @squares(
// CHECK:         %[[Y:.*]] = quant.matmul
// CHECK-NEXT:    %[[Z:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<8x16xf32>)
// CHECK-NEXT:    ^bb0(%[[V:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[M:.*]] = arith.maximumf %[[V]]
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[M]], %[[M]]
// CHECK-NEXT:      linalg.yield %[[P]]
// CHECK:         return %[[Z]]
// REMARK: remark: [Passed] Formed {{.*}} Ops=2
#same = affine_map<(i, j) -> (i, j)>
func.func @squares(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.maximumf %v, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %p = linalg.generic {indexing_maps = [#same, #same, #same], iterator_types = ["parallel", "parallel"]} ins(%n, %n : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.mulf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %p : tensor<8x16xf32>
}

// -----

// The result is read twice, and an input not at all.

// CHECK-LABEL: func @doubles(
// CHECK:         %[[Y:.*]] = quant.matmul
// CHECK-NEXT:    linalg.generic {{.*}} ins(%[[Y]] : tensor<8x16xf32>)
// CHECK-NEXT:    ^bb0(%[[V:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      arith.addf %[[V]], %[[V]]
// REMARK: remark: [Passed] Formed {{.*}} Ops=1
#same = affine_map<(i, j) -> (i, j)>
func.func @doubles(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %r: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same, #same, #same], iterator_types = ["parallel", "parallel"]}
      ins(%y, %r, %y : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %unused: f32, %u: f32, %o: f32):
    %0 = arith.addf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n : tensor<8x16xf32>
}

// -----

// An op of which nothing is used goes.

// CHECK-LABEL: func @drops(
// CHECK:         %[[Y:.*]] = quant.matmul
// CHECK-NEXT:    %[[Z:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<8x16xf32>)
// CHECK:           math.absf
// CHECK-NEXT:      linalg.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[Z]]
// REMARK: remark: [Passed] Formed {{.*}} Ops=3
#same = affine_map<(i, j) -> (i, j)>
func.func @drops(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %m = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%m : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %p = linalg.generic {indexing_maps = [#same, #same, #same], iterator_types = ["parallel", "parallel"]} ins(%n, %y : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = math.absf %u : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %p : tensor<8x16xf32>
}

// -----

// It is the result that is not used.

// CHECK-LABEL: func @ignores(
// CHECK-SAME:    %[[R:[a-z0-9]+]]: tensor<8x16xf32>)
// CHECK:         linalg.generic {{.*}} ins(%[[R]] : tensor<8x16xf32>)
// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="nothing reads the result"
#same = affine_map<(i, j) -> (i, j)>
func.func @ignores(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %r: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same, #same], iterator_types = ["parallel", "parallel"]} ins(%y, %r : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.negf %u : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n : tensor<8x16xf32>
}

// -----

// Constants that bodies use come along.

// CHECK-LABEL: func @constants(
// CHECK-DAG:     %[[TWO:.*]] = arith.constant 2.0
// CHECK-DAG:     %[[TENTH:.*]] = arith.constant 1.0{{.*}}e-01
// CHECK:         %[[Y:.*]] = quant.matmul
// CHECK-NEXT:    linalg.generic {{.*}} ins(%[[Y]] : tensor<8x16xf32>)
// CHECK:           arith.mulf %{{.*}}, %[[TWO]]
// CHECK-NEXT:      arith.addf %{{.*}}, %[[TENTH]]
// REMARK: remark: [Passed] Formed {{.*}} Ops=2
#same = affine_map<(i, j) -> (i, j)>
func.func @constants(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %two = arith.constant 2.0 : f32
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.mulf %v, %two : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %tenth = arith.constant 0.1 : f32
  %p = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%n : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.addf %v, %tenth : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %p : tensor<8x16xf32>
}

// -----

// A column or a row that is spread over a matrix is not read as it is.

// CHECK-LABEL: func @spread(
// CHECK-COUNT-2: linalg.generic {{.*}} outs(%{{.*}} : tensor<8x16xf32>)
// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="it does not read the result once, as it is"
// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="it does not read the result once, as it is"
#same = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (i, 0)>
#row = affine_map<(i, j) -> (0, j)>
func.func @spread(%x: tensor<8x32xi8>, %x1: tensor<1x32xi8>, %w: tensor<16x32xi8>, %w1: tensor<1x32xi8>, %s: tensor<f32>, %r: tensor<8x16xf32>)
    -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %column = tensor.empty() : tensor<8x1xf32>
  %row = tensor.empty() : tensor<1x16xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w1 scales(%s, %s : tensor<f32>, tensor<f32>) outs(%column : tensor<8x1xf32>) : tensor<8x32xi8>, tensor<1x32xi8> -> tensor<8x1xf32>
  %n = linalg.generic {indexing_maps = [#column, #same, #same], iterator_types = ["parallel", "parallel"]} ins(%y, %r : tensor<8x1xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.mulf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %z = quant.matmul %x1, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%row : tensor<1x16xf32>) : tensor<1x32xi8>, tensor<16x32xi8> -> tensor<1x16xf32>
  %p = linalg.generic {indexing_maps = [#row, #same, #same], iterator_types = ["parallel", "parallel"]} ins(%z, %r : tensor<1x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.mulf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n, %p : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// Where a dimension has one element, it may be read at 0, or by both maps.

// CHECK:       #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func @one_row(
// CHECK:         %[[Y:.*]] = quant.matmul
// CHECK-NEXT:    linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ID]]], {{.*}} ins(%[[Y]], %{{.*}} : tensor<1x16xf32>, tensor<1x16xf32>)
// CHECK:           arith.addf
// CHECK:           arith.mulf
// REMARK: remark: [Passed] Formed {{.*}} Ops=2
#same = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (0, j)>
func.func @one_row(%x: tensor<1x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %r: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %e = tensor.empty() : tensor<1x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<1x16xf32>) : tensor<1x32xi8>, tensor<16x32xi8> -> tensor<1x16xf32>
  %n = linalg.generic {indexing_maps = [#row, #row, #same], iterator_types = ["parallel", "parallel"]} ins(%y, %r : tensor<1x16xf32>, tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.addf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<1x16xf32>
  %p = linalg.generic {indexing_maps = [#row, #same, #same], iterator_types = ["parallel", "parallel"]} ins(%n, %y : tensor<1x16xf32>, tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.mulf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<1x16xf32>
  return %p : tensor<1x16xf32>
}

// -----

// An op whose type says less of its rows than the matmul's.

// CHECK-LABEL: func @mixed(
// CHECK:         linalg.generic {{.*}} outs(%{{.*}} : tensor<?x16xf32>)
// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="it does not read the result once, as it is"
#same = affine_map<(i, j) -> (i, j)>
func.func @mixed(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %r: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %d = tensor.dim %r, %c0 : tensor<?x16xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %rows = tensor.empty(%d) : tensor<?x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same, #same], iterator_types = ["parallel", "parallel"]} ins(%y, %r : tensor<8x16xf32>, tensor<?x16xf32>) outs(%rows : tensor<?x16xf32>) {
  ^bb0(%v: f32, %u: f32, %o: f32):
    %0 = arith.addf %v, %u : f32
    linalg.yield %0 : f32
  } -> tensor<?x16xf32>
  return %n : tensor<?x16xf32>
}

// -----

// REMARK: remark: [Missed] NoEpilogue {{.*}} Reason="kernels have no test.body"
#same = affine_map<(i, j) -> (i, j)>
func.func @unregistered(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = "test.body"(%v) : (f32) -> f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %n : tensor<8x16xf32>
}

// -----

// However many ops follow a reshape, all of them join.

// CHECK-LABEL: func @many(
// CHECK:         %[[Y:.*]] = quant.matmul
// CHECK-NEXT:    %[[N:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<8x16xf32>)
// CHECK-COUNT-12: math.exp
// CHECK:         %[[BACK:.*]] = tensor.expand_shape %[[N]]
// CHECK-NEXT:    return %[[BACK]]
// REMARK: remark: [Passed] Formed {{.*}} Ops=12
func.func @many(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<2x4x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %e3 = tensor.empty() : tensor<2x4x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %0 = tensor.expand_shape %y [[0, 1], [2]] output_shape [2, 4, 16] : tensor<8x16xf32> into tensor<2x4x16xf32>
  %1 = linalg.exp ins(%0 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %2 = linalg.exp ins(%1 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %3 = linalg.exp ins(%2 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %4 = linalg.exp ins(%3 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %5 = linalg.exp ins(%4 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %6 = linalg.exp ins(%5 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %7 = linalg.exp ins(%6 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %8 = linalg.exp ins(%7 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %9 = linalg.exp ins(%8 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %10 = linalg.exp ins(%9 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %11 = linalg.exp ins(%10 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %12 = linalg.exp ins(%11 : tensor<2x4x16xf32>) outs(%e3 : tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  return %12 : tensor<2x4x16xf32>
}

// -----

// A destination that is there stays, so that the loop's buffer is written.

// CHECK-LABEL: func @loop(
// CHECK:         scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}})
// CHECK:           %[[Y:.*]] = quant.matmul
// CHECK-NEXT:      %[[N:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<8x16xf32>) outs(%[[ACC]] : tensor<8x16xf32>)
// CHECK:           scf.yield %[[N]]
// REMARK: remark: [Passed] Formed {{.*}} Ops=1
func.func @loop(%n: index, %x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %z: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<8x16xf32>
  %l = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %z) -> tensor<8x16xf32> {
    %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
    %r = linalg.exp ins(%y : tensor<8x16xf32>) outs(%acc : tensor<8x16xf32>) -> tensor<8x16xf32>
    scf.yield %r : tensor<8x16xf32>
  }
  return %l : tensor<8x16xf32>
}

// -----

// Ops that write over what they read.

// CHECK-LABEL: func @in_place(
// CHECK:         quant.matmul
// CHECK-NEXT:    linalg.generic
// CHECK:           arith.negf
// CHECK-NEXT:      math.absf
// REMARK: remark: [Passed] Formed {{.*}} Ops=2
#same = affine_map<(i, j) -> (i, j)>
func.func @in_place(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %n = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%y : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.negf %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %p = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]} ins(%n : tensor<8x16xf32>) outs(%n : tensor<8x16xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = math.absf %v : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %p : tensor<8x16xf32>
}
