//===- SmoothingGroups.cpp - the linears that share a scale ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SmoothingGroups.h"

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

using namespace mlir;
using namespace mlir::quantmlir;

std::variant<SmoothingGroup, NoGroup>
mlir::quantmlir::matchSmoothingGroup(ObserveOp observe) {
  RankedTensorType type = observe.getInput().getType();
  if (type.getRank() != 2 || type.isDynamicDim(1))
    return NoGroup{"it is not a matrix with a known number of channels", ""};
  SmoothingGroup group{observe, type.getDimSize(1), {}};
  for (OpOperand &use : observe->getUses()) {
    std::optional<Linear> linear = matchLinear(use.getOwner());
    if (!linear || use.getOperandNumber() != 0)
      return NoGroup{("it also feeds " +
                      use.getOwner()->getName().getStringRef() +
                      ", which is not a linear")
                         .str(),
                     "observe the linears' input alone"};
    group.linears.push_back(*linear);
  }
  if (group.linears.empty())
    return NoGroup{"no linear reads it", ""};
  return group;
}

MigrationPlan mlir::quantmlir::planMigration(SmoothingGroup &group) {
  ScaleLayout layout = ScaleLayout::getIdentity({1}, {group.channels});
  return planMigration(group.observe.getInputMutable(), layout, group.channels);
}

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
