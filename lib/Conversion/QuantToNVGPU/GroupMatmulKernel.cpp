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
//     start to copy tile t + stages - 1 over tile t - 1
//     for each step s of 16 columns:
//       load the fragments of x of step s + 1; before the last step wait for
//       tile t + 1, barrier, and load what its first step needs
//       unpack the codes of step s; add the products to the group's sums
//       at a group's end: sums += scale * the group's sums
//
// A group's sums are of activations times integers, exact products in f32, and
// its scale stays f32: nothing is rounded to 16 bits on the way. That costs one
// fma for each sum and group; to scale the unpacked weights instead would cost
// two for each B fragment and round each weight.
//
// Rows beyond the end of x or of the weight are the last row, or block of rows,
// again; what they give is not stored. In tiles of few rows, for which x may be
// a single one, they are zeros, which costs no bytes. Columns beyond K are
// zeros.
//
//===----------------------------------------------------------------------===//

#include "GroupMatmulState.h"
#include "MatmulEpilogue.h"

#include "quant-mlir/Dialect/Quant/IR/FragmentOrder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t warpDepth = GroupMatmulTile::warpDepth;
static constexpr int64_t stepsPerTile = warpDepth / halfMmaK;
static constexpr int64_t stepsPerBlock = fragments::blockColumns / halfMmaK;
/// The exor of a step changes these chunks of a row; the others follow.
static constexpr int64_t swizzledSteps = 4;
static constexpr int64_t wordsPerLane = 4, scalesPerLane = 4;
/// In tiles of fewer rows, those beyond the end of x are zeros.
static constexpr int64_t rowsWorthCopying = 64;
static_assert(halfRowBytes == 2 * warpDepth, "a row is a warp's columns");

LaunchGeometry
mlir::quantmlir::getGroupMatmulGeometry(const GroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  return {tile.getThreads(), tile.m, tile.n, kernel.getSharedBytes(),
          tile.splits};
}

namespace {
using Chunk = GroupMatmulChunk;
using Operand = GroupMatmulOperand;
using State = GroupMatmulState;

/// Where in shared memory the stages begin that are multiplied, come next, and
/// are filled anew, in chunks: that divides by every element's size.
struct Stages {
  Value current, next, filled;
};

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
  Value readThreadAgain();
  void buildInputChunks();
  void buildWeightChunks();
  void buildGroupChunks(Value pointer, Value target, int64_t place);

  State buildMainLoop();
  Value getFullTiles();
  void buildTiles(State &state, Value first, Value end, bool isFull);
  void multiplyTile(State &state, const Stages &stages, Value number,
                    bool isFull);
  void loadAFragments(State &state, Value stage, int64_t step);
  void loadWords(State &state, Value stage, int64_t columnBlock);
  SmallVector<CodeOffsets> loadOffsets(Value stage, int64_t group);
  void multiplyStep(ArrayRef<AFragment> as, ArrayRef<Value> words, int64_t step,
                    ArrayRef<CodeOffsets> offsets,
                    MutableArrayRef<CFragment> sums);
  void addGroup(State &state, ArrayRef<CFragment> groupSums, Value stage,
                int64_t group);

  void copyTiles(Value stage, Value number, bool isFull);
  void copyTile(const Operand &operand, Value stage, Value number, bool isFull);
  void waitForTiles(int64_t numPending);

  SmallVector<Value> addWarps(ArrayRef<CFragment> sums);
  void buildEpilogue(ArrayRef<CFragment> sums);

