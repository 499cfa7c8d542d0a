// RUN: quant-opt %s --quant-outline-kernels --split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// A norm's reduction and product share one loop over rows; the second norm of
// the same shape is the same kernel. The transpose folds into the product.
// CHECK-LABEL: func.func @norms
// CHECK-SAME: (%[[X:.+]]: tensor<128x64xf32>, %[[W:.+]]: tensor<64x64xf32>)
// CHECK: %[[N:.+]] = call @[[K:.+]](%[[X]])
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[W]]
// CHECK: %[[Y:.+]] = linalg.matmul ins(%[[N]], %[[T]]
// CHECK: %[[Z:.+]] = call @[[K]](%[[Y]])
// CHECK: return %[[Z]]
// CHECK: func.func private @[[K]](%{{.+}}: tensor<128x64xf32>) -> tensor<128x64xf32>
// CHECK-SAME: rows = 128
// CHECK-NOT: func.func
func.func @norms(%x: tensor<128x64xf32>, %w: tensor<64x64xf32>) -> tensor<128x64xf32> {
  %zero = arith.constant 0.0 : f32
  %er = tensor.empty() : tensor<128xf32>
  %e = tensor.empty() : tensor<128x64xf32>
  %ew = tensor.empty() : tensor<64x64xf32>
  %fr = linalg.fill ins(%zero : f32) outs(%er : tensor<128xf32>) -> tensor<128xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s0 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<128x64xf32>) outs(%fr : tensor<128xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %a : f32
    %v = arith.addf %m, %b : f32
    linalg.yield %v : f32
  } -> tensor<128xf32>
  %n0 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s0 : tensor<128x64xf32>, tensor<128xf32>) outs(%e : tensor<128x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %v = arith.divf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<128x64xf32>
  %t = linalg.transpose ins(%w : tensor<64x64xf32>) outs(%ew : tensor<64x64xf32>) permutation = [1, 0]
  %y = linalg.matmul ins(%n0, %t : tensor<128x64xf32>, tensor<64x64xf32>) outs(%f : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s1 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<128x64xf32>) outs(%fr : tensor<128xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %a : f32
    %v = arith.addf %m, %b : f32
    linalg.yield %v : f32
  } -> tensor<128xf32>
  %n1 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %s1 : tensor<128x64xf32>, tensor<128xf32>) outs(%e : tensor<128x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %v = arith.divf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<128x64xf32>
  return %n1 : tensor<128x64xf32>
}

// -----

// Joining the last op with the first would make the kernel wait for itself:
// the product in between reads the first and is read by the last.
// CHECK-LABEL: func.func @noCycle
// CHECK: call @
// CHECK: linalg.matmul
// CHECK: call @
// CHECK: return
func.func @noCycle(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %a = linalg.exp ins(%x : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %m = linalg.matmul ins(%a, %x : tensor<64x64xf32>, tensor<64x64xf32>) outs(%f : tensor<64x64xf32>) -> tensor<64x64xf32>
  %b = linalg.add ins(%a, %m : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %b : tensor<64x64xf32>
}

// -----

// Each row of the second op reads every row of the first, so they are two
// kernels.
// CHECK-LABEL: func.func @otherRows
// CHECK: %[[E:.+]] = call @[[A:.+]](%{{.+}}) :
// CHECK: call @[[B:.+]](%[[E]], %
// CHECK: func.func private @[[A]]
// CHECK-NOT: linalg.transpose
// CHECK: func.func private @[[B]](
// CHECK: linalg.transpose
func.func @otherRows(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %e = tensor.empty() : tensor<64x64xf32>
  %a = linalg.exp ins(%x : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %t = linalg.transpose ins(%a : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) permutation = [1, 0]
  %o = linalg.matmul ins(%a, %a : tensor<64x64xf32>, tensor<64x64xf32>) outs(%x : tensor<64x64xf32>) -> tensor<64x64xf32>
  %b = linalg.add ins(%t, %o : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %b : tensor<64x64xf32>
}

// -----

// What depends on constants alone is a kernel of its own.
// CHECK-LABEL: func.func @constants
// CHECK: %[[C:.+]] = arith.constant dense<
// CHECK: %[[S:.+]] = call @[[A:.+]](%[[C]])
// CHECK: call @[[B:.+]](%{{.+}}, %[[S]])
func.func @constants(%x: tensor<64x4xf32>) -> tensor<64x4xf32> {
  %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %ec = tensor.empty() : tensor<4xf32>
  %e = tensor.empty() : tensor<64x4xf32>
  %s = linalg.sqrt ins(%c : tensor<4xf32>) outs(%ec : tensor<4xf32>) -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : tensor<64x4xf32>, tensor<4xf32>) outs(%e : tensor<64x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %v = arith.mulf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<64x4xf32>
  return %y : tensor<64x4xf32>
}
