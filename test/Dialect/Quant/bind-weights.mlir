// RUN: %python %S/../../Inputs/write_safetensors.py %t.safetensors '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[6],"data_offsets":[8,20]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[20,24]},"codes":{"dtype":"U8","shape":[3],"data_offsets":[24,27]},"f":{"dtype":"F16","shape":[1],"data_offsets":[27,29]},"other":{"dtype":"I8","shape":[1],"data_offsets":[29,30]}}' '0000803f000000c0 003c 00c0 0100 ff03 007c 0080 803f 00c0 017f80 003c 00'
// RUN: quant-opt %s --quant-bind-weights=file=%t.safetensors | FileCheck %s

// CHECK-NOT: ml_program.global private @{{[whbcfu]}}
ml_program.global private @w(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @h(#ml_program.extern : tensor<6xf32>) : tensor<6xf32>
ml_program.global private @b(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @codes(#ml_program.extern : tensor<3xi8>) : tensor<3xi8>
ml_program.global private @f(#ml_program.extern : tensor<1xf16>) : tensor<1xf16>
// Neither used nor in the file.
ml_program.global private @unused(#ml_program.extern : tensor<1000xf32>) : tensor<1000xf32>

// CHECK: ml_program.global private @inline(dense<1.0{{.*}}> : tensor<1xf32>)
ml_program.global private @inline(dense<1.0> : tensor<1xf32>) : tensor<1xf32>
// CHECK: ml_program.global private mutable @state
ml_program.global private mutable @state(#ml_program.extern : tensor<1xf32>) : tensor<1xf32>

// CHECK-LABEL: func @bind
func.func @bind() -> (tensor<2xf32>, tensor<2xf32>, tensor<6xf32>, tensor<2xf32>, tensor<3xi8>, tensor<1xf16>, tensor<1xf32>) {
  // CHECK-NEXT: dense_resource<w> : tensor<2xf32>
  %w0 = ml_program.global_load_const @w : tensor<2xf32>
  // CHECK-NEXT: dense_resource<w> : tensor<2xf32>
  %w1 = ml_program.global_load_const @w : tensor<2xf32>
  // CHECK-NEXT: dense_resource<h> : tensor<6xf32>
  %h = ml_program.global_load_const @h : tensor<6xf32>
  // CHECK-NEXT: dense_resource<b> : tensor<2xf32>
  %b = ml_program.global_load_const @b : tensor<2xf32>
  // CHECK-NEXT: dense_resource<codes> : tensor<3xi8>
  %c = ml_program.global_load_const @codes : tensor<3xi8>
  // CHECK-NEXT: dense_resource<f> : tensor<1xf16>
  %f = ml_program.global_load_const @f : tensor<1xf16>
  // CHECK-NEXT: global_load_const @inline
  %i = ml_program.global_load_const @inline : tensor<1xf32>
  return %w0, %w1, %h, %b, %c, %f, %i : tensor<2xf32>, tensor<2xf32>, tensor<6xf32>, tensor<2xf32>, tensor<3xi8>, tensor<1xf16>, tensor<1xf32>
}

// An alignment stands in front. The half-precision values are 1, -2, the
// smallest and the largest subnormal, infinity and -0.
// CHECK:      w: "0x{{[0-9A-F]+}}0000803F000000C0"
// CHECK-NEXT: h: "0x{{[0-9A-F]+}}0000803F000000C00000803300C07F380000807F00000080"
// CHECK-NEXT: b: "0x{{[0-9A-F]+}}0000803F000000C0"
// CHECK-NEXT: codes: "0x{{[0-9A-F]+}}017F80"
// CHECK-NEXT: f: "0x{{[0-9A-F]+}}003C"
