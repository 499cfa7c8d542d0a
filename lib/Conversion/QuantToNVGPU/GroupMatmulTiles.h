//===- GroupMatmulTiles.h - which tile a group matmul has -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULTILES_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULTILES_H

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

namespace mlir::quantmlir {

/// Sums that a thread may have with float activations: it has as many of a
/// group.
constexpr int64_t maxHalfSums = 64;

/// The kernels for a group matmul of `sizes` {M, N, K} on `chip`, which are
/// `kernel` with other tiles, by rising numbers of rows. One for a static M;
/// for a dynamic one the last serves any number.
SmallVector<KernelChoice> chooseGroupTiles(GroupMatmulKernel kernel,
                                           ArrayRef<int64_t> sizes,
                                           const Chip &chip);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_GROUPMATMULTILES_H