  int64_t getThreads() const { return tile.getThreads(); }
  int64_t getStageChunks() const { return kernel.getStageBytes() / chunkBytes; }
  Value getInteger(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getI32Type(), value);
  }
  Value getOffset(Value offset);

  KernelBuilder &b;
  const GroupMatmulKernel &kernel;
  const GroupMatmulTile &tile;
  const FloatType type;
  /// How many tiles copies are ahead of products.
  const int64_t ahead;
  const int64_t warpM, warpN;
  MatmulEpilogue epilogue;
  Value m, n, xPitch;
  /// The columns of K that the block multiplies.
  Value k, firstK;
  Value xPointer, wPointer, scalePointer, zeroPointer;
  /// Blocks of rows and of columns of the weight, the groups of the block's
  /// columns, and the scales of a group.
  Value rowBlocks, columnBlocks, groups, groupPitch;
  SmallVector<Operand> operands;
  /// Shared memory as bytes, and as what is loaded from it.
  Value shared, sharedWords, sharedScales;
  Value thread, lane;
  Value firstRow, firstColumn;
  /// Which of the block's warps this is along m, n and k.
  Value warpRow, warpColumn, warpSlice;
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
  k = *argument++;
  xPitch = *argument++;
  epilogue.y = b.matrix(yPointer, m, n, *argument++);

  auto divideUp = [&](Value size, int64_t divisor) {
    return b.div(b.add(size, divisor - 1), divisor);
  };
  rowBlocks = divideUp(n, fragments::blockRows);
  columnBlocks = divideUp(k, fragments::blockColumns);
  firstK = b.index(0);
  if (tile.splits > 1) {
    SplitRange range = getSplitRange(b, k, tile.getDepth(), tile.splits);
    firstK = range.first;
    k = range.size;
  }
  groups = divideUp(k, kernel.groupSize);
  groupPitch = b.mul(rowBlocks, fragments::blockRows);
  shared = getSharedMemory(b, kernel.getSharedBytes());
  sharedWords = getSharedView(b, shared, b.getI32Type());
  sharedScales = getSharedView(b, shared, b.getF32Type());
}

/// Computes what depends on the thread: what it copies and where its fragments
/// are.
void GroupMatmulKernelBuilder::buildPosition(Value threadId) {
  thread = threadId;
  firstRow = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::x), tile.m);
  firstColumn = b.mul(gpu::BlockIdOp::create(b, gpu::Dimension::y), tile.n);
  lane = b.rem(thread, warpSize);
  Value warp = b.div(thread, warpSize);
  warpColumn = b.rem(warp, tile.warpsN);
  warp = b.div(warp, tile.warpsN);
  warpRow = b.rem(warp, tile.warpsM);
  warpSlice = b.div(warp, tile.warpsM);

  // x: for each warp along k all rows of its columns.
  Value a = b.add(b.mul(warpSlice, tile.m * halfRowBytes),
                  b.mul(warpRow, warpM * halfRowBytes));
  a = b.add(a, getHalfALaneOffset(b, lane));
  for (int64_t step = 0; step < swizzledSteps; ++step)
    aOffsets[step] = b.bitXor(a, b.index(step * 2 * chunkBytes));

  // w: for each block of rows its blocks of columns, those of all warps.
  constexpr int64_t warpBytes =
      warpDepth / fragments::blockColumns * fragments::blockBytes;
  Value columnBlock = b.mul(warpColumn, warpN / fragments::blockRows);
  Value w = b.add(b.mul(columnBlock, tile.warpsK * warpBytes),
                  b.mul(warpSlice, warpBytes));
  w = b.add(b.add(w, b.mul(lane, chunkBytes)), kernel.getInputBytes());
  wordOffset = b.div(w, 4);

  // Scales and zero points: for each group those of all columns.
  int64_t place = kernel.getInputBytes() + kernel.getWeightBytes();
  Value group = b.mul(warpSlice, warpDepth / kernel.groupSize);
  Value first = b.add(b.mul(group, tile.n), b.mul(warpColumn, warpN));
  scaleOffset = b.add(b.add(first, b.mul(b.rem(lane, 4), scalesPerLane)),
                      b.index(place / 4));
  zeroOffset = b.add(b.add(first, b.mul(b.div(lane, 4), 2)),
                     b.index(place + kernel.getScaleBytes()));

  operands.clear();
  buildInputChunks();
  buildWeightChunks();
  buildGroupChunks(scalePointer, sharedScales, place);
  if (kernel.hasZeros)
    buildGroupChunks(zeroPointer, shared, place + kernel.getScaleBytes());
}

