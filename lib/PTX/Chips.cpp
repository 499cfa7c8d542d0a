//===- Chips.cpp - limits of GPUs -----------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/PTX/Emulator.h"

using namespace llvm;

namespace quantmlir::ptx {

// "Maximum amount of shared memory per thread block" of the CUDA C++
// Programming Guide's table of technical specifications.
std::optional<uint64_t> sharedMemoryLimit(StringRef chip) {
  static constexpr struct {
    unsigned number;
    unsigned kilobytes;
  } limits[] = {{70, 96},   {72, 96},   {75, 64},  {80, 163},  {86, 99},
                {87, 163},  {89, 99},   {90, 227}, {100, 227}, {101, 227},
                {103, 227}, {110, 227}, {120, 99}, {121, 99}};
  unsigned number = 0;
  if (!chip.consume_front("sm_") || chip.consumeInteger(10, number) ||
      !(chip.empty() || chip == "a" || chip == "f"))
    return std::nullopt;
  for (auto [known, kilobytes] : limits)
    if (known == number)
      return kilobytes * 1024;
  return std::nullopt;
}

} // namespace quantmlir::ptx
