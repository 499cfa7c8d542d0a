//===- Statistics.cpp - fuzzing of the statistics reader ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the file and derives what passes ask of statistics.
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "quant-mlir/Statistics/Statistics.h"

using namespace mlir::quantmlir;

// libFuzzer chose the name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  File file(data, size);
  auto statistics = Statistics::read(file.getPath());
  if (!statistics) {
    llvm::consumeError(statistics.takeError());
    return 0;
  }
  for (const auto &entry : statistics->observers)
    if (entry.second.getMeanAbs().size() != entry.second.absmax.size())
      std::abort();
  return 0;
}
