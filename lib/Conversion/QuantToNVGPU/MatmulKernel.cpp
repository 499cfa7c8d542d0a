//===- MatmulKernel.cpp - quant.matmul on i8 codes as a kernel ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of 4 warps makes a 64×64 tile of y; each warp makes 32×32 of it in
// registers. Tiles of 64 columns of x and w go through shared memory, one at a
// time. Rows and columns outside of x and w are filled with zeros on the way,
// so the contraction itself knows no edges; only stores are guarded.
//
//===----------------------------------------------------------------------===//

#include "FragmentLayouts.h"
#include "KernelBuilder.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t tileM = 64, tileN = 64;
static constexpr int64_t warpM = 32, warpN = 32;
static constexpr int64_t warpsM = tileM / warpM, warpsN = tileN / warpN;
static constexpr int64_t threads = warpsM * warpsN * warpSize;
static constexpr int64_t mmasM = warpM / mmaM, mmasN = warpN / mmaN;
static_assert(tileM == tileN, "both tiles are copied by one mapping");

LaunchGeometry mlir::quantmlir::getMatmulGeometry() {
  return {threads, tileM, tileN, (tileM + tileN) * tileK};
}

namespace {
/// A matrix of codes in global memory and the tile of it that this block uses.
struct Operand {
  Value matrix;
  Value rows;
  Value firstRow;
  Value tile;
};

class MatmulKernelBuilder {
public:
  MatmulKernelBuilder(KernelBuilder &b, const MatmulKernel &kernel)
      : b(b), kernel(kernel) {}

  gpu::GPUFuncOp build();

private:
  void buildArguments(gpu::GPUFuncOp function);
  void buildPosition();
  SmallVector<Value> buildMainLoop();
  void copyTile(const Operand &operand, Value k);
  void copyChunk(const Operand &operand, Value row, Value tileRow,
                 Value tileColumn, Value column);
  void copyChunkByBytes(const Operand &operand, Value row, Value tileRow,
                        Value tileColumn, Value column);
  SmallVector<Value> multiplyTiles(SmallVector<Value> accumulators);
  void buildEpilogue(ArrayRef<Value> accumulators);
  Value loadScale(Value pointer, bool isVector, Value size, Value i);
  void storeResult(Value accumulator, Value inputScale, Value weightScale,
                   Value bias, Value row, Value column);

  KernelBuilder &b;
  const MatmulKernel &kernel;
  Value inputScale, weightScale, bias, y;
  Value m, n, k;
  Operand x, w;
  Value thread, lane;
  /// Where this warp's part starts in the block's tile.
  Value warpRow, warpColumn;
};
} // namespace

gpu::GPUFuncOp MatmulKernelBuilder::build() {
  Type i8 = b.getI8Type(), f32 = b.getF32Type();
  SmallVector<Type> pointees = {i8, i8, f32, f32};
  if (kernel.hasBias)
    pointees.push_back(f32);
  pointees.push_back(kernel.outputType);
  auto tileType =
      MemRefType::get({tileM, tileK}, i8, MemRefLayoutAttrInterface(),
                      getSharedMemorySpace(b.getContext()));
  gpu::GPUFuncOp function = createKernelFunction(
      b, kernel, pointees, /*numSizes=*/6, {tileType, tileType});
  buildArguments(function);
  buildPosition();
  buildEpilogue(buildMainLoop());
  gpu::ReturnOp::create(b);
  return function;
}

void MatmulKernelBuilder::buildArguments(gpu::GPUFuncOp function) {
  auto *argument = function.getArguments().begin();
  Value xPointer = *argument++, wPointer = *argument++;
  inputScale = *argument++;
  weightScale = *argument++;
  if (kernel.hasBias)
    bias = *argument++;
  Value yPointer = *argument++;
  m = *argument++;
  n = *argument++;
  k = *argument++;
  Value xPitch = *argument++, wPitch = *argument++, yPitch = *argument++;

  x.matrix = b.matrix(xPointer, m, k, xPitch);
  w.matrix = b.matrix(wPointer, n, k, wPitch);
  y = b.matrix(yPointer, m, n, yPitch);
  x.rows = m;
  w.rows = n;
  x.tile = function.getWorkgroupAttributions()[0];
  w.tile = function.getWorkgroupAttributions()[1];
}

