//===- RowFusion.cpp - what a quantization can compute itself -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowFusion.h"

#include "Gemm.h"
#include "RowNest.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Epilogue.h"
#include "quant-mlir/Dialect/Quant/Utils/RowPrograms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;

static RankedTensorType getTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// What an unknown number of rows stays below, as the blocks of a grid do.
static constexpr int64_t maxRows = int64_t(1) << 31;

/// True if positions in a tensor of this shape can be told: at most one extent
/// is dynamic, and none but 1 is before it.
static bool hasPositions(RankedTensorType type) {
  ArrayRef<int64_t> shape = type.getShape();
  const auto *dynamic = llvm::find_if(shape, ShapedType::isDynamic);
  return dynamic == shape.end() ||
         (type.getNumDynamicDims() == 1 &&
          llvm::all_of(llvm::make_range(shape.begin(), dynamic),
                       [](int64_t extent) { return extent == 1; }));
}

/// The same for all that `value` is a view of.
static bool hasPositions(Value value) {
  while (hasPositions(getTensor(value))) {
    Value source = getViewSource(value.getDefiningOp());
    if (!source)
      return true;
    value = source;
  }
  return false;
}

RowFusion::RowFusion(QuantizeOp op) : op(op), space(op.getContext()) {
  auto type = dyn_cast<RankedTensorType>(op.getInput().getType());
  if (!type || !hasPositions(type) || llvm::is_contained(type.getShape(), 0) ||
      ShapedType::isDynamic(type.getShape().back()))
    return;
  columns = type.getShape().back();
  rows = type.hasStaticShape() ? type.getNumElements() / columns
                               : ShapedType::kDynamic;
  auto addVariable = [&](int64_t extent) {
    return extent == 1 ? space.constant(0) : space.addVariable(extent);
  };
  row = addVariable(type.hasStaticShape() ? rows : maxRows);
  column = addVariable(columns);
}

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

/// The constant that a scalar, or every element of a tensor, is.
static TypedAttr getConstant(Value value) {
  Attribute attr;
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return getConstant(fill.getInputs().front());
  if (!matchPattern(value, m_Constant(&attr)))
    return {};
  if (auto elements = dyn_cast<DenseElementsAttr>(attr))
    return elements.isSplat() ? elements.getSplatValue<TypedAttr>()
                              : TypedAttr();
  return isa<ElementsAttr>(attr) ? TypedAttr() : dyn_cast<TypedAttr>(attr);
}

namespace {
/// A reduction whose body is `combine(accumulator, value)`.
struct Reduction {
  vector::CombiningKind kind;
  Value value;
};
} // namespace

static std::optional<Reduction> matchReduction(linalg::LinalgOp op) {
  Value yielded = op.getBlock()->getTerminator()->getOperand(0);
  Operation *combiner = yielded.getDefiningOp();
  auto kind = combiner ? getCombiningKind(combiner) : std::nullopt;
  BlockArgument accumulator = op.getRegionOutputArgs().front();
  if (!kind || !accumulator.hasOneUse() || !yielded.hasOneUse() ||
      !llvm::is_contained(combiner->getOperands(), accumulator))
    return std::nullopt;
  TypedAttr init = getConstant(op.getDpsInits().front());
  if (init != getNeutralElement(*kind, cast<FloatType>(yielded.getType())))
    return std::nullopt;
  bool isFirst = combiner->getOperand(0) == accumulator;
  return Reduction{*kind, combiner->getOperand(isFirst ? 1 : 0)};
}

/// True if loops over rows can hold the op's body: floats, and constants from
/// outside.
static bool hasScalarBody(linalg::LinalgOp op) {
  if (!isa<FloatType>(getElementTypeOrSelf(op->getResult(0))))
    return false;
  for (Operation &inner : op.getBlock()->without_terminator()) {
    bool isScalar = isa_and_nonnull<arith::ArithDialect, math::MathDialect>(
                        inner.getDialect()) &&
                    inner.getNumResults() == 1 && inner.getNumRegions() == 0;
    if (!isScalar)
      return false;
  }
  return llvm::all_of(*op.getBlock(), [&](Operation &inner) {
    return llvm::all_of(inner.getOperands(), [&](Value operand) {
      bool isInside = operand.getParentBlock() == op.getBlock();
      return isInside || getConstant(operand);
    });
  });
}

/// True if the kernel of a matmul computes the op, as exactly and with as few
/// bytes.
static bool isEpilogue(linalg::LinalgOp op) {
  return llvm::any_of(op.getDpsInputs(), [&](Value input) {
    Operation *matmul = input.getDefiningOp();
    std::string whyNot;
    return mayHaveEpilogue(matmul) && getTensorEpilogue(matmul, whyNot) == op;
  });
}

