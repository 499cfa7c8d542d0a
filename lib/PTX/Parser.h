//===- Parser.h - recursive-descent parser of PTX ---------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_PARSER_H
#define QUANTMLIR_LIB_PTX_PARSER_H

#include "Lexer.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace quantmlir::ptx {

/// Parses one module. Every parse function returns false after the first
/// error, which it leaves in `message` and `messageLoc`.
class Parser {
public:
  explicit Parser(Module &module) : module(module), lexer(module.text) {
    consume();
  }

  bool parse();
  llvm::Error takeError() { return makeError(messageLoc, message); }

private:
  /// A register, or the elements of a vector register.
  struct RegisterRange {
    unsigned first, width;
  };
  /// Names visible between one pair of braces in a function.
  struct Scope {
    llvm::StringMap<RegisterRange> registers;
    llvm::StringMap<Variable *> variables;
    llvm::StringMap<unsigned> labels;
    int parent = -1;
  };
  struct LabelUse {
    unsigned statement, operand;
    unsigned scope;
  };
  /// The value of a constant expression: .s64, .u64, or .f64 by its bits.
  struct Constant {
    enum class Kind : uint8_t { Signed, Unsigned, Float };
    Kind kind = Kind::Signed;
    int64_t value = 0;

    bool isFloat() const { return kind == Kind::Float; }
  };
  /// `.reg .b32 %r<10>` declares a family.
  struct Family {
    unsigned first, count;
  };

  // ParseModule.cpp
  bool parseTopLevel();
  bool parseVersion();
  bool parseTarget();
  bool parseAddressSize();
  bool parseLinkage(bool &external);
  bool parseFunction(bool entry, bool external);
  bool parseParameters(Function &function, std::vector<Variable *> &into,
                       char close);
  bool parseParameter(Variable &variable);
  bool parseRegisterParameter(Variable &variable);
  bool matchesDeclaration(const Function &declared, const Function &parsed);
  bool parsePerformanceDirectives(Function &function);
  bool parsePerformanceDirective(Function &function, llvm::StringRef name,
                                 Loc loc);
  bool checkClusterDirective(llvm::StringRef name, Loc loc);
  bool parseThreadLimit(unsigned (&limit)[3]);
  bool parseVariable(Space space, bool external, bool inFunction);
  bool parseVariableType(Variable &variable);
  bool parseArraySize(Variable &variable);
  bool parseInitializer(Variable &variable);
  bool parseInitializerElement(Variable &variable, uint64_t offset);
  bool parseRelocation(Variable &variable, uint64_t offset);
  bool parseInitialValue(Type type, uint64_t &bits);
  bool skipSection();

  // ParseFunction.cpp
  bool parseBody(Function &function);
  bool parseBodyItem();
  bool skipPlace();
  bool parseBranchTargets(Loc loc);
  bool parseCallPrototype();
  bool parseRegisters();
  bool parseRegisterType(Type &type, unsigned &width);
  bool declareRegister(llvm::StringRef name, Type type, unsigned width,
                       Loc loc);
  bool parseStatement();
  bool parseCall(Statement &statement);
  bool parseOperands(Statement &statement);
  bool parseOperand(Operand &operand, bool label);
  bool parsePrimary(Operand &operand);
  bool parseNamed(Operand &operand);
  bool parseVectorRegister(Operand &operand, const RegisterRange &range);
  bool parseAddress(Operand &operand);
  bool parseList(Operand &operand, char close);
  bool resolveLabels();
  const RegisterRange *lookupRegister(llvm::StringRef name) const;
  /// The same for a register that is no vector.
  bool lookupRegister(llvm::StringRef name, unsigned &reg) const;
  const Variable *lookupVariable(llvm::StringRef name);

  // Tokens.
  void consume() {
    token = ahead;
    if (!primed) {
      token = lexer.next();
      primed = true;
    }
    ahead = lexer.next();
  }
  bool error(Loc loc, const llvm::Twine &text);
  bool error(const llvm::Twine &text) { return error(token.loc, text); }
  bool expect(char c);
  bool accept(char c) {
    if (!token.is(c))
      return false;
    consume();
    return true;
  }

  // ParseConstant.cpp
  /// A constant expression of integers.
  bool parseInteger(int64_t &value);
  /// A constant expression of either type.
  bool parseConstant(Constant &constant);
  bool parseConstantBinary(Constant &constant, unsigned least);
  bool parseConstantUnary(Constant &constant);
  bool parseConstantPrimary(Constant &constant);
  bool applyUnary(Constant &constant, char op, Loc loc);
  bool combine(Constant &left, llvm::StringRef op, const Constant &right,
               Loc loc);
  llvm::StringRef constantOperator() const;
  bool parseUnsigned(uint64_t &value, const char *what);
  bool parseName(llvm::StringRef &name, const char *what);

  Module &module;
  Lexer lexer;
  Token token, ahead;
  bool primed = false;
  std::string message;
  Loc messageLoc;
  /// Operands of a video instruction select parts of registers (9.7.18).
  bool selectsParts = false;
  /// How deeply the constant that is being parsed is nested in others.
  unsigned constantDepth = 0;

  Function *function = nullptr;
  std::vector<Scope> scopes;
  std::vector<int> openScopes;
  std::vector<LabelUse> labelUses;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_PARSER_H
