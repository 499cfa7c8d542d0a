// RUN: quant-opt %s --quant-smooth="always percentile=100" --remarks-filter=quant-smooth -o /dev/null 2>&1 | FileCheck %s --check-prefix=SMOOTH
// RUN: quant-opt %s --quant-clip-weights --remarks-filter=quant-clip-weights -o /dev/null 2>&1 | FileCheck %s --check-prefix=FILTER
// RUN: quant-opt %s --quant-gptq --remarks-filter=quant-gptq -o /dev/null 2>&1 | FileCheck %s --check-prefix=FILTER
// RUN: quant-opt %s --quant-quantize --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=FILTER
// RUN: quant-opt %s --quant-quantize="scheme=w4a16 group-size=0 chip=sm_80" --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=FILTER
// RUN: quant-opt %s --quant-quantize="scheme=w4a8 activations=per-token" --remarks-filter=quant-quantize -o /dev/null 2>&1 | FileCheck %s --check-prefix=FILTER
// RUN: quant-opt %s --quant-clip-activations --remarks-filter=quant-clip-activations -o /dev/null 2>&1 | FileCheck %s --check-prefix=CLIP
// RUN: quant-opt %s --quant-decompose-outliers --remarks-filter=quant-decompose-outliers -o /dev/null 2>&1 | FileCheck %s --check-prefix=OUTLIERS
// RUN: quant-opt %s --quant-strip-observers --quant-insert-observers --remarks-filter=quant-insert-observers | FileCheck %s --check-prefix=OBSERVE
// RUN: quant-report %s | FileCheck %s --check-prefix=REPORT
// REPORT-NOT: k0.input

// Linears without weights, because K or N is 0, stay as they are.

// SMOOTH-NOT: OverMigration
// SMOOTH: NotSmoothed {{.*}}Reason="it has no channels", Remark="k0.input is not smoothed"
// FILTER-COUNT-2: Reason="its weight has no elements"
// FILTER-NOT: Passed
// CLIP-COUNT-2: NotClipped
// OUTLIERS: NotDecomposed {{.*}}Reason="it has no channels"
// OUTLIERS: NotDecomposed {{.*}}Reason="it feeds a linear without a name: its weight has no elements"
// OBSERVE: func @main
// OBSERVE-NOT: quant.observe

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @main(%x: tensor<3x0xf32>, %z: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x0xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<> : tensor<1x0xf32>
  %v = arith.constant dense<> : tensor<0x2xf32>
  %x1 = quant.observe %x "k0.input" {absmax = dense<> : tensor<0xf32>, mean_abs = dense<> : tensor<0xf32>, moment2 = dense<> : tensor<0x0xf32>} : tensor<3x0xf32>
  %z1 = quant.observe %z "n0.input" {absmax = dense<16.0> : tensor<2xf32>, mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<1.0> : tensor<2x2xf32>} : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x0xf32>, tensor<1x0xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %e2 = tensor.empty() : tensor<3x0xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<3x0xf32>) -> tensor<3x0xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%z1, %v : tensor<3x2xf32>, tensor<0x2xf32>) outs(%f2 : tensor<3x0xf32>) -> tensor<3x0xf32>
  return %1, %2 : tensor<3x1xf32>, tensor<3x0xf32>
}