//===----------------------------------------------------------------------===//
// What a thread copies
//===----------------------------------------------------------------------===//

/// An offset within a block's rows in a single register. The compiler does not
/// see how it is computed, and therefore adds it to a uniform address instead
/// of keeping an address of 64 bits for each.
Value GroupMatmulKernelBuilder::getOffset(Value offset) {
  Value narrow = arith::IndexCastUIOp::create(b, b.getI32Type(), offset);
  narrow = b.inlineAsm(b.getI32Type(), "mov.b32 $0, $1;", "=r,r", narrow);
  return arith::IndexCastUIOp::create(b, b.getIndexType(), narrow);
}

// Eight threads copy 128 bytes of a row of x at a time, and each the chunk 128
// bytes further as well, so that a pointer serves two copies.
void GroupMatmulKernelBuilder::buildInputChunks() {
  const int64_t chunkSize = chunkBytes / 2, threadsPerSlice = 8;
  const int64_t threadsPerRow = threadsPerSlice * tile.warpsK;
  const int64_t rowsPerPass = getThreads() / threadsPerRow;
  Operand operand;
  operand.copy = {b.vector(xPointer, b.mul(m, xPitch)),
                  getSharedView(b, shared, type), k, kernel.copyBytes};
  operand.numChunks = kernel.getInputBytes() / chunkBytes;
  operand.step = b.index(tile.getDepth());

  Value row = b.div(thread, threadsPerRow);
  Value slice = b.rem(b.div(thread, threadsPerSlice), tile.warpsK);
  Value chunk = b.rem(thread, threadsPerSlice);
  Value column = b.add(b.mul(slice, warpDepth), b.mul(chunk, chunkSize));
  Value to = b.add(b.mul(slice, tile.m * halfRowBytes),
                   getHalfChunkOffset(b, row, chunk));
  Value lastRow = b.sub(m, b.index(1));
  for (int64_t first = 0; first < tile.m; first += rowsPerPass) {
    Value tileRow = b.add(row, first), globalRow = b.add(firstRow, tileRow);
    Value from = b.add(
        b.mul(b.sub(b.min(globalRow, lastRow), firstRow), xPitch), column);
    from = b.add(b.add(b.mul(firstRow, xPitch), firstK),
                 getOffset(b.add(from, b.mul(operand.step, ahead))));
    // Rows of a pass are fewer than 8 or a multiple of it: the row modulo 8
    // is the exor of both parts.
    Value swizzled = b.bitXor(to, b.index(first % 8 * chunkBytes));
    Value rowTo = b.add(b.div(swizzled, 2), first * warpDepth);
    for (int64_t half = 0; half < warpDepth; half += warpDepth / 2) {
      Chunk next;
      next.from = b.add(from, half);
      next.to = b.add(rowTo, half);
      next.column = b.add(column, half);
      if (tile.m < rowsWorthCopying) {
        next.isInside = b.less(globalRow, m);
        next.count = b.select(next.isInside, b.index(chunkSize), b.index(0));
      }
      operand.chunks.push_back(next);
    }
  }
  operands.push_back(std::move(operand));
}

