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
  LogicalResult collapse();
  void form(Operation *matmul);
  void remark(Operation *matmul, size_t numFused, bool isStuck);
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

/// True if `value` is the result of a matmul, or follows from it by elementwise
/// ops of which each is all that reads the one before.
static bool followsMatmul(Value value) {
  Operation *op = value.getDefiningOp();
  if (mayHaveEpilogue(op))
    return true;
  auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op);
  return linalgOp && value.hasOneUse() &&
         llvm::any_of(linalgOp.getDpsInputOperands(), [&](OpOperand *operand) {
           return readsInPlace(linalgOp, *operand) &&
                  followsMatmul(operand->get());
         });
}

/// True for a reshaped operand that follows from a matmul.
static bool isReshaped(OpOperand *operand) {
  auto expand = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  auto op = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  return expand && readsInPlace(op, *operand) &&
         (mayHaveEpilogue(expand.getSrc().getDefiningOp()) ||
          (expand->hasOneUse() && followsMatmul(expand.getSrc())));
}

namespace {
/// Upstream collapses generic ops alone.
struct Generalize : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    bool follows =
        llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
          return isReshaped(operand) ||
                 (readsInPlace(op, *operand) && followsMatmul(operand->get()));
        });
    return success(follows && !isa<linalg::GenericOp>(op) &&
                   succeeded(linalg::generalizeNamedOp(rewriter, op)));
  }
};
} // namespace

LogicalResult FormEpiloguesPass::collapse() {
  MLIRContext *context = &getContext();
  RewritePatternSet patterns(context);
  patterns.add<Generalize>(context);
  linalg::populateFoldReshapeOpsByCollapsingPatterns(patterns, isReshaped);
  // Reshapes of what was reshaped are gone then, and powers become products, as
  // on the CPU: kernels have no others.
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::populateFoldTensorEmptyPatterns(patterns);
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  populateMathAlgebraicSimplificationPatterns(patterns);
  FrozenRewritePatternSet frozen(std::move(patterns));
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  // Each op of a chain follows from a matmul once the one before it does.
  bool changed = true;
  for (int64_t i = 0; changed && i < config.getMaxIterations(); ++i) {
    SmallVector<Operation *> ops;
    // Matmuls that nothing reads are none of this pass's business.
    getOperation()->walk([&](Operation *op) {
      if (op != getOperation() && !mayHaveKernel(op))
        ops.push_back(op);
    });
    if (failed(applyOpPatternsGreedily(ops, frozen, config, &changed)))
      return failure();
  }
  return success();
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
  /// Moves what they read besides in front of the matmul.
  LogicalResult moveOperands(RewriterBase &rewriter);
  /// The one op that they become. Where one does not fuse, there are several
  /// still, which compute the same.
  FailureOr<linalg::GenericOp> fuse(RewriterBase &rewriter);
  size_t size() const { return ops.size(); }

private:
  bool collect(linalg::GenericOp op, llvm::SetVector<Operation *> &found) const;
  FailureOr<linalg::GenericOp> fuseProducer(RewriterBase &rewriter,
                                            OpOperand &operand);

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
      llvm::SetVector<Operation *> found;
      if (!collect(op, found))
        break;
      ops = std::move(found);
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

LogicalResult Chain::moveOperands(RewriterBase &rewriter) {
  llvm::SetVector<Value> values;
  for (Operation *op : ops) {
    for (Value input : cast<linalg::GenericOp>(op).getDpsInputs())
      if (input != matmul->getResult(0) && !ops.contains(input.getDefiningOp()))
        values.insert(input);
    // Constants of its body.
    getUsedValuesDefinedAbove(op->getRegions(), values);
  }
  return moveValueDefinitions(rewriter, values.getArrayRef(), matmul);
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
FailureOr<linalg::GenericOp> Chain::fuseProducer(RewriterBase &rewriter,
                                                 OpOperand &operand) {
  Operation *op = operand.getOwner();
  Operation *producer = operand.get().getDefiningOp();
  rewriter.setInsertionPoint(op);
  auto result = linalg::fuseElementwiseOps(rewriter, &operand);
  if (failed(result))
    return failure();
  rewriter.replaceOp(op, result->replacements.lookup(op->getResult(0)));
  ops.remove(producer);
  rewriter.eraseOp(producer);
  return cast<linalg::GenericOp>(result->fusedOp);
}

FailureOr<linalg::GenericOp> Chain::fuse(RewriterBase &rewriter) {
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
    FailureOr<linalg::GenericOp> fused = fuseProducer(rewriter, **input);
    if (failed(fused))
      return failure();
    last = *fused;
  }
  // Bodies did not use what the others compute.
  for (Operation *op : llvm::reverse(ops))
    rewriter.eraseOp(op);
  return last;
}

/// Moves `op` right behind the matmul, whose shape its result has.
static void moveBehind(RewriterBase &rewriter, linalg::GenericOp op,
                       Operation *matmul) {
  OpOperand *init = op.getDpsInitOperand(0);
  auto destination = cast<DestinationStyleOpInterface>(matmul);
  rewriter.setInsertionPoint(matmul);
  // Its own may be computed later, and is overwritten.
  Value empty = tensor::EmptyOp::create(
      rewriter, op.getLoc(),
      tensor::getMixedSizes(rewriter, op.getLoc(),
                            destination.getDpsInitOperand(0)->get()),
      getElementTypeOrSelf(init->get()));
  rewriter.modifyOpInPlace(op, [&] { init->set(empty); });
  rewriter.moveOpAfter(op, matmul);
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

/// Says what the kernel of a matmul does with its results. `isStuck` says that
/// the ops behind it could not become one.
void FormEpiloguesPass::remark(Operation *matmul, size_t numFused,
                               bool isStuck) {
  std::string whyNot;
  bool isAlone = static_cast<bool>(getTensorEpilogue(matmul, whyNot));
  if (isAlone && numFused == 0)
    whyNot = isStuck ? "the ops behind it do not fuse"
                     : "the op behind it reads what is computed later";
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
  if (StringRef help = getHelp(matmul, isAlone && !isStuck); !help.empty())
    missed << remark::suggest("{0}", help.str());
  ++numLeft;
}

void FormEpiloguesPass::form(Operation *matmul) {
  IRRewriter rewriter(&getContext());
  Chain chain(matmul);
  if (!chain.find())
    return remark(matmul, /*numFused=*/0, /*isStuck=*/false);
  size_t numFused = chain.size();
  FailureOr<linalg::GenericOp> op = failure();
  if (succeeded(chain.moveOperands(rewriter)))
    op = chain.fuse(rewriter);
  if (succeeded(op))
    moveBehind(rewriter, *op, matmul);
  remark(matmul, succeeded(op) ? numFused : 0, failed(op));
}

void FormEpiloguesPass::runOnOperation() {
  if (failed(collapse()))
    return signalPassFailure();
  SmallVector<Operation *> matmuls;
  getOperation().walk([&](Operation *op) {
    if (mayHaveEpilogue(op) && op->getNumResults() == 1)
      matmuls.push_back(op);
  });
  for (Operation *matmul : matmuls)
    form(matmul);
}
