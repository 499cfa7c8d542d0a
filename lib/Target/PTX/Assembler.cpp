//===- Assembler.cpp - PTX to cubin by ptxas ------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/PTX.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace mlir::quantmlir;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// Folders that may hold ptxas besides those on PATH: virtual environments, in
/// which tools/setup puts it where the machine has none.
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

Expected<Assembler> Assembler::find(StringRef path, StringRef executable) {
  if (!path.empty()) {
    if (!sys::fs::can_execute(path))
      return makeError("'" + path + "' is not an executable file");
    return Assembler(path.str());
  }
  if (ErrorOr<std::string> found = sys::findProgramByName("ptxas"))
    return Assembler(*found);
  SmallVector<std::string> folders = getFolders(executable);
  SmallVector<StringRef> references(folders.begin(), folders.end());
  if (ErrorOr<std::string> found = sys::findProgramByName("ptxas", references))
    return Assembler(*found);
  return makeError("found no ptxas on PATH or in .venv; install NVIDIA's CUDA "
                   "toolkit or `pip install nvidia-cuda-nvcc`, or give its "
                   "place with --ptxas=FILE");
}

Expected<std::map<std::string, KernelResources>>
Assembler::assemble(StringRef ptxFile, StringRef cubinFile,
                    const Chip &chip) const {
  SmallString<128> log;
  if (std::error_code code = sys::fs::createTemporaryFile("ptxas", "log", log))
    return makeError("no temporary file for ptxas' output: " + code.message());
  scope_exit cleanUp([&] { (void)sys::fs::remove(log); });

  std::string arch = ("-arch=" + chip.name).str();
  std::string message;
  int status = sys::ExecuteAndWait(
      path, {path, arch, "-v", ptxFile, "-o", cubinFile}, std::nullopt,
      {StringRef(), StringRef(log), StringRef(log)}, 0, 0, &message);
  ErrorOr<std::unique_ptr<MemoryBuffer>> output = MemoryBuffer::getFile(log);
  StringRef text = output ? (*output)->getBuffer().trim() : StringRef();
  if (status != 0)
    return makeError(path + " rejects " + ptxFile + " for " + chip.name + ": " +
                     (message.empty() ? text : StringRef(message)));
  if (!sys::fs::exists(cubinFile))
    return makeError(path + " wrote no " + cubinFile +
                     "; is it NVIDIA's ptxas?");
  return parseResources(text);
}

/// The number that `text` has before `word`, as in "96 registers".
static int64_t getNumberBefore(StringRef text, StringRef word) {
  StringRef before = text.take_front(text.find(word)).rtrim();
  StringRef digits = before.take_back(
      before.size() - before.find_last_not_of("0123456789") - 1);
  int64_t number = 0;
  return digits.getAsInteger(10, number) ? 0 : number;
}

// ptxas -v writes for each kernel:
//   ptxas info    : Compiling entry function 'name' for 'sm_80'
//   ptxas info    : Function properties for name
//       0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
//   ptxas info    : Used 96 registers, used 1 barriers, …
std::map<std::string, KernelResources>
mlir::quantmlir::parseResources(StringRef ptxasOutput) {
  std::map<std::string, KernelResources> resources;
  KernelResources *current = nullptr;
  for (StringRef line : split(ptxasOutput, '\n')) {
    if (line.contains("Compiling entry function"))
      current = &resources[line.split('\'').second.split('\'').first.str()];
    if (!current)
      continue;
    if (line.contains("spill stores"))
      current->spillBytes = getNumberBefore(line, " bytes spill stores") +
                            getNumberBefore(line, " bytes spill loads");
    if (line.contains("Used ") && line.contains(" registers"))
      current->registers = getNumberBefore(line, " registers");
  }
  return resources;
}
