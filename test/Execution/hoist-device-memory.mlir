// RUN: quant-opt %s --quant-hoist-device-memory --split-input-file | FileCheck %s
// RUN: quant-opt %s --quant-hoist-device-memory --split-input-file --remarks-filter=quant-hoist-device-memory 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// REMARK: remark: [Missed] AllocatesInCall | Category:quant-hoist-device-memory {{.*}}Reason="its size or layout is not constant", Remark="memref<?xi32> is allocated anew in each call"
// REMARK: Reason="it may be several at a time"
// REMARK: Reason="its function has callers in the module"
// REMARK: Reason="it has no elements"
// REMARK: Reason="it outlives its block, or may"
// REMARK: Reason="another function has it"
// REMARK: Reason="it outlives its block, or may"
// REMARK: Reason="it is freed through a view"
// REMARK: Reason="a stream frees it"
// REMARK: Reason="not all paths free it"
// REMARK: Reason="it is not freed exactly once"
// REMARK: Reason="it is not freed exactly once"
// REMARK: Reason="other memory holds it"
// REMARK: Reason="its address is taken"
// REMARK-NOT: remark:

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

// -----

// What the caller gets, or another function, is not what the call frees.

// CHECK-LABEL: func.func @returned() -> memref<4xi32> {
// CHECK:         gpu.alloc
func.func @returned() -> memref<4xi32> {
  %a = gpu.alloc () : memref<4xi32>
  return %a : memref<4xi32>
}

// CHECK-LABEL: func.func @passed() {
// CHECK:         gpu.alloc
func.func private @keeps(memref<?xi32>)
func.func @passed() {
  %a = gpu.alloc () : memref<4xi32>
  %c = memref.cast %a : memref<4xi32> to memref<?xi32>
  call @keeps(%c) : (memref<?xi32>) -> ()
  gpu.dealloc %a : memref<4xi32>
  return
}

// CHECK-LABEL: func.func @branches(
// CHECK:         gpu.alloc
func.func @branches(%c: i1, %other: memref<4xi32>) {
  %zero = arith.constant 0 : i32
  %a = gpu.alloc () : memref<4xi32>
  %either = scf.if %c -> memref<4xi32> {
    scf.yield %a : memref<4xi32>
  } else {
    scf.yield %other : memref<4xi32>
  }
  gpu.memset %either, %zero : memref<4xi32>, i32
  gpu.dealloc %a : memref<4xi32>
  return
}

// -----

// Nor what is freed under another name, by a stream, on some paths, twice or
// never.

// CHECK-LABEL: func.func @view() {
// CHECK:         gpu.alloc
// CHECK:         gpu.dealloc
func.func @view() {
  %a = gpu.alloc () : memref<4xi32>
  %c = memref.cast %a : memref<4xi32> to memref<?xi32>
  gpu.dealloc %c : memref<?xi32>
  return
}

// CHECK-LABEL: func.func @stream() {
// CHECK:         gpu.alloc
// CHECK:         gpu.dealloc async
func.func @stream() {
  %a = gpu.alloc () : memref<4xi32>
  %t = gpu.wait async
  %d = gpu.dealloc async [%t] %a : memref<4xi32>
  gpu.wait [%d]
  return
}

// CHECK-LABEL: func.func @path(
// CHECK:         gpu.alloc
// CHECK:         gpu.dealloc
func.func @path(%c: i1) {
  %a = gpu.alloc () : memref<4xi32>
  scf.if %c {
    gpu.dealloc %a : memref<4xi32>
  }
  return
}

// CHECK-LABEL: func.func @twice() {
// CHECK:         gpu.alloc
// CHECK-COUNT-2: gpu.dealloc
func.func @twice() {
  %a = gpu.alloc () : memref<4xi32>
  gpu.dealloc %a : memref<4xi32>
  gpu.dealloc %a : memref<4xi32>
  return
}

// CHECK-LABEL: func.func @never() {
// CHECK:         gpu.alloc
func.func @never() {
  %a = gpu.alloc () : memref<4xi32>
  return
}

// -----

// CHECK-LABEL: func.func @escapes(
// CHECK-COUNT-2: gpu.alloc
func.func @escapes(%t: memref<1xmemref<16xf32>>) -> index {
  %c0 = arith.constant 0 : index
  %m = gpu.alloc () : memref<16xf32>
  memref.store %m, %t[%c0] : memref<1xmemref<16xf32>>
  %n = gpu.alloc () : memref<16xf32>
  %address = memref.extract_aligned_pointer_as_index %n : memref<16xf32> -> index
  gpu.dealloc %n : memref<16xf32>
  gpu.dealloc %m : memref<16xf32>
  return %address : index
}
