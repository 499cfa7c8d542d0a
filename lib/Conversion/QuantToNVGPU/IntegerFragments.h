//===- IntegerFragments.h - 4-bit weights as integer fragments --*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a word of codes in the order of fragments (FragmentOrder.h) becomes the B
// fragment of `mma.m16n8k32` on 8-bit codes, and how bytes of activations
// become the A fragment of `mma.m16n8k64` on 4-bit ones, whose B fragment the
// words are as they stand. FragmentLayouts.h has the layouts; those of 4 bits
// are the same with 8 codes in a register.
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERFRAGMENTS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERFRAGMENTS_H

#include "HalfFragments.h"

namespace mlir::quantmlir {

/// What makes 8-bit codes of the 4-bit codes of a weight's row in a group: code
/// c becomes (c + 8) * scale + offset in each byte, its value plus 128.
struct ByteScale {
  Value scale, offset;
};

/// From a scale and a zero point plus 8, as i32; null for 1 and 0.
ByteScale getByteScale(KernelBuilder &b, Value scale, Value zero);

/// The fragment of one row and 32 columns. Exact, by a multiplication for four
/// codes, if every value fits into 8 bits.
BFragment unpackToBytes(KernelBuilder &b, Value word, const ByteScale &scale);

/// The registers of an A fragment of 4-bit codes, for the columns of one
/// register of B: of rows g and g + 8, from the bytes of 32 columns.
std::array<Value, 2> packToNibbles(KernelBuilder &b, const AFragment &bytes);

/// sums + a * w by `mma.sync` on codes of `bits`: 32 columns for 4 registers of
/// bytes, or for 2 of nibbles, and 64 for 4 of nibbles; w has half as many. The
/// sums are i32 and wrap.
CFragment multiplyIntegers(KernelBuilder &b, int64_t bits, ArrayRef<Value> a,
                           ArrayRef<Value> w, const CFragment &sums);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_INTEGERFRAGMENTS_H
