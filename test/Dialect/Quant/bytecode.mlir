// Every op, by way of bytecode, prints as it did.
// RUN: quant-opt %S/ops.mlir -o %t.before
// RUN: quant-opt %S/ops.mlir --emit-bytecode -o %t.mlirbc
// RUN: quant-opt %t.mlirbc -o %t.after
// RUN: diff %t.before %t.after

// RUN: quant-opt %s --emit-bytecode | quant-opt | FileCheck %s

// Attributes that hold data travel as resources.
// CHECK-LABEL: func @resources
func.func @resources(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // CHECK: arith.constant dense_resource<"x.scale@2"> : tensor<2xf32>
  %s = arith.constant dense_resource<"x.scale@2"> : tensor<2xf32>
  // CHECK: quant.observe %{{.*}} "x.input" {absmax = dense_resource<absmax> : tensor<2xf32>, tokens = 65536 : i64}
  %0 = quant.observe %x "x.input" {absmax = dense_resource<absmax> : tensor<2xf32>, tokens = 65536 : i64} : tensor<2x2xf32>
  // CHECK: quant.smooth %{{.*}} by %{{.*}} along [1] : tensor<2x2xf32>, tensor<2xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<2x2xf32>, tensor<2xf32>
  return %1 : tensor<2x2xf32>
}

// CHECK-DAG: absmax: "0x040000000000803F00004040"
// CHECK-DAG: "x.scale@2": "0x040000000000803F00000040"
{-#
  dialect_resources: {
    builtin: {
      absmax: "0x040000000000803F00004040",
      "x.scale@2": "0x040000000000803F00000040"
    }
  }
#-}
