//===- GathersToSlices.cpp - gathers that read a slice --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// An index is followed through the body and through the tensors that it is
// looked up in, as a function `stride * loop + offset` of one loop of the
// gather. The loops' extents bound it, so that the test for a negative index is
// decided.
//
//===----------------------------------------------------------------------===//

#include "GathersToSlices.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// An integer that is `stride * loop + offset`; a constant if `stride` is 0.
struct LoopIndex {
  int64_t offset = 0;
  int64_t stride = 0;
  unsigned loop = 0;
};

/// The values of integers inside the body of a gather or of an op that computes
/// an index tensor.
class IndexReader {
public:
  /// `extents` are those of the gather's loops.
  explicit IndexReader(ArrayRef<int64_t> extents) : extents(extents) {}

  /// `value` inside the body of `op`, whose loops are at `loops`.
  std::optional<LoopIndex> read(Value value, linalg::GenericOp op,
                                ArrayRef<LoopIndex> loops);

private:
  /// The element of `tensor` at `position`.
  std::optional<LoopIndex> readElement(Value tensor,
                                       ArrayRef<LoopIndex> position);
  std::optional<LoopIndex> readSelect(arith::SelectOp select,
                                      linalg::GenericOp op,
                                      ArrayRef<LoopIndex> loops);

  ArrayRef<int64_t> extents;
};
} // namespace

static std::optional<LoopIndex> addIndices(std::optional<LoopIndex> a,
                                           std::optional<LoopIndex> b) {
  if (!a || !b || (a->stride && b->stride))
    return std::nullopt;
  if (!a->stride)
    std::swap(a, b);
  a->offset += b->offset;
  return a;
}

/// The position of an operand's element that `map` reads at `loops`.
static std::optional<SmallVector<LoopIndex>>
applyMap(AffineMap map, ArrayRef<LoopIndex> loops) {
  SmallVector<LoopIndex> position;
  for (AffineExpr expr : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      position.push_back(loops[dim.getPosition()]);
    else if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      position.push_back({constant.getValue()});
    else
      return std::nullopt;
  }
  return position;
}

/// True if `op` computes each element of its one result by itself.
static bool isElementwise(linalg::GenericOp op) {
  return op.hasPureTensorSemantics() && op->getNumResults() == 1 &&
         op.getNumParallelLoops() == op.getNumLoops() &&
         op.getIndexingMapsArray().back().isIdentity();
}

std::optional<LoopIndex>
IndexReader::readElement(Value tensor, ArrayRef<LoopIndex> position) {
  DenseElementsAttr elements;
  if (matchPattern(tensor, m_Constant(&elements)) && elements.isSplat() &&
      isa<IntegerType, IndexType>(elements.getElementType()))
    return LoopIndex{elements.getSplatValue<APInt>().getSExtValue()};
  Operation *op = tensor.getDefiningOp();
  // Dimensions of size 1 have the one position 0.
  auto getWide = [&](RankedTensorType type,
                     ArrayRef<ReassociationIndices> groups,
                     bool widen) -> std::optional<SmallVector<LoopIndex>> {
    SmallVector<LoopIndex> other(widen ? type.getRank() : groups.size());
    for (auto [narrow, group] : llvm::enumerate(groups)) {
      SmallVector<int64_t> kept(llvm::make_filter_range(
          group, [&](int64_t dim) { return type.getDimSize(dim) != 1; }));
      if (kept.size() > 1)
        return std::nullopt;
      if (kept.empty())
        continue;
      if (widen)
        other[kept.front()] = position[narrow];
      else
        other[narrow] = position[kept.front()];
    }
    return other;
  };
  if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op)) {
    auto source = getWide(expand.getResultType(),
                          expand.getReassociationIndices(), /*widen=*/false);
    return source ? readElement(expand.getSrc(), *source) : std::nullopt;
  }
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op)) {
    auto source = getWide(collapse.getSrcType(),
                          collapse.getReassociationIndices(), /*widen=*/true);
    return source ? readElement(collapse.getSrc(), *source) : std::nullopt;
  }
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || !isElementwise(generic))
    return std::nullopt;
  return read(generic.getBody()->getTerminator()->getOperand(0), generic,
              position);
}

