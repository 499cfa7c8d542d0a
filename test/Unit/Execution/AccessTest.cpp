//===- AccessTest.cpp - index expressions of loops ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Access.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
class AccessTest : public ::testing::Test {
protected:
  MLIRContext context;
  IndexSpace space{&context};
};

TEST_F(AccessTest, DivisionByTheExtentVanishes) {
  AffineExpr row = space.addVariable(512), column = space.addVariable(64);
  EXPECT_EQ(space.floorDiv(row * 64 + column, 64), row);
  EXPECT_EQ(space.mod(row * 64 + column, 64), column);
  EXPECT_EQ(space.mod(row, 512), row);
  EXPECT_EQ(space.floorDiv(column, 64), space.constant(0));
  EXPECT_EQ(space.mod(row * 64 + column, 128), space.mod(row, 2) * 64 + column);
  EXPECT_EQ(space.floorDiv(row * 64 + column, 128), row.floorDiv(2));
}

TEST_F(AccessTest, DivisionStaysWhereRangesOverlap) {
  AffineExpr row = space.addVariable(512), column = space.addVariable(65);
  EXPECT_EQ(space.floorDiv(row * 64 + column, 64),
            (row * 64 + column).floorDiv(64));
}

TEST_F(AccessTest, LinearizeUndoesDelinearize) {
  AffineExpr position = space.addVariable(2 * 3 * 5 * 7);
  SmallVector<int64_t> shape = {2, 3, 5, 7};
  EXPECT_EQ(space.linearize(space.delinearize(position, shape), shape),
            position);
}

/// Checked point by point: simplification keeps the value.
TEST_F(AccessTest, SimplifiedValuesAgree) {
  AffineExpr a = space.addVariable(6), b = space.addVariable(4),
             c = space.addVariable(5);
  AffineExpr exprs[] = {
      (a * 20 + b * 5 + c).floorDiv(10) % 6, ((a * 4 + b) % 8) * 5 + c,
      (a * 4 + b + 3).floorDiv(4) * 7,
      ((a * 20 + b * 5 + c) % 20).floorDiv(5) + b, (a * 24 + c * 3 + 2) % 12};
  for (AffineExpr expr : exprs) {
    AffineExpr simplified = space.simplify(expr);
    for (int64_t i = 0; i < 6; ++i)
      for (int64_t j = 0; j < 4; ++j)
        for (int64_t k = 0; k < 5; ++k) {
          SmallVector<AffineExpr> point = {space.constant(i), space.constant(j),
                                           space.constant(k)};
          int64_t value =
              cast<AffineConstantExpr>(expr.replaceDims(point)).getValue();
          EXPECT_EQ(cast<AffineConstantExpr>(simplified.replaceDims(point))
                        .getValue(),
                    value);
          EXPECT_LE(value, space.getUpperBound(simplified));
        }
  }
}
} // namespace
