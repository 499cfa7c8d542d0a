//===- ClipWeights.cpp - clip weights before 4-bit rounding ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SchemeOptions.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/GroupRounding.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"
#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Runtime/MatrixProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Threading.h"

#include <cmath>

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTCLIPWEIGHTS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr StringLiteral category = "quant-clip-weights";

/// Rows that one task works on.
static constexpr int64_t blockRows = 256;

namespace {
/// The weights of one group of columns, whose bounds do not depend on others'.
struct ColumnGroup {
  int64_t begin, size;
  /// XᵀX of these columns.
  SmallVector<float> moment;
};

/// The errors before and after clipping, of one task.
struct ClippingError {
  double before = 0, after = 0;
  int64_t clipped = 0;

  ClippingError &operator+=(const ClippingError &other) {
    before += other.before;
    after += other.after;
    clipped += other.clipped;
    return *this;
  }
};

/// Clips an N×K weight group by group.
class Clipper {
public:
  Clipper(ArrayRef<float> values, int64_t channels, GroupFormat format,
          int64_t numBounds, double step)
      : values(values), channels(channels), format(format),
        numBounds(numBounds), step(step) {}

  bool hasRowScales() const { return format.hasRowScales(channels); }
  /// Makes the scale of each row that of the row in `weights`.
  void takeRowScales(ArrayRef<float> weights);
  /// Writes the clipped weights of `rows` rows from `firstRow` on.
  ClippingError clip(const ColumnGroup &group, int64_t firstRow, int64_t rows,
                     MutableArrayRef<float> result) const;
  /// Leaves row `n` of `clipped` only if it is better than the original, each
  /// rounded by the scale of its own.
  ClippingError keepBetter(ArrayRef<ColumnGroup> groups, int64_t n,
                           MutableArrayRef<float> clipped) const;

private:
  ArrayRef<float> getRow(int64_t n) const {
    return values.slice(n * channels, channels);
  }
  /// The error if `row`, rounded, replaces row `n`.
  double getRowError(ArrayRef<ColumnGroup> groups, int64_t n,
                     ArrayRef<float> row) const;
  /// Takes the bound if it lowers the error of a row of `columns`, the first of
  /// which is number `firstRow`.
  void tryBound(int64_t index, const ColumnGroup &group, int64_t firstRow,
                ArrayRef<float> columns, MutableArrayRef<double> errors,
                MutableArrayRef<int64_t> best) const;
  float getFactor(int64_t index) const {
    return static_cast<float>(1 - step * index);
  }

  ArrayRef<float> values;
  int64_t channels;
  GroupFormat format;
  /// Bounds are 1, 1 - step, … times the group's largest magnitude.
  int64_t numBounds;
  double step;
  /// For two-level groups.
  SmallVector<float> rowScales;
};
} // namespace

/// Writes `values`, none of them beyond `factor` times the largest magnitude.
static void clamp(ArrayRef<float> values, float factor,
                  MutableArrayRef<float> result) {
  float bound = 0;
  for (float value : values)
    bound = std::max(bound, std::fabs(value));
  bound *= factor;
  for (auto [value, clamped] : llvm::zip_equal(values, result))
    clamped = std::min(std::max(value, -bound), bound);
}

void Clipper::takeRowScales(ArrayRef<float> weights) {
  rowScales.clear();
  for (size_t begin = 0; begin < weights.size(); begin += channels)
    rowScales.push_back(numerics::getTwoLevelScale(
        numerics::getAbsMax(weights.slice(begin, channels))));
}

