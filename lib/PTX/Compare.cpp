//===- Compare.cpp - comparison and selection (9.7.6, 9.7.7) --------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "Lanes.h"

#include <utility>

using namespace llvm;

namespace quantmlir::ptx {

namespace {

enum class Relation : uint8_t { Eq, Ne, Lt, Le, Gt, Ge, Number, Nan };
enum class BoolOp : uint8_t { None, And, Or, Xor };

/// Flags of a comparison, in Inst::imm: the relation, and these.
enum : int64_t { RelationMask = 15, Unordered = 16 };

template <typename T, Relation relation>
bool holds(T a, T b) {
  switch (relation) {
  case Relation::Eq:
    return a == b;
  case Relation::Ne:
    // For floats, "ne" is false if an operand is NaN.
    return a < b || a > b;
  case Relation::Lt:
    return a < b;
  case Relation::Le:
    return a <= b;
  case Relation::Gt:
    return a > b;
  case Relation::Ge:
    return a >= b;
  case Relation::Number:
    return a == a && b == b;
  case Relation::Nan:
    return a != a || b != b;
  }
}

template <typename T, Relation relation>
uint32_t compareLanes(const T *a, const T *b, bool unordered) {
  uint32_t bits = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    bits |= uint32_t(holds<T, relation>(a[lane], b[lane])) << lane;
  if (unordered)
    for (unsigned lane = 0; lane < warpSize; ++lane)
      bits |= uint32_t(a[lane] != a[lane] || b[lane] != b[lane]) << lane;
  return bits;
}

template <typename T>
uint32_t compare(const Inst &inst, const T *a, const T *b) {
  bool unordered = inst.imm & Unordered;
  switch (Relation(inst.imm & RelationMask)) {
  case Relation::Eq:
    return compareLanes<T, Relation::Eq>(a, b, unordered);
  case Relation::Ne:
    return compareLanes<T, Relation::Ne>(a, b, unordered);
  case Relation::Lt:
    return compareLanes<T, Relation::Lt>(a, b, unordered);
  case Relation::Le:
    return compareLanes<T, Relation::Le>(a, b, unordered);
  case Relation::Gt:
    return compareLanes<T, Relation::Gt>(a, b, unordered);
  case Relation::Ge:
    return compareLanes<T, Relation::Ge>(a, b, unordered);
  case Relation::Number:
    return compareLanes<T, Relation::Number>(a, b, false);
  case Relation::Nan:
    return compareLanes<T, Relation::Nan>(a, b, false);
  }
  return 0;
}

/// How the lanes of a type are read for comparison.
template <typename T>
struct Direct {
  using Value = T;
  static uint32_t run(Warp &warp, const Inst &inst) {
    return compare<T>(inst, warp.reg<T>(inst.a), warp.reg<T>(inst.b));
  }
};
struct FlushedFloat {
  static uint32_t run(Warp &warp, const Inst &inst) {
    float a[warpSize], b[warpSize];
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      a[lane] = flush(warp.reg<float>(inst.a)[lane]);
      b[lane] = flush(warp.reg<float>(inst.b)[lane]);
    }
    return compare<float>(inst, a, b);
  }
};
float flushedHalf(uint16_t bits) {
  return halfToFloat((bits & 0x7fff) < 0x0400 ? bits & 0x8000 : bits);
}
template <float (*widen)(uint16_t), bool high>
struct Narrow {
  static uint32_t run(Warp &warp, const Inst &inst) {
    float a[warpSize], b[warpSize];
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      if (high) {
        a[lane] = widen(uint16_t(warp.reg<uint32_t>(inst.a)[lane] >> 16));
        b[lane] = widen(uint16_t(warp.reg<uint32_t>(inst.b)[lane] >> 16));
      } else {
        a[lane] = widen(warp.reg<uint16_t>(inst.a)[lane]);
        b[lane] = widen(warp.reg<uint16_t>(inst.b)[lane]);
      }
    }
    return compare<float>(inst, a, b);
  }
};
template <float (*widen)(uint16_t)>
struct NarrowLow {
  static uint32_t run(Warp &warp, const Inst &inst) {
    float a[warpSize], b[warpSize];
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      a[lane] = widen(uint16_t(warp.reg<uint32_t>(inst.a)[lane]));
      b[lane] = widen(uint16_t(warp.reg<uint32_t>(inst.b)[lane]));
    }
    return compare<float>(inst, a, b);
  }
};

