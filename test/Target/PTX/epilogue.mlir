// The kernels written are those that are launched: with what follows a matmul
// directly as a part; with and without it where buffers decide.

// RUN: rm -rf %t && quant-translate %s --quant-to-ptx -o %t
// RUN: ls %t | FileCheck %s
// CHECK:     quant_matmul_i8_f32_xtensor_wtensor_v16_s2_16x32x6_1x2.ptx
// CHECK:     quant_matmul_i8_f32_xtensor_wtensor_v16_s2_16x32x6_1x2_e[[ADD:[0-9a-f]+]].ptx
// CHECK:     quant_matmul_i8_f32_xtensor_wtensor_v16_s2_16x32x6_1x2_e[[MAX:[0-9a-f]+]].ptx
// CHECK-NOT: quant_matmul

// The residual, 8×16 of f32, is among the bytes that a kernel needs at least.
// RUN: cut -f 1,14 %t/index.tsv | FileCheck %s --check-prefix=BYTES --implicit-check-not=1792
// BYTES:     _e{{[0-9a-f]+}} 1792

#id = affine_map<(d0, d1) -> (d0, d1)>

func.func @directly(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>) -> tensor<8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maximumf %a, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %z : tensor<8x16xf32>
}

func.func @later(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %s: tensor<f32>, %p: tensor<16x8xf32>) -> tensor<8x16xf32> {
  %e = tensor.empty() : tensor<8x16xf32>
  %y = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%e : tensor<8x16xf32>) : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  %r = linalg.transpose ins(%p : tensor<16x8xf32>) outs(%e : tensor<8x16xf32>) permutation = [1, 0]
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %r : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  return %z : tensor<8x16xf32>
}
