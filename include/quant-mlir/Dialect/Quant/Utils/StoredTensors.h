//===- StoredTensors.h - tensors of files as constants ----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_DIALECT_QUANT_UTILS_STOREDTENSORS_H
#define QUANT_MLIR_DIALECT_QUANT_UTILS_STOREDTENSORS_H

#include "quant-mlir/Target/Tensor.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <memory>

namespace mlir::quantmlir {

/// The element type in a file that holds `type`, if one does.
std::optional<DType> getDType(Type type);

/// Writes the elements of a bf16 or f16 tensor as f32.
void widenToF32(const StoredTensor &tensor, MutableArrayRef<float> result);

/// Makes a resource named after `tensor` of its elements. They are not copied
/// where they have the bits of `type` and its alignment: then the resource
/// shares `file`, which owns them. Fails, with a message for the tensor, if the
/// shape differs or the elements cannot become those of `type`.
llvm::Expected<DenseResourceElementsAttr>
makeResource(const StoredTensor &tensor, RankedTensorType type,
             std::shared_ptr<const void> file);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_DIALECT_QUANT_UTILS_STOREDTENSORS_H
