//===- Decoder.cpp - statements, operands, modifiers ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include "Specials.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

static void forEachOpcode(function_ref<void(const OpcodeEntry &)> action) {
  for (ArrayRef<OpcodeEntry> family :
       {integerOpcodes(), bitOpcodes(), floatOpcodes(), compareOpcodes(),
        convertOpcodes(), moveOpcodes(), memoryOpcodes(), atomicOpcodes(),
        asyncOpcodes(), clusterOpcodes(), mbarrierOpcodes(), tensorMapOpcodes(),
        wgmmaOpcodes(), matrixOpcodes(), warpOpcodes(), controlOpcodes(),
        videoOpcodes(), runtimeOpcodes()})
    for (const OpcodeEntry &entry : family)
      action(entry);
}

std::vector<StringRef> opcodes() {
  std::vector<StringRef> names;
  forEachOpcode(
      [&](const OpcodeEntry &entry) { names.emplace_back(entry.opcode); });
  llvm::sort(names);
  return names;
}

Decoder::Decoder(const Program &program, const FlatFunction &function,
                 Code &code)
    : program(program), function(function), code(code) {
  forEachOpcode(
      [&](const OpcodeEntry &entry) { table[entry.opcode] = entry.decode; });
  for (const Register &reg : function.registers)
    registerTypes.push_back(reg.type);
}

bool Decoder::error(Loc loc, const Twine &text) {
  if (!failed) {
    failed = true;
    messageLoc = loc;
    message = text.str();
  }
  return false;
}

bool Decoder::unsupported() {
  std::string text = current->opcode.str();
  for (StringRef modifier : current->modifiers)
    text += ("." + modifier).str();
  return error("'" + text + "' is not supported");
}

bool Decoder::badType(Type type) {
  return error("type '." + typeName(type) + "' is not allowed for '" +
               current->opcode + "'");
}

bool Decoder::take(StringRef modifier) {
  auto it = llvm::find(modifiers, modifier);
  if (it == modifiers.end())
    return false;
  modifiers.erase(it);
  return true;
}

Type Decoder::takeType() {
  for (auto it = modifiers.begin(); it != modifiers.end(); ++it) {
    Type type = parseType(*it);
    if (type == Type::None)
      continue;
    modifiers.erase(it);
    return type;
  }
  return Type::None;
}

StringRef Decoder::takeAny() {
  if (modifiers.empty())
    return "";
  StringRef first = modifiers.front();
  modifiers.erase(modifiers.begin());
  return first;
}

bool Decoder::takeSpace(Space &space) {
  static const std::pair<const char *, Space> names[] = {
      {"global", Space::Global},      {"shared", Space::Shared},
      {"shared::cta", Space::Shared}, {"shared::cluster", Space::SharedCluster},
      {"local", Space::Local},        {"param", Space::Param},
      {"const", Space::Const},        {"param::entry", Space::Param},
      {"param::func", Space::Param}};
  space = Space::Generic;
  for (auto &[name, value] : names)
    if (take(name)) {
      space = value;
      return true;
    }
  return false;
}

bool Decoder::noMoreModifiers() {
  if (modifiers.empty())
    return true;
  return error("modifier '." + modifiers.front() + "' of '" + current->opcode +
               "' is not supported");
}

bool Decoder::expectOperands(size_t least, size_t most) {
  if (operandCount() >= least && operandCount() <= most)
    return true;
  return error("'" + current->opcode + "' takes " + Twine(least) +
               (least == most ? Twine("") : " to " + Twine(most)) +
               " operands, " + Twine(operandCount()) + " are given");
}

static unsigned storageBytes(Type type) {
  return type == Type::Pred ? 4 : typeBytes(type);
}

unsigned Decoder::registerBytes(unsigned reg) const {
  return typeBytes(registerTypes[reg]);
}

void Decoder::noteDef(Ref ref) {
  if (ref.valid() && ref.isRegister())
    pending.defs.push_back(ref.value);
}

void Decoder::noteUse(Ref ref) {
  if (ref.valid() && ref.isRegister())
    pending.uses.push_back(ref.value);
}

Ref Decoder::temporary(Type type) {
  registerTypes.push_back(type);
  return {uint32_t(registerTypes.size() - 1)};
}

Ref Decoder::carry() {
  if (!carryRef.valid())
    carryRef = temporary(Type::Pred);
  return carryRef;
}

