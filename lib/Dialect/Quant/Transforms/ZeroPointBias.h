//===- ZeroPointBias.h - take back the input's zero point -------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_ZEROPOINTBIAS_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_ZEROPOINTBIAS_H

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/QuantizedWeights.h"

namespace mlir::quantmlir {

/// Why the linear's bias cannot take back what a zero point of the input adds;
/// nothing if it can, or if the linear has none. A bias without data is an
/// error.
FailureOr<std::optional<std::string>> getZeroPointObstacle(Linear linear);

/// numerics::getBiasForZeroPoint of each row of an 8-bit weight, as a constant
/// named like the linear's bias. `bias` is null or a constant.
Value createBiasForZeroPoint(OpBuilder &builder, Location loc, StringRef name,
                             Value bias, const QuantizedWeight &weight,
                             numerics::GroupParameters input);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_TRANSFORMS_ZEROPOINTBIAS_H