void MatmulKernelBuilder::buildPosition() {
  thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
  x.firstRow = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::x), tileM);
  w.firstRow = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::y), tileN);
  lane = b.rem(thread, warpSize);
  Value warp = b.div(thread, warpSize);
  warpRow = b.mul(b.div(warp, warpsN), warpM);
  warpColumn = b.mul(b.rem(warp, warpsN), warpN);
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

SmallVector<Value> MatmulKernelBuilder::buildMainLoop() {
  SmallVector<Value> zeros(mmasM * mmasN,
                           b.zero(getCFragmentType(b.getContext())));
  auto loop =
      scf::ForOp::create(b, b.index(0), k, b.index(tileK), ValueRange(zeros));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());

  copyTile(x, loop.getInductionVar());
  copyTile(w, loop.getInductionVar());
  if (kernel.copyBytes > 1) {
    Value group = nvgpu::DeviceAsyncCreateGroupOp::create(
        b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), ValueRange());
    nvgpu::DeviceAsyncWaitOp::create(b, group, b.getI32IntegerAttr(0));
  }
  gpu::BarrierOp::create(b);
  SmallVector<Value> sums =
      multiplyTiles(llvm::to_vector_of<Value>(loop.getRegionIterArgs()));
  // Every warp has read the tiles before the next ones overwrite them.
  gpu::BarrierOp::create(b);
  scf::YieldOp::create(b, sums);
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// Copies columns [k, k + tileK) of the operand's rows into its tile.
void MatmulKernelBuilder::copyTile(const Operand &operand, Value k) {
  constexpr int64_t chunksPerRow = tileK / chunkBytes;
  for (int64_t i = 0; i < tileM * chunksPerRow / threads; ++i) {
    Value id = b.add(thread, i * threads);
    Value tileRow = b.div(id, chunksPerRow), chunk = b.rem(id, chunksPerRow);
    Value row = b.add(operand.firstRow, tileRow);
    Value tileColumn = b.mul(swizzleChunk(b, tileRow, chunk), chunkBytes);
    Value column = b.add(k, b.mul(chunk, chunkBytes));
    if (kernel.copyBytes == 1)
      copyChunkByBytes(operand, row, tileRow, tileColumn, column);
    else
      copyChunk(operand, row, tileRow, tileColumn, column);
  }
}

/// Copies 16 bytes at (row, column), asynchronously; cp.async fills what lies
/// outside of the operand with zeros. The address stays inside either way.
void MatmulKernelBuilder::copyChunk(const Operand &operand, Value row,
                                    Value tileRow, Value tileColumn,
                                    Value column) {
  Value zero = b.index(0), width = b.index(kernel.copyBytes);
  Value rowInside = b.less(row, operand.rows);
  Value safeRow = b.select(rowInside, row, zero);
  for (int64_t offset = 0; offset < chunkBytes; offset += kernel.copyBytes) {
    Value first = b.add(column, offset);
    Value inside = b.both(rowInside, b.less(first, k));
    Value bytes = b.select(inside, b.min(b.sub(k, first), width), zero);
    nvgpu::DeviceAsyncCopyOp::create(
        b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), operand.tile,
        ValueRange{tileRow, b.add(tileColumn, offset)}, operand.matrix,
        ValueRange{safeRow, b.select(inside, first, zero)},
        b.getIndexAttr(kernel.copyBytes), bytes,
        kernel.copyBytes == chunkBytes ? b.getUnitAttr() : UnitAttr());
  }
}

/// The same for rows that start at any address: byte by byte.
void MatmulKernelBuilder::copyChunkByBytes(const Operand &operand, Value row,
                                           Value tileRow, Value tileColumn,
                                           Value column) {
  Value zero = b.index(0), zeroCode = b.zero(b.getI8Type());
  Value rowInside = b.less(row, operand.rows);
  Value safeRow = b.select(rowInside, row, zero);
  Value chunk = b.zero(VectorType::get({chunkBytes}, b.getI8Type()));
  for (int64_t i = 0; i < chunkBytes; ++i) {
    Value position = b.add(column, i);
    Value inside = b.both(rowInside, b.less(position, k));
    Value code = memref::LoadOp::create(
        b, operand.matrix,
        ValueRange{safeRow, b.select(inside, position, zero)});
    chunk =
        vector::InsertOp::create(b, b.select(inside, code, zeroCode), chunk, i);
  }
  vector::StoreOp::create(b, chunk, operand.tile,
                          ValueRange{tileRow, tileColumn},
                          /*nontemporal=*/false, llvm::MaybeAlign(chunkBytes));
}

