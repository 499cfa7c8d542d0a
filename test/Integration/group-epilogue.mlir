// The kernel of a matmul on 4-bit weights takes a residual and an activation as well;
// so does one whose blocks divide K.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/epilogue.py make-group %t
// RUN: quant-run %s --quiet --input=%t/x.npy --input=%t/c.npy --input=%t/s.npy --input=%t/r.npy --output=%t/ptx.safetensors --device=ptx --check
// RUN: %python %S/Inputs/epilogue.py check-group %t

// RUN: quant-opt %s --one-shot-bufferize="bufferize-function-boundaries" --convert-quant-to-nvgpu | FileCheck %s
// CHECK-NOT: linalg.generic
// CHECK:     gpu.launch_func @quant_group_matmul_f16_i4_f32_g128_v16_s2_16x64x4_1x1x4_e
// CHECK-NOT: linalg.generic
// CHECK:     gpu.launch_func @quant_group_matmul_f16_i4_f32_g128_v16_s2_16x64x4_1x1x4_k2_e
// CHECK-NOT: linalg.generic

#id = affine_map<(d0, d1) -> (d0, d1)>

func.func @main(%x: tensor<3x1024xf16>, %c: tensor<1x16x512xi8>, %s: tensor<8x16xf32>, %r: tensor<3x16xf32>)
    -> (tensor<3x16xf32>, tensor<3x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %y0 = tensor.empty() : tensor<3x16xf32>
  %y1 = tensor.empty() : tensor<3x16xf32>
  %y2 = tensor.empty() : tensor<3x16xf32>
  %y3 = tensor.empty() : tensor<3x16xf32>
  %0 = quant.group_matmul %x, %c scales(%s : tensor<8x16xf32>) outs(%y0 : tensor<3x16xf32>)
      {fragment_order, group_size = 128 : i64, quant.tile = array<i64: 16, 64, 1, 1, 4, 4>}
      : tensor<3x1024xf16>, tensor<1x16x512xi8> -> tensor<3x16xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %r : tensor<3x16xf32>, tensor<3x16xf32>) outs(%y1 : tensor<3x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %4 = arith.addf %a, %b : f32
    %5 = arith.maximumf %4, %zero : f32
    linalg.yield %5 : f32
  } -> tensor<3x16xf32>
  %2 = quant.group_matmul %x, %c scales(%s : tensor<8x16xf32>) outs(%y2 : tensor<3x16xf32>)
      {fragment_order, group_size = 128 : i64, quant.tile = array<i64: 16, 64, 1, 1, 4, 4, 2>}
      : tensor<3x1024xf16>, tensor<1x16x512xi8> -> tensor<3x16xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%2, %r : tensor<3x16xf32>, tensor<3x16xf32>) outs(%y3 : tensor<3x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %4 = arith.addf %a, %b : f32
    %5 = arith.maximumf %4, %zero : f32
    linalg.yield %5 : f32
  } -> tensor<3x16xf32>
  return %1, %3 : tensor<3x16xf32>, tensor<3x16xf32>
}
