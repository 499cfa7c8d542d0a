//===- ProgramGenerator.h - random programs of linalg and tensor -*- C++
//-*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_PROGRAMGENERATOR_H
#define QUANT_MLIR_TEST_FUZZ_PROGRAMGENERATOR_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::quantmlir::fuzz {

/// The attribute of a linear that says what must become of its input's scale:
/// "fold", or "stay" with `trapAttr` naming what stops it. Linears without it
/// stand behind ops that were chosen without regard to scales.
constexpr llvm::StringLiteral expectAttr = "expect", trapAttr = "trap";

/// A function `main` of f32 tensors: a random graph of elementwise ops with
/// random bodies, named ops, contractions, reductions, reshapes, transposes,
/// slices, concatenations, pads and broadcasts that ends in linears. The same
/// seed gives the same program. The context must have the dialects loaded.
OwningOpRef<ModuleOp> generateProgram(MLIRContext *context, unsigned seed);

/// Loads the dialects that generated programs use.
void loadProgramDialects(MLIRContext *context);

} // namespace mlir::quantmlir::fuzz

#endif // QUANT_MLIR_TEST_FUZZ_PROGRAMGENERATOR_H
