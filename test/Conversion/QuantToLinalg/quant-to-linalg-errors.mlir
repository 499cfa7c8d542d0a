// RUN: quant-opt %s --convert-quant-to-linalg --split-input-file --verify-diagnostics

func.func @memrefs(%x: memref<4x6xf32>, %s: memref<f32>, %q: memref<4x6xi8>) {
  // expected-error @below {{expects tensors, found memrefs: run convert-quant-to-linalg before bufferization}}
  quant.quantize %x scale(%s : memref<f32>) outs(%q : memref<4x6xi8>) : memref<4x6xf32>
  return
}
