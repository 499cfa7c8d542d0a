//===- QuantizeKernel.cpp - quantization to i8 codes as a kernel ---------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Static: each thread owns one group of columns, computes their inverse scales
// once and walks over the rows of its block. Per token, and for programs: a
// warp or a block owns a row, which its threads read once and keep in registers
// between the reductions and the rounding.
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"
#include "RowProgram.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"
#include "quant-mlir/Dialect/Quant/Utils/RowPrograms.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Threads of a block, unless a row needs more.
static constexpr int64_t minThreads = 128;
/// Rows of a block without rows of its threads' own, and how many of them a
/// thread loads before it stores the first.
static constexpr int64_t staticRows = 16, rowsInFlight = 4;

LaunchGeometry
mlir::quantmlir::getQuantizeGeometry(const QuantizeKernel &kernel) {
  if (kernel.threadsPerRow == 0)
    return {minThreads, staticRows, minThreads * kernel.vectorSize, 0};
  int64_t threads = std::max(minThreads, kernel.threadsPerRow);
  // Each reduction has a float for each warp of a row.
  int64_t warps = kernel.threadsPerRow / warpSize;
  QuantizeRowsOp program = kernel.program;
  size_t reductions = (program ? program.getReductions().size() : 0) +
                      (kernel.perToken ? 1 : 0);
  int64_t sharedBytes =
      warps == 1 ? 0 : int64_t(reductions * warps * sizeof(float));
  return {threads, threads / kernel.threadsPerRow, 0, sharedBytes};
}

namespace {
class QuantizeKernelBuilder {
public:
  QuantizeKernelBuilder(KernelBuilder &b, const QuantizeKernel &kernel)
      : b(b), kernel(kernel), program(kernel.program),
        floats(VectorType::get({kernel.vectorSize}, b.getF32Type())) {}

  gpu::GPUFuncOp build();

private:
  using Kind = vector::CombiningKind;
  using VectorBody = function_ref<Value(Value column)>;

  void buildArguments(gpu::GPUFuncOp function);
  void buildStatic();
  void buildRows();
  void buildRow();
  void buildColumns();
  Value reduceRow(Kind kind, VectorBody body);
  Value reduceThreads(Kind kind, Value value);
  void forEachVector(function_ref<void(Value column, Value isInside)> body);
  Value getElements(Value column);
  Value getStage(Region &stage, Value column);
  void storeRow(Value rowScale);

  Value splat(Value scalar) {
    return vector::BroadcastOp::create(b, floats, scalar);
  }
  Value splat(float value) { return splat(b.constant(value)); }
  Value inverse(Value scales) {
    return arith::DivFOp::create(b, splat(1.0f), scales);
  }
  Value toFloat(Value values) {
    return values.getType() == floats
               ? values
               : arith::ExtFOp::create(b, floats, values).getResult();
  }
  Value load(Value memory, ValueRange indices);
  Value loadInput(unsigned input, Value column);
  Value getCodes(Value scaled);
  Value getMagnitude(Value values);
  Value getSymmetricScale(Value absmax);
  void storeCodes(Value codes, Value atRow, Value column);

  KernelBuilder &b;
  const QuantizeKernel &kernel;
  QuantizeRowsOp program;
  VectorType floats;
  SmallVector<Value> inputs;
  Value scale, smoothing, q, rowScales;
  Value m, k;
  /// The zero point in each element, as i32, or null.
  Value zeroPoint;

  /// Of a kernel whose threads have rows: the row, this thread's number in it,
  /// the results of reductions so far, and what is in registers.
  Value row, threadOfRow;
  SmallVector<Value> reduced;
  Value shared;
  unsigned numReductions = 0;
  DenseMap<std::pair<unsigned, Value>, Value> loaded;
  DenseMap<Value, Value> elements;
  SmallVector<Value> columns;
  Value isLastInside;
};
} // namespace

