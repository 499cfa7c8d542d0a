//===- Linears.h - raised linears -------------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_LINEARS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_LINEARS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::quantmlir {

/// The name of the parameter that `value` is: a `ml_program.global_load_const`,
/// its transpose, or a constant resource. Empty if it is neither.
StringRef getWeightName(Value value);

/// True for a constant tensor, the load of an immutable external global, or the
/// `linalg.transpose` of such a load: a K×N parameter is transposed once its
/// data is bound.
bool isWeight(Value value);

/// Replaces every rank-2 `linalg.transpose` of a constant whose data is present
/// by a transposed constant. The parameter's name stays.
void foldWeightTransposes(Operation *root);

/// A contraction of an activation with a weight, as `quant-raise-linears`
/// leaves it: a rank-2 `linalg.matmul` of `input` (M×K) and `weight` (N×K)
/// into a destination filled with 0.
struct Linear {
  linalg::MatmulOp op;
  Value input;
  Value weight;

  /// The weight's name without a trailing ".weight"; empty if it has no name.
  StringRef getName() const;
};

/// The linear that `op` is, if it is one.
std::optional<Linear> matchLinear(Operation *op);

/// The indexing maps of a linear's matmul: (m,k), (n,k), (m,n).
SmallVector<AffineMap> getLinearMaps(MLIRContext *context);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_LINEARS_H
