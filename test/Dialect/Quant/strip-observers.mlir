// RUN: quant-opt %s --quant-strip-observers | FileCheck %s

// CHECK-LABEL: func @strip(
// CHECK-SAME:    %[[X:.*]]: tensor<512x576xf32>
// CHECK-NEXT:    return %[[X]]
func.func @strip(%x: tensor<512x576xf32>) -> tensor<512x576xf32> {
  %y = quant.observe %x "layers.0.input" : tensor<512x576xf32>
  return %y : tensor<512x576xf32>
}
