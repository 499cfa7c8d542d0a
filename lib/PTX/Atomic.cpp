//===- Atomic.cpp - atom and red (9.7.13.5, 9.7.13.6) ---------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bulk.h"
#include "FloatOps.h"
#include "Lanes.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

enum class AtomicOp : uint8_t {
  Add,
  Min,
  Max,
  And,
  Or,
  Xor,
  Inc,
  Dec,
  Exch,
  Cas
};

template <typename T, AtomicOp op>
T combine(T old, T b, T c) {
  switch (op) {
  case AtomicOp::Add:
    return T(old + b);
  case AtomicOp::Min:
    return b < old ? b : old;
  case AtomicOp::Max:
    return b > old ? b : old;
  case AtomicOp::Exch:
    return b;
  case AtomicOp::Cas:
    return old == b ? c : old;
  default:
    break;
  }
  if constexpr (std::is_integral_v<T>) {
    switch (op) {
    case AtomicOp::And:
      return old & b;
    case AtomicOp::Or:
      return old | b;
    case AtomicOp::Xor:
      return old ^ b;
    case AtomicOp::Inc:
      return old >= b ? T(0) : T(old + 1);
    case AtomicOp::Dec:
      return old == 0 || old > b ? b : T(old - 1);
    default:
      break;
    }
  }
  return old;
}

/// Pairs of halves add lane by lane of the pair.
template <float (*widen)(uint16_t), uint16_t (*narrow)(float)>
uint32_t addPair(uint32_t a, uint32_t b) {
  uint32_t low = narrow(widen(uint16_t(a)) + widen(uint16_t(b)));
  uint32_t high = narrow(widen(uint16_t(a >> 16)) + widen(uint16_t(b >> 16)));
  return low | high << 16;
}

/// The update of one location, as bits of the storage type U.
template <typename U, typename T, AtomicOp op>
struct Typed {
  using Storage = U;
  static U update(U old, U b, U c) {
    return bitCast<U>(
        combine<T, op>(bitCast<T>(old), bitCast<T>(b), bitCast<T>(c)));
  }
};
template <float (*widen)(uint16_t), uint16_t (*narrow)(float)>
struct HalfAdd {
  using Storage = uint16_t;
  static uint16_t update(uint16_t old, uint16_t b, uint16_t) {
    return narrow(widen(old) + widen(b));
  }
};
template <float (*widen)(uint16_t), uint16_t (*narrow)(float)>
struct PairAdd {
  using Storage = uint32_t;
  static uint32_t update(uint32_t old, uint32_t b, uint32_t) {
    return addPair<widen, narrow>(old, b);
  }
};

} // namespace

