//===- Outputs.cpp - output files of a run --------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outputs.h"

#include "quant-mlir/Dialect/Quant/Utils/StoredTensors.h"
#include "quant-mlir/Target/Npy.h"
#include "quant-mlir/Target/Safetensors.h"

using namespace mlir;
using namespace mlir::quantmlir;
using llvm::createStringError;
using llvm::Error;

/// The tensor of all runs' results of `type`.
static std::optional<TensorSpec> getSpec(size_t index, RankedTensorType type,
                                         int64_t runs) {
  std::optional<DType> dtype = getDType(type.getElementType());
  if (!dtype)
    return std::nullopt;
  TensorSpec spec;
  spec.name = "result" + std::to_string(index);
  spec.dtype = *dtype;
  llvm::append_range(spec.shape, type.getShape());
  if (spec.shape.empty())
    spec.shape.push_back(1);
  spec.shape[0] *= runs;
  return spec;
}

Error OutputSet::openFile(StringRef path, ArrayRef<TensorSpec> specs) {
  std::string header;
  SmallVector<uint64_t> offsets;
  uint64_t fileBytes;
  if (path.ends_with(".npy")) {
    if (specs.size() != 1)
      return createStringError("'" + path + "' cannot hold " +
                               Twine(specs.size()) +
                               " results; write a .safetensors file");
    auto text = getNpyHeader(specs.front());
    if (!text)
      return llvm::createFileError(path, text.takeError());
    header = std::move(*text);
    offsets.push_back(header.size());
    fileBytes = header.size() + specs.front().getBytes();
  } else if (path.ends_with(".safetensors")) {
    auto layout = SafetensorsLayout::create(specs, {});
    if (!layout)
      return llvm::createFileError(path, layout.takeError());
    header = std::move(layout->header);
    llvm::append_range(offsets, layout->offsets);
    fileBytes = layout->fileBytes;
  } else {
    return createStringError("output '" + path +
                             "' is neither .npy nor .safetensors");
  }

  auto buffer = llvm::FileOutputBuffer::create(path, fileBytes,
                                               llvm::FileOutputBuffer::F_mmap);
  if (!buffer)
    return llvm::createFileError(path, buffer.takeError());
  file = std::move(*buffer);
  char *start = reinterpret_cast<char *>(file->getBufferStart());
  llvm::copy(header, start);
  for (auto [output, offset] : llvm::zip_equal(outputs, offsets))
    output.data = start + offset;
  return Error::success();
}

llvm::Expected<OutputSet> OutputSet::create(StringRef path,
                                            ArrayRef<RankedTensorType> results,
                                            int64_t runs) {
  OutputSet set;
  SmallVector<TensorSpec> specs;
  for (auto [index, type] : llvm::enumerate(results)) {
    std::optional<TensorSpec> spec = getSpec(index, type, runs);
    if (!spec)
      return createStringError("result " + Twine(index) +
                               " has an element type that no file stores");
    set.outputs.push_back({spec->getBytes() / runs, nullptr});
    specs.push_back(std::move(*spec));
  }
  if (!path.empty()) {
    if (Error error = set.openFile(path, specs))
      return std::move(error);
    return set;
  }
  for (Output &output : set.outputs) {
    set.scratch.emplace_back(output.bytesPerRun);
    output.data = set.scratch.back().data();
  }
  return set;
}

SmallVector<void *> OutputSet::getBuffers(int64_t run) {
  SmallVector<void *> buffers;
  for (Output &output : outputs)
    buffers.push_back(output.data + (file ? run * output.bytesPerRun : 0));
  return buffers;
}

Error OutputSet::commit() { return file ? file->commit() : Error::success(); }
