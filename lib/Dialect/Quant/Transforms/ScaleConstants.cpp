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
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Threading.h"

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

void ConstantScaler::multiply(OpOperand &use, ConstantFactor factor) {
  SmallVector<ConstantFactor> &factors = pending[&use];
  for (ConstantFactor &other : factors) {
    if (other.axes != factor.axes)
      continue;
    for (auto [value, more] : llvm::zip_equal(other.values, factor.values))
      value *= more;
    return;
  }
  factors.push_back(std::move(factor));
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
// Applying
//===----------------------------------------------------------------------===//

/// The elements of a constant, of what is computed from constants, or of a
/// tensor filled with one.
static ElementsAttr getElements(Value value) {
  if (isConstantExpression(value))
    return evaluateConstantExpression(value);
  if (auto fill = value.getDefiningOp<linalg::FillOp>()) {
    FloatAttr number;
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (type && type.hasStaticShape() &&
        matchPattern(fill.getInputs()[0], m_Constant(&number)))
      return DenseElementsAttr::get(type, number.getValue());
    return {};
  }
  std::optional<ConstantTensor> constant = ConstantTensor::get(value);
  return constant ? constant->getAttr() : ElementsAttr();
}

bool ConstantScaler::canScale(Value value) {
  ElementsAttr elements = getElements(value);
  return elements && isa<FloatType>(elements.getElementType());
}

/// Multiplies `values`, row-major of `shape`, by `factors`.
static void scaleElements(ArrayRef<float> values, ArrayRef<int64_t> shape,
                          ArrayRef<ConstantFactor> factors,
                          MutableArrayRef<float> result) {
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
      result[begin + j] = static_cast<float>(values[begin + j] * row[j]);
    for (int64_t i = rank - 2; i >= 0; --i) {
      if (++index[i] < shape[i])
        break;
      index[i] = 0;
    }
  }
}

FailureOr<ArrayRef<float>>
ConstantScaler::read(OpOperand &use, SmallVectorImpl<float> &storage) const {
  std::optional<ConstantTensor> constant = ConstantTensor::get(use.get());
  if (!constant)
    return failure();
  FailureOr<ArrayRef<float>> values = constant->getFloats(storage);
  SmallVector<ConstantFactor> factors = getFactors(use);
  if (failed(values) || factors.empty())
    return values;
  SmallVector<float> scaled(values->size());
  scaleElements(*values, constant->getType().getShape(), factors, scaled);
  storage.assign(scaled.begin(), scaled.end());
  return ArrayRef<float>(storage);
}

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
  SmallVector<float> storage;
  ArrayRef<float> values = *ConstantTensor::get(from)->getFloats(storage);
  MutableArrayRef<char> out = bytes.getMutableData();
  if (type.getElementType().isF32()) {
    scaleElements(values, type.getShape(), factors,
                  {reinterpret_cast<float *>(out.data()), values.size()});
    return;
  }
  SmallVector<float> scaled(values.size());
  scaleElements(values, type.getShape(), factors, scaled);
  storeFloats(scaled, cast<FloatType>(type.getElementType()), out);
}

SmallVector<ElementsAttr> ConstantScaler::apply(MLIRContext *context) {
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

  SmallVector<ElementsAttr> replaced;
  for (Rewrite &rewrite : rewrites) {
    auto type = cast<RankedTensorType>(rewrite.from.getType());
    ElementsAttr attr =
        createElementsAttr(ConstantTensor::get(rewrite.from)->getName(), type,
                           std::move(rewrite.bytes));
    for (OpOperand *use : rewrite.uses) {
      OpBuilder builder(use->getOwner());
      Operation *old = use->get().getDefiningOp();
      if (isa<arith::ConstantOp>(old))
        builder.setInsertionPoint(old);
      use->set(arith::ConstantOp::create(builder, old->getLoc(),
                                         cast<TypedAttr>(attr)));
    }
    replaced.push_back(rewrite.from);
  }
  pending.clear();
  return replaced;
}
