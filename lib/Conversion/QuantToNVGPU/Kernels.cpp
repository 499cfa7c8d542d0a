//===- Kernels.cpp - which kernel an op needs -----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FragmentLayouts.h"
#include "GroupMatmulTiles.h"
#include "IntegerGroupMatmulTiles.h"
#include "MatmulTiles.h"
#include "RowProgram.h"

#include "quant-mlir/Conversion/Passes.h"
#include "quant-mlir/Conversion/QuantToNVGPU/CodeRows.h"
#include "quant-mlir/Conversion/QuantToNVGPU/WeightRange.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"

#include <limits>

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr StringLiteral tileAttrName = "quant.tile";

static ShapedType getShaped(Value value) {
  return cast<ShapedType>(value.getType());
}

/// The largest of `widths` that divides a static size; 1 for a dynamic one.
static int64_t getWidth(int64_t size, ArrayRef<int64_t> widths) {
  if (ShapedType::isDynamic(size))
    return 1;
  const int64_t *width =
      llvm::find_if(widths, [&](int64_t w) { return size % w == 0; });
  return width == widths.end() ? 1 : *width;
}

bool mlir::quantmlir::isCodes(OpOperand &operand) {
  Operation *op = operand.getOwner();
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return &operand == &matmul.getInputMutable() ||
           &operand == &matmul.getWeightMutable();
  if (auto matmul = dyn_cast<GroupMatmulOp>(op))
    return matmul.hasIntegerInput() && &operand == &matmul.getInputMutable();
  if (auto quantize = dyn_cast<QuantizeOp>(op))
    return &operand == quantize.getDpsInitOperand(0);
  if (auto quantize = dyn_cast<QuantizeRowsOp>(op))
    return &operand == quantize.getDpsInitOperand(0);
  return false;
}

static bool isOnDevice(BlockArgument argument) {
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  return function && argument.getOwner()->isEntryBlock() &&
         function.getArgAttr(argument.getArgNumber(), onDeviceAttrName);
}

bool mlir::quantmlir::hasWideRows(Value codes) {
  auto argument = dyn_cast<BlockArgument>(codes);
  if (!argument)
    return true;
  auto type = dyn_cast<MemRefType>(codes.getType());
  return type && !type.getLayout().isIdentity() && !isOnDevice(argument);
}

int64_t mlir::quantmlir::getWideRowPitch(int64_t columns) {
  return static_cast<int64_t>(llvm::alignTo(columns, chunkBytes));
}

/// The bytes of codes that kernels can move at once: rows begin at multiples of
/// them.
static int64_t getCopyBytes(Value codes) {
  if (hasWideRows(codes))
    return chunkBytes;
  int64_t pitch = getShaped(codes).getShape().back();
  auto type = dyn_cast<MemRefType>(codes.getType());
  if (type && !type.getLayout().isIdentity()) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)))
      return 1;
    pitch = strides.front();
  }
  return getWidth(pitch, {chunkBytes, 8, 4});
}

static LogicalResult checkCodes(Value codes, std::string &whyNot) {
  unsigned bits = getShaped(codes).getElementTypeBitWidth();
  if (bits == 8)
    return success();
  whyNot = llvm::formatv("there is no GPU kernel for {0}-bit codes, only for 8",
                         bits);
  return failure();
}

/// The integers of an array; none of another attribute.
static ArrayRef<int64_t> getIntegers(Attribute attr) {
  auto array = dyn_cast<DenseI64ArrayAttr>(attr);
  return array ? ArrayRef<int64_t>(array) : ArrayRef<int64_t>();
}

static int64_t getCopyBytes(MatmulOp op) {
  return std::min(getCopyBytes(op.getInput()), getCopyBytes(op.getWeight()));
}

static bool canUseWarpGroups(MatmulOp op) {
  return getCopyBytes(op) == chunkBytes &&
         canUseWarpGroups(getShaped(op.getInput()).getDimSize(1));
}

