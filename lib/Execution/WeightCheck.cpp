//===- WeightCheck.cpp - weights that device code can take ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightCheck.h"

using namespace mlir;
using namespace mlir::quantmlir;

static std::optional<unsigned> getNumber(Value operand) {
  auto argument = dyn_cast_or_null<BlockArgument>(operand);
  return argument ? std::optional(argument.getArgNumber()) : std::nullopt;
}

// What quant-outline-device-code makes has all operands with elements as
// arguments. Constants are checked when the function is compiled.
llvm::Expected<SmallVector<WeightCheck>>
mlir::quantmlir::getWeightChecks(func::FuncOp function) {
  SmallVector<WeightCheck> checks;
  llvm::Error error = llvm::Error::success();
  function.walk([&](GroupMatmulOp op) {
    std::optional<WeightRange> range = WeightRange::get(op);
    if (!range)
      return WalkResult::advance();
    SmallVector<Value, 3> operands = {op.getCodes()};
    for (Value operand : {WeightRange::getScales(op), op.getZeros()})
      if (operand)
        operands.push_back(operand);
    if (isConstantWeight(op))
      return WalkResult::advance();
    if (!llvm::all_of(operands, llvm::IsaPred<BlockArgument>)) {
      error = llvm::joinErrors(
          std::move(error),
          llvm::createStringError(
              "device function '" + function.getName() +
              "': codes, scales and zero points of a packed weight must be "
              "arguments, or all of them constants, so that somebody can check "
              "what they fit into"));
      return WalkResult::interrupt();
    }
    checks.push_back({*range, *getNumber(op.getCodes()),
                      getNumber(WeightRange::getScales(op)),
                      getNumber(op.getZeros())});
    return WalkResult::advance();
  });
  if (error)
    return std::move(error);
  return checks;
}
