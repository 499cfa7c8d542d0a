//===- CheckerRegisters.cpp - registers that nothing has written ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compilers let registers without a value pass through copies, selections and
// arithmetic whose results nobody uses, so only what shows is reported:
// addresses, values that go to global memory, guards, and operands of
// instructions without results. Liveness tells which registers may be read
// before they are written; only instructions that deal with those, or with what
// comes from them, are watched.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"
#include "Lanes.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace quantmlir::ptx {

using Flow = Code::Flow;

Flow flowOf(const Statement &statement, const Inst &inst, bool noResults) {
  StringRef opcode = statement.opcode;
  auto is = [&](std::initializer_list<const char *> opcodes) {
    return llvm::is_contained(opcodes, opcode);
  };
  if (opcode == "st")
    return Flow::Store;
  if (is({"prefetch", "prefetchu", "applypriority", "discard"}))
    return Flow::Value;
  if (is({"shfl", "vote", "match", "redux", "elect", "mma", "wgmma",
          "movmatrix"}))
    return Flow::Lanes;
  if (noResults ||
      is({"ld", "ldu", "atom", "ldmatrix", "mbarrier", "bar", "barrier"}))
    return Flow::Effect;
  auto has = [&](const char *modifier) {
    return llvm::is_contained(statement.modifiers, modifier);
  };
  if (is({"selp", "slct"}))
    return Flow::Selection;
  if (is({"setp", "set"}) && (has("and") || has("or")))
    return Flow::Comparison;
  if (is({"and", "or"}) && has("pred"))
    return opcode == "and" ? Flow::Both : Flow::Either;
  return is({"mov", "cvt", "prmt", "bfi"}) ? Flow::Any : Flow::Value;
}

void Decoder::trackUnwritten(std::vector<unsigned> unwritten) {
  BitVector may(unsigned(registerTypes.size()));
  for (unsigned reg : unwritten)
    may.set(reg);
  for (size_t i = 0; code.localBytes && i < accesses.size(); ++i) {
    StringRef opcode = code.classes[code.insts[i].classId];
    if (opcode != "ld" && opcode != "ld.local")
      continue;
    accesses[i].localLoad = true;
    for (unsigned reg : accesses[i].defs)
      may.set(reg);
  }
  code.tracksRegisters = may.any();
  auto isTracked = [&](unsigned reg) { return may[reg]; };
  for (bool changed = code.tracksRegisters; changed;) {
    changed = false;
    for (Code::Registers &touched : accesses) {
      if (!llvm::any_of(touched.uses, isTracked) &&
          !llvm::any_of(touched.defs, isTracked))
        continue;
      touched.tracked = true;
      if (!llvm::any_of(touched.uses, isTracked) ||
          touched.flow == Flow::Effect || touched.flow == Flow::Zero)
        continue;
      for (unsigned reg : touched.defs) {
        changed |= !may[reg];
        may.set(reg);
      }
    }
  }
  for (unsigned reg : unwritten)
    code.registerNames[reg] = describeRegister(reg);
  code.registerNames[Code::localMemory] = "local memory";
  code.unwritten = std::move(unwritten);
  code.registerCount = unsigned(registerTypes.size());
}

std::string Decoder::describeRegister(unsigned reg) const {
  if (reg < function.registers.size())
    return "register '" + function.registers[reg].name + "'";
  return reg == carryRef.value ? "the carry flag" : "an intermediate result";
}

void Checker::reportRegister(Warp &warp, const Inst &inst, uint32_t lanes,
                             unsigned reg) {
  const Unwritten &state = unwritten[warp.index][reg];
  const auto &names = cta.grid.code.registerNames;
  bool direct = state.line == 0;
  const std::string &name = names.at(direct ? reg : state.source);
  bool fromMemory = !direct && state.source == Code::localMemory;
  warp.report(inst, lanes, fromMemory ? "uninitialized" : "unwritten-register",
              (direct ? "use of " + Twine(name)
                      : "use of a value that line " + Twine(state.line) +
                            " gets from " + name) +
                  ", which nothing has written");
}

void Checker::needValue(Warp &warp, const Inst &inst, uint32_t lanes,
                        unsigned reg) {
  if (uint32_t lacking = lanes & unwritten[warp.index][reg].lanes)
    reportRegister(warp, inst, lacking, reg);
}

void Checker::loadedUnwritten(Warp &warp, const Inst &inst, unsigned lane,
                              uint64_t found) {
  ArrayRef<unsigned> targets = cta.grid.code.registers[warp.pc].defs;
  // Some elements of a vector go nowhere.
  bool whole = targets.size() < inst.count;
  for (size_t i = 0; i < targets.size(); ++i) {
    uint64_t part =
        found >> (i * inst.bytes) & maskTrailingOnes<uint64_t>(inst.bytes);
    if (whole ? found : part)
      continue;
    Unwritten &state = unwritten[warp.index][targets[i]];
    state = {state.lanes | 1u << lane, Code::localMemory, inst.loc.line};
  }
}