/// The tile that the op or the target asks for, if one does.
static FailureOr<std::optional<MatmulTile>>
getRequestedTile(MatmulOp op, const KernelTarget &target) {
  Attribute attr = op->getDiscardableAttr(tileAttrName);
  if (!attr)
    return target.tile;
  std::string whyNot;
  FailureOr<MatmulTile> tile = getTile(getIntegers(attr), *target.chip, whyNot);
  if (failed(tile))
    return op.emitOpError() << tileAttrName << ": " << whyNot;
  const MatmulTile &requested = *tile;
  if (requested.usesWarpGroups && !canUseWarpGroups(op))
    return op.emitOpError()
           << tileAttrName << ": warp groups need a static number of columns, "
           << "and rows a multiple of " << chunkBytes << " bytes apart";
  return std::optional<MatmulTile>(requested);
}

/// Gives the kernel of `op` an epilogue.
template <typename AnyMatmul>
static void addEpilogue(AnyMatmul &kernel, Operation *op,
                        linalg::GenericOp epilogue) {
  if (!epilogue)
    return;
  SmallVector<Value> inputs = epilogue.getDpsInputs();
  auto *result = llvm::find(inputs, getMatmulResult(op));
  kernel.epilogue = {epilogue, static_cast<unsigned>(result - inputs.begin())};
  kernel.outputType = cast<FloatType>(
      getShaped(epilogue.getDpsInitOperand(0)->get()).getElementType());
}

static FailureOr<SmallVector<KernelChoice>>
getMatmuls(MatmulOp op, const KernelTarget &target,
           linalg::GenericOp epilogue) {
  FailureOr<std::optional<MatmulTile>> tile = getRequestedTile(op, target);
  if (failed(tile))
    return failure();
  // A target's tile is for the ops that can have it.
  if (*tile && (*tile)->usesWarpGroups && !canUseWarpGroups(op))
    tile = std::optional<MatmulTile>();
  ShapedType output = getShaped(op.getInit());
  MatmulKernel kernel;
  kernel.outputType = cast<FloatType>(output.getElementType());
  kernel.tokenScales = getShaped(op.getInputScale()).getRank() == 1;
  kernel.channelScales = getShaped(op.getWeightScale()).getRank() == 1;
  kernel.hasBias = static_cast<bool>(op.getBias());
  kernel.copyBytes = getCopyBytes(op);
  kernel.storeSize = getWidth(output.getDimSize(1), {2});
  addEpilogue(kernel, op, epilogue);

  SmallVector<KernelChoice> choices;
  auto add = [&](const MatmulTile &tile, int64_t maxRows) {
    kernel.tile = tile;
    choices.push_back({kernel, maxRows});
  };
  if (*tile)
    add(**tile, KernelChoice::anyRows);
  else if (kernel.copyBytes < chunkBytes)
    add(getNarrowTile(), KernelChoice::anyRows);
  else
    for (const TileChoice &choice :
         chooseTiles(getKernelSizes(op), *target.chip))
      add(choice.tile, choice.maxRows);
  return choices;
}

/// The same of a group matmul.
static FailureOr<std::optional<GroupMatmulTile>>
getRequestedTile(GroupMatmulOp op, const KernelTarget &target) {
  Attribute attr = op->getDiscardableAttr(tileAttrName);
  if (!attr)
    return target.groupTile;
  std::string whyNot;
  FailureOr<GroupMatmulTile> tile = getGroupTile(getIntegers(attr), whyNot);
  if (failed(tile))
    return op.emitOpError() << tileAttrName << ": " << whyNot;
  const GroupMatmulTile &requested = *tile;
  return std::optional<GroupMatmulTile>(requested);
}

/// The kernel with a tile that was asked for, if a block can have it.
template <typename GroupKernel>
static FailureOr<SmallVector<KernelChoice>>
getRequestedKernel(GroupMatmulOp op, GroupKernel kernel,
                   const GroupMatmulTile &tile, const Chip &chip) {
  kernel.tile = tile;
  int64_t allowed = chip.maxBlockSharedBytes;
  if (kernel.getSharedBytes() > allowed)
    return op.emitOpError()
           << "tile " << tile.m << "×" << tile.n << " with " << tile.stages
           << " stages needs " << kernel.getSharedBytes()
           << " bytes of shared memory, and " << chip.name << " allows a block "
           << allowed;
  return SmallVector<KernelChoice>{{kernel, KernelChoice::anyRows}};
}

