//===- ParseFunction.cpp - function bodies, statements, operands ----------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

using namespace llvm;

namespace quantmlir::ptx {

static constexpr unsigned maxRegistersPerFunction = 1u << 20;
static constexpr unsigned maxNesting = 64;

bool Parser::parseBody(Function &into) {
  function = &into;
  if (!expect('{'))
    return false;
  unsigned depth = 1;
  while (depth) {
    if (token.kind == Token::Kind::End)
      return error(into.loc, "the body of '" + into.name + "' is not closed");
    if (accept('{')) {
      if (++depth > maxNesting)
        return error("blocks are nested too deeply");
      Scope scope;
      scope.parent = openScopes.back();
      scopes.push_back(std::move(scope));
      openScopes.push_back(int(scopes.size()) - 1);
      continue;
    }
    if (accept('}')) {
      --depth;
      if (depth)
        openScopes.pop_back();
      continue;
    }
    if (!parseBodyItem())
      return false;
  }
  return resolveLabels();
}

bool Parser::parseBodyItem() {
  if (accept(';'))
    return true;
  if (token.kind == Token::Kind::Identifier && ahead.is(':')) {
    StringRef name = token.text;
    Scope &scope = scopes[openScopes.back()];
    if (!scope.labels.try_emplace(name, function->labels.size()).second)
      return error("label '" + name + "' is defined twice");
    function->labels.push_back(function->body.size());
    consume();
    consume();
    return true;
  }
  if (token.kind != Token::Kind::Dot)
    return parseStatement();

  StringRef name = token.text;
  Loc loc = token.loc;
  consume();
  if (name == "loc")
    return skipPlace();
  if (name == "pragma") {
    while (token.kind == Token::Kind::String || token.is(','))
      consume();
    return expect(';');
  }
  if (name == "reg")
    return parseRegisters();
  if (name == "local")
    return parseVariable(Space::Local, false, true);
  if (name == "shared")
    return parseVariable(Space::Shared, false, true);
  if (name == "param")
    return parseVariable(Space::Param, false, true);
  if (name == "branchtargets")
    return parseBranchTargets(loc);
  if (name == "callprototype")
    return parseCallPrototype();
  return error(loc, "directive '." + name + "' is not supported here");
}

// Debug information without an end of its own (11.5.3):
// .loc file line column{, function_name label{+offset}, inlined_at file line
// column}
bool Parser::skipPlace() {
  uint64_t number;
  auto skipNumbers = [&] {
    return parseUnsigned(number, "the number of a file") &&
           parseUnsigned(number, "a line") && parseUnsigned(number, "a column");
  };
  if (!skipNumbers())
    return false;
  while (accept(',')) {
    StringRef name;
    if (!parseName(name, "'function_name' or 'inlined_at'"))
      return false;
    if (name == "inlined_at"
            ? !skipNumbers()
            : !parseName(name, "a label") ||
                  (accept('+') && !parseUnsigned(number, "an offset")))
      return false;
  }
  return true;
}

// label: .branchtargets L1, ...; stays in the body as a statement that brx.idx
// finds by its label (9.7.12.3).
bool Parser::parseBranchTargets(Loc loc) {
  Statement statement;
  statement.loc = loc;
  statement.opcode = branchTargetsOpcode;
  if (!parseOperands(statement) || !expect(';'))
    return false;
  function->body.push_back(std::move(statement));
  return true;
}

// label: .callprototype (results) _ (parameters); An indirect call goes by its
// arguments, which have the same sizes.
bool Parser::parseCallPrototype() {
  while (!token.is(';')) {
    if (token.kind == Token::Kind::End)
      return error("the prototype is not closed");
    consume();
  }
  return expect(';');
}

// .type, or .v2 or .v4 of it in at most 128 bits (5.4.2)
bool Parser::parseRegisterType(Type &type, unsigned &width) {
  width = token.isDot("v2") ? 2 : token.isDot("v4") ? 4 : 1;
  if (width > 1)
    consume();
  if (token.kind != Token::Kind::Dot)
    return error("expected a register type");
  type = parseType(token.text);
  // Packed types but .f16x2, .bf16 and .tf32 are in registers of bits.
  bool other = typeKind(type) == TypeKind::Float && type != Type::F16 &&
               type != Type::F16x2 && type != Type::F32 && type != Type::F64;
  if (type == Type::None || other || (type != Type::Pred && typeBits(type) < 8))
    return error("'." + token.text + "' is not a register's type");
  if (width > 1 && (type == Type::Pred || width * typeBits(type) > 128))
    return error("no vector register has " + Twine(width) + " elements of '." +
                 token.text + "'");
  consume();
  return true;
}

bool Parser::declareRegister(StringRef name, Type type, unsigned width,
                             Loc loc) {
  RegisterRange range = {unsigned(function->registers.size()), width};
  if (!scopes[openScopes.back()].registers.try_emplace(name, range).second)
    return error(loc, "register '" + name + "' is declared twice");
  for (unsigned i = 0; i < width; ++i)
    function->registers.push_back(
        {width == 1 ? name.str() : (name + "." + Twine("xyzw"[i])).str(),
         type});
  return true;
}

// .reg .type %a, %b<N>; (5.4.2: %b0 ... %bN-1)
bool Parser::parseRegisters() {
  Type type;
  unsigned width;
  if (!parseRegisterType(type, width))
    return false;
  do {
    StringRef name;
    Loc loc = token.loc;
    if (!parseName(name, "a register name"))
      return false;
    uint64_t count = 1;
    bool family = accept('<');
    if (family &&
        (!parseUnsigned(count, "a number of registers") || !expect('>')))
      return false;
    if (count > (maxRegistersPerFunction - function->registers.size()) / width)
      return error(loc, "more than a million registers");
    for (uint64_t i = 0; i < count; ++i)
      if (!declareRegister(family ? name.str() + std::to_string(i) : name.str(),
                           type, width, loc))
        return false;
  } while (accept(','));
  return expect(';');
}

const Parser::RegisterRange *Parser::lookupRegister(StringRef name) const {
  for (int i = openScopes.back(); i >= 0; i = scopes[i].parent) {
    auto it = scopes[i].registers.find(name);
    if (it != scopes[i].registers.end())
      return &it->second;
  }
  return nullptr;
}

bool Parser::lookupRegister(StringRef name, unsigned &reg) const {
  const RegisterRange *range = lookupRegister(name);
  if (range)
    reg = range->first;
  return range && range->width == 1;
}

const Variable *Parser::lookupVariable(StringRef name) {
  for (int i = openScopes.back(); i >= 0; i = scopes[i].parent) {
    auto it = scopes[i].variables.find(name);
    if (it != scopes[i].variables.end())
      return it->second;
  }
  auto it = module.variableByName.find(name);
  return it == module.variableByName.end() ? nullptr : it->second;
}

bool Parser::parseStatement() {
  Statement statement;
  statement.loc = token.loc;
  if (accept('@')) {
    statement.guardNegated = accept('!');
    unsigned reg;
    if (token.kind != Token::Kind::Identifier ||
        !lookupRegister(token.text, reg) ||
        function->registers[reg].type != Type::Pred)
      return error("expected a predicate register");
    statement.guard = int(reg);
    consume();
    statement.loc = token.loc;
  }
  if (!parseName(statement.opcode, "an instruction"))
    return false;
  while (token.kind == Token::Kind::Dot) {
    statement.modifiers.push_back(token.text);
    consume();
  }
  selectsParts =
      statement.opcode.starts_with("v") && statement.opcode != "vote";
  bool ok = statement.opcode == "call" ? parseCall(statement)
                                       : parseOperands(statement);
  if (!ok || !expect(';'))
    return false;
  function->body.push_back(std::move(statement));
  return true;
}

// call{.uni} {(ret),} name {, (params)}; or the same with a register and, at
// the end, the label of a prototype or of targets (9.7.12.4)
bool Parser::parseCall(Statement &statement) {
  Operand returns, arguments, target;
  returns.kind = arguments.kind = Operand::Kind::List;
  if (accept('(') && (!parseList(returns, ')') || !expect(',')))
    return false;
  target.loc = token.loc;
  StringRef name;
  if (!parseName(name, "a function name"))
    return false;
  target.name = name;
  bool indirect = lookupRegister(name, target.reg);
  target.kind = indirect ? Operand::Kind::Register : Operand::Kind::Function;
  if (!indirect) {
    auto it = module.functionByName.find(name);
    if (it == module.functionByName.end())
      return error(target.loc, "call of '" + name +
                                   "', which is neither a function declared "
                                   "before nor a register");
    target.callee = it->second;
  }
  if (accept(',')) {
    if (!expect('(') || !parseList(arguments, ')'))
      return false;
    StringRef prototype;
    if (indirect && (!expect(',') || !parseName(prototype, "a label")))
      return false;
  }
  statement.operands = {std::move(target), std::move(returns),
                        std::move(arguments)};
  return true;
}

bool Parser::parseOperands(Statement &statement) {
  if (token.is(';'))
    return true;
  bool branch =
      statement.opcode == "bra" || statement.opcode == branchTargetsOpcode;
  bool indexed = statement.opcode == "brx";
  do {
    Operand operand;
    if (!parseOperand(operand,
                      branch || (indexed && statement.operands.size() == 1)))
      return false;
    if (operand.kind == Operand::Kind::Label)
      labelUses.push_back({unsigned(function->body.size()),
                           unsigned(statement.operands.size()),
                           unsigned(openScopes.back())});
    statement.operands.push_back(std::move(operand));
  } while (accept(','));
  return true;
}

bool Parser::parseList(Operand &operand, char close) {
  operand.loc = token.loc;
  if (accept(close))
    return true;
  do {
    Operand element;
    if (token.is('{'))
      return error("nested vectors are not supported");
    if (!parseOperand(element, false))
      return false;
    if (element.kind == Operand::Kind::Vector && close != ')')
      return error(element.loc, "nested vectors are not supported");
    operand.elements.push_back(std::move(element));
  } while (accept(','));
  return expect(close);
}

bool Parser::parseOperand(Operand &operand, bool label) {
  operand.loc = token.loc;
  if (label) {
    StringRef name;
    if (!parseName(name, "a label"))
      return false;
    operand.kind = Operand::Kind::Label;
    operand.name = name;
    return true;
  }
  if (accept('{')) {
    operand.kind = Operand::Kind::Vector;
    return parseList(operand, '}');
  }
  if (accept('['))
    return parseAddress(operand);
  if (!parsePrimary(operand))
    return false;
  if (!accept('|'))
    return true;
  // d|p, the two results of setp and shfl.
  Operand pair;
  pair.kind = Operand::Kind::Pair;
  pair.loc = operand.loc;
  pair.elements.push_back(std::move(operand));
  pair.elements.emplace_back();
  if (!parsePrimary(pair.elements[1]))
    return false;
  operand = std::move(pair);
  return true;
}

bool Parser::parsePrimary(Operand &operand) {
  operand.loc = token.loc;
  auto isName = [](const Token &token) {
    return token.kind == Token::Kind::Identifier && token.text != "WARP_SZ";
  };
  // In front of a constant they are operators.
  operand.negate = isName(ahead) && accept(selectsParts ? '-' : '!');
  if (isName(token))
    return parseNamed(operand);
  if (token.kind == Token::Kind::Float32) {
    operand.kind = Operand::Kind::Float32;
    operand.value = int64_t(token.value);
    consume();
    return true;
  }
  Constant constant;
  if (!parseConstant(constant))
    return false;
  operand.kind =
      constant.isFloat() ? Operand::Kind::Float64 : Operand::Kind::Integer;
  operand.value = constant.value;
  return true;
}

bool Parser::parseNamed(Operand &operand) {
  StringRef name = token.text;
  operand.name = name;
  if (name == "_") {
    consume();
    operand.kind = Operand::Kind::Sink;
    return true;
  }
  unsigned reg;
  if (lookupRegister(name, reg)) {
    consume();
    operand.kind = Operand::Kind::Register;
    operand.reg = reg;
    if (selectsParts && token.kind == Token::Kind::Dot) {
      operand.selector = token.text;
      consume();
    }
    return true;
  }
  if (const RegisterRange *range = lookupRegister(name)) {
    consume();
    return parseVectorRegister(operand, *range);
  }
  if (const Variable *variable = lookupVariable(name)) {
    consume();
    operand.kind = Operand::Kind::Variable;
    operand.var = variable;
    if (accept('+'))
      return parseInteger(operand.value);
    return true;
  }
  if (name.starts_with("%")) {
    consume();
    operand.kind = Operand::Kind::Special;
    if (token.kind == Token::Kind::Dot) {
      // One name covers both tokens: they are adjacent in the text.
      operand.name =
          StringRef(name.data(), name.size() + 1 + token.text.size());
      consume();
    }
    return true;
  }
  if (Function *callee = module.functionByName.lookup(name)) {
    consume();
    operand.kind = Operand::Kind::Function;
    operand.callee = callee;
    callee->addressTaken = true;
    return true;
  }
  return error("'" + name + "' is not declared");
}

// v, or one element as v.x or v.r (5.4.2)
bool Parser::parseVectorRegister(Operand &operand, const RegisterRange &range) {
  if (token.kind != Token::Kind::Dot) {
    operand.kind = Operand::Kind::Vector;
    for (unsigned i = 0; i < range.width; ++i) {
      Operand element;
      element.kind = Operand::Kind::Register;
      element.loc = operand.loc;
      element.reg = range.first + i;
      element.name = operand.name;
      operand.elements.push_back(std::move(element));
    }
    return true;
  }
  size_t index = StringRef("xyzwrgba").find(token.text) % 4;
  if (token.text.size() != 1 ||
      StringRef("xyzwrgba").find(token.text) == StringRef::npos ||
      index >= range.width)
    return error("'" + operand.name + "' has no element '." + token.text + "'");
  consume();
  operand.kind = Operand::Kind::Register;
  operand.reg = range.first + unsigned(index);
  return true;
}

// [reg], [reg+imm], [var+imm], [imm], and [a, b, ...] of tensor instructions. A
// negative offset comes after its '+', too.
bool Parser::parseAddress(Operand &operand) {
  operand.kind = Operand::Kind::Address;
  do {
    Operand element;
    if (accept('{')) {
      element.kind = Operand::Kind::Vector;
      if (!parseList(element, '}'))
        return false;
    } else if (!parsePrimary(element)) {
      return false;
    }
    if (element.negate)
      return error(element.loc, "an address has no '!'");
    operand.elements.push_back(std::move(element));
    if (accept('+') && !parseInteger(operand.value))
      return false;
  } while (accept(','));
  Operand &base = operand.elements[0];
  if (base.kind == Operand::Kind::Variable ||
      base.kind == Operand::Kind::Integer) {
    operand.value = int64_t(uint64_t(operand.value) + uint64_t(base.value));
    base.value = 0;
  }
  return expect(']');
}

bool Parser::resolveLabels() {
  for (const LabelUse &use : labelUses) {
    Operand &operand = function->body[use.statement].operands[use.operand];
    bool found = false;
    for (int i = int(use.scope); i >= 0 && !found; i = scopes[i].parent) {
      auto it = scopes[i].labels.find(operand.name);
      if (it == scopes[i].labels.end())
        continue;
      operand.label = it->second;
      found = true;
    }
    if (!found)
      return error(operand.loc, "label '" + operand.name + "' is not defined");
  }
  return true;
}

} // namespace quantmlir::ptx
