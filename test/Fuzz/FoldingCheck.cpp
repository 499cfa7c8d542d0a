//===- FoldingCheck.cpp - does folding change a program? ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FoldingCheck.h"
#include "ProgramBuilder.h"
#include "ScalarOps.h"

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quantmlir;
using namespace mlir::quantmlir::fuzz;

/// Magnitudes within these bounds stay normal in f32 under the scales of all
/// linears on a path.
static constexpr double leastMagnitude = 0x1p-80, mostMagnitude = 0x1p80;

static double getTolerance(Agreement agreement) {
  switch (agreement) {
  case Agreement::Bits:
    return 0;
  case Agreement::Close:
    return 1e-4;
  case Agreement::Half:
    return 0x1p-6;
  }
  llvm_unreachable("unknown agreement");
}

static func::FuncOp getMain(ModuleOp module) {
  return *module.getOps<func::FuncOp>().begin();
}

OwningOpRef<ModuleOp> fuzz::foldScales(ModuleOp module) {
  OwningOpRef<ModuleOp> folded = module.clone();
  PassManager pm(module.getContext());
  pm.addPass(createQuantFoldScales());
  if (failed(pm.run(*folded)))
    return {};
  return folded;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

static std::vector<TensorValue> makeArguments(func::FuncOp function,
                                              unsigned seed) {
  std::vector<TensorValue> arguments;
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes())) {
    // By number, so that an argument more or less changes no other.
    Random random(seed * 1000 + number);
    TensorValue value;
    value.shape.assign(cast<RankedTensorType>(type).getShape());
    value.elements.resize(ShapedType::getNumElements(value.shape));
    for (double &element : value.elements)
      element = roundTo(random.number(), getElementTypeOrSelf(type));
    arguments.push_back(std::move(value));
  }
  return arguments;
}

/// The largest difference of a result's elements, relative to its largest
/// finite magnitude; infinite if an infinity or a NaN differs.
static double getDifference(const TensorValue &a, const TensorValue &b) {
  double difference = 0, largest = 0;
  for (auto [x, y] : llvm::zip_equal(a.elements, b.elements)) {
    if (x == y || (std::isnan(x) && std::isnan(y))) {
      largest = std::isfinite(x) ? std::max(largest, std::fabs(x)) : largest;
      continue;
    }
    double distance = std::fabs(x - y);
    if (!std::isfinite(distance))
      return std::numeric_limits<double>::infinity();
    difference = std::max(difference, distance);
    largest = std::max(largest, std::fabs(x));
  }
  return difference == 0 ? 0 : difference / largest;
}

/// The largest difference over all results, and the result that has it.
static std::pair<double, size_t> getDifference(const Evaluation &a,
                                               const Evaluation &b) {
  std::pair<double, size_t> worst = {0, 0};
  for (size_t i = 0; i < a.results.size(); ++i)
    worst = std::max(worst, {getDifference(a.results[i], b.results[i]), i});
  return worst;
}

/// True if roundings of the constants of `function` move its results by a
/// fair part of `difference`.
static bool amplifiesRoundings(func::FuncOp function,
                               ArrayRef<TensorValue> arguments,
                               EvaluationOptions options,
                               const Evaluation &exact, double difference) {
  double largest = 0;
  for (options.seed = 0; options.seed < 8; ++options.seed) {
    Evaluation perturbed = cantFail(evaluate(function, arguments, options));
    largest = std::max(largest, getDifference(exact, perturbed).first);
  }
  return largest * 8 > difference;
}

void fuzz::attachStatistics(ModuleOp module, unsigned seed) {
  func::FuncOp main = getMain(module);
  Evaluation evaluation = cantFail(evaluate(main, makeArguments(main, seed)));
  for (auto &[op, maxima] : evaluation.observed) {
    auto type = RankedTensorType::get(static_cast<int64_t>(maxima.size()),
                                      Float32Type::get(module.getContext()));
    if (llvm::all_of(maxima, [](float x) { return std::isfinite(x); }))
      cast<ObserveOp>(op).setAbsmaxAttr(
          DenseElementsAttr::get(type, ArrayRef<float>(maxima)));
  }
}

