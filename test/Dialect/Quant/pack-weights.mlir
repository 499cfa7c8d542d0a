// RUN: quant-opt %s --quant-pack-weights | FileCheck %s
// RUN: quant-opt %s --quant-pack-weights=activations=bf16 | FileCheck %s --check-prefix=NARROW
// RUN: quant-opt %s --quant-pack-weights --remarks-filter=quant-pack-weights 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: quant-opt %s --quant-pack-weights -mlir-print-elementsattrs-with-hex-if-larger=0 | FileCheck %s --check-prefix=BYTES

// Row 0 of the weight has the codes -8, -7, … 7, rows 1 and 8 are 3, the others 0.
// Lane 0 has columns 0, 8, 1, 9 of row 0 and four of row 8, all plus 8; lane 1
// columns 2, 10, 3, 11; lane 4 is row 1's. Steps 1 to 3 of each are beyond K: 0.

// CHECK-LABEL: func @order(
// CHECK:         %[[C:.*]] = arith.constant dense_resource<w.weight_packed.fragments> : tensor<1x1x512xi8>
// CHECK:         %[[S:.*]] = arith.constant dense_resource<w.weight_scale.fragments> : tensor<1x16xf32>
// CHECK:         quant.group_matmul %{{.*}}, %[[C]] scales(%[[S]] : tensor<1x16xf32>) outs(%{{.*}}) {fragment_order, group_size = 128 : i64} : tensor<4x16xf16>, tensor<1x1x512xi8> -> tensor<4x9xf32>
func.func @order(%x: tensor<4x16xf16>, %y: tensor<4x9xf32>) -> tensor<4x9xf32> {
  %c = arith.constant dense_resource<w.weight_packed> : tensor<9x8xi8>
  %s = arith.constant dense_resource<w.weight_scale> : tensor<9x1xf32>
  %0 = quant.group_matmul %x, %c scales(%s : tensor<9x1xf32>) outs(%y : tensor<4x9xf32>) {group_size = 16 : i64}
      : tensor<4x16xf16>, tensor<9x8xi8> -> tensor<4x9xf32>
  return %0 : tensor<4x9xf32>
}

// A group of 192 is three of 64; zero points have 8 added. The constants of two
// ops with the same weight are made once.

// CHECK-LABEL: func @split(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<{{.*}}> : tensor<4x16xf32>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<{{.*}}> : tensor<4x16xi8>
// CHECK:         quant.group_matmul %{{.*}}, %{{.*}} scales(%[[S]] : tensor<4x16xf32>) zeros(%[[Z]] : tensor<4x16xi8>) bias(%{{.*}} : tensor<2xf32>) outs(%{{.*}}) {fragment_order, group_size = 64 : i64}
// BYTES-LABEL: func @split(
// BYTES-DAG:     arith.constant dense<"0x0F0809080808080808080808080808080F0809080808080808080808080808080F0809080808080808080808080808080E080808080808080808080808080808"> : tensor<4x16xi8>
func.func @split(%x: tensor<4x208xbf16>, %b: tensor<2xf32>, %y: tensor<4x2xbf16>) -> tensor<4x2xbf16> {
  %c = arith.constant dense<1> : tensor<2x208xi4>
  %s = arith.constant dense<[[0.5, 1.0], [2.0, 4.0]]> : tensor<2x2xf32>
  %z = arith.constant dense<[[7, 6], [1, 0]]> : tensor<2x2xi4>
  %0 = quant.group_matmul %x, %c scales(%s : tensor<2x2xf32>) zeros(%z : tensor<2x2xi4>) bias(%b : tensor<2xf32>)
      outs(%y : tensor<4x2xbf16>) {group_size = 192 : i64} : tensor<4x208xbf16>, tensor<2x208xi4> -> tensor<4x2xbf16>
  return %0 : tensor<4x2xbf16>
}

// Two ops that read one input share its rounding.

