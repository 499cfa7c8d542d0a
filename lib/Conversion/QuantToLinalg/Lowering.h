//===- Lowering.h - building blocks of the lowering -------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTOLINALG_LOWERING_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTOLINALG_LOWERING_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::quantmlir {

//===----------------------------------------------------------------------===//
// Generics
//===----------------------------------------------------------------------===//

/// A value that a generic reads or writes, and where in the iteration space.
struct Access {
  Value value;
  AffineMap map;
};

using BodyBuilder =
    function_ref<Value(ImplicitLocOpBuilder &builder, ValueRange arguments)>;

int64_t getRank(Value value);

/// All of `value`, whose dimensions are the loops in order.
Access readAll(OpBuilder &b, Value value);

/// `value`, whose dimensions are `loops` of `rank`.
Access readAlong(OpBuilder &b, Value value, int64_t rank,
                 ArrayRef<int64_t> loops);

/// Element `k floordiv size` of each row of a matrix, in loops (n, k).
Access readBlocks(OpBuilder &b, Value value, int64_t size);

/// A linalg.generic that writes what `body` returns; loops that `output` does
/// not have are reductions.
Value createGeneric(ImplicitLocOpBuilder &b, ArrayRef<Access> inputs,
                    Access output, BodyBuilder body);

/// An uninitialised tensor of the sizes that `dims` of `like` have.
Value createEmpty(ImplicitLocOpBuilder &b, Value like, ArrayRef<int64_t> dims,
                  Type elementType);

/// The same of all dimensions.
Value createEmptyLike(ImplicitLocOpBuilder &b, Value like, Type elementType);

/// `init`, overwritten with zeros.
Value createZeros(ImplicitLocOpBuilder &b, Value init);

/// init + lhs · rhsᵀ, in the element type of `init`.
Value createContraction(ImplicitLocOpBuilder &b, Value lhs, Value rhs,
                        Value init);

/// What makes floats of the sums of an integer product; `bias` may be null.
struct Epilogue {
  Value inputScale, weightScale, bias;
};

/// numerics::dequantizeAccumulator of lhs · rhsᵀ, for matrices of codes.
Value createIntegerProduct(ImplicitLocOpBuilder &b, Value lhs, Value rhs,
                           const Epilogue &epilogue, Value init);

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Value createF32(ImplicitLocOpBuilder &b, float value);
Value createI32(ImplicitLocOpBuilder &b, int32_t value);

/// A float of any width as f32.
Value toF32(ImplicitLocOpBuilder &b, Value value);

/// An f32 as a float of `type`.
Value fromF32(ImplicitLocOpBuilder &b, Value value, Type type);

/// A code as i32.
Value toI32(ImplicitLocOpBuilder &b, Value value);

/// numerics::roundToCode.
Value createRoundToCode(ImplicitLocOpBuilder &b, Value value, int32_t lo,
                        int32_t hi, Type type);

/// numerics::quantizeSymmetric, after its multiplication.
Value createSymmetricCode(ImplicitLocOpBuilder &b, Value value, unsigned bits,
                          Type type);

/// numerics::quantizeActivation, after its multiplication.
Value createCodeWithZeroPoint(ImplicitLocOpBuilder &b, Value value,
                              int32_t zero, unsigned bits, Type type);

/// max(min(range, FLT_MAX) / steps, scaleFloor), for a range that is no NaN.
Value createScale(ImplicitLocOpBuilder &b, Value range, int32_t steps);

Value createReciprocal(ImplicitLocOpBuilder &b, Value value);

/// The tensor of the reciprocals.
Value createReciprocals(ImplicitLocOpBuilder &b, Value values);

/// The patterns of quant.quantize_rows, which leave quant.quantize, and of
/// quant.outlier_matmul.
void populateRowPatterns(RewritePatternSet &patterns);

/// The patterns of quant.group_quantize, group_dequantize and group_matmul.
void populateGroupPatterns(RewritePatternSet &patterns);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTOLINALG_LOWERING_H
