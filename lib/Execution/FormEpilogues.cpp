//===- FormEpilogues.cpp - one op behind each matmul ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elementwise ops are collapsed to rows and columns first, wherever they follow
// a matmul. Then, for each matmul, the last op is found that everything which
// reads the result leads to, and that needs nothing but what was there when the
// matmul was. It and the ops before it become one.
//
//===----------------------------------------------------------------------===//

#include "Movable.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/ErrorHandling.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTFORMEPILOGUES
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct FormEpiloguesPass
    : quantmlir::impl::QuantFormEpiloguesBase<FormEpiloguesPass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registerQuantOps(registry);
  }

  void runOnOperation() override;
  void form(Operation *matmul);
  void remark(Operation *matmul, size_t numFused);
};
} // namespace

//===----------------------------------------------------------------------===//
// Rows and columns
//===----------------------------------------------------------------------===//

/// True if `op` computes each element from the element of `operand` in the same
/// place.
static bool readsInPlace(linalg::LinalgOp op, OpOperand &operand) {
  return op && op.hasPureTensorSemantics() && op->getNumResults() == 1 &&
         op.isDpsInput(&operand) && linalg::isElementwise(op) &&
         op.getMatchingIndexingMap(&operand).isIdentity() &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity();
}

namespace {
/// Upstream collapses generic ops alone.
struct Generalize : OpInterfaceRewritePattern<linalg::LinalgOp> {
  Generalize(MLIRContext *context, linalg::ControlFusionFn follows)
      : OpInterfaceRewritePattern(context), follows(std::move(follows)) {}

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    auto inputs = op.getDpsInputOperands();
    return success(!isa<linalg::GenericOp>(op) &&
                   llvm::any_of(inputs, follows) &&
                   succeeded(linalg::generalizeNamedOp(rewriter, op)));
  }

  linalg::ControlFusionFn follows;
};

/// Goes from matmuls to what follows from them by elementwise ops of which each
/// is all that reads the one before. Each op is looked at once, when the one
/// before it has rows and columns.
class Collapse : RewriterBase::Listener {
public:
  explicit Collapse(MLIRContext *context);
  LogicalResult run(Operation *root);

private:
  /// Reshapes of what was reshaped go, and powers become products, as on the
  /// CPU: kernels have no others.
  LogicalResult simplify(Operation *root);
  LogicalResult collapseReaders();
  void notifyOperationErased(Operation *op) override { seen.erase(op); }
  void add(Operation *op) {
    if (seen.insert(op).second)
      worklist.push_back(op);
  }
  /// True for a reshape of which all readers may follow from the matmul.
  bool isPassed(Operation *op) const {
    return isa<tensor::ExpandShapeOp>(op) &&
           (mayHaveEpilogue(current.getDefiningOp()) || op->hasOneUse());
  }
  bool isReshaped(OpOperand *operand) const;

  FrozenRewritePatternSet simplifications;
  FrozenRewritePatternSet patterns;
  GreedyRewriteConfig config;
  /// Follows from a matmul. Its readers are collapsed.
  Value current;
  SmallVector<Operation *> worklist;
  DenseSet<Operation *> seen;
};
} // namespace

/// True for what `current` is reshaped to, read in place.
bool Collapse::isReshaped(OpOperand *operand) const {
  auto expand = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  return expand && expand.getSrc() == current && isPassed(expand) &&
         readsInPlace(dyn_cast<linalg::LinalgOp>(operand->getOwner()),
                      *operand);
}

static void addSimplifications(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::populateFoldTensorEmptyPatterns(patterns);
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  populateMathAlgebraicSimplificationPatterns(patterns);
}

