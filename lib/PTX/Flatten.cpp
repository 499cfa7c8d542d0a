//===- Flatten.cpp - expansion of calls -----------------------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Flatten.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace quantmlir::ptx {

namespace {

constexpr size_t maxStatements = size_t(1) << 22;
constexpr unsigned maxCallDepth = 64;

class Flattener {
public:
  Flattener(const Module &module, FlatFunction &flat)
      : module(module), flat(flat) {}

  Error run(const Function &entry);

private:
  /// One expansion of a function.
  struct Instance {
    const Function *function;
    unsigned registerBase;
    unsigned labelBase;
    unsigned endLabel;
    DenseMap<const Variable *, const Variable *> variables;
  };

  Error expand(Instance &instance);
  Error expandCall(const Statement &call);
  Error expandRuntimeCall(const Statement &call);
  Error expandIndirectCall(const Statement &call);
  std::string mismatch(const Operand &actual, const Variable &formal) const;
  Error checkArguments(const Statement &call) const;
  Operand formalOperand(const Instance &instance, const Variable *formal) const;
  void copy(const Statement &origin, const Operand &to, const Operand &from,
            Type type);
  unsigned newLabel() {
    flat.labels.push_back(0);
    return unsigned(flat.labels.size() - 1);
  }
  void emitCompare(const Statement &origin, unsigned predicate, StringRef type,
                   const Operand &operand, int64_t value);
  void emitTrap(const Statement &origin);
  Error rewrite(Instance &instance, Operand &operand);
  void enter(Instance &instance);
  const Variable *place(const Variable &variable, Space space, uint64_t offset);
  const Variable *placeLocal(const Variable &variable);
  void placeShared();
  Error expandIndexedBranch(Instance &instance, const Statement &branch);
  void emitBranch(const Statement &origin, unsigned label, bool invertGuard);

