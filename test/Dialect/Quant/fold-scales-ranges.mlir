// RUN: quant-opt %s --quant-fold-scales --split-input-file --verify-diagnostics --remarks-filter=quant-fold-scales | FileCheck %s

// Values of f16 that a scale divides must stay finite, and must not vanish. What
// the linears read is the same either way; the other values on the scale's way
// are bounded by statistics, or by what becomes of them.

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// The linear gives up to 65504, and ten times as much is no f16.

// CHECK-LABEL: func @grows(
// CHECK: quant.smooth
func.func @grows(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %c = arith.constant 1.0e-03 : f16
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{values of linalg.matmul may overflow in f16, for they grow up to 10.0 times and only}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// bf16 and f32 have the range.

// CHECK-LABEL: func @grows_bf16(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @grows_bf16(%x: tensor<3x2xbf16>) -> tensor<3x2xbf16> {
  %zero = arith.constant 0.0 : bf16
  %c = arith.constant 1.0e-03 : bf16
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xbf16>
  %e = tensor.empty() : tensor<3x2xbf16>
  %f = linalg.fill ins(%zero : bf16) outs(%e : tensor<3x2xbf16>) -> tensor<3x2xbf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<3x2xbf16>, tensor<2x2xbf16>) outs(%f : tensor<3x2xbf16>) -> tensor<3x2xbf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xbf16>) outs(%e : tensor<3x2xbf16>) {
  ^bb0(%a: bf16, %o: bf16):
    %m = arith.mulf %a, %c : bf16
    linalg.yield %m : bf16
  } -> tensor<3x2xbf16>
  // expected-remark@+1 {{folds into a constant}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xbf16>, tensor<2xf32>
  return %1 : tensor<3x2xbf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// The same in f32.

// CHECK-LABEL: func @grows_f32(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @grows_f32(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant 0.0 : f32
  %c = arith.constant 1.0e-03 : f32
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%f : tensor<3x2xf32>) -> tensor<3x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.mulf %a, %c : f32
    linalg.yield %m : f32
  } -> tensor<3x2xf32>
  // expected-remark@+1 {{folds into a constant}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  return %1 : tensor<3x2xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Statistics bound the linear: 3 * 100 + 4 * 100, times 10.

// CHECK-LABEL: func @observed_input(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @observed_input(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %c = arith.constant 1.0e-03 : f16
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %in = quant.observe %x "up.input" {absmax = dense<100.0> : tensor<2xf32>} : tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{folds into a constant}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// These do not: 3 * 1000 + 4 * 1000, times 10, is 70000.

