//===- TensorScaleMigration.cpp - how scales move through tensor ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Each of these ops moves elements without changing them, so the scale of an
// element of the result belongs to the element that it came from.
//
//===----------------------------------------------------------------------===//

#include "ScaleMigrationModels.h"

#include "quant-mlir/Interfaces/Homogeneity.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::quantmlir;

using Routes = SmallVectorImpl<ScaleRoute>;

static constexpr StringLiteral dynamicSize =
    "it changes a scaled dimension of dynamic size";

static void addRoute(Routes &routes, OpOperand &operand,
                     FailureOr<ScaleLayout> layout, std::string &reason) {
  if (failed(layout))
    reason = dynamicSize;
  else
    routes.push_back(ScaleRoute{{{&operand, *layout}}, {}});
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

namespace {
/// A slice of a tensor, dimension by dimension.
struct Slice {
  SmallVector<OpFoldResult> offsets, sizes, strides;
  RankedTensorType whole;
  /// The dimensions of `whole` that the slice keeps, in order.
  SmallVector<int64_t> kept;

  template <typename OpTy>
  Slice(OpTy op, RankedTensorType whole)
      : offsets(op.getMixedOffsets()), sizes(op.getMixedSizes()),
        strides(op.getMixedStrides()), whole(whole) {
    llvm::SmallBitVector dropped = op.getDroppedDims();
    for (int64_t dim : llvm::seq<int64_t>(whole.getRank()))
      if (!dropped[dim])
        kept.push_back(dim);
  }

  /// True if the slice holds all of `dim`.
  bool isWhole(int64_t dim) const {
    return isConstantIntValue(offsets[dim], 0) &&
           isConstantIntValue(strides[dim], 1) && !whole.isDynamicDim(dim) &&
           isConstantIntValue(sizes[dim], whole.getDimSize(dim));
  }

  /// {offset, size, stride, extent} of `dim`, if all are known.
  std::optional<std::array<int64_t, 4>> getRange(int64_t dim) const {
    auto offset = getConstantIntValue(offsets[dim]);
    auto size = getConstantIntValue(sizes[dim]);
    auto stride = getConstantIntValue(strides[dim]);
    if (!offset || !size || !stride || *stride < 1 || whole.isDynamicDim(dim))
      return std::nullopt;
    return std::array{*offset, *size, *stride, whole.getDimSize(dim)};
  }

  /// The layout of the whole, given the slice's; other elements are free.
  FailureOr<ScaleLayout> toWhole(const ScaleLayout &layout,
                                 bool otherReaders) const;
  /// The layout of the slice, given the whole's.
  FailureOr<ScaleLayout> toSlice(const ScaleLayout &layout) const;
};
} // namespace

FailureOr<ScaleLayout> Slice::toWhole(const ScaleLayout &layout,
                                      bool otherReaders) const {
  SmallVector<std::optional<int64_t>> dims;
  for (int64_t axis : layout.getAxes())
    dims.push_back(kept[axis]);
  ScaleTies none;
  ScaleLayout result = layout.rename(dims, none);
  for (int64_t dim : llvm::seq<int64_t>(whole.getRank())) {
    if (isWhole(dim))
      continue;
    // Without other readers the elements outside need not be told apart.
    std::optional<std::array<int64_t, 4>> range = getRange(dim);
    bool scaled = result.getAxis(dim).has_value();
    if (!scaled && (!range || !otherReaders))
      continue;
    if (!range)
      return failure();
    auto [offset, size, stride, extent] = *range;
    result = result.embed(dim, offset, size, stride, extent, anyChannel);
  }
  return result;
}

FailureOr<ScaleLayout> Slice::toSlice(const ScaleLayout &layout) const {
  ScaleLayout result = layout;
  for (int64_t dim : layout.getAxes()) {
    std::optional<std::array<int64_t, 4>> range = getRange(dim);
    if (!range)
      return failure();
    auto [offset, size, stride, extent] = *range;
    result = result.slice(dim, offset, size, stride);
  }
  SmallVector<std::optional<int64_t>> dims;
  for (int64_t axis : layout.getAxes()) {
    const int64_t *it = llvm::find(kept, axis);
    dims.push_back(it == kept.end() ? std::nullopt
                                    : std::optional(it - kept.begin()));
  }
  // Dropped dimensions hold one element, so that nothing is tied.
  ScaleTies none;
  return result.rename(dims, none);
}

namespace {
struct ExtractSliceModel
    : ScaleMigrationOpInterface::ExternalModel<ExtractSliceModel,
                                               tensor::ExtractSliceOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto extract = cast<tensor::ExtractSliceOp>(op);
    Slice slice(extract, extract.getSourceType());
    addRoute(routes, extract.getSourceMutable(),
             slice.toWhole(layout, !extract.getSource().hasOneUse()), reason);
  }

  ScaleLayout getReadElements(Operation *op, OpOperand &) const {
    auto extract = cast<tensor::ExtractSliceOp>(op);
    ScaleLayout one = ScaleLayout::getUniform(oneChannel);
    FailureOr<ScaleLayout> read =
        Slice(extract, extract.getSourceType()).toWhole(one, true);
    return succeeded(read) ? *read : one;
  }
};

