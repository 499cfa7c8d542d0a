// RUN: quant-opt %s --quant-quantize --split-input-file --verify-diagnostics
// RUN: not quant-opt %S/strip-observers.mlir --quant-quantize="scheme=w4a16 group-size=48" 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not quant-opt %S/strip-observers.mlir --quant-quantize="exclude=(" 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not quant-opt %S/strip-observers.mlir --quant-quantize="scheme=w2" 2>&1 | FileCheck %s --check-prefix=SCHEME
// RUN: not quant-opt %S/strip-observers.mlir --quant-quantize="activation-bits=9" 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not quant-opt %S/strip-observers.mlir --quant-quantize="scheme=w4a16 activation-bits=8" 2>&1 | FileCheck %s --check-prefix=FLOAT

// RUN: not quant-opt %S/strip-observers.mlir --quant-quantize="scheme=w4a16 activation-zero-point" 2>&1 | FileCheck %s --check-prefix=ASYMMETRIC
// RUN: not quant-opt %S/strip-observers.mlir --quant-quantize="activations=per-token activation-zero-point" 2>&1 | FileCheck %s --check-prefix=ASYMMETRIC

// ASYMMETRIC: error: activation-zero-point needs scheme=w8a8 and activations=static
// GROUP: error: group-size=48: expected 32, 64, 128, or 0 for one group a row
// BITS: error: activation-bits=9: expected 2 to 8, or 0 for those of the scheme
// FLOAT: error: activation-bits=8: scheme=w4a16 keeps activations in float; choose w4a8
// REGEX: error: exclude=( is not a valid regular expression: parentheses not balanced
// SCHEME: Cannot find option named 'w2'

#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @f(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  // expected-error @below {{'x.input' has no absmax statistics: run quant-attach-statistics, or choose activations=per-token}}
  %in = quant.observe %x "x.input" : tensor<2x4xf32>
  %w = arith.constant dense<1.0> : tensor<3x4xf32>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<2x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>

ml_program.global private @"x.weight"(#ml_program.extern : tensor<3x4xf32>) : tensor<3x4xf32>
func.func @f(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %in = quant.observe %x "x.input" {absmax = dense<1.0> : tensor<4xf32>} : tensor<2x4xf32>
  %w = ml_program.global_load_const @"x.weight" : tensor<3x4xf32>
  // expected-error @below {{weight 'x.weight' has no data: run quant-bind-weights before quant-quantize}}
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<2x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

#mk = affine_map<(d0, d1, d2) -> (d0, d2)>
#nk = affine_map<(d0, d1, d2) -> (d1, d2)>
#mn = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @f(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %in = quant.observe %x "x.input" {absmax = dense<1.0> : tensor<4xf32>} : tensor<2x4xf32>
  %w = arith.constant dense_resource<"x.weight"> : tensor<3x4xf32>
  // expected-error @below {{weight 'x.weight' holds an infinity at [1, 2]: repair the checkpoint, or exclude the linear}}
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<2x4xf32>, tensor<3x4xf32>)
      outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

{-#
  dialect_resources: {
    builtin: {
      "x.weight": "0x040000000000803F0000803F0000803F0000803F00000040000000400000807F0000004000004040000040400000404000004040"
    }
  }
#-}