gpu::GPUFuncOp QuantizeKernelBuilder::build() {
  Type f32 = b.getF32Type();
  SmallVector<Type> pointees;
  unsigned numMatrices = 0;
  for (const QuantizeKernel::Input &input : kernel.inputs) {
    pointees.push_back(input.type);
    numMatrices += input.rank == 2;
  }
  if (!kernel.perToken)
    pointees.push_back(f32);
  if (kernel.hasSmoothing)
    pointees.push_back(f32);
  pointees.push_back(b.getI8Type());
  if (kernel.perToken)
    pointees.push_back(f32);
  gpu::GPUFuncOp function = createKernelFunction(
      b, kernel, pointees,
      /*numSizes=*/3 + numMatrices + (kernel.hasZeroPoint ? 1 : 0));
  buildArguments(function);
  if (kernel.threadsPerRow > 0)
    buildRows();
  else
    buildStatic();
  gpu::ReturnOp::create(b);
  return function;
}

void QuantizeKernelBuilder::buildArguments(gpu::GPUFuncOp function) {
  auto *argument = function.getArguments().begin();
  for (size_t i = 0; i < kernel.inputs.size(); ++i)
    inputs.push_back(*argument++);
  if (!kernel.perToken)
    scale = *argument++;
  Value smoothingPointer = kernel.hasSmoothing ? *argument++ : Value();
  Value qPointer = *argument++;
  Value rowScalePointer = kernel.perToken ? *argument++ : Value();
  m = *argument++;
  k = *argument++;
  for (auto [input, value] : llvm::zip_equal(kernel.inputs, inputs)) {
    if (input.rank == 2)
      value = b.matrix(value, m, k, *argument++);
    else if (input.rank == 1)
      value = b.vector(value, k);
  }
  q = b.matrix(qPointer, m, k, *argument++);
  if (kernel.hasZeroPoint)
    zeroPoint = vector::BroadcastOp::create(
        b, floats.clone(b.getI32Type()),
        arith::IndexCastOp::create(b, b.getI32Type(), *argument++));
  if (smoothingPointer)
    smoothing = b.vector(smoothingPointer, k);
  if (rowScalePointer)
    rowScales = b.vector(rowScalePointer, m);
}

//===----------------------------------------------------------------------===//
// Numerics.h in vectors of f32
//===----------------------------------------------------------------------===//

/// numerics::quantizeSymmetric or quantizeActivation, after their
/// multiplication. In the shifted sum the code's low byte is the mantissa's, so
/// that no conversion is needed.
Value QuantizeKernelBuilder::getCodes(Value scaled) {
  Value lo = splat(static_cast<float>(numerics::getQMin(kernel.bits)));
  Value hi = splat(static_cast<float>(numerics::getQMax(kernel.bits)));
  if (zeroPoint) {
    Value zero = arith::SIToFPOp::create(b, floats, zeroPoint);
    lo = arith::SubFOp::create(b, lo, zero);
    hi = arith::SubFOp::create(b, hi, zero);
  }
  Value isNumber =
      arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, scaled, scaled);
  Value value = b.select(isNumber, scaled, splat(0.0f));
  value = arith::MaxNumFOp::create(b, value, lo);
  value = arith::MinNumFOp::create(b, value, hi);
  value = arith::AddFOp::create(b, value, splat(numerics::roundingShift));
  Value bits = arith::BitcastOp::create(b, floats.clone(b.getI32Type()), value);
  if (zeroPoint)
    bits = arith::AddIOp::create(b, bits, zeroPoint);
  return arith::TruncIOp::create(b, floats.clone(b.getI8Type()), bits);
}

/// |values|, by clearing the sign: math.absf would call libdevice.
Value QuantizeKernelBuilder::getMagnitude(Value values) {
  auto integers = floats.clone(b.getI32Type());
  Value mask = arith::ConstantOp::create(
      b, DenseElementsAttr::get(integers, b.getI32IntegerAttr(INT32_MAX)));
  Value bits = arith::BitcastOp::create(b, integers, values);
  return arith::BitcastOp::create(b, floats, b.both(bits, mask));
}

