//===- DeviceFusionOption.h - the values of --fuse --------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_EXECUTION_DEVICEFUSIONOPTION_H
#define QUANT_MLIR_EXECUTION_DEVICEFUSIONOPTION_H

#include "quant-mlir/Execution/DeviceFusion.h"

#include "llvm/Support/CommandLine.h"

namespace mlir::quantmlir {

/// What the option `--fuse` of each tool takes.
inline llvm::cl::ValuesClass getDeviceFusionValues() {
  return llvm::cl::values(
      clEnumValN(DeviceFusion::None, "none", "Nothing"),
      clEnumValN(DeviceFusion::Epilogues, "epilogues",
                 "What follows a matmul, with the bits of these ops"),
      clEnumValN(DeviceFusion::All, "all",
                 "Norms in front of quantizations as well, whose codes may "
                 "differ by one step"));
}

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_EXECUTION_DEVICEFUSIONOPTION_H
