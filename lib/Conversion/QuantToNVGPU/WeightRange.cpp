//===- WeightRange.cpp - whether weights fit into 8 bits ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightRange.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fragments;

namespace {
/// The bytes of an i8 constant.
class Bytes {
public:
  explicit Bytes(const ConstantTensor &tensor) : raw(tensor.getRawBytes()) {
    if (raw.empty() && tensor.getType().getNumElements() > 0)
      splat = cast<DenseElementsAttr>(tensor.getAttr()).getSplatValue<int8_t>();
  }
  int8_t operator[](int64_t index) const {
    return raw.empty() ? splat : static_cast<int8_t>(raw[index]);
  }

private:
  ArrayRef<char> raw;
  int8_t splat = 0;
};

/// The codes of a weight of N rows, in blocks, and what its groups have.
struct Weight {
  Bytes codes, scales;
  std::optional<Bytes> zeros;
  int64_t rowBlocks, columnBlocks, groups, groupSize;

  int32_t getCode(int64_t n, int64_t k) const {
    CodePlace place = getIntegerCodePlace(n, k);
    int64_t block = n / blockRows * columnBlocks + k / blockColumns;
    return llvm::SignExtend32<4>(codes[block * blockBytes + place.byte] >>
                                 place.shift);
  }
  /// Scales and zero points lie at the same place.
  int64_t getPlace(int64_t n, int64_t g) const {
    return g * rowBlocks * blockRows + getZeroPlace(n);
  }
  bool fits(int64_t n, int64_t g) const;
};
} // namespace

/// True if the codes of a row's group do. Most scales let any code fit.
bool Weight::fits(int64_t n, int64_t g) const {
  int32_t scale = scales[getPlace(n, g)];
  int32_t zero = zeros ? (*zeros)[getPlace(n, g)] - codeOffset : 0;
  auto fit = [&](int32_t code) {
    return llvm::isInt<8>((code - zero) * scale);
  };
  if (fit(-codeOffset) && fit(codeOffset - 1))
    return true;
  int64_t end = std::min((g + 1) * groupSize, columnBlocks * blockColumns);
  for (int64_t k = g * groupSize; k < end; ++k)
    if (!fit(getCode(n, k)))
      return false;
  return true;
}

LogicalResult mlir::quantmlir::checkWeightRange(GroupMatmulOp op,
                                                std::string &whyNot) {
  auto codes = ConstantTensor::get(op.getCodes());
  if (!op.hasIntegerInput() || !op.getFragmentOrder() || !op.getScales() ||
      !codes)
    return success();
  auto scales = ConstantTensor::get(op.getScales());
  std::optional<ConstantTensor> zeros;
  if (op.getZeros())
    zeros = ConstantTensor::get(op.getZeros());
  if (!scales || (op.getZeros() && !zeros))
    return success();
  Weight weight{Bytes(*codes),
                Bytes(*scales),
                zeros ? std::optional<Bytes>(*zeros) : std::nullopt,
                codes->getType().getDimSize(0),
                codes->getType().getDimSize(1),
                scales->getType().getDimSize(0),
                static_cast<int64_t>(op.getGroupSize())};
  for (int64_t n = 0; n < weight.rowBlocks * blockRows; ++n)
    for (int64_t g = 0; g < weight.groups; ++g)
      if (!weight.fits(n, g)) {
        whyNot = llvm::formatv(
            "the scale of group {0} of row {1}, {2}, takes a code of its "
            "beyond "
            "8 bits; quantize the weight with smaller scales of groups",
            g, n, int(weight.scales[weight.getPlace(n, g)]));
        return failure();
      }
  return success();
}