uint32_t combine(BoolOp op, uint32_t value, uint32_t with) {
  switch (op) {
  case BoolOp::None:
    return value;
  case BoolOp::And:
    return value & with;
  case BoolOp::Or:
    return value | with;
  case BoolOp::Xor:
    return value ^ with;
  }
  return value;
}

} // namespace

// Inst::target: the boolean operator, and 4 for a negated third source.
template <typename Reader>
static Step execSetp(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t value = Reader::run(warp, inst);
  auto op = BoolOp(inst.target & 3);
  uint32_t with = inst.c.valid() ? warp.predicate(inst.c) : 0;
  with = inst.target & 4 ? ~with : with;
  warp.writePredicate(inst.d, combine(op, value, with), mask);
  if (inst.list)
    warp.writePredicate(warp.cta.grid.code.pool[inst.list],
                        combine(op, ~value, with), mask);
  return Step::Next;
}

// Two predicates, one for each half (setp.f16x2).
template <typename Low, typename High>
static Step execSetpPair(Warp &warp, const Inst &inst, uint32_t mask) {
  auto op = BoolOp(inst.target & 3);
  uint32_t with = inst.c.valid() ? warp.predicate(inst.c) : 0;
  with = inst.target & 4 ? ~with : with;
  uint32_t low = Low::run(warp, inst), high = High::run(warp, inst);
  warp.writePredicate(inst.d, combine(op, low, with), mask);
  warp.writePredicate(warp.cta.grid.code.pool[inst.list],
                      combine(op, high, with), mask);
  return Step::Next;
}

