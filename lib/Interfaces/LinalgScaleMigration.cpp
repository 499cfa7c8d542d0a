//===- LinalgScaleMigration.cpp - how scales move through linalg ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// One rule serves every structured op: the scale of the result becomes a scale
// of loops, operands that run over those loops may take it, and the degree of
// the body in the operands says which of them must.
//
//===----------------------------------------------------------------------===//

#include "OperandSets.h"
#include "ScaleMigrationModels.h"

#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Interfaces/Homogeneity.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// The layout of a scale over loops, seen by an operand that `map` indexes.
/// Fails if a scaled loop is only part of an index, as in a window.
static FailureOr<ScaleLayout> getOperandLayout(const ScaleLayout &loops,
                                               AffineMap map, ScaleTies &ties) {
  SmallVector<std::optional<int64_t>> dims;
  for (int64_t loop : loops.getAxes()) {
    std::optional<unsigned> dim =
        map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
    if (!dim && map.isFunctionOfDim(loop))
      return failure();
    dims.push_back(dim ? std::optional<int64_t>(*dim) : std::nullopt);
  }
  return loops.rename(dims, ties);
}

/// The layout of result `number` as a scale over loops.
static FailureOr<ScaleLayout> getLoopLayout(const ScaleLayout &layout,
                                            AffineMap map) {
  SmallVector<std::optional<int64_t>> loops;
  for (int64_t axis : layout.getAxes()) {
    auto dim = dyn_cast<AffineDimExpr>(map.getResult(axis));
    if (!dim || llvm::is_contained(loops, dim.getPosition()))
      return failure();
    loops.push_back(dim.getPosition());
  }
  ScaleTies none;
  return layout.rename(loops, none);
}

/// True if the loops reach every element of the destination `init`; the others
/// keep what it has.
static bool writesAll(linalg::LinalgOp op, OpOperand *init) {
  auto shape = cast<ShapedType>(init->get().getType()).getShape();
  llvm::SmallBitVector seen(op.getNumLoops());
  for (auto [expr, size] :
       llvm::zip_equal(op.getMatchingIndexingMap(init).getResults(), shape)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (dim && !seen.test(dim.getPosition()))
      seen.set(dim.getPosition());
    else if (size != 1)
      return false;
  }
  return true;
}

/// True if some element of the destination `init` shows in a result.
static bool readsInit(linalg::LinalgOp op, OpOperand *init) {
  return op.payloadUsesValueFromOperand(init) || !writesAll(op, init);
}

/// True if result `number` scales as it should when the inputs `scaled` do.
/// Otherwise `culprit` is the first op of a body, of all that were tried, of
/// whose result no degree is known.
static bool passes(linalg::LinalgOp op, unsigned number,
                   ArrayRef<OpOperand *> scaled, Operation *&culprit) {
  SmallVector<Degree> degrees;
  for (OpOperand *input : op.getDpsInputOperands())
    degrees.push_back(llvm::is_contained(scaled, input)
                          ? Degree::of(1)
                          : getUnscaledDegree(input->get()));
  // What a reduction has accumulated is scaled as its result is.
  for (unsigned i : llvm::seq<unsigned>(op.getNumDpsInits()))
    degrees.push_back(Degree::of(i == number));
  HomogeneityResult result = analyzeHomogeneity(*op.getBlock(), degrees);
  if (!culprit)
    culprit = result.unknownOp;
  for (auto [i, degree] : llvm::enumerate(result.yielded)) {
    // What is assumed of an accumulator holds only if the body keeps it.
    bool matters = i == number || !op->getResult(i).use_empty() ||
                   op.payloadUsesValueFromOperand(op.getDpsInitOperand(i));
    if (matters && !degree.is(i == number))
      return false;
  }
  return true;
}

/// The inputs that a scale could move to.
static SmallVector<OpOperand *> getChoices(linalg::LinalgOp op) {
  SmallVector<OpOperand *> choices;
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<FloatType>(getElementTypeOrSelf(input->get().getType())) &&
        op.payloadUsesValueFromOperand(input) &&
        !isScaleInvariant(input->get()))
      choices.push_back(input);
  return choices;
}