static FailureOr<SmallVector<KernelChoice>>
getIntegerGroupMatmuls(GroupMatmulOp op, const KernelTarget &target,
                       linalg::GenericOp epilogue) {
  FailureOr<std::optional<GroupMatmulTile>> tile = getRequestedTile(op, target);
  if (failed(tile))
    return failure();
  ShapedType output = getShaped(op.getInit());
  IntegerGroupMatmulKernel kernel;
  kernel.outputType = cast<FloatType>(output.getElementType());
  kernel.groupSize = static_cast<int64_t>(op.getGroupSize());
  kernel.hasScales = static_cast<bool>(op.getScales());
  kernel.hasZeros = static_cast<bool>(op.getZeros());
  kernel.hasBias = static_cast<bool>(op.getBias());
  kernel.tokenScales = getShaped(op.getInputScale()).getRank() == 1;
  kernel.usesNibbles = op.getInputBits() == 4 && target.chip->hasInt4;
  kernel.copyBytes = getCopyBytes(op.getInput());
  kernel.storeSize = getWidth(output.getDimSize(1), {2});
  addEpilogue(kernel, op, epilogue);
  if (!*tile)
    return chooseIntegerGroupTiles(kernel, getKernelSizes(op), *target.chip);
  return getRequestedKernel(op, kernel, **tile, *target.chip);
}

static FailureOr<SmallVector<KernelChoice>>
getGroupMatmuls(GroupMatmulOp op, const KernelTarget &target,
                linalg::GenericOp epilogue) {
  if (op.hasIntegerInput())
    return getIntegerGroupMatmuls(op, target, epilogue);
  FailureOr<std::optional<GroupMatmulTile>> tile = getRequestedTile(op, target);
  if (failed(tile))
    return failure();
  ShapedType input = getShaped(op.getInput()), output = getShaped(op.getInit());
  GroupMatmulKernel kernel;
  kernel.inputType = cast<FloatType>(input.getElementType());
  kernel.outputType = cast<FloatType>(output.getElementType());
  kernel.groupSize = static_cast<int64_t>(op.getGroupSize());
  kernel.hasZeros = static_cast<bool>(op.getZeros());
  kernel.hasBias = static_cast<bool>(op.getBias());
  kernel.copyBytes = 2 * getWidth(input.getDimSize(1), {8, 4, 2});
  kernel.storeSize = getWidth(output.getDimSize(1), {2});
  addEpilogue(kernel, op, epilogue);
  if (!*tile)
    return chooseGroupTiles(kernel, getKernelSizes(op), *target.chip);
  const GroupMatmulTile &requested = **tile;
  if (requested.getSums() > maxHalfSums)
    return op.emitOpError()
           << requested.m << "×" << requested.n << " for "
           << requested.getThreads() << " threads: with float activations a "
           << "thread can hold " << maxHalfSums << " sums";
  return getRequestedKernel(op, kernel, requested, *target.chip);
}

/// Scales and zero points whose offsets fit into 32 bits.
static constexpr int64_t maxGroupScales = std::numeric_limits<int32_t>::max();

static bool hasManyScales(GroupMatmulOp op) {
  auto exceeds = [](Value values) {
    return values && getShaped(values).hasStaticShape() &&
           getShaped(values).getNumElements() > maxGroupScales;
  };
  return exceeds(op.getScales()) || exceeds(op.getZeros());
}

