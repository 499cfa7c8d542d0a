// RUN: quant-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --split-input-file | FileCheck %s

// Destinations are written in place: no allocation, no copy.

// CHECK-LABEL: func @in_place(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x576xf32>, %[[W:[a-z0-9]+]]: memref<1536x576xi8>, %[[SX:[a-z0-9]+]]: memref<f32>, %[[SW:[a-z0-9]+]]: memref<1536xf32>
// CHECK-SAME:    %[[B:[a-z0-9]+]]: memref<1536xf32>, %[[S:[a-z0-9]+]]: memref<576xf32>, %[[Q:[a-z0-9]+]]: memref<?x576xi8>, %[[Y:[a-z0-9]+]]: memref<?x1536xf16>
// CHECK-NEXT:    quant.quantize %[[X]] scale(%[[SX]] : memref<f32>) smooth(%[[S]] : memref<576xf32>) outs(%[[Q]] : memref<?x576xi8>) : memref<?x576xf32>
// CHECK-NEXT:    quant.matmul %[[Q]], %[[W]] scales(%[[SX]], %[[SW]] : memref<f32>, memref<1536xf32>) bias(%[[B]] : memref<1536xf32>) outs(%[[Y]] : memref<?x1536xf16>) : memref<?x576xi8>, memref<1536x576xi8>
// CHECK-NEXT:    return %[[Y]]
func.func @in_place(%x: tensor<?x576xf32>, %w: tensor<1536x576xi8>, %sx: tensor<f32>,
                    %sw: tensor<1536xf32>, %b: tensor<1536xf32>, %s: tensor<576xf32>,
                    %qi: tensor<?x576xi8> {bufferization.writable = true},
                    %yi: tensor<?x1536xf16> {bufferization.writable = true}) -> tensor<?x1536xf16> {
  %q = quant.quantize %x scale(%sx : tensor<f32>) smooth(%s : tensor<576xf32>)
      outs(%qi : tensor<?x576xi8>) : tensor<?x576xf32> -> tensor<?x576xi8>
  %y = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<1536xf32>)
      bias(%b : tensor<1536xf32>) outs(%yi : tensor<?x1536xf16>)
      : tensor<?x576xi8>, tensor<1536x576xi8> -> tensor<?x1536xf16>
  return %y : tensor<?x1536xf16>
}

// -----

// Both destinations of a per-token quantization, from tensor.empty.

// CHECK-LABEL: func @per_token(
// CHECK-DAG:     %[[Q:.*]] = memref.alloc() {{.*}}: memref<512x576xi8>
// CHECK-DAG:     %[[S:.*]] = memref.alloc() {{.*}}: memref<512xf32>
// CHECK:         quant.quantize %{{.*}} outs(%[[Q]], %[[S]] : memref<512x576xi8>, memref<512xf32>) : memref<512x576xf32>
// CHECK-NOT:     memref.copy
// CHECK:         return %[[Q]], %[[S]]
func.func @per_token(%x: tensor<512x576xf32>) -> (tensor<512x576xi8>, tensor<512xf32>) {
  %qi = tensor.empty() : tensor<512x576xi8>
  %si = tensor.empty() : tensor<512xf32>
  %q, %sx = quant.quantize %x outs(%qi, %si : tensor<512x576xi8>, tensor<512xf32>)
      : tensor<512x576xf32> -> tensor<512x576xi8>, tensor<512xf32>
  return %q, %sx : tensor<512x576xi8>, tensor<512xf32>
}

// -----

// Optional operands keep their places.

// CHECK-LABEL: func @group_matmul(
// CHECK:         quant.group_matmul %{{.*}}, %{{.*}} scales(%{{.*}} : memref<1536x5xf32>) bias(%{{.*}} : memref<1536xf32>) outs(%{{.*}} : memref<512x1536xf32>) {group_size = 128 : i64} : memref<512x576xf32>, memref<1536x288xi8>
func.func @group_matmul(%x: tensor<512x576xf32>, %c: tensor<1536x288xi8>, %s: tensor<1536x5xf32>,
                        %b: tensor<1536xf32>) -> tensor<512x1536xf32> {
  %yi = tensor.empty() : tensor<512x1536xf32>
  %y = quant.group_matmul %x, %c scales(%s : tensor<1536x5xf32>) bias(%b : tensor<1536xf32>)
      outs(%yi : tensor<512x1536xf32>) {group_size = 128 : i64}
      : tensor<512x576xf32>, tensor<1536x288xi8> -> tensor<512x1536xf32>
  return %y : tensor<512x1536xf32>
}

// -----

// The old contents of a destination are not read, so a destination that is
// still needed costs an allocation but no copy into it.

// CHECK-LABEL: func @destination_still_needed(
// CHECK-SAME:    %[[YI:[a-z0-9]*]]: memref<512x1536xf32>)
// CHECK:         %[[NEW:.*]] = memref.alloc() {{.*}}: memref<512x1536xf32>
// CHECK-NOT:     memref.copy
// CHECK:         quant.matmul {{.*}} outs(%[[NEW]] :
// CHECK:         return %[[NEW]], %[[YI]]
func.func @destination_still_needed(%q: tensor<512x576xi8>, %w: tensor<1536x576xi8>,
                                    %sx: tensor<512xf32>, %sw: tensor<f32>, %yi: tensor<512x1536xf32>)
    -> (tensor<512x1536xf32>, tensor<512x1536xf32>) {
  %y = quant.matmul %q, %w scales(%sx, %sw : tensor<512xf32>, tensor<f32>)
      outs(%yi : tensor<512x1536xf32>)
      : tensor<512x576xi8>, tensor<1536x576xi8> -> tensor<512x1536xf32>
  return %y, %yi : tensor<512x1536xf32>, tensor<512x1536xf32>
}

// -----

// CHECK-LABEL: func @integer_group_matmul(
// CHECK:         quant.quantize %{{.*}} outs(%[[Q:.*]], %[[S:.*]] : memref<512x576xi8>, memref<512xf32>) {bits = 6 : i64} : memref<512x576xf32>
// CHECK:         quant.group_matmul %[[Q]], %{{.*}} scales(%{{.*}} : memref<1536x5xi8>) dequantize(%[[S]], %{{.*}} : memref<512xf32>, memref<1536xf32>) outs(%{{.*}} : memref<512x1536xf32>) {group_size = 128 : i64} : memref<512x576xi8>, memref<1536x288xi8>
func.func @integer_group_matmul(%x: tensor<512x576xf32>, %c: tensor<1536x288xi8>, %g: tensor<1536x5xi8>,
                                %sw: tensor<1536xf32>) -> tensor<512x1536xf32> {
  %qi = tensor.empty() : tensor<512x576xi8>
  %si = tensor.empty() : tensor<512xf32>
  %q:2 = quant.quantize %x outs(%qi, %si : tensor<512x576xi8>, tensor<512xf32>) {bits = 6 : i64}
      : tensor<512x576xf32> -> tensor<512x576xi8>, tensor<512xf32>
  %yi = tensor.empty() : tensor<512x1536xf32>
  %y = quant.group_matmul %q#0, %c scales(%g : tensor<1536x5xi8>) dequantize(%q#1, %sw : tensor<512xf32>, tensor<1536xf32>)
      outs(%yi : tensor<512x1536xf32>) {group_size = 128 : i64} : tensor<512x576xi8>, tensor<1536x288xi8> -> tensor<512x1536xf32>
  return %y : tensor<512x1536xf32>
}
