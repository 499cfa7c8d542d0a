// A gain, a linear with a bias, a ReLU and a second linear, as a front end
// writes them (weights are external and transposed, activations have a batch),
// through every level, to results and to PTX.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/two_layer.py make %t
// RUN: quant-run %s --quiet --weights=%t/w.safetensors --input=%t/x.npy --output=%t/float.npy
// RUN: %python %S/Inputs/two_layer.py float %t %t/float.npy

// RUN: quant-opt %s --quant-raise-linears -o %t/1.mlir
// RUN: FileCheck %s --check-prefix=LINEARS < %t/1.mlir
// LINEARS-NOT: linalg.transpose
// LINEARS:     linalg.matmul {{.*}} ins(%{{.*}}, %up.weight : tensor<6x32xf32>, tensor<48x32xf32>)
// LINEARS:     arith.addf
// LINEARS:     tensor.expand_shape
// LINEARS:     arith.maximumf
// LINEARS:     linalg.matmul {{.*}} ins(%{{.*}}, %down.weight : tensor<6x48xf32>, tensor<16x48xf32>)

// RUN: quant-opt %t/1.mlir --quant-insert-observers -o %t/observed.mlir
// RUN: quant-run %t/observed.mlir --quiet --weights=%t/w.safetensors --input=%t/calib.npy --observe=%t/stats.safetensors
// RUN: quant-opt %t/observed.mlir --quant-attach-statistics=file=%t/stats.safetensors --quant-bind-weights=file=%t/w.safetensors -o %t/2.mlir
// RUN: FileCheck %s --check-prefix=OBSERVED < %t/2.mlir
// OBSERVED: quant.observe %{{.*}} "up.input" {absmax = dense_resource<up.input.absmax> : tensor<32xf32>
// OBSERVED: quant.observe %{{.*}} "down.input" {absmax = dense_resource<down.input.absmax> : tensor<48xf32>

// RUN: quant-opt %t/2.mlir --quant-smooth -o %t/3.mlir
// RUN: FileCheck %s --check-prefix=SMOOTHED < %t/3.mlir
// RUN: quant-run %t/3.mlir --quiet --input=%t/x.npy --output=%t/3.npy
// RUN: %python %S/Inputs/two_layer.py float %t %t/3.npy
// SMOOTHED: %[[X:.*]] = quant.smooth %{{.*}} along [1] : tensor<6x32xf32>, tensor<32xf32>
// SMOOTHED: %[[O:.*]] = quant.observe %[[X]] "up.input"
// SMOOTHED: %[[W:.*]] = quant.fuse_scale %{{.*}} along [1] : tensor<48x32xf32>, tensor<32xf32>
// SMOOTHED: linalg.matmul {{.*}} ins(%[[O]], %[[W]]

// RUN: quant-opt %t/3.mlir --quant-fold-scales -o %t/4.mlir
// RUN: FileCheck %s --check-prefix=FOLDED < %t/4.mlir
// RUN: quant-run %t/4.mlir --quiet --input=%t/x.npy --output=%t/4.npy
// RUN: %python %S/Inputs/two_layer.py float %t %t/4.npy
// FOLDED-NOT: quant.smooth
// FOLDED-NOT: quant.fuse_scale
// FOLDED:     {{"norm.weight@[0-9]+"}}
// FOLDED-NOT: quant.fuse_scale

// RUN: quant-opt %t/4.mlir --quant-quantize --canonicalize --quant-externalize-weights=file=%t/smooth.safetensors -o %t/5.mlir
// RUN: FileCheck %s --check-prefix=QUANTIZED < %t/5.mlir
// QUANTIZED-NOT: quant.observe
// QUANTIZED:     quant.quantize %{{.*}} scale(%up.input_scale : tensor<f32>) outs({{.*}} : tensor<6x32xi8>)
// QUANTIZED:     quant.matmul %{{.*}}, %up.weight scales(%up.input_scale, %up.weight_scale : tensor<f32>, tensor<48xf32>) bias(%up.bias : tensor<48xf32>)
// QUANTIZED:     quant.quantize %{{.*}} scale(%down.input_scale : tensor<f32>)
// QUANTIZED:     quant.matmul %{{.*}}, %down.weight

// The CPU's bits are NumPy's.
// RUN: quant-run %t/5.mlir --quiet --weights=%t/smooth.safetensors --input=%t/x.npy --output=%t/smooth.npy
// RUN: %python %S/Inputs/two_layer.py int8 %t %t/smooth.safetensors %t/smooth.npy

// RUN: quant-opt %t/5.mlir --convert-quant-to-linalg | FileCheck %s --check-prefix=LINALG
// LINALG-NOT: quant.
// LINALG:     linalg.matmul {{.*}} : tensor<6x32xi8>, tensor<48x32xi8>) outs(%{{.*}} : tensor<6x48xi32>)

// RUN: quant-translate %t/5.mlir --quant-to-ptx -o - | FileCheck %s --check-prefix=PTX
// PTX: .entry quant_
// PTX: mma.sync.aligned.m16n8k32

