//===- HalfFragments.h - who holds what in an f16 or bf16 mma ---*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layouts of `mma.m16n8k16` with 16-bit floats, and how 4-bit codes become
// its B fragments. Sources: PTX ISA, "Matrix Fragments for mma.m16n8k16 with
// floating point type" and "Warp-level matrix load instruction: ldmatrix". With
// lane = 4 * g + t, a register holds 2 floats of consecutive k:
//
//   A, register r: row g + 8 * (r mod 2), k = 2 * t + 8 * (r / 2) … + 1
//   B, register r: column g,              k = 2 * t + 8 * r       … + 1
//   C, register r: row g + 8 * (r / 2),   column 2 * t + r mod 2
//
// C is that of the integer mma: FragmentLayouts.h.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_HALFFRAGMENTS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_HALFFRAGMENTS_H

#include "FragmentLayouts.h"

#include <array>

namespace mlir::quantmlir {

/// Columns of K of one `mma.sync` on 16-bit floats.
constexpr int64_t halfMmaK = 16;

/// The four registers of an A fragment, as i32.
using AFragment = std::array<Value, 4>;
AFragment loadHalfAFragment(KernelBuilder &b, Value shared, Value offset);

/// What an element of a B fragment of codes counts: a power of two, by which
/// sums of products are to be divided at the end.
double getCodeUnit(FloatType type);

/// What is added to codes in their unit, a pair: the zero point's negative, for
/// codes without zero points, and for two columns whose zero points are the low
/// bytes of an i32, with 8 added like the codes.
Value getCodeOffset(KernelBuilder &b, FloatType type);
std::array<Value, 2> getCodeOffsets(KernelBuilder &b, FloatType type,
                                    Value zeros);

/// The two registers of a B fragment, as i32.
using BFragment = std::array<Value, 2>;

/// Unpacks a word of codes in the order of fragments (FragmentOrder.h): those
/// of columns g and g + 8, in the unit of codes. Exact: differences of codes
/// and zero points are small integers.
std::array<BFragment, 2> unpackCodes(KernelBuilder &b, FloatType type,
                                     Value word,
                                     const std::array<Value, 2> &offsets);

/// The four f32 of a C fragment.
using CFragment = std::array<Value, 4>;
CFragment multiplyHalf(KernelBuilder &b, FloatType type, const AFragment &a,
                       const BFragment &w, const CFragment &sums);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_HALFFRAGMENTS_H
