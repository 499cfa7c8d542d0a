// RUN: quant-opt %s --quant-clip-activations --remarks-filter=quant-clip-activations 2>&1 | FileCheck %s --check-prefix=W8A8
// RUN: quant-opt %s --quant-clip-activations=activation-bits=4 --remarks-filter=quant-clip-activations 2>&1 | FileCheck %s --check-prefix=W8A4
// RUN: quant-opt %s --quant-clip-activations="scheme=w4a4" --remarks-filter=quant-clip-activations 2>&1 | FileCheck %s --check-prefix=W4A4
// RUN: quant-opt %s --quant-clip-activations="scheme=w4a16" --remarks-filter=quant-clip-activations 2>&1 | FileCheck %s --check-prefix=FLOAT

// One magnitude in a thousand is 16 times the others. Fewer bits have larger
// steps, for which clipping it pays sooner.

// W8A8: NotClipped {{.*}}Reason="no smaller reach lowers its predicted error, 2.27 %", Remark="tail.input is not clipped"
// W8A8: Clipped {{.*}}Remark="even.input is clipped at 0.707 of 1.000"
// W8A8: NotClipped {{.*}}Reason="no linear reads it", Remark="unread.input is not clipped"
// W8A4: Clipped {{.*}}Remark="tail.input is clipped at 2.828 of 8.000"
// W8A4: Clipped {{.*}}Remark="even.input is clipped at 0.595 of 1.000"
// W4A4: Clipped {{.*}}Remark="tail.input is clipped at 2.828 of 8.000"
// FLOAT: NotClipped {{.*}}Reason="the scheme keeps activations in float", Remark="tail.input is not clipped"

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

func.func @bits(%x: tensor<3x1xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<1x1xf32>
  %e = tensor.empty() : tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x1 = quant.observe %x "tail.input" {absmax = dense<8.0> : tensor<1xf32>, histogram = dense<[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 250, 250, 250, 250, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]> : tensor<1x128xi32>} : tensor<3x1xf32>
  %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x1xf32>, tensor<1x1xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x2 = quant.observe %x "even.input" {absmax = dense<1.0> : tensor<1xf32>, histogram = dense<[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]> : tensor<1x128xi32>} : tensor<3x1xf32>
  %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %w : tensor<3x1xf32>, tensor<1x1xf32>) outs(%f : tensor<3x1xf32>) -> tensor<3x1xf32>
  %x3 = quant.observe %x "unread.input" {absmax = dense<1.0> : tensor<1xf32>, histogram = dense<[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]> : tensor<1x128xi32>} : tensor<3x1xf32>
  return %1, %2, %x3 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>
}
