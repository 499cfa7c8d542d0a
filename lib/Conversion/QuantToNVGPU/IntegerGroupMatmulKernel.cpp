//===- IntegerGroupMatmulKernel.cpp - 4-bit weights, integer inputs -------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a `quant.group_matmul` on 8- or 4-bit activations. A block
// makes a tile of y in the registers of its warps. Shared memory holds `stages`
// tiles of x, of the packed weight, and of scales and zero points, 128 columns
// of K for each of the warps along k.
//
//   copy tiles 0 … stages - 2; wait for tile 0; load its first fragments
//   for each tile t:
//     start to copy tile t + stages - 1 over tile t - 1
//     for each pair of a step of 32 columns and of 16 rows, in some order:
//       load the fragment of x that is used a few pairs later; those of the
//       next tile after it was waited for, and a barrier
//       multiply
//
// 8-bit activations: for each step the weight is unpacked and scaled to 8 bits,
// and 16 rows after the other are multiplied. All sums are of the same scale.
//
// 4-bit activations: words of codes are multiplied as they are. The sums of a
// group, of 16 rows at a time, are then multiplied by its scale and added.
// Where there are zero points, a product with ones gives the sums of the rows
// of x, of which the zero point times as much is too much.
//
// Rows beyond the end of x or of the weight are the last row, or block of rows,
// again; what they give is not stored. In tiles of few rows, for which x may be
// a single one, they are zeros, which costs no bytes. Columns beyond K are
// zeros.
//
//===----------------------------------------------------------------------===//

#include "InputTiles.h"
#include "IntegerGroupMatmulState.h"
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
static constexpr int64_t rowBytes = warpDepth;
static constexpr int64_t stepsPerTile = warpDepth / mmaK;
static constexpr int64_t stepsPerBlock = fragments::blockColumns / mmaK;
static constexpr int64_t blocksPerTile = stepsPerTile / stepsPerBlock;
/// The fragments of x that are loaded ahead: two where a thread has more sums
/// than this, since registers are scarce then.
static constexpr int64_t maxFragmentsAhead = 4, manySums = 64;
/// Eight codes 1.
static constexpr int64_t ones = 0x11111111;

LaunchGeometry mlir::quantmlir::getIntegerGroupMatmulGeometry(
    const IntegerGroupMatmulKernel &kernel) {
  const GroupMatmulTile &tile = kernel.tile;
  return {tile.getThreads(), tile.m, tile.n, kernel.getSharedBytes(),
          tile.splits};
}

namespace {
using State = IntegerGroupMatmulState;

/// A pass of the loop: stages, the number of the tile that is multiplied, and
/// whether the one that is copied is in parts, between the products. Then its
/// columns all exist.
struct Pass {
  Stages stages;
  Value number;
  bool copiesByParts;
};

class IntegerGroupMatmulKernelBuilder {
public:
  IntegerGroupMatmulKernelBuilder(KernelBuilder &b,
                                  const IntegerGroupMatmulKernel &kernel);
  gpu::GPUFuncOp build();

private:
  void buildArguments(gpu::GPUFuncOp function);
  void buildPosition(Value threadId, Value blockX, Value blockY);
  void buildPositionAgain();

  State buildMainLoop();
  void buildTiles(State &state, Value first, Value end, bool isFull);
  void multiplyBytes(State &state, const Pass &pass);
  void multiplyNibbles(State &state, const Pass &pass);
  void multiplyGroup(State &state, const Pass &pass, int64_t group,
                     const Parameters &parameters,
                     ArrayRef<SmallVector<Value>> words);
  AFragment takeFragment(State &state, const Pass &pass, int64_t position);
  void enterTile(State &state, Value stage);
  AFragment loadA(Value stage, const Position &position);
  SmallVector<Value> loadWords(Value stage, int64_t columnBlock);
  Parameters loadParameters(Value stage, int64_t group);
  Value getParameter(ArrayRef<Value> values, int64_t fragment, int64_t column);

  void buildEpilogue(ArrayRef<CFragment> sums);

  TileCopier getCopier() const { return {thread, tile.getThreads(), ahead}; }
  int64_t getStepsPerGroup() const { return kernel.getGroupSize() / mmaK; }
  Value getInteger(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getI32Type(), value);
  }
  CFragment getZeros() {
    CFragment zeros;
    zeros.fill(getInteger(0));
    return zeros;
  }

