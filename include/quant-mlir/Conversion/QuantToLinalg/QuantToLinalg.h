//===- QuantToLinalg.h - quant ops to linalg --------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_QUANTTOLINALG_QUANTTOLINALG_H
#define QUANT_MLIR_CONVERSION_QUANTTOLINALG_QUANTTOLINALG_H

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace mlir::quantmlir {

/// Patterns that expand every op of ours on tensors but `quant.observe` to
/// linalg, arith and math ops without fast-math flags.
void populateQuantToLinalgPatterns(RewritePatternSet &patterns);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTOLINALG_QUANTTOLINALG_H
