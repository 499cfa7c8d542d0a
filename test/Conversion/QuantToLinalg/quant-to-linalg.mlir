// RUN: quant-opt %s --convert-quant-to-linalg | FileCheck %s
// RUN: quant-opt %s --convert-quant-to-linalg=keep-observers=true | FileCheck %s --check-prefix=KEEP

// CHECK-DAG: #[[ID1:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[ID2:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[SCALAR1:.*]] = affine_map<(d0) -> ()>
// CHECK-DAG: #[[SCALAR2:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[NK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[HALF:.*]] = affine_map<(d0, d1) -> (d0, d1 floordiv 2)>
// CHECK-DAG: #[[GROUP:.*]] = affine_map<(d0, d1) -> (d0, d1 floordiv 4)>

// CHECK-LABEL: func @observe(
// CHECK-NEXT:    return %arg0
// KEEP-LABEL:  func @observe(
// KEEP-NEXT:     quant.observe
func.func @observe(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %y = quant.observe %x "x" : tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}

// The inverse is computed once, outside the loop over elements.
// CHECK-LABEL: func @static(
// CHECK-SAME:    %[[X:.*]]: tensor<?x6xf32>, %[[S:.*]]: tensor<f32>, %[[Q:.*]]: tensor<?x6xi8>)
// CHECK:         %[[INV:.*]] = linalg.generic {{.*}}iterator_types = []} ins(%[[S]] : tensor<f32>)
// CHECK:           arith.divf %{{.*}}, %{{.*}} : f32
// CHECK:         linalg.generic {indexing_maps = [#[[ID2]], #[[SCALAR2]], #[[ID2]]]
// CHECK-SAME:        ins(%[[X]], %[[INV]] : tensor<?x6xf32>, tensor<f32>) outs(%[[Q]] : tensor<?x6xi8>)
// CHECK:           arith.mulf %{{.*}} : f32
// CHECK-NEXT:      math.roundeven %{{.*}} : f32
// CHECK:           arith.fptosi %{{.*}} : f32 to i8
func.func @static(%x: tensor<?x6xf32>, %s: tensor<f32>, %q: tensor<?x6xi8>) -> tensor<?x6xi8> {
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<?x6xi8>) : tensor<?x6xf32> -> tensor<?x6xi8>
  return %0 : tensor<?x6xi8>
}

// CHECK-LABEL: func @static_smooth(
// CHECK:         %[[INV:.*]] = linalg.generic {indexing_maps = [#[[SCALAR1]], #[[ID1]], #[[ID1]]]
// CHECK:           %[[P:.*]] = arith.mulf
// CHECK:           arith.divf %{{.*}}, %[[P]]
// CHECK:         linalg.generic {indexing_maps = [#[[ID2]], #[[COLUMN]], #[[ID2]]]
// CHECK-SAME:        ins(%{{.*}}, %[[INV]] : tensor<4x6xf16>, tensor<6xf32>)
// CHECK:           arith.extf %{{.*}} : f16 to f32
func.func @static_smooth(%x: tensor<4x6xf16>, %s: tensor<f32>, %t: tensor<6xf32>, %q: tensor<4x6xi8>) -> tensor<4x6xi8> {
  %0 = quant.quantize %x scale(%s : tensor<f32>) smooth(%t : tensor<6xf32>) outs(%q : tensor<4x6xi8>) : tensor<4x6xf16> -> tensor<4x6xi8>
  return %0 : tensor<4x6xi8>
}

// CHECK-LABEL: func @per_token(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x6xf32>, %[[Q:[^:]*]]: tensor<?x6xi8>, %[[S:[^:]*]]: tensor<?xf32>)
// CHECK:         %[[MAX:.*]] = linalg.generic {indexing_maps = [#[[ID2]], #[[ROW]]], iterator_types = ["parallel", "reduction"]}
// CHECK:           math.absf
// CHECK:           arith.maxnumf
// CHECK:         %[[SCALE:.*]] = linalg.generic {{.*}} ins(%[[MAX]] : tensor<?xf32>) outs(%[[S]] : tensor<?xf32>)
// CHECK:         %[[INV:.*]] = linalg.generic {{.*}} ins(%[[SCALE]] : tensor<?xf32>)
// CHECK:         %[[CODES:.*]] = linalg.generic {indexing_maps = [#[[ID2]], #[[ROW]], #[[ID2]]]
// CHECK-SAME:        ins(%[[X]], %[[INV]] : tensor<?x6xf32>, tensor<?xf32>) outs(%[[Q]] : tensor<?x6xi8>)
// CHECK:         return %[[CODES]], %[[SCALE]]
func.func @per_token(%x: tensor<?x6xf32>, %q: tensor<?x6xi8>, %s: tensor<?xf32>) -> (tensor<?x6xi8>, tensor<?xf32>) {
  %0, %1 = quant.quantize %x outs(%q, %s : tensor<?x6xi8>, tensor<?xf32>) : tensor<?x6xf32> -> tensor<?x6xi8>, tensor<?xf32>
  return %0, %1 : tensor<?x6xi8>, tensor<?xf32>
}