// A warp copies a block at a time, and one `warpsK` blocks further.
void GroupMatmulKernelBuilder::buildWeightChunks() {
  const int64_t blocksPerRow = tile.getDepth() / fragments::blockColumns;
  const int64_t halfBytes = tile.warpsK * fragments::blockBytes;
  const int64_t rowsPerPass = getThreads() / (warpSize * tile.warpsK);
  Value rowBytes = b.mul(columnBlocks, fragments::blockBytes);
  Operand operand;
  auto getBytes = [&](Value columns) {
    Value blocks = b.div(b.add(columns, fragments::blockColumns - 1),
                         fragments::blockColumns);
    return b.mul(blocks, fragments::blockBytes);
  };
  operand.copy = {b.vector(wPointer, b.mul(rowBlocks, rowBytes)), shared,
                  getBytes(k), chunkBytes};
  operand.numChunks = kernel.getWeightBytes() / chunkBytes;
  operand.step = b.index(blocksPerRow * fragments::blockBytes);

  Value row = b.div(thread, warpSize * tile.warpsK);
  Value column = b.mul(b.rem(thread, warpSize * tile.warpsK), chunkBytes);
  Value to = b.add(b.mul(row, 2 * halfBytes), column);
  Value firstBlock = b.div(firstColumn, fragments::blockRows);
  Value lastBlock = b.sub(b.sub(rowBlocks, firstBlock), b.index(1));
  for (int64_t i = 0; i < tile.n / fragments::blockRows; i += rowsPerPass) {
    Value block = b.min(b.add(row, i), lastBlock);
    Value from = b.add(b.add(b.mul(block, rowBytes), column),
                       b.mul(operand.step, ahead));
    from = b.add(b.add(b.mul(firstBlock, rowBytes), getBytes(firstK)),
                 getOffset(from));
    for (int64_t half = 0; half < 2 * halfBytes; half += halfBytes) {
      Chunk next;
      next.from = b.add(from, half);
      next.to = b.add(to, kernel.getInputBytes() + i * 2 * halfBytes + half);
      next.column = b.add(column, half);
      operand.chunks.push_back(next);
    }
  }
  operands.push_back(std::move(operand));
}

/// Scales or zero points, whose place in a stage is given in bytes.
void GroupMatmulKernelBuilder::buildGroupChunks(Value pointer, Value target,
                                                int64_t place) {
  Operand operand;
  operand.copy = {b.vector(pointer, b.mul(groups, groupPitch)), target,
                  groupPitch, chunkBytes};
  const int64_t elementBytes = operand.copy.getElementBytes();
  const int64_t chunkSize = chunkBytes / elementBytes;
  const int64_t perRow = tile.n / chunkSize;
  operand.numChunks = kernel.getGroupsPerTile() * perRow;
  operand.step = b.mul(groupPitch, kernel.getGroupsPerTile());
  operand.alongRow = false;
  for (int64_t i = 0; i < operand.numChunks; i += getThreads()) {
    Value chunk = b.add(thread, i);
    Chunk next;
    next.group = b.div(chunk, perRow);
    next.column = b.add(firstColumn, b.mul(b.rem(chunk, perRow), chunkSize));
    Value group = b.add(next.group, b.div(firstK, kernel.groupSize));
    next.from = b.add(b.add(b.mul(group, groupPitch), next.column),
                      b.mul(operand.step, ahead));
    next.to = b.add(b.mul(chunk, chunkSize), place / elementBytes);
    next.isInside = b.less(next.column, groupPitch);
    next.count = b.select(next.isInside, b.index(chunkSize), b.index(0));
    operand.chunks.push_back(next);
  }
  operands.push_back(std::move(operand));
}

/// Starts to copy the tile `ahead` of tile `number` to a stage. If it is full,
/// its columns all exist.
void GroupMatmulKernelBuilder::copyTiles(Value stage, Value number,
                                         bool isFull) {
  for (const Operand &operand : operands)
    copyTile(operand, stage, number, isFull);
  NVVM::CpAsyncCommitGroupOp::create(b);
}

void GroupMatmulKernelBuilder::copyTile(const Operand &operand, Value stage,
                                        Value number, bool isFull) {
  OpBuilder::InsertionGuard insertion(b);
  if (operand.numChunks < getThreads()) {
    auto guard =
        scf::IfOp::create(b, b.less(thread, b.index(operand.numChunks)));
    b.setInsertionPointToStart(guard.thenBlock());
  }
  Value moved = b.mul(number, operand.step);
  Value target = b.mul(stage, chunkBytes / operand.copy.getElementBytes());
  for (const Chunk &chunk : operand.chunks) {
    Value from = b.add(chunk.from, moved), to = b.add(chunk.to, target);
    if (isFull) {
      copyWholeChunk(b, operand.copy, from, to, chunk.count);
      continue;
    }
    Value fetched = b.add(number, ahead);
    if (operand.alongRow) {
      Value column = b.add(chunk.column, b.mul(fetched, operand.step));
      copyChunk(b, operand.copy, from, to, column, chunk.isInside);
      continue;
    }
    Value group = b.add(chunk.group, b.mul(fetched, kernel.getGroupsPerTile()));
    copyChunk(b, operand.copy, from, to, chunk.column,
              b.both(chunk.isInside, b.less(group, groups)));
  }
}

