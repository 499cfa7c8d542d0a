//===- Tensor.cpp - tensors in files --------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/Tensor.h"
#include "quant-mlir/Target/FileTransaction.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir::quantmlir;

static_assert(sys::IsLittleEndianHost,
              "files are read without a copy, so the host must be "
              "little-endian as they are");

namespace {
struct DTypeInfo {
  StringLiteral name;
  unsigned bytes;
};
} // namespace

/// In the order of the enumeration.
static constexpr DTypeInfo dtypes[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1},
    {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},
    {"I32", 4},  {"F32", 4}, {"U64", 8}, {"I64", 8},     {"F64", 8},
};
static_assert(std::size(dtypes) == size_t(DType::F64) + 1);

StringRef mlir::quantmlir::getDTypeName(DType dtype) {
  return dtypes[size_t(dtype)].name;
}

unsigned mlir::quantmlir::getDTypeBytes(DType dtype) {
  return dtypes[size_t(dtype)].bytes;
}

std::optional<DType> mlir::quantmlir::parseDType(StringRef name) {
  const DTypeInfo *info = find_if(
      dtypes, [&](const DTypeInfo &entry) { return entry.name == name; });
  if (info == std::end(dtypes))
    return std::nullopt;
  return DType(info - std::begin(dtypes));
}

uint64_t TensorSpec::getNumElements() const {
  uint64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

std::optional<uint64_t> mlir::quantmlir::checkedBytes(ArrayRef<int64_t> shape,
                                                      DType dtype) {
  std::optional<int64_t> bytes = getDTypeBytes(dtype);
  // A zero dimension must not hide that the others overflow.
  bool empty = is_contained(shape, 0);
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    if (dim != 0)
      bytes = checkedMul<int64_t>(*bytes, dim);
    if (!bytes)
      return std::nullopt;
  }
  return empty ? 0 : *bytes;
}

std::string mlir::quantmlir::describe(const TensorSpec &spec) {
  std::string text;
  raw_string_ostream os(text);
  os << getDTypeName(spec.dtype) << " [";
  interleaveComma(spec.shape, os);
  os << "]";
  return text;
}

/// Runs `write` on `os` and reports what the operating system refused, for
/// which LLVM would end the process.
static Error writeTo(raw_fd_ostream &os, StringRef name,
                     function_ref<Error(raw_ostream &)> write) {
  Error error = write(os);
  os.flush();
  std::error_code code = os.error();
  os.clear_error();
  if (error)
    return error;
  return code ? createFileError(name, code) : Error::success();
}

static Error writeTo(int fd, bool close, StringRef path,
                     function_ref<Error(raw_ostream &)> write) {
  raw_fd_ostream os(fd, close);
  return writeTo(os, path, write);
}

Error mlir::quantmlir::writeFileAtomically(
    StringRef path, function_ref<Error(raw_ostream &)> write) {
  sys::fs::file_status status;
  if (!sys::fs::status(path, status) &&
      status.type() != sys::fs::file_type::regular_file) {
    int fd;
    if (std::error_code code = sys::fs::openFileForWrite(path, fd))
      return createFileError(path, code);
    return writeTo(fd, /*close=*/true, path, write);
  }

  Expected<sys::fs::TempFile> file =
      sys::fs::TempFile::create(path + ".%%%%%%%%.tmp");
  if (!file)
    return createFileError(path, file.takeError());
  if (Error error = writeTo(file->FD, /*close=*/false, path, write))
    return joinErrors(std::move(error), file->discard());
  if (FileTransaction *transaction = FileTransaction::getCurrent())
    return transaction->add(path, std::move(*file));
  return file->keep(path);
}

Error mlir::quantmlir::writeOutput(StringRef path,
                                   function_ref<Error(raw_ostream &)> write) {
  return path == "-" ? writeTo(outs(), "standard output", write)
                     : writeFileAtomically(path, write);
}
