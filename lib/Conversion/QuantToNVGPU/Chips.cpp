//===- Chips.cpp - GPUs that kernels are made for -------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir::quantmlir;

// Integer mma.m16n8k32 and cp.async start with sm_80.
static constexpr Chip chips[] = {
    {"sm_80", "+ptx80"},  {"sm_86", "+ptx80"},  {"sm_89", "+ptx80"},
    {"sm_90", "+ptx80"},  {"sm_90a", "+ptx80"}, {"sm_100", "+ptx86"},
    {"sm_120", "+ptx87"},
};

const Chip *mlir::quantmlir::lookupChip(StringRef name) {
  const Chip *chip =
      find_if(chips, [&](const Chip &c) { return c.name == name; });
  return chip == std::end(chips) ? nullptr : chip;
}

std::string mlir::quantmlir::getUnsupportedChipMessage(StringRef name) {
  auto names = map_range(chips, [](const Chip &c) { return c.name; });
  return ("unsupported chip '" + name + "'; supported: " + join(names, ", "))
      .str();
}
