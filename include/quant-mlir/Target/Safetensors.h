//===- Safetensors.h - safetensors files ------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Format: https://github.com/huggingface/safetensors#format
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TARGET_SAFETENSORS_H
#define QUANT_MLIR_TARGET_SAFETENSORS_H

#include "quant-mlir/Target/Tensor.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <functional>
#include <map>
#include <memory>

namespace mlir::quantmlir {

using SafetensorsMetadata = std::map<std::string, std::string>;

/// A safetensors file, mapped into memory. Tensors are valid as long as the
/// file is; whoever keeps one keeps the shared pointer.
class SafetensorsFile {
public:
  /// Maps the file and checks everything that its header claims: sizes, names,
  /// element types, and that the tensors cover the data without holes and
  /// overlaps. Errors name the file and the tensor.
  static llvm::Expected<std::shared_ptr<const SafetensorsFile>>
  open(llvm::StringRef path);

  llvm::StringRef getPath() const { return path; }
  /// In the order of the data.
  llvm::ArrayRef<StoredTensor> getTensors() const { return tensors; }
  /// The tensor of that name, or null.
  const StoredTensor *lookup(llvm::StringRef name) const;
  const SafetensorsMetadata &getMetadata() const { return metadata; }

private:
  SafetensorsFile() = default;
  llvm::Error parse();

  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  std::vector<StoredTensor> tensors;
  llvm::StringMap<size_t> indices;
  SafetensorsMetadata metadata;
};

/// Where the header and each tensor stand in a file to be written.
struct SafetensorsLayout {
  /// The length field and the JSON text, padded to a multiple of 64 bytes.
  std::string header;
  /// Of each tensor, in the order given: the first byte, counted from the
  /// file's start. Wider elements come first, so all tensors are aligned to
  /// their elements although the format allows no padding.
  std::vector<uint64_t> offsets;
  uint64_t fileBytes = 0;

  /// Fails if two tensors have one name.
  static llvm::Expected<SafetensorsLayout>
  create(llvm::ArrayRef<TensorSpec> specs, const SafetensorsMetadata &metadata);
};

/// Writes a safetensors file tensor by tensor, without holding it in memory.
class SafetensorsWriter {
public:
  /// Writes a tensor's elements; the number of bytes is checked.
  using Producer = std::function<llvm::Error(llvm::raw_ostream &)>;

  void setMetadata(llvm::StringRef key, llvm::StringRef value);
  /// Adds a tensor whose elements are made when the file is written.
  void add(TensorSpec spec, Producer producer);
  /// Adds a tensor whose elements live until the file is written.
  void add(TensorSpec spec, llvm::ArrayRef<char> data);

  /// Writes the file at once, or leaves what `path` held before.
  llvm::Error write(llvm::StringRef path) const;

private:
  SafetensorsMetadata metadata;
  std::vector<TensorSpec> specs;
  std::vector<Producer> producers;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TARGET_SAFETENSORS_H
