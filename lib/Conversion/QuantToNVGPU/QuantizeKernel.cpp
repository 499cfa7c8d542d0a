//===- QuantizeKernel.cpp - quant.quantize to i8 codes as a kernel --------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Static: each thread owns one group of columns, computes their inverse scales
// once and walks over the rows of its block. Per token: each warp owns a row,
// which it reads twice, for the largest magnitude and for the codes.
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "quant-mlir/Dialect/Quant/IR/Numerics.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t threads = 128;
static constexpr int64_t staticRows = 16;
static constexpr unsigned codeBits = 8;

LaunchGeometry
mlir::quantmlir::getQuantizeGeometry(const QuantizeKernel &kernel) {
  if (kernel.perToken)
    return {threads, threads / warpSize, 0, 0};
  return {threads, staticRows, threads * kernel.vectorSize, 0};
}

namespace {
class QuantizeKernelBuilder {
public:
  QuantizeKernelBuilder(KernelBuilder &b, const QuantizeKernel &kernel)
      : b(b), kernel(kernel),
        floats(VectorType::get({kernel.vectorSize}, b.getF32Type())) {}

  gpu::GPUFuncOp build();

private:
  void buildArguments(gpu::GPUFuncOp function);
  void buildStatic();
  void buildPerToken();
  Value buildRowMaximum(Value row, Value lane);
  void buildRowCodes(Value row, Value lane, Value rowScale);

  Value splat(Value scalar) {
    return vector::BroadcastOp::create(b, floats, scalar);
  }
  Value splat(float value) { return splat(b.constant(value)); }
  Value inverse(Value scales) {
    return arith::DivFOp::create(b, splat(1.0f), scales);
  }
  Value loadInput(Value row, Value column);
  Value loadSmoothing(Value column);
  Value getSmoothed(Value row, Value column);
  Value getCodes(Value scaled);
  Value getMagnitude(Value values);
  Value getSymmetricScale(Value absmax);
  void storeCodes(Value codes, Value row, Value column);
  Value getWarpMaximum(Value value);
  scf::ForOp createColumnLoop(Value lane, ValueRange carried);

  KernelBuilder &b;
  const QuantizeKernel &kernel;
  VectorType floats;
  Value x, scale, smoothing, q, rowScales;
  Value m, k;
  /// The zero point in each element, as i32, or null.
  Value zeroPoint;
};
} // namespace

gpu::GPUFuncOp QuantizeKernelBuilder::build() {
  Type f32 = b.getF32Type();
  SmallVector<Type> pointees = {kernel.inputType};
  if (!kernel.perToken)
    pointees.push_back(f32);
  if (kernel.hasSmoothing)
    pointees.push_back(f32);
  pointees.push_back(b.getI8Type());
  if (kernel.perToken)
    pointees.push_back(f32);
  gpu::GPUFuncOp function =
      createKernelFunction(b, kernel, pointees,
                           /*numSizes=*/kernel.hasZeroPoint ? 5 : 4);
  buildArguments(function);
  if (kernel.perToken)
    buildPerToken();
  else
    buildStatic();
  gpu::ReturnOp::create(b);
  return function;
}

void QuantizeKernelBuilder::buildArguments(gpu::GPUFuncOp function) {
  auto *argument = function.getArguments().begin();
  Value xPointer = *argument++;
  if (!kernel.perToken)
    scale = *argument++;
  Value smoothingPointer = kernel.hasSmoothing ? *argument++ : Value();
  Value qPointer = *argument++;
  Value rowScalePointer = kernel.perToken ? *argument++ : Value();
  m = *argument++;
  k = *argument++;
  Value xPitch = *argument++, qPitch = *argument++;
  if (kernel.hasZeroPoint)
    zeroPoint = vector::BroadcastOp::create(
        b, floats.clone(b.getI32Type()),
        arith::IndexCastOp::create(b, b.getI32Type(), *argument++));

  x = b.matrix(xPointer, m, k, xPitch);
  q = b.matrix(qPointer, m, k, qPitch);
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
  Value lo = splat(static_cast<float>(numerics::getQMin(codeBits)));
  Value hi = splat(static_cast<float>(numerics::getQMax(codeBits)));
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
      b, finite, b.constant(static_cast<float>(numerics::getQMax(codeBits))));
  return arith::MaxNumFOp::create(b, scale, b.constant(numerics::scaleFloor));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value QuantizeKernelBuilder::loadInput(Value row, Value column) {
  VectorType type = floats.clone(kernel.inputType);
  llvm::Align alignment(type.getElementTypeBitWidth() / 8 * kernel.vectorSize);
  Value value = vector::LoadOp::create(b, type, x, ValueRange{row, column},
                                       /*nontemporal=*/false, alignment);
  if (kernel.inputType.isF32())
    return value;
  return arith::ExtFOp::create(b, floats, value);
}

