// RUN: quant-opt %s --quant-quantize --canonicalize | FileCheck %s
// RUN: quant-opt %s --quant-quantize="activations=dynamic-per-token weights=per-tensor" --canonicalize | FileCheck %s --check-prefix=TOKEN
// RUN: quant-opt %s --quant-quantize="scheme=w4a16 group-size=0" --canonicalize | FileCheck %s --check-prefix=W4
// RUN: quant-opt %s --quant-quantize="scheme=w4a16 group-size=32 zero-point=true exclude=^gate" --canonicalize | FileCheck %s --check-prefix=ZERO
// RUN: quant-opt %s --quant-quantize="scheme=w4a8 group-size=0 activations=per-token" --canonicalize | FileCheck %s --check-prefix=W4A8
// RUN: quant-opt %s --quant-quantize="activation-bits=6" --canonicalize | FileCheck %s --check-prefix=W8A6

#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// Both linears read the same codes; the smoothing in front of the observer is
// absorbed; the scale is 25.4 / 127; the bias is fused.
// CHECK-LABEL: func @mlp(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32>
// CHECK-DAG:     %[[SWG:.*]] = arith.constant dense_resource<gate.weight_scale> : tensor<3xf32>
// CHECK-DAG:     %[[WG:.*]] = arith.constant dense_resource<"gate.weight@2"> : tensor<3x4xi8>
// CHECK-DAG:     %[[SXG:.*]] = arith.constant dense_resource<gate.input_scale> : tensor<f32>
// CHECK-DAG:     %[[SWU:.*]] = arith.constant dense_resource<up.weight_scale> : tensor<3xf32>
// CHECK-DAG:     %[[WU:.*]] = arith.constant dense_resource<up.weight> : tensor<3x4xi8>
// CHECK-DAG:     %[[SXU:.*]] = arith.constant dense_resource<up.input_scale> : tensor<f32>
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 4.000000e+00, 8.000000e+00]>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]>
// CHECK-NOT:     quant.observe
// CHECK-NOT:     quant.smooth
// CHECK:         %[[Q:.*]] = quant.quantize %[[X]] scale(%[[SXU]] : tensor<f32>) smooth(%[[S]] : tensor<4xf32>)
// CHECK:         %[[UP:.*]] = quant.matmul %[[Q]], %[[WU]] scales(%[[SXU]], %[[SWU]] : tensor<f32>, tensor<3xf32>) outs(
// CHECK:         %[[GATE:.*]] = quant.matmul %[[Q]], %[[WG]] scales(%[[SXG]], %[[SWG]] : tensor<f32>, tensor<3xf32>) bias(%[[B]] : tensor<3xf32>)
// CHECK:         return %[[UP]], %[[GATE]]

// TOKEN-LABEL: func @mlp(
// TOKEN-SAME:    %[[X:.*]]: tensor<?x4xf32>
// TOKEN-DAG:     %[[SW:.*]] = arith.constant dense_resource<up.weight_scale> : tensor<f32>
// TOKEN-DAG:     %[[S:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 4.000000e+00, 8.000000e+00]>
// TOKEN:         %[[Q:.*]]:2 = quant.quantize %[[X]] smooth(%[[S]] : tensor<4xf32>) outs(%{{.*}}, %{{.*}} : tensor<?x4xi8>, tensor<?xf32>)
// TOKEN:         quant.matmul %[[Q]]#0, %{{.*}} scales(%[[Q]]#1, %[[SW]] : tensor<?xf32>, tensor<f32>)
// TOKEN:         quant.matmul %[[Q]]#0, %{{.*}} scales(%[[Q]]#1, %{{.*}} : tensor<?xf32>, tensor<f32>) bias(

// Without integer activations the smoothing stays an op.
// W4-LABEL:    func @mlp(
// W4-SAME:       %[[X:.*]]: tensor<?x4xf32>
// W4-DAG:        %[[W:.*]] = arith.constant dense_resource<up.weight_packed> : tensor<3x2xi8>
// W4-DAG:        %[[SW:.*]] = arith.constant dense_resource<up.weight_scale> : tensor<3x1xf32>
// W4:            %[[XS:.*]] = quant.smooth %[[X]]
// W4:            quant.group_matmul %[[XS]], %[[W]] scales(%[[SW]] : tensor<3x1xf32>) outs({{.*}}) {group_size = 4 : i64}
// W4:            quant.group_matmul %[[XS]], %{{.*}} bias(%{{.*}} : tensor<3xf32>)

// An excluded linear keeps its observer.
// ZERO-LABEL:  func @mlp(
// ZERO-DAG:      %[[Z:.*]] = arith.constant dense_resource<up.weight_zero_point> : tensor<3x1xi8>
// ZERO:          %[[OBSERVED:.*]] = quant.observe
// ZERO:          quant.group_matmul {{.*}} zeros(%[[Z]] : tensor<3x1xi8>) {{.*}} {group_size = 32 : i64}
// ZERO:          linalg.matmul {{.*}} ins(%[[OBSERVED]]

