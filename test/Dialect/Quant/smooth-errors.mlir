// RUN: quant-opt %s --quant-smooth=groups=foldable --split-input-file --verify-diagnostics --remarks-filter=quant-smooth

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>
ml_program.global private @"fc.weight"(#ml_program.extern : tensor<1x2xf32>) : tensor<1x2xf32>

func.func @unbound(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @"fc.weight" : tensor<1x2xf32>
  %x1 = quant.observe %x "fc.input" {absmax = dense<16.0> : tensor<2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{weight 'fc.weight' has no data: run quant-bind-weights before quant-smooth}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

// Groups that are left alone, with the reason.

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @left_alone(%x: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{the scale reaches an argument of the function}}
  %x1 = quant.observe %x "a.input" {absmax = dense<16.0> : tensor<2xf32>} : tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{no statistics}}
  %x2 = quant.observe %x "b.input" : tensor<3x2xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-remark@+1 {{it also feeds func.return, which is not a linear}}
  %x3 = quant.observe %x "c.input" {absmax = dense<16.0> : tensor<2xf32>} : tensor<3x2xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x3, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1, %2, %3, %x3 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x2xf32>
}

// -----

// A channel without outliers but with small weights: its scale would let its
// rounding noise grow.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @worse(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant 0.0 : f32
  %gain = arith.constant dense<1.0> : tensor<2xf32>
  %w = arith.constant dense<[[0.0, 1.0], [0.1, 0.0]]> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %h = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<3x2xf32>, tensor<2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<3x2xf32>
  // expected-remark@+1 {{its predicted error would grow from 18.14 % to 18.93 %}}
  %x1 = quant.observe %h "d.input" {absmax = dense<[1.0, 1.0]> : tensor<2xf32>, mean_abs = dense<0.01> : tensor<2xf32>} : tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @absmax_without_data(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  // expected-error@+1 {{the absmax statistics of 'fc.input' have no data: attach them again}}
  %x1 = quant.observe %x "fc.input" {absmax = dense_resource<gone> : tensor<2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @nan_weight(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32>
  %x1 = quant.observe %x "fc.input" {absmax = dense<16.0> : tensor<2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{holds NaN at [0, 1]: repair the checkpoint, or exclude the linear}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @infinite_weight(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 0x7F800000]]> : tensor<1x2xf32>
  %x1 = quant.observe %x "fc.input" {absmax = dense<16.0> : tensor<2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{holds an infinity at [0, 1]: repair the checkpoint, or exclude the linear}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}
