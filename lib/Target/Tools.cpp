//===- Tools.cpp - NVIDIA's programs that ours call -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/Tools.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

using namespace llvm;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// Folders that may hold programs besides those on PATH: virtual environments,
/// in which tools/setup puts them where the machine has none.
static SmallVector<std::string> getFolders(StringRef executable) {
  SmallVector<std::string> folders;
  auto add = [&](StringRef environment) {
    SmallString<128> folder(environment);
    sys::path::append(folder, "bin");
    folders.push_back(folder.str().str());
  };
  if (auto environment = sys::Process::GetEnv("VIRTUAL_ENV"))
    add(*environment);
  add(".venv");
  for (StringRef above = sys::path::parent_path(executable); !above.empty();
       above = sys::path::parent_path(above)) {
    SmallString<128> environment(above);
    sys::path::append(environment, ".venv");
    add(environment);
  }
  return folders;
}

Expected<std::string> mlir::quantmlir::findCudaTool(StringRef name,
                                                    StringRef package,
                                                    StringRef option,
                                                    StringRef path,
                                                    StringRef executable) {
  if (!path.empty()) {
    if (!sys::fs::can_execute(path))
      return makeError("'" + path + "' is not an executable file");
    return path.str();
  }
  if (ErrorOr<std::string> found = sys::findProgramByName(name))
    return *found;
  SmallVector<std::string> folders = getFolders(executable);
  SmallVector<StringRef> references(folders.begin(), folders.end());
  if (ErrorOr<std::string> found = sys::findProgramByName(name, references))
    return *found;
  return makeError("found no " + name +
                   " on PATH or in .venv; install NVIDIA's CUDA toolkit or "
                   "`pip install " +
                   package + "`, or give its place with " + option + "=FILE");
}
