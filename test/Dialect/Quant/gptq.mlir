// RUN: quant-opt %s --quant-gptq="group-size=0 search-scales=false" | FileCheck %s
// RUN: quant-opt %s --quant-gptq="group-size=0 activation-order=false search-scales=false" | FileCheck %s --check-prefix=ORDER
// RUN: quant-opt %s --quant-gptq="group-size=0 zero-point search-scales=false" | FileCheck %s --check-prefix=ZERO

// The row is 0.6, 1.4, -7 with scale 1. To nearest it is 1, 1, -7. The first
// two channels are the same but for the damping, so the loss of one is made up
// for by the other: column 1, the larger, comes first, becomes 1 and leaves
// some 0.4 for column 0, which becomes 1; as they stand, column 0 becomes 1 and
// leaves -0.4 for column 1, which becomes 1. In the second row, 1.4, 1.4, 7,
// 0.4 is left of the first one, whichever it is, and the second one becomes 2.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @group(
// CHECK:         %[[O:.*]] = quant.observe
// CHECK:         %[[C:.*]] = arith.constant dense_resource<fc.weight_packed> : tensor<2x2xi8>
// CHECK:         %[[S:.*]] = arith.constant dense_resource<fc.weight_scale> : tensor<2x1xf32>
// CHECK:         quant.group_matmul %[[O]], %[[C]] scales(%[[S]] : tensor<2x1xf32>) bias(%{{.*}} : tensor<2xf32>) outs(%{{.*}}) {group_size = 3 : i64}
// CHECK-NOT:     linalg.matmul
// ZERO-LABEL:  func @group(
// ZERO:          %[[Z:.*]] = arith.constant dense_resource<fc.weight_zero_point> : tensor<2x1xi8>
// ZERO:          quant.group_matmul {{.*}} zeros(%[[Z]] : tensor<2x1xi8>)
func.func @group(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense_resource<fc.weight> : tensor<2x3xf32>
  %b = arith.constant dense<[0.5, 1.0]> : tensor<2xf32>
  %o = quant.observe %x "fc.input" {moment2 = dense<[[4.0, 4.0, 0.0], [4.0, 4.1, 0.0], [0.0, 0.0, 1.0]]> : tensor<3x3xf32>} : tensor<4x3xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %q = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%o, %w : tensor<4x3xf32>, tensor<2x3xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %qb = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %b : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %c: f32, %d: f32):
    %s = arith.addf %a, %c : f32
    linalg.yield %s : f32
  } -> tensor<4x2xf32>
  return %qb : tensor<4x2xf32>
}

// A scale of 2 has moved through the observer: the second moments are those of
// the first function.

// CHECK-LABEL: func @scaled(
// CHECK:         quant.group_matmul
func.func @scaled(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense_resource<scaled.weight> : tensor<2x3xf32>
  %o = quant.observe %x "scaled.input" {moment2 = dense<[[16.0, 8.0, 0.0], [8.0, 4.1, 0.0], [0.0, 0.0, 1.0]]> : tensor<3x3xf32>,
      moment_scale = dense<[2.0, 1.0, 1.0]> : tensor<3xf32>} : tensor<4x3xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %q = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%o, %w : tensor<4x3xf32>, tensor<2x3xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  return %q : tensor<4x2xf32>
}

// CHECK-DAG:     fc.weight_packed: "0x4000000011091207"
// CHECK-DAG:     fc.weight_scale: "0x400000000000803F0000803F"
// CHECK-DAG:     scaled.weight_packed: "0x4000000011091207"
// ORDER-DAG:     fc.weight_packed: "0x4000000011092107"

{-#
  dialect_resources: {
    builtin: {
      "scaled.weight": "0x040000009A99193F3333B33F0000E0C03333B33F3333B33F0000E040",
      "fc.weight": "0x040000009A99193F3333B33F0000E0C03333B33F3333B33F0000E040"
    }
  }
#-}
