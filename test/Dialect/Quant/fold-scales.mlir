// RUN: quant-opt %s --quant-fold-scales --canonicalize --split-input-file | FileCheck %s

// A norm's gain and bias take the scale; the reshape between lets it through.
// The linear's weight is multiplied.

#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#ch3 = affine_map<(d0, d1, d2) -> (d2)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @norm(
func.func @norm(%x: tensor<1x4x2xf32>) -> tensor<4x2xf32> {
  // CHECK-DAG: arith.constant dense<5.000000e-01> : tensor<2xf32>
  // CHECK-DAG: arith.constant dense<[4.000000e+00, 5.000000e+00]> : tensor<2xf32>
  // CHECK-DAG: arith.constant dense<{{\[\[}}2.000000e+00, 8.000000e+00], [6.000000e+00, 1.600000e+01]]> : tensor<2x2xf32>
  // CHECK-NOT: quant.smooth
  // CHECK-NOT: quant.fuse_scale
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %bias = arith.constant dense<[8.0, 20.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id3, #ch3, #ch3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %gain, %bias : tensor<1x4x2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<1x4x2xf32>) {
  ^bb0(%a: f32, %g: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %g : f32
    %2 = arith.addf %1, %b : f32
    linalg.yield %2 : f32
  } -> tensor<1x4x2xf32>
  %c = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<1x4x2xf32> into tensor<4x2xf32>
  %sm = quant.smooth %c by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  %ob = quant.observe %sm "linear.input" : tensor<4x2xf32>
  %v = quant.fuse_scale %w by %s along [1] : tensor<2x2xf32>, tensor<2xf32>
  %e2 = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4x2xf32>) -> tensor<4x2xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%ob, %v : tensor<4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  return %3 : tensor<4x2xf32>
}

// -----

