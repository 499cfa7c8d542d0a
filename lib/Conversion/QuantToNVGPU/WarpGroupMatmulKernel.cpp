//===- WarpGroupMatmulKernel.cpp - quant.matmul by wgmma ------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of sm_90a. Warp groups of four warps have roles of their own:
//
//   consumers, 64 rows of the block's tile each:
//     for each tile t:
//       wait until its stage is full
//       multiply: four wgmma, 32 codes deep each, from shared memory
//       wait for the products of tile t - 1; its stage is empty
//     store y, or, where several blocks divide K, sums; the last block adds
//   the producer, last, one thread of it:
//     for each tile t:
//       wait until its stage is empty
//       copy boxes of x and w there; the stage is full once all bytes are there
//
// Two mbarriers a stage carry this: `full` expects one arrival and the bytes of
// both boxes, `empty` one arrival of each consuming warp. Products of one tile
// are still under way while those of the next are issued, so tensor cores never
// wait for a barrier that copies have reached.
//
// Tensor copies (TMA) fill what lies outside of x and w with zeros, so no tile
// is special. They store rows of 128 bytes whose chunks are swizzled as wgmma
// expects them.
//
//===----------------------------------------------------------------------===//

#include "BlockPosition.h"
#include "FragmentLayouts.h"
#include "KernelBuilder.h"
#include "MatmulEpilogue.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::quantmlir;

/// Threads of a warp group, rows and depth of one wgmma.
static constexpr int64_t warpGroupSize = 128, wgmmaM = 64, wgmmaK = 32;
static constexpr int64_t barrierBytes = 8;
/// Where swizzling repeats, and so what stages are aligned to.
static constexpr int64_t swizzleBytes = 1024;
/// A hint only: how long a wait may sleep, in nanoseconds.
static constexpr int64_t waitTicks = 10'000'000;

// All warps start with an equal share of a multiprocessor's registers, 168 of
// three warp groups or 128 of twice two; then the producer gives most of its
// own to the consumers, whose sums alone take up to 128.
static constexpr int64_t multiprocessorRegisters = 65536;
static constexpr int64_t registerUnit = 8;
static constexpr int64_t producerRegisters = 40;

int64_t mlir::quantmlir::getIntendedBlocks(const MatmulTile &tile) {
  return tile.getWarpGroups() == 1 ? 2 : 1;
}

int64_t mlir::quantmlir::getEqualRegisters(const MatmulTile &tile) {
  int64_t threads = tile.getThreads() * getIntendedBlocks(tile);
  return multiprocessorRegisters / threads / registerUnit * registerUnit;
}

namespace {
/// What a warp group's loop over tiles carries besides sums.
struct Position {
  /// The stage's number, and the parity of its barriers' phase.
  Value stage, parity;
};

class WarpGroupMatmulBuilder {
public:
  WarpGroupMatmulBuilder(KernelBuilder &b, const MatmulKernel &kernel)
      : b(b), kernel(kernel), tile(kernel.tile), groups(tile.m / wgmmaM),
        consumers(groups * warpGroupSize) {}

  gpu::GPUFuncOp build();

private:
  void buildArguments(gpu::GPUFuncOp function);
  void buildBarriers();
  void buildProducer();
  void buildConsumer();
  Value multiplyTile(Value sums, Value stage);
  Value order(StringRef instruction, Value sums);
  SmallVector<Value> getFragments(Value sums);

  Value toI32(Value index) {
    return b.createOrFold<arith::IndexCastUIOp>(b.getI32Type(), index);
  }
  Value constantI32(int64_t value) {
    return arith::ConstantIntOp::create(b, value, 32);
  }
  /// A pointer to a byte of shared memory, as a block or as a cluster sees it.
  Value getShared(Value offset, NVVM::NVVMMemorySpace space);
  Value getBarrier(int64_t first, Value stage);
  Value getFull(Value stage) { return getBarrier(0, stage); }
  Value getEmpty(Value stage) { return getBarrier(tile.stages, stage); }
  void wait(Value barrier, Value parity);
  void copyBox(Value map, Value offset, Value k, Value row, Value barrier);
  Value getDescriptor(Value offset);
  Position getFirst() { return {b.index(0), constantI32(0)}; }
  Position getNext(const Position &position);
  LLVM::LLVMStructType getSumsType();

  KernelBuilder &b;
  const MatmulKernel &kernel;
  const MatmulTile &tile;
  const int64_t groups;
  /// Threads that multiply.
  const int64_t consumers;
  MatmulEpilogue epilogue;
  Value xMap, wMap;
  /// The first of the block's columns of K, and its tiles along it.
  Value firstK, tiles;
  /// The first byte of shared memory.
  Value shared;
  Value thread;
  Value firstRow, firstColumn;
};
} // namespace

