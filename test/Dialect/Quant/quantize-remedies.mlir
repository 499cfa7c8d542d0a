// A large error suggests only what the options do not have yet.

// RUN: quant-opt %s --quant-quantize --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=STATIC
// RUN: quant-opt %s --quant-quantize="weights=per-tensor" --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=TENSOR
// RUN: quant-opt %s --quant-quantize="activations=per-token activation-bits=2" --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=TOKEN
// RUN: quant-opt %s --quant-quantize="scheme=w4a16" --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: quant-opt %s --quant-quantize="scheme=w4a16 group-size=32 zero-point" --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=LAST

// STATIC: HighError {{.*}}Reason="few channels of its input set the scale of all others", Remark="input: {{.*}}Suggestion="smooth the input with a larger alpha, or choose activations=per-token"
// STATIC: HighError {{.*}}Remark="weight: {{.*}}Suggestion="smooth with a smaller alpha"
// STATIC: HighError {{.*}}Reason="few values of its input set the scale of all others, in channels that are alike", Remark="rest: {{.*}}Suggestion="choose activations=per-token"
// TENSOR: HighError {{.*}}Remark="weight: {{.*}}Suggestion="choose weights=per-channel or a smaller alpha"
// TOKEN: HighError {{.*}}Remark="input: {{.*}}Suggestion="smooth the input with a larger alpha, or choose more activation-bits"
// GROUP: HighError {{.*}}Remark="weight: {{.*}}Suggestion="choose smaller groups, or choose zero-point, or clip with quant-clip-weights"
// LAST: HighError {{.*}}Remark="weight: {{.*}}Suggestion="clip with quant-clip-weights"

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @f(%x: tensor<2x4xf32>, %z: tensor<2x4xf32>) -> (tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x1xf32>) -> tensor<2x1xf32>
  %x1 = quant.observe %x "input.input" {absmax = dense<[1000.0, 1.0, 1.0, 1.0]> : tensor<4xf32>,
      mean_abs = dense<0.5> : tensor<4xf32>} : tensor<2x4xf32>
  %z1 = quant.observe %z "weight.input" {absmax = dense<1.0> : tensor<4xf32>,
      mean_abs = dense<[0.000001, 0.5, 0.5, 0.5]> : tensor<4xf32>} : tensor<2x4xf32>
  // Two outliers were taken out of it.
  %r1 = quant.observe %x "rest.input" {absmax = dense<[0.0, 0.0, 1000.0, 900.0]> : tensor<4xf32>,
      mean_abs = dense<[0.0, 0.0, 0.5, 0.5]> : tensor<4xf32>} : tensor<2x4xf32>
  %w = arith.constant dense_resource<input.weight> : tensor<1x4xf32>
  %v = arith.constant dense_resource<weight.weight> : tensor<1x4xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<2x4xf32>, tensor<1x4xf32>) outs(%f : tensor<2x1xf32>) -> tensor<2x1xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%z1, %v : tensor<2x4xf32>, tensor<1x4xf32>) outs(%f : tensor<2x1xf32>) -> tensor<2x1xf32>
  %r = arith.constant dense_resource<rest.weight> : tensor<1x4xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%r1, %r : tensor<2x4xf32>, tensor<1x4xf32>) outs(%f : tensor<2x1xf32>) -> tensor<2x1xf32>
  return %1, %2, %3 : tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>
}

// [1, 1, 1, 1] and [1000, 1, 1, 1].
{-#
  dialect_resources: {
    builtin: {
      input.weight: "0x040000000000803F0000803F0000803F0000803F",
      rest.weight: "0x040000000000803F0000803F0000803F0000803F",
      weight.weight: "0x0400000000007A440000803F0000803F0000803F"
    }
  }
#-}
