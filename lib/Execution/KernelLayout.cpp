//===- KernelLayout.cpp - where a kernel keeps its values -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLayout.h"

#include "Access.h"
#include "Clustering.h"
#include "RowNest.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::quantmlir;

KernelLayout::KernelLayout(func::FuncOp kernel)
    : kernel(kernel),
      numRows(kernel->getAttrOfType<IntegerAttr>(rowsAttrName).getInt()) {
  Block &body = kernel.getBody().front();
  for (Operation &op : llvm::reverse(body.without_terminator()))
    if (!isRecomputed(&op) && !isComputedAtUse(&op))
      storedOps.push_back(&op);
  std::reverse(storedOps.begin(), storedOps.end());
  for (Operation *op : storedOps)
    for (Value result : op->getResults())
      if (!llvm::is_contained(body.getTerminator()->getOperands(), result))
        stackValues.push_back(result);
}

int64_t KernelLayout::getRowElements(Value value) const {
  return cast<RankedTensorType>(value.getType()).getNumElements() / numRows;
}

int64_t KernelLayout::getRowBytes(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  return getRowElements(value) *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

bool KernelLayout::isStored(Operation *op) const {
  return llvm::is_contained(storedOps, op);
}

/// Ops that read `value`, also through views; null for the kernel's return.
static void collectReaders(Value value, Block *block,
                           llvm::SmallSetVector<Operation *, 4> &readers) {
  for (Operation *user : value.getUsers()) {
    Operation *top = block->findAncestorOpInBlock(*user);
    if (getViewSource(top))
      collectReaders(top->getResult(0), block, readers);
    else
      readers.insert(top);
  }
}

static int64_t getNumIterations(Operation *op) {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    int64_t iterations = 1;
    for (int64_t extent : linalgOp.getStaticLoopRanges())
      iterations *= extent;
    return iterations;
  }
  return cast<RankedTensorType>(op->getResult(0).getType()).getNumElements();
}

/// One operation on floats or integers, no function.
static bool isCheap(Operation *op) {
  unsigned numOps = 0;
  for (Operation &o :
       cast<linalg::LinalgOp>(op).getBlock()->without_terminator())
    numOps += o.getName().getDialectNamespace() == "arith" ? 1 : 2;
  return numOps <= 1;
}

/// An elementwise op is computed where it is used if that repeats no work: once
/// for each element, or several times if it is cheap. Its readers have been
/// decided upon.
bool KernelLayout::isComputedAtUse(Operation *op) {
  if (!KernelOp::isElementwise(op))
    return false;
  Block *block = op->getBlock();
  llvm::SmallSetVector<Operation *, 4> readers;
  collectReaders(op->getResult(0), block, readers);
  if (readers.contains(block->getTerminator()) || readers.empty())
    return false;
  int64_t elements =
      cast<RankedTensorType>(op->getResult(0).getType()).getNumElements();
  unsigned repetitions = 0;
  for (Operation *reader : readers) {
    if (!KernelOp::isSupported(reader) || getNumIterations(reader) > elements)
      return false;
    auto it = numRepetitions.find(reader);
    repetitions += it == numRepetitions.end() ? 1 : it->second;
  }
  if (repetitions > 1 && !isCheap(op))
    return false;
  numRepetitions[op] = repetitions;
  return true;
}