/// numerics::getSymmetricScale of a scalar.
Value QuantizeKernelBuilder::getSymmetricScale(Value absmax) {
  Value finite = arith::MinNumFOp::create(b, absmax, b.constant(FLT_MAX));
  Value scale = arith::DivFOp::create(
      b, finite,
      b.constant(static_cast<float>(numerics::getQMax(kernel.bits))));
  return arith::MaxNumFOp::create(b, scale, b.constant(numerics::scaleFloor));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// A vector of what `memory` holds, zeros for what is beyond the row.
Value QuantizeKernelBuilder::load(Value memory, ValueRange indices) {
  auto type = floats.clone(cast<MemRefType>(memory.getType()).getElementType());
  auto loadVector = [&]() -> Value {
    llvm::Align alignment(type.getElementTypeBitWidth() / 8 *
                          kernel.vectorSize);
    return vector::LoadOp::create(b, type, memory, indices,
                                  /*nontemporal=*/false, alignment);
  };
  if (columns.empty() || indices.back() != columns.back())
    return loadVector();
  auto guard = scf::IfOp::create(
      b, isLastInside,
      [&](OpBuilder &, Location) { scf::YieldOp::create(b, loadVector()); },
      [&](OpBuilder &, Location) { scf::YieldOp::create(b, b.zero(type)); });
  return guard.getResult(0);
}

/// The elements of an input in this thread's row, or its one value.
Value QuantizeKernelBuilder::loadInput(unsigned input, Value column) {
  if (kernel.inputs[input].rank == 0)
    return memref::LoadOp::create(b, inputs[input], ValueRange());
  if (kernel.inputs[input].rank == 1)
    return load(inputs[input], column);
  return load(inputs[input], {row, column});
}

void QuantizeKernelBuilder::storeCodes(Value codes, Value atRow, Value column) {
  vector::StoreOp::create(b, codes, q, ValueRange{atRow, column},
                          /*nontemporal=*/false,
                          llvm::Align(kernel.vectorSize));
}

//===----------------------------------------------------------------------===//
// Columns of many rows
//===----------------------------------------------------------------------===//

void QuantizeKernelBuilder::buildStatic() {
  LaunchGeometry geometry = getQuantizeGeometry(kernel);
  Value thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
  Value blockRow = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  Value blockColumn = gpu::BlockIdOp::create(b, gpu::Dimension::y);
  Value column = b.add(b.mul(blockColumn, geometry.columnsPerBlock),
                       b.mul(thread, kernel.vectorSize));
  Value firstRow = b.mul(blockRow, geometry.rowsPerBlock);
  Value lastRow = b.min(b.add(firstRow, geometry.rowsPerBlock), m);

  auto guard = scf::IfOp::create(b, b.less(column, k));
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  Value scales = splat(memref::LoadOp::create(b, scale, ValueRange()));
  if (kernel.hasSmoothing)
    scales = arith::MulFOp::create(b, scales, load(smoothing, column));
  Value inv = inverse(scales);
  // Some rows at a time, then those that are left.
  auto buildLoop = [&](Value begin, Value end, int64_t rows) {
    auto loop = scf::ForOp::create(b, begin, end, b.index(rows));
    OpBuilder::InsertionGuard loopInsertion(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> values;
    auto rowAt = [&](int64_t i) { return b.add(loop.getInductionVar(), i); };
    for (int64_t i = 0; i < rows; ++i)
      values.push_back(load(inputs.front(), {rowAt(i), column}));
    for (auto [i, value] : llvm::enumerate(values)) {
      Value scaled = arith::MulFOp::create(b, toFloat(value), inv);
      storeCodes(getCodes(scaled), rowAt(i), column);
    }
  };
  Value rows = b.sub(lastRow, firstRow);
  Value tail = b.sub(lastRow, b.rem(rows, rowsInFlight));
  buildLoop(firstRow, tail, rowsInFlight);
  buildLoop(tail, lastRow, 1);
}

//===----------------------------------------------------------------------===//
// Threads that share a row
//===----------------------------------------------------------------------===//

/// Over the columns of the vectors in registers; `isInside` is null where no
/// thread is beyond the row.
void QuantizeKernelBuilder::forEachVector(
    function_ref<void(Value column, Value isInside)> body) {
  for (auto [i, column] : llvm::enumerate(columns))
    body(column, i + 1 == columns.size() ? isLastInside : Value());
}

/// Combines what `body` gives for the vectors of the row. Each thread combines
/// its vectors in ascending order, then their elements; then warps by
/// butterflies, then the block its warps.
Value QuantizeKernelBuilder::reduceRow(Kind kind, VectorBody body) {
  Value neutral = arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             floats, Attribute(getNeutralElement(kind, b.getF32Type()))));
  Value combined;
  if (kernel.vectorsPerThread > 0) {
    combined = neutral;
    forEachVector([&](Value column, Value isInside) {
      Value values = body(column);
      if (isInside)
        values = b.select(isInside, values, neutral);
      combined =
          vector::makeArithReduction(b, b.getLoc(), kind, combined, values);
    });
  } else {
    auto loop = scf::ForOp::create(
        b, b.mul(threadOfRow, kernel.vectorSize), k,
        b.index(kernel.threadsPerRow * kernel.vectorSize), neutral);
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    Value values = body(loop.getInductionVar());
    scf::YieldOp::create(
        b, ValueRange{vector::makeArithReduction(
               b, b.getLoc(), kind, loop.getRegionIterArg(0), values)});
    combined = loop.getResult(0);
  }
  Value value = vector::ExtractOp::create(b, combined, 0);
  for (int64_t i = 1; i < kernel.vectorSize; ++i)
    value = vector::makeArithReduction(
        b, b.getLoc(), kind, value, vector::ExtractOp::create(b, combined, i));
  return reduceThreads(kind, value);
}