Value QuantizeKernelBuilder::loadSmoothing(Value column) {
  llvm::Align alignment(sizeof(float) * kernel.vectorSize);
  return vector::LoadOp::create(b, floats, smoothing, ValueRange{column},
                                /*nontemporal=*/false, alignment);
}

void QuantizeKernelBuilder::storeCodes(Value codes, Value row, Value column) {
  vector::StoreOp::create(b, codes, q, ValueRange{row, column},
                          /*nontemporal=*/false,
                          llvm::Align(kernel.vectorSize));
}

//===----------------------------------------------------------------------===//
// Static scale
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
    scales = arith::MulFOp::create(b, scales, loadSmoothing(column));
  Value inv = inverse(scales);
  auto loop = scf::ForOp::create(b, firstRow, lastRow, b.index(1));
  b.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  Value scaled = arith::MulFOp::create(b, loadInput(row, column), inv);
  storeCodes(getCodes(scaled), row, column);
}

//===----------------------------------------------------------------------===//
// Per-token scales
//===----------------------------------------------------------------------===//

/// x * (1 / s), what per-token scales see.
Value QuantizeKernelBuilder::getSmoothed(Value row, Value column) {
  Value value = loadInput(row, column);
  if (!kernel.hasSmoothing)
    return value;
  return arith::MulFOp::create(b, value, inverse(loadSmoothing(column)));
}

/// A loop over the columns that this lane owns.
scf::ForOp QuantizeKernelBuilder::createColumnLoop(Value lane,
                                                   ValueRange carried) {
  return scf::ForOp::create(b, b.mul(lane, kernel.vectorSize), k,
                            b.index(warpSize * kernel.vectorSize), carried);
}

Value QuantizeKernelBuilder::getWarpMaximum(Value value) {
  for (int32_t offset = warpSize / 2; offset > 0; offset /= 2) {
    auto shuffle = gpu::ShuffleOp::create(b, value, offset, warpSize,
                                          gpu::ShuffleMode::XOR);
    value = arith::MaxNumFOp::create(b, value, shuffle.getShuffleResult());
  }
  return value;
}

/// max |x / s| over the row, NaN ignored.
Value QuantizeKernelBuilder::buildRowMaximum(Value row, Value lane) {
  scf::ForOp loop = createColumnLoop(lane, splat(0.0f));
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    Value magnitude = getMagnitude(getSmoothed(row, loop.getInductionVar()));
    scf::YieldOp::create(b, ValueRange{arith::MaxNumFOp::create(
                                b, loop.getRegionIterArg(0), magnitude)});
  }
  Value maximum = b.constant(0.0f);
  for (int64_t i = 0; i < kernel.vectorSize; ++i)
    maximum = arith::MaxNumFOp::create(
        b, maximum, vector::ExtractOp::create(b, loop.getResult(0), i));
  return getWarpMaximum(maximum);
}

void QuantizeKernelBuilder::buildRowCodes(Value row, Value lane,
                                          Value rowScale) {
  Value inv = inverse(splat(rowScale));
  scf::ForOp loop = createColumnLoop(lane, {});
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(loop.getBody());
  Value column = loop.getInductionVar();
  Value scaled = arith::MulFOp::create(b, getSmoothed(row, column), inv);
  storeCodes(getCodes(scaled), row, column);
}

void QuantizeKernelBuilder::buildPerToken() {
  Value thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
  Value block = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  Value lane = b.rem(thread, warpSize);
  Value row = b.add(b.mul(block, threads / warpSize), b.div(thread, warpSize));

  // The row is the same for all lanes of a warp, so shuffles see whole warps.
  auto guard = scf::IfOp::create(b, b.less(row, m));
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  Value rowScale = getSymmetricScale(buildRowMaximum(row, lane));
  buildRowCodes(row, lane, rowScale);
  auto first = scf::IfOp::create(b, b.less(lane, b.index(1)));
  b.setInsertionPointToStart(first.thenBlock());
  memref::StoreOp::create(b, rowScale, rowScales, row);
}

gpu::GPUFuncOp
mlir::quantmlir::buildQuantizeKernel(KernelBuilder &b,
                                     const QuantizeKernel &kernel) {
  return QuantizeKernelBuilder(b, kernel).build();
}
