//===- Assembler.cpp - PTX to cubin by ptxas ------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Target/PTX.h"
#include "quant-mlir/Target/Tools.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"

using namespace llvm;
using namespace mlir::quantmlir;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

Expected<Assembler> Assembler::find(StringRef path, StringRef executable) {
  Expected<std::string> program =
      findCudaTool("ptxas", "nvidia-cuda-nvcc", "--ptxas", path, executable);
  if (!program)
    return program.takeError();
  return Assembler(*program);
}

Expected<std::map<std::string, KernelResources>>
Assembler::assemble(StringRef ptxFile, StringRef cubinFile,
                    const Chip &chip) const {
  SmallString<128> log;
  if (std::error_code code = sys::fs::createTemporaryFile("ptxas", "log", log))
    return makeError("no temporary file for ptxas' output: " + code.message());
  (void)sys::RemoveFileOnSignal(log);
  scope_exit cleanUp([&] {
    (void)sys::fs::remove(log);
    sys::DontRemoveFileOnSignal(log);
  });

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
// and before them, where products of warp groups cannot be asynchronous:
//   ptxas info    : (C7510) … serialized due to … in the function 'name'
std::map<std::string, KernelResources>
mlir::quantmlir::parseResources(StringRef ptxasOutput) {
  std::map<std::string, KernelResources> resources;
  KernelResources *current = nullptr;
  for (StringRef line : split(ptxasOutput, '\n')) {
    if (line.contains("(C75")) {
      StringRef name = line.rsplit('\'').first.rsplit('\'').second;
      resources[name.str()].serializations.push_back(
          line.substr(line.find("(C75")).str());
    }
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
