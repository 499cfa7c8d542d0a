// RUN: quant-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func @ones(
// CHECK-SAME:    %[[X:.*]]: tensor<2x3xf32>, %[[W:.*]]: tensor<2x3xf32>
// CHECK-NEXT:    return %[[X]], %[[W]]
func.func @ones(%x: tensor<2x3xf32>, %w: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %splat = arith.constant dense<1.0> : tensor<3xf32>
  %s = arith.constant dense_resource<ones> : tensor<3xf32>
  %0 = quant.smooth %x by %splat along [1] : tensor<2x3xf32>, tensor<3xf32>
  %1 = quant.fuse_scale %w by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf32>
}
{-#
  dialect_resources: {
    builtin: {
      ones: "0x040000000000803F0000803F0000803F"
    }
  }
#-}

// -----

// CHECK-LABEL: func @almost_ones
// CHECK:         quant.smooth
func.func @almost_ones(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = arith.constant dense<[1.0, 1.0, 1.0000001]> : tensor<3xf32>
  %0 = quant.smooth %x by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func @scale_of_scale(
// CHECK-SAME:    %[[X:.*]]: tensor<2x3xf32>, %[[W:.*]]: tensor<2x3xf32>
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<[6.000000e+00, 5.000000e-01, 3.000000e+00]> : tensor<3xf32>
// CHECK-DAG:     %[[Y:.*]] = quant.smooth %[[X]] by %[[S]] along [1]
// CHECK-DAG:     %[[V:.*]] = quant.fuse_scale %[[W]] by %[[S]] along [1]
// CHECK:         return %[[Y]], %[[V]]
func.func @scale_of_scale(%x: tensor<2x3xf32>, %w: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %s = arith.constant dense<[2.0, 0.25, 1.0]> : tensor<3xf32>
  %t = arith.constant dense<[3.0, 2.0, 3.0]> : tensor<3xf32>
  %0 = quant.smooth %x by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %1 = quant.smooth %0 by %t along [1] : tensor<2x3xf32>, tensor<3xf32>
  %2 = quant.fuse_scale %w by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %3 = quant.fuse_scale %2 by %t along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %1, %3 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Other axes, and scales whose data is not here.

// CHECK-LABEL: func @not_merged
// CHECK-COUNT-2: quant.smooth
// CHECK-COUNT-2: quant.smooth
func.func @not_merged(%x: tensor<3x3xf32>, %t: tensor<3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>) {
  %s = arith.constant dense<[2.0, 0.25, 1.0]> : tensor<3xf32>
  %0 = quant.smooth %x by %s along [0] : tensor<3x3xf32>, tensor<3xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<3x3xf32>, tensor<3xf32>
  %2 = quant.smooth %x by %s along [1] : tensor<3x3xf32>, tensor<3xf32>
  %3 = quant.smooth %2 by %t along [1] : tensor<3x3xf32>, tensor<3xf32>
  return %1, %3 : tensor<3x3xf32>, tensor<3x3xf32>
}

// -----

// A product out of range would be no scale.

// CHECK-LABEL: func @overflow
// CHECK-COUNT-2: quant.smooth
// CHECK-COUNT-2: quant.fuse_scale
func.func @overflow(%x: tensor<1xf32>) -> (tensor<1xf32>, tensor<1xf32>) {
  %huge = arith.constant dense<1.0e30> : tensor<1xf32>
  %tiny = arith.constant dense<1.0e-30> : tensor<1xf32>
  %0 = quant.smooth %x by %huge along [0] : tensor<1xf32>, tensor<1xf32>
  %1 = quant.smooth %0 by %huge along [0] : tensor<1xf32>, tensor<1xf32>
  %2 = quant.fuse_scale %x by %tiny along [0] : tensor<1xf32>, tensor<1xf32>
  %3 = quant.fuse_scale %2 by %tiny along [0] : tensor<1xf32>, tensor<1xf32>
  return %1, %3 : tensor<1xf32>, tensor<1xf32>
}

// -----

// CHECK-LABEL: func @undo_powers_of_two(
// CHECK-SAME:    %[[X:.*]]: tensor<2x3xf32>
// CHECK-NEXT:    return %[[X]], %[[X]]
func.func @undo_powers_of_two(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %s = arith.constant dense<[2.0, 0.25, 64.0]> : tensor<3xf32>
  %0 = quant.smooth %x by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %1 = quant.fuse_scale %0 by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %2 = quant.fuse_scale %x by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %3 = quant.smooth %2 by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %1, %3 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// x / 3 * 3 is not x in floats; another scale is no inverse.

// CHECK-LABEL: func @not_undone
// CHECK:         quant.smooth
// CHECK:         quant.fuse_scale
// CHECK:         quant.smooth
// CHECK:         quant.fuse_scale
func.func @not_undone(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %s = arith.constant dense<[2.0, 3.0, 64.0]> : tensor<3xf32>
  %t = arith.constant dense<[2.0, 4.0, 64.0]> : tensor<3xf32>
  %u = arith.constant dense<[2.0, 4.0, 32.0]> : tensor<3xf32>
  %0 = quant.smooth %x by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %1 = quant.fuse_scale %0 by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %2 = quant.smooth %x by %t along [1] : tensor<2x3xf32>, tensor<3xf32>
  %3 = quant.fuse_scale %2 by %u along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %1, %3 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Weights are not multiplied or dequantized unasked.

// CHECK-LABEL: func @weights_stay
// CHECK:         quant.fuse_scale
// CHECK:         quant.dequantize
// CHECK:         quant.group_dequantize
func.func @weights_stay() -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %q = arith.constant dense<1> : tensor<2x2xi8>
  %c = arith.constant dense<1> : tensor<2x2xi4>
  %s = arith.constant dense<2.0> : tensor<2xf32>
  %gs = arith.constant dense<2.0> : tensor<2x1xf32>
  %0 = quant.fuse_scale %w by %s along [1] : tensor<2x2xf32>, tensor<2xf32>
  %1 = quant.dequantize %q scale(%s) along [0] : tensor<2x2xi8>, tensor<2xf32> -> tensor<2x2xf32>
  %2 = quant.group_dequantize %c scales(%gs) {group_size = 2 : i64} : tensor<2x2xi4>, tensor<2x1xf32> -> tensor<2x2xf32>
  return %0, %1, %2 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// CHECK-LABEL: func @unit_smoothing
// CHECK:         quant.quantize %{{.*}} scale(%{{.*}} : tensor<f32>) outs(
// CHECK:         quant.quantize %{{.*}} smooth(%{{.*}} : tensor<3xf32>) outs(
func.func @unit_smoothing(%x: tensor<2x3xf32>, %sx: tensor<f32>, %qi: tensor<2x3xi8>, %si: tensor<2xf32>)
    -> (tensor<2x3xi8>, tensor<2x3xi8>, tensor<2xf32>) {
  %s = arith.constant dense<1.0> : tensor<3xf32>
  %t = arith.constant dense<[1.0, 1.0, 2.0]> : tensor<3xf32>
  %0 = quant.quantize %x scale(%sx : tensor<f32>) smooth(%s : tensor<3xf32>) outs(%qi : tensor<2x3xi8>)
      : tensor<2x3xf32> -> tensor<2x3xi8>
  %1:2 = quant.quantize %x smooth(%t : tensor<3xf32>) outs(%qi, %si : tensor<2x3xi8>, tensor<2xf32>)
      : tensor<2x3xf32> -> tensor<2x3xi8>, tensor<2xf32>
  return %0, %1#0, %1#1 : tensor<2x3xi8>, tensor<2x3xi8>, tensor<2xf32>
}

// -----

// Destinations tell the sizes of results, and unused results cost nothing.

// CHECK-LABEL: func @destinations(
// CHECK-SAME:    %[[Q:.*]]: tensor<?x3xi8>, %{{.*}}: tensor<4x3xi8>, %{{.*}}: tensor<f32>, %[[Y:.*]]: tensor<?x4xf32>
// CHECK:         %[[M:.*]] = tensor.dim %[[Y]], %c0
// CHECK-NEXT:    return %[[M]]
func.func @destinations(%q: tensor<?x3xi8>, %w: tensor<4x3xi8>, %s: tensor<f32>, %yi: tensor<?x4xf32>) -> index {
  %c0 = arith.constant 0 : index
  %y = quant.matmul %q, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%yi : tensor<?x4xf32>)
      : tensor<?x3xi8>, tensor<4x3xi8> -> tensor<?x4xf32>
  %m = tensor.dim %y, %c0 : tensor<?x4xf32>
  return %m : index
}

// -----

// Static sizes behind casts are taken in.

// CHECK-LABEL: func @casts
// CHECK:         %[[Y:.*]] = quant.matmul %{{.*}} : tensor<2x3xi8>, tensor<4x3xi8> -> tensor<2x4xf32>
func.func @casts(%q: tensor<2x3xi8>, %w: tensor<4x3xi8>, %s: tensor<f32>, %yi: tensor<2x4xf32>) -> tensor<?x4xf32> {
  %qd = tensor.cast %q : tensor<2x3xi8> to tensor<?x3xi8>
  %yd = tensor.cast %yi : tensor<2x4xf32> to tensor<?x4xf32>
  %y = quant.matmul %qd, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%yd : tensor<?x4xf32>)
      : tensor<?x3xi8>, tensor<4x3xi8> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// Writes to memory are effects.

// CHECK-LABEL: func @memrefs
// CHECK:         quant.quantize
func.func @memrefs(%x: memref<2x3xf32>, %s: memref<f32>, %q: memref<2x3xi8>) {
  quant.quantize %x scale(%s : memref<f32>) outs(%q : memref<2x3xi8>) : memref<2x3xf32>
  return
}
