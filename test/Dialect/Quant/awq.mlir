// RUN: quant-opt %s --quant-awq="group-size=0 grid=1 form=activations" --split-input-file --remarks-filter=quant-awq 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// A weight of 0.1 beside 1 is rounded to 1/7. Its channel is 16 times the other
// one: r = 1 makes s = [16, 1] / 4 of it, and the weights [0.4, 0.25].

// REMARK: Passed] Scaled {{.*}}ErrorRatio={{.*}}Remark="q.input is scaled by mean|x|^r with r = 1.00, which folds; errors are those under second moments"

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @folds(
// CHECK-DAG: %[[S:.*]] = arith.constant dense<[4.000000e+00, 2.500000e-01]> : tensor<2xf32>
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[}}1.000000e-01, 1.000000e+00]]> : tensor<1x2xf32>
// CHECK: %[[X:.*]] = quant.smooth %{{.*}} by %[[S]] along [1] : tensor<3x2xf32>, tensor<2xf32>
// CHECK: %[[O:.*]] = quant.observe %[[X]] "q.input" {mean_abs = dense<4.000000e+00> : tensor<2xf32>, moment2 = dense<{{.*}}> : tensor<2x2xf32>, moment_scale = dense<[4.000000e+00, 2.500000e-01]> : tensor<2xf32>}
// CHECK: %[[V:.*]] = quant.fuse_scale %[[W]] by %[[S]] along [1] : tensor<1x2xf32>, tensor<2xf32>
// CHECK: linalg.matmul {{.*}} ins(%[[O]], %[[V]] :
func.func @folds(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<1.0> : tensor<2xf32>
  %w = arith.constant dense<[[0.1, 1.0]]> : tensor<1x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %h = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x2xf32>, tensor<2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x2xf32>
  %x1 = quant.observe %h "q.input" {mean_abs = dense<[16.0, 1.0]> : tensor<2xf32>, moment2 = dense<[[256.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e1 = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

// The channels are alike, so no scale helps. A function's argument cannot take a
// scale, a head is excluded, and what other ops read has no scale of its own.

// REMARK: NotScaled {{.*}}Reason="the scale reaches an argument of the function
// REMARK: NotScaled {{.*}}Reason="it feeds lm_head: its name matches
// REMARK: NotScaled {{.*}}Reason="it also feeds func.return, which is not a linear", Remark="d.input is not scaled", Suggestion="observe the linears' input alone"
// REMARK: NotScaled {{.*}}Reason="no statistics", Remark="e.input is not scaled", Suggestion="run quant-attach-statistics before quant-awq"
// REMARK: NotScaled {{.*}}Reason="no scale of the grid lowers the error of its linears", Remark="a.input is not scaled"

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @left_alone(
// CHECK-NOT: quant.smooth
// CHECK-NOT: quant.fuse_scale
func.func @left_alone(%x: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x2xf32>, tensor<3x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<1.0> : tensor<2xf32>
  %w = arith.constant dense<[[0.5, 1.0]]> : tensor<1x2xf32>
  %wh = arith.constant dense_resource<lm_head.weight> : tensor<1x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %h = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x2xf32>, tensor<2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x2xf32>
  %h2 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x2xf32>, tensor<2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x2xf32>
  %e1 = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x1 = quant.observe %h2 "a.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<1.0> : tensor<2x2xf32>} : tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x2 = quant.observe %x "b.input" {mean_abs = dense<1.0> : tensor<2xf32>, sample = dense<1.0> : tensor<5x2xf32>} : tensor<3x2xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x3 = quant.observe %h "c.input" {mean_abs = dense<1.0> : tensor<2xf32>} : tensor<3x2xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x3, %wh : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x4 = quant.observe %h "d.input" {mean_abs = dense<1.0> : tensor<2xf32>} : tensor<3x2xf32>
  %4 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x4, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x5 = quant.observe %h "e.input" : tensor<3x2xf32>
  %5 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x5, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1, %2, %3, %x4, %5 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x2xf32>, tensor<3x1xf32>
}

{-#
  dialect_resources: {
    builtin: {
      lm_head.weight: "0x040000000000803F0000803F"
    }
  }
#-}

// -----

// Nothing to scale where there are no channels or no rows of weights.

// REMARK: NotScaled {{.*}}Reason="it has no channels", Remark="k0.input is not scaled"
// REMARK: NotScaled {{.*}}Reason="it feeds a linear without a name: its weight has no elements", Remark="n0.input is not scaled"

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @empty_weights(
// CHECK-NOT: quant.smooth
func.func @empty_weights(%x: tensor<3x0xf32>, %z: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x0xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<> : tensor<1x0xf32>
  %v = arith.constant dense<> : tensor<0x2xf32>
  %x1 = quant.observe %x "k0.input" {mean_abs = dense<> : tensor<0xf32>, moment2 = dense<> : tensor<0x0xf32>} : tensor<3x0xf32>
  %z1 = quant.observe %z "n0.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<1.0> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x0xf32>, tensor<1x0xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %e2 = tensor.empty() : tensor<3x0xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<3x0xf32>) -> tensor<3x0xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%z1, %v : tensor<3x2xf32>, tensor<0x2xf32>) outs(%f2 : tensor<3x0xf32>) -> tensor<3x0xf32>
  return %1, %2 : tensor<3x1xf32>, tensor<3x0xf32>
}
