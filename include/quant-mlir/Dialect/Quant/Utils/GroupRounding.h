//===- GroupRounding.h - what group quantization makes of a row -*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_GROUPROUNDING_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_GROUPROUNDING_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace mlir::quantmlir {

/// How 4-bit groups are quantized.
struct GroupFormat {
  /// Values along a row that share a scale; the last group may be shorter.
  int64_t groupSize;
  bool zeroPoints;
  /// Scales of groups are integers inside a scale of the row. A single group a
  /// row needs one level.
  bool twoLevels = false;
  static constexpr unsigned bits = 4;

  bool hasRowScales(int64_t rowSize) const {
    return twoLevels && groupSize < rowSize;
  }
};

/// Writes the values of the codes of one group, the same as quantizing and
/// dequantizing with Numerics.h gives. `values` are finite. A `rowScale` above
/// 0 is the scale of the row in two-level groups.
void roundGroup(llvm::ArrayRef<float> values, bool zeroPoints, float rowScale,
                llvm::MutableArrayRef<float> rounded);

/// The same for every group of a row.
void roundRow(llvm::ArrayRef<float> row, const GroupFormat &format,
              llvm::MutableArrayRef<float> rounded);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_GROUPROUNDING_H