gpu::GPUFuncOp WarpGroupMatmulBuilder::build() {
  Type f32 = b.getF32Type();
  SmallVector<Type> pointees = {f32, f32};
  if (kernel.hasBias)
    pointees.push_back(f32);
  pointees.push_back(kernel.outputType);
  llvm::append_range(pointees,
                     getFurtherPointees(b.getContext(), kernel, kernel.epilogue,
                                        kernel.tile.splits));
  gpu::GPUFuncOp function = createKernelFunction(
      b, kernel, pointees, /*numSizes=*/4, /*numTensorMaps=*/2);
  // Without the number of blocks, ptxas does not know what setmaxnreg changes.
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    b.getI32IntegerAttr(getIntendedBlocks(tile)));
  buildArguments(function);
  buildBarriers();
  Value consumes = b.less(thread, b.index(consumers));
  auto roles = scf::IfOp::create(b, consumes, /*withElseRegion=*/true);
  OpBuilder::InsertPoint end = b.saveInsertionPoint();
  b.setInsertionPointToStart(roles.thenBlock());
  buildConsumer();
  b.setInsertionPointToStart(roles.elseBlock());
  buildProducer();
  b.restoreInsertionPoint(end);
  gpu::ReturnOp::create(b);
  return function;
}

void WarpGroupMatmulBuilder::buildArguments(gpu::GPUFuncOp function) {
  epilogue = getMatmulEpilogue(kernel);
  Block::args_iterator argument = function.getArguments().begin();
  xMap = *argument++;
  wMap = *argument++;
  epilogue.inputScale = *argument++;
  epilogue.weightScale = *argument++;
  if (kernel.hasBias)
    epilogue.bias = *argument++;
  Value yPointer = *argument++;
  takeFurtherPointers(epilogue, argument);
  epilogue.m = *argument++;
  epilogue.n = *argument++;
  Value k = *argument++;
  epilogue.y = b.matrix(yPointer, epilogue.m, epilogue.n, *argument++);
  firstK = b.index(0);
  if (tile.splits > 1) {
    SplitRange range = getSplitRange(b, k, tile.getDepth(), tile.splits);
    firstK = range.first;
    k = range.size;
  }
  tiles = b.div(b.add(k, tile.getDepth() - 1), tile.getDepth());
  Value memory = getSharedMemory(b, tile.getSharedBytes(), swizzleBytes);
  epilogue.workspace.flag = getSharedView(b, memory, b.getI32Type());
  shared = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
  thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
  BlockPosition block = getBlockPosition(b);
  firstRow = b.mul(block.row, tile.m);
  firstColumn = b.mul(block.column, tile.n);
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

Value WarpGroupMatmulBuilder::getShared(Value offset,
                                        NVVM::NVVMMemorySpace space) {
  Value address = b.createOrFold<arith::IndexCastUIOp>(b.getI64Type(),
                                                       b.add(shared, offset));
  auto type =
      LLVM::LLVMPointerType::get(b.getContext(), static_cast<unsigned>(space));
  return LLVM::IntToPtrOp::create(b, type, address);
}

/// The barrier of a stage; those of one kind lie side by side behind the
/// stages.
Value WarpGroupMatmulBuilder::getBarrier(int64_t first, Value stage) {
  int64_t place = tile.stages * tile.getStageBytes() + first * barrierBytes;
  return getShared(b.add(b.mul(stage, barrierBytes), place),
                   NVVM::NVVMMemorySpace::Shared);
}

void WarpGroupMatmulBuilder::buildBarriers() {
  auto guard =
      scf::IfOp::create(b, b.createOrFold<arith::CmpIOp>(
                               arith::CmpIPredicate::eq, thread, b.index(0)));
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    Value one = constantI32(1), warps = constantI32(consumers / warpSize);
    for (int64_t stage = 0; stage < tile.stages; ++stage) {
      NVVM::MBarrierInitOp::create(b, getFull(b.index(stage)), one,
                                   /*predicate=*/Value());
      NVVM::MBarrierInitOp::create(b, getEmpty(b.index(stage)), warps,
                                   /*predicate=*/Value());
    }
    // Copies see them too.
    NVVM::FenceMbarrierInitOp::create(b);
  }
  gpu::BarrierOp::create(b);
}

void WarpGroupMatmulBuilder::wait(Value barrier, Value parity) {
  NVVM::MBarrierTryWaitParityOp::create(b, barrier, parity,
                                        constantI32(waitTicks));
}

Position WarpGroupMatmulBuilder::getNext(const Position &position) {
  Value next = b.add(position.stage, 1);
  Value wraps = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, next,
                                              b.index(tile.stages));
  Value flipped = b.bitXor(position.parity, constantI32(1));
  return {b.select(wraps, b.index(0), next),
          b.select(wraps, flipped, position.parity)};
}

//===----------------------------------------------------------------------===//
// Producer
//===----------------------------------------------------------------------===//