/// True for a constant that `op` can read from a larger tensor: one with a
/// dimension for each loop that it indexes and each that is scaled.
static bool canWiden(linalg::LinalgOp op, OpOperand *input,
                     const ScaleLayout &loops) {
  constexpr int64_t maxElements = 1 << 20;
  Value value = input->get();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!isa<linalg::GenericOp>(op.getOperation()) || !op.isDpsInput(input) ||
      !type || !(isWeight(value) || isConstantExpression(value)))
    return false;
  int64_t previous = -1,
          elements = ShapedType::getNumElements(loops.getExtents());
  for (auto [expr, size] : llvm::zip_equal(
           op.getMatchingIndexingMap(input).getResults(), type.getShape())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim && size != 1)
      return false;
    if (!dim)
      continue;
    // In this order a larger constant's dimensions are those of loops.
    if (static_cast<int64_t>(dim.getPosition()) <= previous)
      return false;
    previous = dim.getPosition();
    if (!loops.getAxis(previous))
      elements *= size;
  }
  return elements <= maxElements;
}

/// Appends a route that scales the inputs `scaled`, and the destination of the
/// result if it shows there. With `widens`, constants that would tie channels
/// are repeated instead; there is no such route without one.
static LogicalResult addRoute(linalg::LinalgOp op, OpOperand *init,
                              ArrayRef<OpOperand *> scaled,
                              const ScaleLayout &loops, bool widens,
                              SmallVectorImpl<ScaleRoute> &routes) {
  ScaleRoute route;
  SmallVector<OpOperand *> operands(scaled);
  if (readsInit(op, init))
    operands.push_back(init);
  for (OpOperand *operand : operands) {
    ScaleTies ties;
    FailureOr<ScaleLayout> layout =
        getOperandLayout(loops, op.getMatchingIndexingMap(operand), ties);
    if (failed(layout))
      return failure();
    if (widens && !ties.empty() && canWiden(op, operand, loops)) {
      route.widened.push_back({operand, loops});
      continue;
    }
    llvm::append_range(route.ties, ties);
    route.demands.push_back({operand, *layout});
  }
  if (!widens || !route.widened.empty())
    routes.push_back(std::move(route));
  return success();
}

namespace {
template <typename OpTy>
struct LinalgModel
    : ScaleMigrationOpInterface::ExternalModel<LinalgModel<OpTy>, OpTy> {
  void getScaleRoutes(Operation *operation, unsigned number,
                      const ScaleLayout &layout,
                      SmallVectorImpl<ScaleRoute> &routes,
                      std::string &reason) const {
    auto op = cast<linalg::LinalgOp>(operation);
    OpOperand *init = op.getDpsInitOperand(number);
    FailureOr<ScaleLayout> loops =
        getLoopLayout(layout, op.getMatchingIndexingMap(init));
    if (!op.hasPureTensorSemantics() || failed(loops)) {
      reason = "its result is not indexed by plain loops";
      return;
    }
    Operation *culprit = nullptr;
    auto sets = quantmlir::detail::findOperandSets(
        getChoices(op), [&](ArrayRef<OpOperand *> scaled) {
          return passes(op, number, scaled, culprit);
        });
    reason = sets.empty() ? quantmlir::detail::explainNoSet(culprit)
                          : "it reads the scaled dimension through a window";
    for (ArrayRef<OpOperand *> set : sets)
      for (bool widens : {false, true})
        (void)succeeded(addRoute(op, init, set, *loops, widens, routes));
    quantmlir::detail::sortRoutes(routes);
  }

  ScaleLayout getReadElements(Operation *operation, OpOperand &operand) const {
    auto op = cast<linalg::LinalgOp>(operation);
    bool reads = op.isDpsInit(&operand)
                     ? readsInit(op, &operand)
                     : op.payloadUsesValueFromOperand(&operand);
    return ScaleLayout::getUniform(reads ? oneChannel : anyChannel);
  }
};

template <typename... Ops>
struct OpList {
  static void attach(MLIRContext *context) {
    (Ops::template attachInterface<LinalgModel<Ops>>(*context), ...);
  }
};
} // namespace

void mlir::quantmlir::detail::registerLinalgModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    OpList<
#define GET_OP_LIST
#include "mlir/Dialect/Linalg/IR/LinalgStructuredOps.cpp.inc"
        >::attach(context);
  });
}