Ref Decoder::constant(uint64_t bits, unsigned bytes) {
  if (bytes < 8)
    bits &= (uint64_t(1) << (8 * bytes)) - 1;
  auto [it, isNew] = constants.try_emplace({bits, bytes}, Ref());
  if (isNew) {
    size_t offset = alignTo(code.constants.size(), 64);
    code.constants.resize(offset + bytes * 32);
    for (unsigned lane = 0; lane < 32; ++lane)
      std::memcpy(code.constants.data() + offset + lane * bytes, &bits,
                  std::min(bytes, 8u));
    it->second.value = uint32_t(offset) | Ref::constantBit;
  }
  return it->second;
}

// A predicate constant is one mask, not 32 values.
static uint64_t immediateBits(const Operand &operand, Type type) {
  if (operand.kind == Operand::Kind::Float64 && type == Type::F32) {
    double wide;
    std::memcpy(&wide, &operand.value, sizeof wide);
    float narrow = float(wide);
    uint32_t bits;
    std::memcpy(&bits, &narrow, sizeof bits);
    return bits;
  }
  if (operand.kind == Operand::Kind::Float32 && type == Type::F64) {
    auto narrow = uint32_t(operand.value);
    float single;
    std::memcpy(&single, &narrow, sizeof single);
    auto wide = double(single);
    uint64_t bits;
    std::memcpy(&bits, &wide, sizeof bits);
    return bits;
  }
  if (type == Type::Pred)
    return operand.value ? ~uint64_t(0) : 0;
  return uint64_t(operand.value);
}

/// Floating-point constants go with f32 and f64, and their bits with registers
/// of bits (4.5.2).
static bool constantGoesWith(const Operand &constant, Type type) {
  if (constant.kind == Operand::Kind::Integer)
    return typeKind(type) != TypeKind::Float;
  return type == Type::F32 || type == Type::F64 ||
         type ==
             (constant.kind == Operand::Kind::Float32 ? Type::B32 : Type::B64);
}

/// `_` in place of the only result (9.7).
static bool mayDiscard(const Statement &statement) {
  return statement.operands[0].kind != Operand::Kind::Sink ||
         llvm::is_contained({"setp", "atom", "mbarrier"}, statement.opcode);
}

/// Registers of bits go with all types and all registers with bits; integers
/// with integers, and a floating-point type with itself (9.4): bf16, tf32 and
/// packed types but f16x2 have no registers of their own. ptxas lets .f16x2
/// pass as an integer.
bool registerGoesWith(Type found, Type type) {
  auto isInteger = [](Type type) {
    return typeKind(type) == TypeKind::Signed ||
           typeKind(type) == TypeKind::Unsigned;
  };
  return found == type || typeKind(found) == TypeKind::Bits ||
         typeKind(type) == TypeKind::Bits ||
         (isInteger(type) && (isInteger(found) || found == Type::F16x2));
}

bool Decoder::checkKind(const Operand &operand, Type type) {
  Type found = registerTypes[operand.reg];
  return registerGoesWith(found, type) ||
         error(operand.loc, "register '" + operand.name + "' of type '." +
                                typeName(found) + "' does not go with '." +
                                typeName(type) + "'");
}

bool Decoder::def(Ref &ref, const Operand &operand, Type type) {
  if (operand.negate)
    return error(operand.loc, "a result has no '!'");
  if (operand.kind == Operand::Kind::Sink) {
    if (!mayDiscard(*current))
      return error(operand.loc, "the result of '" + current->opcode +
                                    "' must go to a register");
    ref = temporary(type);
    noteDef(ref);
    return true;
  }
  if (operand.kind == Operand::Kind::Special)
    return error(operand.loc, "'" + operand.name + "' is not declared");
  if (operand.kind != Operand::Kind::Register)
    return error(operand.loc, "a result must go to a register");
  Type found = registerTypes[operand.reg];
  if (typeBits(found) != typeBits(type) ||
      (found == Type::Pred) != (type == Type::Pred))
    return error(operand.loc, "register '" + operand.name + "' of type '." +
                                  typeName(found) + "' cannot hold '." +
                                  typeName(type) + "'");
  if (!checkKind(operand, type))
    return false;
  ref.value = operand.reg;
  noteDef(ref);
  return true;
}

