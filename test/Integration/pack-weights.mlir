// A linear with 4-bit weights gives the same bits whether its weight is packed in
// the order of fragments or not, and its GPU kernel the same but for the order of
// f32 sums. 300 columns leave the last group and the last block short, 70 rows the
// last block of rows.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/pack_weights.py make %t

// RUN: quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors group-size=128 output-weights=%t/q.safetensors" -o %t/q.mlir
// RUN: quant-opt %t/q.mlir --quant-bind-weights=file=%t/q.safetensors --quant-pack-weights --quant-externalize-weights=file=%t/p.safetensors -o %t/p.mlir
// RUN: FileCheck %s < %t/p.mlir
// RUN: quant-run %t/q.mlir --quiet --weights=%t/q.safetensors --input=%t/x.npy --output=%t/q.npy
// RUN: quant-run %t/p.mlir --quiet --weights=%t/p.safetensors --input=%t/x.npy --output=%t/p.npy
// RUN: cmp %t/q.npy %t/p.npy
// RUN: quant-run %t/p.mlir --quiet --weights=%t/p.safetensors --input=%t/x.npy --output=%t/ptx.npy --device=ptx --check
// RUN: %python %S/Inputs/pack_weights.py check %t q ptx | FileCheck %s --check-prefix=CLOSE
// RUN: quant-opt %t/p.mlir --quant-outline-device-code --remarks-filter=quant-outline-device-code 2>&1 | FileCheck %s --check-prefix=DEVICE

// CHECK: ml_program.global private @fc.weight_packed.fragments({{.*}}) : tensor<5x5x512xi8>
// CHECK: ml_program.global private @fc.weight_scale.fragments({{.*}}) : tensor<3x80xf32>
// CHECK: quant.group_matmul {{.*}} {fragment_order, group_size = 128 : i64} : tensor<33x300xf16>, tensor<5x5x512xi8> -> tensor<33x70xf32>
// CLOSE: largest difference {{[0-9.e-]+}} of the sums' magnitude
// DEVICE-NOT: remark:
// DEVICE:     call @device_0

// Zero points, and a single group a row, which becomes three.
// RUN: quant-opt %s --quant-w4a16-rtn="weights=%t/w.safetensors group-size=0 zero-point output-weights=%t/z.safetensors" -o %t/z.mlir
// RUN: quant-opt %t/z.mlir --quant-bind-weights=file=%t/z.safetensors --quant-pack-weights --quant-externalize-weights=file=%t/zp.safetensors -o %t/zp.mlir
// RUN: FileCheck %s --check-prefix=ROW < %t/zp.mlir
// RUN: quant-run %t/z.mlir --quiet --weights=%t/z.safetensors --input=%t/x.npy --output=%t/z.npy
// RUN: quant-run %t/zp.mlir --quiet --weights=%t/zp.safetensors --input=%t/x.npy --output=%t/zp.npy
// RUN: cmp %t/z.npy %t/zp.npy
// RUN: quant-run %t/zp.mlir --quiet --weights=%t/zp.safetensors --input=%t/x.npy --output=%t/zptx.npy --device=ptx --check
// RUN: %python %S/Inputs/pack_weights.py check %t z zptx | FileCheck %s --check-prefix=CLOSE
// ROW: quant.group_matmul {{.*}} scales({{.*}} : tensor<3x80xf32>) zeros({{.*}} : tensor<3x80xi8>)

ml_program.global private @fc.weight(#ml_program.extern : tensor<70x300xf32>) : tensor<70x300xf32>

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

func.func @main(%x: tensor<33x300xf16>) -> tensor<33x70xf32> {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @fc.weight : tensor<70x300xf32>
  %e = tensor.empty() : tensor<33x70xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<33x70xf32>) -> tensor<33x70xf32>
  %y = linalg.matmul indexing_maps = [#x, #w, #y] ins(%x, %w : tensor<33x300xf16>, tensor<70x300xf32>)
      outs(%f : tensor<33x70xf32>) -> tensor<33x70xf32>
  return %y : tensor<33x70xf32>
}
