//===- Module.cpp - types and lookups of PTX modules ----------------------===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "quant-mlir/PTX/Module.h"

#include "llvm/ADT/Twine.h"

using namespace llvm;

namespace quantmlir::ptx {

Error makeError(Loc loc, const Twine &message) {
  return createStringError(inconvertibleErrorCode(), Twine(loc.line) + ":" +
                                                         Twine(loc.column) +
                                                         ": " + message);
}

namespace {
struct TypeInfo {
  const char *name;
  TypeKind kind;
  unsigned bits;
};
} // namespace

// In the order of the enumeration.
static const TypeInfo typeTable[] = {
    {"", TypeKind::None, 0},         {"pred", TypeKind::Pred, 1},
    {"b1", TypeKind::Bits, 1},       {"b8", TypeKind::Bits, 8},
    {"b16", TypeKind::Bits, 16},     {"b32", TypeKind::Bits, 32},
    {"b64", TypeKind::Bits, 64},     {"b128", TypeKind::Bits, 128},
    {"u4", TypeKind::Unsigned, 4},   {"u8", TypeKind::Unsigned, 8},
    {"u16", TypeKind::Unsigned, 16}, {"u32", TypeKind::Unsigned, 32},
    {"u64", TypeKind::Unsigned, 64}, {"s4", TypeKind::Signed, 4},
    {"s8", TypeKind::Signed, 8},     {"s16", TypeKind::Signed, 16},
    {"s32", TypeKind::Signed, 32},   {"s64", TypeKind::Signed, 64},
    {"f16", TypeKind::Float, 16},    {"f16x2", TypeKind::Float, 32},
    {"bf16", TypeKind::Float, 16},   {"bf16x2", TypeKind::Float, 32},
    {"tf32", TypeKind::Float, 32},   {"f32", TypeKind::Float, 32},
    {"f32x2", TypeKind::Float, 64},  {"f64", TypeKind::Float, 64},
};

Type parseType(StringRef name) {
  if (name.empty())
    return Type::None;
  for (unsigned i = 1; i < std::size(typeTable); ++i)
    if (name == typeTable[i].name)
      return Type(i);
  return Type::None;
}

StringRef typeName(Type type) { return typeTable[unsigned(type)].name; }
TypeKind typeKind(Type type) { return typeTable[unsigned(type)].kind; }
unsigned typeBits(Type type) { return typeTable[unsigned(type)].bits; }

StringRef spaceName(Space space) {
  static const char *const names[] = {"generic",        "global", "shared",
                                      "local",          "param",  "const",
                                      "shared::cluster"};
  return names[unsigned(space)];
}

const Function *Module::findEntry(StringRef name) const {
  auto it = functionByName.find(name);
  if (it == functionByName.end() || !it->second->entry)
    return nullptr;
  return it->second;
}

} // namespace quantmlir::ptx
