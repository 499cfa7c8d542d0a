//===- FragmentLayouts.cpp - who holds what in an integer mma -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FragmentLayouts.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Codes in one 32-bit register.
static constexpr int64_t codesPerRegister = 4;

Value mlir::quantmlir::getChunkOffset(KernelBuilder &b, Value row,
                                      Value chunk) {
  Value place = b.bitXor(chunk, b.rem(b.div(row, 2), tileK / chunkBytes));
  return b.add(b.mul(row, tileK), b.mul(place, chunkBytes));
}

VectorType mlir::quantmlir::getAFragmentType(MLIRContext *context) {
  return VectorType::get({4, codesPerRegister}, IntegerType::get(context, 8));
}

VectorType mlir::quantmlir::getBFragmentType(MLIRContext *context) {
  return VectorType::get({2, codesPerRegister}, IntegerType::get(context, 8));
}

VectorType mlir::quantmlir::getCFragmentType(MLIRContext *context) {
  return VectorType::get({2, 2}, IntegerType::get(context, 32));
}

// Matrix i of A is register i: rows 8 * (i mod 2) …, bytes 16 * (i / 2) ….
Value mlir::quantmlir::getALaneOffset(KernelBuilder &b, Value lane) {
  return getChunkOffset(b, b.rem(lane, mmaM), b.div(lane, mmaM));
}

// Matrices 0 and 1 are the registers of the first fragment, 2 and 3 those of
// the second: rows 8 * (i / 2) …, bytes 16 * (i mod 2) ….
Value mlir::quantmlir::getBLaneOffset(KernelBuilder &b, Value lane) {
  Value matrix = b.div(lane, 8);
  Value row = b.add(b.rem(lane, 8), b.mul(b.div(matrix, 2), mmaN));
  return getChunkOffset(b, row, b.rem(matrix, 2));
}

Value mlir::quantmlir::loadAFragment(KernelBuilder &b, Value shared,
                                     Value offset) {
  return nvgpu::LdMatrixOp::create(b, getAFragmentType(b.getContext()), shared,
                                   offset, /*transpose=*/false,
                                   /*numTiles=*/4);
}

std::pair<Value, Value>
mlir::quantmlir::loadBFragments(KernelBuilder &b, Value shared, Value offset) {
  Value registers = loadAFragment(b, shared, offset);
  // vector.extract_strided_slice would leave an unrealized cast behind.
  auto fragment = [&](int64_t first) {
    Value result = b.zero(getBFragmentType(b.getContext()));
    for (int64_t r = 0; r < 2; ++r) {
      Value codes = vector::ExtractOp::create(b, registers, first + r);
      result = vector::InsertOp::create(b, codes, result, r);
    }
    return result;
  };
  return {fragment(0), fragment(2)};
}

Value mlir::quantmlir::getCFragmentRow(KernelBuilder &b, Value lane,
                                       int64_t half) {
  return b.add(b.div(lane, 4), 8 * half);
}

Value mlir::quantmlir::getCFragmentColumn(KernelBuilder &b, Value lane,
                                          int64_t j) {
  return b.add(b.mul(b.rem(lane, 4), 2), j);
}
