// RUN: quant-opt %s --quant-clip-weights --split-input-file --verify-diagnostics
// RUN: echo "module {}" | not quant-opt --quant-clip-weights=grid=0 2>&1 | FileCheck %s --check-prefix=GRID
// RUN: echo "module {}" | not quant-opt --quant-clip-weights=group-size=-1 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: echo "module {}" | not quant-opt --quant-clip-weights=max-shrink=1 2>&1 | FileCheck %s --check-prefix=SHRINK
// RUN: echo "module {}" | not quant-opt "--quant-clip-weights=exclude=(" 2>&1 | FileCheck %s --check-prefix=EXCLUDE
// GRID: error: quant-clip-weights needs grid >= 1, got 0
// GROUP: error: group-size=-1: expected 32, 64, 128, or 0 for one group a row
// SHRINK: error: quant-clip-weights needs max-shrink in [0, 1), got 1
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
  // expected-error@+1 {{weight 'fc.weight' has no data: run quant-bind-weights before quant-clip-weights}}
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

func.func @moment_not_finite(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 0.3]]> : tensor<1x2xf32>
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<[[1.0, 0x7FC00000], [0x7FC00000, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{the statistics of the input of a linear without a name give no finite error: calibrate again}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// The weight is to blame, not the calibration.

func.func @large_weight(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0e38, 3.0e38, 1.1e38, 2.3e38]]> : tensor<1x4xf32>
  %x1 = quant.observe %x "fc.input" {mean_abs = dense<1.0> : tensor<4xf32>, moment2 = dense<[[40.0, 0.5, 0.5, 0.5], [0.5, 1.0, 0.5, 0.5], [0.5, 0.5, 1.0, 0.5], [0.5, 0.5, 0.5, 1.0]]> : tensor<4x4xf32>} : tensor<3x4xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{the weight of a linear without a name reaches 3.0e+38, and squares of its rounding errors exceed f32: repair the checkpoint, or exclude the linear}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x4xf32>, tensor<1x4xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}
