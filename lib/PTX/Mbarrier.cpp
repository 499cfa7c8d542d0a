//===- Mbarrier.cpp - mbarrier objects (9.7.13.15) ------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Cluster.h"
#include "Lanes.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

namespace {
enum class Op : uint8_t {
  Init,
  Invalidate,
  Arrive,
  ArriveDrop,
  ExpectTransactions,
  CompleteTransactions
};
/// Inst::target: the first source is a transaction count that is expected
/// before the arrival; an arrival must not complete the phase; a test is by
/// the phase's parity.
enum : uint32_t { ArriveExpect = 1, NoComplete = 2, ByParity = 4 };
} // namespace

/// The range of counts (9.7.13.15.2).
static constexpr uint32_t maxCount = (1u << 20) - 1;

/// What stands in memory in place of the opaque object.
static uint64_t markOf(uint64_t offset) {
  return 0x7265697272616221 + (offset << 8);
}

/// The state that arrivals return: the phase and its pending count.
static uint64_t stateOf(const Mbarrier &barrier) {
  return barrier.phase << 20 | barrier.pending;
}

Mbarrier *findMbarrier(Warp &warp, const Inst &inst, unsigned lane,
                       const SharedPlace &place) {
  auto it = place.cta->mbarriers.find(place.offset);
  if (it == place.cta->mbarriers.end()) {
    warp.fault(inst, 1u << lane, "mbarrier",
               "no mbarrier was initialized at shared offset " +
                   Twine(place.offset));
    return nullptr;
  }
  uint64_t mark;
  std::memcpy(&mark, place.cta->shared.data() + place.offset, sizeof mark);
  if (mark == markOf(place.offset))
    return &it->second;
  warp.fault(inst, 1u << lane, "mbarrier",
             "the mbarrier at shared offset " + Twine(place.offset) +
                 " was overwritten");
  return nullptr;
}

void Cluster::settle(const SharedPlace &place) {
  Mbarrier &barrier = place.cta->mbarriers[place.offset];
  if (barrier.pending || barrier.transactions)
    return;
  ++barrier.phase;
  ++events;
  barrier.pending = barrier.expected;
  if (grid.options.check) {
    joinInto(barrier.completed, barrier.arriving);
    barrier.arriving.clear();
  }
  forEachSplit([&](Warp &, Split &split) {
    if (split.state == Split::AtMbarrier &&
        (!split.mbarrier.cta || split.mbarrier == place))
      split.state = Split::Ready;
  });
}

//===----------------------------------------------------------------------===//
// Objects and arrivals
//===----------------------------------------------------------------------===//

static bool initialize(Warp &warp, const Inst &inst, unsigned lane,
                       const SharedPlace &place, uint32_t count) {
  if (count == 0 || count > maxCount) {
    warp.fault(inst, 1u << lane, "mbarrier",
               "an mbarrier of " + Twine(count) +
                   " arrivals; the count is from 1 to " + Twine(maxCount));
    return false;
  }
  // findMbarrier without its faults.
  uint64_t old;
  std::memcpy(&old, place.cta->shared.data() + place.offset, sizeof old);
  if (warp.cta.checker && place.cta->mbarriers.count(place.offset) &&
      old == markOf(place.offset))
    warp.report(inst, 1u << lane, "mbarrier",
                "the mbarrier at shared offset " + Twine(place.offset) +
                    " is initialized again without mbarrier.inval between");
  Mbarrier barrier;
  barrier.expected = barrier.pending = count;
  place.cta->mbarriers[place.offset] = std::move(barrier);
  uint64_t mark = markOf(place.offset);
  std::memcpy(place.cta->shared.data() + place.offset, &mark, sizeof mark);
  return true;
}

static bool expectTransactions(Warp &warp, const Inst &inst, unsigned lane,
                               Mbarrier &barrier, int64_t bytes) {
  barrier.transactions += bytes;
  if (std::abs(barrier.transactions) <= int64_t(maxCount))
    return true;
  warp.fault(inst, 1u << lane, "mbarrier",
             "the transaction count " + Twine(barrier.transactions) +
                 " is out of range");
  return false;
}

