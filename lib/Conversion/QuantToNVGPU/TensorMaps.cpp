//===- TensorMaps.cpp - what tensor copies know of a matrix ---------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nvgpu.tma.create.descriptor calls the runtime, which gives the address of a
// map in device memory. It stays the runtime's, which gives the same one for
// the same matrix as long as that is allocated.
//
//===----------------------------------------------------------------------===//

#include "TensorMaps.h"
#include "KernelBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

using namespace mlir;
using namespace mlir::quantmlir;

Value mlir::quantmlir::createTensorMap(ImplicitLocOpBuilder &b, Value pointer,
                                       Value rows, Value columns, Value pitch,
                                       int64_t boxRows, int64_t boxColumns) {
  MLIRContext *context = b.getContext();
  // The lowering takes signless bytes for bf16.
  Type code = IntegerType::get(context, 8, IntegerType::Unsigned);
  int64_t dynamic = ShapedType::kDynamic;
  Value size = b.createOrFold<arith::MulIOp>(rows, pitch);
  Value bytes = memref::ReinterpretCastOp::create(
      b, MemRefType::get({dynamic}, b.getI8Type()), pointer,
      OpFoldResult(b.getIndexAttr(0)), ArrayRef<OpFoldResult>{size},
      ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  Value codes = memref::ViewOp::create(
      b, MemRefType::get({dynamic}, code), bytes,
      arith::ConstantIndexOp::create(b, 0), ValueRange{size});
  auto layout =
      StridedLayoutAttr::get(context, /*offset=*/0, {dynamic, /*columns=*/1});
  Value matrix = memref::ReinterpretCastOp::create(
      b, MemRefType::get({dynamic, dynamic}, code, layout), codes,
      OpFoldResult(b.getIndexAttr(0)), ArrayRef<OpFoldResult>{rows, columns},
      ArrayRef<OpFoldResult>{pitch, b.getIndexAttr(1)});
  Value unranked = memref::CastOp::create(
      b, UnrankedMemRefType::get(code, /*memorySpace=*/Attribute()), matrix);

  auto box = MemRefType::get({boxRows, boxColumns}, code, AffineMap(),
                             getSharedMemorySpace(context));
  auto type = nvgpu::TensorMapDescriptorType::get(
      context, box, nvgpu::TensorMapSwizzleKind::SWIZZLE_128B,
      nvgpu::TensorMapL2PromoKind::L2PROMO_128B,
      nvgpu::TensorMapOOBKind::OOB_ZERO,
      nvgpu::TensorMapInterleaveKind::INTERLEAVE_NONE);
  Value map = nvgpu::TmaCreateDescriptorOp::create(
      b, type, unranked,
      ValueRange{arith::ConstantIndexOp::create(b, boxRows),
                 arith::ConstantIndexOp::create(b, boxColumns)});
  return UnrealizedConversionCastOp::create(
             b, LLVM::LLVMPointerType::get(context), map)
      .getResult(0);
}
