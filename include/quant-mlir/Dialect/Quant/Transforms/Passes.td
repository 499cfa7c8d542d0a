//===- Passes.td - passes on the quant dialect -------------*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_TD
#define QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Linears
//===----------------------------------------------------------------------===//

def QuantRaiseLinears : Pass<"quant-raise-linears", "ModuleOp"> {
  let summary = "Bring every linear into one form";
  let description = [{
    Each contraction of an activation with a weight becomes a rank-2
    `linalg.matmul` whose weight is N×K, into a destination filled with 0. The
    weight is found behind transposes, broadcasts and reshapes that only add or
    drop unit dimensions, whether it is a constant or an external global. Leading
    dimensions of the activation are collapsed into M. A destination that is not
    0 becomes an addition; a bias that is added to the reshaped result is added
    to the M×N value instead.

    ```mlir
    %t = linalg.transpose ins(%w : tensor<1536x576xf32>) … permutation = [1, 0]
    %b = linalg.broadcast ins(%t : tensor<576x1536xf32>) … dimensions = [0]
    %y = linalg.batch_matmul ins(%x, %b : tensor<8x128x576xf32>, tensor<8x576x1536xf32>) …
    ```
    ==>
    ```mlir
    %c = tensor.collapse_shape %x [[0, 1], [2]] : … into tensor<1024x576xf32>
    %m = linalg.matmul indexing_maps = [(m, n, k) -> (m, k), (n, k), (m, n)]
        ins(%c, %w : tensor<1024x576xf32>, tensor<1536x576xf32>) …
    %y = tensor.expand_shape %m [[0, 1], [2]] … : … into tensor<8x128x1536xf32>
    ```

    A parameter stored as K×N is transposed: its constant if its data is present,
    otherwise by a `linalg.transpose` that folds when the data is bound. A weight
    that cannot be raised (a convolution's filter) stays, with a missed-remark.
    Dead operands and results of `linalg.generic` (the index that a decomposed
    softmax also computes) are dropped.
  }];
  let dependentDialects = [
    "arith::ArithDialect", "linalg::LinalgDialect", "tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numRaised", "raised", "Contractions brought into the form">,
    Statistic<"numBiases", "biases", "Biases moved to the rank-2 result">
  ];
}

//===----------------------------------------------------------------------===//
// Calibration
//===----------------------------------------------------------------------===//

def QuantStripObservers : Pass<"quant-strip-observers", "ModuleOp"> {
  let summary = "Remove every quant.observe";
  let description = [{
    Replaces each `quant.observe` by its operand, with or without statistics.

    ```mlir
    %y = quant.observe %x "layers.0.input" : tensor<512x576xf32>
    use %y
    ```
    ==>
    ```mlir
    use %x
    ```
  }];
  let dependentDialects = ["quant::QuantDialect"];
  let statistics = [Statistic<"numErased", "erased", "Observers erased">];
}

#endif // QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_PASSES_TD
