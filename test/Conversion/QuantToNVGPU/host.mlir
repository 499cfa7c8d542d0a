// RUN: quant-opt %s --convert-quant-to-nvgpu --split-input-file --canonicalize --cse | FileCheck %s
// RUN: quant-opt %s --split-input-file \
// RUN:     --pass-pipeline="builtin.module(convert-quant-to-nvgpu,func.func(convert-linalg-to-loops,gpu-async-region),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa kernel-bare-ptr-calling-convention=1 opt-level=3})" \
// RUN:   | FileCheck %s --check-prefix=LLVM

// A buffer that only kernels touch lives on the device; the others are copied
// in and out.

// CHECK-LABEL: func @stays_on_device(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<100x32xf32>, %[[W:[a-z0-9]+]]: memref<48x32xi8>
// CHECK-SAME:    %[[Y:[a-z0-9]+]]: memref<100x48xf32>
// CHECK:         %[[Q:.*]] = gpu.alloc () : memref<100x32xi8>
// CHECK:         %[[DX:.*]] = gpu.alloc () : memref<100x32xf32>
// CHECK:         gpu.memcpy %[[DX]], %[[X]]
// CHECK:         %[[QP:.*]] = memref.reinterpret_cast %[[Q]] {{.*}} to memref<i8>
// CHECK:         gpu.launch_func @quant_quantize_f32_i8_static_v4::{{.*}} args(%{{.*}} : memref<f32>, %{{.*}} : memref<f32>, %[[QP]] : memref<i8>,
// CHECK:         gpu.dealloc %[[DX]]
// CHECK-NOT:     gpu.memcpy {{.*}}%[[Q]]
// CHECK:         %[[DW:.*]] = gpu.alloc () : memref<48x32xi8>
// CHECK:         gpu.memcpy %[[DW]], %[[W]]
// CHECK:         %[[DY:.*]] = gpu.alloc () : memref<100x48xf32>
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s2_16x32x6_1x2::
// CHECK:         gpu.memcpy %[[Y]], %[[DY]]
// CHECK:         gpu.dealloc %[[DW]]
// CHECK:         gpu.dealloc %[[DY]]
// CHECK:         gpu.dealloc %[[Q]]
// CHECK-NOT:     memref.alloc

// LLVM-LABEL: llvm.func @stays_on_device
// LLVM:         llvm.call @mgpuMemAlloc
// LLVM:         llvm.call @mgpuMemcpy
// LLVM:         gpu.launch_func {{.*}} @quant_quantize_f32_i8_static_v4::@quant_quantize_f32_i8_static_v4 {{.*}} args(%{{[0-9]+}} : !llvm.ptr, %{{[0-9]+}} : !llvm.ptr, %{{[0-9]+}} : !llvm.ptr, %{{[0-9]+}} : i64, %{{[0-9]+}} : i64, %{{[0-9]+}} : i64, %{{[0-9]+}} : i64)
// LLVM:       gpu.binary @quant_quantize_f32_i8_static_v4
// LLVM-SAME:    .entry quant_quantize_f32_i8_static_v4
func.func @stays_on_device(%x: memref<100x32xf32>, %w: memref<48x32xi8>, %sx: memref<f32>,
                           %y: memref<100x48xf32>) {
  %q = memref.alloc() : memref<100x32xi8>
  quant.quantize %x scale(%sx : memref<f32>) outs(%q : memref<100x32xi8>) : memref<100x32xf32>
  quant.matmul %q, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<100x48xf32>)
      : memref<100x32xi8>, memref<48x32xi8>
  memref.dealloc %q : memref<100x32xi8>
  return
}

// -----

// Arguments that callers pass in device memory are not copied.

// CHECK-LABEL: func @given_on_device(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<100x32xi8>, %[[W:[a-z0-9]+]]: memref<48x32xi8>, %[[S:[a-z0-9]+]]: memref<f32>,
// CHECK-NOT:     quant.on_device
// CHECK:         gpu.memcpy %{{.*}}, %[[X]]
// CHECK-NOT:     gpu.memcpy
// CHECK:         %[[WP:.*]] = memref.reinterpret_cast %[[W]] {{.*}} to memref<i8>
// CHECK-NOT:     gpu.memcpy
// CHECK:         gpu.launch_func {{.*}} args(%{{.*}} : memref<i8>, %[[WP]] : memref<i8>, %[[S]] : memref<f32>, %[[S]] : memref<f32>,
// CHECK-NOT:     gpu.dealloc %[[W]]

