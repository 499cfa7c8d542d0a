// Stock mlir-opt with the plugin parses our ops and runs our passes. Options of
// single passes are fixed before it loads plugins, so it needs --pass-pipeline.
// RUN: mlir-opt --load-dialect-plugin=%quant_mlir_build/lib/QuantMLIRPlugin.so \
// RUN:   --load-pass-plugin=%quant_mlir_build/lib/QuantMLIRPlugin.so \
// RUN:   %s --pass-pipeline='builtin.module(quant-strip-observers,canonicalize)' | FileCheck %s

// The same bytecode as our own tool's.
// RUN: quant-opt %S/ops.mlir --emit-bytecode -o %t.mlirbc
// RUN: mlir-opt --load-dialect-plugin=%quant_mlir_build/lib/QuantMLIRPlugin.so %t.mlirbc -o %t.plugin
// RUN: quant-opt %S/ops.mlir -o %t.tool
// RUN: diff %t.tool %t.plugin

// The ops alone, in a tool that has them: they are not inserted twice.
// RUN: quant-opt --load-dialect-plugin=%quant_mlir_build/lib/QuantMLIRPlugin.so %s --canonicalize \
// RUN:   | FileCheck %s --check-prefix=TOOL

// Without the plugin the ops are unknown.
// RUN: not mlir-opt %s 2>&1 | FileCheck %s --check-prefix=STOCK

// STOCK: error: custom op 'quant.observe' is unknown

// CHECK-LABEL: func @f
// CHECK-NOT:     quant.observe
// CHECK:         quant.smooth %{{.*}} by %{{.*}} along [1] : tensor<2x3xf32>, tensor<3xf32>
// CHECK-NOT:     quant.smooth

// TOOL-LABEL:  func @f
// TOOL:          quant.observe
// TOOL:          quant.smooth
// TOOL-NOT:      quant.smooth
func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = arith.constant dense<[2.0, 3.0, 4.0]> : tensor<3xf32>
  %0 = quant.observe %x "x.input" : tensor<2x3xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  %2 = quant.smooth %1 by %s along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %2 : tensor<2x3xf32>
}
