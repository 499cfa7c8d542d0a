//===- RowNest.cpp - the loops that compute a tensor row by row -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowNest.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::quantmlir;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The parallel iterators in the order in which the first output has them, then
/// the reductions. A projected permutation with zeros, as every output map of
/// linalg's named ops is.
static std::optional<SmallVector<unsigned>>
getIteratorOrder(linalg::LinalgOp op) {
  SmallVector<unsigned> order;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (AffineExpr result : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(result);
    if (dim && llvm::is_contained(order, dim.getPosition()))
      return std::nullopt;
    if (dim)
      order.push_back(dim.getPosition());
    else if (result != getAffineConstantExpr(0, op.getContext()))
      return std::nullopt;
  }
  for (OpOperand &init : op.getDpsInitsMutable())
    if (op.getMatchingIndexingMap(&init) != map)
      return std::nullopt;
  SmallVector<utils::IteratorType> types = op.getIteratorTypesArray();
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (unsigned i = 0, e = types.size(); i < e; ++i) {
    if (llvm::is_contained(order, i))
      continue;
    if (types[i] != utils::IteratorType::reduction && extents[i] != 1)
      return std::nullopt;
    order.push_back(i);
  }
  return order;
}

bool KernelOp::hasLoops(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() > 0 &&
         getIteratorOrder(op) &&
         llvm::all_of(op.getBlock()->without_terminator(),
                      [](Operation &o) { return o.getNumRegions() == 0; });
}

static bool isSupportedLinalg(linalg::LinalgOp op) {
  return KernelOp::hasLoops(op) &&
         !llvm::any_of(op.getStaticLoopRanges(), ShapedType::isDynamic);
}

bool KernelOp::isSupported(Operation *op) {
  for (Type type : op->getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return false;
  }
  if (getCopySource(op) || isa<tensor::ConcatOp>(op))
    return true;
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return !llvm::any_of(insert.getStaticOffsets(), ShapedType::isDynamic) &&
           !llvm::any_of(insert.getStaticSizes(), ShapedType::isDynamic) &&
           llvm::all_of(insert.getStaticStrides(),
                        [](int64_t s) { return s > 0; });
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && isSupportedLinalg(linalgOp);
}

bool KernelOp::isElementwise(Operation *op) {
  if (getCopySource(op))
    return false;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && isSupportedLinalg(linalgOp) &&
         linalgOp.getNumReductionLoops() == 0 && op->getNumResults() == 1;
}

unsigned KernelOp::getNumNests() const {
  if (isa<tensor::ConcatOp>(op))
    return op->getNumOperands();
  return isa<tensor::InsertSliceOp>(op) ? 2 : 1;
}

/// The leading dimensions that an inserted slice covers whole.
static int64_t getNumWholeDims(tensor::InsertSliceOp op) {
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  int64_t dim = 0;
  while (dim < op.getResultType().getRank() &&
         op.getStaticSize(dim) == shape[dim])
    ++dim;
  return dim;
}

SmallVector<int64_t> KernelOp::getRowCounts() const {
  SmallVector<int64_t> leading;
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
      linalgOp && !getCopySource(op)) {
    SmallVector<int64_t> extents = linalgOp.getStaticLoopRanges();
    SmallVector<unsigned> order = *getIteratorOrder(linalgOp);
    order.resize(order.size() - linalgOp.getNumReductionLoops());
    for (unsigned iterator : order)
      leading.push_back(extents[iterator]);
  } else {
    ArrayRef<int64_t> shape = getShape(op->getResult(0));
    if (auto concat = dyn_cast<tensor::ConcatOp>(op))
      shape = shape.take_front(concat.getDim());
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      shape = shape.take_front(getNumWholeDims(insert));
    leading.assign(shape.begin(), shape.end());
  }
  SmallVector<int64_t> counts = {1};
  for (int64_t extent : leading)
    if (extent != 1)
      counts.push_back(counts.back() * extent);
  return counts;
}

/// Extents of the nest's iterators, and the order of the loops.
static void getIterators(Operation *op, unsigned nestIndex,
                         SmallVector<int64_t> &extents,
                         SmallVector<unsigned> &order,
                         unsigned &numReductions) {
  numReductions = 0;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && !getCopySource(op)) {
    extents = linalgOp.getStaticLoopRanges();
    order = *getIteratorOrder(linalgOp);
    numReductions = linalgOp.getNumReductionLoops();
    return;
  }
  ArrayRef<int64_t> shape = getShape(op->getResult(0));
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    shape = getShape(concat.getInputs()[nestIndex]);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op);
      insert && nestIndex == 1)
    shape = insert.getStaticSizes();
  extents.assign(shape.begin(), shape.end());
  order = llvm::to_vector(llvm::seq<unsigned>(0, extents.size()));
}

