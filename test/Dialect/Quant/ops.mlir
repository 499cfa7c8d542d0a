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
  // CHECK: quant.quantize %{{.*}} scale(%{{.*}} : tensor<f32>) outs(%{{.*}} : tensor<?x576xi8>) {zero_point = -125 : i64} : tensor<?x576xf32> -> tensor<?x576xi8>
  %qz = quant.quantize %x scale(%sx : tensor<f32>) outs(%qi : tensor<?x576xi8>)
      {zero_point = -125 : i64} : tensor<?x576xf32> -> tensor<?x576xi8>
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

// CHECK-LABEL: func @statistics
func.func @statistics(%x: tensor<2x?xf16>) -> tensor<2x?xf16> {
  // CHECK: quant.observe %{{.*}} "layers.0" {absmax = dense<1.000000e+00> : tensor<3xf32>, max = dense<[1.000000e+00, -5.000000e-01]> : tensor<2xf32>, mean_abs = dense<0.000000e+00> : tensor<3xf32>, min = dense<-1.000000e+00> : tensor<3xf32>, samples = 1 : i64, tokens = 4 : i64} : tensor<2x?xf16>
  %0 = quant.observe %x "layers.0" {absmax = dense<1.0> : tensor<3xf32>, min = dense<-1.0> : tensor<3xf32>,
      max = dense<[1.0, -0.5]> : tensor<2xf32>, mean_abs = dense<0.0> : tensor<3xf32>, tokens = 4 : i64, samples = 1 : i64}
      : tensor<2x?xf16>
  return %0 : tensor<2x?xf16>
}

// A scale of no axes, and of all.
// CHECK-LABEL: func @axes
func.func @axes(%x: tensor<2x?xbf16>, %s: tensor<f32>, %t: tensor<2x4xf32>) -> tensor<2x?xbf16> {
  // CHECK: quant.smooth %{{.*}} by %{{.*}} along [] : tensor<2x?xbf16>, tensor<f32>
  %0 = quant.smooth %x by %s along [] : tensor<2x?xbf16>, tensor<f32>
  // CHECK: quant.smooth %{{.*}} by %{{.*}} along [0, 1] : tensor<2x?xbf16>, tensor<2x4xf32>
  %1 = quant.smooth %0 by %t along [0, 1] : tensor<2x?xbf16>, tensor<2x4xf32>
  return %1 : tensor<2x?xbf16>
}

