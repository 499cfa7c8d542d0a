//===- WarpOps.cpp - shfl, vote, match, redux (9.7.9.6, 9.7.13) -----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <algorithm>

using namespace llvm;

namespace quantmlir::ptx {

/// Runs `body` for each set of lanes that name the same member mask: tiles of
/// cooperative groups are such sets of one instruction. Lanes whose members are
/// not all here wait for them.
template <ExecFn body>
static Step forEachGroup(Warp &warp, const Inst &inst, uint32_t mask,
                         Ref members) {
  uint32_t waiting = 0, lacking = 0;
  for (uint32_t rest = mask; rest;) {
    uint32_t named;
    uint32_t group = Warp::takeGroup(warp.reg<uint32_t>(members), rest, named);
    if (uint32_t strangers = group & ~named)
      return warp.fault(inst, strangers, "warp-sync",
                        "the executing lane is not in the member mask 0x" +
                            Twine::utohexstr(named));
    uint32_t missing = named & warp.alive & ~group;
    if (uint32_t others = missing & mask)
      return warp.fault(inst, others, "warp-sync",
                        "the lane is in the member mask 0x" +
                            Twine::utohexstr(named) +
                            " of others, and names another mask");
    if (missing & warp.active)
      return warp.fault(inst, missing & warp.active, "divergence",
                        "a lane that the instruction needs has a false guard");
    lacking |= missing;
    if (missing)
      waiting |= group;
    else if (body(warp, inst, group) == Step::Fault)
      return Step::Fault;
  }
  return waiting ? warp.suspend(waiting, Split::Converging, lacking)
                 : Step::Next;
}

/// The member mask is operand b.
template <ExecFn body>
static Step execSync(Warp &warp, const Inst &inst, uint32_t mask) {
  return forEachGroup<body>(warp, inst, mask, inst.b);
}

namespace {
enum class Shuffle : uint8_t { Up, Down, Butterfly, Index };
} // namespace

// shfl.sync d|p, a, b, c, members: as the manual's pseudocode.
static Step shuffle(Warp &warp, const Inst &inst, uint32_t mask) {
  const Ref *extra = &warp.cta.grid.code.pool[inst.list];
  uint32_t result[warpSize], inside = 0;
  const auto *a = warp.reg<uint32_t>(inst.a);
  for (uint32_t lane = 0; lane < warpSize; ++lane) {
    uint32_t b = warp.reg<uint32_t>(inst.b)[lane] & 31;
    uint32_t c = warp.reg<uint32_t>(inst.c)[lane];
    uint32_t segment = (c >> 8) & 31, clampLane = c & 31;
    uint32_t most = (lane & segment) | (clampLane & ~segment);
    uint32_t least = lane & segment;
    int32_t from;
    bool ok;
    switch (Shuffle(inst.imm)) {
    case Shuffle::Up:
      from = int32_t(lane) - int32_t(b);
      ok = from >= int32_t(most);
      break;
    case Shuffle::Down:
      from = int32_t(lane + b);
      ok = from <= int32_t(most);
      break;
    case Shuffle::Butterfly:
      from = int32_t(lane ^ b);
      ok = from <= int32_t(most);
      break;
    default:
      from = int32_t(least | (b & ~segment));
      ok = from <= int32_t(most);
      break;
    }
    if (!ok)
      from = int32_t(lane);
    inside |= uint32_t(ok) << lane;
    result[lane] = a[from & 31];
    // The value of a lane that does not take part is undefined.
    bool reads = (mask >> lane) & 1;
    if (reads && !((mask >> (from & 31)) & 1) && warp.cta.grid.options.check)
      return warp.fault(inst, 1u << lane, "shuffle",
                        "the source lane " + Twine(from & 31) +
                            " does not take part");
  }
  warp.write(inst.d, result, mask);
  if (extra[1].valid())
    warp.writePredicate(extra[1], inside, mask);
  return Step::Next;
}

static Step execShfl(Warp &warp, const Inst &inst, uint32_t mask) {
  Ref members = warp.cta.grid.code.pool[inst.list];
  return forEachGroup<shuffle>(warp, inst, mask, members);
}

static bool decodeShfl(Decoder &d) {
  if (!d.take("sync"))
    return d.error("shfl without .sync is not supported; sm_70 and later have "
                   "only shfl.sync");
  d.inst.imm = int64_t(d.take("up")     ? Shuffle::Up
                       : d.take("down") ? Shuffle::Down
                       : d.take("bfly") ? Shuffle::Butterfly
                                        : Shuffle::Index);
  if (Shuffle(d.inst.imm) == Shuffle::Index && !d.take("idx"))
    return d.unsupported();
  if (d.takeType() != Type::B32 || !d.expectOperands(5))
    return d.unsupported();
  const Operand &target = d.operand(0);
  bool pair = target.kind == Operand::Kind::Pair;
  if (!d.def(d.inst.d, pair ? target.elements[0] : target, Type::B32) ||
      !d.use(d.inst.a, d.operand(1), Type::B32) ||
      !d.use(d.inst.b, d.operand(2), Type::B32) ||
      !d.use(d.inst.c, d.operand(3), Type::B32) ||
      !d.listUse(d.operand(4), Type::U32))
    return false;
  if (pair) {
    if (!d.listDef(target.elements[1], Type::Pred))
      return false;
  } else {
    d.appendRefs(Ref());
  }
  return d.emit(execShfl);
}

namespace {
enum class Vote : uint8_t { All, Any, Uniform, Ballot };
} // namespace

// The guard may leave members out; they vote only if they execute.
static Step vote(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t values = warp.predicate(inst.a);
  values = (inst.aux ? ~values : values) & mask;
  switch (Vote(inst.imm)) {
  case Vote::All:
    warp.writePredicate(inst.d, values == mask ? allLanes : 0, mask);
    break;
  case Vote::Any:
    warp.writePredicate(inst.d, values ? allLanes : 0, mask);
    break;
  case Vote::Uniform:
    warp.writePredicate(inst.d, values == mask || !values ? allLanes : 0, mask);
    break;
  case Vote::Ballot: {
    uint32_t result[warpSize];
    std::fill_n(result, warpSize, values);
    warp.write(inst.d, result, mask);
    break;
  }
  }
  return Step::Next;
}

static bool decodeVote(Decoder &d) {
  if (!d.take("sync"))
    return d.error("vote without .sync is not supported");
  Vote kind = d.take("all")      ? Vote::All
              : d.take("any")    ? Vote::Any
              : d.take("uni")    ? Vote::Uniform
              : d.take("ballot") ? Vote::Ballot
                                 : Vote(255);
  if (kind == Vote(255))
    return d.unsupported();
  Type type = d.takeType();
  if (type != (kind == Vote::Ballot ? Type::B32 : Type::Pred))
    return d.badType(type);
  d.inst.imm = int64_t(kind);
  if (!d.expectOperands(3))
    return false;
  bool negated;
  if (!d.usePredicate(d.inst.a, d.operand(1), negated))
    return false;
  d.inst.aux = negated;
  return d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.b, d.operand(2), Type::B32) && d.emit(execSync<vote>);
}

