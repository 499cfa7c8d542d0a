//===- DecomposeOutliers.cpp - keep outlier channels in float -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/SmoothingGroups.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SetVector.h"

#include <cmath>

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTDECOMPOSEOUTLIERS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// A weight whose columns of outlier channels moved to a matrix of their own.
struct SplitWeight {
  /// N×K, with 0 in those columns.
  ElementsAttr rest;
  /// N×(number of outlier channels).
  ElementsAttr outliers;
};

struct DecomposeOutliersPass
    : quantmlir::impl::QuantDecomposeOutliersBase<DecomposeOutliersPass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registerQuantOps(registry);
  }

  void runOnOperation() override;

private:
  LogicalResult visit(ObserveOp observe, const LinearFilter &filter);
  FailureOr<SmallVector<Linear>> collectLinears(ObserveOp observe,
                                                const LinearFilter &filter);
  FailureOr<SmallVector<int64_t>> findOutliers(ObserveOp observe);
  FailureOr<SplitWeight> splitWeight(Linear linear, ArrayRef<int64_t> outliers);
  void collectNames();
  ObserveOp createObserver(ImplicitLocOpBuilder &b, ObserveOp observe,
                           Value gathered, ArrayRef<int64_t> outliers);
  void addOutliers(Linear linear, Value input, Value channels,
                   ElementsAttr weight);
  void remarkKept(ObserveOp observe, const Twine &reason, StringRef suggestion);
  void remarkDecomposed(ObserveOp observe, int64_t numOutliers);

  /// Weights that were split, which may have no use any more.
  llvm::SetVector<Operation *> replaced;
  UniqueNames observerNames, weightNames;
};
} // namespace

static remark::RemarkOpts getRemarkOptions(StringRef name) {
  return remark::RemarkOpts::name(name).category("quant-decompose-outliers");
}

void DecomposeOutliersPass::remarkKept(ObserveOp observe, const Twine &reason,
                                       StringRef suggestion) {
  ++numSkipped;
  auto remark =
      remark::missed(observe.getLoc(), getRemarkOptions("NotDecomposed"));
  remark << remark::add("{0} is not decomposed", observe.getName().str())
         << remark::reason("{0}", reason.str());
  if (!suggestion.empty())
    remark << remark::suggest("{0}", suggestion.str());
}

void DecomposeOutliersPass::remarkDecomposed(ObserveOp observe,
                                             int64_t numOutliers) {
  int64_t channels = observe.getInput().getType().getDimSize(1);
  std::string name = observe.getName().str();
  remark::passed(observe.getLoc(), getRemarkOptions("Decomposed"))
      << remark::add(
             "{0}: {1} of {2} channels {3}", name, numOutliers, channels,
             observeOutliers ? "get scales of their own" : "stay in float")
      << remark::metric("Outliers", numOutliers)
      << remark::metric("Channels", channels);
  if (2 * numOutliers > channels)
    remark::missed(observe.getLoc(), getRemarkOptions("ManyOutliers"))
        << remark::add("{0}: the {1} part is larger than what it spares the "
                       "{2} part",
                       name, observeOutliers ? "outliers'" : "float",
                       observeOutliers ? "other" : "integer")
        << remark::reason("most of its channels exceed {0} somewhere in the "
                          "calibration",
                          threshold.getValue())
        << remark::suggest("smooth it before, or raise the threshold");
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// Makes a constant of `type` from `values`, as a part of the parameter `name`.
static ElementsAttr createElements(StringRef name, RankedTensorType type,
                                   ArrayRef<float> values) {
  return createElementsAttr(name, type, [&](MutableArrayRef<char> bytes) {
    storeFloats(values, cast<FloatType>(type.getElementType()), bytes);
  });
}

FailureOr<SplitWeight>
DecomposeOutliersPass::splitWeight(Linear linear, ArrayRef<int64_t> outliers) {
  std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values =
      weight ? weight->getFloats(storage) : FailureOr<ArrayRef<float>>();
  if (failed(values))
    return emitMissingData(linear, "weight", linear.weight,
                           "quant-decompose-outliers");
  auto type = cast<RankedTensorType>(weight->getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  int64_t numOutliers = outliers.size();
  SmallVector<float> rest(*values), moved(rows * numOutliers);
  for (int64_t row = 0; row < rows; ++row)
    for (auto [i, channel] : llvm::enumerate(outliers))
      std::swap(moved[row * numOutliers + i], rest[row * columns + channel]);

  StringRef base = linear.getName();
  SplitWeight split;
  split.rest = createElements(weight->getName(), type, rest);
  std::string name;
  if (!base.empty())
    name = observeOutliers ? weightNames.make(base + ".outliers", ".weight")
                           : weightNames.make(base + ".weight_outliers");
  split.outliers = createElements(
      name, RankedTensorType::get({rows, numOutliers}, type.getElementType()),
      moved);
  return split;
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

static Value createGeneric(
    ImplicitLocOpBuilder &b, ValueRange inputs, Value init,
    ArrayRef<AffineMap> maps,
    function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> makeBody) {
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, TypeRange(init.getType()), inputs, init, maps, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               ImplicitLocOpBuilder body(loc, nested);
               linalg::YieldOp::create(body, makeBody(body, arguments));
             })
      .getResult(0);
}

static Value createEmpty(ImplicitLocOpBuilder &b, Value like,
                         std::optional<int64_t> columns = {}) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), like);
  if (columns)
    sizes[1] = b.getIndexAttr(*columns);
  return tensor::EmptyOp::create(b, sizes, getElementTypeOrSelf(like));
}

