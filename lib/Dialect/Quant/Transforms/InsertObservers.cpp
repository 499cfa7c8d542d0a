//===- InsertObservers.cpp - observe what linears read --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTINSERTOBSERVERS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct InsertObserversPass
    : quantmlir::impl::QuantInsertObserversBase<InsertObserversPass> {
  using QuantInsertObserversBase::QuantInsertObserversBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
  }
  void runOnOperation() override;
};
} // namespace

/// Linears of one block that read one value form a group.
using Groups = llvm::MapVector<std::pair<Value, Block *>, SmallVector<Linear>>;

static Groups collectGroups(ModuleOp module, const LinearFilter &filter) {
  Groups groups;
  module.walk([&](linalg::MatmulOp matmul) {
    std::optional<Linear> linear = matchLinear(matmul);
    if (!linear || linear->input.getDefiningOp<ObserveOp>())
      return;
    if (std::optional<std::string> reason = filter.getExclusion(*linear)) {
      remark::missed(matmul.getLoc(),
                     remark::RemarkOpts::name("LinearStaysFloat")
                         .category("quant-insert-observers"))
          << remark::add("{0} is not observed and stays in float",
                         linear->getTitle())
          << remark::reason("{0}", *reason);
      return;
    }
    groups[{linear->input, matmul->getBlock()}].push_back(*linear);
  });
  return groups;
}

void InsertObserversPass::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<LinearFilter> filter = LinearFilter::create(module, exclude);
  if (failed(filter))
    return signalPassFailure();

  UniqueNames names;
  for (ObserveOp observe : getObservers(module))
    names.insert(observe.getName());
  // The walk visits a block in order, so a group's first linear is its
  // earliest.
  for (auto &[key, linears] : collectGroups(module, *filter)) {
    OpBuilder builder(linears.front().op);
    Value input = key.first;
    StringRef linearName = linears.front().getName();
    // A weight that is used twice names two observers.
    std::string name = names.make(
        Twine(linearName.empty() ? "linear" : linearName) + ".input");
    auto observe =
        ObserveOp::create(builder, linears.front().op.getLoc(), input, name);
    for (Linear &linear : linears)
      linear.op->replaceUsesOfWith(input, observe.getResult());
    ++numObservers;
  }
}
