// RUN: quant-opt %s --quant-smooth="alpha=1 weights=per-tensor always" --remarks-filter=quant-smooth --verify-diagnostics -o /dev/null
// RUN: quant-opt %s --quant-smooth="search weights=per-tensor" --remarks-filter=quant-smooth -o /dev/null 2>&1 | FileCheck %s

// One channel of 1000 among channels of 1. With alpha = 1 its column is 1000
// and the step of the weights 7.9, under which the others, of 1, vanish; in
// between, both steps are small enough.

// CHECK-NOT: OverMigration
// CHECK: NotSmoothed {{.*}}Reason="its predicted error would only go from 1.40 % to 1.40 %", Remark="b.input is not smoothed"
// CHECK: Smoothed {{.*}}Alpha=5.500000e-01, {{.*}}Remark="a.input is smoothed

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @over_migration(%x: tensor<3x4xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<2x4xf32>
  // expected-remark@+2 {{Reason="rounding the weights is predicted to cost 99.3 % of the output, rounding the input 11.5 %; alpha = 0.55 costs 17.3 % in all}}
  // expected-remark@+1 {{a.input is smoothed; its scale stays at the linears}}
  %x1 = quant.observe %x "a.input" {absmax = dense<[1000.0, 1.0, 1.0, 1.0]> : tensor<4xf32>, mean_abs = dense<[0.1, 0.5, 0.5, 0.5]> : tensor<4xf32>} : tensor<3x4xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x4xf32>, tensor<2x4xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// The scale of a single channel changes roundings at most.

func.func @one_channel(%x: tensor<3x1xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[0.3], [0.7]]> : tensor<2x1xf32>
  // expected-remark@+1 {{b.input is smoothed; its scale stays at the linears}}
  %x1 = quant.observe %x "b.input" {absmax = dense<5.3> : tensor<1xf32>, mean_abs = dense<0.7> : tensor<1xf32>} : tensor<3x1xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x1xf32>, tensor<2x1xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}
