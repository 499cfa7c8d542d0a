// The kernel of a matmul on 4-bit weights and integer activations takes what follows
// as well: CPU and emulated GPU have the same bits.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/low_bit.py make %t
// RUN: quant-opt %s --quant-w4a8="weights=%t/w.safetensors group-size=32" --quant-pack-weights --quant-externalize-weights=file=%t/p.safetensors -o %t/p.mlir
// DEFINE: %{run} = quant-run %t/p.mlir --quiet --weights=%t/p.safetensors --input=%t/x.npy
// RUN: %{run} --output=%t/cpu.npy
// RUN: %{run} --output=%t/ptx.npy --device=ptx --check
// RUN: cmp %t/cpu.npy %t/ptx.npy

// RUN: quant-opt %t/p.mlir --quant-bind-weights=file=%t/p.safetensors --one-shot-bufferize="bufferize-function-boundaries" --convert-quant-to-nvgpu | FileCheck %s
// CHECK-LABEL: func @main
// CHECK-NOT:     linalg.generic
// CHECK:         gpu.launch_func @quant_group_matmul_i8_i4_f32_xtoken_g32_scales_bias_v16_s2_{{[0-9x_]+}}_e
// CHECK-NOT:     linalg.generic
// CHECK:         return

ml_program.global private @fc.weight(#ml_program.extern : tensor<20x100xf32>) : tensor<20x100xf32>
ml_program.global private @fc.bias(#ml_program.extern : tensor<20xf32>) : tensor<20xf32>

#rows = affine_map<(m, n) -> (m, n)>
#columns = affine_map<(m, n) -> (n)>

func.func @main(%x: tensor<7x100xf32>) -> tensor<7x20xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @fc.weight : tensor<20x100xf32>
  %b = ml_program.global_load_const @fc.bias : tensor<20xf32>
  %r = arith.constant dense<0.25> : tensor<7x20xf32>
  %et = tensor.empty() : tensor<100x20xf32>
  %t = linalg.transpose ins(%w : tensor<20x100xf32>) outs(%et : tensor<100x20xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<7x20xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<7x20xf32>) -> tensor<7x20xf32>
  %p = linalg.matmul ins(%x, %t : tensor<7x100xf32>, tensor<100x20xf32>) outs(%f : tensor<7x20xf32>) -> tensor<7x20xf32>
  %y = linalg.generic {indexing_maps = [#rows, #columns, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%p, %b : tensor<7x20xf32>, tensor<20xf32>) outs(%e : tensor<7x20xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %s = arith.addf %a, %c : f32
    linalg.yield %s : f32
  } -> tensor<7x20xf32>
  %z = linalg.generic {indexing_maps = [#rows, #rows, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%y, %r : tensor<7x20xf32>, tensor<7x20xf32>) outs(%e : tensor<7x20xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %m = arith.maximumf %a, %zero : f32
    %s = arith.addf %m, %c : f32
    linalg.yield %s : f32
  } -> tensor<7x20xf32>
  return %z : tensor<7x20xf32>
}
