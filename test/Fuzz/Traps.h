//===- Traps.h - ops that no scale may pass ---------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_TRAPS_H
#define QUANT_MLIR_TEST_FUZZ_TRAPS_H

#include "ProgramBuilder.h"

namespace mlir::quantmlir::fuzz {

/// A matrix that depends on another one in a way that no scale of its columns
/// can be moved through, whatever comes before.
struct Trap {
  llvm::StringLiteral name;
  /// `value` is a matrix of at least 3 columns; `argument` the function's
  /// matrix argument of the same shape.
  Value (*build)(ProgramBuilder &p, Value value, Value argument);
};

ArrayRef<Trap> getTraps();

} // namespace mlir::quantmlir::fuzz

#endif // QUANT_MLIR_TEST_FUZZ_TRAPS_H