Collapse::Collapse(MLIRContext *context) {
  RewritePatternSet simplifying(context);
  addSimplifications(simplifying);
  simplifications = std::move(simplifying);
  RewritePatternSet collapsing(context);
  addSimplifications(collapsing);
  auto reshaped = [this](OpOperand *operand) { return isReshaped(operand); };
  linalg::populateFoldReshapeOpsByCollapsingPatterns(collapsing, reshaped);
  collapsing.add<Generalize>(context, [this](OpOperand *operand) {
    return isReshaped(operand) ||
           (operand->get() == current &&
            readsInPlace(cast<linalg::LinalgOp>(operand->getOwner()),
                         *operand));
  });
  patterns = std::move(collapsing);
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  config.setListener(this);
}

LogicalResult Collapse::simplify(Operation *root) {
  SmallVector<Operation *> ops;
  // Matmuls that nothing reads are none of this pass's business.
  root->walk([&](Operation *op) {
    if (op != root && !mayHaveKernel(op))
      ops.push_back(op);
  });
  return applyOpPatternsGreedily(ops, simplifications, config);
}

LogicalResult Collapse::collapseReaders() {
  auto isOfInterest = [](Operation *op) {
    return isa<linalg::LinalgOp, tensor::ExpandShapeOp,
               tensor::CollapseShapeOp>(op);
  };
  bool changed = true;
  while (changed) {
    llvm::SetVector<Operation *> ops;
    for (Operation *user : current.getUsers()) {
      ops.insert(user);
      if (isPassed(user))
        ops.insert(user->user_begin(), user->user_end());
    }
    ops.remove_if([&](Operation *op) { return !isOfInterest(op); });
    changed = false;
    if (failed(applyOpPatternsGreedily(ops.getArrayRef(), patterns, config,
                                       &changed)))
      return failure();
  }
  return success();
}

LogicalResult Collapse::run(Operation *root) {
  if (failed(simplify(root)))
    return failure();
  root->walk([&](Operation *op) {
    if (mayHaveEpilogue(op) && op->getNumResults() == 1)
      add(op);
  });
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (!seen.contains(op))
      continue;
    current = op->getResult(0);
    if (!mayHaveEpilogue(op) && !current.hasOneUse())
      continue;
    if (failed(collapseReaders()))
      return failure();
    for (OpOperand &use : current.getUses())
      if (readsInPlace(dyn_cast<linalg::LinalgOp>(use.getOwner()), use))
        add(use.getOwner());
  }
  return simplify(root);
}

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

namespace {
/// The ops that lead from a matmul to what may be its epilogue.
class Chain {
public:
  explicit Chain(Operation *matmul) : matmul(matmul) {}

  /// Finds the ops. False if there are none, or others read the result as well.
  bool find();
  /// Gives ops destinations that are there when the matmul is.
  void setDestinations(RewriterBase &rewriter);
  /// Moves what they need besides in front of the matmul.
  void moveOperands(RewriterBase &rewriter);
  /// The one op that they become.
  linalg::GenericOp fuse(RewriterBase &rewriter);
  size_t size() const { return ops.size(); }

private:
  bool collect(linalg::GenericOp op, llvm::SetVector<Operation *> &found) const;
  linalg::GenericOp fuseProducer(RewriterBase &rewriter, OpOperand &operand);

  Operation *matmul;
  /// The last one comes last.
  llvm::SetVector<Operation *> ops;
};
} // namespace

/// Finds what `op` needs and is not there. False if it cannot be computed right
/// behind the matmul, by its kernel.
bool Chain::collect(linalg::GenericOp op,
                    llvm::SetVector<Operation *> &found) const {
  // One that is read twice is looked at once.
  if (found.contains(op))
    return true;
  std::string whyNot;
  if (op->getBlock() != matmul->getBlock() ||
      failed(checkEpilogueOp(op, whyNot)))
    return false;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Value value = operand->get();
    if (canBeBefore(value, matmul))
      continue;
    if (!readsAsItIs(op, *operand))
      return false;
    if (value == matmul->getResult(0))
      continue;
    auto producer = value.getDefiningOp<linalg::GenericOp>();
    if (!producer || !llvm::all_equal(producer->getUsers()) ||
        !collect(producer, found))
      return false;
  }
  return found.insert(op);
}

