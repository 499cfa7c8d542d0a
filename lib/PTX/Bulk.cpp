//===- Bulk.cpp - cp.async.bulk, st.async, red.async (9.7.9.25) -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bulk.h"

#include "Checker.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

//===----------------------------------------------------------------------===//
// Copies in flight
//===----------------------------------------------------------------------===//

static void countCopy(const BulkCopy &copy) {
  Counters &counters = copy.warp->cta.counters;
  ++counters.bulkCopies;
  counters.bulkBytes += copy.bytes;
  uint64_t read = 0, written = 0;
  for (const CopyPiece &piece : copy.pieces) {
    read += piece.from ? piece.bytes : 0;
    written += piece.bytes;
  }
  (copy.fromCta ? counters.sharedBytesRead : counters.globalBytesRead) += read;
  (copy.toCta ? counters.sharedBytesWritten : counters.globalBytesWritten) +=
      written;
}

bool Cluster::issue(BulkCopy copy) {
  if (grid.options.count)
    countCopy(copy);
  copies.push_back(std::move(copy));
  ++events;
  Checker *checker = copies.back().warp->cta.checker.get();
  return !checker || checker->issued(copies.back());
}

static void readSource(BulkCopy &copy) {
  if (copy.isRead)
    return;
  copy.isRead = true;
  for (const CopyPiece &piece : copy.pieces) {
    size_t size = copy.data.size();
    copy.data.resize(size + piece.bytes, 0);
    if (piece.from)
      std::memcpy(copy.data.data() + size, piece.from, piece.bytes);
  }
  if (copy.warp->cta.checker && !copy.mbarrier.cta)
    copy.warp->cta.checker->sourceRead(copy);
}

static void writeTarget(const BulkCopy &copy) {
  const uint8_t *data = copy.data.data();
  for (const CopyPiece &piece : copy.pieces) {
    const uint8_t *from = copy.isRead ? data : piece.from;
    if (copy.combine)
      copy.combine(piece.to, from, piece.bytes);
    else if (from)
      std::memcpy(piece.to, from, piece.bytes);
    else
      std::memset(piece.to, 0, piece.bytes);
    data += copy.isRead ? piece.bytes : 0;
  }
}

void Cluster::finish(BulkCopy &copy) {
  ++events;
  if (!copy.mbarrier.cta)
    readSource(copy);
  writeTarget(copy);
  Mbarrier *barrier = nullptr;
  if (copy.mbarrier.cta) {
    barrier = findMbarrier(*copy.warp, *copy.inst, copy.lane, copy.mbarrier);
    if (!barrier)
      return;
  }
  if (copy.warp->cta.checker)
    copy.warp->cta.checker->arrived(copy, barrier);
  if (!barrier)
    return;
  barrier->transactions -= int64_t(copy.bytes);
  settle(copy.mbarrier);
}

/// Nobody can wait any more for the copy to read its source.
static void reportUnread(const BulkCopy &copy) {
  if (copy.isRead || !copy.fromCta || !copy.warp->cta.checker)
    return;
  copy.warp->report(*copy.inst, 1u << copy.lane, "not-read",
                    copy.mbarrier.cta
                        ? "the CTA ended before the copy had read its shared "
                          "memory"
                        : "the thread ended before the copy had read its "
                          "shared memory; cp.async.bulk.wait_group.read must "
                          "come before");
}

/// Moves the elements that satisfy `test` out of `from`.
template <typename T, typename Test>
static std::deque<T> extract(std::deque<T> &from, Test test) {
  std::deque<T> taken, rest;
  for (T &element : from)
    (test(element) ? taken : rest).push_back(std::move(element));
  from = std::move(rest);
  return taken;
}

bool Cluster::deliver(const SharedPlace &place) {
  if (copies.empty() && arrivals.empty())
    return false;
  auto mine = [&](const auto &element) { return element.mbarrier == place; };
  std::deque<BulkCopy> ready = extract(copies, mine);
  std::deque<CopyArrival> arrived = extract(arrivals, mine);
  for (BulkCopy &copy : ready)
    finish(copy);
  for (const CopyArrival &arrival : arrived)
    finish(arrival);
  return !ready.empty() || !arrived.empty();
}

bool Cluster::deliverAll() {
  auto signals = [](const BulkCopy &copy) { return copy.mbarrier.cta; };
  std::deque<BulkCopy> ready = extract(copies, signals);
  std::deque<CopyArrival> arrived = std::move(arrivals);
  arrivals.clear();
  for (BulkCopy &copy : ready)
    finish(copy);
  for (const CopyArrival &arrival : arrived)
    finish(arrival);
  return !ready.empty() || !arrived.empty();
}

