//===- GroupMatmulKernel.cpp - quant.group_matmul on 4-bit weights --------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block makes a tile of y in the registers of its warps. Shared memory holds
// `stages` tiles of x, of the packed weight, and of scales and zero points, 128
// columns of K for each of the warps along k: while one is multiplied, the next
// ones are copied.
//
//   copy tiles 0 … stages - 2; wait for tile 0; load what its first step needs
//   for each tile t:
//     for each step s of 16 columns:
//       load the fragments of x of step s + 1; before the last step wait for
//       tile t + 1, barrier, and load what its first step needs
//       start to copy a part of tile t + stages - 1 over tile t - 1
//       unpack the codes of step s; add the products to the group's sums
//       at a group's end: sums += scale * the group's sums
//
// A group's sums are of activations times integers (in a unit that is a power
// of two, by which results are divided), exact products in f32, and its scale
// stays f32: nothing is rounded to 16 bits on the way. That costs one fma for
// each sum and group; to scale the unpacked weights instead would cost two for
// each B fragment and round each weight.
//
// Rows beyond the end of x or of the weight are the last row, or block of rows,
// again; what they give is not stored. In tiles of few rows, for which x may be
// a single one, they are zeros, which costs no bytes. Columns beyond K are
// zeros.
//
//===----------------------------------------------------------------------===//

#include "GroupMatmulState.h"
#include "InputTiles.h"
#include "MatmulEpilogue.h"
#include "PackedWeights.h"
#include "TileLoop.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t warpDepth = GroupMatmulTile::warpDepth;
/// Of a row of x in shared memory.
static constexpr int64_t rowBytes = 2 * warpDepth;
static constexpr int64_t stepsPerTile = warpDepth / halfMmaK;
static constexpr int64_t stepsPerBlock = fragments::blockColumns / halfMmaK;
/// The exor of a step changes these chunks of a row; the others follow.
static constexpr int64_t swizzledSteps = 4;
/// During how many steps copies are started. All at once, they would keep
/// shared memory from the fragments that the next steps need.
static constexpr int64_t copySteps = 5;
static_assert(copySteps < stepsPerTile, "before the next tile is waited for");
static constexpr int64_t scalesPerLane = 4, zerosPerLane = 2;

LaunchGeometry
mlir::quantmlir::getGroupMatmulGeometry(const GroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  return {tile.getThreads(), tile.m, tile.n, kernel.getSharedBytes(),
          tile.splits};
}

namespace {
using State = GroupMatmulState;

class GroupMatmulKernelBuilder {
public:
  GroupMatmulKernelBuilder(KernelBuilder &b, const GroupMatmulKernel &kernel)
      : b(b), kernel(kernel), tile(kernel.tile), type(kernel.inputType),
        ahead(tile.stages - 1), warpM(tile.m / tile.warpsM),
        warpN(tile.n / tile.warpsN) {}

  gpu::GPUFuncOp build();

private:
  void buildArguments(gpu::GPUFuncOp function);
  void buildPosition(Value threadId);

  State buildMainLoop();
  void buildTiles(State &state, Value first, Value end, bool isFull);
  void multiplyTile(State &state, const Stages &stages, Value number,
                    bool isFull);
  void loadAFragments(State &state, Value stage, int64_t step);
  SmallVector<Value> loadWords(Value stage, int64_t columnBlock);
  SmallVector<Value> loadZeros(Value stage, int64_t group);
  SmallVector<Value> getOffsets(ArrayRef<Value> zeros);
  void multiplyStep(ArrayRef<AFragment> as, ArrayRef<Value> words, int64_t step,
                    ArrayRef<Value> offsets, MutableArrayRef<CFragment> sums);
  void addGroup(State &state, ArrayRef<CFragment> groupSums, Value stage,
                int64_t group);

  void buildEpilogue(SmallVector<CFragment> sums);

  TileCopier getCopier() const { return {thread, tile.getThreads(), ahead}; }
  Value getInteger(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getI32Type(), value);
  }

