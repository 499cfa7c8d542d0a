// The kernel of a packed weight whose number of columns is known at run time only.
// It is that of narrow copies, since rows of x may begin anywhere.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/pack_weights.py make %t
// RUN: quant-opt %S/pack-weights.mlir --quant-w4a16-rtn="weights=%t/w.safetensors group-size=128 output-weights=%t/q.safetensors" -o %t/q.mlir
// RUN: quant-run %t/q.mlir --quiet --weights=%t/q.safetensors --input=%t/x.npy --output=%t/static.npy
// RUN: quant-opt %t/q.mlir --quant-bind-weights=file=%t/q.safetensors --quant-pack-weights --quant-externalize-weights=file=%t/p.safetensors -o /dev/null
// RUN: %python %S/Inputs/pack_weights.py split %t p

// DEFINE: %{inputs} = --input=%t/x.npy --input=%t/fc.weight_packed.fragments.npy --input=%t/fc.weight_scale.fragments.npy
// RUN: quant-run %s --quiet %{inputs} --output=%t/cpu.npy
// RUN: cmp %t/static.npy %t/cpu.npy
// RUN: quant-run %s --quiet %{inputs} --output=%t/ptx.npy --device=ptx --check
// RUN: %python %S/Inputs/pack_weights.py check %t static ptx | FileCheck %s
// CHECK: largest difference {{[0-9.e-]+}} of the sums' magnitude

func.func private @linear(%x: tensor<?x?xf16>, %c: tensor<5x?x512xi8>, %g: tensor<?x80xf32>) -> tensor<?x70xf32> {
  %zero = arith.constant 0 : index
  %m = tensor.dim %x, %zero : tensor<?x?xf16>
  %e = tensor.empty(%m) : tensor<?x70xf32>
  %y = quant.group_matmul %x, %c scales(%g : tensor<?x80xf32>) outs(%e : tensor<?x70xf32>)
      {fragment_order, group_size = 128 : i64} : tensor<?x?xf16>, tensor<5x?x512xi8> -> tensor<?x70xf32>
  return %y : tensor<?x70xf32>
}

func.func @main(%x: tensor<33x300xf16>, %c: tensor<5x5x512xi8>, %g: tensor<3x80xf32>) -> tensor<33x70xf32> {
  %0 = tensor.cast %x : tensor<33x300xf16> to tensor<?x?xf16>
  %1 = tensor.cast %c : tensor<5x5x512xi8> to tensor<5x?x512xi8>
  %2 = tensor.cast %g : tensor<3x80xf32> to tensor<?x80xf32>
  %3 = call @linear(%0, %1, %2) : (tensor<?x?xf16>, tensor<5x?x512xi8>, tensor<?x80xf32>) -> tensor<?x70xf32>
  %4 = tensor.cast %3 : tensor<?x70xf32> to tensor<33x70xf32>
  return %4 : tensor<33x70xf32>
}
