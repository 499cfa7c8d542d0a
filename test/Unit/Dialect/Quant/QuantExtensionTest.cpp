//===- QuantExtensionTest.cpp - our ops in upstream's dialect -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::quantmlir;

TEST(QuantExtensionTest, OpsAppearWhenTheDialectIsLoaded) {
  DialectRegistry registry;
  registerQuantOps(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  StringRef name = SmoothOp::getOperationName();
  EXPECT_FALSE(RegisteredOperationName::lookup(name, &context));
  context.loadDialect<quant::QuantDialect>();
  EXPECT_TRUE(RegisteredOperationName::lookup(name, &context));
}

TEST(QuantExtensionTest, RegisteringTwiceChangesNothing) {
  DialectRegistry registry;
  registerQuantOps(registry);
  registerQuantOps(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<quant::QuantDialect>();
  auto once =
      RegisteredOperationName::lookup(SmoothOp::getOperationName(), &context);
  DialectRegistry late;
  registerQuantOps(late);
  context.appendDialectRegistry(late);
  auto again =
      RegisteredOperationName::lookup(SmoothOp::getOperationName(), &context);
  ASSERT_TRUE(once && again);
  EXPECT_EQ(*once, *again);
}
