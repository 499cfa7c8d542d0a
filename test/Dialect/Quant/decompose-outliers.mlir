// RUN: quant-opt %s --quant-decompose-outliers | FileCheck %s
// RUN: quant-opt %s --quant-decompose-outliers --quant-quantize=activations=per-token --canonicalize | FileCheck %s --check-prefix=QUANTIZED
// RUN: quant-opt %s --quant-decompose-outliers=observe-outliers | FileCheck %s --check-prefix=OBSERVED
// RUN: quant-opt %s --quant-decompose-outliers=observe-outliers --quant-quantize --canonicalize | FileCheck %s --check-prefix=INTEGER
// RUN: quant-opt %s --quant-decompose-outliers=threshold=50 | FileCheck %s --check-prefix=NONE

// Outliers that are linears of their own are not taken apart again.
// RUN: quant-opt %s --quant-decompose-outliers=observe-outliers -o %t.once
// RUN: quant-opt %t.once --quant-decompose-outliers=observe-outliers -o %t.twice
// RUN: diff %t.once %t.twice

// What another threshold takes out of the rest has names of its own.
// RUN: quant-opt %s --quant-decompose-outliers="observe-outliers threshold=6.5" --quant-decompose-outliers="observe-outliers threshold=2.5" | FileCheck %s --check-prefix=AGAIN
// RUN: quant-opt %s --quant-decompose-outliers=threshold=6.5 --quant-decompose-outliers=threshold=2.5 | FileCheck %s --check-prefix=FLOATS

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#xk = affine_map<(d0, d1, d2) -> (d0, d2)>
#wk = affine_map<(d0, d1, d2) -> (d1, d2)>
#y = affine_map<(d0, d1, d2) -> (d0, d1)>

// Channels 1 and 3 exceed 6, channel 0 equals it. Two linears share the parts
// of the input; the sum stands behind the bias.

// CHECK-LABEL: func @group(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32>
// CHECK:         %[[MASK:.*]] = arith.constant dense<[1.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<4xf32>
// CHECK:         %[[REST:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[MASK]] : tensor<?x4xf32>, tensor<4xf32>)
// CHECK:           arith.select
// CHECK:         %[[CHANNELS:.*]] = arith.constant dense<[1, 3]> : tensor<2xi64>
// CHECK:         %[[O:.*]] = quant.observe %[[REST]] "q.input" {absmax = dense<[6.000000e+00, 0.000000e+00, 2.000000e+00, 0.000000e+00]> : tensor<4xf32>, mean_abs = dense<[1.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<4xf32>, moment2 =
// CHECK:         %[[W:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 0.000000e+00, 3.000000e+00, 0.000000e+00]]> : tensor<1x4xf32>
// CHECK:         %[[Q:.*]] = linalg.matmul {{.*}} ins(%[[O]], %[[W]] :
// CHECK:         %[[QB:.*]] = linalg.generic {{.*}} ins(%[[Q]],
// CHECK:         %[[WO:.*]] = arith.constant dense<{{\[\[}}2.000000e+00, 4.000000e+00]]> : tensor<1x2xf32>
// CHECK:         %[[QS:.*]] = quant.outlier_matmul %[[X]], %[[WO]] channels(%[[CHANNELS]] : tensor<2xi64>) add(%[[QB]] : tensor<?x1xf32>)
// CHECK:         %[[V:.*]] = arith.constant dense<{{\[\[}}5.000000e+00, 0.000000e+00, 7.000000e+00, 0.000000e+00]]>
// CHECK:         %[[K:.*]] = linalg.matmul {{.*}} ins(%[[O]], %[[V]] :
// CHECK:         %[[VO:.*]] = arith.constant dense<{{\[\[}}6.000000e+00, 8.000000e+00]]>
// CHECK:         %[[KS:.*]] = quant.outlier_matmul %[[X]], %[[VO]] channels(%[[CHANNELS]] : {{.*}}) add(%[[K]] :
// CHECK:         return %[[QS]], %[[KS]]

// The float product is no linear that would be quantized.

// QUANTIZED-LABEL: func @group(
// QUANTIZED:       %[[CODES:.*]]:2 = quant.quantize
// QUANTIZED:       %[[Q:.*]] = quant.matmul %[[CODES]]#0, {{.*}} bias(
// QUANTIZED:       quant.outlier_matmul {{.*}} add(%[[Q]] :
// QUANTIZED:       %[[K:.*]] = quant.matmul %[[CODES]]#0
// QUANTIZED:       quant.outlier_matmul {{.*}} add(%[[K]] :

