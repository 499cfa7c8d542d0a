//===- LinearAlgebra.cpp - factors of matrices on one thread --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Runtime/LinearAlgebra.h"

#include <algorithm>
#include <cblas.h>
#include <cmath>

using namespace mlir::quantmlir;

// LAPACK's interface and names, as OpenBLAS exports them: column-major
// matrices, and the lengths of strings behind all other arguments.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda,
             int *info, size_t uploLength);
void dtrtri_(const char *uplo, const char *diag, const int *n, double *a,
             const int *lda, int *info, size_t uploLength, size_t diagLength);
}
// NOLINTEND(readability-identifier-naming)

/// The library's own threads stay idle: callers divide the work.
static void useOneThread() {
  static bool once = (openblas_set_num_threads(1), true);
  (void)once;
}

bool mlir::quantmlir::factorInverse(int64_t n, double *matrix) {
  useOneThread();
  // To LAPACK the row-major U is the lower V = Uᵀ. With A⁻¹ = VVᵀ and S = V⁻¹,
  // A = SᵀS. Turned round, that is Cholesky's factorization of A turned round:
  // no inverse of A is needed.
  int size = static_cast<int>(n), info = 0;
  std::reverse(matrix, matrix + n * n);
  dpotrf_("U", &size, matrix, &size, &info, 1);
  std::reverse(matrix, matrix + n * n);
  if (info != 0)
    return false;
  dtrtri_("L", "N", &size, matrix, &size, &info, 1, 1);
  if (info != 0)
    return false;
  // An infinity or a NaN in A passes LAPACK's tests of pivots.
  for (int64_t i = 0; i < n; ++i)
    if (double pivot = matrix[i * (n + 1)];
        !(pivot > 0 && std::isfinite(pivot)))
      return false;
  return true;
}

void mlir::quantmlir::subtractProduct(int64_t m, int64_t n, int64_t k,
                                      const double *a, int64_t aStride,
                                      const double *b, int64_t bStride,
                                      double *c, int64_t cStride) {
  useOneThread();
  if (n == 0)
    return;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, -1.0, a,
              aStride, b, bStride, 1.0, c, cStride);
}