/// Fails, with a reason, for a group matmul without a kernel.
static LogicalResult checkGroupMatmul(GroupMatmulOp op, std::string &whyNot) {
  Type type = getShaped(op.getInput()).getElementType();
  if (!op.hasIntegerInput() && type.isF32())
    whyNot = "there is no GPU kernel for 4-bit weights with f32 activations; "
             "run quant-pack-weights with activations=f16 or bf16";
  else if (!op.getFragmentOrder())
    whyNot = "its weight is not in the order of fragments; run "
             "quant-pack-weights";
  else if (hasManyScales(op))
    whyNot = llvm::formatv("its weight has more than {0} scales, whose offsets "
                           "have 32 bits in the kernel",
                           maxGroupScales);
  return success(whyNot.empty());
}

/// Gives rows of `k` elements to threads: to a warp while 64 elements a lane
/// do, then to whole blocks with 32 elements a thread. Each division by a
/// smoothing has a rare case that ptxas keeps apart, with registers of its own:
/// then there are no more than 16. Rows that do not fit into registers then, or
/// of unknown length, are read more than once.
static void setRowLayout(QuantizeKernel &kernel, int64_t k) {
  kernel.threadsPerRow = 256;
  if (ShapedType::isDynamic(k) || k == 0)
    return;
  for (int64_t threads : {32, 128, 256, 512, 1024}) {
    int64_t vectors = llvm::divideCeil(k, threads * kernel.vectorSize);
    int64_t limit = kernel.hasSmoothing ? 16 : threads == 32 ? 64 : 32;
    if (vectors * kernel.vectorSize > limit)
      continue;
    kernel.threadsPerRow = threads;
    kernel.vectorsPerThread = vectors;
    return;
  }
}

/// What quantize and quantize_rows have in common.
template <typename OpTy>
static QuantizeKernel getQuantize(OpTy op, ValueRange inputs) {
  QuantizeKernel kernel;
  unsigned bytes = 1;
  for (Value input : inputs) {
    ShapedType type = getShaped(input);
    kernel.inputs.push_back(
        {cast<FloatType>(type.getElementType()), type.getRank()});
    if (type.getRank() > 1)
      bytes = std::max(bytes, type.getElementTypeBitWidth() / 8);
  }
  kernel.perToken = op.isDynamic();
  kernel.hasSmoothing = static_cast<bool>(op.getSmoothing());
  kernel.hasZeroPoint = op.getZeroPoint().has_value();
  kernel.bits = op.getCodeBits();
  int64_t k = getShaped(op.getCodesInit()).getShape().back();
  // 16 bytes of the widest input, or what divides the rows, those of codes that
  // a caller has on the device too.
  kernel.vectorSize = bytes == 2 ? getWidth(k, {8, 4}) : getWidth(k, {4});
  kernel.vectorSize =
      std::min(kernel.vectorSize, getCopyBytes(op.getCodesInit()));
  return kernel;
}

static SmallVector<KernelChoice> getQuantizes(QuantizeOp op) {
  QuantizeKernel kernel = getQuantize(op, op.getInput());
  kernel.inputs.front().rank = 2;
  if (kernel.perToken)
    setRowLayout(kernel, getShaped(op.getInput()).getShape().back());
  return {{kernel, KernelChoice::anyRows}};
}

static SmallVector<KernelChoice> getQuantizes(QuantizeRowsOp op) {
  QuantizeKernel kernel = getQuantize(op, op.getInputs());
  kernel.program = op;
  setRowLayout(kernel, getShaped(op.getCodesInit()).getDimSize(1));
  return {{kernel, KernelChoice::anyRows}};
}

static SmallVector<KernelChoice> getOutliers(OutlierMatmulOp op) {
  ShapedType output = getShaped(op.getInit());
  OutlierKernel kernel{cast<FloatType>(output.getElementType()),
                       getWidth(output.getDimSize(1), {4})};
  return {{kernel, KernelChoice::anyRows}};
}

bool mlir::quantmlir::mayHaveKernel(Operation *op) {
  return isa<QuantizeOp, QuantizeRowsOp, MatmulOp, GroupMatmulOp,
             OutlierMatmulOp>(op);
}

