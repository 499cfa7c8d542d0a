//===- MatmulEpilogue.h - from sums of codes to results ---------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULEPILOGUE_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULEPILOGUE_H

#include "SplitSums.h"

namespace mlir::quantmlir {

/// What the epilogue of a warp reads and writes.
struct MatmulEpilogue {
  FloatType outputType;
  /// As in MatmulKernel.
  int64_t storeSize;
  bool tokenScales = false, channelScales = false;
  /// Fragments along n.
  int64_t fragmentsPerRow;
  /// Null if sums are floats, which nothing scales.
  Value inputScale, weightScale;
  /// Null if there is none.
  Value bias;
  /// What is applied to results, and the pointers to its other inputs.
  Epilogue following;
  SmallVector<Value> inputs;
  Value y;
  Value m, n;
  Value lane;
  /// Where the warp's part of y starts.
  Value row, column;
  /// The blocks whose sums are to be added.
  SplitWorkspace workspace;
};

/// The pointees of the pointers that stand behind y in a kernel's arguments.
SmallVector<Type> getFurtherPointees(MLIRContext *context, const Kernel &kernel,
                                     const Epilogue &epilogue, int64_t splits);

/// Takes these pointers out of `arguments`.
void takeFurtherPointers(MatmulEpilogue &epilogue,
                         Block::args_iterator &arguments);

/// The parts that the kernel of a `quant.matmul` alone decides.
MatmulEpilogue getMatmulEpilogue(const MatmulKernel &kernel);

/// Stores y = ((f32(sum) * sx) * sw) + bias, unfused, or what an op behind it
/// makes of that, for the C fragments `sums` (2×2 i32 or f32), which stand row
/// by row. Nothing is stored outside of y.
void buildMatmulEpilogue(KernelBuilder &b, const MatmulEpilogue &epilogue,
                         ArrayRef<Value> sums);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_MATMULEPILOGUE_H
