// RUN: quant-opt %s --quant-awq=groups=all --split-input-file --verify-diagnostics
// RUN: echo "module {}" | not quant-opt --quant-awq=grid=0 2>&1 | FileCheck %s --check-prefix=GRID
// RUN: echo "module {}" | not quant-opt --quant-awq=group-size=48 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: echo "module {}" | not quant-opt "--quant-awq=exclude=(" 2>&1 | FileCheck %s --check-prefix=EXCLUDE
// GRID: error: quant-awq needs grid >= 1, got 0
// GROUP: error: group-size=48: expected 32, 64, 128, or 0 for one group a row
// EXCLUDE: error: exclude=( is not a valid regular expression

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>
ml_program.global private @"fc.weight"(#ml_program.extern : tensor<1x2xf32>) : tensor<1x2xf32>

func.func @unbound(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @"fc.weight" : tensor<1x2xf32>
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<1.0> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{weight 'fc.weight' has no data: run quant-bind-weights before quant-awq}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @no_moments(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  // expected-error@+1 {{'fc.input' has neither second moments nor sample rows: collect them with quant-run --observe=FILE --second-moments}}
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @moment_without_data(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  // expected-error@+1 {{the moment2 statistics of 'fc.input' have no data: attach them again}}
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense_resource<gone> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @sample_without_data(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  // expected-error@+1 {{the sample statistics of 'fc.input' have no data: attach them again}}
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, sample = dense_resource<gone> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @not_finite(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32>
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<1.0> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{weight '' holds NaN at [0, 1]: repair the checkpoint, or exclude the linear}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @mean_without_data(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  // expected-error@+1 {{the mean_abs statistics of 'fc.input' have no data: attach them again}}
  %x1 = quant.observe %x "fc.input" {mean_abs = dense_resource<gone> : tensor<2xf32>, moment2 = dense<1.0> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @moment_not_finite(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 0.3]]> : tensor<1x2xf32>
  // expected-error@+1 {{the second moments of 'fc.input' give no finite error: calibrate again}}
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<[[1.0, 0x7FC00000], [0x7FC00000, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @sample_not_finite(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 0.3]]> : tensor<1x2xf32>
  // expected-error@+1 {{the 1 sample rows of 'fc.input' give no finite error: calibrate again}}
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, sample = dense<[[1.0, 0x7F800000]]> : tensor<1x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// The weight is to blame, not the calibration.

func.func @large_weight(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[3.0e38, 1.1e38]]> : tensor<1x2xf32>
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<[[1.0, 0.5], [0.5, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{the weight of a linear without a name reaches 3.0e+38, and squares of its rounding errors exceed f32: repair the checkpoint, or exclude the linear}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}
