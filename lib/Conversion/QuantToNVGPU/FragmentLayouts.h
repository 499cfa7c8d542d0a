//===- FragmentLayouts.h - who holds what in an integer mma -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layouts of `mma.m16n8k32` with 8-bit operands, in one place. Sources: PTX
// ISA, "Matrix Fragments for mma.m16n8k32" and "Warp-level matrix load
// instruction: ldmatrix". With lane = 4 * g + t, a register holds 4 codes of
// consecutive k:
//
//   A, register r: row g + 8 * (r mod 2), k = 4 * t + 16 * (r / 2) … + 3
//   B, register r: column g,              k = 4 * t + 16 * r       … + 3
//   C, register r: row g + 8 * (r / 2),   column 2 * t + r mod 2
//
// `ldmatrix.x4` reads four matrices of 8 rows of 16 bytes; lanes 8i to 8i + 7
// give the row addresses of matrix i, and lane 4g + t receives bytes 4t to
// 4t + 3 of row g of each.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_FRAGMENTLAYOUTS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_FRAGMENTLAYOUTS_H

#include "ChunkCopies.h"

#include <utility>

namespace mlir::quantmlir {

/// The shape of one `mma.sync`.
constexpr int64_t mmaM = 16, mmaN = 8, mmaK = 32;

/// A row of a tile in shared memory is 64 bytes, 4 chunks. Chunk c of row r
/// lies at chunk c xor ((r / 2) mod 4): eight consecutive rows of one column
/// of chunks then touch all 32 banks once, so `ldmatrix` has no conflicts. The
/// offset in bytes of a chunk:
constexpr int64_t tileK = 64;
Value getChunkOffset(KernelBuilder &b, Value row, Value chunk);

/// Registers of a thread for one operand of `mma.sync`.
VectorType getAFragmentType(MLIRContext *context);
VectorType getBFragmentType(MLIRContext *context);
VectorType getCFragmentType(MLIRContext *context);

/// Where in a swizzled tile, in bytes, a lane's row of the four matrices
/// begins that make an A fragment, of rows [0, 16), or two B fragments, of
/// columns [0, 16), at k = 0. Steps of 16 rows add; a step of k is an exor with
/// the step's bytes, since it changes the chunk alone.
Value getALaneOffset(KernelBuilder &b, Value lane);
Value getBLaneOffset(KernelBuilder &b, Value lane);

/// Loads the A fragment, or two B fragments, from shared memory at the lane's
/// offset.
Value loadAFragment(KernelBuilder &b, Value shared, Value offset);
std::pair<Value, Value> loadBFragments(KernelBuilder &b, Value shared,
                                       Value offset);

/// Row of C fragment element [half][…] and column of element […][j].
Value getCFragmentRow(KernelBuilder &b, Value lane, int64_t half);
Value getCFragmentColumn(KernelBuilder &b, Value lane, int64_t j);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_FRAGMENTLAYOUTS_H