// LLVM-LABEL: llvm.func @given_on_device
// LLVM-NOT:     quant.on_device
func.func @given_on_device(%x: memref<100x32xi8>, %w: memref<48x32xi8> {quant.on_device},
                           %s: memref<f32> {quant.on_device}, %y: memref<100x48xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<100x48xf32>)
      : memref<100x32xi8>, memref<48x32xi8>
  return
}

// -----

// An op that stays on the host reads a copy of what is on the device.

// CHECK-LABEL: func @read_on_host(
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<100x32xi8>, %[[W:[a-z0-9]+]]: memref<48x32xi8>, %[[S:[a-z0-9]+]]: memref<f32>,
// CHECK:         gpu.launch_func
// CHECK:         %[[COPY:.*]] = memref.alloc() : memref<f32>
// CHECK:         gpu.memcpy %[[COPY]], %[[S]]
// CHECK:         linalg.generic {{.*}} ins(%[[COPY]] : memref<f32>)
// CHECK:         memref.dealloc %[[COPY]]

// LLVM-LABEL: llvm.func @read_on_host
// LLVM:         gpu.launch_func
// LLVM:         llvm.call @malloc
// LLVM:         llvm.call @mgpuMemcpy
// LLVM:         llvm.call @mgpuStreamSynchronize
// LLVM:         llvm.fsub
func.func @read_on_host(%x: memref<100x32xi8>, %w: memref<48x32xi8> {quant.on_device}, %s: memref<f32> {quant.on_device},
                        %y: memref<100x48xf32>, %z: memref<100x48xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<100x48xf32>)
      : memref<100x32xi8>, memref<48x32xi8>
  linalg.generic {indexing_maps = [affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%s : memref<f32>) outs(%z : memref<100x48xf32>) {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.subf %b, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

// A dynamic number of rows: sizes and kernel at run time, no launch of an empty
// grid.

// CHECK-LABEL: func @dynamic_rows(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x32xi8>
// CHECK:         %[[M:.*]] = memref.dim %[[X]], %{{.*}}
// CHECK:         %[[ANY:.*]] = arith.cmpi ne, %[[M]], %{{.*}}
// CHECK:         scf.if %[[ANY]] {
// CHECK:           %[[DX:.*]] = gpu.alloc (%[[M]]) : memref<?x32xi8>
// CHECK:           %[[FEW:.*]] = arith.cmpi ule, %[[M]], %{{.*}}
// CHECK:           scf.if %[[FEW]] {
// CHECK:             %[[GRID:.*]] = arith.ceildivui %[[M]], %{{.*}}
// CHECK:             gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s2_16x32x6_1x2::{{.*}} blocks in (%[[GRID]], %{{.*}}, %{{.*}}) threads {{.*}} %[[M]] : index
// CHECK:           } else {
// CHECK:             gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s2_64x64x4_2x2::

// LLVM-LABEL: llvm.func @dynamic_rows
func.func @dynamic_rows(%x: memref<?x32xi8>, %w: memref<48x32xi8>, %sx: memref<f32>,
                        %y: memref<?x48xf32>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<?x48xf32>)
      : memref<?x32xi8>, memref<48x32xi8>
  return
}

// -----

// Rows that are apart on the host are copied as they are, to rows that begin at
// multiples of 16 bytes.

// CHECK-LABEL: func.func private @quantCopyRows(index, index, index, index, index, index)
// CHECK-LABEL: func @strided(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<100x32xi8, strided<[64, 1], offset: ?>>
// CHECK-SAME:    %[[Y:[a-z0-9]+]]: memref<100x48xf32, strided<[96, 1]>>
// CHECK-NOT:     memref.alloc
// CHECK:         %[[DX:.*]] = gpu.alloc () : memref<100x32xi8>
// CHECK-DAG:     %[[TO:.*]] = memref.extract_aligned_pointer_as_index %[[DX]]
// CHECK-DAG:     %[[FROM:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
// CHECK-DAG:     %{{.*}}, %[[OFFSET:.*]], %{{.*}}:2, %{{.*}}:2 = memref.extract_strided_metadata %[[X]]
// CHECK:         %[[FIRST:.*]] = arith.addi %[[FROM]], %[[OFFSET]]
// CHECK:         call @quantCopyRows(%[[TO]], %c32, %[[FIRST]], %c64, %c32, %c100)
// CHECK:         gpu.launch_func
// CHECK:         %[[OUT:.*]] = memref.extract_aligned_pointer_as_index %[[Y]]
// CHECK:         %[[DY:.*]] = memref.extract_aligned_pointer_as_index
// CHECK:         call @quantCopyRows(%[[OUT]], %c384, %[[DY]], %c192, %c192, %c100)
// CHECK-NOT:     memref.copy

// LLVM-LABEL: llvm.func @strided
func.func @strided(%x: memref<100x32xi8, strided<[64, 1], offset: ?>>, %w: memref<48x32xi8>,
                   %sx: memref<f32>, %y: memref<100x48xf32, strided<[96, 1]>>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>)
      outs(%y : memref<100x48xf32, strided<[96, 1]>>)
      : memref<100x32xi8, strided<[64, 1], offset: ?>>, memref<48x32xi8>
  return
}

