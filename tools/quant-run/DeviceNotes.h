//===- DeviceNotes.h - what a GPU does not do as asked ----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_RUN_DEVICENOTES_H
#define QUANT_MLIR_TOOLS_QUANT_RUN_DEVICENOTES_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <set>
#include <string>

namespace mlir::quantmlir {

/// What the compilation for a GPU remarks of quantized ops.
struct DeviceNotes {
  /// Takes remarks from now on, as long as the context lives.
  LogicalResult collectFrom(MLIRContext &context);
  void print(llvm::raw_ostream &os) const;

  /// Ops that stay on the CPU, counted by the reason.
  std::map<std::string, int64_t> onCPU;
  /// What is computed in another way than asked for.
  std::set<std::string> substituted;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_RUN_DEVICENOTES_H
