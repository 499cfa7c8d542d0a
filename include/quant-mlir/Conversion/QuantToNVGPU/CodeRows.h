//===- CodeRows.h - rows of codes on the device -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_QUANTTONVGPU_CODEROWS_H
#define QUANT_MLIR_CONVERSION_QUANTTONVGPU_CODEROWS_H

#include "mlir/IR/Value.h"

namespace mlir::quantmlir {

/// True for an operand of 8-bit codes whose row pitch the op's kernel takes as
/// an argument.
bool isCodes(OpOperand &operand);

/// True for codes whose rows begin whole chunks of 16 bytes apart on the device
/// because this compiler puts them there so: what is not an argument, and what
/// a caller has on the host in rows that are apart. Contiguous arguments are
/// copied as they are; those of a caller's device memory stay where they are.
bool hasWideRows(Value codes);

/// How far apart those rows begin: the next multiple of 16 codes.
int64_t getWideRowPitch(int64_t columns);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTONVGPU_CODEROWS_H
