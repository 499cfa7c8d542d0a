// RUN: quant-opt %s --quant-fold-scales --canonicalize --split-input-file | FileCheck %s

// What ops compute from constants is evaluated as they would compute it, op by
// op in their types, and then divided by the scale [2, 4].

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#vec = affine_map<(d0) -> (d0)>
#none = affine_map<(d0) -> ()>

// w = [4, 9]: rsqrt gives [1/2, 1/3], and f32 rounds 1/3 to 0x3EAAAAAB. 1 minus
// that lies half-way between two floats, so it becomes the even one, 0x3F2AAAAA,
// where 2/3 itself is 0x3F2AAAAB.
// CHECK-LABEL: func @rounds(
// CHECK: arith.constant dense<[2.500000e-01, 0.166666657]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @rounds(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %one = arith.constant 1.0 : f32
  %w = arith.constant dense<[4.0, 9.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %ve = tensor.empty() : tensor<2xf32>
  %g = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]}
      ins(%w : tensor<2xf32>) outs(%ve : tensor<2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.rsqrt %a : f32
    %2 = arith.negf %1 : f32
    %3 = arith.addf %2, %one : f32
    linalg.yield %3 : f32
  } -> tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2 : tensor<4x2xf32>
}

// -----

// exp(0) = 1, log(1) = 0, tanh(0) = 0, erf(0) = 0 and 2^3 = 8, chosen by a
// comparison: w = [0, 1] gives [1 + 8, 0 + 8], and the maximum with 8.5 of both
// [9, 8.5].

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#vec = affine_map<(d0) -> (d0)>
#none = affine_map<(d0) -> ()>

// CHECK-LABEL: func @functions(
// CHECK: arith.constant dense<[4.500000e+00, 2.125000e+00]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @functions(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %half = arith.constant 0.5 : f32
  %three = arith.constant 3.0 : f32
  %two = arith.constant dense<2.0> : tensor<f32>
  %least = arith.constant dense<8.5> : tensor<2xf32>
  %w = arith.constant dense<[0.0, 1.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %ve = tensor.empty() : tensor<2xf32>
  %g = linalg.generic {indexing_maps = [#vec, #none, #vec], iterator_types = ["parallel"]}
      ins(%w, %two : tensor<2xf32>, tensor<f32>) outs(%ve : tensor<2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = math.exp %a : f32
    %2 = math.log %a : f32
    %3 = arith.cmpf olt, %a, %half : f32
    %4 = arith.select %3, %1, %2 : f32
    %5 = math.powf %b, %three : f32
    %6 = arith.addf %4, %5 : f32
    %7 = arith.subf %a, %a : f32
    %8 = math.tanh %7 : f32
    %9 = math.erf %7 : f32
    %10 = arith.addf %8, %9 : f32
    %11 = arith.addf %6, %10 : f32
    linalg.yield %11 : f32
  } -> tensor<2xf32>
  %m = linalg.max ins(%g, %least : tensor<2xf32>, tensor<2xf32>) outs(%ve : tensor<2xf32>) -> tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = math.erf %a : f32
    %2 = arith.mulf %1, %b : f32
    linalg.yield %2 : f32
  } -> tensor<4x2xf32>
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2 : tensor<4x2xf32>
}

// -----

// 1 + w in bf16 and widened: 1 + 2^-9 is 1 there. Then a transpose and a
// reshape on the way.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#in = affine_map<(d0, d1) -> (d1, d0)>

// CHECK-LABEL: func @moves(
// CHECK: arith.constant dense<[1.000000e+00, 5.000000e-01]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @moves(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %one = arith.constant 1.0 : bf16
  %w = arith.constant dense<[[1.0], [1.0]]> : tensor<2x1xbf16>
  %tiny = arith.constant dense<[[0.001953125], [0.001953125]]> : tensor<2x1xbf16>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %ve = tensor.empty() : tensor<1x2xf32>
  %g = linalg.generic {indexing_maps = [#in, #in, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w, %tiny : tensor<2x1xbf16>, tensor<2x1xbf16>) outs(%ve : tensor<1x2xf32>) {
  ^bb0(%a: bf16, %b: bf16, %o: f32):
    %1 = arith.addf %a, %b : bf16
    %2 = arith.addf %1, %one : bf16
    %3 = arith.extf %2 : bf16 to f32
    linalg.yield %3 : f32
  } -> tensor<1x2xf32>
  %c = tensor.collapse_shape %g [[0, 1]] : tensor<1x2xf32> into tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %c : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2 : tensor<4x2xf32>
}
