//===- MatmulKernel.cpp - quant.matmul on i8 codes as a kernel ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block makes a tile of y in the registers of its warps. Shared memory holds
// `stages` tiles of x and w, 64 codes deep: while one is multiplied, the next
// ones are copied.
//
//   copy tiles 0 … stages - 2; wait for tile 0; load fragments of its k 0 … 31
//   for each tile t:
//     start to copy tile t + stages - 1 over tile t - 1
//     load fragments of k 32 … 63; multiply those of k 0 … 31
//     wait for tile t + 1; barrier; load fragments of its k 0 … 31
//     multiply those of k 32 … 63
//
// So tensor cores work while fragments load, and one barrier a tile does: it
// tells that tile t + 1 has arrived for all and that all have read tile t.
//
// Rows beyond the end of x or w are the last row again; what they give is not
// stored. In tiles of few rows, for which x may be a single one, those of x are
// zeros, which costs no bytes. Columns beyond the end are filled with zeros,
// which only the last tiles need. All others run in a loop without a condition
// that is unrolled by the number of stages, which makes every offset in shared
// memory a constant.
//
//===----------------------------------------------------------------------===//

#include "BlockPosition.h"
#include "ChunkCopies.h"
#include "FragmentLayouts.h"
#include "KernelBuilder.h"
#include "MatmulEpilogue.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::quantmlir;

static constexpr int64_t chunksPerRow = tileK / chunkBytes;
static constexpr int64_t stepsPerTile = tileK / mmaK;
static_assert(stepsPerTile == 2, "the pipeline is written for two steps");

LaunchGeometry mlir::quantmlir::getMatmulGeometry(const MatmulKernel &kernel) {
  const MatmulTile &tile = kernel.tile;
  return {tile.getThreads(), tile.m, tile.n, tile.getSharedBytes(),
          tile.splits};
}

namespace {
/// A thread's chunk of a row.
struct Source {
  /// Where the chunk of k = 0 starts.
  Value start;
  /// Whether the row exists, and the codes of a chunk that do; null where rows
  /// beyond the end are the last one again.
  Value isInside, count;
};

/// A matrix of codes in global memory, and the rows of it that this block uses.
struct Operand {
  /// The matrix, flat.
  Value codes;
  Value rows, pitch;
  Value firstRow;
  int64_t tileRows;
  /// Whether rows beyond the end are zeros, and not the last one again.
  bool hasZeroRows = false;
  /// Where its tiles lie in a stage.
  int64_t place;
  /// This thread's chunks in `codes`, one for each pass of the block over the
  /// tile's rows.
  SmallVector<Source> sources;
};

/// What the main loop carries: sums, and the fragments to be multiplied next.
struct State {
  SmallVector<Value> sums, as, bs;

  SmallVector<Value> flatten() const {
    SmallVector<Value> values(sums);
    values.append(as);
    values.append(bs);
    return values;
  }
  State unflatten(ValueRange values) const {
    State state;
    llvm::append_range(state.sums, values.take_front(sums.size()));
    values = values.drop_front(sums.size());
    llvm::append_range(state.as, values.take_front(as.size()));
    llvm::append_range(state.bs, values.drop_front(as.size()));
    return state;
  }
};

/// Offsets in shared memory of the stage that is multiplied, the one after it,
/// and the one that was multiplied before, which is filled anew.
struct Stages {
  Value current, next, filled;
};

class MatmulKernelBuilder {
public:
  MatmulKernelBuilder(KernelBuilder &b, const MatmulKernel &kernel)
      : b(b), kernel(kernel), tile(kernel.tile), warpM(tile.m / tile.warpsM),
        warpN(tile.n / tile.warpsN) {}

  gpu::GPUFuncOp build();

private:
  void buildArguments(gpu::GPUFuncOp function);
  void buildPosition();
  void buildSources(Operand &operand);

  SmallVector<Value> buildMainLoop();
  State buildPrologue();
  Value buildFullTiles(State &state);
  void buildRemainingTiles(State &state, Value first);
  void multiplyTile(State &state, const Stages &stages, Value fetchedK,
                    bool isFull);
  void loadFragments(State &state, Value stage, int64_t step);
  void multiply(State &state, ArrayRef<Value> as, ArrayRef<Value> bs);

