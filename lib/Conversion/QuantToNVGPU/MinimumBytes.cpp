//===- MinimumBytes.cpp - what the blocks of a kernel have to move --------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/Conversion/QuantToNVGPU/Kernels.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::quantmlir;
using llvm::alignTo;
using llvm::divideCeil;

static constexpr int64_t floatBytes = 4;

static int64_t getBytes(FloatType type) { return type.getWidth() / 8; }

namespace {
struct Sizes {
  int64_t m, n, k;
};

/// What operands are read by: each column of blocks reads all rows of x, each
/// row of blocks all of w.
struct Readers {
  int64_t ofRows, ofColumns;
};
} // namespace

static int64_t getBytes(const MatmulKernel &kernel, Sizes sizes,
                        Readers readers) {
  auto [m, n, k] = sizes;
  int64_t rowBytes = k + (kernel.tokenScales ? floatBytes : 0);
  int64_t columnBytes =
      k + floatBytes * (int64_t(kernel.channelScales) + kernel.hasBias);
  return readers.ofRows * m * rowBytes + readers.ofColumns * n * columnBytes +
         m * n * getBytes(kernel.outputType);
}

/// A packed weight's codes, and `parameterBytes` a row. It is stored as whole
/// blocks.
static int64_t getPackedBytes(Sizes sizes, int64_t parameterBytes) {
  return int64_t(alignTo(sizes.n, fragments::blockRows)) *
         (int64_t(alignTo(sizes.k, fragments::blockColumns)) / 2 +
          parameterBytes);
}

static int64_t getBytes(const GroupMatmulKernel &kernel, Sizes sizes,
                        Readers readers) {
  auto [m, n, k] = sizes;
  auto groups = int64_t(divideCeil(k, kernel.groupSize));
  int64_t weights =
      getPackedBytes(sizes, groups * (floatBytes + int64_t(kernel.hasZeros)));
  int64_t bias = kernel.hasBias ? n * floatBytes : 0;
  return readers.ofRows * m * k * getBytes(kernel.inputType) +
         readers.ofColumns * (weights + bias) +
         m * n * getBytes(kernel.outputType);
}

static int64_t getBytes(const IntegerGroupMatmulKernel &kernel, Sizes sizes,
                        Readers readers) {
  auto [m, n, k] = sizes;
  auto groups = int64_t(divideCeil(k, kernel.getGroupSize()));
  int64_t weights = getPackedBytes(
      sizes, groups * (int64_t(kernel.hasScales) + int64_t(kernel.hasZeros)));
  int64_t rowBytes = k + (kernel.tokenScales ? floatBytes : 0);
  int64_t columns = n * floatBytes * (1 + int64_t(kernel.hasBias));
  return readers.ofRows * m * rowBytes +
         readers.ofColumns * (weights + columns) +
         m * n * getBytes(kernel.outputType);
}

/// What an epilogue reads besides results.
static int64_t getBytes(const Epilogue &epilogue, Sizes sizes,
                        Readers readers) {
  if (!epilogue)
    return 0;
  linalg::GenericOp op = epilogue.getOp();
  EpilogueInputs inputs = getEpilogueInputs(op, epilogue.resultNumber);
  int64_t total = 0;
  for (auto [number, kind] : zip_equal(inputs.numbers, inputs.kinds)) {
    Type type = getElementTypeOrSelf(op.getDpsInputs()[number].getType());
    int64_t elements =
        kind == EpilogueInput::Matrix      ? sizes.m * sizes.n
        : kind == EpilogueInput::PerRow    ? readers.ofRows * sizes.m
        : kind == EpilogueInput::PerColumn ? readers.ofColumns * sizes.n
                                           : readers.ofRows * readers.ofColumns;
    total += elements * getBytes(cast<FloatType>(type));
  }
  return total;
}

template <typename AnyMatmul>
static MinimumBytes getMinimum(const AnyMatmul &kernel,
                               ArrayRef<int64_t> sizes) {
  Sizes all = {sizes[0], sizes[1], sizes[2]};
  Readers blocks = {int64_t(divideCeil(all.n, kernel.tile.n)),
                    int64_t(divideCeil(all.m, kernel.tile.m))};
  // Blocks that divide K write and read sums of whole tiles' columns.
  int64_t splits = kernel.tile.splits;
  int64_t sums = splits > 1 ? 2 * splits * all.m * floatBytes *
                                  int64_t(alignTo(all.n, kernel.tile.n))
                            : 0;
  auto getTotal = [&](Readers readers) {
    return getBytes(kernel, all, readers) +
           getBytes(kernel.epilogue, all, readers);
  };
  return {getTotal(blocks) + sums, getTotal({1, 1})};
}

static MinimumBytes getMinimum(const QuantizeKernel &kernel,
                               ArrayRef<int64_t> sizes) {
  int64_t m = sizes[0], k = sizes[1];
  int64_t rows = m * k + (kernel.perToken ? m * floatBytes : 0);
  int64_t channels = kernel.hasSmoothing ? k * floatBytes : 0;
  for (const QuantizeKernel::Input &input : kernel.inputs) {
    if (input.rank == 2)
      rows += m * k * getBytes(input.type);
    else if (input.rank == 1)
      channels += k * getBytes(input.type);
  }
  auto blocks = int64_t(divideCeil(m, getLaunchGeometry(kernel).rowsPerBlock));
  return {rows + blocks * channels, rows + channels};
}

static MinimumBytes getMinimum(const OutlierKernel &kernel,
                               ArrayRef<int64_t> sizes) {
  int64_t m = sizes[0], n = sizes[1], channels = sizes[2];
  LaunchGeometry geometry = getLaunchGeometry(kernel);
  auto rows = int64_t(divideCeil(m, geometry.rowsPerBlock));
  auto columns = int64_t(divideCeil(n, geometry.columnsPerBlock));
  int64_t bytes = getBytes(kernel.type);
  auto getTotal = [&](int64_t ofRows, int64_t ofColumns) {
    return (2 * m * n + channels * (ofRows * m + ofColumns * n)) * bytes;
  };
  constexpr int64_t indexBytes = 8;
  return {getTotal(columns, rows) + rows * columns * channels * indexBytes,
          getTotal(1, 1) + channels * indexBytes};
}

std::optional<MinimumBytes>
mlir::quantmlir::getMinimumBytes(const Kernel &kernel,
                                 ArrayRef<int64_t> sizes) {
  if (llvm::any_of(sizes, ShapedType::isDynamic))
    return std::nullopt;
  if (const auto *matmul = std::get_if<MatmulKernel>(&kernel))
    return getMinimum(*matmul, sizes);
  if (const auto *matmul = std::get_if<GroupMatmulKernel>(&kernel))
    return getMinimum(*matmul, sizes);
  if (const auto *matmul = std::get_if<IntegerGroupMatmulKernel>(&kernel))
    return getMinimum(*matmul, sizes);
  if (const auto *quantize = std::get_if<QuantizeKernel>(&kernel))
    return getMinimum(*quantize, sizes);
  if (const auto *outliers = std::get_if<OutlierKernel>(&kernel))
    return getMinimum(*outliers, sizes);
  return std::nullopt;
}