// Observed outliers are linears like others: their products have destinations of
// zeros and are added behind the bias.

// OBSERVED-LABEL: func @group(
// OBSERVED:       %[[OUTLIERS:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?x2xf32>)
// OBSERVED:       %[[OO:.*]] = quant.observe %[[OUTLIERS]] "q.input.outliers" {absmax = dense<[9.000000e+00, 4.000000e+01]> : tensor<2xf32>, mean_abs = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>, moment2 =
// OBSERVED:       %[[FILL:.*]] = linalg.fill
// OBSERVED:       %[[QB:.*]] = linalg.generic
// OBSERVED:       %[[QO:.*]] = linalg.matmul {{.*}} ins(%[[OO]], %{{.*}} : tensor<?x2xf32>, tensor<1x2xf32>) outs(%[[FILL]] :
// OBSERVED:       linalg.generic {{.*}} ins(%[[QB]], %[[QO]] :
// OBSERVED-NEXT:  ^bb0
// OBSERVED-NEXT:    arith.addf

// INTEGER-LABEL: func @group(
// INTEGER-DAG:     %[[Q:.*]] = quant.matmul {{.*}} bias(
// INTEGER-DAG:     %[[QO:.*]] = quant.matmul {{.*}} tensor<?x2xi8>, tensor<1x2xi8>
// INTEGER:         linalg.generic {{.*}} ins(%[[Q]], %[[QO]] :
// INTEGER-NOT:     linalg.matmul
// INTEGER:         return

// NONE-LABEL: func @group(
// NONE-SAME:    %[[X:.*]]: tensor<?x4xf32>
// NONE:         quant.observe %[[X]]
// NONE-COUNT-2: linalg.matmul
// NONE-NOT:     linalg.matmul
// NONE:         return
func.func @group(%x: tensor<?x4xf32>, %e: tensor<?x1xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %v = arith.constant dense<[[5.0, 6.0, 7.0, 8.0]]> : tensor<1x4xf32>
  %b = arith.constant dense<[0.5]> : tensor<1xf32>
  %o = quant.observe %x "q.input" {absmax = dense<[6.0, 9.0, 2.0, 40.0]> : tensor<4xf32>,
      mean_abs = dense<[1.0, 1.0, 1.0, 2.0]> : tensor<4xf32>, moment2 = dense<1.0> : tensor<4x4xf32>} : tensor<?x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x1xf32>) -> tensor<?x1xf32>
  %q = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%o, %w : tensor<?x4xf32>, tensor<1x4xf32>) outs(%f : tensor<?x1xf32>) -> tensor<?x1xf32>
  %qb = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %b : tensor<?x1xf32>, tensor<1xf32>) outs(%e : tensor<?x1xf32>) {
  ^bb0(%a: f32, %c: f32, %d: f32):
    %s = arith.addf %a, %c : f32
    linalg.yield %s : f32
  } -> tensor<?x1xf32>
  %k = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%o, %v : tensor<?x4xf32>, tensor<1x4xf32>) outs(%f : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %qb, %k : tensor<?x1xf32>, tensor<?x1xf32>
}

// Both parts keep all statistics: the rest's large ones are divided by infinity
// in the outlier channels, the outliers' are selected. A reach of all channels
// together goes.

// CHECK-LABEL: func @statistics(
// CHECK: quant.observe {{.*}} "s.input" {absmax = dense<[0.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<3xf32>,
// CHECK-SAME: histogram = dense<7> : tensor<3x128xi32>,
// CHECK-SAME: max = dense<[0.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<3xf32>,
// CHECK-SAME: min = dense<[0.000000e+00, -5.000000e-01, -0.000000e+00]> : tensor<3xf32>,
// CHECK-SAME: moment2 = dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00, 5.000000e+00], [3.000000e+00, 5.000000e+00, 6.000000e+00]]> : tensor<3x3xf32>,
// CHECK-SAME: moment_scale = dense<[0x7F800000, 4.000000e+00, 0x7F800000]> : tensor<3xf32>,
// CHECK-SAME: sample = dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00], [4.000000e+00, 5.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>,
// CHECK-SAME: samples = 2 : i64, tokens = 896 : i64} : tensor<?x3xf32>

