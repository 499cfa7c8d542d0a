//===- StoredTensors.cpp - tensors of files as constants ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/StoredTensors.h"

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;
using namespace mlir::quantmlir;

/// No kernel reads wider units than a cache line.
static constexpr uint64_t maxAlignment = 64;

static std::optional<DType> getIntegerDType(IntegerType type) {
  switch (type.getWidth()) {
  case 1:
    return DType::Bool;
  case 8:
    return type.isUnsigned() ? DType::U8 : DType::I8;
  case 16:
    return type.isUnsigned() ? DType::U16 : DType::I16;
  case 32:
    return type.isUnsigned() ? DType::U32 : DType::I32;
  case 64:
    return type.isUnsigned() ? DType::U64 : DType::I64;
  default:
    return std::nullopt;
  }
}

std::optional<DType> mlir::quantmlir::getDType(Type type) {
  using Result = std::optional<DType>;
  return llvm::TypeSwitch<Type, Result>(type)
      .Case([](IntegerType integer) { return getIntegerDType(integer); })
      .Case([](Float16Type) { return DType::F16; })
      .Case([](BFloat16Type) { return DType::BF16; })
      .Case([](Float32Type) { return DType::F32; })
      .Case([](Float64Type) { return DType::F64; })
      .Case([](Float8E4M3FNType) { return DType::F8E4M3; })
      .Case([](Float8E5M2Type) { return DType::F8E5M2; })
      .Default([](Type) { return std::nullopt; });
}

/// True if elements of `from` become `to` without loss: the same type, or bf16
/// and f16 where f32 is asked.
static bool isLosslessConversion(DType from, DType to) {
  bool widens = (from == DType::F16 || from == DType::BF16) && to == DType::F32;
  // Our integer types carry no sign, so neither bit pattern is converted.
  bool sameBits = (from == DType::U8 && to == DType::I8) ||
                  (from == DType::U16 && to == DType::I16) ||
                  (from == DType::U32 && to == DType::I32) ||
                  (from == DType::U64 && to == DType::I64);
  return from == to || widens || sameBits;
}

/// Exact. The exponent is moved to f32's range by a multiplication, which
/// normalises subnormals on the way.
static float widenF16(uint16_t bits) {
  uint32_t magnitude = uint32_t(bits & 0x7fff) << 13;
  float value;
  std::memcpy(&value, &magnitude, sizeof(value));
  value *= 0x1p112f;
  if ((bits & 0x7c00) == 0x7c00) {
    magnitude |= 0x7f800000;
    std::memcpy(&value, &magnitude, sizeof(value));
  }
  return bits & 0x8000 ? -value : value;
}

void mlir::quantmlir::widenToF32(const StoredTensor &tensor,
                                 MutableArrayRef<float> result) {
  const char *data = tensor.data.data();
  for (float &value : result) {
    uint16_t bits;
    std::memcpy(&bits, data, sizeof(bits));
    data += sizeof(bits);
    if (tensor.dtype == DType::F16) {
      value = widenF16(bits);
    } else {
      uint32_t wide = uint32_t(bits) << 16;
      std::memcpy(&value, &wide, sizeof(value));
    }
  }
}

/// The elements of `tensor` as those of `type`: shared, copied or widened.
static AsmResourceBlob makeBlob(const StoredTensor &tensor,
                                RankedTensorType type,
                                std::shared_ptr<const void> file) {
  DType wanted = *getDType(type.getElementType());
  uint64_t address = reinterpret_cast<uint64_t>(tensor.data.data());
  uint64_t alignment = std::min(maxAlignment, address & -address);
  bool sameWidth = getDTypeBytes(wanted) == getDTypeBytes(tensor.dtype);
  if (sameWidth && alignment >= getDTypeBytes(wanted))
    return UnmanagedAsmResourceBlob::allocateWithAlign(
        tensor.data, alignment,
        [file = std::move(file)](void *, size_t, size_t) {});

  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      getStorageBytes(type), maxAlignment, /*dataIsMutable=*/true);
  MutableArrayRef<char> bytes = blob.getMutableData();
  if (sameWidth)
    llvm::copy(tensor.data, bytes.begin());
  else
    widenToF32(tensor, {reinterpret_cast<float *>(bytes.data()),
                        static_cast<size_t>(type.getNumElements())});
  return blob;
}

llvm::Expected<DenseResourceElementsAttr>
mlir::quantmlir::makeResource(const StoredTensor &tensor, RankedTensorType type,
                              std::shared_ptr<const void> file) {
  std::optional<DType> wanted = getDType(type.getElementType());
  if (!wanted || type.getShape() != ArrayRef<int64_t>(tensor.shape) ||
      !isLosslessConversion(tensor.dtype, *wanted)) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return llvm::createStringError("tensor '" + tensor.name + "' is " +
                                   describe(tensor) + ", but the module asks " +
                                   text);
  }
  std::string key = getFreeResourceKey(type.getContext(), tensor.name);
  auto &manager =
      DenseResourceElementsHandle::getManagerInterface(type.getContext());
  return DenseResourceElementsAttr::get(
      type, manager.insert(key, makeBlob(tensor, type, std::move(file))));
}
