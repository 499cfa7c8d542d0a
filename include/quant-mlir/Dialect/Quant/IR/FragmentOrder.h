//===- FragmentOrder.h - 4-bit weights as tensor cores read them *- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the codes, scales and zero points of a `quant.group_matmul` with
// `fragment_order` lie. The idea of packing weights offline so that each thread
// reads its fragments by 16 bytes and unpacks them by masks is that of MARLIN
// (Frantar et al., arXiv 2408.11743); the order is ours.
//
// A block is 16 rows × 64 columns of the weight: 512 bytes, 16 for each lane of
// a warp. Word w of a lane's four holds step w of 16 columns: with
// lane = 4 * g + t, the two B fragments of `mma.m16n8k16` (PTX ISA, "Matrix
// Fragments for mma.m16n8k16") of rows g and g + 8. A fragment's two registers
// hold pairs of columns 2t, 2t + 1 and 2t + 8, 2t + 9. Pair p of the word's
// four has its even column in nibble p and its odd one in nibble p + 4: the
// halves of the register that a mask and a shift make of it.
//
//   nibble        7   6   5   4   3   2   1   0
//   row           g+8 g+8 g   g   g+8 g+8 g   g
//   column - 2t   9   1   9   1   8   0   8   0
//
// With integer activations the fragments are those of `mma.m16n8k32`: words 0
// and 1 of a lane's four are row g, 2 and 3 row g + 8, each of a pair a step of
// 32 columns. A fragment's two registers hold columns 4t … 4t + 3 and the same
// 16 further: the word's low nibbles are the first register's bytes, the high
// ones the second's. The two words of a row are a fragment of `mma.m16n8k64` on
// 4-bit codes as well, of columns in another order.
//
//   nibble        7   6   5   4   3   2   1   0
//   column - 4t   19  3   18  2   17  1   16  0
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_IR_FRAGMENTORDER_H
#define QUANT_MLIR_DIALECT_QUANT_IR_FRAGMENTORDER_H

#include "llvm/Support/MathExtras.h"

#include <cstdint>

namespace mlir::quantmlir::fragments {

constexpr int64_t blockRows = 16, blockColumns = 64, blockBytes = 512;

/// What codes and zero points have added, so that nibbles are not negative.
/// Codes for integer activations have not.
constexpr int32_t codeOffset = 8;

constexpr int64_t getNumRowBlocks(int64_t rows) {
  return llvm::divideCeil(rows, blockRows);
}
constexpr int64_t getNumColumnBlocks(int64_t columns) {
  return llvm::divideCeil(columns, blockColumns);
}

/// The byte of its block that holds the code of row n and column k, and the
/// code's first bit in it.
struct CodePlace {
  int64_t byte;
  unsigned shift;
};
constexpr CodePlace getCodePlace(int64_t n, int64_t k) {
  int64_t lane = n % 8 * 4 + k % 8 / 2, word = k % blockColumns / 16;
  int64_t nibble = n % blockRows / 8 * 2 + k % 16 / 8 + k % 2 * 4;
  return {lane * 16 + word * 4 + nibble / 2,
          static_cast<unsigned>(nibble % 2 * 4)};
}

/// The same for integer activations.
constexpr CodePlace getIntegerCodePlace(int64_t n, int64_t k) {
  int64_t lane = n % 8 * 4 + k % 16 / 4;
  int64_t word = n % blockRows / 8 * 2 + k % blockColumns / 32;
  return {lane * 16 + word * 4 + k % 4, static_cast<unsigned>(k % 32 / 16 * 4)};
}

/// Where among the scales of a group that of row n lies: a lane finds those of
/// the four columns of its two C fragments side by side.
constexpr int64_t getScalePlace(int64_t n) {
  int64_t inBlock = n % blockRows;
  return n - inBlock + inBlock % 8 / 2 * 4 + inBlock / 8 * 2 + inBlock % 2;
}

/// The same of a zero point, and of an integer scale: beside that of the row 8
/// below or above. Four lanes' four columns of two C fragments also lie side by
/// side, those of the second fragment in between.
constexpr int64_t getZeroPlace(int64_t n) {
  int64_t inBlock = n % blockRows;
  return n - inBlock + inBlock % 8 * 2 + inBlock / 8;
}

} // namespace mlir::quantmlir::fragments

#endif // QUANT_MLIR_DIALECT_QUANT_IR_FRAGMENTORDER_H
