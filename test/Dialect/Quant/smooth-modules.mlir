// RUN: quant-opt %s --mlir-disable-threading --pass-pipeline="builtin.module(builtin.module(quant-smooth{alpha=0.5 always}))" | FileCheck %s
// RUN: quant-opt %s --mlir-disable-threading --pass-pipeline="builtin.module(builtin.module(quant-awq{grid=1 group-size=0 groups=all}))" | FileCheck %s --check-prefix=AWQ

// One pass object sees both modules; the second one's scales are those of the
// same module alone. The second group of each makes rows of the first one's
// weight smaller.

#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: module @first
// CHECK: quant.observe %{{.*}} "first.input" {{.*}}moment_scale = dense<[2.000000e+00, 4.000000e+00]>
// CHECK: quant.observe %{{.*}} "second.input" {{.*}}moment_scale = dense<[4.000000e+00, 1.000000e+00]>
// AWQ-LABEL: module @first
// AWQ: quant.observe %{{.*}} "first.input" {{.*}}moment_scale = dense<[5.000750e-01, 1.99970007]>
// AWQ-NOT: moment_scale
module @first {
  func.func @main(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
    %zero = arith.constant 0.0 : f32
    %w = arith.constant dense<[[16.0, 4.0], [4.0, 1.0]]> : tensor<2x2xf32>
    %v = arith.constant dense<[[4.0, 4.0]]> : tensor<1x2xf32>
    %e = tensor.empty() : tensor<3x2xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
    %x1 = quant.observe %x "first.input" {absmax = dense<16.0> : tensor<2xf32>, mean_abs = dense<[16.0, 1.0]> : tensor<2xf32>, moment2 = dense<[[256.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
    %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
    %x2 = quant.observe %1 "second.input" {absmax = dense<[64.0, 4.0]> : tensor<2xf32>, mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
    %e1 = tensor.empty() : tensor<3x1xf32>
    %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x1xf32>) -> tensor<3x1xf32>
    %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %v : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f1 : tensor<3x1xf32>) -> tensor<3x1xf32>
    return %2 : tensor<3x1xf32>
  }
}
// CHECK-LABEL: module @second
// CHECK: quant.observe %{{.*}} "first.input" {{.*}}moment_scale = dense<[2.000000e+00, 4.000000e+00]>
// CHECK: quant.observe %{{.*}} "second.input" {{.*}}moment_scale = dense<[4.000000e+00, 1.000000e+00]>
// AWQ-LABEL: module @second
// AWQ: quant.observe %{{.*}} "first.input" {{.*}}moment_scale = dense<[5.000750e-01, 1.99970007]>
// AWQ-NOT: moment_scale
module @second {
  func.func @main(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
    %zero = arith.constant 0.0 : f32
    %w = arith.constant dense<[[16.0, 4.0], [4.0, 1.0]]> : tensor<2x2xf32>
    %v = arith.constant dense<[[4.0, 4.0]]> : tensor<1x2xf32>
    %e = tensor.empty() : tensor<3x2xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
    %x1 = quant.observe %x "first.input" {absmax = dense<16.0> : tensor<2xf32>, mean_abs = dense<[16.0, 1.0]> : tensor<2xf32>, moment2 = dense<[[256.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
    %1 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x1, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
    %x2 = quant.observe %1 "second.input" {absmax = dense<[64.0, 4.0]> : tensor<2xf32>, mean_abs = dense<1.0> : tensor<2xf32>, moment2 = dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
    %e1 = tensor.empty() : tensor<3x1xf32>
    %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x1xf32>) -> tensor<3x1xf32>
    %2 = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%x2, %v : tensor<3x2xf32>, tensor<1x2xf32>) outs(%f1 : tensor<3x1xf32>) -> tensor<3x1xf32>
    return %2 : tensor<3x1xf32>
  }
}
