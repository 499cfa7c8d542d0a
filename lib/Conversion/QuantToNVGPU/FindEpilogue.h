//===- FindEpilogue.h - ops that a matmul's kernel can do -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_FINDEPILOGUE_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_FINDEPILOGUE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include "llvm/ADT/DenseSet.h"

namespace mlir::quantmlir {

/// The op behind a matmul that its kernel can do as well, unless it is one of
/// `kernels`, which have their own. Says why not in a remark.
linalg::GenericOp findEpilogue(Operation *op,
                               const DenseSet<Operation *> &kernels);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_FINDEPILOGUE_H
