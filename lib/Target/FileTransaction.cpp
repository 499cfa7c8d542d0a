//===- FileTransaction.cpp - files that appear together -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/FileTransaction.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

#include <cassert>

using namespace llvm;
using namespace mlir::quantmlir;

static FileTransaction *current = nullptr;

FileTransaction::FileTransaction() {
  assert(!current && "two transactions at a time");
  current = this;
}

FileTransaction::~FileTransaction() {
  current = nullptr;
  // A temporary file that cannot be removed is no reason to fail now. A folder
  // that holds something stays.
  for (File &file : files)
    consumeError(file.contents.discard());
  for (const std::string &folder : reverse(folders))
    (void)sys::fs::remove(folder);
}

FileTransaction *FileTransaction::getCurrent() { return current; }

Error FileTransaction::makeFolder(StringRef path) {
  std::lock_guard<std::mutex> lock(mutex);
  SmallVector<StringRef> missing;
  for (StringRef folder = path; !folder.empty() && !sys::fs::exists(folder);
       folder = sys::path::parent_path(folder))
    missing.push_back(folder);
  std::error_code code;
  if (missing.empty() && !path.empty() && !sys::fs::is_directory(path))
    code = make_error_code(std::errc::not_a_directory);
  for (StringRef folder : reverse(missing)) {
    code = sys::fs::create_directory(folder, /*IgnoreExisting=*/false);
    // Others may make it meanwhile, or it is a link to nothing.
    if (code == std::errc::file_exists && sys::fs::is_directory(folder))
      code = {};
    else if (!code)
      folders.push_back(folder.str());
    if (code)
      break;
  }
  return code ? createStringError("cannot make folder '" + path +
                                  "': " + code.message())
              : Error::success();
}

Error FileTransaction::add(StringRef path, sys::fs::TempFile file) {
  Error error = drop(path);
  std::lock_guard<std::mutex> lock(mutex);
  files.push_back({path.str(), std::move(file)});
  return error;
}

Error FileTransaction::drop(StringRef path) {
  std::lock_guard<std::mutex> lock(mutex);
  auto it = find_if(files, [&](File &file) { return file.path == path; });
  if (it == files.end())
    return Error::success();
  Error error = it->contents.discard();
  files.erase(it);
  return error;
}

std::string FileTransaction::resolve(StringRef path) {
  std::lock_guard<std::mutex> lock(mutex);
  for (const File &file : files)
    if (file.path == path)
      return file.contents.TmpName;
  return path.str();
}

Error FileTransaction::commit() {
  std::lock_guard<std::mutex> lock(mutex);
  for (const File &file : files)
    if (sys::fs::is_directory(file.path))
      return createFileError(file.path,
                             make_error_code(std::errc::is_a_directory));
  while (!files.empty()) {
    File file = std::move(files.front());
    files.pop_front();
    if (Error error = file.contents.keep(file.path))
      return createFileError(file.path, std::move(error));
  }
  folders.clear();
  return Error::success();
}