void Cluster::completeGroups(Warp &warp, unsigned lane, uint32_t keep,
                             bool readOnly) {
  if (copies.empty())
    return;
  bool ended = !((warp.alive >> lane) & 1);
  auto due = [&](const BulkCopy &copy) {
    return !copy.mbarrier.cta && copy.warp == &warp && copy.lane == lane &&
           (copy.group + keep < warp.openBulkGroup[lane] || ended);
  };
  if (readOnly) {
    for (BulkCopy &copy : copies)
      if (due(copy))
        readSource(copy);
    return;
  }
  for (BulkCopy &copy : extract(copies, due)) {
    if (ended)
      reportUnread(copy);
    finish(copy);
  }
}

static const Loc *findCopy(const Warp &warp, const Allocation &allocation) {
  for (const PendingCopy &copy : warp.copies)
    for (uint32_t rest = copy.mask; rest; rest &= rest - 1)
      if (allocation.holds(copy.source[llvm::countr_zero(rest)]))
        return &copy.loc;
  return nullptr;
}

const Loc *Cluster::findCopy(const Allocation &allocation) const {
  for (const BulkCopy &copy : copies)
    for (const CopyPiece &piece : copy.pieces)
      if ((!copy.isRead && allocation.holds(piece.from)) ||
          allocation.holds(piece.to))
        return &copy.inst->loc;
  for (const auto &cta : ctas)
    for (const Warp &warp : cta->warps)
      if (const Loc *loc = ptx::findCopy(warp, allocation))
        return loc;
  return nullptr;
}

void Cluster::dropCopies(Cta &cta) {
  for (BulkCopy &copy : copies)
    if (copy.fromCta == &cta) {
      reportUnread(copy);
      readSource(copy);
    }
  for (const BulkCopy &copy : extract(
           copies, [&](const BulkCopy &copy) { return copy.toCta == &cta; }))
    if (grid.options.check)
      copy.warp->report(*copy.inst, 1u << copy.lane, "not-arrived",
                        "the CTA ended before the copy into its shared memory "
                        "arrived");
}

//===----------------------------------------------------------------------===//
// Issue
//===----------------------------------------------------------------------===//

uint64_t bulkAddress(const Warp &warp, const Inst &inst, unsigned operand,
                     unsigned lane) {
  const Ref *list = &warp.cta.grid.code.pool[inst.list + operand];
  uint64_t offset = *warp.reg<uint64_t>(list[1]);
  if (inst.aux & (1u << (operand / 2)))
    return uint32_t(warp.reg<uint32_t>(list[0])[lane] + uint32_t(offset));
  return warp.reg<uint64_t>(list[0])[lane] + offset;
}

static uint32_t listValue(const Warp &warp, const Inst &inst, unsigned operand,
                          unsigned lane) {
  return warp.reg<uint32_t>(warp.cta.grid.code.pool[inst.list + operand])[lane];
}

bool findLoadTarget(Warp &warp, const Inst &inst, unsigned lane,
                    LoadTarget &target) {
  Space space = inst.space;
  target.place = warp.sharedPlace(
      space, bulkAddress(warp, inst, BulkOperands::Target, lane));
  target.mbarrier = warp.sharedPlace(
      space, bulkAddress(warp, inst, BulkOperands::Barrier, lane));
  if (!target.place.cta || target.place.cta != target.mbarrier.cta) {
    warp.fault(inst, 1u << lane, "out-of-bounds",
               "target and mbarrier of the copy are not in the shared memory "
               "of one CTA");
    return false;
  }
  const Ref &mask = warp.cta.grid.code.pool[inst.list + BulkOperands::CtaMask];
  if (mask.valid()) {
    target.ctas = warp.reg<uint16_t>(mask)[lane];
    if (target.ctas == 0 || target.ctas >> warp.cta.cluster.size()) {
      warp.fault(inst, 1u << lane, "invalid",
                 "multicast to CTAs 0x" + Twine::utohexstr(target.ctas) +
                     " of a cluster of " + Twine(warp.cta.cluster.size()));
      return false;
    }
  }
  return true;
}

