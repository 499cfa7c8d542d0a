//===- TensorMap.cpp - descriptors of tensor copies -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/PTX/TensorMap.h"

#include "llvm/ADT/Twine.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

namespace {
/// The object's bytes.
struct Layout {
  uint64_t magic;
  uint64_t address;
  uint64_t extents[TensorMap::maxRank];
  uint64_t strides[TensorMap::maxRank - 1];
  uint32_t box[TensorMap::maxRank];
  uint8_t element, swizzle, rank, unused[17];
};
} // namespace
static_assert(sizeof(Layout) == TensorMap::bytes);

/// No CUDA driver writes this.
static constexpr uint64_t magic = 0x70616d726f736e65;

unsigned TensorMap::elementBytes() const {
  static const uint8_t sizes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
  return sizes[unsigned(element)];
}

uint64_t TensorMap::boxBytes() const {
  uint64_t count = elementBytes();
  for (unsigned i = 0; i < rank; ++i)
    count *= box[i];
  return count;
}

// Bits 4 to 6 of the address, the piece within 128 bytes, are combined with
// bits 7 to 9, the row.
uint64_t TensorMap::swizzled(uint64_t offset) const {
  uint64_t pieces = (uint64_t(1) << unsigned(swizzle)) - 1;
  return offset ^ ((offset >> 3) & (pieces << 4));
}

Error TensorMap::verify() const {
  auto fail = [](const Twine &message) {
    return createStringError(inconvertibleErrorCode(),
                             "tensor map: " + message);
  };
  if (element > Element::TF32Ftz)
    return fail("element type " + Twine(unsigned(element)) +
                " is not modelled");
  if (swizzle > Swizzle::Bytes128)
    return fail("swizzle " + Twine(unsigned(swizzle)) + " is not modelled");
  if (rank < 1 || rank > maxRank)
    return fail("rank " + Twine(rank) + " is not from 1 to 5");
  if (address % 16)
    return fail("the address 0x" + Twine::utohexstr(address) +
                " is not a multiple of 16");
  for (unsigned i = 0; i < rank; ++i) {
    if (extents[i] == 0 || extents[i] > (uint64_t(1) << 32))
      return fail("extent " + Twine(extents[i]) + " is not from 1 to 2^32");
    if (box[i] == 0 || box[i] > 256)
      return fail("box of " + Twine(box[i]) +
                  " elements; at most 256 along each dimension");
  }
  for (unsigned i = 0; i + 1 < rank; ++i)
    if (strides[i] % 16 || strides[i] >= (uint64_t(1) << 40))
      return fail("stride of " + Twine(strides[i]) +
                  " bytes is not a multiple of 16 below 2^40");
  uint64_t row = uint64_t(box[0]) * elementBytes();
  if (row % 16)
    return fail("box of " + Twine(row) +
                " bytes along the first dimension, not a multiple of 16");
  uint64_t span = uint64_t(16) << unsigned(swizzle);
  if (swizzle != Swizzle::None && row != span)
    return fail("box of " + Twine(row) +
                " bytes along the first dimension; a swizzle of " +
                Twine(span) + " bytes is modelled for boxes of that width");
  return Error::success();
}

TensorMap::Object TensorMap::encode() const {
  Layout layout = {};
  layout.magic = magic;
  layout.address = address;
  for (unsigned i = 0; i < maxRank; ++i) {
    layout.extents[i] = extents[i];
    layout.box[i] = box[i];
    if (i + 1 < maxRank)
      layout.strides[i] = strides[i];
  }
  layout.element = uint8_t(element);
  layout.swizzle = uint8_t(swizzle);
  layout.rank = uint8_t(rank);
  Object object;
  std::memcpy(object.data(), &layout, bytes);
  return object;
}

Expected<TensorMap> TensorMap::decode(const uint8_t *object) {
  Layout layout;
  std::memcpy(&layout, object, bytes);
  if (layout.magic != magic || layout.element > uint8_t(Element::TF32Ftz) ||
      layout.swizzle > uint8_t(Swizzle::Bytes128))
    return createStringError(
        inconvertibleErrorCode(),
        "the 128 bytes are not a tensor map that was made for the emulator");
  TensorMap map;
  map.element = Element(layout.element);
  map.swizzle = Swizzle(layout.swizzle);
  map.rank = layout.rank;
  map.address = layout.address;
  for (unsigned i = 0; i < maxRank; ++i) {
    map.extents[i] = layout.extents[i];
    map.box[i] = layout.box[i];
    if (i + 1 < maxRank)
      map.strides[i] = layout.strides[i];
  }
  return map;
}

} // namespace quantmlir::ptx
