//===- ReplaceLinear.cpp - put quantized ops in place of linears ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReplaceLinear.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::quantmlir;

Value mlir::quantmlir::createConstant(OpBuilder &builder, Location loc,
                                      ElementsAttr attr) {
  return attr ? arith::ConstantOp::create(builder, loc, cast<TypedAttr>(attr))
              : Value();
}

void mlir::quantmlir::replaceLinear(
    Linear linear,
    function_ref<Operation *(OpBuilder &, Location, Value bias, Value init)>
        create) {
  std::optional<BiasAdd> add = matchBias(linear);
  Operation *last = add ? add->op.getOperation() : linear.op;
  auto fill = linear.op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  OpBuilder builder(last);
  last->replaceAllUsesWith(create(builder, linear.op.getLoc(),
                                  add ? add->bias : Value(),
                                  fill.getOutputs()[0]));
  if (add)
    add->op.erase();
  linear.op->erase();
}