bool issueLoads(Warp &warp, const Inst &inst, unsigned lane,
                const BulkCopy &copy, const LoadTarget &target) {
  Cluster &cluster = warp.cta.cluster;
  uint32_t ctas = target.ctas ? target.ctas : 1u << target.place.cta->rank;
  for (; ctas; ctas &= ctas - 1) {
    Cta *cta = cluster.ctas[unsigned(llvm::countr_zero(ctas))].get();
    BulkCopy one = copy;
    one.toCta = cta;
    one.mbarrier = {cta, target.mbarrier.offset};
    one.warp = &warp;
    one.lane = lane;
    one.inst = &inst;
    if (!findMbarrier(warp, inst, lane, one.mbarrier))
      return false;
    for (CopyPiece &piece : one.pieces) {
      piece.to =
          warp.sharedRange(inst, lane, {cta, piece.toAddress}, piece.bytes);
      if (!piece.to)
        return false;
    }
    if (!cluster.issue(std::move(one)))
      return false;
  }
  return true;
}

static bool checkAligned(Warp &warp, const Inst &inst, unsigned lane,
                         uint64_t value, unsigned alignment, const char *what) {
  if (value % alignment == 0)
    return true;
  warp.fault(inst, 1u << lane, "misaligned",
             Twine(what) + " 0x" + Twine::utohexstr(value) +
                 " of the bulk copy is not a multiple of " + Twine(alignment));
  return false;
}

/// The source, or the target, in `space`; shared memory counts in offsets.
static bool findMemory(Warp &warp, const Inst &inst, unsigned lane, bool global,
                       uint64_t address, uint64_t bytes, uint8_t *&host,
                       uint64_t &place, Cta *&owner) {
  owner = nullptr;
  place = address;
  if (global) {
    host = warp.globalRange(inst, lane, address, bytes);
    return host;
  }
  SharedPlace shared = warp.sharedPlace(Space::Shared, address);
  owner = shared.cta;
  place = shared.offset;
  host = warp.sharedRange(inst, lane, shared, bytes);
  return host;
}

/// Inst::count of cp.async.bulk.
namespace {
enum Route : uint8_t { GlobalToShared, SharedToShared, SharedToGlobal };
} // namespace

static bool issueBulk(Warp &warp, const Inst &inst, unsigned lane) {
  auto route = Route(inst.count);
  uint64_t target = bulkAddress(warp, inst, BulkOperands::Target, lane);
  uint64_t source = bulkAddress(warp, inst, BulkOperands::Source, lane);
  uint32_t bytes = listValue(warp, inst, BulkOperands::Size, lane);
  if (!checkAligned(warp, inst, lane, target, 16, "the target") ||
      !checkAligned(warp, inst, lane, source, 16, "the source") ||
      !checkAligned(warp, inst, lane, bytes, 16, "the size"))
    return false;
  BulkCopy copy;
  copy.bytes = bytes;
  copy.combine = reinterpret_cast<CombineFn>(inst.imm);
  CopyPiece piece = {};
  piece.bytes = bytes;
  uint8_t *from;
  if (!findMemory(warp, inst, lane, route == GlobalToShared, source, bytes,
                  from, piece.fromAddress, copy.fromCta))
    return false;
  piece.from = from;
  if (route != SharedToGlobal) {
    LoadTarget load;
    if (!findLoadTarget(warp, inst, lane, load))
      return false;
    piece.toAddress = load.place.offset;
    copy.pieces.push_back(piece);
    return issueLoads(warp, inst, lane, copy, load);
  }
  if (!findMemory(warp, inst, lane, true, target, bytes, piece.to,
                  piece.toAddress, copy.toCta))
    return false;
  copy.pieces.push_back(piece);
  return issueStore(warp, inst, lane, std::move(copy));
}

bool issueStore(Warp &warp, const Inst &inst, unsigned lane, BulkCopy copy) {
  for (const CopyPiece &piece : copy.pieces) {
    const Allocation *target =
        warp.cta.grid.program.memory().find(piece.toAddress, piece.bytes);
    if (target && target->readOnly)
      return warp.badConstant(inst, lane, *target);
  }
  copy.warp = &warp;
  copy.lane = lane;
  copy.inst = &inst;
  copy.group = warp.openBulkGroup[lane];
  return warp.cta.cluster.issue(std::move(copy));
}

static Step execBulk(Warp &warp, const Inst &inst, uint32_t mask) {
  for (; mask; mask &= mask - 1)
    if (!issueBulk(warp, inst, unsigned(llvm::countr_zero(mask))))
      return Step::Fault;
  return Step::Next;
}

static Step execBulkCommit(Warp &warp, const Inst &, uint32_t mask) {
  for (unsigned lane = 0; lane < warpSize; ++lane)
    warp.openBulkGroup[lane] += (mask >> lane) & 1;
  return Step::Next;
}

