//===- OperandSets.cpp - which operands of an op take a scale -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OperandSets.h"

#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// More operands than this are scaled all or none.
static constexpr unsigned maxChoices = 8;

SmallVector<SmallVector<OpOperand *>> quantmlir::detail::findOperandSets(
    ArrayRef<OpOperand *> choices,
    function_ref<bool(ArrayRef<OpOperand *>)> passes) {
  SmallVector<SmallVector<OpOperand *>> sets;
  if (choices.size() > maxChoices) {
    if (passes(choices))
      sets.emplace_back(choices);
    return sets;
  }
  auto masks = llvm::to_vector(llvm::seq<unsigned>(1u << choices.size()));
  llvm::sort(masks, [](unsigned a, unsigned b) {
    return std::pair(llvm::popcount(a), a) < std::pair(llvm::popcount(b), b);
  });
  SmallVector<unsigned> found;
  for (unsigned mask : masks) {
    if (llvm::any_of(found, [&](unsigned f) { return (mask & f) == f; }))
      continue;
    SmallVector<OpOperand *> scaled;
    for (auto [i, choice] : llvm::enumerate(choices))
      if (mask >> i & 1)
        scaled.push_back(choice);
    if (!passes(scaled))
      continue;
    found.push_back(mask);
    sets.push_back(std::move(scaled));
  }
  return sets;
}

void quantmlir::detail::sortRoutes(SmallVectorImpl<ScaleRoute> &routes) {
  auto getCost = [](const ScaleRoute &route) {
    bool open = llvm::any_of(route.demands, [](const ScaleDemand &demand) {
      Value value = demand.operand->get();
      return !isWeight(value) && !isConstantExpression(value);
    });
    // The first operand's number makes the order total.
    const auto &demands = route.demands.empty() ? route.widened : route.demands;
    unsigned first =
        demands.empty() ? 0 : demands.front().operand->getOperandNumber();
    return std::tuple(!route.ties.empty(), open, route.widened.size(),
                      route.demands.size(), first);
  };
  llvm::sort(routes, [&](const ScaleRoute &a, const ScaleRoute &b) {
    return getCost(a) < getCost(b);
  });
}

std::string quantmlir::detail::explainNoSet(Operation *culprit) {
  if (!culprit)
    return "no choice of its operands scales the result alike";
  return (culprit->getName().getStringRef() +
          " of a scaled value is not the scaled value of it")
      .str();
}
