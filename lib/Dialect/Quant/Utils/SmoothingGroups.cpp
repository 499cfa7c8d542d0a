//===- SmoothingGroups.cpp - the linears that share a scale ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/SmoothingGroups.h"

using namespace mlir;
using namespace mlir::quantmlir;

std::variant<SmoothingGroup, NoGroup>
mlir::quantmlir::matchSmoothingGroup(ObserveOp observe) {
  RankedTensorType type = observe.getInput().getType();
  if (type.getRank() != 2 || type.isDynamicDim(1))
    return NoGroup{"it is not a matrix with a known number of channels", ""};
  if (type.getDimSize(1) == 0)
    return NoGroup{"it has no channels", ""};
  SmoothingGroup group{observe, type.getDimSize(1), {}};
  for (OpOperand &use : observe->getUses()) {
    std::optional<Linear> linear = matchLinear(use.getOwner());
    if (auto weight = matchComputedWeight(use.getOwner()))
      return NoGroup{"it feeds " + weight->name + ": " + weight->reason, ""};
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
  // Uses are listed from the last one on.
  std::reverse(group.linears.begin(), group.linears.end());
  return group;
}

MigrationPlan mlir::quantmlir::planMigration(SmoothingGroup &group) {
  ScaleLayout layout = ScaleLayout::getIdentity({1}, {group.channels});
  return planMigration(group.observe.getInputMutable(), layout, group.channels);
}
