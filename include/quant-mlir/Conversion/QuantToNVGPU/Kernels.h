//===- Kernels.h - tensor-core kernels of the quant dialect -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_QUANTTONVGPU_KERNELS_H
#define QUANT_MLIR_CONVERSION_QUANTTONVGPU_KERNELS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Builders.h"

#include <string>
#include <variant>

namespace mlir::quantmlir {

/// `quant.matmul` on i8 codes. Sizes and row pitches are run-time arguments, so
/// one kernel serves every M, N and K:
///
///   (x, w, input scale, weight scale, [bias,] y : pointers,
///    M, N, K, x's row pitch, w's row pitch, y's row pitch : i64)
///
/// Pitches count elements. Grid: (ceil(M / 64), ceil(N / 64), 1).
struct MatmulKernel {
  FloatType outputType;
  /// One input scale a row of x; otherwise one for all.
  bool tokenScales;
  /// One weight scale a row of w; otherwise one for all.
  bool channelScales;
  bool hasBias;
  /// 16, 8 or 4: x, w and their row pitches are multiples of it, and copies to
  /// shared memory are asynchronous and that wide. 1: byte loads, any pitch.
  int64_t copyBytes;
};

/// `quant.quantize` to i8 codes:
///
///   static:    (x, scale, [smoothing,] q : pointers, …)
///   per token: (x, [smoothing,] q, row scales : pointers, …)
///   … = M, K, x's row pitch, q's row pitch : i64
///
/// Grid: static (ceil(M / 16), ceil(K / (128 * vectorSize)), 1), per token
/// (ceil(M / 4), 1, 1).
struct QuantizeKernel {
  FloatType inputType;
  bool perToken;
  bool hasSmoothing;
  /// Elements of one access: K and both row pitches are multiples of it, and
  /// pointers are aligned to it.
  int64_t vectorSize;
};

/// What tells generated kernels apart: ops with equal kernels share code.
using Kernel = std::variant<MatmulKernel, QuantizeKernel>;

/// The kernel of an op on tensors or on memrefs. Fails, with a reason in
/// `whyNot`, for an op that has none and therefore stays on the host.
FailureOr<Kernel> getKernel(Operation *op, std::string &whyNot);

/// The kernel's name, unique and legal in PTX:
/// `quant_matmul_i8_f32_xtensor_wchannel_bias_v16`.
std::string getKernelName(const Kernel &kernel);

/// How a kernel is launched. All kernels have M rows along x of the grid.
struct LaunchGeometry {
  int64_t threads;
  int64_t rowsPerBlock;
  /// 0: one block covers all columns (of y, or of q).
  int64_t columnsPerBlock;
  /// Static shared memory of one block.
  int64_t sharedBytes;
};
LaunchGeometry getLaunchGeometry(const Kernel &kernel);

/// The sizes that an op gives its kernel: {M, N, K} of a matmul, {M, K} of a
/// quantization, whose leading dimensions are all rows. Dynamic ones are
/// ShapedType::kDynamic.
SmallVector<int64_t> getKernelSizes(Operation *op);

/// Builds the kernel at the insertion point, inside a `gpu.module`.
gpu::GPUFuncOp buildKernel(OpBuilder &builder, Location loc,
                           const Kernel &kernel);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTONVGPU_KERNELS_H