  const Module &module;
  FlatFunction &flat;
  SmallVector<const Function *, 8> stack;
  /// Static shared variables of functions have one place for all expansions.
  DenseMap<const Variable *, const Variable *> sharedVariables;
};

const Variable *Flattener::place(const Variable &variable, Space space,
                                 uint64_t offset) {
  flat.variables.push_back(variable);
  const Variable *copy = &flat.variables.back();
  flat.places[copy] = {space, offset};
  return copy;
}

const Variable *Flattener::placeLocal(const Variable &variable) {
  uint64_t offset = alignTo(flat.localBytes, variable.align);
  flat.localBytes = offset + variable.bytes;
  return place(variable, Space::Local, offset);
}

// Cooperative groups keep the barriers of tiles larger than a warp in the
// memory that the system reserves from compute capability 8.0 on. A module that
// does not name it cannot tell that it is there.
static uint64_t reservedShared(const Module &module) {
  for (const Function &function : module.functions)
    for (const Statement &statement : function.body)
      for (const Operand &operand : statement.operands)
        if (operand.kind == Operand::Kind::Special &&
            operand.name.starts_with("%reserved_smem_offset"))
          return reservedSharedMemory;
  return 0;
}

// What is reserved first, then static variables, then dynamic shared memory.
void Flattener::placeShared() {
  flat.reservedSharedBytes = reservedShared(module);
  flat.sharedBytes = flat.reservedSharedBytes;
  auto allocate = [&](const Variable &variable) {
    uint64_t offset = alignTo(flat.sharedBytes, variable.align);
    flat.sharedBytes = offset + variable.bytes;
    return offset;
  };
  for (const Variable &variable : module.variables)
    if (variable.space == Space::Shared && !variable.unsized)
      flat.places[&variable] = {Space::Shared, allocate(variable)};
  for (const Function &function : module.functions) {
    // Another entry's shared memory is not this launch's.
    if (function.entry && &function != flat.entry)
      continue;
    for (const Variable &variable : function.variables)
      if (variable.space == Space::Shared)
        sharedVariables[&variable] =
            place(variable, Space::Shared, allocate(variable));
  }
  uint64_t dynamicAlign = 1;
  for (const Variable &variable : module.variables)
    if (variable.space == Space::Shared && variable.unsized)
      dynamicAlign = std::max(dynamicAlign, variable.align);
  flat.sharedBytes = alignTo(flat.sharedBytes, dynamicAlign);
  for (const Variable &variable : module.variables)
    if (variable.space == Space::Shared && variable.unsized)
      flat.places[&variable] = {Space::Shared, flat.sharedBytes};
}

void Flattener::enter(Instance &instance) {
  const Function &function = *instance.function;
  instance.registerBase = flat.registers.size();
  instance.labelBase = flat.labels.size();
  flat.registers.insert(flat.registers.end(), function.registers.begin(),
                        function.registers.end());
  flat.labels.resize(instance.labelBase + function.labels.size() + 1);
  instance.endLabel = flat.labels.size() - 1;
  for (const Variable &variable : function.variables) {
    if (instance.variables.count(&variable) || variable.reg >= 0)
      continue;
    const Variable *copy = variable.space == Space::Shared
                               ? sharedVariables.lookup(&variable)
                               : placeLocal(variable);
    instance.variables[&variable] = copy;
  }
}

Error Flattener::run(const Function &entry) {
  flat.entry = &entry;
  placeShared();
  Instance instance;
  instance.function = &entry;
  for (const Variable *parameter : entry.parameters) {
    uint64_t offset = alignTo(flat.parameterBytes, parameter->align);
    flat.parameterBytes = offset + parameter->bytes;
    instance.variables[parameter] = place(*parameter, Space::Param, offset);
  }
  enter(instance);
  if (Error error = expand(instance))
    return error;
  // Falling off the end of an entry ends the thread.
  Statement exit;
  exit.opcode = "exit";
  exit.loc = flat.body.empty() ? entry.loc : flat.body.back().loc;
  flat.body.push_back(exit);
  return Error::success();
}

void Flattener::emitBranch(const Statement &origin, unsigned label,
                           bool invertGuard) {
  Statement branch;
  branch.opcode = "bra";
  branch.loc = origin.loc;
  branch.guard = origin.guard;
  branch.guardNegated = origin.guardNegated != invertGuard;
  Operand target;
  target.kind = Operand::Kind::Label;
  target.loc = origin.loc;
  target.label = label;
  branch.operands.push_back(target);
  flat.body.push_back(std::move(branch));
}

Error Flattener::rewrite(Instance &instance, Operand &operand) {
  if (operand.kind == Operand::Kind::Register)
    operand.reg += instance.registerBase;
  if (operand.kind == Operand::Kind::Label)
    operand.label += instance.labelBase;
  if (operand.kind == Operand::Kind::Variable && !operand.var->global) {
    operand.var = instance.variables.lookup(operand.var);
    if (!operand.var)
      return makeError(operand.loc, "'" + operand.name + "' has no storage");
  }
  for (Operand &element : operand.elements)
    if (Error error = rewrite(instance, element))
      return error;
  return Error::success();
}

Error Flattener::expand(Instance &instance) {
  const Function &function = *instance.function;
  stack.push_back(&function);
  bool inner = stack.size() > 1;
  std::vector<std::pair<unsigned, unsigned>> pending; // statement, label
  pending.reserve(function.labels.size());
  for (unsigned i = 0; i < function.labels.size(); ++i)
    pending.push_back({function.labels[i], i});
  llvm::sort(pending);
  size_t nextLabel = 0;
  auto bindLabels = [&](size_t statement) {
    while (nextLabel < pending.size() && pending[nextLabel].first <= statement)
      flat.labels[instance.labelBase + pending[nextLabel++].second] =
          flat.body.size();
  };
  for (size_t i = 0; i < function.body.size(); ++i) {
    bindLabels(i);
    if (flat.body.size() > maxStatements)
      return makeError(function.loc, "the entry is too large once its calls "
                                     "are expanded");
    Statement statement = function.body[i];
    if (statement.guard >= 0)
      statement.guard += instance.registerBase;
    for (Operand &operand : statement.operands)
      if (Error error = rewrite(instance, operand))
        return error;
    if (statement.opcode == "call") {
      if (Error error = statement.operands[0].kind == Operand::Kind::Register
                            ? expandIndirectCall(statement)
                            : expandCall(statement))
        return error;
    } else if (statement.opcode == "brx") {
      if (Error error = expandIndexedBranch(instance, statement))
        return error;
    } else if (statement.opcode == branchTargetsOpcode) {
      continue;
    } else if (statement.opcode == "ret" && inner) {
      emitBranch(statement, instance.endLabel, false);
    } else {
      flat.body.push_back(std::move(statement));
    }
  }
  bindLabels(function.body.size());
  flat.labels[instance.endLabel] = flat.body.size();
  stack.pop_back();
  return Error::success();
}

// brx.idx becomes a chain of comparisons and branches, which diverges and
// reconverges like any other. An index beyond the list is undefined; it traps.
Error Flattener::expandIndexedBranch(Instance &instance,
                                     const Statement &branch) {
  const Function &function = *instance.function;
  if (branch.operands.size() != 2 ||
      branch.operands[1].kind != Operand::Kind::Label)
    return makeError(branch.loc, "brx.idx needs an index and a list of labels");
  if (branch.guard >= 0)
    return makeError(branch.loc, "brx.idx under a guard is not supported");
  unsigned label = branch.operands[1].label - instance.labelBase;
  unsigned at = function.labels[label];
  if (at >= function.body.size() ||
      function.body[at].opcode != branchTargetsOpcode)
    return makeError(branch.operands[1].loc,
                     "the label does not name a .branchtargets list");
  auto predicate = unsigned(flat.registers.size());
  flat.registers.push_back({"%brx", Type::Pred});
  const std::vector<Operand> &targets = function.body[at].operands;
  for (size_t i = 0; i < targets.size(); ++i) {
    emitCompare(branch, predicate, "u32", branch.operands[0], int64_t(i));
    Statement origin;
    origin.loc = branch.loc;
    origin.guard = int(predicate);
    emitBranch(origin, targets[i].label + instance.labelBase, false);
  }
  emitTrap(branch);
  return Error::success();
}

void Flattener::emitCompare(const Statement &origin, unsigned predicate,
                            StringRef type, const Operand &operand,
                            int64_t value) {
  Statement compare;
  compare.opcode = "setp";
  compare.modifiers = {"eq", type};
  compare.loc = origin.loc;
  Operand result, constant;
  result.kind = Operand::Kind::Register;
  result.reg = predicate;
  constant.kind = Operand::Kind::Integer;
  constant.value = value;
  compare.operands = {result, operand, constant};
  flat.body.push_back(std::move(compare));
}

void Flattener::emitTrap(const Statement &origin) {
  Statement trap;
  trap.opcode = "trap";
  trap.loc = origin.loc;
  flat.body.push_back(std::move(trap));
}

/// A variable of an array is passed as it is, others as values of their type.
/// A vector of registers is neither.
static bool isScalar(const Variable &variable) {
  return variable.bytes == typeBytes(variable.type);
}

/// Why `actual` cannot be passed as `formal`; empty if it can. Registers and
/// .param variables go with either kind of parameter (7.1).
std::string Flattener::mismatch(const Operand &actual,
                                const Variable &formal) const {
  std::string where = " does not match parameter '" + formal.name + "'";
  auto goesWith = [&](Type type) {
    return typeBits(type) == typeBits(formal.type) &&
           registerGoesWith(type, formal.type);
  };
  bool inRegister = formal.reg >= 0;
  switch (actual.kind) {
  case Operand::Kind::Variable: {
    const Variable &variable = *actual.var;
    // The kernel's own parameters cannot be passed on.
    if (variable.space != Space::Param || actual.value != 0 ||
        flat.places.lookup(&variable).space == Space::Param)
      return "'" + variable.name + "' is not a .param variable of the body";
    bool scalar = isScalar(formal);
    if (variable.bytes != formal.bytes || scalar != isScalar(variable) ||
        (scalar ? !goesWith(variable.type) : inRegister))
      return "the type of '" + variable.name + "'" + where;
    if (!inRegister && variable.align != formal.align)
      return "the alignment of '" + variable.name + "'" + where;
    return "";
  }
  case Operand::Kind::Register:
  case Operand::Kind::Vector: {
    ArrayRef<Operand> parts = actual.kind == Operand::Kind::Vector
                                  ? ArrayRef<Operand>(actual.elements)
                                  : ArrayRef<Operand>(actual);
    uint64_t bytes = parts.size() * typeBytes(formal.type);
    bool ok = bytes == formal.bytes && (inRegister || isScalar(formal)) &&
              llvm::all_of(parts, [&](const Operand &part) {
                return goesWith(flat.registers[part.reg].type);
              });
    return ok ? "" : "the type of '" + actual.name.str() + "'" + where;
  }
  case Operand::Kind::Integer:
  case Operand::Kind::Float32:
  case Operand::Kind::Float64: {
    bool isFloat = actual.kind != Operand::Kind::Integer;
    bool ok = isScalar(formal) && typeBytes(formal.type) <= 8 &&
              (typeKind(formal.type) == TypeKind::Float ? isFloat
               : isFloat ? typeKind(formal.type) == TypeKind::Bits
                         : typeBits(formal.type) >= 16);
    return ok ? "" : "the type of the constant" + where;
  }
  case Operand::Kind::Sink:
    return "";
  default:
    return "an argument must be a register, a constant or a .param variable";
  }
}

Error Flattener::checkArguments(const Statement &call) const {
  const Function &callee = *call.operands[0].callee;
  const std::vector<Operand> &returns = call.operands[1].elements;
  const std::vector<Operand> &arguments = call.operands[2].elements;
  if (arguments.size() != callee.parameters.size() ||
      returns.size() != callee.returns.size())
    return makeError(call.loc, "call of '" + callee.name +
                                   "' does not match its declaration");
  for (auto [actual, formal] : llvm::zip(returns, callee.returns)) {
    if (actual.kind != Operand::Kind::Variable &&
        actual.kind != Operand::Kind::Register &&
        actual.kind != Operand::Kind::Vector &&
        actual.kind != Operand::Kind::Sink)
      return makeError(actual.loc, "a result must go to a register, a .param "
                                   "variable or '_'");
    if (std::string text = mismatch(actual, *formal); !text.empty())
      return makeError(actual.loc, text);
  }
  for (auto [actual, formal] : llvm::zip(arguments, callee.parameters)) {
    if (actual.kind == Operand::Kind::Sink)
      return makeError(actual.loc, "'_' is not an argument");
    if (std::string text = mismatch(actual, *formal); !text.empty())
      return makeError(actual.loc, text);
  }
  return Error::success();
}

/// The arguments of an indirect call fit the function.
static bool matches(Error error) {
  bool ok = !error;
  consumeError(std::move(error));
  return ok;
}

/// A parameter within an expansion: its registers, or its variable.
Operand Flattener::formalOperand(const Instance &instance,
                                 const Variable *formal) const {
  Operand operand;
  operand.loc = formal->loc;
  operand.name = formal->name;
  if (formal->reg < 0) {
    operand.kind = Operand::Kind::Variable;
    operand.var = instance.variables.lookup(formal);
    return operand;
  }
  operand.kind = Operand::Kind::Register;
  operand.reg = instance.registerBase + unsigned(formal->reg);
  if (isScalar(*formal))
    return operand;
  Operand vector = operand;
  vector.kind = Operand::Kind::Vector;
  for (; vector.elements.size() < formal->bytes / typeBytes(formal->type);
       ++operand.reg)
    vector.elements.push_back(operand);
  return vector;
}

/// Copies between registers, constants and .param variables.
void Flattener::copy(const Statement &origin, const Operand &to,
                     const Operand &from, Type type) {
  if (to.kind == Operand::Kind::Vector && from.kind == to.kind) {
    for (auto [target, source] : llvm::zip(to.elements, from.elements))
      copy(origin, target, source, type);
    return;
  }
  auto inMemory = [](const Operand &operand) {
    Operand address;
    address.kind = Operand::Kind::Address;
    address.loc = operand.loc;
    address.elements.push_back(operand);
    return address;
  };
  // Types without registers of their own move as bits.
  bool isHalf = type == Type::F16 || type == Type::F16x2;
  StringRef name =
      isHalf ? (type == Type::F16 ? "b16" : "b32") : typeName(type);
  Statement move;
  move.loc = origin.loc;
  if (to.kind == Operand::Kind::Variable) {
    move.opcode = "st";
    move.modifiers = {"param", name};
    move.operands = {inMemory(to), from};
  } else if (from.kind == Operand::Kind::Variable) {
    move.opcode = "ld";
    move.modifiers = {"param", name};
    move.operands = {to, inMemory(from)};
  } else {
    move.opcode = "mov";
    move.modifiers = {name};
    move.operands = {to, from};
  }
  flat.body.push_back(std::move(move));
}

// Comparisons with each function whose address is taken and which the call
// fits, which is then expanded in place. Another address traps, and so does a
// function that is being expanded: there is no recursion.
Error Flattener::expandIndirectCall(const Statement &call) {
  unsigned end = newLabel();
  if (call.guard >= 0)
    emitBranch(call, end, true);
  auto predicate = unsigned(flat.registers.size());
  flat.registers.push_back({"%call", Type::Pred});
  for (const Function &function : module.functions) {
    if (!function.addressTaken || !function.defined || function.entry ||
        llvm::is_contained(stack, &function))
      continue;
    Statement direct = call;
    direct.guard = -1;
    direct.operands[0].kind = Operand::Kind::Function;
    direct.operands[0].callee = &function;
    if (!matches(checkArguments(direct)))
      continue;
    unsigned next = newLabel();
    emitCompare(call, predicate, "u64", call.operands[0],
                int64_t(function.address));
    Statement origin;
    origin.loc = call.loc;
    origin.guard = int(predicate);
    emitBranch(origin, next, true);
    if (Error error = expandCall(direct))
      return error;
    origin.guard = -1;
    emitBranch(origin, end, false);
    flat.labels[next] = flat.body.size();
  }
  emitTrap(call);
  flat.labels[end] = flat.body.size();
  return Error::success();
}

/// Functions of the runtime take .param variables.
Error Flattener::expandRuntimeCall(const Statement &call) {
  const Function &callee = *call.operands[0].callee;
  Statement inner = call;
  auto toVariable = [&](Operand &actual, const Variable *formal) {
    Operand variable;
    variable.kind = Operand::Kind::Variable;
    variable.loc = actual.loc;
    variable.var = placeLocal(*formal);
    actual = std::move(variable);
  };
  unsigned end = newLabel();
  if (call.guard >= 0)
    emitBranch(call, end, true);
  inner.guard = -1;
  for (auto [actual, formal] :
       llvm::zip(inner.operands[2].elements, callee.parameters)) {
    if (actual.kind == Operand::Kind::Variable)
      continue;
    Operand value = actual;
    toVariable(actual, formal);
    copy(call, actual, value, formal->type);
  }
  for (auto [actual, formal] :
       llvm::zip(inner.operands[1].elements, callee.returns))
    if (actual.kind != Operand::Kind::Variable)
      toVariable(actual, formal);
  flat.body.push_back(inner);
  for (auto [actual, result, formal] :
       llvm::zip(call.operands[1].elements, inner.operands[1].elements,
                 callee.returns))
    if (actual.kind == Operand::Kind::Register)
      copy(call, actual, result, formal->type);
  flat.labels[end] = flat.body.size();
  return Error::success();
}

Error Flattener::expandCall(const Statement &call) {
  const Function &callee = *call.operands[0].callee;
  if (!callee.defined && !isRuntimeFunction(callee.name))
    return makeError(call.loc,
                     "function '" + callee.name +
                         "' has no body in this module; link it in, or avoid "
                         "it: of CUDA's device runtime there are vprintf, "
                         "__assertfail, malloc and free");
  if (llvm::is_contained(stack, &callee))
    return makeError(call.loc, "recursion of '" + callee.name +
                                   "' is not supported, for calls are expanded "
                                   "in place; write it as a loop");
  if (stack.size() >= maxCallDepth)
    return makeError(call.loc, "calls are nested too deeply");
  if (Error error = checkArguments(call))
    return error;
  if (!callee.defined)
    return expandRuntimeCall(call);

  // A variable of the caller is that of the callee, all else is copied.
  Instance instance;
  instance.function = &callee;
  SmallVector<std::pair<Operand, const Variable *>, 4> in, out;
  auto bind = [&](ArrayRef<Operand> actuals, ArrayRef<Variable *> formals,
                  SmallVectorImpl<std::pair<Operand, const Variable *>> &rest) {
    for (auto [actual, formal] : llvm::zip(actuals, formals)) {
      if (actual.kind == Operand::Kind::Variable && formal->reg < 0)
        instance.variables[formal] = actual.var;
      else if (actual.kind != Operand::Kind::Sink)
        rest.push_back({actual, formal});
    }
  };
  bind(call.operands[2].elements, callee.parameters, in);
  bind(call.operands[1].elements, callee.returns, out);
  enter(instance);
  unsigned end = newLabel();
  if (call.guard >= 0)
    emitBranch(call, end, true);
  for (auto &[actual, formal] : in)
    copy(call, formalOperand(instance, formal), actual, formal->type);
  if (Error error = expand(instance))
    return error;
  for (auto &[actual, formal] : out)
    copy(call, actual, formalOperand(instance, formal), formal->type);
  flat.labels[end] = flat.body.size();
  return Error::success();
}

} // namespace

Expected<FlatFunction> flatten(const Module &module, const Function &entry) {
  FlatFunction flat;
  Flattener flattener(module, flat);
  if (Error error = flattener.run(entry))
    return std::move(error);
  return std::move(flat);
}

} // namespace quantmlir::ptx
