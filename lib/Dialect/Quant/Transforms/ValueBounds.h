//===- ValueBounds.h - intervals that hold a program's values ---*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_VALUEBOUNDS_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_VALUEBOUNDS_H

#include "ScaleConstants.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>
#include <limits>

namespace mlir::quantmlir {

/// Holds every element of a value that is no NaN.
struct ValueInterval {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  static ValueInterval symmetric(double bound) { return {-bound, bound}; }
  ValueInterval join(ValueInterval other) const {
    return {std::min(low, other.low), std::max(high, other.high)};
  }
  /// The largest and the least magnitude.
  double getMost() const { return std::max(std::fabs(low), std::fabs(high)); }
  double getLeast() const { return low > 0 ? low : high < 0 ? -high : 0.0; }
};

/// Intervals from constants, from the statistics of observers, and from what
/// ops compute of these. Values in f16 are taken to be finite, as far as they
/// are not set.
class ValueBounds {
public:
  explicit ValueBounds(ConstantScaler constants)
      : constants(std::move(constants)) {}

  ValueInterval get(OpOperand &use, unsigned depth = 0);
  ValueInterval get(Value value, unsigned depth = 0);

  /// Overrides what is known of a use or of a value.
  void set(OpOperand &use, ValueInterval interval) { setUses[&use] = interval; }
  void set(Value value, ValueInterval interval) { known[value] = interval; }

  /// What the op of `value` computes of its operands, whatever is known of it
  /// and whether it is finite.
  ValueInterval compute(Value value, unsigned depth = 0, bool isFinite = false);
  /// The same for each value of the body of `op`, but for accumulators.
  DenseMap<Value, ValueInterval>
  getBody(linalg::LinalgOp op, unsigned depth = 0, bool isFinite = false);

private:
  ValueInterval getLinear(Operation *op, unsigned depth);
  ValueInterval getReduction(linalg::LinalgOp op, unsigned number,
                             unsigned depth, bool isFinite);

  ConstantScaler constants;
  DenseMap<OpOperand *, ValueInterval> setUses;
  DenseMap<Value, ValueInterval> known;
};

/// The largest finite magnitude of a type whose range is narrower than f32's,
/// infinity for others; and the least normal one, 0 for others.
double getLargestOfNarrow(Type type);
double getLeastOfNarrow(Type type);

/// How often each element of a result of `op` is added to; infinity if that is
/// not known.
double getTripCount(linalg::LinalgOp op);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_VALUEBOUNDS_H
