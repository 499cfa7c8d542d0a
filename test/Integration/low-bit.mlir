// A linear with 4-bit weights in two-level groups and integer activations: the
// parts of its weight and the bits of its result are NumPy's. 100 columns in
// groups of 32 leave a last group of 4.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/low_bit.py make %t

// RUN: quant-opt %s --quant-w4a8="weights=%t/w.safetensors group-size=32 output-weights=%t/w4a8.safetensors" -o %t/w4a8.mlir
// RUN: FileCheck %s --check-prefix=W4A8 < %t/w4a8.mlir
// RUN: quant-run %t/w4a8.mlir --quiet --weights=%t/w4a8.safetensors --input=%t/x.npy --output=%t/w4a8.npy
// RUN: %python %S/Inputs/low_bit.py check %t w4a8 8 32 | FileCheck %s --check-prefix=W4A8-ERROR
// W4A8: %[[Q:.*]]:2 = quant.quantize %{{.*}} outs(%{{.*}}, %{{.*}} : tensor<7x100xi8>, tensor<7xf32>) : tensor<7x100xf32>
// W4A8: quant.group_matmul %[[Q]]#0, %fc.weight_packed scales(%fc.weight_group_scale : tensor<20x4xi8>) dequantize(%[[Q]]#1, %fc.weight_scale : tensor<7xf32>, tensor<20xf32>) bias(%fc.bias : tensor<20xf32>)
// W4A8-SAME: {group_size = 32 : i64} : tensor<7x100xi8>, tensor<20x50xi8> -> tensor<7x20xf32>
// W4A8-ERROR: relative error 0.11

// RUN: quant-opt %s --quant-w4a8="weights=%t/w.safetensors group-size=32 zero-point output-weights=%t/zeros.safetensors" -o %t/zeros.mlir
// RUN: quant-run %t/zeros.mlir --quiet --weights=%t/zeros.safetensors --input=%t/x.npy --output=%t/zeros.npy
// RUN: %python %S/Inputs/low_bit.py check %t zeros 8 32 zeros

// RUN: quant-opt %s --quant-w4a8="weights=%t/w.safetensors group-size=0 output-weights=%t/row.safetensors" -o %t/row.mlir
// RUN: FileCheck %s --check-prefix=ROW < %t/row.mlir
// RUN: quant-run %t/row.mlir --quiet --weights=%t/row.safetensors --input=%t/x.npy --output=%t/row.npy
// RUN: %python %S/Inputs/low_bit.py check %t row 8 0
// ROW: quant.group_matmul %{{.*}}, %fc.weight_packed dequantize(%{{.*}}#1, %fc.weight_scale : tensor<7xf32>, tensor<20xf32>) bias

// RUN: quant-opt %s --quant-w4a4="weights=%t/w.safetensors group-size=32 output-weights=%t/w4a4.safetensors" -o %t/w4a4.mlir
// RUN: FileCheck %s --check-prefix=W4A4 < %t/w4a4.mlir
// RUN: quant-run %t/w4a4.mlir --quiet --weights=%t/w4a4.safetensors --input=%t/x.npy --output=%t/w4a4.npy
// RUN: %python %S/Inputs/low_bit.py check %t w4a4 4 32
// W4A4: quant.quantize {{.*}} {bits = 4 : i64} : tensor<7x100xf32> -> tensor<7x100xi8>, tensor<7xf32>

// RUN: quant-opt %s --quant-w4a4="weights=%t/w.safetensors group-size=0 zero-point activation-bits=6 output-weights=%t/w4a6.safetensors" -o %t/w4a6.mlir
// RUN: quant-run %t/w4a6.mlir --quiet --weights=%t/w4a6.safetensors --input=%t/x.npy --output=%t/w4a6.npy
// RUN: %python %S/Inputs/low_bit.py check %t w4a6 6 0 zeros


