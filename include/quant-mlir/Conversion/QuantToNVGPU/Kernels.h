//===- Kernels.h - tensor-core kernels of the quant dialect -----*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANT_MLIR_CONVERSION_QUANTTONVGPU_KERNELS_H
#define QUANT_MLIR_CONVERSION_QUANTTONVGPU_KERNELS_H

#include "quant-mlir/Conversion/QuantToNVGPU/Chips.h"
#include "quant-mlir/Conversion/QuantToNVGPU/Epilogue.h"
#include "quant-mlir/Dialect/Quant/IR/QuantOps.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <variant>

namespace mlir::quantmlir {

/// How the blocks of a kernel divide y, and how far copies run ahead.
struct MatmulTile {
  /// Rows and columns of y that a block makes.
  int64_t m, n;
  /// Warps of a block along m and n; each makes m / warpsM × n / warpsN.
  int64_t warpsM, warpsN;
  /// Tiles of x and w that shared memory holds: `stages` - 1 are on their way
  /// while one is read.
  int64_t stages;
  /// By wgmma, where four warps along m form a group of 64 rows, and a further
  /// group copies; otherwise by mma.sync.
  bool usesWarpGroups = false;
  /// Blocks that divide K of a tile. The last of them to have its sums adds
  /// those of all.
  int64_t splits = 1;

  int64_t getWarpGroups() const { return usesWarpGroups ? warpsM / 4 : 0; }
  int64_t getThreads() const {
    return 32 * warpsM * warpsN + (usesWarpGroups ? 128 : 0);
  }
  /// Codes of a tile along K.
  int64_t getDepth() const { return usesWarpGroups ? 128 : 64; }
  int64_t getStageBytes() const { return (m + n) * getDepth(); }
  /// Two barriers of 8 bytes belong to each stage of warp groups.
  int64_t getSharedBytes() const {
    return stages * (getStageBytes() + (usesWarpGroups ? 16 : 0));
  }
  bool operator==(const MatmulTile &other) const {
    return std::tie(m, n, warpsM, warpsN, stages, usesWarpGroups, splits) ==
           std::tie(other.m, other.n, other.warpsM, other.warpsN, other.stages,
                    other.usesWarpGroups, other.splits);
  }
};

/// An op whose body each result goes through before it is stored (see
/// checkEpilogue), and which of its inputs the result is.
struct Epilogue {
  linalg::GenericOp op;
  unsigned resultNumber = 0;

  explicit operator bool() const { return static_cast<bool>(op); }
  /// Ops are handles whose methods are not const.
  linalg::GenericOp getOp() const { return op; }
};

/// `quant.matmul` on i8 codes. Sizes and row pitches are run-time arguments, so
/// one kernel serves every M, N and K:
///
///   (x, w, input scale, weight scale, [bias,] y, [inputs of the epilogue,]
///    [partial sums, counters] : pointers,
///    M, N, K, x's row pitch, w's row pitch, y's row pitch : i64)
///
/// Pitches count elements. Partial sums and counters (see getWorkspace) are for
/// tiles with several splits. With warp groups, x and w are pointers to tensor
/// maps (boxes of tile.m × 128 and tile.n × 128 codes, swizzled by 128 bytes,
/// zeros outside), and there are no pitches of x and w. Grid: (ceil(M /
/// tile.m), ceil(N / tile.n), tile.splits).
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
  /// 2: y and its row pitch are multiples of two elements, which are stored at
  /// once. 1: any y.
  int64_t storeSize;
  MatmulTile tile;
  Epilogue epilogue;
};

/// How the blocks of a group matmul's kernel divide y and K. Each warp has
/// m / warpsM × n / warpsN of y, and 128 of a tile's columns of K.
struct GroupMatmulTile {
  int64_t m, n;
  /// Warps of a block along m, n and k; those along k add up what they have.
  int64_t warpsM, warpsN, warpsK;
  /// Tiles that shared memory holds.
  int64_t stages;
  /// As in MatmulTile.
  int64_t splits = 1;

