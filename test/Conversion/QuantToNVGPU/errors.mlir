// RUN: split-file %s %t
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_75" 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=" 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not quant-opt %t/tensors.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=TENSORS

// CHIP: error: convert-quant-to-nvgpu: unsupported chip 'sm_75'; supported: sm_80, sm_86, sm_89, sm_90, sm_90a, sm_100, sm_120
// EMPTY: error: convert-quant-to-nvgpu: unsupported chip ''; supported: sm_80,
// TENSORS: tensors.mlir:3:8: error: 'quant.matmul' op is on tensors; convert-quant-to-nvgpu needs memrefs: run one-shot-bufferize before it

//--- chip.mlir
module {}

//--- tensors.mlir
func.func @tensors(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %sx: tensor<f32>,
                   %y: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %0 = quant.matmul %x, %w scales(%sx, %sx : tensor<f32>, tensor<f32>) outs(%y : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}
