//===- GroupQuantToLinalg.cpp - group-quantized weights to linalg ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"
#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
/// Rows of codes, or fragments for float or integer activations.
enum class CodeOrder { Rows, FloatFragments, IntegerFragments };

/// Codes, scales and optional zero points of a group-quantized N×K weight.
struct GroupCodes {
  Value codes, scales, zeros;
  int64_t groupSize;
  unsigned bits;
  CodeOrder order = CodeOrder::Rows;

  bool isPacked() const {
    return bits == 4 && getElementTypeOrSelf(codes).isInteger(8);
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Fragment order
//===----------------------------------------------------------------------===//

/// The byte that holds code (n, k): fragments::getCodePlace.
static Access readFragments(OpBuilder &b, Value codes) {
  AffineExpr n, k;
  bindDims(b.getContext(), n, k);
  AffineExpr lane = n % 8 * 4 + (k % 8).floorDiv(2);
  AffineExpr word = (k % fragments::blockColumns).floorDiv(16);
  AffineExpr half = (n % fragments::blockRows).floorDiv(8);
  AffineExpr byte = lane * 16 + word * 4 + half + k % 2 * 2;
  return {codes, AffineMap::get(2, 0,
                                {n.floorDiv(fragments::blockRows),
                                 k.floorDiv(fragments::blockColumns), byte},
                                b.getContext())};
}

/// The same for integer activations: fragments::getIntegerCodePlace.
static Access readIntegerFragments(OpBuilder &b, Value codes) {
  AffineExpr n, k;
  bindDims(b.getContext(), n, k);
  AffineExpr lane = n % 8 * 4 + (k % 16).floorDiv(4);
  AffineExpr word = (n % fragments::blockRows).floorDiv(8) * 2 +
                    (k % fragments::blockColumns).floorDiv(32);
  return {codes, AffineMap::get(2, 0,
                                {n.floorDiv(fragments::blockRows),
                                 k.floorDiv(fragments::blockColumns),
                                 lane * 16 + word * 4 + k % 4},
                                b.getContext())};
}

/// The scale of group (n, k): fragments::getScalePlace.
static Access readFragmentScales(OpBuilder &b, Value scales,
                                 int64_t groupSize) {
  AffineExpr n, k;
  bindDims(b.getContext(), n, k);
  AffineExpr block = n.floorDiv(16) * 16, half = (n % 16).floorDiv(8);
  AffineExpr place = block + (n % 8).floorDiv(2) * 4 + half * 2 + n % 2;
  return {scales,
          AffineMap::get(2, 0, {k.floorDiv(groupSize), place}, b.getContext())};
}

/// The zero point, or integer scale, of group (n, k): fragments::getZeroPlace.
static Access readFragmentZeros(OpBuilder &b, Value zeros, int64_t groupSize) {
  AffineExpr n, k;
  bindDims(b.getContext(), n, k);
  AffineExpr place = n.floorDiv(16) * 16 + n % 8 * 2 + (n % 16).floorDiv(8);
  return {zeros,
          AffineMap::get(2, 0, {k.floorDiv(groupSize), place}, b.getContext())};
}

/// The nibble of code (n, k) as i32, from its byte.
static Value createFragmentUnpack(ImplicitLocOpBuilder &b, Value byte) {
  Value k = linalg::IndexOp::create(b, 1);
  Value k32 = arith::IndexCastOp::create(b, b.getI32Type(), k);
  // Columns 8 to 15 of each 16 are in the high nibbles.
  Value high = arith::AndIOp::create(b, k32, createI32(b, 8));
  Value shift = arith::ShRUIOp::create(b, high, createI32(b, 1));
  Value shifted = arith::ShRUIOp::create(b, toI32(b, byte), shift);
  return arith::AndIOp::create(b, shifted, createI32(b, 15));
}

//===----------------------------------------------------------------------===//
// Codes and scales
//===----------------------------------------------------------------------===//

/// Code k of a row, sign-extended to i32, from its byte: the high nibble if k
/// has the bit 2^`place`.
static Value createUnpack(ImplicitLocOpBuilder &b, Value byte, int32_t place) {
  Value k = linalg::IndexOp::create(b, 1);
  Value k32 = arith::IndexCastOp::create(b, b.getI32Type(), k);
  Value odd = arith::AndIOp::create(b, k32, createI32(b, 1 << place));
  // Shifts the nibble to the top and back with its sign.
  Value bits = arith::ShLIOp::create(b, odd, createI32(b, 2));
  bits = b.createOrFold<arith::ShRUIOp>(bits, createI32(b, place));
  Value left = arith::SubIOp::create(b, createI32(b, 28), bits);
  Value high = arith::ShLIOp::create(b, toI32(b, byte), left);
  return arith::ShRSIOp::create(b, high, createI32(b, 28));
}

/// Code less zero point as i32, from the arguments of the accesses that
/// `getCodes` makes.
static Value createDifference(ImplicitLocOpBuilder &b, const GroupCodes &weight,
                              ValueRange arguments) {
  Value zero = weight.zeros ? toI32(b, arguments[1]) : Value();
  switch (weight.order) {
  case CodeOrder::Rows: {
    Value code = weight.isPacked() ? createUnpack(b, arguments[0], /*place=*/0)
                                   : toI32(b, arguments[0]);
    return zero ? arith::SubIOp::create(b, code, zero).getResult() : code;
  }
  case CodeOrder::FloatFragments: {
    Value code = createFragmentUnpack(b, arguments[0]);
    if (!zero)
      zero = createI32(b, fragments::codeOffset);
    return arith::SubIOp::create(b, code, zero);
  }
  case CodeOrder::IntegerFragments:
    Value code = createUnpack(b, arguments[0], /*place=*/4);
    if (!zero)
      return code;
    zero = arith::SubIOp::create(b, zero, createI32(b, fragments::codeOffset));
    return arith::SubIOp::create(b, code, zero);
  }
  llvm_unreachable("unknown order of codes");
}

static SmallVector<Access> getCodes(ImplicitLocOpBuilder &b,
                                    const GroupCodes &weight) {
  SmallVector<Access> inputs;
  switch (weight.order) {
  case CodeOrder::Rows:
    inputs = {weight.isPacked() ? readBlocks(b, weight.codes, 2)
                                : readAll(b, weight.codes)};
    if (weight.zeros)
      inputs.push_back(readBlocks(b, weight.zeros, weight.groupSize));
    return inputs;
  case CodeOrder::FloatFragments:
    inputs = {readFragments(b, weight.codes)};
    break;
  case CodeOrder::IntegerFragments:
    inputs = {readIntegerFragments(b, weight.codes)};
    break;
  }
  if (weight.zeros)
    inputs.push_back(readFragmentZeros(b, weight.zeros, weight.groupSize));
  return inputs;
}

/// The f32 weight into `init`: numerics::dequantize of each code.
static Value createGroupDequantize(ImplicitLocOpBuilder &b,
                                   const GroupCodes &weight, Value init) {
  SmallVector<Access> inputs = getCodes(b, weight);
  inputs.push_back(weight.order == CodeOrder::FloatFragments
                       ? readFragmentScales(b, weight.scales, weight.groupSize)
                       : readBlocks(b, weight.scales, weight.groupSize));
  Type type = getElementTypeOrSelf(init);
  return createGeneric(b, inputs, readAll(b, init),
                       [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                         Value code = createDifference(b, weight, arguments);
                         Value value =
                             arith::SIToFPOp::create(b, b.getF32Type(), code);
                         Value scale = arguments[inputs.size() - 1];
                         value = arith::MulFOp::create(b, value, scale);
                         return fromF32(b, value, type);
                       });
}

/// The i8 weight of two-level groups into `init`.
static Value createIntegerWeight(ImplicitLocOpBuilder &b,
                                 const GroupCodes &weight, Value init) {
  SmallVector<Access> inputs = getCodes(b, weight);
  if (weight.scales)
    inputs.push_back(weight.order == CodeOrder::IntegerFragments
                         ? readFragmentZeros(b, weight.scales, weight.groupSize)
                         : readBlocks(b, weight.scales, weight.groupSize));
  return createGeneric(
      b, inputs, readAll(b, init),
      [&](ImplicitLocOpBuilder &b, ValueRange arguments) -> Value {
        Value code = createDifference(b, weight, arguments);
        if (weight.scales) {
          Value scale = toI32(b, arguments[inputs.size() - 1]);
          code = arith::MulIOp::create(b, code, scale);
        }
        return arith::TruncIOp::create(b, b.getI8Type(), code);
      });
}

namespace {
struct ConvertGroupDequantize : OpRewritePattern<GroupDequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupDequantizeOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(op.getType());
    if (type.isDynamicDim(1))
      return rewriter.notifyMatchFailure(op, "dynamic row size");
    SmallVector<OpFoldResult> sizes = {
        tensor::getMixedSize(b, b.getLoc(), op.getCodes(), 0),
        b.getIndexAttr(type.getDimSize(1))};
    Value init = tensor::EmptyOp::create(b, sizes, type.getElementType());
    GroupCodes weight{op.getCodes(), op.getScales(), op.getZeros(),
                      static_cast<int64_t>(op.getGroupSize()),
                      static_cast<unsigned>(op.getBits())};
    rewriter.replaceOp(op, createGroupDequantize(b, weight, init));
    return success();
  }
};

struct ConvertGroupMatmul : OpRewritePattern<GroupMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupMatmulOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    GroupCodes codes{op.getCodes(),
                     op.getScales(),
                     op.getZeros(),
                     static_cast<int64_t>(op.getGroupSize()),
                     static_cast<unsigned>(op.getBits()),
                     getOrder(op)};
    SmallVector<OpFoldResult> sizes = {
        tensor::getMixedSize(b, b.getLoc(), op.getInit(), 1),
        tensor::getMixedSize(b, b.getLoc(), op.getInput(), 1)};
    if (op.hasIntegerInput()) {
      Value weight = createIntegerWeight(
          b, codes, tensor::EmptyOp::create(b, sizes, b.getI8Type()));
      rewriter.replaceOp(op,
                         createIntegerProduct(b, op.getInput(), weight,
                                              {op.getInputScale(),
                                               op.getRowScale(), op.getBias()},
                                              op.getInit()));
      return success();
    }
    Value weight = createGroupDequantize(
        b, codes, tensor::EmptyOp::create(b, sizes, b.getF32Type()));

