// RUN: quant-opt %s --quant-fold-scales --canonicalize --split-input-file | FileCheck %s

// One function for each kind of op that a scale passes. Scales are [2, 4], and
// constants are 8 or made of eights, so that a divided one reads [4, 2].

// Named elementwise ops.

// CHECK-LABEL: func @named_elementwise(
// CHECK-DAG: arith.constant dense<[4.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-DAG: arith.constant dense<8.000000e+00> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @named_elementwise(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %d = arith.constant dense<8.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %1 = linalg.div ins(%0, %d : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = linalg.negf ins(%1 : tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %3 = linalg.abs ins(%2 : tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %4 = quant.smooth %3 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %4 : tensor<2xf32>
}

// -----

// Sums, differences, maxima and minima take it in both operands.

// CHECK-LABEL: func @sums(
// CHECK-DAG: %[[A:.*]] = arith.constant dense<[4.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[8.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK-DAG: linalg.mul ins(%{{.*}}, %[[A]] :
// CHECK-DAG: linalg.sub ins(%{{.*}}, %[[B]] :
// CHECK-DAG: linalg.max ins(%{{.*}}, %[[A]] :
// CHECK-NOT: quant.smooth
func.func @sums(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %b = arith.constant dense<16.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %1 = linalg.sub ins(%0, %b : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %2 = linalg.max ins(%1, %w : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %3 = quant.smooth %2 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %3 : tensor<2xf32>
}

// -----

// linalg.elementwise and linalg.contract carry their maps with them; the scale
// of an output channel ends in the rows of the N×K operand.

#id = affine_map<(d0, d1) -> (d0, d1)>
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @elementwise_contract(
// CHECK: arith.constant dense<{{\[\[}}4.000000e+00, 4.000000e+00, 4.000000e+00], [2.000000e+00, 2.000000e+00, 2.000000e+00]]> : tensor<2x3xf32>
// CHECK-NOT: quant.smooth
func.func @elementwise_contract(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2x3xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %0 = linalg.contract indexing_maps = [#a, #b, #c] ins(%x, %w : tensor<4x3xf32>, tensor<2x3xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %1 = linalg.elementwise kind=#linalg.elementwise_kind<negf> ins(%0 : tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %2 = quant.smooth %1 by %s along [1] : tensor<4x2xf32>, tensor<2xf32>
  return %2 : tensor<4x2xf32>
}

// -----

// A batched product by a broadcast K×N weight: the weight takes it through the
// broadcast without ties, and is not enlarged.

// CHECK-LABEL: func @batch_matmul(
// CHECK: %[[W:.*]] = arith.constant dense<{{\[\[}}4.000000e+00, 2.000000e+00], [4.000000e+00, 2.000000e+00], [4.000000e+00, 2.000000e+00]]> : tensor<3x2xf32>
// CHECK: linalg.broadcast ins(%[[W]] :
// CHECK-NOT: quant.smooth
func.func @batch_matmul(%x: tensor<5x4x3xf32>) -> tensor<5x4x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<3x2xf32>
  %zero = arith.constant 0.0 : f32
  %we = tensor.empty() : tensor<5x3x2xf32>
  %wb = linalg.broadcast ins(%w : tensor<3x2xf32>) outs(%we : tensor<5x3x2xf32>) dimensions = [0]
  %e = tensor.empty() : tensor<5x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x4x2xf32>) -> tensor<5x4x2xf32>
  %0 = linalg.batch_matmul ins(%x, %wb : tensor<5x4x3xf32>, tensor<5x3x2xf32>) outs(%f : tensor<5x4x2xf32>) -> tensor<5x4x2xf32>
  %1 = quant.smooth %0 by %s along [2] : tensor<5x4x2xf32>, tensor<2xf32>
  return %1 : tensor<5x4x2xf32>
}

// -----

// Output channels of a convolution's filter, and the bias that it starts from.

// CHECK-LABEL: func @conv(
// CHECK-DAG: arith.constant dense<{{\[\[\[\[}}4.000000e+00]]], {{\[\[\[}}2.000000e+00]]]]> : tensor<2x1x1x1xf32>
// CHECK-DAG: arith.constant dense<[8.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @conv(%x: tensor<1x1x3x3xf32>) -> tensor<1x2x3x3xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2x1x1x1xf32>
  %b = arith.constant dense<16.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2x3x3xf32>
  %i = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2x3x3xf32>) dimensions = [0, 2, 3]
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x1x3x3xf32>, tensor<2x1x1x1xf32>) outs(%i : tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<1x2x3x3xf32>, tensor<2xf32>
  return %1 : tensor<1x2x3x3xf32>
}

