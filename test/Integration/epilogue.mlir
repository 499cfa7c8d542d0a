// What follows a matmul becomes part of its kernel, and CPU and emulated GPU have
// the same bits: a residual, a scale for each column and for each row, ReLU, f16;
// exp, tanh and erf by upstream's polynomials; an op that reads two matmuls; blocks
// that divide K.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/epilogue.py make %t
// DEFINE: %{run} = quant-run %s --quiet --input=%t/x.npy --input=%t/w.npy --input=%t/sw.npy --input=%t/r.npy --input=%t/row.npy
// RUN: %{run} --output=%t/cpu.safetensors
// RUN: %{run} --output=%t/ptx.safetensors --device=ptx --check
// RUN: %python %S/Inputs/epilogue.py check %t

// RUN: quant-opt %s --one-shot-bufferize="bufferize-function-boundaries" --convert-quant-to-nvgpu | FileCheck %s
// CHECK-LABEL: func @main
// CHECK-NOT:     linalg.generic
// CHECK:         gpu.launch_func @quant_matmul_i8_f16_xtensor_wchannel_v16_s1_16x32x6_1x2_e[[E:[0-9a-f]+]]::
// CHECK-NOT:     linalg.generic
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s1_16x32x6_1x2_e
// CHECK-NOT:     linalg.generic
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_bias_v16_s1_16x32x6_1x2::
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s1_16x32x6_1x2_e
// CHECK-NOT:     linalg.generic
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s1_16x64x6_1x4_k2_e
// CHECK-NOT:     linalg.generic
// CHECK:         return

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

func.func @main(%x: tensor<19x64xi8>, %w: tensor<37x64xi8>, %sw: tensor<37xf32>, %r: tensor<19x37xf32>,
                %row: tensor<19xf32>) -> (tensor<19x37xf16>, tensor<19x37xf32>, tensor<19x37xf32>, tensor<19x37xf32>, tensor<19x37xf32>) {
  %sx = arith.constant dense<0.01> : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %y1 = tensor.empty() : tensor<19x37xf32>
  %y2 = tensor.empty() : tensor<19x37xf32>
  %y3 = tensor.empty() : tensor<19x37xf32>
  %y4 = tensor.empty() : tensor<19x37xf32>
  %y5 = tensor.empty() : tensor<19x37xf32>
  %y6 = tensor.empty() : tensor<19x37xf32>
  %y7 = tensor.empty() : tensor<19x37xf32>
  %y8 = tensor.empty() : tensor<19x37xf32>
  %y9 = tensor.empty() : tensor<19x37xf32>
  %y10 = tensor.empty() : tensor<19x37xf32>
  %h = tensor.empty() : tensor<19x37xf16>

  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<37xf32>) outs(%y1 : tensor<19x37xf32>)
      : tensor<19x64xi8>, tensor<37x64xi8> -> tensor<19x37xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id, #row, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%r, %0, %row, %sw : tensor<19x37xf32>, tensor<19x37xf32>, tensor<19xf32>, tensor<37xf32>) outs(%h : tensor<19x37xf16>) {
  ^bb0(%b: f32, %a: f32, %c: f32, %d: f32, %o: f16):
    %1 = arith.addf %a, %b : f32
    %2 = arith.mulf %1, %c : f32
    %3 = arith.divf %2, %d : f32
    %4 = arith.maximumf %3, %zero : f32
    %5 = arith.truncf %4 : f32 to f16
    linalg.yield %5 : f16
  } -> tensor<19x37xf16>

  %6 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<37xf32>) outs(%y2 : tensor<19x37xf32>)
      : tensor<19x64xi8>, tensor<37x64xi8> -> tensor<19x37xf32>
  %silu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%6 : tensor<19x37xf32>) outs(%y3 : tensor<19x37xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.negf %a : f32
    %2 = math.exp %1 : f32
    %3 = arith.addf %2, %one : f32
    %4 = arith.divf %a, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<19x37xf32>

  %7 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<37xf32>) bias(%sw : tensor<37xf32>)
      outs(%y4 : tensor<19x37xf32>) : tensor<19x64xi8>, tensor<37x64xi8> -> tensor<19x37xf32>
  %8 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<37xf32>) outs(%y5 : tensor<19x37xf32>)
      : tensor<19x64xi8>, tensor<37x64xi8> -> tensor<19x37xf32>
  %product = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%7, %8 : tensor<19x37xf32>, tensor<19x37xf32>) outs(%y6 : tensor<19x37xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<19x37xf32>

  %9 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<37xf32>) outs(%y7 : tensor<19x37xf32>)
      {quant.tile = array<i64: 16, 64, 1, 4, 6, 2>} : tensor<19x64xi8>, tensor<37x64xi8> -> tensor<19x37xf32>
  %tanh = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%9 : tensor<19x37xf32>) outs(%y8 : tensor<19x37xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.tanh %a : f32
    %2 = arith.mulf %a, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<19x37xf32>

  %10 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<37xf32>) outs(%y9 : tensor<19x37xf32>)
      : tensor<19x64xi8>, tensor<37x64xi8> -> tensor<19x37xf32>
  %erf = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%10 : tensor<19x37xf32>) outs(%y10 : tensor<19x37xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.erf %a : f32
    %2 = arith.mulf %a, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<19x37xf32>
  return %relu, %silu, %product, %tanh, %erf
      : tensor<19x37xf16>, tensor<19x37xf32>, tensor<19x37xf32>, tensor<19x37xf32>, tensor<19x37xf32>
}
