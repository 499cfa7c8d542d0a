// RUN: %python %S/../../Inputs/write_safetensors.py %t.safetensors '{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}' '000000000000000000000000000000000000000000000000'
// RUN: quant-opt %s --split-input-file --verify-diagnostics --quant-bind-weights=file=%t.safetensors

// RUN: %python %S/../../Inputs/write_safetensors.py %t.cut '{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}' '0000000000000000'
// RUN: not quant-opt %S/bind-weights.mlir --quant-bind-weights=file=%t.cut 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: bind-weights-errors.mlir.tmp.cut': truncated: tensor 'w' ends at byte 89 of a file of 73 bytes; copy the file again
// CUT-NOT: error:

// RUN: not quant-opt %S/bind-weights.mlir --quant-bind-weights=file=%t.absent 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: '{{.*}}.absent': No such file or directory

// RUN: not quant-opt %S/bind-weights.mlir --quant-bind-weights 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error: quant-bind-weights needs file=FILE.safetensors

// RUN: not quant-opt %S/bind-weights.mlir --quant-bind-weights=file=%s 2>&1 | FileCheck %s --check-prefix=TEXT
// TEXT: error: '{{.*}}bind-weights-errors.mlir': not a safetensors file: no header length at its start

// expected-error@+1 {{no tensor of this name in '}}
ml_program.global private @absent(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
func.func @missing() -> tensor<2xf32> {
  %w = ml_program.global_load_const @absent : tensor<2xf32>
  return %w : tensor<2xf32>
}

// -----

// expected-error@+1 {{, nor 1 others of 3; give the file that was made with this module}}
ml_program.global private @a(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @w(#ml_program.extern : tensor<2x3xf32>) : tensor<2x3xf32>
ml_program.global private @b(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
func.func @missing_two() -> (tensor<2xf32>, tensor<2xf32>, tensor<2x3xf32>) {
  %a = ml_program.global_load_const @a : tensor<2xf32>
  %b = ml_program.global_load_const @b : tensor<2xf32>
  %w = ml_program.global_load_const @w : tensor<2x3xf32>
  return %a, %b, %w : tensor<2xf32>, tensor<2xf32>, tensor<2x3xf32>
}

// -----

// expected-error@+1 {{.safetensors': tensor 'w' is F32 [2, 3], but the module asks tensor<3x2xf32>}}
ml_program.global private @w(#ml_program.extern : tensor<3x2xf32>) : tensor<3x2xf32>
func.func @shape() -> tensor<3x2xf32> {
  %w = ml_program.global_load_const @w : tensor<3x2xf32>
  return %w : tensor<3x2xf32>
}

// -----

// expected-error@+1 {{tensor 'w' is F32 [2, 3], but the module asks tensor<2x3xf16>}}
ml_program.global private @w(#ml_program.extern : tensor<2x3xf16>) : tensor<2x3xf16>
func.func @narrowing() -> tensor<2x3xf16> {
  %w = ml_program.global_load_const @w : tensor<2x3xf16>
  return %w : tensor<2x3xf16>
}

// -----

// expected-error@+1 {{it is not a ranked tensor}}
ml_program.global private @w(#ml_program.extern : tensor<2x3xf32>) : tensor<*xf32>
func.func @unranked() -> tensor<*xf32> {
  %w = ml_program.global_load_const @w : tensor<*xf32>
  return %w : tensor<*xf32>
}