// OBSERVED-LABEL: func @statistics(
// OBSERVED: quant.observe {{.*}} "s.input.outliers" {absmax = dense<[9.000000e+00, 8.000000e+00]> : tensor<2xf32>,
// OBSERVED-SAME: histogram = dense_resource<{{.*}}> : tensor<2x128xi32>,
// OBSERVED-SAME: max = dense<[9.000000e+00, 8.000000e+00]> : tensor<2xf32>,
// OBSERVED-SAME: min = dense<[0.000000e+00, -1.000000e+00]> : tensor<2xf32>,
// OBSERVED-SAME: moment2 = dense<{{\[\[}}1.000000e+00, 3.000000e+00], [3.000000e+00, 6.000000e+00]]> : tensor<2x2xf32>,
// OBSERVED-SAME: moment_scale = dense<[2.000000e+00, 8.000000e+00]> : tensor<2xf32>,
// OBSERVED-SAME: sample = dense<{{\[\[}}1.000000e+00, 3.000000e+00], [4.000000e+00, 6.000000e+00]]> : tensor<2x2xf32>,
// OBSERVED-SAME: samples = 2 : i64, tokens = 896 : i64} : tensor<?x2xf32>
func.func @statistics(%x: tensor<?x3xf32>, %e: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %o = quant.observe %x "s.input" {absmax = dense<[9.0, 1.0, 8.0]> : tensor<3xf32>, clip = 4.0 : f32,
      min = dense<[0.0, -0.5, -1.0]> : tensor<3xf32>, max = dense<[9.0, 1.0, 8.0]> : tensor<3xf32>,
      histogram = dense<7> : tensor<3x128xi32>, moment2 = dense<[[1.0, 2.0, 3.0], [2.0, 4.0, 5.0], [3.0, 5.0, 6.0]]> : tensor<3x3xf32>,
      moment_scale = dense<[2.0, 4.0, 8.0]> : tensor<3xf32>, sample = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>,
      samples = 2 : i64, tokens = 896 : i64} : tensor<?x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x1xf32>) -> tensor<?x1xf32>
  %q = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%o, %w : tensor<?x3xf32>, tensor<1x3xf32>) outs(%f : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %q : tensor<?x1xf32>
}

// A parameter keeps its name, and so does what was split off.

// CHECK-LABEL: func @named(
// CHECK:         arith.constant dense_resource<"fc.weight@2"> : tensor<1x3xf16>
// CHECK:         arith.constant dense_resource<fc.weight_outliers> : tensor<1x1xf16>
// CHECK-DAG:     "fc.weight@2": "0x40000000003C00000042"
// CHECK-DAG:     fc.weight_outliers: "0x400000000040"
// OBSERVED-LABEL: func @named(
// OBSERVED:         arith.constant dense_resource<fc.outliers.weight> : tensor<1x1xf16>
// AGAIN-LABEL: func @named(
// AGAIN-DAG:     quant.observe %{{.*}} "fc.input.outliers" {absmax = dense<7.000000e+00>
// AGAIN-DAG:     quant.observe %{{.*}} "fc.input.outliers_2" {absmax = dense<3.000000e+00>
// AGAIN-DAG:     arith.constant dense_resource<fc.outliers.weight> : tensor<1x1xf16>
// AGAIN-DAG:     arith.constant dense_resource<fc.outliers_2.weight> : tensor<1x1xf16>
// AGAIN:         return
// FLOATS-LABEL: func @named(
// FLOATS-DAG:     arith.constant dense_resource<fc.weight_outliers> : tensor<1x1xf16>
// FLOATS-DAG:     arith.constant dense_resource<fc.weight_outliers_2> : tensor<1x1xf16>
func.func @named(%x: tensor<2x3xf16>) -> tensor<2x1xf16> {
  %zero = arith.constant 0.0 : f16
  %w = arith.constant dense_resource<"fc.weight"> : tensor<1x3xf16>
  %o = quant.observe %x "fc.input" {absmax = dense<[1.0, 7.0, 3.0]> : tensor<3xf32>} : tensor<2x3xf16>
  %e = tensor.empty() : tensor<2x1xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<2x1xf16>) -> tensor<2x1xf16>
  %y = linalg.matmul indexing_maps = [#xk, #wk, #y] ins(%o, %w : tensor<2x3xf16>, tensor<1x3xf16>) outs(%f : tensor<2x1xf16>) -> tensor<2x1xf16>
  return %y : tensor<2x1xf16>
}

{-#
  dialect_resources: {
    builtin: {
      "fc.weight": "0x02000000003C00400042"
    }
  }
#-}
