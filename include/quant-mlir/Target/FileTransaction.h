//===- FileTransaction.h - files that appear together -----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TARGET_FILETRANSACTION_H
#define QUANT_MLIR_TARGET_FILETRANSACTION_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

#include <list>
#include <mutex>
#include <string>
#include <vector>

namespace mlir::quantmlir {

/// Holds back what `writeFileAtomically` writes in this process as long as it
/// lives: a tool's files appear when all of its work is done, or not at all.
/// Only one lives at a time.
class FileTransaction {
public:
  FileTransaction();
  FileTransaction(const FileTransaction &) = delete;
  FileTransaction &operator=(const FileTransaction &) = delete;
  /// Discards what is not committed, and the folders that were made for it.
  ~FileTransaction();

  /// Makes a folder for files, and those above it, where there is none. (A
  /// signal that ends the process removes files, but no folder.)
  llvm::Error makeFolder(llvm::StringRef path);

  /// Gives every file its name, in the order in which they were added: an index
  /// of others is to be added after them. Fails before the first one if one of
  /// the names is a folder's. After an error the remaining ones are discarded.
  llvm::Error commit();

  /// The transaction that lives, or null.
  static FileTransaction *getCurrent();

  /// Takes over a complete file that is to be named `path`, in place of an
  /// earlier one of that name.
  llvm::Error add(llvm::StringRef path, llvm::sys::fs::TempFile file);
  /// Where the contents of `path` are now.
  std::string resolve(llvm::StringRef path);
  /// Discards a file that was of use only meanwhile.
  llvm::Error drop(llvm::StringRef path);

private:
  struct File {
    std::string path;
    llvm::sys::fs::TempFile contents;
  };

  std::mutex mutex;
  std::list<File> files;
  /// Folders that were made, those above first.
  std::vector<std::string> folders;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TARGET_FILETRANSACTION_H
