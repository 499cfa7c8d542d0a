//===- Lexer.h - PTX tokens -------------------------------------*- C++ -*-===//
//
// Part of the quant-mlir project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTMLIR_LIB_PTX_LEXER_H
#define QUANTMLIR_LIB_PTX_LEXER_H

#include "quant-mlir/PTX/Module.h"

namespace quantmlir::ptx {

struct Token {
  enum class Kind : uint8_t {
    End,
    Error,
    Identifier, // also %special and %special.x when followed by a component
    Dot,        // .name; text is the name without the dot
    Integer,
    Float32,
    Float64,
    String,
    Punctuator, // one character of ,;:{}[]()|!+-*/@=<>~&^%?
  };
  Kind kind = Kind::End;
  Loc loc;
  llvm::StringRef text;
  uint64_t value = 0;

  bool is(char c) const {
    return kind == Kind::Punctuator && text.size() == 1 && text[0] == c;
  }
  bool isDot(llvm::StringRef name) const {
    return kind == Kind::Dot && text == name;
  }
};

/// Splits PTX text into tokens (4.2 to 4.5). Comments are skipped; an Error
/// token carries its message as text.
class Lexer {
public:
  explicit Lexer(llvm::StringRef text) : text(text) {}

  Token next();
  /// Skips the rest of the line that the last token is on.
  void skipLine();

private:
  bool skipBlanks(Token &error);
  bool startsFraction() const;
  Token lexNumber(Token token);
  Token lexHexFloat(Token token);
  char peek(size_t ahead = 0) const {
    return pos + ahead < text.size() ? text[pos + ahead] : '\0';
  }
  void advance(size_t count);
  llvm::StringRef takeWhile(bool (*predicate)(char));

  llvm::StringRef text;
  size_t pos = 0;
  unsigned line = 1;
  size_t lineStart = 0;
};

} // namespace quantmlir::ptx

#endif // QUANTMLIR_LIB_PTX_LEXER_H
