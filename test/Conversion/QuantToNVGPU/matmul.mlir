// RUN: quant-opt %s --convert-quant-to-nvgpu="chip=sm_90a" --cse | FileCheck %s

// Matmuls that differ in shape alone share one kernel.

// CHECK: module attributes {gpu.container_module}
// CHECK-LABEL: func @same_kernel(
// CHECK:         gpu.launch_func @[[K:quant_matmul_i8_f32_xtensor_wchannel_bias_v16]]::@[[K]] blocks in (%[[M:.*]], %[[N:.*]], %{{.*}}) threads
// CHECK:         gpu.launch_func @[[K]]::@[[K]]
// CHECK-LABEL: func @other_kernels(
// CHECK:         gpu.launch_func @quant_matmul_i8_f16_xtoken_wtensor_v8::
// CHECK:         gpu.launch_func @quant_matmul_i8_bf16_xtoken_wtensor_v1::
func.func @same_kernel(%x: memref<100x576xi8>, %w: memref<1536x576xi8>, %y: memref<100x1536xf32>,
                       %sx: memref<f32>, %sw: memref<1536xf32>, %b: memref<1536xf32>,
                       %x2: memref<3x32xi8>, %w2: memref<5x32xi8>, %sw2: memref<5xf32>,
                       %y2: memref<3x5xf32>, %b2: memref<5xf32>) {
  quant.matmul %x, %w scales(%sx, %sw : memref<f32>, memref<1536xf32>) bias(%b : memref<1536xf32>)
      outs(%y : memref<100x1536xf32>) : memref<100x576xi8>, memref<1536x576xi8>
  quant.matmul %x2, %w2 scales(%sx, %sw2 : memref<f32>, memref<5xf32>) bias(%b2 : memref<5xf32>)
      outs(%y2 : memref<3x5xf32>) : memref<3x32xi8>, memref<5x32xi8>
  return
}

func.func @other_kernels(%x: memref<10x8xi8>, %w: memref<7x8xi8>, %y: memref<10x7xf16>,
                         %sx: memref<10xf32>, %sw: memref<f32>,
                         %x2: memref<10x?xi8>, %w2: memref<7x?xi8>, %y2: memref<10x7xbf16>) {
  quant.matmul %x, %w scales(%sx, %sw : memref<10xf32>, memref<f32>)
      outs(%y : memref<10x7xf16>) : memref<10x8xi8>, memref<7x8xi8>
  quant.matmul %x2, %w2 scales(%sx, %sw : memref<10xf32>, memref<f32>)
      outs(%y2 : memref<10x7xbf16>) : memref<10x?xi8>, memref<7x?xi8>
  return
}

// The kernel: 16-byte asynchronous copies with zero fill, ldmatrix, mma.sync,
// and an epilogue that is not fused to multiply-adds.

// CHECK:       gpu.module @quant_matmul_i8_f32_xtensor_wchannel_bias_v16
// CHECK-SAME:    [#nvvm.target<O = 3, chip = "sm_90a", features = "+ptx80">]
// CHECK:       gpu.func @quant_matmul_i8_f32_xtensor_wchannel_bias_v16(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<i8>, %[[W:[a-z0-9]+]]: memref<i8>, %[[SX:[a-z0-9]+]]: memref<f32>, %[[SW:[a-z0-9]+]]: memref<f32>
// CHECK-SAME:    %[[B:[a-z0-9]+]]: memref<f32>, %[[Y:[a-z0-9]+]]: memref<f32>, %[[M:[a-z0-9]+]]: index, %[[N:[a-z0-9]+]]: index, %[[K:[a-z0-9]+]]: index
// CHECK-SAME:    %[[LDX:[a-z0-9]+]]: index, %[[LDW:[a-z0-9]+]]: index, %[[LDY:[a-z0-9]+]]: index)
// CHECK-SAME:    workgroup(%[[TX:.*]] : memref<64x64xi8, #gpu.address_space<workgroup>> {llvm.align = 16 : i64}, %[[TW:.*]] : memref<64x64xi8, #gpu.address_space<workgroup>> {llvm.align = 16 : i64})
// CHECK-SAME:    kernel attributes {known_block_size = array<i32: 128, 1, 1>}
// CHECK:         %[[XM:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[M]], %[[K]]], strides: [%[[LDX]], 1]
// CHECK:         %[[WM:.*]] = memref.reinterpret_cast %[[W]] to offset: [0], sizes: [%[[N]], %[[K]]], strides: [%[[LDW]], 1]
// CHECK:         scf.for %{{.*}} to %[[K]] step
// CHECK:           nvgpu.device_async_copy %[[XM]][{{.*}}], %[[TX]][{{.*}}], 16, %{{[0-9]+}} {bypassL1}
// CHECK:           nvgpu.device_async_copy %[[WM]][{{.*}}], %[[TW]][{{.*}}], 16, %{{[0-9]+}} {bypassL1}
// CHECK:           nvgpu.device_async_wait
// CHECK-NEXT:      gpu.barrier
// CHECK:           nvgpu.ldmatrix %[[TX]]
// CHECK-SAME:        {numTiles = 4 : i32, transpose = false}
// CHECK:           nvgpu.ldmatrix %[[TW]]
// CHECK-COUNT-16:  nvgpu.mma.sync({{.*}}) {mmaShape = [16, 8, 32]} : (vector<4x4xi8>, vector<2x4xi8>, vector<2x2xi32>) -> vector<2x2xi32>
// CHECK-NOT:       nvgpu.mma.sync
// CHECK:           gpu.barrier
// CHECK:           scf.yield
// CHECK:         %[[ACC:.*]] = arith.sitofp
// CHECK:         %[[P:.*]] = arith.mulf %[[ACC]], %{{.*}} : f32
// CHECK:         %[[P2:.*]] = arith.mulf %[[P]], %{{.*}} : f32
// CHECK:         %[[S:.*]] = arith.addf %[[P2]], %{{.*}} : f32
// CHECK:         scf.if
// CHECK-NEXT:      memref.store %[[S]]

// Rows of 8 bytes: narrower copies. Rows of unknown pitch: bytes.

// CHECK:       gpu.func @quant_matmul_i8_f16_xtoken_wtensor_v8(
// CHECK:         nvgpu.device_async_copy {{.*}}, 8, %{{[0-9]+}} : memref
// CHECK:         arith.truncf %{{.*}} : f32 to f16
// CHECK:       gpu.func @quant_matmul_i8_bf16_xtoken_wtensor_v1(
// CHECK-NOT:     nvgpu.device_async_copy
// CHECK:         vector.store %{{.*}} {alignment = 16 : i64} : memref<64x64xi8, #gpu.address_space<workgroup>>, vector<16xi8>
// CHECK-NOT:   gpu.func
