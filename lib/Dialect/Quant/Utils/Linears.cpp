//===- Linears.cpp - raised linears ---------------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/Utils/Linears.h"
#include "quant-mlir/Dialect/Quant/Utils/Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::quantmlir;

StringRef mlir::quantmlir::getWeightName(Value value) {
  if (auto load = value.getDefiningOp<ml_program::GlobalLoadConstOp>())
    return load.getGlobal().getLeafReference();
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    if (auto resource =
            dyn_cast<DenseResourceElementsAttr>(constant.getValue()))
      return getParameterName(resource.getRawHandle().getKey());
  return {};
}

bool mlir::quantmlir::isWeight(Value value) {
  return value.getDefiningOp<ml_program::GlobalLoadConstOp>() ||
         matchPattern(value, m_Constant());
}

StringRef Linear::getName() const {
  StringRef name = getWeightName(weight);
  name.consume_back(".weight");
  return name;
}

SmallVector<AffineMap> mlir::quantmlir::getLinearMaps(MLIRContext *context) {
  AffineExpr m, n, k;
  bindDims(context, m, n, k);
  auto map = [&](AffineExpr row, AffineExpr column) {
    return AffineMap::get(3, 0, {row, column}, context);
  };
  return {map(m, k), map(n, k), map(m, n)};
}

std::optional<Linear> mlir::quantmlir::matchLinear(Operation *op) {
  auto matmul = dyn_cast_or_null<linalg::MatmulOp>(op);
  if (!matmul || !matmul.hasPureTensorSemantics() ||
      matmul.getIndexingMapsArray() != getLinearMaps(op->getContext()))
    return std::nullopt;
  auto fill = matmul.getOutputs()[0].getDefiningOp<linalg::FillOp>();
  if (!fill || !matchPattern(fill.getInputs()[0], m_AnyZeroFloat()))
    return std::nullopt;
  if (!isWeight(matmul.getInputs()[1]))
    return std::nullopt;
  return Linear{matmul, matmul.getInputs()[0], matmul.getInputs()[1]};
}
