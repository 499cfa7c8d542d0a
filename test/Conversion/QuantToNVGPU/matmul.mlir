// RUN: quant-opt %s --convert-quant-to-nvgpu="chip=sm_90a tile=64,64,2,2,4" --cse | FileCheck %s

// What the pass gives parses back, also where all copies are under a condition.
// RUN: quant-opt %s --convert-quant-to-nvgpu -o %t.mlir && quant-opt %t.mlir | diff %t.mlir -
// RUN: quant-opt %s --convert-quant-to-nvgpu="tile=64,64,4,4,3" -o %t.mlir && quant-opt %t.mlir | diff %t.mlir -

// Matmuls that differ in shape alone share one kernel.

// CHECK: module attributes {gpu.container_module}
// CHECK-LABEL: func @same_kernel(
// CHECK:         gpu.launch_func @[[K:quant_matmul_i8_f32_xtensor_wchannel_bias_v16_s2_64x64x4_2x2]]::@[[K]] blocks in (%[[M:.*]], %[[N:.*]], %{{.*}}) threads {{.*}} dynamic_shared_memory_size %{{.*}} args
// CHECK:         gpu.launch_func @[[K]]::@[[K]]
// CHECK-LABEL: func @other_kernels(
// CHECK:         gpu.launch_func @quant_matmul_i8_f16_xtoken_wtensor_v8_s1_64x64x4_2x2::
// CHECK:         gpu.launch_func @quant_matmul_i8_bf16_xtoken_wtensor_v1_s1_64x64x4_2x2::
func.func @same_kernel(%x: memref<100x576xi8>, %w: memref<1536x576xi8>, %y: memref<100x1536xf32>,
                       %sx: memref<f32>, %sw: memref<1536xf32>, %b: memref<1536xf32>,
                       %x2: memref<3x32xi8>, %w2: memref<6x32xi8>, %sw2: memref<6xf32>,
                       %y2: memref<3x6xf32>, %b2: memref<6xf32>) {
  quant.matmul %x, %w scales(%sx, %sw : memref<f32>, memref<1536xf32>) bias(%b : memref<1536xf32>)
      outs(%y : memref<100x1536xf32>) : memref<100x576xi8>, memref<1536x576xi8>
  quant.matmul %x2, %w2 scales(%sx, %sw2 : memref<f32>, memref<6xf32>) bias(%b2 : memref<6xf32>)
      outs(%y2 : memref<3x6xf32>) : memref<3x32xi8>, memref<6x32xi8>
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

// The kernel: asynchronous copies of 16 bytes run three tiles ahead, fragments
// are loaded a step ahead, and the epilogue is not fused to multiply-adds.

// CHECK:       gpu.module @quant_matmul_i8_f32_xtensor_wchannel_bias_v16_s2_64x64x4_2x2
// CHECK-SAME:    [#nvvm.target<O = 3, chip = "sm_90a", features = "+ptx83">]
// CHECK:       memref.global "public" @quant_shared_memory : memref<0xi8, #gpu.address_space<workgroup>> {alignment = 16 : i64}
// CHECK:       gpu.func @quant_matmul_i8_f32_xtensor_wchannel_bias_v16_s2_64x64x4_2x2(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<i8>, %[[W:[a-z0-9]+]]: memref<i8>, %[[SX:[a-z0-9]+]]: memref<f32>, %[[SW:[a-z0-9]+]]: memref<f32>
// CHECK-SAME:    %[[B:[a-z0-9]+]]: memref<f32>, %[[Y:[a-z0-9]+]]: memref<f32>, %[[M:[a-z0-9]+]]: index, %[[N:[a-z0-9]+]]: index, %[[K:[a-z0-9]+]]: index
// CHECK-SAME:    %[[LDX:[a-z0-9]+]]: index, %[[LDW:[a-z0-9]+]]: index, %[[LDY:[a-z0-9]+]]: index)
// CHECK-SAME:    kernel attributes {known_block_size = array<i32: 128, 1, 1>}
// CHECK:         %[[XF:.*]] = memref.reinterpret_cast %[[X]] {{.*}} to memref<?xi8>
// CHECK:         %[[WF:.*]] = memref.reinterpret_cast %[[W]] {{.*}} to memref<?xi8>
// CHECK:         memref.get_global @quant_shared_memory
// CHECK:         %[[S:.*]] = memref.reinterpret_cast {{.*}} to memref<32768xi8, #gpu.address_space<workgroup>>

// Three tiles are fetched, their columns beyond K filled with zeros.
// CHECK-COUNT-2: nvgpu.device_async_copy %[[XF]][{{.*}}], %[[S]][{{.*}}], 16, %{{[0-9]+}} {bypassL1}
// CHECK-COUNT-2: nvgpu.device_async_copy %[[WF]][{{.*}}], %[[S]][{{.*}}], 16, %{{[0-9]+}} {bypassL1}
// CHECK:         nvvm.cp.async.commit.group
// CHECK-COUNT-4: nvgpu.device_async_copy {{.*}}, 16, %{{[0-9]+}} {bypassL1}
// CHECK:         nvvm.cp.async.commit.group
// CHECK-COUNT-4: nvgpu.device_async_copy {{.*}}, 16, %{{[0-9]+}} {bypassL1}
// CHECK:         nvvm.cp.async.commit.group
// CHECK:         nvvm.cp.async.wait.group 2
// CHECK-NEXT:    gpu.barrier
// CHECK-COUNT-4: nvgpu.ldmatrix %[[S]]

// Whole tiles: no condition, one round of all stages.
// CHECK:         scf.for {{.*}} step %{{.*}} iter_args
// CHECK-NOT:       scf.for
// CHECK-COUNT-2:   nvgpu.device_async_copy %[[XF]][{{.*}}], %[[S]][{{.*}}], 16 {bypassL1}
// CHECK-COUNT-2:   nvgpu.device_async_copy %[[WF]][{{.*}}], %[[S]][{{.*}}], 16 {bypassL1}
// CHECK:           nvvm.cp.async.commit.group
// CHECK-COUNT-4:   nvgpu.ldmatrix %[[S]]{{.*}} {numTiles = 4 : i32, transpose = false}
// CHECK-COUNT-8:   nvgpu.mma.sync({{.*}}) {mmaShape = [16, 8, 32]} : (vector<4x4xi8>, vector<2x4xi8>, vector<2x2xi32>) -> vector<2x2xi32>
// CHECK:           nvvm.cp.async.wait.group 2
// CHECK-NEXT:      gpu.barrier
// CHECK-COUNT-4:   nvgpu.ldmatrix
// CHECK-COUNT-8:   nvgpu.mma.sync
// CHECK-COUNT-48:  nvgpu.mma.sync
// CHECK-NOT:       nvgpu.mma.sync
// CHECK:           scf.yield

// The rest, with conditions, a tile at a time.
// CHECK:         scf.for
// CHECK-COUNT-4:   nvgpu.device_async_copy {{.*}}, 16, %{{[0-9]+}} {bypassL1}
// CHECK-COUNT-16:  nvgpu.mma.sync
// CHECK-NOT:       nvgpu.mma.sync
// CHECK:           scf.yield

// CHECK:         %[[ACC:.*]] = arith.sitofp
// CHECK:         %[[P:.*]] = arith.mulf %[[ACC]], %{{.*}} : f32
// CHECK:         %[[P2:.*]] = arith.mulf %[[P]], %{{.*}} : f32
// CHECK:         %[[SUM:.*]] = arith.addf %[[P2]], %{{.*}} : f32
// CHECK:         %[[PAIR:.*]] = vector.from_elements %[[SUM]], %{{.*}} : vector<2xf32>
// CHECK:         scf.if
// CHECK-NEXT:      vector.store %[[PAIR]], %{{.*}} {alignment = 8 : i64}

// Rows of 8 bytes: narrower copies and no loop over whole tiles. Rows of unknown
// pitch: bytes.

// CHECK:       gpu.func @quant_matmul_i8_f16_xtoken_wtensor_v8_s1_64x64x4_2x2(
// CHECK-NOT:     {{.*}}, 8 {bypassL1}
// CHECK:         nvgpu.device_async_copy {{.*}}, 8, %{{[0-9]+}} : memref
// CHECK:         arith.truncf %{{.*}} : f32 to f16
// CHECK:         memref.store
// CHECK:       gpu.func @quant_matmul_i8_bf16_xtoken_wtensor_v1_s1_64x64x4_2x2(
// CHECK-NOT:     nvgpu.device_async_copy
// CHECK:         vector.store %{{.*}} {alignment = 16 : i64} : memref<32768xi8, #gpu.address_space<workgroup>>, vector<16xi8>
// CHECK-NOT:   gpu.func
