//===- Control.cpp - branches, exits, barriers (9.7.12, 9.7.13) -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Lanes.h"

using namespace llvm;

namespace quantmlir::ptx {

static Step execBranch(Warp &warp, const Inst &inst, uint32_t mask) {
  return warp.branch(inst, mask);
}

static bool decodeBra(Decoder &d) {
  d.take("uni");
  if (!d.expectOperands(1) || d.operand(0).kind != Operand::Kind::Label)
    return d.error("bra needs a label");
  const Operand &target = d.operand(0);
  // The jump that replaces a fall-through names its statement directly.
  d.inst.target = target.label == ~0u ? uint32_t(target.value)
                                      : d.function.labels[target.label];
  d.inst.aux = branchMark;
  return d.emit(execBranch);
}

static Step execExit(Warp &warp, const Inst &, uint32_t mask) {
  return warp.exitLanes(mask);
}

static bool decodeExit(Decoder &d) {
  d.take("uni");
  return d.expectOperands(0) && d.emit(execExit);
}

static Step execTrap(Warp &warp, const Inst &inst, uint32_t mask) {
  return warp.fault(inst, mask, "trap",
                    inst.aux ? "the kernel executed brkpt"
                             : "the kernel executed trap");
}

static bool decodeTrap(Decoder &d) {
  d.inst.aux = d.statement().opcode == "brkpt";
  return d.expectOperands(0) && d.emit(execTrap);
}

// Hints about time and resources have no effect here.
static Step execNothing(Warp &, const Inst &, uint32_t) { return Step::Next; }

// The number of registers has no effect.
static Step execSetMaxRegisters(Warp &warp, const Inst &inst, uint32_t mask) {
  if (!warp.cta.checker)
    return Step::Next;
  if (Step step = warp.convergeWarp(inst, mask); step != Step::Next)
    return step;
  return warp.cta.checker->warpgroupStep(warp, inst);
}

// setmaxnreg.action.sync.aligned.u32 n
static bool decodeSetMaxRegisters(Decoder &d) {
  int64_t count;
  if ((!d.take("inc") && !d.take("dec")) || !d.take("sync") ||
      !d.take("aligned") || d.takeType() != Type::U32)
    return d.unsupported();
  if (!d.expectOperands(1) || !d.immediate(count, d.operand(0)))
    return false;
  if (count < 24 || count > 256 || count % 8)
    return d.error(d.operand(0).loc, "the number of registers must be a "
                                     "multiple of 8 from 24 to 256");
  return d.emit(execSetMaxRegisters);
}

// Time is not modelled, but who sleeps waits for others.
static Step execSleep(Warp &warp, const Inst &, uint32_t) {
  return warp.slept();
}

static bool decodeSleep(Decoder &d) {
  if (d.takeType() != Type::U32)
    return d.unsupported();
  Ref time;
  return d.expectOperands(1) && d.use(time, d.operand(0), Type::U32) &&
         d.emit(execSleep);
}

// pmevent{.mask} event, griddepcontrol.action
static bool decodeHint(Decoder &d) {
  StringRef opcode = d.statement().opcode;
  if (opcode == "griddepcontrol")
    return (d.take("wait") || d.take("launch_dependents") || d.unsupported()) &&
           d.expectOperands(0) && d.emit(execNothing);
  if (!d.expectOperands(1))
    return false;
  d.take("mask");
  return d.immediate(d.inst.imm, d.operand(0)) && d.emit(execNothing);
}

namespace {
enum class BarrierKind : uint8_t { Sync, Arrive, Population, And, Or };
/// Inst::aux of barriers.
enum : uint32_t { AlignedBarrier = 1 };
} // namespace

static Step finishReduction(Warp &warp, const Inst &inst, uint32_t mask,
                            const Barrier &barrier) {
  switch (BarrierKind(inst.count)) {
  case BarrierKind::Population: {
    uint32_t result[warpSize];
    std::fill_n(result, warpSize, barrier.resultPopulation);
    warp.write(inst.d, result, mask);
    break;
  }
  case BarrierKind::And:
    warp.writePredicate(inst.d, barrier.resultAll ? allLanes : 0, mask);
    break;
  case BarrierKind::Or:
    warp.writePredicate(inst.d, barrier.resultAny ? allLanes : 0, mask);
    break;
  default:
    break;
  }
  return Step::Next;
}

static Step execBarrier(Warp &warp, const Inst &inst, uint32_t mask) {
  auto lane = unsigned(llvm::countr_zero(mask));
  uint32_t id = warp.reg<uint32_t>(inst.a)[lane];
  uint32_t threads = inst.b.valid() ? warp.reg<uint32_t>(inst.b)[lane] : 0;
  auto kind = BarrierKind(inst.count);
  if (id > 15)
    return warp.fault(inst, mask, "barrier",
                      "barrier " + Twine(id) + " does not exist; there are 16");
  Barrier &barrier = warp.cta.barriers[id];
  Split &here = warp.splits[warp.current];
  if (here.resumed) {
    here.resumed = false;
    return finishReduction(warp, inst, mask, barrier);
  }
  if (inst.b.valid() && (threads == 0 || threads % warpSize))
    return warp.fault(inst, mask, "barrier",
                      "the number of threads, " + Twine(threads) +
                          ", is not a positive multiple of 32");
  if (barrier.inUse && barrier.expected != threads)
    return warp.fault(inst, mask, "barrier",
                      "barrier " + Twine(id) + " is used with " +
                          Twine(threads) +
                          " threads while others wait at it "
                          "with " +
                          Twine(barrier.expected));
  if (inst.aux & AlignedBarrier)
    if (Step step = warp.convergeAligned(inst, mask); step != Step::Next)
      return step;
  if (warp.cta.checker)
    warp.cta.checker->checkEnded(warp, inst, inst.aux & AlignedBarrier,
                                 threads == 0);
  if (inst.c.valid()) {
    uint32_t values = warp.predicate(inst.c);
    values = (inst.flags & FlagPredicate ? ~values : values) & mask;
    barrier.population += uint32_t(llvm::popcount(values));
    barrier.all &= values == mask;
    barrier.any |= values != 0;
  }
  bool waits = kind != BarrierKind::Arrive;
  if (waits)
    warp.carve(mask);
  warp.cta.arrive(warp, id, threads, mask, waits);
  return waits ? Step::Switch : Step::Next;
}

static Step execWarpBarrier(Warp &warp, const Inst &inst, uint32_t mask) {
  return warp.warpBarrier(inst, mask, inst.a);
}

bool decodeClusterBarrier(Decoder &d);

static bool useBarrier(Decoder &d, const Operand &operand) {
  if (operand.kind == Operand::Kind::Integer && uint64_t(operand.value) > 15)
    return d.error(operand.loc, "a barrier's number is from 0 to 15");
  return d.use(d.inst.a, operand, Type::U32);
}

static bool useThreads(Decoder &d, const Operand &operand) {
  if (operand.kind == Operand::Kind::Integer && operand.value % warpSize)
    return d.error(operand.loc,
                   "the number of threads must be a multiple of 32");
  return d.use(d.inst.b, operand, Type::U32);
}

// bar{.cta}.sync a{, b}; bar.arrive a, b; bar.red.op d, a{, b}, {!}c;
// barrier{.cta}.…{.aligned}; bar.warp.sync mask.
static bool decodeBar(Decoder &d) {
  if (d.take("warp"))
    return (d.take("sync") || d.unsupported()) && d.expectOperands(1) &&
           d.use(d.inst.a, d.operand(0), Type::B32) && d.emit(execWarpBarrier);
  if (d.take("cluster"))
    return decodeClusterBarrier(d);
  d.take("cta");
  bool aligned = d.statement().opcode == "bar" || d.take("aligned");
  d.inst.aux = aligned ? AlignedBarrier : 0;
  if (d.take("sync")) {
    d.inst.count = uint8_t(BarrierKind::Sync);
    return d.expectOperands(1, 2) && useBarrier(d, d.operand(0)) &&
           (d.operandCount() == 1 || useThreads(d, d.operand(1))) &&
           d.emit(execBarrier);
  }
  if (d.take("arrive")) {
    d.inst.count = uint8_t(BarrierKind::Arrive);
    return d.expectOperands(2) && useBarrier(d, d.operand(0)) &&
           useThreads(d, d.operand(1)) && d.emit(execBarrier);
  }
  if (!d.take("red"))
    return d.unsupported();
  BarrierKind kind = d.take("popc")  ? BarrierKind::Population
                     : d.take("and") ? BarrierKind::And
                     : d.take("or")  ? BarrierKind::Or
                                     : BarrierKind::Sync;
  Type type = d.takeType();
  if (kind == BarrierKind::Sync ||
      (kind == BarrierKind::Population) != (type == Type::U32))
    return d.unsupported();
  d.inst.count = uint8_t(kind);
  if (!d.expectOperands(3, 4))
    return false;
  bool negated;
  if (!d.usePredicate(d.inst.c, d.operand(d.operandCount() - 1), negated))
    return false;
  if (negated)
    d.inst.flags |= FlagPredicate;
  return d.def(d.inst.d, d.operand(0), type) && useBarrier(d, d.operand(1)) &&
         (d.operandCount() == 3 || useThreads(d, d.operand(2))) &&
         d.emit(execBarrier);
}

ArrayRef<OpcodeEntry> controlOpcodes() {
  static const OpcodeEntry table[] = {
      {"bra", decodeBra},
      {"exit", decodeExit},
      {"ret", decodeExit},
      {"trap", decodeTrap},
      {"brkpt", decodeTrap},
      {"bar", decodeBar},
      {"barrier", decodeBar},
      {"nanosleep", decodeSleep},
      {"griddepcontrol", decodeHint},
      {"setmaxnreg", decodeSetMaxRegisters},
      {"pmevent", decodeHint},
  };
  return table;
}

} // namespace quantmlir::ptx
