//===- WeightCheck.h - weights that device code can take --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_WEIGHTCHECK_H
#define QUANT_MLIR_LIB_EXECUTION_WEIGHTCHECK_H

#include "quant-mlir/Conversion/QuantToNVGPU/WeightRange.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

namespace mlir::quantmlir {

/// A weight among the arguments of a device function, by their numbers, and
/// what its values must fit into.
struct WeightCheck {
  WeightRange range;
  unsigned codes;
  std::optional<unsigned> scales, zeros;
};

/// The weights of a device function whose values its kernels take on trust.
/// Fails if some of one's values are neither arguments nor, all of them,
/// constants.
llvm::Expected<SmallVector<WeightCheck>> getWeightChecks(func::FuncOp function);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_WEIGHTCHECK_H
