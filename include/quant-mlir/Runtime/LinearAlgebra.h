//===- LinearAlgebra.h - factors of matrices on one thread ------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_RUNTIME_LINEARALGEBRA_H
#define QUANT_MLIR_RUNTIME_LINEARALGEBRA_H

#include <cstdint>

namespace mlir::quantmlir {

/// Replaces the symmetric, row-major n×n matrix A by the upper triangular U
/// with A⁻¹ = UᵀU and a positive diagonal. Elements below the diagonal are
/// unspecified. False, and the matrix is lost, if A is not positive definite.
bool factorInverse(int64_t n, double *matrix);

/// `c -= a · b` with a: m×k, b: k×n, c: m×n, row-major with these row strides.
/// The order of sums depends on the shape alone.
void subtractProduct(int64_t m, int64_t n, int64_t k, const double *a,
                     int64_t aStride, const double *b, int64_t bStride,
                     double *c, int64_t cStride);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_RUNTIME_LINEARALGEBRA_H