bool Chain::find() {
  Value result = matmul->getResult(0);
  for (Operation *reader : result.getUsers()) {
    auto op = dyn_cast<linalg::GenericOp>(reader);
    while (op) {
      size_t before = ops.size();
      if (!collect(op, ops)) {
        while (ops.size() > before)
          ops.pop_back();
        break;
      }
      if (!llvm::all_equal(op->getUsers()) || op->use_empty())
        break;
      op = dyn_cast<linalg::GenericOp>(*op->user_begin());
    }
    if (!ops.empty())
      break;
  }
  return !ops.empty() && llvm::all_of(result.getUsers(), [&](Operation *user) {
    return ops.contains(user);
  });
}

void Chain::setDestinations(RewriterBase &rewriter) {
  auto destination = cast<DestinationStyleOpInterface>(matmul);
  for (Operation *op : ops) {
    OpOperand &init = *cast<linalg::GenericOp>(op).getDpsInitOperand(0);
    // One of its own that is there may be where the result is to be, such as
    // what a loop carries. All are overwritten; those of others than the last
    // op go.
    bool isLastEmpty =
        op == ops.back() && init.get().getDefiningOp<tensor::EmptyOp>();
    if (!isLastEmpty && canBeBefore(init.get(), matmul))
      continue;
    rewriter.setInsertionPoint(matmul);
    Value empty = tensor::EmptyOp::create(
        rewriter, op->getLoc(),
        tensor::getMixedSizes(rewriter, op->getLoc(),
                              destination.getDpsInitOperand(0)->get()),
        getElementTypeOrSelf(init.get()));
    rewriter.modifyOpInPlace(op, [&] { init.set(empty); });
  }
}

void Chain::moveOperands(RewriterBase &rewriter) {
  llvm::SetVector<Value> values;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      if (operand != matmul->getResult(0) &&
          !ops.contains(operand.getDefiningOp()))
        values.insert(operand);
    // Constants of its body.
    getUsedValuesDefinedAbove(op->getRegions(), values);
  }
  if (failed(moveValueDefinitions(rewriter, values.getArrayRef(), matmul)))
    llvm::reportFatalInternalError(
        "what a chain reads cannot be in front of its matmul");
}

/// Lets `op` read what it reads as it is by one map, also where dimensions have
/// one element: the same value by other maps is another operand.
static void unifyMaps(RewriterBase &rewriter, linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (OpOperand *operand : op.getDpsInputOperands())
    if (readsAsItIs(op, *operand))
      maps[operand->getOperandNumber()] = maps.back();
  rewriter.modifyOpInPlace(op, [&] {
    op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
  });
}

/// Fuses an op of the chain into the one whose operand it computes.
linalg::GenericOp Chain::fuseProducer(RewriterBase &rewriter,
                                      OpOperand &operand) {
  Operation *op = operand.getOwner();
  Operation *producer = operand.get().getDefiningOp();
  rewriter.setInsertionPoint(op);
  auto result = linalg::fuseElementwiseOps(rewriter, &operand);
  if (failed(result))
    llvm::reportFatalInternalError("ops of a chain do not fuse");
  rewriter.replaceOp(op, result->replacements.lookup(op->getResult(0)));
  ops.remove(producer);
  rewriter.eraseOp(producer);
  return cast<linalg::GenericOp>(result->fusedOp);
}