// set: all ones or 1.0 where the comparison holds.
template <typename Reader>
static Step execSet(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t value = Reader::run(warp, inst);
  auto op = BoolOp(inst.target & 3);
  uint32_t with = inst.c.valid() ? warp.predicate(inst.c) : 0;
  value = combine(op, value, inst.target & 4 ? ~with : with);
  uint32_t result[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = (value >> lane) & 1 ? inst.aux : 0;
  if (inst.bytes == 2) {
    uint16_t narrow[warpSize];
    for (unsigned lane = 0; lane < warpSize; ++lane)
      narrow[lane] = uint16_t(result[lane]);
    warp.write(inst.d, narrow, mask);
  } else {
    warp.write(inst.d, result, mask);
  }
  return Step::Next;
}

// Two results in one register, one for each half (set of f16x2 and bf16x2).
template <typename Low, typename High>
static Step execSetPair(Warp &warp, const Inst &inst, uint32_t mask) {
  auto op = BoolOp(inst.target & 3);
  uint32_t with = inst.c.valid() ? warp.predicate(inst.c) : 0;
  with = inst.target & 4 ? ~with : with;
  uint32_t low = combine(op, Low::run(warp, inst), with);
  uint32_t high = combine(op, High::run(warp, inst), with);
  uint32_t result[warpSize];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = ((low >> lane) & 1 ? inst.aux & 0xffff : 0) |
                   ((high >> lane) & 1 ? inst.aux & 0xffff0000 : 0);
  warp.write(inst.d, result, mask);
  return Step::Next;
}

// A single result tells what the comparison alone gives; else it is taken to
// decide.
Deciders decidersOf(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t negated = inst.target & 4 ? allLanes : 0;
  uint32_t decisive = BoolOp(inst.target & 3) == BoolOp::And ? 0 : allLanes;
  Deciders result;
  result.predicate = ~(warp.predicate(inst.c) ^ negated ^ decisive);
  result.comparison = allLanes;
  if (inst.list || inst.bytes)
    return result;
  Inst alone = inst;
  alone.target = uint32_t(BoolOp::None);
  uint32_t before = warp.predicate(inst.d);
  alone.fn(warp, alone, mask);
  result.comparison =
      ~(std::exchange(warp.predicate(inst.d), before) ^ decisive);
  return result;
}

static bool takeRelation(Decoder &d, Type type) {
  static const struct {
    const char *name;
    Relation relation;
    bool unordered, integer, floating;
  } table[] = {
      {"eq", Relation::Eq, false, true, true},
      {"ne", Relation::Ne, false, true, true},
      {"lt", Relation::Lt, false, true, true},
      {"le", Relation::Le, false, true, true},
      {"gt", Relation::Gt, false, true, true},
      {"ge", Relation::Ge, false, true, true},
      {"lo", Relation::Lt, false, true, false},
      {"ls", Relation::Le, false, true, false},
      {"hi", Relation::Gt, false, true, false},
      {"hs", Relation::Ge, false, true, false},
      {"equ", Relation::Eq, true, false, true},
      {"neu", Relation::Ne, true, false, true},
      {"ltu", Relation::Lt, true, false, true},
      {"leu", Relation::Le, true, false, true},
      {"gtu", Relation::Gt, true, false, true},
      {"geu", Relation::Ge, true, false, true},
      {"num", Relation::Number, false, false, true},
      {"nan", Relation::Nan, false, false, true},
  };
  bool floating = typeKind(type) == TypeKind::Float;
  for (auto &entry : table)
    if ((floating ? entry.floating : entry.integer) && d.take(entry.name)) {
      bool equality =
          entry.relation == Relation::Eq || entry.relation == Relation::Ne;
      bool isUnsigned = !floating && !entry.floating;
      if ((typeKind(type) == TypeKind::Bits && !equality) ||
          (isUnsigned && typeKind(type) != TypeKind::Unsigned))
        return d.error("'." + Twine(entry.name) + "' does not go with '." +
                       typeName(type) + "'");
      d.inst.imm = int64_t(entry.relation) | (entry.unordered ? Unordered : 0);
      return true;
    }
  return d.error("'" + d.statement().opcode + "' needs a comparison");
}

static void takeBoolOp(Decoder &d) {
  d.inst.target = uint32_t(d.take("and")   ? BoolOp::And
                           : d.take("or")  ? BoolOp::Or
                           : d.take("xor") ? BoolOp::Xor
                                           : BoolOp::None);
}

static bool useThird(Decoder &d) {
  bool has = (d.inst.target & 3) != 0;
  if (!d.expectOperands(has ? 4 : 3))
    return false;
  if (!has)
    return true;
  bool negated;
  if (!d.usePredicate(d.inst.c, d.operand(3), negated))
    return false;
  if (negated)
    d.inst.target |= 4;
  return true;
}

template <template <typename> class Exec>
static ExecFn byType(Type type, bool ftz) {
  switch (type) {
  case Type::B16:
  case Type::U16:
    return Exec<Direct<uint16_t>>::fn();
  case Type::S16:
    return Exec<Direct<int16_t>>::fn();
  case Type::B32:
  case Type::U32:
    return Exec<Direct<uint32_t>>::fn();
  case Type::S32:
    return Exec<Direct<int32_t>>::fn();
  case Type::B64:
  case Type::U64:
    return Exec<Direct<uint64_t>>::fn();
  case Type::S64:
    return Exec<Direct<int64_t>>::fn();
  case Type::F32:
    return ftz ? Exec<FlushedFloat>::fn() : Exec<Direct<float>>::fn();
  case Type::F64:
    return Exec<Direct<double>>::fn();
  case Type::F16:
    return ftz ? Exec<Narrow<flushedHalf, false>>::fn()
               : Exec<Narrow<halfToFloat, false>>::fn();
  case Type::BF16:
    return Exec<Narrow<bfloatToFloat, false>>::fn();
  default:
    return nullptr;
  }
}

template <typename Reader>
struct SetpOf {
  static ExecFn fn() { return execSetp<Reader>; }
};
template <typename Reader>
struct SetOf {
  static ExecFn fn() { return execSet<Reader>; }
};

template <typename Low, typename High>
struct SetpPairOf {
  static ExecFn fn() { return execSetpPair<Low, High>; }
};
template <typename Low, typename High>
struct SetPairOf {
  static ExecFn fn() { return execSetPair<Low, High>; }
};

template <template <typename, typename> class Exec>
static ExecFn byPackedType(Type type, bool ftz) {
  if (type == Type::BF16x2)
    return Exec<NarrowLow<bfloatToFloat>, Narrow<bfloatToFloat, true>>::fn();
  return ftz ? Exec<NarrowLow<flushedHalf>, Narrow<flushedHalf, true>>::fn()
             : Exec<NarrowLow<halfToFloat>, Narrow<halfToFloat, true>>::fn();
}

static bool isPacked(Type type) {
  return type == Type::F16x2 || type == Type::BF16x2;
}

/// .ftz, which bf16 does not have and f64 neither.
static bool takeFlush(Decoder &d, Type type, bool &ftz) {
  ftz = d.take("ftz");
  if (!ftz || type == Type::F32 || type == Type::F16 || type == Type::F16x2)
    return true;
  return d.error("'" + d.statement().opcode + "' of type '." + typeName(type) +
                 "' has no .ftz");
}

static bool decodeSetp(Decoder &d) {
  Type type = d.takeType();
  takeBoolOp(d);
  bool ftz;
  if (!takeFlush(d, type, ftz) || !takeRelation(d, type) || !useThird(d))
    return false;
  const Operand &target = d.operand(0);
  bool pair = target.kind == Operand::Kind::Pair;
  const Operand &first = pair ? target.elements[0] : target;
  if (!d.def(d.inst.d, first, Type::Pred) ||
      (pair && !d.listDef(target.elements[1], Type::Pred)) ||
      !d.use(d.inst.a, d.operand(1), type) ||
      !d.use(d.inst.b, d.operand(2), type))
    return false;
  if (isPacked(type)) {
    if (!pair)
      return d.error("setp of a packed type needs two results");
    return d.emit(byPackedType<SetpPairOf>(type, ftz));
  }
  ExecFn fn = byType<SetpOf>(type, ftz);
  return fn ? d.emit(fn) : d.badType(type);
}

static bool decodeSet(Decoder &d) {
  Type resultType = d.takeType(), type = d.takeType();
  takeBoolOp(d);
  bool ftz;
  if (!takeFlush(d, type, ftz) || !takeRelation(d, type) || !useThird(d))
    return false;
  bool packed = isPacked(type);
  if (packed ? resultType != type && resultType != Type::U32 &&
                   resultType != Type::S32
             : isPacked(resultType))
    return d.badType(resultType);
  switch (resultType) {
  case Type::U32:
  case Type::S32:
    d.inst.aux = ~0u;
    break;
  case Type::F32:
    d.inst.aux = 0x3f800000;
    break;
  case Type::F16:
    d.inst.aux = 0x3c00;
    break;
  case Type::BF16:
    d.inst.aux = 0x3f80;
    break;
  case Type::F16x2:
    d.inst.aux = 0x3c003c00;
    break;
  case Type::BF16x2:
    d.inst.aux = 0x3f803f80;
    break;
  case Type::U16:
  case Type::S16:
    d.inst.aux = 0xffff;
    break;
  default:
    return d.badType(resultType);
  }
  d.inst.bytes = uint8_t(typeBytes(resultType));
  ExecFn fn =
      packed ? byPackedType<SetPairOf>(type, ftz) : byType<SetOf>(type, ftz);
  if (!fn)
    return d.badType(type);
  return d.def(d.inst.d, d.operand(0), resultType) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), type) && d.emit(fn);
}