    Type type = getElementTypeOrSelf(op.getInit());
    Value init = type.isF32()
                     ? op.getInit()
                     : createEmpty(b, op.getInit(), {0, 1}, b.getF32Type());
    Value result = createContraction(b, createWideInput(b, op.getInput()),
                                     weight, createZeros(b, init));
    if (op.getBias() || !type.isF32())
      result = createEpilogue(b, op, result);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static CodeOrder getOrder(GroupMatmulOp op) {
    if (!op.getFragmentOrder())
      return CodeOrder::Rows;
    return op.hasIntegerInput() ? CodeOrder::IntegerFragments
                                : CodeOrder::FloatFragments;
  }

  /// The input as f32, which is exact.
  static Value createWideInput(ImplicitLocOpBuilder &b, Value input) {
    if (getElementTypeOrSelf(input).isF32())
      return input;
    return createGeneric(b, readAll(b, input),
                         readAll(b, createEmptyLike(b, input, b.getF32Type())),
                         [](ImplicitLocOpBuilder &b, ValueRange arguments) {
                           return toF32(b, arguments[0]);
                         });
  }

  static Value createEpilogue(ImplicitLocOpBuilder &b, GroupMatmulOp op,
                              Value product) {
    SmallVector<Access> inputs = {readAll(b, product)};
    if (op.getBias())
      inputs.push_back(readAlong(b, op.getBias(), 2, {1}));
    return createGeneric(
        b, inputs, readAll(b, op.getInit()),
        [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
          Value value = arguments[0];
          if (op.getBias())
            value = arith::AddFOp::create(b, value, arguments[1]);
          return fromF32(b, value, getElementTypeOrSelf(op.getInit()));
        });
  }
};