// CHECK-LABEL: func @large_input(
// CHECK: quant.smooth
func.func @large_input(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %c = arith.constant 1.0e-03 : f16
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %in = quant.observe %x "up.input" {absmax = dense<1000.0> : tensor<2xf32>} : tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{grow up to 10.0 times and only 7.00e+04 bounds them then}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// The row of the large weights has the large scale.

// CHECK-LABEL: func @per_channel(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @per_channel(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %c = arith.constant 1.0e-03 : f16
  %s = arith.constant dense<[0.1, 1.0]> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %in = quant.observe %x "up.input" {absmax = dense<1000.0> : tensor<2xf32>} : tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{folds into a constant}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// What the linears read is at most 0.5, so what is multiplied by 0.001 before is
// at most 500.

// CHECK-LABEL: func @observed_output(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @observed_output(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %c = arith.constant 1.0e-03 : f16
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %y = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<3x2xf16>, tensor<2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %m = arith.mulf %a, %b : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{folds into a constant}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  %2 = quant.observe %1 "down.input" {absmax = dense<0.5> : tensor<2xf32>} : tensor<3x2xf16>
  return %2 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Values shrink, and errors with them.

// CHECK-LABEL: func @shrinks(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @shrinks(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %c = arith.constant 1.0e-03 : f16
  %s = arith.constant dense<16.0> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{folds into a constant}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// An error of half a subnormal number, 3e-8, would be 3e-5 for the linears.

// CHECK-LABEL: func @vanishes(
// CHECK: quant.smooth
func.func @vanishes(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %c = arith.constant 1000.0 : f16
  %s = arith.constant dense<16.0> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{values of linalg.matmul may vanish in f16, for they shrink up to 16.0 times and errors grow up to 1.00e+03 times on the way}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// That is no more than what rounding costs the largest input, 10.

// CHECK-LABEL: func @vanishes_observed(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @vanishes_observed(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %c = arith.constant 1000.0 : f16
  %s = arith.constant dense<16.0> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %m = arith.mulf %a, %c : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{folds into a constant}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  %2 = quant.observe %1 "down.input" {absmax = dense<10.0> : tensor<2xf32>} : tensor<3x2xf16>
  return %2 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// What a norm multiplies is what the linears read.

// CHECK-LABEL: func @gain(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @gain(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %b = arith.constant dense<[8.0, -2.0]> : tensor<2xf16>
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g, %b : tensor<3x2xf16>, tensor<2xf16>, tensor<2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%n: f16, %gain: f16, %bias: f16, %o: f16):
    %m = arith.mulf %n, %gain : f16
    linalg.yield %m : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{the scale of an activation folds}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// With a bias the product is bounded by the sum and the bias.

// CHECK-LABEL: func @gain_and_bias(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @gain_and_bias(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %b = arith.constant dense<[8.0, -2.0]> : tensor<2xf16>
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g, %b : tensor<3x2xf16>, tensor<2xf16>, tensor<2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%n: f16, %gain: f16, %bias: f16, %o: f16):
    %m = arith.mulf %n, %gain : f16
    %y = arith.addf %m, %bias : f16
    linalg.yield %y : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{the scale of q.input folds}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  %2 = quant.observe %1 "q.input" {absmax = dense<30.0> : tensor<2xf32>} : tensor<3x2xf16>
  return %2 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Without statistics it is not.

// CHECK-LABEL: func @bias_unknown(
// CHECK: quant.smooth
func.func @bias_unknown(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %b = arith.constant dense<[8.0, -2.0]> : tensor<2xf16>
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g, %b : tensor<3x2xf16>, tensor<2xf16>, tensor<2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%n: f16, %gain: f16, %bias: f16, %o: f16):
    %m = arith.mulf %n, %gain : f16
    %y = arith.addf %m, %bias : f16
    linalg.yield %y : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{values of arith.mulf may overflow in f16, for they grow up to 10.0 times}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %1 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Values inside of bodies count: 1000 times what the linears read.

// CHECK-LABEL: func @inside_a_body(
// CHECK: quant.smooth
func.func @inside_a_body(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %g = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %b = arith.constant dense<[8.0, -2.0]> : tensor<2xf16>
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x2xf16>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g, %b : tensor<3x2xf16>, tensor<2xf16>, tensor<2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%n: f16, %gain: f16, %bias: f16, %o: f16):
    %k = arith.constant 1000.0 : f16
    %l = arith.constant 1.0e-03 : f16
    %m = arith.mulf %n, %gain : f16
    %p = arith.mulf %m, %k : f16
    %q = arith.mulf %p, %l : f16
    linalg.yield %q : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{values of arith.mulf may overflow in f16, for they grow up to 10.0 times and only}}
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  %2 = quant.observe %1 "q.input" {absmax = dense<70.0> : tensor<2xf32>} : tensor<3x2xf16>
  return %2 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Of attention, the values take the scale; the sum of their products is what the
// linear reads, and each product at most twice as large.