  KernelBuilder &b;
  const GroupMatmulKernel &kernel;
  const GroupMatmulTile &tile;
  const FloatType type;
  /// How many tiles copies are ahead of products.
  const int64_t ahead;
  const int64_t warpM, warpN;
  MatmulEpilogue epilogue;
  Value m, n, xPitch;
  Value xPointer, wPointer, scalePointer, zeroPointer;
  PackedWeight weight;
  SmallVector<TileOperand> operands;
  /// Shared memory as bytes.
  Value shared;
  Value thread, firstRow, firstColumn;
  WarpPosition warp;
  /// Where this lane finds its fragments of x for the first steps, its codes,
  /// scales and zero points in a stage.
  std::array<Value, swizzledSteps> aOffsets;
  Value wordOffset, scaleOffset, zeroOffset;
};
} // namespace

gpu::GPUFuncOp GroupMatmulKernelBuilder::build() {
  Type i8 = b.getI8Type(), f32 = b.getF32Type();
  SmallVector<Type> pointees = {type, i8, f32};
  if (kernel.hasZeros)
    pointees.push_back(i8);
  if (kernel.hasBias)
    pointees.push_back(f32);
  pointees.push_back(kernel.outputType);
  llvm::append_range(
      pointees,
      getFurtherPointees(b.getContext(), kernel, kernel.epilogue, tile.splits));
  gpu::GPUFuncOp function =
      createKernelFunction(b, kernel, pointees, /*numSizes=*/5);
  // Else ptxas saves registers, and spills some, for more blocks than shared
  // memory allows.
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    b.getI32IntegerAttr(1));
  buildArguments(function);
  buildPosition(gpu::ThreadIdOp::create(b, gpu::Dimension::x));
  buildEpilogue(buildMainLoop().sums);
  gpu::ReturnOp::create(b);
  return function;
}

void GroupMatmulKernelBuilder::buildArguments(gpu::GPUFuncOp function) {
  Block::args_iterator argument = function.getArguments().begin();
  xPointer = *argument++;
  wPointer = *argument++;
  scalePointer = *argument++;
  if (kernel.hasZeros)
    zeroPointer = *argument++;
  epilogue.outputType = kernel.outputType;
  epilogue.storeSize = kernel.storeSize;
  epilogue.following = kernel.epilogue;
  if (kernel.hasBias)
    epilogue.bias = *argument++;
  Value yPointer = *argument++;
  epilogue.workspace.splits = tile.splits;
  epilogue.workspace.tileColumns = tile.n;
  takeFurtherPointers(epilogue, argument);
  epilogue.m = m = *argument++;
  epilogue.n = n = *argument++;
  weight = getPackedWeight(b, tile, kernel.groupSize, n, *argument++);
  xPitch = *argument++;
  epilogue.y = b.matrix(yPointer, m, n, *argument++);
  shared = getSharedMemory(b, kernel.getSharedBytes());
}

/// Computes what depends on the thread: what it copies and where its fragments
/// are.
void GroupMatmulKernelBuilder::buildPosition(Value threadId) {
  thread = threadId;
  firstRow = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::x), tile.m);
  firstColumn = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::y), tile.n);
  weight.firstColumn = firstColumn;
  warp = getWarpPosition(b, tile, thread);

  // x: for each warp along k all rows of its columns.
  Value a = b.add(b.mul(warp.slice, tile.m * rowBytes),
                  b.mul(warp.row, warpM * rowBytes));
  a = b.add(a, getInputLaneOffset(b, rowBytes, warp.lane));
  for (int64_t step = 0; step < swizzledSteps; ++step)
    aOffsets[step] = b.bitXor(a, b.index(step * 2 * chunkBytes));

  wordOffset = getWordOffset(b, warp, kernel.getInputBytes());

  // Scales and zero points: for each group those of all columns.
  int64_t place = kernel.getInputBytes() + kernel.getWeightBytes();
  Value group = b.mul(warp.slice, warpDepth / kernel.groupSize);
  Value first = b.add(b.mul(group, tile.n), b.mul(warp.column, warpN));
  // In one register, or each pass would add two parts.
  scaleOffset =
      b.keepWhole(b.add(b.add(first, b.mul(b.rem(warp.lane, 4), scalesPerLane)),
                        b.index(place / 4)));
  zeroOffset =
      b.div(b.add(b.add(first, b.mul(b.div(warp.lane, 4), zerosPerLane)),
                  b.index(place + kernel.getScaleBytes())),
            zerosPerLane);

  operands = {
      getWeightOperand(b, weight, getCopier(), wPointer, shared,
                       kernel.getInputBytes()),
      getParameterOperand(b, weight, getCopier(), scalePointer, shared, place)};
  if (kernel.hasZeros)
    operands.push_back(getParameterOperand(b, weight, getCopier(), zeroPointer,
                                           shared,
                                           place + kernel.getScaleBytes()));
  operands.push_back(
      getInputOperand(b, {xPointer, m, xPitch, firstRow, kernel.copyBytes},
                      weight, getCopier(), shared));
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

