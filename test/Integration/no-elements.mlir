// What has no elements is computed as on the CPU: products without columns, whose
// results are biases, quantizations of them, and results without rows or columns.

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy, sys; numpy.save(sys.argv[1], numpy.arange(32, dtype='i1').reshape(4, 8)); numpy.save(sys.argv[2], numpy.arange(64, dtype='f4').reshape(4, 16) - 7)" %t/x.npy %t/a.npy
// DEFINE: %{run} = quant-run %s --quiet --input=%t/x.npy --input=%t/a.npy
// RUN: %{run} --output=%t/cpu.safetensors
// RUN: %{run} --output=%t/sm_80.safetensors --device=ptx --check
// RUN: %{run} --output=%t/sm_90a.safetensors --device=ptx --check --chip=sm_90a
// RUN: cmp %t/cpu.safetensors %t/sm_80.safetensors
// RUN: cmp %t/cpu.safetensors %t/sm_90a.safetensors
// RUN: %python -c "import sys; print(open(sys.argv[1], 'rb').read().find(bytes.fromhex('0000e0c0')) > 0)" %t/cpu.safetensors | FileCheck %s
// CHECK: True

func.func @main(%x: tensor<4x8xi8>, %a: tensor<4x16xf32>)
    -> (tensor<4x16xf32>, tensor<4x0xi8>, tensor<4xf32>, tensor<4x16xf32>, tensor<4x16xf32>, tensor<0x16xf32>, tensor<4x0xf32>) {
  %s = arith.constant dense<0.37> : tensor<f32>
  %bias = tensor.extract_slice %a[1, 0] [1, 16] [1, 1] : tensor<4x16xf32> to tensor<16xf32>
  %y = tensor.empty() : tensor<4x16xf32>

  %x0 = tensor.extract_slice %x[0, 0] [4, 0] [1, 1] : tensor<4x8xi8> to tensor<4x0xi8>
  %w0 = tensor.empty() : tensor<16x0xi8>
  %no_columns = quant.matmul %x0, %w0 scales(%s, %s : tensor<f32>, tensor<f32>) bias(%bias : tensor<16xf32>) outs(%y : tensor<4x16xf32>)
      : tensor<4x0xi8>, tensor<16x0xi8> -> tensor<4x16xf32>

  %f0 = tensor.extract_slice %a[0, 0] [4, 0] [1, 1] : tensor<4x16xf32> to tensor<4x0xf32>
  %qe = tensor.empty() : tensor<4x0xi8>
  %se = tensor.empty() : tensor<4xf32>
  %q:2 = quant.quantize %f0 outs(%qe, %se : tensor<4x0xi8>, tensor<4xf32>) : tensor<4x0xf32> -> tensor<4x0xi8>, tensor<4xf32>
  %chained = quant.matmul %q#0, %w0 scales(%q#1, %s : tensor<4xf32>, tensor<f32>) bias(%bias : tensor<16xf32>) outs(%y : tensor<4x16xf32>)
      : tensor<4x0xi8>, tensor<16x0xi8> -> tensor<4x16xf32>

  %channels = arith.constant dense<> : tensor<0xi64>
  %wo = tensor.empty() : tensor<16x0xf32>
  %no_outliers = quant.outlier_matmul %a, %wo channels(%channels : tensor<0xi64>) add(%a : tensor<4x16xf32>) outs(%y : tensor<4x16xf32>)
      : tensor<4x16xf32>, tensor<16x0xf32> -> tensor<4x16xf32>

  %xr = tensor.extract_slice %x[0, 0] [0, 8] [1, 1] : tensor<4x8xi8> to tensor<0x8xi8>
  %w = arith.constant dense<3> : tensor<16x8xi8>
  %yr = tensor.empty() : tensor<0x16xf32>
  %no_rows = quant.matmul %xr, %w scales(%s, %s : tensor<f32>, tensor<f32>) bias(%bias : tensor<16xf32>) outs(%yr : tensor<0x16xf32>)
      : tensor<0x8xi8>, tensor<16x8xi8> -> tensor<0x16xf32>
  %wn = tensor.empty() : tensor<0x8xi8>
  %yn = tensor.empty() : tensor<4x0xf32>
  %no_channels = quant.matmul %x, %wn scales(%s, %s : tensor<f32>, tensor<f32>) outs(%yn : tensor<4x0xf32>)
      : tensor<4x8xi8>, tensor<0x8xi8> -> tensor<4x0xf32>
  return %no_columns, %q#0, %q#1, %chained, %no_outliers, %no_rows, %no_channels
      : tensor<4x16xf32>, tensor<4x0xi8>, tensor<4xf32>, tensor<4x16xf32>, tensor<4x16xf32>, tensor<0x16xf32>, tensor<4x0xf32>
}
