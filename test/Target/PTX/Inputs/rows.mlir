// Programs of rows: a root mean square norm, and a gated activation.

func.func @norm(%x: tensor<100x576xf32>, %g: tensor<576xf32>, %q: tensor<100x576xi8>, %s: tensor<100xf32>)
    -> (tensor<100x576xi8>, tensor<100xf32>) {
  %r:2 = quant.quantize_rows ins(%x, %g : tensor<100x576xf32>, tensor<576xf32>)
      outs(%q, %s : tensor<100x576xi8>, tensor<100xf32>) reductions [#vector.kind<add>] {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.mulf %a, %a : f32
    quant.yield %0 : f32
  }, {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %n = arith.constant 576.0 : f32
    %0 = arith.divf %sum, %n : f32
    %1 = math.rsqrt %0 : f32
    %2 = arith.mulf %a, %1 : f32
    %3 = arith.mulf %2, %b : f32
    quant.yield %3 : f32
  } -> tensor<100x576xi8>, tensor<100xf32>
  return %r#0, %r#1 : tensor<100x576xi8>, tensor<100xf32>
}

func.func @gate(%x: tensor<100x1536xbf16>, %u: tensor<100x1536xbf16>, %scale: tensor<f32>, %q: tensor<100x1536xi8>)
    -> tensor<100x1536xi8> {
  %r = quant.quantize_rows ins(%x, %u : tensor<100x1536xbf16>, tensor<100x1536xbf16>) scale(%scale : tensor<f32>)
      outs(%q : tensor<100x1536xi8>) reductions [] {
  ^bb0(%a: bf16, %b: bf16):
    %one = arith.constant 1.0 : f32
    %0 = arith.extf %a : bf16 to f32
    %1 = arith.negf %0 : f32
    %2 = math.exp %1 : f32
    %3 = arith.addf %2, %one : f32
    %4 = arith.divf %0, %3 : f32
    %5 = arith.truncf %4 : f32 to bf16
    %6 = arith.mulf %5, %b : bf16
    quant.yield %6 : bf16
  } {zero_point = 3 : i64} -> tensor<100x1536xi8>
  return %r : tensor<100x1536xi8>
}
