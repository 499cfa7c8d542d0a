//===- KernelBuilder.h - short forms for kernel bodies ----------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_KERNELBUILDER_H
#define QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_KERNELBUILDER_H

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::quantmlir {

constexpr int64_t warpSize = 32;
/// Bytes of a tensor map (CUtensorMap).
constexpr int64_t tensorMapBytes = 128;

inline gpu::AddressSpaceAttr getSharedMemorySpace(MLIRContext *context) {
  return gpu::AddressSpaceAttr::get(context, gpu::AddressSpace::Workgroup);
}

/// Builds kernel bodies. Index arithmetic is on non-negative values.
class KernelBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value constant(float value);
  /// 0 of a scalar or vector type.
  Value zero(Type type);

  Value add(Value a, Value b) { return createOrFold<arith::AddIOp>(a, b); }
  Value sub(Value a, Value b) { return createOrFold<arith::SubIOp>(a, b); }
  Value mul(Value a, Value b) { return createOrFold<arith::MulIOp>(a, b); }
  Value div(Value a, Value b) { return createOrFold<arith::DivUIOp>(a, b); }
  Value rem(Value a, Value b) { return createOrFold<arith::RemUIOp>(a, b); }
  Value min(Value a, Value b) { return createOrFold<arith::MinUIOp>(a, b); }
  Value bitXor(Value a, Value b) { return createOrFold<arith::XOrIOp>(a, b); }
  Value both(Value a, Value b) { return createOrFold<arith::AndIOp>(a, b); }
  Value less(Value a, Value b) {
    return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ult, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return createOrFold<arith::SelectOp>(condition, a, b);
  }
  Value add(Value a, int64_t b) { return add(a, index(b)); }
  Value mul(Value a, int64_t b) { return mul(a, index(b)); }
  Value div(Value a, int64_t b) { return div(a, index(b)); }
  Value rem(Value a, int64_t b) { return rem(a, index(b)); }

  /// PTX with one result.
  Value inlineAsm(Type type, StringRef text, StringRef constraints,
                  ValueRange operands, bool hasSideEffects = false);

  /// `value`, as something that LLVM cannot take apart. Its loop strength
  /// reduction splits an address that a loop advances into a part that advances
  /// and one that every pass adds anew, although one addition would do.
  Value keepWhole(Value value);

  /// A pointer argument seen as a row-major matrix or as a vector.
  Value matrix(Value pointer, Value rows, Value columns, Value pitch);
  Value vector(Value pointer, Value size);
};

/// A `gpu.func` whose arguments are pointers (memrefs of rank 0, one for each
/// of `pointees`) and `numSizes` sizes, after `numTensorMaps` pointers to
/// tensor maps, with the builder in its body.
gpu::GPUFuncOp createKernelFunction(KernelBuilder &b, const Kernel &kernel,
                                    ArrayRef<Type> pointees, unsigned numSizes,
                                    unsigned numTensorMaps = 0);

/// What `ldmatrix` and 16-byte copies need of a buffer's address.
constexpr int64_t sharedAlignment = 16;

/// The dynamic shared memory of a block, `bytes` of it, as a flat buffer of i8.
/// The builder is in a kernel.
Value getSharedMemory(KernelBuilder &b, int64_t bytes,
                      int64_t alignment = sharedAlignment);

/// The same memory, from `firstByte` on if there is one, as elements of another
/// type. Its size is not shortened by what is before.
Value getSharedView(KernelBuilder &b, Value shared, Type elementType,
                    Value firstByte = Value());

gpu::GPUFuncOp buildMatmulKernel(KernelBuilder &b, const MatmulKernel &kernel);
gpu::GPUFuncOp buildWarpGroupMatmulKernel(KernelBuilder &b,
                                          const MatmulKernel &kernel);
gpu::GPUFuncOp buildGroupMatmulKernel(KernelBuilder &b,
                                      const GroupMatmulKernel &kernel);
gpu::GPUFuncOp
buildIntegerGroupMatmulKernel(KernelBuilder &b,
                              const IntegerGroupMatmulKernel &kernel);
gpu::GPUFuncOp buildQuantizeKernel(KernelBuilder &b,
                                   const QuantizeKernel &kernel);
gpu::GPUFuncOp buildOutlierKernel(KernelBuilder &b,
                                  const OutlierKernel &kernel);

/// The registers that each thread of a kernel with warp groups starts with: an
/// equal share for as many blocks as a multiprocessor is to hold.
int64_t getEqualRegisters(const MatmulTile &tile);
/// That number of blocks.
int64_t getIntendedBlocks(const MatmulTile &tile);

LaunchGeometry getMatmulGeometry(const MatmulKernel &kernel);
LaunchGeometry getGroupMatmulGeometry(const GroupMatmulKernel &kernel);
LaunchGeometry
getIntegerGroupMatmulGeometry(const IntegerGroupMatmulKernel &kernel);
LaunchGeometry getQuantizeGeometry(const QuantizeKernel &kernel);
LaunchGeometry getOutlierGeometry(const OutlierKernel &kernel);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_LIB_CONVERSION_QUANTTONVGPU_KERNELBUILDER_H