static bool arriveAt(Warp &warp, const Inst &inst, unsigned lane,
                     Mbarrier &barrier, uint32_t count) {
  if (count == 0 || count > barrier.pending) {
    warp.fault(inst, 1u << lane, "mbarrier",
               "arrival of " + Twine(count) + " where the phase waits for " +
                   Twine(barrier.pending));
    return false;
  }
  if (Op(inst.count) == Op::ArriveDrop)
    barrier.expected -= std::min(count, barrier.expected);
  barrier.pending -= count;
  if (!(inst.target & NoComplete) || barrier.pending || barrier.transactions)
    return true;
  warp.fault(inst, 1u << lane, "mbarrier",
             "an arrival with .noComplete completes the phase");
  return false;
}

/// One lane's operation; `state` is what an arrival returns.
static bool apply(Warp &warp, const Inst &inst, unsigned lane,
                  const SharedPlace &place, uint32_t value, uint64_t &state) {
  Op op = Op(inst.count);
  if (op == Op::Init)
    return initialize(warp, inst, lane, place, value);
  Mbarrier *barrier = findMbarrier(warp, inst, lane, place);
  if (!barrier)
    return false;
  Cluster &cluster = warp.cta.cluster;
  state = stateOf(*barrier);
  switch (op) {
  case Op::Invalidate:
    place.cta->mbarriers.erase(place.offset);
    return true;
  case Op::ExpectTransactions:
    return expectTransactions(warp, inst, lane, *barrier, value);
  case Op::CompleteTransactions:
    if (!expectTransactions(warp, inst, lane, *barrier, -int64_t(value)))
      return false;
    cluster.settle(place);
    return true;
  default:
    break;
  }
  bool expects = inst.target & ArriveExpect;
  if (expects && !expectTransactions(warp, inst, lane, *barrier, value))
    return false;
  if (Checker *checker = warp.cta.checker.get()) {
    if (inst.flags & FlagRelease)
      checker->release(warp, 1u << lane, barrier->arriving);
    else
      checker->releaseFenced(warp, 1u << lane, barrier->arriving);
  }
  if (!arriveAt(warp, inst, lane, *barrier, expects ? 1 : value))
    return false;
  cluster.settle(place);
  return true;
}

static Step execObject(Warp &warp, const Inst &inst, uint32_t mask) {
  SharedPlace places[warpSize];
  bool weak = Op(inst.count) == Op::Init || Op(inst.count) == Op::Invalidate;
  Inst access = inst;
  access.flags &= uint8_t(~(FlagRelease | FlagAcquire));
  if (!warp.sharedPlaces(access, weak ? Access::Write : Access::Atomic, mask, 8,
                         places))
    return Step::Fault;
  ++warp.cta.activity;
  uint64_t states[warpSize] = {};
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    uint32_t value = inst.b.valid() ? warp.reg<uint32_t>(inst.b)[lane] : 1;
    if (!apply(warp, inst, lane, places[lane], value, states[lane]))
      return Step::Fault;
  }
  if (inst.d.valid())
    warp.write(inst.d, states, mask);
  return Step::Next;
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

static bool isComplete(const Mbarrier &barrier, const Inst &inst,
                       uint64_t operand) {
  if (inst.target & ByParity)
    return (barrier.phase & 1) != (operand & 1);
  return barrier.phase != operand >> 20;
}

