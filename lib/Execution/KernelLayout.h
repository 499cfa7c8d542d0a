//===- KernelLayout.h - where a kernel keeps its values ---------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_KERNELLAYOUT_H
#define QUANT_MLIR_LIB_EXECUTION_KERNELLAYOUT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::quantmlir {

/// Intermediate values with longer rows go to memory instead of the stack.
constexpr int64_t maxStackRowBytes = 64 << 10;

/// Where each value of an outlined kernel lives: in an argument's or a result's
/// buffer, in a buffer on the stack that holds one row, or nowhere, because its
/// elements are computed where they are used.
class KernelLayout {
public:
  explicit KernelLayout(func::FuncOp kernel);

  int64_t getNumRows() const { return numRows; }
  int64_t getRowElements(Value value) const;
  int64_t getRowBytes(Value value) const;

  /// The ops whose results are stored, in the order in which a row needs them.
  ArrayRef<Operation *> getStoredOps() const { return storedOps; }
  bool isStored(Operation *op) const;
  /// Stored values that are not results of the kernel.
  ArrayRef<Value> getStackValues() const { return stackValues; }

private:
  bool isComputedAtUse(Operation *op);

  func::FuncOp kernel;
  int64_t numRows;
  /// How often an op that is not stored is computed for each element.
  DenseMap<Operation *, unsigned> numRepetitions;
  SmallVector<Operation *> storedOps;
  SmallVector<Value> stackValues;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_KERNELLAYOUT_H
