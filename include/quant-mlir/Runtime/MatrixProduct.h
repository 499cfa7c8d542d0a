//===- MatrixProduct.h - matrix products on one thread ----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_RUNTIME_MATRIXPRODUCT_H
#define QUANT_MLIR_RUNTIME_MATRIXPRODUCT_H

#include <cstdint>

namespace mlir::quantmlir {

/// A matrix in memory; one of the strides is 1.
template <typename T>
struct Matrix {
  T *data;
  int64_t rowStride;
  int64_t columnStride;
};

/// `c = a · b + (accumulate ? c : 0)` with a: m×k, b: k×n, c: m×n, on the
/// calling thread. The order of the sum depends on the shape alone.
void multiplyF32(int64_t m, int64_t n, int64_t k, Matrix<const float> a,
                 Matrix<const float> b, Matrix<float> c, bool accumulate);

/// The same for i8 into i32, exact for k up to 133,144: by oneDNN where it is
/// exact on this CPU, else by `multiplyI8Exactly`.
void multiplyI8(int64_t m, int64_t n, int64_t k, Matrix<const int8_t> a,
                Matrix<const int8_t> b, Matrix<int32_t> c, bool accumulate);

/// Which instructions the exact integer product uses.
enum class ExactISA { portable, avx2, avx512 };

/// The best that this CPU has.
ExactISA getExactISA();

/// Integer arithmetic that cannot saturate. The CPU must have `isa`.
void multiplyI8Exactly(int64_t m, int64_t n, int64_t k, Matrix<const int8_t> a,
                       Matrix<const int8_t> b, Matrix<int32_t> c,
                       bool accumulate, ExactISA isa = getExactISA());

/// oneDNN's integer product; without VNNI instructions its 16-bit intermediate
/// sums saturate.
void multiplyI8OneDNN(int64_t m, int64_t n, int64_t k, Matrix<const int8_t> a,
                      Matrix<const int8_t> b, Matrix<int32_t> c,
                      bool accumulate);

/// True if oneDNN gives the exact product of the worst case, every factor
/// ±127, on this CPU. Tested once, at the first call.
bool isOneDNNExact();

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_RUNTIME_MATRIXPRODUCT_H