// The presets do the same at once; rounding without smoothing loses more.
// RUN: quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors statistics=%t/stats.safetensors alpha=0.5 clip=false output-weights=%t/preset.safetensors" -o %t/preset.mlir
// RUN: quant-run %t/preset.mlir --quiet --weights=%t/preset.safetensors --input=%t/x.npy --output=%t/preset.npy
// RUN: cmp %t/smooth.npy %t/preset.npy
// RUN: quant-opt %s --quant-naive-w8a8="weights=%t/w.safetensors statistics=%t/stats.safetensors output-weights=%t/naive.safetensors" -o %t/naive.mlir
// RUN: quant-run %t/naive.mlir --quiet --weights=%t/naive.safetensors --input=%t/x.npy --output=%t/naive.npy
// RUN: %python %S/Inputs/two_layer.py int8 %t %t/naive.safetensors %t/naive.npy
// RUN: %python %S/Inputs/two_layer.py closer %t %t/smooth.npy %t/naive.npy
// RUN: quant-opt %s --quant-smoothquant-w8a8="weights=%t/w.safetensors statistics=%t/stats.safetensors activations=per-token weight-granularity=per-tensor output-weights=%t/token.safetensors" -o %t/token.mlir
// RUN: quant-run %t/token.mlir --quiet --weights=%t/token.safetensors --input=%t/x.npy --output=%t/token.npy
// RUN: %python %S/Inputs/two_layer.py int8 %t %t/token.safetensors %t/token.npy

// The GPU kernels give the same bits, and the emulator finds no fault in them.
// RUN: quant-run %t/5.mlir --device=ptx --check --quiet --weights=%t/smooth.safetensors --input=%t/x.npy --output=%t/smooth-ptx.npy
// RUN: cmp %t/smooth.npy %t/smooth-ptx.npy
// RUN: quant-run %t/token.mlir --device=ptx --chip=sm_90 --quiet --weights=%t/token.safetensors --input=%t/x.npy --output=%t/token-ptx.npy --json=%t/token-ptx.json
// RUN: cmp %t/token.npy %t/token-ptx.npy
// RUN: FileCheck %s --check-prefix=DEVICE < %t/token-ptx.json
// DEVICE: "device": "ptx"

// RUN: quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors group-size=32 zero-point output-weights=%t/w4.safetensors" -o %t/w4.mlir
// RUN: quant-run %t/w4.mlir --quiet --weights=%t/w4.safetensors --input=%t/x.npy --output=%t/w4.npy
// RUN: %python %S/Inputs/two_layer.py int4 %t %t/w4.safetensors %t/w4.npy

ml_program.global private @norm.weight(#ml_program.extern : tensor<32xf32>) : tensor<32xf32>
ml_program.global private @up.weight(#ml_program.extern : tensor<48x32xf32>) : tensor<48x32xf32>
ml_program.global private @up.bias(#ml_program.extern : tensor<48xf32>) : tensor<48xf32>
ml_program.global private @down.weight(#ml_program.extern : tensor<16x48xf32>) : tensor<16x48xf32>

#id = affine_map<(b, m, n) -> (b, m, n)>
#channel = affine_map<(b, m, n) -> (n)>

func.func @main(%x: tensor<1x6x32xf32>) -> tensor<1x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %gain = ml_program.global_load_const @norm.weight : tensor<32xf32>
  %up = ml_program.global_load_const @up.weight : tensor<48x32xf32>
  %bias = ml_program.global_load_const @up.bias : tensor<48xf32>
  %down = ml_program.global_load_const @down.weight : tensor<16x48xf32>

  %e0 = tensor.empty() : tensor<1x6x32xf32>
  %h = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %gain : tensor<1x6x32xf32>, tensor<32xf32>) outs(%e0 : tensor<1x6x32xf32>) {
  ^bb0(%a: f32, %g: f32, %o: f32):
    %m = arith.mulf %a, %g : f32
    linalg.yield %m : f32
  } -> tensor<1x6x32xf32>

  %et = tensor.empty() : tensor<32x48xf32>
  %upT = linalg.transpose ins(%up : tensor<48x32xf32>) outs(%et : tensor<32x48xf32>) permutation = [1, 0]
  %h2 = tensor.collapse_shape %h [[0, 1], [2]] : tensor<1x6x32xf32> into tensor<6x32xf32>
  %e1 = tensor.empty() : tensor<6x48xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<6x48xf32>) -> tensor<6x48xf32>
  %p = linalg.matmul ins(%h2, %upT : tensor<6x32xf32>, tensor<32x48xf32>) outs(%f1 : tensor<6x48xf32>) -> tensor<6x48xf32>
  %p3 = tensor.expand_shape %p [[0, 1], [2]] output_shape [1, 6, 48] : tensor<6x48xf32> into tensor<1x6x48xf32>

  %e2 = tensor.empty() : tensor<1x6x48xf32>
  %b = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p3, %bias : tensor<1x6x48xf32>, tensor<48xf32>) outs(%e2 : tensor<1x6x48xf32>) {
  ^bb0(%a: f32, %g: f32, %o: f32):
    %m = arith.addf %a, %g : f32
    linalg.yield %m : f32
  } -> tensor<1x6x48xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%b : tensor<1x6x48xf32>) outs(%e2 : tensor<1x6x48xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %a, %zero : f32
    linalg.yield %m : f32
  } -> tensor<1x6x48xf32>

  %ed = tensor.empty() : tensor<48x16xf32>
  %downT = linalg.transpose ins(%down : tensor<16x48xf32>) outs(%ed : tensor<48x16xf32>) permutation = [1, 0]
  %r2 = tensor.collapse_shape %r [[0, 1], [2]] : tensor<1x6x48xf32> into tensor<6x48xf32>
  %e3 = tensor.empty() : tensor<6x16xf32>
  %f3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<6x16xf32>) -> tensor<6x16xf32>
  %y = linalg.matmul ins(%r2, %downT : tensor<6x48xf32>, tensor<48x16xf32>) outs(%f3 : tensor<6x16xf32>) -> tensor<6x16xf32>
  %y3 = tensor.expand_shape %y [[0, 1], [2]] output_shape [1, 6, 16] : tensor<6x16xf32> into tensor<1x6x16xf32>
  return %y3 : tensor<1x6x16xf32>
}
