//===- Lowering.cpp - building blocks of the lowering ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Building generics
//===----------------------------------------------------------------------===//

int64_t mlir::quantmlir::getRank(Value value) {
  return cast<ShapedType>(value.getType()).getRank();
}

/// The map from `rank` loops to the given ones.
static AffineMap getLoops(OpBuilder &b, int64_t rank, ArrayRef<int64_t> loops) {
  SmallVector<unsigned> targets(loops.begin(), loops.end());
  return AffineMap::getMultiDimMapWithTargets(rank, targets, b.getContext());
}

Access mlir::quantmlir::readAll(OpBuilder &b, Value value) {
  return {value, b.getMultiDimIdentityMap(getRank(value))};
}

Access mlir::quantmlir::readAlong(OpBuilder &b, Value value, int64_t rank,
                                  ArrayRef<int64_t> loops) {
  return {value, getLoops(b, rank, loops)};
}

Access mlir::quantmlir::readBlocks(OpBuilder &b, Value value, int64_t size) {
  AffineExpr n, k;
  bindDims(b.getContext(), n, k);
  return {value, AffineMap::get(2, 0, {n, k.floorDiv(size)}, b.getContext())};
}

Value mlir::quantmlir::createGeneric(ImplicitLocOpBuilder &b,
                                     ArrayRef<Access> inputs, Access output,
                                     BodyBuilder body) {
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  for (const Access &input : inputs) {
    values.push_back(input.value);
    maps.push_back(input.map);
  }
  maps.push_back(output.map);
  SmallVector<utils::IteratorType> iterators(output.map.getNumDims(),
                                             utils::IteratorType::reduction);
  for (AffineExpr loop : output.map.getResults())
    iterators[cast<AffineDimExpr>(loop).getPosition()] =
        utils::IteratorType::parallel;
  auto generic = linalg::GenericOp::create(
      b, TypeRange(output.value.getType()), values, output.value, maps,
      iterators, [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        ImplicitLocOpBuilder inner(loc, nested);
        linalg::YieldOp::create(inner, body(inner, arguments));
      });
  return generic.getResult(0);
}

Value mlir::quantmlir::createEmpty(ImplicitLocOpBuilder &b, Value like,
                                   ArrayRef<int64_t> dims, Type elementType) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), like);
  SmallVector<OpFoldResult> selected;
  for (int64_t dim : dims)
    selected.push_back(sizes[dim]);
  return tensor::EmptyOp::create(b, selected, elementType);
}

Value mlir::quantmlir::createEmptyLike(ImplicitLocOpBuilder &b, Value like,
                                       Type elementType) {
  return createEmpty(b, like,
                     llvm::to_vector(llvm::seq<int64_t>(0, getRank(like))),
                     elementType);
}

Value mlir::quantmlir::createZeros(ImplicitLocOpBuilder &b, Value init) {
  Type type = getElementTypeOrSelf(init);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return linalg::FillOp::create(b, zero, init).getResult(0);
}

Value mlir::quantmlir::createContraction(ImplicitLocOpBuilder &b, Value lhs,
                                         Value rhs, Value init) {
  auto matmul = linalg::MatmulOp::create(
      b, TypeRange(init.getType()), ValueRange{lhs, rhs}, ValueRange{init});
  matmul.setIndexingMapsAttr(
      b.getAffineMapArrayAttr(getLinearMaps(b.getContext())));
  return matmul.getResult(0);
}

Value mlir::quantmlir::createIntegerProduct(ImplicitLocOpBuilder &b, Value lhs,
                                            Value rhs, const Epilogue &epilogue,
                                            Value init) {
  Value zeros = createZeros(b, createEmpty(b, init, {0, 1}, b.getI32Type()));
  Value accumulator = createContraction(b, lhs, rhs, zeros);
  auto along = [&](Value scale, int64_t loop) {
    return getRank(scale) == 0 ? readAlong(b, scale, 2, {})
                               : readAlong(b, scale, 2, {loop});
  };
  SmallVector<Access> inputs = {readAll(b, accumulator),
                                along(epilogue.inputScale, 0),
                                along(epilogue.weightScale, 1)};
  if (epilogue.bias)
    inputs.push_back(readAlong(b, epilogue.bias, 2, {1}));
  return createGeneric(
      b, inputs, readAll(b, init),
      [&](ImplicitLocOpBuilder &b, ValueRange arguments) -> Value {
        Value value = arith::SIToFPOp::create(b, b.getF32Type(), arguments[0]);
        value = arith::MulFOp::create(b, value, arguments[1]);
        value = arith::MulFOp::create(b, value, arguments[2]);
        if (epilogue.bias)
          value = arith::AddFOp::create(b, value, arguments[3]);
        return fromF32(b, value, getElementTypeOrSelf(init));
      });
}