// CHECK-LABEL: func @matmul(
// CHECK-SAME:    %[[Q:.*]]: tensor<4x6xi8>, %[[W:.*]]: tensor<3x6xi8>, %[[SX:.*]]: tensor<f32>, %[[SW:.*]]: tensor<3xf32>, %[[B:.*]]: tensor<3xf32>, %[[Y:.*]]: tensor<4x3xf32>)
// CHECK:         %[[ACC:.*]] = linalg.matmul indexing_maps = [#[[MK]], #[[NK]], #[[MN]]]
// CHECK-SAME:        ins(%[[Q]], %[[W]] : tensor<4x6xi8>, tensor<3x6xi8>) outs(%{{.*}} : tensor<4x3xi32>)
// CHECK:         linalg.generic {indexing_maps = [#[[ID2]], #[[SCALAR2]], #[[COLUMN]], #[[COLUMN]], #[[ID2]]]
// CHECK-SAME:        ins(%[[ACC]], %[[SX]], %[[SW]], %[[B]] :
// CHECK-SAME:        outs(%[[Y]] : tensor<4x3xf32>)
// CHECK-NEXT:    ^bb0(%[[A:.*]]: i32, %[[AX:.*]]: f32, %[[AW:.*]]: f32, %[[AB:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[F:.*]] = arith.sitofp %[[A]] : i32 to f32
// CHECK-NEXT:      %[[M1:.*]] = arith.mulf %[[F]], %[[AX]] : f32
// CHECK-NEXT:      %[[M2:.*]] = arith.mulf %[[M1]], %[[AW]] : f32
// CHECK-NEXT:      %[[R:.*]] = arith.addf %[[M2]], %[[AB]] : f32
// CHECK-NEXT:      linalg.yield %[[R]]
func.func @matmul(%q: tensor<4x6xi8>, %w: tensor<3x6xi8>, %sx: tensor<f32>, %sw: tensor<3xf32>, %b: tensor<3xf32>, %y: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<3xf32>) bias(%b : tensor<3xf32>) outs(%y : tensor<4x3xf32>) : tensor<4x6xi8>, tensor<3x6xi8> -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// CHECK-LABEL: func @matmul_per_token_f16(
// CHECK:         linalg.generic {indexing_maps = [#[[ID2]], #[[ROW]], #[[SCALAR2]], #[[ID2]]]
// CHECK:           arith.truncf %{{.*}} : f32 to f16
func.func @matmul_per_token_f16(%q: tensor<?x6xi8>, %w: tensor<3x6xi8>, %sx: tensor<?xf32>, %sw: tensor<f32>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %0 = quant.matmul %q, %w scales(%sx, %sw : tensor<?xf32>, tensor<f32>) outs(%y : tensor<?x3xf16>) : tensor<?x6xi8>, tensor<3x6xi8> -> tensor<?x3xf16>
  return %0 : tensor<?x3xf16>
}

