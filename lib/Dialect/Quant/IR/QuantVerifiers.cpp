//===- QuantVerifiers.cpp - verifiers of the quant dialect extension ------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantVerifiers.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Shapes and types
//===----------------------------------------------------------------------===//

std::string quantmlir::formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "rank 0";
  std::string text = "shape ";
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      shape, os,
      [&](int64_t size) {
        if (ShapedType::isDynamic(size))
          os << '?';
        else
          os << size;
      },
      "x");
  return text;
}

bool quantmlir::isCompatible(ArrayRef<int64_t> found,
                             ArrayRef<int64_t> expected) {
  return succeeded(verifyCompatibleShape(found, expected));
}

LogicalResult quantmlir::verifyShape(Operation *op, StringRef name, Type type,
                                     ArrayRef<int64_t> expected,
                                     const Twine &why) {
  ArrayRef<int64_t> found = cast<ShapedType>(type).getShape();
  if (isCompatible(found, expected))
    return success();
  return op->emitOpError() << name << " has " << formatShape(found)
                           << ", expected " << formatShape(expected) << ": "
                           << why;
}

LogicalResult quantmlir::verifyRank(Operation *op, StringRef name, Value value,
                                    int64_t expected, const Twine &remedy) {
  int64_t rank = cast<ShapedType>(value.getType()).getRank();
  if (rank == expected)
    return success();
  return op->emitOpError() << name << " has rank " << rank << ", expected "
                           << expected << ": " << remedy;
}

