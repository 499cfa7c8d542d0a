//===- GathersToSlices.h - gathers that read a slice ------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_GATHERSTOSLICES_H
#define QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_GATHERSTOSLICES_H

#include "mlir/IR/Operation.h"

namespace mlir::quantmlir {

/// Replaces each `linalg.generic` that only reads one tensor by
/// `tensor.extract`, at indices that run over a slice whatever the inputs are,
/// by a `tensor.extract_slice`. Returns the number of replaced ops.
///
/// Front ends write `x[..., [-1], :]` so: the index is looked up in constants
/// and ranges, and a negative one is wrapped. As a slice it is a view that
/// scales pass.
unsigned replaceGathersBySlices(Operation *root);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_GATHERSTOSLICES_H
