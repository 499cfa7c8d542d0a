// RUN: quant-opt %s --quant-clip-weights="group-size=0" --remarks-filter=quant-clip-weights 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// The largest weight of the first row matters little, so it is clipped: at
// 0.7 times its size the step is 0.1, so that 0.3 has a code. The second row
// holds one weight, which a clip can only harm.

// REMARK: Passed] Clipped {{.*}}Remark="50% of the groups of q are clipped"
// REMARK: Missed] NotClipped {{.*}}Reason="no bound of the grid lowers the error of any group", Remark="the weight of k is not clipped"
// REMARK: Missed] NotClipped {{.*}}Reason="its weight has another use", Remark="the weight of v is not clipped"
// REMARK: Passed] Clipped {{.*}}Remark="100% of the groups of a linear without a name are clipped"

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @clips(
// CHECK-DAG: %[[Q:.*]] = arith.constant dense_resource<"q.weight@2"> : tensor<2x2xf32>
// CHECK-DAG: %[[K:.*]] = arith.constant dense_resource<k.weight> : tensor<1x2xf32>
// CHECK: linalg.matmul {{.*}} ins(%[[X:.*]], %[[Q]] :
// CHECK: linalg.matmul {{.*}} ins(%[[X]], %[[K]] :
// CHECK: "q.weight@2": "0x400000003333333F9A99993E0000803F00000000"
func.func @clips(%x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<1x2xf32>) {
  %zero = arith.constant 0.0 : f32
  // [[1, 0.3], [1, 0]], [1, 0] and [1, 0.3].
  %wq = arith.constant dense_resource<q.weight> : tensor<2x2xf32>
  %wk = arith.constant dense_resource<k.weight> : tensor<1x2xf32>
  %wv = arith.constant dense_resource<v.weight> : tensor<1x2xf32>
  %wn = arith.constant dense<[[1.0, 0.3]]> : tensor<1x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %e2 = tensor.empty() : tensor<3x2xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %x1 = quant.observe %x "q.input" {moment2 = dense<[[0.001, 0.0], [0.0, 100.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  %q = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %wq : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f2 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %k = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %wk : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %v = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %wv : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %n = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %wn : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %q, %k, %v, %n, %wv : tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<1x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      q.weight: "0x040000000000803F9A99993E0000803F00000000",
      k.weight: "0x040000000000803F00000000",
      v.weight: "0x040000000000803F9A99993E"
    }
  }
#-}
