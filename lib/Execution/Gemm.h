//===- Gemm.h - contractions as matrix products -----------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_EXECUTION_GEMM_H
#define QUANT_MLIR_LIB_EXECUTION_GEMM_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::quantmlir {

/// A matrix for each batch item, as strides into the buffer of `base`.
struct GemmOperand {
  Value base;
  SmallVector<int64_t> offsets;
  int64_t rowStride = 0;
  int64_t columnStride = 0;
};

/// `c[i] = a[i] · b[i]` for each batch item, a: M×K, b: K×N, c: M×N row-major.
struct Gemm {
  int64_t m = 1, n = 1, k = 1;
  GemmOperand a, b, c;
  /// Added to the product; null if that is 0.
  Value init;

  int64_t getNumItems() const { return c.offsets.size(); }
};

/// True for a product that the matrix library computes: f32, or i8 into i32.
bool isGemm(linalg::LinalgOp op);

/// The product that `op` is, with views of operands folded into strides.
/// Operands whose views do not fold are left in `unfolded`, and the result is
/// empty then.
std::optional<Gemm> getGemm(linalg::LinalgOp op,
                            SmallVectorImpl<OpOperand *> &unfolded);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_EXECUTION_GEMM_H