/// Adds the products of the tiles in shared memory to this warp's accumulators,
/// which stand row by row.
SmallVector<Value>
MatmulKernelBuilder::multiplyTiles(SmallVector<Value> accumulators) {
  for (int64_t step = 0; step < tileK; step += mmaK) {
    SmallVector<Value> as, bs;
    for (int64_t i = 0; i < mmasM; ++i)
      as.push_back(
          loadAFragment(b, x.tile, lane, b.add(warpRow, i * mmaM), step));
    for (int64_t j = 0; j < mmasN; j += 2) {
      auto [first, second] =
          loadBFragments(b, w.tile, lane, b.add(warpColumn, j * mmaN), step);
      bs.append({first, second});
    }
    for (int64_t i = 0; i < mmasM; ++i) {
      for (int64_t j = 0; j < mmasN; ++j) {
        Value &sum = accumulators[i * mmasN + j];
        sum = nvgpu::MmaSyncOp::create(b, as[i], bs[j], sum,
                                       ArrayRef<int64_t>{mmaM, mmaN, mmaK});
      }
    }
  }
  return accumulators;
}

//===----------------------------------------------------------------------===//
// Epilogue
//===----------------------------------------------------------------------===//

/// Scale or bias `i`, or the only one there is. Beyond the end, any element
/// serves: its result is not stored.
Value MatmulKernelBuilder::loadScale(Value pointer, bool isVector, Value size,
                                     Value i) {
  if (!isVector)
    return memref::LoadOp::create(b, pointer, ValueRange());
  Value safe = b.select(b.less(i, size), i, b.index(0));
  return memref::LoadOp::create(b, b.vector(pointer, size), safe);
}

void MatmulKernelBuilder::buildEpilogue(ArrayRef<Value> accumulators) {
  SmallVector<Value> columns, weightScales, biases;
  for (int64_t j = 0; j < mmasN * 2; ++j) {
    Value column = b.add(b.add(w.firstRow, warpColumn), j / 2 * mmaN);
    column = b.add(column, getCFragmentColumn(b, lane, j % 2));
    columns.push_back(column);
    weightScales.push_back(
        loadScale(weightScale, kernel.channelScales, n, column));
    biases.push_back(kernel.hasBias ? loadScale(bias, true, n, column)
                                    : Value());
  }
  for (int64_t i = 0; i < mmasM * 2; ++i) {
    Value row = b.add(b.add(x.firstRow, warpRow), i / 2 * mmaM);
    row = b.add(row, getCFragmentRow(b, lane, i % 2));
    Value rowScale = loadScale(inputScale, kernel.tokenScales, m, row);
    for (int64_t j = 0; j < mmasN * 2; ++j) {
      Value fragment = accumulators[i / 2 * mmasN + j / 2];
      Value sum = vector::ExtractOp::create(b, fragment,
                                            ArrayRef<int64_t>{i % 2, j % 2});
      storeResult(sum, rowScale, weightScales[j], biases[j], row, columns[j]);
    }
  }
}

/// y[row, column] = ((f32(accumulator) * sx) * sw) + bias, unfused, if it lies
/// inside of y.
void MatmulKernelBuilder::storeResult(Value accumulator, Value inputScale,
                                      Value weightScale, Value bias, Value row,
                                      Value column) {
  Value value = arith::SIToFPOp::create(b, b.getF32Type(), accumulator);
  value = arith::MulFOp::create(b, value, inputScale);
  value = arith::MulFOp::create(b, value, weightScale);
  if (bias)
    value = arith::AddFOp::create(b, value, bias);
  if (!kernel.outputType.isF32())
    value = arith::TruncFOp::create(b, kernel.outputType, value);
  auto guard = scf::IfOp::create(b, b.both(b.less(row, m), b.less(column, n)));
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  memref::StoreOp::create(b, value, y, ValueRange{row, column});
}

gpu::GPUFuncOp mlir::quantmlir::buildMatmulKernel(KernelBuilder &b,
                                                  const MatmulKernel &kernel) {
  return MatmulKernelBuilder(b, kernel).build();
}
