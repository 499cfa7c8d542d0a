//===- InitAll.h - everything that this project registers -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_INITALL_H
#define QUANT_MLIR_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::quantmlir {

/// Our ops and the interfaces that we attach to upstream's ops. It brings none
/// of upstream's dialects but `quant`.
void registerAllDialects(DialectRegistry &registry);

/// Our passes and preset pipelines.
void registerAllPasses();

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_INITALL_H
