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
