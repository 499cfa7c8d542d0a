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

/// True for the ops whose kernels may have an epilogue, `quant.matmul` and
/// `quant.group_matmul`. Null is none.
bool mayHaveEpilogue(Operation *op);

/// What such an op makes: its result, or its destination on memrefs.
Value getMatmulResult(Operation *matmul);

/// Fails, with a reason in `whyNot`, if kernels cannot compute `generic` for
/// each result of a matmul. They can if it is elementwise in two dimensions, of
/// arith and some math ops. Inputs may be matrices, rows, columns and scalars
/// of floats.
LogicalResult checkEpilogueOp(linalg::GenericOp generic, std::string &whyNot);

/// True if `generic`, which writes the elements of two loops, reads `operand`
/// as it is: it has the destination's shape, and is read where the result is
/// written. Dimensions of one element may be read at 0.
bool readsAsItIs(linalg::GenericOp generic, OpOperand &operand);

/// The same of the kernel of `matmul`, which stores what `generic` yields
/// instead of its result. It reads the result once, as it is.
LogicalResult checkEpilogue(linalg::GenericOp generic, Operation *matmul,
                            std::string &whyNot);

/// On tensors: the only op that reads the result of a matmul, if it passes
/// checkEpilogue and does not read a later matmul, whose kernel it goes to.
/// Otherwise null, with a reason in `whyNot`.
linalg::GenericOp getTensorEpilogue(Operation *matmul, std::string &whyNot);

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

/// A text that two epilogues have in common only if they compute the same.
std::string describeEpilogue(linalg::GenericOp generic, unsigned resultNumber);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTONVGPU_EPILOGUE_H