// A test that would fail waits: how long it takes is not promised, so this is
// test_wait as well. When no thread of the cluster has anything else to do,
// all of them fail.
static Step execTest(Warp &warp, const Inst &inst, uint32_t mask) {
  Split &here = warp.splits[warp.current];
  bool mayFail = here.resumed;
  here.resumed = false;
  SharedPlace places[warpSize];
  Inst access = inst;
  access.flags &= uint8_t(~FlagAcquire);
  if (!warp.sharedPlaces(access, Access::Atomic, mask, 8, places))
    return Step::Fault;
  uint32_t done = 0;
  bool same = true;
  auto first = unsigned(llvm::countr_zero(mask));
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    Mbarrier *barrier = findMbarrier(warp, inst, lane, places[lane]);
    if (!barrier)
      return Step::Fault;
    uint64_t operand = inst.target & ByParity
                           ? warp.reg<uint32_t>(inst.b)[lane]
                           : warp.reg<uint64_t>(inst.b)[lane];
    if (!isComplete(*barrier, inst, operand))
      warp.cta.cluster.deliver(places[lane]);
    done |= uint32_t(isComplete(*barrier, inst, operand)) << lane;
    same &= places[lane] == places[first];
  }
  if (!done && !mayFail) {
    Step step = warp.suspend(mask, Split::AtMbarrier);
    warp.splits[warp.current].mbarrier = same ? places[first] : SharedPlace();
    return step;
  }
  if (warp.cta.checker && (inst.flags & FlagAcquire))
    for (uint32_t rest = done; rest; rest &= rest - 1) {
      auto lane = unsigned(llvm::countr_zero(rest));
      SharedPlace &place = places[lane];
      warp.cta.checker->acquire(warp, 1u << lane,
                                place.cta->mbarriers[place.offset].completed);
    }
  warp.writePredicate(inst.d, done, mask);
  return Step::Next;
}

static Step execPendingCount(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t counts[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    counts[lane] = uint32_t(warp.reg<uint64_t>(inst.a)[lane]) & maxCount;
  warp.write(inst.d, counts, mask);
  return Step::Next;
}

//===----------------------------------------------------------------------===//
// cp.async.mbarrier.arrive (9.7.13.15.15)
//===----------------------------------------------------------------------===//

// Without .noinc the arrival is one more than those that the phase expects.
static Step execCopyArrive(Warp &warp, const Inst &inst, uint32_t mask) {
  SharedPlace places[warpSize];
  if (!warp.sharedPlaces(inst, Access::Atomic, mask, 8, places))
    return Step::Fault;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    auto lane = unsigned(llvm::countr_zero(rest));
    Mbarrier *barrier = findMbarrier(warp, inst, lane, places[lane]);
    if (!barrier)
      return Step::Fault;
    if (!(inst.target & NoComplete))
      ++barrier->pending;
    warp.cta.cluster.addArrival(
        {places[lane], &warp, lane, warp.copySequence, &inst});
  }
  return Step::Next;
}

void Cluster::finish(const CopyArrival &arrival) {
  Warp &warp = *arrival.warp;
  warp.completeCopiesBefore(arrival.lane, arrival.sequence);
  auto it = arrival.mbarrier.cta->mbarriers.find(arrival.mbarrier.offset);
  if (it == arrival.mbarrier.cta->mbarriers.end())
    return;
  if (warp.cta.checker)
    warp.cta.checker->release(warp, 1u << arrival.lane, it->second.arriving);
  if (it->second.pending == 0) {
    warp.fault(*arrival.inst, 1u << arrival.lane, "mbarrier",
               "arrival where the phase waits for none");
    return;
  }
  --it->second.pending;
  settle(arrival.mbarrier);
}

// cp.async.mbarrier.arrive{.noinc}{.shared{::cta}}.b64 [a]
bool decodeCopyArrive(Decoder &d) {
  if (!d.take("arrive"))
    return d.unsupported();
  if (d.take("noinc"))
    d.inst.target = NoComplete;
  Space space;
  d.takeSpace(space);
  if (d.takeType() != Type::B64 ||
      (space != Space::Generic && space != Space::Shared))
    return d.unsupported();
  bool narrow;
  if (!d.expectOperands(1) ||
      !d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(0)))
    return false;
  d.inst.space = space;
  d.inst.aux = narrow ? 1 : 0;
  d.inst.flags |= FlagVolatile;
  return d.emit(execCopyArrive);
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

static bool takeAddress(Decoder &d, Space space, unsigned operand) {
  bool narrow;
  if (space != Space::Generic && space != Space::Shared &&
      space != Space::SharedCluster)
    return d.unsupported();
  if (!d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(operand)))
    return false;
  d.inst.space = space;
  d.inst.aux = narrow ? 1 : 0;
  d.inst.flags |= FlagVolatile;
  return true;
}

static bool takeOrder(Decoder &d, const char *strong, uint8_t flag) {
  bool relaxed = d.take("relaxed");
  d.take(strong);
  for (const char *scope : {"cta", "cluster"})
    d.take(scope);
  if (!relaxed)
    d.inst.flags |= flag;
  return true;
}

