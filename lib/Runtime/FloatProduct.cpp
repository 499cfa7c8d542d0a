//===- FloatProduct.cpp - float matrix products -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OneDNNProduct.h"

#include <algorithm>
#include <cblas.h>

using namespace mlir::quantmlir;

/// The library's own threads stay idle: callers divide the work.
static bool useOneThread() {
  openblas_set_num_threads(1);
  return true;
}

static CBLAS_TRANSPOSE getTranspose(Matrix<const float> matrix,
                                    int64_t columns) {
  bool isRowMajor = matrix.columnStride == 1 || columns == 1;
  return isRowMajor ? CblasNoTrans : CblasTrans;
}

/// A stride that the shape does not use still has to pass BLAS's checks.
static int64_t getLeadingDimension(Matrix<const float> matrix, int64_t rows,
                                   int64_t columns) {
  if (getTranspose(matrix, columns) == CblasTrans)
    return std::max(matrix.columnStride, rows);
  return rows == 1 ? columns : std::max(matrix.rowStride, columns);
}

void mlir::quantmlir::multiplyF32(int64_t m, int64_t n, int64_t k,
                                  Matrix<const float> a, Matrix<const float> b,
                                  Matrix<float> c, bool accumulate) {
  if (!accumulate && multiplyF32OneDNN(m, n, k, a, b, c))
    return;
  static bool once = useOneThread();
  (void)once;
  cblas_sgemm(CblasRowMajor, getTranspose(a, k), getTranspose(b, n), m, n, k,
              1.0f, a.data, getLeadingDimension(a, m, k), b.data,
              getLeadingDimension(b, k, n), accumulate ? 1.0f : 0.0f, c.data,
              std::max(c.rowStride, n));
}