// -----

// A destination that is an input as well is copied in, too.

// CHECK-LABEL: func @in_place(
// CHECK-SAME:    %[[Y:[a-z0-9]+]]: memref<16x32xf32>)
// CHECK:         %[[D:.*]] = gpu.alloc () : memref<16x32xf32>
// CHECK-NEXT:    gpu.memcpy %[[D]], %[[Y]]
// CHECK:         %[[P:.*]] = memref.reinterpret_cast %[[D]]
// CHECK:         gpu.launch_func {{.*}} %[[P]] : memref<f32>, %[[P]] : memref<f32>,
// CHECK:         gpu.memcpy %[[Y]], %[[D]]

// LLVM-LABEL: llvm.func @in_place
func.func @in_place(%x: memref<16x64xf32>, %w: memref<32x4xf32>, %c: memref<4xi64>, %y: memref<16x32xf32>) {
  quant.outlier_matmul %x, %w channels(%c : memref<4xi64>) add(%y : memref<16x32xf32>) outs(%y : memref<16x32xf32>)
      : memref<16x64xf32>, memref<32x4xf32>
  return
}

// -----

// Codes and constants have rows of whole chunks on the device, and so have rows
// of the host's that are apart; contiguous arguments do not.

// CHECK-LABEL: func @ragged(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<17x100xf32>, %[[V:[a-z0-9]+]]: memref<17x100xi8, strided<[128, 1]>>
// CHECK:         %[[QM:.*]] = gpu.alloc () : memref<17x112xi8>
// CHECK:         %[[QP:.*]] = memref.reinterpret_cast %[[QM]] to offset: [0], sizes: [], strides: []
// CHECK:         gpu.launch_func @quant_quantize_f32_i8_static_v4::{{.*}} %[[QP]] : memref<i8>, %c17 : index, %c100 : index, %c100 : index, %c112 : index)
// CHECK:         %[[W:.*]] = memref.get_global @w
// CHECK:         %[[DW:.*]] = gpu.alloc () : memref<33x112xi8>
// CHECK:         call @quantCopyRows(%{{.*}}, %c112, %{{.*}}, %c100, %c100, %c33)
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s1_16x32x6_1x2::{{.*}} %c17 : index, %c33 : index, %c100 : index, %c112 : index, %c112 : index, %c33 : index)
// CHECK:         gpu.dealloc %[[DW]]
// CHECK:         gpu.alloc () : memref<17x112xi8>
// CHECK:         call @quantCopyRows(%{{.*}}, %c112, %{{.*}}, %c128, %c100, %c17)
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s1_16x32x6_1x2::
// CHECK:         gpu.memcpy
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v4_s1_64x64x3_2x2::{{.*}} %c100 : index, %c112 : index, %c100 : index, %c33 : index)
// CHECK:         gpu.dealloc %[[QM]]

