// What does not run on the device as asked for is said, and is an error where only
// what runs there can be checked or counted.

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy, sys; numpy.save(sys.argv[1], numpy.ones((2, 64), 'i1'))" %t/x.npy
// DEFINE: %{run} = quant-run %s --input=%t/x.npy --quiet --output=%t/y.npy
// RUN: %{run} --device=ptx 2>&1 | FileCheck %s --check-prefix=WARNS
// RUN: not %{run} --device=ptx --check 2>&1 | FileCheck %s --check-prefixes=STAYS,CHECKED
// RUN: not %{run} --device=ptx --counters=%t/c.json 2>&1 | FileCheck %s --check-prefixes=STAYS,COUNTED
// RUN: not ls %t/c.json
// RUN: %{run} --device=ptx --function=none 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: %{run} --device=ptx --check --chip=sm_90 --function=int4 2>&1 | FileCheck %s --check-prefix=INT4
// RUN: %{run} --device=ptx --check --function=int4 2>&1 | count 0
// RUN: %{run} 2>&1 | count 0
// RUN: not %{run} --device=ptx --check --function=wide 2>&1 | FileCheck %s --check-prefix=WIDE
// RUN: %{run} --device=ptx --check --function=narrow 2>&1 | count 0

// WARNS:      quant-run: 1 op(s) stay on the CPU: its weight is not in the order of fragments; run quant-pack-weights
// WARNS-NEXT: quant-run: warning: nothing of 'main' runs on the device: it has no quantized op with a GPU kernel
// STAYS:        quant-run: 1 op(s) stay on the CPU: its weight is not in the order of fragments; run quant-pack-weights
// CHECKED-NEXT: quant-run: error: --check: nothing of 'main' runs on the device
// COUNTED-NEXT: quant-run: error: --counters: nothing of 'main' runs on the device
// NONE:     quant-run: warning: nothing of 'none' runs on the device
// INT4:     quant-run: 4-bit activations are multiplied as 8-bit ones: the tensor cores of sm_90 have no 4-bit integers
// WIDE:     quant-run: 1 op(s) stay on the CPU: the scale of group 0 of row 0, 17, takes a code of its beyond 8 bits; pack the weight with quant-pack-weights

func.func @main(%x: tensor<2x64xi8>) -> tensor<2x16xf32> {
  %c = arith.constant dense<33> : tensor<16x32xi8>
  %s = arith.constant dense<2> : tensor<16x2xi8>
  %sx = arith.constant dense<0.5> : tensor<f32>
  %sw = arith.constant dense<0.25> : tensor<16xf32>
  %e = tensor.empty() : tensor<2x16xf32>
  %y = quant.group_matmul %x, %c scales(%s : tensor<16x2xi8>) dequantize(%sx, %sw : tensor<f32>, tensor<16xf32>) outs(%e : tensor<2x16xf32>)
      {group_size = 32 : i64} : tensor<2x64xi8>, tensor<16x32xi8> -> tensor<2x16xf32>
  return %y : tensor<2x16xf32>
}

func.func @none(%x: tensor<2x64xi8>) -> tensor<2x64xi8> {
  return %x : tensor<2x64xi8>
}

func.func @int4(%x: tensor<2x64xi8>) -> tensor<2x16xf32> {
  %c = arith.constant dense<33> : tensor<1x1x512xi8>
  %sx = arith.constant dense<0.5> : tensor<f32>
  %sw = arith.constant dense<0.25> : tensor<16xf32>
  %e = tensor.empty() : tensor<2x16xf32>
  %y = quant.group_matmul %x, %c dequantize(%sx, %sw : tensor<f32>, tensor<16xf32>) outs(%e : tensor<2x16xf32>)
      {fragment_order, group_size = 64 : i64, input_bits = 4 : i64} : tensor<2x64xi8>, tensor<1x1x512xi8> -> tensor<2x16xf32>
  return %y : tensor<2x16xf32>
}

// Codes of -8.
func.func @wide(%x: tensor<2x64xi8>) -> tensor<2x16xf32> {
  %c = arith.constant dense<-120> : tensor<1x1x512xi8>
  %s = arith.constant dense<17> : tensor<2x16xi8>
  %sx = arith.constant dense<0.5> : tensor<f32>
  %sw = arith.constant dense<0.25> : tensor<16xf32>
  %e = tensor.empty() : tensor<2x16xf32>
  %y = quant.group_matmul %x, %c scales(%s : tensor<2x16xi8>) dequantize(%sx, %sw : tensor<f32>, tensor<16xf32>) outs(%e : tensor<2x16xf32>)
      {fragment_order, group_size = 32 : i64} : tensor<2x64xi8>, tensor<1x1x512xi8> -> tensor<2x16xf32>
  return %y : tensor<2x16xf32>
}

func.func @narrow(%x: tensor<2x64xi8>) -> tensor<2x16xf32> {
  %c = arith.constant dense<-120> : tensor<1x1x512xi8>
  %s = arith.constant dense<16> : tensor<2x16xi8>
  %sx = arith.constant dense<0.5> : tensor<f32>
  %sw = arith.constant dense<0.25> : tensor<16xf32>
  %e = tensor.empty() : tensor<2x16xf32>
  %y = quant.group_matmul %x, %c scales(%s : tensor<2x16xi8>) dequantize(%sx, %sw : tensor<f32>, tensor<16xf32>) outs(%e : tensor<2x16xf32>)
      {fragment_order, group_size = 32 : i64} : tensor<2x64xi8>, tensor<1x1x512xi8> -> tensor<2x16xf32>
  return %y : tensor<2x16xf32>
}
