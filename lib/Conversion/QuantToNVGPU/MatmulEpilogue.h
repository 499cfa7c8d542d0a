//===- MatmulEpilogue.h - from sums of codes to results ---------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULEPILOGUE_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULEPILOGUE_H

#include "KernelBuilder.h"

namespace mlir::quantmlir {

/// What the epilogue of a warp reads and writes.
struct MatmulEpilogue {
  Value inputScale, weightScale;
  /// Null if there is none.
  Value bias;
  Value y;
  Value m, n;
  Value lane;
  /// Where the warp's part of y starts.
  Value row, column;
};

/// Stores y = ((f32(sum) * sx) * sw) + bias, unfused, for the C fragments
/// `sums`, which stand row by row. Nothing is stored outside of y.
void buildMatmulEpilogue(KernelBuilder &b, const MatmulKernel &kernel,
                         const MatmulEpilogue &epilogue, ArrayRef<Value> sums);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULEPILOGUE_H