// test_wait and try_wait: p, [a], state or parity{, time limit}.
static bool decodeTest(Decoder &d, bool mayTakeLimit) {
  if (d.take("parity"))
    d.inst.target = ByParity;
  takeOrder(d, "acquire", FlagAcquire);
  Space space;
  d.takeSpace(space);
  Type operand = d.inst.target & ByParity ? Type::U32 : Type::U64;
  Ref limit;
  return (d.takeType() == Type::B64 || d.unsupported()) &&
         d.expectOperands(3, mayTakeLimit ? 4 : 3) &&
         takeAddress(d, space, 1) &&
         d.def(d.inst.d, d.operand(0), Type::Pred) &&
         d.use(d.inst.b, d.operand(2), operand) &&
         (d.operandCount() == 3 || d.use(limit, d.operand(3), Type::U32)) &&
         d.emit(execTest);
}

// arrive and arrive_drop: {state,} [a]{, count or transactions}.
static bool decodeArrive(Decoder &d) {
  if (d.take("expect_tx"))
    d.inst.target |= ArriveExpect;
  if (d.take("noComplete"))
    d.inst.target |= NoComplete;
  takeOrder(d, "release", FlagRelease);
  Space space;
  d.takeSpace(space);
  if (d.takeType() != Type::B64)
    return d.unsupported();
  bool returns = !d.statement().operands.empty() &&
                 d.operand(0).kind != Operand::Kind::Address;
  unsigned first = returns ? 1 : 0;
  bool needsValue = d.inst.target != 0;
  if (!d.expectOperands(first + (needsValue ? 2 : 1), first + 2))
    return false;
  if (returns && d.operand(0).kind != Operand::Kind::Sink &&
      !d.def(d.inst.d, d.operand(0), Type::U64))
    return false;
  if (d.operandCount() == first + 2 &&
      !d.use(d.inst.b, d.operand(first + 1), Type::U32))
    return false;
  return takeAddress(d, space, first) && d.emit(execObject);
}

static bool decodeMbarrier(Decoder &d) {
  if (d.take("test_wait"))
    return decodeTest(d, false);
  if (d.take("try_wait"))
    return decodeTest(d, true);
  if (d.take("arrive")) {
    d.inst.count = uint8_t(Op::Arrive);
    return decodeArrive(d);
  }
  if (d.take("arrive_drop")) {
    d.inst.count = uint8_t(Op::ArriveDrop);
    return decodeArrive(d);
  }
  if (d.take("pending_count"))
    return (d.takeType() == Type::B64 || d.unsupported()) &&
           d.expectOperands(2) && d.def(d.inst.d, d.operand(0), Type::U32) &&
           d.use(d.inst.a, d.operand(1), Type::U64) && d.emit(execPendingCount);
  static const std::pair<const char *, Op> names[] = {
      {"init", Op::Init},
      {"inval", Op::Invalidate},
      {"expect_tx", Op::ExpectTransactions},
      {"complete_tx", Op::CompleteTransactions}};
  for (auto &[name, op] : names) {
    if (!d.take(name))
      continue;
    d.inst.count = uint8_t(op);
    takeOrder(d, "relaxed", 0);
    Space space;
    d.takeSpace(space);
    bool hasValue = op != Op::Invalidate;
    if (d.takeType() != Type::B64 || !d.expectOperands(hasValue ? 2 : 1))
      return d.unsupported();
    if (hasValue && !d.use(d.inst.b, d.operand(1), Type::U32))
      return false;
    if (!takeAddress(d, space, 0))
      return false;
    // inval is as strong as the tests and arrivals before it: libcu++ orders
    // those by a warp's match.sync, which PTX does not count as order.
    if (op == Op::Init)
      d.inst.flags &= uint8_t(~FlagVolatile);
    return d.emit(execObject);
  }
  return d.unsupported();
}

ArrayRef<OpcodeEntry> mbarrierOpcodes() {
  static const OpcodeEntry table[] = {{"mbarrier", decodeMbarrier}};
  return table;
}

} // namespace quantmlir::ptx
