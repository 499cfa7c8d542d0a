// RUN: quant-opt %s --quant-smooth="search" --remarks-filter=quant-smooth -o /dev/null 2>&1 | FileCheck %s
// RUN: quant-opt %s --quant-smooth="alpha=0 always" --quant-fold-scales --remarks-filter="quant-smooth|quant-fold-scales" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ALWAYS

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// The error of weights near the end of f32 is predicted as that of others is.

// CHECK: Smoothed {{.*}}Error=7.{{.*}}e-03, ErrorBefore=[[BEFORE:[0-9.e+-]+]], Remark="large.input is smoothed
// CHECK: Smoothed {{.*}}Error=7.{{.*}}e-03, ErrorBefore=[[BEFORE]], Remark="common.input is smoothed
func.func @weights(%x: tensor<3x4xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 2.0, -1.0, 1.5], [1.0, -2.0, 1.75, 1.0]]> : tensor<2x4xf32>
  // 2^126 times as large.
  %v = arith.constant dense<[[0x7E800000, 0x7F000000, 0xFE800000, 0x7EC00000], [0x7E800000, 0xFF000000, 0x7EE00000, 0x7E800000]]> : tensor<2x4xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %x1 = quant.observe %x "common.input" {absmax = dense<[64.0, 1.0, 1.0, 1.0]> : tensor<4xf32>} : tensor<3x4xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x4xf32>, tensor<2x4xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  %x2 = quant.observe %x "large.input" {absmax = dense<[64.0, 1.0, 1.0, 1.0]> : tensor<4xf32>} : tensor<3x4xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %v : tensor<3x4xf32>, tensor<2x4xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %1, %2 : tensor<3x2xf32>, tensor<3x2xf32>
}

// A scale of 1e-5 would take the magnitude of its input beyond f32.

// ALWAYS: NotSmoothed {{.*}}Reason="statistics of far.input would exceed f32: its channel 1 is divided by 1.0e-05", Remark="far.input is not smoothed", Suggestion="exclude its linears"
func.func @activation(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 1.0e10]]> : tensor<1x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x1 = quant.observe %x "far.input" {absmax = dense<[1.0, 1.0e36]> : tensor<2xf32>} : tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// Nor does a scale move through the observer of another linear whose statistics
// would not be finite.

// ALWAYS: ScaleStays {{.*}}Reason="statistics of kept.input would exceed f32: its channel 0 is divided by 1.0e-39", Remark="the scale of outer.input stays at its linears"
// ALWAYS: ScaleStays {{.*}}Reason="statistics of extremes.input would exceed f32: its channel 0 is divided by 1.0e-05", Remark="the scale of outer.input stays at its linears"
// ALWAYS: ScaleStays {{.*}}Reason="statistics of inner.input would exceed f32: its channel 0 is divided by 1.0e-05", Remark="the scale of outer.input stays at its linears"
func.func @through(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<1.0> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 1.0]]> : tensor<1x2xf32>
  %s = arith.constant dense<[1.0e-5, 1.0]> : tensor<2xf32>
  %e2 = tensor.empty() : tensor<3x2xf32>
  %h = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x2xf32>, tensor<2xf32>) outs(%e2 : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x2xf32>
  %i = quant.observe %h "inner.input" {absmax = dense<[1.0e36, 1.0]> : tensor<2xf32>} : tensor<3x2xf32>
  %d = quant.smooth %i by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  %x1 = quant.observe %d "outer.input" : tensor<3x2xf32>
  %v = quant.fuse_scale %w by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %v : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// All statistics count, and the inverse scale of those that are not divided.

func.func @extremes(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<1.0> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 1.0]]> : tensor<1x2xf32>
  %s = arith.constant dense<[1.0e-5, 1.0]> : tensor<2xf32>
  %e2 = tensor.empty() : tensor<3x2xf32>
  %h = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x2xf32>, tensor<2xf32>) outs(%e2 : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x2xf32>
  %i = quant.observe %h "extremes.input" {mean_abs = dense<1.0e36> : tensor<2xf32>, min = dense<-1.0e36> : tensor<2xf32>, max = dense<1.0e36> : tensor<2xf32>} : tensor<3x2xf32>
  %d = quant.smooth %i by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  %x1 = quant.observe %d "outer.input" : tensor<3x2xf32>
  %v = quant.fuse_scale %w by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %v : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

func.func @kept(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<1.0e-5> : tensor<2xf32>
  %w = arith.constant dense<[[1.0e5, 1.0]]> : tensor<1x2xf32>
  %s = arith.constant dense<[1.0e-39, 1.0]> : tensor<2xf32>
  %e2 = tensor.empty() : tensor<3x2xf32>
  %h = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x2xf32>, tensor<2xf32>) outs(%e2 : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x2xf32>
  %i = quant.observe %h "kept.input" {absmax = dense<[1.0e-3, 1.0]> : tensor<2xf32>, sample = dense<1.0e-3> : tensor<1x2xf32>} : tensor<3x2xf32>
  %d = quant.smooth %i by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  %x1 = quant.observe %d "outer.input" : tensor<3x2xf32>
  %v = quant.fuse_scale %w by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %v : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}
