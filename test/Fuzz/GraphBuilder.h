//===- GraphBuilder.h - random growth of a program --------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_TEST_FUZZ_GRAPHBUILDER_H
#define QUANT_MLIR_TEST_FUZZ_GRAPHBUILDER_H

#include "ProgramBuilder.h"

namespace mlir::quantmlir::fuzz {

/// The values of a program so far, and the ways to make one more of them.
class GraphBuilder {
public:
  explicit GraphBuilder(ProgramBuilder &p) : p(p) {}

  void add(Value value) { values.push_back(value); }
  /// One of the values, late ones more often.
  Value pick();
  /// Applies a random op.
  void grow();
  SmallVector<int64_t> randomShape();

private:
  Value addElementwise(Value value);
  Value addNamed(Value value);
  Value addOnTensors(Value value);
  Value addGain(Value value);
  Value addNorm(Value value);
  Value addResidual(Value value);
  Value addReduction(Value value);
  Value addTranspose(Value value);
  Value addReshape(Value value);
  Value addSlice(Value value);
  Value addStridedSlice(Value value);
  Value addPad(Value value);
  Value addConcat(Value value);
  Value addInsert(Value value);
  Value addRepeat(Value value);
  Value addLinear(Value value);
  Value addProjections(Value value);
  Value addMatmul(Value value);
  Value addAttention(Value value);

  /// Another value of the same shape; null if there is none.
  Value pickLike(Value value);
  Value createBody(ImplicitLocOpBuilder &b, ValueRange inputs);
  Value createExpression(ImplicitLocOpBuilder &b, ValueRange inputs,
                         unsigned depth);
  Value createLiteral(ImplicitLocOpBuilder &b);

  ProgramBuilder &p;
  SmallVector<Value> values;
};

} // namespace mlir::quantmlir::fuzz

#endif // QUANT_MLIR_TEST_FUZZ_GRAPHBUILDER_H
