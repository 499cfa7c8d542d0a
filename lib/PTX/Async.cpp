//===- Async.cpp - cp.async and its groups (9.7.9.25.3) -------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy's bytes reach shared memory at the wait that its thread makes for it,
// not before: a kernel that forgets the wait reads what was there.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Lanes.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

// Of a shortened copy only the bytes that are asked for are read: at the end
// of a row the rest may lie outside of the buffer. The address must be aligned
// all the same.
static bool resolvePartial(Warp &warp, const Inst &inst, unsigned lane,
                           const PendingCopy &copy,
                           const uint64_t (&source)[warpSize],
                           uint8_t *(&sources)[warpSize]) {
  unsigned bytes = copy.sourceBytes[lane];
  if (bytes == 0)
    return true;
  if (source[lane] % inst.bytes) {
    warp.fault(inst, 1u << lane, "misaligned",
               "source of a cp.async of " + Twine(inst.bytes) + " bytes at 0x" +
                   Twine::utohexstr(source[lane]));
    return false;
  }
  uint64_t last[warpSize] = {};
  uint8_t *ignored[warpSize];
  last[lane] = source[lane] + bytes - 1;
  return warp.resolve(inst, Space::Global, Access::Read, 1u << lane, 1, last,
                      ignored) &&
         warp.resolve(inst, Space::Global, Access::Read, 1u << lane, 1, source,
                      sources);
}

/// Takes the lanes that are in the same group as the first from `rest`.
static uint32_t takeGroup(const Warp &warp, uint32_t &rest, uint32_t &group) {
  group = warp.openGroup[llvm::countr_zero(rest)];
  uint32_t taken = 0;
  for (uint32_t lanes = rest; lanes; lanes &= lanes - 1) {
    auto lane = unsigned(llvm::countr_zero(lanes));
    taken |= uint32_t(warp.openGroup[lane] == group) << lane;
  }
  rest &= ~taken;
  return taken;
}

// cp.async [d], [a], size{, source size}: the rest is filled with zeros.
static Step execCopy(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t target[warpSize], source[warpSize];
  uint8_t *targets[warpSize], *sources[warpSize] = {};
  warp.addresses(inst, inst.a, inst.imm, target);
  Inst sourceInst = inst;
  sourceInst.aux = inst.aux >> 1;
  warp.addresses(sourceInst, inst.b, int32_t(inst.target), source);
  if (!warp.resolve(inst, Space::Shared, Access::AsyncWrite, mask, inst.bytes,
                    target, targets))
    return Step::Fault;

  PendingCopy &copy = warp.copies.emplace_back();
  copy.mask = 0;
  copy.sequence = warp.copySequence++;
  copy.bytes = inst.bytes;
  copy.loc = inst.loc;
  uint32_t full = mask;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint32_t bytes = inst.bytes;
    if (inst.c.valid()) {
      bytes = warp.reg<uint32_t>(inst.c)[lane];
      // The optional predicate form ignores the source.
      if (inst.flags & FlagPredicate)
        bytes = (warp.predicate(inst.c) >> lane) & 1 ? 0 : inst.bytes;
    }
    if (bytes > inst.bytes && (mask >> lane) & 1)
      return warp.fault(inst, 1u << lane, "invalid",
                        "cp.async with a source of " + Twine(bytes) +
                            " bytes, more than the " + Twine(inst.bytes) +
                            " copied");
    copy.sourceBytes[lane] = uint8_t(bytes);
    copy.target[lane] = targets[lane];
    copy.targetAddress[lane] = target[lane];
    if (bytes < inst.bytes)
      full &= ~(1u << lane);
  }
  if (full && !warp.resolve(inst, Space::Global, Access::Read, full, inst.bytes,
                            source, sources))
    return Step::Fault;
  for (uint32_t rest = mask & ~full; rest; rest &= rest - 1)
    if (!resolvePartial(warp, inst, unsigned(llvm::countr_zero(rest)), copy,
                        source, sources))
      return Step::Fault;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    copy.source[lane] = sources[lane];

  // Lanes that diverged may be in different groups.
  uint32_t rest = mask;
  copy.mask = takeGroup(warp, rest, copy.group);
  while (rest) {
    PendingCopy other = warp.copies.back();
    other.mask = takeGroup(warp, rest, other.group);
    warp.copies.push_back(other);
  }
  return Step::Next;
}

static void copyBytes(uint8_t *target, const uint8_t *source, unsigned bytes,
                      unsigned total) {
  if (bytes == 16) {
    std::memcpy(target, source, 16);
    return;
  }
  if (bytes)
    std::memcpy(target, source, bytes);
  std::memset(target + bytes, 0, total - bytes);
}

void Warp::finishCopy(PendingCopy &copy, unsigned lane) {
  copy.mask &= ~(1u << lane);
  if (cta.checker)
    cta.checker->arrived(*this, lane, copy.targetAddress[lane], copy.bytes,
                         copy.loc);
  copyBytes(copy.target[lane], copy.source[lane], copy.sourceBytes[lane],
            copy.bytes);
}

