// RUN: %python %S/../../Inputs/write_safetensors.py %t.safetensors '{"__metadata__":{"format":"quant-mlir statistics 1","module":"717402e4d75e9c48ba26ad7819ce0b2f","runs":"0-4","samples_per_run":"2"},"q.input.absmax":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"q.input.min":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"q.input.max":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},"q.input.mean_abs":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},"q.input.count":{"dtype":"I64","shape":[1],"data_offsets":[32,40]},"q.input.sum_abs":{"dtype":"F64","shape":[1,2],"data_offsets":[40,56]}}' '00000040 00000041 000000c0 000000c1 0000803f 00000041 0000803f 00008040 0c00000000000000 0000000000002840 0000000000004840'
// RUN: quant-opt %s --quant-attach-statistics=file=%t.safetensors --remarks-filter=".*" 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// Statistics that are attached again replace the earlier ones, and what was
// derived from these goes.
// RUN: quant-opt %s --quant-attach-statistics=file=%t.safetensors -o %t.mlir
// RUN: sed 's/{absmax/{clip = 4.0 : f32, moment2 = dense<1.0> : tensor<2x2xf32>, moment_scale = dense<[2.0, 4.0]> : tensor<2xf32>, absmax/' %t.mlir > %t.derived.mlir
// RUN: grep -c 'clip = ' %t.derived.mlir
// RUN: quant-opt %t.derived.mlir --quant-attach-statistics=file=%t.safetensors | FileCheck %s --check-prefix=AGAIN
// AGAIN-NOT: clip
// AGAIN-NOT: moment
// AGAIN: quant.observe %{{.*}} "q.input" {absmax = dense_resource<"q.input.absmax@2"> : tensor<2xf32>,
// AGAIN-NOT: clip
// AGAIN-NOT: moment
// AGAIN: "q.input.absmax@2": "0x400000000000004000000041"

// REMARK: FewSamples {{.*}}Reason="outliers that they do not show will be clipped", Remark="statistics of 8 samples", Suggestion="collect at least 128"

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

ml_program.global private @q.weight(#ml_program.extern : tensor<4x2xf32>) : tensor<4x2xf32>

// CHECK: quant.observe %{{.*}} "q.input" {absmax = dense_resource<q.input.absmax> : tensor<2xf32>,
// CHECK-SAME: max = dense_resource<q.input.max> : tensor<2xf32>,
// CHECK-SAME: mean_abs = dense_resource<q.input.mean_abs> : tensor<2xf32>,
// CHECK-SAME: min = dense_resource<q.input.min> : tensor<2xf32>,
// CHECK-SAME: samples = 8 : i64, tokens = 12 : i64} : tensor<3x2xf32>
func.func @main(%x: tensor<3x2xf32>) -> tensor<3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<3x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<3x4xf32>) -> tensor<3x4xf32>
  %wq = ml_program.global_load_const @q.weight : tensor<4x2xf32>
  %o = quant.observe %x "q.input" : tensor<3x2xf32>
  %q = linalg.matmul indexing_maps = [#x, #w, #y] ins(%o, %wq : tensor<3x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %q : tensor<3x4xf32>
}

// CHECK-DAG: q.input.absmax: "0x400000000000004000000041"
// CHECK-DAG: q.input.min: "0x40000000000000C0000000C1"
// CHECK-DAG: q.input.max: "0x400000000000803F00000041"
// CHECK-DAG: q.input.mean_abs: "0x400000000000803F00008040"
