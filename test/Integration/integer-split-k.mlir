// Matmuls of 4-bit weights and integer activations whose K is divided among blocks
// give the CPU's bits: 8-bit activations, zero points, a bias and an op that follows;
// 4-bit activations, with five blocks for four tiles along K, so that one has none.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/integer_split_k.py %t
// DEFINE: %{run} = quant-run %s --quiet --input=%t/x.npy --input=%t/c.npy --input=%t/s.npy --input=%t/z.npy --input=%t/f.npy --input=%t/r.npy
// RUN: %{run} --output=%t/cpu.safetensors
// RUN: %{run} --output=%t/ptx.safetensors --device=ptx --check
// RUN: cmp %t/cpu.safetensors %t/ptx.safetensors

// RUN: quant-opt %s --one-shot-bufferize="bufferize-function-boundaries" --convert-quant-to-nvgpu | FileCheck %s
// CHECK-NOT: linalg.generic
// CHECK: gpu.launch_func @quant_group_matmul_i8_i4_f32_xtensor_g64_scales_zeros_bias_v16_s2_16x64x3_1x1x4_k3_e
// CHECK-NOT: linalg.generic
// CHECK: gpu.launch_func @quant_group_matmul_i4_i4_f32_xtensor_g64_scales_v16_s2_16x32x3_1x1x4_k5::

#id = affine_map<(d0, d1) -> (d0, d1)>

func.func @main(%x: tensor<5x1600xi8>, %c: tensor<5x25x512xi8>, %s: tensor<25x80xi8>, %z: tensor<25x80xi8>,
                %f: tensor<70xf32>, %r: tensor<5x70xf32>) -> (tensor<5x70xf32>, tensor<5x70xf32>) {
  %sx = arith.constant dense<0.37> : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %y0 = tensor.empty() : tensor<5x70xf32>
  %y1 = tensor.empty() : tensor<5x70xf32>
  %y2 = tensor.empty() : tensor<5x70xf32>
  %0 = quant.group_matmul %x, %c scales(%s : tensor<25x80xi8>) zeros(%z : tensor<25x80xi8>)
      dequantize(%sx, %f : tensor<f32>, tensor<70xf32>) bias(%f : tensor<70xf32>) outs(%y0 : tensor<5x70xf32>)
      {fragment_order, group_size = 64 : i64, quant.tile = array<i64: 16, 64, 1, 1, 4, 3, 3>}
      : tensor<5x1600xi8>, tensor<5x25x512xi8> -> tensor<5x70xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %r : tensor<5x70xf32>, tensor<5x70xf32>) outs(%y1 : tensor<5x70xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %3 = arith.addf %a, %b : f32
    %4 = arith.maximumf %3, %zero : f32
    linalg.yield %4 : f32
  } -> tensor<5x70xf32>
  %2 = quant.group_matmul %x, %c scales(%s : tensor<25x80xi8>)
      dequantize(%sx, %f : tensor<f32>, tensor<70xf32>) outs(%y2 : tensor<5x70xf32>)
      {fragment_order, group_size = 64 : i64, input_bits = 4 : i64, quant.tile = array<i64: 16, 32, 1, 1, 4, 3, 5>}
      : tensor<5x1600xi8>, tensor<5x25x512xi8> -> tensor<5x70xf32>
  return %1, %2 : tensor<5x70xf32>, tensor<5x70xf32>
}
