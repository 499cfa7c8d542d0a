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
#include "mlir/IR/IRMapping.h"

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
  Value getRowIndex(int64_t i);
  Value getColumnIndex(int64_t j);
  Row getRow(int64_t i);
  Column getColumn(int64_t j);
  Value loadOnly(Value pointer) {
    return memref::LoadOp::create(b, pointer, ValueRange());
  }
  Value loadScale(Value pointer, Value size, Value i);
  Value getSum(int64_t i, int64_t j);
  void shareSums();
  SmallVector<Value, 2> getSums(int64_t i, int64_t j);
  Value getResult(const Row &row, const Column &column, Value value);
  Value applyFollowing(Value value, ArrayRef<Value> inputs);
  using Pair = std::array<Value, 2>;
  Pair loadMatrixPair(Value pointer, const Row &row, ArrayRef<Column> columns);
  Pair loadInput(EpilogueInput kind, Value pointer, const Row &row,
                 ArrayRef<Column> columns);
  void storePair(const Row &row, ArrayRef<Column> columns,
                 ArrayRef<Value> pairSums);
  void store(Value value, Value inside, const Row &row, const Column &column);

  KernelBuilder &b;
  const MatmulEpilogue &epilogue;
  ArrayRef<Value> sums;
  std::optional<SplitSums> splitSums;
  /// The weight's scale where it has one: stores would make every column load
  /// it.
  Value tensorScale;
  const int64_t mmasN, mmasM;
};
} // namespace

/// Scale or bias `i`. Beyond the end, any element serves: its result is not
/// stored.
Value EpilogueBuilder::loadScale(Value pointer, Value size, Value i) {
  Value safe = b.select(b.less(i, size), i, b.index(0));
  return memref::LoadOp::create(b, b.vector(pointer, size), safe);
}

/// Row i of the thread's: two in each fragment.
Value EpilogueBuilder::getRowIndex(int64_t i) {
  return b.add(b.add(epilogue.row, i / 2 * mmaM),
               getCFragmentRow(b, epilogue.lane, i % 2));
}

Value EpilogueBuilder::getColumnIndex(int64_t j) {
  return b.add(b.add(epilogue.column, j / 2 * mmaN),
               getCFragmentColumn(b, epilogue.lane, j % 2));
}

Value EpilogueBuilder::getSum(int64_t i, int64_t j) {
  Value fragment = sums[i / 2 * mmasN + j / 2];
  return vector::ExtractOp::create(b, fragment,
                                   ArrayRef<int64_t>{i % 2, j % 2});
}

/// Stores the block's sums. What follows is for the last block of a tile alone.
void EpilogueBuilder::shareSums() {
  splitSums.emplace(b, epilogue.workspace, epilogue.m);
  for (int64_t i = 0; i < 2 * mmasM; ++i) {
    Value row = getRowIndex(i);
    auto guard = scf::IfOp::create(b, b.less(row, epilogue.m));
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    for (int64_t j = 0; j < 2 * mmasN; j += 2)
      splitSums->store(row, getColumnIndex(j), getSum(i, j), getSum(i, j + 1));
  }
  splitSums->enterLastBlock();
}

/// The sums of columns j and j + 1 of a row.
SmallVector<Value, 2> EpilogueBuilder::getSums(int64_t i, int64_t j) {
  if (splitSums)
    return splitSums->load(getRowIndex(i), getColumnIndex(j));
  return {getSum(i, j), getSum(i, j + 1)};
}

EpilogueBuilder::Row EpilogueBuilder::getRow(int64_t i) {
  Row row;
  row.index = getRowIndex(i);
  row.inside = b.less(row.index, epilogue.m);
  if (epilogue.tokenScales)
    row.scale = loadScale(epilogue.inputScale, epilogue.m, row.index);
  else if (epilogue.inputScale)
    row.scale = loadOnly(epilogue.inputScale);
  return row;
}

EpilogueBuilder::Column EpilogueBuilder::getColumn(int64_t j) {
  Column column;
  column.index = getColumnIndex(j);
  column.inside = b.less(column.index, epilogue.n);
  column.scale = tensorScale;
  if (epilogue.channelScales)
    column.scale = loadScale(epilogue.weightScale, epilogue.n, column.index);
  if (epilogue.bias)
    column.bias = loadScale(epilogue.bias, epilogue.n, column.index);
  return column;
}

