//===- PTX.cpp - fuzzing of the PTX front end -----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parses, loads, and decodes each entry. Nothing is run.
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/PTX/Emulator.h"

using namespace quantmlir::ptx;

// libFuzzer chose the name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  auto module = parseModule(text);
  if (!module) {
    llvm::consumeError(module.takeError());
    return 0;
  }
  std::vector<std::string> entries;
  for (const Function &function : (*module)->functions)
    if (function.entry)
      entries.push_back(function.name);
  DeviceMemory memory;
  auto program = Program::load(std::move(*module), memory);
  if (!program) {
    llvm::consumeError(program.takeError());
    return 0;
  }
  for (const std::string &entry : entries)
    llvm::consumeError((*program)->kernel(entry).takeError());
  return 0;
}
