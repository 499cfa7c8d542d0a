// RUN: quant-opt %s --quant-smooth --split-input-file | FileCheck %s
// RUN: quant-opt %s --quant-smooth=alpha=1 --split-input-file | FileCheck %s --check-prefix=ALPHA1
// RUN: quant-opt %s --quant-smooth="alpha=0.5 always" --quant-fold-scales --split-input-file | FileCheck %s --check-prefix=FOLDED

// s = sqrt(max|X|) / sqrt(max|W|), the weight's maximum over both linears:
// sqrt(16/4) = 2, sqrt(36/9) = 2, sqrt(64/1) = 8 and 1 for the dead channel.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @group(
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<1x4xf32>
// CHECK-DAG: %[[V:.*]] = arith.constant dense<{{.*}}> : tensor<2x4xf32>
// CHECK: %[[H:.*]] = linalg.generic
// CHECK: %[[S:.*]] = arith.constant dense<[2.000000e+00, 2.000000e+00, 8.000000e+00, 1.000000e+00]> : tensor<4xf32>
// CHECK: %[[X:.*]] = quant.smooth %[[H]] by %[[S]] along [1] : tensor<3x4xf32>, tensor<4xf32>
// CHECK: %[[O:.*]] = quant.observe %[[X]] "q.input" {absmax = dense<[8.000000e+00, 1.800000e+01, 8.000000e+00, 0.000000e+00]> : tensor<4xf32>, mean_abs = dense<[1.000000e+00, 1.000000e+00, 2.500000e-01, 0.000000e+00]> : tensor<4xf32>, samples = 128 : i64}
// CHECK: %[[WS:.*]] = quant.fuse_scale %[[W]] by %[[S]] along [1]
// CHECK: linalg.matmul {{.*}} ins(%[[O]], %[[WS]] :
// CHECK: %[[VS:.*]] = quant.fuse_scale %[[V]] by %[[S]] along [1]
// CHECK: linalg.matmul {{.*}} ins(%[[O]], %[[VS]] :

// ALPHA1-LABEL: func @group(
// ALPHA1: arith.constant dense<[1.600000e+01, 3.600000e+01, 6.400000e+01, 1.000000e+00]> : tensor<4xf32>

// FOLDED-LABEL: func @group(
// FOLDED-DAG: arith.constant dense<[5.000000e-01, 5.000000e-01, 1.250000e-01, 1.000000e+00]> : tensor<4xf32>
// FOLDED-DAG: arith.constant dense<{{\[\[}}8.000000e+00, 4.000000e+00, 8.000000e+00, 3.000000e+00]]> : tensor<1x4xf32>
// FOLDED-NOT: quant.smooth
func.func @group(%x: tensor<3x4xf32>) -> (tensor<3x1xf32>, tensor<3x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<1.0> : tensor<4xf32>
  %w = arith.constant dense<[[4.0, 2.0, 1.0, 3.0]]> : tensor<1x4xf32>
  %v = arith.constant dense<[[-1.0, 9.0, 0.5, 1.0], [1.0, 1.0, -1.0, 1.0]]> : tensor<2x4xf32>
  %e = tensor.empty() : tensor<3x4xf32>
  %h = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x4xf32>, tensor<4xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x4xf32>
  %x1 = quant.observe %h "q.input" {absmax = dense<[16.0, 36.0, 64.0, 0.0]> : tensor<4xf32>,
      mean_abs = dense<[2.0, 2.0, 2.0, 0.0]> : tensor<4xf32>, samples = 128 : i64} : tensor<3x4xf32>
  %e1 = tensor.empty() : tensor<3x1xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x4xf32>, tensor<1x4xf32>) outs(%f1 : tensor<3x1xf32>) -> tensor<3x1xf32>
  %e2 = tensor.empty() : tensor<3x2xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %v : tensor<3x4xf32>, tensor<2x4xf32>) outs(%f2 : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %1, %2 : tensor<3x1xf32>, tensor<3x2xf32>
}

// -----

// Two groups in a row: the second one's scale, sqrt(64/4) = 4 and
// sqrt(4/4) = 1, divides the rows of the first one's weight, whose columns
// then have the maxima max(16/4, 4) = 4 and max(4/4, 1) = 1.

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// FOLDED-LABEL: func @consumer_first(
// FOLDED-DAG: dense<{{\[\[}}8.000000e+00, 4.000000e+00], [8.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
// FOLDED-DAG: dense<{{\[\[}}1.600000e+01, 4.000000e+00]]> : tensor<1x2xf32>
// FOLDED-DAG: %[[S:.*]] = arith.constant dense_resource<first.input.smoothing> : tensor<2xf32>
// FOLDED: quant.smooth %{{.*}} by %[[S]]
// FOLDED-NOT: quant.smooth
// FOLDED: first.input.smoothing: "0x400000000000004000008040"
func.func @consumer_first(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[16.0, 4.0], [4.0, 1.0]]> : tensor<2x2xf32>
  %v = arith.constant dense<[[4.0, 4.0]]> : tensor<1x2xf32>
  %x1 = quant.observe %x "first.input" {absmax = dense<16.0> : tensor<2xf32>, samples = 128 : i64} : tensor<3x2xf32>
  %e1 = tensor.empty() : tensor<3x2xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f1 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %x2 = quant.observe %1 "second.input" {absmax = dense<[64.0, 4.0]> : tensor<2xf32>, samples = 128 : i64} : tensor<3x2xf32>
  %e2 = tensor.empty() : tensor<3x1xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<3x1xf32>) -> tensor<3x1xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %v : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f2 : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %2 : tensor<3x1xf32>
}

// -----

// Two query heads share a value head: channels 0 and 1 get one scale, from the
// maxima over both, sqrt(64/4) = 4.

#kv = affine_map<(d0, d1, d2) -> (d0, d2)>
#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// FOLDED-LABEL: func @tied(
// FOLDED-DAG: dense<{{\[\[}}1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>
// FOLDED-DAG: dense<{{\[\[}}4.000000e+00, 1.600000e+01, 8.000000e+00, 8.000000e+00]]> : tensor<1x4xf32>
// FOLDED-NOT: quant.smooth
func.func @tied(%x: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<4.0> : tensor<2x1xf32>
  %v = arith.constant dense<[[1.0, 4.0, 4.0, 4.0]]> : tensor<1x4xf32>
  %e1 = tensor.empty() : tensor<3x2xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %w : tensor<3x1xf32>, tensor<2x1xf32>) outs(%f1 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %e3 = tensor.empty() : tensor<3x2x2xf32>
  %3 = linalg.broadcast ins(%1 : tensor<3x2xf32>) outs(%e3 : tensor<3x2x2xf32>) dimensions = [2]
  %4 = tensor.collapse_shape %3 [[0], [1, 2]] : tensor<3x2x2xf32> into tensor<3x4xf32>
  %x1 = quant.observe %4 "o.input" {absmax = dense<[64.0, 4.0, 16.0, 1.0]> : tensor<4xf32>, samples = 128 : i64} : tensor<3x4xf32>
  %e2 = tensor.empty() : tensor<3x1xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<3x1xf32>) -> tensor<3x1xf32>
  %5 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %v : tensor<3x4xf32>, tensor<1x4xf32>) outs(%f2 : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %5 : tensor<3x1xf32>
}