static int64_t getDim(Value value, unsigned index) {
  return cast<ShapedType>(value.getType()).getDimSize(index);
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

LogicalResult quantmlir::verifyScaleValues(Operation *op, StringRef name,
                                           Value value) {
  std::optional<ConstantTensor> constant =
      value ? ConstantTensor::get(value) : std::nullopt;
  if (!constant)
    return success();
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> scales = constant->getFloats(storage);
  if (failed(scales))
    return success();
  for (auto [index, scale] : llvm::enumerate(*scales))
    if (!std::isfinite(scale) || scale <= 0)
      return op->emitOpError()
             << name << " is " << scale << " at element " << index
             << ", expected finite scales greater than 0: give a channel "
                "without values the scale 1";
  return success();
}

/// Fails if `value` is an i8 constant with an element below 1.
static LogicalResult verifyGroupScaleValues(Operation *op, Value value) {
  std::optional<ConstantTensor> constant = ConstantTensor::get(value);
  if (!constant || constant->getType().getNumElements() == 0)
    return success();
  auto verifyElement = [&](int64_t index, int8_t scale) -> LogicalResult {
    if (scale >= 1)
      return success();
    return op->emitOpError() << "'scales' is " << int(scale) << " at element "
                             << index << ", expected 1 to 127";
  };
  // A splat has no bytes of its own.
  if (auto dense = dyn_cast<DenseElementsAttr>(constant->getAttr()))
    if (dense.isSplat())
      return verifyElement(0, dense.getSplatValue<int8_t>());
  for (auto [index, byte] : llvm::enumerate(constant->getRawBytes()))
    if (failed(verifyElement(index, static_cast<int8_t>(byte))))
      return failure();
  return success();
}

/// Fails unless `axes` are dimensions of `type` in increasing order and `scale`
/// has their shape.
static LogicalResult verifyAxes(Operation *op, ShapedType type, Value scale,
                                ArrayRef<int64_t> axes) {
  for (auto [index, axis] : llvm::enumerate(axes)) {
    if (axis < 0 || axis >= type.getRank())
      return op->emitOpError()
             << "axis " << axis << " is out of range: the operand of type "
             << type << " has the dimensions 0 to " << type.getRank() - 1;
    if (index > 0 && axes[index - 1] >= axis)
      return op->emitOpError()
             << "axes are not strictly increasing: " << axes[index - 1]
             << " stands before " << axis
             << "; sort them and transpose the scale to match";
  }
  if (failed(verifyRank(op, "scale", scale, axes.size(),
                        "it has one dimension for each axis")))
    return failure();
  SmallVector<int64_t> expected;
  for (int64_t axis : axes)
    expected.push_back(type.getDimSize(axis));
  if (failed(verifyShape(op, "scale", scale.getType(), expected,
                         "the sizes of the axes that it scales")))
    return failure();
  return verifyScaleValues(op, "scale", scale);
}

//===----------------------------------------------------------------------===//
// Destinations
//===----------------------------------------------------------------------===//

LogicalResult quantmlir::verifyDestinations(DestinationStyleOpInterface op) {
  std::optional<unsigned> tensor, memref;
  for (OpOperand &operand : op->getOpOperands())
    (isa<TensorType>(operand.get().getType()) ? tensor : memref) =
        operand.getOperandNumber();
  if (tensor && memref)
    return op->emitOpError()
           << "mixes tensors and memrefs: operand #" << *tensor << " is "
           << op->getOperand(*tensor).getType() << ", operand #" << *memref
           << " is " << op->getOperand(*memref).getType()
           << "; bufferize all operands or none";
  size_t expected = memref ? 0 : op.getNumDpsInits();
  if (op->getNumResults() != expected)
    return op->emitOpError()
           << "has " << op->getNumResults() << " results, expected " << expected
           << (memref ? ": on memrefs the destinations are written in place"
                      : ": on tensors every destination has one, after '->'");
  for (auto [result, init] : llvm::zip(op->getResults(), op.getDpsInits()))
    if (result.getType() != init.getType())
      return op->emitOpError()
             << "result #" << result.getResultNumber() << " has type "
             << result.getType() << ", expected " << init.getType()
             << ", its destination's";
  return success();
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// The last dimension that codes of this element type have for a row of
/// `size`, or failure if the type cannot hold codes of `bits`.
static FailureOr<int64_t> getCodeRowSize(Operation *op, Type codes,
                                         int64_t size, int64_t bits,
                                         bool mayPack) {
  if (bits != 4 && bits != 6 && bits != 8)
    return op->emitOpError() << "bits = " << bits << ", expected 4, 6 or 8";
  unsigned width = getElementTypeOrSelf(codes).getIntOrFloatBitWidth();
  if (width == bits)
    return size;
  if (!mayPack || bits != 4 || width != 8)
    return op->emitOpError()
           << "bits = " << bits << " with codes of type " << codes
           << ", expected elements of i" << bits
           << (mayPack && bits == 4 ? ", or i8 that packs two to a byte" : "");
  return ShapedType::isDynamic(size) ? size : numerics::getPackedSize(size);
}

namespace {
/// The types of an op that has or makes group-quantized weights of `rows` ×
/// `columns`.
struct GroupedWeight {
  int64_t rows, columns;
  Type codes, scales, zeros;
  int64_t groupSize, bits;
  bool mayPack;
};
} // namespace

static LogicalResult verifyGroups(Operation *op, const GroupedWeight &weight) {
  if (weight.groupSize <= 0)
    return op->emitOpError()
           << "group_size = " << weight.groupSize
           << ", expected more than 0; one group a row has the row's size";

  FailureOr<int64_t> rowSize = getCodeRowSize(op, weight.codes, weight.columns,
                                              weight.bits, weight.mayPack);
  if (failed(rowSize))
    return failure();
  bool packed =
      getElementTypeOrSelf(weight.codes).getIntOrFloatBitWidth() != weight.bits;
  if (failed(verifyShape(op, "'codes'", weight.codes, {weight.rows, *rowSize},
                         packed ? "two codes a byte, rows padded to whole bytes"
                                : "one code for each weight")))
    return failure();

  int64_t groups =
      ShapedType::isDynamic(weight.columns)
          ? ShapedType::kDynamic
          : numerics::getNumGroups(weight.columns, weight.groupSize);
  std::string why = llvm::formatv("one for each row and group of {0}, the last "
                                  "of which may be shorter",
                                  weight.groupSize);
  if (weight.scales && failed(verifyShape(op, "'scales'", weight.scales,
                                          {weight.rows, groups}, why)))
    return failure();
  if (!weight.zeros)
    return success();
  unsigned width = getElementTypeOrSelf(weight.zeros).getIntOrFloatBitWidth();
  if (width < weight.bits)
    return op->emitOpError() << "zeros of type " << weight.zeros
                             << " are narrower than bits = " << weight.bits
                             << ", expected i" << weight.bits << " or i8";
  return verifyShape(op, "'zeros'", weight.zeros, {weight.rows, groups}, why);
}

//===----------------------------------------------------------------------===//
// Smoothing
//===----------------------------------------------------------------------===//

LogicalResult SmoothOp::verify() {
  return verifyAxes(*this, getInput().getType(), getScale(), getAxes());
}

LogicalResult FuseScaleOp::verify() {
  return verifyAxes(*this, getInput().getType(), getScale(), getAxes());
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

LogicalResult DequantizeOp::verify() {
  RankedTensorType codes = getCodes().getType();
  if (failed(verifyShape(*this, "result", getType(), codes.getShape(),
                         "one value for each code")))
    return failure();
  return verifyAxes(*this, codes, getScale(), getAxes());
}

LogicalResult GroupQuantizeOp::verify() {
  if (failed(
          verifyRank(*this, "input", getInput(), 2, "a weight of N rows of K")))
    return failure();
  return verifyGroups(*this, {getDim(getInput(), 0), getDim(getInput(), 1),
                              getCodes().getType(), getScales().getType(),
                              getZeros() ? getZeros().getType() : Type(),
                              static_cast<int64_t>(getGroupSize()),
                              static_cast<int64_t>(getBits()),
                              /*mayPack=*/false});
}

LogicalResult GroupDequantizeOp::verify() {
  if (failed(verifyRank(*this, "result", getResult(), 2,
                        "a weight of N rows of K")))
    return failure();
  int64_t columns = getType().getDimSize(1);
  if (isPacked() && ShapedType::isDynamic(columns))
    return emitOpError() << "result has type " << getType()
                         << ", expected a static last dimension: packed codes "
                            "do not say whether it is odd";
  if (failed(verifyGroups(*this, {getType().getDimSize(0), columns,
                                  getCodes().getType(), getScales().getType(),
                                  getZeros() ? getZeros().getType() : Type(),
                                  static_cast<int64_t>(getGroupSize()),
                                  static_cast<int64_t>(getBits()),
                                  /*mayPack=*/true})))
    return failure();
  return verifyScaleValues(*this, "'scales'", getScales());
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// Fails unless input, bias and destination fit a weight of `rows` rows.
static LogicalResult verifyContraction(Operation *op, Value input, int64_t rows,
                                       Value bias, Value init) {
  if (failed(verifyRank(op, "destination", init, 2, "M rows of N")) ||
      failed(verifyShape(op, "destination", init.getType(),
                         {getDim(input, 0), rows},
                         "rows of the input by rows of the weight")))
    return failure();
  return bias ? verifyShape(op, "bias", bias.getType(), {rows},
                            "one value for each row of the weight")
              : success();
}

/// Fails unless `scale` is one value, or one for each of `rows`.
static LogicalResult verifyRowScale(Operation *op, StringRef name, Value scale,
                                    int64_t rows) {
  if (cast<ShapedType>(scale.getType()).getRank() != 0 &&
      failed(verifyShape(op, name, scale.getType(), {rows},
                         "one scale for each row, or a single one of rank 0")))
    return failure();
  return verifyScaleValues(op, name, scale);
}

static LogicalResult verifyContractedSize(Operation *op, int64_t size) {
  if (ShapedType::isDynamic(size) || size <= numerics::maxContractedSize)
    return success();
  return op->emitOpError() << "K = " << size << ", expected at most "
                           << numerics::maxContractedSize
                           << ": longer sums overflow i32; split the "
                              "contraction and add the parts";
}

LogicalResult MatmulOp::verify() {
  if (failed(verifyDestinations(*this)) ||
      failed(verifyRank(*this, "input", getInput(), 2,
                        "collapse leading dimensions into M rows of K")) ||
      failed(verifyRank(*this, "weight", getWeight(), 2, "N rows of K")))
    return failure();
  int64_t rows = getDim(getWeight(), 0), size = getDim(getInput(), 1);
  if (!isCompatible({size}, {getDim(getWeight(), 1)}))
    return emitOpError() << "contracts rows of " << size
                         << " of the input with rows of "
                         << getDim(getWeight(), 1)
                         << " of the weight, expected equal sizes: the weight "
                            "is N rows of K, transposed if need be";
  for (int64_t k : {size, getDim(getWeight(), 1)})
    if (failed(verifyContractedSize(*this, k)))
      return failure();
  if (failed(verifyContraction(*this, getInput(), rows, getBias(), getInit())))
    return failure();
  if (failed(verifyRowScale(*this, "input_scale", getInputScale(),
                            getDim(getInput(), 0))))
    return failure();
  return verifyRowScale(*this, "weight_scale", getWeightScale(), rows);
}

/// The scales that an op with float activations must have.
static LogicalResult verifyFloatScales(GroupMatmulOp op) {
  if (op.getInputScale() || op.getRowScale())
    return op.emitOpError("has scales to dequantize sums with, which need "
                          "integer activations: quantize them, or multiply "
                          "the row's scale into the groups'");
  if (!op.getScales() || !getElementTypeOrSelf(op.getScales()).isF32())
    return op.emitOpError("has float activations, expected f32 'scales' of "
                          "groups");
  return verifyScaleValues(op, "'scales'", op.getScales());
}

/// The scales that an op with integer activations must have.
static LogicalResult verifyIntegerScales(GroupMatmulOp op, int64_t rows) {
  if (!op.getInputScale() || !op.getRowScale())
    return op.emitOpError("has integer activations, expected "
                          "dequantize(input scale, row scale)");
  if (op.getScales() && !getElementTypeOrSelf(op.getScales()).isInteger(8))
    return op.emitOpError() << "has integer activations and 'scales' of type "
                            << op.getScales().getType()
                            << ", expected i8: sums over groups stay integers";
  if (failed(verifyContractedSize(op, getDim(op.getInput(), 1))) ||
      failed(verifyRowScale(op, "input scale", op.getInputScale(),
                            getDim(op.getInput(), 0))) ||
      failed(verifyRank(op, "row scale", op.getRowScale(), 1,
                        "one scale for each row of the weight")) ||
      failed(verifyRowScale(op, "row scale", op.getRowScale(), rows)))
    return failure();
  return op.getScales() ? verifyGroupScaleValues(op, op.getScales())
                        : success();
}

/// The types of an op whose weight lies in the order of fragments.
static LogicalResult verifyFragmentOrder(GroupMatmulOp op) {
  if (op.getBits() != 4)
    return op.emitOpError("has fragment_order, expected 4-bit codes");
  int64_t groupSize = op.getGroupSize();
  if (groupSize != 32 && groupSize != 64 && groupSize != 128)
    return op.emitOpError() << "group_size = " << groupSize
                            << " with fragment_order, expected 32, 64 or 128";
  if (failed(verifyRank(op, "destination", op.getInit(), 2, "M rows of N")) ||
      failed(op.hasIntegerInput()
                 ? verifyIntegerScales(op, getDim(op.getInit(), 1))
                 : verifyFloatScales(op)))
    return failure();
  auto scale = [](int64_t size, int64_t divisor, int64_t factor) {
    return ShapedType::isDynamic(size)
               ? size
               : int64_t(llvm::divideCeil(size, divisor)) * factor;
  };
  using namespace fragments;
  int64_t rows = getDim(op.getInit(), 1), columns = getDim(op.getInput(), 1);
  int64_t parameters[] = {scale(columns, groupSize, 1),
                          scale(rows, blockRows, blockRows)};
  int64_t codes[] = {scale(rows, blockRows, 1), scale(columns, blockColumns, 1),
                     blockBytes};
  if (!getElementTypeOrSelf(op.getCodes()).isInteger(8))
    return op.emitOpError() << "has fragment_order and 'codes' of type "
                            << op.getCodes().getType() << ", expected i8";
  if (failed(verifyShape(op, "'codes'", op.getCodes().getType(), codes,
                         "blocks of 16 rows by 64 columns")))
    return failure();
  if (op.getZeros() && !getElementTypeOrSelf(op.getZeros()).isInteger(8))
    return op.emitOpError() << "has fragment_order and 'zeros' of type "
                            << op.getZeros().getType() << ", expected i8";
  auto verifyParameters = [&](StringRef what, Value value) {
    return value ? verifyShape(op, what, value.getType(), parameters,
                               "one for each group of each row, by groups")
                 : success();
  };
  if (failed(verifyParameters("'scales'", op.getScales())) ||
      failed(verifyParameters("'zeros'", op.getZeros())))
    return failure();
  return verifyContraction(op, op.getInput(), rows, op.getBias(), op.getInit());
}

LogicalResult GroupMatmulOp::verify() {
  if (failed(verifyDestinations(*this)) ||
      failed(verifyRank(*this, "input", getInput(), 2,
                        "collapse leading dimensions into M rows of K")))
    return failure();
  if (getInputBits() != 8 && (getInputBits() != 4 || !hasIntegerInput()))
    return emitOpError() << "input_bits = " << getInputBits()
                         << ", expected 8, or 4 with integer activations";
  if (getFragmentOrder())
    return verifyFragmentOrder(*this);
  if (failed(verifyRank(*this, "'codes'", getCodes(), 2, "N rows of K")))
    return failure();
  int64_t rows = getDim(getCodes(), 0);
  if (failed(verifyGroups(*this,
                          {rows, getDim(getInput(), 1), getCodes().getType(),
                           getScales() ? getScales().getType() : Type(),
                           getZeros() ? getZeros().getType() : Type(),
                           static_cast<int64_t>(getGroupSize()),
                           static_cast<int64_t>(getBits()),
                           /*mayPack=*/true})) ||
      failed(verifyContraction(*this, getInput(), rows, getBias(), getInit())))
    return failure();
  return hasIntegerInput() ? verifyIntegerScales(*this, rows)
                           : verifyFloatScales(*this);
}
