//===- TensorMap.h - descriptors of tensor copies ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The 128-byte object that cp.async.bulk.tensor takes (5.5.8). NVIDIA does not
// publish its layout, so the emulator has one of its own: a host that prepares
// kernels for the emulator encodes its descriptors here, with the parameters of
// the CUDA driver's cuTensorMapEncodeTiled.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_PTX_TENSORMAP_H
#define QUANTMLIR_PTX_TENSORMAP_H

#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>

namespace quantmlir::ptx {

struct TensorMap {
  /// In the order of CUtensorMapDataType.
  enum class Element : uint8_t {
    U8,
    U16,
    U32,
    S32,
    U64,
    S64,
    F16,
    F32,
    F64,
    BF16,
    F32Ftz,
    TF32,
    TF32Ftz
  };
  /// In the order of CUtensorMapSwizzle: 16-byte pieces of shared memory are
  /// exchanged within spans of so many bytes.
  enum class Swizzle : uint8_t { None, Bytes32, Bytes64, Bytes128 };

  static constexpr unsigned bytes = 128;
  static constexpr unsigned maxRank = 5;
  using Object = std::array<uint8_t, bytes>;

  Element element = Element::U8;
  Swizzle swizzle = Swizzle::None;
  unsigned rank = 1;
  /// Device address, a multiple of 16.
  uint64_t address = 0;
  /// Elements along each dimension, the contiguous one first.
  uint64_t extents[maxRank] = {1, 1, 1, 1, 1};
  /// Bytes between neighbours along the dimensions after the first.
  uint64_t strides[maxRank - 1] = {0, 0, 0, 0};
  /// Elements that one copy moves along each dimension.
  uint32_t box[maxRank] = {1, 1, 1, 1, 1};

  unsigned elementBytes() const;
  /// The bytes that one copy moves, and reports to its mbarrier.
  uint64_t boxBytes() const;
  /// The shared-memory offset of what lies at `offset` unless swizzled.
  uint64_t swizzled(uint64_t offset) const;

  /// What cuTensorMapEncodeTiled would refuse, by the requirements that the
  /// "CUDA Driver API" states, and what is not modelled.
  llvm::Error verify() const;
  /// The object, whether it is valid or not: tensormap.replace fills it in
  /// field by field, and a copy verifies it.
  Object encode() const;
  /// An error if the bytes are not such an object.
  static llvm::Expected<TensorMap> decode(const uint8_t *object);
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_PTX_TENSORMAP_H
