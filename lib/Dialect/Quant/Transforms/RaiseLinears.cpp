//===- RaiseLinears.cpp - bring every linear into one form ----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A contraction's weight is traced to the parameter through ops that only
// rename dimensions. If the parameter's two dimensions are one output channel
// and one reduction of the contraction, then every other loop is a row of the
// activation, whatever the op was, and the contraction is a linear.
//
//===----------------------------------------------------------------------===//

#include "GathersToSlices.h"

#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTRAISELINEARS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

//===----------------------------------------------------------------------===//
// Tracing a weight
//===----------------------------------------------------------------------===//

namespace {
/// A rank-2 weight, and the dimension of a value that runs over each of the
/// weight's dimensions; the value's other dimensions repeat the weight.
struct WeightView {
  Value weight;
  std::array<unsigned, 2> dims;
};

/// A contraction of `x` with a weight, in terms of the op's loops.
struct Contraction {
  linalg::LinalgOp op;
  Value x;
  Value weight;
  unsigned n, k;
  /// The loops over rows, in the order of the result's dimensions.
  SmallVector<unsigned> rows;
  AffineMap xMap, resultMap;
  bool weightIsKxN;
};
} // namespace

/// True if `op` only copies its single input to its result.
static bool isCopy(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops())
    return false;
  Block *body = op.getBody();
  return body->getOperations().size() == 1 &&
         body->getTerminator()->getOperand(0) == body->getArgument(0);
}

/// Fills in, for each dimension of a reshape's source, the result dimension
/// that runs over it, where the reshape only adds or drops unit dimensions.
/// `wide` is the type of the side of higher rank.
static void mapReshape(ArrayRef<ReassociationIndices> groups,
                       RankedTensorType wide, bool expands,
                       SmallVectorImpl<int64_t> &resultDims) {
  for (auto [narrow, group] : llvm::enumerate(groups)) {
    SmallVector<int64_t> kept(llvm::make_filter_range(
        group, [&](int64_t dim) { return wide.getDimSize(dim) != 1; }));
    if (kept.size() != 1)
      continue;
    if (expands)
      resultDims[narrow] = kept.front();
    else
      resultDims[kept.front()] = narrow;
  }
}

/// If `op` only renames or repeats dimensions of one value: that value, and for
/// each of its dimensions the result dimension that runs over it, or -1.
static Value getRenamedSource(Operation *op,
                              SmallVectorImpl<int64_t> &resultDims) {
  auto init = [&](Value source) {
    resultDims.assign(cast<ShapedType>(source.getType()).getRank(), -1);
    return source;
  };
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    Value source = init(transpose.getInput());
    for (auto [result, dim] : llvm::enumerate(transpose.getPermutation()))
      resultDims[dim] = result;
    return source;
  }
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op)) {
    Value source = init(broadcast.getInput());
    int64_t result = 0;
    for (int64_t &dim : resultDims) {
      while (llvm::is_contained(broadcast.getDimensions(), result))
        ++result;
      dim = result++;
    }
    return source;
  }
  if (auto copy = dyn_cast<linalg::GenericOp>(op); copy && isCopy(copy)) {
    Value source = init(copy.getDpsInputs()[0]);
    AffineMap to = copy.getIndexingMapsArray()[1];
    for (auto [dim, expr] :
         llvm::enumerate(copy.getIndexingMapsArray()[0].getResults()))
      if (std::optional<unsigned> result = to.getResultPosition(expr))
        resultDims[dim] = *result;
    return source;
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    Value source = init(expand.getSrc());
    mapReshape(expand.getReassociationIndices(), expand.getResultType(), true,
               resultDims);
    return source;
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    Value source = init(collapse.getSrc());
    mapReshape(collapse.getReassociationIndices(), collapse.getSrcType(), false,
               resultDims);
    return source;
  }
  return {};
}

/// The rank-2 weight that `value` is a view of.
static std::optional<WeightView> getWeightView(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !isa<FloatType>(type.getElementType()))
    return std::nullopt;
  Operation *op = value.getDefiningOp();
  bool isParameter = isa_and_nonnull<ml_program::GlobalLoadConstOp>(op) ||
                     matchPattern(value, m_Constant());
  if (isParameter && type.getRank() == 2)
    return WeightView{value, {0, 1}};
  SmallVector<int64_t> resultDims;
  Value source = op ? getRenamedSource(op, resultDims) : Value();
  std::optional<WeightView> view =
      source ? getWeightView(source) : std::nullopt;
  if (!view)
    return std::nullopt;
  for (unsigned &dim : view->dims) {
    if (resultDims[dim] < 0)
      return std::nullopt;
    dim = resultDims[dim];
  }
  return view;
}

