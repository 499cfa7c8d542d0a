//===- BlockText.cpp - what a block computes, as a text -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockText.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::quantmlir;

void mlir::quantmlir::printBlockText(llvm::raw_ostream &os, Block &block) {
  DenseMap<Value, unsigned> numbers;
  auto printNew = [&](Value value) {
    unsigned number = numbers.size();
    numbers[value] = number;
    os << " %" << number << ":" << value.getType();
  };
  for (BlockArgument argument : block.getArguments())
    printNew(argument);
  for (Operation &op : block) {
    os << "\n" << op.getName() << op.getAttrDictionary();
    for (Value operand : op.getOperands()) {
      Attribute constant;
      if (numbers.contains(operand))
        os << " %" << numbers[operand];
      else if (matchPattern(operand, m_Constant(&constant)))
        os << " " << constant;
    }
    os << " ->";
    for (Value result : op.getResults())
      printNew(result);
  }
  os << "\n";
}
