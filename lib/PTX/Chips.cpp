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

// From the release notes of the PTX ISA, chapter "Release Notes".
std::optional<unsigned> firstVersion(StringRef chip) {
  static constexpr struct {
    const char *name;
    unsigned version;
  } chips[] = {
      {"30", 60},   {"32", 60},   {"35", 60},   {"37", 60},   {"50", 60},
      {"52", 60},   {"53", 60},   {"60", 60},   {"61", 60},   {"62", 60},
      {"70", 60},   {"72", 61},   {"75", 63},   {"80", 70},   {"86", 71},
      {"87", 74},   {"88", 73},   {"89", 78},   {"90", 78},   {"90a", 80},
      {"100", 86},  {"100a", 86}, {"100f", 88}, {"101", 86},  {"101a", 86},
      {"101f", 88}, {"103", 88},  {"103a", 88}, {"103f", 88}, {"110", 90},
      {"110a", 90}, {"110f", 90}, {"120", 87},  {"120a", 87}, {"120f", 88},
      {"121", 88},  {"121a", 88}, {"121f", 88}};
  chip.consume_front("sm_");
  for (auto [name, version] : chips)
    if (chip == name)
      return version;
  return std::nullopt;
}

} // namespace quantmlir::ptx
