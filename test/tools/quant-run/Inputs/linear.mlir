// An observed linear, and an assertion that fails if anything computes it.
#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>
ml_program.global private @q.weight(#ml_program.extern : tensor<4x2xf32>) : tensor<4x2xf32>
func.func @main(%x: tensor<2x2xf32>) -> tensor<2x4xf32> {
  %false = arith.constant false
  cf.assert %false, "the head was computed"
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x4xf32>) -> tensor<2x4xf32>
  %wq = ml_program.global_load_const @q.weight : tensor<4x2xf32>
  %o = quant.observe %x "q.input" : tensor<2x2xf32>
  %q = linalg.matmul indexing_maps = [#x, #w, #y] ins(%o, %wq : tensor<2x2xf32>, tensor<4x2xf32>) outs(%fill : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %q : tensor<2x4xf32>
}
