//===- IntegerGroupMatmulTiles.h - tiles with integer inputs ----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERGROUPMATMULTILES_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERGROUPMATMULTILES_H

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

namespace mlir::quantmlir {

/// As chooseGroupTiles, for integer activations.
SmallVector<KernelChoice>
chooseIntegerGroupTiles(IntegerGroupMatmulKernel kernel,
                        ArrayRef<int64_t> sizes, const Chip &chip);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERGROUPMATMULTILES_H