void Clipper::tryBound(int64_t index, const ColumnGroup &group,
                       int64_t firstRow, ArrayRef<float> columns,
                       MutableArrayRef<double> errors,
                       MutableArrayRef<int64_t> best) const {
  int64_t size = group.size, rows = errors.size();
  SmallVector<float> differences(rows * size), products(rows * size);
  SmallVector<float> clamped(size);
  for (int64_t n = 0; n < rows; ++n) {
    ArrayRef<float> row = columns.slice(n * size, size);
    MutableArrayRef<float> difference(&differences[n * size], size);
    clamp(row, getFactor(index), clamped);
    roundGroup(clamped, format.zeroPoints,
               rowScales.empty() ? 0 : rowScales[firstRow + n], difference);
    for (int64_t k = 0; k < size; ++k)
      difference[k] -= row[k];
  }
  multiplyF32(rows, size, size, {differences.data(), size, 1},
              {group.moment.data(), size, 1}, {products.data(), size, 1},
              /*accumulate=*/false);
  for (int64_t n = 0; n < rows; ++n) {
    double error = 0;
    for (int64_t k = n * size; k < (n + 1) * size; ++k)
      error += double(differences[k]) * products[k];
    if (index > 0 && !(error < errors[n]))
      continue;
    errors[n] = error;
    best[n] = index;
  }
}

ClippingError Clipper::clip(const ColumnGroup &group, int64_t firstRow,
                            int64_t rows, MutableArrayRef<float> result) const {
  SmallVector<float> columns;
  for (int64_t n = 0; n < rows; ++n)
    llvm::append_range(
        columns,
        values.slice((firstRow + n) * channels + group.begin, group.size));
  ClippingError total;
  SmallVector<double> errors(rows);
  SmallVector<int64_t> best(rows);
  for (int64_t index = 0; index < numBounds; ++index) {
    tryBound(index, group, firstRow, columns, errors, best);
    if (index == 0)
      for (double error : errors)
        total.before += error;
  }
  for (int64_t n = 0; n < rows; ++n) {
    total.after += errors[n];
    total.clipped += best[n] > 0;
    clamp(ArrayRef(columns).slice(n * group.size, group.size),
          getFactor(best[n]),
          result.slice((firstRow + n) * channels + group.begin, group.size));
  }
  return total;
}

double Clipper::getRowError(ArrayRef<ColumnGroup> groups, int64_t n,
                            ArrayRef<float> row) const {
  SmallVector<float> difference(channels), product(channels);
  roundRow(row, format, difference);
  for (auto [rounded, value] : llvm::zip_equal(difference, getRow(n)))
    rounded -= value;
  double error = 0;
  for (const ColumnGroup &group : groups) {
    int64_t begin = group.begin, size = group.size;
    multiplyF32(1, size, size, {&difference[begin], size, 1},
                {group.moment.data(), size, 1}, {&product[begin], size, 1},
                /*accumulate=*/false);
    for (int64_t k = begin; k < begin + size; ++k)
      error += double(difference[k]) * product[k];
  }
  return error;
}

ClippingError Clipper::keepBetter(ArrayRef<ColumnGroup> groups, int64_t n,
                                  MutableArrayRef<float> clipped) const {
  ArrayRef<float> row = getRow(n);
  MutableArrayRef<float> result = clipped.slice(n * channels, channels);
  ClippingError error;
  error.before = getRowError(groups, n, row);
  error.after = getRowError(groups, n, result);
  if (!(error.after < error.before)) {
    llvm::copy(row, result.begin());
    error.after = error.before;
    return error;
  }
  for (const ColumnGroup &group : groups)
    error.clipped += row.slice(group.begin, group.size) !=
                     ArrayRef<float>(result).slice(group.begin, group.size);
  return error;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct ClipWeightsPass
    : quantmlir::impl::QuantClipWeightsBase<ClipWeightsPass> {
  using QuantClipWeightsBase::QuantClipWeightsBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    QuantClipWeightsBase::getDependentDialects(registry);
    registerQuantOps(registry);
  }

  void runOnOperation() override;

private:
  LogicalResult checkOptions();
  LogicalResult visit(ObserveOp observe, const LinearFilter &filter);
  LogicalResult clip(const Linear &linear, ArrayRef<ColumnGroup> groups);
  ClippingError run(const Clipper &clipper, ArrayRef<ColumnGroup> groups,
                    int64_t rows, MutableArrayRef<float> clipped);
  void replaceWeight(const Linear &linear, AsmResourceBlob bytes);
  void remarkSkipped(Operation *op, StringRef name, const Twine &reason);

  std::optional<ConstantReleaser> releaser;
};
} // namespace