// -----

// A depthwise convolution and pooling keep channels apart: the scale passes to
// the constant in front.

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#ch = affine_map<(d0, d1, d2, d3) -> (d3)>

// CHECK-LABEL: func @pooling(
// CHECK: arith.constant dense<[4.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @pooling(%x: tensor<1x4x4x2xf32>) -> tensor<1x1x1x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %g = arith.constant dense<8.0> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %g : tensor<1x4x4x2xf32>, tensor<2xf32>) outs(%e : tensor<1x4x4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<1x4x4x2xf32>
  %k = tensor.empty() : tensor<2x2xf32>
  %e1 = tensor.empty() : tensor<1x2x2x2xf32>
  %f1 = linalg.fill ins(%least : f32) outs(%e1 : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>} ins(%0, %k : tensor<1x4x4x2xf32>, tensor<2x2xf32>) outs(%f1 : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %e2 = tensor.empty() : tensor<1x1x1x2xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %2 = linalg.pooling_nhwc_sum ins(%1, %k : tensor<1x2x2x2xf32>, tensor<2x2xf32>) outs(%f2 : tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %3 = quant.smooth %2 by %s along [3] : tensor<1x1x1x2xf32>, tensor<2xf32>
  return %3 : tensor<1x1x1x2xf32>
}

// -----

// CHECK-LABEL: func @reduce(
// CHECK: arith.constant dense<{{\[\[}}4.000000e+00, 2.000000e+00], [4.000000e+00, 2.000000e+00], [4.000000e+00, 2.000000e+00]]> : tensor<3x2xf32>
// CHECK-NOT: quant.smooth
func.func @reduce(%x: tensor<3x2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<3x2xf32>
  %zero = arith.constant 0.0 : f32
  %e3 = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<3x2xf32>, tensor<3x2xf32>) outs(%e3 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<3x2xf32>) outs(%f : tensor<2xf32>) dimensions = [0]
  %2 = quant.smooth %1 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

// Ops of arith and math on whole tensors. Of a product the constant takes it.

// CHECK-LABEL: func @arith(
// CHECK-DAG: arith.constant dense<[4.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-DAG: arith.constant dense<[8.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @arith(%x: tensor<2xf32>, %mask: tensor<2xi1>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %b = arith.constant dense<16.0> : tensor<2xf32>
  %zero = arith.constant dense<0.0> : tensor<2xf32>
  %0 = arith.mulf %x, %w : tensor<2xf32>
  %1 = arith.addf %0, %b : tensor<2xf32>
  %2 = arith.maximumf %1, %zero : tensor<2xf32>
  %3 = arith.select %mask, %2, %zero : tensor<2xi1>, tensor<2xf32>
  %4 = arith.negf %3 : tensor<2xf32>
  %5 = math.absf %4 : tensor<2xf32>
  %6 = quant.smooth %5 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %6 : tensor<2xf32>
}

// -----

// A splat that an erf leaves no choice but to scale is made a vector.

// CHECK-LABEL: func @splat(
// CHECK: arith.constant dense<[2.500000e-01, 1.250000e-01]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @splat(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %half = arith.constant 0.5 : f32
  %h = tensor.splat %half : tensor<2xf32>
  %0 = math.erf %x : tensor<2xf32>
  %1 = arith.mulf %0, %h : tensor<2xf32>
  %2 = quant.smooth %1 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

// A factor that is one for all channels, or one a row, is repeated where the
// scale needs it to differ, since the erf cannot take it.

