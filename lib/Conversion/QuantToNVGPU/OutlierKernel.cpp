//===- OutlierKernel.cpp - quant.outlier_matmul as a kernel ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block makes 64×64 of y, a thread 4×4. Sixteen channels at a time are
// gathered into shared memory, channel by channel, where threads read four rows
// and four columns at once. Few channels leave tensor cores nothing to do: what
// counts is that y is read and written once.
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t tile = 64, perThread = 4, depth = 16;
static constexpr int64_t threadsAlong = tile / perThread;
static constexpr int64_t threads = threadsAlong * threadsAlong;
/// Floats from a channel to the next: vectors stay aligned, and the channels
/// that a warp stores are on different banks but for two.
static constexpr int64_t pitch = tile + perThread;

LaunchGeometry mlir::quantmlir::getOutlierGeometry(const OutlierKernel &) {
  return {threads, tile, tile, 2 * depth * pitch * int64_t(sizeof(float))};
}

namespace {
class OutlierKernelBuilder {
public:
  OutlierKernelBuilder(KernelBuilder &b, const OutlierKernel &kernel)
      : b(b), kernel(kernel), f32x4(VectorType::get({4}, b.getF32Type())) {}

  gpu::GPUFuncOp build();

private:
  void gather(Value firstChannel);
  void copy(Value from, Value row, Value size, Value column, Value isChannel,
            Value to);
  SmallVector<Value> multiply(ValueRange sums);
  void store(ValueRange sums);
  void storeRow(Value row, Value sums);

  Value load(Value matrix, ValueRange at, Value isInside);
  Value splat(Value scalar) {
    return vector::BroadcastOp::create(b, f32x4, scalar);
  }

  KernelBuilder &b;
  const OutlierKernel &kernel;
  VectorType f32x4;
  Value x, w, channels, addend, y;
  Value m, n, numChannels;
  Value shared;
  /// The block's first row and column, and the thread's place in the block.
  Value blockRow, blockColumn, threadRow, threadColumn;
};
} // namespace

/// An element as f32, 0 outside.
Value OutlierKernelBuilder::load(Value matrix, ValueRange at, Value isInside) {
  auto guard = scf::IfOp::create(
      b, isInside,
      [&](OpBuilder &, Location) {
        Value value = memref::LoadOp::create(b, matrix, at);
        if (!kernel.type.isF32())
          value = arith::ExtFOp::create(b, b.getF32Type(), value);
        scf::YieldOp::create(b, value);
      },
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(b, b.constant(0.0f));
      });
  return guard.getResult(0);
}

/// Copies this thread's share of 64 rows to shared memory.
void OutlierKernelBuilder::copy(Value from, Value row, Value size, Value column,
                                Value isChannel, Value to) {
  for (int64_t i = 0; i < tile; i += threadsAlong) {
    Value at = b.add(row, b.add(threadRow, i));
    Value isInside = b.both(isChannel, b.less(at, size));
    Value value = load(from, {at, column}, isInside);
    memref::StoreOp::create(b, value, shared, b.add(b.add(to, threadRow), i));
  }
}

void OutlierKernelBuilder::gather(Value firstChannel) {
  Value number = b.add(firstChannel, threadColumn);
  Value isChannel = b.less(number, numChannels);
  auto channel = scf::IfOp::create(
      b, isChannel,
      [&](OpBuilder &, Location) {
        Value loaded = memref::LoadOp::create(b, channels, number);
        scf::YieldOp::create(b, ValueRange(arith::IndexCastOp::create(
                                    b, b.getIndexType(), loaded)));
      },
      [&](OpBuilder &, Location) { scf::YieldOp::create(b, b.index(0)); });
  Value to = b.mul(threadColumn, pitch);
  copy(x, blockRow, m, channel.getResult(0), isChannel, to);
  copy(w, blockColumn, n, number, isChannel, b.add(to, depth * pitch));
}

