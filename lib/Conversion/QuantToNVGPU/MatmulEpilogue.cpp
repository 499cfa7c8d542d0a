//===- MatmulEpilogue.cpp - from sums of codes to results -----------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The four threads of a row of a C fragment hold eight neighbouring columns, so
// that pairs of f32 fill a sector of 32 bytes and need no detour through shared
// memory.
//
//===----------------------------------------------------------------------===//

#include "MatmulEpilogue.h"
#include "FragmentLayouts.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

namespace {
class EpilogueBuilder {
public:
  EpilogueBuilder(KernelBuilder &b, const MatmulEpilogue &epilogue,
                  ArrayRef<Value> sums)
      : b(b), epilogue(epilogue), sums(sums), mmasN(epilogue.fragmentsPerRow),
        mmasM(static_cast<int64_t>(sums.size()) / mmasN) {}

  void build();

private:
  struct Row {
    Value index, inside, scale;
  };
  struct Column {
    Value index, inside, scale, bias;
  };
  Row getRow(int64_t i);
  Column getColumn(int64_t j);
  Value loadScale(Value pointer, bool isVector, Value size, Value i);
  Value getResult(const Row &row, const Column &column, int64_t i, int64_t j);
  void store(Value value, Value inside, const Row &row, const Column &column);

  KernelBuilder &b;
  const MatmulEpilogue &epilogue;
  ArrayRef<Value> sums;
  const int64_t mmasN, mmasM;
};
} // namespace

/// Scale or bias `i`, or the only one there is. Beyond the end, any element
/// serves: its result is not stored.
Value EpilogueBuilder::loadScale(Value pointer, bool isVector, Value size,
                                 Value i) {
  if (!isVector)
    return memref::LoadOp::create(b, pointer, ValueRange());
  Value safe = b.select(b.less(i, size), i, b.index(0));
  return memref::LoadOp::create(b, b.vector(pointer, size), safe);
}

/// Row i of the thread's: two in each fragment.
EpilogueBuilder::Row EpilogueBuilder::getRow(int64_t i) {
  Row row;
  row.index = b.add(b.add(epilogue.row, i / 2 * mmaM),
                    getCFragmentRow(b, epilogue.lane, i % 2));
  row.inside = b.less(row.index, epilogue.m);
  if (epilogue.inputScale)
    row.scale = loadScale(epilogue.inputScale, epilogue.tokenScales, epilogue.m,
                          row.index);
  return row;
}

EpilogueBuilder::Column EpilogueBuilder::getColumn(int64_t j) {
  Column column;
  column.index = b.add(b.add(epilogue.column, j / 2 * mmaN),
                       getCFragmentColumn(b, epilogue.lane, j % 2));
  column.inside = b.less(column.index, epilogue.n);
  if (epilogue.weightScale)
    column.scale = loadScale(epilogue.weightScale, epilogue.channelScales,
                             epilogue.n, column.index);
  if (epilogue.bias)
    column.bias = loadScale(epilogue.bias, true, epilogue.n, column.index);
  return column;
}

Value EpilogueBuilder::getResult(const Row &row, const Column &column,
                                 int64_t i, int64_t j) {
  Value fragment = sums[i / 2 * mmasN + j / 2];
  Value value =
      vector::ExtractOp::create(b, fragment, ArrayRef<int64_t>{i % 2, j % 2});
  if (value.getType().isInteger())
    value = arith::SIToFPOp::create(b, b.getF32Type(), value);
  if (row.scale)
    value = arith::MulFOp::create(b, value, row.scale);
  if (column.scale)
    value = arith::MulFOp::create(b, value, column.scale);
  if (column.bias)
    value = arith::AddFOp::create(b, value, column.bias);
  if (!epilogue.outputType.isF32())
    value = arith::TruncFOp::create(b, epilogue.outputType, value);
  return value;
}

void EpilogueBuilder::store(Value value, Value inside, const Row &row,
                            const Column &column) {
  auto guard = scf::IfOp::create(b, inside);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  SmallVector<Value> position = {row.index, column.index};
  if (!isa<VectorType>(value.getType())) {
    memref::StoreOp::create(b, value, epilogue.y, position);
    return;
  }
  int64_t bytes = 2 * epilogue.outputType.getIntOrFloatBitWidth() / 8;
  vector::StoreOp::create(b, value, epilogue.y, position,
                          /*nontemporal=*/false, llvm::MaybeAlign(bytes));
}

void EpilogueBuilder::build() {
  SmallVector<Row> rows;
  for (int64_t i = 0; i < 2 * mmasM; ++i)
    rows.push_back(getRow(i));
  for (int64_t j = 0; j < 2 * mmasN; j += 2) {
    Column columns[] = {getColumn(j), getColumn(j + 1)};
    for (auto [i, row] : llvm::enumerate(rows)) {
      Value results[] = {getResult(row, columns[0], i, j),
                         getResult(row, columns[1], i, j + 1)};
      if (epilogue.storeSize == 2) {
        // N is even: a pair lies inside or outside of y.
        Value pair = vector::FromElementsOp::create(
            b, VectorType::get({2}, epilogue.outputType), ValueRange(results));
        store(pair, b.both(row.inside, columns[0].inside), row, columns[0]);
        continue;
      }
      for (auto [result, column] : llvm::zip_equal(results, columns))
        store(result, b.both(row.inside, column.inside), row, column);
    }
  }
}

MatmulEpilogue mlir::quantmlir::getMatmulEpilogue(const MatmulKernel &kernel) {
  MatmulEpilogue epilogue;
  epilogue.outputType = kernel.outputType;
  epilogue.storeSize = kernel.storeSize;
  epilogue.tokenScales = kernel.tokenScales;
  epilogue.channelScales = kernel.channelScales;
  epilogue.fragmentsPerRow = kernel.tile.n / kernel.tile.warpsN / mmaN;
  return epilogue;
}

void mlir::quantmlir::buildMatmulEpilogue(KernelBuilder &b,
                                          const MatmulEpilogue &epilogue,
                                          ArrayRef<Value> sums) {
  EpilogueBuilder(b, epilogue, sums).build();
}
