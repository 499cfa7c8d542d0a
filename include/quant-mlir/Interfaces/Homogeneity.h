//===- Homogeneity.h - how a scale passes through a body --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_INTERFACES_HOMOGENEITY_H
#define QUANT_MLIR_INTERFACES_HOMOGENEITY_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"

#include <cstdlib>

namespace mlir::quantmlir {

/// How a value changes when chosen arguments of a body are multiplied by a
/// common c > 0: it is multiplied by c to the power of its degree.
class Degree {
public:
  /// Unchanged by any factor, so of every degree: 0, infinities, NaN.
  static Degree any() { return Degree(Kind::Any, 0); }
  /// A power that no network has is unknown, so that sums do not overflow.
  static Degree of(int64_t power) {
    return std::abs(power) > maxPower ? unknown() : Degree(Kind::Power, power);
  }
  /// Not known to be a power of c.
  static Degree unknown() { return Degree(Kind::Unknown, 0); }

  bool isAny() const { return kind == Kind::Any; }
  bool isUnknown() const { return kind == Kind::Unknown; }
  bool is(int64_t p) const {
    return isAny() || (kind == Kind::Power && power == p);
  }

  std::optional<int64_t> getPower() const {
    return kind == Kind::Power ? std::optional(power) : std::nullopt;
  }

  /// The degree of both, if they agree: of a sum, a maximum, a choice.
  static Degree join(Degree a, Degree b);
  static Degree product(Degree a, Degree b);
  static Degree quotient(Degree a, Degree b);
  /// The degree of the nth power, and of the square root, of what has this one.
  Degree raised(int64_t exponent) const;
  Degree root() const;

private:
  static constexpr int64_t maxPower = 64;
  enum class Kind { Any, Power, Unknown };
  Degree(Kind kind, int64_t power) : kind(kind), power(power) {}
  Kind kind;
  int64_t power;
};

/// The degree of the results of `op`, given its operands'.
Degree getResultDegree(Operation *op, ArrayRef<Degree> operands);

/// The degree of a value that no scale multiplies: any if it is 0, infinite or
/// NaN, 0 otherwise.
Degree getUnscaledDegree(Value value);

struct HomogeneityResult {
  /// One degree for each operand of the terminator.
  SmallVector<Degree> yielded;
  /// The first op whose result's degree is unknown; null if there is none.
  Operation *unknownOp = nullptr;
  /// Of the body's arguments and of what its ops compute.
  DenseMap<Value, Degree> degrees;
};

/// Interprets a body whose arguments have the degrees `arguments`. Values from
/// outside do not change, so they are of degree 0.
HomogeneityResult analyzeHomogeneity(Block &body, ArrayRef<Degree> arguments);

/// True if every element of `value` is 0, or every one is the same infinity:
/// no scale changes it.
bool isScaleInvariant(Value value);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_INTERFACES_HOMOGENEITY_H
