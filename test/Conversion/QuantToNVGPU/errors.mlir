// RUN: split-file %s %t
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_75" 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=" 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not quant-opt %t/tensors.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=TENSORS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="tile=128,256,2,4" 2>&1 | FileCheck %s --check-prefix=FIVE
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="tile=120,256,2,4,3" 2>&1 | FileCheck %s --check-prefix=PART
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="tile=256,256,2,4,3" 2>&1 | FileCheck %s --check-prefix=SUMS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="tile=80,64,1,4,3" 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="tile=64,64,2,2,1" 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="tile=64,64,2,2,1000000" 2>&1 | FileCheck %s --check-prefix=MANYSTAGES
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="tile=64,64,2,2,4,33" 2>&1 | FileCheck %s --check-prefix=SPLITS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="group-tile=16,64,1,1,4,4,0" 2>&1 | FileCheck %s --check-prefix=W4SPLITS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_86 tile=128,256,2,4,5" 2>&1 | FileCheck %s --check-prefix=SHARED
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90 tile=128,256,2,4" 2>&1 | FileCheck %s --check-prefix=NOGROUPS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90a tile=128,256,2" 2>&1 | FileCheck %s --check-prefix=FOUR
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90a tile=192,128,3,4" 2>&1 | FileCheck %s --check-prefix=GROUPS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90a tile=64,256,2,4" 2>&1 | FileCheck %s --check-prefix=GROUPROWS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90a tile=64,144,1,4" 2>&1 | FileCheck %s --check-prefix=COLUMNS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90a tile=128,256,2,1" 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90a tile=128,256,2,5" 2>&1 | FileCheck %s --check-prefix=GROUPSHARED
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90a tile=64,128,1,0,4,33" 2>&1 | FileCheck %s --check-prefix=SPLITS
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="chip=sm_90 tile=64,128,1,0,4,2" 2>&1 | FileCheck %s --check-prefix=NOGROUPS
// RUN: not quant-opt %t/groups.mlir --convert-quant-to-nvgpu="chip=sm_90a" 2>&1 | FileCheck %s --check-prefix=CHUNKS
// RUN: not quant-opt %t/tile.mlir --convert-quant-to-nvgpu="chip=sm_86" 2>&1 | FileCheck %s --check-prefix=ATTR
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="group-tile=64,128,1,4,3" 2>&1 | FileCheck %s --check-prefix=W4SIX
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="group-tile=64,128,1,3,1,3" 2>&1 | FileCheck %s --check-prefix=POWER
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="group-tile=64,64,1,8,1,3" 2>&1 | FileCheck %s --check-prefix=FRAGMENT
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="group-tile=128,128,1,2,1,3" 2>&1 | FileCheck %s --check-prefix=HELD
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="group-tile=16,256,1,16,1,3" 2>&1 | FileCheck %s --check-prefix=ONCE
// RUN: not quant-opt %t/chip.mlir --convert-quant-to-nvgpu="group-tile=64,128,1,4,1,1" 2>&1 | FileCheck %s --check-prefix=W4STAGES
// RUN: not quant-opt %t/group.mlir --convert-quant-to-nvgpu="chip=sm_86" 2>&1 | FileCheck %s --check-prefix=W4SHARED
// RUN: not quant-opt %t/group-tile.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=W4ATTR
// RUN: not quant-opt %t/group-sums.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=FLOATS
// RUN: not quant-opt %t/integers.mlir --convert-quant-to-nvgpu="chip=sm_86" 2>&1 | FileCheck %s --check-prefix=INTEGERS
// RUN: not quant-opt %t/on-device.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=ONDEVICE
// RUN: not quant-opt %t/on-device-init.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=WRITTEN
// RUN: not quant-opt %t/on-device-gaps.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=GAPS
// RUN: not quant-opt %t/copy-rows.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=COPYROWS
// RUN: not quant-opt %t/wide.mlir --convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=GRID
// RUN: quant-opt %t/wide.mlir --convert-quant-to-nvgpu="tile=64,128,2,2,3" -o /dev/null

