//===- FoldingCheck.h - does folding change a program? ----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_FOLDINGCHECK_H
#define QUANT_MLIR_TEST_FUZZ_FOLDINGCHECK_H

#include "Interpreter.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::quantmlir::fuzz {

/// How results must agree.
enum class Agreement {
  /// The same bits; NaN equals NaN.
  Bits,
  /// max |Δ| / max |y| ≤ 1e-4 for each result.
  Close,
  /// As far as numbers that leave the range of f16's normal ones allow: no
  /// result may become infinite, nor change by more than some roundings.
  Half,
};

/// What a check found.
struct Finding {
  enum Kind {
    Agrees,
    /// Overflow or underflow is near: scales are not exact there.
    OutOfRange,
    /// The program turns roundings of its constants into as large errors.
    IllConditioned,
    /// A bug; `message` says what differs.
    Differs,
  } kind;
  std::string message;
};

/// Folds the scales of a copy of `module`; null, with diagnostics, if the pass
/// fails or makes invalid IR.
OwningOpRef<ModuleOp> foldScales(ModuleOp module);

/// Gives observers the statistics of a run on the random arguments of `seed`.
void attachStatistics(ModuleOp module, unsigned seed);

/// Compares the results of `main` in two modules on random arguments.
Finding compare(ModuleOp before, ModuleOp after, Agreement agreement,
                unsigned seed);

/// The least module found that is still `failing`: results are dropped, ops
/// replaced by an operand or by a new argument, dead ops removed.
OwningOpRef<ModuleOp> shrink(ModuleOp module,
                             function_ref<bool(ModuleOp)> failing);

} // namespace mlir::quantmlir::fuzz

#endif // QUANT_MLIR_TEST_FUZZ_FOLDINGCHECK_H
