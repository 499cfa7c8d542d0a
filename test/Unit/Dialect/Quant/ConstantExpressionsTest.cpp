//===- ConstantExpressionsTest.cpp - graphs of constants ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Interfaces/ScaleMigration.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Far more paths lead through so many levels than can be followed.
static constexpr int numLevels = 40;

namespace {
class ConstantExpressionsTest : public ::testing::Test {
protected:
  ConstantExpressionsTest() {
    DialectRegistry registry;
    registerQuantOps(registry);
    registerScaleMigrationModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<arith::ArithDialect, linalg::LinalgDialect,
                        math::MathDialect, tensor::TensorDialect>();
    context.loadAllAvailableDialects();
    context.allowUnregisteredDialects();
  }

  /// The last value that an op of the module defines.
  Value parse(const std::string &text) {
    module = parseSourceString<ModuleOp>(text, &context);
    return module ? module->getBody()->back().getResult(0) : Value();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(ConstantExpressionsTest, DiamondIsLookedAtOnce) {
  std::string text = "%v0 = arith.constant dense<[1.0, 3.0]> : tensor<2xf32>\n";
  for (int i = 1; i <= numLevels; ++i)
    text += llvm::formatv("%v{0} = arith.addf %v{1}, %v{1} : tensor<2xf32>\n",
                          i, i - 1);
  Value value = parse(text);
  ASSERT_TRUE(value);
  EXPECT_TRUE(isConstantExpression(value));
  EXPECT_FALSE(findMissingData(value));
  EXPECT_EQ(getExpressionName(value), "");
  DenseElementsAttr elements = evaluateConstantExpression(value);
  ASSERT_TRUE(elements);
  EXPECT_EQ(elements.getValues<float>()[0], 0x1p40f);
  EXPECT_EQ(elements.getValues<float>()[1], 3 * 0x1p40f);
}

// Each level, a · b + c, passes a scale to c and either factor, and nothing
// passes it at the start.
TEST_F(ConstantExpressionsTest, WaysOfAScaleAreLookedAtOnce) {
  std::string text = R"(
%w = arith.constant dense<[1.0, 3.0]> : tensor<2xf32>
%e = tensor.empty() : tensor<2xf32>
%v0 = math.exp %w : tensor<2xf32>
)";
  for (int i = 1; i <= numLevels; ++i)
    text += llvm::formatv(R"(
%v{0} = linalg.generic {{
  indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>,
                   affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
  iterator_types = ["parallel"]}
  ins(%w, %w, %v{1} : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  outs(%e : tensor<2xf32>) {{
^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
  %1 = arith.mulf %a, %b : f32
  %2 = arith.addf %1, %c : f32
  linalg.yield %2 : f32
} -> tensor<2xf32>
)",
                          i, i - 1);
  text += llvm::formatv(
      "%y = \"test.use\"(%v{0}) : (tensor<2xf32>) -> tensor<2xf32>\n",
      numLevels);
  Value last = parse(text);
  ASSERT_TRUE(last);
  OpOperand &use = last.getDefiningOp()->getOpOperand(0);
  MigrationPlan plan =
      planMigration(use, ScaleLayout::getIdentity({0}, {2}), 2);
  EXPECT_TRUE(plan.folds);
}