/// `input` with 0 in the outlier channels. A selection, since an infinite
/// outlier times 0 is no 0.
static Value createRest(ImplicitLocOpBuilder &b, Value input,
                        ArrayRef<int64_t> outliers) {
  int64_t channels = cast<RankedTensorType>(input.getType()).getDimSize(1);
  // Floats, as kernels that quantize read them.
  SmallVector<float> kept(channels, 1.0f);
  for (int64_t channel : outliers)
    kept[channel] = 0.0f;
  auto maskType = RankedTensorType::get({channels}, b.getF32Type());
  Value mask = arith::ConstantOp::create(
      b, DenseElementsAttr::get(maskType, ArrayRef<float>(kept)));
  Type elementType = getElementTypeOrSelf(input);
  Value zero = arith::ConstantOp::create(b, b.getFloatAttr(elementType, 0.0));
  AffineMap all = b.getMultiDimIdentityMap(2);
  AffineMap column =
      AffineMap::getMultiDimMapWithTargets(2, {1}, b.getContext());
  return createGeneric(
      b, {input, mask}, createEmpty(b, input), {all, column, all},
      [&](ImplicitLocOpBuilder &body, ValueRange arguments) -> Value {
        Value none = arith::ConstantOp::create(body, body.getF32FloatAttr(0.0));
        Value isOutlier = arith::CmpFOp::create(body, arith::CmpFPredicate::OEQ,
                                                arguments[1], none);
        return arith::SelectOp::create(body, isOutlier, zero, arguments[0]);
      });
}

static Value createChannels(ImplicitLocOpBuilder &b,
                            ArrayRef<int64_t> outliers) {
  auto type = RankedTensorType::get({static_cast<int64_t>(outliers.size())},
                                    b.getI64Type());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, outliers));
}

/// The channels of `input` that `channels` lists, side by side.
static Value createGather(ImplicitLocOpBuilder &b, Value input,
                          Value channels) {
  int64_t numOutliers =
      cast<RankedTensorType>(channels.getType()).getDimSize(0);
  AffineMap all = b.getMultiDimIdentityMap(2);
  AffineMap column =
      AffineMap::getMultiDimMapWithTargets(2, {1}, b.getContext());
  return createGeneric(
      b, channels, createEmpty(b, input, numOutliers), {column, all},
      [&](ImplicitLocOpBuilder &body, ValueRange arguments) -> Value {
        Value row = linalg::IndexOp::create(body, 0);
        Value channel =
            arith::IndexCastOp::create(body, body.getIndexType(), arguments[0]);
        return tensor::ExtractOp::create(body, input, ValueRange{row, channel});
      });
}

