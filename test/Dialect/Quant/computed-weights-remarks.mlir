// RUN: quant-opt %s --quant-quantize=activations=per-token --remarks-filter=quant-quantize 2>&1 | FileCheck %s --check-prefixes=CHECK,KEPT
// RUN: quant-opt %s --quant-gptq --remarks-filter=quant-gptq 2>&1 | FileCheck %s --check-prefixes=CHECK,KEPT
// RUN: quant-opt %s --quant-clip-weights=group-size=0 --remarks-filter=quant-clip-weights 2>&1 | FileCheck %s --check-prefixes=CHECK,CLIP
// RUN: quant-opt %s --quant-decompose-outliers --remarks-filter=quant-decompose-outliers 2>&1 | FileCheck %s --check-prefixes=CHECK,SPLIT

// Linears whose weights are no constants yet stay in float; passes say so.

// KEPT: Reason="its weight is multiplied by a scale that did not fold; the remarks of quant-fold-scales say why", Remark="q stays in float"
// KEPT: Reason="its weight is computed by arith.mulf; make a constant of it", Remark="a linear without a name stays in float"
// KEPT: Reason="its weight is multiplied by a scale that did not fold; the remarks of quant-fold-scales say why", Remark="a linear without a name stays in float"
// CLIP: Reason="its weight is multiplied by a scale that did not fold; the remarks of quant-fold-scales say why", Remark="the weight of q is not clipped"
// CLIP: Reason="its weight is computed by arith.mulf; make a constant of it", Remark="the weight of a linear without a name is not clipped"
// SPLIT: Reason="it feeds {{.*}}: its weight is {{.*}}", Remark="q.input is not decomposed"

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @f(
// CHECK-COUNT-3: linalg.matmul
func.func @f(%x: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense_resource<"q.weight"> : tensor<1x2xf32>
  %v = arith.constant dense<[[7.0, 1.4]]> : tensor<1x2xf32>
  %s = arith.constant dense_resource<"q.input.smoothing"> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x1 = quant.observe %x "q.input" {absmax = dense<[1.0, 7.0]> : tensor<2xf32>,
      moment2 = dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %ws = quant.fuse_scale %w by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  %vv = arith.mulf %v, %v : tensor<1x2xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %ws : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %vv : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  // A scale names no weight.
  %vs = quant.fuse_scale %v by %s along [1] : tensor<1x2xf32>, tensor<2xf32>
  %3 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %vs : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1, %2, %3 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>
}

{-#
  dialect_resources: {
    builtin: {
      "q.weight": "0x040000000000803F0000803F",
      "q.input.smoothing": "0x040000000000004000008040"
    }
  }
#-}
