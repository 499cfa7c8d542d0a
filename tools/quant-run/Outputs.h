//===- Outputs.h - output files of a run ------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_RUN_OUTPUTS_H
#define QUANT_MLIR_TOOLS_QUANT_RUN_OUTPUTS_H

#include "quant-mlir/Target/Tensor.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/FileOutputBuffer.h"

#include <memory>

namespace mlir::quantmlir {

/// Where the results of many runs go: into a file, concatenated along the first
/// dimension, or into one buffer that the runs share.
class OutputSet {
public:
  /// With a `path`, results are written into a mapping of the file itself,
  /// which appears only when commit is called. A .npy file takes one result; a
  /// .safetensors file names them result0, result1, ….
  static llvm::Expected<OutputSet>
  create(llvm::StringRef path, llvm::ArrayRef<RankedTensorType> results,
         int64_t runs);

  /// Where the results of a run go.
  SmallVector<void *> getBuffers(int64_t run);
  llvm::Error commit();

private:
  llvm::Error openFile(llvm::StringRef path, llvm::ArrayRef<TensorSpec> specs);

  struct Output {
    uint64_t bytesPerRun = 0;
    char *data = nullptr;
  };
  SmallVector<Output> outputs;
  std::unique_ptr<llvm::FileOutputBuffer> file;
  /// Holds one run's results if no file does.
  std::vector<std::vector<char>> scratch;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_RUN_OUTPUTS_H