#id = affine_map<(d0, d1) -> (d0, d1)>
#none = affine_map<(d0, d1) -> (0)>
#row = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func @widened(
// CHECK-DAG: %[[ONE:.*]] = arith.constant dense<[4.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-DAG: %[[ROW:.*]] = arith.constant dense<{{\[\[}}4.000000e+00, 2.000000e+00], [2.000000e+00, 1.000000e+00], [1.000000e+00, 5.000000e-01]]> : tensor<3x2xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID:.*]], #[[CH:.*]], #[[ID]]]{{.*}} ins(%{{.*}}, %[[ONE]] :
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ID]]]{{.*}} ins(%{{.*}}, %[[ROW]] :
// CHECK-NOT: quant.smooth
func.func @widened(%x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %one = arith.constant dense<8.0> : tensor<1xf32>
  %rows = arith.constant dense<[8.0, 4.0, 2.0]> : tensor<3xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %one : tensor<3x2xf32>, tensor<1xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = math.erf %a : f32
    %n = arith.mulf %m, %b : f32
    linalg.yield %n : f32
  } -> tensor<3x2xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %rows : tensor<3x2xf32>, tensor<3xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = math.erf %a : f32
    %n = arith.mulf %m, %b : f32
    linalg.yield %n : f32
  } -> tensor<3x2xf32>
  %3 = quant.smooth %2 by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  return %1, %3 : tensor<3x2xf32>, tensor<3x2xf32>
}

// -----

// Two scales repeat one constant along two loops.

#id = affine_map<(d0, d1) -> (d0, d1)>
#none = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func @widened_twice(
// CHECK: arith.constant dense<{{\[\[}}2.000000e+00, 1.000000e+00], [1.000000e+00, 5.000000e-01], [5.000000e-01, 2.500000e-01]]> : tensor<3x2xf32>
// CHECK-NOT: quant.smooth
func.func @widened_twice(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %t = arith.constant dense<[2.0, 4.0, 8.0]> : tensor<3xf32>
  %c = arith.constant dense<8.0> : tensor<f32>
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %c : tensor<3x2xf32>, tensor<f32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = math.erf %a : f32
    %n = arith.mulf %m, %b : f32
    linalg.yield %n : f32
  } -> tensor<3x2xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  %2 = quant.smooth %1 by %t along [0] : tensor<3x2xf32>, tensor<3xf32>
  return %2 : tensor<3x2xf32>
}

// -----

// A leaky ReLU compares with 0, which no scale changes; |x| as the root of the
// square; a remainder.

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func @bodies(
// CHECK: arith.constant dense<[4.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NOT: quant.smooth
func.func @bodies(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %slope = arith.constant 0.01 : f32
  %two = arith.constant 2 : i32
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %w : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.cmpf ogt, %1, %zero : f32
    %3 = arith.mulf %1, %slope : f32
    %4 = arith.select %2, %1, %3 : f32
    %5 = math.fpowi %4, %two : f32, i32
    %6 = math.sqrt %5 : f32
    %7 = math.copysign %6, %a : f32
    %8 = math.isnan %7 : f32
    %9 = arith.select %8, %zero, %7 : f32
    %10 = arith.remf %9, %1 : f32
    linalg.yield %10 : f32
  } -> tensor<2xf32>
  %1 = quant.smooth %0 by %s along [0] : tensor<2xf32>, tensor<2xf32>
  return %1 : tensor<2xf32>
}

// -----

// tensor.reshape splits and merges as the pair of reshapes does.

// CHECK-LABEL: func @reshape(
// CHECK: arith.constant dense<{{\[\[\[}}4.000000e+00, 2.000000e+00]], {{\[\[}}1.000000e+00, 5.000000e-01]]]> : tensor<2x1x2xf32>
// CHECK-NOT: quant.smooth
func.func @reshape(%x: tensor<2x1x2xf32>, %shape: tensor<2xindex>) -> tensor<1x4xf32> {
  %s = arith.constant dense<[2.0, 4.0, 8.0, 16.0]> : tensor<4xf32>
  %w = arith.constant dense<8.0> : tensor<2x1x2xf32>
  %e = tensor.empty() : tensor<2x1x2xf32>
  %0 = linalg.mul ins(%x, %w : tensor<2x1x2xf32>, tensor<2x1x2xf32>) outs(%e : tensor<2x1x2xf32>) -> tensor<2x1x2xf32>
  %1 = tensor.reshape %0(%shape) : (tensor<2x1x2xf32>, tensor<2xindex>) -> tensor<1x4xf32>
  %2 = quant.smooth %1 by %s along [1] : tensor<1x4xf32>, tensor<4xf32>
  return %2 : tensor<1x4xf32>
}