namespace {
/// Inst::aux of selections: what chooses.
enum class Selector : uint32_t { Predicate, Signed, Float, FlushedFloat };
} // namespace

// slct d, a, b, c: c >= 0 ? a : b. A subnormal c that is flushed is a zero.
uint32_t chosenLanes(const Warp &warp, const Inst &inst) {
  auto lanes = [&](auto isChosen) {
    uint32_t bits = 0;
    for (unsigned lane = 0; lane < warpSize; ++lane)
      bits |= uint32_t(isChosen(lane)) << lane;
    return bits;
  };
  const float *c = warp.reg<float>(inst.c);
  switch (Selector(inst.aux)) {
  case Selector::Predicate:
    return warp.predicate(inst.c);
  case Selector::Signed:
    return lanes([c = warp.reg<int32_t>(inst.c)](unsigned lane) {
      return c[lane] >= 0;
    });
  case Selector::Float:
    return lanes([c](unsigned lane) { return c[lane] >= 0; });
  case Selector::FlushedFloat:
    return lanes([c](unsigned lane) { return flush(c[lane]) >= 0; });
  }
  return 0;
}

template <typename T>
static Step execSelect(Warp &warp, const Inst &inst, uint32_t mask) {
  T result[warpSize];
  const T *a = warp.reg<T>(inst.a), *b = warp.reg<T>(inst.b);
  uint32_t choice = chosenLanes(warp, inst);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result[lane] = (choice >> lane) & 1 ? a[lane] : b[lane];
  warp.write(inst.d, result, mask);
  return Step::Next;
}