  KernelBuilder &b;
  const IntegerGroupMatmulKernel &kernel;
  const GroupMatmulTile &tile;
  /// How many tiles copies are ahead of products.
  const int64_t ahead;
  const int64_t warpM, warpN, fragmentsN;
  /// The order in which a tile's products are made.
  SmallVector<Position> positions;
  MatmulEpilogue epilogue;
  Value m, n, xPitch;
  Value xPointer, wPointer, scalePointer, zeroPointer;
  PackedWeight weight;
  SmallVector<TileOperand> operands;
  /// Shared memory as bytes.
  Value shared;
  Value thread, firstRow, firstColumn;
  WarpPosition warp;
  /// Where this lane finds its fragments of x for each step, its codes, scales
  /// and zero points in a stage.
  std::array<Value, stepsPerTile> aOffsets;
  Value wordOffset, scaleOffset, zeroOffset;
};
} // namespace

IntegerGroupMatmulKernelBuilder::IntegerGroupMatmulKernelBuilder(
    KernelBuilder &b, const IntegerGroupMatmulKernel &kernel)
    : b(b), kernel(kernel), tile(kernel.tile), ahead(tile.stages - 1),
      warpM(tile.m / tile.warpsM), warpN(tile.n / tile.warpsN),
      fragmentsN(warpN / mmaN) {
  const int64_t rows = warpM / mmaM;
  // All rows for a step, or, so that few sums of a group are kept, all steps of
  // a group for some rows.
  const int64_t inner = kernel.usesNibbles ? getStepsPerGroup() : 1;
  for (int64_t first = 0; first < stepsPerTile; first += inner)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t step = first; step < first + inner; ++step)
        positions.push_back({step, row});
}

gpu::GPUFuncOp IntegerGroupMatmulKernelBuilder::build() {
  Type i8 = b.getI8Type(), f32 = b.getF32Type();
  SmallVector<Type> pointees = {i8, i8};
  if (kernel.hasScales)
    pointees.push_back(i8);
  if (kernel.hasZeros)
    pointees.push_back(i8);
  pointees.append({f32, f32});
  if (kernel.hasBias)
    pointees.push_back(f32);
  pointees.push_back(kernel.outputType);
  llvm::append_range(
      pointees,
      getFurtherPointees(b.getContext(), kernel, kernel.epilogue, tile.splits));
  gpu::GPUFuncOp function =
      createKernelFunction(b, kernel, pointees, /*numSizes=*/5);
  // Else ptxas spills some registers to have another block at a time, of which
  // divided products have no more to run.
  if (kernel.usesNibbles && kernel.copyBytes == chunkBytes && tile.splits > 1)
    function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                      b.getI32IntegerAttr(1));
  buildArguments(function);
  buildPosition(gpu::ThreadIdOp::create(b, gpu::Dimension::x),
                gpu::BlockIdOp::create(b, gpu::Dimension::x),
                gpu::BlockIdOp::create(b, gpu::Dimension::y));
  buildEpilogue(buildMainLoop().sums);
  gpu::ReturnOp::create(b);
  return function;
}

void IntegerGroupMatmulKernelBuilder::buildArguments(gpu::GPUFuncOp function) {
  Block::args_iterator argument = function.getArguments().begin();
  xPointer = *argument++;
  wPointer = *argument++;
  if (kernel.hasScales)
    scalePointer = *argument++;
  if (kernel.hasZeros)
    zeroPointer = *argument++;
  epilogue.outputType = kernel.outputType;
  epilogue.storeSize = kernel.storeSize;
  epilogue.following = kernel.epilogue;
  epilogue.tokenScales = kernel.tokenScales;
  epilogue.channelScales = true;
  epilogue.inputScale = *argument++;
  epilogue.weightScale = *argument++;
  if (kernel.hasBias)
    epilogue.bias = *argument++;
  Value yPointer = *argument++;
  epilogue.workspace.splits = tile.splits;
  epilogue.workspace.tileColumns = tile.n;
  takeFurtherPointers(epilogue, argument);
  epilogue.m = m = *argument++;
  epilogue.n = n = *argument++;
  weight = getPackedWeight(b, tile, kernel.getGroupSize(), n, *argument++);
  xPitch = *argument++;
  epilogue.y = b.matrix(yPointer, m, n, *argument++);
  shared = getSharedMemory(b, kernel.getSharedBytes());
}

