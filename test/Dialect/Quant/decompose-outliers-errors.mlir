// RUN: quant-opt %s --quant-decompose-outliers --split-input-file --verify-diagnostics
// RUN: echo 'module {}' | not quant-opt --quant-decompose-outliers=threshold=-1 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: echo 'module {}' | not quant-opt --quant-decompose-outliers=threshold=nan 2>&1 | FileCheck %s --check-prefix=NAN
// RUN: echo 'module {}' | not quant-opt "--quant-decompose-outliers=exclude=(" 2>&1 | FileCheck %s --check-prefix=EXCLUDE
// EXCLUDE: error: exclude=( is not a valid regular expression

// NEGATIVE: error: quant-decompose-outliers needs a finite threshold above 0, got -1
// NAN: error: quant-decompose-outliers needs a finite threshold above 0, got nan

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
  // expected-error@+1 {{weight 'fc.weight' has no data: run quant-bind-weights before quant-decompose-outliers}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// -----

func.func @uncalibrated(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{no observer of the module has statistics: run quant-attach-statistics before quant-decompose-outliers}}
  %x1 = quant.observe %x "fc.input" : tensor<3x2xf32>
  return %x1 : tensor<3x2xf32>
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