void Warp::completeCopies(uint32_t mask, uint32_t keepGroups) {
  if (copies.empty())
    return;
  for (PendingCopy &copy : copies)
    for (uint32_t lanes = copy.mask & mask; lanes; lanes &= lanes - 1) {
      auto lane = unsigned(llvm::countr_zero(lanes));
      // Of the groups before the open one, the newest may stay pending.
      if (copy.group + keepGroups < openGroup[lane])
        finishCopy(copy, lane);
    }
  // Groups complete in order, so what is done is in front.
  while (!copies.empty() && copies.front().mask == 0)
    copies.pop_front();
}

void Warp::completeCopiesBefore(unsigned lane, uint64_t sequence) {
  for (PendingCopy &copy : copies)
    if (copy.sequence < sequence && (copy.mask >> lane) & 1)
      finishCopy(copy, lane);
  while (!copies.empty() && copies.front().mask == 0)
    copies.pop_front();
}

static Step execCommit(Warp &warp, const Inst &, uint32_t mask) {
  for (unsigned lane = 0; lane < warpSize; ++lane)
    warp.openGroup[lane] += (mask >> lane) & 1;
  return Step::Next;
}

static Step execWaitGroup(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.completeCopies(mask, uint32_t(inst.imm));
  return Step::Next;
}

// wait_all also waits for copies that were never committed.
static Step execWaitAll(Warp &warp, const Inst &inst, uint32_t mask) {
  execCommit(warp, inst, mask);
  warp.completeCopies(mask, 0);
  return Step::Next;
}

static bool decodeCopy(Decoder &d) {
  bool all = d.take("ca");
  if (!all && !d.take("cg"))
    return d.unsupported();
  if (!d.take("shared") && !d.take("shared::cta"))
    return d.unsupported();
  if (!d.take("global"))
    return d.unsupported();
  bool hinted = d.take("L2::cache_hint");
  for (const char *hint : {"L2::64B", "L2::128B", "L2::256B"})
    d.take(hint);
  if (!d.expectOperands(hinted ? 4 : 3, hinted ? 5 : 4))
    return false;
  int64_t bytes, sourceOffset;
  Ref policy;
  if (hinted && !d.use(policy, d.operand(d.operandCount() - 1), Type::U64))
    return false;
  bool narrowTarget, narrowSource;
  Space shared = Space::Shared, global = Space::Global;
  if (!d.immediate(bytes, d.operand(2)))
    return false;
  if (!(bytes == 16 || (all && (bytes == 4 || bytes == 8))))
    return d.error(d.operand(2).loc, all ? "cp.async.ca copies 4, 8 or 16 bytes"
                                         : "cp.async.cg copies 16 bytes");
  if (!d.address(d.inst.a, d.inst.imm, narrowTarget, shared, d.operand(0)) ||
      !d.address(d.inst.b, sourceOffset, narrowSource, global, d.operand(1)))
    return false;
  if (sourceOffset != int32_t(sourceOffset))
    return d.error(d.operand(1).loc, "the offset does not fit 32 bits");
  if (d.operandCount() - unsigned(hinted) == 4) {
    const Operand &extra = d.operand(3);
    bool predicate = extra.kind == Operand::Kind::Register &&
                     d.function.registers[extra.reg].type == Type::Pred;
    if (!d.use(d.inst.c, extra, predicate ? Type::Pred : Type::U32))
      return false;
    if (predicate)
      d.inst.flags |= FlagPredicate;
  }
  d.inst.bytes = uint8_t(bytes);
  d.inst.target = uint32_t(int32_t(sourceOffset));
  d.inst.aux = (narrowTarget ? 1 : 0) | (narrowSource ? 2 : 0);
  d.inst.space = Space::Shared;
  return d.emit(execCopy);
}

bool decodeCopyArrive(Decoder &d);
bool decodeBulk(Decoder &d, bool reduce);

static bool decodeCp(Decoder &d) {
  bool reduce = d.take("reduce");
  if (!d.take("async"))
    return d.unsupported();
  if (d.take("bulk"))
    return decodeBulk(d, reduce);
  if (reduce)
    return d.unsupported();
  if (d.take("commit_group"))
    return d.expectOperands(0) && d.emit(execCommit);
  if (d.take("wait_all"))
    return d.expectOperands(0) && d.emit(execWaitAll);
  if (d.take("wait_group")) {
    if (!d.expectOperands(1) || !d.immediate(d.inst.imm, d.operand(0)))
      return false;
    if (d.inst.imm < 0)
      return d.error("the number of groups must not be negative");
    return d.emit(execWaitGroup);
  }
  if (d.take("mbarrier"))
    return decodeCopyArrive(d);
  return decodeCopy(d);
}

ArrayRef<OpcodeEntry> asyncOpcodes() {
  static const OpcodeEntry table[] = {{"cp", decodeCp}};
  return table;
}

} // namespace quantmlir::ptx