Value EpilogueBuilder::getResult(const Row &row, const Column &column,
                                 Value value) {
  if (value.getType().isInteger())
    value = arith::SIToFPOp::create(b, b.getF32Type(), value);
  if (row.scale)
    value = arith::MulFOp::create(b, value, row.scale);
  if (column.scale)
    value = arith::MulFOp::create(b, value, column.scale);
  if (column.bias)
    value = arith::AddFOp::create(b, value, column.bias);
  Type type = epilogue.outputType;
  if (linalg::GenericOp op = epilogue.following.getOp())
    type = op.getBody()->getArgument(epilogue.following.resultNumber).getType();
  return type.isF32() ? value : arith::TruncFOp::create(b, type, value);
}

//===----------------------------------------------------------------------===//
// The op that follows
//===----------------------------------------------------------------------===//

/// Beyond the end, any elements serve.
EpilogueBuilder::Pair
EpilogueBuilder::loadMatrixPair(Value pointer, const Row &row,
                                ArrayRef<Column> columns) {
  Value matrix = b.matrix(pointer, epilogue.m, epilogue.n, epilogue.n);
  Value safeRow = b.min(row.index, b.sub(epilogue.m, b.index(1)));
  Value last = b.sub(epilogue.n, b.index(epilogue.storeSize));
  auto element = cast<MemRefType>(pointer.getType()).getElementType();
  if (epilogue.storeSize == 1) {
    auto load = [&](const Column &column) -> Value {
      return memref::LoadOp::create(
          b, matrix, ValueRange{safeRow, b.min(column.index, last)});
    };
    return {load(columns[0]), load(columns[1])};
  }
  int64_t bytes = 2 * element.getIntOrFloatBitWidth() / 8;
  Value pair =
      vector::LoadOp::create(b, VectorType::get({2}, element), matrix,
                             ValueRange{safeRow, b.min(columns[0].index, last)},
                             /*nontemporal=*/false, llvm::MaybeAlign(bytes));
  return {vector::ExtractOp::create(b, pair, 0),
          vector::ExtractOp::create(b, pair, 1)};
}

/// An input's elements for a row and two columns.
EpilogueBuilder::Pair EpilogueBuilder::loadInput(EpilogueInput kind,
                                                 Value pointer, const Row &row,
                                                 ArrayRef<Column> columns) {
  if (kind == EpilogueInput::Matrix)
    return loadMatrixPair(pointer, row, columns);
  if (kind == EpilogueInput::PerColumn)
    return {loadScale(pointer, epilogue.n, columns[0].index),
            loadScale(pointer, epilogue.n, columns[1].index)};
  Value both = kind == EpilogueInput::PerRow
                   ? loadScale(pointer, epilogue.m, row.index)
                   : loadOnly(pointer);
  return {both, both};
}

/// The body of the op that follows, on one result.
Value EpilogueBuilder::applyFollowing(Value value, ArrayRef<Value> inputs) {
  Block *body = epilogue.following.getOp().getBody();
  IRMapping mapping;
  const Value *input = inputs.begin();
  for (unsigned i = 0; i + 1 < body->getNumArguments(); ++i)
    mapping.map(body->getArgument(i),
                i == epilogue.following.resultNumber ? value : *input++);
  for (Operation &op : body->without_terminator()) {
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() != body && !mapping.contains(operand))
        mapping.map(operand, b.clone(*operand.getDefiningOp())->getResult(0));
    b.clone(op, mapping);
  }
  return mapping.lookup(body->getTerminator()->getOperand(0));
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

