//===- QuantizeVerifiers.cpp - verifiers of ops that make codes -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantVerifiers.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

template <typename OpTy>
static LogicalResult verifyZeroPoint(OpTy op) {
  if (!op.getZeroPoint())
    return success();
  auto zero = static_cast<int64_t>(*op.getZeroPoint());
  if (op.isDynamic())
    return op.emitOpError() << "zero_point = " << zero
                            << " without a scale: scales of rows are symmetric";
  int32_t lo = numerics::getQMin(op.getCodeBits());
  int32_t hi = numerics::getQMax(op.getCodeBits());
  if (zero < lo || zero > hi)
    return op.emitOpError() << "zero_point = " << zero
                            << ", expected a code: " << lo << " to " << hi;
  return success();
}

/// Fails unless scales, smoothing and destinations fit values of `shape`.
template <typename OpTy>
static LogicalResult verifyQuantization(OpTy op, ArrayRef<int64_t> shape) {
  size_t expected = op.isDynamic() ? 2 : 1;
  if (op.getInits().size() != expected)
    return op.emitOpError()
           << "has " << op.getInits().size() << " destinations, expected "
           << expected
           << (op.isDynamic() ? ": without a scale it writes codes "
                                "and the scale of each row"
                              : ": with a scale it writes codes");
  if (failed(verifyDestinations(op)))
    return failure();

  Type codes = op.getCodesInit().getType();
  if (!getElementTypeOrSelf(codes).isInteger())
    return op.emitOpError() << "destination of the codes has type " << codes
                            << ", expected integers";
  if (failed(verifyShape(op, "destination of the codes", codes, shape,
                         "one code for each input")))
    return failure();
  unsigned width = getElementTypeOrSelf(codes).getIntOrFloatBitWidth();
  if (op.getBits() && (*op.getBits() < 2 || *op.getBits() > width))
    return op.emitOpError()
           << "bits = " << static_cast<int64_t>(*op.getBits())
           << " with codes of type " << codes << ", expected 2 to " << width;
  if (failed(verifyZeroPoint(op)))
    return failure();
  if (Value scales = op.getScalesInit()) {
    Type type = scales.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return op.emitOpError() << "destination of the scales has type " << type
                              << ", expected f32";
    if (failed(verifyShape(op, "destination of the scales", type,
                           shape.drop_back(),
                           "one scale for each row of the input")))
      return failure();
  } else if (failed(verifyRank(op, "scale", op.getScale(), 0,
                               "a static scale never varies; without one each "
                               "row gets its own"))) {
    return failure();
  }
  if (op.getSmoothing() &&
      failed(verifyShape(op, "smoothing", op.getSmoothing().getType(),
                         shape.take_back(),
                         "one scale for each channel of the last dimension")))
    return failure();
  if (failed(verifyScaleValues(op, "scale", op.getScale())))
    return failure();
  return verifyScaleValues(op, "smoothing", op.getSmoothing());
}

LogicalResult QuantizeOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  if (input.getRank() == 0)
    return emitOpError("input has rank 0, expected rows along the last "
                       "dimension");
  return verifyQuantization(*this, input.getShape());
}

//===----------------------------------------------------------------------===//
// Programs of rows
//===----------------------------------------------------------------------===//

