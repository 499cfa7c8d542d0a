// RUN: quant-opt %s --quant-hoist-device-memory --split-input-file | FileCheck %s

// What is allocated for a call comes from the caller, also where sizes are
// constants and no part of the type.

// CHECK-LABEL: func.func @device(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<8x32xf32>, %[[A:[a-z0-9]+]]: memref<8x32xf32> {quant.workspace}, %[[B:[a-z0-9]+]]: memref<64xi32> {quant.workspace}) {
// CHECK-NOT:     gpu.alloc
// CHECK:         gpu.memcpy %[[A]], %[[X]]
// CHECK:         %[[C:.*]] = memref.cast %[[B]] : memref<64xi32> to memref<?xi32>
// CHECK:         gpu.memset %[[C]]
// CHECK-NOT:     gpu.dealloc
func.func @device(%x: memref<8x32xf32>) {
  %zero = arith.constant 0 : i32
  %c64 = arith.constant 64 : index
  %a = gpu.alloc () : memref<8x32xf32>
  gpu.memcpy %a, %x : memref<8x32xf32>, memref<8x32xf32>
  %b = gpu.alloc (%c64) : memref<?xi32>
  gpu.memset %b, %zero : memref<?xi32>, i32
  gpu.dealloc %b : memref<?xi32>
  gpu.dealloc %a : memref<8x32xf32>
  return
}

// -----

// What it is allocated for may be several at a time, or of any size, or in the
// hands of a function with a caller that would not know.

// CHECK-LABEL: func.func @stays(
// CHECK-SAME:    %{{[a-z0-9]+}}: index) {
// CHECK-COUNT-2: gpu.alloc
func.func @stays(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = gpu.alloc (%n) : memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    %b = gpu.alloc () : memref<4xi32>
    gpu.dealloc %b : memref<4xi32>
  }
  gpu.dealloc %a : memref<?xi32>
  call @called() : () -> ()
  return
}

// CHECK-LABEL: func.func @called() {
// CHECK:         gpu.alloc
func.func @called() {
  %a = gpu.alloc () : memref<4xi32>
  gpu.dealloc %a : memref<4xi32>
  return
}

// -----

// Upstream has no bare pointers for arguments without elements.

// CHECK-LABEL: func.func @empty() {
// CHECK:         gpu.alloc
func.func @empty() {
  %a = gpu.alloc () : memref<4x0xi8>
  gpu.dealloc %a : memref<4x0xi8>
  return
}
