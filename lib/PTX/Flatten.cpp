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
  Error expandIndirectCall(const Statement &call);
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
    if (instance.variables.count(&variable))
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

/// The call's arguments have the sizes of the function's parameters.
static bool matches(const Statement &call, const Function &function) {
  auto same = [](const std::vector<Operand> &actual,
                 const std::vector<Variable *> &formal) {
    return llvm::equal(actual, formal, [](const Operand &a, const Variable *b) {
      return a.kind == Operand::Kind::Variable && a.var->bytes == b->bytes;
    });
  };
  return same(call.operands[1].elements, function.returns) &&
         same(call.operands[2].elements, function.parameters);
}

// Comparisons with each function whose address is taken and which the call
// fits, which is then expanded in place. Another address traps, and so does a
// function that is being expanded: there is no recursion.
Error Flattener::expandIndirectCall(const Statement &call) {
  auto newLabel = [&] {
    flat.labels.push_back(0);
    return unsigned(flat.labels.size() - 1);
  };
  unsigned end = newLabel();
  if (call.guard >= 0)
    emitBranch(call, end, true);
  auto predicate = unsigned(flat.registers.size());
  flat.registers.push_back({"%call", Type::Pred});
  for (const Function &function : module.functions) {
    if (!function.addressTaken || !function.defined || function.entry ||
        !matches(call, function) || llvm::is_contained(stack, &function))
      continue;
    unsigned next = newLabel();
    emitCompare(call, predicate, "u64", call.operands[0],
                int64_t(function.address));
    Statement origin;
    origin.loc = call.loc;
    origin.guard = int(predicate);
    emitBranch(origin, next, true);
    Statement direct = call;
    direct.guard = -1;
    direct.operands[0].kind = Operand::Kind::Function;
    direct.operands[0].callee = &function;
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

Error Flattener::expandCall(const Statement &call) {
  const Function &callee = *call.operands[0].callee;
  const std::vector<Operand> &returns = call.operands[1].elements;
  const std::vector<Operand> &arguments = call.operands[2].elements;
  if (!callee.defined && isRuntimeFunction(callee.name)) {
    flat.body.push_back(call);
    return Error::success();
  }
  if (!callee.defined)
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
  if (arguments.size() != callee.parameters.size() ||
      returns.size() != callee.returns.size())
    return makeError(call.loc, "call of '" + callee.name +
                                   "' does not match its declaration");
  Instance instance;
  instance.function = &callee;
  auto bind = [&](const Operand &actual, const Variable *formal) -> Error {
    if (actual.kind != Operand::Kind::Variable || actual.value != 0)
      return makeError(actual.loc, "arguments must be .param variables");
    if (actual.var->bytes < formal->bytes)
      return makeError(actual.loc, "argument is smaller than parameter '" +
                                       formal->name + "'");
    instance.variables[formal] = actual.var;
    return Error::success();
  };
  for (size_t i = 0; i < arguments.size(); ++i)
    if (Error error = bind(arguments[i], callee.parameters[i]))
      return error;
  for (size_t i = 0; i < returns.size(); ++i)
    if (Error error = bind(returns[i], callee.returns[i]))
      return error;
  enter(instance);
  if (call.guard >= 0)
    emitBranch(call, instance.endLabel, true);
  return expand(instance);
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