  void copyTiles(Value stage, Value k, bool isFull);
  void copyTile(const Operand &operand, Value stage, Value k, bool isFull);
  void waitForTile();

  KernelBuilder &b;
  const MatmulKernel &kernel;
  const MatmulTile &tile;
  const int64_t warpM, warpN;
  MatmulEpilogue epilogue;
  /// The columns of K that the block multiplies.
  Value k, firstK;
  Operand x, w;
  Value shared;
  Value thread, lane;
  /// Where the thread's chunk of a tile lies: in its row, and in the tile.
  Value chunkColumn, chunkTarget;
  /// Where this warp's part starts in the block's tile.
  Value warpRow, warpColumn;
  /// Where this lane finds its fragments in a stage, for each step.
  Value aOffsets[stepsPerTile], bOffsets[stepsPerTile];
};
} // namespace

gpu::GPUFuncOp MatmulKernelBuilder::build() {
  Type i8 = b.getI8Type(), f32 = b.getF32Type();
  SmallVector<Type> pointees = {i8, i8, f32, f32};
  if (kernel.hasBias)
    pointees.push_back(f32);
  pointees.push_back(kernel.outputType);
  llvm::append_range(
      pointees,
      getFurtherPointees(b.getContext(), kernel, kernel.epilogue, tile.splits));
  gpu::GPUFuncOp function =
      createKernelFunction(b, kernel, pointees, /*numSizes=*/6);
  buildArguments(function);
  buildPosition();
  epilogue.row = b.add(x.firstRow, warpRow);
  epilogue.column = b.add(w.firstRow, warpColumn);
  epilogue.lane = lane;
  epilogue.workspace.thread = thread;
  buildMatmulEpilogue(b, epilogue, buildMainLoop());
  gpu::ReturnOp::create(b);
  return function;
}

void MatmulKernelBuilder::buildArguments(gpu::GPUFuncOp function) {
  epilogue = getMatmulEpilogue(kernel);
  Block::args_iterator argument = function.getArguments().begin();
  Value xPointer = *argument++, wPointer = *argument++;
  epilogue.inputScale = *argument++;
  epilogue.weightScale = *argument++;
  if (kernel.hasBias)
    epilogue.bias = *argument++;
  Value yPointer = *argument++;
  takeFurtherPointers(epilogue, argument);
  epilogue.m = x.rows = *argument++;
  epilogue.n = w.rows = *argument++;
  k = *argument++;
  x.pitch = *argument++;
  w.pitch = *argument++;
  Value yPitch = *argument++;

  x.codes = b.vector(xPointer, b.mul(x.rows, x.pitch));
  w.codes = b.vector(wPointer, b.mul(w.rows, w.pitch));
  epilogue.y = b.matrix(yPointer, epilogue.m, epilogue.n, yPitch);
  x.tileRows = tile.m;
  x.hasZeroRows = tile.m < rowsWorthCopying;
  w.tileRows = tile.n;
  x.place = 0;
  w.place = tile.m * tileK;
  shared = getSharedMemory(b, tile.getSharedBytes());
  firstK = b.index(0);
  if (tile.splits == 1)
    return;
  SplitRange range = getSplitRange(b, k, tileK, tile.splits);
  firstK = range.first;
  k = range.size;
}

void MatmulKernelBuilder::buildPosition() {
  thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
  BlockPosition block = getBlockPosition(b);
  x.firstRow = b.mul(block.row, tile.m);
  w.firstRow = b.mul(block.column, tile.n);
  lane = b.rem(thread, warpSize);
  Value warp = b.div(thread, warpSize);
  warpRow = b.mul(b.div(warp, tile.warpsN), warpM);
  warpColumn = b.mul(b.rem(warp, tile.warpsN), warpN);

  aOffsets[0] = b.add(getALaneOffset(b, lane), b.mul(warpRow, tileK));
  bOffsets[0] =
      b.add(getBLaneOffset(b, lane), b.add(b.mul(warpColumn, tileK), w.place));
  aOffsets[1] = b.bitXor(aOffsets[0], b.index(mmaK));
  bOffsets[1] = b.bitXor(bOffsets[0], b.index(mmaK));

  Value row = b.div(thread, chunksPerRow), chunk = b.rem(thread, chunksPerRow);
  chunkColumn = b.mul(chunk, chunkBytes);
  chunkTarget = getChunkOffset(b, row, chunk);
  buildSources(x);
  buildSources(w);
}