  static constexpr int64_t warpDepth = 128;
  int64_t getThreads() const { return 32 * warpsM * warpsN * warpsK; }
  int64_t getDepth() const { return warpDepth * warpsK; }
  /// Sums that a thread holds.
  int64_t getSums() const { return m * n * warpsK / getThreads(); }
  /// Shared memory by which warps along k add up what they have.
  int64_t getSumBytes() const { return warpsK > 1 ? 4 * m * n * warpsK : 0; }
  bool operator==(const GroupMatmulTile &other) const {
    return std::tie(m, n, warpsM, warpsN, warpsK, stages, splits) ==
           std::tie(other.m, other.n, other.warpsM, other.warpsN, other.warpsK,
                    other.stages, other.splits);
  }
};

/// `quant.group_matmul` on f16 or bf16 activations and 4-bit weights in the
/// order of fragments (FragmentOrder.h):
///
///   (x, w, scales, [zeros,] [bias,] y, [inputs of the epilogue,]
///    [partial sums, counters] : pointers,
///    M, N, K, x's row pitch, y's row pitch : i64)
///
/// Pitches count elements. Grid: (ceil(M / tile.m), ceil(N / tile.n),
/// tile.splits).
struct GroupMatmulKernel {
  FloatType inputType, outputType;
  /// 32, 64 or 128.
  int64_t groupSize;
  bool hasZeros, hasBias;
  /// 16, 8 or 4: x and its row pitch are multiples of it, and copies to shared
  /// memory are asynchronous and that wide. 2: loads of one element, any pitch.
  int64_t copyBytes;
  /// As in MatmulKernel.
  int64_t storeSize;
  GroupMatmulTile tile;
  Epilogue epilogue;

  int64_t getGroupsPerTile() const { return tile.getDepth() / groupSize; }
  int64_t getInputBytes() const { return tile.m * tile.getDepth() * 2; }
  int64_t getWeightBytes() const { return tile.n * tile.getDepth() / 2; }
  int64_t getScaleBytes() const { return getGroupsPerTile() * tile.n * 4; }
  int64_t getZeroBytes() const {
    return hasZeros ? getGroupsPerTile() * tile.n : 0;
  }
  int64_t getStageBytes() const {
    return getInputBytes() + getWeightBytes() + getScaleBytes() +
           getZeroBytes();
  }
  int64_t getSharedBytes() const {
    return std::max(tile.stages * getStageBytes(), tile.getSumBytes());
  }
};

/// `quant.group_matmul` on integer activations, a byte each, and 4-bit weights
/// in the order of fragments:
///
///   (x, w, [scales,] [zeros,] input scale, row scale, [bias,] y, [inputs of
///    the epilogue,] [partial sums, counters] : pointers,
///    M, N, K, x's row pitch, y's row pitch : i64)
///
/// Grid as for a GroupMatmulKernel.
struct IntegerGroupMatmulKernel {
  FloatType outputType;
  /// 32, 64 or 128, which matters only with scales or zero points.
  int64_t groupSize;
  bool hasScales, hasZeros, hasBias;
  /// One input scale a row of x; otherwise one for all.
  bool tokenScales;
  /// Activations are -8 to 7, and are multiplied as 4-bit codes.
  bool usesNibbles;
  /// 16, 8 or 4: x and its row pitch are multiples of it, and copies to shared
  /// memory are asynchronous and that wide. 1: byte loads, any pitch.
  int64_t copyBytes;
  /// As in MatmulKernel.
  int64_t storeSize;
  GroupMatmulTile tile;
  Epilogue epilogue;

