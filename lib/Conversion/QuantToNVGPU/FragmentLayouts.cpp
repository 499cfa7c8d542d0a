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

Value mlir::quantmlir::swizzleChunk(KernelBuilder &b, Value row, Value chunk) {
  return b.bitXor(chunk, b.rem(b.div(row, 2), tileK / chunkBytes));
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

/// Loads four 8x16-byte matrices; `row` and `chunk` are this lane's.
static Value loadMatrices(KernelBuilder &b, Value tile, Value row,
                          Value chunk) {
  Value column = b.mul(swizzleChunk(b, row, chunk), chunkBytes);
  return nvgpu::LdMatrixOp::create(b, getAFragmentType(b.getContext()), tile,
                                   ValueRange{row, column},
                                   /*transpose=*/false, /*numTiles=*/4);
}

// Matrix i of A is register i: rows 8 * (i mod 2) …, bytes 16 * (i / 2) ….
Value mlir::quantmlir::loadAFragment(KernelBuilder &b, Value tile, Value lane,
                                     Value row, int64_t k) {
  Value laneRow = b.add(row, b.rem(lane, mmaM));
  Value chunk = b.add(b.div(lane, mmaM), k / chunkBytes);
  return loadMatrices(b, tile, laneRow, chunk);
}

// Matrices 0 and 1 are the registers of the first fragment, 2 and 3 those of
// the second: rows 8 * (i / 2) …, bytes 16 * (i mod 2) ….
std::pair<Value, Value> mlir::quantmlir::loadBFragments(KernelBuilder &b,
                                                        Value tile, Value lane,
                                                        Value column,
                                                        int64_t k) {
  Value matrix = b.div(lane, 8);
  Value laneRow =
      b.add(column, b.add(b.rem(lane, 8), b.mul(b.div(matrix, 2), mmaN)));
  Value chunk = b.add(b.rem(matrix, 2), k / chunkBytes);
  Value registers = loadMatrices(b, tile, laneRow, chunk);

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
