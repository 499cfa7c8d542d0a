//===- ScalarOps.h - scalar operations of the interpreter -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_SCALAROPS_H
#define QUANT_MLIR_TEST_FUZZ_SCALAROPS_H

#include "mlir/IR/Operation.h"

#include <functional>

namespace mlir::quantmlir::fuzz {

/// `value` rounded to the float type `type`; unchanged for other types.
double roundTo(double value, Type type);

/// What an op without regions computes from its operands, or from their
/// elements, rounded at least to
/// f32; null if the interpreter does not know the op.
using ScalarFunction = std::function<double(ArrayRef<double>)>;
ScalarFunction getScalarFunction(Operation *op, bool keepPrecision);

} // namespace mlir::quantmlir::fuzz

#endif // QUANT_MLIR_TEST_FUZZ_SCALAROPS_H