// Through ReLU, a maximum with a 0 of rank 0, into the rows of the linear
// before and its bias.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#none = affine_map<(d0, d1) -> ()>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @relu(
func.func @relu(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  // CHECK-DAG: arith.constant dense<{{\[\[}}4.000000e+00, 8.000000e+00], [1.000000e+00, 2.000000e+00]]> : tensor<2x2xf32>
  // CHECK-DAG: arith.constant dense<[1.600000e+01, 4.000000e+00]> : tensor<2xf32>
  // CHECK-NOT: quant.smooth
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : tensor<f32>
  %w = arith.constant dense<[[2.0, 4.0], [4.0, 8.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[8.0, 16.0]> : tensor<2xf32>
  %s = arith.constant dense<[0.5, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %0 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %w : tensor<4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %1 = linalg.generic {indexing_maps = [#id, #ch, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %b, %zeros : tensor<4x2xf32>, tensor<2xf32>, tensor<f32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %c: f32, %z: f32, %o: f32):
    %2 = arith.addf %a, %c : f32
    %3 = arith.maximumf %2, %z : f32
    linalg.yield %3 : f32
  } -> tensor<4x2xf32>
  %4 = quant.smooth %1 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %4 : tensor<4x2xf32>
}

// -----

// A gated unit: the up branch takes the scale, the gate cannot.

#id = affine_map<(d0, d1) -> (d0, d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @swiglu(
func.func @swiglu(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  // CHECK-DAG: %[[GATE:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]>
  // CHECK-DAG: %[[UP:.*]] = arith.constant dense<{{\[\[}}2.500000e+00, 3.000000e+00], [1.750000e+00, 2.000000e+00]]>
  // CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %[[GATE]] :
  // CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %[[UP]] :
  // CHECK-NOT: quant.smooth
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %wg = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %wu = arith.constant dense<[[5.0, 6.0], [7.0, 8.0]]> : tensor<2x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %g = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %wg : tensor<4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %sig = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%g : tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.negf %a : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.divf %one, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<4x2xf32>
  %act = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%g, %sig : tensor<4x2xf32>, tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<4x2xf32>
  %u = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %wu : tensor<4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %h = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%act, %u : tensor<4x2xf32>, tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<4x2xf32>
  %4 = quant.smooth %h by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %4 : tensor<4x2xf32>
}

// -----

// Grouped-query attention: two query heads share a value head, so the scales of
// output channels (0, 2) and (1, 3) must be equal. Batch 2 is merged with the
// heads on the way.

#kv = affine_map<(b, h, r, t, d) -> (b, h, t, d)>
#all = affine_map<(b, h, r, t, d) -> (b, h, r, t, d)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @grouped_query(
func.func @grouped_query(%x: tensor<6x5xf32>, %p: tensor<4x3x3xf32>) -> tensor<6x4xf32> {
  // CHECK: arith.constant dense<{{\[\[}}5.000000e-01, 5.000000e-01, 5.000000e-01, 5.000000e-01, 5.000000e-01], [2.500000e-01, 2.500000e-01, 2.500000e-01, 2.500000e-01, 2.500000e-01]]> : tensor<2x5xf32>
  // CHECK-NOT: quant.smooth
  %zero = arith.constant 0.0 : f32
  %wv = arith.constant dense<1.0> : tensor<2x5xf32>
  %s = arith.constant dense<[2.0, 4.0, 2.0, 4.0]> : tensor<4xf32>
  %e = tensor.empty() : tensor<6x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<6x2xf32>) -> tensor<6x2xf32>
  %v = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %wv : tensor<6x5xf32>, tensor<2x5xf32>) outs(%f : tensor<6x2xf32>) -> tensor<6x2xf32>
  %v4 = tensor.expand_shape %v [[0, 1], [2, 3]] output_shape [2, 3, 1, 2] : tensor<6x2xf32> into tensor<2x3x1x2xf32>
  %te = tensor.empty() : tensor<2x1x3x2xf32>
  %vt = linalg.transpose ins(%v4 : tensor<2x3x1x2xf32>) outs(%te : tensor<2x1x3x2xf32>) permutation = [0, 2, 1, 3]
  %re = tensor.empty() : tensor<2x1x2x3x2xf32>
  %r = linalg.generic {indexing_maps = [#kv, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%vt : tensor<2x1x3x2xf32>) outs(%re : tensor<2x1x2x3x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<2x1x2x3x2xf32>
  %vc = tensor.collapse_shape %r [[0, 1, 2], [3], [4]] : tensor<2x1x2x3x2xf32> into tensor<4x3x2xf32>
  %pe = tensor.empty() : tensor<4x3x2xf32>
  %pf = linalg.fill ins(%zero : f32) outs(%pe : tensor<4x3x2xf32>) -> tensor<4x3x2xf32>
  %pv = linalg.batch_matmul ins(%p, %vc : tensor<4x3x3xf32>, tensor<4x3x2xf32>) outs(%pf : tensor<4x3x2xf32>) -> tensor<4x3x2xf32>
  %o4 = tensor.expand_shape %pv [[0, 1], [2], [3]] output_shape [2, 2, 3, 2] : tensor<4x3x2xf32> into tensor<2x2x3x2xf32>
  %oe = tensor.empty() : tensor<2x3x2x2xf32>
  %ot = linalg.transpose ins(%o4 : tensor<2x2x3x2xf32>) outs(%oe : tensor<2x3x2x2xf32>) permutation = [0, 2, 1, 3]
  %o = tensor.collapse_shape %ot [[0, 1], [2, 3]] : tensor<2x3x2x2xf32> into tensor<6x4xf32>
  %sm = quant.smooth %o by %s along [1] : tensor<6x4xf32>, tensor<4xf32>
  return %sm : tensor<6x4xf32>
}

// -----

// A fused projection: the value's slice takes the scale, the other slices of
// the same result keep theirs.

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @fused_qkv(
func.func @fused_qkv(%x: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  // CHECK: arith.constant dense<{{\[\[}}8.000000e+00, 8.000000e+00], [8.000000e+00, 8.000000e+00], [4.000000e+00, 4.000000e+00], [2.000000e+00, 2.000000e+00]]> : tensor<4x2xf32>
  // CHECK-NOT: quant.smooth
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<8.0> : tensor<4x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %0 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %w : tensor<4x2xf32>, tensor<4x2xf32>) outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %q = tensor.extract_slice %0[0, 0] [4, 2] [1, 1] : tensor<4x4xf32> to tensor<4x2xf32>
  %v = tensor.extract_slice %0[0, 2] [4, 2] [1, 1] : tensor<4x4xf32> to tensor<4x2xf32>
  %1 = quant.smooth %v by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %q, %1 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// Concatenation, insertion and padding cut the scale.

// CHECK-LABEL: func @cut(
func.func @cut() -> tensor<2x7xf32> {
  // CHECK-DAG: %[[A:.*]] = arith.constant dense<{{\[\[}}4.000000e+00, 2.000000e+00], [4.000000e+00, 2.000000e+00]]>
  // CHECK-DAG: %[[B:.*]] = arith.constant dense<2.500000e-01> : tensor<2x1xf32>
  // CHECK-DAG: %[[C:.*]] = arith.constant dense<{{\[\[}}4.000000e+00, 2.000000e+00, 4.000000e+00, 2.000000e+00, 1.000000e+00], [4.000000e+00, 2.000000e+00, 4.000000e+00, 2.000000e+00, 1.000000e+00]]>
  // CHECK-NOT: quant.smooth
  %zero = arith.constant 0.0 : f32
  %a = arith.constant dense<8.0> : tensor<2x2xf32>
  %b = arith.constant dense<8.0> : tensor<2x1xf32>
  %c = arith.constant dense<8.0> : tensor<2x5xf32>
  %s = arith.constant dense<[16.0, 2.0, 4.0, 2.0, 4.0, 8.0, 32.0]> : tensor<7xf32>
  %i = tensor.insert_slice %a into %c[0, 2] [2, 2] [1, 1] : tensor<2x2xf32> into tensor<2x5xf32>
  %p = tensor.pad %i low[0, 1] high[0, 0] {
  ^bb0(%x: index, %y: index):
    tensor.yield %zero : f32
  } : tensor<2x5xf32> to tensor<2x6xf32>
  %k = tensor.concat dim(1) %p, %b : (tensor<2x6xf32>, tensor<2x1xf32>) -> tensor<2x7xf32>
  %0 = quant.smooth %k by %s along [1] : tensor<2x7xf32>, tensor<7xf32>
  return %0 : tensor<2x7xf32>
}

// -----

// A residual sum of two linears; a masked choice between a scaled value and 0;
// a parameter with another use is copied for the use that takes the scale.

#id = affine_map<(d0, d1) -> (d0, d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @sum_and_mask(
func.func @sum_and_mask(%x: tensor<4x2xf32>, %mask: tensor<4x2xi1>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<tied.weight> : tensor<2x2xf32>
  // CHECK-DAG: %[[S:.*]] = arith.constant dense_resource<"tied.weight@2"> : tensor<2x2xf32>
  // CHECK-DAG: %[[V:.*]] = arith.constant dense<{{\[\[}}4.000000e+00, 4.000000e+00], [2.000000e+00, 2.000000e+00]]> : tensor<2x2xf32>
  // CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %[[S]] :
  // CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %[[V]] :
  // CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %[[W]] :
  // CHECK-NOT: quant.smooth
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense_resource<tied.weight> : tensor<2x2xf32>
  %v = arith.constant dense<8.0> : tensor<2x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %0 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %w : tensor<4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %v : tensor<4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %w : tensor<4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %1, %mask : tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xi1>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %m: i1, %o: f32):
    %5 = arith.addf %a, %b : f32
    %6 = arith.select %m, %5, %zero : f32
    linalg.yield %6 : f32
  } -> tensor<4x2xf32>
  %4 = quant.smooth %3 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %4, %2 : tensor<4x2xf32>, tensor<4x2xf32>
}

// [[8, 8], [8, 8]] becomes [[4, 4], [2, 2]]; the original is still in use.
// CHECK-DAG: tied.weight: "0x0400000000000041000000410000004100000041"
// CHECK-DAG: "tied.weight@2": "0x4000000000008040000080400000004000000040"
{-#
  dialect_resources: {
    builtin: {
      tied.weight: "0x0400000000000041000000410000004100000041"
    }
  }
#-}

// -----

// Several fuse_scales of one constant, in f16. A scale that passes an observer
// divides its statistics.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @twice(
func.func @twice(%x: tensor<4x2xf32>) -> (tensor<2x2xf16>, tensor<4x2xf32>) {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[}}6.000000e+00, 1.000000e+01], [1.200000e+01, 2.000000e+01]]> : tensor<2x2xf16>
  // CHECK-DAG: arith.constant dense<[1.000000e+00, 5.000000e-01]> : tensor<2xf32>
  // CHECK: quant.observe %{{.*}} "x" {absmax = dense<[5.000000e+00, 2.000000e+00]> : tensor<2xf32>, mean_abs = dense<[1.000000e+00, 5.000000e-01]> : tensor<2xf32>, moment2 = dense<1.000000e+00> : tensor<2x2xf32>, moment_scale = dense<[1.000000e+00, 1.200000e+01]> : tensor<2xf32>}
  // CHECK: return %[[W]]
  %w = arith.constant dense<2.0> : tensor<2x2xf16>
  %s = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %t = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = quant.fuse_scale %w by %s along [1] : tensor<2x2xf16>, tensor<2xf32>
  %1 = quant.fuse_scale %0 by %t along [0] : tensor<2x2xf16>, tensor<2xf32>
  %g = arith.constant dense<[2.0, 2.0]> : tensor<2xf32>
  %u = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %2 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %4 = arith.divf %b, %a : f32
    linalg.yield %4 : f32
  } -> tensor<4x2xf32>
  %ob = quant.observe %2 "x" {absmax = dense<[10.0, 8.0]> : tensor<2xf32>, mean_abs = dense<2.0> : tensor<2xf32>, moment2 = dense<1.0> : tensor<2x2xf32>, moment_scale = dense<[0.5, 3.0]> : tensor<2xf32>} : tensor<4x2xf32>
  %3 = quant.smooth %ob by %u along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %1, %3 : tensor<2x2xf16>, tensor<4x2xf32>
}

