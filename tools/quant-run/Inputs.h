//===- Inputs.h - input files of a run --------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_RUN_INPUTS_H
#define QUANT_MLIR_TOOLS_QUANT_RUN_INPUTS_H

#include "quant-mlir/Target/Tensor.h"

#include "mlir/IR/BuiltinTypes.h"

#include <memory>

namespace mlir::quantmlir {

/// Tensors that hold the arguments of many runs along their first dimension.
class InputSet {
public:
  /// Opens `files` for a function of these argument types. Each file is
  /// FILE.npy, FILE.safetensors:TENSOR, or FILE.safetensors with one tensor or
  /// with arg0, arg1, …. Of the samples, `count` from `first` on are used; a
  /// negative `count` means the rest. Every mismatch is an error.
  static llvm::Expected<InputSet>
  open(llvm::ArrayRef<std::string> files,
       llvm::ArrayRef<RankedTensorType> arguments, int64_t first,
       int64_t count);

  int64_t getRuns() const { return runs; }
  /// The leading dimension of the arguments; 1 without arguments.
  int64_t getSamplesPerRun() const { return samplesPerRun; }
  int64_t getFirstRun() const { return firstRun; }
  /// The arguments of a run, counted from the first one used.
  SmallVector<const void *> getArguments(int64_t run) const;

private:
  struct Input {
    StoredTensor tensor;
    /// Owns the elements.
    std::shared_ptr<const void> owner;
    uint64_t bytesPerRun = 0;
  };

  static llvm::Error load(llvm::StringRef file, size_t numArguments,
                          std::vector<Input> &result);
  static void alignElements(Input &input);
  llvm::Error match(llvm::ArrayRef<RankedTensorType> arguments);
  llvm::Error select(int64_t first, int64_t count);

  std::vector<Input> inputs;
  int64_t runs = 1;
  int64_t firstRun = 0;
  int64_t samplesPerRun = 1;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_RUN_INPUTS_H