// LLVM-LABEL: llvm.func @ragged
// LLVM:         llvm.call @quantCopyRows
memref.global "private" constant @w : memref<33x100xi8> = dense<1>
func.func @ragged(%x: memref<17x100xf32>, %v: memref<17x100xi8, strided<[128, 1]>>, %u: memref<33x100xi8>,
                  %sx: memref<f32>, %y: memref<17x33xf32>) {
  %q = memref.alloc() : memref<17x100xi8>
  quant.quantize %x scale(%sx : memref<f32>) outs(%q : memref<17x100xi8>) : memref<17x100xf32>
  %w = memref.get_global @w : memref<33x100xi8>
  quant.matmul %q, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<17x33xf32>)
      : memref<17x100xi8>, memref<33x100xi8>
  quant.matmul %v, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<17x33xf32>)
      : memref<17x100xi8, strided<[128, 1]>>, memref<33x100xi8>
  quant.matmul %q, %u scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<17x33xf32>)
      : memref<17x100xi8>, memref<33x100xi8>
  memref.dealloc %q : memref<17x100xi8>
  return
}

// -----

// A caller's rows on the device stay where they are, and are copied as wide as
// they allow. Also a number of columns that is not known gets whole chunks.

// CHECK-LABEL: func @rows_on_device(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<17x100xi8, strided<[128, 1]>>, %[[W:[a-z0-9]+]]: memref<33x100xi8, strided<[104, 1]>>
// CHECK-NOT:     quantCopyRows
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v8_s1_64x64x3_2x2::{{.*}} %c100 : index, %c128 : index, %c104 : index, %c33 : index)
func.func @rows_on_device(%x: memref<17x100xi8, strided<[128, 1]>> {quant.on_device},
                          %w: memref<33x100xi8, strided<[104, 1]>> {quant.on_device},
                          %s: memref<f32>, %y: memref<17x33xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<17x33xf32>)
      : memref<17x100xi8, strided<[128, 1]>>, memref<33x100xi8, strided<[104, 1]>>
  return
}

// So do rows that a quantization writes: threads store as many codes at once as
// divide the pitch.

// CHECK-LABEL: func @quantize_on_device(
// CHECK:         gpu.launch_func @quant_quantize_f32_i8_static_v1::
// CHECK:         gpu.launch_func @quant_quantize_f16_i8_static_v4::
// CHECK:         gpu.launch_func @quant_quantize_f16_i8_static_v8::
// CHECK:         gpu.launch_func @quant_quantize_f16_i8_static_v1::
func.func @quantize_on_device(%x: memref<4x32xf32>, %h: memref<4x32xf16>, %s: memref<f32>,
                              %a: memref<4x32xi8, strided<[33, 1]>> {quant.on_device},
                              %b: memref<4x32xi8, strided<[36, 1]>> {quant.on_device},
                              %c: memref<4x32xi8, strided<[40, 1]>> {quant.on_device},
                              %d: memref<4x32xi8, strided<[?, 1]>> {quant.on_device}) {
  quant.quantize %x scale(%s : memref<f32>) outs(%a : memref<4x32xi8, strided<[33, 1]>>) : memref<4x32xf32>
  quant.quantize %h scale(%s : memref<f32>) outs(%b : memref<4x32xi8, strided<[36, 1]>>) : memref<4x32xf16>
  quant.quantize %h scale(%s : memref<f32>) outs(%c : memref<4x32xi8, strided<[40, 1]>>) : memref<4x32xf16>
  quant.quantize %h scale(%s : memref<f32>) outs(%d : memref<4x32xi8, strided<[?, 1]>>) : memref<4x32xf16>
  return
}