// match.any.sync d, a, m; match.all.sync d|p, a, m (9.7.13.9)
template <typename T, bool all>
static Step match(Warp &warp, const Inst &inst, uint32_t mask) {
  const T *a = warp.reg<T>(inst.a);
  uint32_t result[warpSize] = {};
  bool same = true;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (uint32_t rest = mask; rest; rest &= rest - 1) {
      auto other = unsigned(llvm::countr_zero(rest));
      bool equal = a[lane] == a[other];
      result[lane] |= uint32_t(equal) << other;
      if ((mask >> lane) & 1)
        same &= equal;
    }
  if (all) {
    std::fill_n(result, warpSize, same ? mask : 0);
    if (inst.c.valid())
      warp.writePredicate(inst.c, same ? allLanes : 0, mask);
  }
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodeMatch(Decoder &d) {
  bool all = d.take("all");
  if ((!all && !d.take("any")) || !d.take("sync"))
    return d.unsupported();
  Type type = d.takeType();
  ExecFn fn = type == Type::B32   ? (all ? execSync<match<uint32_t, true>>
                                         : execSync<match<uint32_t, false>>)
              : type == Type::B64 ? (all ? execSync<match<uint64_t, true>>
                                         : execSync<match<uint64_t, false>>)
                                  : ExecFn(nullptr);
  if (!fn)
    return d.badType(type);
  if (!d.expectOperands(3))
    return false;
  const Operand &target = d.operand(0);
  bool pair = target.kind == Operand::Kind::Pair;
  return d.def(d.inst.d, pair ? target.elements[0] : target, Type::U32) &&
         (!pair || d.def(d.inst.c, target.elements[1], Type::Pred)) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), Type::B32) && d.emit(fn);
}

