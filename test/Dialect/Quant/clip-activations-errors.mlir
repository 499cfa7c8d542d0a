// RUN: quant-opt %s --quant-clip-activations --split-input-file --verify-diagnostics
// RUN: echo "module {}" | not quant-opt --quant-clip-activations=activation-bits=9 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: echo "module {}" | not quant-opt --quant-clip-activations=group-size=5 2>&1 | FileCheck %s --check-prefix=GROUP
// BITS: error: activation-bits=9: expected 2 to 8, or 0 for those of the scheme
// GROUP: error: group-size=5: expected 32, 64, 128, or 0 for one group a row

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>
ml_program.global private @"fc.weight"(#ml_program.extern : tensor<1x2xf32>) : tensor<1x2xf32>

func.func @unbound(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @"fc.weight" : tensor<1x2xf32>
  %x1 = quant.observe %x "a.input" {absmax = dense<16.0> : tensor<2xf32>, histogram = dense<1> : tensor<2x128xi32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  // expected-error@+1 {{weight 'fc.weight' has no data: run quant-bind-weights before quant-clip-activations}}
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
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