SmallVector<Value> OutlierKernelBuilder::multiply(ValueRange sums) {
  SmallVector<Value> results(sums);
  auto loadFour = [&](Value place, int64_t offset) -> Value {
    return vector::LoadOp::create(b, f32x4, shared,
                                  b.add(b.mul(place, perThread), offset),
                                  /*nontemporal=*/false, llvm::Align(16));
  };
  for (int64_t channel = 0; channel < depth; ++channel) {
    Value rows = loadFour(threadRow, channel * pitch);
    Value columns = loadFour(threadColumn, (depth + channel) * pitch);
    for (int64_t i = 0; i < perThread; ++i)
      results[i] = vector::FMAOp::create(
          b, splat(vector::ExtractOp::create(b, rows, i)), columns, results[i]);
  }
  return results;
}

void OutlierKernelBuilder::storeRow(Value row, Value sums) {
  Value column = b.add(blockColumn, b.mul(threadColumn, perThread));
  int64_t width = kernel.vectorSize;
  auto type = VectorType::get({width}, kernel.type);
  auto wide = VectorType::get({width}, b.getF32Type());
  llvm::Align alignment(type.getElementTypeBitWidth() / 8 * width);
  for (int64_t i = 0; i < perThread; i += width) {
    Value at = b.add(column, i);
    auto guard = scf::IfOp::create(b, b.less(at, n));
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    Value sum = sums;
    if (width == 1)
      sum = vector::BroadcastOp::create(b, wide,
                                        vector::ExtractOp::create(b, sums, i));
    Value value = vector::LoadOp::create(b, type, addend, ValueRange{row, at},
                                         /*nontemporal=*/false, alignment);
    if (!kernel.type.isF32())
      value = arith::ExtFOp::create(b, wide, value);
    value = arith::AddFOp::create(b, value, sum);
    if (!kernel.type.isF32())
      value = arith::TruncFOp::create(b, type, value);
    vector::StoreOp::create(b, value, y, ValueRange{row, at},
                            /*nontemporal=*/false, alignment);
  }
}

void OutlierKernelBuilder::store(ValueRange sums) {
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value row = b.add(blockRow, b.add(b.mul(threadRow, perThread), i));
    auto guard = scf::IfOp::create(b, b.less(row, m));
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    storeRow(row, sum);
  }
}

gpu::GPUFuncOp OutlierKernelBuilder::build() {
  Type element = kernel.type;
  gpu::GPUFuncOp function = createKernelFunction(
      b, kernel, {element, element, b.getI64Type(), element, element},
      /*numSizes=*/6);
  auto arguments = function.getArguments();
  m = arguments[5];
  n = arguments[6];
  numChannels = arguments[7];
  x = b.matrix(arguments[0], m, arguments[8], arguments[8]);
  w = b.matrix(arguments[1], n, numChannels, arguments[9]);
  channels = b.vector(arguments[2], numChannels);
  addend = b.matrix(arguments[3], m, n, arguments[10]);
  y = b.matrix(arguments[4], m, n, arguments[10]);
  shared = getSharedView(
      b, getSharedMemory(b, getOutlierGeometry(kernel).sharedBytes),
      b.getF32Type());
  Value thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
  threadRow = b.div(thread, threadsAlong);
  threadColumn = b.rem(thread, threadsAlong);
  blockRow = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::x), tile);
  blockColumn = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::y), tile);

  SmallVector<Value> zeros(perThread, b.zero(f32x4));
  auto loop =
      scf::ForOp::create(b, b.index(0), numChannels, b.index(depth), zeros);
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    gather(loop.getInductionVar());
    gpu::BarrierOp::create(b);
    SmallVector<Value> sums = multiply(loop.getRegionIterArgs());
    // The next channels overwrite what all have read.
    gpu::BarrierOp::create(b);
    scf::YieldOp::create(b, sums);
  }
  store(loop.getResults());
  gpu::ReturnOp::create(b);
  return function;
}

gpu::GPUFuncOp
mlir::quantmlir::buildOutlierKernel(KernelBuilder &b,
                                    const OutlierKernel &kernel) {
  return OutlierKernelBuilder(b, kernel).build();
}