// CHECK-LABEL: func @narrow(
// CHECK-NOT:     fragment_order
// NARROW-LABEL: func @narrow(
// NARROW-SAME:    %[[X:.*]]: tensor<?x32xf32>
// NARROW:         %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<?x32xbf16>
// NARROW:         %[[H:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<?x32xf32>) outs(%[[E]] : tensor<?x32xbf16>)
// NARROW:           arith.truncf %{{.*}} : f32 to bf16
// NARROW-NOT:     arith.truncf
// NARROW:         quant.group_matmul %[[H]], {{.*}} {fragment_order, group_size = 128 : i64} : tensor<?x32xbf16>
// NARROW:         quant.group_matmul %[[H]], {{.*}} {fragment_order, group_size = 128 : i64} : tensor<?x32xbf16>
// REMARK: remark: [Missed] NotPacked | Category:quant-pack-weights {{.*}} Reason="its activations are f32: choose activations=f16, or =bf16 if they exceed 65504", Remark="a weight keeps its order"
func.func @narrow(%x: tensor<?x32xf32>, %y: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %c = arith.constant dense<1> : tensor<2x32xi4>
  %s = arith.constant dense<1.0> : tensor<2x1xf32>
  %0 = quant.group_matmul %x, %c scales(%s : tensor<2x1xf32>) outs(%y : tensor<?x2xf32>) {group_size = 32 : i64}
      : tensor<?x32xf32>, tensor<2x32xi4> -> tensor<?x2xf32>
  %1 = quant.group_matmul %x, %c scales(%s : tensor<2x1xf32>) outs(%y : tensor<?x2xf32>) {group_size = 32 : i64}
      : tensor<?x32xf32>, tensor<2x32xi4> -> tensor<?x2xf32>
  return %0, %1 : tensor<?x2xf32>, tensor<?x2xf32>
}

// Integer activations: lane 0 has columns 0, 16, 1, 17, 2, 18, 3, 19 of row 0, then
// 32 further, and the same of row 8; lane 1 columns 4 to 7 and 20 to 23. Codes are as
// they are, beyond K the zero point; scales and zero points of rows 0 and 8 are side
// by side.

// BYTES-LABEL: func @integers(
// BYTES-DAG:     arith.constant dense<"0x03030101010101010101010101010101"> : tensor<1x16xi8>
// BYTES-DAG:     arith.constant dense<"0x07070808080808080808080808080808"> : tensor<1x16xi8>
// CHECK-LABEL: func @integers(
// CHECK:         quant.group_matmul %{{.*}}, %{{.*}} scales(%{{.*}} : tensor<1x16xi8>) zeros(%{{.*}} : tensor<1x16xi8>) dequantize(%{{.*}}, %{{.*}} : tensor<4xf32>, tensor<9xf32>) outs(%{{.*}}) {fragment_order, group_size = 128 : i64} : tensor<4x18xi8>, tensor<1x1x512xi8>
// CHECK:         quant.group_matmul %{{.*}}#0, {{.*}} {fragment_order, group_size = 128 : i64, input_bits = 4 : i64}
func.func @integers(%q: tensor<4x18xi8>, %x: tensor<4x18xf32>, %sx: tensor<4xf32>, %sw: tensor<9xf32>, %y: tensor<4x9xf32>,
                    %qi: tensor<4x18xi8>) -> (tensor<4x9xf32>, tensor<4x9xf32>) {
  %c = arith.constant dense_resource<w.ints> : tensor<9x9xi8>
  %s = arith.constant dense<[[3], [1], [1], [1], [1], [1], [1], [1], [3]]> : tensor<9x1xi8>
  %z = arith.constant dense<[[-1], [0], [0], [0], [0], [0], [0], [0], [-1]]> : tensor<9x1xi4>
  %0 = quant.group_matmul %q, %c scales(%s : tensor<9x1xi8>) zeros(%z : tensor<9x1xi4>) dequantize(%sx, %sw : tensor<4xf32>, tensor<9xf32>)
      outs(%y : tensor<4x9xf32>) {group_size = 18 : i64} : tensor<4x18xi8>, tensor<9x9xi8> -> tensor<4x9xf32>
  %a:2 = quant.quantize %x outs(%qi, %sx : tensor<4x18xi8>, tensor<4xf32>) {bits = 4 : i64} : tensor<4x18xf32> -> tensor<4x18xi8>, tensor<4xf32>
  %1 = quant.group_matmul %a#0, %c dequantize(%a#1, %sw : tensor<4xf32>, tensor<9xf32>)
      outs(%y : tensor<4x9xf32>) {group_size = 18 : i64} : tensor<4x18xi8>, tensor<9x9xi8> -> tensor<4x9xf32>
  return %0, %1 : tensor<4x9xf32>, tensor<4x9xf32>
}

// So are those that quant-fuse-producers made.