static Step execSelpPredicate(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t choice = warp.predicate(inst.c);
  warp.writePredicate(inst.d,
                      (warp.predicate(inst.a) & choice) |
                          (warp.predicate(inst.b) & ~choice),
                      mask);
  return Step::Next;
}

static ExecFn selectFn(Type type) {
  unsigned bytes = typeBytes(type);
  return bytes == 2   ? execSelect<uint16_t>
         : bytes == 4 ? execSelect<uint32_t>
         : bytes == 8 ? execSelect<uint64_t>
                      : ExecFn(nullptr);
}

static bool decodeSelp(Decoder &d) {
  Type type = d.takeType();
  ExecFn fn = type == Type::Pred ? execSelpPredicate : selectFn(type);
  if (!fn)
    return d.badType(type);
  if (!d.expectOperands(4) || !d.def(d.inst.d, d.operand(0), type))
    return false;
  // selp d, a, b, !p selects the other way round.
  bool negated;
  return d.usePredicate(d.inst.c, d.operand(3), negated) &&
         d.use(d.inst.a, d.operand(negated ? 2 : 1), type) &&
         d.use(d.inst.b, d.operand(negated ? 1 : 2), type) && d.emit(fn);
}

static bool decodeSlct(Decoder &d) {
  Type type = d.takeType(), selector = d.takeType();
  bool ftz = selector == Type::F32 && d.take("ftz");
  if (selector != Type::S32 && selector != Type::F32)
    return d.unsupported();
  d.inst.aux = uint32_t(selector == Type::S32 ? Selector::Signed
                        : ftz                 ? Selector::FlushedFloat
                                              : Selector::Float);
  ExecFn fn = selectFn(type);
  if (!fn)
    return d.badType(type);
  return d.expectOperands(4) && d.def(d.inst.d, d.operand(0), type) &&
         d.use(d.inst.c, d.operand(3), selector) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.use(d.inst.b, d.operand(2), type) && d.emit(fn);
}

// testp.op.type (9.7.3.1)
template <typename T>
static Step execTestp(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t bits = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    T x = warp.reg<T>(inst.a)[lane];
    int kind = std::fpclassify(x);
    bool value = false;
    switch (inst.imm) {
    case 0:
      value = std::isfinite(x);
      break;
    case 1:
      value = std::isinf(x);
      break;
    case 2:
      value = x == x;
      break;
    case 3:
      value = x != x;
      break;
    case 4:
      value = kind == FP_NORMAL || kind == FP_ZERO;
      break;
    default:
      value = kind == FP_SUBNORMAL;
      break;
    }
    bits |= uint32_t(value) << lane;
  }
  warp.writePredicate(inst.d, bits, mask);
  return Step::Next;
}

static bool decodeTestp(Decoder &d) {
  static const char *const names[] = {"finite",     "infinite", "number",
                                      "notanumber", "normal",   "subnormal"};
  Type type = d.takeType();
  if (type != Type::F32 && type != Type::F64)
    return d.badType(type);
  int kind = -1;
  for (int i = 0; i < 6; ++i)
    if (d.take(names[i]))
      kind = i;
  if (kind < 0)
    return d.unsupported();
  d.inst.imm = kind;
  return d.expectOperands(2) && d.def(d.inst.d, d.operand(0), Type::Pred) &&
         d.use(d.inst.a, d.operand(1), type) &&
         d.emit(type == Type::F32 ? execTestp<float> : execTestp<double>);
}

ArrayRef<OpcodeEntry> compareOpcodes() {
  static const OpcodeEntry table[] = {
      {"setp", decodeSetp}, {"set", decodeSet},     {"selp", decodeSelp},
      {"slct", decodeSlct}, {"testp", decodeTestp},
  };
  return table;
}

} // namespace quantmlir::ptx
