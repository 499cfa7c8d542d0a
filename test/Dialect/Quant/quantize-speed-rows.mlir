// The numbers of rows that the remark names are the last and the first that gain.
// DEFINE: %{rows} =
// DEFINE: %{remarks} = quant-opt %s --quant-quantize="activations=per-token chip=sm_80 rows=%{rows}" --remarks-filter=quant-quantize -o /dev/null 2>&1
// REDEFINE: %{rows} = 211
// RUN: %{remarks} | FileCheck %s --check-prefix=GAINS
// REDEFINE: %{rows} = 212
// RUN: %{remarks} | FileCheck %s
// REDEFINE: %{rows} = 1371
// RUN: %{remarks} | FileCheck %s
// REDEFINE: %{rows} = 1372
// RUN: %{remarks} | FileCheck %s --check-prefix=GAINS

// GAINS-NOT: NoSpeedup
// CHECK: NoSpeedup {{.*}}Suggestion="with 211 or 1372 rows it is"
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>
func.func @square(%x: tensor<?x512xf32>) -> tensor<?x512xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x512xf32>
  %w = arith.constant dense<1.0> : tensor<512x512xf32>
  %e = tensor.empty(%rows) : tensor<?x512xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x512xf32>) -> tensor<?x512xf32>
  %y = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x, %w : tensor<?x512xf32>, tensor<512x512xf32>) outs(%f : tensor<?x512xf32>) -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}
