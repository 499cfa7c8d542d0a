// RUN: quant-opt %s --convert-quant-to-nvgpu --split-input-file --canonicalize --cse | FileCheck %s
// RUN: quant-opt %s --convert-quant-to-nvgpu=group-tile=64,128,1,4,1,2 --split-input-file | FileCheck %s --check-prefix=TILE

// 4-bit weights in the order of fragments: copies, ldmatrix, masks and f16
// products, whose sums a group's scales multiply.

// CHECK-LABEL: func @f16(
// CHECK:         gpu.launch_func @[[NAME:quant_group_matmul_f16_i4_f32_g128_bias_v16_s2_16x32x3_1x1x4]]::@[[NAME]] blocks in (%{{.*}}, %{{.*}}, %{{.*}}) threads in (%c128
// CHECK-SAME:      dynamic_shared_memory_size %{{.*}} args(%{{.*}} : memref<f16>, %{{.*}} : memref<i8>, %{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %c16 : index, %c48 : index, %c576 : index, %c576 : index, %c48 : index)
// CHECK:         gpu.module @[[NAME]]
// CHECK:           nvgpu.device_async_copy
// CHECK:           scf.for
// CHECK:             nvgpu.device_async_copy
// CHECK:             nvgpu.ldmatrix
// CHECK:             arith.andi %{{.*}}, %c983055_i32
// CHECK:             llvm.intr.fma(%{{.*}}) : (vector<2xf16>
// CHECK:             nvvm.mma.sync {{.*}} (vector<2xf16>, vector<2xf16>, f32)
// CHECK:             llvm.intr.fma(%{{.*}}) : (f32, f32, f32) -> f32
// CHECK:             nvvm.cp.async.wait.group 1
// CHECK:             gpu.barrier

// TILE-LABEL: func @f16(
// TILE:         gpu.launch_func @quant_group_matmul_f16_i4_f32_g128_bias_v16_s2_64x128x2_1x4x1::
func.func @f16(%x: memref<16x576xf16>, %c: memref<3x9x512xi8>, %s: memref<5x48xf32>, %b: memref<48xf32>, %y: memref<16x48xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<5x48xf32>) bias(%b : memref<48xf32>) outs(%y : memref<16x48xf32>)
      {fragment_order, group_size = 128 : i64} : memref<16x576xf16>, memref<3x9x512xi8>
  return
}

// -----

// A dynamic number of rows has a kernel for few and one for many. bf16 operands
// of mma are 32-bit integers in NVVM; rows of 19 are copied element by element.

// CHECK-LABEL: func @bf16(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x19xbf16>
// CHECK:         %[[M:.*]] = memref.dim %[[X]], %c0
// CHECK:         arith.cmpi ule, %[[M]], %{{.*}}
// CHECK:         gpu.launch_func @quant_group_matmul_bf16_i4_bf16_g32_zeros_v2_s1_16x32x3_1x1x4::
// CHECK:         gpu.launch_func @quant_group_matmul_bf16_i4_bf16_g32_zeros_v2_s1_64x128x3_2x4x1::
// CHECK:         nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<bf16>
// CHECK-SAME:      (i32, i32, f32)
func.func @bf16(%x: memref<?x19xbf16>, %c: memref<130x1x512xi8>, %s: memref<1x2080xf32>, %z: memref<1x2080xi8>, %y: memref<?x2079xbf16>) {
  quant.group_matmul %x, %c scales(%s : memref<1x2080xf32>) zeros(%z : memref<1x2080xi8>) outs(%y : memref<?x2079xbf16>)
      {fragment_order, group_size = 32 : i64} : memref<?x19xbf16>, memref<130x1x512xi8>
  return
}

// -----

// An attribute overrules the choice.

// CHECK-LABEL: func @tile(
// CHECK:         gpu.launch_func @quant_group_matmul_f16_i4_f16_g64_v16_s2_32x64x3_1x1x2::
func.func @tile(%x: memref<16x64xf16>, %c: memref<3x1x512xi8>, %s: memref<1x48xf32>, %y: memref<16x48xf16>) {
  quant.group_matmul %x, %c scales(%s : memref<1x48xf32>) outs(%y : memref<16x48xf16>)
      {fragment_order, group_size = 64 : i64, quant.tile = array<i64: 32, 64, 1, 1, 2, 3>} : memref<16x64xf16>, memref<3x1x512xi8>
  return
}