/// Waits until all copies but those of the last `numPending` tiles have arrived
/// for all threads.
void GroupMatmulKernelBuilder::waitForTiles(int64_t numPending) {
  NVVM::CpAsyncWaitGroupOp::create(b, numPending);
  gpu::BarrierOp::create(b);
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

State GroupMatmulKernelBuilder::buildMainLoop() {
  for (int64_t t = 0; t < tile.stages - 1; ++t)
    copyTiles(b.index(t * getStageChunks()), b.index(t - ahead),
              /*isFull=*/false);
  waitForTiles(tile.stages - 2);
  State state;
  CFragment zeros;
  zeros.fill(b.constant(0.0f));
  state.sums.assign(warpM / mmaM * (warpN / mmaN), zeros);
  loadAFragments(state, b.index(0), /*step=*/0);
  loadWords(state, b.index(0), /*columnBlock=*/0);
  state.stage = getInteger(0);
  state.filled = getInteger(ahead * getStageChunks());
  Value first = b.index(0);
  // Narrow copies have no fast form.
  if (kernel.copyBytes == chunkBytes) {
    first = getFullTiles();
    buildTiles(state, b.index(0), first, /*isFull=*/true);
    buildPosition(readThreadAgain());
  }
  Value tiles = b.div(b.add(k, tile.getDepth() - 1), tile.getDepth());
  buildTiles(state, first, tiles, /*isFull=*/false);
  return state;
}

/// The number of tiles during which whole tiles are fetched.
Value GroupMatmulKernelBuilder::getFullTiles() {
  Value whole = b.div(k, tile.getDepth()), least = b.index(ahead);
  return b.select(b.less(least, whole), b.sub(whole, least), b.index(0));
}

/// The thread's number in a way that the compiler takes for another value, so
/// that what depends on it is computed anew after the main loop instead of
/// taking its registers meanwhile.
Value GroupMatmulKernelBuilder::readThreadAgain() {
  Value number = b.inlineAsm(b.getI32Type(), "mov.u32 $0, %tid.x;", "=r", {},
                             /*hasSideEffects=*/true);
  return arith::IndexCastUIOp::create(b, b.getIndexType(), number);
}

/// Multiplies tiles [first, end). One pass of the loop is one tile: stages as
/// uniform registers cost less than a body for each of them.
void GroupMatmulKernelBuilder::buildTiles(State &state, Value first, Value end,
                                          bool isFull) {
  // 32 bits take one instruction for what 64 take two.
  auto narrow = [&](Value value) -> Value {
    return arith::IndexCastUIOp::create(b, b.getI32Type(), value);
  };
  auto toIndex = [&](Value value) -> Value {
    return arith::IndexCastUIOp::create(b, b.getIndexType(), value);
  };
  auto loop = scf::ForOp::create(b, narrow(first), narrow(end), getInteger(1),
                                 state.flatten());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  State inside = state.unflatten(loop.getRegionIterArgs());
  Value isLast =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, inside.stage,
                            getInteger(ahead * getStageChunks()));
  Value next = b.select(isLast, getInteger(0),
                        b.add(inside.stage, getInteger(getStageChunks())));
  multiplyTile(inside,
               {toIndex(inside.stage), toIndex(next), toIndex(inside.filled)},
               toIndex(loop.getInductionVar()), isFull);
  inside.filled = inside.stage;
  inside.stage = next;
  scf::YieldOp::create(b, inside.flatten());
  state = state.unflatten(loop.getResults());
}

