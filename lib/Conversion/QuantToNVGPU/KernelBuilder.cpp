//===- KernelBuilder.cpp - short forms for kernel bodies ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// What `ldmatrix` and 16-byte copies need of a buffer's address.
static constexpr int64_t sharedAlignment = 16;

Value KernelBuilder::constant(float value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}

Value KernelBuilder::zero(Type type) {
  return arith::ConstantOp::create(*this, getZeroAttr(type));
}

Value KernelBuilder::matrix(Value pointer, Value rows, Value columns,
                            Value pitch) {
  Type element = cast<MemRefType>(pointer.getType()).getElementType();
  int64_t dynamic = ShapedType::kDynamic;
  auto layout = StridedLayoutAttr::get(getContext(), 0, {dynamic, 1});
  auto type = MemRefType::get({dynamic, dynamic}, element, layout);
  return memref::ReinterpretCastOp::create(
      *this, type, pointer, OpFoldResult(getIndexAttr(0)),
      ArrayRef<OpFoldResult>{rows, columns},
      ArrayRef<OpFoldResult>{pitch, getIndexAttr(1)});
}

Value KernelBuilder::vector(Value pointer, Value size) {
  Type element = cast<MemRefType>(pointer.getType()).getElementType();
  auto type = MemRefType::get({ShapedType::kDynamic}, element);
  return memref::ReinterpretCastOp::create(
      *this, type, pointer, OpFoldResult(getIndexAttr(0)),
      ArrayRef<OpFoldResult>{size}, ArrayRef<OpFoldResult>{getIndexAttr(1)});
}

gpu::GPUFuncOp mlir::quantmlir::createKernelFunction(
    KernelBuilder &b, const Kernel &kernel, ArrayRef<Type> pointees,
    unsigned numSizes, ArrayRef<MemRefType> sharedBuffers) {
  SmallVector<Type> inputs;
  for (Type pointee : pointees)
    inputs.push_back(MemRefType::get({}, pointee));
  inputs.append(numSizes, b.getIndexType());

  auto function = gpu::GPUFuncOp::create(
      b, getKernelName(kernel), b.getFunctionType(inputs, {}),
      llvm::to_vector_of<Type>(sharedBuffers));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  int32_t threads = static_cast<int32_t>(getLaunchGeometry(kernel).threads);
  function.setKnownBlockSize(ArrayRef<int32_t>{threads, 1, 1});
  for (unsigned i = 0, e = sharedBuffers.size(); i < e; ++i)
    function.setWorkgroupAttributionAttr(i,
                                         LLVM::LLVMDialect::getAlignAttrName(),
                                         b.getI64IntegerAttr(sharedAlignment));
  b.setInsertionPointToStart(&function.getBody().front());
  return function;
}
