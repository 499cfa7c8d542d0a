// RUN: quant-opt %s --quant-specialize-shapes=shapes=2x3,2x5 | FileCheck %s

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %{{.+}}: tensor<2x3xf32>, %{{.+}}: tensor<2x5xf32>) -> tensor<2x2x4xf32>
// CHECK-NOT: ?
// CHECK: return %{{.+}} : tensor<2x2x4xf32>
func.func @main(%x: tensor<?x3xf32>, %y: tensor<?x5xf32>) -> tensor<?x2x4xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : i64
  %c4 = arith.constant 4 : i64
  %d = tensor.dim %x, %c0 : tensor<?x3xf32>
  %batch = arith.index_cast %d : index to i64
  %e = tensor.empty(%d) : tensor<?x3xf32>
  %s = linalg.sqrt ins(%x : tensor<?x3xf32>) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %c = tensor.concat dim(1) %s, %y : (tensor<?x3xf32>, tensor<?x5xf32>) -> tensor<?x8xf32>
  %shape = tensor.from_elements %batch, %c2, %c4 : tensor<3xi64>
  %r = tensor.reshape %c(%shape) : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
  return %r : tensor<?x2x4xf32>
}
