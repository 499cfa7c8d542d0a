//===- RowPrograms.cpp - reductions of rows -------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/RowPrograms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::quantmlir;
using vector::CombiningKind;

FloatAttr mlir::quantmlir::getNeutralElement(CombiningKind kind,
                                             FloatType type) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  switch (kind) {
  case CombiningKind::ADD:
    return FloatAttr::get(type, 0.0);
  case CombiningKind::MUL:
    return FloatAttr::get(type, 1.0);
  case CombiningKind::MINNUMF:
  case CombiningKind::MINIMUMF:
    return FloatAttr::get(type, APFloat::getInf(semantics));
  case CombiningKind::MAXNUMF:
  case CombiningKind::MAXIMUMF:
    return FloatAttr::get(type, APFloat::getInf(semantics, /*Negative=*/true));
  default:
    llvm_unreachable("not a reduction of floats");
  }
}

std::optional<CombiningKind> mlir::quantmlir::getCombiningKind(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<CombiningKind>>(op)
      .Case([](arith::AddFOp) { return CombiningKind::ADD; })
      .Case([](arith::MulFOp) { return CombiningKind::MUL; })
      .Case([](arith::MinNumFOp) { return CombiningKind::MINNUMF; })
      .Case([](arith::MaxNumFOp) { return CombiningKind::MAXNUMF; })
      .Case([](arith::MinimumFOp) { return CombiningKind::MINIMUMF; })
      .Case([](arith::MaximumFOp) { return CombiningKind::MAXIMUMF; })
      .Default([](Operation *) { return std::nullopt; });
}