// -----

// Rows of a table: every row takes the scale of the columns.

// CHECK-LABEL: func @gather(
// CHECK: arith.constant dense<{{\[\[}}4.000000e+00, 2.000000e+00], [4.000000e+00, 2.000000e+00], [4.000000e+00, 2.000000e+00]]> : tensor<3x2xf32>
// CHECK-NOT: quant.smooth
func.func @gather(%ids: tensor<5x1xindex>) -> tensor<5x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<3x2xf32>
  %0 = tensor.gather %w[%ids] gather_dims([0]) : (tensor<3x2xf32>, tensor<5x1xindex>) -> tensor<5x2xf32>
  %1 = quant.smooth %0 by %s along [1] : tensor<5x2xf32>, tensor<2xf32>
  return %1 : tensor<5x2xf32>
}

// -----

// A fused gate and up projection: only the up half takes the scale, its rows
// the second half of the weight's.

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @fused_gate_up(
// CHECK: arith.constant dense<{{\[\[}}8.000000e+00], [8.000000e+00], [4.000000e+00], [2.000000e+00]]> : tensor<4x1xf32>
// CHECK-NOT: quant.smooth
func.func @fused_gate_up(%x: tensor<3x1xf32>) -> tensor<3x2xf32> {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<4x1xf32>
  %zero = arith.constant 0.0 : f32
  %e4 = tensor.empty() : tensor<3x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e4 : tensor<3x4xf32>) -> tensor<3x4xf32>
  %0 = linalg.matmul indexing_maps = [#a, #b, #c] ins(%x, %w : tensor<3x1xf32>, tensor<4x1xf32>) outs(%f : tensor<3x4xf32>) -> tensor<3x4xf32>
  %gate = tensor.extract_slice %0[0, 0] [3, 2] [1, 1] : tensor<3x4xf32> to tensor<3x2xf32>
  %up = tensor.extract_slice %0[0, 2] [3, 2] [1, 1] : tensor<3x4xf32> to tensor<3x2xf32>
  %act = math.tanh %gate : tensor<3x2xf32>
  %1 = arith.mulf %act, %up : tensor<3x2xf32>
  %2 = quant.smooth %1 by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  return %2 : tensor<3x2xf32>
}

// -----

// A projection whose rows interleave query, key and value by head: one head of
// 2 values of each. Only the value's rows, 4 and 5, take the scale.

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @interleaved(
// CHECK: arith.constant dense<{{\[\[}}8.000000e+00], [8.000000e+00], [8.000000e+00], [8.000000e+00], [4.000000e+00], [2.000000e+00]]> : tensor<6x1xf32>
// CHECK-NOT: quant.smooth
func.func @interleaved(%x: tensor<3x1xf32>) -> (tensor<3x2xf32>, tensor<3x1x2xf32>) {
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %w = arith.constant dense<8.0> : tensor<6x1xf32>
  %zero = arith.constant 0.0 : f32
  %e6 = tensor.empty() : tensor<3x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e6 : tensor<3x6xf32>) -> tensor<3x6xf32>
  %0 = linalg.matmul indexing_maps = [#a, #b, #c] ins(%x, %w : tensor<3x1xf32>, tensor<6x1xf32>) outs(%f : tensor<3x6xf32>) -> tensor<3x6xf32>
  %h = tensor.expand_shape %0 [[0], [1, 2, 3]] output_shape [3, 1, 3, 2] : tensor<3x6xf32> into tensor<3x1x3x2xf32>
  %q = tensor.extract_slice %h[0, 0, 0, 0] [3, 1, 1, 2] [1, 1, 1, 1] : tensor<3x1x3x2xf32> to tensor<3x1x2xf32>
  %v = tensor.extract_slice %h[0, 0, 2, 0] [3, 1, 1, 2] [1, 1, 1, 1] : tensor<3x1x3x2xf32> to tensor<3x1x2xf32>
  %c = tensor.collapse_shape %v [[0], [1, 2]] : tensor<3x1x2xf32> into tensor<3x2xf32>
  %1 = quant.smooth %c by %s along [1] : tensor<3x2xf32>, tensor<2xf32>
  return %1, %q : tensor<3x2xf32>, tensor<3x1x2xf32>
}
