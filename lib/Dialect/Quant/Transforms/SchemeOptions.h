//===- SchemeOptions.h - how linears are quantized, by options --*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCHEMEOPTIONS_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCHEMEOPTIONS_H

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/OutputError.h"

namespace mlir::quantmlir {

/// The options by which `quant-quantize` rounds and passes before it predict
/// what it will do.
struct SchemeOptions {
  QuantizationScheme scheme = QuantizationScheme::W8A8;
  ActivationScale activations = ActivationScale::StaticPerTensor;
  WeightScale weights = WeightScale::PerChannel;
  /// 0 for those of the scheme.
  unsigned activationBits = 0;
  /// 0 for one group a row.
  int64_t groupSize = 128;
  bool zeroPoint = false;

  bool hasIntegerInputs() const { return scheme != QuantizationScheme::W4A16; }
  bool hasGroups() const { return scheme != QuantizationScheme::W8A8; }
  bool isStatic() const {
    return hasIntegerInputs() &&
           activations == ActivationScale::StaticPerTensor;
  }
  unsigned getActivationBits() const;

  /// Fails with an error at `loc` unless `quant-quantize` takes the options.
  LogicalResult check(Location loc) const;

  /// The format of a weight of `columns`.
  WeightFormat getWeightFormat(int64_t columns) const;
  /// The format of a linear with such a weight.
  LinearFormat getLinearFormat(int64_t columns) const;
};

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_SCHEMEOPTIONS_H
