//===- MmaInt8.h - products of int8 fragments -------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_MMAINT8_H
#define QUANTMLIR_LIB_PTX_MMAINT8_H

#include <cstdint>

namespace quantmlir::ptx {

/// Fragments of m16n8k16 (one half of 16 along k) or m16n8k32 (two). Since four
/// lanes of a register hold 16 consecutive bytes of a row, a register is an
/// 8x16 matrix in row order.
struct Int8Operands {
  unsigned halves = 0;
  bool signedA = true, signedB = true;
  const uint32_t *a[4] = {};
  const uint32_t *b[2] = {};
};

/// The products alone, exact, laid out as the accumulator's registers.
void multiplyInt8(const Int8Operands &operands, int32_t (&products)[4][32]);

/// The portable form of it, for comparison.
void multiplyInt8Portable(const Int8Operands &operands,
                          int32_t (&products)[4][32]);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_MMAINT8_H
