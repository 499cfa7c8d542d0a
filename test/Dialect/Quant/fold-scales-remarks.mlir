// RUN: quant-opt %s --quant-fold-scales --split-input-file --verify-diagnostics --remarks-filter=quant-fold-scales | FileCheck %s

// Every scale here must stay where it is, and the remark says what stops it.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @gelu(
// CHECK: quant.smooth
func.func @gelu(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = math.erf %1 : f32
    %3 = arith.mulf %1, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{math.erf of a scaled value is not the scaled value of it}}
  %4 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %4 : tensor<4x2xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>

// A value that also feeds something else.
// CHECK-LABEL: func @residual(
// CHECK: quant.smooth
func.func @residual(%x: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{the scaled value also feeds func.return}}
  %4 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %4, %0 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// CHECK-LABEL: func @argument(
// CHECK: quant.smooth
func.func @argument(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  // expected-remark@+1 {{the scale reaches an argument of the function}}
  %0 = quant.smooth %x by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

// A choice by an unscaled threshold: x > 1 changes when x is scaled.

#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @threshold(
// CHECK: quant.smooth
func.func @threshold(%in: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %x_g = arith.constant dense<3.0> : tensor<4x2xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%in, %x_g : tensor<4x2xf32>, tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.cmpf ogt, %a, %one : f32
    %2 = arith.select %1, %a, %zero : f32
    linalg.yield %2 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{arith.cmpf of a scaled value is not the scaled value of it}}
  %3 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %3 : tensor<4x2xf32>
}

// -----

// A literal in a sum, and a destination that is added to and not 0.

#id = affine_map<(d0, d1) -> (d0, d1)>
#in = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#out = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @literals(
// CHECK: quant.smooth
// CHECK: quant.smooth
func.func @literals(%arg: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %one = arith.constant 1.0 : f32
  %x3 = arith.constant dense<3.0> : tensor<4x2x5xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %x_g = arith.constant dense<3.0> : tensor<4x2xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%arg, %x_g : tensor<4x2xf32>, tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %a, %one : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{arith.addf of a scaled value is not the scaled value of it}}
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  %3 = linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x3 : tensor<4x2x5xf32>) outs(%arg : tensor<4x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %4 = arith.addf %a, %o : f32
    linalg.yield %4 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{the scale reaches an argument of the function}}
  %5 = quant.smooth %3 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2, %5 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// A product of reduced elements is of a higher degree; a value that the body
// captures does not take the scale.

#in = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#out = affine_map<(d0, d1, d2) -> (d0, d1)>
#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @degrees(
// CHECK: quant.smooth
// CHECK: quant.smooth
func.func @degrees(%arg: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %one = arith.constant 1.0 : f32
  %x = arith.constant dense<3.0> : tensor<4x2x5xf32>
  %w = arith.constant dense<3.0> : tensor<4x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%one : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<4x2x5xf32>) outs(%f : tensor<4x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.mulf %a, %a : f32
    %2 = arith.addf %1, %o : f32
    linalg.yield %2 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{arith.addf of a scaled value is not the scaled value of it}}
  %3 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  %4 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%e : tensor<4x2xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %5 = tensor.extract %w[%i, %j] : tensor<4x2xf32>
    linalg.yield %5 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{no choice of its operands scales the result alike}}
  %6 = quant.smooth %4 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %3, %6 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// Scales that differ where a broadcast needs them equal, and a broadcast along
// every scaled dimension.

