//===- Epilogue.h - what follows a matmul in its kernel ---------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_QUANTTONVGPU_EPILOGUE_H
#define QUANT_MLIR_CONVERSION_QUANTTONVGPU_EPILOGUE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace mlir::quantmlir {

/// What a `quant.matmul` or `quant.group_matmul` makes: its result, or its
/// destination on memrefs.
Value getMatmulResult(Operation *matmul);

/// Fails, with a reason in `whyNot`, if the kernel of `matmul` cannot apply the
/// body of `generic` to each result and store what it yields instead. It can if
/// the op is elementwise in two dimensions, reads the matmul's result as it is,
/// and computes by arith and some math ops. Its other inputs may be matrices,
/// rows, columns or scalars of floats.
LogicalResult checkEpilogue(linalg::GenericOp generic, Operation *matmul,
                            std::string &whyNot);

/// On tensors: the only op that reads the result of a matmul, if it passes
/// checkEpilogue and does not read a later matmul, whose kernel it goes to.
linalg::GenericOp getTensorEpilogue(Operation *matmul);

/// How an input of an epilogue is indexed.
enum class EpilogueInput { Matrix, PerRow, PerColumn, Scalar };

/// Inputs of `generic` besides the result of a matmul, which is the input
/// `resultNumber`.
struct EpilogueInputs {
  SmallVector<unsigned> numbers;
  SmallVector<EpilogueInput> kinds;
};
EpilogueInputs getEpilogueInputs(linalg::GenericOp generic,
                                 unsigned resultNumber);

/// A text that two epilogues have in common if and only if they compute the
/// same.
std::string describeEpilogue(linalg::GenericOp generic, unsigned resultNumber);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTONVGPU_EPILOGUE_H