static bool mayFuse(Operation *producer) {
  auto op = dyn_cast_or_null<linalg::LinalgOp>(producer);
  if (!op || getCopySource(op) || !KernelOp::hasLoops(op) ||
      isa<linalg::FillOp>(producer) || op->getNumResults() != 1 || isGemm(op) ||
      !hasScalarBody(op) || isEpilogue(op))
    return false;
  return op.getNumReductionLoops() == 0 || matchReduction(op);
}

/// Ops that the operand follows from, through ops that may be fused.
void RowFusion::collectCandidates() {
  SmallVector<Value> worklist = {op.getInput()};
  while (!worklist.empty()) {
    Operation *producer = getViewBase(worklist.pop_back_val()).getDefiningOp();
    if (!mayFuse(producer) || producer->getBlock() != op->getBlock() ||
        !fused.insert(producer))
      continue;
    auto inputs = cast<linalg::LinalgOp>(producer).getDpsInputs();
    worklist.append(inputs.begin(), inputs.end());
  }
}

/// True if something reads `value` but quantizations and ops that are fused.
bool RowFusion::isUsedElsewhere(Value value) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    if (getViewSource(user))
      return isUsedElsewhere(user->getResult(0));
    return !fused.contains(user) && !isa<QuantizeOp>(user);
  });
}

/// What others need must be computed anyway, and is then read.
void RowFusion::dropUsedElsewhere() {
  auto isElsewhere = [&](Operation *candidate) {
    return isUsedElsewhere(candidate->getResult(0));
  };
  while (fused.remove_if(isElsewhere))
    continue;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

RowFusion::Element RowFusion::resolve(Value value,
                                      ArrayRef<AffineExpr> indices) const {
  Access access = resolveViews(space, value, indices);
  AffineExpr position =
      space.linearize(access.indices, getTensor(access.base).getShape());
  return {access.base, access.indices, position};
}

/// Where an op reads an operand to compute an element of its result.
SmallVector<AffineExpr>
RowFusion::getOperandIndices(linalg::LinalgOp op, OpOperand &operand,
                             const Element &element) const {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  SmallVector<AffineExpr> iterators(extents.size(), space.constant(0));
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (auto [expr, index] :
       llvm::zip_equal(result.getResults(), element.indices))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      iterators[dim.getPosition()] = index;
  SmallVector<unsigned> reduced;
  op.getReductionDims(reduced);
  SmallVector<int64_t> reducedExtents;
  for (unsigned dim : reduced)
    reducedExtents.push_back(extents[dim]);
  for (auto [dim, index] :
       llvm::zip_equal(reduced, space.delinearize(column, reducedExtents)))
    iterators[dim] = index;
  SmallVector<AffineExpr> indices;
  for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults())
    indices.push_back(space.simplify(expr.replaceDims(iterators)));
  return indices;
}

/// How a tensor collapses to rows and columns, if it does.
std::optional<SmallVector<ReassociationIndices>>
RowFusion::getRowGroups(RankedTensorType type) const {
  int64_t rank = type.getRank(), size = 1, split = rank;
  while (split > 1 && size != columns &&
         !ShapedType::isDynamic(type.getDimSize(split - 1)))
    size *= type.getDimSize(--split);
  if (size != columns || split == rank)
    return std::nullopt;
  SmallVector<ReassociationIndices> groups(2);
  llvm::append_range(groups[0], llvm::seq<int64_t>(0, split));
  llvm::append_range(groups[1], llvm::seq<int64_t>(split, rank));
  return groups;
}

