// RUN: quant-opt %s --convert-quant-to-nvgpu --remarks-filter="convert-quant-to-nvgpu" 2>&1 | FileCheck %s

// Ops without a kernel stay on the host, and the remark says why.

// CHECK: remark: [Missed] StaysOnHost | Category:convert-quant-to-nvgpu {{.*}} Reason="there is no GPU kernel for 4-bit weights with f32 activations; run quant-pack-weights with activations=f16 or bf16", Remark="quant.group_matmul stays on the host"
// CHECK: remark: [Missed] StaysOnHost | Category:convert-quant-to-nvgpu {{.*}} Reason="there is no GPU kernel for 4-bit codes, only for 8", Remark="quant.quantize stays on the host"
// CHECK: remark: [Missed] StaysOnHost | {{.*}} Reason="there is no GPU kernel for 4-bit codes, only for 8", Remark="quant.matmul stays on the host"
// CHECK: remark: [Missed] StaysOnHost | {{.*}} Reason="its weight is not in the order of fragments; run quant-pack-weights", Remark="quant.group_matmul stays on the host"
// CHECK: remark: [Missed] StaysOnHost | {{.*}} Reason="its weight is not in the order of fragments; run quant-pack-weights"
// CHECK: remark: [Missed] StaysOnHost | {{.*}} Reason="its weight has more than 2147483647 scales, whose offsets have 32 bits in the kernel"
// CHECK: remark: [Missed] CopiedToHost | {{.*}} Reason="the op stays on the host", Remark="an operand of quant.matmul is copied from the device"
// CHECK-NOT: gpu.container_module
// CHECK-LABEL: func @left(
// CHECK:         quant.group_matmul
// CHECK:         quant.quantize
// CHECK:         quant.matmul
// CHECK-NOT:   gpu.module
func.func @left(%x: memref<8x32xf32>, %c: memref<16x32xi4>, %gs: memref<16x2xf32>, %sx: memref<f32>,
                %q: memref<8x32xi4>, %y: memref<8x16xf32>) {
  quant.group_matmul %x, %c scales(%gs : memref<16x2xf32>) outs(%y : memref<8x16xf32>)
      {group_size = 16 : i64} : memref<8x32xf32>, memref<16x32xi4>
  quant.quantize %x scale(%sx : memref<f32>) outs(%q : memref<8x32xi4>) : memref<8x32xf32>
  quant.matmul %q, %c scales(%sx, %sx : memref<f32>, memref<f32>) outs(%y : memref<8x16xf32>)
      : memref<8x32xi4>, memref<16x32xi4>
  return
}

// CHECK-LABEL: func @integers(
// CHECK:         quant.group_matmul
func.func @integers(%q: memref<8x32xi8>, %sx: memref<8xf32>, %c: memref<16x16xi8>, %g: memref<16x2xi8>,
                     %sw: memref<16xf32>, %y: memref<8x16xf32>) {
  quant.group_matmul %q, %c scales(%g : memref<16x2xi8>) dequantize(%sx, %sw : memref<8xf32>, memref<16xf32>)
      outs(%y : memref<8x16xf32>) {group_size = 16 : i64} : memref<8x32xi8>, memref<16x16xi8>
  return
}

// CHECK-LABEL: func @not_packed(
// CHECK:         quant.group_matmul
func.func @not_packed(%x: memref<8x32xf16>, %c: memref<16x16xi8>, %g: memref<16x1xf32>, %y: memref<8x16xf32>) {
  quant.group_matmul %x, %c scales(%g : memref<16x1xf32>) outs(%y : memref<8x16xf32>) {group_size = 32 : i64}
      : memref<8x32xf16>, memref<16x16xi8>
  return
}

// CHECK-LABEL: func @too_many_scales(
// CHECK:         quant.group_matmul
func.func @too_many_scales(%x: memref<8x17179869184xf16>, %c: memref<1x268435456x512xi8>, %g: memref<134217728x16xf32>, %y: memref<8x16xf32>) {
  quant.group_matmul %x, %c scales(%g : memref<134217728x16xf32>) outs(%y : memref<8x16xf32>) {fragment_order, group_size = 128 : i64}
      : memref<8x17179869184xf16>, memref<1x268435456x512xi8>
  return
}

// What a caller has on the device in rows becomes a contiguous copy.

// CHECK-LABEL: func @reads_from_device(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<17x100xi8, strided<[112, 1]>>
// CHECK:         %[[COPY:.*]] = memref.alloc() : memref<17x100xi8>
// CHECK:         memref.extract_aligned_pointer_as_index %[[COPY]]
// CHECK:         memref.extract_aligned_pointer_as_index %[[X]]
// CHECK:         call @quantCopyRows
// CHECK:         quant.matmul %[[COPY]], %{{.*}} : memref<17x100xi8>, memref<8x100xi4>
// CHECK:         memref.dealloc %[[COPY]]
func.func @reads_from_device(%x: memref<17x100xi8, strided<[112, 1]>> {quant.on_device}, %w: memref<8x100xi4>,
                             %s: memref<f32>, %y: memref<17x8xf32>) {
  quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : memref<17x8xf32>)
      : memref<17x100xi8, strided<[112, 1]>>, memref<8x100xi4>
  return
}
