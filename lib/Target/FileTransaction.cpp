//===- FileTransaction.cpp - files that appear together -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/FileTransaction.h"

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
  // A temporary file that cannot be removed is no reason to fail now.
  for (auto &[path, file] : files)
    consumeError(file.discard());
}

FileTransaction *FileTransaction::getCurrent() { return current; }

Error FileTransaction::add(StringRef path, sys::fs::TempFile file) {
  std::lock_guard<std::mutex> lock(mutex);
  auto [it, isNew] = files.try_emplace(path.str(), std::move(file));
  if (isNew)
    return Error::success();
  Error error = it->second.discard();
  it->second = std::move(file);
  return error;
}

std::string FileTransaction::resolve(StringRef path) {
  std::lock_guard<std::mutex> lock(mutex);
  auto it = files.find(path.str());
  return it == files.end() ? path.str() : it->second.TmpName;
}

Error FileTransaction::commit() {
  std::lock_guard<std::mutex> lock(mutex);
  while (!files.empty()) {
    auto node = files.extract(files.begin());
    if (Error error = node.mapped().keep(node.key()))
      return createFileError(node.key(), std::move(error));
  }
  return Error::success();
}
