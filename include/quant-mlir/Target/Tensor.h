//===- Tensor.h - tensors in files ------------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TARGET_TENSOR_H
#define QUANT_MLIR_TARGET_TENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace mlir::quantmlir {

/// Element types that safetensors and npy files hold. Every one is whole bytes,
/// little-endian.
enum class DType : uint8_t {
  Bool,
  U8,
  I8,
  F8E4M3,
  F8E5M2,
  U16,
  I16,
  F16,
  BF16,
  U32,
  I32,
  F32,
  U64,
  I64,
  F64,
};

/// The name in a safetensors header, as "F32".
llvm::StringRef getDTypeName(DType dtype);
/// The type of that name, if there is one.
std::optional<DType> parseDType(llvm::StringRef name);
unsigned getDTypeBytes(DType dtype);

/// What a file says about one tensor.
struct TensorSpec {
  std::string name;
  DType dtype = DType::F32;
  llvm::SmallVector<int64_t, 4> shape;

  uint64_t getNumElements() const;
  uint64_t getBytes() const { return getNumElements() * getDTypeBytes(dtype); }
};

/// A tensor whose row-major elements somebody else owns, often a mapped file.
/// The data may be less aligned than its elements.
struct StoredTensor : TensorSpec {
  llvm::ArrayRef<char> data;
};

/// "F32 [2, 3]", for messages.
std::string describe(const TensorSpec &spec);

/// The number of bytes of a tensor of `shape`, or nothing if a dimension is
/// negative or the product does not fit into 63 bits.
std::optional<uint64_t> checkedBytes(llvm::ArrayRef<int64_t> shape,
                                     DType dtype);

/// Writes a file by way of a temporary one beside it, so that `path` either
/// keeps what it had or holds everything that `write` produced. While a
/// FileTransaction lives, it is renamed only when that is committed. A path
/// that names a device is written directly.
llvm::Error
writeFileAtomically(llvm::StringRef path,
                    llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

/// Writes a tool's output by writeFileAtomically, or to standard output if
/// `path` is "-".
llvm::Error
writeOutput(llvm::StringRef path,
            llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TARGET_TENSOR_H