/// True if `value` is computed from one parameter by renaming dimensions, of
/// whatever rank.
static bool isParameterView(Value value) {
  SmallVector<int64_t> resultDims;
  while (value && !isWeight(value)) {
    Operation *op = value.getDefiningOp();
    value = op ? getRenamedSource(op, resultDims) : Value();
  }
  return value && !getWeightName(value).empty();
}

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

/// True if `op` adds products of its inputs, widened at most, as a matmul does.
/// What upstream calls a contraction may compute more, such as sum of exp(a)*b.
static bool isPlainContraction(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  auto isArgument = [&](Value value, unsigned number) {
    if (auto widen = value.getDefiningOp<arith::ExtFOp>())
      value = widen.getIn();
    return value == body->getArgument(number);
  };
  auto sum =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || body->getNumArguments() != 3)
    return false;
  bool sumFirst = sum.getLhs() == body->getArgument(2);
  if (!sumFirst && sum.getRhs() != body->getArgument(2))
    return false;
  auto product =
      (sumFirst ? sum.getRhs() : sum.getLhs()).getDefiningOp<arith::MulFOp>();
  if (!product)
    return false;
  Value lhs = product.getLhs(), rhs = product.getRhs();
  return (isArgument(lhs, 0) && isArgument(rhs, 1)) ||
         (isArgument(lhs, 1) && isArgument(rhs, 0));
}

/// Reads `op` as a contraction of operand 1-w with the weight that operand w
/// views. On failure `reason` says why it is not a linear.
static FailureOr<Contraction> matchContraction(linalg::LinalgOp op, unsigned w,
                                               const WeightView &view,
                                               std::string &reason) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> loops = op.getIteratorTypesArray();
  std::array<unsigned, 2> weightLoops;
  for (unsigned i : {0, 1}) {
    auto dim = dyn_cast<AffineDimExpr>(maps[w].getResult(view.dims[i]));
    if (!dim) {
      reason = "the weight is not indexed by plain loops";
      return failure();
    }
    weightLoops[i] = dim.getPosition();
  }
  auto isReduction = [&](unsigned loop) {
    return loops[loop] == utils::IteratorType::reduction;
  };
  if (isReduction(weightLoops[0]) == isReduction(weightLoops[1])) {
    reason = "the weight needs one reduced and one output dimension";
    return failure();
  }
  bool kFirst = isReduction(weightLoops[0]);
  Contraction c{op,
                op.getDpsInputs()[1 - w],
                view.weight,
                weightLoops[kFirst],
                weightLoops[!kFirst],
                {},
                maps[1 - w],
                maps[2],
                kFirst};
  if (!c.xMap.isProjectedPermutation() ||
      !c.resultMap.isProjectedPermutation() || c.xMap.isFunctionOfDim(c.n)) {
    reason = "the activation shares the output channel with the weight";
    return failure();
  }
  for (AffineExpr expr : c.resultMap.getResults())
    if (unsigned loop = cast<AffineDimExpr>(expr).getPosition(); loop != c.n)
      c.rows.push_back(loop);
  bool plain = c.xMap.getNumResults() == c.rows.size() + 1 &&
               llvm::all_of(c.rows, [&](unsigned loop) {
                 return c.xMap.isFunctionOfDim(loop);
               });
  if (!plain) {
    reason = "rows of the activation and of the result differ";
    return failure();
  }
  return c;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

/// `value` with its dimensions in the order `order`.
static Value transposeTo(OpBuilder &b, Location loc, Value value,
                         ArrayRef<int64_t> order) {
  if (llvm::equal(order, llvm::seq<int64_t>(order.size())))
    return value;
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim : order)
    sizes.push_back(tensor::getMixedSize(b, loc, value, dim));
  Value init = tensor::EmptyOp::create(b, loc, sizes,
                                       getElementTypeOrSelf(value.getType()));
  return linalg::TransposeOp::create(b, loc, value, init, order)->getResult(0);
}

/// [[0, …, rows-1], [rows]]: all rows in one dimension, channels in the last.
static SmallVector<ReassociationIndices> getRowGroups(int64_t rows) {
  return {llvm::to_vector<2>(llvm::seq<int64_t>(rows)),
          ReassociationIndices{rows}};
}

