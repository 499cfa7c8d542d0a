//===- Problem.h - a product whose tile is sought ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_TUNE_PROBLEM_H
#define QUANT_MLIR_TOOLS_QUANT_TUNE_PROBLEM_H

#include "quant-mlir/Target/SASS.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace mlir::quantmlir {

/// The attribute of a matmul that asks for a tile.
constexpr llvm::StringLiteral tileAttrName = "quant.tile";

/// A way to divide a product, and what is known of its kernel.
struct Candidate {
  /// As the attribute quant.tile has it; empty: what the compiler chooses.
  SmallVector<int64_t> tile;
  std::string kernel;
  int64_t registers = 0, spillBytes = 0, residentBlocks = 0;
  double tensorUtilization = 0;
  LaunchCycles launch = {};
  /// What the emulator counted: cycles of bank conflicts, and bytes moved over
  /// those that blocks have to move.
  std::optional<double> conflictCycles, movedBytes;
  /// The fastest of several launches on a GPU.
  std::optional<double> seconds;

  /// Cycles of the model; bank conflicts are spread over the multiprocessors.
  double getCycles(const Chip &chip) const;
};

/// Ops of a module that are alike. Types are static.
struct Problem {
  /// A function `main` that has such an op, and nothing else.
  OwningOpRef<ModuleOp> module;
  Operation *op;
  SmallVector<Operation *> uses;
  SmallVector<int64_t> sizes;
  /// The best one first.
  std::vector<Candidate> candidates;
};

/// The matmuls on tensors of a module that have a kernel, those that are alike
/// together. A dynamic number of rows is taken to be each of `rows`, one
/// after the other. Fails with an error at an op whose other sizes are dynamic.
FailureOr<std::vector<Problem>> collectProblems(ModuleOp module,
                                                ArrayRef<int64_t> rows);

/// The tiles that are worth a try for an op: what its kernel's table has, and
/// what lies between. Those that a chip cannot have are among them.
std::vector<SmallVector<int64_t>> getTiles(Operation *op, const Chip &chip);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_TUNE_PROBLEM_H
