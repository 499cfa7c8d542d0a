//===- OutlineKernels.cpp - move everything but products into kernels -----===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Access.h"
#include "Clustering.h"
#include "Gemm.h"
#include "KernelLayout.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTOUTLINEKERNELS
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct OutlineKernelsPass
    : quantmlir::impl::QuantOutlineKernelsBase<OutlineKernelsPass> {
  using Base::Base;
  void runOnOperation() override;
};

/// Moves one cluster into a new function.
class Outliner {
public:
  Outliner(const Cluster &cluster)
      : cluster(cluster), members(cluster.ops.begin(), cluster.ops.end()) {}

  /// The kernel, detached, named `kernel`.
  OwningOpRef<func::FuncOp> createKernel();
  void replaceByCall(func::FuncOp kernel);

private:
  bool isUsedOutside(Value value) const;
  void visitOperands(Operation *op);
  void visit(Value value);

  const Cluster &cluster;
  llvm::SmallPtrSet<Operation *, 16> members;
  llvm::SetVector<Operation *> body;
  llvm::SetVector<Value> arguments;
  SmallVector<Value> results;
};
} // namespace

/// The op of the function's body that `op` is or is nested in.
static Operation *getTopLevel(Operation *op, Block *block) {
  return block->findAncestorOpInBlock(*op);
}

bool Outliner::isUsedOutside(Value value) const {
  Block *block = cluster.ops.front()->getBlock();
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    Operation *top = getTopLevel(user, block);
    if (getViewSource(top))
      return isUsedOutside(top->getResult(0));
    return !members.contains(top);
  });
}

void Outliner::visitOperands(Operation *op) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used)
    visit(value);
  body.insert(op);
}

/// A constant whose elements are written into the code.
static bool isInlineConstant(Operation *op) {
  DenseElementsAttr elements;
  return !isa<ShapedType>(op->getResult(0).getType()) ||
         (matchPattern(op, m_Constant(&elements)) && elements.isSplat());
}

void Outliner::visit(Value value) {
  Operation *op = value.getDefiningOp();
  bool isInside =
      op && (members.contains(op) ||
             (isRecomputed(op) && (!op->hasTrait<OpTrait::ConstantLike>() ||
                                   isInlineConstant(op))));
  if (!isInside)
    arguments.insert(value);
  else if (!body.contains(op))
    visitOperands(op);
}

/// Intermediate values whose rows are too long for the stack become results,
/// which nobody reads.
static void returnLongRows(func::FuncOp kernel) {
  KernelLayout layout(kernel);
  Operation *terminator = kernel.getBody().front().getTerminator();
  SmallVector<Value> returned(terminator->getOperands());
  for (Value value : layout.getStackValues())
    if (layout.getRowBytes(value) > maxStackRowBytes)
      returned.push_back(value);
  terminator->setOperands(returned);
  kernel.setFunctionType(FunctionType::get(kernel.getContext(),
                                           kernel.getArgumentTypes(),
                                           TypeRange(ValueRange(returned))));
}

OwningOpRef<func::FuncOp> Outliner::createKernel() {
  for (Operation *op : cluster.ops) {
    visitOperands(op);
    for (Value result : op->getResults())
      if (isUsedOutside(result))
        results.push_back(result);
  }
  Location loc = UnknownLoc::get(cluster.ops.front()->getContext());
  OpBuilder builder(loc.getContext());
  OwningOpRef<func::FuncOp> kernel = func::FuncOp::create(
      loc, "kernel",
      builder.getFunctionType(TypeRange(arguments.getArrayRef()),
                              TypeRange(ValueRange(results))));
  kernel->setPrivate();
  (*kernel)->setAttr(rowsAttrName, builder.getI64IntegerAttr(cluster.rows));
  Block *block = kernel->addEntryBlock();
  builder.setInsertionPointToStart(block);
  IRMapping mapping;
  mapping.map(arguments.getArrayRef(), block->getArguments());
  for (Operation *op : body)
    builder.clone(*op, mapping)->setLoc(loc);
  SmallVector<Value> returned;
  for (Value result : results)
    returned.push_back(mapping.lookup(result));
  func::ReturnOp::create(builder, loc, returned);
  returnLongRows(*kernel);
  return kernel;
}

void Outliner::replaceByCall(func::FuncOp kernel) {
  Operation *last = cluster.ops.back();
  OpBuilder builder(last);
  auto call = func::CallOp::create(builder, last->getLoc(), kernel,
                                   arguments.getArrayRef());
  for (auto [result, replacement] : llvm::zip_first(results, call.getResults()))
    result.replaceAllUsesWith(replacement);
}

/// Asks for a buffer of `value`'s elements, which some consumer needs.
static void materialize(Value value) {
  if (Operation *op = value.getDefiningOp())
    if (isRecomputed(op) && !op->hasTrait<OpTrait::ConstantLike>())
      op->setAttr(materializeAttrName, UnitAttr::get(op->getContext()));
}

/// Marks views whose elements matrix products, observers, device code and the
/// function's caller need in order.
static void materializeOperands(Block &block) {
  for (Operation &op : llvm::reverse(block)) {
    auto linalgOp = dyn_cast<linalg::LinalgOp>(&op);
    if (linalgOp && isGemm(linalgOp)) {
      SmallVector<OpOperand *> unfolded;
      std::optional<Gemm> gemm = getGemm(linalgOp, unfolded);
      for (OpOperand *operand : unfolded)
        materialize(operand->get());
      if (gemm && gemm->init)
        materialize(getViewBase(gemm->init));
      for (Value input : linalgOp.getDpsInputs())
        materialize(getViewBase(input));
      continue;
    }
    if (!isa<func::ReturnOp>(op) && !op.hasAttr(observerAttrName) &&
        !op.hasAttr(deviceAttrName))
      continue;
    for (Value operand : op.getOperands()) {
      if (!getContiguousOffset(operand))
        materialize(operand);
      materialize(getViewBase(operand));
    }
  }
}

static void eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (op.use_empty() && !op.hasTrait<OpTrait::IsTerminator>() &&
        !op.hasAttr(observerAttrName) && op.getNumResults() > 0)
      op.erase();
}

void OutlineKernelsPass::runOnOperation() {
  SymbolTable symbols(getOperation());
  llvm::StringMap<func::FuncOp> kernels;
  for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
    if (function.isDeclaration() || !function.getBody().hasOneBlock() ||
        function->hasAttr(rowsAttrName))
      continue;
    Block &block = function.getBody().front();
    materializeOperands(block);
    for (const Cluster &cluster : findClusters(block, separateConstants)) {
      Outliner outliner(cluster);
      OwningOpRef<func::FuncOp> kernel = outliner.createKernel();
      std::string text;
      llvm::raw_string_ostream stream(text);
      kernel->print(stream, OpPrintingFlags().useLocalScope());
      auto [it, isNew] = kernels.try_emplace(text, nullptr);
      if (isNew) {
        it->second = kernel.release();
        symbols.insert(it->second);
        ++numKernels;
      }
      outliner.replaceByCall(it->second);
      ++numCalls;
    }
    sortTopologically(&block);
    eraseDeadOps(block);
  }
}