/// The activation as M×K, and the sizes of its rows.
static Value flattenRows(OpBuilder &b, Contraction &c,
                         SmallVectorImpl<OpFoldResult> &rowSizes) {
  Location loc = c.op.getLoc();
  auto position = [&](unsigned loop) -> int64_t {
    return *c.xMap.getResultPosition(b.getAffineDimExpr(loop));
  };
  SmallVector<int64_t> order = llvm::map_to_vector(c.rows, position);
  order.push_back(position(c.k));
  Value x = transposeTo(b, loc, c.x, order);
  for (int64_t row : llvm::seq<int64_t>(c.rows.size()))
    rowSizes.push_back(tensor::getMixedSize(b, loc, x, row));
  if (c.rows.size() == 1)
    return x;
  auto type = cast<RankedTensorType>(x.getType());
  if (c.rows.empty())
    return tensor::ExpandShapeOp::create(
        b, loc, type.clone({1, type.getDimSize(0)}), x, {{0, 1}});
  return tensor::CollapseShapeOp::create(b, loc, x,
                                         getRowGroups(c.rows.size()));
}

/// The M×N result in the shape and order that the op had.
static Value restoreRows(OpBuilder &b, Contraction &c, Value result,
                         ArrayRef<OpFoldResult> rowSizes) {
  Location loc = c.op.getLoc();
  auto type = cast<RankedTensorType>(result.getType());
  if (c.rows.empty())
    return tensor::CollapseShapeOp::create(b, loc, result, {{0, 1}});
  if (c.rows.size() > 1) {
    SmallVector<OpFoldResult> sizes(rowSizes);
    sizes.push_back(b.getIndexAttr(type.getDimSize(1)));
    auto [shape, dynamic] = decomposeMixedValues(sizes);
    result = tensor::ExpandShapeOp::create(b, loc, type.clone(shape), result,
                                           getRowGroups(c.rows.size()), sizes);
  }
  SmallVector<int64_t> order;
  int64_t row = 0;
  for (AffineExpr expr : c.resultMap.getResults())
    order.push_back(
        cast<AffineDimExpr>(expr).getPosition() == c.n ? c.rows.size() : row++);
  return transposeTo(b, loc, result, order);
}

/// `lhs + rhs`, where `rhs` is indexed by `rhsMap` over the dimensions of
/// `lhs`.
static Value createAdd(OpBuilder &b, Location loc, Value lhs, Value rhs,
                       AffineMap rhsMap) {
  auto type = cast<RankedTensorType>(lhs.getType());
  Value init = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, lhs), type.getElementType());
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, type, ValueRange{lhs, rhs}, init,
             ArrayRef<AffineMap>{identity, rhsMap, identity}, loops,
             [](OpBuilder &b, Location loc, ValueRange args) {
               Value sum = arith::AddFOp::create(b, loc, args[0], args[1]);
               linalg::YieldOp::create(b, loc, sum);
             })
      ->getResult(0);
}

static bool isZeroFill(Value value) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs()[0], m_AnyZeroFloat());
}

/// Replaces the contraction by a linear.
static void raise(Contraction &c) {
  OpBuilder b(c.op);
  Location loc = c.op.getLoc();
  Value weight = c.weight;
  if (c.weightIsKxN)
    weight = transposeTo(b, loc, weight, {1, 0});
  SmallVector<OpFoldResult> rowSizes;
  Value x = flattenRows(b, c, rowSizes);

  Type elementType = getElementTypeOrSelf(c.op->getResult(0).getType());
  SmallVector<OpFoldResult> sizes{tensor::getMixedSize(b, loc, x, 0),
                                  tensor::getMixedSize(b, loc, weight, 0)};
  Value empty = tensor::EmptyOp::create(b, loc, sizes, elementType);
  Value zero =
      arith::ConstantOp::create(b, loc, b.getFloatAttr(elementType, 0.0));
  Value fill = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  NamedAttribute maps(b.getStringAttr("indexing_maps"),
                      b.getAffineMapArrayAttr(getLinearMaps(b.getContext())));
  auto matmul = linalg::MatmulOp::create(b, loc, fill.getType(),
                                         ValueRange{x, weight}, fill, maps);

  Value result = restoreRows(b, c, matmul->getResult(0), rowSizes);
  Value init = c.op.getDpsInits()[0];
  if (!isZeroFill(init)) {
    int64_t rank = cast<ShapedType>(init.getType()).getRank();
    result = createAdd(b, loc, result, init, b.getMultiDimIdentityMap(rank));
  }
  c.op->getResult(0).replaceAllUsesWith(result);
  c.op->erase();
}

//===----------------------------------------------------------------------===//
// Biases
//===----------------------------------------------------------------------===//

