// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --quant-externalize-weights="file=%t/w.safetensors min-bytes=32" -o %t/out.mlir
// RUN: FileCheck %s < %t/out.mlir
// RUN: FileCheck %s --check-prefix=FILE < %t/w.safetensors
// Nothing but the file is left beside the module.
// RUN: ls %t | FileCheck %s --check-prefix=LS

// What was written reads back as the same constants.
// RUN: quant-opt %t/out.mlir --quant-bind-weights=file=%t/w.safetensors | FileCheck %s --check-prefix=BOUND

// CHECK: ml_program.global private @w(#extern{{.*}}) : tensor<2x3xf32>
// CHECK-NEXT: ml_program.global private @tied(#extern{{.*}}) : tensor<4xf32>
// CHECK-NEXT: ml_program.global private @w_2(#extern{{.*}}) : tensor<2x3xf32>
// CHECK-NEXT: ml_program.global private @codes(#extern{{.*}}) : tensor<3xi8>
// CHECK-NEXT: ml_program.global private @constant(#extern{{.*}}) : tensor<8xf32>
// CHECK-NOT: ml_program.global

// Wider elements come first.
// FILE: {"__metadata__":{"format":"pt"},
// FILE-SAME: "w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
// FILE-SAME: "w_2":{"dtype":"F32","shape":[2,3],
// FILE-SAME: "codes":{"dtype":"I8","shape":[3],

// LS: out.mlir
// LS-NEXT: w.safetensors
// LS-NOT: {{.}}

// CHECK-LABEL: func @constants
func.func @constants() -> (tensor<2x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2x3xf32>, tensor<3xi8>) {
  // CHECK-NEXT: %[[W:.*]] = ml_program.global_load_const @w :
  // BOUND: arith.constant dense_resource<w>
  %w = arith.constant dense_resource<"w@2"> : tensor<2x3xf32>
  // A parameter with two uses is one tensor.
  // CHECK-NEXT: ml_program.global_load_const @tied
  %t0 = arith.constant dense_resource<tied> : tensor<4xf32>
  // CHECK-NEXT: ml_program.global_load_const @tied
  %t1 = arith.constant dense_resource<tied> : tensor<4xf32>
  // A later version with other data is not the parameter.
  // CHECK-NEXT: ml_program.global_load_const @w_2
  %w3 = arith.constant dense_resource<"w@3"> : tensor<2x3xf32>
  // CHECK-NEXT: ml_program.global_load_const @codes
  // BOUND: arith.constant dense_resource<codes>
  %c = arith.constant dense_resource<codes> : tensor<3xi8>
  return %w, %t0, %t1, %w3, %c : tensor<2x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2x3xf32>, tensor<3xi8>
}

// CHECK-LABEL: func @other
func.func @other() -> (tensor<2x3xf32>, tensor<8xf32>, tensor<64xf32>, tensor<2xf32>, tensor<64xi4>) {
  // A later version with equal data is the same tensor again.
  // CHECK-NEXT: ml_program.global_load_const @w :
  // BOUND: @other
  // BOUND-NEXT: dense_resource<w>
  %w = arith.constant dense_resource<"w@4"> : tensor<2x3xf32>
  // CHECK-NEXT: ml_program.global_load_const @constant
  // BOUND-NEXT: dense_resource<constant>
  %large = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  // Splats, small constants and 4-bit elements stay.
  // CHECK-NEXT: dense<0.0
  %splat = arith.constant dense<0.0> : tensor<64xf32>
  // CHECK-NEXT: dense<[1.0
  %small = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // CHECK-NEXT: dense<1> : tensor<64xi4>
  %codes = arith.constant dense<1> : tensor<64xi4>
  return %w, %large, %splat, %small, %codes : tensor<2x3xf32>, tensor<8xf32>, tensor<64xf32>, tensor<2xf32>, tensor<64xi4>
}

// BOUND-DAG: codes: "0x{{[0-9A-F]+}}017F80"
// BOUND-DAG: constant: "0x{{[0-9A-F]+}}0000803F00000040
// BOUND-DAG: tied: "0x{{[0-9A-F]+}}0000803F000000400000404000008040"
// BOUND-DAG: w: "0x{{[0-9A-F]+}}0000803F00000040000040400000804000000000000080BF"
// BOUND-DAG: w_2: "0x{{[0-9A-F]+}}0000803F00000040000040400000804000000000000080C0"

{-#
  dialect_resources: {
    builtin: {
      "w@2": "0x040000000000803F00000040000040400000804000000000000080BF",
      "w@3": "0x040000000000803F00000040000040400000804000000000000080C0",
      "w@4": "0x040000000000803F00000040000040400000804000000000000080BF",
      tied: "0x040000000000803F000000400000404000008040",
      codes: "0x01000000017F80"
    }
  }
#-}