State GroupMatmulKernelBuilder::buildMainLoop() {
  for (int64_t t = 0; t < tile.stages - 1; ++t)
    copyTile(b, getCopier(), operands, wholeTile,
             b.index(t * kernel.getStageBytes()), b.index(t - ahead),
             /*isFull=*/false);
  waitForTiles(b, tile.stages - 2);
  State state;
  CFragment zeros;
  zeros.fill(b.constant(0.0f));
  state.sums.assign(warpM / mmaM * (warpN / mmaN), zeros);
  loadAFragments(state, b.index(0), /*step=*/0);
  state.words = loadWords(b.index(0), /*columnBlock=*/0);
  state.zeros = loadZeros(b.index(0), /*group=*/0);
  state.stage = getInteger(0);
  state.filled = getInteger(ahead * kernel.getStageBytes());
  Value first = b.index(0);
  // Narrow copies have no fast form.
  if (kernel.copyBytes == chunkBytes) {
    first = getFullTiles(b, weight.k, tile.getDepth(), ahead);
    buildTiles(state, b.index(0), first, /*isFull=*/true);
    buildPosition(readAgain(b, "%tid.x"));
  }
  Value tiles = b.div(b.add(weight.k, tile.getDepth() - 1), tile.getDepth());
  buildTiles(state, first, tiles, /*isFull=*/false);
  buildPosition(readAgain(b, "%tid.x"));
  return state;
}

/// Multiplies tiles [first, end).
void GroupMatmulKernelBuilder::buildTiles(State &state, Value first, Value end,
                                          bool isFull) {
  state = buildTileLoop(b, {kernel.getStageBytes(), ahead}, first, end, state,
                        [&](State &inside, const Stages &stages, Value number) {
                          multiplyTile(inside, stages, number, isFull);
                        });
}

/// Multiplies tile `number`, and fetches the one `ahead` of it.
void GroupMatmulKernelBuilder::multiplyTile(State &state, const Stages &stages,
                                            Value number, bool isFull) {
  const int64_t stepsPerGroup = kernel.groupSize / halfMmaK;
  CFragment none;
  none.fill(b.constant(0.0f));
  SmallVector<CFragment> groupSums;
  SmallVector<Value> zeros = state.zeros;
  SmallVector<Value> offsets;
  for (int64_t step = 0; step < stepsPerTile; ++step) {
    if (step % stepsPerGroup == 0) {
      groupSums.assign(state.sums.size(), none);
      offsets = getOffsets(zeros);
      if (step + stepsPerGroup < stepsPerTile)
        zeros = loadZeros(stages.current, step / stepsPerGroup + 1);
    }
    SmallVector<AFragment> as = state.as;
    SmallVector<Value> words = state.words;
    if (step + 1 < stepsPerTile) {
      loadAFragments(state, stages.current, step + 1);
      if ((step + 1) % stepsPerBlock == 0)
        state.words = loadWords(stages.current, (step + 1) / stepsPerBlock);
      if (step < copySteps)
        copyTile(b, getCopier(), operands, {step, copySteps}, stages.filled,
                 number, isFull);
    }
    multiplyStep(as, words, step, offsets, groupSums);
    if ((step + 1) % stepsPerGroup == 0)
      addGroup(state, groupSums, stages.current, step / stepsPerGroup);
  }
  waitForTiles(b, tile.stages - 2);
  loadAFragments(state, stages.next, /*step=*/0);
  state.words = loadWords(stages.next, /*columnBlock=*/0);
  state.zeros = loadZeros(stages.next, /*group=*/0);
}

void GroupMatmulKernelBuilder::loadAFragments(State &state, Value stage,
                                              int64_t step) {
  state.as.clear();
  Value a = b.add(b.add(aOffsets[step % swizzledSteps], stage),
                  step / swizzledSteps * swizzledSteps * 2 * chunkBytes);
  for (int64_t row = 0; row < warpM; row += mmaM)
    state.as.push_back(loadHalfAFragment(b, shared, b.add(a, row * rowBytes)));
}

