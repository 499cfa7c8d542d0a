//===- QuantExtensionTest.cpp - our ops in upstream's dialect -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <vector>

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

template <typename... Ops>
static std::vector<StringRef> getNames() {
  return {Ops::getOperationName()...};
}

// Ours are skipped where the dialect has an op of the name, so a newer LLVM
// that brings one would silently take its place.
TEST(QuantExtensionTest, UpstreamHasNoOpOfOurNames) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<quant::QuantDialect>();
  EXPECT_TRUE(RegisteredOperationName::lookup("quant.qcast", &context));
  for (StringRef name : getNames<
#define GET_OP_LIST
#include "quant-mlir/Dialect/Quant/IR/QuantOps.cpp.inc"
           >())
    EXPECT_FALSE(RegisteredOperationName::lookup(name, &context))
        << name.str() << " is upstream's now: rename ours";
}

TEST(GroupQuantizeTest, BuilderInfersTypes) {
  DialectRegistry registry;
  registerQuantOps(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<quant::QuantDialect>();
  OpBuilder builder(&context);
  Type f16 = builder.getF16Type(), f32 = builder.getF32Type();
  auto shaped = [](ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  };
  Block block;
  Location loc = builder.getUnknownLoc();
  builder.setInsertionPointToStart(&block);

  auto ragged = GroupQuantizeOp::create(
      builder, loc, block.addArgument(shaped({3, 9}, f16), loc),
      /*groupSize=*/4, /*bits=*/4, /*withZeros=*/true);
  EXPECT_EQ(ragged.getCodes().getType(), shaped({3, 9}, builder.getI4Type()));
  EXPECT_EQ(ragged.getScales().getType(), shaped({3, 3}, f32));
  EXPECT_EQ(ragged.getZeros().getType(), shaped({3, 3}, builder.getI4Type()));
  EXPECT_TRUE(succeeded(ragged.verify()));

  int64_t dynamic = ShapedType::kDynamic;
  auto unknown = GroupQuantizeOp::create(
      builder, loc, block.addArgument(shaped({3, dynamic}, f32), loc),
      /*groupSize=*/4, /*bits=*/8, /*withZeros=*/false);
  EXPECT_EQ(unknown.getCodes().getType(),
            shaped({3, dynamic}, builder.getI8Type()));
  EXPECT_EQ(unknown.getScales().getType(), shaped({3, dynamic}, f32));
  EXPECT_FALSE(unknown.getZeros());
  EXPECT_TRUE(succeeded(unknown.verify()));
}
