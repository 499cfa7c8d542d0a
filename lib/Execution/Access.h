//===- Access.h - which element of which buffer a loop reads ----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Index expressions of the loops that compute tensors. A view (reshape, slice,
// transpose, broadcast) is never computed: whoever reads it reads its source at
// mapped indices. The expressions are affine with floordiv and mod, which
// mostly vanish because the range of every loop is known.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_ACCESS_H
#define QUANT_MLIR_LIB_EXECUTION_ACCESS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"

namespace mlir::quantmlir {

/// Loop variables of known extent, and expressions over them. Every value of a
/// variable, and of an expression given to `simplify`, is at least 0.
class IndexSpace {
public:
  explicit IndexSpace(MLIRContext *context) : context(context) {}

  MLIRContext *getContext() const { return context; }
  /// A new variable in [0, extent).
  AffineExpr addVariable(int64_t extent);
  AffineExpr constant(int64_t value) const;
  int64_t getNumVariables() const { return extents.size(); }
  int64_t getExtent(unsigned variable) const { return extents[variable]; }

  /// The expression with each floordiv and mod resolved that the ranges decide.
  AffineExpr simplify(AffineExpr expr) const;
  AffineExpr floorDiv(AffineExpr expr, int64_t divisor) const;
  AffineExpr mod(AffineExpr expr, int64_t divisor) const;
  /// The largest value that the expression may take.
  int64_t getUpperBound(AffineExpr expr) const;

  /// The row-major position of `indices` in `shape`, and back. One extent may
  /// be dynamic, with none but 1 before it: no position depends on it.
  AffineExpr linearize(ArrayRef<AffineExpr> indices,
                       ArrayRef<int64_t> shape) const;
  SmallVector<AffineExpr> delinearize(AffineExpr position,
                                      ArrayRef<int64_t> shape) const;

private:
  MLIRContext *context;
  SmallVector<int64_t> extents;
};

/// `constant + sum of coefficient · atom`; an atom is a variable, a floordiv or
/// a mod.
struct LinearForm {
  int64_t constant = 0;
  SmallVector<std::pair<AffineExpr, int64_t>> terms;

  static LinearForm get(AffineExpr expr);
  AffineExpr toExpr(MLIRContext *context) const;
  void add(AffineExpr atom, int64_t coefficient);
  int64_t getCoefficient(AffineExpr atom) const;
};

/// The source of an op that only renames, drops or repeats elements of one
/// tensor. Null for other ops.
Value getCopySource(Operation *op);

/// The attribute of such an op whose elements are wanted in a buffer.
constexpr StringLiteral materializeAttrName = "materialize";

/// The source of a view: an op as above, unless it is to be materialized.
Value getViewSource(Operation *op);

/// The element of a view's source that the view's element `indices` is.
SmallVector<AffineExpr> mapThroughView(const IndexSpace &space, Operation *view,
                                       ArrayRef<AffineExpr> indices);

/// An element of a tensor that no view defines.
struct Access {
  Value base;
  SmallVector<AffineExpr> indices;
};

/// Follows views from `value` to what they are views of.
Access resolveViews(const IndexSpace &space, Value value,
                    ArrayRef<AffineExpr> indices);

/// The tensor that `value` is a view of, or `value`.
Value getViewBase(Value value);

/// The position in its base at which `value` starts, if its elements are
/// contiguous there.
std::optional<int64_t> getContiguousOffset(Value value);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_ACCESS_H