template <typename Update>
static Step execAtomic(Warp &warp, const Inst &inst, uint32_t mask) {
  using U = typename Update::Storage;
  uint64_t address[warpSize];
  uint8_t *pointer[warpSize];
  warp.addresses(inst, inst.a, inst.imm, address);
  if (!warp.resolve(inst, inst.space, Access::Atomic, mask, sizeof(U), address,
                    pointer))
    return Step::Fault;
  U result[warpSize] = {};
  bool changes = false;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(llvm::countr_zero(rest));
    auto *location = reinterpret_cast<U *>(pointer[lane]);
    U b = warp.reg<U>(inst.b)[lane];
    U c = inst.c.valid() ? warp.reg<U>(inst.c)[lane] : U(0);
    U old = __atomic_load_n(location, __ATOMIC_RELAXED);
    U next = Update::update(old, b, c);
    while (!__atomic_compare_exchange_n(location, &old, next, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
      next = Update::update(old, b, c);
    changes |= std::memcmp(&old, &next, sizeof(U)) != 0;
    result[lane] = old;
  }
  if (!inst.d.valid()) {
    warp.cta.activity += changes;
    return Step::Next;
  }
  warp.write(inst.d, result, mask);
  return warp.polled(Warp::digest(mask, result, address));
}

template <typename U, typename T>
static ExecFn numericFn(AtomicOp op) {
  switch (op) {
  case AtomicOp::Add:
    return execAtomic<Typed<U, T, AtomicOp::Add>>;
  case AtomicOp::Min:
    return execAtomic<Typed<U, T, AtomicOp::Min>>;
  case AtomicOp::Max:
    return execAtomic<Typed<U, T, AtomicOp::Max>>;
  case AtomicOp::Inc:
    return execAtomic<Typed<U, T, AtomicOp::Inc>>;
  case AtomicOp::Dec:
    return execAtomic<Typed<U, T, AtomicOp::Dec>>;
  default:
    return nullptr;
  }
}

template <typename U>
static ExecFn bitsFn(AtomicOp op) {
  switch (op) {
  case AtomicOp::And:
    return execAtomic<Typed<U, U, AtomicOp::And>>;
  case AtomicOp::Or:
    return execAtomic<Typed<U, U, AtomicOp::Or>>;
  case AtomicOp::Xor:
    return execAtomic<Typed<U, U, AtomicOp::Xor>>;
  case AtomicOp::Exch:
    return execAtomic<Typed<U, U, AtomicOp::Exch>>;
  case AtomicOp::Cas:
    return execAtomic<Typed<U, U, AtomicOp::Cas>>;
  default:
    return nullptr;
  }
}

static ExecFn atomicFn(AtomicOp op, Type type) {
  bool add = op == AtomicOp::Add;
  switch (type) {
  case Type::B16:
    return op == AtomicOp::Cas || op == AtomicOp::Exch ? bitsFn<uint16_t>(op)
                                                       : nullptr;
  case Type::B32:
    return bitsFn<uint32_t>(op);
  case Type::B64:
    return bitsFn<uint64_t>(op);
  case Type::U32:
    return numericFn<uint32_t, uint32_t>(op);
  case Type::S32:
    return op <= AtomicOp::Max ? numericFn<uint32_t, int32_t>(op) : nullptr;
  case Type::U64:
    return op <= AtomicOp::Max ? numericFn<uint64_t, uint64_t>(op) : nullptr;
  case Type::S64:
    return op <= AtomicOp::Max ? numericFn<uint64_t, int64_t>(op) : nullptr;
  case Type::F32:
    return add ? execAtomic<Typed<uint32_t, float, AtomicOp::Add>> : nullptr;
  case Type::F64:
    return add ? execAtomic<Typed<uint64_t, double, AtomicOp::Add>> : nullptr;
  case Type::F16:
    return add ? execAtomic<HalfAdd<halfToFloat, floatToHalf>> : nullptr;
  case Type::BF16:
    return add ? execAtomic<HalfAdd<bfloatToFloat, floatToBfloat>> : nullptr;
  case Type::F16x2:
    return add ? execAtomic<PairAdd<halfToFloat, floatToHalf>> : nullptr;
  case Type::BF16x2:
    return add ? execAtomic<PairAdd<bfloatToFloat, floatToBfloat>> : nullptr;
  default:
    return nullptr;
  }
}

static const AtomicOp *takeAtomicOp(Decoder &d) {
  static const std::pair<const char *, AtomicOp> names[] = {
      {"add", AtomicOp::Add}, {"min", AtomicOp::Min}, {"max", AtomicOp::Max},
      {"and", AtomicOp::And}, {"or", AtomicOp::Or},   {"xor", AtomicOp::Xor},
      {"inc", AtomicOp::Inc}, {"dec", AtomicOp::Dec}, {"exch", AtomicOp::Exch},
      {"cas", AtomicOp::Cas}};
  for (auto &[name, value] : names)
    if (d.take(name))
      return &value;
  return nullptr;
}

/// Sums of halves never flush, and must say so.
static bool takeNoFlush(Decoder &d, AtomicOp op, Type type) {
  bool half = typeKind(type) == TypeKind::Float && type != Type::F32 &&
              type != Type::F64;
  return op != AtomicOp::Add || !half || d.take("noftz") ||
         d.error("'" + d.statement().opcode + "' of type '." + typeName(type) +
                 "' needs .noftz");
}

static bool decodeAtomicOp(Decoder &d, bool returns) {
  if (d.take("acquire"))
    d.inst.flags |= FlagAcquire;
  if (d.take("release"))
    d.inst.flags |= FlagRelease;
  if (d.take("acq_rel"))
    d.inst.flags |= FlagAcquire | FlagRelease;
  for (const char *modifier : {"relaxed", "cta", "cluster", "gpu", "sys"})
    d.take(modifier);
  Space space;
  d.takeSpace(space);
  if (space != Space::Global && space != Space::Shared &&
      space != Space::SharedCluster && space != Space::Generic)
    return d.unsupported();
  const AtomicOp *op = takeAtomicOp(d);
  if (!op)
    return d.unsupported();
  Type type = d.takeType();
  if (type == Type::None)
    return d.unsupported();
  // Sums of .s64 are those of .u64, the only one of the two that add has.
  if (*op == AtomicOp::Add && type == Type::S64)
    return d.badType(type);
  if (!takeNoFlush(d, *op, type))
    return false;
  // Exchanges are typed by bits, but older compilers write .u32.
  if ((*op == AtomicOp::Exch || *op == AtomicOp::Cas) &&
      typeKind(type) == TypeKind::Unsigned)
    type = typeBits(type) == 32 ? Type::B32 : Type::B64;
  unsigned first = returns ? 1 : 0;
  if (!d.expectOperands(first + (*op == AtomicOp::Cas ? 3 : 2)))
    return false;
  bool narrow;
  if ((returns && !d.def(d.inst.d, d.operand(0), type)) ||
      !d.address(d.inst.a, d.inst.imm, narrow, space, d.operand(first)) ||
      !d.use(d.inst.b, d.operand(first + 1), type) ||
      (*op == AtomicOp::Cas && !d.use(d.inst.c, d.operand(first + 2), type)))
    return false;
  d.inst.space = space;
  d.inst.aux = narrow ? 1 : 0;
  d.inst.bytes = uint8_t(typeBytes(type));
  d.inst.flags |= FlagVolatile;
  return d.emit(atomicFn(*op, type));
}

//===----------------------------------------------------------------------===//
// Reductions of bulk copies
//===----------------------------------------------------------------------===//

template <typename Update>
static void combineAll(uint8_t *to, const uint8_t *from, uint64_t bytes) {
  using U = typename Update::Storage;
  for (uint64_t i = 0; i < bytes; i += sizeof(U)) {
    auto *location = reinterpret_cast<U *>(to + i);
    U b;
    std::memcpy(&b, from + i, sizeof b);
    U old = __atomic_load_n(location, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(location, &old,
                                        Update::update(old, b, U(0)), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
      ;
  }
}

template <typename U, typename T>
static CombineFn combineNumbers(AtomicOp op) {
  switch (op) {
  case AtomicOp::Add:
    return combineAll<Typed<U, T, AtomicOp::Add>>;
  case AtomicOp::Min:
    return combineAll<Typed<U, T, AtomicOp::Min>>;
  case AtomicOp::Max:
    return combineAll<Typed<U, T, AtomicOp::Max>>;
  case AtomicOp::Inc:
    return combineAll<Typed<U, T, AtomicOp::Inc>>;
  case AtomicOp::Dec:
    return combineAll<Typed<U, T, AtomicOp::Dec>>;
  default:
    return nullptr;
  }
}

template <typename U>
static CombineFn combineBits(AtomicOp op) {
  switch (op) {
  case AtomicOp::And:
    return combineAll<Typed<U, U, AtomicOp::And>>;
  case AtomicOp::Or:
    return combineAll<Typed<U, U, AtomicOp::Or>>;
  case AtomicOp::Xor:
    return combineAll<Typed<U, U, AtomicOp::Xor>>;
  default:
    return nullptr;
  }
}

static CombineFn combineFn(AtomicOp op, Type type) {
  bool add = op == AtomicOp::Add, ordered = op <= AtomicOp::Max;
  switch (type) {
  case Type::B32:
    return combineBits<uint32_t>(op);
  case Type::B64:
    return combineBits<uint64_t>(op);
  case Type::U32:
    return combineNumbers<uint32_t, uint32_t>(op);
  case Type::S32:
    return ordered ? combineNumbers<uint32_t, int32_t>(op) : nullptr;
  case Type::U64:
    return ordered ? combineNumbers<uint64_t, uint64_t>(op) : nullptr;
  case Type::S64:
    return ordered ? combineNumbers<uint64_t, int64_t>(op) : nullptr;
  case Type::F32:
    return add ? combineAll<Typed<uint32_t, float, AtomicOp::Add>> : nullptr;
  case Type::F64:
    return add ? combineAll<Typed<uint64_t, double, AtomicOp::Add>> : nullptr;
  case Type::F16:
    return add ? combineAll<HalfAdd<halfToFloat, floatToHalf>> : nullptr;
  case Type::BF16:
    return add ? combineAll<HalfAdd<bfloatToFloat, floatToBfloat>> : nullptr;
  default:
    return nullptr;
  }
}

CombineFn takeCombine(Decoder &d, Type &type) {
  const AtomicOp *op = takeAtomicOp(d);
  type = d.takeType();
  if (!op || !takeNoFlush(d, *op, type) ||
      (*op == AtomicOp::Add && type == Type::S64))
    return nullptr;
  return combineFn(*op, type);
}

bool takeCombineOp(Decoder &d, uint8_t &number) {
  const AtomicOp *op = takeAtomicOp(d);
  if (op)
    number = uint8_t(*op);
  return op;
}

CombineFn combineFor(uint8_t number, Type type) {
  auto op = AtomicOp(number);
  bool bits = op == AtomicOp::And || op == AtomicOp::Or || op == AtomicOp::Xor;
  if (bits && typeKind(type) != TypeKind::Float)
    type = typeBits(type) == 32   ? Type::B32
           : typeBits(type) == 64 ? Type::B64
                                  : Type::None;
  return combineFn(op, type);
}

bool decodeReduceAsync(Decoder &d);

static bool decodeAtom(Decoder &d) { return decodeAtomicOp(d, true); }
static bool decodeRed(Decoder &d) {
  if (d.take("async"))
    return decodeReduceAsync(d);
  return decodeAtomicOp(d, false);
}

ArrayRef<OpcodeEntry> atomicOpcodes() {
  static const OpcodeEntry table[] = {{"atom", decodeAtom}, {"red", decodeRed}};
  return table;
}

} // namespace quantmlir::ptx