RowNest KernelOp::getNest(unsigned index, int64_t rows) const {
  SmallVector<int64_t> extents;
  SmallVector<unsigned> order;
  unsigned numReductions;
  getIterators(op, index, extents, order, numReductions);

  RowNest nest(op->getContext());
  AffineExpr row = nest.space.addVariable(rows);
  nest.iterators.resize(extents.size(), nest.space.constant(0));
  SmallVector<int64_t> outer;
  unsigned next = 0;
  for (int64_t product = 1; product < rows; ++next) {
    outer.push_back(extents[order[next]]);
    product *= outer.back();
  }
  for (auto [i, value] : llvm::enumerate(nest.space.delinearize(row, outer)))
    nest.iterators[order[i]] = value;
  for (; next < order.size(); ++next) {
    int64_t extent = extents[order[next]];
    if (extent == 1)
      continue;
    AffineExpr variable = nest.space.addVariable(extent);
    nest.iterators[order[next]] = variable;
    nest.loops.push_back(
        {variable, extent, next >= order.size() - numReductions});
  }
  return nest;
}

static SmallVector<AffineExpr> applyMap(const RowNest &nest, AffineMap map) {
  SmallVector<AffineExpr> indices;
  for (AffineExpr result : map.getResults())
    indices.push_back(nest.space.simplify(result.replaceDims(nest.iterators)));
  return indices;
}

SmallVector<AffineExpr> KernelOp::getResultIndices(unsigned nestIndex,
                                                   const RowNest &nest,
                                                   unsigned result) const {
  SmallVector<AffineExpr> indices = nest.iterators;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && !getCopySource(op))
    return applyMap(nest, linalgOp.getMatchingIndexingMap(
                              linalgOp.getDpsInitOperand(result)));
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    int64_t offset = 0;
    for (Value input : concat.getInputs().take_front(nestIndex))
      offset += getShape(input)[concat.getDim()];
    AffineExpr &index = indices[concat.getDim()];
    index = nest.space.simplify(index + offset);
  }
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op);
      insert && nestIndex == 1)
    for (auto [dim, index] : llvm::enumerate(indices))
      index = nest.space.simplify(index * insert.getStaticStride(dim) +
                                  insert.getStaticOffset(dim));
  return indices;
}

std::optional<AffineExpr> quantmlir::getStaticIndex(Value index, int64_t extent,
                                                    const RowNest &nest) {
  if (extent == 1)
    return nest.space.constant(0);
  if (auto iterator = index.getDefiningOp<linalg::IndexOp>())
    return nest.iterators[iterator.getDim()];
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)) &&
      constant.getSExtValue() >= 0 && constant.getSExtValue() < extent)
    return nest.space.constant(constant.getSExtValue());
  return std::nullopt;
}

static void
forEachLinalgRead(linalg::LinalgOp op, RowNest &nest,
                  function_ref<void(Value, ArrayRef<AffineExpr>)> callback) {
  for (OpOperand &operand : op->getOpOperands())
    if (isa<RankedTensorType>(operand.get().getType()) &&
        op.payloadUsesValueFromOperand(&operand))
      callback(operand.get(),
               applyMap(nest, op.getMatchingIndexingMap(&operand)));
  for (auto extract : op.getBlock()->getOps<tensor::ExtractOp>()) {
    SmallVector<AffineExpr> indices;
    for (auto [index, extent] :
         llvm::zip_equal(extract.getIndices(), getShape(extract.getTensor()))) {
      std::optional<AffineExpr> known = getStaticIndex(index, extent, nest);
      indices.push_back(known ? *known : nest.space.addVariable(extent));
    }
    callback(extract.getTensor(), indices);
  }
}

void KernelOp::forEachRead(
    unsigned nestIndex, RowNest &nest,
    function_ref<void(Value, ArrayRef<AffineExpr>)> callback) const {
  if (Value source = getCopySource(op))
    return callback(source, mapThroughView(nest.space, op, nest.iterators));
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return forEachLinalgRead(linalgOp, nest, callback);
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return callback(concat.getInputs()[nestIndex], nest.iterators);
  auto insert = cast<tensor::InsertSliceOp>(op);
  if (nestIndex == 0)
    return callback(insert.getDest(), nest.iterators);
  llvm::SmallBitVector dropped = insert.getDroppedDims();
  SmallVector<AffineExpr> indices;
  for (auto [dim, iterator] : llvm::enumerate(nest.iterators))
    if (!dropped.test(dim))
      indices.push_back(iterator);
  callback(insert.getSource(), indices);
}

bool quantmlir::readsOwnRow(Operation *op, Value producer, int64_t rows) {
  KernelOp kernelOp(op);
  ArrayRef<int64_t> shape = getShape(producer);
  int64_t rowSize =
      cast<RankedTensorType>(producer.getType()).getNumElements() / rows;
  bool own = true;
  for (unsigned i = 0, e = kernelOp.getNumNests(); i < e; ++i) {
    RowNest nest = kernelOp.getNest(i, rows);
    kernelOp.forEachRead(i, nest, [&](Value value, ArrayRef<AffineExpr> at) {
      Access access = resolveViews(nest.space, value, at);
      if (access.base != producer)
        return;
      AffineExpr position = nest.space.linearize(access.indices, shape);
      AffineExpr row = rows == 1 ? nest.space.constant(0)
                                 : getAffineDimExpr(0, op->getContext());
      own &= nest.space.floorDiv(position, rowSize) == row;
    });
  }
  return own;
}
