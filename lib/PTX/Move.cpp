//===- Move.cpp - mov, cvta, isspacep (9.7.9) -----------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "Specials.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

template <typename T>
static Step execMov(Warp &warp, const Inst &inst, uint32_t mask) {
  T values[warpSize];
  std::memcpy(values, warp.reg<T>(inst.a), sizeof values);
  warp.write(inst.d, values, mask);
  return Step::Next;
}

static Step execMovPredicate(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.writePredicate(inst.d, warp.predicate(inst.a) ^ inst.aux, mask);
  return Step::Next;
}

// mov.b32 d, {a, b}: the first element goes to the low bits (9.7.9.3).
static Step execMovPack(Warp &warp, const Inst &inst, uint32_t mask) {
  const Ref *parts = &warp.cta.grid.code.pool[inst.list];
  unsigned size = inst.bytes / inst.count;
  uint8_t *target = warp.reg<uint8_t>(inst.d);
  for (unsigned i = 0; i < inst.count; ++i) {
    const uint8_t *source = warp.reg<uint8_t>(parts[i]);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if ((mask >> lane) & 1)
        std::memcpy(target + lane * inst.bytes + i * size, source + lane * size,
                    size);
  }
  return Step::Next;
}

static Step execMovUnpack(Warp &warp, const Inst &inst, uint32_t mask) {
  const Ref *parts = &warp.cta.grid.code.pool[inst.list];
  unsigned size = inst.bytes / inst.count;
  const uint8_t *source = warp.reg<uint8_t>(inst.a);
  for (unsigned i = 0; i < inst.count; ++i) {
    uint8_t *target = warp.reg<uint8_t>(parts[i]);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if ((mask >> lane) & 1)
        std::memcpy(target + lane * size, source + lane * inst.bytes + i * size,
                    size);
  }
  return Step::Next;
}

static bool moveClock(Decoder &d, Type type, const Clock &clock) {
  if (typeKind(type) == TypeKind::Float)
    return d.badType(type);
  if (typeBytes(type) != clock.bytes || type == Type::Pred)
    return d.error(d.operand(1).loc, "'" + d.operand(1).name + "' has " +
                                         Twine(8 * clock.bytes) + " bits");
  d.inst = readClock(clock);
  return d.def(d.inst.d, d.operand(0), type) && d.emit();
}

static Type partType(unsigned bits) {
  return bits == 8    ? Type::B8
         : bits == 16 ? Type::B16
         : bits == 32 ? Type::B32
         : bits == 64 ? Type::B64
                      : Type::None;
}

static bool decodeVectorMov(Decoder &d, Type type) {
  if (typeKind(type) != TypeKind::Bits)
    return d.badType(type);
  bool pack = d.operand(1).kind == Operand::Kind::Vector;
  const Operand &vector = d.operand(pack ? 1 : 0);
  size_t count = vector.elements.size();
  Type part = count ? partType(typeBits(type) / unsigned(count)) : Type::None;
  if ((count != 2 && count != 4) || part == Type::None)
    return d.error(vector.loc, "a vector of this size does not make up '." +
                                   typeName(type) + "'");
  d.inst.count = uint8_t(count);
  d.inst.bytes = uint8_t(typeBytes(type));
  if (pack) {
    for (const Operand &element : vector.elements)
      if (!d.listUse(element, part))
        return false;
    // Elements are stored while others are still to be read.
    return d.def(d.inst.d, d.operand(0), type) && d.emit(execMovPack);
  }
  for (const Operand &element : vector.elements)
    if (!d.listDef(element, part))
      return false;
  return d.use(d.inst.a, d.operand(1), type) && d.emit(execMovUnpack);
}

