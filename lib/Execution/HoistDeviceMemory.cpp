//===- HoistDeviceMemory.cpp - device memory as arguments -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Execution/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::quantmlir {
#define GEN_PASS_DEF_QUANTHOISTDEVICEMEMORY
#include "quant-mlir/Execution/Passes.h.inc"
} // namespace mlir::quantmlir

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
struct HoistDeviceMemoryPass
    : quantmlir::impl::QuantHoistDeviceMemoryBase<HoistDeviceMemoryPass> {
  using Base::Base;
  void runOnOperation() override;
  LogicalResult hoist(gpu::AllocOp alloc, func::FuncOp function);
};
} // namespace

/// The type of what is allocated if its size is constant, or null.
static MemRefType getConstantType(gpu::AllocOp alloc) {
  MemRefType type = alloc.getType();
  SmallVector<int64_t> shape(type.getShape());
  auto size = alloc.getDynamicSizes().begin();
  for (int64_t &extent : shape) {
    if (!ShapedType::isDynamic(extent))
      continue;
    std::optional<int64_t> constant = getConstantIntValue(*size++);
    if (!constant)
      return {};
    extent = *constant;
  }
  return type.getLayout().isIdentity()
             ? MemRefType::Builder(type).setShape(shape)
             : MemRefType();
}

LogicalResult HoistDeviceMemoryPass::hoist(gpu::AllocOp alloc,
                                           func::FuncOp function) {
  MemRefType type = getConstantType(alloc);
  // An allocation in a loop may be several at a time, and upstream makes no
  // bare pointer of an argument without elements.
  if (!type || type.getNumElements() == 0 ||
      alloc->getBlock() != &function.getBody().front() ||
      alloc.getAsyncToken() || alloc.getHostShared())
    return success();
  unsigned number = function.getNumArguments();
  NamedAttribute mark(StringAttr::get(&getContext(), workspaceAttrName),
                      UnitAttr::get(&getContext()));
  if (failed(function.insertArgument(number, type,
                                     DictionaryAttr::get(&getContext(), mark),
                                     alloc.getLoc())))
    return failure();
  for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
    if (isa<gpu::DeallocOp>(user))
      user->erase();
  Value memory = function.getArgument(number);
  if (type != alloc.getType()) {
    OpBuilder builder(alloc);
    memory = memref::CastOp::create(builder, alloc.getLoc(), alloc.getType(),
                                    memory);
  }
  alloc.replaceAllUsesWith(ValueRange{memory});
  alloc.erase();
  ++numHoisted;
  return success();
}

void HoistDeviceMemoryPass::runOnOperation() {
  ModuleOp module = getOperation();
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() ||
        !SymbolTable::symbolKnownUseEmpty(function, module))
      continue;
    SmallVector<gpu::AllocOp> allocations;
    function.walk([&](gpu::AllocOp alloc) { allocations.push_back(alloc); });
    for (gpu::AllocOp alloc : allocations)
      if (failed(hoist(alloc, function)))
        return signalPassFailure();
  }
}