bool Decoder::defWide(Ref &ref, const Operand &operand, Type type,
                      unsigned &bytes) {
  if (operand.kind == Operand::Kind::Sink) {
    bytes = storageBytes(type);
    return def(ref, operand, type);
  }
  if (operand.kind == Operand::Kind::Special)
    return error(operand.loc, "'" + operand.name + "' is not declared");
  if (operand.kind != Operand::Kind::Register)
    return error(operand.loc, "a result must go to a register");
  Type found = registerTypes[operand.reg];
  if (found == Type::Pred || typeBits(found) < typeBits(type))
    return error(operand.loc, "register '" + operand.name + "' of type '." +
                                  typeName(found) + "' cannot hold '." +
                                  typeName(type) + "'");
  if (!checkKind(operand, type))
    return false;
  bytes = typeBytes(found);
  ref.value = operand.reg;
  noteDef(ref);
  return true;
}

bool Decoder::specialRegister(Ref &ref, const Operand &operand, Type &type) {
  const Clock *clock = findClock(operand.name);
  type = clock ? (clock->bytes == 8 ? Type::U64 : Type::U32)
               : specialType(operand.name);
  if (type == Type::None)
    return error(operand.loc,
                 "'" + operand.name +
                     "' is neither a declared register nor a supported "
                     "special register");
  if (current->opcode != "mov" && current->opcode != "cvt")
    return error(operand.loc, "'" + operand.name +
                                  "' is read by mov or cvt, not by '" +
                                  current->opcode + "'");
  if (current->opcode == "cvt" &&
      llvm::any_of(current->modifiers, [](StringRef modifier) {
        return typeKind(parseType(modifier)) == TypeKind::Float;
      }))
    return error(operand.loc,
                 "'" + operand.name + "' is converted to integers only");
  if (clock) {
    ref = temporary(type);
    insertBefore(readClock(*clock), ref);
    noteUse(ref);
    return true;
  }
  auto [it, isNew] = specials.try_emplace(operand.name, 0);
  if (isNew) {
    it->second = temporary(type).value;
    SpecialUse special;
    special.name = operand.name;
    special.slot.value = it->second;
    code.specials.push_back(special);
  }
  ref.value = it->second;
  noteUse(ref);
  return true;
}

bool Decoder::variableAddress(const Operand &operand, uint64_t &address,
                              Space &space) {
  const Variable *variable = operand.var;
  auto place = function.places.find(variable);
  if (place != function.places.end()) {
    space = place->second.space;
    address = place->second.offset;
    return true;
  }
  space = variable->space;
  address = program.address(variable);
  if (!address)
    return error(operand.loc, "variable '" + operand.name +
                                  "' is not defined in this module");
  return true;
}

bool Decoder::use(Ref &ref, const Operand &operand, Type type) {
  unsigned bytes;
  if (!useWide(ref, operand, type, bytes))
    return false;
  if (bytes != storageBytes(type))
    return error(operand.loc, "operand '" + operand.name + "' has " +
                                  Twine(bytes * 8) + " bits where '." +
                                  typeName(type) + "' is needed");
  return true;
}

bool Decoder::usePredicate(Ref &ref, const Operand &operand, bool &negated) {
  Operand plain = operand;
  negated = plain.negate;
  plain.negate = false;
  return use(ref, plain, Type::Pred);
}

bool Decoder::useRegister(Ref &ref, const Operand &operand, Type type,
                          unsigned &bytes) {
  Type found = registerTypes[operand.reg];
  if ((found == Type::Pred) != (type == Type::Pred))
    return error(operand.loc, "register '" + operand.name + "' has type '." +
                                  typeName(found) + "' where '." +
                                  typeName(type) + "' is needed");
  if (storageBytes(found) < bytes)
    return error(operand.loc, "register '" + operand.name +
                                  "' is too narrow for '." + typeName(type) +
                                  "'");
  if (!checkKind(operand, type))
    return false;
  bytes = storageBytes(found);
  ref.value = operand.reg;
  noteUse(ref);
  return true;
}

bool Decoder::useSpecial(Ref &ref, const Operand &operand, Type type,
                         unsigned &bytes) {
  Type found;
  if (!specialRegister(ref, operand, found))
    return false;
  if ((found == Type::Pred) != (type == Type::Pred))
    return error(operand.loc, "'" + operand.name + "' has type '." +
                                  typeName(found) + "' where '." +
                                  typeName(type) + "' is needed");
  bytes = storageBytes(found);
  return true;
}

