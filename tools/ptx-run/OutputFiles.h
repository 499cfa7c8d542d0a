//===- OutputFiles.h - files that appear together ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_TOOLS_PTXRUN_OUTPUTFILES_H
#define QUANTMLIR_TOOLS_PTXRUN_OUTPUTFILES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace quantmlir::ptx {

/// Files that take their places when all are whole; before that, a file of the
/// same name stays what it was.
class OutputFiles {
public:
  OutputFiles() = default;
  ~OutputFiles();
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;

  /// An error if two of the paths are one file, or one is also an input.
  static llvm::Error checkDistinct(llvm::ArrayRef<llvm::StringRef> paths,
                                   llvm::ArrayRef<llvm::StringRef> inputs);
  llvm::Error add(llvm::StringRef path,
                  llvm::function_ref<void(llvm::raw_ostream &)> write);
  llvm::Error keep();

private:
  struct Pending {
    std::string path;
    llvm::sys::fs::TempFile file;
  };
  std::vector<Pending> pending;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_TOOLS_PTXRUN_OUTPUTFILES_H