/// The rank that an element which is not computed has as an input, if it can be
/// one.
std::optional<int64_t> RowFusion::getInputRank(const Element &element) const {
  RankedTensorType base = getTensor(element.base);
  Type type = base.getElementType();
  if (!type.isF32() && !type.isF16() && !type.isBF16())
    return std::nullopt;
  bool isWhole =
      element.position == space.linearize({row, column}, {rows, columns});
  if (!base.hasStaticShape())
    return isWhole && ShapedType::isDynamic(rows) && getRowGroups(base)
               ? std::optional<int64_t>(2)
               : std::nullopt;
  int64_t size = base.getNumElements();
  if (size == 1)
    return 0;
  if (isWhole && !ShapedType::isDynamic(rows) && size == rows * columns)
    return 2;
  if (size == columns && element.position == column)
    return 1;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

Operation *RowFusion::discoverOperands(linalg::LinalgOp linalgOp,
                                       const Element &element) {
  if (linalgOp.getNumReductionLoops() > 0) {
    int64_t size = 1;
    SmallVector<unsigned> dims;
    linalgOp.getReductionDims(dims);
    for (unsigned dim : dims) {
      int64_t extent = linalgOp.getStaticLoopRanges()[dim];
      if (ShapedType::isDynamic(extent))
        return linalgOp;
      size *= extent;
    }
    // A reduction of the whole row, that is the same for all columns.
    if (size != columns || element.position != row)
      return linalgOp;
  }
  for (OpOperand &operand : linalgOp->getOpOperands()) {
    if (linalgOp.isDpsInit(&operand) ||
        !isa<RankedTensorType>(operand.get().getType()) ||
        !linalgOp.payloadUsesValueFromOperand(&operand))
      continue;
    if (Operation *culprit =
            discover(operand.get(),
                     getOperandIndices(linalgOp, operand, element), linalgOp))
      return culprit;
  }
  if (linalgOp.getNumReductionLoops() > 0)
    reductions.insert(linalgOp);
  return nullptr;
}

Operation *RowFusion::discover(Value value, ArrayRef<AffineExpr> indices,
                               Operation *reader) {
  if (!hasPositions(value))
    return reader;
  Element element = resolve(value, indices);
  if (!visited.insert({element.base, element.position}).second)
    return nullptr;
  Operation *producer = element.base.getDefiningOp();
  if (fused.contains(producer))
    return discoverOperands(cast<linalg::LinalgOp>(producer), element);
  if (getConstant(element.base))
    return nullptr;
  std::optional<int64_t> rank = getInputRank(element);
  if (!rank)
    return reader;
  inputs.insert({element.base, *rank});
  return nullptr;
}

LogicalResult RowFusion::plan(std::string &whyNot) {
  auto codes = dyn_cast<RankedTensorType>(op.getCodesInit().getType());
  if (!row || codes.getRank() != 2) {
    whyNot = "its codes are no matrix of a static number of columns";
    return failure();
  }
  if (!hasPositions(op.getInput())) {
    whyNot = "its rows come from dimensions behind one of unknown size, or "
             "several such";
    return failure();
  }
  Operation *producer = getViewBase(op.getInput()).getDefiningOp();
  if (auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(producer);
      linalgOp && isEpilogue(linalgOp)) {
    whyNot = "its operand comes from the kernel of a matmul";
    return failure();
  }
  if (!mayFuse(producer)) {
    whyNot = producer ? llvm::formatv("its operand is a result of {0}",
                                      producer->getName())
                            .str()
                      : "its operand is an argument";
    return failure();
  }
  collectCandidates();
  while (true) {
    dropUsedElsewhere();
    if (!fused.contains(producer)) {
      if (whyNot.empty())
        whyNot = "others read its operand as well";
      return failure();
    }
    visited.clear();
    inputs.clear();
    reductions.clear();
    Operation *culprit = discover(op.getInput(), {row, column}, producer);
    if (!culprit)
      break;
    whyNot = llvm::formatv("{0} reads other elements than those of its row",
                           culprit->getName());
    fused.remove(culprit);
  }
  bool hasRows =
      llvm::any_of(inputs, [](const auto &input) { return input.second == 2; });
  if (!hasRows)
    whyNot = "its operand depends on no matrix of its shape";
  return success(hasRows);
}

//===----------------------------------------------------------------------===//
// The fused op
//===----------------------------------------------------------------------===//

/// One region while it is filled.
struct RowFusion::Stage {
  explicit Stage(Block *block)
      : builder(OpBuilder::atBlockBegin(block)), block(block) {}
  OpBuilder builder;
  Block *block;
  DenseMap<std::pair<Value, AffineExpr>, Value> values;
};

/// A scalar of an op's body, or a constant.
static Value lookup(OpBuilder &builder, IRMapping &mapping, Value value) {
  if (mapping.contains(value))
    return mapping.lookup(value);
  return arith::ConstantOp::create(builder, value.getLoc(), getConstant(value));
}

/// Emits what an op's body computes as `result`.
Value RowFusion::emitBody(Stage &stage, linalg::LinalgOp linalgOp,
                          const Element &element, Value result) {
  IRMapping mapping;
  for (OpOperand &operand : linalgOp->getOpOperands()) {
    if (linalgOp.isDpsInit(&operand) ||
        !linalgOp.payloadUsesValueFromOperand(&operand))
      continue;
    BlockArgument argument = linalgOp.getMatchingBlockArgument(&operand);
    if (isa<RankedTensorType>(operand.get().getType()))
      mapping.map(argument,
                  emitElement(stage, operand.get(),
                              getOperandIndices(linalgOp, operand, element)));
    else
      mapping.map(argument, lookup(stage.builder, mapping, operand.get()));
  }
  Operation *terminator = linalgOp.getBlock()->getTerminator();
  for (Operation &inner : linalgOp.getBlock()->without_terminator()) {
    // A reduction's combiner is no part of the stage.
    bool isCombiner = linalgOp.getNumReductionLoops() > 0 &&
                      terminator->getOperand(0).getDefiningOp() == &inner;
    if (isCombiner)
      continue;
    for (Value operand : inner.getOperands())
      mapping.map(operand, lookup(stage.builder, mapping, operand));
    stage.builder.clone(inner, mapping);
  }
  return lookup(stage.builder, mapping, result);
}

Value RowFusion::emitElement(Stage &stage, Value value,
                             ArrayRef<AffineExpr> indices) {
  Element element = resolve(value, indices);
  auto key = std::make_pair(element.base, element.position);
  if (Value known = stage.values.lookup(key))
    return known;
  auto linalgOp = element.base.getDefiningOp<linalg::LinalgOp>();
  Value emitted;
  if (linalgOp && fused.contains(linalgOp)) {
    if (linalgOp.getNumReductionLoops() > 0)
      emitted = stage.block->getArgument(
          inputs.size() + (llvm::find(reductions, linalgOp.getOperation()) -
                           reductions.begin()));
    else
      emitted = emitBody(stage, linalgOp, element,
                         linalgOp.getBlock()->getTerminator()->getOperand(0));
  } else if (TypedAttr constant = getConstant(element.base)) {
    emitted = arith::ConstantOp::create(stage.builder, op.getLoc(), constant);
  } else {
    const auto *input = llvm::find(
        inputs, std::make_pair(element.base, *getInputRank(element)));
    emitted = stage.block->getArgument(input - inputs.begin());
  }
  stage.values[key] = emitted;
  return emitted;
}

/// `base` as a tensor of that rank.
Value RowFusion::createInput(OpBuilder &builder, Value base, int64_t rank) {
  RankedTensorType type = getTensor(base);
  SmallVector<int64_t> shape = {rows, columns};
  shape.erase(shape.begin(), shape.end() - rank);
  if (type.getShape() == ArrayRef<int64_t>(shape))
    return base;
  if (auto groups = getRowGroups(type); groups && rank == 2)
    return tensor::CollapseShapeOp::create(builder, op.getLoc(), base, *groups);
  // Through one dimension, which any shape collapses to.
  Location loc = op.getLoc();
  if (type.getRank() > 1 && rank > 0) {
    SmallVector<ReassociationIndices> all(1);
    llvm::append_range(all.front(), llvm::seq<int64_t>(0, type.getRank()));
    base = tensor::CollapseShapeOp::create(builder, loc, base, all);
  } else if (rank == 0) {
    return tensor::CollapseShapeOp::create(builder, loc, base,
                                           ArrayRef<ReassociationIndices>());
  }
  if (rank == 1)
    return base;
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), base,
      {ReassociationIndices{0, 1}});
}

