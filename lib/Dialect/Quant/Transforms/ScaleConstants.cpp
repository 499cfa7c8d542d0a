//===- ScaleConstants.cpp - scale constants by many factors at once -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaleConstants.h"

#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Threading.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

static ConstantFactor makeFactor(const ScaleLayout &layout,
                                 ArrayRef<float> scales, bool divides) {
  ConstantFactor factor{SmallVector<int64_t>(layout.getAxes()),
                        SmallVector<int64_t>(layout.getExtents()),
                        {}};
  for (ScaleChannel channel : layout.getChannels()) {
    double scale = channel < 0 ? 1.0 : scales[channel];
    factor.values.push_back(divides ? 1.0 / scale : scale);
  }
  return factor;
}

/// Multiplies `factors` by one more.
static void append(SmallVector<ConstantFactor> &factors,
                   ConstantFactor factor) {
  for (ConstantFactor &other : factors) {
    if (other.axes != factor.axes)
      continue;
    for (auto [value, more] : llvm::zip_equal(other.values, factor.values))
      value *= more;
    return;
  }
  factors.push_back(std::move(factor));
}

void ConstantScaler::multiply(OpOperand &use, ConstantFactor factor) {
  append(pending[&use], std::move(factor));
}

void ConstantScaler::multiply(OpOperand &use, const ScaleLayout &layout,
                              ArrayRef<float> scales) {
  multiply(use, makeFactor(layout, scales, /*divides=*/false));
}

void ConstantScaler::divide(OpOperand &use, const ScaleLayout &layout,
                            ArrayRef<float> scales) {
  multiply(use, makeFactor(layout, scales, /*divides=*/true));
}