/// Observes the outliers, so that they are quantized with a scale of their own.
ObserveOp DecomposeOutliersPass::createObserver(ImplicitLocOpBuilder &b,
                                                ObserveOp observe,
                                                Value gathered,
                                                ArrayRef<int64_t> outliers) {
  auto result = ObserveOp::create(
      b, gathered, observerNames.make(observe.getName() + ".outliers"));
  copyStatistics(observe, outliers, result);
  return result;
}

static Value createSum(ImplicitLocOpBuilder &b, Value lhs, Value rhs) {
  AffineMap all = b.getMultiDimIdentityMap(2);
  return createGeneric(
      b, {lhs, rhs}, createEmpty(b, rhs), {all, all, all},
      [](ImplicitLocOpBuilder &body, ValueRange arguments) -> Value {
        return arith::AddFOp::create(body, arguments[0], arguments[1]);
      });
}

/// Adds the product of the outliers to the linear's result, behind its bias, so
/// that the bias stays next to the product that it belongs to. A product that
/// will be quantized has a destination of zeros, as all linears have.
void DecomposeOutliersPass::addOutliers(Linear linear, Value input,
                                        Value channels, ElementsAttr weight) {
  std::optional<BiasAdd> add = matchBias(linear);
  Value result = add ? add->op.getResult(0) : linear.op->getResult(0);
  auto uses = llvm::to_vector(llvm::make_pointer_range(result.getUses()));
  ImplicitLocOpBuilder b(linear.op->getLoc(), linear.op);
  b.setInsertionPointAfterValue(result);
  Value columns = arith::ConstantOp::create(b, cast<TypedAttr>(weight));
  Value sum;
  if (channels) {
    sum =
        OutlierMatmulOp::create(b, TypeRange(result.getType()), input, columns,
                                channels, result, createEmpty(b, result))
            ->getResult(0);
  } else {
    NamedAttribute maps(b.getStringAttr("indexing_maps"),
                        b.getAffineMapArrayAttr(getLinearMaps(b.getContext())));
    auto product = linalg::MatmulOp::create(
        b, TypeRange(result.getType()), ValueRange{input, columns},
        ValueRange(linear.op.getDpsInits()[0]), maps);
    sum = createSum(b, result, product->getResult(0));
  }
  for (OpOperand *use : uses)
    use->set(sum);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The linears that read the observed value; none, with a remark, if something
/// else does or one of them stays in float.
FailureOr<SmallVector<Linear>>
DecomposeOutliersPass::collectLinears(ObserveOp observe,
                                      const LinearFilter &filter) {
  auto matched = matchSmoothingGroup(observe);
  if (auto *no = std::get_if<NoGroup>(&matched)) {
    remarkKept(observe, no->reason, no->suggestion);
    return failure();
  }
  auto &group = std::get<SmoothingGroup>(matched);
  for (const Linear &linear : group.linears)
    if (std::optional<std::string> why = filter.getExclusion(linear)) {
      remarkKept(observe, "it feeds " + linear.getTitle() + ": " + *why, "");
      return failure();
    }
  return std::move(group.linears);
}

/// The channels whose absmax exceeds the threshold; a failure, with a remark,
/// if the observer does not know it.
FailureOr<SmallVector<int64_t>>
DecomposeOutliersPass::findOutliers(ObserveOp observe) {
  std::optional<ConstantTensor> absmax;
  if (std::optional<ElementsAttr> attr = observe.getAbsmax())
    absmax = ConstantTensor::get(*attr);
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values =
      absmax ? absmax->getFloats(storage) : FailureOr<ArrayRef<float>>();
  if (failed(values)) {
    remarkKept(observe, "no statistics", "run quant-attach-statistics before");
    return failure();
  }
  SmallVector<int64_t> outliers;
  for (auto [channel, value] : llvm::enumerate(*values))
    if (value > threshold)
      outliers.push_back(static_cast<int64_t>(channel));
  return outliers;
}

/// A value that was taken apart before, by another threshold, has outliers that
/// are named after it.
void DecomposeOutliersPass::collectNames() {
  observerNames = weightNames = UniqueNames();
  getOperation().walk([&](Operation *op) {
    if (auto observe = dyn_cast<ObserveOp>(op))
      observerNames.insert(observe.getName());
    for (Value result : op->getResults())
      weightNames.insert(getWeightName(result));
  });
}

LogicalResult DecomposeOutliersPass::visit(ObserveOp observe,
                                           const LinearFilter &filter) {
  FailureOr<SmallVector<Linear>> linears = collectLinears(observe, filter);
  if (failed(linears))
    return success();
  if (failed(checkStatisticsData(observe)))
    return failure();
  FailureOr<SmallVector<int64_t>> outliers = findOutliers(observe);
  if (failed(outliers))
    return success();
  if (outliers->empty()) {
    ++numSkipped;
    remark::analysis(observe.getLoc(), getRemarkOptions("NoOutliers"))
        << remark::add("{0}: no channel exceeds {1}", observe.getName().str(),
                       threshold.getValue());
    return success();
  }
  if (observeOutliers && static_cast<int64_t>(outliers->size()) ==
                             observe.getInput().getType().getDimSize(1)) {
    remarkKept(observe, "all of its channels exceed the threshold",
               "raise the threshold to set some apart");
    return success();
  }
  // Errors come before changes.
  DenseMap<Attribute, SplitWeight> splits;
  for (Linear linear : *linears) {
    std::optional<ConstantTensor> weight = ConstantTensor::get(linear.weight);
    if (weight && splits.contains(weight->getAttr()))
      continue;
    FailureOr<SplitWeight> split = splitWeight(linear, *outliers);
    if (failed(split))
      return failure();
    splits.try_emplace(weight->getAttr(), *split);
  }

  ImplicitLocOpBuilder b(observe.getLoc(), observe);
  Value input = observe.getInput();
  observe.getInputMutable().assign(createRest(b, input, *outliers));
  Value channels = createChannels(b, *outliers);
  if (observeOutliers) {
    input =
        createObserver(b, observe, createGather(b, input, channels), *outliers);
    channels = {};
  }
  clearStatistics(observe, *outliers);
  for (Linear linear : *linears) {
    ElementsAttr weight = ConstantTensor::get(linear.weight)->getAttr();
    SplitWeight split = splits.lookup(weight);
    b.setInsertionPoint(linear.op);
    linear.op->setOperand(
        1, arith::ConstantOp::create(b, cast<TypedAttr>(split.rest)));
    addOutliers(linear, input, channels, split.outliers);
    replaced.insert(linear.weight.getDefiningOp());
  }
  remarkDecomposed(observe, outliers->size());
  ++numDecomposed;
  numOutliers += outliers->size();
  return success();
}

void DecomposeOutliersPass::runOnOperation() {
  if (!(threshold > 0) || !std::isfinite(threshold)) {
    emitError(getOperation().getLoc())
        << "quant-decompose-outliers needs a finite threshold above 0, got "
        << threshold;
    return signalPassFailure();
  }
  FailureOr<LinearFilter> filter =
      LinearFilter::create(getOperation(), exclude);
  if (failed(filter))
    return signalPassFailure();
  SmallVector<ObserveOp> observers = getObservers(getOperation());
  bool isCalibrated = llvm::any_of(
      observers, [](ObserveOp op) { return op.getAbsmax().has_value(); });
  if (!observers.empty() && !isCalibrated) {
    observers.front().emitError(
        "no observer of the module has statistics: run "
        "quant-attach-statistics before quant-decompose-outliers");
    return signalPassFailure();
  }
  ConstantReleaser releaser(getOperation());
  replaced.clear();
  collectNames();
  for (ObserveOp observe : observers)
    if (failed(visit(observe, *filter)))
      return signalPassFailure();
  for (Operation *constant : replaced)
    releaser.eraseIfUnused(constant);
}
