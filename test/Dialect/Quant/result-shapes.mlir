// RUN: quant-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize --cse --split-input-file | FileCheck %s

// CHECK-LABEL: func @same_shape(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32>
// CHECK:         %[[M:.*]] = tensor.dim %[[X]], %c0
// CHECK:         return %[[M]], %[[M]], %[[M]]
func.func @same_shape(%x: tensor<?x4xf32>, %s: tensor<4xf32>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %0 = quant.smooth %x by %s along [1] : tensor<?x4xf32>, tensor<4xf32>
  %1 = quant.observe %x "x" : tensor<?x4xf32>
  %2 = quant.fuse_scale %x by %s along [1] : tensor<?x4xf32>, tensor<4xf32>
  %a = tensor.dim %0, %c0 : tensor<?x4xf32>
  %b = tensor.dim %1, %c0 : tensor<?x4xf32>
  %c = tensor.dim %2, %c0 : tensor<?x4xf32>
  return %a, %b, %c : index, index, index
}

// -----

// CHECK-LABEL: func @codes(
// CHECK-SAME:    %[[Q:.*]]: tensor<?x4xi8>
// CHECK:         %[[M:.*]] = tensor.dim %[[Q]], %c0
// CHECK:         return %[[M]]
func.func @codes(%q: tensor<?x4xi8>, %s: tensor<f32>) -> index {
  %c0 = arith.constant 0 : index
  %0 = quant.dequantize %q scale(%s) along [] : tensor<?x4xi8>, tensor<f32> -> tensor<?x4xf32>
  %a = tensor.dim %0, %c0 : tensor<?x4xf32>
  return %a : index
}

// -----

// CHECK:       #[[GROUPS:.*]] = affine_map<()[s0] -> (s0 ceildiv 128)>
// CHECK-LABEL: func @groups(
// CHECK-SAME:    %[[W:.*]]: tensor<?x?xf32>
// CHECK-DAG:     %[[N:.*]] = tensor.dim %[[W]], %c0
// CHECK-DAG:     %[[K:.*]] = tensor.dim %[[W]], %c1
// CHECK-DAG:     %[[G:.*]] = affine.apply #[[GROUPS]]()[%[[K]]]
// CHECK:         return %[[K]], %[[N]], %[[G]], %[[G]]
func.func @groups(%w: tensor<?x?xf32>) -> (index, index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c, %s, %z = quant.group_quantize %w {group_size = 128 : i64} : tensor<?x?xf32> -> tensor<?x?xi4>, tensor<?x?xf32>, tensor<?x?xi4>
  %0 = tensor.dim %c, %c1 : tensor<?x?xi4>
  %1 = tensor.dim %s, %c0 : tensor<?x?xf32>
  %2 = tensor.dim %s, %c1 : tensor<?x?xf32>
  %3 = tensor.dim %z, %c1 : tensor<?x?xi4>
  return %0, %1, %2, %3 : index, index, index, index
}

// -----

// Packed rows hold two codes a byte: the result alone knows its size.

// CHECK-LABEL: func @packed(
// CHECK-SAME:    %[[C:.*]]: tensor<?x5xi8>
// CHECK:         %[[N:.*]] = tensor.dim %[[C]], %c0
// CHECK:         return %[[N]], %c9
func.func @packed(%c: tensor<?x5xi8>, %s: tensor<?x3xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = quant.group_dequantize %c scales(%s) {group_size = 4 : i64} : tensor<?x5xi8>, tensor<?x3xf32> -> tensor<?x9xf32>
  %a = tensor.dim %0, %c0 : tensor<?x9xf32>
  %b = tensor.dim %0, %c1 : tensor<?x9xf32>
  return %a, %b : index, index
}

// -----

// CHECK-LABEL: func @destinations(
// CHECK-SAME:    %{{.*}}: tensor<?x4xf32>, %[[Q:.*]]: tensor<?x4xi8>, %[[S:.*]]: tensor<?xf32>
// CHECK-DAG:     %[[A:.*]] = tensor.dim %[[Q]], %c0
// CHECK-DAG:     %[[B:.*]] = tensor.dim %[[S]], %c0
// CHECK:         return %[[A]], %[[B]]
func.func @destinations(%x: tensor<?x4xf32>, %q: tensor<?x4xi8>, %s: tensor<?xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %0:2 = quant.quantize %x outs(%q, %s : tensor<?x4xi8>, tensor<?xf32>) : tensor<?x4xf32> -> tensor<?x4xi8>, tensor<?xf32>
  %a = tensor.dim %0#0, %c0 : tensor<?x4xi8>
  %b = tensor.dim %0#1, %c0 : tensor<?xf32>
  return %a, %b : index, index
}
