// RUN: quant-opt %s --quant-fold-scales --split-input-file --verify-diagnostics --remarks-filter-missed=quant-fold-scales | FileCheck %s

// One function for each kind of op that stops a scale although a constant is
// behind it. The scale stays, and the remark names the op.

// CHECK-LABEL: func @softmax(
// CHECK: quant.smooth
func.func @softmax(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<3x2xf32>, tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = linalg.softmax dimension(1) ins(%0 : tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  // expected-remark@+1 {{stopped at linalg.softmax}}
  %2 = quant.smooth %1 by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  return %2 : tensor<3x2xf32>
}

// -----

// CHECK-LABEL: func @exp(
// CHECK: quant.smooth
func.func @exp(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %1 = linalg.exp ins(%0 : tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  // expected-remark@+1 {{math.exp of a scaled value is not the scaled value of it}}
  %2 = quant.smooth %1 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

// A softmax written out: the sum over the scaled dimension ties all channels.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func @normalize(
// CHECK: quant.smooth
func.func @normalize(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<[[8.0, 8.0], [4.0, 4.0], [2.0, 2.0]]> : tensor<3x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<3x2xf32>, tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %e1 = tensor.empty() : tensor<3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3xf32>) -> tensor<3xf32>
  %sum = linalg.reduce { arith.addf } ins(%0 : tensor<3x2xf32>) outs(%f : tensor<3xf32>) dimensions = [1]
  %1 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %sum : tensor<3x2xf32>, tensor<3xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.divf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<3x2xf32>
  // expected-remark@+1 {{the scaled value also feeds linalg.reduce}}
  %2 = quant.smooth %1 by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  return %2 : tensor<3x2xf32>
}

// -----

// A product with itself is of degree 2.

// CHECK-LABEL: func @square(
// CHECK: quant.smooth
func.func @square(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %0 = arith.mulf %x, %w : tensor<2xf32>
  %1 = arith.mulf %0, %0 : tensor<2xf32>
  // expected-remark@+1 {{the scaled value also feeds arith.mulf}}
  %2 = quant.smooth %1 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

// f16 has not the range of f32.

// CHECK-LABEL: func @narrow(
// CHECK: quant.smooth
func.func @narrow(%x: tensor<2xf32>) -> tensor<2xf16> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %0 = arith.mulf %x, %w : tensor<2xf32>
  %1 = arith.truncf %0 : tensor<2xf32> to tensor<2xf16>
  // expected-remark@+1 {{stopped at arith.truncf}}
  %2 = quant.smooth %1 by %s along [0] : tensor<2xf16>, tensor<2xf32>
  return %2 : tensor<2xf16>
}

// -----

// A convolution reads the scaled dimension through a window.

// CHECK-LABEL: func @window(
// CHECK: quant.smooth
func.func @window(%x: tensor<1x3x1xf32>) -> tensor<1x2x1xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<1x3x1xf32>
  %k = arith.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %zero = arith.constant 0.0 : f32
  %e3 = tensor.empty() : tensor<1x3x1xf32>
  %0 = linalg.mul ins(%x, %w : tensor<1x3x1xf32>, tensor<1x3x1xf32>) outs(%e3 : tensor<1x3x1xf32>) -> tensor<1x3x1xf32>
  %e = tensor.empty() : tensor<1x2x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  %1 = linalg.conv_1d_nwc_wcf ins(%0, %k : tensor<1x3x1xf32>, tensor<2x1x1xf32>) outs(%f : tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  // expected-remark@+1 {{repeats an operand along a scaled dimension}}
  %2 = quant.smooth %1 by %s along [1] : tensor<1x2x1xf32>, tensor<2xf32>
  return %2 : tensor<1x2x1xf32>
}

// -----

// The loops write column 0 alone: column 1 is what the destination holds.

#in = affine_map<(d0) -> (d0)>
#out = affine_map<(d0) -> (d0, 0)>

// CHECK-LABEL: func @partly_written(
// CHECK: quant.smooth
func.func @partly_written(%x: tensor<3xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %s = arith.constant dense<[2.0, 4.0, 8.0]> : tensor<3xf32>
  %w = arith.constant dense<8.0> : tensor<3xf32>
  %0 = linalg.generic {indexing_maps = [#in, #in, #out], iterator_types = ["parallel"]}
      ins(%x, %w : tensor<3xf32>, tensor<3xf32>) outs(%init : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<3x2xf32>
  // expected-remark@+1 {{the scale reaches an argument of the function}}
  %1 = quant.smooth %0 by %s along [0] : tensor<3x2xf32>, tensor<3xf32>
  return %1 : tensor<3x2xf32>
}

// -----

// A body that reads a scaled tensor at places of its own choice.

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func @captured(
// CHECK: quant.smooth
func.func @captured(%x: tensor<2xf32>, %v: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%v : tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %i = linalg.index 0 : index
    %y = tensor.extract %0[%i] : tensor<2xf32>
    %m = arith.addf %a, %y : f32
    linalg.yield %m : f32
  } -> tensor<2xf32>
  // expected-remark@+1 {{the scaled value also feeds tensor.extract}}
  %2 = quant.smooth %0 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %2, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func @gathered(
// CHECK: quant.smooth
func.func @gathered(%ids: tensor<2x1xindex>) -> tensor<2x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<3x2xf32>
  %0 = tensor.gather %w[%ids] gather_dims([0]) : (tensor<3x2xf32>, tensor<2x1xindex>) -> tensor<2x2xf32>
  // expected-remark@+1 {{the scale varies along what it gathers}}
  %1 = quant.smooth %0 by %s along [0] : tensor<2x2xf32>, tensor<2xf32>
  return %1 : tensor<2x2xf32>
}

// -----

// A slice at an offset that is not known.

// CHECK-LABEL: func @dynamic_slice(
// CHECK: quant.smooth
func.func @dynamic_slice(%x: tensor<4xf32>, %i: index) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<4xf32>
  %0 = arith.mulf %x, %w : tensor<4xf32>
  %1 = tensor.extract_slice %0[%i] [2] [1] : tensor<4xf32> to tensor<2xf32>
  // expected-remark@+1 {{it changes a scaled dimension of dynamic size}}
  %2 = quant.smooth %1 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

// A value from outside the loop cannot be scaled in it.

// CHECK-LABEL: func @outside(
// CHECK: quant.smooth
func.func @outside(%x: tensor<2xf32>, %n: index) -> tensor<2xf32> {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %0 = arith.mulf %x, %w : tensor<2xf32>
  %1 = scf.for %i = %zero to %n step %one iter_args(%a = %x) -> tensor<2xf32> {
    %2 = arith.negf %0 : tensor<2xf32>
    // expected-remark@+1 {{the scale reaches a value from outside the region of arith.negf}}
    %3 = quant.smooth %2 by %s along [0] : tensor<2xf32>, tensor<2xf32>
    scf.yield %3 : tensor<2xf32>
  }
  return %1 : tensor<2xf32>
}

// -----

// A reshape of nothing.

// CHECK-LABEL: func @no_elements(
// CHECK: quant.smooth
func.func @no_elements(%x: tensor<0x4xf32>) -> tensor<0x2x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<0x4xf32>
  %shape = arith.constant dense<[0, 2, 2]> : tensor<3xi32>
  %0 = arith.mulf %x, %w : tensor<0x4xf32>
  %1 = tensor.reshape %0(%shape) : (tensor<0x4xf32>, tensor<3xi32>) -> tensor<0x2x2xf32>
  // expected-remark@+1 {{stopped at tensor.reshape (line}}
  %2 = quant.smooth %1 by %s along [2] : tensor<0x2x2xf32>, tensor<2xf32>
  return %2 : tensor<0x2x2xf32>
}
