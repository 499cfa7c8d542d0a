//===- ScaleConstants.h - scale constants by many factors -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCALECONSTANTS_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCALECONSTANTS_H

#include "quant-mlir/Interfaces/ScaleLayout.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::quantmlir {

/// How messages call a constant, or what is computed from constants: by the
/// name of its parameter, if it has one.
std::string describeConstant(Value constant);

/// Factors of a constant tensor's elements, varying along some dimensions.
struct ConstantFactor {
  SmallVector<int64_t> axes, extents;
  /// Row-major along `axes`.
  std::vector<double> values;

  bool operator==(const ConstantFactor &other) const {
    return axes == other.axes && extents == other.extents &&
           values == other.values;
  }
};

/// The factors that uses of constants wait for. Each weight of a model may be
/// scaled by several groups; it is rewritten once.
class ConstantScaler {
public:
  /// Multiplies, or divides, what `use` reads by `scales[channel]`.
  void multiply(OpOperand &use, const ScaleLayout &layout,
                ArrayRef<float> scales);
  void divide(OpOperand &use, const ScaleLayout &layout,
              ArrayRef<float> scales);
  void multiply(OpOperand &use, ConstantFactor factor);
  /// Forgets the factors of `use`.
  void drop(OpOperand &use) { pending.erase(&use); }
  /// The factors of what `use` reads.
  SmallVector<ConstantFactor> getFactors(OpOperand &use) const;

  /// The constant that `use` reads, or what is computed from constants if it
  /// has factors, as it will be; in `storage` unless it has no factors and is
  /// f32. Fails if data is not present.
  FailureOr<ArrayRef<float>> read(OpOperand &use,
                                  SmallVectorImpl<float> &storage) const;

  /// Why what `use` reads cannot be multiplied, or divided, by
  /// `scales[channel]` on top of its factors; empty if it can. It cannot if
  /// data is not present, or if the type's range does not hold the result: an
  /// element becomes infinite, or the largest element of a channel subnormal.
  /// If the constant is to be `widened` before, any element that might is
  /// enough.
  std::string findObstacle(OpOperand &use, const ScaleLayout &layout,
                           ArrayRef<float> scales, bool divides,
                           bool widened = false) const;

  /// Repeats the constant that `use`, an input of a linalg.generic, reads along
  /// the loops `loops` of `extents`, so that its elements can differ there. Its
  /// dimensions are then those loops and the ones that it had indexed. Returns
  /// the dimension of each loop of `loops`.
  SmallVector<int64_t> widen(OpOperand &use, ArrayRef<int64_t> loops,
                             ArrayRef<int64_t> extents);

  /// Gives every use a new constant. Uses of one constant by the same factors
  /// share it.
  void apply(MLIRContext *context);

  /// The ops whose results were replaced, which may have no use any more.
  ArrayRef<Operation *> getReplaced() const { return replaced.getArrayRef(); }

private:
  /// Gives `use` the constant `attr`.
  void replace(OpOperand &use, ElementsAttr attr);

  llvm::MapVector<OpOperand *, SmallVector<ConstantFactor>> pending;
  llvm::SetVector<Operation *> replaced;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCALECONSTANTS_H
