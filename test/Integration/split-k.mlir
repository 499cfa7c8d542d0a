// A matmul of few rows and columns, whose K is divided among blocks, gives
// the CPU's bits; its workspace is allocated, cleared and freed.

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); [np.save(f'%t/{n}.npy', r.integers(-127, 128, s).astype(np.int8)) for n, s in (('x', (4, 1536)), ('w', (576, 1536)))]; np.save('%t/s.npy', r.random(576, np.float32))"
// RUN: quant-run %s --quiet --input=%t/x.npy --input=%t/w.npy --input=%t/s.npy --output=%t/cpu.npy
// RUN: quant-run %s --quiet --input=%t/x.npy --input=%t/w.npy --input=%t/s.npy --output=%t/ptx.npy --device=ptx --check
// RUN: cmp %t/cpu.npy %t/ptx.npy

// RUN: quant-opt %s --one-shot-bufferize="bufferize-function-boundaries" --convert-quant-to-nvgpu | FileCheck %s
// CHECK: gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s2_16x64x6_1x4_k4::

func.func @main(%x: tensor<4x1536xi8>, %w: tensor<576x1536xi8>, %sw: tensor<576xf32>) -> tensor<4x576xf32> {
  %sx = arith.constant dense<0.37> : tensor<f32>
  %y = tensor.empty() : tensor<4x576xf32>
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<576xf32>) outs(%y : tensor<4x576xf32>)
      {quant.tile = array<i64: 16, 64, 1, 4, 6, 4>} : tensor<4x1536xi8>, tensor<576x1536xi8> -> tensor<4x576xf32>
  return %0 : tensor<4x576xf32>
}
