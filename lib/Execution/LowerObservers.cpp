//===- LowerObservers.cpp - observers as calls ----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"
#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTLOWEROBSERVERS
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct LowerObserversPass
    : quantmlir::impl::QuantLowerObserversBase<LowerObserversPass> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registerQuantOps(registry);
  }

  void runOnOperation() override;
  void lowerObservers();
  void keepObservedOnly(func::FuncOp function);
};
} // namespace

/// What the observer sees, in f32, as statistics are.
static Value createFloats(OpBuilder &builder, ObserveOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  if (type.getElementType().isF32())
    return op.getInput();
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, op.getLoc(), op.getInput());
  Value init = tensor::EmptyOp::create(builder, op.getLoc(), sizes,
                                       builder.getF32Type());
  SmallVector<AffineMap> maps(2,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto extend = linalg::GenericOp::create(
      builder, op.getLoc(), init.getType(), op.getInput(), init, maps,
      iterators, [](OpBuilder &b, Location loc, ValueRange args) {
        Value wide = arith::ExtFOp::create(b, loc, b.getF32Type(), args[0]);
        linalg::YieldOp::create(b, loc, wide);
      });
  return extend.getResult(0);
}

/// Calls with a symbol that no pass knows stay, in their order.
void LowerObserversPass::lowerObservers() {
  SymbolTable symbols(getOperation());
  DenseMap<Type, func::FuncOp> functions;
  getOperation().walk([&](ObserveOp op) {
    if (keep) {
      OpBuilder builder(op);
      Value input = createFloats(builder, op);
      func::FuncOp &function = functions[input.getType()];
      if (!function) {
        function =
            func::FuncOp::create(op.getLoc(), "observe",
                                 builder.getFunctionType(input.getType(), {}));
        function.setPrivate();
        symbols.insert(function);
      }
      auto call = func::CallOp::create(builder, op.getLoc(), function, input);
      call->setAttr(observerAttrName, op.getNameAttr());
    }
    eraseObserver(op);
  });
}

/// Returns nothing, and erases what no observer needs, assertions included.
void LowerObserversPass::keepObservedOnly(func::FuncOp function) {
  if (function.isDeclaration())
    return;
  Block &body = function.getBody().front();
  body.getTerminator()->setOperands({});
  function.setFunctionType(FunctionType::get(
      &getContext(), function.getFunctionType().getInputs(), {}));
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (op.use_empty() && !op.hasTrait<OpTrait::IsTerminator>() &&
        !op.hasAttr(observerAttrName))
      op.erase();
}

void LowerObserversPass::runOnOperation() {
  lowerObservers();
  if (observeOnly)
    for (auto function : getOperation().getOps<func::FuncOp>())
      keepObservedOnly(function);
}
