//===- FoldScales.cpp - migrate scales into constants ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaleConstants.h"
#include "ScaledRanges.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"
#include "quant-mlir/Interfaces/ScaleMigration.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTFOLDSCALES
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr StringLiteral category = "quant-fold-scales";

/// The scale operand's values, if it is a constant.
static FailureOr<SmallVector<float>> getScales(Value scale) {
  std::optional<ConstantTensor> constant = ConstantTensor::get(scale);
  if (!constant)
    return failure();
  SmallVector<float> storage;
  FailureOr<ArrayRef<float>> values = constant->getFloats(storage);
  if (failed(values))
    return failure();
  return SmallVector<float>(*values);
}

template <typename OpTy>
static ScaleLayout getLayout(OpTy op) {
  return ScaleLayout::getIdentity(op.getAxes(),
                                  op.getScale().getType().getShape());
}

/// How remarks call a scale: by the observer that reads the smoothed value, or
/// by the first linear that does.
static std::string getScaleName(SmoothOp smooth) {
  std::string name = "an activation";
  for (Operation *user : smooth->getUsers()) {
    if (auto observe = dyn_cast<ObserveOp>(user))
      return observe.getName().str();
    // The list of users starts with the last one.
    if (std::optional<Linear> linear = matchLinear(user);
        linear && !linear->getName().empty())
      name = linear->getName().str() + ".input";
  }
  return name;
}

namespace {
struct FoldScalesPass : quantmlir::impl::QuantFoldScalesBase<FoldScalesPass> {
  using QuantFoldScalesBase::QuantFoldScalesBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    QuantFoldScalesBase::getDependentDialects(registry);
    registerQuantOps(registry);
    registerScaleMigrationModels(registry);
  }

  void runOnOperation() override;

private:
  void pairUp(SmoothOp op);
  void foldFuseScale(FuseScaleOp op);
  std::string findObstacle(FuseScaleOp op);
  const std::string &findGroupObstacle(Operation *op);
  void foldSmooth(SmoothOp op);
  template <typename OpTy>
  void replaceByInput(OpTy op);
  void commit(SmoothOp op, const MigrationPlan &plan, ArrayRef<float> scales);
  void remarkMissed(Operation *op, StringRef name, StringRef reason,
                    StringRef suggestion);

  ConstantScaler constants;
  /// Scales whose ops are gone.
  llvm::SetVector<Operation *> usedScales;
  /// A smoothing and the scalings of weights that undo it are one transaction.
  llvm::EquivalenceClasses<Operation *> groups;
  /// By the leader of a group: why it stays; empty if its weights fold.
  DenseMap<Operation *, std::string> obstacles;
  DenseSet<Operation *> visited;
};
} // namespace

/// The same constant, or the same value.
static bool isSameScale(Value a, Value b) {
  std::optional<ConstantTensor> left = ConstantTensor::get(a);
  std::optional<ConstantTensor> right = ConstantTensor::get(b);
  return a == b || (left && right && left->getAttr() == right->getAttr());
}

/// Puts `op` and the scalings of the weights of its linears into one group.
void FoldScalesPass::pairUp(SmoothOp op) {
  groups.insert(op);
  SmallVector<Value> divided = {op.getResult()};
  for (Operation *user : op->getUsers())
    if (auto observe = dyn_cast<ObserveOp>(user))
      divided.push_back(observe.getResult());
  for (Value value : divided) {
    for (OpOperand &use : value.getUses()) {
      auto matmul = dyn_cast<linalg::MatmulOp>(use.getOwner());
      if (!matmul || use.getOperandNumber() != 0)
        continue;
      auto fuse = matmul.getInputs()[1].getDefiningOp<FuseScaleOp>();
      if (fuse && isSameScale(fuse.getScale(), op.getScale()))
        groups.unionSets(op, fuse);
    }
  }
}

void FoldScalesPass::remarkMissed(Operation *op, StringRef name,
                                  StringRef reason, StringRef suggestion) {
  ++numLeft;
  auto remark = remark::missed(
      op->getLoc(), remark::RemarkOpts::name("ScaleStays").category(category));
  remark << remark::add("the scale of {0} stays at its linears", name.str())
         << remark::reason("{0}", reason.str());
  if (!suggestion.empty())
    remark << remark::suggest("{0}", suggestion.str());
}

/// Replaces a scaling by its input; factors of that use of a constant go to the
/// uses of the result.
template <typename OpTy>
void FoldScalesPass::replaceByInput(OpTy op) {
  SmallVector<ConstantFactor> factors =
      constants.getFactors(op.getInputMutable());
  for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
    for (const ConstantFactor &factor : factors)
      constants.multiply(use, factor);
    use.set(op.getInput());
  }
  constants.drop(op.getInputMutable());
  if (Operation *scale = op.getScale().getDefiningOp())
    usedScales.insert(scale);
  op.erase();
  ++numFolded;
}

/// Why the constant that `op` reads does not take its scale; empty if it does.
std::string FoldScalesPass::findObstacle(FuseScaleOp op) {
  FailureOr<SmallVector<float>> scales = getScales(op.getScale());
  if (failed(scales))
    return "the scale is not a constant";
  if (!isWeight(op.getInput()) && !isConstantExpression(op.getInput()))
    return "it multiplies no constant";
  return constants.findObstacle(op.getInputMutable(), getLayout(op), *scales,
                                /*divides=*/false);
}