void WarpGroupMatmulBuilder::copyBox(Value map, Value offset, Value k,
                                     Value row, Value barrier) {
  NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
      b, getShared(offset, NVVM::NVVMMemorySpace::SharedCluster), map,
      ValueRange{toI32(k), toI32(row)}, barrier, /*im2colOffsets=*/ValueRange(),
      /*multicastMask=*/Value(), /*l2CacheHint=*/Value(),
      NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false,
      /*group=*/NVVM::CTAGroupKindAttr(), /*predicate=*/Value());
}

void WarpGroupMatmulBuilder::buildProducer() {
  NVVM::SetMaxRegisterOp::create(b, producerRegisters,
                                 NVVM::SetMaxRegisterAction::decrease);
  auto guard = scf::IfOp::create(
      b, b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, thread,
                                       b.index(consumers)));
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  // The host wrote the maps into global memory.
  Value mapBytes = constantI32(tensorMapBytes);
  for (Value map : {xMap, wMap})
    NVVM::FenceProxyAcquireOp::create(b, NVVM::MemScopeKind::SYS, map,
                                      mapBytes);

  Position first = getFirst();
  auto loop = scf::ForOp::create(b, b.index(0), tiles, b.index(1),
                                 ValueRange{first.stage, first.parity});
  b.setInsertionPointToStart(loop.getBody());
  Position position = {loop.getRegionIterArg(0), loop.getRegionIterArg(1)};
  // A new barrier counts as one whose phase of parity 1 is over.
  wait(getEmpty(position.stage), b.bitXor(position.parity, constantI32(1)));
  Value full = getFull(position.stage);
  NVVM::MBarrierArriveExpectTxOp::create(
      b, TypeRange(b.getI64Type()), full, constantI32(tile.getStageBytes()),
      NVVM::MemScopeKind::CTA, /*relaxed=*/false, /*predicate=*/Value());
  Value k = b.add(firstK, b.mul(loop.getInductionVar(), tile.getDepth()));
  Value offset = b.mul(position.stage, tile.getStageBytes());
  copyBox(xMap, offset, k, firstRow, full);
  copyBox(wMap, b.add(offset, tile.m * tile.getDepth()), k, firstColumn, full);
  Position next = getNext(position);
  scf::YieldOp::create(b, ValueRange{next.stage, next.parity});
}

//===----------------------------------------------------------------------===//
// Consumers
//===----------------------------------------------------------------------===//

LLVM::LLVMStructType WarpGroupMatmulBuilder::getSumsType() {
  SmallVector<Type> types(tile.n * wgmmaM / warpGroupSize, b.getI32Type());
  return LLVM::LLVMStructType::getLiteral(b.getContext(), types);
}

/// What tells wgmma where a matrix begins and how it lies (PTX ISA, "Matrix
/// Descriptor Format"), all in units of 16 bytes: address in bits 0 to 13,
/// distance of groups of 8 rows in bits 32 to 45, and 1 in bits 62 and 63 for
/// a swizzle of 128 bytes. Bits 16 to 29 have no meaning then.
Value WarpGroupMatmulBuilder::getDescriptor(Value offset) {
  constexpr uint64_t form = uint64_t(1) << 62 |
                            uint64_t(swizzleBytes / chunkBytes) << 32 |
                            uint64_t(1) << 16;
  Value address = b.div(b.add(shared, offset), chunkBytes);
  // Windows of shared memory may begin anywhere in the address space.
  Value low = b.both(address, b.index((1 << 14) - 1));
  Value bits = b.createOrFold<arith::IndexCastUIOp>(b.getI64Type(), low);
  return arith::OrIOp::create(
      b, bits, arith::ConstantIntOp::create(b, static_cast<int64_t>(form), 64));
}

/// Starts to multiply a tile.
Value WarpGroupMatmulBuilder::multiplyTile(Value sums, Value stage) {
  MLIRContext *context = b.getContext();
  Value group = b.div(thread, warpGroupSize);
  Value offset = b.mul(stage, tile.getStageBytes());
  Value x =
      getDescriptor(b.add(offset, b.mul(group, wgmmaM * tile.getDepth())));
  Value w = getDescriptor(b.add(offset, tile.m * tile.getDepth()));
  sums = order("wgmma.fence.sync.aligned;", sums);
  for (int64_t k = 0; k < tile.getDepth(); k += wgmmaK) {
    // Codes further along a swizzled row lie where the address alone tells.
    auto step = [&](Value descriptor) -> Value {
      Value chunks = arith::ConstantIntOp::create(b, k / chunkBytes, 64);
      return b.createOrFold<arith::AddIOp>(descriptor, chunks);
    };
    sums = NVVM::WgmmaMmaAsyncOp::create(
        b, getSumsType(), sums, step(x), step(w),
        NVVM::MMAShapeAttr::get(context, wgmmaM, tile.n, wgmmaK),
        NVVM::WGMMATypes::s8, NVVM::WGMMATypes::s8, NVVM::WGMMATypes::s32,
        NVVM::WGMMAScaleOut::one, NVVM::WGMMAScaleIn::one,
        NVVM::WGMMAScaleIn::one, NVVM::MMALayout::row, NVVM::MMALayout::col,
        NVVM::MMAIntOverflowAttr());
  }
  NVVM::WgmmaGroupSyncAlignedOp::create(b);
  return sums;
}