// CHECK-LABEL: func @fused_integers(
// CHECK:         quant.group_matmul %{{.*}}#0, {{.*}} {fragment_order, group_size = 128 : i64, input_bits = 4 : i64}
func.func @fused_integers(%x: tensor<4x18xf32>, %sx: tensor<4xf32>, %sw: tensor<9xf32>, %y: tensor<4x9xf32>, %qi: tensor<4x18xi8>)
    -> tensor<4x9xf32> {
  %c = arith.constant dense_resource<w.ints> : tensor<9x9xi8>
  %a:2 = quant.quantize_rows ins(%x : tensor<4x18xf32>) outs(%qi, %sx : tensor<4x18xi8>, tensor<4xf32>) reductions [] {
  ^bb0(%v: f32):
    %0 = arith.negf %v : f32
    quant.yield %0 : f32
  } {bits = 4 : i64} -> tensor<4x18xi8>, tensor<4xf32>
  %1 = quant.group_matmul %a#0, %c dequantize(%a#1, %sw : tensor<4xf32>, tensor<9xf32>)
      outs(%y : tensor<4x9xf32>) {group_size = 18 : i64} : tensor<4x18xi8>, tensor<9x9xi8> -> tensor<4x9xf32>
  return %1 : tensor<4x9xf32>
}

// What has no packed form, and why.

// CHECK-LABEL: func @kept(
// CHECK-NOT:     fragment_order
// REMARK: Reason="groups of 48 weights are no multiple of 32, 64 or 128, which kernels know"
// REMARK: Reason="a code times its group's scale does not fit into 8 bits"
// REMARK: Reason="its weight has 8 bits, and only 4-bit ones have this order"
// REMARK: Reason="its weight is no constant"
func.func @kept(%x: tensor<4x64xf16>, %q: tensor<4x64xi8>, %w: tensor<2x64xi4>, %t: tensor<f32>, %sw: tensor<2xf32>,
                %y: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>) {
  %c = arith.constant dense<1> : tensor<2x64xi4>
  %c8 = arith.constant dense<1> : tensor<2x64xi8>
  %s = arith.constant dense<1.0> : tensor<2x2xf32>
  %0 = quant.group_matmul %x, %c scales(%s : tensor<2x2xf32>) outs(%y : tensor<4x2xf32>) {group_size = 48 : i64}
      : tensor<4x64xf16>, tensor<2x64xi4> -> tensor<4x2xf32>
  %s8 = arith.constant dense<[[1], [127]]> : tensor<2x1xi8>
  %c2 = arith.constant dense<2> : tensor<2x64xi4>
  %1 = quant.group_matmul %q, %c2 scales(%s8 : tensor<2x1xi8>) dequantize(%t, %sw : tensor<f32>, tensor<2xf32>) outs(%y : tensor<4x2xf32>)
      {group_size = 64 : i64} : tensor<4x64xi8>, tensor<2x64xi4> -> tensor<4x2xf32>
  %2 = quant.group_matmul %x, %c8 scales(%s : tensor<2x2xf32>) outs(%y : tensor<4x2xf32>) {group_size = 32 : i64, bits = 8 : i64}
      : tensor<4x64xf16>, tensor<2x64xi8> -> tensor<4x2xf32>
  %3 = quant.group_matmul %x, %w scales(%s : tensor<2x2xf32>) outs(%y : tensor<4x2xf32>) {group_size = 32 : i64}
      : tensor<4x64xf16>, tensor<2x64xi4> -> tensor<4x2xf32>
  return %0, %1, %2, %3 : tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>
}

// CHECK-DAG: w.weight_packed.fragments: "0x4000000080BB91BB888888888888888888888888A2BBB3BB888888888888888888888888C4BBD5BB888888888888888888888888E6BBF7BB888888888888888888888888BB88BB888888
// CHECK-DAG: w.ints.fragments: "0x400000000819FAFBFFFFFFFF3333F3F3FFFFFFFFFCFDFEFFFFFFFFFFF3F3F3F3
// CHECK-DAG: w.weight_scale.fragments: "0x400000000000803F00008040000000410000803F
{-#
  dialect_resources: {
    builtin: {
      w.ints: "0x0100000098BADCFE1032547610000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000333333333333333333",
      w.weight_packed: "0x0100000098BADCFE1032547633333333333333330000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003333333333333333",
      w.weight_scale: "0x040000000000803F000080400000803F0000803F0000803F0000803F0000803F0000803F00000041"
    }
  }
#-}