/// What stops the group of `op` that it knows of before smoothings are planned:
/// a weight that does not take its scale. Then none of the group folds, since a
/// linear is quantized only if its weight is a constant.
const std::string &FoldScalesPass::findGroupObstacle(Operation *op) {
  Operation *leader = groups.getLeaderValue(op);
  auto [known, isNew] = obstacles.try_emplace(leader);
  if (!isNew)
    return known->second;
  std::string found;
  for (Operation *member : groups.members(op)) {
    auto fuse = dyn_cast<FuseScaleOp>(member);
    if (!fuse)
      continue;
    // A scale of a scale meets a constant once the inner one has folded.
    if (auto inner = fuse.getInput().getDefiningOp<FuseScaleOp>())
      foldFuseScale(inner);
    std::string obstacle = findObstacle(fuse);
    if (found.empty() && !obstacle.empty())
      found = describeConstant(fuse.getInput()) +
              " does not take its part: " + obstacle;
  }
  return obstacles[leader] = std::move(found);
}

void FoldScalesPass::foldFuseScale(FuseScaleOp op) {
  if (!visited.insert(op).second)
    return;
  std::string stopped = findGroupObstacle(op);
  std::string own = findObstacle(op);
  if (!stopped.empty() || !own.empty())
    return remarkMissed(op, describeConstant(op.getInput()),
                        own.empty() ? stopped : own, "");
  ScaleLayout layout = getLayout(op);
  SmallVector<float> scales = *getScales(op.getScale());
  for (OpOperand &use : op->getUses())
    constants.multiply(use, layout, scales);
  replaceByInput(op);
}

void FoldScalesPass::commit(SmoothOp op, const MigrationPlan &plan,
                            ArrayRef<float> scales) {
  std::string names;
  auto addName = [&](const ScaleDemand &demand) {
    if (!names.empty())
      names += ", ";
    names += describeConstant(demand.operand->get());
  };
  for (const ScaleDemand &demand : plan.constants) {
    addName(demand);
    constants.divide(*demand.operand, demand.layout, scales);
  }
  for (const ScaleDemand &demand : plan.widened) {
    addName(demand);
    ArrayRef<int64_t> extents = demand.layout.getExtents();
    SmallVector<int64_t> dims =
        constants.widen(*demand.operand, demand.layout.getAxes(), extents);
    constants.divide(
        *demand.operand,
        ScaleLayout(dims, extents, demand.layout.getChannels().vec()), scales);
  }
  for (const ScaledResult &result : plan.passed)
    cast<ScaleMigrationOpInterface>(result.op).updateForScale(
        result.number, result.layout, scales);
  remark::passed(op.getLoc(),
                 remark::RemarkOpts::name("ScaleFolded").category(category))
      << remark::add("the scale of {0} folds into {1}", getScaleName(op), names)
      << remark::metric("Channels", plan.classes.getNumChannels())
      << remark::metric("FreeScales", plan.classes.getNumFree());
  replaceByInput(op);
}

void FoldScalesPass::foldSmooth(SmoothOp op) {
  if (const std::string &obstacle = findGroupObstacle(op); !obstacle.empty())
    return remarkMissed(op, getScaleName(op), obstacle, "");
  FailureOr<SmallVector<float>> scales = getScales(op.getScale());
  if (failed(scales))
    return remarkMissed(op, getScaleName(op), "the scale is not a constant",
                        "");
  auto findObstacle = [&](const ScaleDemand &demand, bool widened) {
    return constants.findObstacle(*demand.operand, demand.layout, *scales,
                                  /*divides=*/true, widened);
  };
  auto findPlanObstacle = [&](const MigrationPlan &plan) -> std::string {
    for (const ScaledResult &result : plan.passed)
      if (auto observe = dyn_cast<ObserveOp>(result.op))
        if (std::string obstacle =
                findScalingObstacle(observe, result.layout, *scales);
            !obstacle.empty())
          return obstacle;
    return findRangeObstacle(op, plan, *scales, constants);
  };
  MigrationPlan plan =
      planMigration(op.getInputMutable(), getLayout(op), scales->size(),
                    ChosenScale{*scales, findObstacle, findPlanObstacle});
  if (!plan.folds)
    return remarkMissed(op, getScaleName(op), plan.blocker.reason,
                        plan.blocker.suggestion);
  commit(op, plan, *scales);
}

void FoldScalesPass::runOnOperation() {
  constants = ConstantScaler();
  usedScales.clear();
  groups = {};
  obstacles.clear();
  visited.clear();
  SmallVector<FuseScaleOp> fuseScales;
  SmallVector<SmoothOp> smooths;
  getOperation().walk([&](Operation *op) {
    if (auto fuse = dyn_cast<FuseScaleOp>(op)) {
      fuseScales.push_back(fuse);
      groups.insert(op);
    } else if (auto smooth = dyn_cast<SmoothOp>(op)) {
      smooths.push_back(smooth);
    }
  });
  ConstantReleaser releaser(getOperation());
  llvm::for_each(smooths, [&](SmoothOp op) { pairUp(op); });
  for (FuseScaleOp op : fuseScales)
    foldFuseScale(op);
  for (SmoothOp op : llvm::reverse(smooths))
    foldSmooth(op);
  constants.apply(&getContext());
  for (Operation *op : constants.getReplaced())
    releaser.eraseIfUnused(op);
  // Vectors, whose data is not worth the risk that a clone of the module, which
  // nothing here knows of, still holds it.
  for (Operation *op : usedScales)
    if (op->hasTrait<OpTrait::ConstantLike>() && op->use_empty())
      op->erase();
}
