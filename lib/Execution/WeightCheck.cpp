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

// An outlined function has all operands with elements as arguments.
SmallVector<WeightCheck>
mlir::quantmlir::getWeightChecks(func::FuncOp function) {
  SmallVector<WeightCheck> checks;
  function.walk([&](GroupMatmulOp op) {
    std::optional<WeightRange> range = WeightRange::get(op);
    if (!range)
      return;
    auto codes = dyn_cast<BlockArgument>(op.getCodes());
    auto scales = dyn_cast<BlockArgument>(op.getScales());
    auto zeros = dyn_cast_or_null<BlockArgument>(op.getZeros());
    if (!codes || !scales || (op.getZeros() && !zeros))
      return;
    WeightCheck check{*range, codes.getArgNumber(), scales.getArgNumber(), {}};
    if (zeros)
      check.zeros = zeros.getArgNumber();
    checks.push_back(check);
  });
  return checks;
}
