//===- CollectingSink.cpp - observed rows into statistics -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CollectingSink.h"

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

using namespace mlir;
using namespace mlir::quantmlir;

void CollectingSink::setMask(const void *mask, RankedTensorType type) {
  int64_t count = type.getNumElements();
  llvm::StringRef bytes(static_cast<const char *>(mask), getStorageBytes(type));
  size_t width = bytes.size() / count;
  kept.resize(count);
  for (int64_t i = 0; i < count; ++i)
    kept[i] = llvm::any_of(bytes.substr(i * width, width),
                           [](char byte) { return byte != 0; });
}

void CollectingSink::observe(llvm::StringRef name, const float *data,
                             int64_t rows, int64_t channels) {
  if (static_cast<int64_t>(kept.size()) != rows)
    return collector.observe(name, data, rows, channels);
  keptRows.clear();
  for (int64_t i = 0; i < rows; ++i)
    if (kept[i])
      keptRows.insert(keptRows.end(), data + i * channels,
                      data + (i + 1) * channels);
  collector.observe(name, keptRows.data(),
                    static_cast<int64_t>(keptRows.size()) / channels, channels);
}
