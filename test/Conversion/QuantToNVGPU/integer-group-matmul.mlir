// RUN: quant-opt %s --convert-quant-to-nvgpu --split-input-file --canonicalize --cse | FileCheck %s
// RUN: quant-opt %s --convert-quant-to-nvgpu=group-tile=128,128,1,4,1,3 --split-input-file | FileCheck %s --check-prefix=TILE
// RUN: quant-opt %s --convert-quant-to-nvgpu=chip=sm_90 --split-input-file --remarks-filter=convert-quant-to-nvgpu 2>&1 | FileCheck %s --check-prefix=SM90

// Codes become bytes: a mask and an exor by one lop3, the scale by one
// multiplication and addition for four of them, and an exor for the sign.

// CHECK-LABEL: func @bytes(
// CHECK:         gpu.launch_func @[[NAME:quant_group_matmul_i8_i4_f32_xtoken_g128_scales_bias_v16_s2_16x32x3_1x1x4]]::@[[NAME]] blocks in (%{{.*}}, %{{.*}}, %{{.*}}) threads in (%c128
// CHECK-SAME:      dynamic_shared_memory_size %{{.*}} args(%{{.*}} : memref<i8>, %{{.*}} : memref<i8>, %{{.*}} : memref<i8>, %{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %c16 : index, %c48 : index, %c576 : index, %c576 : index, %c48 : index)
// CHECK:         gpu.module @[[NAME]]
// CHECK:           nvgpu.device_async_copy
// CHECK:           scf.for
// CHECK:             nvgpu.device_async_copy
// CHECK:             llvm.inline_asm "lop3.b32 {{.*}} 0x6a;"
// CHECK:             %[[S:.*]] = arith.muli
// CHECK:             %[[V:.*]] = arith.addi %[[S]]
// CHECK:             arith.xori %[[V]]
// CHECK:             nvgpu.ldmatrix
// CHECK:             nvvm.mma.sync {{.*}}intOverflowBehavior = #nvvm.mma_int_overflow<wrapped>
// CHECK-SAME:          multiplicandAPtxType = #nvvm.mma_type<s8>
// CHECK-SAME:          shape = #nvvm.shape<m = 16, n = 8, k = 32>
// CHECK:             nvvm.cp.async.wait.group 1
// CHECK:             gpu.barrier

// TILE-LABEL: func @bytes(
// TILE:         gpu.launch_func @quant_group_matmul_i8_i4_f32_xtoken_g128_scales_bias_v16_s2_128x128x3_1x4x1::
func.func @bytes(%x: memref<16x576xi8>, %c: memref<3x9x512xi8>, %s: memref<5x48xi8>, %sx: memref<16xf32>, %sw: memref<48xf32>,
                 %b: memref<48xf32>, %y: memref<16x48xf32>) {
  quant.group_matmul %x, %c scales(%s : memref<5x48xi8>) dequantize(%sx, %sw : memref<16xf32>, memref<48xf32>)
      bias(%b : memref<48xf32>) outs(%y : memref<16x48xf32>)
      {fragment_order, group_size = 128 : i64} : memref<16x576xi8>, memref<3x9x512xi8>
  return
}

// -----

// 4-bit activations are packed, the weight is as it stands. The sums of a group are
// scaled, after the zero point times the row's sum, which a product with ones gives.

// CHECK-LABEL: func @nibbles(
// CHECK:         gpu.launch_func @quant_group_matmul_i4_i4_f16_xtensor_g64_scales_zeros_v16_s1_16x32x3_1x1x4::
// CHECK:           scf.for
// CHECK:             nvgpu.ldmatrix
// CHECK:             llvm.inline_asm "lop3.b32 {{.*}} 0xe2;"
// CHECK:             nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<s4>
// CHECK-SAME:          shape = #nvvm.shape<m = 16, n = 8, k = 64>
// CHECK:             nvvm.mma.sync {{.*}}B[%c286331153{{.*}}, %c286331153

// Chips without 4-bit tensor cores get the other kernel, and a remark says so.

// SM90: remark: [Missed] Substituted | Category:convert-quant-to-nvgpu {{.*}} Remark="4-bit activations are multiplied as 8-bit ones: the tensor cores of sm_90 have no 4-bit integers"
// SM90-LABEL: func @nibbles(
// SM90:         gpu.launch_func @quant_group_matmul_i8_i4_f16_xtensor_g64_scales_zeros_
func.func @nibbles(%x: memref<4x128xi8>, %c: memref<3x2x512xi8>, %s: memref<2x48xi8>, %z: memref<2x48xi8>, %sx: memref<f32>,
                   %sw: memref<33xf32>, %y: memref<4x33xf16>) {
  quant.group_matmul %x, %c scales(%s : memref<2x48xi8>) zeros(%z : memref<2x48xi8>) dequantize(%sx, %sw : memref<f32>, memref<33xf32>)
      outs(%y : memref<4x33xf16>)
      {fragment_order, group_size = 64 : i64, input_bits = 4 : i64} : memref<4x128xi8>, memref<3x2x512xi8>
  return
}

// -----

// A dynamic number of rows has kernels for few and for many; one group a row has no
// scales of groups.

// CHECK-LABEL: func @rows(
// CHECK:         arith.cmpi ule
// CHECK:         gpu.launch_func @quant_group_matmul_i8_i4_bf16_xtoken_v16_s2_16x32x3_1x1x4::
// CHECK:         gpu.launch_func @quant_group_matmul_i8_i4_bf16_xtoken_v16_s2_128x128x3_1x4x1::
func.func @rows(%x: memref<?x1024xi8>, %c: memref<128x16x512xi8>, %sx: memref<?xf32>, %sw: memref<2048xf32>, %y: memref<?x2048xbf16>) {
  quant.group_matmul %x, %c dequantize(%sx, %sw : memref<?xf32>, memref<2048xf32>) outs(%y : memref<?x2048xbf16>)
      {fragment_order, group_size = 128 : i64} : memref<?x1024xi8>, memref<128x16x512xi8>
  return
}

// -----

// Few columns and a long K: the model divides it among blocks, which add i32.

// CHECK-LABEL: func @split(
// CHECK:         gpu.alloc (%c36864) : memref<?xi32>
// CHECK:         %[[COUNTS:.*]] = gpu.alloc (%c18) : memref<?xi32>
// CHECK:         gpu.memset %[[COUNTS]]
// CHECK:         gpu.launch_func @quant_group_matmul_i8_i4_f16_xtoken_g128_scales_v16_s2_16x32x3_1x1x4_k4::{{.*}} blocks in (%c1, %c18, %c4)
func.func @split(%x: memref<16x11008xi8>, %c: memref<36x172x512xi8>, %s: memref<86x576xi8>, %sx: memref<16xf32>, %sw: memref<576xf32>,
                 %y: memref<16x576xf16>) {
  quant.group_matmul %x, %c scales(%s : memref<86x576xi8>) dequantize(%sx, %sw : memref<16xf32>, memref<576xf32>)
      outs(%y : memref<16x576xf16>) {fragment_order, group_size = 128 : i64} : memref<16x11008xi8>, memref<36x172x512xi8>
  return
}
