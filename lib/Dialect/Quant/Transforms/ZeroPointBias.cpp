//===- ZeroPointBias.cpp - take back the input's zero point ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZeroPointBias.h"

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;

FailureOr<std::optional<std::string>>
mlir::quantmlir::getZeroPointObstacle(Linear linear) {
  using Obstacle = std::optional<std::string>;
  std::optional<BiasAdd> add = matchFloatBias(linear);
  if (!add)
    return Obstacle();
  Type type = getElementTypeOrSelf(add->bias);
  if (!type.isF32())
    return Obstacle(llvm::formatv("its bias, which would take it back, is of "
                                  "{0} and not of f32",
                                  type)
                        .str());
  if (ConstantTensor::get(add->bias))
    return Obstacle();
  if (isWeight(add->bias))
    return emitMissingData(linear, "bias", add->bias, "quant-quantize");
  return Obstacle("its bias, which would take it back, is no constant");
}

/// The sum of each row of N×K codes.
static SmallVector<int64_t> getRowSums(ElementsAttr codes) {
  ArrayRef<int64_t> shape = codes.getShapedType().getShape();
  SmallVector<int64_t> sums(shape[0], 0);
  if (auto dense = dyn_cast<DenseElementsAttr>(codes)) {
    for (auto [i, code] : llvm::enumerate(dense.getValues<int8_t>()))
      sums[i / shape[1]] += code;
    return sums;
  }
  ArrayRef<char> bytes = ConstantTensor::get(codes)->getRawBytes();
  for (size_t i = 0, e = bytes.size(); i < e; ++i)
    sums[i / shape[1]] += static_cast<int8_t>(bytes[i]);
  return sums;
}

Value mlir::quantmlir::createBiasForZeroPoint(OpBuilder &builder, Location loc,
                                              StringRef name, Value bias,
                                              const QuantizedWeight &weight,
                                              numerics::GroupParameters input) {
  SmallVector<int64_t> sums = getRowSums(weight.codes);
  SmallVector<float> biasStorage, scaleStorage, values;
  ArrayRef<float> scales =
      *ConstantTensor::get(weight.scales)->getFloats(scaleStorage);
  ArrayRef<float> old;
  if (bias)
    old = *ConstantTensor::get(bias)->getFloats(biasStorage);
  for (auto [n, sum] : llvm::enumerate(sums))
    values.push_back(numerics::getBiasForZeroPoint(
        bias ? old[n] : 0.0f, input.zero, sum, input.scale,
        scales[scales.size() == 1 ? 0 : n]));
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()),
                                    builder.getF32Type());
  std::string key = name.empty() ? "" : (name + ".bias").str();
  return createFloatConstant(builder, loc, key, type, values);
}
