// RUN: rm -rf %t && mkdir %t
// RUN: quant-report %s --json=%t/r.json --chip=sm_90 | FileCheck %s
// RUN: FileCheck %s --check-prefix=JSON < %t/r.json
// RUN: quant-report %s --chip=sm_70 --rows=1 | FileCheck %s --check-prefix=ROW
// RUN: not quant-report %s --rows=0 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: quant-report: error: --rows=0: expected at least 1
// RUN: rm -rf %t

// What quant-smooth leaves alone is reported unsmoothed: a scale on the value
// that the function returns would have nowhere to go, that of a single channel
// changes roundings only. The other one is smoothed.

// CHECK: alone.input 16.00 16 1 {{[0-9.]+}} [[ERROR:[0-9.]+]] {{[0-9.]+}} 0.{{[0-9]+}} [[ERROR]]
// CHECK: shared.input 16.00 16 1 {{[0-9.]+}} [[ERROR]] [[ERROR]] 0.00 [[ERROR]] [[ERROR]]
// CHECK: single.input 5.30 1 0 {{[0-9.]+}} [[SINGLE:[0-9.]+]] [[SINGLE]] 0.00 [[SINGLE]] [[SINGLE]]
// CHECK: note: sm_90 does not speed it up: linears of 512x2x4 take {{[0-9.]+}} ns against {{[0-9.]+}} ns in f16

// JSON: "name": "alone.input"
// JSON-NOT: not_smoothed
// JSON: "name": "shared.input"
// JSON: "not_smoothed": "it also feeds func.return, which is not a linear"

// ROW: sm_70 (V100 SXM2)

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @main(%x: tensor<?x4xf32>, %e: tensor<?x2xf32>, %y: tensor<?x1xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x4xf32>, tensor<?x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, -0.5, 0.25, 0.75], [-0.3, 0.9, 0.6, -1.0]]> : tensor<2x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %x1 = quant.observe %x "alone.input" {absmax = dense<[16.0, 1.0, 1.0, 1.0]> : tensor<4xf32>} : tensor<?x4xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<?x4xf32>, tensor<2x4xf32>) outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32>
  %x2 = quant.observe %x "shared.input" {absmax = dense<[16.0, 1.0, 1.0, 1.0]> : tensor<4xf32>} : tensor<?x4xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %w : tensor<?x4xf32>, tensor<2x4xf32>) outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32>
  %v = arith.constant dense<[[0.3], [0.7]]> : tensor<2x1xf32>
  %y1 = quant.observe %y "single.input" {absmax = dense<5.3> : tensor<1xf32>, mean_abs = dense<0.7> : tensor<1xf32>} : tensor<?x1xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%y1, %v : tensor<?x1xf32>, tensor<2x1xf32>) outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %1, %2, %x2, %3 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x4xf32>, tensor<?x2xf32>
}
