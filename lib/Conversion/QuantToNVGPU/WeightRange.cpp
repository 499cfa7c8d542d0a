//===- WeightRange.cpp - whether kernels can scale weights ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Conversion/QuantToNVGPU/WeightRange.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <array>

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fragments;

namespace {
/// A weight's values.
struct Weight {
  const WeightRange &range;
  const int8_t *codes, *scales, *zeros;

  int32_t getCode(int64_t n, int64_t k) const {
    CodePlace place = getIntegerCodePlace(n, k);
    int64_t block = n / blockRows * range.columnBlocks + k / blockColumns;
    return llvm::SignExtend32<4>(codes[block * blockBytes + place.byte] >>
                                 place.shift);
  }
  /// Scales and zero points lie at the same place.
  int64_t getPlace(int64_t n, int64_t g) const {
    return g * range.rowBlocks * blockRows + getZeroPlace(n);
  }
  int32_t getScale(int64_t n, int64_t g) const {
    return scales ? scales[getPlace(n, g)] : 1;
  }
  bool fits(int64_t n, int64_t g) const;
};
} // namespace

/// True if the scaled codes of a row's group have 8 bits. Most scales let any
/// code have them.
bool Weight::fits(int64_t n, int64_t g) const {
  int32_t scale = getScale(n, g);
  int32_t zero = zeros ? zeros[getPlace(n, g)] - codeOffset : 0;
  auto fit = [&](int32_t code) {
    return llvm::isInt<8>((code - zero) * scale);
  };
  if (fit(-codeOffset) && fit(codeOffset - 1))
    return true;
  int64_t end =
      std::min((g + 1) * range.groupSize, range.columnBlocks * blockColumns);
  for (int64_t k = g * range.groupSize; k < end; ++k)
    if (!fit(getCode(n, k)))
      return false;
  return true;
}

/// A value as it was before casts, which may hide its shape.
static Value skipCasts(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CastOp, memref::CastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

Value WeightRange::getScales(GroupMatmulOp op) {
  return op.hasIntegerInput() ? op.getScales() : Value();
}

std::optional<WeightRange> WeightRange::get(GroupMatmulOp op) {
  Value perGroup = getScales(op) ? getScales(op) : op.getZeros();
  if (!op.getFragmentOrder() || !perGroup)
    return std::nullopt;
  auto codes = cast<ShapedType>(skipCasts(op.getCodes()).getType());
  auto groups = cast<ShapedType>(skipCasts(perGroup).getType());
  if (!codes.hasStaticShape() || !groups.hasStaticShape() ||
      codes.getNumElements() == 0)
    return std::nullopt;
  return WeightRange{codes.getDimSize(0), codes.getDimSize(1),
                     groups.getDimSize(0),
                     static_cast<int64_t>(op.getGroupSize())};
}

LogicalResult WeightRange::check(const int8_t *codes, const int8_t *scales,
                                 const int8_t *zeros,
                                 std::string &whyNot) const {
  Weight weight{*this, codes, scales, zeros};
  for (int64_t n = 0; n < rowBlocks * blockRows; ++n)
    for (int64_t g = 0; g < groups; ++g) {
      int32_t scale = weight.getScale(n, g);
      int32_t zero = zeros ? zeros[weight.getPlace(n, g)] : 0;
      if (zero < 0)
        whyNot = llvm::formatv("the zero point of group {0} of row {1} is {2}, "
                               "and kernels take 0 to 127",
                               g, n, zero);
      else if (scale < 1)
        whyNot = llvm::formatv("the scale of group {0} of row {1} is {2}, and "
                               "kernels take 1 to 127",
                               g, n, scale);
      else if (!weight.fits(n, g))
        whyNot = llvm::formatv("the scale of group {0} of row {1}, {2}, takes "
                               "a code of its beyond 8 bits",
                               g, n, scale);
      else
        continue;
      whyNot += "; pack the weight with quant-pack-weights, which leaves one "
                "that does not fit to the CPU";
      return failure();
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The value of a constant, or of a global that nobody changes; null if it is
/// not known. Views of all of it have its bytes in the same order.
static ElementsAttr getConstant(Value value) {
  Operation *op = value.getDefiningOp();
  while (isa_and_nonnull<tensor::CastOp, tensor::ExpandShapeOp,
                         tensor::CollapseShapeOp, memref::CastOp,
                         memref::ExpandShapeOp, memref::CollapseShapeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  if (auto load = dyn_cast_or_null<ml_program::GlobalLoadConstOp>(op)) {
    auto global = SymbolTable::lookupNearestSymbolFrom<ml_program::GlobalOp>(
        load, load.getGlobalAttr());
    auto initial =
        dyn_cast_or_null<ElementsAttr>(global.getValue().value_or(Attribute()));
    // A load need not have the global's type.
    return initial && initial.getType() == load.getType() ? initial
                                                          : ElementsAttr();
  }
  if (auto load = dyn_cast_or_null<memref::GetGlobalOp>(op)) {
    auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
        load, load.getNameAttr());
    return global.getConstant() ? global.getConstantInitValue()
                                : ElementsAttr();
  }
  ElementsAttr attr;
  return op && matchPattern(op, m_Constant(&attr)) ? attr : ElementsAttr();
}

namespace {
/// The bytes of a constant i8 operand; null without an operand.
struct Bytes {
  explicit Bytes(Value value);

  const int8_t *data = nullptr;
  /// Whether there is an operand whose value is not known, or has no bytes that
  /// can be read.
  bool isMissing = false, isUnreadable = false;

private:
  /// Those of a splat, which has none of its own.
  SmallVector<int8_t> storage;
};
} // namespace

Bytes::Bytes(Value value) {
  if (!value)
    return;
  ElementsAttr attr = getConstant(value);
  isMissing = !attr;
  if (isMissing)
    return;
  std::optional<ConstantTensor> constant = ConstantTensor::get(attr);
  isUnreadable = !constant;
  if (isUnreadable)
    return;
  data = reinterpret_cast<const int8_t *>(constant->getRawBytes().data());
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense || !dense.isSplat())
    return;
  storage.assign(constant->getType().getNumElements(),
                 dense.getSplatValue<int8_t>());
  data = storage.data();
}

LogicalResult mlir::quantmlir::checkWeightRange(GroupMatmulOp op,
                                                std::string &whyNot) {
  std::optional<WeightRange> range = WeightRange::get(op);
  if (!range)
    return success();
  Bytes codes(op.getCodes()), scales(WeightRange::getScales(op)),
      zeros(op.getZeros());
  if (codes.isUnreadable || scales.isUnreadable || zeros.isUnreadable) {
    whyNot = "its weight has values that are neither dense nor a resource, so "
             "that nobody knows whether they fit into 8 bits";
    return failure();
  }
  if (codes.isMissing || scales.isMissing || zeros.isMissing)
    return success();
  return range->check(codes.data, scales.data, zeros.data, whyNot);
}

bool mlir::quantmlir::isConstantWeight(GroupMatmulOp op) {
  std::array<Value, 3> operands = {op.getCodes(), WeightRange::getScales(op),
                                   op.getZeros()};
  return llvm::all_of(operands,
                      [](Value value) { return !value || getConstant(value); });
}