void MatmulKernelBuilder::buildSources(Operand &operand) {
  const int64_t rowsPerPass = tile.getThreads() / chunksPerRow;
  Value lastRow = b.sub(operand.rows, b.index(1));
  Value row = b.add(operand.firstRow, b.div(thread, chunksPerRow));
  for (int64_t first = 0; first < operand.tileRows; first += rowsPerPass) {
    Value globalRow = b.add(row, first);
    Value inside = b.min(globalRow, lastRow);
    Value start = b.add(b.mul(inside, operand.pitch), chunkColumn);
    Source source = {b.add(start, firstK), Value(), Value()};
    if (operand.hasZeroRows) {
      source.isInside = b.less(globalRow, operand.rows);
      source.count = b.select(source.isInside, b.index(chunkBytes), b.index(0));
    }
    operand.sources.push_back(source);
  }
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

SmallVector<Value> MatmulKernelBuilder::buildMainLoop() {
  State state = buildPrologue();
  // Narrow copies have no fast form.
  Value first =
      kernel.copyBytes == chunkBytes ? buildFullTiles(state) : b.index(0);
  buildRemainingTiles(state, first);
  return state.sums;
}

State MatmulKernelBuilder::buildPrologue() {
  for (int64_t t = 0; t < tile.stages - 1; ++t)
    copyTiles(b.index(t * tile.getStageBytes()), b.index(t * tileK),
              /*isFull=*/false);
  waitForTile();
  State state;
  state.sums.assign(warpM / mmaM * (warpN / mmaN),
                    b.zero(getCFragmentType(b.getContext())));
  loadFragments(state, b.index(0), /*step=*/0);
  return state;
}

/// Multiplies tiles as long as whole tiles are fetched, a round of all stages
/// at a time, or two where stages are few: what advances the addresses is a
/// smaller share of a longer pass. Returns the number of the next tile.
Value MatmulKernelBuilder::buildFullTiles(State &state) {
  const int64_t stageBytes = tile.getStageBytes();
  const int64_t round = tile.stages < 4 ? 2 * tile.stages : tile.stages;
  Value fullTiles = b.div(k, tileK);
  Value ahead = b.index(tile.stages - 1);
  Value count =
      b.select(b.less(ahead, fullTiles), b.sub(fullTiles, ahead), b.index(0));
  Value end = b.mul(b.div(count, round), round);
  // What follows computes its addresses anew, so that this loop has registers.
  SmallVector<Source> xSources = x.sources, wSources = w.sources;
  for (Source &source : llvm::concat<Source>(x.sources, w.sources))
    source.start = b.keepWhole(source.start);

  auto loop = scf::ForOp::create(b, b.index(0), b.mul(end, tileK),
                                 b.index(round * tileK), state.flatten());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    State inside = state.unflatten(loop.getRegionIterArgs());
    Value fetchedK = b.add(loop.getInductionVar(), (tile.stages - 1) * tileK);
    for (int64_t s = 0; s < round; ++s) {
      auto stage = [&](int64_t i) {
        return b.index(i % tile.stages * stageBytes);
      };
      multiplyTile(inside, {stage(s), stage(s + 1), stage(s + tile.stages - 1)},
                   b.add(fetchedK, s * tileK), /*isFull=*/true);
    }
    scf::YieldOp::create(b, inside.flatten());
  }
  state = state.unflatten(loop.getResults());
  x.sources = std::move(xSources);
  w.sources = std::move(wSources);
  return end;
}