/// An instruction that orders registers, with the sums passing through it:
/// nothing writes them between a fence and wgmma, or reads them before a wait.
/// The ops of NVVM for both do not name registers, and nvvm.inline_ptx, which
/// could, replaces what it writes in what stands before it as well.
Value WarpGroupMatmulBuilder::order(StringRef instruction, Value sums) {
  LLVM::LLVMStructType type = getSumsType();
  SmallVector<Value> registers;
  std::string outputs, inputs;
  for (auto i : llvm::seq<int64_t>(type.getBody().size())) {
    registers.push_back(LLVM::ExtractValueOp::create(b, sums, i));
    outputs += "=r,";
    inputs += (Twine(i) + ",").str();
  }
  inputs.pop_back();
  return LLVM::InlineAsmOp::create(b, type, registers, instruction,
                                   outputs + inputs, /*has_side_effects=*/true,
                                   /*is_align_stack=*/false,
                                   LLVM::tailcallkind::TailCallKind::None,
                                   /*asm_dialect=*/LLVM::AsmDialectAttr(),
                                   /*operand_attrs=*/ArrayAttr())
      .getRes();
}

/// The sums of a warp as C fragments: a register of wgmma holds what one of as
/// many m16n8k32 side by side does.
SmallVector<Value> WarpGroupMatmulBuilder::getFragments(Value sums) {
  VectorType type = getCFragmentType(b.getContext());
  SmallVector<Value> fragments;
  for (int64_t i = 0; i < tile.n / mmaN; ++i) {
    SmallVector<Value> elements;
    for (int64_t j = 0; j < type.getNumElements(); ++j)
      elements.push_back(
          LLVM::ExtractValueOp::create(b, sums, i * type.getNumElements() + j));
    fragments.push_back(vector::FromElementsOp::create(b, type, elements));
  }
  return fragments;
}

void WarpGroupMatmulBuilder::buildConsumer() {
  int64_t registers =
      ((groups + 1) * getEqualRegisters(tile) - producerRegisters) / groups;
  NVVM::SetMaxRegisterOp::create(b, registers,
                                 NVVM::SetMaxRegisterAction::increase);
  Value lane = b.rem(thread, warpSize), warp = b.div(thread, warpSize);
  Value isFirstLane =
      b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, lane, b.index(0));
  Value sums = LLVM::ZeroOp::create(b, getSumsType());
  Position first = getFirst();
  Value zero = b.index(0);

  auto loop = scf::ForOp::create(
      b, zero, tiles, b.index(1),
      ValueRange{sums, first.stage, first.parity, first.stage});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Position position = {loop.getRegionIterArg(1), loop.getRegionIterArg(2)};
    Value previous = loop.getRegionIterArg(3);
    wait(getFull(position.stage), position.parity);
    Value next = multiplyTile(loop.getRegionIterArg(0), position.stage);
    NVVM::WgmmaWaitGroupSyncOp::create(b, 1);
    NVVM::SyncWarpOp::create(b, constantI32(-1));
    Value hasRead = b.both(isFirstLane, b.less(zero, loop.getInductionVar()));
    auto release = scf::IfOp::create(b, hasRead);
    b.setInsertionPointToStart(release.thenBlock());
    NVVM::MBarrierArriveOp::create(b, b.getI64Type(), getEmpty(previous),
                                   /*count=*/Value());
    b.setInsertionPointAfter(release);
    Position following = getNext(position);
    scf::YieldOp::create(
        b, ValueRange{next, following.stage, following.parity, position.stage});
  }
  Value done = order("wgmma.wait_group.sync.aligned 0;", loop.getResult(0));

  epilogue.row = b.add(firstRow, b.mul(warp, mmaM));
  epilogue.column = firstColumn;
  epilogue.lane = lane;
  // Threads of the producer end by themselves; no stage is in use any more.
  epilogue.workspace.thread = thread;
  epilogue.workspace.threads = consumers;
  buildMatmulEpilogue(b, epilogue, getFragments(done));
}

gpu::GPUFuncOp
mlir::quantmlir::buildWarpGroupMatmulKernel(KernelBuilder &b,
                                            const MatmulKernel &kernel) {
  return WarpGroupMatmulBuilder(b, kernel).build();
}