//===----------------------------------------------------------------------===//
// Scalar arithmetic
//===----------------------------------------------------------------------===//

Value mlir::quantmlir::createF32(ImplicitLocOpBuilder &b, float value) {
  return arith::ConstantFloatOp::create(b, b.getF32Type(), APFloat(value));
}

Value mlir::quantmlir::createI32(ImplicitLocOpBuilder &b, int32_t value) {
  return arith::ConstantIntOp::create(b, value, 32);
}

Value mlir::quantmlir::toF32(ImplicitLocOpBuilder &b, Value value) {
  Type f32 = b.getF32Type();
  return value.getType() == f32 ? value : arith::ExtFOp::create(b, f32, value);
}

Value mlir::quantmlir::fromF32(ImplicitLocOpBuilder &b, Value value,
                               Type type) {
  return value.getType() == type ? value
                                 : arith::TruncFOp::create(b, type, value);
}

Value mlir::quantmlir::toI32(ImplicitLocOpBuilder &b, Value value) {
  return arith::ExtSIOp::create(b, b.getI32Type(), value);
}

Value mlir::quantmlir::createRoundToCode(ImplicitLocOpBuilder &b, Value value,
                                         int32_t lo, int32_t hi, Type type) {
  using arith::CmpFPredicate;
  auto select = [&](CmpFPredicate predicate, Value lhs, Value rhs,
                    Value otherwise) -> Value {
    Value condition = arith::CmpFOp::create(b, predicate, lhs, rhs);
    return arith::SelectOp::create(b, condition, rhs, otherwise);
  };
  Value rounded = math::RoundEvenOp::create(b, value);
  Value above = select(CmpFPredicate::OLT, rounded, createF32(b, lo), rounded);
  Value inside = select(CmpFPredicate::OGT, above, createF32(b, hi), above);
  Value isNumber = arith::CmpFOp::create(b, CmpFPredicate::ORD, inside, inside);
  Value number =
      arith::SelectOp::create(b, isNumber, inside, createF32(b, 0.0f));
  return arith::FPToSIOp::create(b, type, number);
}

Value mlir::quantmlir::createSymmetricCode(ImplicitLocOpBuilder &b, Value value,
                                           unsigned bits, Type type) {
  return createRoundToCode(b, value, numerics::getQMin(bits),
                           numerics::getQMax(bits), type);
}

Value mlir::quantmlir::createCodeWithZeroPoint(ImplicitLocOpBuilder &b,
                                               Value value, int32_t zero,
                                               unsigned bits, Type type) {
  // What lies between the bounds may need more bits than a code.
  Value steps =
      createRoundToCode(b, value, numerics::getQMin(bits) - zero,
                        numerics::getQMax(bits) - zero, b.getI32Type());
  Value code = arith::AddIOp::create(b, steps, createI32(b, zero));
  return arith::TruncIOp::create(b, type, code);
}

Value mlir::quantmlir::createScale(ImplicitLocOpBuilder &b, Value range,
                                   int32_t steps) {
  Value finite = arith::MinNumFOp::create(b, range, createF32(b, FLT_MAX));
  Value scale = arith::DivFOp::create(b, finite, createF32(b, steps));
  return arith::MaxNumFOp::create(b, scale, createF32(b, numerics::scaleFloor));
}

Value mlir::quantmlir::createReciprocal(ImplicitLocOpBuilder &b, Value value) {
  return arith::DivFOp::create(b, createF32(b, 1.0f), value);
}

Value mlir::quantmlir::createReciprocals(ImplicitLocOpBuilder &b,
                                         Value values) {
  Value init = createEmptyLike(b, values, b.getF32Type());
  return createGeneric(b, readAll(b, values), readAll(b, init),
                       [](ImplicitLocOpBuilder &b, ValueRange arguments) {
                         return createReciprocal(b, arguments[0]);
                       });
}
