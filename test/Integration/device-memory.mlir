// A GPU whose memory does not hold the program is one error, and no result.

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; [np.save(f'%t/{n}.npy', np.ones(s, t)) for n, s, t in (('x', (64, 1024), np.int8), ('w', (1024, 1024), np.int8))]"
// RUN: not quant-run %s --quiet --input=%t/x.npy --input=%t/w.npy --output=%t/y.npy --device=ptx --device-memory=1 2>&1 | FileCheck %s
// CHECK: quant-run: error: no memory for 1048576 bytes on the emulated GPU, which has 1000000; the program has {{[0-9]+}} bytes on the GPU already
// RUN: not ls %t/y.npy
// RUN: quant-run %s --quiet --input=%t/x.npy --input=%t/w.npy --output=%t/y.npy --device=ptx --device-memory=2

func.func @main(%x: tensor<64x1024xi8>, %w: tensor<1024x1024xi8>) -> tensor<64x1024xf32> {
  %s = arith.constant dense<0.37> : tensor<f32>
  %y = tensor.empty() : tensor<64x1024xf32>
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<64x1024xf32>)
      : tensor<64x1024xi8>, tensor<1024x1024xi8> -> tensor<64x1024xf32>
  return %0 : tensor<64x1024xf32>
}
