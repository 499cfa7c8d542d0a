//===- StripObservers.cpp - remove every quant.observe --------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h"
#include "quant-mlir/Dialect/Quant/Utils/Observers.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTSTRIPOBSERVERS
#include "quant-mlir/Dialect/Quant/Transforms/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct StripObserversPass
    : quantmlir::impl::QuantStripObserversBase<StripObserversPass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    registerQuantOps(registry);
  }

  void runOnOperation() override {
    getOperation().walk([&](ObserveOp observe) {
      eraseObserver(observe);
      ++numErased;
    });
  }
};
} // namespace