SmallVector<ConstantFactor> ConstantScaler::getFactors(OpOperand &use) const {
  return pending.lookup(&use);
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

/// The elements of a constant, or of what is computed from constants; null if
/// data is not present.
static ElementsAttr getElements(Value value) {
  if (isConstantExpression(value))
    return evaluateConstantExpression(value);
  std::optional<ConstantTensor> constant = ConstantTensor::get(value);
  return constant ? constant->getAttr() : ElementsAttr();
}

/// Multiplies `values`, row-major of `shape`, by `factors`. T holds every value
/// of the tensor's type.
template <typename T>
static void scaleElements(ArrayRef<T> values, ArrayRef<int64_t> shape,
                          ArrayRef<ConstantFactor> factors,
                          MutableArrayRef<T> result) {
  int64_t rank = shape.size(), columns = rank ? shape.back() : 1;
  SmallVector<double> row(columns);
  SmallVector<int64_t> index(rank, 0);
  for (int64_t begin = 0, end = values.size(); begin < end; begin += columns) {
    llvm::fill(row, 1.0);
    for (const ConstantFactor &factor : factors) {
      int64_t position = 0;
      bool alongRow = !factor.axes.empty() && factor.axes.back() == rank - 1;
      for (auto [axis, extent] : llvm::zip_equal(factor.axes, factor.extents))
        position = position * extent + (axis == rank - 1 ? 0 : index[axis]);
      const double *first = factor.values.data() + position;
      for (int64_t j = 0; j < columns; ++j)
        row[j] *= first[alongRow ? j : 0];
    }
    for (int64_t j = 0; j < columns; ++j)
      result[begin + j] = static_cast<T>(values[begin + j] * row[j]);
    for (int64_t i = rank - 2; i >= 0; --i) {
      if (++index[i] < shape[i])
        break;
      index[i] = 0;
    }
  }
}

FailureOr<ArrayRef<float>>
ConstantScaler::read(OpOperand &use, SmallVectorImpl<float> &storage) const {
  SmallVector<ConstantFactor> factors = getFactors(use);
  std::optional<ConstantTensor> constant = ConstantTensor::get(use.get());
  // Most values are none; only what takes factors is worth a look.
  if (!constant && !factors.empty())
    if (ElementsAttr elements = getElements(use.get()))
      constant = ConstantTensor::get(elements);
  if (!constant)
    return failure();
  FailureOr<ArrayRef<float>> values = constant->getFloats(storage);
  if (failed(values) || factors.empty())
    return values;
  SmallVector<float> scaled(values->size());
  scaleElements<float>(*values, constant->getType().getShape(), factors,
                       scaled);
  storage.assign(scaled.begin(), scaled.end());
  return ArrayRef<float>(storage);
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

std::string mlir::quantmlir::describeConstant(Value constant) {
  StringRef name = getExpressionName(constant);
  return name.empty() ? "a constant" : name.str();
}

namespace {
/// The normal numbers of a float type, in magnitude.
struct NormalRange {
  double least, largest;

  explicit NormalRange(FloatType type) {
    const llvm::fltSemantics &semantics = type.getFloatSemantics();
    least = APFloat::getSmallestNormalized(semantics).convertToDouble();
    largest = APFloat::getLargest(semantics).convertToDouble();
  }
};
} // namespace

/// True if all products of `values` and `factors` are surely normal numbers,
/// from the extremes of both.
template <typename T>
static bool isSurelyInRange(ArrayRef<T> values,
                            ArrayRef<ConstantFactor> factors,
                            NormalRange range) {
  T smallest = INFINITY, greatest = 0;
  for (T value : values) {
    T magnitude = std::fabs(value);
    greatest = std::max(greatest, magnitude);
    smallest = std::min(smallest, magnitude == 0 ? T(INFINITY) : magnitude);
  }
  double least = smallest, largest = greatest;
  for (const ConstantFactor &factor : factors) {
    least *= *llvm::min_element(factor.values);
    largest *= *llvm::max_element(factor.values);
  }
  return least >= range.least && largest <= range.largest;
}

/// The largest magnitude in each channel of `factor`.
static std::vector<double> getChannelMaxima(ArrayRef<double> values,
                                            ArrayRef<int64_t> shape,
                                            const ConstantFactor &factor) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t d = static_cast<int64_t>(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  std::vector<double> maxima(factor.values.size());
  for (auto [i, value] : llvm::enumerate(values)) {
    int64_t channel = 0;
    for (auto [axis, extent] : llvm::zip_equal(factor.axes, factor.extents))
      channel = channel * extent + i / strides[axis] % shape[axis];
    maxima[channel] = std::max(maxima[channel], std::fabs(value));
  }
  return maxima;
}

/// What goes wrong when `factors` multiply `values`; empty if nothing.
static StringRef findRangeError(ArrayRef<double> values,
                                ArrayRef<int64_t> shape,
                                ArrayRef<ConstantFactor> factors,
                                NormalRange range) {
  SmallVector<double> scaled(values.size());
  scaleElements<double>(values, shape, factors, scaled);
  for (auto [before, after] : llvm::zip_equal(values, scaled))
    if (std::fabs(after) > range.largest && std::fabs(before) <= range.largest)
      return "overflow";
  // A subnormal element is no loss beside a normal one of its channel, whose
  // rounding error is as large.
  for (const ConstantFactor &factor : factors) {
    std::vector<double> before = getChannelMaxima(values, shape, factor);
    std::vector<double> after = getChannelMaxima(scaled, shape, factor);
    for (auto [b, a] : llvm::zip_equal(before, after))
      if (a < range.least && b >= range.least)
        return "underflow";
  }
  return "";
}

std::string ConstantScaler::findObstacle(OpOperand &use,
                                         const ScaleLayout &layout,
                                         ArrayRef<float> scales, bool divides,
                                         bool widened) const {
  Value value = use.get();
  if (Value missing = findMissingData(value))
    return describeConstant(missing) + " has no data; run quant-bind-weights";
  ElementsAttr elements = getElements(value);
  ConstantTensor constant = *ConstantTensor::get(elements);
  auto type = cast<ShapedType>(elements.getType());
  SmallVector<ConstantFactor> factors = getFactors(use);
  append(factors, makeFactor(layout, scales, divides));
  NormalRange range(cast<FloatType>(type.getElementType()));
  SmallVector<float> floats;
  if (type.getElementType().isF32() &&
      isSurelyInRange(*constant.getFloats(floats), factors, range))
    return "";
  SmallVector<double> storage;
  ArrayRef<double> values = *constant.getDoubles(storage);
  if (isSurelyInRange(values, factors, range))
    return "";
  StringRef error =
      widened ? "overflow or underflow"
              : findRangeError(values, type.getShape(), factors, range);
  if (error.empty())
    return "";
  std::string text;
  llvm::raw_string_ostream(text)
      << describeConstant(value) << " would " << error << " in "
      << type.getElementType() << "; keep it in a wider type";
  return text;
}

//===----------------------------------------------------------------------===//
// Widening
//===----------------------------------------------------------------------===//

/// The elements of `input`, of shape `from`, at every index of `shape`, whose
/// dimension d is the dimension `dims[d]` of `from`, if it is one.
static SmallVector<double> repeat(ArrayRef<double> input,
                                  ArrayRef<int64_t> from,
                                  ArrayRef<int64_t> shape,
                                  ArrayRef<std::optional<int64_t>> dims) {
  SmallVector<double> result;
  SmallVector<int64_t> strides(from.size(), 1);
  for (int64_t d = static_cast<int64_t>(from.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * from[d + 1];
  for (int64_t i = 0, e = ShapedType::getNumElements(shape); i < e; ++i) {
    int64_t position = 0, rest = i;
    for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
      if (dims[d])
        position += rest % shape[d] * strides[*dims[d]];
      rest /= shape[d];
    }
    result.push_back(input[position]);
  }
  return result;
}

/// What `use` reads, repeated to `shape` along the dimensions that have no
/// `dims`.
static ElementsAttr repeatConstant(OpOperand &use, ArrayRef<int64_t> shape,
                                   ArrayRef<std::optional<int64_t>> dims) {
  auto type = cast<RankedTensorType>(use.get().getType());
  auto elementType = cast<FloatType>(type.getElementType());
  ElementsAttr elements = getElements(use.get());
  SmallVector<double> storage;
  SmallVector<double> repeated =
      repeat(*ConstantTensor::get(elements)->getDoubles(storage),
             type.getShape(), shape, dims);
  return createElementsAttr(
      /*parameterName=*/{}, RankedTensorType::get(shape, elementType),
      [&](MutableArrayRef<char> bytes) {
        storeFloats(ArrayRef<double>(repeated), elementType, bytes);
      });
}

SmallVector<int64_t> ConstantScaler::widen(OpOperand &use,
                                           ArrayRef<int64_t> loops,
                                           ArrayRef<int64_t> extents) {
  auto op = cast<linalg::GenericOp>(use.getOwner());
  auto oldShape = cast<ShapedType>(use.get().getType()).getShape();
  std::map<int64_t, int64_t> sizes, oldDims;
  for (auto [loop, extent] : llvm::zip_equal(loops, extents))
    sizes[loop] = extent;
  for (auto [dim, expr] :
       llvm::enumerate(op.getMatchingIndexingMap(&use).getResults()))
    if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
      oldDims[loop.getPosition()] = dim;
      sizes[loop.getPosition()] = oldShape[dim];
    }

  SmallVector<int64_t> shape, newDims(oldShape.size(), 0), scaledDims;
  SmallVector<std::optional<int64_t>> dims;
  SmallVector<AffineExpr> exprs;
  for (auto [loop, size] : sizes) {
    if (auto old = oldDims.find(loop); old != oldDims.end())
      newDims[*dims.emplace_back(old->second)] = shape.size();
    else
      dims.emplace_back(std::nullopt);
    if (llvm::is_contained(loops, loop))
      scaledDims.push_back(shape.size());
    exprs.push_back(getAffineDimExpr(loop, op.getContext()));
    shape.push_back(size);
  }

  SmallVector<ConstantFactor> factors = getFactors(use);
  drop(use);
  replace(use, repeatConstant(use, shape, dims));
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps[use.getOperandNumber()] =
      AffineMap::get(op.getNumLoops(), 0, exprs, op.getContext());
  op.setIndexingMapsAttr(Builder(op).getAffineMapArrayAttr(maps));
  for (ConstantFactor &factor : factors) {
    for (int64_t &axis : factor.axes)
      axis = newDims[axis];
    multiply(use, std::move(factor));
  }
  return scaledDims;
}

//===----------------------------------------------------------------------===//
// Applying
//===----------------------------------------------------------------------===//

namespace {
/// A constant to make, and the uses that read it.
struct Rewrite {
  ElementsAttr from;
  ArrayRef<ConstantFactor> factors;
  SmallVector<OpOperand *> uses;
  AsmResourceBlob bytes;

  void compute();
};
} // namespace

void Rewrite::compute() {
  auto type = cast<RankedTensorType>(from.getType());
  bytes = allocateElements(type);
  MutableArrayRef<char> out = bytes.getMutableData();
  ConstantTensor constant = *ConstantTensor::get(from);
  if (type.getElementType().isF32()) {
    SmallVector<float> storage;
    ArrayRef<float> values = *constant.getFloats(storage);
    scaleElements<float>(
        values, type.getShape(), factors,
        {reinterpret_cast<float *>(out.data()), values.size()});
    return;
  }
  SmallVector<double> storage;
  ArrayRef<double> values = *constant.getDoubles(storage);
  SmallVector<double> scaled(values.size());
  scaleElements<double>(values, type.getShape(), factors, scaled);
  storeFloats(ArrayRef<double>(scaled), cast<FloatType>(type.getElementType()),
              out);
}

void ConstantScaler::replace(OpOperand &use, ElementsAttr attr) {
  Operation *old = use.get().getDefiningOp();
  OpBuilder builder(use.getOwner());
  if (old->hasTrait<OpTrait::ConstantLike>())
    builder.setInsertionPoint(old);
  use.set(
      arith::ConstantOp::create(builder, old->getLoc(), cast<TypedAttr>(attr)));
  replaced.insert(old);
}

void ConstantScaler::apply(MLIRContext *context) {
  SmallVector<Rewrite> rewrites;
  for (auto &[use, factors] : pending) {
    ElementsAttr from = getElements(use->get());
    auto *it = llvm::find_if(rewrites, [&, &factors = factors](Rewrite &r) {
      return r.from == from && r.factors == ArrayRef<ConstantFactor>(factors);
    });
    if (it == rewrites.end()) {
      rewrites.push_back({from, factors, {}, {}});
      it = std::prev(rewrites.end());
    }
    it->uses.push_back(use);
  }
  parallelForEach(context, rewrites, [](Rewrite &r) { r.compute(); });

  for (Rewrite &rewrite : rewrites) {
    auto type = cast<RankedTensorType>(rewrite.from.getType());
    ElementsAttr attr =
        createElementsAttr(ConstantTensor::get(rewrite.from)->getName(), type,
                           std::move(rewrite.bytes));
    for (OpOperand *use : rewrite.uses)
      replace(*use, attr);
  }
  pending.clear();
}