// Which lanes are here may change without anything that this one does.
static Step execActiveMask(Warp &warp, const Inst &inst, uint32_t mask) {
  ++warp.outside;
  uint32_t result[warpSize];
  std::fill_n(result, warpSize, mask);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodeActiveMask(Decoder &d) {
  if (d.takeType() != Type::B32)
    return d.unsupported();
  return d.expectOperands(1) && d.def(d.inst.d, d.operand(0), Type::B32) &&
         d.emit(execActiveMask);
}

namespace {
enum class Reduction : uint8_t { Add, Min, Max, And, Or, Xor };
} // namespace

template <typename T>
static Step reduce(Warp &warp, const Inst &inst, uint32_t mask) {
  const T *a = warp.reg<T>(inst.a);
  T total = a[llvm::countr_zero(mask)];
  for (uint32_t rest = mask & (mask - 1); rest; rest &= rest - 1) {
    T value = a[llvm::countr_zero(rest)];
    switch (Reduction(inst.imm)) {
    case Reduction::Add:
      total = T(uint32_t(total) + uint32_t(value));
      break;
    case Reduction::Min:
      total = std::min(total, value);
      break;
    case Reduction::Max:
      total = std::max(total, value);
      break;
    case Reduction::And:
      total &= value;
      break;
    case Reduction::Or:
      total |= value;
      break;
    case Reduction::Xor:
      total ^= value;
      break;
    }
  }
  T result[warpSize];
  std::fill_n(result, warpSize, total);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static bool decodeRedux(Decoder &d) {
  static const std::pair<const char *, Reduction> names[] = {
      {"add", Reduction::Add}, {"min", Reduction::Min},
      {"max", Reduction::Max}, {"and", Reduction::And},
      {"or", Reduction::Or},   {"xor", Reduction::Xor}};
  if (!d.take("sync"))
    return d.unsupported();
  bool found = false;
  for (auto &[name, op] : names)
    if (!found && d.take(name)) {
      d.inst.imm = int64_t(op);
      found = true;
    }
  Type type = d.takeType();
  if (!found)
    return d.unsupported();
  if (type != Type::S32 && type != Type::U32 && type != Type::B32)
    return d.badType(type);
  return d.expectOperands(3) && d.def(d.inst.d, d.operand(0), Type::U32) &&
         d.use(d.inst.a, d.operand(1), Type::U32) &&
         d.use(d.inst.b, d.operand(2), Type::B32) &&
         d.emit(type == Type::S32 ? execSync<reduce<int32_t>>
                                  : execSync<reduce<uint32_t>>);
}

// elect.sync d|p, members: the lowest lane (9.7.13.15).
static Step elect(Warp &warp, const Inst &inst, uint32_t mask) {
  auto leader = unsigned(llvm::countr_zero(mask));
  uint32_t result[warpSize];
  std::fill_n(result, warpSize, leader);
  warp.write(inst.d, result, mask);
  warp.writePredicate(inst.c, 1u << leader, mask);
  return Step::Next;
}

static bool decodeElect(Decoder &d) {
  if (!d.take("sync") || !d.expectOperands(2))
    return d.unsupported();
  const Operand &target = d.operand(0);
  if (target.kind != Operand::Kind::Pair)
    return d.error("elect.sync has two results");
  return d.def(d.inst.d, target.elements[0], Type::U32) &&
         d.def(d.inst.c, target.elements[1], Type::Pred) &&
         d.use(d.inst.b, d.operand(1), Type::B32) && d.emit(execSync<elect>);
}

ArrayRef<OpcodeEntry> warpOpcodes() {
  static const OpcodeEntry table[] = {
      {"shfl", decodeShfl},   {"vote", decodeVote},
      {"match", decodeMatch}, {"activemask", decodeActiveMask},
      {"redux", decodeRedux}, {"elect", decodeElect},
  };
  return table;
}

} // namespace quantmlir::ptx
