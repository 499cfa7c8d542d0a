//===- Interpreter.h - plain evaluation of tensor programs ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Evaluates a function of linalg and tensor ops element by element, in program
// order and with one rounding an op: a semantics to compare programs by, which
// shares with the compiler only the reading of constants.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_INTERPRETER_H
#define QUANT_MLIR_TEST_FUZZ_INTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

#include <limits>
#include <vector>

namespace mlir::quantmlir::fuzz {

/// A tensor, row-major, or a scalar (rank 0). A double holds every f32 and
/// every integer of the programs exactly.
struct TensorValue {
  SmallVector<int64_t> shape;
  std::vector<double> elements;
};

struct EvaluationOptions {
  /// Multiplies each element of float constants by a random number this close
  /// to 1: how far a program amplifies roundings of its constants.
  double perturbation = 0;
  unsigned seed = 0;
  /// Leaves out roundings to types narrower than f32: a value scaled by other
  /// than a power of two rounds to another neighbour there.
  bool keepPrecision = false;
};

struct Evaluation {
  std::vector<TensorValue> results;
  /// The largest magnitude of each channel, the last dimension, that an
  /// observer has seen.
  DenseMap<Operation *, std::vector<float>> observed;
  /// True if an op other than a constant gave an infinity or a NaN.
  bool overflows = false;
  /// The range of the magnitudes of all finite values that are not 0.
  double smallest = std::numeric_limits<double>::infinity(), largest = 0;
};

/// Runs `function` on `arguments`. An op that the interpreter does not know is
/// an error that names it.
llvm::Expected<Evaluation> evaluate(func::FuncOp function,
                                    ArrayRef<TensorValue> arguments,
                                    const EvaluationOptions &options = {});

} // namespace mlir::quantmlir::fuzz

#endif // QUANT_MLIR_TEST_FUZZ_INTERPRETER_H