std::optional<LoopIndex> IndexReader::readSelect(arith::SelectOp select,
                                                 linalg::GenericOp op,
                                                 ArrayRef<LoopIndex> loops) {
  auto compare = select.getCondition().getDefiningOp<arith::CmpIOp>();
  if (!compare || compare.getPredicate() != arith::CmpIPredicate::slt)
    return std::nullopt;
  std::optional<LoopIndex> lhs = read(compare.getLhs(), op, loops);
  std::optional<LoopIndex> rhs = read(compare.getRhs(), op, loops);
  if (!lhs || !rhs || rhs->stride)
    return std::nullopt;
  int64_t first = lhs->offset, last = first;
  if (lhs->stride)
    last += lhs->stride * (extents[lhs->loop] - 1);
  if (std::max(first, last) < rhs->offset)
    return read(select.getTrueValue(), op, loops);
  if (std::min(first, last) >= rhs->offset)
    return read(select.getFalseValue(), op, loops);
  return std::nullopt;
}

std::optional<LoopIndex> IndexReader::read(Value value, linalg::GenericOp op,
                                           ArrayRef<LoopIndex> loops) {
  IntegerAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return LoopIndex{constant.getValue().getSExtValue()};
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() != op.getBody())
      return std::nullopt;
    OpOperand *operand = op.getMatchingOpOperand(argument);
    std::optional<SmallVector<LoopIndex>> position =
        applyMap(op.getMatchingIndexingMap(operand), loops);
    return position ? readElement(operand->get(), *position) : std::nullopt;
  }
  // In a narrower type a cast or a sum may wrap.
  if (!value.getType().isIndex() && !value.getType().isInteger(64))
    return std::nullopt;
  Operation *definition = value.getDefiningOp();
  if (auto index = dyn_cast<linalg::IndexOp>(definition))
    return loops[index.getDim()];
  if (isa<arith::IndexCastOp, arith::ExtSIOp>(definition))
    return read(definition->getOperand(0), op, loops);
  if (auto add = dyn_cast<arith::AddIOp>(definition))
    return addIndices(read(add.getLhs(), op, loops),
                      read(add.getRhs(), op, loops));
  if (auto select = dyn_cast<arith::SelectOp>(definition))
    return readSelect(select, op, loops);
  return std::nullopt;
}

/// The slice that `op` reads, if it is a gather of one with the result's shape.
static tensor::ExtractSliceOp createSlice(linalg::GenericOp op) {
  if (!isElementwise(op) || op.hasDynamicShape())
    return {};
  Value yielded = op.getBody()->getTerminator()->getOperand(0);
  auto extract = yielded.getDefiningOp<tensor::ExtractOp>();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!extract || extract.getTensor().getParentBlock() == op.getBody() ||
      extract.getTensor().getType().getRank() != type.getRank() ||
      !extract.getTensor().getType().hasStaticShape())
    return {};
  SmallVector<LoopIndex> loops;
  for (auto [loop, extent] : llvm::enumerate(type.getShape()))
    loops.push_back({0, extent > 1, static_cast<unsigned>(loop)});
  IndexReader reader(type.getShape());
  SmallVector<int64_t> offsets, strides;
  for (auto [dim, value] : llvm::enumerate(extract.getIndices())) {
    std::optional<LoopIndex> index = reader.read(value, op, loops);
    int64_t extent = type.getDimSize(dim);
    bool matches =
        index && (extent == 1 ? index->stride == 0
                              : index->stride > 0 && index->loop == dim);
    if (!matches)
      return {};
    offsets.push_back(index->offset);
    strides.push_back(std::max<int64_t>(index->stride, 1));
    int64_t last = index->offset + (extent - 1) * strides.back();
    if (index->offset < 0 ||
        last >= extract.getTensor().getType().getDimSize(dim))
      return {};
  }
  OpBuilder builder(op);
  auto toAttrs = [&](ArrayRef<int64_t> values) {
    return getAsIndexOpFoldResult(op.getContext(), values);
  };
  return tensor::ExtractSliceOp::create(
      builder, op.getLoc(), type, extract.getTensor(), toAttrs(offsets),
      toAttrs(type.getShape()), toAttrs(strides));
}

unsigned mlir::quantmlir::replaceGathersBySlices(Operation *root) {
  unsigned count = 0;
  root->walk([&](linalg::GenericOp op) {
    tensor::ExtractSliceOp slice = createSlice(op);
    if (!slice)
      return;
    op->getResult(0).replaceAllUsesWith(slice);
    op.erase();
    ++count;
  });
  return count;
}
