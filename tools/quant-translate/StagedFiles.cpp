//===- StagedFiles.cpp - files that appear when all are made --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StagedFiles.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir::quantmlir;

StagedFiles::~StagedFiles() {
  // What cannot be removed is no reason to fail now. A folder that holds
  // something stays.
  if (!stage.empty())
    (void)sys::fs::remove_directories(stage);
  if (isNew)
    (void)sys::fs::remove(folder);
}

Error StagedFiles::create() {
  isNew = !sys::fs::exists(folder);
  if (std::error_code code = sys::fs::create_directories(folder))
    return createStringError("cannot make folder '" + folder +
                             "': " + code.message());
  // A relative name would be one in the system's temporary folder.
  SmallString<128> prefix(folder);
  sys::path::append(prefix, ".quant-translate");
  std::error_code code = sys::fs::make_absolute(prefix);
  if (!code)
    code = sys::fs::createUniqueDirectory(prefix, stage);
  return code ? createStringError("cannot write to folder '" + folder +
                                  "': " + code.message())
              : Error::success();
}

SmallString<128> StagedFiles::getPath(StringRef file) const {
  SmallString<128> path(stage);
  sys::path::append(path, file);
  return path;
}

std::string StagedFiles::hideStage(std::string text) const {
  std::string prefix = (stage + sys::path::get_separator()).str();
  for (size_t at = text.find(prefix); at != std::string::npos;
       at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

Error StagedFiles::commit() {
  std::error_code code;
  for (sys::fs::directory_iterator file(stage, code), end; file != end && !code;
       file.increment(code)) {
    SmallString<128> path(folder);
    sys::path::append(path, sys::path::filename(file->path()));
    if (std::error_code failed = sys::fs::rename(file->path(), path))
      return createFileError(path, failed);
  }
  return code ? createFileError(stage, code) : Error::success();
}
