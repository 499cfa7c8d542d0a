//===- ScaleMigrationModels.h - external models, by dialect -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_INTERFACES_SCALEMIGRATIONMODELS_H
#define QUANT_MLIR_LIB_INTERFACES_SCALEMIGRATIONMODELS_H

#include "quant-mlir/Interfaces/ScaleMigrationOpInterface.h"

namespace mlir::quantmlir::detail {
void registerArithModels(DialectRegistry &registry);
void registerLinalgModels(DialectRegistry &registry);
void registerTensorModels(DialectRegistry &registry);
} // namespace mlir::quantmlir::detail

#endif // QUANT_MLIR_LIB_INTERFACES_SCALEMIGRATIONMODELS_H