struct ConvertGroupQuantize : OpRewritePattern<GroupQuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupQuantizeOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getInput().getType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "dynamic shape");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> parameters = op.getZeros()
                                        ? createAsymmetricParameters(b, op)
                                        : createSymmetricParameters(b, op);
    SmallVector<Value> results = {createCodes(b, op, parameters)};
    results.append(parameters);
    rewriter.replaceOp(op, results);
    return success();
  }

private:
  /// The weight as f32 groups N×G×S. Zeros fill up a last group: no statistic
  /// of a group changes by them.
  static Value createGroups(ImplicitLocOpBuilder &b, GroupQuantizeOp op) {
    Value input = op.getInput();
    auto type = cast<RankedTensorType>(input.getType());
    int64_t rows = type.getDimSize(0), size = op.getGroupSize();
    int64_t groups = numerics::getNumGroups(type.getDimSize(1), size);
    int64_t missing = groups * size - type.getDimSize(1);
    Type elementType = type.getElementType();
    if (missing) {
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(elementType));
      SmallVector<OpFoldResult> low(2, b.getIndexAttr(0)), high = low;
      high[1] = b.getIndexAttr(missing);
      input = tensor::PadOp::create(
          b, RankedTensorType::get({rows, groups * size}, elementType), input,
          low, high, zero);
    }
    return tensor::ExpandShapeOp::create(
        b, RankedTensorType::get({rows, groups, size}, elementType), input,
        ArrayRef<ReassociationIndices>{{0}, {1, 2}});
  }

  /// One value for each group, from 0 over its elements.
  static Value createReduction(
      ImplicitLocOpBuilder &b, Value groups,
      function_ref<Value(ImplicitLocOpBuilder &, Value, Value)> combine) {
    Value zeros =
        createZeros(b, createEmpty(b, groups, {0, 1}, b.getF32Type()));
    return createGeneric(b, readAll(b, groups), readAlong(b, zeros, 3, {0, 1}),
                         [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                           return combine(b, toF32(b, arguments[0]),
                                          arguments[1]);
                         });
  }

  static SmallVector<Value> createSymmetricParameters(ImplicitLocOpBuilder &b,
                                                      GroupQuantizeOp op) {
    Value absmax = createReduction(
        b, createGroups(b, op),
        [](ImplicitLocOpBuilder &b, Value value, Value max) -> Value {
          return arith::MaxNumFOp::create(b, max,
                                          math::AbsFOp::create(b, value));
        });
    Value init = createEmptyLike(b, absmax, b.getF32Type());
    return {createGeneric(b, readAll(b, absmax), readAll(b, init),
                          [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
                            return createScale(b, arguments[0],
                                               numerics::getQMax(op.getBits()));
                          })};
  }

  /// numerics::getAsymmetricParameters.
  static SmallVector<Value> createAsymmetricParameters(ImplicitLocOpBuilder &b,
                                                       GroupQuantizeOp op) {
    int32_t levels = (1 << op.getBits()) - 1, offset = 1 << (op.getBits() - 1);
    Value groups = createGroups(b, op);
    Value lo = createReduction(
        b, groups,
        [](ImplicitLocOpBuilder &b, Value value, Value min) -> Value {
          Value next = arith::MinNumFOp::create(b, min, value);
          return arith::MaxNumFOp::create(b, next, createF32(b, -FLT_MAX));
        });
    Value hi = createReduction(
        b, groups,
        [](ImplicitLocOpBuilder &b, Value value, Value max) -> Value {
          Value next = arith::MaxNumFOp::create(b, max, value);
          return arith::MinNumFOp::create(b, next, createF32(b, FLT_MAX));
        });
    Value scales = createGeneric(
        b, {readAll(b, lo), readAll(b, hi)},
        readAll(b, createEmptyLike(b, lo, b.getF32Type())),
        [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
          Value range = arith::SubFOp::create(b, arguments[1], arguments[0]);
          return createScale(b, range, levels);
        });
    Type zeroType = getElementTypeOrSelf(op.getZeros());
    Value zeros = createGeneric(
        b, {readAll(b, lo), readAll(b, scales)},
        readAll(b, createEmptyLike(b, lo, zeroType)),
        [&](ImplicitLocOpBuilder &b, ValueRange arguments) -> Value {
          Value inverse = createReciprocal(b, arguments[1]);
          Value level = arith::MulFOp::create(
              b, arith::NegFOp::create(b, arguments[0]), inverse);
          Value zero = createRoundToCode(b, level, 0, levels, b.getI32Type());
          zero = arith::SubIOp::create(b, zero, createI32(b, offset));
          return arith::TruncIOp::create(b, zeroType, zero);
        });
    return {scales, zeros};
  }

  static Value createCodes(ImplicitLocOpBuilder &b, GroupQuantizeOp op,
                           ArrayRef<Value> parameters) {
    Value inverses = createReciprocals(b, parameters[0]);
    SmallVector<Access> inputs = {readAll(b, op.getInput()),
                                  readBlocks(b, inverses, op.getGroupSize())};
    if (op.getZeros())
      inputs.push_back(readBlocks(b, parameters[1], op.getGroupSize()));
    Type type = getElementTypeOrSelf(op.getCodes());
    return createGeneric(
        b, inputs, readAll(b, createEmptyLike(b, op.getInput(), type)),
        [&](ImplicitLocOpBuilder &b, ValueRange arguments) {
          Value scaled =
              arith::MulFOp::create(b, toF32(b, arguments[0]), arguments[1]);
          return op.getZeros()
                     ? createAsymmetricCode(b, scaled, arguments[2],
                                            op.getBits(), type)
                     : createSymmetricCode(b, scaled, op.getBits(), type);
        });
  }

  /// numerics::quantizeAsymmetric, after the multiplication.
  static Value createAsymmetricCode(ImplicitLocOpBuilder &b, Value scaled,
                                    Value zero, unsigned bits, Type type) {
    int32_t levels = (1 << bits) - 1, offset = 1 << (bits - 1);
    Value code = createRoundToCode(b, scaled, -levels, levels, b.getI32Type());
    code = arith::AddIOp::create(b, code, toI32(b, zero));
    code = arith::MaxSIOp::create(b, code, createI32(b, -offset));
    code = arith::MinSIOp::create(b, code, createI32(b, levels - offset));
    return arith::TruncIOp::create(b, type, code);
  }
};
} // namespace

void mlir::quantmlir::populateGroupPatterns(RewritePatternSet &patterns) {
  patterns
      .add<ConvertGroupDequantize, ConvertGroupMatmul, ConvertGroupQuantize>(
          patterns.getContext());
}
