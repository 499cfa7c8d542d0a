//===- QuantOps.cpp - ops of the quant dialect extension ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::quantmlir;

#define GET_OP_CLASSES
#include "quant-mlir/Dialect/Quant/IR/QuantOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Memory effects of the destination-style ops
//===----------------------------------------------------------------------===//

/// On memrefs: reads every input and writes every destination. On tensors:
/// none.
static void collectEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    MemoryEffects::Effect *effect =
        op.isDpsInit(&operand)
            ? static_cast<MemoryEffects::Effect *>(MemoryEffects::Write::get())
            : MemoryEffects::Read::get();
    effects.emplace_back(effect, &operand, SideEffects::DefaultResource::get());
  }
}

void QuantizeOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}

void MatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}

void GroupMatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  collectEffects(*this, effects);
}