/// Multiplies the tiles from `first` on, which lies in stage 0.
void MatmulKernelBuilder::buildRemainingTiles(State &state, Value first) {
  const int64_t stageBytes = tile.getStageBytes();
  Value last = b.index((tile.stages - 1) * stageBytes), zero = b.index(0);
  Value tiles = b.div(b.add(k, tileK - 1), tileK);
  SmallVector<Value> carried = state.flatten();
  carried.push_back(zero);

  auto loop = scf::ForOp::create(b, first, tiles, b.index(1), carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  ValueRange arguments = loop.getRegionIterArgs();
  State inside = state.unflatten(arguments.drop_back());
  Stages stages;
  stages.current = arguments.back();
  stages.next = b.select(b.less(stages.current, last),
                         b.add(stages.current, stageBytes), zero);
  stages.filled = b.select(b.less(zero, stages.current),
                           b.sub(stages.current, b.index(stageBytes)), last);
  Value fetched = b.add(loop.getInductionVar(), tile.stages - 1);
  multiplyTile(inside, stages, b.mul(fetched, tileK), /*isFull=*/false);
  carried = inside.flatten();
  carried.push_back(stages.next);
  scf::YieldOp::create(b, carried);
  state = state.unflatten(loop.getResults().drop_back());
}

void MatmulKernelBuilder::multiplyTile(State &state, const Stages &stages,
                                       Value fetchedK, bool isFull) {
  SmallVector<Value> as = state.as, bs = state.bs;
  copyTiles(stages.filled, fetchedK, isFull);
  loadFragments(state, stages.current, /*step=*/1);
  multiply(state, as, bs);

  as = state.as;
  bs = state.bs;
  waitForTile();
  loadFragments(state, stages.next, /*step=*/0);
  multiply(state, as, bs);
}

void MatmulKernelBuilder::loadFragments(State &state, Value stage,
                                        int64_t step) {
  state.as.clear();
  state.bs.clear();
  Value a = b.add(aOffsets[step], stage), w = b.add(bOffsets[step], stage);
  for (int64_t row = 0; row < warpM; row += mmaM)
    state.as.push_back(loadAFragment(b, shared, b.add(a, row * tileK)));
  for (int64_t column = 0; column < warpN; column += 2 * mmaN) {
    auto [first, second] = loadBFragments(b, shared, b.add(w, column * tileK));
    state.bs.append({first, second});
  }
}

/// Adds the products of fragments to the sums, which stand row by row.
void MatmulKernelBuilder::multiply(State &state, ArrayRef<Value> as,
                                   ArrayRef<Value> bs) {
  for (auto [i, a] : llvm::enumerate(as))
    for (auto [j, w] : llvm::enumerate(bs)) {
      Value &sum = state.sums[i * bs.size() + j];
      sum = nvgpu::MmaSyncOp::create(b, a, w, sum,
                                     ArrayRef<int64_t>{mmaM, mmaN, mmaK});
    }
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Waits until the tile that was fetched `stages` - 1 tiles ago has arrived for
/// all threads.
void MatmulKernelBuilder::waitForTile() {
  if (kernel.copyBytes > 1)
    NVVM::CpAsyncWaitGroupOp::create(b, tile.stages - 2);
  gpu::BarrierOp::create(b);
}

/// Starts to copy columns [k, k + tileK) of both operands to a stage. If they
/// are full, the columns all exist.
void MatmulKernelBuilder::copyTiles(Value stage, Value k, bool isFull) {
  copyTile(x, stage, k, isFull);
  copyTile(w, stage, k, isFull);
  // nvgpu.device_async_create_group wants the tokens of copies, which those
  // under a condition do not have outside of it; without any, it prints what
  // does not parse.
  if (kernel.copyBytes > 1)
    NVVM::CpAsyncCommitGroupOp::create(b);
}

void MatmulKernelBuilder::copyTile(const Operand &operand, Value stage, Value k,
                                   bool isFull) {
  OpBuilder::InsertionGuard insertion(b);
  const int64_t rowsPerPass = tile.getThreads() / chunksPerRow;
  if (operand.tileRows < rowsPerPass) {
    Value works = b.less(thread, b.index(operand.tileRows * chunksPerRow));
    auto guard = scf::IfOp::create(b, works);
    b.setInsertionPointToStart(guard.thenBlock());
  }
  Value target = b.add(b.add(chunkTarget, operand.place), stage);
  ChunkCopy copy{operand.codes, shared, this->k, kernel.copyBytes};
  for (const Source &source : operand.sources) {
    Value from = b.add(source.start, k);
    if (isFull)
      copyWholeChunk(b, copy, from, target, source.count);
    else
      copyChunk(b, copy, from, target, b.add(chunkColumn, k), source.isInside);
    // The swizzle repeats every 8 rows.
    target = b.add(target, rowsPerPass * tileK);
  }
}

gpu::GPUFuncOp mlir::quantmlir::buildMatmulKernel(KernelBuilder &b,
                                                  const MatmulKernel &kernel) {
  return MatmulKernelBuilder(b, kernel).build();
}
