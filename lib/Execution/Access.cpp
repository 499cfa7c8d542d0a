//===- Access.cpp - which element of which buffer a loop reads ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Access.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <numeric>

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// LinearForm
//===----------------------------------------------------------------------===//

static void accumulate(LinearForm &form, AffineExpr expr, int64_t factor) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    form.constant += factor * constant.getValue();
    return;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (binary && binary.getKind() == AffineExprKind::Add) {
    accumulate(form, binary.getLHS(), factor);
    accumulate(form, binary.getRHS(), factor);
    return;
  }
  if (binary && binary.getKind() == AffineExprKind::Mul) {
    if (auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS()))
      return accumulate(form, binary.getLHS(), factor * constant.getValue());
    if (auto constant = dyn_cast<AffineConstantExpr>(binary.getLHS()))
      return accumulate(form, binary.getRHS(), factor * constant.getValue());
  }
  form.add(expr, factor);
}

LinearForm LinearForm::get(AffineExpr expr) {
  LinearForm form;
  accumulate(form, expr, 1);
  return form;
}

void LinearForm::add(AffineExpr atom, int64_t coefficient) {
  for (auto *it = terms.begin(); it != terms.end(); ++it) {
    if (it->first != atom)
      continue;
    it->second += coefficient;
    if (it->second == 0)
      terms.erase(it);
    return;
  }
  if (coefficient != 0)
    terms.push_back({atom, coefficient});
}

int64_t LinearForm::getCoefficient(AffineExpr atom) const {
  for (auto [candidate, coefficient] : terms)
    if (candidate == atom)
      return coefficient;
  return 0;
}

AffineExpr LinearForm::toExpr(MLIRContext *context) const {
  AffineExpr sum = getAffineConstantExpr(0, context);
  for (auto [atom, coefficient] : terms)
    sum = sum + atom * coefficient;
  return sum + constant;
}

//===----------------------------------------------------------------------===//
// IndexSpace
//===----------------------------------------------------------------------===//

AffineExpr IndexSpace::addVariable(int64_t extent) {
  extents.push_back(extent);
  return getAffineDimExpr(extents.size() - 1, context);
}

AffineExpr IndexSpace::constant(int64_t value) const {
  return getAffineConstantExpr(value, context);
}

int64_t IndexSpace::getUpperBound(AffineExpr expr) const {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return extents[dim.getPosition()] - 1;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  assert(binary && "index expressions have no symbols");
  int64_t lhs = getUpperBound(binary.getLHS());
  int64_t rhs = getUpperBound(binary.getRHS());
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return lhs + rhs;
  case AffineExprKind::Mul:
    return lhs * rhs;
  case AffineExprKind::FloorDiv:
    return lhs / rhs;
  case AffineExprKind::Mod:
    return std::min(lhs, rhs - 1);
  default:
    llvm_unreachable("index expressions use add, mul, floordiv and mod");
  }
}

namespace {
/// `multiple · factor + rest` with `rest` in [0, factor).
struct Split {
  AffineExpr multiple;
  AffineExpr rest;
};
} // namespace

/// Splits a sum by the factor: terms that the factor divides, and the others.
/// Fails if the others may reach the factor.
static std::optional<Split> splitBy(const IndexSpace &space,
                                    const LinearForm &form, int64_t factor) {
  LinearForm multiple, rest;
  multiple.constant = form.constant / factor;
  rest.constant = form.constant % factor;
  for (auto [atom, coefficient] : form.terms) {
    if (coefficient % factor == 0)
      multiple.add(atom, coefficient / factor);
    else
      rest.add(atom, coefficient);
  }
  AffineExpr restExpr = rest.toExpr(space.getContext());
  if (rest.constant < 0 || space.getUpperBound(restExpr) >= factor ||
      llvm::any_of(rest.terms, [](auto term) { return term.second < 0; }))
    return std::nullopt;
  return Split{multiple.toExpr(space.getContext()), restExpr};
}

/// The divisor's factors that occur as a common divisor of some terms, largest
/// first: dividing by them first shortens the expression.
static SmallVector<int64_t> getFactors(const LinearForm &form,
                                       int64_t divisor) {
  SmallVector<int64_t> factors = {divisor};
  for (auto [atom, coefficient] : form.terms)
    factors.push_back(std::gcd(coefficient, divisor));
  llvm::sort(factors, std::greater<>());
  factors.erase(llvm::unique(factors), factors.end());
  llvm::erase(factors, 1);
  return factors;
}