  bool hasGroups() const { return hasScales || hasZeros; }
  int64_t getGroupSize() const {
    return hasGroups() ? groupSize : GroupMatmulTile::warpDepth;
  }
  int64_t getGroupsPerTile() const { return tile.getDepth() / getGroupSize(); }
  int64_t getInputBytes() const { return tile.m * tile.getDepth(); }
  int64_t getWeightBytes() const { return tile.n * tile.getDepth() / 2; }
  int64_t getScaleBytes() const {
    return hasScales ? getGroupsPerTile() * tile.n : 0;
  }
  int64_t getZeroBytes() const {
    return hasZeros ? getGroupsPerTile() * tile.n : 0;
  }
  int64_t getStageBytes() const {
    return getInputBytes() + getWeightBytes() + getScaleBytes() +
           getZeroBytes();
  }
  int64_t getSharedBytes() const {
    return std::max(tile.stages * getStageBytes(), tile.getSumBytes());
  }
};

/// `quant.quantize` and `quant.quantize_rows` to i8 codes:
///
///   static:    (inputs, scale, [smoothing,] q : pointers, …)
///   per token: (inputs, [smoothing,] q, row scales : pointers, …)
///   … = M, K, row pitch of each input of rank 2, q's row pitch
///       [, zero point] : i64
///
/// `quant.quantize` has one input, of rank 2. Without rows (below), the grid is
/// (ceil(M / 16), ceil(K / (128 * vectorSize)), 1), otherwise a block has
/// max(1, 128 / threadsPerRow) rows.
struct QuantizeKernel {
  struct Input {
    FloatType type;
    /// 2: elements; 1: channels; 0: one value.
    int64_t rank;
  };
  SmallVector<Input, 2> inputs;
  bool perToken;
  bool hasSmoothing;
  /// Static scales only.
  bool hasZeroPoint;
  /// Of a code, 2 to 8. Each takes a byte.
  unsigned bits = 8;
  /// Elements of one access: K and row pitches are multiples of it, and
  /// pointers are aligned to it.
  int64_t vectorSize;
  /// The threads that share a row, a power of two of at least 32: for scales of
  /// rows and for programs. 0: each thread has the same columns of many rows.
  int64_t threadsPerRow = 0;
  /// The vectors of a row that each thread keeps in registers, all but the last
  /// of which are within every row. 0: rows of any length, read again by each
  /// stage.
  int64_t vectorsPerThread = 0;
  /// What computes elements; null for those of the one input.
  QuantizeRowsOp program;
};

/// `quant.outlier_matmul`:
///
///   (x, w, channels, addend, y : pointers,
///    M, N, number of channels, x's row pitch, w's, addend's and y's : i64)
///
/// Grid: (ceil(M / 64), ceil(N / 64), 1).
struct OutlierKernel {
  FloatType type;
  /// Elements of addend and y that are loaded and stored at once: N and their
  /// row pitch are multiples of it, and pointers are aligned to it.
  int64_t vectorSize;
};

/// What tells generated kernels apart: ops with equal kernels share code.
using Kernel =
    std::variant<MatmulKernel, GroupMatmulKernel, IntegerGroupMatmulKernel,
                 QuantizeKernel, OutlierKernel>;

/// A kernel, and the number of rows up to which it is the one to launch.
struct KernelChoice {
  static constexpr int64_t anyRows = std::numeric_limits<int64_t>::max();
  Kernel kernel;
  int64_t maxRows;
};

/// What kernels are made for.
struct KernelTarget {
  const Chip *chip;
  /// The tile of every matmul; otherwise each gets the one that suits it.
  std::optional<MatmulTile> tile;
  /// The same of every group matmul.
  std::optional<GroupMatmulTile> groupTile;
};

/// True for ops that checkKernel decides about.
bool mayHaveKernel(Operation *op);

/// Fails, with a reason in `whyNot`, for an op on tensors or on memrefs that
/// has no kernel and therefore stays on the host.
LogicalResult checkKernel(Operation *op, std::string &whyNot);

/// What an op that passes checkKernel asks for, a chip does not have, and its
/// kernel does instead; empty for most.
std::string getSubstitute(Operation *op, const Chip &chip);