/// Computes what depends on the thread and its block: what it copies and where
/// its fragments are.
void IntegerGroupMatmulKernelBuilder::buildPosition(Value threadId,
                                                    Value blockX,
                                                    Value blockY) {
  thread = threadId;
  firstRow = b.mul(blockX, tile.m);
  firstColumn = b.mul(blockY, tile.n);
  weight.firstColumn = firstColumn;
  warp = getWarpPosition(b, tile, thread);

  // x: for each warp along k all rows of its columns.
  Value a = b.add(b.mul(warp.slice, tile.m * rowBytes),
                  b.mul(warp.row, warpM * rowBytes));
  a = b.add(a, getInputLaneOffset(b, rowBytes, warp.lane));
  for (int64_t step = 0; step < stepsPerTile; ++step)
    aOffsets[step] = b.bitXor(a, b.index(step * 2 * chunkBytes));

  wordOffset = getWordOffset(b, warp, kernel.getInputBytes());

  // Scales and zero points: for each group those of all columns. A lane needs
  // those of rows g and g + 8 of the weight, or of columns 2t, 2t + 8, 2t + 1
  // and 2t + 9 of y.
  const int64_t perLane = kernel.usesNibbles ? 4 : 2;
  Value group = b.mul(warp.slice, warpDepth / kernel.getGroupSize());
  Value first = b.add(b.mul(group, tile.n), b.mul(warp.column, warpN));
  first =
      b.add(first, kernel.usesNibbles ? b.mul(b.rem(warp.lane, 4), perLane)
                                      : b.mul(b.div(warp.lane, 4), perLane));
  const int64_t place = kernel.getInputBytes() + kernel.getWeightBytes();
  scaleOffset = b.div(b.add(first, place), perLane);
  zeroOffset = b.div(b.add(first, place + kernel.getScaleBytes()), perLane);

  operands = {getInputOperand(b,
                              {xPointer, m, xPitch, firstRow, kernel.copyBytes},
                              weight, getCopier(), shared),
              getWeightOperand(b, weight, getCopier(), wPointer, shared,
                               kernel.getInputBytes())};
  if (kernel.hasScales)
    operands.push_back(getParameterOperand(b, weight, getCopier(), scalePointer,
                                           shared, place));
  if (kernel.hasZeros)
    operands.push_back(getParameterOperand(b, weight, getCopier(), zeroPointer,
                                           shared,
                                           place + kernel.getScaleBytes()));
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

State IntegerGroupMatmulKernelBuilder::buildMainLoop() {
  for (int64_t t = 0; t < tile.stages - 1; ++t)
    copyTile(b, getCopier(), operands, wholeTile,
             b.index(t * kernel.getStageBytes()), b.index(t - ahead),
             /*isFull=*/false);
  waitForTiles(b, tile.stages - 2);
  State state;
  state.sums.assign(warpM / mmaM * fragmentsN, getZeros());
  const int64_t fragments = tile.getSums() > manySums ? 2 : maxFragmentsAhead;
  const auto half = static_cast<int64_t>(positions.size()) / 2;
  for (int64_t i = 0; i < std::min(fragments, half); ++i)
    state.as.push_back(loadA(b.index(0), positions[i]));
  enterTile(state, b.index(0));
  state.stage = getInteger(0);
  state.filled = getInteger(ahead * kernel.getStageBytes());
  Value first = b.index(0);
  // Narrow copies have no fast form.
  if (kernel.copyBytes == chunkBytes) {
    first = getFullTiles(b, weight.k, tile.getDepth(), ahead);
    buildTiles(state, b.index(0), first, /*isFull=*/true);
  }
  Value tiles = b.div(b.add(weight.k, tile.getDepth() - 1), tile.getDepth());
  buildTiles(state, first, tiles, /*isFull=*/false);
  buildPositionAgain();
  return state;
}

/// Computes what depends on the thread and its block anew.
void IntegerGroupMatmulKernelBuilder::buildPositionAgain() {
  buildPosition(readAgain(b, "%tid.x"), readAgain(b, "%ctaid.x"),
                readAgain(b, "%ctaid.y"));
}

/// Multiplies tiles [first, end).
void IntegerGroupMatmulKernelBuilder::buildTiles(State &state, Value first,
                                                 Value end, bool isFull) {
  state = buildTileLoop(
      b, {kernel.getStageBytes(), ahead}, first, end, state,
      [&](State &inside, const Stages &stages, Value number) {
        // The few tiles at the end have no registers for
        // addresses between copies.
        if (!isFull && kernel.copyBytes == chunkBytes)
          buildPositionAgain();
        // Only where there are many products between them do parts save more
        // than they cost.
        const bool copiesByParts =
            isFull && (kernel.usesNibbles || tile.getSums() > manySums);
        if (!copiesByParts)
          copyTile(b, getCopier(), operands, wholeTile, stages.filled, number,
                   isFull);
        if (kernel.usesNibbles)
          multiplyNibbles(inside, {stages, number, copiesByParts});
        else
          multiplyBytes(inside, {stages, number, copiesByParts});
      });
}

/// The fragment of x of a position, while that of a later one is loaded. When
/// no more of this tile are to be loaded, the next tile is waited for.
AFragment IntegerGroupMatmulKernelBuilder::takeFragment(State &state,
                                                        const Pass &pass,
                                                        int64_t position) {
  const size_t later = position + state.as.size(), size = positions.size();
  // Before the next tile is waited for.
  const auto parts = static_cast<int64_t>(size / 2);
  if (pass.copiesByParts && position < parts)
    copyTile(b, getCopier(), operands, {position, parts}, pass.stages.filled,
             pass.number, /*isFull=*/true);
  if (later == size) {
    waitForTiles(b, tile.stages - 2);
    enterTile(state, pass.stages.next);
  }
  AFragment a = state.as.front();
  state.as.erase(state.as.begin());
  state.as.push_back(
      loadA(later < size ? pass.stages.current : pass.stages.next,
            positions[later % size]));
  return a;
}

/// Loads what the first products of a tile need besides fragments of x.
void IntegerGroupMatmulKernelBuilder::enterTile(State &state, Value stage) {
  state.words = loadWords(stage, /*columnBlock=*/0);
  state.parameters = loadParameters(stage, /*group=*/0);
}

/// Step by step: unpacks a step's fragments of the weight, and multiplies all
/// rows by them. Words and scales of later steps are loaded a step ahead.
void IntegerGroupMatmulKernelBuilder::multiplyBytes(State &state,
                                                    const Pass &pass) {
  const int64_t stepsPerGroup = getStepsPerGroup();
  SmallVector<Value> words = state.words;
  Parameters parameters = state.parameters;
  SmallVector<ByteScale> byteScales;
  SmallVector<BFragment> ws;
  for (auto [i, position] : llvm::enumerate(positions)) {
    const int64_t step = position.step, next = step + 1;
    if (position.row == 0) {
      if (step % stepsPerGroup == 0) {
        byteScales.clear();
        for (int64_t j = 0; j < fragmentsN; ++j)
          byteScales.push_back(
              getByteScale(b, getParameter(parameters.scales, j, 0),
                           getParameter(parameters.zeros, j, 0)));
      }
      if (next < stepsPerTile && next % stepsPerGroup == 0)
        parameters = loadParameters(pass.stages.current, next / stepsPerGroup);
      if (step % stepsPerBlock == 0 && step > 0)
        words = loadWords(pass.stages.current, step / stepsPerBlock);
      ws.clear();
      for (int64_t j = 0; j < fragmentsN; ++j) {
        Value word = vector::ExtractOp::create(
            b, words[j / 2], j % 2 * stepsPerBlock + step % stepsPerBlock);
        ws.push_back(unpackToBytes(b, word, byteScales[j]));
      }
    }
    AFragment a = takeFragment(state, pass, static_cast<int64_t>(i));
    for (int64_t j = 0; j < fragmentsN; ++j) {
      CFragment &sum = state.sums[position.row * fragmentsN + j];
      sum = multiplyIntegers(b, /*bits=*/8, a, ws[j], sum);
    }
  }
}

/// Group by group, 16 rows after the other.
void IntegerGroupMatmulKernelBuilder::multiplyNibbles(State &state,
                                                      const Pass &pass) {
  SmallVector<SmallVector<Value>> words = {state.words};
  for (int64_t block = 1; block < blocksPerTile; ++block)
    words.push_back(loadWords(pass.stages.current, block));
  Parameters parameters = state.parameters, next;
  const int64_t groups = warpDepth / kernel.getGroupSize();
  for (int64_t group = 0; group < groups; ++group) {
    if (group + 1 < groups)
      next = loadParameters(pass.stages.current, group + 1);
    multiplyGroup(state, pass, group, parameters, words);
    parameters = next;
  }
}

void IntegerGroupMatmulKernelBuilder::multiplyGroup(
    State &state, const Pass &pass, int64_t group, const Parameters &parameters,
    ArrayRef<SmallVector<Value>> words) {
  const int64_t rows = warpM / mmaM, stepsPerGroup = getStepsPerGroup();
  // A pair of steps fills the 64 columns of an mma; a single one 32.
  const int64_t stepsPerMma = std::min<int64_t>(stepsPerGroup, 2);
  int64_t position = group * stepsPerGroup * rows;
  for (int64_t row = 0; row < rows; ++row) {
    MutableArrayRef<CFragment> sums =
        MutableArrayRef(state.sums).slice(row * fragmentsN, fragmentsN);
    SmallVector<CFragment> groupSums(sums);
    if (kernel.hasScales)
      groupSums.assign(fragmentsN, getZeros());
    CFragment inputSums = getZeros();
    for (int64_t s = 0; s < stepsPerGroup; s += stepsPerMma) {
      SmallVector<Value> a;
      for (int64_t i = 0; i < stepsPerMma; ++i)
        llvm::append_range(
            a, packToNibbles(b, takeFragment(state, pass, position++)));
      const int64_t step = group * stepsPerGroup + s;
      for (int64_t j = 0; j < fragmentsN; ++j) {
        Value four = words[step / stepsPerBlock][j / 2];
        SmallVector<Value> w;
        for (int64_t i = 0; i < stepsPerMma; ++i)
          w.push_back(vector::ExtractOp::create(
              b, four, j % 2 * stepsPerBlock + step % stepsPerBlock + i));
        groupSums[j] = multiplyIntegers(b, /*bits=*/4, a, w, groupSums[j]);
      }
      if (kernel.hasZeros)
        inputSums = multiplyIntegers(
            b, /*bits=*/4, a, SmallVector<Value>(stepsPerMma, getInteger(ones)),
            inputSums);
    }
    for (int64_t j = 0; j < fragmentsN; ++j)
      for (int64_t r = 0; r < 4; ++r) {
        Value sum = groupSums[j][r];
        if (Value zero = getParameter(parameters.zeros, j, r % 2)) {
          Value less = b.sub(getInteger(fragments::codeOffset), zero);
          sum = b.add(b.mul(less, inputSums[r]), sum);
        }
        Value scale = getParameter(parameters.scales, j, r % 2);
        sums[j][r] = scale ? b.add(b.mul(scale, sum), sums[j][r]) : sum;
      }
  }
}

AFragment IntegerGroupMatmulKernelBuilder::loadA(Value stage,
                                                 const Position &position) {
  Value a = b.add(aOffsets[position.step], stage);
  return loadHalfAFragment(b, shared, b.add(a, position.row * mmaM * rowBytes));
}

SmallVector<Value>
IntegerGroupMatmulKernelBuilder::loadWords(Value stage, int64_t columnBlock) {
  return quantmlir::loadWords(b, tile, shared, wordOffset, stage, columnBlock);
}

/// The scales and zero points of a group.
Parameters IntegerGroupMatmulKernelBuilder::loadParameters(Value stage,
                                                           int64_t group) {
  const int64_t bytes = kernel.usesNibbles ? 4 : 2;
  Type type = kernel.usesNibbles ? b.getI32Type() : b.getI16Type();
  Value source = getSharedView(b, shared, type, stage);
  auto load = [&](Value offset) {
    Value first = b.add(offset, group * tile.n / bytes);
    SmallVector<Value> values;
    for (int64_t column = 0; column < warpN; column += fragments::blockRows) {
      Value loaded =
          memref::LoadOp::create(b, source, b.add(first, column / bytes));
      if (bytes < 4)
        loaded = arith::ExtUIOp::create(b, b.getI32Type(), loaded);
      values.push_back(loaded);
    }
    return values;
  };
  Parameters parameters;
  if (kernel.hasScales)
    parameters.scales = load(scaleOffset);
  if (kernel.hasZeros)
    parameters.zeros = load(zeroOffset);
  return parameters;
}

/// The scale or zero point of the lane's column in a fragment along n; null if
/// there are none.
Value IntegerGroupMatmulKernelBuilder::getParameter(ArrayRef<Value> values,
                                                    int64_t fragment,
                                                    int64_t column) {
  if (values.empty())
    return Value();
  const int64_t byte = column * 2 + fragment % 2;
  Value value = values[fragment / 2];
  value = arith::ShRUIOp::create(b, value, getInteger(byte * 8));
  return b.both(value, getInteger(255));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void IntegerGroupMatmulKernelBuilder::buildEpilogue(ArrayRef<CFragment> sums) {
  epilogue.workspace.thread = thread;
  buildGroupEpilogue(b, epilogue, {warp, firstRow, firstColumn},
                     getSharedView(b, shared, b.getI32Type()), sums);
}

gpu::GPUFuncOp mlir::quantmlir::buildIntegerGroupMatmulKernel(
    KernelBuilder &b, const IntegerGroupMatmulKernel &kernel) {
  return IntegerGroupMatmulKernelBuilder(b, kernel).build();
}
