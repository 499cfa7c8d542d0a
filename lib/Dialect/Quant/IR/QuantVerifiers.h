//===- QuantVerifiers.h - what verifiers share -------------------*- C++
//-*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_DIALECT_QUANT_IR_QUANTVERIFIERS_H
#define QUANT_MLIR_LIB_DIALECT_QUANT_IR_QUANTVERIFIERS_H

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include <string>

namespace mlir::quantmlir {

/// "shape 2x?", or "rank 0".
std::string formatShape(ArrayRef<int64_t> shape);

/// Whether the shapes are equal wherever both are known.
bool isCompatible(ArrayRef<int64_t> found, ArrayRef<int64_t> expected);

/// Fails unless `type` can have the shape `expected`; `why` says where that
/// shape comes from.
LogicalResult verifyShape(Operation *op, StringRef name, Type type,
                          ArrayRef<int64_t> expected, const Twine &why);

LogicalResult verifyRank(Operation *op, StringRef name, Value value,
                         int64_t expected, const Twine &remedy);

/// Fails if `value` is a constant with an element that is no scale. There may
/// be no value.
LogicalResult verifyScaleValues(Operation *op, StringRef name, Value value);

/// Fails unless the op is on tensors alone or on memrefs alone, with one result
/// for each destination on tensors and none on memrefs.
LogicalResult verifyDestinations(DestinationStyleOpInterface op);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_DIALECT_QUANT_IR_QUANTVERIFIERS_H
