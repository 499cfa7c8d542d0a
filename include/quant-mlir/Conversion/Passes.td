//===- Passes.td - conversions of the quant dialect --------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_PASSES_TD
#define QUANT_MLIR_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertQuantToLinalg : Pass<"convert-quant-to-linalg"> {
  let summary = "Expand the ops of the quant dialect to linalg on tensors";
  let description = [{
    Every op of ours becomes linalg, arith and math ops that compute what
    `quant-mlir/Dialect/Quant/IR/Numerics.h` defines, bit for bit: no op carries
    fast-math flags, and none may get any afterwards. An integer contraction
    becomes one `linalg.matmul` i8×i8→i32 with an N×K weight and an elementwise
    epilogue; group-quantized weights are dequantized in front of an f32
    `linalg.matmul`.

    ```mlir
    %y = quant.matmul %q, %w scales(%sx, %sw : tensor<f32>, tensor<1536xf32>)
        outs(%init : tensor<512x1536xf32>)
        : tensor<512x576xi8>, tensor<1536x576xi8> -> tensor<512x1536xf32>
    ```
    ==>
    ```mlir
    %acc = linalg.matmul indexing_maps = [(m, k), (n, k), (m, n)]
        ins(%q, %w) outs(%zeros : tensor<512x1536xi32>)
    %y = linalg.generic ins(%acc, %sx, %sw) outs(%init) {
      f32(acc) * sx * sw
    }
    ```
  }];
  let options = [
    Option<"keepObservers", "keep-observers", "bool", "false",
           "Leave quant.observe in place instead of erasing it">];
}

#endif // QUANT_MLIR_CONVERSION_PASSES_TD