// CHIP: error: convert-quant-to-nvgpu: unsupported chip 'sm_75'; supported: sm_80, sm_86, sm_89, sm_90, sm_90a, sm_100, sm_120
// EMPTY: error: convert-quant-to-nvgpu: unsupported chip ''; supported: sm_80,
// TENSORS: tensors.mlir:3:8: error: 'quant.matmul' op is on tensors; convert-quant-to-nvgpu needs memrefs: run one-shot-bufferize before it
// FIVE: error: convert-quant-to-nvgpu: tile: sm_80 has no wgmma; expected m, n, warps along m, warps along n, stages
// PART: error: convert-quant-to-nvgpu: tile: a warp's part must be a multiple of 16×16, but 120×256 is divided among 2×4 warps
// SUMS: error: convert-quant-to-nvgpu: tile: 256×256 for 256 threads: a thread can hold 128 sums, and a block 1024 threads
// ROWS: error: convert-quant-to-nvgpu: tile: 80 rows are no multiple of the 32 that 128 threads copy at once
// MANYSTAGES: error: convert-quant-to-nvgpu: tile: a pipeline has 2 to 64 stages, not 1000000
// STAGES: error: convert-quant-to-nvgpu: tile: a pipeline has 2 to 64 stages, not 1
// SPLITS: error: convert-quant-to-nvgpu: tile: K can be divided among 1 to 32 blocks, not 33
// W4SPLITS: error: convert-quant-to-nvgpu: group-tile: K can be divided among 1 to 32 blocks, not 0
// SHARED: error: convert-quant-to-nvgpu: tile: 128×256 with 5 stages needs 122880 bytes of shared memory, and sm_86 allows a block 101376
// NOGROUPS: error: convert-quant-to-nvgpu: tile: sm_90 has no wgmma; expected m, n, warps along m, warps along n, stages
// FOUR: error: convert-quant-to-nvgpu: tile: expected m, n, warps along m, warps along n, stages[, splits], or m, n, warp groups, stages
// GROUPS: error: convert-quant-to-nvgpu: tile: 192 rows for 3 warp groups: one or two have 64 rows each
// GROUPROWS: error: convert-quant-to-nvgpu: tile: 64 rows for 2 warp groups: one or two have 64 rows each
// COLUMNS: error: convert-quant-to-nvgpu: tile: 144 columns for 1 warp group(s): expected a multiple of 16, up to 128
// GROUPSHARED: error: convert-quant-to-nvgpu: tile: 128×256 with 5 stages needs 245840 bytes of shared memory, and sm_90a allows a block 232448
// CHUNKS: groups.mlir:3:3: error: 'quant.matmul' op quant.tile: warp groups need a static number of columns, and rows a multiple of 16 bytes apart
// ATTR: tile.mlir:3:3: error: 'quant.matmul' op quant.tile: expected m, n, warps along m, warps along n, stages
// W4SIX: error: convert-quant-to-nvgpu: group-tile: expected m, n, warps along m, along n, along k, stages
// POWER: error: convert-quant-to-nvgpu: group-tile: 3 warps along a dimension, expected a power of two of at most 32
// FRAGMENT: error: convert-quant-to-nvgpu: group-tile: a warp's part must be a multiple of 16×16, with a fragment of 8 columns for each warp along k, but 64×64 is divided among 1×8×1 warps
// HELD: error: convert-quant-to-nvgpu: group-tile: 128×128 for 64 threads: a thread can hold 128 sums, and a block 1024 threads
// FLOATS: group-sums.mlir:2:3: error: 'quant.group_matmul' op 64×128 for 64 threads: with float activations a thread can hold 64 sums
// INTEGERS: integers.mlir:2:3: error: 'quant.group_matmul' op tile 128×128 with 5 stages needs 123520 bytes of shared memory, and sm_86 allows a block 101376
// ONCE: error: convert-quant-to-nvgpu: group-tile: 16×256 is no multiple of the 64×256 that 512 threads copy at once
// W4STAGES: error: convert-quant-to-nvgpu: group-tile: a pipeline has 2 to 64 stages, not 1
// W4SHARED: group.mlir:2:3: error: 'quant.group_matmul' op tile 64×128 with 5 stages needs 125440 bytes of shared memory, and sm_86 allows a block 101376
// ONDEVICE: on-device.mlir:2:8: error: 'memref.load' op runs on the host, but argument 0 of 'host' is on the device; remove its 'quant.on_device'
// WRITTEN: on-device-init.mlir:2:3: error: 'linalg.copy' op runs on the host, but argument 1 of 'host' is on the device; remove its 'quant.on_device'
// GAPS: on-device-gaps.mlir:1:1: error: 'func.func' op has argument 0 of 'memref<4x4xf32, strided<[8, 1]>>' on the device; only contiguous memory, and rows of codes without an offset, can be there (see function-boundary-type-conversion of one-shot-bufferize)
// COPYROWS: copy-rows.mlir:1:1: error: 'quantCopyRows' is a function of the runtime, declared as '(index, index, index, index, index, index) -> ()'; rename this symbol
// W4ATTR: group-tile.mlir:2:3: error: 'quant.group_matmul' op quant.tile: expected m, n, warps along m, along n, along k, stages
// GRID: wide.mlir:2:3: error: 'quant.matmul' op has 4194400 columns, of which a block computes {{[0-9]+}}, and a grid has at most 65535 blocks along them: divide the op, or ask for a tile of more columns