AffineExpr IndexSpace::floorDiv(AffineExpr expr, int64_t divisor) const {
  if (divisor == 1)
    return expr;
  // An extent of 0: nothing has an index there.
  if (divisor == 0)
    return constant(0);
  LinearForm form = LinearForm::get(expr);
  for (int64_t factor : getFactors(form, divisor))
    if (std::optional<Split> split = splitBy(*this, form, factor))
      return floorDiv(simplify(split->multiple), divisor / factor);
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (binary && binary.getKind() == AffineExprKind::FloorDiv) {
    int64_t inner = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    return floorDiv(binary.getLHS(), inner * divisor);
  }
  return expr.floorDiv(divisor);
}

AffineExpr IndexSpace::mod(AffineExpr expr, int64_t divisor) const {
  if (divisor == 1 || divisor == 0)
    return constant(0);
  LinearForm form = LinearForm::get(expr);
  for (int64_t factor : getFactors(form, divisor))
    if (std::optional<Split> split = splitBy(*this, form, factor))
      return simplify(mod(simplify(split->multiple), divisor / factor) *
                          factor +
                      split->rest);
  return expr % divisor;
}

/// Replaces `k · (e mod c) + k·c · (e floordiv c)` by `k · e`.
static bool mergeQuotients(const IndexSpace &space, LinearForm &form) {
  for (auto [atom, coefficient] : form.terms) {
    auto binary = dyn_cast<AffineBinaryOpExpr>(atom);
    if (!binary || binary.getKind() != AffineExprKind::Mod)
      continue;
    int64_t divisor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    AffineExpr quotient = space.floorDiv(binary.getLHS(), divisor);
    if (form.getCoefficient(quotient) != coefficient * divisor)
      continue;
    int64_t factor = coefficient;
    AffineExpr modulus = atom, whole = binary.getLHS();
    form.add(modulus, -factor);
    form.add(quotient, -factor * divisor);
    accumulate(form, whole, factor);
    return true;
  }
  return false;
}

AffineExpr IndexSpace::simplify(AffineExpr expr) const {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return expr;
  AffineExpr lhs = simplify(binary.getLHS());
  AffineExpr rhs = simplify(binary.getRHS());
  auto divisor = dyn_cast<AffineConstantExpr>(rhs);
  if (binary.getKind() == AffineExprKind::FloorDiv && divisor)
    return floorDiv(lhs, divisor.getValue());
  if (binary.getKind() == AffineExprKind::Mod && divisor)
    return mod(lhs, divisor.getValue());
  AffineExpr combined =
      binary.getKind() == AffineExprKind::Add ? lhs + rhs : lhs * rhs;
  LinearForm form = LinearForm::get(combined);
  while (mergeQuotients(*this, form)) {
  }
  return form.toExpr(context);
}

AffineExpr IndexSpace::linearize(ArrayRef<AffineExpr> indices,
                                 ArrayRef<int64_t> shape) const {
  AffineExpr position = constant(0);
  for (auto [index, extent] : llvm::zip_equal(indices, shape))
    position =
        ShapedType::isDynamic(extent) ? index : position * extent + index;
  return simplify(position);
}

SmallVector<AffineExpr> IndexSpace::delinearize(AffineExpr position,
                                                ArrayRef<int64_t> shape) const {
  SmallVector<AffineExpr> indices(shape.size());
  for (int64_t dim = shape.size() - 1; dim > 0; --dim) {
    if (ShapedType::isDynamic(shape[dim])) {
      indices[dim] = position;
      position = constant(0);
      continue;
    }
    indices[dim] = mod(position, shape[dim]);
    position = floorDiv(position, shape[dim]);
  }
  if (!shape.empty())
    indices[0] = shape[0] == 1 ? constant(0) : position;
  return indices;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

/// A generic that yields its one input: a broadcast, transpose or copy.
static bool isCopyingGeneric(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != 0 || !op.hasPureTensorSemantics())
    return false;
  OpOperand *input = op.getDpsInputOperand(0);
  if (!isa<RankedTensorType>(input->get().getType()))
    return false;
  Block *body = op.getBlock();
  AffineMap outputMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  return llvm::hasSingleElement(*body) &&
         body->getTerminator()->getOperand(0) == body->getArgument(0) &&
         outputMap.isPermutation();
}

Value quantmlir::getViewSource(Operation *op) {
  return op && !op->hasAttr(materializeAttrName) ? getCopySource(op) : Value();
}

