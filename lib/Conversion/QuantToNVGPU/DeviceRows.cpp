//===- DeviceRows.cpp - buffers on the device, and their rows -------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// gpu.memcpy moves contiguous memory only. Rows that are apart on one side are
// copied by a function of the runtime, quantCopyRows, so that no host memory is
// needed to pack or to pad them.
//
//===----------------------------------------------------------------------===//

#include "DeviceRows.h"
#include "ChunkCopies.h"
#include "quant-mlir/Conversion/QuantToNVGPU/CodeRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::quantmlir;

static MemRefType getMemRef(Value buffer) {
  return cast<MemRefType>(buffer.getType());
}

static Value allocate(ImplicitLocOpBuilder &b, MemRefType type,
                      ValueRange dynamicSizes) {
  return gpu::AllocOp::create(b, type, /*asyncToken=*/Type(),
                              /*asyncDependencies=*/ValueRange(), dynamicSizes,
                              /*symbolOperands=*/ValueRange())
      .getMemref();
}

static OpFoldResult getWidePitch(ImplicitLocOpBuilder &b,
                                 OpFoldResult columns) {
  if (std::optional<int64_t> size = getConstantIntValue(columns))
    return b.getIndexAttr(getWideRowPitch(*size));
  Value chunk = arith::ConstantIndexOp::create(b, chunkBytes);
  Value chunks = arith::CeilDivUIOp::create(b, cast<Value>(columns), chunk);
  return arith::MulIOp::create(b, chunks, chunk).getResult();
}

DeviceBuffer mlir::quantmlir::allocateOnDevice(ImplicitLocOpBuilder &b,
                                               MemRefType type,
                                               ValueRange dynamicSizes,
                                               bool hasWideRows) {
  if (!hasWideRows ||
      (!type.isDynamicDim(1) && type.getDimSize(1) % chunkBytes == 0)) {
    Value memory =
        allocate(b, MemRefType::get(type.getShape(), type.getElementType()),
                 dynamicSizes);
    return {memory, memory};
  }
  SmallVector<OpFoldResult> sizes =
      getMixedValues(type.getShape(), dynamicSizes, b);
  OpFoldResult pitch = getWidePitch(b, sizes[1]);
  auto [shape, allocated] =
      decomposeMixedValues(SmallVector<OpFoldResult>{sizes[0], pitch});
  Value memory =
      allocate(b, MemRefType::get(shape, type.getElementType()), allocated);
  auto layout = StridedLayoutAttr::get(b.getContext(), /*offset=*/0,
                                       {shape[1], /*columns=*/1});
  Value buffer = memref::ReinterpretCastOp::create(
      b, MemRefType::get(type.getShape(), type.getElementType(), layout),
      memory, OpFoldResult(b.getIndexAttr(0)), sizes,
      ArrayRef<OpFoldResult>{pitch, b.getIndexAttr(1)});
  return {memory, buffer};
}

Value mlir::quantmlir::getRowPitch(ImplicitLocOpBuilder &b, Value buffer) {
  MemRefType type = getMemRef(buffer);
  if (type.getLayout().isIdentity())
    return b.createOrFold<memref::DimOp>(buffer, type.getRank() - 1);
  int64_t pitch = type.getStridesAndOffset().first[0];
  if (!ShapedType::isDynamic(pitch))
    return arith::ConstantIndexOp::create(b, pitch);
  return memref::ExtractStridedMetadataOp::create(b, buffer).getStrides()[0];
}

