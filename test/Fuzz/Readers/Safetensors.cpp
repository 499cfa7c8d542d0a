//===- Safetensors.cpp - fuzzing of the safetensors reader ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Opens the file and reads every byte of every tensor.
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "quant-mlir/Target/Safetensors.h"

using namespace mlir::quantmlir;

// libFuzzer chose the name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  File file(data, size);
  auto opened = SafetensorsFile::open(file.getPath());
  if (!opened) {
    llvm::consumeError(opened.takeError());
    return 0;
  }
  volatile char sum = 0;
  for (const StoredTensor &tensor : (*opened)->getTensors()) {
    if ((*opened)->lookup(tensor.name) != &tensor)
      std::abort();
    for (char byte : tensor.data)
      sum = char(sum + byte);
  }
  return 0;
}
