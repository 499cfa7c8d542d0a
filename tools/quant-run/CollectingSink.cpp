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

llvm::Error CollectingSink::setMask(const void *mask, RankedTensorType type) {
  int64_t count = type.getNumElements();
  assert(count > 0 && "an empty mask is rejected before the first run");
  llvm::StringRef bytes(static_cast<const char *>(mask), getStorageBytes(type));
  size_t width = bytes.size() / count;
  // -0.0 is 0 too; numbers are little-endian.
  char lastBits = isa<FloatType>(type.getElementType()) ? 0x7F : char(0xFF);
  kept.resize(count);
  for (int64_t i = 0; i < count; ++i) {
    llvm::StringRef element = bytes.substr(i * width, width);
    kept[i] =
        (element.back() & lastBits) != 0 ||
        llvm::any_of(element.drop_back(), [](char byte) { return byte != 0; });
  }
  hasKept |= llvm::is_contained(kept, true);
  if (!hasKept)
    return llvm::createStringError(
        "--observe-mask: the mask is 0 everywhere in the first run, which "
        "leaves no row to observe; begin with a sample that is not all "
        "padding");
  return llvm::Error::success();
}

llvm::Error CollectingSink::checkMaskUse(llvm::raw_ostream &warnings) const {
  if (kept.empty() || whole.empty())
    return llvm::Error::success();
  if (masked.empty())
    return llvm::createStringError(
        "--observe-mask: no observed activation has the " +
        llvm::Twine(kept.size()) +
        " rows of the mask, so that it leaves out none; give the argument that "
        "has an element for each row");
  warnings << "quant-run: warning: --observe-mask: " << whole.size() << " of "
           << whole.size() + masked.size()
           << " observed activations do not have the " << kept.size()
           << " rows of the mask and are taken whole, such as '"
           << *whole.begin() << "'\n";
  return llvm::Error::success();
}

void CollectingSink::observe(llvm::StringRef name, const float *data,
                             int64_t rows, int64_t channels) {
  bool isMasked = static_cast<int64_t>(kept.size()) == rows;
  if (!kept.empty())
    (isMasked ? masked : whole).insert(name.str());
  if (!isMasked)
    return collector.observe(name, data, rows, channels);
  keptRows.clear();
  for (int64_t i = 0; i < rows; ++i)
    if (kept[i])
      keptRows.insert(keptRows.end(), data + i * channels,
                      data + (i + 1) * channels);
  collector.observe(name, keptRows.data(),
                    static_cast<int64_t>(keptRows.size()) / channels, channels);
}