LogicalResult mlir::quantmlir::checkKernel(Operation *op, std::string &whyNot) {
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return success(succeeded(checkCodes(matmul.getInput(), whyNot)) &&
                   succeeded(checkCodes(matmul.getWeight(), whyNot)));
  if (auto quantize = dyn_cast<QuantizeOp>(op))
    return checkCodes(quantize.getCodesInit(), whyNot);
  if (auto quantize = dyn_cast<QuantizeRowsOp>(op))
    return success(succeeded(checkCodes(quantize.getCodesInit(), whyNot)) &&
                   succeeded(checkRowProgram(quantize, whyNot)));
  if (auto matmul = dyn_cast<GroupMatmulOp>(op))
    return success(succeeded(checkGroupMatmul(matmul, whyNot)) &&
                   succeeded(checkWeightRange(matmul, whyNot)));
  if (isa<OutlierMatmulOp>(op))
    return success();
  whyNot = llvm::formatv("there is no GPU kernel for {0}", op->getName());
  return failure();
}

std::string mlir::quantmlir::getSubstitute(Operation *op, const Chip &chip) {
  auto matmul = dyn_cast<GroupMatmulOp>(op);
  if (!matmul || matmul.getInputBits() != 4 || chip.hasInt4)
    return "";
  return llvm::formatv("4-bit activations are multiplied as 8-bit ones: the "
                       "tensor cores of {0} have no 4-bit integers",
                       chip.name);
}

static FailureOr<SmallVector<KernelChoice>>
getChoices(Operation *op, const KernelTarget &target,
           linalg::GenericOp epilogue) {
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return getMatmuls(matmul, target, epilogue);
  if (auto matmul = dyn_cast<GroupMatmulOp>(op))
    return getGroupMatmuls(matmul, target, epilogue);
  if (auto matmul = dyn_cast<OutlierMatmulOp>(op))
    return getOutliers(matmul);
  if (auto quantize = dyn_cast<QuantizeRowsOp>(op))
    return getQuantizes(quantize);
  return getQuantizes(cast<QuantizeOp>(op));
}

/// Blocks along y that a grid can have (CUDA C++ Programming Guide, "Technical
/// Specifications per Compute Capability").
static constexpr int64_t maxBlocksAlongY = 65535;

FailureOr<SmallVector<KernelChoice>>
mlir::quantmlir::getKernels(Operation *op, const KernelTarget &target,
                            linalg::GenericOp epilogue) {
  auto choices = getChoices(op, target, epilogue);
  if (failed(choices))
    return failure();
  for (const KernelChoice &choice : *choices) {
    int64_t columns = getLaunchGeometry(choice.kernel).columnsPerBlock;
    int64_t size = getKernelSizes(op)[1];
    if (columns > 0 && !ShapedType::isDynamic(size) &&
        llvm::divideCeil(size, columns) > maxBlocksAlongY)
      return op->emitOpError()
             << "has " << size << " columns, of which a block computes "
             << columns << ", and a grid has at most " << maxBlocksAlongY
             << " blocks along them: divide the op, or ask for a tile of more "
                "columns";
  }
  return choices;
}

//===----------------------------------------------------------------------===//
// Names, sizes, geometry
//===----------------------------------------------------------------------===//

