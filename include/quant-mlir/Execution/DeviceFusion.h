//===- DeviceFusion.h - what kernels compute besides ------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_EXECUTION_DEVICEFUSION_H
#define QUANT_MLIR_EXECUTION_DEVICEFUSION_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::quantmlir {

/// What kernels compute besides quantizations and matmuls.
enum class DeviceFusion {
  /// Nothing.
  None,
  /// What follows a matmul, with the bits of those ops on the CPU.
  Epilogues,
  /// Norms and activations in front of quantizations as well: codes may differ
  /// by one step.
  All
};

/// The passes that fuse, for a module of quantized ops on tensors.
void addDeviceFusion(OpPassManager &manager, DeviceFusion fusion);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_EXECUTION_DEVICEFUSION_H
