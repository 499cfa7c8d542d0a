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

static constexpr StringLiteral sharedMemoryName = "quant_shared_memory";

Value KernelBuilder::constant(float value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}

Value KernelBuilder::zero(Type type) {
  return arith::ConstantOp::create(*this, getZeroAttr(type));
}

Value KernelBuilder::inlineAsm(Type type, StringRef text, StringRef constraints,
                               ValueRange operands, bool hasSideEffects) {
  return LLVM::InlineAsmOp::create(*this, type, operands, text, constraints,
                                   hasSideEffects, /*is_align_stack=*/false,
                                   LLVM::TailCallKind::None,
                                   LLVM::AsmDialectAttr(), ArrayAttr())
      .getResult(0);
}

Value KernelBuilder::keepWhole(Value value) {
  Value bits = arith::IndexCastOp::create(*this, getI64Type(), value);
  Value same = inlineAsm(getI64Type(), "mov.b64 $0, $1;", "=l,l", bits);
  return arith::IndexCastOp::create(*this, getIndexType(), same);
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

gpu::GPUFuncOp mlir::quantmlir::createKernelFunction(KernelBuilder &b,
                                                     const Kernel &kernel,
                                                     ArrayRef<Type> pointees,
                                                     unsigned numSizes,
                                                     unsigned numTensorMaps) {
  SmallVector<Type> inputs(numTensorMaps,
                           LLVM::LLVMPointerType::get(b.getContext()));
  for (Type pointee : pointees)
    inputs.push_back(MemRefType::get({}, pointee));
  inputs.append(numSizes, b.getIndexType());

  auto function = gpu::GPUFuncOp::create(b, getKernelName(kernel),
                                         b.getFunctionType(inputs, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  int32_t threads = static_cast<int32_t>(getLaunchGeometry(kernel).threads);
  function.setKnownBlockSize(ArrayRef<int32_t>{threads, 1, 1});
  b.setInsertionPointToStart(&function.getBody().front());
  return function;
}

// A block may have more shared memory than a static declaration is allowed
// (48 KB) only as dynamic memory, which is an external global without a size.
// gpu.dynamic_shared_memory is lowered to an internal one, which LLVM then
// takes for one byte of static memory.
Value mlir::quantmlir::getSharedMemory(KernelBuilder &b, int64_t bytes,
                                       int64_t alignment) {
  gpu::GPUModuleOp module =
      b.getInsertionBlock()->getParentOp()->getParentOfType<gpu::GPUModuleOp>();
  auto external = MemRefType::get({0}, b.getI8Type(), AffineMap(),
                                  getSharedMemorySpace(b.getContext()));
  auto global = module.lookupSymbol<memref::GlobalOp>(sharedMemoryName);
  if (!global) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    global = memref::GlobalOp::create(
        b, sharedMemoryName, b.getStringAttr("public"), external,
        /*initial_value=*/Attribute(), /*constant=*/false,
        b.getI64IntegerAttr(alignment));
  }
  // Kernels of one module share the symbol.
  if (global.getAlignment().value_or(0) < static_cast<uint64_t>(alignment))
    global.setAlignment(alignment);
  Value memory = memref::GetGlobalOp::create(b, external, sharedMemoryName);
  auto type = MemRefType::get({bytes}, b.getI8Type(), AffineMap(),
                              getSharedMemorySpace(b.getContext()));
  return memref::ReinterpretCastOp::create(b, type, memory, /*offset=*/0,
                                           ArrayRef<int64_t>{bytes},
                                           ArrayRef<int64_t>{1});
}

Value mlir::quantmlir::getSharedView(KernelBuilder &b, Value shared,
                                     Type elementType, Value firstByte) {
  int64_t bytes = cast<MemRefType>(shared.getType()).getDimSize(0);
  int64_t size = bytes * 8 / elementType.getIntOrFloatBitWidth();
  auto type = MemRefType::get({size}, elementType, AffineMap(),
                              getSharedMemorySpace(b.getContext()));
  return memref::ViewOp::create(
      b, type, shared, firstByte ? firstByte : b.index(0), ValueRange());
}