void ClipWeightsPass::remarkSkipped(Operation *op, StringRef name,
                                    const Twine &reason) {
  ++numSkipped;
  remark::missed(op->getLoc(),
                 remark::RemarkOpts::name("NotClipped").category(category))
      << remark::add("the weight of {0} is not clipped", name.str())
      << remark::reason("{0}", reason.str());
}

LogicalResult ClipWeightsPass::checkOptions() {
  Location loc = getOperation().getLoc();
  SchemeOptions rounding;
  rounding.scheme = scheme;
  rounding.groupSize = groupSize;
  if (failed(rounding.check(loc)))
    return failure();
  if (gridSize < 1)
    return mlir::emitError(loc)
           << "quant-clip-weights needs grid >= 1, got " << int64_t(gridSize);
  if (!(maxShrink >= 0 && maxShrink < 1))
    return mlir::emitError(loc)
           << "quant-clip-weights needs max-shrink in [0, 1), got "
           << double(maxShrink);
  return success();
}

/// The second moments of each group of columns, from the observer's own or from
/// its sample.
static std::vector<ColumnGroup> makeColumnGroups(ObserveOp observe,
                                                 int64_t groupSize) {
  int64_t channels = getChannels(observe);
  SmallVector<float> storage;
  std::optional<ArrayRef<float>> moment = getSecondMoment(observe, storage);
  ArrayRef<float> sample;
  if (!moment)
    sample = *getSample(observe, storage);
  std::vector<ColumnGroup> groups;
  for (int64_t begin = 0; begin < channels; begin += groupSize) {
    int64_t size = std::min(groupSize, channels - begin);
    ColumnGroup &group = groups.emplace_back();
    group.begin = begin;
    group.size = size;
    group.moment.resize(size * size);
    if (moment) {
      for (int64_t i = 0; i < size; ++i)
        llvm::copy(moment->slice((begin + i) * channels + begin, size),
                   &group.moment[i * size]);
      continue;
    }
    multiplyF32(size, size, sample.size() / channels,
                {sample.data() + begin, 1, channels},
                {sample.data() + begin, channels, 1},
                {group.moment.data(), size, 1}, /*accumulate=*/false);
  }
  return groups;
}

/// Clips blocks of rows and groups of columns on the context's threads.
ClippingError ClipWeightsPass::run(const Clipper &clipper,
                                   ArrayRef<ColumnGroup> groups, int64_t rows,
                                   MutableArrayRef<float> clipped) {
  int64_t numBlocks = llvm::divideCeil(rows, blockRows);
  std::vector<ClippingError> errors(numBlocks * groups.size());
  parallelFor(&getContext(), 0, errors.size(), [&](size_t task) {
    int64_t row = task % numBlocks * blockRows;
    errors[task] = clipper.clip(groups[task / numBlocks], row,
                                std::min(blockRows, rows - row), clipped);
  });
  // Each group was searched as if the row's scale were known, but it is that of
  // the largest weight which all groups leave.
  if (clipper.hasRowScales()) {
    errors.assign(rows, {});
    parallelFor(&getContext(), 0, rows, [&](size_t row) {
      errors[row] = clipper.keepBetter(groups, row, clipped);
    });
  }
  ClippingError total;
  for (const ClippingError &error : errors)
    total += error;
  return total;
}

