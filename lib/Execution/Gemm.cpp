//===- Gemm.cpp - contractions as matrix products -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gemm.h"

#include "Access.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// Which iterators of a contraction are which.
struct Dims {
  SmallVector<unsigned> batch;
  std::optional<unsigned> m, n, k;
};
} // namespace

static bool hasGemmTypes(linalg::LinalgOp op) {
  auto elementType = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.hasStaticShape() ? type.getElementType() : Type();
  };
  Type lhs = elementType(op.getDpsInputOperand(0)->get());
  Type rhs = elementType(op.getDpsInputOperand(1)->get());
  Type result = elementType(op.getDpsInitOperand(0)->get());
  if (!lhs || !rhs || !result || lhs != rhs)
    return false;
  return (lhs.isF32() && result.isF32()) ||
         (lhs.isSignlessInteger(8) && result.isSignlessInteger(32));
}

/// The iterators of each kind. Several m or n iterators leave one for the
/// matrix and the others as batch; the largest stays.
static std::optional<Dims> getDims(linalg::LinalgOp op) {
  FailureOr<linalg::ContractionDimensions> contraction =
      linalg::inferContractionDims(op);
  if (failed(contraction))
    return std::nullopt;
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  Dims dims;
  dims.batch.assign(contraction->batch.begin(), contraction->batch.end());
  auto pick = [&](ArrayRef<unsigned> candidates) -> std::optional<unsigned> {
    std::optional<unsigned> largest;
    for (unsigned dim : candidates)
      if (!largest || extents[dim] > extents[*largest])
        largest = dim;
    for (unsigned dim : candidates)
      if (dim != *largest)
        dims.batch.push_back(dim);
    return largest;
  };
  dims.m = pick(contraction->m);
  dims.n = pick(contraction->n);
  SmallVector<unsigned> reductions;
  for (unsigned dim : contraction->k)
    if (extents[dim] != 1 || contraction->k.size() == 1)
      reductions.push_back(dim);
  if (reductions.size() > 1)
    return std::nullopt;
  if (!reductions.empty())
    dims.k = reductions.front();
  return dims;
}

/// The operand's matrix for each batch item, if its strides are constant. The
/// result's buffer is contiguous, so views of a destination do not count.
static std::optional<GemmOperand>
getOperand(linalg::LinalgOp op, OpOperand &operand, const Dims &dims,
           std::optional<unsigned> rowDim, std::optional<unsigned> columnDim) {
  MLIRContext *context = op.getContext();
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t numItems = 1;
  for (unsigned dim : dims.batch)
    numItems *= extents[dim];

  IndexSpace space(context);
  SmallVector<AffineExpr> iterators(extents.size(), space.constant(0));
  AffineExpr row = space.addVariable(rowDim ? extents[*rowDim] : 1);
  AffineExpr column = space.addVariable(columnDim ? extents[*columnDim] : 1);
  if (rowDim && extents[*rowDim] != 1)
    iterators[*rowDim] = row;
  if (columnDim && extents[*columnDim] != 1)
    iterators[*columnDim] = column;

  GemmOperand result;
  for (int64_t item = 0; item < numItems; ++item) {
    int64_t rest = item;
    for (unsigned dim : llvm::reverse(dims.batch)) {
      iterators[dim] = space.constant(rest % extents[dim]);
      rest /= extents[dim];
    }
    SmallVector<AffineExpr> indices;
    for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults())
      indices.push_back(space.simplify(expr.replaceDims(iterators)));
    Access access = op.isDpsInit(&operand)
                        ? Access{operand.get(), indices}
                        : resolveViews(space, operand.get(), indices);
    LinearForm form = LinearForm::get(space.linearize(
        access.indices,
        cast<RankedTensorType>(access.base.getType()).getShape()));
    int64_t rowStride = form.getCoefficient(row);
    int64_t columnStride = form.getCoefficient(column);
    form.add(row, -rowStride);
    form.add(column, -columnStride);
    if (!form.terms.empty() ||
        (item > 0 && (rowStride != result.rowStride ||
                      columnStride != result.columnStride)))
      return std::nullopt;
    result.base = access.base;
    result.rowStride = rowStride;
    result.columnStride = columnStride;
    result.offsets.push_back(form.constant);
  }
  return result;
}

bool quantmlir::isGemm(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !op.hasPureTensorSemantics() || !hasGemmTypes(op) ||
      !linalg::isaContractionOpInterface(op))
    return false;
  std::optional<Dims> dims = getDims(op);
  if (!dims)
    return false;
  std::optional<GemmOperand> result =
      getOperand(op, *op.getDpsInitOperand(0), *dims, dims->m, dims->n);
  int64_t columns = dims->n ? op.getStaticLoopRanges()[*dims->n] : 1;
  bool isRowMajor = result && (result->columnStride == 1 || columns == 1);
  // Signed operands only: linalg's casts say so in the body.
  return isRowMajor &&
         !llvm::any_of(op.getBlock()->getOperations(),
                       [](Operation &o) { return isa<arith::ExtUIOp>(o); });
}

/// One stride must be 1 (or unused), the other at least the row's length.
static bool hasBlasStrides(const GemmOperand &operand, int64_t rows,
                           int64_t columns) {
  auto fits = [](int64_t minor, int64_t minorExtent, int64_t major,
                 int64_t majorExtent) {
    return (minor == 1 || minorExtent == 1) &&
           (major >= minorExtent || majorExtent == 1);
  };
  return fits(operand.columnStride, columns, operand.rowStride, rows) ||
         fits(operand.rowStride, rows, operand.columnStride, columns);
}

static bool isZeroFill(Value value) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  return fill && (matchPattern(fill.getInputs()[0], m_AnyZeroFloat()) ||
                  matchPattern(fill.getInputs()[0], m_Zero()));
}

std::optional<Gemm> quantmlir::getGemm(linalg::LinalgOp op,
                                       SmallVectorImpl<OpOperand *> &unfolded) {
  std::optional<Dims> dims = getDims(op);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  Gemm gemm;
  gemm.m = dims->m ? extents[*dims->m] : 1;
  gemm.n = dims->n ? extents[*dims->n] : 1;
  gemm.k = dims->k ? extents[*dims->k] : 1;

  auto take = [&](OpOperand &operand, std::optional<unsigned> rowDim,
                  std::optional<unsigned> columnDim, int64_t rows,
                  int64_t columns, GemmOperand &result) {
    std::optional<GemmOperand> found =
        getOperand(op, operand, *dims, rowDim, columnDim);
    if (found && hasBlasStrides(*found, rows, columns))
      result = *found;
    else
      unfolded.push_back(&operand);
  };
  take(*op.getDpsInputOperand(0), dims->m, dims->k, gemm.m, gemm.k, gemm.a);
  take(*op.getDpsInputOperand(1), dims->k, dims->n, gemm.k, gemm.n, gemm.b);

  OpOperand &init = *op.getDpsInitOperand(0);
  if (!isZeroFill(init.get())) {
    gemm.init = init.get();
    if (!getContiguousOffset(init.get()))
      unfolded.push_back(&init);
  }
  if (!unfolded.empty())
    return std::nullopt;

  gemm.c = *getOperand(op, init, *dims, dims->m, dims->n);
  return gemm;
}
