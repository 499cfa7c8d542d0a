//===- RowNest.h - the loops that compute a tensor row by row ---*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Every op of a kernel is computed by loops whose outermost variable is the
// row: the leading parallel dimensions of its result, taken together. Ops that
// have the same number of rows, and read of each other only the row that they
// compute, share one row loop. So a chain like a softmax runs over rows that
// stay in the first-level cache, and rows are divided among threads.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_ROWNEST_H
#define QUANT_MLIR_LIB_EXECUTION_ROWNEST_H

#include "Access.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::quantmlir {

/// Loops around one computation; variable 0 of the space is the row.
struct RowNest {
  explicit RowNest(MLIRContext *context) : space(context) {}

  struct Loop {
    AffineExpr variable;
    int64_t extent;
    bool isReduction;
  };

  IndexSpace space;
  /// The value of each iterator of the op.
  SmallVector<AffineExpr> iterators;
  /// The loops inside the row loop: parallel ones, then reductions. Those of
  /// extent 1 are left out.
  SmallVector<Loop> loops;
};

/// An op that a kernel computes: a linalg op, a concatenation, the insertion of
/// a slice, or a view whose elements are wanted in a buffer.
class KernelOp {
public:
  explicit KernelOp(Operation *op) : op(op) {}

  /// True if loops can be made for `op`.
  static bool isSupported(Operation *op);
  /// True if that depends on nothing but its shapes.
  static bool hasLoops(linalg::LinalgOp op);
  /// True if the elements can be computed where they are used.
  static bool isElementwise(Operation *op);

  Operation *getOperation() const { return op; }
  /// A concatenation has a nest for each operand, an insertion one for the
  /// destination and one for the slice.
  unsigned getNumNests() const;
  /// The numbers of rows that the result can be cut into, ascending from 1.
  SmallVector<int64_t> getRowCounts() const;
  /// The nest's loops over `rows` rows; `rows` is one of getRowCounts.
  RowNest getNest(unsigned index, int64_t rows) const;
  /// The element of each result that the body of the nest computes.
  SmallVector<AffineExpr> getResultIndices(unsigned nestIndex,
                                           const RowNest &nest,
                                           unsigned result = 0) const;
  /// Calls `callback` for each tensor element that the nest's body reads.
  /// Elements that data selects are bound to new variables of the space.
  void
  forEachRead(unsigned nestIndex, RowNest &nest,
              function_ref<void(Value, ArrayRef<AffineExpr>)> callback) const;

private:
  Operation *op;
};

/// The index of a `tensor.extract` in a linalg body, if it does not depend on
/// data: a `linalg.index` or a constant, or anything where the extent is 1.
std::optional<AffineExpr> getStaticIndex(Value index, int64_t extent,
                                         const RowNest &nest);

/// True if each row of `op` reads, of `producer`, the same row only.
bool readsOwnRow(Operation *op, Value producer, int64_t rows);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_ROWNEST_H