/// The rank-1 operand of an addition of a channel-wise value to a reshaped
/// linear, with the reshape; null if `op` is anything else.
static std::pair<tensor::ExpandShapeOp, Value>
matchBiasAfterReshape(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op->getNumResults() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() || op.getNumLoops() < 2 ||
      op.getBody()->getOperations().size() != 2)
    return {};
  auto add = dyn_cast<arith::AddFOp>(op.getBody()->front());
  if (!add || op.getBody()->getTerminator()->getOperand(0) != add.getResult())
    return {};
  for (unsigned i : {0, 1}) {
    auto expand = op.getDpsInputs()[i].getDefiningOp<tensor::ExpandShapeOp>();
    if (!expand || !expand->hasOneUse() || !expand.getSrc().hasOneUse() ||
        !matchLinear(expand.getSrc().getDefiningOp()) ||
        expand.getReassociationIndices().back().size() != 1)
      continue;
    bool uses =
        llvm::is_contained(add->getOperands(), op.getBody()->getArgument(0)) &&
        llvm::is_contained(add->getOperands(), op.getBody()->getArgument(1));
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    auto channels =
        AffineMap::get(op.getNumLoops(), 0,
                       getAffineDimExpr(op.getNumLoops() - 1, op.getContext()));
    if (uses && maps[i].isIdentity() && maps[2].isIdentity() &&
        maps[1 - i] == channels)
      return {expand, op.getDpsInputs()[1 - i]};
  }
  return {};
}

/// Adds the bias to the M×N value and reshapes the sum.
static void moveBias(linalg::GenericOp op, tensor::ExpandShapeOp expand,
                     Value bias) {
  OpBuilder b(op);
  auto channels = AffineMap::get(2, 0, getAffineDimExpr(1, op.getContext()));
  Value sum = createAdd(b, op.getLoc(), expand.getSrc(), bias, channels);
  Value result = tensor::ExpandShapeOp::create(
      b, op.getLoc(), expand.getResultType(), sum,
      expand.getReassociationIndices(), expand.getMixedOutputShape());
  op->getResult(0).replaceAllUsesWith(result);
  op.erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static void remarkMissed(Operation *op, StringRef reason) {
  remark::missed(
      op->getLoc(),
      remark::RemarkOpts::name("NotALinear").category("quant-raise-linears"))
      << remark::add("{0} with a weight stays as it is", op->getName())
      << remark::reason("{0}", reason.str())
      << remark::suggest("it runs in float; rewrite it as a matmul to have it "
                         "quantized");
}

namespace {
struct RaiseLinearsPass
    : quantmlir::impl::QuantRaiseLinearsBase<RaiseLinearsPass> {
  /// Raises `op` if it contracts an activation with a weight.
  void visit(linalg::LinalgOp op) {
    if (!op.hasPureTensorSemantics() || matchLinear(op))
      return;
    if (linalg::isaConvolutionOpInterface(op)) {
      if (llvm::any_of(op.getDpsInputs(), isParameterView))
        remarkMissed(op, "convolutions are not linears");
      return;
    }
    if (!linalg::isaContractionOpInterface(op) ||
        !isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())))
      return;
    SmallVector<Value> inputs = op.getDpsInputs();
    std::array views{getWeightView(inputs[0]), getWeightView(inputs[1])};
    if (views[0] && views[1])
      return;
    if (!views[0] && !views[1]) {
      if (llvm::any_of(inputs, isParameterView))
        remarkMissed(op, "the weight has more than two dimensions");
      return;
    }
    if (!isPlainContraction(op))
      return remarkMissed(op, "its body computes more than a sum of products");
    unsigned w = views[1].has_value();
    std::string reason;
    FailureOr<Contraction> contraction =
        matchContraction(op, w, *views[w], reason);
    if (failed(contraction))
      return remarkMissed(op, reason);
    raise(*contraction);
    ++numRaised;
  }

  void runOnOperation() override {
    numSlices += replaceGathersBySlices(getOperation());
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    llvm::for_each(ops, [&](linalg::LinalgOp op) { visit(op); });
    getOperation().walk([&](linalg::GenericOp op) {
      if (auto [expand, bias] = matchBiasAfterReshape(op); expand) {
        moveBias(op, expand, bias);
        ++numBiases;
      }
    });
    foldWeightTransposes(getOperation());

    RewritePatternSet patterns(&getContext());
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      emitError(getOperation().getLoc())
          << "dropping dead results did not converge";
      return signalPassFailure();
    }
    // Linears of one activation share its reshape, so that they form a group.
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
  }
};
} // namespace