/// The kernels of an op that passes checkKernel, by rising numbers of rows; the
/// last one serves any number. Only a dynamic number of rows needs several. An
/// attribute `quant.tile` of a matmul, the integers of getTile or getGroupTile,
/// overrules all other choices; one that cannot be is an error at the op. An
/// epilogue is one that passes checkEpilogue.
FailureOr<SmallVector<KernelChoice>>
getKernels(Operation *op, const KernelTarget &target,
           linalg::GenericOp epilogue = linalg::GenericOp());

/// The tile of five integers, the members of MatmulTile, and a sixth for
/// several splits; or of four for warp groups: rows, columns, groups that
/// multiply, stages; or, with several splits, of six: rows, columns, groups, 0,
/// stages, splits. Fails with a reason in `whyNot` if kernels cannot use it
/// on `chip`.
FailureOr<MatmulTile> getTile(ArrayRef<int64_t> sizes, const Chip &chip,
                              std::string &whyNot);

/// The same of six or seven integers, the members of GroupMatmulTile. Whether
/// stages fit into shared memory is known only with the kernel.
FailureOr<GroupMatmulTile> getGroupTile(ArrayRef<int64_t> sizes,
                                        std::string &whyNot);

/// The kernel's name, unique and legal in PTX:
/// `quant_matmul_i8_f32_xtensor_wchannel_bias_v16_s2_128x256x3_2x4`.
std::string getKernelName(const Kernel &kernel);

/// The names of a module's kernels. Of an epilogue and of a program of rows a
/// name has only a digest, and kernels are shared by name, so this makes sure
/// that equal names mean equal kernels.
class KernelNames {
public:
  /// Fails with an error if another kernel has the name.
  LogicalResult add(Location loc, const Kernel &kernel);
  /// The same of a name and what it has a digest of.
  LogicalResult add(Location loc, StringRef name, StringRef text);

private:
  llvm::StringMap<std::string> texts;
};

/// How a kernel is launched. All kernels have M rows along x of the grid.
struct LaunchGeometry {
  int64_t threads;
  int64_t rowsPerBlock;
  /// 0: one block covers all columns (of y, or of q).
  int64_t columnsPerBlock;
  /// Dynamic shared memory of one block.
  int64_t sharedBytes;
  /// Blocks along z.
  int64_t splits = 1;
};
LaunchGeometry getLaunchGeometry(const Kernel &kernel);

/// The type of the partial sums that blocks of several splits need memory for:
/// splits × M × (blocks along y × columnsPerBlock) of them, of any value, and
/// an i32 for each block along x and y, which is 0 before the launch and after
/// it.
Type getPartialSumType(MLIRContext *context, const Kernel &kernel);

/// The sizes that an op gives its kernel: {M, N, K} of a matmul, where K is the
/// number of channels of one of outliers, {M, K} of a
/// quantization, whose leading dimensions are all rows. Dynamic ones are
/// ShapedType::kDynamic.
SmallVector<int64_t> getKernelSizes(Operation *op);

/// The bytes of global memory that a launch moves at least: if each block reads
/// once what it needs, and if operands are read once by all together. Results
/// are written once.
struct MinimumBytes {
  int64_t ofBlocks, ofOperands;
};

/// Those of a launch of sizes as getKernelSizes has them. Nothing for a dynamic
/// size, nor for a kernel that has no such minimum.
std::optional<MinimumBytes> getMinimumBytes(const Kernel &kernel,
                                            ArrayRef<int64_t> sizes);

/// Builds the kernel at the insertion point, inside a `gpu.module`.
gpu::GPUFuncOp buildKernel(OpBuilder &builder, Location loc,
                           const Kernel &kernel);

/// Replaces the math ops that checkEpilogue lets pass by what needs no library:
/// upstream's lowering of kernels would call libdevice.
LogicalResult approximateFunctions(gpu::GPUModuleOp kernels);

} // namespace mlir::quantmlir

#endif // QUANT_MLIR_CONVERSION_QUANTTONVGPU_KERNELS_H