static std::string getTypeName(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

static std::string getSplitName(int64_t splits) {
  return splits > 1 ? llvm::formatv("_k{0}", splits).str() : "";
}

/// Enough hexadecimal digits to tell texts apart; KernelNames sees if not.
static std::string getDigest(StringRef text) {
  return llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

static std::string getEpilogueName(const Epilogue &epilogue) {
  if (!epilogue)
    return "";
  return "_e" + getDigest(describeEpilogue(epilogue.op, epilogue.resultNumber));
}

static std::string getName(const MatmulKernel &kernel) {
  const MatmulTile &tile = kernel.tile;
  std::string warps =
      tile.usesWarpGroups
          ? llvm::formatv("wg{0}", tile.getWarpGroups()).str()
          : llvm::formatv("{0}x{1}", tile.warpsM, tile.warpsN).str();
  return llvm::formatv(
      "quant_matmul_i8_{0}_x{1}_w{2}{3}_v{4}_s{5}_{6}x{7}x{8}_{9}{10}{11}",
      getTypeName(kernel.outputType), kernel.tokenScales ? "token" : "tensor",
      kernel.channelScales ? "channel" : "tensor",
      kernel.hasBias ? "_bias" : "", kernel.copyBytes, kernel.storeSize, tile.m,
      tile.n, tile.stages, warps, getSplitName(tile.splits),
      getEpilogueName(kernel.epilogue));
}

static std::string getName(const GroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  return llvm::formatv(
      "quant_group_matmul_{0}_i4_{1}_g{2}{3}{4}_v{5}_s{6}_"
      "{7}x{8}x{9}_{10}x{11}x{12}{13}{14}",
      getTypeName(kernel.inputType), getTypeName(kernel.outputType),
      kernel.groupSize, kernel.hasZeros ? "_zeros" : "",
      kernel.hasBias ? "_bias" : "", kernel.copyBytes, kernel.storeSize, tile.m,
      tile.n, tile.stages, tile.warpsM, tile.warpsN, tile.warpsK,
      getSplitName(tile.splits), getEpilogueName(kernel.epilogue));
}

static std::string getName(const IntegerGroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  std::string groups =
      kernel.hasGroups() ? llvm::formatv("_g{0}", kernel.groupSize).str() : "";
  return llvm::formatv(
      "quant_group_matmul_{0}_i4_{1}_x{2}{3}{4}{5}{6}_v{7}_s{8}_"
      "{9}x{10}x{11}_{12}x{13}x{14}{15}{16}",
      kernel.usesNibbles ? "i4" : "i8", getTypeName(kernel.outputType),
      kernel.tokenScales ? "token" : "tensor", groups,
      kernel.hasScales ? "_scales" : "", kernel.hasZeros ? "_zeros" : "",
      kernel.hasBias ? "_bias" : "", kernel.copyBytes, kernel.storeSize, tile.m,
      tile.n, tile.stages, tile.warpsM, tile.warpsN, tile.warpsK,
      getSplitName(tile.splits), getEpilogueName(kernel.epilogue));
}

static std::string getName(const QuantizeKernel &kernel) {
  std::string source =
      kernel.program ? "rows_" + getDigest(describeRowProgram(kernel.program))
                     : getTypeName(kernel.inputs.front().type);
  std::string rows = kernel.threadsPerRow == 0
                         ? ""
                         : llvm::formatv("_t{0}x{1}", kernel.threadsPerRow,
                                         kernel.vectorsPerThread)
                               .str();
  std::string codes =
      kernel.bits == 8 ? "i8" : llvm::formatv("i8b{0}", kernel.bits).str();
  return llvm::formatv("quant_quantize_{0}_{1}_{2}{3}{4}_v{5}{6}", source,
                       codes, kernel.perToken ? "token" : "static",
                       kernel.hasSmoothing ? "_smooth" : "",
                       kernel.hasZeroPoint ? "_zero" : "", kernel.vectorSize,
                       rows);
}

static std::string getName(const OutlierKernel &kernel) {
  return llvm::formatv("quant_outlier_matmul_{0}_v{1}",
                       getTypeName(kernel.type), kernel.vectorSize);
}

std::string mlir::quantmlir::getKernelName(const Kernel &kernel) {
  return std::visit([](const auto &k) { return getName(k); }, kernel);
}

/// What getName has only the digest of.
static std::string getDigested(const QuantizeKernel &kernel) {
  return kernel.program ? describeRowProgram(kernel.program) : "";
}
static std::string getDigested(const OutlierKernel &) { return ""; }
template <typename AnyMatmul>
static std::string getDigested(const AnyMatmul &kernel) {
  const Epilogue &epilogue = kernel.epilogue;
  return epilogue ? describeEpilogue(epilogue.op, epilogue.resultNumber) : "";
}

LogicalResult KernelNames::add(Location loc, const Kernel &kernel) {
  return add(loc, getKernelName(kernel),
             std::visit([](const auto &k) { return getDigested(k); }, kernel));
}

LogicalResult KernelNames::add(Location loc, StringRef name, StringRef text) {
  auto [known, inserted] = texts.try_emplace(name, text);
  if (known->second == text)
    return success();
  return emitError(loc)
         << "kernel '" << name
         << "' would have two meanings; compile one of the two ops without the "
            "ops that are fused with it (quant-run --fuse=none)";
}

LaunchGeometry mlir::quantmlir::getLaunchGeometry(const Kernel &kernel) {
  if (const auto *quantize = std::get_if<QuantizeKernel>(&kernel))
    return getQuantizeGeometry(*quantize);
  if (const auto *outliers = std::get_if<OutlierKernel>(&kernel))
    return getOutlierGeometry(*outliers);
  if (const auto *matmul = std::get_if<GroupMatmulKernel>(&kernel))
    return getGroupMatmulGeometry(*matmul);
  if (const auto *matmul = std::get_if<IntegerGroupMatmulKernel>(&kernel))
    return getIntegerGroupMatmulGeometry(*matmul);
  return getMatmulGeometry(std::get<MatmulKernel>(kernel));
}

Type mlir::quantmlir::getPartialSumType(MLIRContext *context,
                                        const Kernel &kernel) {
  if (std::holds_alternative<GroupMatmulKernel>(kernel))
    return Float32Type::get(context);
  return IntegerType::get(context, 32);
}

SmallVector<int64_t> mlir::quantmlir::getKernelSizes(Operation *op) {
  if (auto matmul = dyn_cast<MatmulOp>(op)) {
    ShapedType x = getShaped(matmul.getInput());
    ShapedType w = getShaped(matmul.getWeight());
    return {x.getDimSize(0), w.getDimSize(0), x.getDimSize(1)};
  }
  if (auto matmul = dyn_cast<GroupMatmulOp>(op)) {
    ShapedType x = getShaped(matmul.getInput());
    return {x.getDimSize(0), getShaped(matmul.getInit()).getDimSize(1),
            x.getDimSize(1)};
  }
  if (auto matmul = dyn_cast<OutlierMatmulOp>(op)) {
    ShapedType w = getShaped(matmul.getWeight());
    return {getShaped(matmul.getInput()).getDimSize(0), w.getDimSize(0),
            w.getDimSize(1)};
  }
  if (auto quantize = dyn_cast<QuantizeRowsOp>(op))
    return llvm::to_vector(getShaped(quantize.getCodesInit()).getShape());
  ShapedType x = getShaped(cast<QuantizeOp>(op).getInput());
  int64_t rows = 1;
  for (int64_t size : x.getShape().drop_back())
    rows = ShapedType::isDynamic(size) || ShapedType::isDynamic(rows)
               ? ShapedType::kDynamic
               : rows * size;
  return {rows, x.getShape().back()};
}

gpu::GPUFuncOp mlir::quantmlir::buildKernel(OpBuilder &builder, Location loc,
                                            const Kernel &kernel) {
  KernelBuilder b(loc, builder);
  if (const auto *quantize = std::get_if<QuantizeKernel>(&kernel))
    return buildQuantizeKernel(b, *quantize);
  if (const auto *outliers = std::get_if<OutlierKernel>(&kernel))
    return buildOutlierKernel(b, *outliers);
  if (const auto *matmul = std::get_if<GroupMatmulKernel>(&kernel))
    return buildGroupMatmulKernel(b, *matmul);
  if (const auto *matmul = std::get_if<IntegerGroupMatmulKernel>(&kernel))
    return buildIntegerGroupMatmulKernel(b, *matmul);
  const auto &matmul = std::get<MatmulKernel>(kernel);
  return matmul.tile.usesWarpGroups ? buildWarpGroupMatmulKernel(b, matmul)
                                    : buildMatmulKernel(b, matmul);
}