/// Multiplies tile `number`, and fetches the one `ahead` of it.
void GroupMatmulKernelBuilder::multiplyTile(State &state, const Stages &stages,
                                            Value number, bool isFull) {
  const int64_t stepsPerGroup = kernel.groupSize / halfMmaK;
  copyTiles(stages.filled, number, isFull);
  CFragment zeros;
  zeros.fill(b.constant(0.0f));
  SmallVector<CFragment> groupSums;
  SmallVector<CodeOffsets> offsets;
  for (int64_t step = 0; step < stepsPerTile; ++step) {
    if (step % stepsPerGroup == 0) {
      groupSums.assign(state.sums.size(), zeros);
      offsets = loadOffsets(stages.current, step / stepsPerGroup);
    }
    SmallVector<AFragment> as = state.as;
    SmallVector<Value> words = state.words;
    if (step + 1 < stepsPerTile) {
      loadAFragments(state, stages.current, step + 1);
      if ((step + 1) % stepsPerBlock == 0)
        loadWords(state, stages.current, (step + 1) / stepsPerBlock);
    }
    multiplyStep(as, words, step, offsets, groupSums);
    if ((step + 1) % stepsPerGroup == 0)
      addGroup(state, groupSums, stages.current, step / stepsPerGroup);
  }
  waitForTiles(tile.stages - 2);
  loadAFragments(state, stages.next, /*step=*/0);
  loadWords(state, stages.next, /*columnBlock=*/0);
}

void GroupMatmulKernelBuilder::loadAFragments(State &state, Value stage,
                                              int64_t step) {
  state.as.clear();
  Value a =
      b.add(b.add(aOffsets[step % swizzledSteps], b.mul(stage, chunkBytes)),
            step / swizzledSteps * swizzledSteps * 2 * chunkBytes);
  for (int64_t row = 0; row < warpM; row += mmaM)
    state.as.push_back(
        loadHalfAFragment(b, shared, b.add(a, row * halfRowBytes)));
}

void GroupMatmulKernelBuilder::loadWords(State &state, Value stage,
                                         int64_t columnBlock) {
  state.words.clear();
  const int64_t rowBytes =
      tile.warpsK * warpDepth / fragments::blockColumns * fragments::blockBytes;
  auto vectorType = VectorType::get({wordsPerLane}, b.getI32Type());
  Value first = b.add(b.add(wordOffset, b.mul(stage, wordsPerLane)),
                      columnBlock * fragments::blockBytes / 4);
  for (int64_t i = 0; i < warpN / fragments::blockRows; ++i) {
    state.words.push_back(vector::LoadOp::create(
        b, vectorType, sharedWords, b.add(first, i * rowBytes / 4),
        /*nontemporal=*/false, llvm::MaybeAlign(chunkBytes)));
  }
}

/// The offsets of a group's codes for each fragment along n.
SmallVector<CodeOffsets> GroupMatmulKernelBuilder::loadOffsets(Value stage,
                                                               int64_t group) {
  SmallVector<CodeOffsets> offsets;
  if (!kernel.hasZeros) {
    offsets.assign(warpN / mmaN, getCodeOffsets(b, type));
    return offsets;
  }
  auto pair = VectorType::get({2}, b.getI8Type());
  Value first =
      b.add(b.add(zeroOffset, b.mul(stage, chunkBytes)), group * tile.n);
  for (int64_t column = 0; column < warpN; column += fragments::blockRows) {
    Value zeros =
        vector::LoadOp::create(b, pair, shared, b.add(first, column),
                               /*nontemporal=*/false, llvm::MaybeAlign(2));
    for (int64_t i = 0; i < 2; ++i)
      offsets.push_back(
          getCodeOffsets(b, type, vector::ExtractOp::create(b, zeros, i)));
  }
  return offsets;
}