bool Decoder::useAddress(Ref &ref, const Operand &operand, unsigned bytes) {
  uint64_t address;
  Space space;
  if (!variableAddress(operand, address, space))
    return false;
  if (operand.var->space == Space::Param && space == Space::Local)
    return error(operand.loc, "taking the address of parameter '" +
                                  operand.name +
                                  "' of a function is not supported");
  ref = constant(address + uint64_t(operand.value), bytes);
  return true;
}

bool Decoder::useWide(Ref &ref, const Operand &operand, Type type,
                      unsigned &bytes) {
  if (operand.negate)
    return error(operand.loc, "'!' is not supported here: negate a predicate "
                              "by not.pred before");
  bytes = storageBytes(type);
  switch (operand.kind) {
  case Operand::Kind::Register:
    return useRegister(ref, operand, type, bytes);
  case Operand::Kind::Integer:
  case Operand::Kind::Float32:
  case Operand::Kind::Float64:
    if (!constantGoesWith(operand, type))
      return error(operand.loc,
                   (operand.kind == Operand::Kind::Integer ? "an integer"
                    : operand.kind == Operand::Kind::Float32
                        ? "a 0f value"
                        : "a float of 64 bits") +
                       (" where '." + typeName(type) + "' is needed"));
    ref = constant(immediateBits(operand, type), bytes);
    return true;
  case Operand::Kind::Special:
    return useSpecial(ref, operand, type, bytes);
  case Operand::Kind::Variable:
    return useAddress(ref, operand, bytes);
  case Operand::Kind::Function:
    ref = constant(operand.callee->address, bytes);
    return true;
  default:
    return error(operand.loc, "a register or immediate is needed here");
  }
}

void Decoder::appendRefs(ArrayRef<Ref> refs) {
  if (inst.list == 0)
    inst.list = uint32_t(code.pool.size());
  code.pool.insert(code.pool.end(), refs.begin(), refs.end());
}

bool Decoder::listDef(const Operand &operand, Type type) {
  Ref ref;
  if (!def(ref, operand, type))
    return false;
  appendRefs(ref);
  return true;
}

bool Decoder::listUse(const Operand &operand, Type type) {
  Ref ref;
  if (!use(ref, operand, type))
    return false;
  appendRefs(ref);
  return true;
}

bool Decoder::immediate(int64_t &value, const Operand &operand) {
  if (operand.kind != Operand::Kind::Integer)
    return error(operand.loc, "an integer constant is needed here");
  value = operand.value;
  return true;
}

bool Decoder::address(Ref &ref, int64_t &offset, bool &narrow, Space &space,
                      const Operand &operand) {
  if (operand.kind != Operand::Kind::Address || operand.elements.size() != 1)
    return error(operand.loc, "an address in brackets is needed here");
  const Operand &base = operand.elements[0];
  offset = operand.value;
  narrow = false;
  switch (base.kind) {
  case Operand::Kind::Register:
    if (registerBytes(base.reg) != 8 && registerBytes(base.reg) != 4)
      return error(base.loc, "an address must have 32 or 64 bits");
    if (typeKind(registerTypes[base.reg]) == TypeKind::Float)
      return error(base.loc, "register '" + base.name + "' of type '." +
                                 typeName(registerTypes[base.reg]) +
                                 "' is no address");
    narrow = registerBytes(base.reg) == 4;
    ref.value = base.reg;
    noteUse(ref);
    return true;
  case Operand::Kind::Variable: {
    uint64_t address;
    Space home;
    if (!variableAddress(base, address, home))
      return false;
    // A parameter of a device function lives in local memory here.
    bool same = space == home || space == Space::Generic ||
                (space == Space::Param && home == Space::Local) ||
                (space == Space::SharedCluster && home == Space::Shared);
    if (!same)
      return error(base.loc, "'" + base.name + "' is in " + spaceName(home) +
                                 " space, not in " + spaceName(space));
    space = home;
    ref = constant(address, 8);
    return true;
  }
  case Operand::Kind::Integer:
    if (space != Space::Local)
      return error(base.loc, "a constant is an address of .local only");
    ref = constant(0, 8);
    return true;
  default:
    return error(base.loc, "this is not an address");
  }
}

void Decoder::insertBefore(const Inst &before, Ref result) {
  Inst outer = inst;
  Code::Registers registers = std::move(pending);
  pending = Code::Registers();
  inst = before;
  inst.d = result;
  inst.flags |= FlagSynthetic;
  noteDef(result);
  append();
  inst = outer;
  pending = std::move(registers);
}

