//===- TensorMaps.h - what tensor copies know of a matrix -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TENSORMAPS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TENSORMAPS_H

#include "mlir/IR/Builders.h"

namespace mlir::quantmlir {

/// Host code that gets the address of a tensor map in device memory, of a
/// matrix of i8 at `pointer`, a memref of rank 0, whose rows are `pitch` apart:
/// boxes of boxRows × boxColumns, which must be 128, swizzled by 128 bytes,
/// zeros outside. It must not free the map.
Value createTensorMap(ImplicitLocOpBuilder &b, Value pointer, Value rows,
                      Value columns, Value pitch, int64_t boxRows,
                      int64_t boxColumns);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_TENSORMAPS_H
