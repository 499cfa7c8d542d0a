//===- BufferizableOpInterfaceImpl.h - bufferization of our ops -*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::quantmlir {

/// Lets one-shot-bufferize turn `quant.quantize`, `quant.matmul` and
/// `quant.group_matmul` on tensors into the same ops on memrefs, which write
/// into the buffers of their destinations. The value-style ops of the dialect
/// disappear before bufferization.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
