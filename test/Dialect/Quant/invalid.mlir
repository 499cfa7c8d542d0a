// RUN: quant-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// observe
//===----------------------------------------------------------------------===//

func.func @observe_rank(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{input has rank 0, expected at least 1: channels are the last dimension}}
  %0 = quant.observe %x "x" : tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @observe_name(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{name is empty, expected the one that identifies the activation in a statistics file}}
  %0 = quant.observe %x "" : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @observe_integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error@+1 {{operand #0 must be ranked tensor of f16, bf16 or f32 values}}
  %0 = quant.observe %x "x" : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

func.func @observe_tokens(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{tokens = 0, expected more than 0}}
  %0 = quant.observe %x "x" {tokens = 0 : i64} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @observe_samples(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{samples = -1, expected more than 0}}
  %0 = quant.observe %x "x" {samples = -1 : i64} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @observe_moment_shape(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{statistic 'moment2' of 'x' has type 'tensor<2x3xf32>', expected f32 and shape 2x2; were the statistics collected from this model?}}
  %0 = quant.observe %x "x" {moment2 = dense<1.0> : tensor<2x3xf32>} : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func @observe_moment_diagonal(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{statistic 'moment2' of 'x' is -1.000000e+00 at channel 1, expected a finite sum of squares}}
  %0 = quant.observe %x "x" {moment2 = dense<[[1.0, 0.0], [0.0, -1.0]]> : tensor<2x2xf32>} : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func @observe_sample_type(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{statistic 'sample' of 'x' has type 'tensor<4x2xf64>', expected f32 and shape ?x2}}
  %0 = quant.observe %x "x" {sample = dense<1.0> : tensor<4x2xf64>} : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func @observe_moment_scale(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{moment_scale of 'x' has no moment2, sample or histogram to divide}}
  %0 = quant.observe %x "x" {moment_scale = dense<1.0> : tensor<2xf32>} : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func @statistic_shape(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{statistic 'absmax' of 'layers.0' has type 'tensor<2xf32>', expected 'tensor<4xf32>': one value for each channel of the last dimension; were the statistics collected from this model?}}
  %0 = quant.observe %x "layers.0" {absmax = dense<1.0> : tensor<2xf32>} : tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @statistic_rank(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{statistic 'min' of 'layers.0' has type 'tensor<1x4xf32>', expected 'tensor<4xf32>'}}
  %0 = quant.observe %x "layers.0" {min = dense<1.0> : tensor<1x4xf32>} : tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @statistic_type(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  // expected-error@+1 {{statistic 'max' of 'layers.0' has type 'tensor<4xf64>', expected 'tensor<?xf32>'}}
  %0 = quant.observe %x "layers.0" {max = dense<1.0> : tensor<4xf64>} : tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}

// -----

func.func @statistic_nan(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{statistic 'max' of 'layers.0' is nan at channel 2, expected a finite value: calibrate again}}
  %0 = quant.observe %x "layers.0" {max = dense<[1.0, -2.0, 0x7FC00000, 4.0]> : tensor<4xf32>} : tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @statistic_range(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // expected-error@+1 {{statistic 'min' of 'layers.0' is 2.000000e+00 at channel 1, above its 'max' 1.000000e+00: calibrate again}}
  %0 = quant.observe %x "layers.0" {min = dense<[1.0, 2.0]> : tensor<2xf32>, max = dense<1.0> : tensor<2xf32>} : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

func.func @statistic_infinity(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{statistic 'min' of 'layers.0' is -INF at channel 0, expected a finite value: calibrate again}}
  %0 = quant.observe %x "layers.0" {min = dense<0xFF800000> : tensor<4xf32>} : tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @statistic_sign(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{statistic 'mean_abs' of 'layers.0' is -1.000000e+00 at channel 1, expected a finite magnitude: calibrate again}}
  %0 = quant.observe %x "layers.0" {mean_abs = dense<[1.0, -1.0, 0.0, 4.0]> : tensor<4xf32>} : tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// Statistics of a file are resources.
func.func @statistic_resource(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // expected-error@+1 {{statistic 'absmax' of 'layers.0' is INF at channel 1, expected a finite magnitude: calibrate again}}
  %0 = quant.observe %x "layers.0" {absmax = dense_resource<statistic> : tensor<2xf32>} : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
{-#
  dialect_resources: {
    builtin: {
      statistic: "0x040000000000803F0000807F"
    }
  }
#-}

// -----

//===----------------------------------------------------------------------===//
// smooth, fuse_scale
//===----------------------------------------------------------------------===//

func.func @axis_range(%x: tensor<2x4xf32>, %s: tensor<4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{axis 2 is out of range: the operand of type 'tensor<2x4xf32>' has the dimensions 0 to 1}}
  %0 = quant.smooth %x by %s along [2] : tensor<2x4xf32>, tensor<4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @axis_negative(%x: tensor<2x4xf32>, %s: tensor<4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{axis -1 is out of range: the operand of type 'tensor<2x4xf32>' has the dimensions 0 to 1}}
  %0 = quant.fuse_scale %x by %s along [-1] : tensor<2x4xf32>, tensor<4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @axes_order(%x: tensor<2x4xf32>, %s: tensor<4x2xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{axes are not strictly increasing: 1 stands before 0; sort them and transpose the scale to match}}
  %0 = quant.smooth %x by %s along [1, 0] : tensor<2x4xf32>, tensor<4x2xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @axes_repeat(%x: tensor<2x4xf32>, %s: tensor<4x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{axes are not strictly increasing: 1 stands before 1}}
  %0 = quant.smooth %x by %s along [1, 1] : tensor<2x4xf32>, tensor<4x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @scale_rank(%x: tensor<2x4xf32>, %s: tensor<1x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{scale has rank 2, expected 1: it has one dimension for each axis}}
  %0 = quant.smooth %x by %s along [1] : tensor<2x4xf32>, tensor<1x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @scale_shape(%x: tensor<2x?x4xf32>, %s: tensor<3x5xf32>) -> tensor<2x?x4xf32> {
  // expected-error@+1 {{scale has shape 3x5, expected shape ?x4: the sizes of the axes that it scales}}
  %0 = quant.fuse_scale %x by %s along [1, 2] : tensor<2x?x4xf32>, tensor<3x5xf32>
  return %0 : tensor<2x?x4xf32>
}

// -----

func.func @scale_zero(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %s = arith.constant dense<[1.0, 2.0, 0.0, 1.0]> : tensor<4xf32>
  // expected-error@+1 {{scale is 0.000000e+00 at element 2, expected finite scales greater than 0: give a channel without values the scale 1}}
  %0 = quant.smooth %x by %s along [1] : tensor<2x4xf32>, tensor<4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @scale_negative(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %s = arith.constant dense<-1.0> : tensor<4xf32>
  // expected-error@+1 {{scale is -1.000000e+00 at element 0}}
  %0 = quant.fuse_scale %x by %s along [1] : tensor<2x4xf32>, tensor<4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @scale_resource(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %s = arith.constant dense_resource<scale> : tensor<2xf32>
  // expected-error@+1 {{scale is nan at element 1}}
  %0 = quant.smooth %x by %s along [1] : tensor<2x2xf32>, tensor<2xf32>
  return %0 : tensor<2x2xf32>
}
{-#
  dialect_resources: {
    builtin: {
      scale: "0x040000000000803F0000C07F"
    }
  }
#-}

// -----

//===----------------------------------------------------------------------===//
// quantize
//===----------------------------------------------------------------------===//

func.func @quantize_rank(%x: tensor<f32>, %s: tensor<f32>, %q: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error@+1 {{input has rank 0, expected rows along the last dimension}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<4xi8>) : tensor<f32> -> tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @static_destinations(%x: tensor<2x4xf32>, %s: tensor<f32>, %q: tensor<2x4xi8>, %r: tensor<2xf32>) {
  // expected-error@+1 {{has 2 destinations, expected 1: with a scale it writes codes}}
  %0:2 = quant.quantize %x scale(%s : tensor<f32>) outs(%q, %r : tensor<2x4xi8>, tensor<2xf32>)
      : tensor<2x4xf32> -> tensor<2x4xi8>, tensor<2xf32>
  return
}

// -----

func.func @dynamic_destinations(%x: tensor<2x4xf32>, %q: tensor<2x4xi8>) -> tensor<2x4xi8> {
  // expected-error@+1 {{has 1 destinations, expected 2: without a scale it writes codes and the scale of each row}}
  %0 = quant.quantize %x outs(%q : tensor<2x4xi8>) : tensor<2x4xf32> -> tensor<2x4xi8>
  return %0 : tensor<2x4xi8>
}

// -----

func.func @quantize_mixed(%x: memref<2x4xf32>, %s: tensor<f32>, %q: tensor<2x4xi8>) -> tensor<2x4xi8> {
  // expected-error@+1 {{mixes tensors and memrefs: operand #2 is 'tensor<2x4xi8>', operand #0 is 'memref<2x4xf32>'; bufferize all operands or none}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x4xi8>) : memref<2x4xf32> -> tensor<2x4xi8>
  return %0 : tensor<2x4xi8>
}

// -----

func.func @quantize_no_result(%x: tensor<2x4xf32>, %s: tensor<f32>, %q: tensor<2x4xi8>) {
  // expected-error@+1 {{has 0 results, expected 1: on tensors every destination has one, after '->'}}
  quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x4xi8>) : tensor<2x4xf32>
  return
}

// -----

func.func @quantize_memref_result(%x: memref<2x4xf32>, %s: memref<f32>, %q: memref<2x4xi8>) {
  // expected-error@+1 {{has 1 results, expected 0: on memrefs the destinations are written in place}}
  %0 = quant.quantize %x scale(%s : memref<f32>) outs(%q : memref<2x4xi8>) : memref<2x4xf32> -> tensor<2x4xi8>
  return
}

// -----

func.func @quantize_result_type(%x: tensor<2x4xf32>, %s: tensor<f32>, %q: tensor<2x4xi8>) {
  // expected-error@+1 {{result #0 has type 'tensor<2x?xi8>', expected 'tensor<2x4xi8>', its destination's}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x4xi8>) : tensor<2x4xf32> -> tensor<2x?xi8>
  return
}

// -----

func.func @quantize_codes_type(%x: tensor<2x4xf32>, %s: tensor<f32>, %q: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{destination of the codes has type 'tensor<2x4xf32>', expected integers}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x4xf32>) : tensor<2x4xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @quantize_codes_width(%x: tensor<2x4xf32>, %s: tensor<f32>, %q: tensor<2x4xi16>) -> tensor<2x4xi16> {
  // expected-error@+1 {{operand #2 must be variadic of ranked tensor of 4-bit signless integer or 6-bit signless integer or 8-bit signless integer values}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x4xi16>) : tensor<2x4xf32> -> tensor<2x4xi16>
  return %0 : tensor<2x4xi16>
}

// -----

func.func @quantize_codes_shape(%x: tensor<2x4xf32>, %s: tensor<f32>, %q: tensor<2x5xi8>) -> tensor<2x5xi8> {
  // expected-error@+1 {{destination of the codes has shape 2x5, expected shape 2x4: one code for each input}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x5xi8>) : tensor<2x4xf32> -> tensor<2x5xi8>
  return %0 : tensor<2x5xi8>
}

// -----

func.func @quantize_scales_type(%x: tensor<2x4xf32>, %q: tensor<2x4xi8>, %r: tensor<2xi8>) {
  // expected-error@+1 {{destination of the scales has type 'tensor<2xi8>', expected f32}}
  %0:2 = quant.quantize %x outs(%q, %r : tensor<2x4xi8>, tensor<2xi8>) : tensor<2x4xf32> -> tensor<2x4xi8>, tensor<2xi8>
  return
}

// -----

func.func @quantize_scales_shape(%x: tensor<2x4xf32>, %q: tensor<2x4xi8>, %r: tensor<4xf32>) {
  // expected-error@+1 {{destination of the scales has shape 4, expected shape 2: one scale for each row of the input}}
  %0:2 = quant.quantize %x outs(%q, %r : tensor<2x4xi8>, tensor<4xf32>) : tensor<2x4xf32> -> tensor<2x4xi8>, tensor<4xf32>
  return
}

// -----

func.func @quantize_scale_rank(%x: tensor<2x4xf32>, %s: tensor<2xf32>, %q: tensor<2x4xi8>) -> tensor<2x4xi8> {
  // expected-error@+1 {{scale has rank 1, expected 0: a static scale never varies; without one each row gets its own}}
  %0 = quant.quantize %x scale(%s : tensor<2xf32>) outs(%q : tensor<2x4xi8>) : tensor<2x4xf32> -> tensor<2x4xi8>
  return %0 : tensor<2x4xi8>
}

// -----

func.func @quantize_smoothing_shape(%x: memref<2x4xf32>, %s: memref<f32>, %t: memref<2xf32>, %q: memref<2x4xi8>) {
  // expected-error@+1 {{smoothing has shape 2, expected shape 4: one scale for each channel of the last dimension}}
  quant.quantize %x scale(%s : memref<f32>) smooth(%t : memref<2xf32>) outs(%q : memref<2x4xi8>) : memref<2x4xf32>
  return
}

// -----

func.func @quantize_scale_value(%x: tensor<2x4xf32>, %q: tensor<2x4xi8>) -> tensor<2x4xi8> {
  %s = arith.constant dense<0x7F800000> : tensor<f32>
  // expected-error@+1 {{scale is INF at element 0}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x4xi8>) : tensor<2x4xf32> -> tensor<2x4xi8>
  return %0 : tensor<2x4xi8>
}

// -----

func.func @quantize_zero_point_range(%x: tensor<2x4xf32>, %s: tensor<f32>, %q: tensor<2x4xi8>) {
  // expected-error@+1 {{zero_point = -33, expected a code: -32 to 31}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x4xi8>) {bits = 6 : i64, zero_point = -33 : i64} : tensor<2x4xf32> -> tensor<2x4xi8>
  return
}

// -----

func.func @quantize_zero_point_per_token(%x: tensor<2x4xf32>, %q: tensor<2x4xi8>, %r: tensor<2xf32>) {
  // expected-error@+1 {{zero_point = 3 without a scale: scales of rows are symmetric}}
  %0:2 = quant.quantize %x outs(%q, %r : tensor<2x4xi8>, tensor<2xf32>) {zero_point = 3 : i64} : tensor<2x4xf32> -> tensor<2x4xi8>, tensor<2xf32>
  return
}

// -----

func.func @quantize_smoothing_value(%x: tensor<2x2xf32>, %q: tensor<2x2xi8>) -> tensor<2x2xi8> {
  %s = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<[1.0, -0.0]> : tensor<2xf32>
  // expected-error@+1 {{smoothing is -0.000000e+00 at element 1}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) smooth(%t : tensor<2xf32>) outs(%q : tensor<2x2xi8>) : tensor<2x2xf32> -> tensor<2x2xi8>
  return %0 : tensor<2x2xi8>
}

// -----

//===----------------------------------------------------------------------===//
// dequantize
//===----------------------------------------------------------------------===//

func.func @dequantize_shape(%q: tensor<2x4xi8>, %s: tensor<f32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{result has shape 2x8, expected shape 2x4: one value for each code}}
  %0 = quant.dequantize %q scale(%s) along [] : tensor<2x4xi8>, tensor<f32> -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}

// -----

func.func @dequantize_axis(%q: tensor<2x4xi8>, %s: tensor<4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{scale has shape 4, expected shape 2: the sizes of the axes that it scales}}
  %0 = quant.dequantize %q scale(%s) along [0] : tensor<2x4xi8>, tensor<4xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// group_quantize, group_dequantize
//===----------------------------------------------------------------------===//

func.func @group_rank(%w: tensor<2x4x8xf32>) {
  // expected-error@+1 {{input has rank 3, expected 2: a weight of N rows of K}}
  %0:2 = quant.group_quantize %w {group_size = 4 : i64} : tensor<2x4x8xf32> -> tensor<8x8xi4>, tensor<8x2xf32>
  return
}

// -----

func.func @group_size(%w: tensor<8x10xf32>) {
  // expected-error@+1 {{group_size = 0, expected more than 0; one group a row has the row's size}}
  %0:2 = quant.group_quantize %w {group_size = 0 : i64} : tensor<8x10xf32> -> tensor<8x10xi4>, tensor<8x3xf32>
  return
}

// -----

func.func @group_bits(%w: tensor<8x10xf32>) {
  // expected-error@+1 {{bits = 5, expected 4, 6 or 8}}
  %0:2 = quant.group_quantize %w {group_size = 4 : i64, bits = 5 : i64} : tensor<8x10xf32> -> tensor<8x10xi4>, tensor<8x3xf32>
  return
}

// -----

func.func @group_quantize_packed(%w: tensor<8x10xf32>) {
  // expected-error@+1 {{bits = 4 with codes of type 'tensor<8x5xi8>', expected elements of i4}}
  %0:2 = quant.group_quantize %w {group_size = 4 : i64} : tensor<8x10xf32> -> tensor<8x5xi8>, tensor<8x3xf32>
  return
}

// -----

func.func @group_codes_shape(%w: tensor<8x10xf32>) {
  // expected-error@+1 {{'codes' has shape 8x8, expected shape 8x10: one code for each weight}}
  %0:2 = quant.group_quantize %w {group_size = 4 : i64} : tensor<8x10xf32> -> tensor<8x8xi4>, tensor<8x3xf32>
  return
}

// -----

// 10 = 4 + 4 + 2: the last group counts.
func.func @group_count(%w: tensor<8x10xf32>) {
  // expected-error@+1 {{'scales' has shape 8x2, expected shape 8x3: one for each row and group of 4, the last of which may be shorter}}
  %0:2 = quant.group_quantize %w {group_size = 4 : i64} : tensor<8x10xf32> -> tensor<8x10xi4>, tensor<8x2xf32>
  return
}

// -----

func.func @group_zeros_shape(%w: tensor<8x10xf32>) {
  // expected-error@+1 {{'zeros' has shape 8x2, expected shape 8x3: one for each row and group of 4}}
  %0:3 = quant.group_quantize %w {group_size = 4 : i64} : tensor<8x10xf32> -> tensor<8x10xi4>, tensor<8x3xf32>, tensor<8x2xi4>
  return
}

// -----

func.func @group_zeros_type(%w: tensor<8x10xf32>) {
  // expected-error@+1 {{zeros of type 'tensor<8x3xi4>' are narrower than bits = 8, expected i8}}
  %0:3 = quant.group_quantize %w {group_size = 4 : i64, bits = 8 : i64} : tensor<8x10xf32> -> tensor<8x10xi8>, tensor<8x3xf32>, tensor<8x3xi4>
  return
}

// -----

func.func @group_dequantize_rank(%c: tensor<8xi4>, %s: tensor<2xf32>) {
  // expected-error@+1 {{result has rank 1, expected 2: a weight of N rows of K}}
  %0 = quant.group_dequantize %c scales(%s) {group_size = 4 : i64} : tensor<8xi4>, tensor<2xf32> -> tensor<8xf32>
  return
}

// -----

func.func @group_dequantize_packed_shape(%c: tensor<8x9xi8>, %s: tensor<8x3xf32>) {
  // expected-error@+1 {{'codes' has shape 8x9, expected shape 8x5: two codes a byte, rows padded to whole bytes}}
  %0 = quant.group_dequantize %c scales(%s) {group_size = 4 : i64} : tensor<8x9xi8>, tensor<8x3xf32> -> tensor<8x9xf32>
  return
}

// -----

func.func @group_dequantize_packed_dynamic(%c: tensor<8x5xi8>, %s: tensor<8x3xf32>) {
  // expected-error@+1 {{result has type 'tensor<8x?xf32>', expected a static last dimension: packed codes do not say whether it is odd}}
  %0 = quant.group_dequantize %c scales(%s) {group_size = 4 : i64} : tensor<8x5xi8>, tensor<8x3xf32> -> tensor<8x?xf32>
  return
}

// -----

func.func @group_dequantize_width(%c: tensor<8x10xi6>, %s: tensor<8x3xf32>) {
  // expected-error@+1 {{bits = 4 with codes of type 'tensor<8x10xi6>', expected elements of i4, or i8 that packs two to a byte}}
  %0 = quant.group_dequantize %c scales(%s) {group_size = 4 : i64} : tensor<8x10xi6>, tensor<8x3xf32> -> tensor<8x10xf32>
  return
}

// -----

func.func @group_dequantize_scale(%c: tensor<2x4xi4>) {
  %s = arith.constant dense<[[1.0], [0.0]]> : tensor<2x1xf32>
  // expected-error@+1 {{'scales' is 0.000000e+00 at element 1}}
  %0 = quant.group_dequantize %c scales(%s) {group_size = 4 : i64} : tensor<2x4xi4>, tensor<2x1xf32> -> tensor<2x4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// matmul
//===----------------------------------------------------------------------===//

func.func @matmul_input_rank(%x: tensor<1x2x4xi8>, %w: tensor<3x4xi8>, %s: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{input has rank 3, expected 2: collapse leading dimensions into M rows of K}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<2x3xf32>)
      : tensor<1x2x4xi8>, tensor<3x4xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_weight_rank(%x: tensor<2x4xi8>, %w: tensor<12xi8>, %s: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{weight has rank 1, expected 2: N rows of K}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x4xi8>, tensor<12xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_contracted(%x: tensor<2x4xi8>, %w: tensor<4x3xi8>, %s: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{contracts rows of 4 of the input with rows of 3 of the weight, expected equal sizes: the weight is N rows of K, transposed if need be}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x4xi8>, tensor<4x3xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_overflow(%x: tensor<2x133145xi8>, %w: tensor<3x133145xi8>, %s: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{K = 133145, expected at most 133144: longer sums overflow i32; split the contraction and add the parts}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x133145xi8>, tensor<3x133145xi8> -> tensor<2x3xf32>
  return
}

// -----

// The weight alone gives it away.
func.func @matmul_overflow_dynamic(%x: tensor<2x?xi8>, %w: tensor<3x200000xi8>, %s: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{K = 200000, expected at most 133144}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x?xi8>, tensor<3x200000xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_destination_rank(%x: tensor<2x4xi8>, %w: tensor<3x4xi8>, %s: tensor<f32>, %y: tensor<6xf32>) {
  // expected-error@+1 {{destination has rank 1, expected 2: M rows of N}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<6xf32>)
      : tensor<2x4xi8>, tensor<3x4xi8> -> tensor<6xf32>
  return
}

// -----

func.func @matmul_destination(%x: tensor<2x4xi8>, %w: tensor<3x4xi8>, %s: tensor<f32>, %y: tensor<3x2xf32>) {
  // expected-error@+1 {{destination has shape 3x2, expected shape 2x3: rows of the input by rows of the weight}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<3x2xf32>)
      : tensor<2x4xi8>, tensor<3x4xi8> -> tensor<3x2xf32>
  return
}

// -----

func.func @matmul_bias(%x: tensor<2x4xi8>, %w: tensor<3x4xi8>, %s: tensor<f32>, %b: tensor<2xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{bias has shape 2, expected shape 3: one value for each row of the weight}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) bias(%b : tensor<2xf32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x4xi8>, tensor<3x4xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_input_scale(%x: tensor<2x4xi8>, %w: tensor<3x4xi8>, %sx: tensor<3xf32>, %sw: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{input_scale has shape 3, expected shape 2: one scale for each row, or a single one of rank 0}}
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<3xf32>, tensor<f32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x4xi8>, tensor<3x4xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_weight_scale(%x: tensor<2x4xi8>, %w: tensor<3x4xi8>, %sx: tensor<f32>, %sw: tensor<1xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{weight_scale has shape 1, expected shape 3: one scale for each row, or a single one of rank 0}}
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<1xf32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x4xi8>, tensor<3x4xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_weight_scale_value(%x: tensor<2x4xi8>, %w: tensor<3x4xi8>, %sx: tensor<f32>, %y: tensor<2x3xf32>) {
  %sw = arith.constant dense<[1.0, 2.0, 0xFF800000]> : tensor<3xf32>
  // expected-error@+1 {{weight_scale is -INF at element 2}}
  %0 = quant.matmul %x, %w scales(%sx, %sw : tensor<f32>, tensor<3xf32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x4xi8>, tensor<3x4xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_mixed(%x: memref<2x4xi8>, %w: memref<3x4xi8>, %s: memref<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{mixes tensors and memrefs: operand #4 is 'tensor<2x3xf32>', operand #3 is 'memref<f32>'; bufferize all operands or none}}
  %0 = quant.matmul %x, %w scales(%s, %s : memref<f32>, memref<f32>) outs(%y : tensor<2x3xf32>)
      : memref<2x4xi8>, memref<3x4xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_results(%x: tensor<2x4xi8>, %w: tensor<3x4xi8>, %s: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{result #0 has type 'tensor<2x3xf16>', expected 'tensor<2x3xf32>', its destination's}}
  %0 = quant.matmul %x, %w scales(%s, %s : tensor<f32>, tensor<f32>) outs(%y : tensor<2x3xf32>)
      : tensor<2x4xi8>, tensor<3x4xi8> -> tensor<2x3xf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// group_matmul
//===----------------------------------------------------------------------===//

func.func @group_matmul_rank(%x: tensor<1x2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{input has rank 3, expected 2: collapse leading dimensions into M rows of K}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<1x2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_codes_rank(%x: tensor<2x10xf32>, %c: tensor<30xi4>, %s: tensor<3x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'codes' has rank 1, expected 2: N rows of K}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xf32>, tensor<30xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_contracted(%x: tensor<2x10xf32>, %c: tensor<3x12xi4>, %s: tensor<3x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'codes' has shape 3x12, expected shape 3x10: one code for each weight}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xf32>, tensor<3x12xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_packed(%x: memref<2x9xf32>, %c: memref<3x4xi8>, %s: memref<3x3xf32>, %y: memref<2x3xf32>) {
  // expected-error@+1 {{'codes' has shape 3x4, expected shape 3x5: two codes a byte, rows padded to whole bytes}}
  quant.group_matmul %x, %c scales(%s : memref<3x3xf32>) outs(%y : memref<2x3xf32>) {group_size = 4 : i64}
      : memref<2x9xf32>, memref<3x4xi8>
  return
}

// -----

func.func @group_matmul_size(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{group_size = -128, expected more than 0}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) outs(%y : tensor<2x3xf32>) {group_size = -128 : i64}
      : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_bits(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{bits = 8 with codes of type 'tensor<3x10xi4>', expected elements of i8}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64, bits = 8 : i64}
      : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_scales(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'scales' has shape 3, expected shape 3x3: one for each row and group of 4}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_zeros(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3x3xf32>, %z: tensor<3xi4>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'zeros' has shape 3, expected shape 3x3: one for each row and group of 4}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) zeros(%z : tensor<3xi4>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_bias(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3x3xf32>, %b: tensor<1x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{bias has shape 1x3, expected shape 3: one value for each row of the weight}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) bias(%b : tensor<1x3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_matmul_destination(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3x3xf32>, %y: tensor<3x3xf32>) {
  // expected-error@+1 {{destination has shape 3x3, expected shape 2x3: rows of the input by rows of the weight}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) outs(%y : tensor<3x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<3x3xf32>
  return
}

// -----

func.func @group_matmul_scale_value(%x: tensor<2x4xf32>, %c: tensor<1x4xi4>, %y: tensor<2x1xf32>) {
  %s = arith.constant dense<0x7FC00000> : tensor<1x1xf32>
  // expected-error@+1 {{'scales' is nan at element 0}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<1x1xf32>) outs(%y : tensor<2x1xf32>) {group_size = 4 : i64}
      : tensor<2x4xf32>, tensor<1x4xi4> -> tensor<2x1xf32>
  return
}

// -----

func.func @integer_group_matmul_bare(%q: tensor<2x10xi8>, %c: tensor<3x10xi4>, %g: tensor<3x3xi8>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{has integer activations, expected dequantize(input scale, row scale)}}
  %0 = quant.group_matmul %q, %c scales(%g : tensor<3x3xi8>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xi8>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @integer_group_matmul_float_scales(%q: tensor<2x10xi8>, %c: tensor<3x10xi4>, %g: tensor<3x3xf32>, %sx: tensor<2xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{has integer activations and 'scales' of type 'tensor<3x3xf32>', expected i8: sums over groups stay integers}}
  %0 = quant.group_matmul %q, %c scales(%g : tensor<3x3xf32>) dequantize(%sx, %sw : tensor<2xf32>, tensor<3xf32>)
      outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xi8>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @integer_group_matmul_input_scale(%q: tensor<2x10xi8>, %c: tensor<3x10xi4>, %sx: tensor<3xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{input scale has shape 3, expected shape 2: one scale for each row}}
  %0 = quant.group_matmul %q, %c dequantize(%sx, %sw : tensor<3xf32>, tensor<3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 10 : i64}
      : tensor<2x10xi8>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @integer_group_matmul_row_scale(%q: tensor<2x10xi8>, %c: tensor<3x10xi4>, %sx: tensor<2xf32>, %sw: tensor<f32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{row scale has rank 0, expected 1: one scale for each row of the weight}}
  %0 = quant.group_matmul %q, %c dequantize(%sx, %sw : tensor<2xf32>, tensor<f32>) outs(%y : tensor<2x3xf32>) {group_size = 10 : i64}
      : tensor<2x10xi8>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @float_group_matmul_dequantize(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %s: tensor<3x3xf32>, %sx: tensor<2xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{has scales to dequantize sums with, which need integer activations}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x3xf32>) dequantize(%sx, %sw : tensor<2xf32>, tensor<3xf32>)
      outs(%y : tensor<2x3xf32>) {group_size = 4 : i64} : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @float_group_matmul_integer_scales(%x: tensor<2x10xf32>, %c: tensor<3x10xi4>, %g: tensor<3x3xi8>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{has float activations, expected f32 'scales' of groups}}
  %0 = quant.group_matmul %x, %c scales(%g : tensor<3x3xi8>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x10xf32>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @integer_group_matmul_scale_value(%q: tensor<2x10xi8>, %c: tensor<3x10xi4>, %sx: tensor<2xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) {
  %g = arith.constant dense<[[1, 2, 3], [4, -5, 6], [7, 8, 9]]> : tensor<3x3xi8>
  // expected-error@+1 {{'scales' is -5 at element 4, expected 1 to 127}}
  %0 = quant.group_matmul %q, %c scales(%g : tensor<3x3xi8>) dequantize(%sx, %sw : tensor<2xf32>, tensor<3xf32>)
      outs(%y : tensor<2x3xf32>) {group_size = 4 : i64} : tensor<2x10xi8>, tensor<3x10xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @integer_group_matmul_overflow(%q: tensor<1x133145xi8>, %c: tensor<1x133145xi4>, %sx: tensor<f32>, %sw: tensor<1xf32>, %y: tensor<1x1xf32>) {
  // expected-error@+1 {{K = 133145, expected at most 133144: longer sums overflow i32}}
  %0 = quant.group_matmul %q, %c dequantize(%sx, %sw : tensor<f32>, tensor<1xf32>) outs(%y : tensor<1x1xf32>) {group_size = 133145 : i64}
      : tensor<1x133145xi8>, tensor<1x133145xi4> -> tensor<1x1xf32>
  return
}

// -----

func.func @quantize_bits(%x: tensor<2x10xf32>, %s: tensor<f32>, %q: tensor<2x10xi4>) {
  // expected-error@+1 {{bits = 6 with codes of type 'tensor<2x10xi4>', expected 2 to 4}}
  %0 = quant.quantize %x scale(%s : tensor<f32>) outs(%q : tensor<2x10xi4>) {bits = 6 : i64} : tensor<2x10xf32> -> tensor<2x10xi4>
  return
}

// -----

func.func @histogram_type(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{statistic 'histogram' of 'x' has type 'tensor<2x64xi32>', expected i32 and shape 2x128; were the statistics collected from this model?}}
  %y = quant.observe %x "x" {histogram = dense<1> : tensor<2x64xi32>} : tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

func.func @clip(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{clip = 0.000000e+00, expected a finite magnitude above 0}}
  %y = quant.observe %x "x" {clip = 0.0 : f32} : tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

func.func @observe_moment_scale_zero(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{moment_scale of 'x' is 0.000000e+00 at channel 1, expected scales greater than 0 with a finite inverse}}
  %0 = quant.observe %x "x" {moment2 = dense<1.0> : tensor<2x2xf32>, moment_scale = dense<[1.0, 0.0]> : tensor<2xf32>} : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func @observe_moment_scale_nan(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{moment_scale of 'x' is nan at channel 0, expected scales greater than 0 with a finite inverse}}
  %0 = quant.observe %x "x" {moment2 = dense<1.0> : tensor<2x2xf32>, moment_scale = dense<0x7FC00000> : tensor<2xf32>} : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func @observe_no_sample_rows(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{statistic 'sample' of 'x' has no rows; drop it, or calibrate with inputs that have some}}
  %0 = quant.observe %x "x" {sample = dense<> : tensor<0x2xf32>} : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// -----

func.func @group_scales_splat(%x: tensor<2x8xi8>, %c: tensor<3x8xi4>, %sx: tensor<2xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) {
  %s = arith.constant dense<0> : tensor<3x2xi8>
  // expected-error@+1 {{'scales' is 0 at element 0, expected 1 to 127}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x2xi8>) dequantize(%sx, %sw : tensor<2xf32>, tensor<3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x8xi8>, tensor<3x8xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_scales_negative(%x: tensor<2x8xi8>, %c: tensor<3x8xi4>, %sx: tensor<2xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) {
  %s = arith.constant dense<[[1, 2], [3, -4], [5, 6]]> : tensor<3x2xi8>
  // expected-error@+1 {{'scales' is -4 at element 3, expected 1 to 127}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x2xi8>) dequantize(%sx, %sw : tensor<2xf32>, tensor<3xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x8xi8>, tensor<3x8xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @group_scales_nan(%x: tensor<2x8xf32>, %c: tensor<3x8xi4>, %y: tensor<2x3xf32>) {
  %s = arith.constant dense<0x7FC00000> : tensor<3x2xf32>
  // expected-error@+1 {{'scales' is nan at element 0, expected finite scales greater than 0}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x2xf32>) outs(%y : tensor<2x3xf32>) {group_size = 4 : i64}
      : tensor<2x8xf32>, tensor<3x8xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_bits(%x: tensor<2x64xf16>, %c: tensor<1x1x512xi8>, %s: tensor<1x16xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{has fragment_order, expected 4-bit codes}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<1x16xf32>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 64 : i64, bits = 8 : i64} : tensor<2x64xf16>, tensor<1x1x512xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_group(%x: tensor<2x64xf16>, %c: tensor<1x1x512xi8>, %s: tensor<4x16xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{group_size = 16 with fragment_order, expected 32, 64 or 128}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<4x16xf32>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 16 : i64} : tensor<2x64xf16>, tensor<1x1x512xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_codes(%x: tensor<2x65xf16>, %c: tensor<1x1x512xi8>, %s: tensor<2x16xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'codes' has shape 1x1x512, expected shape 1x2x512: blocks of 16 rows by 64 columns}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<2x16xf32>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 64 : i64} : tensor<2x65xf16>, tensor<1x1x512xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_codes_type(%x: tensor<2x64xf16>, %c: tensor<1x1x512xi4>, %s: tensor<1x16xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{has fragment_order and 'codes' of type 'tensor<1x1x512xi4>', expected i8}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<1x16xf32>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 64 : i64} : tensor<2x64xf16>, tensor<1x1x512xi4> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_scales(%x: tensor<2x64xf16>, %c: tensor<1x1x512xi8>, %s: tensor<3x1xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'scales' has shape 3x1, expected shape 1x16: one for each group of each row, by groups}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x1xf32>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 64 : i64} : tensor<2x64xf16>, tensor<1x1x512xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_zeros(%x: tensor<2x64xf16>, %c: tensor<1x1x512xi8>, %s: tensor<1x16xf32>, %z: tensor<1x16xi4>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{has fragment_order and 'zeros' of type 'tensor<1x16xi4>', expected i8}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<1x16xf32>) zeros(%z : tensor<1x16xi4>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 64 : i64} : tensor<2x64xf16>, tensor<1x1x512xi8> -> tensor<2x3xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// quantize_rows
//===----------------------------------------------------------------------===//

func.func @rows_shape(%x: tensor<4x8xf32>, %g: tensor<4xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{input #1 has shape 4, expected shape 8: the trailing dimensions of the codes}}
  %0:2 = quant.quantize_rows ins(%x, %g : tensor<4x8xf32>, tensor<4xf32>)
      outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) reductions [] {
  ^bb0(%a: f32, %b: f32):
    quant.yield %a : f32
  } -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

func.func @rows_inputs(%g: tensor<8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{has no input of rank 2, expected rows to quantize}}
  %0:2 = quant.quantize_rows ins(%g : tensor<8xf32>)
      outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) reductions [] {
  ^bb0(%a: f32):
    quant.yield %a : f32
  } -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

func.func @rows_regions(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{has 1 regions and 1 reductions, expected one region for each reduction and one for the elements}}
  %0:2 = quant.quantize_rows ins(%x : tensor<4x8xf32>)
      outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) reductions [#vector.kind<add>] {
  ^bb0(%a: f32):
    quant.yield %a : f32
  } -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

func.func @rows_kind(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{reduction #vector.kind<xor>, expected add, mul, minnumf, maxnumf, minimumf or maximumf of vector.kind}}
  %0:2 = quant.quantize_rows ins(%x : tensor<4x8xf32>)
      outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) reductions [#vector.kind<xor>] {
  ^bb0(%a: f32):
    quant.yield %a : f32
  }, {
  ^bb0(%a: f32, %b: f32):
    quant.yield %a : f32
  } -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

func.func @rows_arguments(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{region #0 takes ('f16'), expected ('f32'): the element type of each input and the types of the reductions before}}
  %0:2 = quant.quantize_rows ins(%x : tensor<4x8xf32>)
      outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) reductions [] {
  ^bb0(%a: f16):
    quant.yield %a : f16
  } -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

func.func @rows_zero_point(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{zero_point = 3 without a scale: scales of rows are symmetric}}
  %0:2 = quant.quantize_rows ins(%x : tensor<4x8xf32>)
      outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) reductions [] {
  ^bb0(%a: f32):
    quant.yield %a : f32
  } {zero_point = 3 : i64} -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// outlier_matmul
//===----------------------------------------------------------------------===//

func.func @outlier_channels(%x: tensor<2x4xf32>, %w: tensor<3x2xf32>, %y: tensor<2x3xf32>) {
  %c = arith.constant dense<[1, 4]> : tensor<2xi64>
  // expected-error@+1 {{channel 4 of an input with 4 columns}}
  %0 = quant.outlier_matmul %x, %w channels(%c : tensor<2xi64>) add(%y : tensor<2x3xf32>)
      outs(%y : tensor<2x3xf32>) : tensor<2x4xf32>, tensor<3x2xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @outlier_columns(%x: tensor<2x4xf32>, %w: tensor<3x2xf32>, %c: tensor<3xi64>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{channels has shape 3, expected shape 2: one for each column of the weight}}
  %0 = quant.outlier_matmul %x, %w channels(%c : tensor<3xi64>) add(%y : tensor<2x3xf32>)
      outs(%y : tensor<2x3xf32>) : tensor<2x4xf32>, tensor<3x2xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @outlier_types(%x: tensor<2x4xf32>, %w: tensor<3x2xf16>, %c: tensor<2xi64>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{expected one element type}}
  %0 = quant.outlier_matmul %x, %w channels(%c : tensor<2xi64>) add(%y : tensor<2x3xf32>)
      outs(%y : tensor<2x3xf32>) : tensor<2x4xf32>, tensor<3x2xf16> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_integers(%x: tensor<2x64xi8>, %c: tensor<1x1x512xi8>, %s: tensor<3x1xi8>, %sx: tensor<2xf32>, %sw: tensor<3xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{'scales' has shape 3x1, expected shape 1x16: one for each group of each row, by groups}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x1xi8>) dequantize(%sx, %sw : tensor<2xf32>, tensor<3xf32>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 64 : i64} : tensor<2x64xi8>, tensor<1x1x512xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @fragment_order_row_scale(%x: tensor<2x64xi8>, %c: tensor<1x1x512xi8>, %sx: tensor<2xf32>, %sw: tensor<16xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{row scale has shape 16, expected shape 3}}
  %0 = quant.group_matmul %x, %c dequantize(%sx, %sw : tensor<2xf32>, tensor<16xf32>) outs(%y : tensor<2x3xf32>)
      {fragment_order, group_size = 64 : i64} : tensor<2x64xi8>, tensor<1x1x512xi8> -> tensor<2x3xf32>
  return
}

// -----

func.func @input_bits(%x: tensor<2x64xf16>, %c: tensor<3x64xi4>, %s: tensor<3x1xf32>, %y: tensor<2x3xf32>) {
  // expected-error@+1 {{input_bits = 4, expected 8, or 4 with integer activations}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<3x1xf32>) outs(%y : tensor<2x3xf32>)
      {group_size = 64 : i64, input_bits = 4 : i64} : tensor<2x64xf16>, tensor<3x64xi4> -> tensor<2x3xf32>
  return
}
