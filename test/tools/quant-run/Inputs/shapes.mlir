#id = affine_map<(a, b, c) -> (a, b, c)>

func.func @dynamic(%x: tensor<?x2xf32>, %y: tensor<4xf32>) -> tensor<?x2xf32> {
  return %x : tensor<?x2xf32>
}

func.func @none(%x: tensor<0x2xf32>) -> tensor<0x2xf32> {
  return %x : tensor<0x2xf32>
}

// Indices are split by an extent of 0.
func.func @empty(%x: tensor<2x2xf32>) -> tensor<2x2x0xf32> {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4x0xf32>
  %f = linalg.fill ins(%one : f32) outs(%e : tensor<4x0xf32>) -> tensor<4x0xf32>
  %v = tensor.expand_shape %f [[0, 1], [2]] output_shape [2, 2, 0] : tensor<4x0xf32> into tensor<2x2x0xf32>
  %e2 = tensor.empty() : tensor<2x2x0xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v : tensor<2x2x0xf32>) outs(%e2 : tensor<2x2x0xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x2x0xf32>
  return %y : tensor<2x2x0xf32>
}

// A sum over nothing is what it starts from.
func.func @sums(%x: tensor<2x2xf32>) -> (tensor<2x2x0xf32>, tensor<2xf32>, tensor<2x3xf32>) {
  %three = arith.constant 3.0 : f32
  %e = tensor.empty() : tensor<2x2x0xf32>
  %n = tensor.empty() : tensor<2x0xf32>
  %w = tensor.empty() : tensor<0x3xf32>
  %e1 = tensor.empty() : tensor<2xf32>
  %e2 = tensor.empty() : tensor<2x3xf32>
  %f1 = linalg.fill ins(%three : f32) outs(%e1 : tensor<2xf32>) -> tensor<2xf32>
  %f2 = linalg.fill ins(%three : f32) outs(%e2 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = linalg.reduce { arith.addf } ins(%n : tensor<2x0xf32>) outs(%f1 : tensor<2xf32>) dimensions = [1]
  %y = linalg.matmul ins(%n, %w : tensor<2x0xf32>, tensor<0x3xf32>) outs(%f2 : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %e, %s, %y : tensor<2x2x0xf32>, tensor<2xf32>, tensor<2x3xf32>
}
