//===- DeviceRows.h - buffers on the device, and their rows -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_DEVICEROWS_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_DEVICEROWS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::quantmlir {

/// A buffer on the device, and the allocation that it is in.
struct DeviceBuffer {
  Value memory, buffer;
};

/// Allocates a buffer of the shape of `type` on the device. It is contiguous,
/// or one of 8-bit codes whose rows begin whole chunks apart, if `hasWideRows`
/// says so and they do not anyway.
DeviceBuffer allocateOnDevice(ImplicitLocOpBuilder &b, MemRefType type,
                              ValueRange dynamicSizes, bool hasWideRows);

/// Elements from one row to the next in a buffer that is contiguous or consists
/// of rows.
Value getRowPitch(ImplicitLocOpBuilder &b, Value buffer);

/// True for a matrix whose rows are contiguous and do not overlap, as far as
/// its type tells.
bool consistsOfRows(MemRefType type);

/// Fails if a symbol of the module has the name of the function of the runtime
/// that copies rows, but is not its declaration.
LogicalResult checkCopyFunction(ModuleOp module);

/// Copies a buffer of any layout on the host from or to one that
/// allocateOnDevice made. The function that copies rows is declared in
/// `module`, which passes checkCopyFunction.
void copyIn(ImplicitLocOpBuilder &b, ModuleOp module, Value buffer, Value host);
void copyOut(ImplicitLocOpBuilder &b, ModuleOp module, Value host,
             Value buffer);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_DEVICEROWS_H