// Ragged last groups, a group larger than the row, packed rows of odd size, other widths.
// CHECK-LABEL: func @groups
func.func @groups(%w: tensor<3x9xf32>, %v: tensor<3x?xf16>, %p: tensor<3x5xi8>, %x: tensor<?x9xf16>,
                  %yi: tensor<?x3xf32>, %b: tensor<3xf32>) -> tensor<?x3xf32> {
  // CHECK: quant.group_quantize %{{.*}} {group_size = 4 : i64} : tensor<3x9xf32> -> tensor<3x9xi4>, tensor<3x3xf32>
  %c, %s = quant.group_quantize %w {group_size = 4 : i64} : tensor<3x9xf32> -> tensor<3x9xi4>, tensor<3x3xf32>
  // CHECK: quant.group_quantize %{{.*}} {group_size = 128 : i64} : tensor<3x9xf32> -> tensor<3x9xi4>, tensor<3x1xf32>, tensor<3x1xi8>
  %c1, %s1, %z1 = quant.group_quantize %w {group_size = 128 : i64} : tensor<3x9xf32> -> tensor<3x9xi4>, tensor<3x1xf32>, tensor<3x1xi8>
  // CHECK: quant.group_quantize %{{.*}} {bits = 6 : i64, group_size = 4 : i64} : tensor<3x?xf16> -> tensor<3x?xi6>, tensor<3x?xf32>
  %c2, %s2 = quant.group_quantize %v {group_size = 4 : i64, bits = 6 : i64} : tensor<3x?xf16> -> tensor<3x?xi6>, tensor<3x?xf32>
  // CHECK: quant.group_dequantize %{{.*}} scales(%{{.*}}) {group_size = 4 : i64} : tensor<3x5xi8>, tensor<3x3xf32> -> tensor<3x9xf32>
  %d = quant.group_dequantize %p scales(%s) {group_size = 4 : i64} : tensor<3x5xi8>, tensor<3x3xf32> -> tensor<3x9xf32>
  // CHECK: quant.group_quantize %{{.*}} {bits = 8 : i64, group_size = 4 : i64} : tensor<3x9xf32> -> tensor<3x9xi8>, tensor<3x3xf32>
  %c3, %s3 = quant.group_quantize %d {group_size = 4 : i64, bits = 8 : i64} : tensor<3x9xf32> -> tensor<3x9xi8>, tensor<3x3xf32>
  // CHECK: quant.group_matmul %{{.*}}, %{{.*}} scales(%{{.*}} : tensor<3x3xf32>) bias(%{{.*}} : tensor<3xf32>) outs(%{{.*}} : tensor<?x3xf32>) {bits = 8 : i64, group_size = 4 : i64} : tensor<?x9xf16>, tensor<3x9xi8> -> tensor<?x3xf32>
  %y = quant.group_matmul %x, %c3 scales(%s3 : tensor<3x3xf32>) bias(%b : tensor<3xf32>) outs(%yi : tensor<?x3xf32>)
      {group_size = 4 : i64, bits = 8 : i64} : tensor<?x9xf16>, tensor<3x9xi8> -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// The longest contraction whose sums fit i32.
// CHECK-LABEL: func @longest
func.func @longest(%x: tensor<1x133144xi8>, %w: tensor<1x133144xi8>, %s: tensor<f32>, %y: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK: quant.matmul
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<1x1xf32>)
      : tensor<1x133144xi8>, tensor<1x133144xi8> -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// Integer activations: integer scales of groups, or none.
// CHECK-LABEL: func @integer_group_matmul
func.func @integer_group_matmul(%x: tensor<?x576xf32>, %qi: tensor<?x576xi8>, %si: tensor<?xf32>, %c: tensor<1536x288xi8>,
    %g: tensor<1536x9xi8>, %z: tensor<1536x9xi8>, %t: tensor<f32>, %sw: tensor<1536xf32>, %yi: tensor<?x1536xf32>) -> tensor<?x1536xf32> {
  // CHECK: quant.quantize %{{.*}} outs(%{{.*}}, %{{.*}} : tensor<?x576xi8>, tensor<?xf32>) {bits = 4 : i64} : tensor<?x576xf32> -> tensor<?x576xi8>, tensor<?xf32>
  %q:2 = quant.quantize %x outs(%qi, %si : tensor<?x576xi8>, tensor<?xf32>) {bits = 4 : i64}
      : tensor<?x576xf32> -> tensor<?x576xi8>, tensor<?xf32>
  // CHECK: quant.group_matmul %{{.*}}#0, %{{.*}} scales(%{{.*}} : tensor<1536x9xi8>) zeros(%{{.*}} : tensor<1536x9xi8>) dequantize(%{{.*}}#1, %{{.*}} : tensor<?xf32>, tensor<1536xf32>) outs(%{{.*}} : tensor<?x1536xf32>) {group_size = 64 : i64} : tensor<?x576xi8>, tensor<1536x288xi8> -> tensor<?x1536xf32>
  %0 = quant.group_matmul %q#0, %c scales(%g : tensor<1536x9xi8>) zeros(%z : tensor<1536x9xi8>) dequantize(%q#1, %sw : tensor<?xf32>, tensor<1536xf32>)
      outs(%yi : tensor<?x1536xf32>) {group_size = 64 : i64} : tensor<?x576xi8>, tensor<1536x288xi8> -> tensor<?x1536xf32>
  // CHECK: quant.group_matmul %{{.*}}#0, %{{.*}} dequantize(%{{.*}}, %{{.*}} : tensor<f32>, tensor<1536xf32>) bias(%{{.*}} : tensor<1536xf32>) outs(%{{.*}} : tensor<?x1536xf32>) {group_size = 576 : i64} : tensor<?x576xi8>, tensor<1536x288xi8> -> tensor<?x1536xf32>
  %1 = quant.group_matmul %q#0, %c dequantize(%t, %sw : tensor<f32>, tensor<1536xf32>) bias(%sw : tensor<1536xf32>)
      outs(%0 : tensor<?x1536xf32>) {group_size = 576 : i64} : tensor<?x576xi8>, tensor<1536x288xi8> -> tensor<?x1536xf32>
  return %1 : tensor<?x1536xf32>
}

// CHECK-LABEL: func @rows
func.func @rows(%x: tensor<?x576xf16>, %g: tensor<576xf32>, %e: tensor<f32>, %qi: tensor<?x576xi8>, %si: tensor<?xf32>,
                %m: memref<4x8xf32>, %q: memref<4x8xi8>, %s: memref<4xf32>) -> tensor<?x576xi8> {
  // CHECK: quant.quantize_rows ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x576xf16>, tensor<576xf32>, tensor<f32>) outs(%{{.*}}, %{{.*}} : tensor<?x576xi8>, tensor<?xf32>) reductions [#vector.kind<maxnumf>] {
  // CHECK: ^bb0(%{{.*}}: f16, %{{.*}}: f32, %{{.*}}: f32):
  // CHECK: quant.yield %{{.*}} : f32
  // CHECK: }, {
  // CHECK: ^bb0(%{{.*}}: f16, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32):
  // CHECK: } -> tensor<?x576xi8>, tensor<?xf32>
  %0:2 = quant.quantize_rows ins(%x, %g, %e : tensor<?x576xf16>, tensor<576xf32>, tensor<f32>)
      outs(%qi, %si : tensor<?x576xi8>, tensor<?xf32>) reductions [#vector.kind<maxnumf>] {
  ^bb0(%a: f16, %b: f32, %c: f32):
    quant.yield %c : f32
  }, {
  ^bb0(%a: f16, %b: f32, %c: f32, %max: f32):
    %r = arith.divf %b, %max : f32
    quant.yield %r : f32
  } -> tensor<?x576xi8>, tensor<?xf32>
  // CHECK: quant.quantize_rows ins(%{{.*}} : memref<4x8xf32>) outs(%{{.*}}, %{{.*}} : memref<4x8xi8>, memref<4xf32>) reductions [] {
  quant.quantize_rows ins(%m : memref<4x8xf32>) outs(%q, %s : memref<4x8xi8>, memref<4xf32>) reductions [] {
  ^bb0(%a: f32):
    quant.yield %a : f32
  }
  return %0#0 : tensor<?x576xi8>
}

// CHECK-LABEL: func @outliers
func.func @outliers(%x: tensor<?x576xf32>, %w: tensor<1536x7xf32>, %c: tensor<7xi64>, %y: tensor<?x1536xf32>) -> tensor<?x1536xf32> {
  // CHECK: quant.outlier_matmul %{{.*}}, %{{.*}} channels(%{{.*}} : tensor<7xi64>) add(%{{.*}} : tensor<?x1536xf32>) outs(%{{.*}} : tensor<?x1536xf32>) : tensor<?x576xf32>, tensor<1536x7xf32> -> tensor<?x1536xf32>
  %0 = quant.outlier_matmul %x, %w channels(%c : tensor<7xi64>) add(%y : tensor<?x1536xf32>)
      outs(%y : tensor<?x1536xf32>) : tensor<?x576xf32>, tensor<1536x7xf32> -> tensor<?x1536xf32>
  return %0 : tensor<?x1536xf32>
}
