//===- IntegerProduct.cpp - integer matrix products -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OneDNNProduct.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <oneapi/dnnl/dnnl.h>
#include <vector>

using namespace mlir::quantmlir;

void mlir::quantmlir::multiplyI8OneDNN(int64_t m, int64_t n, int64_t k,
                                       Matrix<const int8_t> a,
                                       Matrix<const int8_t> b,
                                       Matrix<int32_t> c, bool accumulate) {
  useOneOneDNNThread();
  bool transposeA = a.columnStride != 1 && k != 1;
  bool transposeB = b.columnStride != 1 && n != 1;
  int64_t lda =
      transposeA ? std::max(a.columnStride, m) : std::max(a.rowStride, k);
  int64_t ldb =
      transposeB ? std::max(b.columnStride, k) : std::max(b.rowStride, n);
  int32_t offset = 0;
  dnnl_gemm_s8s8s32(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', 'F', m, n,
                    k, 1.0f, a.data, lda, 0, b.data, ldb, 0,
                    accumulate ? 1.0f : 0.0f, c.data, std::max(c.rowStride, n),
                    &offset);
}

/// Every sum of two or four products is as far from 0 as it gets.
static bool testWorstCase() {
  constexpr int64_t size = 64, depth = 576;
  std::vector<int32_t> result(size * size);
  for (int sign : {1, -1}) {
    std::vector<int8_t> x(size * depth, 127), w(size * depth, sign * 127);
    multiplyI8OneDNN(size, size, depth, {x.data(), depth, 1},
                     {w.data(), 1, depth}, {result.data(), size, 1}, false);
    int32_t expected = sign * 127 * 127 * depth;
    if (llvm::any_of(result, [&](int32_t value) { return value != expected; }))
      return false;
  }
  return true;
}

bool mlir::quantmlir::isOneDNNExact() {
  static bool isExact = testWorstCase();
  return isExact;
}

void mlir::quantmlir::multiplyI8(int64_t m, int64_t n, int64_t k,
                                 Matrix<const int8_t> a, Matrix<const int8_t> b,
                                 Matrix<int32_t> c, bool accumulate) {
  if (isOneDNNExact())
    return multiplyI8OneDNN(m, n, k, a, b, c, accumulate);
  multiplyI8Exactly(m, n, k, a, b, c, accumulate);
}