// -----

// A constant may be a gain and a scale at once.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @gain_is_scale(
// CHECK: arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @gain_is_scale(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2 : tensor<4x2xf32>
}

// -----

// A norm that multiplies by 1 + w: the sum is made a constant, and divided.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#vec = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func @one_plus_weight(
// CHECK-DAG: %[[G:.*]] = arith.constant dense<[2.500000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[G]] :
// CHECK-NOT: quant.smooth
func.func @one_plus_weight(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %one = arith.constant 1.0 : f32
  %w = arith.constant dense<[4.0, 7.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %ve = tensor.empty() : tensor<2xf32>
  %g = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]}
      ins(%w : tensor<2xf32>) outs(%ve : tensor<2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %a, %one : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2 : tensor<4x2xf32>
}

// -----

// Each use of a scaled constant gets the product of its scales.

// CHECK-LABEL: func @smoothed_constant(
// CHECK-DAG: %[[ONCE:.*]] = arith.constant dense<5.000000e-01> : tensor<1x2xf32>
// CHECK-DAG: %[[TWICE:.*]] = arith.constant dense<{{\[\[}}2.500000e-01, 1.250000e-01]]> : tensor<1x2xf32>
// CHECK: return %[[ONCE]], %[[TWICE]]
func.func @smoothed_constant() -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %c = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %0 = quant.smooth %c by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  %1 = quant.smooth %c by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  %2 = quant.smooth %1 by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  return %0, %2 : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// The first of two gains has no data; the second takes the scale, in f64.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
ml_program.global private @unbound(#ml_program.extern : tensor<2xf64>) : tensor<2xf64>

// 1 + 2^-40 is no f32.
// CHECK-LABEL: func @next_way(
// CHECK: arith.constant dense<[0.50000000000045475, 5.000000e-01]> : tensor<2xf64>
// CHECK-NOT: quant.smooth
func.func @next_way(%x: tensor<4x2xf64>) -> tensor<4x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %u = ml_program.global_load_const @unbound : tensor<2xf64>
  %w = arith.constant dense<[1.0000000000009095, 2.0]> : tensor<2xf64>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %u, %w : tensor<4x2xf64>, tensor<2xf64>, tensor<2xf64>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f64, %b: f64, %c: f64, %o: f32):
    %2 = arith.mulf %a, %b : f64
    %3 = arith.mulf %2, %c : f64
    %4 = arith.truncf %3 : f64 to f32
    linalg.yield %4 : f32
  } -> tensor<4x2xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// The route without ties ends in a gain without data; the other ties channels
