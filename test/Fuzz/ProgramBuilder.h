//===- ProgramBuilder.h - building blocks of random programs ----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_PROGRAMBUILDER_H
#define QUANT_MLIR_TEST_FUZZ_PROGRAMBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <random>

namespace mlir::quantmlir::fuzz {

/// Random choices, the same with every standard library.
class Random {
public:
  explicit Random(unsigned seed) : engine(seed) {}
  int64_t below(int64_t count) { return engine() % count; }
  bool chance(double probability) {
    return engine() < probability * 4294967296.0;
  }
  /// A magnitude in [0.5, 2) with a random sign and all fraction bits.
  float number() {
    double value = 0.5 + engine() / 4294967296.0 * 1.5;
    return static_cast<float>(chance(0.5) ? value : -value);
  }
  template <typename T>
  decltype(auto) pick(T &&range) {
    return range[below(std::size(range))];
  }

private:
  std::mt19937 engine;
};

/// Builds the body of an elementwise op from the values of its inputs.
using BodyFn = function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;

/// Creates ops with random attributes on values of tensors of one float type:
/// f32 mostly, bf16 or f16.
class ProgramBuilder {
public:
  ProgramBuilder(OpBuilder &builder, unsigned seed)
      : b(builder.getUnknownLoc(), builder), random(seed),
        elementType(chooseType(builder, seed)) {}

  FloatType getElementType() const { return elementType; }

  static ArrayRef<int64_t> getShape(Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  }
  static int64_t getRank(Value value) { return getShape(value).size(); }

  RankedTensorType getType(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, elementType);
  }
  Value empty(ArrayRef<int64_t> shape) {
    return tensor::EmptyOp::create(b, shape, elementType);
  }
  Value literal(ImplicitLocOpBuilder &at, double value) {
    return arith::ConstantOp::create(at, at.getFloatAttr(elementType, value));
  }
  /// A constant of random numbers, now and then one that exists already.
  Value constant(ArrayRef<int64_t> shape);
  Value filled(ArrayRef<int64_t> shape, double value);

  /// A generic with parallel loops over the shape of `inputs[0]`; `maps` index
  /// the inputs, the identity where null.
  Value elementwise(ArrayRef<Value> inputs, ArrayRef<AffineMap> maps,
                    BodyFn body);
  Value elementwise(ArrayRef<Value> inputs, BodyFn body) {
    return elementwise(inputs, {}, body);
  }
  /// A constant over some dimensions of `value`, and the map that reads it.
  std::pair<Value, AffineMap> vectorFor(Value value, ArrayRef<unsigned> dims);

  Value transpose(Value value, ArrayRef<int64_t> permutation);
  Value reshape(Value value, ArrayRef<ReassociationIndices> groups,
                ArrayRef<int64_t> shape);
  /// Merges dimensions until two are left, cut at dimension `cut`.
  Value toMatrix(Value value, int64_t cut);
  Value slice(Value value, int64_t dim, int64_t offset, int64_t size,
              int64_t stride = 1);
  Value concat(ArrayRef<Value> values, int64_t dim);
  Value pad(Value value, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
            double with);
  Value insert(Value value, Value into, ArrayRef<int64_t> offsets);
  /// Repeats `value` `count` times along a new dimension `dim`.
  Value repeat(Value value, int64_t dim, int64_t count);
  Value reduce(Value value, ArrayRef<int64_t> dims, bool sum, Value init);
  /// A contraction of a matrix with an N×K weight, as raised.
  Value linear(Value input, int64_t rows);

  SmallVector<int64_t> randomPermutation(int64_t rank);
  /// A random subset of the dimensions, each with probability 1/2.
  SmallVector<unsigned> randomDims(int64_t rank);

  ImplicitLocOpBuilder b;
  Random random;

private:
  static FloatType chooseType(OpBuilder &builder, unsigned seed);

  FloatType elementType;
  SmallVector<Value> constants;
};

} // namespace mlir::quantmlir::fuzz

#endif // QUANT_MLIR_TEST_FUZZ_PROGRAMBUILDER_H
