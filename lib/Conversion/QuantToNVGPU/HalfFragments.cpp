//===- HalfFragments.cpp - who holds what in an f16 or bf16 mma -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A mask leaves one nibble of each half of a word. Taken for a float, the half
// is a multiple of the smallest subnormal number, and stays one where a nibble
// in bits 4 to 7 reaches bf16's exponent: from there to twice the smallest
// normal number floats are as far apart as subnormal ones. So a fused multiply
// and add makes the difference of code and zero point of what the mask leaves,
// without a conversion and exactly. Multipliers are too small for integers as
// results: they are in units of 2^-9 or 2^-6.
//
//            low nibbles, u * smallest   high nibbles   multiplier   unit
//   f16      u * 2^-24                   u * 2^-20      2^15, 2^11   2^-9
//   bf16     u * 2^-133                  u * 2^-129     2^127, 2^123 2^-6
//
// fma on f16 and bf16 has subnormal operands (PTX ISA, "Half Precision Floating
// Point Instructions"). Masks of nibbles that become floats by a single
// instruction are of Kim et al., "Who Says Elephants Can't Run" (arXiv
// 2211.10017), with magic numbers, for which bf16 has no room in bits 4 to 7.
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

/// What becomes of a code of 1: the largest multiplier, of low nibbles.
static double getMultiplier(FloatType type) {
  return type.isF16() ? 0x1p15 : 0x1p127;
}
double mlir::quantmlir::getCodeUnit(FloatType type) {
  return type.isF16() ? 0x1p-9 : 0x1p-6;
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

Value mlir::quantmlir::getCodeOffset(KernelBuilder &b, FloatType type) {
  return getPair(b, type, -fragments::codeOffset * getCodeUnit(type));
}

std::array<Value, 2>
mlir::quantmlir::getCodeOffsets(KernelBuilder &b, FloatType type, Value zeros) {
  // A permutation puts the bytes into the low parts of the halves.
  Value halves =
      b.inlineAsm(b.getI32Type(), "prmt.b32 $0, $1, $2, $3;", "=r,r,r,n",
                  {zeros, getInteger(b, 0), getInteger(b, 0x4140)});
  Value pair = arith::MulFOp::create(b, toPair(b, type, halves),
                                     getPair(b, type, -getMultiplier(type)));
  std::array<Value, 2> offsets;
  for (int64_t i = 0; i < 2; ++i)
    offsets[i] = vector::ShuffleOp::create(b, pair, pair, ArrayRef{i, i});
  return offsets;
}

std::array<BFragment, 2>
mlir::quantmlir::unpackCodes(KernelBuilder &b, FloatType type, Value word,
                             const std::array<Value, 2> &offsets) {
  Value low = getPair(b, type, getMultiplier(type));
  Value high = getPair(b, type, getMultiplier(type) / 16);
  auto unpack = [&](Value codes, int64_t mask, Value multiplier, Value offset) {
    Value masked = b.both(codes, getInteger(b, mask));
    return toBits(
        b, LLVM::FMAOp::create(b, toPair(b, type, masked), multiplier, offset));
  };
  Value further = arith::ShRUIOp::create(b, word, getInteger(b, 8));
  std::array<BFragment, 2> fragments;
  for (auto [codes, offset, fragment] :
       llvm::zip_equal(std::array{word, further}, offsets, fragments))
    fragment = {unpack(codes, lowNibbles, low, offset),
                unpack(codes, highNibbles, high, offset)};
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