void GroupMatmulKernelBuilder::multiplyStep(ArrayRef<AFragment> as,
                                            ArrayRef<Value> words, int64_t step,
                                            ArrayRef<CodeOffsets> offsets,
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
  Value first =
      b.add(b.add(scaleOffset, b.mul(stage, scalesPerLane)), group * tile.n);
  for (int64_t j = 0; j < fragmentsN; j += 2) {
    Value scales = vector::LoadOp::create(
        b, vectorType, sharedScales, b.add(first, j * mmaN),
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

static Value toMatrix(KernelBuilder &b, Value first, Value second, Value third,
                      Value fourth) {
  return vector::FromElementsOp::create(
      b, VectorType::get({2, 2}, b.getF32Type()),
      ValueRange{first, second, third, fourth});
}

/// Adds the sums of the warps along k by shared memory: each gets a part of the
/// fragments along n.
SmallVector<Value>
GroupMatmulKernelBuilder::addWarps(ArrayRef<CFragment> sums) {
  const int64_t fragmentsN = warpN / mmaN, share = fragmentsN / tile.warpsK;
  const int64_t warpSums = static_cast<int64_t>(sums.size()) * warpSize * 4;
  auto quad = VectorType::get({4}, b.getF32Type());
  waitForTiles(/*numPending=*/0);
  Value warp = b.add(b.mul(warpRow, tile.warpsN), warpColumn);
  Value first = b.add(b.mul(warp, warpSums), b.mul(lane, 4));
  const int64_t sliceSums = tile.warpsM * tile.warpsN * warpSums;
  auto getPlace = [&](int64_t fragment) { return fragment * warpSize * 4; };
  Value own = b.add(first, b.mul(warpSlice, sliceSums));
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value values =
        vector::FromElementsOp::create(b, quad, ValueRange(ArrayRef(sum)));
    vector::StoreOp::create(b, values, sharedScales, b.add(own, getPlace(i)),
                            /*nontemporal=*/false,
                            llvm::MaybeAlign(chunkBytes));
  }
  gpu::BarrierOp::create(b);

  SmallVector<Value> results;
  Value part = b.add(first, b.mul(warpSlice, getPlace(share)));
  for (int64_t i = 0; i < warpM / mmaM; ++i)
    for (int64_t j = 0; j < share; ++j) {
      Value total;
      for (int64_t slice = 0; slice < tile.warpsK; ++slice) {
        int64_t offset = slice * sliceSums + getPlace(i * fragmentsN + j);
        Value next = vector::LoadOp::create(
            b, quad, sharedScales, b.add(part, offset), /*nontemporal=*/false,
            llvm::MaybeAlign(chunkBytes));
        total =
            total ? arith::AddFOp::create(b, total, next).getResult() : next;
      }
      SmallVector<Value> values;
      for (int64_t r = 0; r < 4; ++r)
        values.push_back(vector::ExtractOp::create(b, total, r));
      results.push_back(
          toMatrix(b, values[0], values[1], values[2], values[3]));
    }
  return results;
}

void GroupMatmulKernelBuilder::buildEpilogue(ArrayRef<CFragment> sums) {
  const int64_t share = warpN / tile.warpsK;
  epilogue.lane = lane;
  epilogue.workspace.thread = thread;
  epilogue.row = b.add(firstRow, b.mul(warpRow, warpM));
  epilogue.column = b.add(firstColumn, b.mul(warpColumn, warpN));
  epilogue.fragmentsPerRow = share / mmaN;
  SmallVector<Value> results;
  if (tile.warpsK > 1) {
    epilogue.column = b.add(epilogue.column, b.mul(warpSlice, share));
    results = addWarps(sums);
  } else {
    results = llvm::map_to_vector(sums, [&](const CFragment &sum) {
      return toMatrix(b, sum[0], sum[1], sum[2], sum[3]);
    });
  }
  buildMatmulEpilogue(b, epilogue, results);
}

gpu::GPUFuncOp
mlir::quantmlir::buildGroupMatmulKernel(KernelBuilder &b,
                                        const GroupMatmulKernel &kernel) {
  return GroupMatmulKernelBuilder(b, kernel).build();
}
