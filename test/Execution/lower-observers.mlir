// RUN: quant-opt %s --quant-lower-observers | FileCheck %s --check-prefix=ERASED
// RUN: quant-opt %s --quant-lower-observers=keep --canonicalize | FileCheck %s --check-prefix=KEPT
// RUN: quant-opt %s --quant-lower-observers="keep observe-only" | FileCheck %s --check-prefix=ONLY

// ERASED-LABEL: func.func @main
// ERASED-NOT: observe
// ERASED: linalg.sqrt
// ERASED: linalg.exp

// KEPT-LABEL: func.func @main(
// KEPT: %[[S:.+]] = linalg.sqrt
// KEPT: call @observe(%[[S]]) {observer = "h.0.input"} : (tensor<2x4xf32>) -> ()
// KEPT: linalg.exp ins(%[[S]]

// ONLY-LABEL: func.func @main(%{{.+}}: tensor<2x4xf32>) {
// ONLY: linalg.sqrt
// ONLY: call @observe
// ONLY-NOT: linalg.exp
// ONLY: return{{$}}
func.func @main(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %e = tensor.empty() : tensor<2x4xf32>
  %s = linalg.sqrt ins(%x : tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %o = quant.observe %s "h.0.input" : tensor<2x4xf32>
  %y = linalg.exp ins(%o : tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// ERASED-LABEL: func.func @half
// ERASED-NOT: arith.extf

// Statistics are of f32.
// KEPT-LABEL: func.func @half(
// KEPT-SAME: %[[X:.+]]: tensor<2x4xbf16>
// KEPT: %[[F:.+]] = linalg.generic {{.*}} ins(%[[X]] : tensor<2x4xbf16>) outs({{.*}} : tensor<2x4xf32>)
// KEPT: arith.extf {{.*}} : bf16 to f32
// KEPT: call @observe(%[[F]]) {observer = "half.input"} : (tensor<2x4xf32>) -> ()
// KEPT: linalg.exp ins(%[[X]]
func.func @half(%x: tensor<2x4xbf16>) -> tensor<2x4xbf16> {
  %e = tensor.empty() : tensor<2x4xbf16>
  %o = quant.observe %x "half.input" : tensor<2x4xbf16>
  %y = linalg.exp ins(%o : tensor<2x4xbf16>) outs(%e : tensor<2x4xbf16>) -> tensor<2x4xbf16>
  return %y : tensor<2x4xbf16>
}

// KEPT: func.func private @observe(tensor<2x4xf32>)
