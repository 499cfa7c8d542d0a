// RUN: quant-opt %s --allow-unregistered-dialect --convert-quant-to-nvgpu --split-input-file --canonicalize --cse | FileCheck %s

// Functions of other dialects, and modules without any.

// CHECK-LABEL: llvm.func @without_func(
// CHECK:         gpu.launch_func
// CHECK:         gpu.module
llvm.func @without_func(%n: i64) {
  %x, %w = "test.source"() : () -> (memref<17x100xi8, strided<[112, 1]>>, memref<8x100xi8>)
  %sx, %sw, %y = "test.source"() : () -> (memref<f32>, memref<f32>, memref<17x8xf32>)
  quant.matmul %x, %w scales(%sx, %sw : memref<f32>, memref<f32>) outs(%y : memref<17x8xf32>)
      : memref<17x100xi8, strided<[112, 1]>>, memref<8x100xi8>
  llvm.return
}

// -----

// CHECK:      func.func private @quantCopyRows(index, index, index, index, index, index)
// CHECK:      call @quantCopyRows
// CHECK:      gpu.launch_func
%x, %w = "test.source"() : () -> (memref<17x100xi8, strided<[112, 1]>>, memref<8x100xi8>)
%sx, %sw, %y = "test.source"() : () -> (memref<f32>, memref<f32>, memref<17x8xf32>)
quant.matmul %x, %w scales(%sx, %sw : memref<f32>, memref<f32>) outs(%y : memref<17x8xf32>)
    : memref<17x100xi8, strided<[112, 1]>>, memref<8x100xi8>

// -----

// A nested module is converted like one of its own.

// CHECK:      module {
// CHECK:        module @nested attributes {gpu.container_module}
// CHECK:          func.func @given(
// CHECK-SAME:       %[[X:[a-z0-9]+]]: memref<17x100xi8, strided<[112, 1]>>, %[[W:[a-z0-9]+]]: memref<8x100xi8, strided<[112, 1]>>
// CHECK-NOT:        quantCopyRows
// CHECK:            gpu.launch_func @[[NAME:.*]]::@[[NAME]]
// CHECK:          gpu.module @[[NAME]]
module {
  module @nested {
    func.func @given(%x: memref<17x100xi8, strided<[112, 1]>> {quant.on_device},
                     %w: memref<8x100xi8, strided<[112, 1]>> {quant.on_device},
                     %sx: memref<f32>, %sw: memref<f32>, %y: memref<17x8xf32>) {
      quant.matmul %x, %w scales(%sx, %sw : memref<f32>, memref<f32>) outs(%y : memref<17x8xf32>)
          : memref<17x100xi8, strided<[112, 1]>>, memref<8x100xi8, strided<[112, 1]>>
      return
    }
  }
}
