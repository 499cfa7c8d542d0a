//===- ProgramBuilder.cpp - building blocks of random programs ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"

#include <numeric>

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fuzz;

FloatType ProgramBuilder::chooseType(OpBuilder &builder, unsigned seed) {
  switch (seed % 8) {
  case 3:
    return builder.getF16Type();
  case 5:
    return builder.getBF16Type();
  default:
    return builder.getF32Type();
  }
}

Value ProgramBuilder::constant(ArrayRef<int64_t> shape) {
  for (Value old : constants)
    if (old.getType() == getType(shape) && random.chance(0.1))
      return old;
  SmallVector<APFloat> numbers;
  bool losesInfo;
  for (int64_t i = ShapedType::getNumElements(shape); i > 0; --i) {
    numbers.emplace_back(random.number());
    numbers.back().convert(elementType.getFloatSemantics(),
                           APFloat::rmNearestTiesToEven, &losesInfo);
  }
  constants.push_back(arith::ConstantOp::create(
      b, DenseElementsAttr::get(getType(shape), ArrayRef<APFloat>(numbers))));
  return constants.back();
}

Value ProgramBuilder::filled(ArrayRef<int64_t> shape, double value) {
  return linalg::FillOp::create(b, literal(b, value), empty(shape))
      .getResult(0);
}

Value ProgramBuilder::elementwise(ArrayRef<Value> inputs,
                                  ArrayRef<AffineMap> maps, BodyFn body) {
  int64_t rank = getRank(inputs[0]);
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  SmallVector<AffineMap> all(maps);
  all.resize(inputs.size() + 1, identity);
  for (AffineMap &map : all)
    map = map ? map : identity;
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, TypeRange(inputs[0].getType()), inputs,
             empty(getShape(inputs[0])), all, loops,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               ImplicitLocOpBuilder at(loc, nested);
               linalg::YieldOp::create(at, body(at, arguments.drop_back()));
             })
      .getResult(0);
}

std::pair<Value, AffineMap> ProgramBuilder::vectorFor(Value value,
                                                      ArrayRef<unsigned> dims) {
  SmallVector<int64_t> shape;
  for (unsigned dim : dims)
    shape.push_back(getShape(value)[dim]);
  return {constant(shape), AffineMap::getMultiDimMapWithTargets(
                               getRank(value), dims, b.getContext())};
}

Value ProgramBuilder::transpose(Value value, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(getShape(value)[dim]);
  return linalg::TransposeOp::create(b, value, empty(shape), permutation)
      ->getResult(0);
}

Value ProgramBuilder::reshape(Value value,
                              ArrayRef<ReassociationIndices> groups,
                              ArrayRef<int64_t> shape) {
  if (static_cast<int64_t>(shape.size()) < getRank(value))
    return tensor::CollapseShapeOp::create(b, getType(shape), value, groups);
  return tensor::ExpandShapeOp::create(b, getType(shape), value, groups);
}

Value ProgramBuilder::toMatrix(Value value, int64_t cut) {
  if (getRank(value) == 2)
    return value;
  SmallVector<ReassociationIndices> groups(2);
  SmallVector<int64_t> shape = {1, 1};
  for (auto [dim, size] : llvm::enumerate(getShape(value))) {
    bool right = static_cast<int64_t>(dim) >= cut;
    groups[right].push_back(dim);
    shape[right] *= size;
  }
  return reshape(value, groups, shape);
}

Value ProgramBuilder::slice(Value value, int64_t dim, int64_t offset,
                            int64_t size, int64_t stride) {
  int64_t rank = getRank(value);
  SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)), sizes,
      strides(rank, b.getIndexAttr(1));
  for (int64_t extent : getShape(value))
    sizes.push_back(b.getIndexAttr(extent));
  offsets[dim] = b.getIndexAttr(offset);
  sizes[dim] = b.getIndexAttr(size);
  strides[dim] = b.getIndexAttr(stride);
  return tensor::ExtractSliceOp::create(b, value, offsets, sizes, strides);
}

Value ProgramBuilder::concat(ArrayRef<Value> values, int64_t dim) {
  return tensor::ConcatOp::create(b, dim, values);
}

Value ProgramBuilder::pad(Value value, ArrayRef<int64_t> low,
                          ArrayRef<int64_t> high, double with) {
  SmallVector<int64_t> shape(getShape(value));
  for (auto [d, size] : llvm::enumerate(shape))
    size += low[d] + high[d];
  auto toIndices = [&](ArrayRef<int64_t> numbers) {
    return getAsIndexOpFoldResult(b.getContext(), numbers);
  };
  return tensor::PadOp::create(b, getType(shape), value, toIndices(low),
                               toIndices(high), literal(b, with));
}

Value ProgramBuilder::insert(Value value, Value into,
                             ArrayRef<int64_t> offsets) {
  SmallVector<OpFoldResult> at, sizes,
      strides(offsets.size(), b.getIndexAttr(1));
  for (auto [offset, size] : llvm::zip_equal(offsets, getShape(value))) {
    at.push_back(b.getIndexAttr(offset));
    sizes.push_back(b.getIndexAttr(size));
  }
  return tensor::InsertSliceOp::create(b, value, into, at, sizes, strides);
}

Value ProgramBuilder::repeat(Value value, int64_t dim, int64_t count) {
  SmallVector<int64_t> shape(getShape(value));
  shape.insert(shape.begin() + dim, count);
  return linalg::BroadcastOp::create(b, value, empty(shape), {dim})
      ->getResult(0);
}

Value ProgramBuilder::reduce(Value value, ArrayRef<int64_t> dims, bool sum,
                             Value init) {
  return linalg::ReduceOp::create(
             b, value, init, dims,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               ImplicitLocOpBuilder at(loc, nested);
               Value next =
                   sum ? arith::AddFOp::create(at, arguments[1], arguments[0])
                             .getResult()
                       : arith::MaximumFOp::create(at, arguments[1],
                                                   arguments[0])
                             .getResult();
               linalg::YieldOp::create(at, next);
             })
      ->getResult(0);
}

Value ProgramBuilder::linear(Value input, int64_t rows) {
  Value weight = constant({rows, getShape(input)[1]});
  Value init = filled({getShape(input)[0], rows}, 0.0);
  SmallVector<AffineMap> maps = getLinearMaps(b.getContext());
  auto matmul = linalg::MatmulOp::create(b, TypeRange(init.getType()),
                                         ValueRange{input, weight}, init);
  matmul.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
  return matmul->getResult(0);
}

SmallVector<int64_t> ProgramBuilder::randomPermutation(int64_t rank) {
  SmallVector<int64_t> permutation(rank);
  std::iota(permutation.begin(), permutation.end(), 0);
  for (int64_t i = rank - 1; i > 0; --i)
    std::swap(permutation[i], permutation[random.below(i + 1)]);
  return permutation;
}

SmallVector<unsigned> ProgramBuilder::randomDims(int64_t rank) {
  SmallVector<unsigned> dims;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (random.chance(0.5))
      dims.push_back(dim);
  return dims;
}