static Step execBulkWait(Warp &warp, const Inst &inst, uint32_t mask) {
  for (; mask; mask &= mask - 1)
    warp.cta.cluster.completeGroups(warp, unsigned(llvm::countr_zero(mask)),
                                    uint32_t(inst.imm),
                                    inst.flags & FlagPredicate);
  return Step::Next;
}

// st.async and red.async: registers go to another CTA's shared memory.
static Step execStoreAsync(Warp &warp, const Inst &inst, uint32_t mask) {
  const Ref *values = &warp.cta.grid.code.pool[inst.list + BulkOperands::Count];
  uint64_t bytes = uint64_t(inst.bytes) * inst.count;
  for (; mask; mask &= mask - 1) {
    auto lane = unsigned(llvm::countr_zero(mask));
    LoadTarget target;
    uint64_t address = bulkAddress(warp, inst, BulkOperands::Target, lane);
    if (!checkAligned(warp, inst, lane, address, unsigned(bytes),
                      "the target") ||
        !findLoadTarget(warp, inst, lane, target))
      return Step::Fault;
    BulkCopy copy;
    copy.bytes = bytes;
    copy.combine = reinterpret_cast<CombineFn>(inst.imm);
    copy.genericProxy = copy.isRead = true;
    copy.data.resize(bytes);
    for (unsigned i = 0; i < inst.count; ++i)
      std::memcpy(copy.data.data() + i * inst.bytes,
                  warp.reg<uint8_t>(values[i]) + lane * inst.bytes, inst.bytes);
    copy.pieces.push_back({nullptr, nullptr, 0, target.place.offset, bytes});
    if (!issueLoads(warp, inst, lane, copy, target))
      return Step::Fault;
  }
  return Step::Next;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

bool appendAddress(Decoder &d, const Operand &operand, Space space,
                   unsigned place) {
  // Of a tensor's operand, [map, {coordinates}], this is the map.
  Operand first = operand;
  if (first.kind == Operand::Kind::Address && first.elements.size() > 1)
    first.elements.resize(1);
  Ref base;
  int64_t offset;
  bool narrow;
  if (!d.address(base, offset, narrow, space, first))
    return false;
  d.appendRefs({base, d.constant(uint64_t(offset), 8)});
  if (narrow)
    d.inst.aux |= 1u << (place / 2);
  return true;
}

void appendNone(Decoder &d, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    d.appendRefs(Ref());
}

bool decodeTensorCopy(Decoder &d, bool reduce);

static bool takePolicy(Decoder &d, const Operand &operand) {
  Ref policy;
  return d.use(policy, operand, Type::U64);
}

// A prefetch changes no value.
static Step execNothing(Warp &, const Inst &, uint32_t) { return Step::Next; }

// cp.async.bulk.prefetch.L2.global{.L2::cache_hint} [a], size{, policy};
// cp.async.bulk.prefetch.tensor.Nd.L2.global{.tile}{.L2::cache_hint}
// [map, {coordinates}]{, policy}
static bool decodeBulkPrefetch(Decoder &d) {
  bool tensor = d.take("tensor");
  if ((tensor && !takeRank(d)) || !d.take("L2") || !d.take("global"))
    return d.unsupported();
  if (tensor)
    d.take("tile");
  bool hinted = d.take("L2::cache_hint");
  size_t count = (tensor ? 1 : 2) + unsigned(hinted);
  if (!d.expectOperands(count))
    return false;
  if (!appendAddress(d, d.operand(0), tensor ? Space::Generic : Space::Global,
                     BulkOperands::Target))
    return false;
  if (tensor ? !appendCoordinates(d, d.operand(0), d.inst.count)
             : !d.listUse(d.operand(1), Type::U32))
    return false;
  return (!hinted || takePolicy(d, d.operand(count - 1))) &&
         d.emit(execNothing);
}

/// Spaces and completion of a bulk copy; false after an error.
static bool takeRoute(Decoder &d, Route &route) {
  bool cluster = d.take("shared::cluster"), cta = d.take("shared::cta");
  bool global = d.take("global");
  if (d.take("bulk_group")) {
    route = SharedToGlobal;
    return (cta && global && !cluster) || d.unsupported();
  }
  if (!d.take("mbarrier::complete_tx::bytes"))
    return d.unsupported();
  route = global ? GlobalToShared : SharedToShared;
  d.inst.space = cluster ? Space::SharedCluster : Space::Shared;
  return (global ? cluster != cta : cluster && cta) || d.unsupported();
}

static bool decodeBulkCopy(Decoder &d, bool reduce) {
  Route route;
  if (!takeRoute(d, route))
    return false;
  bool multicast = d.take("multicast::cluster");
  bool hinted = d.take("L2::cache_hint");
  if (reduce) {
    Type type;
    CombineFn combine = takeCombine(d, type);
    if (!combine || route == GlobalToShared)
      return d.unsupported();
    d.inst.imm = int64_t(reinterpret_cast<intptr_t>(combine));
  }
  bool loads = route != SharedToGlobal;
  size_t count = 3 + unsigned(loads) + unsigned(multicast) + unsigned(hinted);
  if (!d.expectOperands(count))
    return false;
  Space shared = Space::Shared, global = Space::Global;
  if (!appendAddress(d, d.operand(0), loads ? d.inst.space : global,
                     BulkOperands::Target) ||
      !appendAddress(d, d.operand(1), route == GlobalToShared ? global : shared,
                     BulkOperands::Source))
    return false;
  if (!loads)
    appendNone(d, 2);
  else if (!appendAddress(d, d.operand(3), d.inst.space, BulkOperands::Barrier))
    return false;
  if (!d.listUse(d.operand(2), Type::U32))
    return false;
  if (!multicast)
    appendNone(d, 1);
  else if (!d.listUse(d.operand(4), Type::B16))
    return false;
  if (hinted && !takePolicy(d, d.operand(count - 1)))
    return false;
  d.inst.count = route;
  d.usesAsyncProxy();
  return d.emit(execBulk);
}

bool decodeBulk(Decoder &d, bool reduce) {
  if (d.take("commit_group"))
    return d.expectOperands(0) && d.emit(execBulkCommit);
  if (d.take("wait_group")) {
    if (d.take("read"))
      d.inst.flags |= FlagPredicate;
    if (!d.expectOperands(1) || !d.immediate(d.inst.imm, d.operand(0)))
      return false;
    if (d.inst.imm < 0)
      return d.error("the number of groups must not be negative");
    return d.emit(execBulkWait);
  }
  if (d.take("prefetch"))
    return decodeBulkPrefetch(d);
  return d.take("tensor") ? decodeTensorCopy(d, reduce)
                          : decodeBulkCopy(d, reduce);
}

static bool decodeRemoteStore(Decoder &d, unsigned count, Type type) {
  d.inst.space = Space::SharedCluster;
  if (!d.expectOperands(3))
    return false;
  if (!appendAddress(d, d.operand(0), Space::SharedCluster,
                     BulkOperands::Target))
    return false;
  appendNone(d, 2);
  if (!appendAddress(d, d.operand(2), Space::SharedCluster,
                     BulkOperands::Barrier))
    return false;
  appendNone(d, 2);
  const Operand &value = d.operand(1);
  bool vector = value.kind == Operand::Kind::Vector;
  ArrayRef<Operand> values =
      vector ? ArrayRef<Operand>(value.elements) : ArrayRef<Operand>(value);
  if (values.size() != count)
    return d.error(value.loc,
                   "the value must have " + Twine(count) + " registers");
  unsigned before = d.countUses();
  for (const Operand &element : values)
    if (!d.listUse(element, type))
      return false;
  if (d.statement().opcode == "st")
    d.noteStored(before);
  d.inst.count = uint8_t(count);
  d.inst.bytes = uint8_t(typeBytes(type));
  d.usesAsyncProxy();
  return d.emit(execStoreAsync);
}

// st.async{.weak}{.shared::cluster}.mbarrier::complete_tx::bytes{.vec}.type
// [a], b, [mbarrier]
bool decodeStoreAsync(Decoder &d) {
  d.take("weak");
  d.take("shared::cluster");
  if (!d.take("mbarrier::complete_tx::bytes"))
    return d.unsupported();
  unsigned count = d.take("v2") ? 2 : d.take("v4") ? 4 : 1;
  Type type = d.takeType();
  if (typeBits(type) != 32 && typeBits(type) != 64)
    return d.badType(type);
  return decodeRemoteStore(d, count, type);
}

// red.async.relaxed.cluster{.shared::cluster}.mbarrier::complete_tx::bytes.op
// .type [a], b, [mbarrier]
bool decodeReduceAsync(Decoder &d) {
  if (!d.take("relaxed") || !d.take("cluster"))
    return d.error("red.async needs .relaxed.cluster");
  d.take("shared::cluster");
  if (!d.take("mbarrier::complete_tx::bytes"))
    return d.unsupported();
  Type type;
  CombineFn combine = takeCombine(d, type);
  if (!combine)
    return d.unsupported();
  d.inst.imm = int64_t(reinterpret_cast<intptr_t>(combine));
  return decodeRemoteStore(d, 1, type);
}

} // namespace quantmlir::ptx
