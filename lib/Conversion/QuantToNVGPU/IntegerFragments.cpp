//===- IntegerFragments.cpp - 4-bit weights as integer fragments ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Four codes c of a word's low nibbles, as bytes u = c + 8 (one lop3), times
// the group's scale s, plus the same in each byte, are one multiplication and
// addition of 32 bits:
//
//   u * s + (128 - (z + 8) * s) = (c - z) * s + 128
//
// Each byte's result is from 0 to 255, because (c - z) * s fits into 8 bits;
// so as a number of digits to the base 256 the sum is right, whatever carries
// there are on the way. An exor takes the 128 away: 2 instructions for the
// multiplication of four codes. That is the method of LiquidGEMM (arXiv
// 2509.01229). The high nibbles cost a shift more.
//
//===----------------------------------------------------------------------===//

#include "IntegerFragments.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t everyByte = 0x01010101, lowNibbles = 0x0f0f0f0f;
static constexpr int64_t signBit = 128;

static Value getInteger(KernelBuilder &b, int64_t value) {
  return arith::ConstantIntOp::create(b, b.getI32Type(),
                                      static_cast<int32_t>(value));
}

/// A lop3 of `value`, a constant mask and `other`, by its truth table. (ptxas
/// makes two instructions of two operations with constants.)
static Value createLop3(KernelBuilder &b, StringRef table, Value value,
                        int64_t mask, Value other) {
  return b.inlineAsm(b.getI32Type(),
                     ("lop3.b32 $0, $1, $2, $3, " + table + ";").str(),
                     "=r,r,n,r", {value, getInteger(b, mask), other});
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

std::array<Value, 2> mlir::quantmlir::packToNibbles(KernelBuilder &b,
                                                    const AFragment &bytes) {
  std::array<Value, 2> nibbles;
  for (int64_t i = 0; i < 2; ++i) {
    Value high = arith::ShLIOp::create(b, bytes[i + 2], getInteger(b, 4));
    // mask ? bytes : high
    nibbles[i] = createLop3(b, "0xe2", bytes[i], lowNibbles, high);
  }
  return nibbles;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

ByteScale mlir::quantmlir::getByteScale(KernelBuilder &b, Value scale,
                                        Value zero) {
  if (!scale)
    scale = getInteger(b, 1);
  if (!zero)
    zero = getInteger(b, fragments::codeOffset);
  // The difference in each byte, as a multiplication and addition.
  Value less = b.mul(b.mul(zero, scale), getInteger(b, -everyByte));
  return {scale, b.add(less, getInteger(b, signBit * everyByte))};
}

BFragment mlir::quantmlir::unpackToBytes(KernelBuilder &b, Value word,
                                         const ByteScale &scale) {
  Value eights = getInteger(b, fragments::codeOffset * everyByte);
  Value signs = getInteger(b, signBit * everyByte);
  BFragment registers;
  for (int64_t i = 0; i < 2; ++i) {
    Value nibbles = word;
    if (i == 1)
      nibbles = arith::ShRUIOp::create(b, word, getInteger(b, 4));
    // (nibbles & mask) ^ 8: from two's complement to c + 8.
    Value codes = createLop3(b, "0x6a", nibbles, lowNibbles, eights);
    Value scaled = b.add(b.mul(codes, scale.scale), scale.offset);
    registers[i] = b.bitXor(scaled, signs);
  }
  return registers;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

CFragment mlir::quantmlir::multiplyIntegers(KernelBuilder &b, int64_t bits,
                                            ArrayRef<Value> a,
                                            ArrayRef<Value> w,
                                            const CFragment &sums) {
  // A register of four lanes has 128 bits of a row.
  const int64_t columns = static_cast<int64_t>(a.size()) / 2 * 128 / bits;
  auto ptxType = bits == 8 ? NVVM::MMATypes::s8 : NVVM::MMATypes::s4;
  auto results = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(4, b.getI32Type()));
  auto mma = NVVM::MmaOp::create(
      b, results, a, w, ValueRange(sums),
      ArrayRef<int64_t>{mmaM, mmaN, columns}, /*b1Op=*/std::nullopt,
      NVVM::MMAIntOverflow::wrapped, std::array{ptxType, ptxType},
      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  CFragment next;
  for (int64_t r = 0; r < 4; ++r)
    next[r] = LLVM::ExtractValueOp::create(b, mma.getRes(), r);
  return next;
}