/// The lanes whose store goes to global memory.
static uint32_t globalLanes(const Warp &warp, const Inst &inst, uint32_t mask) {
  if (inst.space != Space::Generic)
    return inst.space == Space::Global ? mask : 0;
  uint64_t address[warpSize];
  warp.addresses(inst, inst.a, inst.imm, address);
  uint32_t result = 0;
  for (; mask; mask &= mask - 1) {
    auto lane = unsigned(llvm::countr_zero(mask));
    uint64_t window = address[lane] - address[lane] % DeviceMemory::windowBytes;
    bool inWindow = window == DeviceMemory::sharedWindow ||
                    window == DeviceMemory::localWindow ||
                    window == DeviceMemory::paramWindow;
    result |= uint32_t(!inWindow) << lane;
  }
  return result;
}

// Values that do not show pass through shared memory, where threads exchange
// what masked loads leave, and through local memory, where what does not fit
// into registers goes. A part of a vector may be missing if another one is
// there.
void Checker::needOperands(Warp &warp, const Inst &inst, uint32_t mask,
                           ArrayRef<unsigned> uses) {
  const Code::Registers &touched = cta.grid.code.registers[warp.pc];
  auto [first, end] = touched.stored;
  for (unsigned i = 0; i < uses.size(); ++i)
    if (i < first || i >= end)
      needValue(warp, inst, mask & touched.addressLanes, uses[i]);
  // The others, if any, are constants.
  bool whole = end - first == inst.count;
  if (touched.flow != Flow::Store || !whole)
    return;
  ArrayRef<unsigned> stored = uses.slice(first, end - first);
  uint32_t lacking = mask;
  for (unsigned reg : stored)
    lacking &= unwritten[warp.index][reg].lanes;
  if (lacking)
    needValue(warp, inst, globalLanes(warp, inst, lacking), stored.front());
}

// Of the lanes in `mask`, those whose results have no value.
uint32_t Checker::unwrittenResult(Warp &warp, const Inst &inst, uint32_t mask,
                                  ArrayRef<unsigned> uses) const {
  const std::vector<Unwritten> &state = unwritten[warp.index];
  // Constants are not among the uses.
  auto take = [&](Ref ref) {
    if (!ref.isRegister())
      return 0u;
    uint32_t lanes = state[uses.front()].lanes;
    uses = uses.drop_front();
    return lanes;
  };
  Flow flow = cta.grid.code.registers[warp.pc].flow;
  if (flow == Flow::Zero)
    return 0;
  if (flow == Flow::Selection) {
    uint32_t choice = take(inst.c), a = take(inst.a), b = take(inst.b);
    uint32_t chosen = chosenLanes(warp, inst);
    return (choice | (a & chosen) | (b & ~chosen)) & mask;
  }
  if (flow == Flow::Comparison) {
    uint32_t c = take(inst.c), a = take(inst.a), b = take(inst.b);
    Deciders decides = decidersOf(warp, inst, mask);
    uint32_t decided =
        (~c & decides.predicate) | (~(a | b) & decides.comparison);
    return (a | b | c) & ~decided & mask;
  }
  if (flow == Flow::Both || flow == Flow::Either) {
    uint32_t a = take(inst.a), b = take(inst.b);
    uint32_t decides = flow == Flow::Both ? 0 : allLanes;
    uint32_t decided = (~a & ~(warp.predicate(inst.a) ^ inst.aux ^ decides)) |
                       (~b & ~(warp.predicate(inst.b) ^ inst.target ^ decides));
    return (a | b) & ~decided & mask;
  }
  uint32_t any = 0, all = uses.empty() ? 0 : mask, whole = 0;
  for (unsigned reg : uses) {
    uint32_t lanes = state[reg].lanes & mask;
    any |= lanes;
    all &= lanes;
    whole |= lanes == mask ? mask : 0;
  }
  return flow == Flow::Any ? all : flow == Flow::Lanes ? whole : any;
}

void Checker::trackRegisters(Warp &warp, const Inst &inst, uint32_t mask,
                             uint32_t active) {
  const Code &code = cta.grid.code;
  const Code::Registers &touched = code.registers[warp.pc];
  if (!touched.tracked)
    return;
  std::vector<Unwritten> &state = unwritten[warp.index];
  if (state.empty()) {
    state.resize(code.registerCount);
    for (unsigned reg : code.unwritten)
      state[reg].lanes = warp.existing;
  }
  ArrayRef<unsigned> uses = touched.uses;
  if (inst.guard.valid()) {
    needValue(warp, inst, active, uses.back());
    uses = uses.drop_back();
  }
  // Whether the accumulators are read depends on the product's scale-d.
  if (touched.product >= 0)
    uses = uses.take_front(size_t(touched.product));
  bool needs = touched.flow == Flow::Effect || touched.flow == Flow::Store;
  if (needs)
    needOperands(warp, inst, mask, uses);
  uint32_t result = needs ? 0 : unwrittenResult(warp, inst, mask, uses);
  Unwritten origin;
  const auto *cause = llvm::find_if(
      uses, [&](unsigned reg) { return state[reg].lanes & result; });
  if (cause != uses.end())
    origin = state[*cause].line ? state[*cause]
                                : Unwritten{0, *cause, inst.loc.line};
  for (unsigned reg : touched.defs) {
    uint32_t others = state[reg].lanes & ~mask;
    if (result)
      state[reg] = origin;
    state[reg].lanes = others | result;
  }
}

} // namespace quantmlir::ptx
