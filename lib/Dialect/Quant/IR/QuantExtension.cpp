//===- QuantExtension.cpp - adds our ops to upstream's quant dialect ------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// A second insertion of one op name crashes in a build without assertions, as
/// when a tool with our ops loads our plugin, so each name is looked up first.
template <typename OpTy>
struct OpTag {
  using type = OpTy;
};

template <typename... Ops>
static void insertOps(MLIRContext *context, quant::QuantDialect *dialect) {
  auto insert = [&](auto tag) {
    using OpTy = typename decltype(tag)::type;
    if (!RegisteredOperationName::lookup(OpTy::getOperationName(), context))
      RegisteredOperationName::insert<OpTy>(*dialect);
  };
  (insert(OpTag<Ops>{}), ...);
}

static void addOps(MLIRContext *context, quant::QuantDialect *dialect) {
  insertOps<
#define GET_OP_LIST
#include "quant-mlir/Dialect/Quant/IR/QuantOps.cpp.inc"
      >(context, dialect);
}

void mlir::quantmlir::registerQuantOps(DialectRegistry &registry) {
  registry.insert<quant::QuantDialect>();
  registry.addExtension(addOps);
}
