//===- Npy.h - NumPy's array files ------------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TARGET_NPY_H
#define QUANT_MLIR_TARGET_NPY_H

#include "quant-mlir/Target/Tensor.h"

#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace mlir::quantmlir {

/// An array in a .npy file, mapped into memory. Its tensor has no name.
class NpyFile {
public:
  /// Maps the file and checks its header. Little-endian numbers and booleans in
  /// row-major order are read; anything else is an error that says what to do.
  static llvm::Expected<std::shared_ptr<const NpyFile>>
  open(llvm::StringRef path);

  const StoredTensor &getTensor() const { return tensor; }

private:
  NpyFile() = default;

  std::unique_ptr<llvm::MemoryBuffer> buffer;
  StoredTensor tensor;
};

/// What stands in front of an array's elements, a multiple of 64 bytes long.
/// NumPy has no bf16 and no 8-bit floats: those are errors.
llvm::Expected<std::string> getNpyHeader(const TensorSpec &spec);

/// Writes an array, or leaves what `path` held before.
llvm::Error writeNpy(llvm::StringRef path, const TensorSpec &spec,
                     llvm::ArrayRef<char> data);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TARGET_NPY_H
