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

#include "ScaleMigrationModels.h"

#include "quant-mlir/Dialect/Quant/Utils/ConstantExpressions.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Interfaces/Homogeneity.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// More inputs than this are scaled all or none.
static constexpr unsigned maxChosenInputs = 8;

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

namespace {
/// Finds the sets of inputs of one op that can take the scale of a result.
class InputSets {
public:
  InputSets(linalg::LinalgOp op, unsigned number) : op(op), number(number) {
    for (OpOperand *input : op.getDpsInputOperands())
      if (isa<FloatType>(getElementTypeOrSelf(input->get().getType())) &&
          op.payloadUsesValueFromOperand(input) &&
          !isScaleInvariant(input->get()))
        choices.push_back(input);
  }

  /// The smallest sets. Fills `culprit` with an op of the body that stops the
  /// scale if there is none.
  SmallVector<SmallVector<OpOperand *>> find(Operation *&culprit);

private:
  bool passes(ArrayRef<OpOperand *> scaled, Operation *&culprit);

  linalg::LinalgOp op;
  unsigned number;
  SmallVector<OpOperand *> choices;
};
} // namespace

bool InputSets::passes(ArrayRef<OpOperand *> scaled, Operation *&culprit) {
  SmallVector<Degree> degrees;
  for (OpOperand *input : op.getDpsInputOperands())
    degrees.push_back(llvm::is_contained(scaled, input) ? Degree::of(1)
                      : isScaleInvariant(input->get())  ? Degree::any()
                                                        : Degree::of(0));
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

SmallVector<SmallVector<OpOperand *>> InputSets::find(Operation *&culprit) {
  SmallVector<SmallVector<OpOperand *>> sets;
  if (choices.size() > maxChosenInputs) {
    if (passes(choices, culprit))
      sets.push_back(choices);
    return sets;
  }
  auto masks = llvm::to_vector(llvm::seq<unsigned>(1u << choices.size()));
  llvm::sort(masks, [](unsigned a, unsigned b) {
    return std::pair(llvm::popcount(a), a) < std::pair(llvm::popcount(b), b);
  });
  SmallVector<unsigned> found;
  for (unsigned mask : masks) {
    if (llvm::any_of(found, [&](unsigned f) { return (mask & f) == f; }))
      continue;
    SmallVector<OpOperand *> scaled;
    for (auto [i, choice] : llvm::enumerate(choices))
      if (mask >> i & 1)
        scaled.push_back(choice);
    if (!passes(scaled, culprit))
      continue;
    found.push_back(mask);
    sets.push_back(std::move(scaled));
  }
  return sets;
}

/// Appends a route that scales the inputs `scaled`, and the destination of the
/// result if the body reads it.
static LogicalResult addRoute(linalg::LinalgOp op, OpOperand *init,
                              ArrayRef<OpOperand *> scaled,
                              const ScaleLayout &loops,
                              SmallVectorImpl<ScaleRoute> &routes) {
  ScaleRoute route;
  SmallVector<OpOperand *> operands(scaled);
  if (op.payloadUsesValueFromOperand(init))
    operands.push_back(init);
  for (OpOperand *operand : operands) {
    FailureOr<ScaleLayout> layout =
        getOperandLayout(loops, op.getMatchingIndexingMap(operand), route.ties);
    if (failed(layout))
      return failure();
    route.demands.push_back({operand, *layout});
  }
  routes.push_back(std::move(route));
  return success();
}

/// Puts routes first that end in constants, then those without ties.
static void sortRoutes(SmallVectorImpl<ScaleRoute> &routes) {
  auto getCost = [](const ScaleRoute &route) {
    bool open = llvm::any_of(route.demands, [](const ScaleDemand &demand) {
      Value value = demand.operand->get();
      return !isWeight(value) && !isConstantExpression(value);
    });
    // The first operand's number makes the order total.
    unsigned first = route.demands.empty()
                         ? 0
                         : route.demands.front().operand->getOperandNumber();
    return std::tuple(!route.ties.empty(), open, route.demands.size(), first);
  };
  llvm::sort(routes, [&](const ScaleRoute &a, const ScaleRoute &b) {
    return getCost(a) < getCost(b);
  });
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
    SmallVector<SmallVector<OpOperand *>> sets =
        InputSets(op, number).find(culprit);
    if (sets.empty()) {
      reason = "no choice of its operands scales the result alike";
      if (culprit)
        reason = (culprit->getName().getStringRef() +
                  " of a scaled value is not the scaled value of it")
                     .str();
      return;
    }
    reason = "it reads the scaled dimension through a window";
    for (ArrayRef<OpOperand *> set : sets)
      (void)succeeded(addRoute(op, init, set, *loops, routes));
    sortRoutes(routes);
  }

  ScaleLayout getReadElements(Operation *operation, OpOperand &operand) const {
    bool reads =
        cast<linalg::LinalgOp>(operation).payloadUsesValueFromOperand(&operand);
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
