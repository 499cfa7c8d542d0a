// Codes that a caller has on the device in rows of any pitch are stored where they
// belong: to aligned addresses, and not between rows.

// RUN: quant-opt %s --convert-quant-to-nvgpu -o %t.mlir
// RUN: mlir-opt %t.mlir --pass-pipeline="builtin.module(func.func(gpu-async-region,expand-strided-metadata),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx80 cubin-format=isa kernel-bare-ptr-calling-convention=1})" -o %t.llvm.mlir
// RUN: env QUANT_MLIR_CHECK=1 mlir-runner %t.llvm.mlir --entry-point-result=void \
// RUN:     --shared-libs=%mlir_lib_dir/libmlir_runner_utils.so,%quant_mlir_build/lib/libquant_mlir_gpu_runtime.so \
// RUN:   | FileCheck %s
// Bytes are printed as characters.
// CHECK:      {{\[}}[A, A, A, A, A, A, A, A, z],
// CHECK-NEXT:  [A, A, A, A, A, A, A, A, z]]
// CHECK:      {{\[}}[A, A, A, A, A, A, A, A, z, z, z, z],
// CHECK-NEXT:  [A, A, A, A, A, A, A, A, z, z, z, z]]

memref.global "private" constant @x : memref<2x8xf16> = dense<65.0>
memref.global "private" constant @s : memref<f32> = dense<1.0>
memref.global "private" constant @before9 : memref<2x9xi8> = dense<122>
memref.global "private" constant @before12 : memref<2x12xi8> = dense<122>
func.func private @printMemrefI8(memref<*xi8>) attributes {llvm.emit_c_interface}

func.func @quantize(%a: memref<2x8xi8, strided<[9, 1]>> {quant.on_device},
                    %b: memref<2x8xi8, strided<[12, 1]>> {quant.on_device}) {
  %x = memref.get_global @x : memref<2x8xf16>
  %s = memref.get_global @s : memref<f32>
  quant.quantize %x scale(%s : memref<f32>) outs(%a : memref<2x8xi8, strided<[9, 1]>>) : memref<2x8xf16>
  quant.quantize %x scale(%s : memref<f32>) outs(%b : memref<2x8xi8, strided<[12, 1]>>) : memref<2x8xf16>
  return
}

func.func @main() {
  %before9 = memref.get_global @before9 : memref<2x9xi8>
  %before12 = memref.get_global @before12 : memref<2x12xi8>
  %d9 = gpu.alloc () : memref<2x9xi8>
  %d12 = gpu.alloc () : memref<2x12xi8>
  gpu.memcpy %d9, %before9 : memref<2x9xi8>, memref<2x9xi8>
  gpu.memcpy %d12, %before12 : memref<2x12xi8>, memref<2x12xi8>
  %a = memref.reinterpret_cast %d9 to offset: [0], sizes: [2, 8], strides: [9, 1]
      : memref<2x9xi8> to memref<2x8xi8, strided<[9, 1]>>
  %b = memref.reinterpret_cast %d12 to offset: [0], sizes: [2, 8], strides: [12, 1]
      : memref<2x12xi8> to memref<2x8xi8, strided<[12, 1]>>
  call @quantize(%a, %b) : (memref<2x8xi8, strided<[9, 1]>>, memref<2x8xi8, strided<[12, 1]>>) -> ()
  %h9 = memref.alloc() : memref<2x9xi8>
  %h12 = memref.alloc() : memref<2x12xi8>
  gpu.memcpy %h9, %d9 : memref<2x9xi8>, memref<2x9xi8>
  gpu.memcpy %h12, %d12 : memref<2x12xi8>, memref<2x12xi8>
  %any9 = memref.cast %h9 : memref<2x9xi8> to memref<*xi8>
  %any12 = memref.cast %h12 : memref<2x12xi8> to memref<*xi8>
  call @printMemrefI8(%any9) : (memref<*xi8>) -> ()
  call @printMemrefI8(%any12) : (memref<*xi8>) -> ()
  gpu.dealloc %d9 : memref<2x9xi8>
  gpu.dealloc %d12 : memref<2x12xi8>
  memref.dealloc %h9 : memref<2x9xi8>
  memref.dealloc %h12 : memref<2x12xi8>
  return
}
