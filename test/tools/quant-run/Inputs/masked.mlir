// An observed argument with a mask for its rows, and sums over the rows, which
// the mask has no elements for.
func.func @main(%x: tensor<2x2xf32>, %mask: tensor<2xi64>) -> tensor<1x2xf32> {
  %o = quant.observe %x "q.input" : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x2xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x2xf32>) -> tensor<1x2xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(one, k, m) -> (m, k)>, affine_map<(one, k, m) -> (one, k)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%o : tensor<2x2xf32>) outs(%fill : tensor<1x2xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    linalg.yield %c : f32
  } -> tensor<1x2xf32>
  %p = quant.observe %sum "p.input" : tensor<1x2xf32>
  return %p : tensor<1x2xf32>
}
