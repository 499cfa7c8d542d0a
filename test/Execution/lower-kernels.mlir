// RUN: quant-opt %s --quant-lower-kernels --cse --split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// A declaration stays; the loops go to a module of their own. The exponential
// has two readers and is kept for a row on the stack, the difference has one
// and is computed inside. Only the sum may be reassociated.
// CHECK: func.func private @softmax(tensor<32x64xf32>, tensor<32xf32>) -> tensor<32x64xf32> attributes {rows = 32 : i64}
// CHECK: module @kernels
// CHECK: func.func @softmax(%[[X:.+]]: !llvm.ptr {llvm.noalias}, %[[M:.+]]: !llvm.ptr {llvm.noalias}, %[[Y:.+]]: !llvm.ptr {llvm.noalias}, %[[BEGIN:.+]]: index, %[[END:.+]]: index)
// CHECK: %[[E:.+]] = llvm.alloca {{.+}} x !llvm.array<64 x f32>
// CHECK: llvm.alloca {{.+}} x !llvm.array<1 x f32>
// CHECK-NOT: llvm.alloca
// CHECK: scf.for %[[ROW:.+]] = %[[BEGIN]] to %[[END]]
// CHECK: scf.for
// CHECK: arith.subf
// CHECK-NEXT: math.exp
// CHECK: llvm.store
// CHECK: scf.for {{.+}} iter_args
// CHECK: arith.addf {{.+}} fastmath<reassoc>
// CHECK: scf.for
// CHECK: arith.divf %{{.+}}, %{{.+}} : f32
// CHECK: llvm.store
func.func private @softmax(%x: tensor<32x64xf32>, %m: tensor<32xf32>) -> tensor<32x64xf32> attributes {rows = 32 : i64} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32x64xf32>
  %er = tensor.empty() : tensor<32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%er : tensor<32xf32>) -> tensor<32xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<32x64xf32>, tensor<32xf32>) outs(%e : tensor<32x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %v = arith.subf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<32x64xf32>
  %p = linalg.exp ins(%d : tensor<32x64xf32>) outs(%e : tensor<32x64xf32>) -> tensor<32x64xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p : tensor<32x64xf32>) outs(%f : tensor<32xf32>) {
  ^bb0(%a: f32, %b: f32):
    %v = arith.addf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<32xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %s : tensor<32x64xf32>, tensor<32xf32>) outs(%e : tensor<32x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %v = arith.divf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<32x64xf32>
  return %y : tensor<32x64xf32>
}

// -----

// An index that data chooses is held within bounds, and the assertion reports
// its number.
// CHECK: module @kernels attributes {quant.assert_messages = ["out of range"]}
// CHECK: func.func private @quant_mlir_assert_failed(i64)
// CHECK: func.func @gather
// CHECK: scf.if
// CHECK: call @quant_mlir_assert_failed
// CHECK: arith.maxsi
// CHECK: arith.minsi
func.func private @gather(%i: tensor<8xi64>, %t: tensor<5xf32>) -> tensor<8xf32> attributes {rows = 1 : i64} {
  %c5 = arith.constant 5 : index
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%i : tensor<8xi64>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: i64, %o: f32):
    %r = arith.index_cast %a : i64 to index
    %ok = arith.cmpi ult, %r, %c5 : index
    cf.assert %ok, "out of range"
    %v = tensor.extract %t[%r] : tensor<5xf32>
    linalg.yield %v : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}