bool mlir::quantmlir::consistsOfRows(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (type.getRank() != 2 || failed(type.getStridesAndOffset(strides, offset)))
    return false;
  bool overlap = !ShapedType::isDynamic(strides[0]) &&
                 !ShapedType::isDynamic(type.getDimSize(1)) &&
                 strides[0] < type.getDimSize(1);
  return strides[1] == 1 && !overlap;
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

static constexpr StringLiteral copyFunctionName = "quantCopyRows";

/// Addresses and pitches in bytes of the destination and of the source, bytes
/// of a row, rows.
static FunctionType getCopyFunctionType(MLIRContext *context) {
  SmallVector<Type> arguments(6, IndexType::get(context));
  return FunctionType::get(context, arguments, TypeRange());
}

LogicalResult mlir::quantmlir::checkCopyFunction(ModuleOp module) {
  Operation *symbol = module.lookupSymbol(copyFunctionName);
  if (!symbol)
    return success();
  FunctionType type = getCopyFunctionType(module.getContext());
  auto function = dyn_cast<func::FuncOp>(symbol);
  if (function && function.isDeclaration() &&
      function.getFunctionType() == type)
    return success();
  return symbol->emitError() << "'" << copyFunctionName
                             << "' is a function of the runtime, declared as "
                             << type << "; rename this symbol";
}

static func::FuncOp getCopyFunction(ImplicitLocOpBuilder &b, ModuleOp module) {
  if (auto function = module.lookupSymbol<func::FuncOp>(copyFunctionName))
    return function;
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(module.getBody());
  auto function = func::FuncOp::create(b, copyFunctionName,
                                       getCopyFunctionType(b.getContext()));
  function.setPrivate();
  return function;
}

static Value toBytes(ImplicitLocOpBuilder &b, Value elements, MemRefType type) {
  Value bytes =
      arith::ConstantIndexOp::create(b, type.getElementTypeBitWidth() / 8);
  return b.createOrFold<arith::MulIOp>(elements, bytes);
}

/// The address of the first element.
static Value getAddress(ImplicitLocOpBuilder &b, Value buffer) {
  MemRefType type = getMemRef(buffer);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  int64_t offset = type.getStridesAndOffset().second;
  if (offset == 0)
    return address;
  Value elements =
      ShapedType::isDynamic(offset)
          ? memref::ExtractStridedMetadataOp::create(b, buffer).getOffset()
          : arith::ConstantIndexOp::create(b, offset).getResult();
  return arith::AddIOp::create(b, address, toBytes(b, elements, type));
}

static void copyRows(ImplicitLocOpBuilder &b, ModuleOp module, Value to,
                     Value from) {
  MemRefType type = getMemRef(to);
  auto getSize = [&](int64_t dim) {
    return b.createOrFold<memref::DimOp>(to, dim);
  };
  SmallVector<Value> arguments;
  for (Value buffer : {to, from}) {
    arguments.push_back(getAddress(b, buffer));
    arguments.push_back(toBytes(b, getRowPitch(b, buffer), type));
  }
  arguments.push_back(toBytes(b, getSize(1), type));
  arguments.push_back(getSize(0));
  func::CallOp::create(b, getCopyFunction(b, module), arguments);
}

/// Copies if that needs no other buffer.
static LogicalResult tryToCopy(ImplicitLocOpBuilder &b, ModuleOp module,
                               Value to, Value from) {
  MemRefType toType = getMemRef(to), fromType = getMemRef(from);
  if (toType.getLayout().isIdentity() && fromType.getLayout().isIdentity())
    gpu::MemcpyOp::create(b, TypeRange(), ValueRange{to, from});
  else if (consistsOfRows(toType) && consistsOfRows(fromType))
    copyRows(b, module, to, from);
  else
    return failure();
  return success();
}

/// A contiguous buffer on the host.
static Value allocateStaging(ImplicitLocOpBuilder &b, Value buffer) {
  MemRefType type = getMemRef(buffer);
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (type.isDynamicDim(i))
      sizes.push_back(memref::DimOp::create(b, buffer, i));
  return memref::AllocOp::create(
      b, MemRefType::get(type.getShape(), type.getElementType()), sizes);
}

void mlir::quantmlir::copyIn(ImplicitLocOpBuilder &b, ModuleOp module,
                             Value buffer, Value host) {
  if (succeeded(tryToCopy(b, module, buffer, host)))
    return;
  Value staging = allocateStaging(b, host);
  memref::CopyOp::create(b, host, staging);
  (void)tryToCopy(b, module, buffer, staging);
  memref::DeallocOp::create(b, staging);
}

void mlir::quantmlir::copyOut(ImplicitLocOpBuilder &b, ModuleOp module,
                              Value host, Value buffer) {
  if (succeeded(tryToCopy(b, module, host, buffer)))
    return;
  Value staging = allocateStaging(b, host);
  (void)tryToCopy(b, module, staging, buffer);
  memref::CopyOp::create(b, staging, host);
  memref::DeallocOp::create(b, staging);
}
