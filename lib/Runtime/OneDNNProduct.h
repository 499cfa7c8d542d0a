//===- OneDNNProduct.h - float matrix products by oneDNN --------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_RUNTIME_ONEDNNPRODUCT_H
#define QUANT_MLIR_LIB_RUNTIME_ONEDNNPRODUCT_H

#include "quant-mlir/Runtime/MatrixProduct.h"

namespace mlir::quantmlir {

/// Lets oneDNN use the calling thread alone.
void useOneOneDNNThread();

/// `c = a · b` by a kernel that oneDNN generates for the shape. False, and
/// nothing written, if it has none for this CPU that beats BLAS.
bool multiplyF32OneDNN(int64_t m, int64_t n, int64_t k, Matrix<const float> a,
                       Matrix<const float> b, Matrix<float> c);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_RUNTIME_ONEDNNPRODUCT_H