LogicalResult QuantizeRowsOp::verify() {
  if (getInits().empty())
    return emitOpError("has no destination of the codes");
  if (failed(verifyRank(*this, "destination of the codes", getCodesInit(), 2,
                        "rows of codes")))
    return failure();
  ArrayRef<int64_t> shape =
      cast<ShapedType>(getCodesInit().getType()).getShape();
  bool hasRows = false;
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    auto type = cast<ShapedType>(input.getType());
    if (type.getRank() > 2)
      return emitOpError() << "input #" << index << " has rank "
                           << type.getRank()
                           << ", expected 2 (elements), 1 (channels) or 0";
    hasRows |= type.getRank() == 2;
    if (failed(verifyShape(*this, ("input #" + Twine(index)).str(), type,
                           shape.take_back(type.getRank()),
                           "the trailing dimensions of the codes")))
      return failure();
  }
  if (!hasRows)
    return emitOpError("has no input of rank 2, expected rows to quantize");
  if (getStages().size() != getReductions().size() + 1)
    return emitOpError() << "has " << getStages().size() << " regions and "
                         << getReductions().size()
                         << " reductions, expected one region for each "
                            "reduction and one for the elements";
  for (Attribute attr : getReductions()) {
    auto kind = dyn_cast<vector::CombiningKindAttr>(attr);
    using vector::CombiningKind;
    if (!kind ||
        !llvm::is_contained({CombiningKind::ADD, CombiningKind::MUL,
                             CombiningKind::MINNUMF, CombiningKind::MAXNUMF,
                             CombiningKind::MINIMUMF, CombiningKind::MAXIMUMF},
                            kind.getValue()))
      return emitOpError() << "reduction " << attr
                           << ", expected add, mul, minnumf, maxnumf, minimumf "
                              "or maximumf of vector.kind";
  }
  return verifyQuantization(*this, shape);
}

/// Regions take the elements of the inputs and the results of the reductions
/// before them.
LogicalResult QuantizeRowsOp::verifyRegions() {
  SmallVector<Type> types;
  for (Value input : getInputs())
    types.push_back(getElementTypeOrSelf(input));
  for (auto [index, region] : llvm::enumerate(getStages())) {
    auto yield = dyn_cast_or_null<YieldOp>(
        region.front().empty() ? nullptr : &region.front().back());
    if (!yield)
      return emitOpError() << "region #" << index
                           << " does not end with quant.yield";
    if (!llvm::equal(region.getArgumentTypes(), types))
      return emitOpError() << "region #" << index << " takes ("
                           << region.getArgumentTypes() << "), expected ("
                           << types
                           << "): the element type of each input and the types "
                              "of the reductions before";
    for (Operation &op : region.front().without_terminator())
      if (!isMemoryEffectFree(&op) || op.getNumRegions() > 0)
        return emitOpError()
               << "region #" << index << " holds " << op.getName()
               << ", expected ops on scalars without side effects";
    types.push_back(yield.getValue().getType());
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Outliers
//===----------------------------------------------------------------------===//

LogicalResult OutlierMatmulOp::verify() {
  if (failed(verifyDestinations(*this)) ||
      failed(verifyRank(*this, "input", getInput(), 2,
                        "collapse leading dimensions into M rows of K")) ||
      failed(verifyRank(*this, "weight", getWeight(), 2,
                        "N rows of the channels")) ||
      failed(verifyRank(*this, "channels", getChannels(), 1,
                        "the columns of the input")))
    return failure();
  auto getDim = [](Value value, unsigned dim) {
    return cast<ShapedType>(value.getType()).getDimSize(dim);
  };
  if (failed(verifyShape(*this, "channels", getChannels().getType(),
                         {getDim(getWeight(), 1)},
                         "one for each column of the weight")))
    return failure();
  DenseIntElementsAttr channels;
  int64_t columns = getDim(getInput(), 1);
  if (matchPattern(getChannels(), m_Constant(&channels)) &&
      !ShapedType::isDynamic(columns))
    for (const APInt &channel : channels)
      if (channel.uge(columns))
        return emitOpError() << "channel " << channel.getSExtValue()
                             << " of an input with " << columns << " columns";
  int64_t shape[] = {getDim(getInput(), 0), getDim(getWeight(), 0)};
  StringRef why = "rows of the input by rows of the weight";
  if (failed(verifyShape(*this, "addend", getAddend().getType(), shape, why)) ||
      failed(
          verifyShape(*this, "destination", getInit().getType(), shape, why)))
    return failure();
  for (Value value : {getWeight(), getAddend(), getInit()})
    if (getElementTypeOrSelf(value) != getElementTypeOrSelf(getInput()))
      return emitOpError() << "has operands of " << value.getType() << " and "
                           << getInput().getType()
                           << ", expected one element type";
  return success();
}