QuantizeRowsOp RowFusion::create() {
  OpBuilder builder(op);
  SmallVector<Value> operands;
  SmallVector<Type> types;
  for (auto [base, rank] : inputs) {
    operands.push_back(createInput(builder, base, rank));
    types.push_back(getTensor(base).getElementType());
  }
  SmallVector<Attribute> kinds;
  for (Operation *reduction : reductions)
    kinds.push_back(vector::CombiningKindAttr::get(
        op.getContext(),
        matchReduction(cast<linalg::LinalgOp>(reduction))->kind));
  auto created = QuantizeRowsOp::create(
      builder, op.getLoc(), op.getResultTypes(), operands, op.getScale(),
      op.getSmoothing(), op.getInits(), builder.getArrayAttr(kinds),
      op.getBitsAttr(), op.getZeroPointAttr(), kinds.size() + 1);

  SmallVector<Location> locations(types.size(), op.getLoc());
  auto fill = [&](Region &region, function_ref<Value(Stage &)> emit) {
    Block *block = builder.createBlock(&region, {}, types, locations);
    Stage stage(block);
    Value value = emit(stage);
    YieldOp::create(stage.builder, op.getLoc(), value);
    types.push_back(value.getType());
    locations.push_back(op.getLoc());
  };
  for (auto [region, reduction] : llvm::zip(created.getStages(), reductions)) {
    auto linalgOp = cast<linalg::LinalgOp>(reduction);
    fill(region, [&](Stage &stage) {
      Value result = linalgOp->getResult(0);
      SmallVector<AffineExpr> at =
          space.delinearize(row, getTensor(result).getShape());
      return emitBody(stage, linalgOp, resolve(result, at),
                      matchReduction(linalgOp)->value);
    });
  }
  fill(created.getStages().back(), [&](Stage &stage) {
    return emitElement(stage, op.getInput(), {row, column});
  });
  return created;
}
