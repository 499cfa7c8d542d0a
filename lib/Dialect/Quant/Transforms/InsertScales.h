//===- InsertScales.h - put the scale of a group into the IR ----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_INSERTSCALES_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_INSERTSCALES_H

#include "quant-mlir/Dialect/Quant/Utils/SmoothingGroups.h"

namespace mlir::quantmlir {

/// Puts `quant.smooth` in front of the observer, whose statistics it divides,
/// and `quant.fuse_scale` behind every weight. A scale that will not fold is a
/// parameter, named after the observer.
void insertScales(SmoothingGroup &group, bool folds, ArrayRef<float> scales);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_INSERTSCALES_H