//--- wide.mlir
func.func @wide(%x: memref<1x16xi8>, %w: memref<4194400x16xi8>, %s: memref<f32>, %y: memref<1x4194400xf16>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<1x4194400xf16>) : memref<1x16xi8>, memref<4194400x16xi8>
  return
}

//--- group.mlir
func.func @group(%x: memref<8x128xf16>, %c: memref<1x2x512xi8>, %s: memref<1x16xf32>, %y: memref<8x16xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<1x16xf32>) outs(%y : memref<8x16xf32>)
      {fragment_order, group_size = 128 : i64, quant.tile = array<i64: 64, 128, 1, 4, 1, 5>} : memref<8x128xf16>, memref<1x2x512xi8>
  return
}

//--- group-sums.mlir
func.func @group(%x: memref<8x128xf16>, %c: memref<1x2x512xi8>, %s: memref<1x16xf32>, %y: memref<8x16xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<1x16xf32>) outs(%y : memref<8x16xf32>)
      {fragment_order, group_size = 128 : i64, quant.tile = array<i64: 64, 128, 1, 2, 1, 3>} : memref<8x128xf16>, memref<1x2x512xi8>
  return
}

//--- integers.mlir
func.func @group(%x: memref<8x128xi8>, %c: memref<1x2x512xi8>, %s: memref<1x16xi8>, %sx: memref<8xf32>, %sw: memref<16xf32>, %y: memref<8x16xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<1x16xi8>) dequantize(%sx, %sw : memref<8xf32>, memref<16xf32>) outs(%y : memref<8x16xf32>)
      {fragment_order, group_size = 128 : i64, quant.tile = array<i64: 128, 128, 1, 4, 1, 5>} : memref<8x128xi8>, memref<1x2x512xi8>
  return
}

//--- group-tile.mlir
func.func @group(%x: memref<8x128xf16>, %c: memref<1x2x512xi8>, %s: memref<1x16xf32>, %y: memref<8x16xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<1x16xf32>) outs(%y : memref<8x16xf32>)
      {fragment_order, group_size = 128 : i64, quant.tile = array<i64: 64, 128>} : memref<8x128xf16>, memref<1x2x512xi8>
  return
}

//--- tile.mlir
func.func @tile(%x: memref<8x32xi8>, %w: memref<16x32xi8>, %sx: memref<f32>,
                %y: memref<8x16xf32>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>)
      {quant.tile = [128, 256]} : memref<8x32xi8>, memref<16x32xi8>
  return
}

//--- groups.mlir
func.func @groups(%x: memref<8x40xi8>, %w: memref<16x40xi8>, %sx: memref<f32>,
                  %y: memref<8x16xf32>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>)
      {quant.tile = array<i64: 128, 256, 2, 4>} : memref<8x40xi8>, memref<16x40xi8>
  return
}

//--- chip.mlir
module {}

//--- tensors.mlir
func.func @tensors(%x: tensor<8x32xi8>, %w: tensor<16x32xi8>, %sx: tensor<f32>,
                   %y: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %0 = quant.matmul %x, %w scales(%sx, %sx : tensor<f32>, tensor<f32>) outs(%y : tensor<8x16xf32>)
      : tensor<8x32xi8>, tensor<16x32xi8> -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

//--- on-device-init.mlir
func.func @host(%x: memref<4xf32>, %y: memref<4xf32> {quant.on_device}) {
  linalg.copy ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
  return
}

//--- on-device-gaps.mlir
func.func @gaps(%x: memref<4x4xf32, strided<[8, 1]>> {quant.on_device}) {
  return
}

//--- copy-rows.mlir
func.func @quantCopyRows(%a: i32) {
  return
}
func.func @f(%x: memref<17x100xi8, strided<[112, 1]>>, %w: memref<8x100xi8>, %s: memref<f32>, %y: memref<17x8xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<17x8xf32>)
      : memref<17x100xi8, strided<[112, 1]>>, memref<8x100xi8>
  return
}

//--- on-device.mlir
func.func @host(%x: memref<f32> {quant.on_device}) -> f32 {
  %0 = memref.load %x[] : memref<f32>
  return %0 : f32
}
