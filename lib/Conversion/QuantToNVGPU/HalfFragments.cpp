//===- HalfFragments.cpp - who holds what in an f16 or bf16 mma -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A code u of 0 to 15 in the low bits of a float's mantissa whose unit in the
// last place is 1 makes it magic + u. So a mask that leaves one nibble of each
// half of a word, and an or with two magic numbers, make two floats of integers
// without a conversion; both are one lop3. (It is written as such: ptxas makes
// two instructions of an and and an or with constants.) What is too much, magic
// number and zero point, an exact addition takes away.
//
//   f16:  1024 + u      = 0x6400 | u        nibbles 0 and 4
//         1024 + 16 * u = 0x6400 | u << 4   nibbles 1 and 5, times 1/16 by fma
//   bf16:  128 + u      = 0x4300 | u        7 bits have room for one nibble
//
// The method is that of Kim et al., "Who Says Elephants Can't Run" (arXiv
// 2211.10017), which MARLIN (arXiv 2408.11743) uses too.
//
//===----------------------------------------------------------------------===//

#include "HalfFragments.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t lowNibbles = 0x000f000f, highNibbles = 0x00f000f0;

/// The bits of two magic numbers.
static int64_t getMagic(FloatType type) {
  return type.isF16() ? 0x64006400 : 0x43004300;
}
static float getMagicValue(FloatType type) {
  return type.isF16() ? 1024.0f : 128.0f;
}

//===----------------------------------------------------------------------===//
// Pairs of floats in 32 bits
//===----------------------------------------------------------------------===//

static VectorType getPairType(FloatType type) {
  return VectorType::get({2}, type);
}

static Value toPair(KernelBuilder &b, FloatType type, Value bits) {
  return LLVM::BitcastOp::create(b, getPairType(type), bits);
}

static Value toBits(KernelBuilder &b, Value pair) {
  return LLVM::BitcastOp::create(b, b.getI32Type(), pair);
}

/// (value & mask) | bits, by the truth table of lop3.
static Value maskAndSet(KernelBuilder &b, Value value, Value mask, Value bits) {
  return b.inlineAsm(b.getI32Type(), "lop3.b32 $0, $1, $2, $3, 0xea;",
                     "=r,r,n,r", {value, mask, bits});
}

static Value getInteger(KernelBuilder &b, int64_t value) {
  return arith::ConstantIntOp::create(b, b.getI32Type(), value);
}

static Value getPair(KernelBuilder &b, FloatType type, double value) {
  auto attr = DenseElementsAttr::get(getPairType(type),
                                     b.getFloatAttr(type, value).getValue());
  return arith::ConstantOp::create(b, attr);
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

Value mlir::quantmlir::getHalfChunkOffset(KernelBuilder &b, Value row,
                                          Value chunk) {
  Value place = b.bitXor(chunk, b.rem(row, 8));
  return b.add(b.mul(row, halfRowBytes), b.mul(place, chunkBytes));
}

// Matrix i of A is register i: rows 8 * (i mod 2) …, chunk i / 2.
Value mlir::quantmlir::getHalfALaneOffset(KernelBuilder &b, Value lane) {
  return getHalfChunkOffset(b, b.rem(lane, mmaM), b.div(lane, mmaM));
}

AFragment mlir::quantmlir::loadHalfAFragment(KernelBuilder &b, Value shared,
                                             Value offset) {
  Value loaded = loadAFragment(b, shared, offset);
  AFragment fragment;
  for (int64_t r = 0; r < 4; ++r) {
    Value bytes = vector::ExtractOp::create(b, loaded, r);
    fragment[r] = LLVM::BitcastOp::create(b, b.getI32Type(), bytes);
  }
  return fragment;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

CodeOffsets mlir::quantmlir::getCodeOffsets(KernelBuilder &b, FloatType type) {
  double magic = getMagicValue(type), zero = fragments::codeOffset;
  return {getPair(b, type, -magic - zero),
          type.isF16() ? getPair(b, type, -magic / 16 - zero) : Value()};
}

CodeOffsets mlir::quantmlir::getCodeOffsets(KernelBuilder &b, FloatType type,
                                            Value zeros, int64_t byte) {
  // A permutation of bytes puts the zero point into both halves, below the
  // upper bytes of two magic numbers with their signs.
  constexpr int64_t signs = 0x80008000;
  const int64_t selector = 0x5050 | byte << 8 | byte;
  Value bits = b.inlineAsm(
      b.getI32Type(), "prmt.b32 $0, $1, $2, $3;", "=r,r,r,n",
      {zeros, getInteger(b, getMagic(type) | signs), getInteger(b, selector)});
  Value low = toPair(b, type, bits);
  if (!type.isF16())
    return {low, Value()};
  double difference = getMagicValue(type) * (1 - 1. / 16);
  return {low, arith::AddFOp::create(b, low, getPair(b, type, difference))};
}

std::array<BFragment, 2>
mlir::quantmlir::unpackCodes(KernelBuilder &b, FloatType type, Value word,
                             const std::array<CodeOffsets, 2> &offsets) {
  Value magic = getInteger(b, getMagic(type));
  auto shift = [&](int64_t bits) -> Value {
    return bits == 0 ? word
                     : arith::ShRUIOp::create(b, word, getInteger(b, bits))
                           .getResult();
  };
  auto getNibbles = [&](Value codes, int64_t mask) {
    return toPair(b, type, maskAndSet(b, codes, getInteger(b, mask), magic));
  };
  std::array<BFragment, 2> fragments;
  for (int64_t i = 0; i < 2; ++i) {
    Value codes = shift(8 * i);
    Value low =
        arith::AddFOp::create(b, getNibbles(codes, lowNibbles), offsets[i].low);
    Value high;
    if (type.isF16())
      high = LLVM::FMAOp::create(b, getNibbles(codes, highNibbles),
                                 getPair(b, type, 1. / 16), offsets[i].high);
    else
      high = arith::AddFOp::create(b, getNibbles(shift(8 * i + 4), lowNibbles),
                                   offsets[i].low);
    fragments[i] = {toBits(b, low), toBits(b, high)};
  }
  return fragments;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

CFragment mlir::quantmlir::multiplyHalf(KernelBuilder &b, FloatType type,
                                        const AFragment &a, const BFragment &w,
                                        const CFragment &sums) {
  // NVVM has pairs of f16, but bf16 in 32 bits.
  auto getOperands = [&](ArrayRef<Value> bits) {
    return llvm::map_to_vector(bits, [&](Value operand) {
      return type.isF16() ? toPair(b, type, operand) : operand;
    });
  };
  auto ptxType = type.isF16() ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
  auto results = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  auto mma = NVVM::MmaOp::create(
      b, results, getOperands(a), getOperands(w), ValueRange(sums),
      ArrayRef<int64_t>{mmaM, mmaN, halfMmaK}, /*b1Op=*/std::nullopt,
      /*intOverflow=*/std::nullopt, std::array{ptxType, ptxType},
      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  CFragment next;
  for (int64_t r = 0; r < 4; ++r)
    next[r] = LLVM::ExtractValueOp::create(b, mma.getRes(), r);
  return next;
}