LogicalResult ClipWeightsPass::clip(const Linear &linear,
                                    ArrayRef<ColumnGroup> groups) {
  std::optional<ConstantTensor> constant = ConstantTensor::get(linear.weight);
  if (!constant)
    return emitMissingData(linear, "weight", linear.weight, category);
  auto type = cast<RankedTensorType>(constant->getType());
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = readWeight(
      *constant, storage, [&] { return mlir::emitError(linear.op->getLoc()); });
  if (failed(values))
    return failure();
  int64_t rows = type.getDimSize(0), channels = type.getDimSize(1);

  int64_t numBounds = std::max<int64_t>(1, std::llround(maxShrink * gridSize));
  GroupFormat format{groupSize == 0 ? channels : groupSize, zeroPoint,
                     scheme != QuantizationScheme::W4A16};
  Clipper clipper(*values, channels, format, numBounds, 1.0 / gridSize);
  SmallVector<float> clipped(values->size());
  if (clipper.hasRowScales()) {
    // Clipping the largest weights of a row lowers the row's scale.
    clipper.takeRowScales(*values);
    run(clipper, groups, rows, clipped);
    clipper.takeRowScales(clipped);
  }
  ClippingError total = run(clipper, groups, rows, clipped);
  if (!std::isfinite(total.before)) {
    if (std::string why = describeLargeWeight(linear); !why.empty())
      return linear.op->emitError(why);
    return linear.op->emitError()
           << "the statistics of the input of " << linear.getTitle()
           << " give no finite error: calibrate again and look for the first "
              "layer that overflows";
  }
  if (total.clipped == 0) {
    remarkSkipped(linear.op, linear.getTitle(),
                  "no bound of the grid lowers the error of any group");
    return success();
  }
  double share = double(total.clipped) / (rows * groups.size());
  remark::passed(linear.op->getLoc(),
                 remark::RemarkOpts::name("Clipped").category(category))
      << remark::add("{0} of the groups of {1} are clipped",
                     llvm::formatv("{0:P0}", share).str(), linear.getTitle())
      << remark::metric("ErrorRatio", std::sqrt(total.after / total.before));
  AsmResourceBlob bytes = allocateElements(type);
  storeFloats(clipped, cast<FloatType>(type.getElementType()),
              bytes.getMutableData());
  replaceWeight(linear, std::move(bytes));
  ++numClipped;
  return success();
}

void ClipWeightsPass::replaceWeight(const Linear &linear,
                                    AsmResourceBlob bytes) {
  Operation *old = linear.weight.getDefiningOp();
  ElementsAttr attr = ConstantTensor::get(linear.weight)->getAttr();
  ElementsAttr made = createElementsAttr(getWeightName(linear.weight),
                                         cast<RankedTensorType>(attr.getType()),
                                         std::move(bytes));
  OpBuilder builder(old);
  linear.op->setOperand(1, arith::ConstantOp::create(builder, old->getLoc(),
                                                     cast<TypedAttr>(made)));
  releaser->eraseIfUnused(old);
}

LogicalResult ClipWeightsPass::visit(ObserveOp observe,
                                     const LinearFilter &filter) {
  std::vector<ColumnGroup> groups;
  bool isCollected = observe.getMoment2() || observe.getSample();
  // Users are listed last first.
  SmallVector<Operation *> users(observe->getUsers());
  for (Operation *user : llvm::reverse(users)) {
    std::optional<Linear> linear = matchLinear(user);
    if (auto weight = matchComputedWeight(user))
      remarkSkipped(user, weight->name, weight->reason);
    if (!linear || linear->input != observe.getResult())
      continue;
    if (std::optional<std::string> why = filter.getExclusion(*linear)) {
      remarkSkipped(user, linear->getTitle(), *why);
      continue;
    }
    if (!isCollected)
      return observe.emitError()
             << "'" << observe.getName()
             << "' has neither second moments nor sample rows: collect them "
                "with quant-run --observe=FILE --second-moments";
    if (groups.empty() && failed(checkStatisticsData(observe)))
      return failure();
    if (groups.empty())
      groups = makeColumnGroups(observe, groupSize == 0 ? getChannels(observe)
                                                        : groupSize);
    if (failed(clip(*linear, groups)))
      return failure();
  }
  return success();
}

void ClipWeightsPass::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  FailureOr<LinearFilter> filter =
      LinearFilter::create(getOperation(), exclude);
  if (failed(filter))
    return signalPassFailure();
  releaser.emplace(getOperation());
  for (ObserveOp observe : getObservers(getOperation()))
    if (failed(visit(observe, *filter)))
      return signalPassFailure();
}
