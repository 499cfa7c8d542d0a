// RUN: quant-opt %s --convert-quant-to-nvgpu="chip=sm_90a tile=128,32,2,3" --cse --canonicalize | FileCheck %s
// RUN: quant-opt %s --convert-quant-to-nvgpu=chip=sm_90a --cse --canonicalize | FileCheck %s --check-prefix=CHOICE
// RUN: quant-opt %s --convert-quant-to-nvgpu=chip=sm_90 --cse --canonicalize | FileCheck %s --check-prefix=SYNC --implicit-check-not=wgmma

// What the pass gives parses back.
// RUN: quant-opt %s --convert-quant-to-nvgpu="chip=sm_90a" -o %t.mlir && quant-opt %t.mlir | diff %t.mlir -

// Kernels of warp groups take tensor maps in place of x and w and their pitches.

// CHECK-LABEL: func @wide(
// CHECK:         gpu.memcpy %[[X:.*]], %arg0 :
// CHECK:         gpu.memcpy %[[W:.*]], %arg1 :
// CHECK:         memref.view {{.*}} : memref<?xi8> to memref<?xui8>
// CHECK:         memref.reinterpret_cast {{.*}} sizes: [%{{.*}}, 4096], strides: [4096, 1] : memref<?xui8> to memref<?x4096xui8, strided<[4096, 1]>>
// CHECK:         %[[XD:.*]] = nvgpu.tma.create.descriptor %{{.*}} box[%c128, %c128] : memref<*xui8> -> <tensor = memref<128x128xui8, #gpu.address_space<workgroup>>, swizzle = swizzle_128b, l2promo = l2promo_128b, oob = zero, interleave = none>
// CHECK:         %[[XM:.*]] = builtin.unrealized_conversion_cast %[[XD]]
// CHECK:         %[[WD:.*]] = nvgpu.tma.create.descriptor %{{.*}} box[%c32, %c128] : memref<*xui8>
// CHECK:         %[[WM:.*]] = builtin.unrealized_conversion_cast %[[WD]]
// CHECK:         gpu.launch_func @[[$K:quant_matmul_i8_f32_xtensor_wchannel_v16_s2_128x32x3_wg2]]::@[[$K]] blocks in (%{{.*}}, %{{.*}}, %c1) threads in (%c384, %c1, %c1) dynamic_shared_memory_size %c61488_i32
// CHECK-SAME:      args(%[[XM]] : !llvm.ptr, %[[WM]] : !llvm.ptr, %{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %{{.*}} : index, %{{.*}} : index, %{{.*}} : index, %{{.*}} : index)
// The maps stay the runtime's.
// CHECK-NOT:     llvm.call

// Rows that tensor copies cannot read take the other kernel.
// CHECK-LABEL: func @narrow(
// CHECK:         gpu.launch_func @quant_matmul_i8_f16_xtensor_wtensor_v8_s2_64x64x3_2x2::
// CHECK-LABEL: func @no_columns(
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s2_{{[0-9x]+_[0-9]x[0-9]}}::
// CHECK-LABEL: func @requested(
// CHECK:         gpu.launch_func @quant_matmul_i8_bf16_xtensor_wtensor_v16_s2_64x64x4_2x2::

// Few rows are for mma.sync, many for two groups.
// CHOICE-LABEL: func @wide(
// CHOICE:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s2_16x32x6_1x2::
// CHOICE:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s2_128x256x4_wg2::
// CHOICE-LABEL: func @narrow(
// SYNC-LABEL:   func @wide(
// SYNC:           gpu.launch_func @quant_matmul_i8_f32_xtensor_wchannel_v16_s2_{{[0-9x]+_[0-9]x[0-9](_k[0-9]+)?}}::

// CHECK:       gpu.module @[[$K]] [#nvvm.target<O = 3, chip = "sm_90a", features = "+ptx83">]
// CHECK:         memref.global "public" @quant_shared_memory : memref<0xi8, #gpu.address_space<workgroup>> {alignment = 1024 : i64}
// CHECK:         gpu.func @[[$K]](%[[XM:[a-z0-9]+]]: !llvm.ptr, %[[WM:[a-z0-9]+]]: !llvm.ptr, %{{.*}}: index)
// CHECK-SAME:      kernel attributes {known_block_size = array<i32: 384, 1, 1>, nvvm.minctasm = 1 : i32}