Value quantmlir::getCopySource(Operation *op) {
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return expand.getSrc();
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return collapse.getSrc();
  if (auto reshape = dyn_cast<tensor::ReshapeOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(reshape.getType());
    bool isStatic = type && type.hasStaticShape() &&
                    reshape.getSource().getType().hasStaticShape();
    return isStatic ? reshape.getSource() : Value();
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return cast.getType() == cast.getSource().getType() ? cast.getSource()
                                                        : Value();
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    bool isStatic =
        !llvm::any_of(slice.getStaticOffsets(), ShapedType::isDynamic) &&
        !llvm::any_of(slice.getStaticSizes(), ShapedType::isDynamic) &&
        llvm::all_of(slice.getStaticStrides(), [](int64_t s) { return s > 0; });
    return isStatic ? slice.getSource() : Value();
  }
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && isCopyingGeneric(linalgOp))
    return linalgOp.getDpsInputOperand(0)->get();
  return {};
}

static SmallVector<AffineExpr> mapThroughExpand(const IndexSpace &space,
                                                tensor::ExpandShapeOp op,
                                                ArrayRef<AffineExpr> indices) {
  SmallVector<AffineExpr> source;
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  for (ReassociationIndices &group : op.getReassociationIndices()) {
    if (group.empty()) {
      source.push_back(space.constant(0));
      continue;
    }
    source.push_back(space.linearize(indices.slice(group.front(), group.size()),
                                     shape.slice(group.front(), group.size())));
  }
  return source;
}

static SmallVector<AffineExpr>
mapThroughCollapse(const IndexSpace &space, tensor::CollapseShapeOp op,
                   ArrayRef<AffineExpr> indices) {
  ArrayRef<int64_t> shape = op.getSrcType().getShape();
  if (indices.empty())
    return SmallVector<AffineExpr>(shape.size(), space.constant(0));
  SmallVector<AffineExpr> source;
  for (auto [index, group] :
       llvm::zip_equal(indices, op.getReassociationIndices()))
    llvm::append_range(
        source,
        space.delinearize(index, shape.slice(group.front(), group.size())));
  return source;
}

static SmallVector<AffineExpr> mapThroughSlice(const IndexSpace &space,
                                               tensor::ExtractSliceOp op,
                                               ArrayRef<AffineExpr> indices) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<AffineExpr> source;
  unsigned next = 0;
  for (int64_t dim = 0, rank = op.getSourceType().getRank(); dim < rank;
       ++dim) {
    AffineExpr index = dropped.test(dim) ? space.constant(0) : indices[next++];
    source.push_back(space.simplify(index * op.getStaticStride(dim) +
                                    op.getStaticOffset(dim)));
  }
  return source;
}

SmallVector<AffineExpr>
quantmlir::mapThroughView(const IndexSpace &space, Operation *view,
                          ArrayRef<AffineExpr> indices) {
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(view))
    return mapThroughExpand(space, expand, indices);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(view))
    return mapThroughCollapse(space, collapse, indices);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(view))
    return mapThroughSlice(space, slice, indices);
  if (auto reshape = dyn_cast<tensor::ReshapeOp>(view)) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(reshape.getType()).getShape();
    return space.delinearize(
        space.linearize(indices, shape),
        cast<RankedTensorType>(reshape.getSource().getType()).getShape());
  }
  if (isa<tensor::CastOp>(view))
    return SmallVector<AffineExpr>(indices);
  auto linalgOp = cast<linalg::LinalgOp>(view);
  AffineMap toLoops = inversePermutation(
      linalgOp.getMatchingIndexingMap(linalgOp.getDpsInitOperand(0)));
  AffineMap toSource =
      linalgOp.getMatchingIndexingMap(linalgOp.getDpsInputOperand(0))
          .compose(toLoops);
  SmallVector<AffineExpr> source;
  for (AffineExpr result : toSource.getResults())
    source.push_back(space.simplify(result.replaceDims(indices)));
  return source;
}

Access quantmlir::resolveViews(const IndexSpace &space, Value value,
                               ArrayRef<AffineExpr> indices) {
  Access access{value, SmallVector<AffineExpr>(indices)};
  while (Value source = getViewSource(access.base.getDefiningOp())) {
    access.indices =
        mapThroughView(space, access.base.getDefiningOp(), access.indices);
    access.base = source;
  }
  return access;
}

Value quantmlir::getViewBase(Value value) {
  while (Value source = getViewSource(value.getDefiningOp()))
    value = source;
  return value;
}

std::optional<int64_t> quantmlir::getContiguousOffset(Value value) {
  IndexSpace space(value.getContext());
  auto type = cast<RankedTensorType>(value.getType());
  AffineExpr position = space.addVariable(type.getNumElements());
  Access access =
      resolveViews(space, value, space.delinearize(position, type.getShape()));
  LinearForm form = LinearForm::get(space.linearize(
      access.indices,
      cast<RankedTensorType>(access.base.getType()).getShape()));
  form.add(position, -1);
  if (type.getNumElements() > 1 && !form.terms.empty())
    return std::nullopt;
  return form.constant;
}