/// Stores a row's results in two columns from its sums.
void EpilogueBuilder::storePair(const Row &row, ArrayRef<Column> columns,
                                ArrayRef<Value> pairSums) {
  Value results[] = {getResult(row, columns[0], pairSums[0]),
                     getResult(row, columns[1], pairSums[1])};
  if (const Epilogue &following = epilogue.following) {
    SmallVector<Value> inputs[2];
    EpilogueInputs operands =
        getEpilogueInputs(following.getOp(), following.resultNumber);
    for (auto [kind, pointer] :
         llvm::zip_equal(operands.kinds, epilogue.inputs))
      for (auto [input, value] :
           llvm::zip_equal(inputs, loadInput(kind, pointer, row, columns)))
        input.push_back(value);
    for (auto [result, input] : llvm::zip_equal(results, inputs))
      result = applyFollowing(result, input);
  }
  if (epilogue.storeSize == 2) {
    // N is even: a pair lies inside or outside of y.
    Value pair = vector::FromElementsOp::create(
        b, VectorType::get({2}, epilogue.outputType), ValueRange(results));
    store(pair, b.both(row.inside, columns[0].inside), row, columns[0]);
    return;
  }
  for (auto [result, column] : llvm::zip_equal(results, columns))
    store(result, b.both(row.inside, column.inside), row, column);
}

void EpilogueBuilder::build() {
  OpBuilder::InsertionGuard insertion(b);
  if (epilogue.workspace.splits > 1)
    shareSums();
  if (epilogue.weightScale && !epilogue.channelScales)
    tensorScale = loadOnly(epilogue.weightScale);
  const int64_t numRows = 2 * mmasM, numPairs = numRows * mmasN;
  SmallVector<Row> rows;
  for (int64_t i = 0; i < numRows; ++i)
    rows.push_back(getRow(i));
  // As many loads as registers allow are on their way at once.
  constexpr int64_t maxLoads = 16;
  const int64_t batch =
      splitSums ? std::max<int64_t>(maxLoads / epilogue.workspace.splits, 1)
                : 1;
  SmallVector<Column> columns;
  for (int64_t first = 0; first < numPairs; first += batch) {
    const int64_t end = std::min(first + batch, numPairs);
    SmallVector<SmallVector<Value, 2>> loaded;
    for (int64_t p = first; p < end; ++p)
      loaded.push_back(getSums(p % numRows, p / numRows * 2));
    for (int64_t p = first; p < end; ++p) {
      int64_t j = p / numRows * 2;
      if (p % numRows == 0)
        columns = {getColumn(j), getColumn(j + 1)};
      storePair(rows[p % numRows], columns, loaded[p - first]);
    }
  }
}

SmallVector<Type> mlir::quantmlir::getFurtherPointees(MLIRContext *context,
                                                      const Kernel &kernel,
                                                      const Epilogue &epilogue,
                                                      int64_t splits) {
  SmallVector<Type> pointees;
  if (epilogue)
    for (unsigned number :
         getEpilogueInputs(epilogue.op, epilogue.resultNumber).numbers)
      pointees.push_back(
          epilogue.getOp().getBody()->getArgument(number).getType());
  if (splits > 1)
    pointees.append(
        {getPartialSumType(context, kernel), IntegerType::get(context, 32)});
  return pointees;
}

void mlir::quantmlir::takeFurtherPointers(MatmulEpilogue &epilogue,
                                          Block::args_iterator &arguments) {
  if (const Epilogue &following = epilogue.following)
    for (size_t i = 0, size = following.getOp().getNumDpsInputs(); i + 1 < size;
         ++i)
      epilogue.inputs.push_back(*arguments++);
  if (epilogue.workspace.splits == 1)
    return;
  epilogue.workspace.partials = *arguments++;
  epilogue.workspace.counters = *arguments++;
}

MatmulEpilogue mlir::quantmlir::getMatmulEpilogue(const MatmulKernel &kernel) {
  MatmulEpilogue epilogue;
  epilogue.outputType = kernel.outputType;
  epilogue.following = kernel.epilogue;
  epilogue.storeSize = kernel.storeSize;
  epilogue.tokenScales = kernel.tokenScales;
  epilogue.channelScales = kernel.channelScales;
  epilogue.fragmentsPerRow = kernel.tile.n / kernel.tile.warpsN / mmaN;
  epilogue.workspace.splits = kernel.tile.splits;
  epilogue.workspace.tileColumns = kernel.tile.n;
  return epilogue;
}

void mlir::quantmlir::buildMatmulEpilogue(KernelBuilder &b,
                                          const MatmulEpilogue &epilogue,
                                          ArrayRef<Value> sums) {
  EpilogueBuilder(b, epilogue, sums).build();
}