struct InsertSliceModel
    : ScaleMigrationOpInterface::ExternalModel<InsertSliceModel,
                                               tensor::InsertSliceOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto insert = cast<tensor::InsertSliceOp>(op);
    addRoute(routes, insert.getSourceMutable(),
             Slice(insert, insert.getType()).toSlice(layout), reason);
    if (!routes.empty())
      routes.front().demands.push_back({&insert.getDestMutable(), layout});
  }
};

//===----------------------------------------------------------------------===//
// Everything else
//===----------------------------------------------------------------------===//

struct ExpandShapeModel
    : ScaleMigrationOpInterface::ExternalModel<ExpandShapeModel,
                                               tensor::ExpandShapeOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto expand = cast<tensor::ExpandShapeOp>(op);
    addRoute(routes, expand.getSrcMutable(),
             layout.merge(expand.getReassociationIndices(),
                          expand.getResultType().getShape()),
             reason);
  }
};

struct CollapseShapeModel
    : ScaleMigrationOpInterface::ExternalModel<CollapseShapeModel,
                                               tensor::CollapseShapeOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto collapse = cast<tensor::CollapseShapeOp>(op);
    addRoute(routes, collapse.getSrcMutable(),
             layout.split(collapse.getReassociationIndices(),
                          collapse.getSrcType().getShape()),
             reason);
  }
};

struct ReshapeModel
    : ScaleMigrationOpInterface::ExternalModel<ReshapeModel,
                                               tensor::ReshapeOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto reshape = cast<tensor::ReshapeOp>(op);
    auto from = dyn_cast<RankedTensorType>(reshape.getSource().getType());
    auto to = dyn_cast<RankedTensorType>(reshape.getResult().getType());
    reason = "it changes the shape of a tensor of dynamic size";
    if (!from || !to || !from.hasStaticShape() || !to.hasStaticShape())
      return;
    reason = "it has no elements";
    if (to.getNumElements() == 0)
      return;
    SmallVector<SmallVector<int64_t, 2>> wide, narrow;
    matchGroups(to.getShape(), from.getShape(), wide, narrow);
    FailureOr<ScaleLayout> merged = layout.merge(wide, to.getShape());
    if (succeeded(merged))
      addRoute(routes, reshape.getSourceMutable(),
               merged->split(narrow, from.getShape()), reason);
  }

private:
  /// The shortest groups of dimensions of two shapes of one size that have
  /// products in common, in order.
  static void matchGroups(ArrayRef<int64_t> a, ArrayRef<int64_t> b,
                          SmallVectorImpl<SmallVector<int64_t, 2>> &groupsA,
                          SmallVectorImpl<SmallVector<int64_t, 2>> &groupsB) {
    size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
      SmallVector<int64_t, 2> &groupA = groupsA.emplace_back();
      SmallVector<int64_t, 2> &groupB = groupsB.emplace_back();
      int64_t productA = 1, productB = 1;
      auto takeA = [&] { groupA.push_back(i), productA *= a[i++]; };
      auto takeB = [&] { groupB.push_back(j), productB *= b[j++]; };
      do {
        if (j == b.size() || (i < a.size() && productA <= productB))
          takeA();
        else
          takeB();
      } while (productA != productB || (groupA.empty() && i < a.size()) ||
               (groupB.empty() && j < b.size()));
    }
  }
};