/// One value for all threads of the row, from one of each.
Value QuantizeKernelBuilder::reduceThreads(Kind kind, Value value) {
  auto reduceLanes = [&](int64_t lanes) {
    for (int64_t offset = lanes / 2; offset > 0; offset /= 2) {
      auto shuffle =
          gpu::ShuffleOp::create(b, value, static_cast<int32_t>(offset),
                                 warpSize, gpu::ShuffleMode::XOR);
      value = vector::makeArithReduction(b, b.getLoc(), kind, value,
                                         shuffle.getShuffleResult());
    }
  };
  reduceLanes(warpSize);
  int64_t warps = kernel.threadsPerRow / warpSize;
  if (warps == 1)
    return value;
  // Every reduction has a place of its own, so that one barrier does.
  int64_t place = warps * static_cast<int64_t>(numReductions++);
  Value warp = b.div(threadOfRow, warpSize),
        lane = b.rem(threadOfRow, warpSize);
  auto first = scf::IfOp::create(b, b.less(lane, b.index(1)));
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(first.thenBlock());
    memref::StoreOp::create(b, value, shared, b.add(warp, place));
  }
  gpu::BarrierOp::create(b);
  value = memref::LoadOp::create(b, shared, b.add(b.rem(lane, warps), place));
  reduceLanes(warps);
  return value;
}

Value QuantizeKernelBuilder::getStage(Region &stage, Value column) {
  SmallVector<Value> arguments;
  for (auto [i, argument] : llvm::enumerate(stage.getArguments())) {
    if (i >= inputs.size()) {
      arguments.push_back(reduced[i - inputs.size()]);
      continue;
    }
    Value &value = loaded[{i, kernel.inputs[i].rank == 0 ? Value() : column}];
    if (!value && !argument.use_empty())
      value = loadInput(i, column);
    arguments.push_back(value);
  }
  return toFloat(buildStage(b, stage, arguments, kernel.vectorSize));
}

