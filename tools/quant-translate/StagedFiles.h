//===- StagedFiles.h - files that appear when all are made ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TOOLS_QUANT_TRANSLATE_STAGEDFILES_H
#define QUANT_MLIR_TOOLS_QUANT_TRANSLATE_STAGEDFILES_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::quantmlir {

/// The files of a folder while they are made, by programs that want names: they
/// lie in a folder of their own within it, which goes with its owner, until all
/// of them are moved.
class StagedFiles {
public:
  explicit StagedFiles(llvm::StringRef folder) : folder(folder.str()) {}
  StagedFiles(const StagedFiles &) = delete;
  StagedFiles &operator=(const StagedFiles &) = delete;
  ~StagedFiles();

  /// Makes the folder, if there is none, and the one within.
  llvm::Error create();
  /// Where a file is to be written.
  llvm::SmallString<128> getPath(llvm::StringRef file) const;
  /// The text, without the name of the folder within.
  std::string hideStage(std::string text) const;
  /// Moves all files, in place of those of their names.
  llvm::Error commit();

private:
  std::string folder;
  bool isNew = false;
  llvm::SmallString<128> stage;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_TOOLS_QUANT_TRANSLATE_STAGEDFILES_H