struct GatherModel
    : ScaleMigrationOpInterface::ExternalModel<GatherModel, tensor::GatherOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto gather = cast<tensor::GatherOp>(op);
    ArrayRef<int64_t> gathered = gather.getGatherDims();
    int64_t rank = gather.getSourceType().getRank();
    int64_t first = gather.getIndicesType().getRank() - 1;
    bool keeps = gather.getResultType().getRank() == first + rank;
    // The source's dimension of each trailing dimension of the result.
    SmallVector<int64_t> sourceDims;
    for (int64_t dim : llvm::seq(rank))
      if (keeps || !llvm::is_contained(gathered, dim))
        sourceDims.push_back(dim);
    SmallVector<std::optional<int64_t>> dims;
    for (int64_t axis : layout.getAxes()) {
      if (axis < first ||
          llvm::is_contained(gathered, sourceDims[axis - first])) {
        reason = "the scale varies along what it gathers";
        return;
      }
      dims.push_back(sourceDims[axis - first]);
    }
    ScaleTies none;
    addRoute(routes, gather.getSourceMutable(), layout.rename(dims, none),
             reason);
  }
};

struct CastModel
    : ScaleMigrationOpInterface::ExternalModel<CastModel, tensor::CastOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto cast = llvm::cast<tensor::CastOp>(op);
    if (isa<RankedTensorType>(cast.getSource().getType()))
      addRoute(routes, cast.getSourceMutable(), layout, reason);
  }
};

struct ConcatModel
    : ScaleMigrationOpInterface::ExternalModel<ConcatModel, tensor::ConcatOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto concat = cast<tensor::ConcatOp>(op);
    int64_t dim = concat.getDim(), offset = 0;
    ScaleRoute route;
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = cast<RankedTensorType>(operand.get().getType());
      if (layout.getAxis(dim) && type.isDynamicDim(dim)) {
        reason = dynamicSize;
        return;
      }
      route.demands.push_back(
          {&operand, layout.slice(dim, offset, type.getDimSize(dim), 1)});
      offset += type.getDimSize(dim);
    }
    routes.push_back(std::move(route));
  }
};

struct PadModel
    : ScaleMigrationOpInterface::ExternalModel<PadModel, tensor::PadOp> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      Routes &routes, std::string &reason) const {
    auto pad = cast<tensor::PadOp>(op);
    Value padding = pad.getConstantPaddingValue();
    if (!padding || !isScaleInvariant(padding)) {
      reason = "it pads with a value that a scale would change";
      return;
    }
    ScaleLayout inner = layout;
    for (int64_t dim : layout.getAxes()) {
      std::optional<int64_t> low =
          getConstantIntValue(pad.getMixedLowPad()[dim]);
      if (!low || pad.getSourceType().isDynamicDim(dim)) {
        reason = dynamicSize;
        return;
      }
      int64_t size = pad.getSourceType().getDimSize(dim);
      if (*low < 0 || *low + size > pad.getResultType().getDimSize(dim)) {
        reason = "it cuts off what it does not pad";
        return;
      }
      inner = inner.slice(dim, *low, size, 1);
    }
    addRoute(routes, pad.getSourceMutable(), inner, reason);
  }
};
} // namespace

void mlir::quantmlir::detail::registerTensorModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::CastOp::attachInterface<CastModel>(*context);
    tensor::CollapseShapeOp::attachInterface<CollapseShapeModel>(*context);
    tensor::ConcatOp::attachInterface<ConcatModel>(*context);
    tensor::ExpandShapeOp::attachInterface<ExpandShapeModel>(*context);
    tensor::ExtractSliceOp::attachInterface<ExtractSliceModel>(*context);
    tensor::GatherOp::attachInterface<GatherModel>(*context);
    tensor::InsertSliceOp::attachInterface<InsertSliceModel>(*context);
    tensor::PadOp::attachInterface<PadModel>(*context);
    tensor::ReshapeOp::attachInterface<ReshapeModel>(*context);
  });
}

void mlir::quantmlir::registerScaleMigrationModels(DialectRegistry &registry) {
  detail::registerArithModels(registry);
  detail::registerLinalgModels(registry);
  detail::registerTensorModels(registry);
}
