// RUN: quant-opt %s --quant-quantize="activations=per-token" --canonicalize | FileCheck %s --check-prefixes=CHECK,TOKEN
// RUN: quant-opt %s --quant-quantize="scheme=w4a16 group-size=0" --canonicalize | FileCheck %s --check-prefixes=CHECK,W4
// RUN: quant-opt %s --quant-quantize="scheme=w4a8 group-size=0 activations=per-token" --canonicalize | FileCheck %s --check-prefixes=CHECK,W4A8
// RUN: quant-opt %s --quant-quantize="activations=per-token exclude=^c" --canonicalize | FileCheck %s --check-prefixes=CHECK,LAST

// A linear whose input is what another was replaced by.
// CHECK-LABEL: func @chain(
// CHECK-SAME:    %[[X:.+]]: tensor<2x4xf32>
// TOKEN:         quant.quantize %[[X]] 
// TOKEN:         %[[A:.+]] = quant.matmul
// TOKEN:         quant.quantize %[[A]] 
// TOKEN:         %[[B:.+]] = quant.matmul
// TOKEN:         quant.quantize %[[B]] 
// TOKEN:         %[[C:.+]] = quant.matmul
// TOKEN:         return %[[C]]
// W4:            %[[A:.+]] = quant.group_matmul %[[X]],
// W4:            %[[B:.+]] = quant.group_matmul %[[A]],
// W4:            %[[C:.+]] = quant.group_matmul %[[B]],
// W4:            return %[[C]]
// W4A8:          quant.quantize %[[X]] 
// W4A8:          %[[A:.+]] = quant.group_matmul
// W4A8:          quant.quantize %[[A]] 
// W4A8:          %[[B:.+]] = quant.group_matmul
// W4A8:          quant.quantize %[[B]] 
// W4A8:          %[[C:.+]] = quant.group_matmul
// W4A8:          return %[[C]]
// LAST:          quant.quantize %[[X]] 
// LAST:          %[[A:.+]] = quant.matmul
// LAST:          quant.quantize %[[A]] 
// LAST:          %[[B:.+]] = quant.matmul
// LAST:          %[[C:.+]] = linalg.matmul {{.*}} ins(%[[B]],
// LAST:          return %[[C]]
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
func.func @chain(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %wa = arith.constant dense_resource<"a.weight"> : tensor<4x4xf32>
  %a = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %wa : tensor<2x4xf32>, tensor<4x4xf32>)
      outs(%f : tensor<2x4xf32>) -> tensor<2x4xf32>
  %wb = arith.constant dense_resource<"b.weight"> : tensor<4x4xf32>
  %b = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%a, %wb : tensor<2x4xf32>, tensor<4x4xf32>)
      outs(%f : tensor<2x4xf32>) -> tensor<2x4xf32>
  %wc = arith.constant dense_resource<"c.weight"> : tensor<4x4xf32>
  %c = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%b, %wc : tensor<2x4xf32>, tensor<4x4xf32>)
      outs(%f : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %c : tensor<2x4xf32>
}

{-#
  dialect_resources: {
    builtin: {
      "a.weight": "0x040000000000803F0000004000004040000080400000804000004040000000400000803F00007E4300007EC30000803F000000000000803F000000400000404000008040",
      "b.weight": "0x040000000000803F0000004000004040000080400000804000004040000000400000803F00007E4300007EC30000803F000000000000803F000000400000404000008040",
      "c.weight": "0x040000000000803F0000004000004040000080400000804000004040000000400000803F00007E4300007EC30000803F000000000000803F000000400000404000008040"
    }
  }
#-}
