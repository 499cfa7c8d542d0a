// What reads a matmul's result twice, with inputs that it does not use, with a
// constant that stands behind the matmul, in a row of its own, or spread over a
// matrix: CPU and emulated GPU have the same bits.

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; r = np.random.default_rng(3); [np.save(f'%t/{n}.npy', r.standard_normal((16, k)).astype(np.float32)) for n, k in (('x', 32), ('r', 24))]; np.save('%t/w.npy', r.integers(-127, 128, (24, 32)).astype(np.int8))"
// RUN: quant-run %s --quiet --input=%t/x.npy --input=%t/w.npy --input=%t/r.npy --output=%t/cpu.safetensors
// RUN: quant-run %s --quiet --input=%t/x.npy --input=%t/w.npy --input=%t/r.npy --output=%t/ptx.safetensors --device=ptx --check
// RUN: cmp %t/cpu.safetensors %t/ptx.safetensors

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (0, d1)>
#column = affine_map<(d0, d1) -> (d0, 0)>

func.func @main(%x: tensor<16x32xf32>, %w: tensor<24x32xi8>, %r: tensor<16x24xf32>)
    -> (tensor<16x24xf32>, tensor<16x24xf32>, tensor<16x24xf32>, tensor<1x24xf32>, tensor<16x24xf32>, tensor<16x24xf32>) {
  %sw = arith.constant dense<0.02> : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %qe = tensor.empty() : tensor<16x32xi8>
  %se = tensor.empty() : tensor<16xf32>
  %e = tensor.empty() : tensor<16x24xf32>
  %q, %s = quant.quantize %x outs(%qe, %se : tensor<16x32xi8>, tensor<16xf32>) : tensor<16x32xf32> -> tensor<16x32xi8>, tensor<16xf32>

  // The square of a ReLU.
  %0 = quant.matmul %q, %w scales(%s, %sw : tensor<16xf32>, tensor<f32>) outs(%e : tensor<16x24xf32>)
      : tensor<16x32xi8>, tensor<24x32xi8> -> tensor<16x24xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<16x24xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.maximumf %a, %zero : f32
    linalg.yield %1 : f32
  } -> tensor<16x24xf32>
  %square = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%relu, %relu : tensor<16x24xf32>, tensor<16x24xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<16x24xf32>

  // A sum with itself, in an op with an input that it does not use.
  %2 = quant.matmul %q, %w scales(%s, %sw : tensor<16xf32>, tensor<f32>) outs(%e : tensor<16x24xf32>)
      : tensor<16x32xi8>, tensor<24x32xi8> -> tensor<16x24xf32>
  %twice = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%r, %2, %2 : tensor<16x24xf32>, tensor<16x24xf32>, tensor<16x24xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%unused: f32, %a: f32, %b: f32, %o: f32):
    %1 = arith.addf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<16x24xf32>

  // A residual, and a constant behind the matmul.
  %3 = quant.matmul %q, %w scales(%s, %sw : tensor<16xf32>, tensor<f32>) outs(%e : tensor<16x24xf32>)
      : tensor<16x32xi8>, tensor<24x32xi8> -> tensor<16x24xf32>
  %third = arith.constant 0.3333 : f32
  %scaled = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%3, %r : tensor<16x24xf32>, tensor<16x24xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %third : f32
    %4 = arith.subf %b, %1 : f32
    linalg.yield %4 : f32
  } -> tensor<16x24xf32>

  // One row, whose product with a row is read at row 0, and is spread over a matrix.
  %x0 = tensor.extract_slice %x[0, 0] [1, 32] [1, 1] : tensor<16x32xf32> to tensor<1x32xf32>
  %r0 = tensor.extract_slice %r[0, 0] [1, 24] [1, 1] : tensor<16x24xf32> to tensor<1x24xf32>
  %qe0 = tensor.empty() : tensor<1x32xi8>
  %se0 = tensor.empty() : tensor<1xf32>
  %e0 = tensor.empty() : tensor<1x24xf32>
  %q0, %s0 = quant.quantize %x0 outs(%qe0, %se0 : tensor<1x32xi8>, tensor<1xf32>) : tensor<1x32xf32> -> tensor<1x32xi8>, tensor<1xf32>
  %5 = quant.matmul %q0, %w scales(%s0, %sw : tensor<1xf32>, tensor<f32>) outs(%e0 : tensor<1x24xf32>)
      : tensor<1x32xi8>, tensor<24x32xi8> -> tensor<1x24xf32>
  %product = linalg.generic {indexing_maps = [#row, #row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%5, %r0, %5 : tensor<1x24xf32>, tensor<1x24xf32>, tensor<1x24xf32>) outs(%e0 : tensor<1x24xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    %4 = arith.subf %1, %c : f32
    linalg.yield %4 : f32
  } -> tensor<1x24xf32>
  %6 = quant.matmul %q0, %w scales(%s0, %sw : tensor<1xf32>, tensor<f32>) outs(%e0 : tensor<1x24xf32>)
      : tensor<1x32xi8>, tensor<24x32xi8> -> tensor<1x24xf32>
  %rows = linalg.generic {indexing_maps = [#row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%6, %r : tensor<1x24xf32>, tensor<16x24xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.addf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<16x24xf32>

  // One column.
  %w0 = tensor.extract_slice %w[0, 0] [1, 32] [1, 1] : tensor<24x32xi8> to tensor<1x32xi8>
  %e1 = tensor.empty() : tensor<16x1xf32>
  %7 = quant.matmul %q, %w0 scales(%s, %sw : tensor<16xf32>, tensor<f32>) outs(%e1 : tensor<16x1xf32>)
      : tensor<16x32xi8>, tensor<1x32xi8> -> tensor<16x1xf32>
  %columns = linalg.generic {indexing_maps = [#column, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%7, %r : tensor<16x1xf32>, tensor<16x24xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<16x24xf32>
  return %square, %twice, %scaled, %product, %rows, %columns
      : tensor<16x24xf32>, tensor<16x24xf32>, tensor<16x24xf32>, tensor<1x24xf32>, tensor<16x24xf32>, tensor<16x24xf32>
}
