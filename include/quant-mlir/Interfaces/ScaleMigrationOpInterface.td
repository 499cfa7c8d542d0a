//===- ScaleMigrationOpInterface.td - how scales move through ops -*- tablegen -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//


#ifndef QUANT_MLIR_INTERFACES_SCALEMIGRATIONOPINTERFACE_TD
#define QUANT_MLIR_INTERFACES_SCALEMIGRATIONOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def ScaleMigrationOpInterface : OpInterface<"ScaleMigrationOpInterface"> {
  let cppNamespace = "::mlir::quantmlir";
  let description = [{
    How a scale on a result moves to the operands. If the op's result is to be
    divided by a positive scale along some dimensions, which operands must be
    divided instead, and along which of their dimensions, so that the op itself
    need not change? docs/Migration.md derives the rule of each op.
  }];

  let methods = [
    InterfaceMethod<[{
      Appends every way to move the scale `layout` of result `number` to
      operands, the preferred ones first. Each way is complete by itself: all of
      its demands and ties must be met. Without a way, `reason` says what stops
      the scale, as the end of a sentence that begins with the op.
    }],
      "void", "getScaleRoutes",
      (ins "unsigned":$number, "const ::mlir::quantmlir::ScaleLayout &":$layout,
           "::llvm::SmallVectorImpl<::mlir::quantmlir::ScaleRoute> &":$routes,
           "std::string &":$reason)>,
    InterfaceMethod<[{
      What a use that takes no scale asks of its operand: `oneChannel` for the
      elements that the op reads, `anyChannel` for the others. By default it
      reads every element.
    }],
      "::mlir::quantmlir::ScaleLayout", "getReadElements",
      (ins "::mlir::OpOperand &":$operand), [{}], [{
        return ::mlir::quantmlir::ScaleLayout::getUniform(
            ::mlir::quantmlir::oneChannel);
      }]>,
    InterfaceMethod<[{
      Tells the op that its result `number` has been divided by `scales` (one
      for each channel of `layout`), for ops that hold data about the value.
    }],
      "void", "updateForScale",
      (ins "unsigned":$number, "const ::mlir::quantmlir::ScaleLayout &":$layout,
           "::llvm::ArrayRef<float>":$scales), [{}], [{ return; }]>
  ];
}

#endif // QUANT_MLIR_INTERFACES_SCALEMIGRATIONOPINTERFACE_TD