linalg::GenericOp Chain::fuse(RewriterBase &rewriter) {
  auto last = cast<linalg::GenericOp>(ops.pop_back_val());
  while (true) {
    // Operands are read once each.
    unifyMaps(rewriter, last);
    rewriter.setInsertionPoint(last);
    auto unique = linalg::deduplicateOperandsAndRemoveDeadResults(
        rewriter, last, /*removeOutputs=*/false);
    if (succeeded(unique))
      last = *unique;
    SmallVector<OpOperand *> inputs = last.getDpsInputOperands();
    auto *input = llvm::find_if(inputs, [&](OpOperand *operand) {
      return ops.contains(operand->get().getDefiningOp());
    });
    if (input == inputs.end())
      break;
    last = fuseProducer(rewriter, **input);
  }
  // Bodies did not use what the others compute.
  for (Operation *op : llvm::reverse(ops))
    rewriter.eraseOp(op);
  return last;
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

static remark::RemarkOpts getRemarkOptions(StringRef name) {
  return remark::RemarkOpts::name(name).category("quant-form-epilogues");
}

/// The elementwise op behind transposes and reshapes of which each is all that
/// reads the one before.
static Operation *getElementwiseBehind(Operation *user) {
  while (
      isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, linalg::TransposeOp>(
          user) &&
      user->hasOneUse())
    user = *user->user_begin();
  auto op = dyn_cast<linalg::LinalgOp>(user);
  return op && !isa<linalg::TransposeOp>(user) && linalg::isElementwise(op)
             ? user
             : nullptr;
}

/// What would give a matmul an epilogue, if something could. `isLater` says
/// that an input of its reader is computed too late.
static StringRef getHelp(Operation *matmul, bool isLater) {
  if (isLater)
    return "compute it before the matmul";
  if (matmul->use_empty())
    return "";
  if (!matmul->hasOneUse())
    return "let one elementwise op read the result, and all others what it "
           "makes";
  auto generic = dyn_cast<linalg::GenericOp>(*matmul->user_begin());
  if (!generic)
    return getElementwiseBehind(*matmul->user_begin())
               ? "the elementwise op behind that would be taken along in front "
                 "of it"
               : "";
  std::string whyNot;
  if (succeeded(checkEpilogueOp(generic, whyNot)))
    return "";
  return "kernels do arith ops and f32 exp, tanh, erf, absf and fma, on "
         "constants and on float matrices, rows, columns and scalars";
}

/// Says what the kernel of a matmul does with its results.
void FormEpiloguesPass::remark(Operation *matmul, size_t numFused) {
  std::string whyNot;
  bool isAlone = static_cast<bool>(getTensorEpilogue(matmul, whyNot));
  if (isAlone && numFused == 0)
    whyNot = "the op behind it reads what is computed later";
  if (isAlone && numFused > 0) {
    remark::passed(matmul->getLoc(), getRemarkOptions("Formed"))
        << remark::add("what is behind {0} is for its kernel",
                       matmul->getName())
        << remark::metric("Ops", numFused);
    ++numFormed;
    return;
  }
  auto missed =
      remark::missed(matmul->getLoc(), getRemarkOptions("NoEpilogue"));
  missed << remark::add("{0} stores its result as it is", matmul->getName())
         << remark::reason("{0}", whyNot);
  if (StringRef help = getHelp(matmul, isAlone); !help.empty())
    missed << remark::suggest("{0}", help.str());
  ++numLeft;
}

void FormEpiloguesPass::form(Operation *matmul) {
  IRRewriter rewriter(&getContext());
  Chain chain(matmul);
  if (!chain.find())
    return remark(matmul, /*numFused=*/0);
  size_t numFused = chain.size();
  chain.setDestinations(rewriter);
  chain.moveOperands(rewriter);
  rewriter.moveOpAfter(chain.fuse(rewriter), matmul);
  remark(matmul, numFused);
}

void FormEpiloguesPass::runOnOperation() {
  if (failed(Collapse(&getContext()).run(getOperation())))
    return signalPassFailure();
  SmallVector<Operation *> matmuls;
  getOperation().walk([&](Operation *op) {
    if (mayHaveEpilogue(op) && op->getNumResults() == 1)
      matmuls.push_back(op);
  });
  for (Operation *matmul : matmuls)
    form(matmul);
}
