//===- SchemeOptions.cpp - how linears are quantized, by options ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SchemeOptions.h"

using namespace mlir;
using namespace mlir::quantmlir;

unsigned SchemeOptions::getActivationBits() const {
  if (activationBits)
    return activationBits;
  return scheme == QuantizationScheme::W4A4 ? 4 : 8;
}

LogicalResult SchemeOptions::check(Location loc) const {
  if (!llvm::is_contained({0, 32, 64, 128}, groupSize))
    return mlir::emitError(loc)
           << "group-size=" << groupSize
           << ": expected 32, 64, 128, or 0 for one group a row";
  if (activationBits && (activationBits < 2 || activationBits > 8))
    return mlir::emitError(loc)
           << "activation-bits=" << activationBits
           << ": expected 2 to 8, or 0 for those of the scheme";
  if (activationBits && !hasIntegerInputs())
    return mlir::emitError(loc)
           << "activation-bits=" << activationBits
           << ": scheme=w4a16 keeps activations in float; choose w4a8";
  return success();
}

WeightFormat SchemeOptions::getWeightFormat(int64_t columns) const {
  WeightFormat format;
  if (!hasGroups()) {
    format.perTensor = weights == WeightScale::PerTensor;
    return format;
  }
  format.bits = 4;
  format.twoLevels = hasIntegerInputs();
  format.groupSize = groupSize ? groupSize : columns;
  format.zeroPoints = zeroPoint;
  return format;
}

LinearFormat SchemeOptions::getLinearFormat(int64_t columns) const {
  LinearFormat format;
  format.input = !hasIntegerInputs() ? InputFormat::Float
                 : isStatic()        ? InputFormat::StaticPerTensor
                                     : InputFormat::DynamicPerToken;
  format.inputBits = getActivationBits();
  format.weight = getWeightFormat(columns);
  return format;
}