bool Decoder::emit() {
  if (!noMoreModifiers())
    return false;
  append();
  return true;
}

/// xor r, r and sub r, r of integers: zero, whatever r holds.
static bool isZeroOfRegister(const Statement &statement,
                             ArrayRef<unsigned> uses) {
  bool isInteger = llvm::none_of(statement.modifiers, [](StringRef modifier) {
    return modifier.starts_with("f") || modifier.starts_with("bf");
  });
  return (statement.opcode == "xor" || statement.opcode == "sub") &&
         isInteger && uses.size() == 2 && uses[0] == uses[1];
}

void Decoder::append() {
  inst.loc = current->loc;
  bool isZero = isZeroOfRegister(*current, pending.uses);
  if (current->guard >= 0) {
    inst.guard.value = uint32_t(current->guard);
    noteUse(inst.guard);
    if (current->guardNegated)
      inst.flags |= FlagGuardNegated;
  }
  if (leaderPending)
    inst.flags |= FlagLeader;
  leaderPending = false;
  std::string className = current->opcode.str();
  if (inst.space != Space::Generic)
    className += ("." + spaceName(inst.space)).str();
  auto [it, isNew] = classIds.try_emplace(className, code.classes.size());
  if (isNew)
    code.classes.push_back(className);
  inst.classId = it->second;
  code.insts.push_back(inst);
  pending.flow =
      isZero ? Code::Flow::Zero : flowOf(*current, inst, pending.defs.empty());
  accesses.push_back(std::move(pending));
  pending = Code::Registers();
  inst = Inst();
}

bool Decoder::decodeStatement(const Statement &statement, bool leader) {
  current = &statement;
  modifiers.assign(statement.modifiers.begin(), statement.modifiers.end());
  inst = Inst();
  pending = Code::Registers();
  leaderPending = leader;
  auto it = table.find(statement.opcode);
  if (it == table.end())
    return error("instruction '" + statement.opcode + "' is not supported");
  if (std::string text = missingFeature(program.module(), function, statement);
      !text.empty())
    return error(text);
  if (std::string text = orderProblem(statement); !text.empty())
    return error("'" + statement.opcode + "': " + text);
  return it->second(*this);
}

Error Decoder::run() {
  // List 0 means none.
  code.pool.push_back(Ref());
  BlockOrder layout = orderBlocks(function);
  std::vector<unsigned> blockStart(layout.blocks.size(), 0);
  std::vector<unsigned> blockOf(function.body.size(), 0);
  for (unsigned b = 0; b < layout.blocks.size(); ++b)
    for (unsigned i = layout.blocks[b].begin; i < layout.blocks[b].end; ++i)
      blockOf[i] = b;
  Statement jump;
  jump.opcode = "bra";
  for (size_t i = 0; i < layout.order.size(); ++i) {
    unsigned b = layout.order[i];
    const BlockOrder::Block &block = layout.blocks[b];
    blockStart[b] = unsigned(code.insts.size());
    for (unsigned s = block.begin; s < block.end; ++s)
      if (!decodeStatement(function.body[s], s == block.begin))
        return makeError(messageLoc, message);
    bool adjacent = i + 1 < layout.order.size() &&
                    int(layout.order[i + 1]) == block.fallThrough;
    if (block.fallThrough < 0 || adjacent)
      continue;
    // The next block in the text is elsewhere now.
    Operand target;
    target.kind = Operand::Kind::Label;
    target.label = ~0u;
    target.value = layout.blocks[unsigned(block.fallThrough)].begin;
    jump.operands.assign(1, target);
    jump.loc = function.body[block.end - 1].loc;
    if (!decodeStatement(jump, false))
      return makeError(messageLoc, message);
    code.insts.back().flags |= FlagSynthetic;
  }
  resolveTargets(blockStart, blockOf);
  trackUnwritten(allocateRegisters());
  if (code.wgmma || code.tracksRegisters)
    code.registers = std::move(accesses);
  return Error::success();
}

// `target` of a branch is the statement's number until here.
void Decoder::resolveTargets(const std::vector<unsigned> &blockStart,
                             const std::vector<unsigned> &blockOfStatement) {
  for (Inst &inst : code.insts)
    if (inst.aux == branchMark)
      inst.target = blockStart[blockOfStatement[inst.target]];
}

Error decodeEntry(const Program &program, const FlatFunction &function,
                  Code &code) {
  return Decoder(program, function, code).run();
}

} // namespace quantmlir::ptx