// CHECK-LABEL: func @packed_group_matmul(
// CHECK-SAME:    %[[X:.*]]: tensor<2x7xf32>, %[[C:.*]]: tensor<3x4xi8>, %[[S:.*]]: tensor<3x2xf32>, %[[Z:.*]]: tensor<3x2xi8>, %[[B:.*]]: tensor<3xf32>, %[[Y:.*]]: tensor<2x3xf32>)
// CHECK:         %[[W:.*]] = linalg.generic {indexing_maps = [#[[HALF]], #[[GROUP]], #[[GROUP]], #[[ID2]]]
// CHECK-SAME:        ins(%[[C]], %[[Z]], %[[S]]
// CHECK:           arith.shrsi
// CHECK:           arith.subi
// CHECK:           arith.sitofp
// CHECK:         %[[P:.*]] = linalg.matmul indexing_maps = [#[[MK]], #[[NK]], #[[MN]]] ins(%[[X]], %[[W]]
// CHECK:         linalg.generic {{.*}} ins(%[[P]], %[[B]] : tensor<2x3xf32>, tensor<3xf32>) outs(%[[Y]]
func.func @packed_group_matmul(%x: tensor<2x7xf32>, %c: tensor<3x4xi8>, %s: tensor<3x2xf32>, %z: tensor<3x2xi8>, %b: tensor<3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x2xf32>) zeros(%z : tensor<3x2xi8>) bias(%b : tensor<3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64, bits = 4 : i64} : tensor<2x7xf32>, tensor<3x4xi8> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func @group_quantize(
// CHECK:         %[[PAD:.*]] = tensor.pad %arg0 low[0, 0] high[0, 1]
// CHECK:         tensor.expand_shape %[[PAD]] {{\[\[}}0], [1, 2]] output_shape [3, 2, 4]
// CHECK:         linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]
func.func @group_quantize(%w: tensor<3x7xf32>) -> (tensor<3x7xi4>, tensor<3x2xf32>) {
  %c, %s = quant.group_quantize %w {group_size = 4 : i64} : tensor<3x7xf32> -> tensor<3x7xi4>, tensor<3x2xf32>
  return %c, %s : tensor<3x7xi4>, tensor<3x2xf32>
}

// CHECK-LABEL: func @scaling(
// CHECK:         linalg.generic {indexing_maps = [#[[ID2]], #[[COLUMN]], #[[ID2]]]
// CHECK:           arith.divf
// CHECK:         linalg.generic {indexing_maps = [#[[ID2]], #[[ROW]], #[[ID2]]]
// CHECK:           arith.mulf
// CHECK:         linalg.generic {indexing_maps = [#[[ID2]], #[[SCALAR2]], #[[ID2]]]
// CHECK:           arith.sitofp
// CHECK-NEXT:      arith.mulf
func.func @scaling(%x: tensor<?x6xf32>, %s: tensor<6xf32>, %t: tensor<?xf32>, %q: tensor<4x6xi8>, %u: tensor<f32>) -> (tensor<?x6xf32>, tensor<4x6xf32>) {
  %0 = quant.smooth %x by %s along [1] : tensor<?x6xf32>, tensor<6xf32>
  %1 = quant.fuse_scale %0 by %t along [0] : tensor<?x6xf32>, tensor<?xf32>
  %2 = quant.dequantize %q scale(%u) along [] : tensor<4x6xi8>, tensor<f32> -> tensor<4x6xf32>
  return %1, %2 : tensor<?x6xf32>, tensor<4x6xf32>
}

// A group's integer scale makes an i8 weight; the product stays on integers.
// CHECK-LABEL: func @integer_group_matmul(
// CHECK-SAME:    %[[Q:.*]]: tensor<2x7xi8>, %[[C:.*]]: tensor<3x4xi8>, %[[G:.*]]: tensor<3x2xi8>, %[[SX:.*]]: tensor<2xf32>, %[[SW:.*]]: tensor<3xf32>, %[[Y:.*]]: tensor<2x3xf32>)
// CHECK:         %[[W:.*]] = linalg.generic {{.*}} ins(%[[C]], %[[G]] : tensor<3x4xi8>, tensor<3x2xi8>) outs(%{{.*}} : tensor<3x7xi8>)
// CHECK:           arith.shrsi
// CHECK:           arith.muli
// CHECK:           arith.trunci %{{.*}} : i32 to i8
// CHECK:         %[[P:.*]] = linalg.matmul indexing_maps = [#[[MK]], #[[NK]], #[[MN]]] ins(%[[Q]], %[[W]] : tensor<2x7xi8>, tensor<3x7xi8>) outs(%{{.*}} : tensor<2x3xi32>)
// CHECK:         linalg.generic {{.*}} ins(%[[P]], %[[SX]], %[[SW]] : tensor<2x3xi32>, tensor<2xf32>, tensor<3xf32>) outs(%[[Y]]
func.func @integer_group_matmul(%q: tensor<2x7xi8>, %c: tensor<3x4xi8>, %g: tensor<3x2xi8>, %sx: tensor<2xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = quant.group_matmul %q, %c scales(%g : tensor<3x2xi8>) dequantize(%sx, %sw : tensor<2xf32>, tensor<3xf32>) outs(%y : tensor<2x3xf32>)
      {group_size = 4 : i64, bits = 4 : i64} : tensor<2x7xi8>, tensor<3x4xi8> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// 6-bit codes in i8.
// CHECK-LABEL: func @six_bits(
// CHECK:         arith.constant 3.100000e+01 : f32
// CHECK:         arith.constant -3.200000e+01 : f32
func.func @six_bits(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) -> (tensor<4x8xi8>, tensor<4xf32>) {
  %0:2 = quant.quantize %x outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) {bits = 6 : i64} : tensor<4x8xf32> -> tensor<4x8xi8>, tensor<4xf32>
  return %0#0, %0#1 : tensor<4x8xi8>, tensor<4xf32>
}