// mov.v2 and mov.v4: element by element, all sources before the first result.
static Step execMovVector(Warp &warp, const Inst &inst, uint32_t mask) {
  const Ref *sources = &warp.cta.grid.code.pool[inst.list];
  const Ref *targets = sources + inst.count;
  uint8_t values[4][8 * warpSize];
  for (unsigned i = 0; i < inst.count; ++i)
    std::memcpy(values[i], warp.reg<uint8_t>(sources[i]),
                size_t(inst.bytes) * warpSize);
  for (unsigned i = 0; i < inst.count; ++i)
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if ((mask >> lane) & 1)
        std::memcpy(warp.reg<uint8_t>(targets[i]) + lane * inst.bytes,
                    values[i] + lane * inst.bytes, inst.bytes);
  return Step::Next;
}

/// The components of a special register such as %tid.
static void splitSpecial(Operand &operand) {
  for (char axis : {'x', 'y', 'z', 'w'}) {
    Operand component = operand;
    component.elements.clear();
    component.name = specialName((operand.name + "." + Twine(axis)).str());
    if (component.name.empty())
      return;
    operand.elements.push_back(component);
  }
  operand.kind = Operand::Kind::Vector;
}

static bool decodeMovVector(Decoder &d, unsigned count) {
  Type type = d.takeType();
  d.inst.count = uint8_t(count);
  d.inst.bytes = uint8_t(typeBytes(type));
  if (type == Type::None)
    return d.unsupported();
  if (type == Type::Pred || d.inst.bytes * count > 16)
    return d.badType(type);
  auto isSink = [](const Operand &operand) {
    return operand.kind == Operand::Kind::Sink;
  };
  if (llvm::all_of(d.operand(0).elements, isSink))
    return d.error(d.operand(0).loc, "a result must go to a register");
  for (unsigned i : {1u, 0u}) {
    Operand operand = d.operand(i);
    if (i && count == 4 && operand.kind == Operand::Kind::Special &&
        typeKind(type) != TypeKind::Float)
      splitSpecial(operand);
    if (operand.kind != Operand::Kind::Vector ||
        operand.elements.size() != count)
      return d.error(operand.loc, "a vector of " + Twine(count) +
                                      " elements is needed here");
    for (const Operand &element : operand.elements)
      if (!(i ? d.listUse(element, type) : d.listDef(element, type)))
        return false;
  }
  return d.emit(execMovVector);
}

template <typename To, typename From>
struct Low {
  static To apply(From a) { return To(a); }
};

// mov.u16 of a special register of 32 bits, which PTX 1 had in 16, and mov.u32
// of %gridid, which was longer in 32.
static bool moveLow(Decoder &d, Type type) {
  unsigned bytes;
  if (!d.def(d.inst.d, d.operand(0), type) ||
      !d.useWide(d.inst.a, d.operand(1), type, bytes))
    return false;
  if (bytes == 8 && d.operand(1).name == "%gridid" && typeBytes(type) == 4)
    return d.emit(unary<uint32_t, uint64_t, Low<uint32_t, uint64_t>>);
  return bytes == 4 ? d.emit(unary<uint16_t, uint32_t, Low<uint16_t, uint32_t>>)
                    : d.error(d.operand(1).loc,
                              "'" + d.operand(1).name + "' has 64 bits");
}

static bool decodeMov(Decoder &d) {
  unsigned count = d.take("v2") ? 2 : d.take("v4") ? 4 : 1;
  if (count > 1)
    return d.expectOperands(2) && decodeMovVector(d, count);
  Type type = d.takeType();
  if (!d.expectOperands(2))
    return false;
  if (d.operand(0).kind == Operand::Kind::Vector ||
      d.operand(1).kind == Operand::Kind::Vector)
    return decodeVectorMov(d, type);
  const Operand &source = d.operand(1);
  if (source.kind == Operand::Kind::Special)
    if (const Clock *clock = findClock(source.name))
      return moveClock(d, type, *clock);
  unsigned bytes = typeBytes(type);
  if (source.kind == Operand::Kind::Special &&
      typeKind(type) == TypeKind::Float)
    return d.badType(type);
  if (source.kind == Operand::Kind::Special &&
      (bytes == 2 || (bytes == 4 && source.name == "%gridid")))
    return moveLow(d, type);
  if (typeKind(type) == TypeKind::Float && type != Type::F32 &&
      type != Type::F64)
    return d.badType(type);
  if (type == Type::Pred)
    return emitPredicateUnary(d, execMovPredicate);
  ExecFn fn = bytes == 1   ? execMov<uint8_t>
              : bytes == 2 ? execMov<uint16_t>
              : bytes == 4 ? execMov<uint32_t>
              : bytes == 8 ? execMov<uint64_t>
                           : ExecFn(nullptr);
  return fn ? emitUnary(d, type, fn) : d.badType(type);
}

