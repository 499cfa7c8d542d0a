//===- ParseModule.cpp - module-level directives and variables ------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstring>

using namespace llvm;

namespace quantmlir::ptx {

/// A variable larger than this is refused: no chip has the memory, and the
/// emulator would only fail later.
static constexpr uint64_t maxVariableBytes = uint64_t(1) << 32;

bool Parser::error(Loc loc, const Twine &text) {
  // The lexer's own complaint explains more than the parser's surprise.
  if (message.empty()) {
    bool lexical = token.kind == Token::Kind::Error;
    messageLoc = lexical ? token.loc : loc;
    message = lexical ? token.text.str() : text.str();
  }
  return false;
}

bool Parser::expect(char c) {
  if (accept(c))
    return true;
  std::string found = token.kind == Token::Kind::End
                          ? "the end of the text"
                          : ("'" + token.text + "'").str();
  return error(Twine("expected '") + Twine(c) + "', found " + found);
}

bool Parser::parseUnsigned(uint64_t &value, const char *what) {
  if (token.kind != Token::Kind::Integer)
    return error(Twine("expected ") + what);
  value = token.value;
  consume();
  return true;
}

bool Parser::parseName(StringRef &name, const char *what) {
  if (token.kind != Token::Kind::Identifier)
    return error(Twine("expected ") + what);
  name = token.text;
  consume();
  return true;
}

bool Parser::parse() {
  while (token.kind != Token::Kind::End)
    if (!parseTopLevel())
      return false;
  if (module.versionMajor == 0)
    return error("the module has no .version directive");
  return true;
}

// A module is `.version`, `.target`, `.address_size` and declarations (4.3.1).
bool Parser::parseTopLevel() {
  if (token.kind != Token::Kind::Dot)
    return error("expected a directive");
  Loc loc = token.loc;
  StringRef name = token.text;
  if (name == "version")
    return parseVersion();
  if (name == "target")
    return parseTarget();
  if (name == "address_size")
    return parseAddressSize();
  if (name == "section")
    return skipSection();
  if (name == "file") {
    // .file index "name"{, timestamp, size}: debug information.
    consume();
    while (token.kind == Token::Kind::Integer ||
           token.kind == Token::Kind::String || token.is(','))
      consume();
    return true;
  }
  if (name == "pragma") {
    consume();
    while (token.kind == Token::Kind::String || token.is(','))
      consume();
    return expect(';');
  }
  bool external = false;
  if (!parseLinkage(external))
    return false;
  name = token.kind == Token::Kind::Dot ? token.text : "";
  loc = token.loc;
  consume();
  if (name == "entry" || name == "func")
    return parseFunction(name == "entry", external);
  if (name == "global")
    return parseVariable(Space::Global, external, false);
  if (name == "const")
    return parseVariable(Space::Const, external, false);
  if (name == "shared")
    return parseVariable(Space::Shared, external, false);
  return error(loc, "directive '." + name + "' is not supported here");
}

bool Parser::parseVersion() {
  consume();
  if (token.kind != Token::Kind::Float64)
    return error("expected a version such as 8.0");
  double version;
  std::memcpy(&version, &token.value, sizeof version);
  if (!(version >= 1.0 && version < 100.0))
    return error("expected a version such as 8.0");
  module.versionMajor = unsigned(version);
  module.versionMinor = unsigned(std::lround(version * 10)) % 10;
  // Majors 6 to 8 are complete; Triton writes versions up to 9.4.
  static constexpr unsigned lastMinor[] = {5, 8, 8, 4};
  if (module.versionMajor < 6 || module.versionMajor > 9 ||
      module.versionMinor > lastMinor[module.versionMajor - 6])
    return error(
        "PTX ISA " + Twine(module.versionMajor) + "." +
        Twine(module.versionMinor) +
        " is not supported; versions 6.0 to 6.5, 7.0 to 7.8, 8.0 to 8.8 "
        "and 9.0 to 9.4 are");
  consume();
  return true;
}

bool Parser::parseTarget() {
  consume();
  StringRef name;
  Loc loc = token.loc;
  if (module.versionMajor == 0)
    return error("the module has no .version directive before .target");
  if (!parseName(name, "a target such as sm_80"))
    return false;
  // A virtual architecture has the features of the first chip that runs it.
  std::string chip = name.str();
  if (name.consume_front("compute_"))
    chip = "sm_" + name.str();
  std::optional<unsigned> least =
      StringRef(chip).starts_with("sm_") ? firstVersion(chip) : std::nullopt;
  if (!least)
    return error(loc, "target '" + chip + "' is not known");
  if (module.versionMajor * 10 + module.versionMinor < *least)
    return error(loc, "target " + chip + " needs .version " +
                          Twine(*least / 10) + "." + Twine(*least % 10) +
                          " or later");
  module.target = chip;
  while (accept(','))
    if (!parseName(name, "a target option"))
      return false;
  return true;
}

bool Parser::parseAddressSize() {
  consume();
  uint64_t size;
  Loc loc = token.loc;
  if (!parseUnsigned(size, "an address size"))
    return false;
  if (size != 64)
    return error(loc, "address size " + Twine(size) +
                          " is not supported; only 64 is");
  return true;
}

bool Parser::parseLinkage(bool &external) {
  while (token.isDot("visible") || token.isDot("extern") ||
         token.isDot("weak") || token.isDot("common")) {
    external |= token.text == "extern";
    consume();
  }
  if (token.kind != Token::Kind::Dot)
    return error("expected a directive");
  return true;
}

// DWARF sections carry nothing that execution needs.
bool Parser::skipSection() {
  Loc loc = token.loc;
  while (!token.is('{') && token.kind != Token::Kind::End)
    consume();
  unsigned depth = 0;
  while (token.kind != Token::Kind::End) {
    if (token.is('{'))
      ++depth;
    bool last = token.is('}') && --depth == 0;
    consume();
    if (last)
      return true;
  }
  return error(loc, ".section is not closed");
}

bool Parser::parseFunction(bool entry, bool external) {
  std::vector<Variable *> returns, parameters;
  Function parsed;
  parsed.entry = entry;
  Loc loc = token.loc;
  function = &parsed;
  scopes.clear();
  openScopes.clear();
  labelUses.clear();
  scopes.emplace_back();
  openScopes.push_back(0);
  if (!entry && accept('(') && !parseParameters(parsed, parsed.returns, ')'))
    return false;
  StringRef name;
  loc = token.loc;
  if (!parseName(name, "a function name"))
    return false;
  parsed.name = name.str();
  parsed.loc = loc;
  if (accept('(') && !parseParameters(parsed, parsed.parameters, ')'))
    return false;
  if (!parsePerformanceDirectives(parsed))
    return false;

  Function *&slot = module.functionByName[name];
  if (slot && slot->defined && token.is('{'))
    return error(loc, "function '" + name + "' is defined twice");
  if (slot && !matchesDeclaration(*slot, parsed))
    return false;
  if (!slot) {
    module.functions.emplace_back();
    slot = &module.functions.back();
    slot->address = (uint64_t(1) << 48) + 16 * module.functions.size();
  }
  parsed.address = slot->address;
  parsed.addressTaken = slot->addressTaken;
  if (!token.is('{')) {
    if (!slot->defined) {
      *slot = std::move(parsed);
      slot->defined = false;
    }
    function = nullptr;
    accept(';');
    return true;
  }
  (void)external;
  // Callers keep a pointer to the declaration, so the definition goes there.
  *slot = std::move(parsed);
  function = slot;
  slot->defined = true;
  bool ok = parseBody(*slot);
  function = nullptr;
  return ok;
}

bool Parser::parseParameters(Function &into, std::vector<Variable *> &list,
                             char close) {
  if (accept(close))
    return true;
  Loc loc = token.loc;
  do {
    bool inRegister = token.isDot("reg");
    if (!inRegister && !token.isDot("param"))
      return error("expected .param or .reg");
    if (inRegister && into.entry)
      return error("a kernel has no parameters in registers");
    consume();
    into.variables.emplace_back();
    Variable &variable = into.variables.back();
    variable.space = Space::Param;
    variable.isParameter = true;
    variable.index = into.variables.size() - 1;
    if (!(inRegister ? parseRegisterParameter(variable)
                     : parseParameter(variable)))
      return false;
    list.push_back(&variable);
  } while (accept(','));
  bool results = &list == &into.returns;
  if (results && list.size() > 1 &&
      llvm::any_of(list, [](const Variable *it) { return it->reg < 0; }))
    return error(loc, "more than one result must be in registers, by .reg");
  return expect(close);
}

// {.align N} .type{.ptr{.space}{.align N}} name{[N]}
bool Parser::parseParameter(Variable &variable) {
  if (!parseVariableType(variable))
    return false;
  // `.ptr` says what a parameter points to (5.1.6.1).
  if (token.isDot("ptr")) {
    consume();
    while (token.kind == Token::Kind::Dot) {
      bool align = token.text == "align";
      consume();
      uint64_t ignored;
      if (align && !parseUnsigned(ignored, "an alignment"))
        return false;
    }
  }
  StringRef name;
  variable.loc = token.loc;
  if (!parseName(name, "a parameter name"))
    return false;
  variable.name = name.str();
  return parseArraySize(variable) &&
         (scopes[0].variables.try_emplace(name, &variable).second ||
          error(variable.loc, "'" + name + "' is declared twice"));
}

// .type name; the ABI passes neither predicates nor bytes in registers.
bool Parser::parseRegisterParameter(Variable &variable) {
  unsigned width;
  Loc loc = token.loc;
  if (!parseRegisterType(variable.type, width))
    return false;
  if (typeBits(variable.type) < 16)
    return error(loc, "'." + typeName(variable.type) +
                          "' is not passed in a register: use at least 16 "
                          "bits, or .param");
  StringRef name;
  variable.loc = token.loc;
  if (!parseName(name, "a register name"))
    return false;
  variable.name = name.str();
  variable.bytes = width * typeBytes(variable.type);
  variable.align = variable.bytes;
  variable.reg = int(function->registers.size());
  return declareRegister(name, variable.type, width, variable.loc);
}

/// All declarations of a function have the same parameters (10.3).
bool Parser::matchesDeclaration(const Function &declared,
                                const Function &parsed) {
  auto same = [](const Variable *a, const Variable *b) {
    return a->type == b->type && a->bytes == b->bytes && a->align == b->align &&
           (a->reg < 0) == (b->reg < 0);
  };
  return (declared.entry == parsed.entry &&
          llvm::equal(declared.returns, parsed.returns, same) &&
          llvm::equal(declared.parameters, parsed.parameters, same)) ||
         error(parsed.loc, "the parameters of '" + parsed.name +
                               "' are not those of its declaration in line " +
                               Twine(declared.loc.line));
}

bool Parser::parseThreadLimit(unsigned (&limit)[3]) {
  for (unsigned i = 0; i < 3; ++i) {
    limit[i] = 1;
    if (i > 0 && !accept(','))
      continue;
    uint64_t value;
    Loc loc = token.loc;
    if (!parseUnsigned(value, "a number of threads"))
      return false;
    if (value == 0 || value > 1024)
      return error(loc, "number of threads must be between 1 and 1024");
    limit[i] = unsigned(value);
  }
  return true;
}

// Clusters came with sm_90, and grids of them with version 9.0.
bool Parser::checkClusterDirective(StringRef name, Loc loc) {
  unsigned chip = 0;
  StringRef target = module.target;
  if (target.consume_front("sm_"))
    target.consumeInteger(10, chip);
  if (chip < 90)
    return error(loc, "'." + name +
                          "' needs .target sm_90 or later; the module is for " +
                          module.target);
  if (name == "blocksareclusters" && module.versionMajor < 9)
    return error(
        loc, "'." + name + "' needs .version 9.0 or later; the module has " +
                 Twine(module.versionMajor) + "." + Twine(module.versionMinor));
  return true;
}

bool Parser::parsePerformanceDirective(Function &into, StringRef name,
                                       Loc loc) {
  uint64_t ignored;
  if (name == "reqntid")
    return parseThreadLimit(into.requiredThreads);
  if (name == "maxntid")
    return parseThreadLimit(into.maxThreads);
  if (name == "minnctapersm" || name == "maxnctapersm" || name == "maxnreg")
    return parseUnsigned(ignored, "a number");
  if (name == "pragma") {
    while (token.kind == Token::Kind::String || token.is(','))
      consume();
    return expect(';');
  }
  if (name == "noreturn")
    return true;
  if (name != "reqnctapercluster" && name != "explicitcluster" &&
      name != "maxclusterrank" && name != "blocksareclusters")
    return error(loc, "directive '." + name + "' is not supported here");
  if (!checkClusterDirective(name, loc))
    return false;
  if (name == "reqnctapercluster")
    return parseThreadLimit(into.requiredCluster);
  into.blocksAreClusters |= name == "blocksareclusters";
  // The launch gives the size of explicit clusters in any case.
  return name != "maxclusterrank" || parseUnsigned(ignored, "a number");
}

// Performance-tuning directives (11.4).
bool Parser::parsePerformanceDirectives(Function &into) {
  while (token.kind == Token::Kind::Dot) {
    StringRef name = token.text;
    Loc loc = token.loc;
    consume();
    if (!parsePerformanceDirective(into, name, loc))
      return false;
  }
  if (into.blocksAreClusters &&
      (!into.requiredThreads[0] || !into.requiredCluster[0]))
    return error(into.loc,
                 "'.blocksareclusters' needs .reqntid and .reqnctapercluster");
  return true;
}

// {.align N} .type
bool Parser::parseVariableType(Variable &variable) {
  while (token.kind == Token::Kind::Dot) {
    StringRef name = token.text;
    Loc loc = token.loc;
    consume();
    if (name == "align") {
      loc = token.loc;
      if (!parseUnsigned(variable.align, "an alignment"))
        return false;
      if (!isPowerOf2_64(variable.align) || variable.align > 4096)
        return error(loc, "alignment must be a power of two up to 4096");
      continue;
    }
    if (name == "v2" || name == "v4") {
      variable.bytes = name == "v2" ? 2 : 4;
      continue;
    }
    variable.type = parseType(name);
    if (variable.type == Type::None || typeBits(variable.type) < 8)
      return error(loc, "'." + name + "' is not a variable's type");
    break;
  }
  if (variable.type == Type::None)
    return error("expected a type");
  uint64_t lanes = variable.bytes ? variable.bytes : 1;
  variable.bytes = lanes * typeBytes(variable.type);
  variable.align = std::max(variable.align, variable.bytes);
  return true;
}

bool Parser::parseArraySize(Variable &variable) {
  bool first = true;
  while (accept('[')) {
    if (first && accept(']')) {
      variable.unsized = true;
      variable.bytes = 0;
    } else {
      uint64_t count;
      Loc loc = token.loc;
      if (token.kind == Token::Kind::Identifier && token.text == "WARP_SZ") {
        count = 32;
        consume();
      } else if (!parseUnsigned(count, "an array size")) {
        return false;
      }
      if (!expect(']'))
        return false;
      if (count > maxVariableBytes || variable.bytes * count > maxVariableBytes)
        return error(loc, "the array is larger than 4 GiB");
      variable.bytes *= count;
    }
    first = false;
  }
  return true;
}

bool Parser::parseVariable(Space space, bool external, bool inFunction) {
  Variable parsed;
  parsed.space = space;
  parsed.external = external;
  if (token.kind == Token::Kind::Dot && token.text.starts_with("attribute"))
    return error("variable attributes are not supported");
  if (!parseVariableType(parsed))
    return false;
  uint64_t element = parsed.bytes;
  do {
    Variable variable = parsed;
    variable.bytes = element;
    StringRef name;
    variable.loc = token.loc;
    if (!parseName(name, "a variable name"))
      return false;
    variable.name = name.str();
    // `.local .b8 name<4>` families are not emitted by any compiler.
    if (token.is('<'))
      return error("parameterized variable names are not supported");
    bool isArray = token.is('[');
    if (!parseArraySize(variable))
      return false;
    if (variable.unsized && token.is('=') == false &&
        !(external && space == Space::Shared))
      return error(variable.loc,
                   "only .extern .shared variables may have no size");
    if (accept('=')) {
      bool isVector = element > typeBytes(variable.type);
      if (isArray != token.is('{') && !isVector)
        return error(isArray ? "the initial values of an array need braces"
                             : "only arrays have initial values in braces");
      if (!parseInitializer(variable))
        return false;
    }
    variable.global = !inFunction;
    std::deque<Variable> &home =
        inFunction ? function->variables : module.variables;
    StringMap<Variable *> &names = inFunction
                                       ? scopes[openScopes.back()].variables
                                       : module.variableByName;
    auto known = names.find(name);
    if (known != names.end()) {
      if (inFunction || !known->second->external)
        return error(variable.loc, "'" + name + "' is declared twice");
      variable.index = known->second->index;
      *known->second = std::move(variable);
      continue;
    }
    variable.index = home.size();
    home.push_back(std::move(variable));
    names[name] = &home.back();
  } while (accept(','));
  return expect(';');
}

bool Parser::parseInitializer(Variable &variable) {
  unsigned size = typeBytes(variable.type);
  if (variable.space != Space::Global && variable.space != Space::Const)
    return error("only .global and .const variables may be initialized");
  if (!token.is('{'))
    return parseInitializerElement(variable, 0);
  uint64_t offset = 0;
  unsigned depth = 0;
  do {
    while (accept('{'))
      ++depth;
    if (token.is('}')) // {} leaves zeros
      break;
    if (!variable.unsized && offset + size > variable.bytes)
      return error("more initial values than elements");
    if (!parseInitializerElement(variable, offset))
      return false;
    offset += size;
    while (depth > 1 && accept('}'))
      --depth;
  } while (accept(','));
  while (depth > 0) {
    if (!expect('}'))
      return false;
    --depth;
  }
  if (variable.unsized) {
    variable.unsized = false;
    variable.bytes = offset;
  }
  return true;
}

bool Parser::parseInitializerElement(Variable &variable, uint64_t offset) {
  unsigned size = typeBytes(variable.type);
  if (variable.init.size() < offset + size)
    variable.init.resize(offset + size);
  if (token.kind == Token::Kind::Identifier && token.text != "WARP_SZ")
    return parseRelocation(variable, offset);
  uint64_t bits;
  if (!parseInitialValue(variable.type, bits))
    return false;
  std::memcpy(variable.init.data() + offset, &bits, std::min(size, 8u));
  return true;
}

// name{+N} or generic(name){+N}
bool Parser::parseRelocation(Variable &variable, uint64_t offset) {
  Relocation relocation;
  relocation.offset = offset;
  relocation.bytes = typeBytes(variable.type);
  relocation.loc = token.loc;
  if (relocation.bytes != 8)
    return error("an address needs an 8-byte element");
  relocation.generic = token.text == "generic" && ahead.is('(');
  if (relocation.generic) {
    consume();
    consume();
  }
  StringRef name;
  if (!parseName(name, "a variable name"))
    return false;
  relocation.symbol = name.str();
  if (relocation.generic && !expect(')'))
    return false;
  if (accept('+') && !parseInteger(relocation.addend))
    return false;
  variable.relocations.push_back(relocation);
  return true;
}

// Integers go with integers and bits, floats with f32, f64 and their bits.
bool Parser::parseInitialValue(Type type, uint64_t &bits) {
  Loc loc = token.loc;
  if (token.kind == Token::Kind::Float32) {
    if (type != Type::F32 && type != Type::B32)
      return error("a 0f value needs an .f32 or .b32 element");
    bits = token.value;
    consume();
    return true;
  }
  Constant constant;
  if (!parseConstant(constant))
    return false;
  bits = uint64_t(constant.value);
  if (!constant.isFloat())
    return typeKind(type) != TypeKind::Float ||
           error(loc, "expected a floating-point value");
  if (type == Type::F64 || type == Type::B64)
    return true;
  if (type != Type::F32 && type != Type::B32)
    return error(loc, "a floating-point value needs an element of .f32, .f64 "
                      "or as many bits");
  double value;
  std::memcpy(&value, &bits, sizeof value);
  auto narrow = float(value);
  bits = 0;
  std::memcpy(&bits, &narrow, sizeof narrow);
  return true;
}

Expected<std::unique_ptr<Module>> parseModule(StringRef text) {
  auto module = std::make_unique<Module>();
  module->text = text.str();
  // Drivers hand over NUL-terminated text with the terminator counted.
  while (!module->text.empty() && module->text.back() == '\0')
    module->text.pop_back();
  Parser parser(*module);
  if (!parser.parse())
    return parser.takeError();
  return module;
}

} // namespace quantmlir::ptx
