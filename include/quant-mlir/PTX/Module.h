//===- Module.h - PTX modules as parsed -------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The syntax tree of a PTX module: variables, functions, and statements whose
// registers, variables and labels are resolved but whose opcodes are not yet
// interpreted. Section numbers in this library's comments are those of NVIDIA's
// "PTX ISA" document, version 9.0.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_PTX_MODULE_H
#define QUANTMLIR_PTX_MODULE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quantmlir::ptx {

/// A position in the PTX text, both counted from 1.
struct Loc {
  unsigned line = 0;
  unsigned column = 0;
};

/// Makes the error "LINE:COLUMN: MESSAGE", the form of every front-end error.
llvm::Error makeError(Loc loc, const llvm::Twine &message);

/// Fundamental, packed and tensor-core element types (5.2, 9.7.15.1).
enum class Type : uint8_t {
  None,
  Pred,
  B1,
  B8,
  B16,
  B32,
  B64,
  B128,
  U4,
  U8,
  U16,
  U32,
  U64,
  S4,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F32x2,
  F64,
};

enum class TypeKind : uint8_t { None, Pred, Bits, Unsigned, Signed, Float };

/// The type that a modifier such as "u32" names, or Type::None.
Type parseType(llvm::StringRef name);
llvm::StringRef typeName(Type type);
TypeKind typeKind(Type type);
/// Width in bits; a predicate counts as 1.
unsigned typeBits(Type type);
inline unsigned typeBytes(Type type) { return (typeBits(type) + 7) / 8; }

/// State spaces (5.1). SharedCluster is shared memory of any CTA of the
/// cluster.
enum class Space : uint8_t {
  Generic,
  Global,
  Shared,
  Local,
  Param,
  Const,
  SharedCluster
};

llvm::StringRef spaceName(Space space);

/// A relocation in an initializer: the address of `symbol` plus `addend`.
struct Relocation {
  uint64_t offset = 0;
  std::string symbol;
  int64_t addend = 0;
  bool generic = false;
  unsigned bytes = 8;
  Loc loc;
};

/// A variable in any state space, or a function parameter.
struct Variable {
  std::string name;
  Loc loc;
  Space space = Space::Global;
  Type type = Type::None;
  uint64_t bytes = 0;
  uint64_t align = 1;
  /// Dynamic shared memory: `.extern .shared` of unknown size.
  bool unsized = false;
  bool external = false;
  bool isParameter = false;
  /// The first register of a parameter declared by .reg, or -1.
  int reg = -1;
  /// Module scope; otherwise `index` counts within the function.
  bool global = false;
  unsigned index = 0;
  std::vector<uint8_t> init;
  std::vector<Relocation> relocations;
};

struct Register {
  std::string name;
  Type type = Type::None;
};

struct Function;

/// One operand of a statement.
struct Operand {
  enum class Kind : uint8_t {
    Register, // reg, negate for !p
    Special,  // name, with its component
    Integer,  // value
    Float32,  // value: bits of an f32
    Float64,  // value: bits of an f64
    Variable, // var + value
    Address,  // [elements[0] + value]; elements.size() > 1: [a, b, ...]
    Vector,   // {elements}
    Pair,     // elements[0] | elements[1]
    Label,    // label
    Function, // callee, or its address
    List,     // (elements), of a call
    Sink      // _
  };
  Kind kind = Kind::Sink;
  /// '!' in front of a predicate, '-' in front of a video operand.
  bool negate = false;
  Loc loc;
  unsigned reg = 0;
  unsigned label = 0;
  int64_t value = 0;
  const Variable *var = nullptr;
  const struct Function *callee = nullptr;
  llvm::StringRef name;
  /// The part of a register that a video instruction selects, as in r.b0.
  llvm::StringRef selector;
  std::vector<Operand> elements;
};

/// Opcode of the statement that stands for a .branchtargets directive; its
/// operands are labels.
inline constexpr llvm::StringLiteral branchTargetsOpcode = ".branchtargets";

struct Statement {
  Loc loc;
  /// Guard predicate register, or -1.
  int guard = -1;
  bool guardNegated = false;
  llvm::StringRef opcode;
  llvm::SmallVector<llvm::StringRef, 8> modifiers;
  std::vector<Operand> operands;
};

struct Function {
  std::string name;
  Loc loc;
  bool entry = false;
  bool defined = false;
  /// Indirect calls may reach it.
  bool addressTaken = false;
  /// What stands for its address: beyond the host's, before the device's data.
  uint64_t address = 0;
  std::vector<Variable *> parameters;
  std::vector<Variable *> returns;
  std::vector<Register> registers;
  std::deque<Variable> variables;
  std::vector<Statement> body;
  /// Statement index of each label.
  std::vector<unsigned> labels;
  /// .reqntid or .maxntid, 0 when absent.
  unsigned requiredThreads[3] = {0, 0, 0};
  unsigned maxThreads[3] = {0, 0, 0};
  /// .reqnctapercluster, 0 when absent.
  unsigned requiredCluster[3] = {0, 0, 0};
  /// .blocksareclusters: a launch counts the grid in clusters.
  bool blocksAreClusters = false;
};

/// A parsed module. Names in statements point into `text`.
class Module {
public:
  std::string text;
  unsigned versionMajor = 0, versionMinor = 0;
  std::string target;
  unsigned addressSize = 64;
  std::deque<Variable> variables;
  std::deque<Function> functions;
  llvm::StringMap<Variable *> variableByName;
  llvm::StringMap<Function *> functionByName;

  /// The entry of this name, or null.
  const Function *findEntry(llvm::StringRef name) const;
};

/// The first version of the PTX ISA that has a target, 78 for 7.8; versions
/// before 6.0 count as that. Nothing for a target that is not known.
std::optional<unsigned> firstVersion(llvm::StringRef chip);

/// Parses a PTX module. Whatever is not supported is an error that begins with
/// "LINE:COLUMN: "; malformed text never crashes.
llvm::Expected<std::unique_ptr<Module>> parseModule(llvm::StringRef text);

} // namespace quantmlir::ptx

#endif // QUANTMLIR_PTX_MODULE_H