#row = affine_map<(d0, d1) -> (d0)>
#vec = affine_map<(d0) -> (d0)>
#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @ties(
// CHECK: quant.smooth
// CHECK: quant.smooth
func.func @ties(%in: tensor<2xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %ve = tensor.empty() : tensor<2xf32>
  %x_g = arith.constant dense<3.0> : tensor<2xf32>
  %x = linalg.generic {indexing_maps = [#vec, #vec, #vec], iterator_types = ["parallel"]}
      ins(%in, %x_g : tensor<2xf32>, tensor<2xf32>) outs(%ve : tensor<2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<2xf32>
  %s = arith.constant dense<[[2.0, 2.0, 2.0], [4.0, 4.0, 8.0]]> : tensor<2x3xf32>
  %t = arith.constant dense<[2.0, 2.0, 4.0]> : tensor<3xf32>
  %e = tensor.empty() : tensor<2x3xf32>
  %0 = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<2x3xf32>
  // expected-remark@+1 {{channels that must share a scale differ: channel 5 has 8.000000e+00, expected 4.000000e+00}}
  %1 = quant.smooth %0 by %s along [0, 1] : tensor<2x3xf32>, tensor<2x3xf32>
  %z_g = arith.constant dense<3.0> : tensor<2xf32>
  %z = linalg.generic {indexing_maps = [#vec, #vec, #vec], iterator_types = ["parallel"]}
      ins(%in, %z_g : tensor<2xf32>, tensor<2xf32>) outs(%ve : tensor<2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<2xf32>
  %2 = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%z : tensor<2xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<2x3xf32>
  // expected-remark@+1 {{repeats an operand along a scaled dimension, and channels that must share a scale differ: channel 2 has 4.000000e+00, expected 2.000000e+00}}
  %3 = quant.smooth %2 by %t along [1] : tensor<2x3xf32>, tensor<3xf32>
  return %1, %3 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Weights without data.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
ml_program.global private @"norm.weight"(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @"fc.weight"(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>

// CHECK-LABEL: func @unbound(
// CHECK: quant.fuse_scale
// CHECK: quant.smooth
func.func @unbound(%x: tensor<4x2xf32>, %c: tensor<2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %g = ml_program.global_load_const @"norm.weight" : tensor<2xf32>
  %w = ml_program.global_load_const @"fc.weight" : tensor<2x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  // expected-remark@+1 {{the scale of fc.weight stays}}
  %0 = quant.fuse_scale %w by %s along [1] : tensor<2x2xf32>, tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %1 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %3 = arith.mulf %a, %b : f32
    linalg.yield %3 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{norm.weight has no data; run quant-bind-weights}}
  %2 = quant.smooth %1 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  // expected-remark@+1 {{the scale is not a constant}}
  %4 = quant.fuse_scale %w by %c along [1] : tensor<2x2xf32>, tensor<2xf32>
  return %2, %0, %4 : tensor<4x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// A scale that folds says what absorbed it.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @folds(
// CHECK-NOT: quant.smooth
func.func @folds(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %g = arith.constant dense_resource<norm.weight> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{the scale of q.input folds into norm.weight}}
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  %3 = quant.observe %2 "q.input" : tensor<4x2xf32>
  return %3 : tensor<4x2xf32>
}

// Without an observer the first linear names the scale.
// CHECK-LABEL: func @first_linear(
// CHECK-NOT: quant.smooth
#nk = affine_map<(m, n, k) -> (n, k)>
#mk = affine_map<(m, n, k) -> (m, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
func.func @first_linear(%x: tensor<4x2xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>) {
  %g = arith.constant dense_resource<norm.weight> : tensor<2xf32>
  %q = arith.constant dense_resource<q.weight> : tensor<1x2xf32>
  %k = arith.constant dense_resource<k.weight> : tensor<1x2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x2xf32>
  %e1 = tensor.empty() : tensor<4x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x1xf32>) -> tensor<4x1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{Channels=2, FreeScales=2, Remark="the scale of q.input folds into norm.weight"}}
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  %3 = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%2, %q : tensor<4x2xf32>, tensor<1x2xf32>) outs(%f : tensor<4x1xf32>) -> tensor<4x1xf32>
  %4 = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%2, %k : tensor<4x2xf32>, tensor<1x2xf32>) outs(%f : tensor<4x1xf32>) -> tensor<4x1xf32>
  return %3, %4 : tensor<4x1xf32>, tensor<4x1xf32>
}

{-#
  dialect_resources: {
    builtin: {
      norm.weight: "0x040000000000803F0000803F",
      q.weight: "0x040000000000803F0000803F",
      k.weight: "0x040000000000803F0000803F"
    }
  }
#-}

// -----

// The second accumulator is unused outside, but the body reads it.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @two_accumulators(
// CHECK: quant.smooth
func.func @two_accumulators(%x: tensor<3x2xf32>) -> tensor<2xf32> {
  %w = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %e2 = tensor.empty() : tensor<2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : tensor<3x2xf32>, tensor<2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<3x2xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<2xf32>) -> tensor<2xf32>
  %f1 = linalg.fill ins(%one : f32) outs(%e2 : tensor<2xf32>) -> tensor<2xf32>
  %1:2 = linalg.generic {indexing_maps = [#id, #ch, #ch], iterator_types = ["reduction", "parallel"]}
      ins(%0 : tensor<3x2xf32>) outs(%f0, %f1 : tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%a: f32, %sum: f32, %previous: f32):
    %p = arith.mulf %a, %previous : f32
    %q = arith.addf %sum, %p : f32
    linalg.yield %q, %a : f32, f32
  } -> (tensor<2xf32>, tensor<2xf32>)
  // expected-remark@+1 {{stays}}
  %y = quant.smooth %1#0 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// Negative padding crops.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @crop(
// CHECK: quant.smooth
func.func @crop(%x: tensor<4x8xf32>) -> tensor<4x5xf32> {
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  %s = arith.constant dense<[2.0, 4.0, 8.0, 16.0, 32.0]> : tensor<5xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<4x8xf32>
  %1 = tensor.pad %0 low[0, -2] high[0, -1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x8xf32> to tensor<4x5xf32>
  // expected-remark@+1 {{it cuts off what it does not pad}}
  %y = quant.smooth %1 by %s along [1] : tensor<4x5xf32>, tensor<5xf32>
  return %y : tensor<4x5xf32>
}

// -----

// A constant leaves the range of its type: 60000 * 2, and 1e-4 / 4 in a channel
// of its own; beside 1.0 an element may become subnormal.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#row = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func @range(
// CHECK: quant.fuse_scale
// CHECK: quant.smooth
// CHECK-NOT: quant.smooth
func.func @range(%x: tensor<2x2xf16>) -> (tensor<2x2xf16>, tensor<2x2xf16>, tensor<2x2xf16>) {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<[[60000.0, 1.0], [1.0, 1.0]]> : tensor<2x2xf16>
  // expected-remark@+1 {{a constant would overflow in f16; keep it in a wider type}}
  %0 = quant.fuse_scale %w by %s along [1] : tensor<2x2xf16>, tensor<2xf32>
  %g = arith.constant dense<[1.0, 1.0e-4]> : tensor<2xf16>
  %e = tensor.empty() : tensor<2x2xf16>
  %1 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<2x2xf16>, tensor<2xf16>) outs(%e : tensor<2x2xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %m = arith.mulf %a, %b : f16
    linalg.yield %m : f16
  } -> tensor<2x2xf16>
  // expected-remark@+1 {{a constant would underflow in f16; keep it in a wider type}}
  %2 = quant.smooth %1 by %s along [1] : tensor<2x2xf16>, tensor<2xf32>
  %h = arith.constant dense<[[1.0, 1.0e-4], [1.0, 1.0]]> : tensor<2x2xf16>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %h : tensor<2x2xf16>, tensor<2x2xf16>) outs(%e : tensor<2x2xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %m = arith.mulf %a, %b : f16
    linalg.yield %m : f16
  } -> tensor<2x2xf16>
  // expected-remark@+1 {{folds into a constant}}
  %4 = quant.smooth %3 by %s along [1] : tensor<2x2xf16>, tensor<2xf32>
  return %0, %2, %4 : tensor<2x2xf16>, tensor<2x2xf16>, tensor<2x2xf16>
}

// -----

// A value computed from constants is named by the parameter that has no data; an
// op that is not known at compile time ends no way.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#vec = affine_map<(d0) -> (d0)>
ml_program.global private @"norm.weight"(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>

// CHECK-LABEL: func @expressions(
// CHECK: quant.smooth
// CHECK: quant.smooth
func.func @expressions(%x: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %one = arith.constant 1.0 : f32
  %w = ml_program.global_load_const @"norm.weight" : tensor<2xf32>
  %v = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %ve = tensor.empty() : tensor<2xf32>
  %g = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]}
      ins(%w : tensor<2xf32>) outs(%ve : tensor<2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %a, %one : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  %h = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]}
      ins(%v : tensor<2xf32>) outs(%ve : tensor<2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.cos %a : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf32>, tensor<2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{norm.weight has no data; run quant-bind-weights}}
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  %3 = linalg.generic {indexing_maps = [#ch, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h, %x : tensor<2xf32>, tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  // expected-remark@+1 {{math.cos of a scaled value is not the scaled value of it}}
  %4 = quant.smooth %3 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2, %4 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// A smoothing and the scalings of its linears' weights are one transaction: the
// weight k would overflow, so q and the norm, which could fold, stay as well.
// A weight of another smoothing is not concerned.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @transaction(
// CHECK-COUNT-2: quant.fuse_scale
// CHECK-NOT: quant.fuse_scale
// CHECK: quant.smooth
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @transaction(%x: tensor<4x2xf16>) -> (tensor<4x1xf16>, tensor<4x1xf16>, tensor<4x1xf16>) {
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %q = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf16>
  %k = arith.constant dense<[[1.0, 60000.0]]> : tensor<1x2xf16>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f16
  %e = tensor.empty() : tensor<4x2xf16>
  %e1 = tensor.empty() : tensor<4x1xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e1 : tensor<4x1xf16>) -> tensor<4x1xf16>
  // expected-remark@+1 {{a constant does not take its part: a constant would overflow in f16}}
  %qs = quant.fuse_scale %q by %s along [1] : tensor<1x2xf16>, tensor<2xf32>
  // expected-remark@+1 {{Reason="a constant would overflow in f16; keep it in a wider type"}}
  %ks = quant.fuse_scale %k by %s along [1] : tensor<1x2xf16>, tensor<2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf16>, tensor<2xf16>) outs(%e : tensor<4x2xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %1 = arith.mulf %a, %b : f16
    linalg.yield %1 : f16
  } -> tensor<4x2xf16>
  // expected-remark@+1 {{a constant does not take its part: a constant would overflow in f16; keep it in a wider type", Remark="the scale of q.input stays at its linears"}}
  %2 = quant.smooth %0 by %s along [1] : tensor<4x2xf16>, tensor<2xf32>
  %3 = quant.observe %2 "q.input" : tensor<4x2xf16>
  %4 = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%3, %qs : tensor<4x2xf16>, tensor<1x2xf16>) outs(%f : tensor<4x1xf16>) -> tensor<4x1xf16>
  %5 = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%3, %ks : tensor<4x2xf16>, tensor<1x2xf16>) outs(%f : tensor<4x1xf16>) -> tensor<4x1xf16>
  %6 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x2xf16>, tensor<2xf16>) outs(%e : tensor<4x2xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %1 = arith.mulf %a, %b : f16
    linalg.yield %1 : f16
  } -> tensor<4x2xf16>
  // expected-remark@+1 {{the scale of an activation folds into a constant}}
  %7 = quant.smooth %6 by %s along [1] : tensor<4x2xf16>, tensor<2xf32>
  %vs = quant.fuse_scale %q by %s along [1] : tensor<1x2xf16>, tensor<2xf32>
  %8 = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%7, %vs : tensor<4x2xf16>, tensor<1x2xf16>) outs(%f : tensor<4x1xf16>) -> tensor<4x1xf16>
  return %4, %5, %8 : tensor<4x1xf16>, tensor<4x1xf16>, tensor<4x1xf16>
}
