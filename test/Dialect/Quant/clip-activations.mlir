// RUN: quant-opt %s --quant-clip-activations --quant-quantize --split-input-file --remarks-filter="quant-clip.*" 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: quant-opt %s --quant-smooth="alpha=1 always" --split-input-file | FileCheck %s --check-prefix=SMOOTHED

// test/Integration/smoothquant.test compares what is chosen with NumPy.

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// A static scale reaches `clip`: 2.54 / 127 instead of 16 / 127. A scale that
// passes drops it.

// REMARK: NotClipped {{.*}}Reason="it has no histogram", Remark="a.input is not clipped", Suggestion="collect statistics with quant-run --histograms"

// CHECK-LABEL: func @clipped(
// CHECK: %[[S:.*]] = arith.constant dense<2.000000e-02> : tensor<f32>
// CHECK: quant.quantize %{{.*}} scale(%[[S]] : tensor<f32>)

// SMOOTHED-LABEL: func @clipped(
// SMOOTHED: quant.observe
// SMOOTHED-NOT: clip
// SMOOTHED: linalg.matmul
func.func @clipped(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  %x1 = quant.observe %x "a.input" {absmax = dense<16.0> : tensor<2xf32>, clip = 2.54 : f32} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}