// CHECK-LABEL: func @values(
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @values(%x: tensor<3x2xf16>, %p: tensor<3x3xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %s = arith.constant dense<0.1> : tensor<2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %in = quant.observe %x "v.input" {absmax = dense<10.0> : tensor<2xf32>} : tensor<3x2xf16>
  %v = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  %y = linalg.matmul ins(%p, %v : tensor<3x3xf16>, tensor<3x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  // expected-remark@+1 {{the scale of o.input folds}}
  %1 = quant.smooth %y by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  %2 = quant.observe %1 "o.input" {absmax = dense<700.0> : tensor<2xf32>} : tensor<3x2xf16>
  return %2 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// That the terms of a sum cancel does not keep the first of them finite: 60 * 16000.

// CHECK-LABEL: func @cancels(
// CHECK: quant.smooth
func.func @cancels(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %zero = arith.constant 0.0 : f16
  %s = arith.constant dense<0.0625> : tensor<2xf32>
  %w = arith.constant dense<[[1000.0, -1000.0], [900.0, -900.0]]> : tensor<2x2xf16>
  %e = tensor.empty() : tensor<3x2xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<3x2xf16>) -> tensor<3x2xf16>
  %in = quant.observe %x "up.input" {absmax = dense<60.0> : tensor<2xf32>} : tensor<3x2xf16>
  %y = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%in, %w : tensor<3x2xf16>, tensor<2x2xf16>) outs(%f : tensor<3x2xf16>) -> tensor<3x2xf16>
  // expected-remark@+1 {{values of linalg.matmul may overflow in f16, for they grow up to 16.0 times and only 1.92e+06 bounds them then}}
  %1 = quant.smooth %y by %s along [1] : tensor<3x2xf16>, tensor<2xf32>
  %2 = quant.observe %1 "down.input" {absmax = dense<1600.0> : tensor<2xf32>} : tensor<3x2xf16>
  return %2 : tensor<3x2xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#ch = affine_map<(d0, d1) -> (d1)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// The gain is computed from constants. The second scale makes it 20.48, and the
// first would make it 2621, so that 64 times as much is no f16.

// CHECK-LABEL: func @stacked_on_expression(
// CHECK: quant.smooth
// CHECK-NOT: quant.smooth
// CHECK: return
func.func @stacked_on_expression(%x: tensor<3x2xf16>) -> tensor<3x2xf16> {
  %one = arith.constant 1.0 : f16
  %w = arith.constant dense<[-0.97, -0.96]> : tensor<2xf16>
  %s1 = arith.constant dense<0.0078125> : tensor<2xf32>
  %s2 = arith.constant dense<0.001953125> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x2xf16>
  %e1 = tensor.empty() : tensor<2xf16>
  %g = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%w : tensor<2xf16>) outs(%e1 : tensor<2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %r = arith.addf %a, %one : f16
    linalg.yield %r : f16
  } -> tensor<2xf16>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %k = arith.constant 64.0 : f16
    %q = math.tanh %a : f16
    %r = arith.mulf %q, %k : f16
    linalg.yield %r : f16
  } -> tensor<3x2xf16>
  %v = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t, %g : tensor<3x2xf16>, tensor<2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %r = arith.mulf %a, %b : f16
    linalg.yield %r : f16
  } -> tensor<3x2xf16>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%v : tensor<3x2xf16>) outs(%e : tensor<3x2xf16>) {
  ^bb0(%a: f16, %o: f16):
    %c = arith.constant 2.44140625e-04 : f16
    %r = arith.mulf %a, %c : f16
    linalg.yield %r : f16
  } -> tensor<3x2xf16>
  // expected-remark@+1 {{values of linalg.generic may overflow in f16, for they grow up to 128.0 times and only 1.68e+05 bounds them then}}
  %1 = quant.smooth %y by %s1 along [1] : tensor<3x2xf16>, tensor<2xf32>
  // expected-remark@+1 {{folds into a constant}}
  %2 = quant.smooth %1 by %s2 along [1] : tensor<3x2xf16>, tensor<2xf32>
  return %2 : tensor<3x2xf16>
}