SmallVector<Value> GroupMatmulKernelBuilder::loadWords(Value stage,
                                                       int64_t columnBlock) {
  return quantmlir::loadWords(b, tile, shared, wordOffset, stage, columnBlock);
}

/// The zero points of a group, those of two fragments along n in a value; none
/// without them.
SmallVector<Value> GroupMatmulKernelBuilder::loadZeros(Value stage,
                                                       int64_t group) {
  SmallVector<Value> zeros;
  if (!kernel.hasZeros)
    return zeros;
  Value source = getSharedView(b, shared, b.getI16Type(), stage);
  Value first = b.add(zeroOffset, group * tile.n / zerosPerLane);
  for (int64_t column = 0; column < warpN; column += fragments::blockRows) {
    Value pair =
        memref::LoadOp::create(b, source, b.add(first, column / zerosPerLane));
    zeros.push_back(arith::ExtUIOp::create(b, b.getI32Type(), pair));
  }
  return zeros;
}

/// The offsets of a group's codes for each fragment along n.
SmallVector<Value> GroupMatmulKernelBuilder::getOffsets(ArrayRef<Value> zeros) {
  if (!kernel.hasZeros)
    return SmallVector<Value>(warpN / mmaN, getCodeOffset(b, type));
  SmallVector<Value> offsets;
  for (Value pair : zeros)
    llvm::append_range(offsets, getCodeOffsets(b, type, pair));
  return offsets;
}

void GroupMatmulKernelBuilder::multiplyStep(ArrayRef<AFragment> as,
                                            ArrayRef<Value> words, int64_t step,
                                            ArrayRef<Value> offsets,
                                            MutableArrayRef<CFragment> sums) {
  const int64_t fragmentsN = warpN / mmaN;
  for (int64_t j = 0; j < fragmentsN; j += 2) {
    Value word =
        vector::ExtractOp::create(b, words[j / 2], step % stepsPerBlock);
    auto ws = unpackCodes(b, type, word, {offsets[j], offsets[j + 1]});
    for (auto [i, a] : llvm::enumerate(as))
      for (int64_t h = 0; h < 2; ++h) {
        CFragment &sum = sums[i * fragmentsN + j + h];
        sum = multiplyHalf(b, type, a, ws[h], sum);
      }
  }
}

/// sums += scale * the group's sums.
void GroupMatmulKernelBuilder::addGroup(State &state,
                                        ArrayRef<CFragment> groupSums,
                                        Value stage, int64_t group) {
  const int64_t fragmentsN = warpN / mmaN;
  auto vectorType = VectorType::get({scalesPerLane}, b.getF32Type());
  Value source = getSharedView(b, shared, b.getF32Type(), stage);
  Value first = b.add(scaleOffset, group * tile.n);
  for (int64_t j = 0; j < fragmentsN; j += 2) {
    Value scales = vector::LoadOp::create(
        b, vectorType, source, b.add(first, j * mmaN),
        /*nontemporal=*/false, llvm::MaybeAlign(chunkBytes));
    for (int64_t s = 0; s < scalesPerLane; ++s) {
      Value scale = vector::ExtractOp::create(b, scales, s);
      for (int64_t i = 0; i < warpM / mmaM; ++i)
        for (int64_t r = s % 2; r < 4; r += 2) {
          int64_t fragment = i * fragmentsN + j + s / 2;
          Value &sum = state.sums[fragment][r];
          sum = LLVM::FMAOp::create(b, b.getF32Type(), scale,
                                    groupSums[fragment][r], sum);
        }
    }
  }
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void GroupMatmulKernelBuilder::buildEpilogue(SmallVector<CFragment> sums) {
  Value unit = b.constant(static_cast<float>(1 / getCodeUnit(type)));
  for (CFragment &sum : sums)
    for (Value &value : sum)
      value = arith::MulFOp::create(b, value, unit);
  epilogue.workspace.thread = thread;
  buildGroupEpilogue(b, epilogue, {warp, firstRow, firstColumn},
                     getSharedView(b, shared, b.getF32Type()), sums);
}

gpu::GPUFuncOp
mlir::quantmlir::buildGroupMatmulKernel(KernelBuilder &b,
                                        const GroupMatmulKernel &kernel) {
  return GroupMatmulKernelBuilder(b, kernel).build();
}