// Scales that cannot fold into an argument are absorbed by its quantization.
// RUN: quant-opt %s --quant-calibrate -o %t/observed.mlir
// RUN: quant-run %t/observed.mlir --quiet --weights=%t/w.safetensors --input=%t/x.npy --observe=%t/stats.safetensors --second-moments
// RUN: quant-opt %s --quant-w4a8="weights=%t/w.safetensors statistics=%t/stats.safetensors scales=awq group-size=32 output-weights=%t/awq.safetensors" -o %t/awq.mlir
// RUN: FileCheck %s --check-prefix=SCALED < %t/awq.mlir
// RUN: quant-run %t/awq.mlir --quiet --weights=%t/awq.safetensors --input=%t/x.npy --output=%t/awq.npy
// RUN: %python %S/Inputs/low_bit.py closer %t awq w4a8
// RUN: quant-opt %s --quant-w4a4="weights=%t/w.safetensors statistics=%t/stats.safetensors scales=smoothquant group-size=32 output-weights=%t/smooth.safetensors" -o %t/smooth.mlir
// RUN: FileCheck %s --check-prefix=SCALED < %t/smooth.mlir
// RUN: quant-run %t/smooth.mlir --quiet --weights=%t/smooth.safetensors --input=%t/x.npy --output=%t/smooth.npy
// RUN: %python %S/Inputs/low_bit.py closer %t smooth w4a4
// SCALED: quant.quantize %{{.*}} smooth(%{{.*}} : tensor<100xf32>)

// Packed, the CPU and the GPU kernels give the same bits, with 4-bit activations as
// well: as such, or as 8-bit ones where tensor cores have none.
// DEFINE: %{name} = w4a8
// DEFINE: %{chip} = sm_80
// DEFINE: %{pack} = quant-opt %t/%{name}.mlir --quant-bind-weights=file=%t/%{name}.safetensors --quant-pack-weights --quant-externalize-weights=file=%t/p.safetensors -o %t/p.mlir
// DEFINE: %{cpu} = quant-run %t/p.mlir --quiet --weights=%t/p.safetensors --input=%t/x.npy --output=%t/cpu.npy
// DEFINE: %{ptx} = quant-run %t/p.mlir --quiet --weights=%t/p.safetensors --input=%t/x.npy --output=%t/ptx.npy --device=ptx --check --chip=%{chip}
// DEFINE: %{same} = cmp %t/%{name}.npy %t/cpu.npy && %{ptx} && cmp %t/%{name}.npy %t/ptx.npy
// RUN: %{pack} && %{cpu} && %{same}
// RUN: FileCheck %s --check-prefix=PACKED < %t/p.mlir
// REDEFINE: %{name} = zeros
// RUN: %{pack} && %{cpu} && %{same}
// REDEFINE: %{name} = row
// RUN: %{pack} && %{cpu} && %{same}
// REDEFINE: %{name} = w4a4
// RUN: %{pack} && %{cpu} && %{same}
// RUN: FileCheck %s --check-prefix=PACKED4 < %t/p.mlir
// REDEFINE: %{chip} = sm_90
// RUN: %{pack} && %{cpu} && %{same}
// REDEFINE: %{name} = w4a6
// RUN: %{pack} && %{cpu} && %{same}
// REDEFINE: %{name} = w4a4
// RUN: %{pack}
// PACKED: quant.group_matmul %{{.*}}, %fc.weight_packed.fragments scales(%fc.weight_group_scale.fragments : tensor<4x32xi8>) dequantize
// PACKED-SAME: {fragment_order, group_size = 32 : i64} : tensor<7x100xi8>, tensor<2x2x512xi8> -> tensor<7x20xf32>
// PACKED4: {fragment_order, group_size = 32 : i64, input_bits = 4 : i64} : tensor<7x100xi8>, tensor<2x2x512xi8> -> tensor<7x20xf32>

// RUN: quant-translate %t/p.mlir --quant-to-ptx --chip=sm_90 -o %t/p.ptx 2>&1 | FileCheck %s --check-prefix=PTX
// PTX-NOT: stay on the host
// PTX: quant-translate: 1 op(s): 4-bit activations are multiplied as 8-bit ones: the tensor cores of sm_90 have no 4-bit integers

ml_program.global private @fc.weight(#ml_program.extern : tensor<20x100xf32>) : tensor<20x100xf32>
ml_program.global private @fc.bias(#ml_program.extern : tensor<20xf32>) : tensor<20xf32>

#rows = affine_map<(m, n) -> (m, n)>
#columns = affine_map<(m, n) -> (n)>

func.func @main(%x: tensor<7x100xf32>) -> tensor<7x20xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @fc.weight : tensor<20x100xf32>
  %b = ml_program.global_load_const @fc.bias : tensor<20xf32>
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
  return %y : tensor<7x20xf32>
}
