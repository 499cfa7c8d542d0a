//===- ArithScaleMigration.cpp - how scales move through arith and math ---===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// On tensors these ops work element by element, so the degree of the op itself
// says which operands take the scale, each as the result has it.
//
//===----------------------------------------------------------------------===//

#include "OperandSets.h"
#include "ScaleMigrationModels.h"

#include "quant-mlir/Interfaces/Homogeneity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// True if the result is of degree 1 in `scaled`.
static bool passes(Operation *op, ArrayRef<OpOperand *> scaled) {
  SmallVector<Degree> degrees;
  for (OpOperand &operand : op->getOpOperands())
    degrees.push_back(llvm::is_contained(scaled, &operand)
                          ? Degree::of(1)
                          : getUnscaledDegree(operand.get()));
  return getResultDegree(op, degrees).is(1);
}

namespace {
template <typename OpTy>
struct ElementwiseModel
    : ScaleMigrationOpInterface::ExternalModel<ElementwiseModel<OpTy>, OpTy> {
  void getScaleRoutes(Operation *op, unsigned, const ScaleLayout &layout,
                      SmallVectorImpl<ScaleRoute> &routes,
                      std::string &reason) const {
    SmallVector<OpOperand *> choices;
    for (OpOperand &operand : op->getOpOperands())
      if (isa<FloatType>(getElementTypeOrSelf(operand.get().getType())) &&
          !isScaleInvariant(operand.get()))
        choices.push_back(&operand);
    auto sets = quantmlir::detail::findOperandSets(
        choices,
        [&](ArrayRef<OpOperand *> scaled) { return passes(op, scaled); });
    reason = quantmlir::detail::explainNoSet(nullptr);
    for (ArrayRef<OpOperand *> set : sets) {
      ScaleRoute route;
      for (OpOperand *operand : set)
        route.demands.push_back({operand, layout});
      routes.push_back(std::move(route));
    }
    quantmlir::detail::sortRoutes(routes);
  }
};

template <typename... Ops>
void attach(MLIRContext *context) {
  (Ops::template attachInterface<ElementwiseModel<Ops>>(*context), ...);
}
} // namespace

void mlir::quantmlir::detail::registerArithModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    attach<arith::AddFOp, arith::DivFOp, arith::ExtFOp, arith::MaximumFOp,
           arith::MaxNumFOp, arith::MinimumFOp, arith::MinNumFOp, arith::MulFOp,
           arith::NegFOp, arith::RemFOp, arith::SelectOp, arith::SubFOp,
           arith::TruncFOp>(context);
  });
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attach<math::AbsFOp, math::ClampFOp, math::CopySignOp, math::FmaOp,
           math::FPowIOp, math::SqrtOp>(context);
  });
}
