//===- InsertScales.cpp - put the scale of a group into the IR ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InsertScales.h"

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

using namespace mlir;
using namespace mlir::quantmlir;

void mlir::quantmlir::insertScales(SmoothingGroup &group, bool folds,
                                   ArrayRef<float> scales) {
  ObserveOp observe = group.observe;
  Location loc = observe.getLoc();
  OpBuilder builder(observe);
  auto type = RankedTensorType::get(group.channels, builder.getF32Type());
  std::string name = folds ? "" : (observe.getName() + ".smoothing").str();
  Value scale = createFloatConstant(builder, loc, name, type, scales);
  observe.getInputMutable().assign(
      SmoothOp::create(builder, loc, observe.getInput(), scale, {1}));
  ScaleLayout layout = ScaleLayout::getIdentity({1}, {group.channels});
  observe.updateForScale(0, layout, scales);
  for (Linear &linear : group.linears) {
    builder.setInsertionPoint(linear.op);
    linear.op->setOperand(
        1, FuseScaleOp::create(builder, loc, linear.weight, scale, {1}));
  }
}
