//===- ChunkCopies.cpp - from global to shared memory ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChunkCopies.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static Type getElementType(const ChunkCopy &copy) {
  return cast<MemRefType>(copy.source.getType()).getElementType();
}

int64_t ChunkCopy::getElementBytes() const {
  return getElementType(*this).getIntOrFloatBitWidth() / 8;
}

void mlir::quantmlir::copyWholeChunk(KernelBuilder &b, const ChunkCopy &copy,
                                     Value from, Value to, Value count) {
  nvgpu::DeviceAsyncCopyOp::create(
      b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), copy.shared, to,
      copy.source, from, b.getIndexAttr(chunkBytes / copy.getElementBytes()),
      count, b.getUnitAttr());
}

static void copyByCpAsync(KernelBuilder &b, const ChunkCopy &copy, Value from,
                          Value to, Value column, Value isInside) {
  const int64_t chunk = chunkBytes / copy.getElementBytes();
  const int64_t width = copy.copyBytes / copy.getElementBytes();
  Value zero = b.index(0);
  for (int64_t i = 0; i < chunk; i += width) {
    Value first = b.add(column, i);
    Value inside = b.less(first, copy.columns);
    if (isInside)
      inside = b.both(inside, isInside);
    Value count = b.select(
        inside, b.min(b.sub(copy.columns, first), b.index(width)), zero);
    nvgpu::DeviceAsyncCopyOp::create(
        b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), copy.shared,
        b.add(to, i), copy.source, b.select(inside, b.add(from, i), zero),
        b.getIndexAttr(width), count,
        copy.copyBytes == chunkBytes ? b.getUnitAttr() : UnitAttr());
  }
}

/// For rows that start at any address. A matrix without columns has no element
/// that could be read instead of those that do not exist.
static void copyByElements(KernelBuilder &b, const ChunkCopy &copy, Value from,
                           Value to, Value column, Value isInside) {
  Type elementType = getElementType(copy);
  Value zero = b.index(0), zeroElement = b.zero(elementType);
  auto type =
      VectorType::get({chunkBytes / copy.getElementBytes()}, elementType);
  auto guard = scf::IfOp::create(b, type, b.less(zero, copy.columns),
                                 /*withElseRegion=*/true);
  OpBuilder::InsertPoint end = b.saveInsertionPoint();
  b.setInsertionPointToStart(guard.elseBlock());
  scf::YieldOp::create(b, b.zero(type));
  b.setInsertionPointToStart(guard.thenBlock());
  Value chunk = b.zero(type);
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    Value inside = b.less(b.add(column, i), copy.columns);
    if (isInside)
      inside = b.both(inside, isInside);
    Value element = memref::LoadOp::create(
        b, copy.source, b.select(inside, b.add(from, i), zero));
    chunk = vector::InsertOp::create(b, b.select(inside, element, zeroElement),
                                     chunk, i);
  }
  scf::YieldOp::create(b, chunk);
  b.restoreInsertionPoint(end);
  vector::StoreOp::create(b, guard.getResult(0), copy.shared, to,
                          /*nontemporal=*/false, llvm::MaybeAlign(chunkBytes));
}

void mlir::quantmlir::copyChunk(KernelBuilder &b, const ChunkCopy &copy,
                                Value from, Value to, Value column,
                                Value isInside) {
  if (copy.isAsync())
    copyByCpAsync(b, copy, from, to, column, isInside);
  else
    copyByElements(b, copy, from, to, column, isInside);
}