// One group a row needs no scale of its own.
// W4A8-LABEL:  func @mlp(
// W4A8-DAG:      %[[W:.*]] = arith.constant dense_resource<up.weight_packed> : tensor<3x2xi8>
// W4A8-DAG:      %[[SW:.*]] = arith.constant dense_resource<up.weight_scale> : tensor<3xf32>
// W4A8:          %[[Q:.*]]:2 = quant.quantize %{{.*}} smooth(
// W4A8-NOT:      bits
// W4A8:          quant.group_matmul %[[Q]]#0, %[[W]] dequantize(%[[Q]]#1, %[[SW]] : tensor<?xf32>, tensor<3xf32>) outs({{.*}}) {group_size = 4 : i64}

// The static scale is 25.4 / 31.
// W8A6-LABEL:  func @mlp(
// W8A6-DAG:      %[[SX:.*]] = arith.constant dense_resource<up.input_scale> : tensor<f32>
// W8A6:          %[[Q:.*]] = quant.quantize %{{.*}} scale(%[[SX]] : tensor<f32>) {{.*}} {bits = 6 : i64}
// W8A6:          quant.matmul %[[Q]]
// W8A6:          up.input_scale: "0x{{.*}}3DC1513F"
func.func @mlp(%x: tensor<?x4xf32>, %dim: index) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %zero = arith.constant 0.0 : f32
  %s = arith.constant dense<[1.0, 2.0, 4.0, 8.0]> : tensor<4xf32>
  %bias = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %smooth = quant.smooth %x by %s along [1] : tensor<?x4xf32>, tensor<4xf32>
  %in = quant.observe %smooth "up.input" {absmax = dense<[1.0, 25.4, 3.0, 2.0]> : tensor<4xf32>,
      mean_abs = dense<[0.5, 10.0, 1.0, 1.0]> : tensor<4xf32>} : tensor<?x4xf32>
  %e = tensor.empty(%dim) : tensor<?x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %wu = arith.constant dense_resource<"up.weight@2"> : tensor<3x4xf32>
  %up = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %wu : tensor<?x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<?x3xf32>) -> tensor<?x3xf32>
  %wg = arith.constant dense_resource<"gate.weight"> : tensor<3x4xf32>
  %gate = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %wg : tensor<?x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<?x3xf32>) -> tensor<?x3xf32>
  %sum = linalg.generic {indexing_maps = [#row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%bias, %gate : tensor<3xf32>, tensor<?x3xf32>) outs(%e : tensor<?x3xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %c = arith.addf %a, %b : f32
    linalg.yield %c : f32
  } -> tensor<?x3xf32>
  return %up, %sum : tensor<?x3xf32>, tensor<?x3xf32>
}

// The head's weight is the embedding table as well.
// CHECK-LABEL: func @tied(
// CHECK:         linalg.matmul
// W4-LABEL:    func @tied(
// W4:            linalg.matmul
func.func @tied(%x: tensor<2x4xf32>, %i: index) -> (tensor<2x3xf32>, f32) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %w = arith.constant dense_resource<"head.weight"> : tensor<3x4xf32>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<2x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  %v = tensor.extract %w[%i, %i] : tensor<3x4xf32>
  return %y, %v : tensor<2x3xf32>, f32
}

// Codes of up are rint of [127, -63.5, 1, 2], [0.5, 0, -1, 0.25] * 127, zeros.
// CHECK-DAG:  up.weight: "0x400000007FC001024000812000000000"
// CHECK-DAG:  gate.weight_scale: "0x400000000402013D0402013D00000040"
// CHECK-DAG:  up.input_scale: "0x40000000CDCC4C3E"
// CHECK-DAG:  gate.input_scale: "0x40000000CDCC4C3E"
// TOKEN-DAG:  up.weight: "0x400000007FC001020000FF0000000000"
// W4-DAG:     gate.weight_packed: "0x40000000327557239700"
// ZERO-DAG:   up.weight_zero_point: "0x40000000FD02F8"
// ZERO-DAG:   up.weight_packed: "0x4000000087DD27488888"

{-#
  dialect_resources: {
    builtin: {
      "up.weight@2": "0x040000000000FE4200007EC20000803F000000400000003F00000000000080BF0000803E00000000000000000000000000000000",
      "gate.weight": "0x040000000000803F0000004000004040000080400000804000004040000000400000803F00007E4300007EC30000803F00000000",
      "head.weight": "0x040000000000803F0000803F0000803F0000803F0000004000000040000000400000004000004040000040400000404000004040"
    }
  }
#-}