// CHECK-LABEL: func @dynamic_columns(
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<17x?xf32>, %[[K:[a-z0-9]+]]: index
// CHECK:         %[[CHUNKS:.*]] = arith.ceildivui %[[K]], %c16
// CHECK:         %[[PITCH:.*]] = arith.muli %[[CHUNKS]], %c16
// CHECK:         gpu.alloc (%[[PITCH]]) : memref<17x?xi8>
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s1_
// LLVM-LABEL: llvm.func @dynamic_columns
func.func @dynamic_columns(%x: memref<17x?xf32>, %k: index, %s: memref<f32>, %y: memref<17x17xf32>) {
  %q = memref.alloc(%k) : memref<17x?xi8>
  quant.quantize %x scale(%s : memref<f32>) outs(%q : memref<17x?xi8>) : memref<17x?xf32>
  quant.matmul %q, %q scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<17x17xf32>)
      : memref<17x?xi8>, memref<17x?xi8>
  memref.dealloc %q : memref<17x?xi8>
  return
}

// -----

// The tile that an op asks for.

// CHECK-LABEL: func @requested_tile(
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s2_128x256x3_2x4::{{.*}} threads in (%c256, %c1, %c1) dynamic_shared_memory_size %c73728_i32

// LLVM-LABEL: llvm.func @requested_tile
func.func @requested_tile(%x: memref<100x32xi8>, %w: memref<48x32xi8>, %sx: memref<f32>,
                          %y: memref<100x48xf32>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<100x48xf32>)
      {quant.tile = array<i64: 128, 256, 2, 4, 3>} : memref<100x32xi8>, memref<48x32xi8>
  return
}

// -----

// Few columns of a long K: blocks divide it, and need memory.

// CHECK-LABEL: func @split(
// CHECK:         %[[SUMS:.*]] = gpu.alloc (%c9216) : memref<?xi32>
// CHECK:         %[[COUNTERS:.*]] = gpu.alloc (%c9) : memref<?xi32>
// CHECK:         gpu.memset %[[COUNTERS]], %c0_i32 : memref<?xi32>, i32
// CHECK-DAG:     %[[SUMS0:.*]] = memref.reinterpret_cast %[[SUMS]] {{.*}} to memref<i32>
// CHECK-DAG:     %[[COUNTERS0:.*]] = memref.reinterpret_cast %[[COUNTERS]] {{.*}} to memref<i32>
// CHECK:         gpu.launch_func @quant_matmul_i8_f32_xtensor_wtensor_v16_s2_16x64x6_1x4_k4::{{.*}} blocks in (%c1, %c9, %c4) {{.*}} %[[SUMS0]] : memref<i32>, %[[COUNTERS0]] : memref<i32>, %c4 : index, %c576 : index, %c1536 : index
// CHECK:         gpu.dealloc %[[SUMS]]
// CHECK:         gpu.dealloc %[[COUNTERS]]

// LLVM-LABEL: llvm.func @split
// LLVM:         llvm.call @mgpuMemset32
func.func @split(%x: memref<4x1536xi8>, %w: memref<576x1536xi8>, %sx: memref<f32>,
                 %y: memref<4x576xf32>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<4x576xf32>)
      {quant.tile = array<i64: 16, 64, 1, 4, 6, 4>} : memref<4x1536xi8>, memref<576x1536xi8>
  return
}

// -----

// Nothing is launched for an empty result, and what may be empty is guarded.

// CHECK-LABEL: func @empty(
// CHECK-NOT:     gpu.launch_func
// CHECK:         return
func.func @empty(%x: memref<8x32xi8>, %w: memref<0x32xi8>, %sx: memref<f32>, %y: memref<8x0xf32>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<8x0xf32>)
      : memref<8x32xi8>, memref<0x32xi8>
  return
}

// CHECK-LABEL: func @maybe_empty(
// CHECK-SAME:    memref<8x32xi8>, %[[W:.*]]: memref<?x32xi8>
// CHECK:         %[[N:.*]] = memref.dim %[[W]]
// CHECK:         %[[ANY:.*]] = arith.cmpi ne, %[[N]], %{{.*}}
// CHECK:         scf.if %[[ANY]] {
// CHECK:           gpu.launch_func
func.func @maybe_empty(%x: memref<8x32xi8>, %w: memref<?x32xi8>, %sx: memref<f32>,
                       %y: memref<8x?xf32>) {
  quant.matmul %x, %w scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<8x?xf32>)
      : memref<8x32xi8>, memref<?x32xi8>
  return
}
