//===- SplitSums.cpp - sums that several blocks share ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each block stores what it has of a tile's sums, and counts itself. Whoever
// comes last reads all parts, in the order of K, and finishes the tile: nobody
// waits for another block, and who is last changes nothing of the result.
//
// The count is the only synchronization. One thread makes it, between fences of
// the device's scope; barriers before and after extend them to the block (PTX
// ISA, "Causality order"). The second barrier tells all threads what the count
// was.
//
//===----------------------------------------------------------------------===//

#include "SplitSums.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

SplitRange mlir::quantmlir::getSplitRange(KernelBuilder &b, Value k,
                                          int64_t depth, int64_t splits) {
  Value tiles = b.div(b.add(k, depth - 1), depth);
  Value split = gpu::BlockIdOp::create(b, gpu::Dimension::z);
  Value first = b.div(b.mul(split, tiles), splits);
  Value end = b.div(b.mul(b.add(split, 1), tiles), splits);
  Value firstColumn = b.mul(first, depth);
  return {firstColumn, b.sub(b.min(b.mul(end, depth), k), firstColumn)};
}

SplitSums::SplitSums(KernelBuilder &b, const SplitWorkspace &workspace, Value m)
    : b(b), workspace(workspace), m(m) {
  Type element =
      cast<MemRefType>(workspace.partials.getType()).getElementType();
  pairType = VectorType::get({2}, element);
  pitch = b.mul(gpu::GridDimOp::create(b, gpu::Dimension::y),
                workspace.tileColumns);
  partials =
      b.vector(workspace.partials, b.mul(b.mul(m, pitch), workspace.splits));
}

/// Columns are those of whole tiles, so that pairs are aligned.
Value SplitSums::getPlace(Value split, Value row, Value column) {
  return b.add(b.mul(b.add(b.mul(split, m), row), pitch), column);
}

void SplitSums::store(Value row, Value column, Value first, Value second) {
  Value pair =
      vector::FromElementsOp::create(b, pairType, ValueRange{first, second});
  Value split = gpu::BlockIdOp::create(b, gpu::Dimension::z);
  vector::StoreOp::create(b, pair, partials, getPlace(split, row, column),
                          /*nontemporal=*/false, llvm::MaybeAlign(8));
}

/// The blocks of the tile that have arrived before. The last one resets the
/// counter.
Value SplitSums::countArrival() {
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  Value tile = b.add(b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::x),
                           gpu::GridDimOp::create(b, gpu::Dimension::y)),
                     gpu::BlockIdOp::create(b, gpu::Dimension::y));
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(b, workspace.counters);
  address = b.add(address, b.mul(tile, 4));
  auto space = static_cast<unsigned>(NVVM::NVVMMemorySpace::Global);
  Value bits = arith::IndexCastOp::create(b, i64, address);
  Value pointer = LLVM::IntToPtrOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), space), bits);
  Value last = arith::ConstantIntOp::create(b, i32, workspace.splits - 1);
  // LLVM's NVPTX back end gives atomic operations no ordering of their own.
  constexpr StringLiteral scope = "device";
  LLVM::FenceOp::create(b, LLVM::AtomicOrdering::release, scope);
  Value count =
      LLVM::AtomicRMWOp::create(b, LLVM::AtomicBinOp::uinc_wrap, pointer, last,
                                LLVM::AtomicOrdering::monotonic, scope);
  LLVM::FenceOp::create(b, LLVM::AtomicOrdering::acquire, scope);
  return count;
}

/// A barrier of the threads that have sums.
void SplitSums::buildBarrier() {
  if (!workspace.flag) {
    gpu::BarrierOp::create(b);
    return;
  }
  // Barrier 0 is the whole block's.
  auto getInteger = [&](int64_t value) {
    return arith::ConstantIntOp::create(b, b.getI32Type(), value);
  };
  NVVM::BarrierOp::create(b, TypeRange(), getInteger(1),
                          getInteger(workspace.threads),
                          NVVM::BarrierReductionAttr(), Value());
}

/// Tells all threads what the first one has. NVVM reduces by barrier 0 alone,
/// so other barriers need shared memory for it.
Value SplitSums::tellAll(Value isLast, Value isFirst) {
  Type i32 = b.getI32Type();
  if (!workspace.flag) {
    auto reduction = NVVM::BarrierReductionAttr::get(
        b.getContext(), NVVM::BarrierReduction::OR);
    return NVVM::BarrierOp::create(b, i32, /*barrierId=*/Value(),
                                   /*numberOfThreads=*/Value(), reduction,
                                   isLast)
        .getRes();
  }
  auto telling = scf::IfOp::create(b, isFirst);
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(telling.thenBlock());
    memref::StoreOp::create(b, isLast, workspace.flag, b.index(0));
  }
  buildBarrier();
  return memref::LoadOp::create(b, workspace.flag, b.index(0));
}

void SplitSums::enterLastBlock() {
  Type i32 = b.getI32Type();
  Value zero = b.zero(i32);
  buildBarrier();
  auto isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                       workspace.thread, b.index(0));
  auto counting = scf::IfOp::create(b, TypeRange(i32), isFirst,
                                    /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(counting.elseBlock());
    scf::YieldOp::create(b, zero);
    b.setInsertionPointToStart(counting.thenBlock());
    Value last = arith::ConstantIntOp::create(b, i32, workspace.splits - 1);
    Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                         countArrival(), last);
    scf::YieldOp::create(b, arith::ExtUIOp::create(b, i32, isLast).getResult());
  }
  Value isLast = tellAll(counting.getResult(0), isFirst);
  auto guard = scf::IfOp::create(
      b, arith::CmpIOp::create(b, arith::CmpIPredicate::ne, isLast, zero));
  b.setInsertionPointToStart(guard.thenBlock());
}

SmallVector<Value, 2> SplitSums::load(Value row, Value column) {
  Value inside = b.min(row, b.sub(m, b.index(1))), step = b.mul(m, pitch);
  // Otherwise LLVM keeps an address for each row and split.
  Value place = b.keepWhole(getPlace(b.index(0), inside, column));
  Value total;
  for (int64_t i = 0; i < workspace.splits; ++i) {
    Value next =
        vector::LoadOp::create(b, pairType, partials, place,
                               /*nontemporal=*/false, llvm::MaybeAlign(8));
    place = b.add(place, step);
    if (!total)
      total = next;
    else if (pairType.getElementType().isInteger())
      total = arith::AddIOp::create(b, total, next);
    else
      total = arith::AddFOp::create(b, total, next);
  }
  return {vector::ExtractOp::create(b, total, 0),
          vector::ExtractOp::create(b, total, 1)};
}
