//===- TestRandomScales.cpp - scale every group of linears at random ------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Smoothing and folding must not change a model's results. This pass applies
// random scales where quant-smooth would apply calibrated ones, so that a test
// can compare the results before and after.
//
//===----------------------------------------------------------------------===//

#include "RandomScales.h"

#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::test;

namespace {
struct TestRandomScalesPass
    : PassWrapper<TestRandomScalesPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestRandomScalesPass)

  TestRandomScalesPass() = default;
  TestRandomScalesPass(const TestRandomScalesPass &other)
      : PassWrapper(other) {}

  StringRef getArgument() const final { return "quant-test-random-scales"; }
  StringRef getDescription() const final {
    return "Scale every group of linears at random, in [2^-6, 2^6]";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect>();
    registerQuantOps(registry);
    registerScaleMigrationModels(registry);
  }
  void runOnOperation() override;

  Option<bool> pow2{*this, "pow2", llvm::cl::init(true),
                    llvm::cl::desc("Draw powers of two only")};
  Option<int> seed{*this, "seed", llvm::cl::init(0),
                   llvm::cl::desc("Seed of the random numbers")};
};
} // namespace

/// Random scales, equal where `plan` ties channels.
static SmallVector<float> drawScales(const MigrationPlan &plan,
                                     const RandomScaleOptions &options,
                                     std::mt19937 &random) {
  int64_t count = plan.classes.getNumChannels();
  SmallVector<float> scales(count);
  for (float &scale : scales) {
    // The standard's distributions differ between libraries.
    double exponent = random() / 4294967295.0 * 12.0 - 6.0;
    scale = std::exp2(options.pow2 ? std::round(exponent) : exponent);
  }
  // One scale for all channels passes where others may not.
  if (llvm::all_equal(scales))
    scales.front() *= scales.front() > 1.0f ? 0.5f : 2.0f;
  if (!options.keepTies)
    return scales;
  for (int64_t channel : llvm::seq(count)) {
    ScaleChannel shared = plan.classes.find(channel);
    scales[channel] = shared == oneChannel ? 1.0f : scales[shared];
  }
  return scales;
}

void mlir::quantmlir::test::scaleAtRandom(
    ModuleOp module, const RandomScaleOptions &options, std::mt19937 &random,
    function_ref<void(ArrayRef<Linear>, const MigrationPlan &)> inspect) {
  llvm::MapVector<Value, SmallVector<Linear>> groups;
  module.walk([&](linalg::MatmulOp op) {
    if (std::optional<Linear> linear = matchLinear(op))
      groups[linear->input].push_back(*linear);
  });
  for (auto &[input, linears] : groups) {
    auto observe = input.getDefiningOp<ObserveOp>();
    Operation *first = observe ? observe : linears.front().op;
    Value value = observe ? observe.getInput() : input;
    int64_t channels = cast<ShapedType>(value.getType()).getDimSize(1);
    if (ShapedType::isDynamic(channels))
      continue;
    OpBuilder builder(first);
    auto type = RankedTensorType::get(channels, builder.getF32Type());
    auto makeScale = [&](ArrayRef<float> scales) {
      return cast<TypedValue<RankedTensorType>>(
          createFloatConstant(builder, first->getLoc(), {}, type, scales));
    };
    Value draft = makeScale(SmallVector<float>(channels, 1.0f));
    auto smooth = SmoothOp::create(builder, first->getLoc(), value, draft, {1});
    if (observe)
      observe.setOperand(smooth);
    for (Linear &linear : linears)
      if (!observe)
        linear.op->setOperand(0, smooth);

    MigrationPlan plan =
        planMigration(smooth.getInputMutable(),
                      ScaleLayout::getIdentity({1}, channels), channels);
    if (inspect)
      inspect(linears, plan);
    builder.setInsertionPoint(smooth);
    Value scale = makeScale(drawScales(plan, options, random));
    smooth.getScaleMutable().set(scale);
    draft.getDefiningOp()->erase();
    for (Linear &linear : linears) {
      builder.setInsertionPoint(linear.op);
      linear.op->setOperand(1, FuseScaleOp::create(builder, first->getLoc(),
                                                   linear.weight, scale, {1}));
    }
  }
}

void TestRandomScalesPass::runOnOperation() {
  std::mt19937 random(seed);
  scaleAtRandom(getOperation(), {pow2, /*keepTies=*/true}, random);
}

namespace mlir::quantmlir::test {
void registerTestRandomScalesPass() {
  PassRegistration<TestRandomScalesPass>();
}
} // namespace mlir::quantmlir::test
