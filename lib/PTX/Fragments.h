//===- Fragments.h - where mma operands are -----------------------*- C++
//-*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The element of a matrix that a thread's register holds, as the PTX ISA's
// section "Matrix Fragments for mma" (9.7.15.5) draws it. Written for the
// emulator alone: the kernels' lowering has its own, so that each checks the
// other.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_FRAGMENTS_H
#define QUANTMLIR_LIB_PTX_FRAGMENTS_H

namespace quantmlir::ptx {

struct Element {
  unsigned row, column;
};

/// Element `item` of register `reg` of A, which has `rows` rows (8 or 16) and
/// `items` elements to a register.
constexpr Element fragmentA(unsigned rows, unsigned items, unsigned lane,
                            unsigned reg, unsigned item) {
  unsigned group = lane / 4, thread = lane % 4;
  unsigned rowBlock = rows == 16 ? reg % 2 : 0;
  unsigned columnBlock = rows == 16 ? reg / 2 : reg;
  return {group + 8 * rowBlock,
          thread * items + item + 4 * items * columnBlock};
}

/// The same of B, which has 8 columns.
constexpr Element fragmentB(unsigned items, unsigned lane, unsigned reg,
                            unsigned item) {
  unsigned group = lane / 4, thread = lane % 4;
  return {thread * items + item + 4 * items * reg, group};
}

/// The same of C and D; pairs of f16 share a register, all else has its own.
constexpr Element fragmentC(unsigned items, unsigned lane, unsigned reg,
                            unsigned item) {
  unsigned group = lane / 4, thread = lane % 4;
  unsigned index = reg * items + item;
  return {group + 8 * (index / 2), thread * 2 + index % 2};
}

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_FRAGMENTS_H
