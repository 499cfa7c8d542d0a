//===- Problem.cpp - a product whose tile is sought -----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Problem.h"

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::quantmlir;

double Candidate::getCycles(const Chip &chip) const {
  auto users =
      static_cast<double>(std::min(launch.blocks, chip.multiprocessors));
  return launch.cycles + conflictCycles.value_or(0) / users;
}

static Type makeStatic(Type type, int64_t rows) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return type;
  SmallVector<int64_t> shape(tensor.getShape());
  llvm::replace(shape, ShapedType::kDynamic, rows);
  return tensor.clone(shape);
}

/// A module with nothing but a function of the op.
static Problem isolate(Operation *op, int64_t rows) {
  auto getTypes = [&](TypeRange types) {
    return llvm::map_to_vector(
        types, [&](Type type) { return makeStatic(type, rows); });
  };
  Location loc = op->getLoc();
  SmallVector<Type> operands = getTypes(op->getOperandTypes());
  SmallVector<Type> results = getTypes(op->getResultTypes());
  Problem problem = {ModuleOp::create(loc), nullptr, {op}, {}, {}};
  OpBuilder builder(problem.module->getBodyRegion());
  auto function = func::FuncOp::create(
      builder, loc, "main", builder.getFunctionType(operands, results));
  builder.setInsertionPointToStart(function.addEntryBlock());
  problem.op = builder.clone(*op);
  problem.op->setOperands(function.getArguments());
  for (auto [result, type] : llvm::zip(problem.op->getResults(), results))
    result.setType(type);
  problem.op->removeAttr(tileAttrName);
  func::ReturnOp::create(builder, loc, problem.op->getResults());
  problem.sizes = getKernelSizes(problem.op);
  return problem;
}

FailureOr<std::vector<Problem>>
mlir::quantmlir::collectProblems(ModuleOp module, ArrayRef<int64_t> rows) {
  std::vector<Problem> problems;
  llvm::StringMap<size_t> indices;
  auto add = [&](Operation *op, int64_t count) {
    std::string whyNot;
    if (!isa<MatmulOp, GroupMatmulOp>(op) || op->getNumResults() == 0 ||
        failed(checkKernel(op, whyNot)))
      return WalkResult::advance();
    SmallVector<int64_t> sizes = getKernelSizes(op);
    if (llvm::any_of(ArrayRef<int64_t>(sizes).drop_front(),
                     ShapedType::isDynamic)) {
      op->emitOpError(
          "only the number of rows may be dynamic in a product that "
          "is to be tuned");
      return WalkResult::interrupt();
    }
    Problem problem = isolate(op, count);
    auto [entry, isNew] =
        indices.try_emplace(debugString(*problem.module), problems.size());
    if (isNew)
      problems.push_back(std::move(problem));
    else if (auto &uses = problems[entry->second].uses;
             !llvm::is_contained(uses, op))
      // A static number of rows is the same for each count.
      uses.push_back(op);
    return WalkResult::advance();
  };
  for (int64_t count : rows)
    if (module.walk([&](Operation *op) { return add(op, count); })
            .wasInterrupted())
      return failure();
  return problems;
}

std::vector<SmallVector<int64_t>> mlir::quantmlir::getTiles(Operation *op,
                                                            const Chip &chip) {
  using Tile = SmallVector<int64_t>;
  // Rows, columns, warps along both. From 64×64 for each warp on, sums take
  // half of all registers.
  const std::vector<Tile> parts = {
      {16, 32, 1, 2},  {16, 64, 1, 4},   {16, 128, 1, 4},  {32, 64, 1, 4},
      {32, 128, 1, 4}, {64, 64, 2, 2},   {64, 128, 1, 2},  {64, 128, 2, 4},
      {128, 64, 2, 1}, {128, 128, 2, 2}, {128, 256, 2, 4}, {256, 128, 4, 2}};
  // The same with warps along K.
  const std::vector<Tile> groupParts = {
      {16, 32, 1, 1, 4},  {16, 64, 1, 1, 4},  {16, 128, 1, 2, 4},
      {32, 64, 1, 2, 2},  {32, 128, 1, 4, 2}, {64, 64, 1, 2, 2},
      {64, 128, 1, 4, 1}, {64, 128, 2, 4, 1}, {128, 128, 2, 4, 1}};
  // Rows, columns, warp groups.
  const std::vector<Tile> warpGroupParts = {
      {64, 64, 1}, {64, 128, 1}, {128, 128, 2}, {128, 192, 2}, {128, 256, 2}};

  std::vector<Tile> tiles;
  auto add = [&](const std::vector<Tile> &list, const std::vector<Tile> &ends) {
    for (const Tile &part : list)
      for (const Tile &end : ends) {
        Tile tile = part;
        llvm::append_range(tile, end);
        tiles.push_back(tile);
      }
  };
  // So many stages, with blocks that divide K.
  auto withSplits = [](int64_t stages) {
    std::vector<Tile> ends;
    for (int64_t splits : splitCounts)
      ends.push_back({stages, splits});
    return ends;
  };
  // Stages, and for few rows also splits.
  if (isa<GroupMatmulOp>(op)) {
    add(groupParts, {{2}, {3}, {4}, {5}});
    add({groupParts[0], groupParts[1], groupParts[3]}, withSplits(3));
    return tiles;
  }
  add(parts, {{3}, {4}, {6}});
  add({parts[1], parts[3], parts[5]}, withSplits(4));
  if (chip.wgmmaProducts > 0) {
    add(warpGroupParts, {{3}, {4}, {6}});
    auto withGroupSplits = [&](int64_t stages) {
      std::vector<Tile> ends = withSplits(stages);
      for (Tile &end : ends)
        end.insert(end.begin(), 0);
      return ends;
    };
    add({warpGroupParts[1], warpGroupParts[4]}, withGroupSplits(4));
    add({warpGroupParts[2]}, withGroupSplits(6));
  }
  return tiles;
}