// whose scales are equal.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
ml_program.global private @unbound(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>

// CHECK-LABEL: func @tied_way(
// CHECK: arith.constant dense<[4.000000e+00, 5.000000e-01]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @tied_way(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %s = arith.constant dense<[[2.0, 2.0], [4.0, 4.0]]> : tensor<2x2xf32>
  %u = ml_program.global_load_const @unbound : tensor<2x2xf32>
  %w = arith.constant dense<[8.0, 2.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%u, %w : tensor<2x2xf32>, tensor<2xf32>) outs(%e : tensor<2x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %2 = arith.mulf %a, %b : f32
    linalg.yield %2 : f32
  } -> tensor<2x2xf32>
  %1 = quant.smooth %0 by %s along [0, 1] : tensor<2x2xf32>, tensor<2x2xf32>
  %2 = linalg.add ins(%1, %x : tensor<2x2xf32>, tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %2 : tensor<2x2xf32>
}

// -----

// In the region of a loop a scale ends in what was computed from constants
// outside, as it does in constants.

#vec = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func @constants_outside(
// CHECK: arith.constant dense<[2.500000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @constants_outside(%x: tensor<2xf32>, %n: index) -> tensor<2xf32> {
  %zero = arith.constant 0 : index
  %step = arith.constant 1 : index
  %one = arith.constant dense<1.0> : tensor<2xf32>
  %w = arith.constant dense<[4.0, 7.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %g = arith.addf %w, %one : tensor<2xf32>
  %0 = scf.for %i = %zero to %n step %step iter_args(%a = %x) -> tensor<2xf32> {
    %1 = arith.mulf %a, %g : tensor<2xf32>
    %2 = quant.smooth %1 by %s along [0] : tensor<2xf32>, tensor<2xf32>
    scf.yield %2 : tensor<2xf32>
  }
  return %0 : tensor<2xf32>
}
