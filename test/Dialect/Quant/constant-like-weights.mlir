// RUN: quant-opt %s --quant-quantize=activations=per-token | FileCheck %s --check-prefix=QUANTIZE
// RUN: quant-opt %s --quant-gptq | FileCheck %s --check-prefix=GPTQ
// RUN: quant-opt %s --quant-clip-weights=group-size=0 | FileCheck %s --check-prefix=CLIP
// RUN: quant-opt %s --quant-decompose-outliers | FileCheck %s --check-prefix=SPLIT
// RUN: quant-opt %s --quant-smooth --quant-fold-scales | FileCheck %s --check-prefix=FOLD

// A weight may be a constant of any dialect. What replaces it is of arith.

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// QUANTIZE-LABEL: func @f(
// QUANTIZE-NOT: tosa.const
// QUANTIZE: quant.matmul
// QUANTIZE: quant.matmul

// GPTQ-LABEL: func @f(
// GPTQ-NOT: tosa.const
// GPTQ: quant.group_matmul
// GPTQ: quant.group_matmul

// CLIP-LABEL: func @f(
// CLIP-NOT: tosa.const
// CLIP: %[[W:.*]] = arith.constant dense<{{\[\[}}0.{{.*}}, 3.000000e-01]]> : tensor<1x2xf32>
// CLIP: linalg.matmul {{.*}} ins(%{{.*}}, %[[W]] :

// SPLIT-LABEL: func @f(
// SPLIT-NOT: tosa.const
// SPLIT: arith.constant dense<{{\[\[}}1.000000e+00, 0.000000e+00]]> : tensor<1x2xf32>
// SPLIT: arith.constant dense<3.000000e-01> : tensor<1x1xf32>

// FOLD-LABEL: func @f(
// FOLD-NOT: tosa.const
// FOLD-NOT: quant.fuse_scale
// FOLD: return
func.func @f(%x: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %g = arith.constant dense<1.0> : tensor<3x2xf32>
  %w = "tosa.const"() {values = dense<[[1.0, 0.3]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %xg = arith.mulf %x, %g : tensor<3x2xf32>
  %x1 = quant.observe %xg "q.input" {absmax = dense<[1.0, 7.0]> : tensor<2xf32>, mean_abs = dense<[0.5, 3.0]> : tensor<2xf32>,
      moment2 = dense<[[0.001, 0.0], [0.0, 100.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1, %2 : tensor<3x1xf32>, tensor<3x1xf32>
}
