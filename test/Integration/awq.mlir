// AWQ's searches agree with NumPy's: on second moments, on sample rows, for
// clipping, and for two-level groups; a last group is shorter; threads do not change a byte.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/awq.py make %t
// RUN: quant-opt %s --quant-calibrate -o %t/observed.mlir
// RUN: quant-run %t/observed.mlir --quiet --weights=%t/w.safetensors --input=%t/x.npy --observe=%t/moments.safetensors --second-moments
// RUN: quant-run %t/observed.mlir --quiet --weights=%t/w.safetensors --input=%t/x.npy --observe=%t/sample.safetensors --second-moments --sample-rows=8

// RUN: quant-opt %t/observed.mlir --quant-attach-statistics=file=%t/moments.safetensors --quant-bind-weights=file=%t/w.safetensors -o %t/2.mlir
// RUN: quant-opt %t/2.mlir --remarks-filter=quant-awq --quant-awq="group-size=64 zero-point" --quant-fold-scales --quant-externalize-weights=file=%t/scaled.safetensors -o %t/scaled.mlir 2> %t/remarks
// RUN: %python %S/Inputs/awq.py scales %t %t/scaled.safetensors %t/remarks w4a16

// RUN: quant-opt %t/2.mlir --mlir-disable-threading --quant-awq="group-size=64 zero-point" --quant-fold-scales --quant-externalize-weights=file=%t/scaled1.safetensors -o /dev/null
// RUN: cmp %t/scaled.safetensors %t/scaled1.safetensors

// RUN: quant-opt %t/observed.mlir --quant-attach-statistics=file=%t/sample.safetensors --quant-bind-weights=file=%t/w.safetensors --remarks-filter=quant-awq --quant-awq="group-size=64 zero-point" --quant-fold-scales --quant-externalize-weights=file=%t/sampled.safetensors -o /dev/null 2> %t/remarks
// RUN: %python %S/Inputs/awq.py scales %t %t/sampled.safetensors %t/remarks w4a16 8

// RUN: quant-opt %t/2.mlir --quant-clip-weights="group-size=64 zero-point" --quant-externalize-weights=file=%t/clipped.safetensors -o /dev/null
// RUN: %python %S/Inputs/awq.py clipping %t %t/clipped.safetensors w4a16
// RUN: quant-opt %t/2.mlir --mlir-disable-threading --quant-clip-weights="group-size=64 zero-point" --quant-externalize-weights=file=%t/clipped1.safetensors -o /dev/null
// RUN: cmp %t/clipped.safetensors %t/clipped1.safetensors

// Integer scales of groups round otherwise than float ones, which shows.
// RUN: quant-opt %t/2.mlir --remarks-filter=quant-awq --quant-awq="scheme=w4a8 group-size=64 zero-point" --quant-fold-scales --quant-externalize-weights=file=%t/scaled48.safetensors -o /dev/null 2> %t/remarks
// RUN: %python %S/Inputs/awq.py scales %t %t/scaled48.safetensors %t/remarks w4a8
// RUN: quant-opt %t/2.mlir --quant-clip-weights="scheme=w4a8 group-size=64 zero-point" --quant-externalize-weights=file=%t/clipped48.safetensors -o /dev/null
// RUN: %python %S/Inputs/awq.py clipping %t %t/clipped48.safetensors w4a8
// RUN: %python %S/Inputs/awq.py differ %t %t/clipped.safetensors %t/clipped48.safetensors

#id = affine_map<(m, k) -> (m, k)>
#channel = affine_map<(m, k) -> (k)>
#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

ml_program.global private @gain(#ml_program.extern : tensor<96xf32>) : tensor<96xf32>
ml_program.global private @q.weight(#ml_program.extern : tensor<40x96xf32>) : tensor<40x96xf32>
ml_program.global private @k.weight(#ml_program.extern : tensor<24x96xf32>) : tensor<24x96xf32>

func.func @main(%x: tensor<64x96xf32>) -> (tensor<64x40xf32>, tensor<64x24xf32>) {
  %zero = arith.constant 0.0 : f32
  %gain = ml_program.global_load_const @gain : tensor<96xf32>
  %wq = ml_program.global_load_const @q.weight : tensor<40x96xf32>
  %wk = ml_program.global_load_const @k.weight : tensor<24x96xf32>
  %e = tensor.empty() : tensor<64x96xf32>
  %h = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gain : tensor<64x96xf32>, tensor<96xf32>) outs(%e : tensor<64x96xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<64x96xf32>
  %eq = tensor.empty() : tensor<64x40xf32>
  %fq = linalg.fill ins(%zero : f32) outs(%eq : tensor<64x40xf32>) -> tensor<64x40xf32>
  %q = linalg.matmul indexing_maps = [#x, #w, #y] ins(%h, %wq : tensor<64x96xf32>, tensor<40x96xf32>) outs(%fq : tensor<64x40xf32>) -> tensor<64x40xf32>
  %ek = tensor.empty() : tensor<64x24xf32>
  %fk = linalg.fill ins(%zero : f32) outs(%ek : tensor<64x24xf32>) -> tensor<64x24xf32>
  %k = linalg.matmul indexing_maps = [#x, #w, #y] ins(%h, %wk : tensor<64x96xf32>, tensor<24x96xf32>) outs(%fk : tensor<64x24xf32>) -> tensor<64x24xf32>
  return %q, %k : tensor<64x40xf32>, tensor<64x24xf32>
}
