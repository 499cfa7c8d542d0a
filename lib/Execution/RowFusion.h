//===- RowFusion.h - what a quantization can compute itself -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The elements that a quantization reads are followed backwards through linalg
// ops and views, as indices of loops over the row and the column. Ops that read
// elements of the same row and column, channels, or reductions of the row, can
// be computed where the row is quantized.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_ROWFUSION_H
#define QUANT_MLIR_LIB_EXECUTION_ROWFUSION_H

#include "Access.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::quantmlir {

/// The producers of one quantization's operand.
class RowFusion {
public:
  explicit RowFusion(QuantizeOp op);

  /// Fails, with a reason in `whyNot`, if no producer can be fused.
  LogicalResult plan(std::string &whyNot);

  /// The op in place of the quantization, in front of it.
  QuantizeRowsOp create();

  size_t getNumFused() const { return fused.size(); }

private:
  /// The one element of `row` and `column` of a tensor that an op reads.
  struct Element {
    Value base;
    SmallVector<AffineExpr> indices;
    AffineExpr position;
  };

  void collectCandidates();
  void dropUsedElsewhere();
  bool isUsedElsewhere(Value value);
  /// Finds inputs and reductions; an op that cannot be fused after all, or
  /// null.
  Operation *discover(Value value, ArrayRef<AffineExpr> indices,
                      Operation *reader);
  Operation *discoverOperands(linalg::LinalgOp op, const Element &element);
  std::optional<SmallVector<ReassociationIndices>>
  getRowGroups(RankedTensorType type) const;
  std::optional<int64_t> getInputRank(const Element &element) const;
  Element resolve(Value value, ArrayRef<AffineExpr> indices) const;
  SmallVector<AffineExpr> getOperandIndices(linalg::LinalgOp op,
                                            OpOperand &operand,
                                            const Element &element) const;

  Value createInput(OpBuilder &builder, Value base, int64_t rank);
  struct Stage;
  Value emitElement(Stage &stage, Value value, ArrayRef<AffineExpr> indices);
  Value emitBody(Stage &stage, linalg::LinalgOp op, const Element &element,
                 Value result);

  QuantizeOp op;
  /// Rows may be dynamic.
  int64_t rows = 0, columns = 0;
  IndexSpace space;
  AffineExpr row, column;
  llvm::SetVector<Operation *> fused;
  llvm::DenseSet<std::pair<Value, AffineExpr>> visited;
  llvm::SetVector<std::pair<Value, int64_t>> inputs;
  llvm::SetVector<Operation *> reductions;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_ROWFUSION_H