/// What is quantized, divided by the smoothing if scales are of rows.
Value QuantizeKernelBuilder::getElements(Value column) {
  Value &known = elements[column];
  if (known)
    return known;
  Value values = program ? getStage(program.getStages().back(), column)
                         : toFloat(loadInput(0, column));
  if (kernel.perToken && kernel.hasSmoothing)
    values = arith::MulFOp::create(b, values, inverse(load(smoothing, column)));
  return known = values;
}

void QuantizeKernelBuilder::storeRow(Value rowScale) {
  Value inv = rowScale ? inverse(splat(rowScale)) : Value();
  auto store = [&](Value column, Value isInside) {
    Value factor = inv;
    if (!factor) {
      Value scales = splat(memref::LoadOp::create(b, scale, ValueRange()));
      if (kernel.hasSmoothing)
        scales = arith::MulFOp::create(b, scales, load(smoothing, column));
      factor = inverse(scales);
    }
    Value scaled = arith::MulFOp::create(b, getElements(column), factor);
    Value codes = getCodes(scaled);
    OpBuilder::InsertionGuard insertion(b);
    if (isInside)
      b.setInsertionPointToStart(scf::IfOp::create(b, isInside).thenBlock());
    storeCodes(codes, row, column);
  };
  if (kernel.vectorsPerThread > 0)
    return forEachVector(store);
  auto loop =
      scf::ForOp::create(b, b.mul(threadOfRow, kernel.vectorSize), k,
                         b.index(kernel.threadsPerRow * kernel.vectorSize));
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(loop.getBody());
  store(loop.getInductionVar(), Value());
}

/// The columns of the vectors that this thread keeps in registers.
void QuantizeKernelBuilder::buildColumns() {
  Value first = b.mul(threadOfRow, kernel.vectorSize);
  int64_t step = kernel.threadsPerRow * kernel.vectorSize;
  for (int64_t i = 0; i < kernel.vectorsPerThread; ++i)
    columns.push_back(b.add(first, i * step));
  if (columns.empty())
    return;
  isLastInside = b.less(columns.back(), k);
}

void QuantizeKernelBuilder::buildRow() {
  buildColumns();
  for (auto [i, input] : llvm::enumerate(kernel.inputs))
    if (input.rank == 0)
      loaded[{i, Value()}] = loadInput(i, Value());
  if (program)
    for (auto [attr, stage] :
         llvm::zip_first(program.getReductions(), program.getStages())) {
      Region &region = stage;
      reduced.push_back(
          reduceRow(cast<vector::CombiningKindAttr>(attr).getValue(),
                    [&](Value column) { return getStage(region, column); }));
    }
  if (!kernel.perToken)
    return storeRow(Value());
  Value absmax = reduceRow(Kind::MAXNUMF, [&](Value column) {
    return getMagnitude(getElements(column));
  });
  Value rowScale = getSymmetricScale(absmax);
  storeRow(rowScale);
  auto first = scf::IfOp::create(b, b.less(threadOfRow, b.index(1)));
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(first.thenBlock());
  memref::StoreOp::create(b, rowScale, rowScales, row);
}

void QuantizeKernelBuilder::buildRows() {
  LaunchGeometry geometry = getQuantizeGeometry(kernel);
  if (geometry.sharedBytes > 0)
    shared = getSharedView(b, getSharedMemory(b, geometry.sharedBytes),
                           b.getF32Type());
  Value thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
  Value block = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  threadOfRow = b.rem(thread, kernel.threadsPerRow);
  row = b.add(b.mul(block, geometry.rowsPerBlock),
              b.div(thread, kernel.threadsPerRow));
  if (geometry.rowsPerBlock == 1)
    return buildRow();
  // The row is the same for all lanes of a warp, so shuffles see whole warps.
  auto guard = scf::IfOp::create(b, b.less(row, m));
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  buildRow();
}

gpu::GPUFuncOp
mlir::quantmlir::buildQuantizeKernel(KernelBuilder &b,
                                     const QuantizeKernel &kernel) {
  return QuantizeKernelBuilder(b, kernel).build();
}
