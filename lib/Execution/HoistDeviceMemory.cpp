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
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/ScopedPrinter.h"

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
  LogicalResult hoist(gpu::AllocOp alloc, func::FuncOp function,
                      bool hasCallers);
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

/// Why a use of memory, or of a view of it, keeps it in the function; empty for
/// one that ends with the call or frees the memory itself.
static StringRef checkUse(Operation *user, gpu::AllocOp alloc, Value memory) {
  if (auto dealloc = dyn_cast<gpu::DeallocOp>(user)) {
    if (memory != alloc.getMemref())
      return "it is freed through a view";
    if (dealloc.getAsyncToken() || !dealloc.getAsyncDependencies().empty())
      return "a stream frees it";
    return dealloc->getBlock() == alloc->getBlock() ? ""
                                                    : "not all paths free it";
  }
  if (isa<memref::DeallocOp>(user))
    return "it is freed as memory of the host";
  if (isa<CallOpInterface>(user))
    return "another function has it";
  if (auto store = dyn_cast<memref::StoreOp>(user);
      store && store.getValue() == memory)
    return "other memory holds it";
  if (isa<memref::ExtractAlignedPointerAsIndexOp>(user))
    return "its address is taken";
  if (user->hasTrait<OpTrait::IsTerminator>() ||
      isa<RegionBranchOpInterface>(user))
    return "it outlives its block, or may";
  return "";
}

/// Why memory is not, or may not be, what a call allocates and frees; empty if
/// it is.
static StringRef checkUses(gpu::AllocOp alloc) {
  unsigned numFrees = 0;
  SmallVector<Value> names = {alloc.getMemref()};
  while (!names.empty()) {
    Value name = names.pop_back_val();
    for (Operation *user : name.getUsers()) {
      if (StringRef whyNot = checkUse(user, alloc, name); !whyNot.empty())
        return whyNot;
      numFrees += isa<gpu::DeallocOp>(user);
      // Views, as far as anybody can tell.
      for (Value result : user->getResults())
        if (isa<BaseMemRefType>(result.getType()))
          names.push_back(result);
    }
  }
  return numFrees == 1 ? "" : "it is not freed exactly once";
}

/// Why an allocation stays; empty for one that can become an argument.
static StringRef checkAllocation(gpu::AllocOp alloc, func::FuncOp function,
                                 bool hasCallers) {
  if (hasCallers)
    return "its function has callers in the module";
  if (alloc->getBlock() != &function.getBody().front())
    return "it may be several at a time";
  if (alloc.getAsyncToken() || !alloc.getAsyncDependencies().empty())
    return "a stream allocates it";
  if (alloc.getHostShared())
    return "the host shares it";
  MemRefType type = getConstantType(alloc);
  if (!type)
    return "its size or layout is not constant";
  // Upstream makes no bare pointer of such an argument.
  if (type.getNumElements() == 0)
    return "it has no elements";
  return checkUses(alloc);
}

LogicalResult HoistDeviceMemoryPass::hoist(gpu::AllocOp alloc,
                                           func::FuncOp function,
                                           bool hasCallers) {
  StringRef whyNot = checkAllocation(alloc, function, hasCallers);
  if (!whyNot.empty()) {
    remark::missed(alloc.getLoc(), remark::RemarkOpts::name("AllocatesInCall")
                                       .category("quant-hoist-device-memory"))
        << remark::add("{0} is allocated anew in each call",
                       llvm::to_string(alloc.getType()))
        << remark::reason("{0}", whyNot.str());
    return success();
  }
  MemRefType type = getConstantType(alloc);
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
  auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion());
  llvm::DenseSet<StringAttr> used;
  if (uses)
    for (const SymbolTable::SymbolUse &use : *uses)
      used.insert(use.getSymbolRef().getRootReference());
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration())
      continue;
    bool hasCallers = !uses || used.contains(function.getSymNameAttr());
    SmallVector<gpu::AllocOp> allocations;
    function.walk([&](gpu::AllocOp alloc) { allocations.push_back(alloc); });
    for (gpu::AllocOp alloc : allocations)
      if (failed(hoist(alloc, function, hasCallers)))
        return signalPassFailure();
  }
}
