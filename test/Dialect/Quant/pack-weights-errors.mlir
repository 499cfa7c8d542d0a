// RUN: quant-opt %s --quant-pack-weights --split-input-file --verify-diagnostics

ml_program.global private @"w.weight_packed"(#ml_program.extern : tensor<2x16xi8>) : tensor<2x16xi8>

func.func @no_data(%x: tensor<4x32xf16>, %y: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %c = ml_program.global_load_const @"w.weight_packed" : tensor<2x16xi8>
  %s = arith.constant dense<1.0> : tensor<2x1xf32>
  // expected-error@+1 {{the codes of the weight have no data: run quant-bind-weights before quant-pack-weights}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<2x1xf32>) outs(%y : tensor<4x2xf32>) {group_size = 32 : i64}
      : tensor<4x32xf16>, tensor<2x16xi8> -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

func.func @zero_point(%x: tensor<4x32xf16>, %y: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %c = arith.constant dense<1> : tensor<2x16xi8>
  %s = arith.constant dense<1.0> : tensor<2x1xf32>
  %z = arith.constant dense<[[3], [8]]> : tensor<2x1xi8>
  // expected-error@+1 {{zero point 8 is no 4-bit code, expected -8 to 7}}
  %0 = quant.group_matmul %x, %c scales(%s : tensor<2x1xf32>) zeros(%z : tensor<2x1xi8>) outs(%y : tensor<4x2xf32>)
      {group_size = 32 : i64} : tensor<4x32xf16>, tensor<2x16xi8> -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}