Finding fuzz::compare(ModuleOp before, ModuleOp after, Agreement agreement,
                      unsigned seed) {
  std::vector<TensorValue> arguments = makeArguments(getMain(before), seed);
  EvaluationOptions options;
  options.keepPrecision = agreement == Agreement::Close;
  auto run = [&](ModuleOp module) {
    llvm::Expected<Evaluation> evaluation =
        evaluate(getMain(module), arguments, options);
    if (!evaluation)
      llvm::report_fatal_error(evaluation.takeError());
    return std::move(*evaluation);
  };
  Evaluation expected = run(before);
  bool isHalf = agreement == Agreement::Half;
  if (isHalf ? expected.overflows
             : expected.smallest < leastMagnitude ||
                   expected.largest > mostMagnitude)
    return {Finding::OutOfRange, ""};
  auto [difference, number] = getDifference(expected, run(after));
  if (difference <= getTolerance(agreement))
    return {Finding::Agrees, ""};
  options.perturbation = isHalf ? 0x1p-11 : 0x1p-22;
  if (agreement != Agreement::Bits &&
      amplifiesRoundings(getMain(before), arguments, options, expected,
                         difference))
    return {Finding::IllConditioned, ""};
  return {Finding::Differs,
          llvm::formatv("result #{0} changes by {1:e} of its largest magnitude",
                        number, difference)};
}

//===----------------------------------------------------------------------===//
// Shrinking
//===----------------------------------------------------------------------===//

static void removeDeadOps(func::FuncOp function) {
  Block &block = function.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

static void updateType(func::FuncOp function) {
  Block &block = function.getBody().front();
  function.setFunctionType(
      FunctionType::get(function.getContext(), block.getArgumentTypes(),
                        block.getTerminator()->getOperandTypes()));
}

/// The op of `function` with the given position, counted from the end.
static Operation *getOp(func::FuncOp function, unsigned position) {
  Block &block = function.getBody().front();
  for (Operation &op : llvm::reverse(block.without_terminator()))
    if (position-- == 0)
      return &op;
  return nullptr;
}

static bool isReplaceable(Operation *op) {
  return op->getNumResults() == 1 && op->getNumOperands() > 0 &&
         isa<RankedTensorType>(op->getResult(0).getType());
}

/// A copy of `module` without its result `number`, or null.
static OwningOpRef<ModuleOp> dropResult(ModuleOp module, unsigned number) {
  Operation *end = getMain(module).getBody().front().getTerminator();
  if (end->getNumOperands() < 2 || number >= end->getNumOperands())
    return {};
  OwningOpRef<ModuleOp> copy = module.clone();
  getMain(*copy).getBody().front().getTerminator()->eraseOperand(number);
  return copy;
}

/// A copy in which the result of an op is replaced: by operand `way` of the
/// same type, or past the last by a new argument. Null if there is none.
static OwningOpRef<ModuleOp> replaceOp(ModuleOp module, unsigned position,
                                       unsigned way) {
  Operation *found = getOp(getMain(module), position);
  if (!isReplaceable(found) || way > found->getNumOperands())
    return {};
  Type type = found->getResult(0).getType();
  bool byArgument = way == found->getNumOperands();
  if (!byArgument && found->getOperand(way).getType() != type)
    return {};
  OwningOpRef<ModuleOp> copy = module.clone();
  Operation *op = getOp(getMain(*copy), position);
  Value with =
      byArgument
          ? getMain(*copy).getBody().front().addArgument(type, op->getLoc())
          : op->getOperand(way);
  op->getResult(0).replaceAllUsesWith(with);
  op->erase();
  return copy;
}

OwningOpRef<ModuleOp> fuzz::shrink(ModuleOp module,
                                   function_ref<bool(ModuleOp)> failing) {
  OwningOpRef<ModuleOp> least = module.clone();
  auto tryModule = [&](OwningOpRef<ModuleOp> candidate) {
    if (!candidate)
      return false;
    removeDeadOps(getMain(*candidate));
    updateType(getMain(*candidate));
    if (failed(verify(*candidate)) || !failing(*candidate))
      return false;
    least = std::move(candidate);
    return true;
  };
  constexpr unsigned maxWays = 6;
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned i = 0; i < getMain(*least).getNumResults();)
      if (!tryModule(dropResult(*least, i)))
        ++i;
    for (unsigned position = 0; getOp(getMain(*least), position); ++position)
      for (unsigned way = 0; way < maxWays; ++way)
        if (getOp(getMain(*least), position) &&
            tryModule(replaceOp(*least, position, way)))
          changed = true;
  }
  return least;
}