// A full and an empty barrier for each stage: one arrival and bytes, eight warps.
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1 : i32
// CHECK-DAG:     %[[WARPS:.*]] = arith.constant 8 : i32
// CHECK:         scf.if
// CHECK:           nvvm.mbarrier.init {{.*}}, %[[ONE]] : !llvm.ptr<3>, i32
// CHECK:           nvvm.mbarrier.init {{.*}}, %[[WARPS]] : !llvm.ptr<3>, i32
// CHECK-COUNT-4:   nvvm.mbarrier.init {{.*}} : !llvm.ptr<3>, i32
// CHECK-NOT:       nvvm.mbarrier.init
// CHECK:           nvvm.fence.mbarrier.init
// CHECK:         gpu.barrier

// Consumers: products of a tile are under way while those of the next are
// issued; registers pass through the fence and the last wait.
// CHECK:         scf.if
// CHECK:           nvvm.setmaxregister increase 232
// CHECK:           scf.for
// CHECK:             nvvm.mbarrier.try_wait.parity
// CHECK:             llvm.inline_asm has_side_effects "wgmma.fence.sync.aligned;", "=r,{{.*}},15"
// CHECK-COUNT-4:     nvvm.wgmma.mma_async {{.*}} <m = 64, n = 32, k = 32>, D[<s32>, <one>], A[<s8>, <one>, <row>], B[<s8>, <one>, <col>]
// CHECK:             nvvm.wgmma.commit.group.sync.aligned
// CHECK:             nvvm.wgmma.wait.group.sync.aligned 1
// CHECK:             nvvm.bar.warp.sync
// CHECK:             scf.if
// CHECK:               nvvm.mbarrier.arrive
// CHECK:           llvm.inline_asm has_side_effects "wgmma.wait_group.sync.aligned 0;"
// CHECK:           arith.sitofp
// CHECK:           vector.store

// The producer: one thread.
// CHECK:         } else {
// CHECK:           nvvm.setmaxregister decrease 40
// CHECK:           scf.if
// CHECK:             nvvm.fence.proxy.acquire <sys> %[[XM]], %{{.*}}
// CHECK:             nvvm.fence.proxy.acquire <sys> %[[WM]], %{{.*}}
// CHECK:             scf.for
// CHECK:               nvvm.mbarrier.try_wait.parity
// CHECK:               nvvm.mbarrier.arrive.expect_tx %[[FULL:.*]], %c20480_i32
// CHECK:               nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %[[XM]], %[[FULL]], box[
// CHECK:               nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %[[WM]], %[[FULL]], box[

func.func @wide(%x: memref<?x4096xi8>, %w: memref<4096x4096xi8>, %sx: memref<f32>,
                %sw: memref<4096xf32>, %y: memref<?x4096xf32>) {
  quant.matmul %x, %w scales(%sx, %sw : memref<f32>, memref<4096xf32>)
      outs(%y : memref<?x4096xf32>) : memref<?x4096xi8>, memref<4096x4096xi8>
  return
}

func.func @narrow(%x: memref<100x40xi8>, %w: memref<48x40xi8>, %s: memref<f32>,
                  %y: memref<100x48xf16>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>)
      outs(%y : memref<100x48xf16>) : memref<100x40xi8>, memref<48x40xi8>
  return
}

func.func @no_columns(%x: memref<100x0xi8>, %w: memref<48x0xi8>, %s: memref<f32>,
                      %y: memref<100x48xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>)
      outs(%y : memref<100x48xf32>) : memref<100x0xi8>, memref<48x0xi8>
  return
}

func.func @requested(%x: memref<100x32xi8>, %w: memref<48x32xi8>, %s: memref<f32>,
                     %y: memref<100x48xbf16>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>)
      outs(%y : memref<100x48xbf16>) {quant.tile = array<i64: 64, 64, 2, 2, 4>}
      : memref<100x32xi8>, memref<48x32xi8>
  return
}

// Few blocks and a long K: it is divided.

// CHOICE-LABEL: func @parts(
// CHOICE:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s2_128x128x6_wg2_k4::{{.*}} blocks in (%c2, %c16, %c4) threads in (%c384
// CHOICE-SAME:      args({{.*}} : !llvm.ptr, {{.*}} : memref<i32>, {{.*}} : memref<i32>, %c256 : index, %c2048 : index, %c11008 : index, %c2048 : index)
func.func @parts(%x: memref<256x11008xi8>, %w: memref<2048x11008xi8>, %s: memref<f32>, %y: memref<256x2048xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>)
      outs(%y : memref<256x2048xf32>) : memref<256x11008xi8>, memref<2048x11008xi8>
  return
}