// cvta{.to}.space (9.7.9.20): global addresses are generic ones already.
template <bool toSpace, uint64_t window>
struct Cvta {
  static uint64_t apply(uint64_t a) {
    if (toSpace)
      return a % DeviceMemory::windowBytes;
    return a + window;
  }
};

static bool decodeCvta(Decoder &d) {
  bool to = d.take("to");
  Space space;
  d.takeSpace(space);
  Type type = d.takeType();
  if (type != Type::U64)
    return d.badType(type);
  switch (space) {
  case Space::Global:
  case Space::Const:
    return emitUnary(d, type, execMov<uint64_t>);
  case Space::Shared:
  case Space::SharedCluster:
    return emitUnary(
        d, type,
        to ? unary<uint64_t, uint64_t, Cvta<true, DeviceMemory::sharedWindow>>
           : unary<uint64_t, uint64_t,
                   Cvta<false, DeviceMemory::sharedWindow>>);
  case Space::Local:
    return emitUnary(
        d, type,
        to ? unary<uint64_t, uint64_t, Cvta<true, DeviceMemory::localWindow>>
           : unary<uint64_t, uint64_t, Cvta<false, DeviceMemory::localWindow>>);
  case Space::Param:
    return emitUnary(
        d, type,
        to ? unary<uint64_t, uint64_t, Cvta<true, DeviceMemory::paramWindow>>
           : unary<uint64_t, uint64_t, Cvta<false, DeviceMemory::paramWindow>>);
  default:
    return d.unsupported();
  }
}

// Of shared memory, .shared::cta is the thread's own CTA's (9.7.9.19).
static Step execIsspacep(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t bits = 0;
  auto wanted = Space(inst.imm);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    uint64_t address = warp.reg<uint64_t>(inst.a)[lane];
    uint64_t window = address & ~(DeviceMemory::windowBytes - 1);
    if (window == DeviceMemory::sharedWindow) {
      Cta *owner = warp.sharedPlace(Space::Generic, address).cta;
      bool matches = wanted == Space::SharedCluster
                         ? owner != nullptr
                         : wanted == Space::Shared && owner == &warp.cta;
      bits |= uint32_t(matches) << lane;
      continue;
    }
    Space space = window == DeviceMemory::localWindow   ? Space::Local
                  : window == DeviceMemory::paramWindow ? Space::Param
                                                        : Space::Global;
    bits |= uint32_t(space == wanted) << lane;
  }
  warp.writePredicate(inst.d, bits, mask);
  return Step::Next;
}

static bool decodeIsspacep(Decoder &d) {
  Space space;
  if (!d.takeSpace(space) || space == Space::Const)
    return d.unsupported();
  d.inst.imm = int64_t(space);
  return d.expectOperands(2) && d.def(d.inst.d, d.operand(0), Type::Pred) &&
         d.use(d.inst.a, d.operand(1), Type::U64) && d.emit(execIsspacep);
}

ArrayRef<OpcodeEntry> moveOpcodes() {
  static const OpcodeEntry table[] = {
      {"mov", decodeMov},
      {"cvta", decodeCvta},
      {"isspacep", decodeIsspacep},
  };
  return table;
}

} // namespace quantmlir::ptx
