// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s

// CHECK-LABEL: func @smoothing
func.func @smoothing(%x: tensor<1x512x9x64xf32>, %w: tensor<1536x576xf32>,
                     %s: tensor<9x64xf32>, %t: tensor<576xf32>)
    -> (tensor<1x512x9x64xf32>, tensor<1536x576xf32>) {
  // CHECK: quant.observe %{{.*}} "layers.0" {tokens = 4 : i64} : tensor<1x512x9x64xf32>
  %0 = quant.observe %x "layers.0" {tokens = 4 : i64} : tensor<1x512x9x64xf32>
  // CHECK: quant.smooth %{{.*}} by %{{.*}} along [2, 3] : tensor<1x512x9x64xf32>, tensor<9x64xf32>
  %1 = quant.smooth %0 by %s along [2, 3] : tensor<1x512x9x64xf32>, tensor<9x64xf32>
  // CHECK: quant.fuse_scale %{{.*}} by %{{.*}} along [1] : tensor<1536x576xf32>, tensor<576xf32>
  %2 = quant.fuse_scale %w by %t along [1] : tensor<1536x576xf32>, tensor<576xf32>
  return %1, %2 : tensor<1x512x9x64xf32>, tensor<1536x576xf32>
}

// CHECK-LABEL: func @static_matmul
func.func @static_matmul(%x: tensor<?x576xf32>, %w: tensor<1536x576xi8>, %sx: tensor<f32>,
                         %sw: tensor<1536xf32>, %b: tensor<1536xf32>, %s: tensor<576xf32>,
                         %qi: tensor<?x576xi8>, %yi: tensor<?x1536xf32>) -> tensor<?x1536xf32> {
  // CHECK: quant.quantize %{{.*}} scale(%{{.*}} : tensor<f32>) smooth(%{{.*}} : tensor<576xf32>) outs(%{{.*}} : tensor<?x576xi8>) : tensor<?x576xf32> -> tensor<?x576xi8>
  %q = quant.quantize %x scale(%sx : tensor<f32>) smooth(%s : tensor<576xf32>)
      outs(%qi : tensor<?x576xi8>) : tensor<?x576xf32> -> tensor<?x576xi8>
  // CHECK: quant.matmul %{{.*}}, %{{.*}} scales(%{{.*}}, %{{.*}} : tensor<f32>, tensor<1536xf32>) bias(%{{.*}} : tensor<1536xf32>) outs(%{{.*}} : tensor<?x1536xf32>) : tensor<?x576xi8>, tensor<1536x576xi8> -> tensor<?x1536xf32>
  %y = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<1536xf32>)
      bias(%b : tensor<1536xf32>) outs(%yi : tensor<?x1536xf32>)
      : tensor<?x576xi8>, tensor<1536x576xi8> -> tensor<?x1536xf32>
  return %y : tensor<?x1536xf32>
}

// CHECK-LABEL: func @per_token_on_memrefs
func.func @per_token_on_memrefs(%x: memref<512x576xf32>, %w: memref<1536x576xi8>,
                                %sw: memref<1536xf32>, %q: memref<512x576xi8>,
                                %sx: memref<512xf32>, %y: memref<512x1536xf32>) {
  // CHECK: quant.quantize %{{.*}} outs(%{{.*}}, %{{.*}} : memref<512x576xi8>, memref<512xf32>) : memref<512x576xf32>
  quant.quantize %x outs(%q, %sx : memref<512x576xi8>, memref<512xf32>) : memref<512x576xf32>
  // CHECK: quant.matmul %{{.*}}, %{{.*}} scales(%{{.*}}, %{{.*}} : memref<512xf32>, memref<1536xf32>) outs(%{{.*}} : memref<512x1536xf32>) : memref<512x576xi8>, memref<1536x576xi8>
  quant.matmul %q, %w scales(%sx, %sw : memref<512xf32>, memref<1536xf32>)
      outs(%y : memref<512x1536xf32>) : memref<512x576xi8>, memref<1536x576xi8>
  return
}

// CHECK-LABEL: func @weight_only
func.func @weight_only(%x: tensor<512x576xf32>, %w: tensor<1536x576xf32>, %yi: tensor<512x1536xf32>)
    -> (tensor<512x1536xf32>, tensor<1536x576xf32>) {
  // CHECK: quant.group_quantize %{{.*}} {group_size = 128 : i64} : tensor<1536x576xf32> -> tensor<1536x576xi4>, tensor<1536x5xf32>, tensor<1536x5xi4>
  %c, %s, %z = quant.group_quantize %w {group_size = 128 : i64}
      : tensor<1536x576xf32> -> tensor<1536x576xi4>, tensor<1536x5xf32>, tensor<1536x5xi4>
  // CHECK: quant.group_dequantize %{{.*}} scales(%{{.*}}) zeros(%{{.*}} : tensor<1536x5xi4>) {group_size = 128 : i64} : tensor<1536x576xi4>, tensor<1536x5xf32> -> tensor<1536x576xf32>
  %d = quant.group_dequantize %c scales(%s) zeros(%z : tensor<1536x5xi4>) {group_size = 128 : i64}
      : tensor<1536x576xi4>, tensor<1536x5xf32> -> tensor<1536x576xf32>
  // CHECK: quant.group_matmul %{{.*}}, %{{.*}} scales(%{{.*}} : tensor<1536x5xf32>) zeros(%{{.*}} : tensor<1536x5xi4>) outs(%{{.*}} : tensor<512x1536xf32>) {group_size = 128 : i64} : tensor<512x576xf32>, tensor<1536x576xi4> -> tensor<512x1536xf32>
  %y = quant.group_matmul %x, %c scales(%s : tensor<1536x5xf32>) zeros(%z : tensor<1536x5xi4>)
      outs(%yi : tensor<512x1536xf32>) {group_size = 128 : i64}
      : tensor<512x576xf32>, tensor<1536x576xi4> -> tensor<512x1536xf32>
  return %y, %d : tensor<512x1536xf32>, tensor<1536x576xf32>
}

// CHECK-LABEL: func @dequantize
func.func @dequantize(%q: tensor<1536x576xi8>, %s: tensor<1536xf32>, %t: tensor<f32>)
    -> (tensor<1536x576xf32>, tensor<1536x576xf32>) {
  // CHECK: quant.dequantize %{{.*}} scale(%{{.*}}) along [0] : tensor<1536x576xi8>, tensor<1536xf32> -> tensor<1536x576xf32>
  %0 = quant.dequantize %q scale(%s) along [0] : tensor<1536x576xi8>, tensor<1536xf32> -> tensor<1536x576xf32>
  // CHECK: quant.dequantize %{{.*}} scale(%{{.*}}) along [] : tensor<1536x576xi8>, tensor<f32> -> tensor<1536x576xf32>
  %1 = quant.dequantize %q scale(%t) along [] : tensor<1536x576xi8>, tensor<f32> -> tensor<1536x576xf32>
  return %0, %1 : tensor<1536x576xf32>, tensor<1536x576xf32>
}
